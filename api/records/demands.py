"""Demands (索要): what a window, a back office or a delivery counter asked the applicant for, judged at once, blocked where nothing provides for it.

A demand is never refused for being unlawful: it is recorded, blocked and raised with the supervision. Nothing here waives or
requires a material; the measure is the decision that stands, and `engine.lifecycle.demands` judges. The way out of a block is a dispute
about data and a later decision; the violation and its alert stay for ever. What was said in free words stands in the log's content only.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import orjson
from sqlmodel import Session, col, select

from api.records import log
from api.records.acts import APPLICANT, By, Conflict, NoSuchRecord, case_of, found, move, tell
from api.records.alerts import raised
from api.records.demand_words import Asked, Asking, asked, conflict_of, item_of, recalled
from api.records.log import Recorded
from api.records.records import Records
from api.records.tables import CaseFile, Demand, LogContent, LogEntry, Received
from api.records.writer import Pages
from engine.lifecycle import demands as judging
from engine.lifecycle.demands import Finding, Violation, answerable, changed, judge
from engine.lifecycle.machines import CASE, DEMAND, PENDING
from engine.lifecycle.moves import NEW
from engine.problems import Problem, Refused
from engine.rulebook import Rulebook

#: States of a demand the applicant may still have to meet.
OPEN: Final = ("recorded", "released")

#: The fewest characters of a reason for a dispute.
LEAST_REASON: Final = 10

#: The most reports of the applicant one case holds: the door is open to whoever knows the id of the decision.
MOST_REPORTS: Final = 100


@dataclass(frozen=True, slots=True)
class Measure:
    """What a demand is measured by: the decision that stands, and the one frozen in the notice or standing at deemed acceptance."""

    recorded: Recorded
    body: Mapping[str, Any]
    rulebook: Rulebook
    frozen: Mapping[str, Any] | None = None
    facts_changed: bool = False
    deemed: bool = False


def case_id_of(session: Session, word: str) -> str:
    """The case by our id or by the caller's own number. Raises NoSuchRecord, and Conflict where several divisions use the number."""
    if session.exec(select(CaseFile.id).where(col(CaseFile.id) == word)).first() is not None:
        return word
    ids = session.exec(select(CaseFile.id).where(col(CaseFile.number) == word).limit(2)).all()
    if not ids:
        raise NoSuchRecord("case_file", word)
    if len(ids) > 1:
        raise Conflict("ambiguous-number", f"有几个区划都用“{word}”作办件编号；请写本系统的办件编号。",
                       f"Several divisions use “{word}” as the number of a case; give the id of the case instead.")
    return str(ids[0])


# -- recording --------------------------------------------------------------------------------------------------------

def record(records: Records, case: str, asking: Asking, by: By) -> Callable[[Pages], Demand]:
    """The act of recording what an officer asks for, blocked at once if it is a violation.

    Raises NoSuchRecord, Conflict, Erased, and Refused where a word is not known.
    """
    def does(pages: Pages) -> Demand:
        return _write(records, pages, case_of(pages.session, case_id_of(pages.session, case)), asking, by)

    return does


def report(records: Records, decision_id: str, asking: Asking) -> Callable[[Pages], Demand]:
    """The act of an applicant who tells what was asked. The id of a decision, known only to who got the answer, says which case it is.

    Judged like any other. The same report twice is one. Raises NoSuchRecord, Conflict, Erased, Refused.
    """
    def does(pages: Pages) -> Demand:
        session = pages.session
        case_id = session.exec(select(LogEntry.case_id).where(col(LogEntry.id) == decision_id, col(LogEntry.kind) == "decision")).first()
        if case_id is None:
            raise NoSuchRecord("decision", decision_id)
        return _write(records, pages, case_of(session, case_id), asking, APPLICANT)

    return does


