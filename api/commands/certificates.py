"""`mianzheng certificates`: loading a file into the certificate library, looking one up, the types with what may be shown and shared.

Numbers of people are never printed whole. Nothing here decides.
"""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from api.commands.log import opened, refused, settings_of, unreachable, wrong_usage
from api.commands.printing import Language, err, out, print_json, problem_json
from api.http.lists import unknown_division
from api.http.service import load as load_rules
from api.http.service import open_records, wall_clock
from api.published_files import harmless
from api.records import certificate_types, certificates
from api.records.certificate_files import look
from api.records.certificate_loading import Report
from api.records.certificate_loading import load as take
from api.records.certificate_rows import CHINESE, Fault, Reader
from api.records.database import Unavailable
from api.records.instants import BEIJING
from api.records.records import Records
from api.rule_files import bundled, open_rulebook
from api.settings import Settings
from engine import identity
from engine.decide import Decider
from engine.problems import Problem, Refused
from engine.reading import read_rulebook
from engine.rulebook import Rulebook

DONE, SOME_REFUSED, USAGE, INTERRUPTED = 0, 1, 2, 130

#: The most faults that are printed for people; `--refused` has all of them.
SHOWN: Final = 20

_HEADS: Final = (("行", "字段", "原文", "问题", "可以写", "最接近", "代码"), ("line", "field", "word", "problem", "allowed", "nearest", "code"))
_STATES: Final = {"valid": ("有效", "valid"), "expired": ("过期", "expired"), "revoked": ("已失效", "ended"), "frozen": ("冻结", "frozen"),
                  "not_yet": ("未生效", "not yet")}


# -- load -------------------------------------------------------------------------------------------------------------

def load(file: Path, form: str | None, report: Path | None, dry_run: bool, rules: Path | None, database: str | None, as_json: bool,
         language: Language) -> int:
    """The exit status: 0 all taken, 1 some refused or the database does not answer, 2 a mistake of usage or no such file, 130 interrupted."""
    try:
        source = look(file, form)
        records = _records(database, rules, make=not dry_run)
    except Refused as error:
        refused(error, language, as_json)
        return USAGE
    kept: list[Fault] = []
    made, status = Report(source.path.name, dry_run), DONE
    problems: tuple[Problem, ...] = ()
    try:
        with _reported(report, language) as write, _bar(source.size, language) as tell:
            def refuse(fault: Fault) -> None:
                write(fault)
                if len(kept) < SHOWN:
                    kept.append(fault)

            take(records, source, refuse, tell, made)
        status = SOME_REFUSED if made.refused else DONE
    except Refused as error:
        problems, status = error.problems, USAGE
    except Unavailable:
        problems, status = unreachable().problems, SOME_REFUSED
    except KeyboardInterrupt:
        status = INTERRUPTED
    finally:
        records.close()
    if as_json:
        print_json({**asdict(made), "interrupted": status == INTERRUPTED, "problems": [problem_json(one) for one in problems],
                    "shown": [{**problem_json(one.problem), "word": one.word} for one in kept]})
        return status
    if made.rows or not problems:
        _say(made, kept, report, status, language)
    if problems:
        refused(Refused(problems), language)
    return status


def _records(database: str | None, rules: Path | None, make: bool) -> Records:
    """The records; `make`: where there is no database yet one is made, so that a library can be loaded before the service first runs. Raises Refused."""
    try:
        settings = settings_of(database)
    except Refused as error:
        if not make or {one.code for one in error.problems} != {"no-database"}:
            raise
        settings = Settings.from_environment(dict(os.environ) | ({"MIANZHENG_DATABASE": database} if database is not None else {}))
    settings = replace(settings, tick_every=0, rules=rules or settings.rules)
    records = open_records(settings, Decider(load_rules(settings)), wall_clock)
    assert records is not None
    return records


@contextmanager
def _reported(file: Path | None, language: Language) -> Iterator[Callable[[Fault], None]]:
    """Where every fault is written as it is found. Raises Refused where that file cannot be written."""
    if file is None:
        yield lambda fault: None
        return
    try:
        with open(file, "w", encoding="utf-8-sig", newline="") as kept:
            lines = csv.writer(kept)
            lines.writerow(_HEADS[0 if language is Language.zh else 1])
            yield lambda fault: lines.writerow([harmless(cell) for cell in _cells(fault, language)])
    except OSError:
        raise Refused([Problem("unwritable", f"写不进“{file}”；看一看目录在不在、有没有权限。",
                               f"“{file}” cannot be written; check that its directory exists and its permissions.")]) from None


