"""`mianzheng lists`: the published lists on the terminal, as JSON, or as a file for a website. Writes nothing but that file."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from rich.table import Table
from rich.text import Text

from api.commands.printing import Language, out, print_problems
from api.http.lists import content, overview, unknown_division
from api.published_files import as_csv, as_xlsx, table, write_whole
from api.rule_files import bundled, open_rulebook
from engine.problems import Problem, Refused
from engine.published import PROOFS, ListKind, draft, kind_of, no_draft, published
from engine.reading import read_rulebook
from engine.rulebook import Rulebook

DONE, REFUSED, USAGE = 0, 1, 2
FORMATS: Final = ("table", "json", "csv", "xlsx")

#: Columns of codes are for machines and are not printed.
_CODES: Final = ("编码", "代码", " code")


def lists(word: str | None, division: str, on: date | None, as_draft: bool, form: str | None, as_json: bool, file: Path | None, rules: Path | None,
          language: Language) -> int:
    """The exit status: 0 printed or written, 1 rulebook, division or file refused, 2 a mistake of usage."""
    chosen, wrong = _format(form, as_json, file, word)
    kind = kind_of(word) if word is not None else PROOFS
    if wrong is None and isinstance(kind, Problem):
        wrong = kind
    if wrong is None and as_draft:
        wrong = no_draft(kind) if word is not None and isinstance(kind, ListKind) else Problem(
            "no-draft", f"--draft 要写明清单：{PROOFS.code}（{PROOFS.title}）。", f"--draft needs the list: {PROOFS.code}.", allowed=(PROOFS.code,))
    if wrong is not None or isinstance(kind, Problem):
        print_problems([wrong] if wrong is not None else [], language)
        return USAGE
    try:
        rulebook = read_rulebook(open_rulebook(rules or bundled()))
        answer = _answer(rulebook, kind if word is not None else None, division, on, as_draft, language)
        _give(answer, chosen, file, language)
    except Refused as refused:
        print_problems(refused.problems, language)
        return REFUSED
    return DONE


def _format(form: str | None, as_json: bool, file: Path | None, word: str | None) -> tuple[str, Problem | None]:
    """The format to write, and what is wrong with the options. The ending of the file's name says it where no option does."""
    ending = file.suffix.lower().removeprefix(".") if file is not None else ""
    if as_json and form not in (None, "json"):
        return "", _usage(f"--json 和 --format {form} 只能写一个。", f"Give either --json or --format {form}, not both.")
    chosen = "json" if as_json else form or (ending if ending in FORMATS[1:] else "table")
    if word is None and chosen in ("csv", "xlsx"):
        return "", _usage(f"总览没有 {chosen}；写明要哪一种清单。", f"There is no {chosen} of the overview; name a list.", "table", "json")
    if chosen == "xlsx" and file is None:
        return "", _usage("xlsx 要用 --out 写明文件。", "xlsx needs a file: give --out.")
    if chosen == "table" and file is not None:
        return "", _usage(f"“{file}”要写成什么？用 --format 写明，或者让文件名以它结尾。", f"What shall “{file}” be? Give --format, or end its name with it.",
                          *FORMATS[1:])
    return chosen, None


def _usage(zh: str, en: str, *allowed: str) -> Problem:
    return Problem("wrong-options", zh, en, allowed=allowed)


def _answer(rulebook: Rulebook, kind: ListKind | None, division: str, on: date | None, as_draft: bool, language: Language) -> dict[str, Any]:
    problem = unknown_division(division, rulebook)
    if problem is not None:
        raise Refused([problem])
    day = on or datetime.now(ZoneInfo("Asia/Shanghai")).date()
    if kind is None:
        return overview(rulebook, division, day, language.value)
    return content(draft(rulebook, division, day) if as_draft else published(rulebook, kind, division, day), language.value)


def _give(answer: dict[str, Any], form: str, file: Path | None, language: Language) -> None:
    """Print the answer or write the file. Raises Refused where it cannot be written."""
    if form == "table":
        (_print_overview if "lists" in answer else _print_list)(answer, language)
        return
    raw = as_csv(answer) if form == "csv" else as_xlsx(answer) if form == "xlsx" else (json.dumps(answer, ensure_ascii=False, indent=2) + "\n").encode()
    if file is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(raw)
        sys.stdout.buffer.flush()
        return
    try:
        write_whole(file, raw)
    except OSError:
        raise Refused([Problem("unwritable", f"写不进“{file}”；看一看目录在不在、有没有权限。",
                               f"“{file}” cannot be written; check that its directory exists and its permissions.")]) from None
    out().print(Text(f"写好：{file}" if language is Language.zh else f"written: {file}"))


def _print_overview(answer: dict[str, Any], language: Language) -> None:
    console, chinese = out(), language is Language.zh
    console.print(Text(f"{answer['division_name']} · {answer['on']}", style="bold"))
    heads = ("编码", "清单", "状态", "批次", "行数", "合成") if chinese else ("code", "list", "state", "batches", "rows", "synthetic")
    yes = "是" if chinese else "yes"
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in heads:
        grid.add_column(name, overflow="fold")
    for one in answer["lists"]:
        grid.add_row(one["list"], one["name"] if chinese else one["name_en"], one["state_text"], str(one["batch_count"]), str(one["count"]),
                     yes if one["synthetic"] else "")
    console.print(grid)
    console.print(Text(f"\n{'规则库' if chinese else 'rulebook'} {answer['rulebook']}", style="dim"))


def _print_list(answer: dict[str, Any], language: Language) -> None:
    console, chinese, made = out(), language is Language.zh, table(answer)
    console.print(Text(f"{made.title} · {answer['division_name']} · {answer['on']}", style="bold"))
    console.print(Text(f"{answer['state_text']}{'，共 ' if chinese else ', '}{answer['count']}{' 行' if chinese else ' rows'}",
                       style="green" if answer["state"] == "published" else "yellow"))
    console.print(Text(answer["meaning"]))
    for batch in answer["batches"]:
        synthetic = ("（合成数据）" if chinese else " (synthetic)") if batch["synthetic"] else ""
        console.print(Text(f"  {batch['division_name']} {batch['batch']} {batch['published']}{synthetic}", style="dim"))
    for number, (row, line) in enumerate(zip(answer["rows"], made.lines, strict=True), 1):
        names = [row[f"{key}_name" if chinese else f"{key}_name_en"] for key in ("item", "material", "credential")]
        console.print(Text(f"\n{number:>3}. {' · '.join(name for name in names if name)}", style="bold"))
        told = [f"{name}{'：' if chinese else ': '}{cell}" for name, cell in zip(made.columns, line, strict=True)
                if cell and cell not in names and not name.endswith(_CODES)]
        console.print(Text(f"     {('；' if chinese else '; ').join(told)}"))
    console.print(Text(f"\n{'规则库' if chinese else 'rulebook'} {answer['rulebook']}", style="dim"))