def _write(records: Records, pages: Pages, case: CaseFile, asking: Asking, by: By) -> Demand:
    session = pages.session
    measure = measure_of(records, session, case)
    said = asked(asking, measure.rulebook, measure.body, measure.recorded.application)
    told = by.party == APPLICANT.party
    if told:
        earlier = _reported(session, case, asking, said)
        if earlier is not None:
            return earlier
    finding = _judged(records, session, case, measure, said.demand)
    if said.named:       # free words that only name a material: whatever the decision lets one ask of it
        ways = [said.of_kind(kind) for kind in ("hand_in", "show", "sign")]
        fits = [(one, _judged(records, session, case, measure, one.demand)) for one in ways]
        said, finding = next(((one, its) for one, its in fits if its.allowed), fits[0])
    demand_id, step = str(uuid.uuid4()), "record" if finding.allowed else "block"
    state, demand = DEMAND.after(NEW, step), said.demand
    entry_id = tell(pages, case.id, (DEMAND.subject, demand_id), step, by, {
        "stage": asking.stage, "kind": demand.kind, "material": demand.material, "person": said.person, "fact": demand.fact, "text": asking.text,
        "decision": case.decision_id, "violations": [one.code for one in finding.violations]}, NEW, state)
    row = Demand(
        id=demand_id, case_id=case.id, decision_id=case.decision_id, at=pages.at, stage=asking.stage, officer=by.officer, role=by.role,
        reported_by="applicant" if told else "authority", kind=demand.kind, material=demand.material, person=said.person, fact=demand.fact,
        entry_id=entry_id, state=state, violations=[_kept(one) for one in finding.violations])
    session.add(row)
    for one in finding.violations:
        _alert(pages, row, one)
    return row


def _kept(one: Violation) -> dict[str, Any]:
    """A violation as the record keeps it. `interpretation`: what of it is our reading, until legal staff have confirmed it."""
    return {"code": one.code, "card": one.colour, "zh": one.zh, "en": one.en, "basis": one.basis, "rules": list(one.rules),
            "interpretation": bool(one.review), "review": one.review}


def _alert(pages: Pages, row: Demand, one: Violation) -> None:
    """What the supervision sees. One a violation: a demand is judged once and no later step raises it again."""
    told = row.reported_by == "applicant"
    raised(pages, row.case_id, "violation", one.code, one.colour, row.id, f"申请人反映，待核实：{one.zh}" if told else one.zh,
           f"Reported by the applicant, to be verified: {one.en}" if told else one.en)


def _reported(session: Session, case: CaseFile, asking: Asking, said: Asked) -> Demand | None:
    """The same report, if the applicant made it before. Raises Conflict where there are too many."""
    rows = session.exec(select(Demand).where(col(Demand.case_id) == case.id, col(Demand.reported_by) == "applicant")).all()
    for row in rows:
        if row.state != "withdrawn" and row.stage == asking.stage and _same(row, said.demand, said.named) and spoken_of(session, row) == asking.text:
            return row
    if len(rows) >= MOST_REPORTS:
        raise Conflict("too-many-reports", f"这个办件已经有 {MOST_REPORTS} 条反映，不再登记；请直接向监督窗口反映。",
                       f"This case holds {MOST_REPORTS} reports already and takes no more; please turn to the supervision desk.")
    return None


def _same(row: Demand, demand: judging.Demand, any_kind: bool = False) -> bool:
    return ((row.kind == demand.kind or any_kind) and row.material == demand.material and row.fact == demand.fact
            and row.person == (demand.person or ""))


def spoken_of(session: Session, row: Demand) -> str | None:
    """What was said in free words; None once it was erased."""
    content = session.get(LogContent, row.entry_id)
    return None if content is None else str(orjson.loads(content.content)["text"])


# -- judging ----------------------------------------------------------------------------------------------------------

