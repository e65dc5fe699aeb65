"""Cases (办件): deciding again when facts change, what was handed in, accepting, closing; and the whole story of one.

A later decision supersedes the earlier and both are kept. Facts are as of the new day; the law is read twice where it changed after
acceptance (立法法 104; `engine.decide`). What a state allows is the machine's (`engine.lifecycle.machines`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any, Final

from sqlmodel import col, select

from api.records import clocks, demands, tickets
from api.records.acts import By, Conflict, case_of, move, tell
from api.records.bundle_steps import taken_in
from api.records.decisions import Decided, Receipt, people_of, same_request, write_decision, write_received
from api.records.deferrals import after_decision, after_move, after_receiving
from api.records.granting import before_grant
from api.records.history import Identified
from api.records.ids import new_id
from api.records.instants import BEIJING
from api.records.records import Records
from api.records.restating import Anew, Restated, restated
from api.records.tables import CaseFile, Idempotency, Received
from api.records.writer import Pages
from engine.application import Application
from engine.decide import Decider
from engine.lifecycle.machines import CASE, PENDING
from engine.lifecycle.tickets import owed


@dataclass(frozen=True, slots=True)
class Standing:
    """The decision that stands, and what is needed to print it."""

    receipt: Receipt
    application: Application
    body: Mapping[str, Any]
    supersedes: str | None
    own: Mapping[str, Any] = field(default_factory=dict)


def decide_anew(records: Records, anew: Anew) -> Callable[[Pages], Standing | Receipt]:
    """The act of deciding a case again. Gives a Receipt alone where the key was answered before.

    Raises NoSuchRecord, Conflict (closed, or another item, applicant or day), Unfit, Refused, Erased, KeyReused.
    """
    def does(pages: Pages) -> Standing | Receipt:
        session = pages.session
        if anew.key is not None:
            earlier = session.get(Idempotency, anew.key)
            if earlier is not None:
                same_request(earlier, anew.fingerprint)
                return Receipt(earlier.decision_id, anew.case_id, pages.at, replayed=True)
        case = case_of(session, anew.case_id)
        if case.state not in PENDING:
            raise Conflict("case-closed", f"办件{CASE.state(case.state).zh}，不能再作判断；要再办请另行申请。",
                           f"The case is {CASE.state(case.state).en} and cannot be decided again; make a new application.")
        again = restated(records, session, case, anew)
        same_applicant(case, {one.id: one for one in again.people}, pages)
        return _decide(records, pages, case, again, anew)

    return does


def same_applicant(case: CaseFile, people: Mapping[str, Any], pages: Pages) -> None:
    """A case stays one person's; somebody not identified before may be identified now."""
    someone = people.get("applicant")
    if someone is None:
        return
    known = people_of(pages, [someone])["applicant"]
    if case.applicant_id is not None and case.applicant_id != known:
        raise Conflict("other-applicant", "这个办件是另一位申请人的；请核对办件编号和证件号码。",
                       "The case is another applicant's; check the case number and the identity number.")
    case.applicant_id = known


def _decide(records: Records, pages: Pages, case: CaseFile, again: Restated, anew: Anew) -> Standing:
    full, rest = again.whole(anew.gathered), again.bundle
    elsewhere, perhaps = (frozenset(rest.asked_elsewhere), frozenset(rest.perhaps_issued)) if rest else (frozenset(), frozenset())
    body = records.rulebooks.current.decide(full, anew.day, again.pinned, elsewhere, perhaps)
    made = Decided(again.document, again.evidence, again.own(anew.gathered), body, records.program, case.rulebook if again.pinned else None,
                   rest.as_dict() if rest else None)
    standing = stand(records, pages, case, Fresh(made, full, again.people, again.held, anew.day, again.pinned))
    if anew.key is not None:
        pages.add(Idempotency, key=anew.key, fingerprint=anew.fingerprint, decision_id=standing.receipt.decision_id)
    return standing


@dataclass(frozen=True, slots=True)
class Fresh:
    """A decision that is to stand in a case there is. `held`: what was handed in already, to this case or another of its bundle."""

    made: Decided
    full: Application
    people: tuple[Identified, ...]
    held: tuple[Received, ...]
    day: date
    pinned: Decider | None


