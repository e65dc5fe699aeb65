"""Reading demands: one with everything that is known of it and what the applicant is told, many in a list, and the figures of a period.

Reads only; the free words of officers and applicants come from the log's content and are gone once it is erased.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, Final

import orjson
from sqlmodel import Session, col, select

from api.records.acts import NoSuchRecord
from api.records.demand_words import Told, item_of, recalled
from api.records.demands import Measure, acts_of, engine_demand, judged_now, measure_of, spoken_of, twins
from api.records.instants import BEIJING, instant, spoken
from api.records.records import Records
from api.records.story import PAGE, case_file
from api.records.tables import Alert, CaseFile, Demand, LogContent, LogEntry
from engine.lifecycle.demands import Line, answerable, judge
from engine.lifecycle.machines import PENDING
from engine.rulebook import Rulebook

#: Routes on which the applicant has something to do.
_ASKED: Final = ("submit", "shown", "commitment", "deferral")
_CARDS: Final = ("none", "yellow", "red")
_HELD: Final = ("blocked", "disputed")


def demand_row(session: Session, demand_id: str) -> Demand:
    """The demand. Raises NoSuchRecord."""
    row = session.get(Demand, demand_id)
    if row is None:
        raise NoSuchRecord("demand", demand_id)
    return row


def head(row: Demand, rulebook: Rulebook, case: CaseFile, language: str) -> dict[str, Any]:
    """A demand in a list."""
    named = recalled(engine_demand(row), rulebook, item_of(rulebook, case.item, case.division))
    return {
        "id": row.id, "case_id": row.case_id, "decision_id": row.decision_id, "at": spoken(row.at), "stage": row.stage, "kind": row.kind,
        "material": row.material, "person": row.person, "fact": row.fact, "name": named.name if language == "zh" else named.name_en,
        "officer": {"id": row.officer, "role": row.role} if row.officer else None, "reported_by": row.reported_by, "state": row.state,
        "blocked": row.state in _HELD, "card": max((one["card"] for one in row.violations), key=_CARDS.index, default="none"),
        "violations": row.violations}


def view(records: Records, session: Session, demand_id: str, language: str) -> dict[str, Any]:
    """Everything about a demand. Raises NoSuchRecord, and Erased where the decision's content is gone."""
    row = demand_row(session, demand_id)
    case = case_file(session, row.case_id)
    measure = measure_of(records, session, case)
    history = [_act(session, entry) for entry in acts_of(session, row)]
    return {
        **head(row, measure.rulebook, case, language), "text": spoken_of(session, row), "line": _line(records, session, case, row, history),
        "for_applicant": _told(records, session, case, row, measure).text(language), "open_twins": [one.id for one in twins(session, row)],
        "history": history}


def report_view(records: Records, session: Session, demand_id: str, language: str) -> dict[str, Any]:
    """What the applicant who reported a demand is told."""
    row = demand_row(session, demand_id)
    case = case_file(session, row.case_id)
    told = _told(records, session, case, row, measure_of(records, session, case), thanks=True)
    return {"id": row.id, "at": spoken(row.at), "state": row.state, "blocked": row.state in _HELD, "within_decision": not row.violations,
            "violations": row.violations, "for_applicant": told.text(language)}


def _told(records: Records, session: Session, case: CaseFile, row: Demand, measure: Measure, thanks: bool = False) -> Told:
    demand, now = judged_now(records, session, case, row, measure, frozen=row.state != "released")
    people = {str(one["id"]): str(one["name"]) for one in measure.recorded.application.get("persons", ()) if one.get("name")}
    return Told(demand, row.state, case.state not in PENDING and case.state != "granted", now, measure.body, measure.rulebook, people, thanks)


