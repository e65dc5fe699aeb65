"""Commitments (告知承诺): offered, signed, checked, kept or false, withdrawn without a mark, rectified or revoked.

Every step is a move of `machines.COMMITMENT` with who made it. Whether one is open and who may sign is never decided here: the case is
decided with the choice in it and the signature counts only if the material then stands at the commitment. A false one makes a credit record
(see `credit`), which later decisions read; nothing else happens to a person or a case by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import orjson
from sqlmodel import Session, col, select

from api.records import clocks, log
from api.records import credit as credit_records
from api.records.acts import APPLICANT as THE_APPLICANT
from api.records.acts import By, Conflict, NoSuchRecord, case_of, found, move, tell
from api.records.cases import Standing, decide_anew
from api.records.chain import sha256
from api.records.commitment_letters import (
    Body,
    Copy,
    Entry,
    choices,
    entry_of,
    frozen,
    must_act,
    nothing_to_commit,
    open_to,
    same_letter,
    signing,
    stands,
    tried,
    usual_signer,
    why_not,
    written,
)
from api.records.deferrals import after_move
from api.records.history import identified
from api.records.ids import new_id
from api.records.log import Recorded
from api.records.records import Records
from api.records.restating import Anew
from api.records.tables import CaseFile, Commitment
from api.records.writer import Pages
from engine.application import Application
from engine.deadlines import UNIT_WORDS
from engine.law import Span
from engine.lifecycle.letters import UNCHECKED, Signer
from engine.lifecycle.machines import CASE, COMMITMENT, PENDING, withdraw_commitment

SUBJECT: Final = COMMITMENT.subject


def _both(session: Session, commitment_id: str) -> tuple[CaseFile, Commitment]:
    """The case and the commitment, both locked, the case first: so do all acts, and nobody waits in a circle. Raises NoSuchRecord."""
    case_id = session.exec(select(Commitment.case_id).where(col(Commitment.id) == commitment_id)).first()
    if case_id is None:
        raise NoSuchRecord(SUBJECT, commitment_id)
    return case_of(session, case_id), found(session, Commitment, commitment_id)


def _decision(session: Session, case: CaseFile) -> Recorded:
    """The decision that stands. Raises Erased."""
    recorded = log.decision(session, case.decision_id)
    assert recorded is not None
    return recorded


# -- offering ---------------------------------------------------------------------------------------------------------

def offer(records: Records, case_id: str, copy: Copy, by: By, signed_by: Signer | None = None) -> Callable[[Pages], Commitment]:
    """The act of offering a commitment: its letter is written and frozen. `signed_by`: who is to sign; by default the person, or the guardian who acts.

    Raises Conflict (the decision that stands has none for this material, and why), IllegalMove, Refused (`letter-incomplete`), NoSuchRecord, Erased.
    """
    def does(pages: Pages) -> Commitment:
        session = pages.session
        case = case_of(session, case_id)
        earlier = latest(session, case_id, copy)
        if earlier is not None and earlier.state not in ("offered", "withdrawn"):
            COMMITMENT.after(earlier.state, "offer")
        if case.state not in PENDING:
            raise Conflict("case-closed", f"办件{CASE.state(case.state).zh}，不能再提供承诺。", f"The case is {CASE.state(case.state).en}; no commitment can be offered.")
        made, mode = _letter(records, session, case, copy, signed_by)
        if earlier is not None and earlier.state == "offered":
            return _renewed(pages, case, earlier, made, mode, by)
        row = earlier
        if row is None or row.state == "withdrawn":
            row = Commitment(id=new_id(), case_id=case_id, decision_id=case.decision_id, material=copy.material, person=copy.person,
                             round=row.round + 1 if row else 1, state="", letter_hash="", offered_at=pages.at)
        row.decision_id, row.mode, row.letter, row.letter_hash, row.offered_at = case.decision_id, mode, made, sha256(made), pages.at
        move(pages, COMMITMENT, row, "offer", by, case_id, {"letter": row.letter_hash, "decision": case.decision_id})
        return row

    return does


def _letter(records: Records, session: Session, case: CaseFile, copy: Copy, signed_by: Signer | None) -> tuple[bytes, str]:
    """The letter under the decision that stands, and the mode. Raises Conflict, Refused."""
    recorded = _decision(session, case)
    body: Body = orjson.loads(recorded.body)
    rulebook = records.rulebooks.decider(recorded.tells["rulebook"], session).rulebook
    standing = entry_of(body, copy)
    if standing is None:
        raise nothing_to_commit(copy)
    if not open_to(standing):
        raise why_not(rulebook, body, copy)
    application = Application.model_validate(recorded.document)
    signer = signed_by or usual_signer(rulebook, application)
    chosen = tried(records, session, recorded, copy, signer)
    entry = entry_of(chosen, copy)
    if entry is None or not stands(entry):
        raise why_not(rulebook, chosen, copy, signer if signed_by else None)
    return frozen(written(records, session, chosen, copy, application, signer)), str(entry["mode"])


def _renewed(pages: Pages, case: CaseFile, row: Commitment, made: bytes, mode: str, by: By) -> Commitment:
    """A letter not signed yet is written again where what it says has changed. Raises Conflict where it has not."""
    if sha256(made) == row.letter_hash:
        raise Conflict("already-offered", f"这份材料的承诺已经提供（{row.id}），等申请人选择。",
                       f"The commitment for this material is offered already ({row.id}) and waits for the applicant's choice.")
    row.decision_id, row.mode, row.letter, row.letter_hash, row.offered_at = case.decision_id, mode, made, sha256(made), pages.at
    pages.session.add(row)
    tell(pages, case.id, (SUBJECT, row.id), "renew", by, {"letter": row.letter_hash, "decision": case.decision_id}, row.state, row.state)
    return row


# -- the applicant's choice -------------------------------------------------------------------------------------------

def sign(records: Records, commitment_id: str, signed_by: Signer, electronic: bool, by: By, today: date,
         evidence: Mapping[str, Any] | None = None) -> Callable[[Pages], Commitment]:
    """The act of signing: the case is decided again with it, and the rules say whether this signer may. Starts the clock of the check.

    `evidence`: what the authority knows today; that of an earlier day is no fact of this one. Raises IllegalMove, Conflict (the rule's reason, or
    the letter read is not the one that now has to be signed), Refused, NoSuchRecord, Erased.
    """
    def does(pages: Pages) -> Commitment:
        case, row = _both(pages.session, commitment_id)
        COMMITMENT.after(row.state, "sign")
        copy = Copy(row.material, row.person)
        _not_on_a_screen(records, row, electronic)
        with signing():
            standing = _decided(records, pages, case, copy, {"commitment": "yes", "signed_by": signed_by}, today, evidence)
        entry = entry_of(standing.body, copy)
        if entry is None:
            raise nothing_to_commit(copy)
        if not stands(entry):
            raise why_not(records.rulebook, standing.body, copy, signed_by)
        must_act(records.rulebook, standing.application, signed_by, today)
        if row.letter is None:
            raise log.Erased
        made = written(records, pages.session, standing.body, copy, standing.application, signed_by)
        if entry["mode"] != row.mode or not same_letter(row.letter, made):
            raise Conflict("letter-outdated", "承诺书是按先前的判断写的，内容已经变了；请重新提供承诺书，看过再签。",
                           "The letter was written from an earlier decision and would say something else now; offer it again and have it read before it is signed.")
        if orjson.loads(row.letter)["signer_name"] != made.signer_name or orjson.loads(row.letter)["signed_by"] != signed_by:
            row.letter = frozen(made)
            row.letter_hash = sha256(row.letter)
        row.signed_by, row.signed_at, row.electronic = signed_by, pages.at, electronic
        move(pages, COMMITMENT, row, "sign", by, case.id, {
            "signed_by": signed_by, "electronic": electronic, "letter": row.letter_hash, "decision": standing.receipt.decision_id})
        if made.check_by != UNCHECKED:
            _start_check(pages, records, case, row, entry)
        return row

    return does


def signed_at_intake(records: Records, pages: Pages, case: CaseFile, copy: Copy, signed_by: Signer, standing: tuple[Body, Application], today: date,
                     row: Commitment | None) -> Commitment:
    """The record of a commitment whose signature the application states: offered and signed in one, with its letter and the check that is owed.

    `standing`: the decision's body and application; `row`: one offered before and not signed yet. Raises Conflict, Refused (`letter-incomplete`).
    """
    body, application = standing
    entry = entry_of(body, copy)
    assert entry is not None
    must_act(records.rulebook, application, signed_by, today)
    made = written(records, pages.session, body, copy, application, signed_by)
    kept = frozen(made)
    if row is None or row.state != "offered":
        row = Commitment(id=new_id(), case_id=case.id, decision_id=case.decision_id, material=copy.material, person=copy.person,
                         round=row.round + 1 if row else 1, state="", letter_hash="", offered_at=pages.at)
        move(pages, COMMITMENT, row, "offer", THE_APPLICANT, case.id, {"letter": sha256(kept), "decision": case.decision_id})
    row.decision_id, row.mode, row.letter, row.letter_hash = case.decision_id, entry["mode"], kept, sha256(kept)
    row.signed_by, row.signed_at, row.electronic = signed_by, pages.at, False
    move(pages, COMMITMENT, row, "sign", THE_APPLICANT, case.id, {"signed_by": signed_by, "letter": row.letter_hash, "decision": case.decision_id})
    if made.check_by != UNCHECKED:
        _start_check(pages, records, case, row, entry)
    return row


def case_id_of(commitment_id: str) -> Callable[[Session], str | None]:
    """What gives the id of the case of a commitment; None where there is no such commitment."""
    def find(session: Session) -> str | None:
        row = session.get(Commitment, commitment_id)
        return row.case_id if row is not None else None

    return find


def latest(session: Session, case_id: str, copy: Copy) -> Commitment | None:
    """The last round of a copy's commitment, locked."""
    return session.exec(select(Commitment).where(
        col(Commitment.case_id) == case_id, col(Commitment.material) == copy.material, col(Commitment.person) == copy.person).order_by(
        col(Commitment.round).desc()).with_for_update()).first()


