"""Materials that may follow (容缺受理、承诺审批), as every act on a case meets them: a new decision, a paper handed in, a step of the case.

What a promise holds open is ended here when it is kept, or when nothing is owed any more. Nothing here waives a material: a person or a new decision
does. The acts on a deferral itself are `deferral_acts`; what falls due is found by `tick`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any, Final

import orjson
from sqlmodel import Session, col, select

from api.records import clocks, log, tickets
from api.records.acts import APPLICANT as THE_APPLICANT
from api.records.acts import CLOCK, By, Conflict, NoSuchRecord, move
from api.records.instants import BEIJING, instant
from api.records.tables import CaseFile, Deferral, Received
from api.records.writer import Pages
from engine.lifecycle.deferrals import APPROVE_FIRST, arrival
from engine.lifecycle.machines import DEFERRAL, PENDING

ROUTE: Final = "deferral"
APPLICANT: Final = "applicant"

#: States in which the material is still owed.
OPEN: Final = ("promised", "overdue", "rectifying")

#: Routes of a settled material under which the paper is needed after all (rules/ladder.yaml: nothing but handing in stands below a deferral).
_STILL_NEEDED: Final = frozenset({ROUTE, "submit"})

#: The most deferrals one page lists.
PAGE: Final = 100


def owed(session: Session, case_id: str) -> list[Deferral]:
    """What is still owed in a case, the earliest promise first. Read anew: who calls holds the lock of the case."""
    return list(session.exec(select(Deferral).where(col(Deferral.case_id) == case_id, col(Deferral.state).in_(OPEN)).order_by(
        col(Deferral.promised_at), col(Deferral.id)).execution_options(populate_existing=True)))


def entries(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every material of a body: listed, member of a list of alternatives, or what establishes an abolished one."""
    for one in (*body["materials"], *body["establishes"]):
        yield one
        for way in one.get("alternatives", ()):
            yield from way["materials"]


def entry_of(body: Mapping[str, Any], material: str, person: str) -> Mapping[str, Any] | None:
    """What the body says of one material of one person. `person`: id inside the application, empty for the applicant."""
    wanted = person or APPLICANT
    return next((one for one in entries(body) if one["material"] == material and (one.get("person") or APPLICANT) == wanted), None)


def needed(body: Mapping[str, Any], material: str, person: str) -> bool:
    """Whether the decision still needs the paper, or may. Only what is settled on a lighter way, or not asked for at all, is not needed."""
    entry = entry_of(body, material, person)
    return entry is not None and (entry["status"] != "settled" or entry["route"] in _STILL_NEEDED)


# -- what other acts on the case bring about ------------------------------------------------------------------------------

def after_decision(pages: Pages, case: CaseFile, decision_id: str, body: Mapping[str, Any]) -> None:
    """A new decision may have taken in what was owed, or may no longer need it: then nothing is due any more."""
    pages.flush()       # the decision first: everything below may point to it
    for row in owed(pages.session, case.id):
        received = pages.session.exec(select(Received).where(
            col(Received.case_id) == case.id, col(Received.material) == row.material, col(Received.person) == row.person,
            col(Received.at) == pages.at)).first()
        if received is not None:
            arrived(pages, row, THE_APPLICANT, pages.now, "online", time.max, {"decision": decision_id})
        elif not needed(body, row.material, row.person):
            release(pages, row, CLOCK, {"decision": decision_id})


def after_receiving(pages: Pages, received: Received, by: By, closes: time) -> None:
    """A material was handed in at the door for materials: what it had been promised as is kept, in time or late."""
    for row in owed(pages.session, received.case_id):
        if (row.material, row.person or APPLICANT) == (received.material, received.person or APPLICANT):
            today = pages.now.astimezone(BEIJING)
            # Of another day only the day is known, which counts as a whole.
            moment = today if received.received_on == today.date() else datetime.combine(received.received_on, closes, BEIJING)
            arrived(pages, row, by, moment, received.channel, closes, {"received": received.id})