def _line(records: Records, session: Session, case: CaseFile, row: Demand, history: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The line of the decision that provides for it: the one it was judged by, or the one that released it."""
    released = [one["decision"] for one in history if one["move"] == "release"]
    decision_id = (released[-1] if released else None) or row.decision_id
    measure = measure_of(records, session, case, decision_id)
    line: Line | None = judge(engine_demand(row), measure.body, declared=answerable(measure.rulebook)).line
    if line is None:
        return None
    return {"decision": decision_id, "kind": line.kind, "material": line.material or None, "person": line.person, "fact": line.fact or None,
            "role": line.role or None, "due": line.due or None}


def _act(session: Session, entry: LogEntry) -> dict[str, Any]:
    """A step with what was noted at it; the notes are null once erased."""
    tells = orjson.loads(entry.header)
    content = session.get(LogContent, entry.id)
    said: Mapping[str, Any] = orjson.loads(content.content) if content is not None else {}
    return {"at": spoken(entry.at), "move": tells["move"], "from": tells["from"] or None, "to": tells["to"], "by": tells["by"],
            **{name: said.get(name) or None for name in ("note", "reason", "conflict", "decision")}}


def listed(session: Session, *, case: str | None = None, state: str | None = None, card: str | None = None, officer: str | None = None,
           after: str | None = None) -> list[Demand]:
    """Demands, the latest first, a page. `card`: of a violation, `none`: without one. `after`: the last demand of the page before. Raises NoSuchRecord."""
    query = select(Demand)
    for column, value in ((Demand.case_id, case), (Demand.state, state), (Demand.officer, officer)):
        if value is not None:
            query = query.where(col(column) == value)
    if card is not None:
        violations = select(Alert.source).where(col(Alert.kind) == "violation")
        query = query.where(col(Demand.id).not_in(violations) if card == "none" else col(Demand.id).in_(violations.where(col(Alert.card) == card)))
    if after is not None:
        last = demand_row(session, after)
        query = query.where((col(Demand.at) < last.at) | ((col(Demand.at) == last.at) & (col(Demand.id) < last.id)))
    return list(session.exec(query.order_by(col(Demand.at).desc(), col(Demand.id).desc()).limit(PAGE)))


def cases_of(session: Session, rows: list[Demand]) -> dict[str, CaseFile]:
    """The cases of the demands, by id."""
    found = session.exec(select(CaseFile).where(col(CaseFile.id).in_({row.case_id for row in rows})))
    return {case.id: case for case in found}


def summary(session: Session, since: date, division: str | None = None) -> dict[str, Any]:
    """Demanded against listed (鄂州 二(二)11, 减材料), over the cases opened from a day on (Beijing).

    `listed`: entries of the standing decisions; `asked`: those of them on which the applicant has something to do; `demanded`: different copies
    that were asked for, `outside` of them in a demand that was a violation.
    """
    begin = instant(datetime.combine(since, time(), BEIJING))
    chosen = select(CaseFile.id, LogEntry.header).join(LogEntry, col(LogEntry.id) == col(CaseFile.decision_id)).where(col(CaseFile.opened_at) >= begin)
    asked_for = select(Demand).join(CaseFile, col(CaseFile.id) == col(Demand.case_id)).where(col(CaseFile.opened_at) >= begin)
    if division is not None:
        chosen, asked_for = chosen.where(col(CaseFile.division) == division), asked_for.where(col(CaseFile.division) == division)
    cases = on_the_list = asked = 0
    for _, header in session.exec(chosen.execution_options(yield_per=500)):
        routes = orjson.loads(header)["routes"]
        cases, on_the_list = cases + 1, on_the_list + len(routes)
        asked += sum(one[1] in _ASKED for one in routes)
    demands, copies, outside = 0, set(), set()
    states: Counter[str] = Counter()
    violations: Counter[tuple[str, str]] = Counter()
    for row in session.exec(asked_for.execution_options(yield_per=500)):
        demands += 1
        states[row.state] += 1
        violations.update((one["code"], one["card"]) for one in row.violations)
        if row.material is not None and row.kind in ("hand_in", "show", "sign"):
            copies.add((row.case_id, row.material, row.person))
            if row.violations:
                outside.add((row.case_id, row.material, row.person))
    return {
        "division": division, "since": since.isoformat(), "cases": cases, "listed": on_the_list, "asked": asked, "demands": demands,
        "demanded": len(copies), "outside": len(outside), "states": dict(sorted(states.items())),
        "violations": [{"code": code, "card": card, "count": count} for (code, card), count in sorted(violations.items())]}