def _not_on_a_screen(records: Records, row: Commitment, electronic: bool) -> None:
    """What must be signed in person is not signed electronically (须本人到场 of the material; 电子签名法 3). Raises Conflict."""
    material = records.rulebook.materials.get(row.material)
    if electronic and material is not None and material.in_person:
        raise Conflict("in-person", f"“{material.name}”须本人到场签署，不能用电子签名；请当面签。",
                       f"“{material.english}” must be signed in person; an electronic signature does not do.")


def _decided(records: Records, pages: Pages, case: CaseFile, copy: Copy, choice: Mapping[str, str], today: date,
             evidence: Mapping[str, Any] | None) -> Standing:
    """The case decided again with the choice, inside this act."""
    last = _decision(pages.session, case)
    document: dict[str, Any] = {"choices": choices(records.rulebook, last.application.get("choices") or {}, copy, choice)}
    if evidence:
        document["evidence"] = dict(evidence)
    standing = decide_anew(records, Anew(case.id, document, today))(pages)
    assert isinstance(standing, Standing)
    pages.flush()      # the case points to the new decision: it must be there before anything is looked up
    return standing


def _start_check(pages: Pages, records: Records, case: CaseFile, row: Commitment, entry: Entry) -> None:
    """The term for the check, as the decision gives it (国办发〔2020〕42号: every commitment is checked unless it is exempt)."""
    for residual in entry["residuals"]:
        rule = residual.get("due_rule")
        if residual["action"] == "check_commitment" and rule:
            clocks.start(pages, records.rulebook, case.division, case.id, (SUBJECT, row.id), "check", date.fromisoformat(rule["start"]),
                         Span(rule["count"], UNIT_WORDS[rule["unit"]]))
            return


