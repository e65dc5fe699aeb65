"""Makes docs/reference.md from the live lists: `python -m tests.reference` shows it, `--write` writes it.

Facts and words come from the bundled vocabulary and ladder, comparisons from the grammar, commands from the command line,
settings from the service, fields from the OpenAPI document. `tests/test_docs.py` fails when the page is not what this makes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import typer.main

from api.cli import app
from api.http.problems import KINDS
from api.settings import SETTINGS
from engine.phrases import COMPARISONS
from tests.bundled import rulebook

PAGE = Path(__file__).parent.parent / "docs" / "reference.md"


def table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table."""
    def line(cells: Iterable[object]) -> str:
        return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") or " " for cell in cells) + " |"

    listed = list(heads)
    return "\n".join((line(listed), line("---" for _ in listed), *(line(row) for row in rows)))


def page() -> str:
    """The whole page."""
    book = rulebook()
    words = book.vocabulary
    own = [fact for fact in words.facts if not fact.situation]
    parts = [
        "# Reference\n\nEvery word and code, from the bundled rulebook and the program. Made by `python -m tests.reference --write`; "
        "a test holds it current. Bilingual terms with explanations: [glossary.md](glossary.md).",
        "## Comparisons\n\n" + table(("中文", "English", "type", "values"), (
            (one.name, f"`{one.code}`", one.type, "none" if one.type == "是否" else "several" if one.many else "one") for one in COMPARISONS)),
        "## Facts\n\n" + table(("事实", "code", "描述", "类型", "来源", "values"), (
            (fact.name, f"`{fact.code}`", fact.subject, fact.type, fact.supplier,
             f"值取自 {fact.domain}" if fact.domain else "、".join(f"{value.name} `{value.code}`" for value in fact.values)) for fact in own)),
        "## Routes and modes, lightest first\n\n" + table(("路径", "code", "自选", "方式"), (
            (route.name, f"`{route.code}`", "是" if route.elective else "", "、".join(f"{mode.name} `{mode.code}`" for mode in route.modes))
            for route in book.ladder)),
        "## Reasons\n\n" + table(("理由", "code", "句", "sentence"), ((one.name, f"`{one.code}`", one.sentence, one.english) for one in words.reasons.values())),
        "## Actions and actors of what remains to be done\n\n" + table(("做什么", "code"), ((one.name, f"`{one.code}`") for one in words.actions.values()))
        + "\n\n" + table(("谁", "code"), ((one.name, f"`{one.code}`") for one in words.actors.values())),
        "## Terms\n\n" + table(("规定", "code", "类型", "较严"), ((one.name, f"`{one.code}`", one.type, one.stricter) for one in words.terms.values())),
        "## Commands\n\n" + table(("command", "options", "what it does"), _commands()),
        "## Settings\n\n" + table(("variable", "default", "中文", "English"), ((f"`{one.name}`", one.default, one.zh, one.en) for one in SETTINGS)),
        "## Problems over HTTP\n\n" + table(("code", "status", "中文", "English"), ((f"`{one.code}`", one.status, one.zh, one.en) for one in KINDS.values())),
        "Problems of rule files and applications: [errors.md](errors.md). Every field of every request and answer: `/openapi.json`.",
    ]
    return "\n\n".join(parts) + "\n"


def _commands() -> Iterable[tuple[str, str, str]]:
    group = typer.main.get_command(app)
    listed = {name: one for name, one in group.commands.items() if not hasattr(one, "commands")}  # type: ignore[attr-defined]
    listed |= {f"{name} {below}": one for name, inner in group.commands.items() for below, one in getattr(inner, "commands", {}).items()}  # type: ignore[attr-defined]
    for name, command in sorted(listed.items()):
        options = " ".join(f"`{parameter.opts[0] if parameter.opts[0].startswith('-') else parameter.name.upper()}`" for parameter in command.params)
        yield f"`mianzheng {name}`", options, " ".join((command.help or "").split())


if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        PAGE.write_text(page(), encoding="utf-8")
    else:
        sys.stdout.write(page())