def measure_of(records: Records, session: Session, case: CaseFile, decision_id: str | None = None) -> Measure:
    """What demands of the case are measured by now. `decision_id`: another decision in place of the one that stands. Raises Erased, NoSuchRecord."""
    recorded = _decision(session, decision_id or case.decision_id)
    body, rulebook = orjson.loads(recorded.body), records.rulebooks.decider(recorded.tells["rulebook"], session).rulebook
    deemed = case.notice_decision is None
    held = _at_deeming(session, case) if deemed else case.notice_decision
    if held is None:
        return Measure(recorded, body, rulebook)
    if held == recorded.id:
        return Measure(recorded, body, rulebook, body, False, deemed)
    frozen = _decision(session, held)
    return Measure(recorded, body, rulebook, orjson.loads(frozen.body), changed(frozen.application, recorded.application), deemed)


def _decision(session: Session, decision_id: str) -> Recorded:
    recorded = log.decision(session, decision_id)
    if recorded is None:
        raise NoSuchRecord("decision", decision_id)
    return recorded


def _at_deeming(session: Session, case: CaseFile) -> str | None:
    """The decision that stood when the application was deemed accepted; None where it was not.

    The act names it. Where it does not: along the decisions, each of which names the one it supersedes, from the last back to the first that
    is not later than the act.
    """
    if case.state in ("received", "accepted"):
        return None
    entries = log.entries_of(session, case.id)
    act = next((one for one in entries if one.kind == "act" and _tells(one, ("case", case.id), "deem")), None)
    if act is None:
        return None
    content = session.get(LogContent, act.id)
    named = orjson.loads(content.content).get("decision") if content is not None else None
    if named is not None:
        return str(named)
    decisions = {one.id: one for one in entries if one.kind == "decision"}
    one: LogEntry | None = decisions.get(case.decision_id)
    while one is not None and not _before(one, act):
        one = decisions.get(str(orjson.loads(one.header).get("supersedes")))
    return one.id if one is not None else None


def _tells(entry: LogEntry, subject: tuple[str, str], *moves: str) -> bool:
    header = orjson.loads(entry.header)
    return header["subject"] == list(subject) and header["move"] in moves


def _before(one: LogEntry, other: LogEntry) -> bool:
    """Whether an entry was written first. Entries of one writer have an order; between two writers the instant counts."""
    return one.seq < other.seq if one.writer == other.writer else one.at <= other.at


def _judged(records: Records, session: Session, case: CaseFile, measure: Measure, demand: judging.Demand, frozen: bool = True) -> Finding:
    """What to say of a demand now. `frozen` False: whether the decision alone allows it, without the notice."""
    if case.state not in PENDING and case.state != "granted":     # 承诺审批: materials may follow the decision
        return Finding((_after_the_end(case, demand),), None)
    received = [(row.material, row.person) for row in session.exec(select(Received).where(col(Received.case_id) == case.id))]
    met = [engine_demand(row) for row in session.exec(select(Demand).where(col(Demand.case_id) == case.id, col(Demand.state) == "met"))]
    return judge(demand, measure.body, measure.frozen if frozen else None, measure.facts_changed, received, met, answerable(measure.rulebook),
                 cast(judging.Colour, records.policy.repeat_card), measure.deemed)


def _after_the_end(case: CaseFile, demand: judging.Demand) -> Violation:
    state = CASE.state(case.state)
    return Violation(
        "outside_decision", "red", f"办件{state.zh}，没有什么还要申请人办的，不得再要求“{demand.name}”。",
        f"The case is {state.en} and nothing is left for the applicant to do; “{demand.name_en}” may not be demanded any more.", (),
        "行政许可法第三十一条；优化营商环境条例第三十五条、第四十四条", "办结以后的要求按决定之外处理，是我们的理解；由法务核对")


def engine_demand(row: Demand) -> judging.Demand:
    """The recorded demand as the engine takes it, without names."""
    return judging.Demand(cast(judging.Kind, row.kind), row.material, row.person or None, row.fact)


def judged_now(records: Records, session: Session, case: CaseFile, row: Demand, measure: Measure, frozen: bool = True) -> tuple[judging.Demand, Finding]:
    """The recorded demand with its names, and what is to be said of it by the decision that stands. `frozen` False: by that alone, not by the notice."""
    demand = recalled(engine_demand(row), measure.rulebook, item_of(measure.rulebook, case.item, case.division))
    return demand, _judged(records, session, case, measure, demand, frozen)


