"""Reads what must hold: for every application (不变量), and between two readings of one application (对照).

What two readings differ in must be something a caller can state, so that a broken 对照 can be shown as two applications; how
they come out is said in routes and modes. Nothing here proves anything.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from engine.problems import Problem
from engine.reading.draft import Draft
from engine.reading.report import Place
from engine.reading.shapes import InvariantsFile, InvariantShape, PairShape
from engine.rulebook import Invariant, PairedInvariant
from engine.vocabulary import CATALOGUE, CONCLUDED, DECLARED, ELECTIONS, QUERIED, RECORDED, Fact

#: The outcomes that two readings are compared by.
COMPARED: Final = ("route", "mode")
_NATIONAL: Final = {"全国": "national", None: ""}


def read_invariants(draft: Draft) -> tuple[tuple[Invariant, ...], tuple[PairedInvariant, ...]]:
    """Every 不变量 and every 对照, in file order. One id names one of them."""
    places: dict[str, Place] = {}
    alone: list[Invariant] = []
    pairs: list[PairedInvariant] = []
    for file, model in draft.models(InvariantsFile):
        for place, row in file.each("不变量", model.invariants):
            _unique(draft, place, row, places, "不变量", "invariant")
            given, then = (draft.conditions.read(raw, place / key, _anything) for key, raw in (("当", row.given), ("那么", row.then)))
            alone.append(Invariant(row.id, row.gist, row.source, given, then, file.path, place.line))
        for place, pair in file.each("对照", model.pairs):
            _unique(draft, place, pair, places, "对照", "pair")
            pairs.append(_pair(draft, place, pair))
    return tuple(alone), tuple(pairs)


def complete_from(draft: Draft) -> date:
    """The day from which the law of the directory is complete (完整自), `date.min` if it says none: complete at all times."""
    return next((model.complete_from for _, model in draft.models(InvariantsFile) if model.complete_from is not None), date.min)


def _unique(draft: Draft, place: Place, row: InvariantShape | PairShape, places: dict[str, Place], zh: str, en: str) -> None:
    first = places.setdefault(row.id, place)
    if first is not place:
        draft.report.say(place / "编号", "duplicate-name", f"{zh}“{row.id}”写了两次，另一处在第 {first.line} 行；换一个编号。",
                         f"The {en} “{row.id}” is written twice, the other time on line {first.line}; choose another id.")


def _pair(draft: Draft, place: Place, row: PairShape) -> PairedInvariant:
    given = draft.conditions.read(row.given, place / "当", _given)
    first, second = (draft.conditions.read(raw, place / key, _differs) for key, raw in (("甲", row.first), ("乙", row.second)))
    if_first, then_second = (draft.conditions.read(raw, place / key, _compared) for key, raw in (("若甲", row.if_first), ("则乙", row.then_second)))
    if (row.first or ()) == (row.second or ()) and row.second_law is None:
        draft.report.say(place, "pair-without-difference", f"对照“{row.id}”的甲、乙没有差别；在“甲”“乙”里写明差在哪里，或者写“乙的规则: 全国”。",
                         f"The two readings of “{row.id}” do not differ; say in 甲 and 乙 in what they do, or write “乙的规则: 全国”.")
    no_heavier, said = row.no_heavier is not None, [key for key, raw in (("若甲", row.if_first), ("则乙", row.then_second)) if raw]
    if no_heavier and said:
        draft.report.say(place / said[0], "pair-outcome", f"对照“{row.id}”写了“甲不重于乙”，就不写“{said[0]}”。",
                         f"“{row.id}” says “甲不重于乙” (the first is no heavier) and takes no “{said[0]}”.", ("若甲和则乙", "甲不重于乙: 是"))
    elif not no_heavier and not row.then_second:
        draft.report.say(place, "pair-outcome", f"对照“{row.id}”没有写结果应当怎样；写“则乙”（可以加“若甲”），或者写“甲不重于乙: 是”。",
                         f"“{row.id}” does not say what must come out: write “则乙” (with “若甲” where needed) or “甲不重于乙: 是”.",
                         ("若甲和则乙", "甲不重于乙: 是"))
    return PairedInvariant(row.id, row.gist, row.source, given, first, second, _NATIONAL[row.second_law], if_first, then_second, no_heavier,
                           place.file.path, place.line)


def _anything(fact: Fact) -> Problem | None:
    """What an invariant may name: every fact, outcomes and choices included."""
    return None


def _given(fact: Fact) -> Problem | None:
    """What holds in both readings is said in facts and choices; how they come out is said in 若甲 and 则乙."""
    if fact.supplier == CONCLUDED and fact.code not in ELECTIONS.values():
        return Problem("pair-outcome", f"“{fact.name}”是结果，对照里写在“若甲”“则乙”下面。",
                       f"“{fact.code}” is an outcome; in a 对照 it stands under 若甲 and 则乙.")
    return None


def _differs(fact: Fact) -> Problem | None:
    """What two readings may differ in: what is stated of an application. What follows from it is computed in each anew."""
    if fact.supplier in (DECLARED, RECORDED, QUERIED) or fact.code in ELECTIONS.values():
        return None
    zh, en = _INSTEAD.get(fact.supplier, ("写它所依据的事实", "name the facts it follows from"))
    return Problem("pair-difference", f"甲、乙的差别只能写申报、记录、查询的事实和申请人的选择；“{fact.name}”的来源是{fact.supplier}，{zh}。",
                   f"Two readings may differ in declared, recorded and queried facts and in choices; “{fact.code}” is none of these: {en}.")


#: What to write in place of a fact of that supplier.
_INSTEAD: Final = {CATALOGUE: ("两种情况总是一样，写在“当”下面", "it is alike in both and stands under 当"),
                   CONCLUDED: ("写在“若甲”“则乙”下面", "how a reading comes out stands under 若甲 and 则乙")}


def _compared(fact: Fact) -> Problem | None:
    """What 若甲 and 则乙 may name."""
    if fact.code in COMPARED:
        return None
    return Problem("pair-outcome", f"“若甲”“则乙”只写路径和方式；“{fact.name}”两种情况都有的写在“当”，有差别的写在“甲”“乙”。",
                   f"若甲 and 则乙 name routes and modes only; where “{fact.code}” is alike in both it stands under 当, where it differs under 甲 and 乙.")
