"""Terms that run: starting and stopping them. What happens when they fall due is `tick`'s work.

A term whose year has no published calendar runs without a day due and gets it once there is one; it is never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import update
from sqlmodel import Session, col, select

from api.records.ids import new_id
from api.records.tables import Clock
from api.records.writer import Pages
from engine.deadlines import UNIT_CODES, UNIT_WORDS, MissingCalendar, due
from engine.law import Span
from engine.rulebook import Rulebook

#: Days due that were counted before: cases of one day have the same few terms. Forgotten all at once when there are too many.
MOST_COUNTED: Final = 4_096
_counted: dict[tuple[str, str, date, int, str], date | None] = {}


def start_case_clocks(pages: Pages, rulebook: Rulebook, case_id: str, body: Mapping[str, Any]) -> None:
    """The terms that begin with a case: the one-time notice from receipt (行政许可法 32), and the time for handling it if nothing is lacking."""
    received_on = date.fromisoformat(body["accepted_on"])
    for one in body["notices"]:
        if one["kind"] == "one_time_notice":
            span = Span(one["due_rule"]["count"], UNIT_WORDS[one["due_rule"]["unit"]])
            start(pages, rulebook, body["deciding_division"], case_id, ("case", case_id), "notice", received_on, span)
    if complete(body):
        start_handling(pages, rulebook, body["item"], body["deciding_division"], case_id, received_on)


def complete(body: Mapping[str, Any]) -> bool:
    """Whether the applicant has done everything: then acceptance is owed (行政许可法 32(5)) and the time for handling runs."""
    return str(body["outcome"]).startswith("accept")


def start_handling(pages: Pages, rulebook: Rulebook, item: str, division: str, case_id: str, day: date) -> None:
    """The promised and the legal time of the item, from the day on which nothing is lacking or the case is accepted (行政许可法 42).

    While the applicant still has to act they do not run: nobody is late then.
    """
    found = rulebook.item(item, division)
    if found is not None:
        for kind, span in (("promised", found.promised_time), ("legal", found.legal_time)):
            start(pages, rulebook, division, case_id, ("case", case_id), kind, day, span)


def handling(session: Session, case_id: str) -> bool:
    """Whether the time for handling the case has begun."""
    return session.exec(select(Clock.id).where(col(Clock.subject) == "case", col(Clock.subject_id) == case_id, col(Clock.kind) == "promised")).first() is not None


def start(pages: Pages, rulebook: Rulebook, division: str, case_id: str, subject: tuple[str, str], kind: str, day: date, span: Span) -> date | None:
    """A term begins to run on a day (not counted). `subject`: what it is about, and its id. Gives the day due, None if unknown yet."""
    last = day_due(rulebook, division, day, span.count, UNIT_CODES[span.unit])
    run(pages, case_id, subject, kind, {"start": day.isoformat(), "count": span.count, "unit": UNIT_CODES[span.unit]}, last)
    return last


def run(pages: Pages, case_id: str, subject: tuple[str, str], kind: str, rule: Mapping[str, Any], last: date | None) -> None:
    """A term begins to run whose day due stands already. `rule`: `start`, `count` and `unit` as a `due_rule` of a body has them."""
    pages.add(Clock, id=new_id(), case_id=case_id, subject=subject[0], subject_id=subject[1], kind=kind, start=date.fromisoformat(rule["start"]),
              count=rule["count"], unit=rule["unit"], due=last, state="running", level="none")


def day_due(rulebook: Rulebook, division: str, begins: date, count: int, unit: str) -> date | None:
    """The last day of a term, None while a year it needs has no published calendar. `unit`: working_day, natural_day, month or hour."""
    asked = (rulebook.version, division, begins, count, unit)
    if asked not in _counted:
        if len(_counted) >= MOST_COUNTED:
            _counted.clear()
        try:
            _counted[asked] = due(begins, Span(count, UNIT_WORDS[unit]), rulebook.calendar, rulebook.chain(division))
        except MissingCalendar:
            _counted[asked] = None
    return _counted[asked]


def again(session: Session, subject: tuple[str, str], kind: str, last: date) -> None:
    """The term runs on to another day (an extension): whatever was raised of the old day is raised anew for the new one."""
    found = update(Clock).where(col(Clock.subject) == subject[0], col(Clock.subject_id) == subject[1], col(Clock.kind) == kind)
    session.execute(found.values(state="running", level="none", due=last))


def stop(session: Session, subject: tuple[str, str], *kinds: str) -> None:
    """The terms have done their work; without kinds, all of the subject."""
    found = update(Clock).where(col(Clock.subject) == subject[0], col(Clock.subject_id) == subject[1], col(Clock.state) == "running")
    session.execute((found.where(col(Clock.kind).in_(kinds)) if kinds else found).values(state="stopped"))


def stop_checks(session: Session, case_id: str) -> None:
    """A case closed without a grant has nothing that commitments brought about: their checks have no term any more."""
    session.execute(update(Clock).where(col(Clock.case_id) == case_id, col(Clock.subject) == "commitment", col(Clock.kind) == "check",
                                        col(Clock.state) == "running").values(state="stopped"))


def due_of(session: Session, subject: tuple[str, str], kind: str) -> date | None:
    """The day a term of the subject is or was due; None where there is no such term or its day is not known yet."""
    row = session.exec(select(Clock).where(col(Clock.subject) == subject[0], col(Clock.subject_id) == subject[1], col(Clock.kind) == kind)).first()
    return row.due if row is not None else None