def decline(records: Records, commitment_id: str, by: By, today: date, evidence: Mapping[str, Any] | None = None) -> Callable[[Pages], Commitment]:
    """The act of not choosing it: the ordinary way stands, with no disadvantage. Raises IllegalMove, Conflict, NoSuchRecord, Erased."""
    def does(pages: Pages) -> Commitment:
        case, row = _both(pages.session, commitment_id)
        COMMITMENT.after(row.state, "decline")
        return _refused(records, pages, case, row, "decline", by, today, evidence)

    return does


def withdraw(records: Records, commitment_id: str, by: By, today: date, evidence: Mapping[str, Any] | None = None) -> Callable[[Pages], Commitment]:
    """The act of withdrawing it before the decision on the case: the ordinary way stands, and no mark is left (安阳 26(2)). Raises as `decline`."""
    def does(pages: Pages) -> Commitment:
        case, row = _both(pages.session, commitment_id)
        withdraw_commitment(row.state, case.state)
        return _refused(records, pages, case, row, "withdraw", by, today, evidence)

    return does


def _refused(records: Records, pages: Pages, case: CaseFile, row: Commitment, name: str, by: By, today: date,
             evidence: Mapping[str, Any] | None) -> Commitment:
    standing = _decided(records, pages, case, Copy(row.material, row.person), {"commitment": "no"}, today, evidence)
    move(pages, COMMITMENT, row, name, by, case.id, {"decision": standing.receipt.decision_id})
    clocks.stop(pages.session, (SUBJECT, row.id))
    return row


