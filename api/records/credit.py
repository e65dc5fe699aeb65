"""Credit records (信用记录): written down by hand or after a false commitment, used by later decisions, unusable once repaired.

Which record bars whom from what is for the rules to say (国办发〔2020〕42号; 信用修复管理办法, 发改委令第36号); `history` brings the records to the next decision
of any case, pending ones included. Identity numbers stand in `person` only: they are never told in the log's headers and never answered.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlmodel import Session, col, select

from api.records.acts import By, Conflict, NoSuchRecord, found, tell
from api.records.decisions import people_of
from api.records.history import Identified, Number
from api.records.story import plain
from api.records.tables import Commitment, Credit, Person
from api.records.writer import Pages
from engine import identity
from engine.lifecycle.machines import COMMITMENT, CREDIT
from engine.problems import Problem, Refused, nearest
from engine.rulebook import Rulebook

#: The most records one page lists.
PAGE: Final = 100

FALSE_COMMITMENT: Final = "false_commitment"


@dataclass(frozen=True, slots=True)
class Stated:
    """A record from outside, as an officer enters it. `number`: see `number_of`. `commitment_id`: the false commitment it is about."""

    number: Number
    kind: str
    recorded_on: date
    source: str
    name: str = ""
    commitment_id: str | None = None


def number_of(rulebook: Rulebook, id_type: str, id_number: str) -> Number:
    """The kind of number by its code, and the number in its one written form. Raises Refused, each problem at its field."""
    fact = rulebook.vocabulary.by_word["person_id_type"]
    kind = fact.by_word.get(id_type)
    if kind is None:
        names = tuple(word for value in fact.values for word in (value.code, value.name))
        raise Refused([Problem("unknown-value", f"没有叫“{id_type}”的证件类型。", f"There is no kind of identity number called “{id_type}”.",
                               field="id_type", allowed=names, nearest=nearest(id_type, names))])
    read = identity.read(kind.code, id_number)
    if isinstance(read, Problem):
        raise Refused([read.at("", 0, "id_number")])
    return kind.code, read.number


def state(record: Credit) -> str:
    """Where the record stands in `machines.CREDIT`."""
    return "recorded" if record.repaired_on is None else "repaired"


def record(stated: Stated, by: By, today: date) -> Callable[[Pages], Credit]:
    """The act of entering a record. Raises Conflict (the day has not come, known already, or not that commitment's) and NoSuchRecord."""
    def does(pages: Pages) -> Credit:
        session = pages.session
        if stated.recorded_on > today:
            raise Conflict("day-to-come", f"记录日期 {stated.recorded_on} 还没有到，请核对。", f"The day {stated.recorded_on} has not come yet; check it.")
        case_id = _about(session, stated)
        person_id = people_of(pages, [Identified("applicant", stated.number, stated.name)])["applicant"]
        pages.flush()      # somebody new must be written before the record points to them
        known = session.exec(select(Credit.id).where(
            col(Credit.person_id) == person_id, col(Credit.kind) == stated.kind, col(Credit.recorded_on) == stated.recorded_on,
            col(Credit.source) == stated.source, col(Credit.commitment_id) == stated.commitment_id)).first()
        if known is not None:
            raise Conflict("already-recorded", f"同一个人同一天、同一来源的这类记录已经有了（{known}），不用再登记。",
                           f"A record of this kind, day and source is there already for this person ({known}); there is no need to enter it again.")
        return _write(pages, Credit(id=str(uuid.uuid4()), person_id=person_id, kind=stated.kind, recorded_on=stated.recorded_on, source=stated.source,
                                    commitment_id=stated.commitment_id), case_id, by)

    return does


def _about(session: Session, stated: Stated) -> str | None:
    """The case of the false commitment a record is about. Raises NoSuchRecord and Conflict."""
    if stated.commitment_id is None:
        return None
    about = found(session, Commitment, stated.commitment_id)
    if stated.kind != FALSE_COMMITMENT or about.state not in ("false", "rectifying", "rectified", "revoked"):
        raise Conflict("not-false", f"承诺{COMMITMENT.state(about.state).zh}；只有已核查不实的承诺才能登记“虚假承诺”记录。",
                       f"The commitment is {COMMITMENT.state(about.state).en}; a record of a false commitment needs one that was found false.")
    earlier = session.exec(select(Credit.id).where(col(Credit.commitment_id) == about.id)).first()
    if earlier is not None:
        raise Conflict("already-recorded", f"这份承诺已经有信用记录（{earlier}）。", f"The commitment has a credit record already ({earlier}).")
    return about.case_id


def after_false(pages: Pages, commitment: Commitment, person_id: str, source: str, today: date, by: By) -> Credit:
    """The record of a commitment that was found false, part of that act (国办发〔2020〕42号)."""
    return _write(pages, Credit(id=str(uuid.uuid4()), person_id=person_id, kind=FALSE_COMMITMENT, recorded_on=today, source=source,
                                commitment_id=commitment.id), commitment.case_id, by)


def _write(pages: Pages, made: Credit, case_id: str | None, by: By) -> Credit:
    pages.session.add(made)
    tell(pages, case_id, (CREDIT.subject, made.id), "record", by, {
        "kind": made.kind, "recorded_on": made.recorded_on.isoformat(), "source": made.source}, "", CREDIT.after("", "record"))
    return made


def repair(credit_id: str, repaired_on: date, ground: str, by: By, today: date) -> Callable[[Pages], Credit]:
    """The act of entering a repair: from that day the record is used no more (信用修复管理办法). Raises IllegalMove, Conflict, NoSuchRecord."""
    def does(pages: Pages) -> Credit:
        row = found(pages.session, Credit, credit_id)
        after = CREDIT.after(state(row), "repair")
        if not row.recorded_on <= repaired_on <= today:
            raise Conflict("repair-day", f"修复日期 {repaired_on} 应当不早于记录日期 {row.recorded_on}，不晚于今天。",
                           f"The day of repair, {repaired_on}, must not be before the day of the record, {row.recorded_on}, nor after today.")
        row.repaired_on = repaired_on
        pages.session.add(row)
        case_id = None
        if row.commitment_id is not None:
            case_id = pages.session.exec(select(Commitment.case_id).where(col(Commitment.id) == row.commitment_id)).first()
        tell(pages, case_id, (CREDIT.subject, row.id), "repair", by, {"repaired_on": repaired_on.isoformat(), "ground": ground}, "recorded", after)
        return row

    return does


# -- reading ----------------------------------------------------------------------------------------------------------

def as_dict(row: Credit) -> dict[str, Any]:
    """A record as it is answered: no name, no number."""
    return {**plain(row), "state": state(row)}


def one(session: Session, credit_id: str) -> Credit:
    """The record. Raises NoSuchRecord."""
    row = session.get(Credit, credit_id)
    if row is None:
        raise NoSuchRecord("credit", credit_id)
    return row


def listed(session: Session, filters: Mapping[str, str | None], after: str | None = None, number: Number | None = None) -> list[Credit]:
    """Records, the latest first. `filters`: person_id, kind, commitment_id, state; `number`: of one person. Raises NoSuchRecord for `after`."""
    wanted = select(Credit)
    for name in ("person_id", "kind", "commitment_id"):
        if filters.get(name) is not None:
            wanted = wanted.where(col(getattr(Credit, name)) == filters[name])
    if filters.get("state") is not None:
        wanted = wanted.where(col(Credit.repaired_on).is_(None) if filters["state"] == "recorded" else col(Credit.repaired_on).is_not(None))
    if number is not None:
        people = select(Person.id).where(col(Person.id_type) == number[0], col(Person.id_number) == number[1])
        wanted = wanted.where(col(Credit.person_id).in_(people))
    if after is not None:
        last = one(session, after)
        wanted = wanted.where((col(Credit.recorded_on) < last.recorded_on)
                              | ((col(Credit.recorded_on) == last.recorded_on) & (col(Credit.id) < last.id)))
    return list(session.exec(wanted.order_by(col(Credit.recorded_on).desc(), col(Credit.id).desc()).limit(PAGE)))
