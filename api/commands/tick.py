"""`mianzheng tick`: raises what has fallen due, once, and says what it was. For a timer of the machine, or to see what would be raised."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from api.commands.printing import Language, err, out, print_json, print_problems
from api.http.service import load, open_records, wall_clock
from api.records.database import Unavailable, parsed
from api.records.instants import BEIJING
from api.records.records import Records
from api.records.term_words import TERMS, card
from api.records.tick import Progress as Tell
from api.records.tick import Raised, Report
from api.records.tick import tick as look
from api.settings import Settings
from engine.decide import Decider
from engine.problems import Problem, Refused

DONE, REFUSED, USAGE = 0, 1, 2

_WHAT = {"due": ("到期日已定", "day due known"), "warning": ("预警", "warning"), "yellow": ("黄牌", "yellow card"), "red": ("红牌", "red card"),
         "deemed_accepted": ("视为受理", "deemed accepted"), "overdue": ("容缺逾期", "deferral overdue")}


def tick(on: date | None, database: str | None, as_json: bool, language: Language, dry_run: bool) -> int:
    """The exit status: 0 done, 1 the settings, rulebook or database are refused or a term could not be looked at, 2 a mistake of usage."""
    today = wall_clock().astimezone(BEIJING).date()
    if on is not None and on > today and not dry_run:
        print_problems([Problem("wrong-day", f"{on} 还没有到：到期的事提前提出就收不回来。加上 --dry-run 可以看到那天会提出什么。",
                                f"{on} has not come yet, and what is raised cannot be taken back. With --dry-run you see what would be raised then.")], language)
        return USAGE
    try:
        with _opened(database) as records, _progress() as tell:
            report = look(records, on, dry_run=dry_run, progress=tell)
    except Refused as refused:
        print_problems(refused.problems, language)
        return REFUSED
    except Unavailable:
        print_problems([Problem("database-unreachable", "数据库中途没有应答；已经提出的都留下了，恢复以后再运行一次即可。",
                                "The database stopped answering. What was raised is kept; run this again once it is back.", field="MIANZHENG_DATABASE")], language)
        return REFUSED
    if as_json:
        print_json(as_dict(report))
    else:
        _print(report, language)
    return REFUSED if report.failed else DONE


@contextmanager
def _opened(database: str | None) -> Iterator[Records]:
    """The records the option or the environment names, closed at the end. Raises Refused."""
    environment = dict(os.environ) | ({"MIANZHENG_DATABASE": database} if database is not None else {})
    settings = replace(Settings.from_environment(environment), tick_every=0)
    if settings.database is None:
        raise Refused([Problem("records-off", "MIANZHENG_DATABASE=off：没有记录，也就没有到期的事。用 --database 写明数据库。",
                               "MIANZHENG_DATABASE is off: there are no records, so nothing falls due. Name a database with --database.", field="MIANZHENG_DATABASE")])
    url = parsed(settings.database)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file():
        raise Refused([Problem("no-database", f"没有数据库文件“{url.database}”；核对路径，服务运行过才有。",
                               f"There is no database file “{url.database}”; check the path. A service that ran has made it.", field="MIANZHENG_DATABASE")])
    records = open_records(settings, Decider(load(settings)), wall_clock)
    assert records is not None
    try:
        yield records
    finally:
        records.close()


@contextmanager
def _progress() -> Iterator[Tell]:
    """A bar on a terminal; nothing elsewhere."""
    console = err()
    if not console.is_terminal:
        yield lambda done, of: None
        return
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("tick", total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def as_dict(report: Report) -> dict[str, Any]:
    """The report for machines."""
    return {"on": report.day.isoformat(), "dry_run": report.dry_run, "looked": report.looked, "counts": report.counts(),
            "raised": [{**asdict(one), "due": one.due.isoformat()} for one in report.raised],
            "failed": [{"clock_id": one.clock_id, "case_id": one.case_id} for one in report.failed]}


def _print(report: Report, language: Language) -> None:
    console, chinese = out(), language is Language.zh
    at = 0 if chinese else 1
    head = (f"{report.day}：看了 {report.looked} 个期限", f"{report.day}: looked at {report.looked} term{'' if report.looked == 1 else 's'}")[at]
    console.print(Text(head + ((" · 只看不提" if chinese else " · dry run") if report.dry_run else ""), style="bold"))
    if not report.raised:
        console.print(Text("没有新到期的事。" if chinese else "Nothing new has fallen due."))
    for what, ones in _by_what(report.raised).items():
        console.print(Text(f"\n{_WHAT[what][at]} {len(ones)}", style={"yellow": "yellow", "red": "red"}.get(what, "bold")))
        grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        for name in (("办件", "期限", "到期", "牌"), ("case", "term", "due", "card"))[at]:
            grid.add_column(name, overflow="fold")
        for one in ones:
            grid.add_row(one.case_id, TERMS.get(one.kind, (one.kind, one.kind))[at], one.due.isoformat(), "" if one.card == "none" else card(one.card)[at])
        console.print(grid)
    for failure in report.failed:
        err().print(Text((f"期限 {failure.clock_id}（办件 {failure.case_id}）没有看成，其余照常；服务看到它时，日志里写原因。" if chinese else
                          f"The term {failure.clock_id} of case {failure.case_id} could not be looked at, the others were; the service's log says why."), style="red"))


def _by_what(raised: list[Raised]) -> dict[str, list[Raised]]:
    """By what was raised, in the order of `_WHAT`."""
    return {what: found for what in _WHAT if (found := [one for one in raised if one.what == what])}
