"""Tickets to data providers as they are looked at: a page of them, one with its cases and steps, figures per provider and source.

Reads only. Names and numbers of people stay out; what was noted at a step is gone once it was erased.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from typing import Any, Final

import orjson
from sqlmodel import Session, col, func, select

from api.records import log
from api.records.acts import NoSuchRecord
from api.records.clocks import due_of
from api.records.instants import BEIJING, instant, moment, spoken
from api.records.story import plain
from api.records.tables import CaseFile, LogContent, Ticket, TicketCase
from api.records.tickets import SUBJECT, TERM, first_case, may
from engine.lifecycle.machines import TICKET
from engine.lifecycle.tickets import OUTAGE
from engine.rulebook import Rulebook

#: The most tickets one page lists, and the most cases shown with one ticket.
PAGE: Final = 100


def ticket_row(session: Session, ticket_id: str) -> Ticket:
    """The ticket. Raises NoSuchRecord."""
    row = session.get(Ticket, ticket_id)
    if row is None:
        raise NoSuchRecord("ticket", ticket_id)
    return row


def listed(session: Session, *, source: str | None = None, provider: str | None = None, division: str | None = None, kind: str | None = None,
           state: str | None = None, case: str | None = None, after: str | None = None) -> list[Ticket]:
    """Tickets, the latest first, a page. `after`: the last ticket of the page before. Raises NoSuchRecord."""
    query = select(Ticket)
    for column, value in ((Ticket.source, source), (Ticket.provider, provider), (Ticket.division, division), (Ticket.kind, kind), (Ticket.state, state)):
        if value is not None:
            query = query.where(col(column) == value)
    if case is not None:
        query = query.where(col(Ticket.id).in_(select(TicketCase.ticket_id).where(col(TicketCase.case_id) == case)))
    if after is not None:
        last = ticket_row(session, after)
        query = query.where((col(Ticket.opened_at) < last.opened_at) | ((col(Ticket.opened_at) == last.opened_at) & (col(Ticket.id) < last.id)))
    return list(session.exec(query.order_by(col(Ticket.opened_at).desc(), col(Ticket.id).desc()).limit(PAGE)))


def heads(session: Session, rows: list[Ticket], rulebook: Rulebook, chinese: bool) -> list[dict[str, Any]]:
    """The tickets as a list gives them, with the number of cases of each."""
    many = select(TicketCase.ticket_id, func.count(func.distinct(TicketCase.case_id))).where(
        col(TicketCase.ticket_id).in_([row.id for row in rows])).group_by(col(TicketCase.ticket_id))
    counts: dict[str, int] = dict(session.exec(many).all())
    return [head(row, rulebook, chinese) | {"cases_count": counts.get(row.id, 0)} for row in rows]


def head(row: Ticket, rulebook: Rulebook, chinese: bool) -> dict[str, Any]:
    """A ticket with the name of its source, its state in words and what may be done now."""
    source, state = rulebook.sources.get(row.source), TICKET.state(row.state)
    return {**plain(row, "open_key"), "source_name": (source.name if chinese else source.english) if source else row.source,
            "state_text": state.zh if chinese else state.en, "may": list(may(row))}


def view(session: Session, ticket_id: str, rulebook: Rulebook, chinese: bool) -> dict[str, Any]:
    """One ticket: its term, the copies it is about, the earliest first (at most a page of them), every step. Raises NoSuchRecord."""
    row = ticket_row(session, ticket_id)
    [made] = heads(session, [row], rulebook, chinese)
    copies = session.exec(select(TicketCase, CaseFile.state).join(CaseFile, col(CaseFile.id) == col(TicketCase.case_id)).where(
        col(TicketCase.ticket_id) == row.id).order_by(col(TicketCase.at), col(TicketCase.id)).limit(PAGE))
    last = due_of(session, (SUBJECT, row.id), TERM)
    return {**made, "due": last.isoformat() if last else None,
            "cases": [{"case_id": copy.case_id, "case_state": state, "decision_id": copy.decision_id, "material": copy.material, "person": copy.person,
                       "at": spoken(copy.at)} for copy, state in copies],
            "steps": list(_steps(session, row))}


def _steps(session: Session, row: Ticket) -> Iterable[dict[str, Any]]:
    """What was done about the ticket itself; cases that joined it stand in `cases`."""
    for entry in log.entries_of(session, first_case(session, row.id)):
        tells = orjson.loads(entry.header)
        if entry.kind != "act" or tells["subject"] != [SUBJECT, row.id]:
            continue
        content = session.get(LogContent, entry.id)
        said: Mapping[str, Any] = orjson.loads(content.content) if content is not None else {}
        yield {"at": spoken(entry.at), "move": tells["move"], "from": tells["from"] or None, "to": tells["to"], "by": tells["by"],
               "note": said.get("note") or None, "reason": said.get("reason") or None}


def summary(session: Session, since: date, division: str | None = None) -> dict[str, Any]:
    """Per provider and source, over the tickets opened from a day on (Beijing): how many, how many wait, outages, cases, mean hours to an answer.

    The mean is over those that were answered; null where none was.
    """
    begin = instant(datetime.combine(since, time(), BEIJING))
    chosen = select(Ticket).where(col(Ticket.opened_at) >= begin)
    touched = select(Ticket.provider, Ticket.source, func.count(func.distinct(TicketCase.case_id))).join(
        TicketCase, col(TicketCase.ticket_id) == col(Ticket.id)).where(col(Ticket.opened_at) >= begin).group_by(col(Ticket.provider), col(Ticket.source))
    if division is not None:
        chosen, touched = chosen.where(col(Ticket.division) == division), touched.where(col(Ticket.division) == division)
    cases = {(provider, source): count for provider, source, count in session.exec(touched)}
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for row in session.exec(chosen.execution_options(yield_per=500)):
        made = rows.setdefault((row.provider, row.source), {"opened": 0, "open": 0, "answered": 0, "outages": 0, "hours": 0.0})
        made["opened"] += 1
        made["open"] += row.state == "open"
        made["outages"] += row.kind == OUTAGE
        if row.answered_at is not None:
            made["answered"] += 1
            made["hours"] += (moment(row.answered_at) - moment(row.opened_at)).total_seconds() / 3600
    return {"division": division, "since": since.isoformat(), "sources": [
        {"provider": provider, "source": source, **{name: made[name] for name in ("opened", "open", "answered", "outages")},
         "cases": cases.get((provider, source), 0), "mean_hours": round(made["hours"] / made["answered"], 1) if made["answered"] else None}
        for (provider, source), made in sorted(rows.items())]}
