"""`mianzheng log erase`: lawful erasure from the command line, after saying what would go and asking.

An identity number is asked for, never taken from the command line, where others could read it. Nothing here erases: `api.records.erasure` does.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import Any

import typer
from rich.text import Text

from api.commands.log import DONE, FLAWED, refused, settings_of, unreachable, wrong_usage
from api.commands.printing import Language, err, out, print_json
from api.http.service import load, open_records, wall_clock
from api.records.acts import By, Conflict, NoSuchRecord
from api.records.credit import number_of
from api.records.database import Unavailable
from api.records.erasure import Scope, Target, as_dict, finish, scope
from api.records.erasure import erase as erasing
from api.records.log import Erased
from api.records.records import Records
from engine.decide import Decider
from engine.problems import Problem, Refused


@dataclass(frozen=True, slots=True)
class Order:
    """What the command was told. `person`: the kind of number, which is asked for."""

    decision: str | None
    case: str | None
    person: str | None
    ground: str
    officer: str
    role: str
    yes: bool


def erase(order: Order, database: str | None, as_json: bool, language: Language) -> int:
    """The exit status: 0 erased, 1 refused or not confirmed, 2 a mistake of usage."""
    if sum(one is not None for one in (order.decision, order.case, order.person)) != 1:
        return wrong_usage("--decision、--case、--person 三者写一个。", "Give exactly one of --decision, --case and --person.", language)
    if not order.ground.strip() or not order.officer.strip() or not order.role.strip():
        return wrong_usage("--ground、--officer、--role 不能是空的。", "--ground, --officer and --role may not be empty.", language)
    asks = on_terminal()
    if not order.yes and not asks:
        return wrong_usage("删除收不回来：在终端里运行以便确认，或者写 --yes。",
                           "What is erased cannot be brought back: run this on a terminal to confirm, or give --yes.", language)
    try:
        records = _opened(database)
        try:
            target = _target(records, order, asks, language)
            if not order.yes:
                with records.reading() as session:
                    would = scope(session, target)
                if not _confirmed(would, language):
                    err().print(Text("没有删除。" if language is Language.zh else "Nothing was erased."))
                    return FLAWED
            made = records.do(erasing(records, target, order.ground.strip(), By("officer", order.officer.strip(), order.role.strip())))
            done = {**as_dict(made), **finish(records.database, target)}
        finally:
            records.close()
    except Refused as error:
        return refused(error, language, as_json)
    except Unavailable:
        return refused(unreachable(), language, as_json)
    except Conflict as error:
        return refused(Refused([Problem("conflict", error.zh, error.en)]), language, as_json)
    except NoSuchRecord:
        return refused(Refused([Problem("unknown-record", "没有这样的记录；请核对编号或者证件号码。",
                                        "There is no such record; check the id or the number.")]), language, as_json)
    except Erased:
        return refused(Refused([Problem("erased", "内容早已依法删除。", "The content was erased before.")]), language, as_json)
    if as_json:
        print_json(done)
    else:
        _print(done, language)
    return DONE


def on_terminal() -> bool:
    """Whether somebody is there to be asked."""
    return sys.stdin.isatty()


def _opened(database: str | None) -> Records:
    settings = replace(settings_of(database), tick_every=0)
    records = open_records(settings, Decider(load(settings)), wall_clock)
    assert records is not None
    return records


def _target(records: Records, order: Order, asks: bool, language: Language) -> Target:
    """Raises Refused."""
    if order.person is None:
        return Target(order.decision, order.case)
    words = "证件号码" if language is Language.zh else "Identity number"
    number = typer.prompt(words, err=True) if asks else sys.stdin.readline()
    return Target(person=number_of(records.rulebook, order.person, str(number).strip()))


def _confirmed(would: Scope, language: Language) -> bool:
    console, chinese = err(), language is Language.zh
    cases, entries = len(would.cases), len(would.entries)
    letters, credit = len(would.commitments), len(would.credit)
    console.print(Text(
        f"将要删除：{cases} 个办件里 {entries} 个条目的内容，{letters} 份承诺书，{credit} 条信用记录。删除以后收不回来。" if chinese else
        f"About to erase: the content of {entries} entries in {cases} case(s), {letters} letter(s), {credit} credit record(s). "
        "It cannot be brought back.", style="yellow"))
    return bool(typer.confirm("确认删除？" if chinese else "Erase?", err=True))


def _print(done: dict[str, Any], language: Language) -> None:
    console, chinese = out(), language is Language.zh
    console.print(Text(
        f"已删除 {len(done['entries'])} 个条目的内容，{done['letters']} 份承诺书，{done['people']} 个人，{done['credit']} 条信用记录；"
        f"记录在 {done['id']}。" if chinese else
        f"Erased: the content of {len(done['entries'])} entries, {done['letters']} letter(s), {done['people']} person(s), {done['credit']} credit record(s); "
        f"the log says so in {done['id']}.", style="green"))
    if done["left"]:
        console.print(Text("号码还出现在别人的办件里，要另行删除：" if chinese else "The number still stands in other people's cases, which need erasures of their own:",
                           style="yellow"))
        for one in done["left"]:
            console.print(Text(f"  {one}"))
    if not done["wiped"]:
        console.print(Text("数据库文件里暂时还有：有人正在读。下一次删除或者服务停下时清除，见 docs/log.md。" if chinese else
                           "Its files still hold it: somebody is reading. It goes with the next erasure or when the service stops, see docs/log.md.", style="yellow"))
