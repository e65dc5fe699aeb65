"""Commitments as they are answered: where each stands, what has to be done by when, what people must still look at; and the list of checks.

Reads only. The letter itself, which names people, is given by `letter_of` alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import orjson
from sqlmodel import Session, and_, col, func, or_, select

from api.records.acts import NoSuchRecord
from api.records.log import Erased
from api.records.story import plain
from api.records.tables import CaseFile, Clock, Commitment, Credit, LogEntry
from engine.lifecycle.machines import COMMITMENT, PENDING, may_withdraw
from engine.rulebook import Rulebook

#: The most commitments one page lists.
PAGE: Final = 100

#: Where terms without a day due stand in the list: last.
_NO_DAY: Final = date(9999, 12, 31)

#: States of a commitment that was found false.
_FALSE: Final = frozenset({"false", "rectifying", "rectified", "revoked"})

#: What 电子签名法 3 speaks of: documents about marriage, adoption, inheritance and the like, by what a material proves.
_PERSONAL: Final = frozenset({"marital_status", "family_planning_status", "inheritance", "kinship", "guardianship"})

_REVIEWS: Final[Mapping[str, str]] = {
    "electronic": "电子签名法第三条：涉及婚姻、收养、继承等人身关系的文书不适用电子签名；是否包括这份承诺须法务确认，稳妥的是请本人当面签",
    "agent": "由代理人签署的承诺不实，是否给申请人记入信用记录，文件没有明文；没有自动记入，须法务确认后另行登记",
    "guardian": "由监护人签署的承诺不实，是否给被监护人或者监护人记入信用记录，文件没有明文；没有自动记入，须法务确认后另行登记",
    "other": "签署人不是申请人，或者申请人没有可核的证件号码：没有自动记入信用记录，须法务确认后另行登记",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which commitments to list. `before`: due before this day; those without a day due are then left out."""

    state: str | None = None
    case: str | None = None
    division: str | None = None
    due_before: date | None = None


def as_dict(session: Session, rulebook: Rulebook, row: Commitment, case: CaseFile, clock: Clock | None) -> dict[str, Any]:
    """A commitment as it is answered, without its letter."""
    record = session.exec(select(Credit).where(col(Credit.commitment_id) == row.id)).first() if row.state in _FALSE else None
    letter: Mapping[str, Any] = orjson.loads(row.letter) if row.letter is not None else {}
    moves = [one.name for one in COMMITMENT.allowed(row.state) if one.name != "withdraw" or may_withdraw(case.state)]
    return {
        **plain(row, "letter"), "division": case.division, "due": clock.due.isoformat() if clock is not None and clock.due else None,
        "tasks": [*_terms(clock), *_publicity(row, letter)], "moves": moves, "credit_record": record.id if record else None,
        "to_decide_again": _pending(session, case, row) if record is not None and record.repaired_on is None else [],
        "review": _review(rulebook, row, letter, record)}


def _terms(clock: Clock | None) -> list[dict[str, Any]]:
    if clock is None:
        return []
    rule = {"start": clock.start.isoformat(), "count": clock.count, "unit": clock.unit}
    return [{"action": {"check": "check_commitment", "rectify": "rectify"}[clock.kind], "due": clock.due.isoformat() if clock.due else None, "due_rule": rule}]


def _publicity(row: Commitment, letter: Mapping[str, Any]) -> list[dict[str, Any]]:
    """That the letter is to be publicised, once it is signed and while it stands (国办发〔2020〕42号)."""
    if not letter.get("public") or row.state not in ("signed", "kept"):
        return []
    return [{"action": "publicise_letter", "scope": letter["public_scope"], "within": letter["public_within"]}]


def _review(rulebook: Rulebook, row: Commitment, letter: Mapping[str, Any], record: Credit | None) -> list[str]:
    """What legal staff must still look at."""
    found = []
    material = rulebook.materials.get(row.material)
    if row.electronic and ((material is not None and material.proves in _PERSONAL) or any("电子签名" in one for one in letter.get("review", ()))):
        found.append(_REVIEWS["electronic"])
    if row.state in _FALSE and record is None:
        found.append(_REVIEWS.get(row.signed_by or "", _REVIEWS["other"]))
    return found


def _pending(session: Session, case: CaseFile, row: Commitment) -> list[str]:
    """Pending cases of the applicant whose decision is older than the finding: the next decision of each reads the record."""
    if row.checked_at is None or case.applicant_id is None:
        return []
    return list(session.exec(select(CaseFile.id).join(LogEntry, col(LogEntry.id) == col(CaseFile.decision_id)).where(
        col(CaseFile.applicant_id) == case.applicant_id, col(CaseFile.state).in_(sorted(PENDING)), col(LogEntry.at) <= row.checked_at).order_by(
        col(CaseFile.opened_at), col(CaseFile.id))))


def one(session: Session, rulebook: Rulebook, commitment_id: str) -> dict[str, Any]:
    """The commitment and the decision that now stands in its case. Raises NoSuchRecord."""
    row = session.get(Commitment, commitment_id)
    if row is None:
        raise NoSuchRecord("commitment", commitment_id)
    case = session.get(CaseFile, row.case_id)
    assert case is not None
    clock = session.exec(select(Clock).where(*_running(row.id))).first()
    return {**as_dict(session, rulebook, row, case, clock), "standing_decision": case.decision_id}


def _running(subject_id: Any) -> tuple[Any, ...]:
    return col(Clock.subject) == COMMITMENT.subject, col(Clock.subject_id) == subject_id, col(Clock.state) == "running"


def letter_of(session: Session, commitment_id: str) -> tuple[Commitment, dict[str, Any]]:
    """The commitment and its letter as it was frozen. Raises NoSuchRecord and Erased."""
    row = session.get(Commitment, commitment_id)
    if row is None:
        raise NoSuchRecord("commitment", commitment_id)
    if row.letter is None:
        raise Erased
    return row, orjson.loads(row.letter)


def listed(session: Session, rulebook: Rulebook, wanted: Wanted, after: tuple[date, str] | None = None) -> tuple[list[dict[str, Any]], tuple[date, str] | None]:
    """Commitments, what is due first standing first, and after what the next page begins; None where there is none.

    `after`: day due and id of the last one of the page before, which may have been dealt with since.
    """
    due = func.coalesce(Clock.due, _NO_DAY)
    found = select(Commitment, CaseFile, Clock).join(CaseFile, col(CaseFile.id) == col(Commitment.case_id)).outerjoin(
        Clock, and_(*_running(col(Commitment.id))))
    for column, value in ((Commitment.state, wanted.state), (Commitment.case_id, wanted.case), (CaseFile.division, wanted.division)):
        if value is not None:
            found = found.where(col(column) == value)
    if wanted.due_before is not None:
        found = found.where(col(Clock.due) < wanted.due_before)
    if after is not None:
        found = found.where(or_(due > after[0], and_(due == after[0], col(Commitment.id) > after[1])))
    rows = list(session.exec(found.order_by(due, col(Commitment.id)).limit(PAGE)))
    last = rows[-1] if len(rows) == PAGE else None
    beyond = ((last[2].due if last[2] is not None and last[2].due else _NO_DAY), last[0].id) if last is not None else None
    return [as_dict(session, rulebook, row, case, clock) for row, case, clock in rows], beyond
