"""`mianzheng check`: reads a rulebook and says what is wrong with it, or what it holds and what people must still confirm."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from api.commands.printing import Language, out, print_json, print_problems, problem_json
from api.rule_files import bundled, open_rulebook
from engine.law import RANKS
from engine.problems import Refused
from engine.reading import read_rulebook
from engine.rulebook import Rulebook


def check(directory: Path | None, as_json: bool, language: Language) -> int:
    """The exit status: 0 the rulebook is sound, 1 it is refused."""
    try:
        rulebook = read_rulebook(open_rulebook(directory or bundled()))
    except Refused as refused:
        if as_json:
            print_json({"sound": False, "problems": [problem_json(problem) for problem in refused.problems]})
        else:
            print_problems(refused.problems, language)
        return 1
    if as_json:
        print_json(_as_json(rulebook))
    else:
        _print(rulebook, language)
    return 0


def counts(rulebook: Rulebook) -> list[tuple[str, str, int]]:
    """What the rulebook holds: (Chinese, English, count)."""
    kinds = [rule.kind for rule in rulebook.rules]
    normative = sum(1 for instrument in rulebook.instruments if instrument.rank != RANKS[-1])
    return [
        ("事实", "facts", len(rulebook.vocabulary.facts)), ("路径", "routes", len(rulebook.ladder)),
        ("法律文件", "instruments", normative), ("背景材料", "background texts", len(rulebook.instruments) - normative),
        ("规则", "rules", len(kinds)),
        *((f"  {zh}", f"  {en}", kinds.count(zh)) for zh, en in (
            ("认定", "definitions"), ("准许", "grants"), ("排除", "bars"), ("阻止", "blocks"), ("规定", "terms"))),
        ("不变量", "invariants", len(rulebook.invariants)), ("区划", "divisions", len(rulebook.divisions)),
        ("材料", "materials", len(rulebook.materials)), ("证件", "credentials", len(rulebook.credentials)),
        ("数据源", "sources", len(rulebook.sources)), ("事项", "items", len(rulebook.items)), ("清单", "lists", len(rulebook.lists)),
        ("一件事", "bundles", len(rulebook.bundles)), ("日历年份", "calendar years", len(rulebook.calendar.years)),
    ]


def _as_json(rulebook: Rulebook) -> dict[str, Any]:
    return {
        "sound": True, "version": rulebook.version,
        "counts": {english.strip().replace(" ", "_"): count for _, english, count in counts(rulebook)},
        "marks": [{"file": mark.file, "line": mark.line, "subject": mark.subject, "text": mark.text} for mark in rulebook.marks],
    }


def _print(rulebook: Rulebook, language: Language) -> None:
    console, chinese = out(), language is Language.zh
    console.print(Text("规则库没有错误。" if chinese else "The rulebook is sound.", style="green"))
    console.print(Text(("版本 " if chinese else "version ") + rulebook.version))
    summary = Table(box=None, show_header=False, pad_edge=False)
    summary.add_column()
    summary.add_column(justify="right")
    for zh, en, count in counts(rulebook):
        summary.add_row(Text(zh if chinese else en), str(count))
    console.print(summary)
    if not rulebook.marks:
        return
    count = len(rulebook.marks)
    console.print(Text(f"\n须由人确认的 {count} 处" if chinese else f"\n{count} places people must still confirm", style="yellow"))
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right", style="dim", no_wrap=True)
    table.add_column(ratio=2, overflow="fold")
    table.add_column(ratio=3, overflow="fold")
    for file, marks in groupby(rulebook.marks, key=lambda mark: mark.file):
        table.add_row("", Text(file, style="bold"), "")
        for mark in marks:
            table.add_row(str(mark.line), Text(mark.subject), Text(mark.text))
    console.print(table)
