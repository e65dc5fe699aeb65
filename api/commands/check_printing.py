"""How `mianzheng check` prints what it found. Nothing here proves, decides or opens a file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final, Protocol

from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.commands.printing import Language, out
from api.commands.proofs import Example, where
from engine.proof.checking import Finding, Report
from engine.review import Change, Changeover
from engine.review import Finding as DeskFinding
from engine.rulebook import Rulebook

#: Places printed for one finding; of more, only the number is told. `--json` has all.
_PLACES: Final = 6

Counts = Sequence[tuple[str, str, int]]


@dataclass(frozen=True, slots=True)
class Found:
    """Everything one check found. `examples`: by the identity of a finding; `on`: the day of the desk checks; `seconds`: how long it took."""

    report: Report
    examples: Mapping[int, Sequence[Example]]
    desk: Sequence[DeskFinding]
    on: date
    seconds: float

    def of(self, finding: Finding) -> Sequence[Example]:
        """The counter-examples of a finding, the smallest first."""
        return self.examples.get(id(finding), ())

    @property
    def wrong(self) -> int:
        """How many things fail."""
        return sum(one.grade == "problem" for one in self.report.findings) + sum(one.severity == "problem" for one in self.desk)

    @property
    def unknown(self) -> int:
        """How many things were not answered in time."""
        return sum(one.grade == "unknown" for one in self.report.findings)

    @property
    def status(self) -> int:
        """0 everything holds, 1 something fails, 3 nothing fails but something is unknown."""
        return 1 if self.wrong else 3 if self.unknown else 0


class _Said(Protocol):
    """A finding of either kind, as far as both have the same."""

    @property
    def code(self) -> str: ...
    @property
    def file(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def zh(self) -> str: ...
    @property
    def en(self) -> str: ...


def print_read(rulebook: Rulebook, counts: Counts, language: Language) -> None:
    """What reading alone tells."""
    console, chinese = out(), language is Language.zh
    console.print(Text("规则库没有错误（只读了一遍，没有证明）。" if chinese else "The rulebook reads without a problem; nothing was proved.", style="green"))
    _summary(console, rulebook, counts, chinese)
    _marks(console, rulebook, chinese)


def print_found(found: Found, rulebook: Rulebook, counts: Counts, language: Language, all_notes: bool) -> None:
    """What holds, what fails with counter-examples, what is unknown, the desk checks, the marks, the notes."""
    console, chinese = out(), language is Language.zh
    console.print(_verdict(found, chinese))
    _summary(console, rulebook, counts, chinese)
    _holds(console, found, chinese)
    problems = [one for one in found.report.findings if one.grade == "problem"]
    unknown = [one for one in found.report.findings if one.grade == "unknown"]
    if problems:
        _head(console, f"不成立的 {len(problems)} 处" if chinese else f"what fails ({len(problems)})", "red")
        for number, one in enumerate(problems, start=1):
            _finding(console, number, one, found.of(one), rulebook, chinese)
    if unknown:
        _head(console, f"没有答案的 {len(unknown)} 处" if chinese else f"without an answer ({len(unknown)})", "yellow")
        for number, one in enumerate(unknown, start=1):
            _finding(console, number, one, found.of(one), rulebook, chinese)
        console.print(Text("没有答案不等于成立；超过时限的，可以用 --seconds 放长。" if chinese
                           else "Without an answer does not mean that it holds; where the limit was reached --seconds gives more time.", style="dim"))
    desk = [one for one in found.desk if one.severity == "problem"]
    if desk:
        _head(console, f"案头检查的问题 {len(desk)} 处（{found.on}）" if chinese else f"problems of the desk checks on {found.on} ({len(desk)})", "red")
        for number, row in enumerate(desk, start=1):
            _sentence(console, f"{number:>3} ", row, chinese)
    _marks(console, rulebook, chinese)
    _notes(console, found, chinese, all_notes)
    if found.status:
        console.print()
        console.print(_verdict(found, chinese))


def _verdict(found: Found, chinese: bool) -> Text:
    if not found.status:
        return Text("规则库没有错误，要证明的都成立。" if chinese else "The rulebook is sound: everything that was to be proved holds.", style="green")
    wrong, unknown = found.wrong, found.unknown
    if chinese:
        parts = [*([f"{wrong} 处不成立"] if wrong else []), *([f"{unknown} 处没有答案"] if unknown else [])]
        return Text(f"规则库有 {'，'.join(parts)}。", style="red" if wrong else "yellow")
    parts = [*([f"{wrong} thing{'s' * (wrong != 1)} wrong"] if wrong else []), *([f"{unknown} unknown"] if unknown else [])]
    return Text(f"The rulebook has {' and '.join(parts)}.", style="red" if wrong else "yellow")


def _head(console: Console, text: str, style: str) -> None:
    console.print()
    console.print(Text(text, style=f"bold {style}"))


def _summary(console: Console, rulebook: Rulebook, counts: Counts, chinese: bool) -> None:
    console.print(Text(("版本 " if chinese else "version ") + rulebook.version))
    summary = Table(box=None, show_header=False, pad_edge=False)
    summary.add_column()
    summary.add_column(justify="right")
    for zh, en, count in counts:
        summary.add_row(Text(zh if chinese else en), str(count))
    console.print(summary)


def _holds(console: Console, found: Found, chinese: bool) -> None:
    report = found.report
    _head(console, "证明了的" if chinese else "proved", "green")
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right")
    table.add_column(overflow="fold")
    for one in report.proved:
        table.add_row(str(one.count), Text(one.zh if chinese else one.en))
    console.print(table)
    said = (f"材料 × 区划 × 日期共 {report.scenes:,} 处，法律上不同的 {report.problems:,} 种，{report.questions:,} 个问题，{found.seconds:.1f} 秒" if chinese
            else f"{report.scenes:,} places (material × divisions × days), {report.problems:,} of them different in law, {report.questions:,} questions, "
                 f"{found.seconds:.1f} s")
    console.print(Text(said, style="dim"))


def _sentence(console: Console, before: str, one: _Said, chinese: bool) -> None:
    console.print(Text(before, style="dim") + Text(one.zh if chinese else one.en) + Text(f"  {one.code}", style="dim"))
    place = f"{one.file}:{one.line}" if one.file and one.line else one.file
    if place:
        console.print(Text(f"    {place}", style="cyan"))


def _finding(console: Console, number: int, finding: Finding, examples: Sequence[Example], rulebook: Rulebook, chinese: bool) -> None:
    _sentence(console, f"{number:>3} ", finding, chinese)
    lines = where(finding, rulebook, chinese)
    for line in lines[:_PLACES]:
        console.print(Text(f"    {line}"))
    if len(lines) > _PLACES:
        rest = len(lines) - _PLACES
        console.print(Text(f"    另有 {rest} 份材料（--json 有全部）" if chinese else f"    and {rest} more materials (--json has all)", style="dim"))
    shown = _first(examples)
    if shown:
        console.print(Text("    最小的反例：" if chinese else "    the smallest counter-example:", style="dim"))
    for one in shown:
        _example(console, one, chinese)
    more = len(examples) - len(shown)
    if more > 0:
        console.print(Text(f"    另有 {more} 个反例：--scenarios 文件.feature 写出全部" if chinese
                           else f"    {more} more: --scenarios FILE.feature writes them all", style="dim"))
    if finding.grade == "problem" and finding.places and not examples:
        console.print(Text("    求解器找到了反例，引擎没有能用一份申请重现；请核对上面的地方。" if chinese
                           else "    The solver found a counter-example that the engine could not show with an application; look at the places above.", style="dim"))


def _first(examples: Sequence[Example]) -> Sequence[Example]:
    """The smallest counter-example; of a comparison both readings, which stand in one place."""
    first = examples[0] if examples else None
    return [one for one in examples[:2] if first is not None and one.scene is first.scene]


def _example(console: Console, one: Example, chinese: bool) -> None:
    console.print()
    if one.scenario:
        for line in one.scenario.splitlines():
            console.print(Text(f"    {line}"))
    else:
        why = one.refused[0 if chinese else 1]
        console.print(Text(f"      # 写不成场景：{why}" if chinese else f"      # no scenario can say this: {why}", style="dim"))
        for line in one.comments:
            console.print(Text(f"      # {line}", style="dim"))
        said = json.dumps({"as_of": one.witness.as_of.isoformat(), "material": one.witness.material, "application": dict(one.witness.application)},
                          ensure_ascii=False, indent=2)
        for line in said.splitlines():
            console.print(Text(f"      {line}"))
        for line in one.said:
            console.print(Text(f"      # {line}", style="dim"))
    console.print()


def _marks(console: Console, rulebook: Rulebook, chinese: bool) -> None:
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


def _notes(console: Console, found: Found, chinese: bool, every: bool) -> None:
    """Notes, folded: of each kind how many and the first."""
    notes: list[_Said] = [*(one for one in found.report.findings if one.grade == "note"), *(one for one in found.desk if one.severity == "note")]
    if not notes:
        return
    fold = "" if every else "（每种只列一条，--notes 看全部）" if chinese else " (the first of each kind; --notes for all)"
    _head(console, f"提示 {len(notes)} 处{fold}" if chinese else f"notes: {len(notes)}{fold}", "default")
    by_code: dict[str, list[_Said]] = {}
    for one in notes:
        by_code.setdefault(one.code, []).append(one)
    for listed in by_code.values():
        for one in listed if every else listed[:1]:
            _sentence(console, f"{'' if every else len(listed):>3} ", one, chinese)


def print_days(found: Sequence[Changeover], language: Language) -> None:
    """The table of change-over days, one line a change: day, whether it ends or begins, what, where it is written."""
    console, chinese = out(), language is Language.zh
    for one in found:
        rows: list[tuple[str, Change]] = [*(("止" if chinese else "ends  ", change) for change in one.ends),
                                          *(("起" if chinese else "begins", change) for change in one.begins)]
        for position, (how, change) in enumerate(rows):
            place = f"{change.file}:{change.line}" if change.file and change.line else change.file
            day = Text(f"{str(one.day) if position == 0 else '':<10}  ", style="bold")
            console.print(day + Text(f"{how}  ", style="dim") + Text(change.zh if chinese else change.en) + Text(f"  {place}" if place else "", style="dim"))
    console.print(Text(f"{len(found)} 个变更日。“止”指前一天是最后一天。" if chinese else f"{len(found)} change-over days. What “ends” had its last day the day before.",
                       style="dim"))
