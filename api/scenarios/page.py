"""An assessment as one page for a browser: every rule with its phrases coloured by what scenarios have seen of them.

Nothing outside the page is loaded. What it says is the report's; only the wording is its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, select_autoescape

from api.scenarios.assessing import Assessment
from api.scenarios.report import as_json, where
from engine.conditions import All, Condition, Not
from engine.phrases import Phrase

_HERE: Final = Path(__file__).resolve().parent
_PAGES: Final = Environment(loader=FileSystemLoader(_HERE), autoescape=select_autoescape(default=True), trim_blocks=True, lstrip_blocks=True)


def page(found: Assessment, floor: float, language: str) -> str:
    """The page, Chinese (`zh`) or English (`en`)."""
    report = as_json(found, floor)
    trees = {id: tree(one.rule.condition) for id, one in found.coverage.items()}
    chinese, book = language.startswith("zh"), found.library.book()
    shows = {one.mutant.key: where(one.judged, book, chinese) for one in found.survivors}
    instruments: dict[str, list[dict[str, Any]]] = {}
    for one, row in zip(found.coverage.values(), report["rules"], strict=True):
        instruments.setdefault(one.rule.instrument.title, []).append({**row, "tree": trees[one.rule.id]})
    return _PAGES.get_template("page.html").render(report=report, instruments=instruments, chinese=chinese, counts=report["counts"], shows=shows)


def tree(condition: Condition) -> list[Any]:
    """A condition as rows for the page: ("phrase", number) or ("all" | "any" | "not", rows)."""
    numbers = iter(range(10_000))

    def rows(part: Condition) -> tuple[str, Any]:
        if isinstance(part, Phrase):
            return "phrase", next(numbers)
        if isinstance(part, Not):
            return "not", [rows(part.part)]
        return "all" if isinstance(part, All) else "any", [rows(one) for one in part.parts]

    found = rows(condition)
    return list(found[1]) if found[0] == "all" else [found]