@contextmanager
def _bar(size: int, language: Language) -> Iterator[Callable[[int], None]]:
    """A bar over the bytes of the file on a terminal; nothing elsewhere."""
    console = err()
    if not console.is_terminal:
        yield lambda done: None
        return
    with Progress(TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task("载入" if language is Language.zh else "loading", total=max(size, 1))
        yield lambda done: bar.update(task, completed=done)


def _cells(fault: Fault, language: Language) -> tuple[str, ...]:
    one, chinese = fault.problem, language is Language.zh
    field = CHINESE.get(one.field, one.field) if chinese else one.field
    return (str(one.line), field, fault.word, one.zh if chinese else one.en, ("、" if chinese else ", ").join(one.allowed), one.nearest, one.code)


def _say(made: Report, kept: list[Fault], report: Path | None, status: int, language: Language) -> None:
    console, chinese = out(), language is Language.zh
    changed = (f"，改了状态 {made.changed}" if chinese else f", {made.changed} statuses changed") if made.changed else ""
    head = (f"{made.file}：{made.rows} 行，收下 {made.taken}{changed}，本来就有 {made.unchanged}，退回 {made.refused}" if chinese else
            f"{made.file}: {made.rows} rows, {made.taken} taken{changed}, {made.unchanged} there already, {made.refused} refused")
    console.print(Text(head + ((" · 只核对，没有载入" if chinese else " · only checked, nothing loaded") if made.dry_run else ""), style="bold"))
    if not made.rows and status == DONE:
        console.print(Text("文件里没有一行证照。" if chinese else "There is no certificate in the file.", style="yellow"))
    if made.notes.get("no-seal"):
        console.print(Text(f"{made.notes['no-seal']} 行没有电子印章，不作为证据。" if chinese else
                           f"{made.notes['no-seal']} without an electronic seal: they prove nothing.", style="yellow"))
    if made.notes.get("unusual-number"):
        console.print(Text(f"{made.notes['unusual-number']} 行的编号应当就是持证人的证件号码，写的却不是，请核对。" if chinese else
                           f"{made.notes['unusual-number']} with another number than the holder's own, which it should be; look again.", style="yellow"))
    if made.notes.get("unusual-holder"):
        console.print(Text(f"{made.notes['unusual-holder']} 行的持证人与这种证照通常的不同，请核对。" if chinese else
                           f"{made.notes['unusual-holder']} with a holder unusual for the type; look again.", style="yellow"))
    if kept:
        grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        for name, whole in zip(("行", "字段", "原文", "问题") if chinese else ("line", "field", "word", "problem"), (True, True, False, False), strict=True):
            grid.add_column(name, overflow="fold", no_wrap=whole)
        for fault in kept:
            line, field, word, problem, allowed, near, _ = _cells(fault, language)
            hint = (f"您是不是要写“{near}”？" if chinese else f" Did you mean “{near}”?") if near else (
                f"可以写：{allowed}。" if chinese else f" Allowed: {allowed}.") if 0 < len(fault.problem.allowed) <= 12 else ""
            grid.add_row(Text(line), Text(field), Text(word if len(word) <= 24 else f"{word[:24]}…"), Text(problem + hint))
        console.print(grid)
    more = made.faults - len(kept)
    if more > 0:
        console.print(Text(f"还有 {more} 处，" + (f"全部在“{report}”。" if report else "用 --refused REPORT.csv 写出全部。") if chinese else
                           f"{more} more, " + (f"all of them in “{report}”." if report else "write all of them with --refused REPORT.csv."), style="dim"))
    if status == INTERRUPTED:
        console.print(Text("中断了：收下的都留着，再运行一次即可接着载入。" if chinese else
                           "Interrupted: what was taken is kept; run this again to go on.", style="yellow"))


# -- find -------------------------------------------------------------------------------------------------------------

def find(holder: str | None, number: str | None, kind: str | None, on: date | None, rules: Path | None, database: str | None, as_json: bool,
         language: Language) -> int:
    """The exit status: 0 found, 1 none, or refused, 2 a mistake of usage."""
    if (holder is None) == (number is None):
        return wrong_usage("--holder、--number 写一个。", "Give exactly one of --holder and --number.", language)
    whose = sys.stdin.readline().strip() if holder == "-" else holder
    day = on or wall_clock().astimezone(BEIJING).date()
    try:
        book = _rulebook(rules)
        kinds = [_type(book, kind)] if kind is not None else list(book.credentials)
        numbers = _readings(book, whose) if whose is not None else []
        names = {one.code: one.name if language is Language.zh else one.english for one in book.credentials.values()}
        with opened(database) as records, records.reading() as session:
            rows = [certificates.as_dict(row, day, names) for row in certificates.found(
                session, day, kinds, numbers,
                [(kind, certificates.written(number, book.credentials[kind])) for kind in kinds] if number is not None else None)]
    except Refused as error:
        return refused(error, language, as_json)
    if as_json:
        print_json({"on": day.isoformat(), "certificates": rows})
    else:
        _print_found(rows, day, language)
    return DONE if rows else SOME_REFUSED


def _rulebook(rules: Path | None) -> Rulebook:
    """The rulebook the option or the environment names. Raises Refused."""
    return read_rulebook(open_rulebook(rules or Settings.from_environment().rules or bundled()))


def _type(book: Rulebook, word: str) -> str:
    found = book.credential_words.get(word)
    if found is None:
        raise Refused([Reader(book).no_type(word)])
    return found.code


def _readings(book: Rulebook, word: str) -> list[str]:
    """The number as it is written by every kind of number it can be. Raises Refused where it can be none."""
    read = [identity.read(value.code, word) for value in book.vocabulary["person_id_type"].values]
    found = sorted({one.number for one in read if isinstance(one, identity.Identity)})
    if not found:
        raise Refused([Problem("id-number", "这不是任何一种证件的号码；请核对。", "This is a number of no kind; look for a typing mistake.")])
    return found


def _print_found(rows: list[dict[str, Any]], day: date, language: Language) -> None:
    console, chinese = out(), language is Language.zh
    at = 0 if chinese else 1
    if not rows:
        console.print(Text(f"{day}：库里没有。没有不等于没有这份证照。" if chinese else f"{day}: none in the library, which does not mean that there is none."))
        return
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in (("证照", "编号", "版本", "持证人", "有效期", "状态", "颁发机构", "合成"),
                 ("certificate", "number", "version", "holder", "validity", "state", "issuer", "synthetic"))[at]:
        grid.add_column(name, overflow="fold")
    for one in rows:
        last = one["valid_to"] or ("长期" if chinese else "no end")
        state = _STATES[one["state"]][at] + ("" if one["sealed"] else "，没有印章" if chinese else ", no seal")
        grid.add_row(*map(Text, (one["type_name"], one["number"], str(one["version"]), one["holder"], f"{one['valid_from']} — {last}")),
                     Text(state, style="" if one["state"] == "valid" and one["sealed"] else "yellow"), Text(one["issuer"]),
                     Text(("是" if chinese else "yes") if one["synthetic"] else "—"))
    console.print(Text(f"{day}", style="bold"))
    console.print(grid)


# -- types ------------------------------------------------------------------------------------------------------------

def types(division: str, on: date | None, rules: Path | None, as_json: bool, language: Language) -> int:
    """The exit status: 0 printed, 1 refused."""
    try:
        book = _rulebook(rules)
        problem = unknown_division(division, book)
        if problem is not None:
            raise Refused([problem])
        made = certificate_types.types(book, division, on or wall_clock().astimezone(BEIJING).date())
    except Refused as error:
        return refused(error, language, as_json)
    if as_json:
        print_json(made)
    else:
        _print_types(made, language)
    return DONE


def _print_types(made: dict[str, Any], language: Language) -> None:
    console, chinese = out(), language is Language.zh
    console.print(Text(f"{made['division_name' if chinese else 'division_name_en']} · {made['on']}", style="bold"))
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("证照", "编码", "出示", "共享") if chinese else ("certificate", "code", "shown", "shared"):
        grid.add_column(name, overflow="fold")
    yes, no = ("可以", "—") if chinese else ("yes", "—")
    for one in made["types"]:
        grid.add_row(Text(one["name" if chinese else "name_en"]), Text(one["type"], style="dim"), yes if one["may_be_shown"] else no,
                     yes if one["shareable"] else no)
    console.print(grid)
    names = "、".join(f"{one['batch']}（{one['division']}）" for one in made["lists"])
    if made["lists"]:
        console.print(Text(f"依据：{names}" if chinese else f"By: {', '.join(one['division'] + ' ' + one['list'] for one in made['lists'])}", style="dim"))