# -- the authority's check --------------------------------------------------------------------------------------------

@dataclass(frozen=True, slots=True)
class Check:
    """What a check found: `confirmed`, `refuted` or `inconclusive`. `how`: online, on_site, assistance or other (国办发〔2020〕42号)."""

    result: str
    how: str
    note: str = ""


def check(records: Records, commitment_id: str, made: Check, by: By, today: date) -> Callable[[Pages], Commitment]:
    """The act of entering a check. A result ends its clock; a false one makes a credit record where the person himself signed.

    Raises IllegalMove, NoSuchRecord.
    """
    def does(pages: Pages) -> Commitment:
        case, row = _both(pages.session, commitment_id)
        note = {"result": made.result, "how": made.how, "note": made.note}
        if made.result == "inconclusive":
            COMMITMENT.after(row.state, "confirm")
            tell(pages, case.id, (SUBJECT, row.id), "check", by, note, row.state, row.state)
            return row
        row.checked_at = pages.at
        move(pages, COMMITMENT, row, "confirm" if made.result == "confirmed" else "refute", by, case.id, note)
        clocks.stop(pages.session, (SUBJECT, row.id))
        person = _answerable(records, pages.session, case, row) if row.state == "false" else None
        if person is not None:
            credit_records.after_false(pages, row, person, _authority(records, pages.session, case, row), today, by)
        return row

    return does


def _answerable(records: Records, session: Session, case: CaseFile, row: Commitment) -> str | None:
    """Whose record a false commitment is: the applicant's who signed himself. None where that is for people to say.

    An agent's or guardian's signature binds the principal in civil law (民法典 162), but that somebody else's untruth is the principal's 失信 no text
    says, and 42号文 speaks of the applicant only: nothing is recorded by itself then (待法务核对).
    """
    if row.signed_by != "self" or case.applicant_id is None:
        return None
    if not row.person:
        return case.applicant_id
    numbers = {one.id: one.number for one in identified(records.rulebook, Application.model_validate(_decision(session, case).document))}
    return case.applicant_id if row.person in numbers and numbers[row.person] == numbers.get("applicant") else None


def _authority(records: Records, session: Session, case: CaseFile, row: Commitment) -> str:
    """Who keeps the record: the authority of the letter."""
    if row.letter is not None:
        kept = orjson.loads(row.letter)
        return f"{kept['division_name']}{kept['authority']}"
    item = records.rulebook.item(case.item, case.division)
    return f"{records.rulebook.divisions[case.division].name}{item.authority if item else ''}"


def order(records: Records, commitment_id: str, days: int, note: str, by: By, today: date) -> Callable[[Pages], Commitment]:
    """The act of ordering that a false commitment be made good within so many working days (国办发〔2020〕42号; 浙江 14). Starts its clock."""
    def does(pages: Pages) -> Commitment:
        case, row = _both(pages.session, commitment_id)
        move(pages, COMMITMENT, row, "order", by, case.id, {"note": note, "working_days": days})
        clocks.start(pages, records.rulebook, case.division, case.id, (SUBJECT, row.id), "rectify", today, Span(days, "工作日"))
        return row

    return does


def rectify(commitment_id: str, note: str, by: By) -> Callable[[Pages], Commitment]:
    """The act of finding that it was made good."""
    def does(pages: Pages) -> Commitment:
        case, row = _both(pages.session, commitment_id)
        move(pages, COMMITMENT, row, "rectify", by, case.id, {"note": note})
        clocks.stop(pages.session, (SUBJECT, row.id))
        return row

    return does


def revoke(commitment_id: str, note: str, by: By) -> Callable[[Pages], Commitment]:
    """The act of revoking what a false commitment brought about: a grant is revoked, a pending case closed (国办发〔2020〕42号; 行政许可法 69).

    A case that another commitment has ended so already stays as it is. Raises IllegalMove, also the case's own; NoSuchRecord.
    """
    def does(pages: Pages) -> Commitment:
        case, row = _both(pages.session, commitment_id)
        COMMITMENT.after(row.state, "revoke")
        said = {"note": note, "commitment": row.id}
        if case.state not in ("revoked", "terminated"):
            move(pages, CASE, case, "terminate" if case.state in PENDING else "revoke", by, case.id, said)
            clocks.stop(pages.session, ("case", case.id))
            after_move(pages, case)
        move(pages, COMMITMENT, row, "revoke", by, case.id, {"note": note})
        clocks.stop(pages.session, (SUBJECT, row.id))
        return row

    return does