def before_grant(session: Session, case_id: str) -> None:
    """容缺受理 gives the result after the supplement: what is owed is not waived by a grant. 承诺审批 decides first. Raises Conflict."""
    missing = [row for row in owed(session, case_id) if row.mode != APPROVE_FIRST]
    if missing:
        zh, en = zip(*(names(session, row) for row in missing), strict=True)
        raise Conflict("deferral-open", f"容缺后补的“{'、'.join(zh)}”还没有补交，补齐以后才能准予；容缺受理不是免交。",
                       f"“{', '.join(en)}” was deferred and is not handed in yet; the case can be granted once it is. A deferral is no waiver.")


def after_move(pages: Pages, case: CaseFile) -> None:
    """A case that is closed owes nothing any more, and its commitments need no check."""
    if case.state not in PENDING and case.state != "granted":
        for row in owed(pages.session, case.id):
            release(pages, row, CLOCK, {"case": case.state})
        clocks.stop_checks(pages.session, case.id)
        tickets.after_closing(pages, case)


# -- the two ends of a promise --------------------------------------------------------------------------------------------

def release(pages: Pages, row: Deferral, by: By, note: Mapping[str, Any]) -> None:
    """Nothing is owed any more. Raises IllegalMove."""
    move(pages, DEFERRAL, row, "release", by, row.case_id, note)
    clocks.stop(pages.session, (ROUTE, row.id))


def arrived(pages: Pages, row: Deferral, by: By, moment: datetime, channel: str, closes: time, note: Mapping[str, Any]) -> bool:
    """The material came: in time or late, by the day of arrival (民法典 203). True: in time. Raises IllegalMove.

    A term whose last day is not known yet cannot have been missed. Late before anybody found it so: the clock finds it overdue first. In time
    though it was found overdue: the finding is corrected first.
    """
    late = row.due is not None and arrival(moment, "online" if channel == "online" else "paper", closes) > row.due
    told = {**note, "arrived": instant(moment), "channel": channel, "due": row.due.isoformat() if row.due else None, "promise": "broken" if late else "kept"}
    if late and row.state == "promised":
        move(pages, DEFERRAL, row, "lapse", CLOCK, row.case_id, {"due": told["due"], "promise": "broken"})
    elif not late and row.state in ("overdue", "rectifying"):
        move(pages, DEFERRAL, row, "correct", by, row.case_id, told)
    move(pages, DEFERRAL, row, "supplement", by, row.case_id, told)
    row.supplemented_at = instant(moment)
    pages.session.add(row)
    clocks.stop(pages.session, (ROUTE, row.id))
    return not late


def names(session: Session, row: Deferral) -> tuple[str, str]:
    """The material in Chinese and English, as the decision it was promised under calls it."""
    try:
        recorded = log.decision(session, row.decision_id)
    except log.Erased:
        recorded = None
    entry = entry_of(orjson.loads(recorded.body), row.material, row.person) if recorded else None
    return (entry["name"], entry["name_en"]) if entry else (row.material, row.material)


# -- looking up -----------------------------------------------------------------------------------------------------------

def deferral(session: Session, deferral_id: str) -> Deferral:
    """The deferral. Raises NoSuchRecord."""
    found = session.get(Deferral, deferral_id)
    if found is None:
        raise NoSuchRecord("deferral", deferral_id)
    return found


def deferrals(session: Session, *, state: str | None = None, case: str | None = None, due_before: date | None = None,
              after: str | None = None) -> list[Deferral]:
    """Deferrals, the latest promise first. `due_before`: due before the day. `after`: the id of the last of the page before."""
    found = select(Deferral)
    for column, value in ((Deferral.state, state), (Deferral.case_id, case)):
        if value is not None:
            found = found.where(col(column) == value)
    if due_before is not None:
        found = found.where(col(Deferral.due) < due_before)
    if after is not None:
        last = deferral(session, after)
        found = found.where((col(Deferral.promised_at) < last.promised_at) | (
            (col(Deferral.promised_at) == last.promised_at) & (col(Deferral.id) < last.id)))
    return list(session.exec(found.order_by(col(Deferral.promised_at).desc(), col(Deferral.id).desc()).limit(PAGE)))
