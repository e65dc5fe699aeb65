"""`mianzheng scenarios`: what the scenarios show of the rules, and which changes of a rule none of them would notice."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from api.commands.printing import Language, err, out, print_json, print_problems
from api.published_files import write_whole
from api.scenarios.assessing import Assessment, Fate, Part, assess
from api.scenarios.drafting import drafts
from api.scenarios.library import beside, load
from api.scenarios.page import page
from api.scenarios.report import as_json, where
from api.scenarios.trying import Crew
from engine.problems import Problem, Refused, unknown_word
from engine.rulebook import Rulebook

REFUSED, USAGE, INTERRUPTED = 1, 2, 130

_PARTS: Final = {Part.trace: ("跑场景", "running the scenarios"), Part.attempt: ("试变体", "trying mutants"), Part.judge: ("证明", "proving")}


def scenarios(features: Path | None, rules: Path | None, ids: Sequence[str], json_to: str | None, html_to: Path | None, write_to: Path | None,
              jobs: int | None, floor: float, seconds: float, enough: bool, language: Language) -> int:
    """The exit status: 0 the floor is reached and every rule was seen to hold, 1 not so or refused, 2 usage, 3 only unknown mutants are in the way."""
    chinese = language is Language.zh
    console = err() if json_to == "-" else out()
    try:
        library = load(features or beside(), rules)
        known = [rule.id for rule in library.book().rules]
        wrong = [unknown_word("unknown-rule", "规则", "rule", one, known) for one in ids if one not in known]
        if wrong:
            print_problems(wrong, language)
            return USAGE
        with Crew(library, rules, jobs or _cores(), int(seconds * 1000)) as crew, _shown(chinese) as progress:
            found = assess(library, crew, progress, ids, floor if enough else None)
        report = as_json(found, floor)
        if json_to == "-":
            print_json(report)
        elif json_to is not None:
            _written(Path(json_to), json.dumps(report, ensure_ascii=False, indent=2) + "\n", console, chinese)
        if html_to is not None:
            _written(html_to, page(found, floor, language.value), console, chinese)
        if write_to is not None:
            for name, text in drafts(found).items():
                _written(write_to / name, text, console, chinese)
    except Refused as refused:
        print_problems(refused.problems, language)
        return REFUSED
    except BrokenProcessPool:
        print_problems([Problem("process-ended", "一个进程自己结束了，多半是内存不够；用 --jobs 1 再试。",
                                "A process ended by itself, most likely for want of memory; try --jobs 1.")], language)
        return REFUSED
    except KeyboardInterrupt:
        err().print(Text("已中断，什么也没有写。" if chinese else "Interrupted; nothing was written.", style="yellow"))
        return INTERRUPTED
    _print(found, floor, console, language)
    return found.status(floor)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _shown(chinese: bool) -> Iterator[Any]:
    """Progress on standard error; on a terminal only."""
    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=err(), transient=True,
                  disable=not err().is_terminal) as bars:
        tasks = {part: bars.add_task(names[0] if chinese else names[1], total=None, visible=False) for part, names in _PARTS.items()}

        def progress(part: Part, total: int, done: int) -> None:
            if total:
                bars.update(tasks[part], total=total, visible=True)
            bars.advance(tasks[part], done)

        yield progress


def _written(file: Path, text: str, console: Console, chinese: bool) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, text.encode("utf-8"))
    except OSError:
        raise Refused([Problem("unwritable", f"写不进“{file}”；看一看目录在不在、有没有权限。",
                               f"“{file}” cannot be written; check that its directory exists and its permissions.")]) from None
    console.print(Text(f"写好：{file}" if chinese else f"written: {file}", style="dim"))


# -- the table ------------------------------------------------------------------------------------------------------------

def _print(found: Assessment, floor: float, console: Console, language: Language) -> None:
    chinese = language is Language.zh
    names = [one.name for one in found.library.examples]
    for number, said in found.failing:
        console.print(Text((f"场景没有通过：{names[number]}" if chinese else f"a scenario fails: {names[number]}"), style="red"))
        console.print(Text(f"  {said.splitlines()[0]}", style="dim"))
    _lacking(found, console, chinese)
    _survivors(found.survivors, found.library.book(), console, chinese)
    unknown = sum(1 for one in found.fates if one.unknown)
    equivalent = len(found.fates) - len(found.counted)
    if chinese:
        console.print(Text(f"{len(names)} 个场景，{len(found.coverage)} 条规则，{sum(len(one.phrases) for one in found.coverage.values())} 句条件；"
                           f"变体 {len(found.fates)} 个：场景发现 {found.killed}，证明无差别 {equivalent}，没有发现 {len(found.survivors)}"
                           + (f"（其中 {unknown} 个不知道有没有差别）" if unknown else "") + "。"))
        console.print(Text(f"得分 {found.score:.1f}%，要求 {floor:g}%。" + _verdict(found, floor, True), style=_colour(found.status(floor))))
    else:
        console.print(Text(f"{len(names)} scenarios, {len(found.coverage)} rules, {sum(len(one.phrases) for one in found.coverage.values())} phrases; "
                           f"{len(found.fates)} mutants: {found.killed} noticed, {equivalent} proved to change nothing, {len(found.survivors)} not noticed"
                           + (f" ({unknown} of them unknown)" if unknown else "") + "."))
        console.print(Text(f"Score {found.score:.1f}%, {floor:g}% is asked for. " + _verdict(found, floor, False), style=_colour(found.status(floor))))


def _colour(status: int) -> str:
    return {0: "green", 3: "yellow"}.get(status, "red")


def _verdict(found: Assessment, floor: float, chinese: bool) -> str:
    if found.failing:
        return "有场景没有通过。" if chinese else "Some scenarios fail."
    if found.unseen:
        return "有规则没有场景见过它成立。" if chinese else "Some rules were never seen to hold."
    status = found.status(floor)
    if status == 0:
        return "达到要求。" if chinese else "That is reached."
    if status == 3:
        return "只差不知道有没有差别的那些。" if chinese else "Only those that are unknown are in the way."
    return "没有达到。" if chinese else "That is not reached."


def _lacking(found: Assessment, console: Console, chinese: bool) -> None:
    """Rules with phrases no scenario has seen hold, fail or decide."""
    rows = [(one, phrase) for one in found.coverage.values() for phrase in one.lacking]
    unseen = found.unseen
    for one in unseen:
        console.print(Text((f"没有场景见过它成立：{one.rule.id}" if chinese else f"never seen to hold: {one.rule.id}"), style="red"))
    if not rows:
        return
    console.print(Text("没有全部见过的条件" if chinese else "phrases not wholly seen", style="bold"))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("规则", "条件", "没有见过它") if chinese else ("rule", "phrase", "not seen to"):
        table.add_column(name, overflow="fold")
    words = (("成立", "hold"), ("不成立", "fail"), ("单独起作用", "decide alone"))
    for one, phrase in rows:
        missing = [zh if chinese else en for (zh, en), seen in zip(words, (phrase.seen.held, phrase.seen.failed, phrase.decided), strict=True) if seen is None]
        table.add_row(Text(one.rule.id), Text(phrase.phrase.text("zh" if chinese else "en")), Text("、".join(missing) if chinese else ", ".join(missing)))
    console.print(table)


def _survivors(rows: Sequence[Fate], book: Rulebook, console: Console, chinese: bool) -> None:
    if not rows:
        console.print(Text("每个有意义的变体都有场景发现。" if chinese else "Every mutant that means something is noticed.", style="green"))
        return
    console.print(Text("没有场景发现的变体" if chinese else "mutants no scenario notices", style="bold"))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("规则", "改动", "在哪里看得出来") if chinese else ("rule", "change", "where it shows"):
        table.add_column(name, overflow="fold")
    for one in rows:
        change = one.mutant.zh if chinese else one.mutant.en
        table.add_row(Text(one.mutant.rule.id), Text(change), Text(where(one.judged, book, chinese) or ("不知道" if chinese else "unknown")))
    console.print(table)
