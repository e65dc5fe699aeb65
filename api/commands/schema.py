"""`mianzheng schema`: prints the JSON Schemas of rule files, or writes them beside the rulebook for editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.text import Text

from api.commands.printing import Language, out, print_json, print_problems
from api.rule_files import bundled, open_rulebook
from engine.problems import Problem, Refused, unknown_word
from engine.reading import read_vocabulary
from engine.reading.schema import schemas


def schema(kind: str | None, write: bool, directory: Path | None, language: Language) -> int:
    """The exit status: 0 done, 1 the vocabulary is refused or a file cannot be written, 2 there is no such kind."""
    place = directory or bundled()
    try:
        found = schemas(*read_vocabulary(open_rulebook(place)))
    except Refused as refused:
        print_problems(refused.problems, language)
        return 1
    if kind is not None and kind not in found:
        print_problems([unknown_word("unknown-kind", "文件种类", "kind of file", kind, found)], language)
        return 2
    chosen = found if kind is None else {kind: found[kind]}
    if not write:
        print_json(chosen if kind is None else found[kind])
        return 0
    try:
        (place / "schema").mkdir(exist_ok=True)
        for name, one in chosen.items():
            (place / "schema" / f"{name}.json").write_text(as_text(one), encoding="utf-8", newline="\n")
    except OSError:
        print_problems([Problem("unwritable", f"写不进“{place / 'schema'}”；看一看它的权限。",
                                f"“{place / 'schema'}” cannot be written; check its permissions.")],
                       language)
        return 1
    said = f"写好 {len(chosen)} 个文件：{place / 'schema'}" if language is Language.zh else f"{len(chosen)} files written: {place / 'schema'}"
    out().print(Text(said))
    return 0


def as_text(one: dict[str, Any]) -> str:
    """A schema as its file holds it."""
    return json.dumps(one, ensure_ascii=False, indent=1) + "\n"