# -- what follows -----------------------------------------------------------------------------------------------------

def _locked(pages: Pages, demand_id: str) -> tuple[CaseFile, Demand]:
    """The demand and its case, locked: the case first, as everywhere. Raises NoSuchRecord."""
    case_id = pages.session.exec(select(Demand.case_id).where(col(Demand.id) == demand_id)).first()
    if case_id is None:
        raise NoSuchRecord("demand", demand_id)
    return case_of(pages.session, case_id), found(pages.session, Demand, demand_id)


def meet(demand_id: str, by: By, note: str = "") -> Callable[[Pages], Demand]:
    """The act of recording that a demand was met. Whoever else asked for the same thing is served by it too. Raises IllegalMove, NoSuchRecord."""
    def does(pages: Pages) -> Demand:
        case, row = _locked(pages, demand_id)
        move(pages, DEMAND, row, "meet", by, case.id, {"note": note})
        for twin in twins(pages.session, row):
            move(pages, DEMAND, twin, "meet", by, case.id, {"with": row.id})
        return row

    return does


def twins(session: Session, row: Demand) -> list[Demand]:
    """Other demands of the case for the same thing that are still open, the earliest first."""
    if row.kind == "other":
        return []
    rows = session.exec(select(Demand).where(col(Demand.case_id) == row.case_id, col(Demand.state).in_(OPEN), col(Demand.id) != row.id).order_by(
        col(Demand.at), col(Demand.id)))
    return [one for one in rows if _same(one, engine_demand(row))]


def withdraw(demand_id: str, by: By, note: str = "") -> Callable[[Pages], Demand]:
    """The act of taking a demand back. A violation and its alert stay. Raises IllegalMove, NoSuchRecord."""
    def does(pages: Pages) -> Demand:
        case, row = _locked(pages, demand_id)
        move(pages, DEMAND, row, "withdraw", by, case.id, {"note": note})
        return row

    return does


def dispute(records: Records, demand_id: str, by: By, reason: str, conflict: str) -> Callable[[Pages], Demand]:
    """The act of an officer who holds that the data behind the decision conflict. `conflict`: the material, fact or source it is about.

    Clears nothing: the data are to be looked into and the case decided again. Raises IllegalMove, NoSuchRecord, Refused (no such data, no reason).
    """
    def does(pages: Pages) -> Demand:
        case, row = _locked(pages, demand_id)
        DEMAND.after(row.state, "dispute")
        if sum(not letter.isspace() for letter in reason) < LEAST_REASON:
            raise Refused([Problem("too-short", f"争议要写明理由，至少 {LEAST_REASON} 个字。", f"A dispute gives its reason, in at least {LEAST_REASON} characters.",
                                   field="reason")])
        move(pages, DEMAND, row, "dispute", by, case.id, {
            "reason": reason, "conflict": conflict_of(records.rulebook, item_of(records.rulebook, case.item, case.division), conflict),
            "decision": case.decision_id})
        return row

    return does


def resolve(records: Records, demand_id: str, by: By, outcome: str, note: str) -> Callable[[Pages], Demand]:
    """The act of closing a dispute, by another officer than the one who raised it. `outcome`: `released` or `rejected`.

    Released only where a decision made after the dispute allows the demand. Raises IllegalMove, NoSuchRecord, Conflict, Erased.
    """
    def does(pages: Pages) -> Demand:
        case, row = _locked(pages, demand_id)
        step = "release" if outcome == "released" else "reject"
        DEMAND.after(row.state, step)
        entry = [one for one in acts_of(pages.session, row) if _tells(one, (DEMAND.subject, row.id), "dispute")][-1]
        if _one_person(orjson.loads(entry.header)["by"].get("officer"), by.officer):
            raise Conflict("four-eyes", "提出争议的人不能自己了结；请换一位经办人。", "Who raised the dispute cannot close it; another officer has to.")
        if step == "release":
            if _one_person(row.officer, by.officer):
                raise Conflict("own-demand", "提出这项要求的人不能自己放行；请换一位经办人。", "Who made the demand cannot release it; another officer has to.")
            _may_release(records, pages.session, case, row, entry)
        move(pages, DEMAND, row, step, by, case.id, {"note": note, "decision": case.decision_id})
        return row

    return does


