"""`mianzheng check`: reads a rulebook, proves what must hold for every possible application, and says what holds, what fails and where."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from api.commands.check_printing import Found, print_days, print_found, print_read
from api.commands.printing import Language, at_one_go, err, print_json, print_problems, problem_json
from api.commands.proofs import Examples, beside_extra, changeover_json, desk_json, feature_of, finding_json
from api.published_files import write_whole
from api.rule_files import bundled, open_rulebook
from engine.law import RANKS
from engine.problems import Problem, Refused
from engine.proof.checking import check as prove
from engine.proof.solver import PATIENCE
from engine.reading import read_rulebook
from engine.review import changeovers, review
from engine.rulebook import Rulebook

HOLDS, FAILS, USAGE, UNKNOWN, INTERRUPTED = 0, 1, 2, 3, 130
_CHINA: Final = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Order:
    """What the command line asks for; see `mianzheng check --help`. `seconds` None: as long as the prover takes for one question by itself."""

    directory: Path | None = None
    also: Path | None = None
    on: date | None = None
    quick: bool = False
    days: bool = False
    notes: bool = False
    seconds: float | None = None
    scenarios: Path | None = None


def check(order: Order, as_json: bool, language: Language) -> int:
    """The exit status: 0 holds, 1 something fails or the rulebook is refused, 2 usage, 3 nothing fails but something is unknown, 130 interrupted."""
    wrong = _wrong(order)
    if wrong is not None:
        _refuse((wrong,), as_json, language)
        return USAGE
    try:
        rulebook = _read(order)
        if order.days:
            _show_days(rulebook, as_json, language)
            return HOLDS
        if order.quick:
            if as_json:
                print_json(read_json(rulebook))
            else:
                print_read(rulebook, counts(rulebook), language)
            return HOLDS
        return _prove(rulebook, order, as_json, language)
    except Refused as refused:
        _refuse(refused.problems, as_json, language)
        return FAILS
    except KeyboardInterrupt:
        err().print(Text("已中断，没有写文件。" if language is Language.zh else "Interrupted; no file was written.", style="yellow"))
        return INTERRUPTED


def _read(order: Order) -> Rulebook:
    texts = open_rulebook(order.directory or bundled())
    return read_rulebook(texts | open_rulebook(order.also) if order.also is not None else texts)


def _wrong(order: Order) -> Problem | None:
    """What of the options does not go together, or cannot be written to."""
    alone = "--quick" if order.quick else "--days" if order.days else ""
    others = [name for name, given in (("--days", order.days), ("--scenarios", order.scenarios), ("--seconds", order.seconds)) if given and name != alone]
    if alone and others:
        return Problem("wrong-options", f"{alone} 不证明，不能和 {'、'.join(others)} 一起写。", f"{alone} proves nothing and does not go with {', '.join(others)}.")
    file = order.scenarios
    if file is not None and file.suffix != ".feature":
        return Problem("wrong-options", f"场景文件的名称要以 .feature 结尾：“{file}”。", f"A file of scenarios ends in .feature: “{file}”.")
    if file is not None and (file.is_dir() or not file.parent.is_dir()):
        return Problem("unwritable", f"写不进“{file}”：{'它是目录' if file.is_dir() else '没有这个目录'}。",
                       f"“{file}” cannot be written: {'it is a directory' if file.is_dir() else 'there is no such directory'}.")
    return None


# -- proving ------------------------------------------------------------------------------------------------------------------

def _prove(rulebook: Rulebook, order: Order, as_json: bool, language: Language) -> int:
    begun = time.perf_counter()
    on = order.on or datetime.now(_CHINA).date()
    milliseconds = PATIENCE if order.seconds is None else max(1, round(order.seconds * 1000))
    with _progress(language) as tell:
        with at_one_go():
            report = prove(rulebook, milliseconds, tell)
        if order.also is not None:
            report = beside_extra(report)
        examples = Examples(rulebook, _from_root(order.also))
        shown = {id(finding): examples.of(finding) for finding in report.findings if finding.witnesses}
    desk = review(rulebook, on)
    found = Found(report, shown, desk, on, time.perf_counter() - begun)
    written = _write(order.scenarios, feature_of(rulebook, [one for listed in shown.values() for one in listed])) if order.scenarios is not None else False
    if as_json:
        print_json(read_json(rulebook) | _found_json(found, order, written))
    else:
        print_found(found, rulebook, counts(rulebook), language, order.notes)
        if order.scenarios is not None:
            _tell_file(order.scenarios, written, language)
    return found.status


def _from_root(also: Path | None) -> str:
    """The extra directory as a scenario names it: from the project's root; empty where it lies outside or its name cannot stand in a step."""
    if also is None:
        return ""
    root, place = bundled().resolve().parent, also.resolve()
    inside = place.relative_to(root).as_posix() if place.is_relative_to(root) else ""
    return inside if not any(letter.isspace() for letter in inside) else ""