def stand(records: Records, pages: Pages, case: CaseFile, fresh: Fresh) -> Standing:
    """Write a decision that supersedes the one that stands, and what follows from it: materials, terms, demands, tickets."""
    made, decision_id, supersedes = fresh.made, new_id(), case.decision_id
    document, body = made.application, made.body
    people = people_of(pages, fresh.people)
    write_decision(pages, made, decision_id, case.id, supersedes)
    codes = document.get("handed_in") or ()
    if made.bundle:
        codes = taken_in(records.rulebook, body, codes, made.bundle["asked_elsewhere"])
    write_received(pages, records.rulebook, case.id, codes, fresh.day, people, [(one.material, one.person) for one in fresh.held])
    case.decision_id = decision_id
    pages.session.add(case)
    after_decision(pages, case, decision_id, body)
    if clocks.complete(body) and not clocks.handling(pages.session, case.id):
        clocks.start_handling(pages, records.rulebook, case.item, case.division, case.id, fresh.day)
    demands.after_decision(pages, records.rulebook, case.id, document, body)
    rest = made.bundle or {}
    due = owed(records.rulebooks.current, fresh.full, fresh.day, fresh.pinned, frozenset(rest.get("asked_elsewhere", ())),
               frozenset(rest.get("perhaps_issued", ())), tickets.unchecked(made.own))
    listed = tickets.after_decision(pages, case, tickets.Made(records.rulebook, fresh.full, fresh.day, due, made.own))
    return Standing(Receipt(decision_id, case.id, pages.at, tickets=listed), fresh.full, body, supersedes, made.own)


@dataclass(frozen=True, slots=True)
class Handed:
    """A material handed in: what, whose copy, when, how, at what trust."""

    material: str
    person: str = ""                     # "" or `applicant`: the applicant's own
    channel: str = "window"
    trust: str = "C"
    received_on: date | None = None
    valid_to: date | None = None


def receive(case_id: str, handed: Handed, by: By, today: date, closes: time = time.max) -> Callable[[Pages], Received]:
    """The act of taking a material in. A copy already there is renewed: the later one counts. `closes`: when the hall does, for what was deferred."""
    def does(pages: Pages) -> Received:
        case = case_of(pages.session, case_id)
        if case.state not in PENDING and case.state != "granted":      # 承诺审批: the material follows the decision
            raise Conflict("case-closed", f"办件{CASE.state(case.state).zh}，不再收材料。", f"The case is {CASE.state(case.state).en}; nothing more is taken in.")
        row = pages.session.exec(select(Received).where(
            col(Received.case_id) == case_id, col(Received.material) == handed.material, col(Received.person) == handed.person)).first()
        if row is None:
            row = Received(id=new_id(), case_id=case_id, material=handed.material, person=handed.person,
                           person_id=case.applicant_id if not handed.person else None, received_on=today, at=pages.at)
        row.received_on, row.at, row.channel, row.valid_to = handed.received_on or today, pages.at, handed.channel, handed.valid_to
        row.trust, row.checked_by, row.checked_at = handed.trust, None, None
        pages.session.add(row)
        tell(pages, case_id, ("received", row.id), "receive", by, {
            "material": row.material, "person": row.person, "trust": row.trust, "channel": row.channel, "received_on": row.received_on.isoformat()})
        after_receiving(pages, row, by, closes)
        demands.after_receipt(pages, row, by)
        return row

    return does


def check_original(case_id: str, material: str, person: str, by: By) -> Callable[[Pages], Received]:
    """The act of comparing an uploaded copy with its original: from C it becomes B and may be used again (国办函〔2016〕108号)."""
    def does(pages: Pages) -> Received:
        case_of(pages.session, case_id)
        row = pages.session.exec(select(Received).where(
            col(Received.case_id) == case_id, col(Received.material) == material, col(Received.person) == person).with_for_update()).first()
        if row is None:
            raise Conflict("not-received", f"这个办件没有收到“{material}”。", f"The case has received no “{material}”.")
        if row.trust != "C":
            raise Conflict("nothing-to-check", f"“{material}”是 {row.trust} 级，不用再核原件。", f"“{material}” is of trust {row.trust}; no original has to be checked.")
        row.trust, row.checked_by, row.checked_at = "B", by.officer, pages.at
        pages.session.add(row)
        tell(pages, case_id, ("received", row.id), "check", by, {"material": material, "person": person}, "C", "B")
        return row

    return does


#: Which clocks of the case a move ends.
_ENDS: Final[Mapping[str, tuple[str, ...]]] = {
    "accept": ("notice",), "freeze": ("notice",), "deem": ("notice",), "not_accept": (), "grant": ("notice", "promised", "legal"),
    "refuse": ("notice", "promised", "legal")}


def go(records: Records, case_id: str, name: str, by: By, note: str = "") -> Callable[[Pages], CaseFile]:
    """The act of moving a case: accept, grant, refuse, withdraw … Raises IllegalMove, NoSuchRecord, and Conflict for a grant that is not open yet."""
    def does(pages: Pages) -> CaseFile:
        case = case_of(pages.session, case_id)
        if name == "grant":
            CASE.after(case.state, name)      # a step the state does not allow is told first
            before_grant(pages.session, case, records.rulebook)
        move(pages, CASE, case, name, by, case_id, {"note": note} if note else None)
        clocks.stop(pages.session, ("case", case_id), *_ENDS.get(name, ()))
        if name == "accept" and not clocks.handling(pages.session, case_id):
            clocks.start_handling(pages, records.rulebook, case.item, case.division, case_id, pages.now.astimezone(BEIJING).date())
        after_move(pages, case)
        return case

    return does
