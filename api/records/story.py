"""The whole story of a case: what was decided, handed in, promised, demanded, and what runs (全程留痕、进度可查).

Reads only. Names, numbers and letters stay out: who may read them asks for the decision or the letter itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import orjson
from sqlmodel import Session, SQLModel, col, select

from api.records import log
from api.records.acts import NoSuchRecord
from api.records.instants import spoken
from api.records.tables import Alert, CaseFile, Clock, Commitment, Deferral, Demand, LogEntry, Received, Ticket, TicketCase
from api.records.tickets import to_decide_again

#: The most cases one page lists.
PAGE: Final = 100


def plain(row: SQLModel, *without: str) -> dict[str, Any]:
    """A row as an answer gives it: days and instants as texts."""
    made: dict[str, Any] = {}
    for name in type(row).model_fields:
        if name in without:
            continue
        value = getattr(row, name)
        is_instant = isinstance(value, str) and (name == "at" or name.endswith("_at"))
        made[name] = value.isoformat() if isinstance(value, date) else spoken(value) if is_instant else value
    return made


def case_file(session: Session, case_id: str) -> CaseFile:
    """The case. Raises NoSuchRecord."""
    found = session.get(CaseFile, case_id)
    if found is None:
        raise NoSuchRecord("case_file", case_id)
    return found


def head(case: CaseFile) -> dict[str, Any]:
    """A case in a list."""
    return plain(case, "applicant_id")


def story(session: Session, case_id: str) -> dict[str, Any]:
    """Everything recorded of a case, each part the earliest first. Raises NoSuchRecord."""
    case = case_file(session, case_id)

    def of(table: type[Any], order: str, *without: str) -> list[dict[str, Any]]:
        rows = session.exec(select(table).where(col(table.case_id) == case_id).order_by(col(getattr(table, order)), col(table.id)))
        return [plain(row, "case_id", *without) for row in rows]

    return {
        **head(case),
        "decisions": [_decision(entry) for entry in log.decisions_of(session, case_id)],
        "received": of(Received, "at", "person_id"),
        "commitments": of(Commitment, "offered_at", "letter"),
        "deferrals": of(Deferral, "promised_at"),
        "demands": of(Demand, "at", "entry_id"),
        "tickets": copies_of(session, case_id),
        "decide_again": to_decide_again(session, case),
        "clocks": of(Clock, "start"),
        "alerts": of(Alert, "at"),
        "acts": [_act(entry) for entry in log.entries_of(session, case_id) if entry.kind in ("act", "erasure")],
    }


def copies_of(session: Session, case_id: str) -> list[dict[str, Any]]:
    """The tickets of a case, a line for each copy of a material, the earliest first."""
    rows = session.exec(select(Ticket, TicketCase).join(TicketCase, col(TicketCase.ticket_id) == col(Ticket.id)).where(
        col(TicketCase.case_id) == case_id).order_by(col(TicketCase.at), col(TicketCase.id)))
    return [{**plain(ticket, "open_key", "division"), "material": copy.material, "person": copy.person, "decision_id": copy.decision_id} for ticket, copy in rows]


def _decision(entry: LogEntry) -> dict[str, Any]:
    tells = orjson.loads(entry.header)
    return {"id": entry.id, "decided_at": spoken(entry.at), **{name: tells.get(name) for name in (
        "as_of", "outcome", "rulebook", "pinned", "supersedes")}}


def _act(entry: LogEntry) -> dict[str, Any]:
    tells: Mapping[str, Any] = orjson.loads(entry.header)
    subject: Sequence[str] = tells["subject"]
    return {"at": spoken(entry.at), "subject": subject[0], "subject_id": subject[1], "move": tells["move"], "from": tells["from"] or None,
            "to": tells["to"] or None, "by": tells["by"]}


def cases(session: Session, *, number: str | None = None, item: str | None = None, division: str | None = None, state: str | None = None,
          after: str | None = None) -> list[CaseFile]:
    """Cases, the latest opened first. `after`: the id of the last case of the page before."""
    found = select(CaseFile)
    for column, value in ((CaseFile.number, number), (CaseFile.item, item), (CaseFile.division, division), (CaseFile.state, state)):
        if value is not None:
            found = found.where(col(column) == value)
    if after is not None:
        last = case_file(session, after)
        found = found.where((col(CaseFile.opened_at) < last.opened_at) | ((col(CaseFile.opened_at) == last.opened_at) & (col(CaseFile.id) < last.id)))
    return list(session.exec(found.order_by(col(CaseFile.opened_at).desc(), col(CaseFile.id).desc()).limit(PAGE)))


def newest(session: Session) -> str | None:
    """When a case was opened last: the smallest question that shows the database answers."""
    return session.exec(select(CaseFile.opened_at).order_by(col(CaseFile.opened_at).desc()).limit(1)).first()
