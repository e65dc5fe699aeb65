"""Cases (办件): deciding again when facts change, what was handed in, accepting, closing; and the whole story of one.

A later decision supersedes the earlier and both are kept. Facts are as of the new day; the law is read twice where it changed after
acceptance (立法法 104; `engine.decide`). What a state allows is the machine's (`engine.lifecycle.machines`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Final

from pydantic import ValidationError
from sqlmodel import col, select

from api.records import clocks, demands, log
from api.records.acts import By, Conflict, case_of, move, tell
from api.records.chain import canonical
from api.records.decisions import Decided, Receipt, parted, people_of, same_request, write_decision, write_received
from api.records.deferrals import after_decision, after_move, after_receiving, before_grant
from api.records.history import Known, Question, identified, own_records, recall, together
from api.records.ids import new_id
from api.records.instants import BEIJING
from api.records.records import Records
from api.records.tables import CaseFile, Idempotency, Received
from api.records.writer import Pages
from engine.application import Application
from engine.lifecycle.machines import CASE, PENDING

#: Fields of an application that a case fixes when it is opened.
FIXED: Final = ("item", "deciding_division", "accepted_on", "case")


class Unfit(Exception):
    """The application that comes out does not have the right shape. Carries the error and the document."""

    def __init__(self, error: ValidationError, document: Mapping[str, Any]):
        self.error, self.document = error, document
        super().__init__("unfit")


@dataclass(frozen=True, slots=True)
class Anew:
    """Another decision of a case: what is stated, on which day, under which key.

    `whole`: the document is a whole application; otherwise its fields replace those of the last one and the others stay.
    """

    case_id: str
    document: Mapping[str, Any]
    day: date
    whole: bool = False
    key: str | None = None
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """The decision that stands, and what is needed to print it."""

    receipt: Receipt
    application: Application
    body: Mapping[str, Any]
    supersedes: str | None


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
        last = log.decision(session, case.decision_id)
        assert last is not None
        application, evidence = _stated(case, last, anew)
        people = identified(records.rulebook, application)
        _same_applicant(case, {one.id: one for one in people}, records, pages)
        [known] = recall(session, [Question(tuple(one.number for one in people))], case.id)
        return _decide(records, pages, case, application, evidence, known, anew)

    return does


def _stated(case: CaseFile, last: log.Recorded, anew: Anew) -> tuple[Application, dict[str, Any]]:
    """The application as it now stands, and the evidence: that of an earlier day is no fact of this one."""
    fixed = {name: last.application[name] for name in FIXED if name in last.application} | {
        "deciding_division": case.division, "accepted_on": case.received_on.isoformat()}
    for name, value in fixed.items():
        said = anew.document.get(name)
        if said is not None and said != value and not (name == "item" and said in (case.item, value)):
            raise Conflict("case-fixed", f"办件的“{name}”是“{value}”，不能改成“{said}”；要改请另行申请。",
                           f"The case has “{value}” for “{name}”, which cannot become “{said}”; make a new application.")
    stated = {name: value for name, value in anew.document.items() if name != "evidence"}
    document = (dict(stated) if anew.whole else {**last.application, **stated}) | fixed
    kept = last.evidence if last.tells["as_of"] == anew.day.isoformat() and not anew.whole else {}
    evidence = {**kept, **dict(anew.document.get("evidence") or {})}
    return _application({**document, "evidence": evidence} if evidence else document), evidence


def _application(document: Mapping[str, Any]) -> Application:
    try:
        return Application.model_validate_json(canonical(document), strict=True)
    except ValidationError as error:
        raise Unfit(error, document) from None


def _same_applicant(case: CaseFile, people: Mapping[str, Any], records: Records, pages: Pages) -> None:
    """A case stays one person's; somebody not identified before may be identified now."""
    someone = people.get("applicant")
    if someone is None:
        return
    known = people_of(pages, [someone])["applicant"]
    if case.applicant_id is not None and case.applicant_id != known:
        raise Conflict("other-applicant", "这个办件是另一位申请人的；请核对办件编号和证件号码。",
                       "The case is another applicant's; check the case number and the identity number.")
    case.applicant_id = known


def _decide(records: Records, pages: Pages, case: CaseFile, application: Application, evidence: dict[str, Any], known: Known, anew: Anew) -> Standing:
    session = pages.session
    held = list(session.exec(select(Received).where(col(Received.case_id) == case.id).order_by(col(Received.at), col(Received.id))))
    document, _ = parted(application)
    codes = [*(document.get("handed_in") or ()), *(f"{one.material}/{one.person}" if one.person else one.material for one in held)]
    if codes:
        document["handed_in"] = list(dict.fromkeys(codes))
    own = own_records(records.rulebook, identified(records.rulebook, application), known, complete=records.policy.complete)
    full = _application(together(document, evidence, own))
    pinned = records.rulebooks.decider(case.rulebook, session) if case.rulebook != records.rulebook.version else None
    body = records.rulebooks.current.decide(full, anew.day, pinned)
    decision_id, supersedes = new_id(), case.decision_id
    made = Decided(document, evidence, own, body, records.program, case.rulebook if pinned else None)
    people = people_of(pages, identified(records.rulebook, application))
    write_decision(pages, made, decision_id, case.id, supersedes)
    write_received(pages, records.rulebook, case.id, document.get("handed_in") or (), anew.day, people, [(one.material, one.person) for one in held])
    case.decision_id = decision_id
    session.add(case)
    after_decision(pages, case, decision_id, body)
    if clocks.complete(body) and not clocks.handling(session, case.id):
        clocks.start_handling(pages, records.rulebook, case.item, case.division, case.id, anew.day)
    demands.after_decision(pages, records.rulebook, case.id, document, body)
    if anew.key is not None:
        pages.add(Idempotency, key=anew.key, fingerprint=anew.fingerprint, decision_id=decision_id)
    return Standing(Receipt(decision_id, case.id, pages.at), full, body, supersedes)


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
    """The act of moving a case: accept, grant, refuse, withdraw … Raises IllegalMove and NoSuchRecord."""
    def does(pages: Pages) -> CaseFile:
        case = case_of(pages.session, case_id)
        if name == "grant":
            before_grant(pages.session, case_id)
        move(pages, CASE, case, name, by, case_id, {"note": note} if note else None)
        clocks.stop(pages.session, ("case", case_id), *_ENDS.get(name, ()))
        if name == "accept" and not clocks.handling(pages.session, case_id):
            clocks.start_handling(pages, records.rulebook, case.item, case.division, case_id, pages.now.astimezone(BEIJING).date())
        after_move(pages, case)
        return case

    return does