def _one_person(one: str | None, other: str | None) -> bool:
    return one is not None and other is not None and one.strip().casefold() == other.strip().casefold()


def _may_release(records: Records, session: Session, case: CaseFile, row: Demand, disputed: LogEntry) -> None:
    """Raises Conflict unless a decision was made since the dispute and allows the demand."""
    content = session.get(LogContent, disputed.id)
    if content is None:
        raise log.Erased
    if orjson.loads(content.content)["decision"] == case.decision_id:
        raise Conflict("no-later-decision", "提出争议以后还没有作出新的判断，不能放行；请先核清数据，再对办件重新判断。",
                       "No decision was made since the dispute, so nothing can be released; clear up the data and decide the case again.")
    _, finding = judged_now(records, session, case, row, measure_of(records, session, case), frozen=False)
    if not finding.allowed:
        raise Conflict("not-allowed", f"新的判断仍然不允许这项要求，不能放行：{''.join(one.zh for one in finding.violations)}可以驳回争议。",
                       "The later decision does not allow the demand either, so it cannot be released: "
                       f"{' '.join(one.en for one in finding.violations)} The dispute can be rejected.")


def acts_of(session: Session, row: Demand) -> list[LogEntry]:
    """What the log tells of a demand, the earliest first."""
    return [one for one in log.entries_of(session, row.case_id) if one.kind == "act" and orjson.loads(one.header)["subject"] == [DEMAND.subject, row.id]]


# -- met by the way ---------------------------------------------------------------------------------------------------

def _open(session: Session, case_id: str) -> Iterator[Demand]:
    yield from session.exec(select(Demand).where(col(Demand.case_id) == case_id, col(Demand.state).in_(OPEN), col(Demand.kind) != "other").order_by(
        col(Demand.at), col(Demand.id))).all()


def after_receipt(pages: Pages, received: Received, by: By) -> None:
    """A material came in, at whatever window: who asked for it is served (鄂州 二(二)12: a demand is the case's, not the window's)."""
    person = "" if received.person == judging.APPLICANT else received.person
    for row in _open(pages.session, received.case_id):
        if row.kind == "hand_in" and (row.material, row.person) == (received.material, person):
            move(pages, DEMAND, row, "meet", by, row.case_id, {"received": received.id})


def after_decision(pages: Pages, rulebook: Rulebook, case_id: str, application: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    """A new decision finds done what was asked: handed in, shown, signed or stated. Asking once more would be a repetition."""
    pages.flush()       # the decision first: the case points to it by now
    for row in _open(pages.session, case_id):
        demand = engine_demand(row)
        finding = judge(demand, body, declared=answerable(rulebook))
        done = _stated(rulebook, application, row) and finding.line is None if row.kind == "answer" else any(
            one.code == "repeat_demand" for one in finding.violations)
        if done:
            move(pages, DEMAND, row, "meet", APPLICANT, case_id, {})


def _stated(rulebook: Rulebook, application: Mapping[str, Any], row: Demand) -> bool:
    """Whether the applicant states the fact that was asked for."""
    if row.fact == "roles_complete":
        return row.person in application.get("roles_complete", ())
    words = {row.fact, *(fact.name for item in rulebook.items.values() for fact in item.situations if fact.code == row.fact)}
    fact = rulebook.vocabulary.by_word.get(str(row.fact))
    words |= {fact.name} if fact else set()
    return any(word in application.get(part, {}) for part in ("situation", "facts") for word in words)