def _write(file: Path, text: str) -> bool:
    """Whether there was anything to write. Raises Refused where it cannot be written."""
    if not text:
        return False
    try:
        write_whole(file, text.encode("utf-8"))
    except OSError:
        raise Refused([Problem("unwritable", f"写不进“{file}”；看一看它的权限。", f"“{file}” cannot be written; check its permissions.")]) from None
    return True


def _tell_file(file: Path, written: bool, language: Language) -> None:
    """Where the scenarios stand, on standard error: the report itself may be piped on."""
    if language is Language.zh:
        said = f"反例写在 {file}" if written else f"没有反例，没有写 {file}"
    else:
        said = f"The counter-examples are in {file}" if written else f"There is no counter-example; {file} was not written"
    err().print(Text(said))


@contextmanager
def _progress(language: Language) -> Iterator[Callable[[str, str, int, int], None]]:
    """A bar on standard error, on a terminal only."""
    console = err()
    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console, transient=True,
                  disable=not console.is_terminal) as bar:
        task = bar.add_task("")

        def tell(zh: str, en: str, number: int, total: int) -> None:
            bar.update(task, description=zh if language is Language.zh else en, completed=number - 1, total=total)

        yield tell


# -- what is said -------------------------------------------------------------------------------------------------------------

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
        ("不变量", "invariants", len(rulebook.invariants)), ("对照", "pairs", len(rulebook.pairs)), ("区划", "divisions", len(rulebook.divisions)),
        ("材料", "materials", len(rulebook.materials)), ("证件", "credentials", len(rulebook.credentials)),
        ("数据源", "sources", len(rulebook.sources)), ("事项", "items", len(rulebook.items)), ("清单", "lists", len(rulebook.lists)),
        ("一件事", "bundles", len(rulebook.bundles)), ("日历年份", "calendar years", len(rulebook.calendar.years)),
    ]


def read_json(rulebook: Rulebook) -> dict[str, Any]:
    """What reading alone tells. `proved` is false and `sound` null: nothing was proved."""
    return {
        "sound": None, "proved": False, "version": rulebook.version,
        "counts": {english.strip().replace(" ", "_"): count for _, english, count in counts(rulebook)},
        "marks": [{"file": mark.file, "line": mark.line, "subject": mark.subject, "text": mark.text} for mark in rulebook.marks],
    }


def _found_json(found: Found, order: Order, written: bool) -> dict[str, Any]:
    """`sound`: true everything holds, false something fails, null nothing fails but something is unknown."""
    report = found.report
    return {
        "sound": {HOLDS: True, UNKNOWN: None}.get(found.status, False), "proved": True, "on": found.on.isoformat(),
        "scenes": report.scenes, "distinct": report.problems, "questions": report.questions,
        "holds": [{"code": one.code, "zh": one.zh, "en": one.en, "count": one.count} for one in report.proved],
        "findings": [finding_json(one, found.of(one)) for one in report.findings],
        "desk": [desk_json(one) for one in found.desk],
        "scenarios": str(order.scenarios) if written else None,
    }


def _show_days(rulebook: Rulebook, as_json: bool, language: Language) -> None:
    found = changeovers(rulebook)
    if as_json:
        print_json({"version": rulebook.version, "days": [changeover_json(one) for one in found]})
    else:
        print_days(found, language)


def _refuse(problems: tuple[Problem, ...], as_json: bool, language: Language) -> None:
    if as_json:
        print_json({"sound": False, "proved": False, "problems": [problem_json(problem) for problem in problems]})
    else:
        print_problems(problems, language)
