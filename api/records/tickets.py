"""Tickets to the authorities that answer for the sources: opened with the decision that owes them, answered, closed.

What a decision owes is `engine.lifecycle.tickets`; it is written in the decision's transaction or the decision is not. The outage of one source
in one division is one open ticket with many cases; any other kind is one per case, material and person. No ticket waives or demands a material,
and an answer changes no decision: the case is decided again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlmodel import Session, col, select

from api.records import clocks
from api.records.acts import CLOCK, By, Conflict, NoSuchRecord, found, move, tell
from api.records.alerts import raised
from api.records.decisions import Listed
from api.records.ids import new_id
from api.records.tables import CaseFile, LogEntry, Ticket, TicketCase
from api.records.writer import Pages
from engine.application import Application
from engine.lifecycle.machines import PENDING, TICKET
from engine.lifecycle.tickets import ANSWERS, CORRECTION, OUTAGE, Owed, answers, disputed, news, news_after_grant, term
from engine.rulebook import Rulebook
from engine.wording.tickets import about

SUBJECT: Final = TICKET.subject
#: The term within which a provider answers, where the division has one (数据核验期限).
TERM: Final = "follow_up"

Pair = tuple[Ticket, TicketCase]


@dataclass(frozen=True, slots=True)
class Made:
    """The decision whose tickets are to be written: the whole application, the day, what it owes, the rulebook it was made under."""

    rulebook: Rulebook
    application: Application
    as_of: date
    owed: tuple[Owed, ...]
    own: Mapping[str, Any] = field(default_factory=dict)     # what our own side adds to the evidence, with the record of what was asked


_CHECK: Final = "核验"
#: Why a check has no result through its source's own fault; what was not put, or broken off, is held against nobody.
_FAULTS: Final = frozenset({"breaker_open", "timeout", "unreachable", "status", "garbage"})


def unchecked(own: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """The checks (核验) that were asked for and failed, as copy and code of the source. `own`: what our own side adds to the evidence.

    A failed check is no evidence: it stands only in the record of what was asked, beside everything a decision is made on.
    """
    return frozenset((_copy_of(one), one["source"]) for one in own.get("inquiries") or () if one["kind"] == "check" and one["result"] is None
                     and one.get("why") in _FAULTS)


def _checked(own: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """The checks that their sources answered."""
    return frozenset((_copy_of(one), one["source"]) for one in own.get("inquiries") or () if one["kind"] == "check" and one["result"] is not None)


def _copy_of(asked: Mapping[str, Any]) -> str:
    return f"{asked['material']}/{asked['person']}" if asked.get("person") else str(asked["material"])


# -- with a decision --------------------------------------------------------------------------------------------------

def after_opening(pages: Pages, case: CaseFile, made: Made) -> tuple[Listed, ...]:
    """A new case: what its first decision owes is opened. Who calls has flushed the case."""
    for one in _in_order(made.owed, case):
        _open(pages, case, made, one)
    return _stands(pages, case) if made.owed else ()


def after_decision(pages: Pages, case: CaseFile, made: Made) -> tuple[Listed, ...]:
    """Another decision of a case, whose lock the caller holds: what is still asked stays, what is not is ended, what is new is opened."""
    pages.flush()       # the decision first: everything below points to it
    rows = _of_case(pages.session, case.id)
    if not rows and not made.owed:
        return ()
    heard, checked, contested = answers(made.rulebook, made.application), _checked(made.own), disputed(made.rulebook, made.application)
    asked = set()
    for ticket, copy in rows:
        key = f"{copy.material}/{copy.person}" if copy.person else copy.material
        again = any((one.kind, one.key, one.source) == (ticket.kind, key, ticket.source) for one in made.owed)
        if again and (ticket.state == "open" or (ticket.kind != OUTAGE and not _asked_anew(ticket))):
            asked.add((ticket.kind, key, ticket.source))
        elif ticket.kind == OUTAGE:
            by_check = ticket.source in made.rulebook.sources and made.rulebook.sources[ticket.source].kind == _CHECK
            back = (key, ticket.source) in checked if by_check else key in heard
            if back and ticket.state != "closed" and not any((one.kind, one.source) == (OUTAGE, ticket.source) for one in made.owed):
                _back(pages, made.rulebook, ticket, case)
        elif ticket.state == "open":
            taken_back = ticket.kind == CORRECTION and key not in contested
            _end(pages, ticket, "withdraw" if taken_back else "release", case)
        elif ticket.state == "answered":
            _end(pages, ticket, "close", case)
    for one in _in_order(made.owed, case):
        if (one.kind, one.key, one.source) not in asked:
            _open(pages, case, made, one)
    return _stands(pages, case)


def _stands(pages: Pages, case: CaseFile) -> tuple[Listed, ...]:
    pages.flush()
    return standing(pages.session, case.id, pages.at)


def _in_order(due: Iterable[Owed], case: CaseFile) -> list[Owed]:
    """Outages first and in one order: they are shared between cases, and nobody shall wait for another in a circle."""
    return sorted(due, key=lambda one: (one.kind != OUTAGE, open_key(one, case) if one.kind == OUTAGE else ""))


def _asked_anew(ticket: Ticket) -> bool:
    """Whether the source was asked again since it was answered. A dispute that stands is answered once."""
    return ticket.kind != CORRECTION and ticket.answer is not None and news(ticket.kind, ticket.answer)


def _of_case(session: Session, case_id: str) -> list[Pair]:
    """The tickets of a case that are not closed, locked, in one order."""
    return list(session.exec(select(Ticket, TicketCase).join(TicketCase, col(TicketCase.ticket_id) == col(Ticket.id)).where(
        col(TicketCase.case_id) == case_id, col(Ticket.state) != "closed").order_by(col(Ticket.id), col(TicketCase.id))
        .with_for_update(of=Ticket).execution_options(populate_existing=True)))


def open_key(one: Owed, case: CaseFile) -> str:
    """Of what there is one open ticket at a time."""
    if one.kind == OUTAGE:
        return f"{OUTAGE}:{one.source}:{case.division}"
    return f"{one.kind}:{case.id}:{one.key}"


def _open(pages: Pages, case: CaseFile, made: Made, one: Owed) -> None:
    """Open the ticket, or add the copy to the one that is open. Its term begins where the division's law sets one."""
    key = open_key(one, case)
    row = pages.session.exec(select(Ticket).where(col(Ticket.open_key) == key).with_for_update().execution_options(populate_existing=True)).first()
    note = {"decision": case.decision_id, "material": one.material, "person": one.person}
    if row is not None:
        known = pages.session.exec(select(TicketCase.id).where(
            col(TicketCase.ticket_id) == row.id, col(TicketCase.case_id) == case.id, col(TicketCase.material) == one.material,
            col(TicketCase.person) == one.person)).first()
        if known is not None:
            return
        tell(pages, case.id, (SUBJECT, row.id), "join", CLOCK, note, row.state, row.state)
    else:
        row = Ticket(id=new_id(), source=one.source, provider=one.provider, division=case.division, kind=one.kind, state="", open_key=key, opened_at=pages.at)
        move(pages, TICKET, row, "open", CLOCK, case.id, note)
        span = term(made.rulebook, case.item, case.division, case.received_on, made.as_of)
        if span is not None:
            clocks.start(pages, made.rulebook, case.division, case.id, (SUBJECT, row.id), TERM, made.as_of, span)
    pages.session.add(TicketCase(id=new_id(), ticket_id=row.id, case_id=case.id, decision_id=case.decision_id, material=one.material, person=one.person,
                                 at=pages.at))
    pages.flush()


def _back(pages: Pages, rulebook: Rulebook, ticket: Ticket, case: CaseFile) -> None:
    """A later query of the source was answered: the outage is over, and whoever waited for it is told."""
    if ticket.state == "open":
        _answered(pages, ticket, "restored", CLOCK, case.id, {"decision": case.decision_id})
        _tell_cases(pages, rulebook, ticket, _waiting(pages.session, ticket), but=case.id)
    _end(pages, ticket, "close", case)


def _end(pages: Pages, ticket: Ticket, name: str, case: CaseFile, by: By = CLOCK) -> None:
    ticket.open_key, ticket.closed_at = None, pages.at
    move(pages, TICKET, ticket, name, by, case.id, {"decision": case.decision_id})
    clocks.stop(pages.session, (SUBJECT, ticket.id))


def after_closing(pages: Pages, case: CaseFile) -> None:
    """A case that is closed asks for nothing any more. An outage goes on without it."""
    for ticket, _ in _of_case(pages.session, case.id):
        if ticket.kind != OUTAGE and ticket.state != "closed":
            _end(pages, ticket, "release" if ticket.state == "open" else "close", case)


# -- by the provider --------------------------------------------------------------------------------------------------

def _waiting(session: Session, ticket: Ticket, lock: bool = False) -> list[CaseFile]:
    """The cases on the ticket, in one order. `lock`: before the ticket is, as in every act."""
    query = select(CaseFile).where(col(CaseFile.id).in_(select(TicketCase.case_id).where(col(TicketCase.ticket_id) == ticket.id))).order_by(col(CaseFile.id))
    return list(session.exec(query.with_for_update().execution_options(populate_existing=True) if lock else query))


def first_case(session: Session, ticket_id: str) -> str:
    """The case under which the ticket's steps are told."""
    return str(session.exec(select(TicketCase.case_id).where(col(TicketCase.ticket_id) == ticket_id).order_by(
        col(TicketCase.at), col(TicketCase.id)).limit(1)).one())


def _both(pages: Pages, ticket_id: str) -> tuple[Ticket, list[CaseFile]]:
    row = pages.session.get(Ticket, ticket_id)
    if row is None:
        raise NoSuchRecord("ticket", ticket_id)
    cases = _waiting(pages.session, row, lock=True)
    return found(pages.session, Ticket, ticket_id), cases


def may(row: Ticket) -> tuple[str, ...]:
    """What somebody can do about the ticket now: the answers that fit its kind, or to close it."""
    return ANSWERS[row.kind] if row.state == "open" else ("close",) if row.state == "answered" else ()


def _open_to(row: Ticket, what: str) -> None:
    """Raises IllegalMove, with what can be done by somebody; the rest follows from acts on the case."""
    if all(one.name != what for one in TICKET.allowed(row.state)):
        raise TICKET.refusal(row.state, what, doors=may(row))


def answer(rulebook: Rulebook, ticket_id: str, what: str, by: By, note: str = "") -> Callable[[Pages], Ticket]:
    """The act of a provider that says what was found: corrected, confirmed, restored or no_record. Cases to be decided again are told.

    So is a case that was granted meanwhile, where the answer changes the data: what follows is for people.

    Raises NoSuchRecord, IllegalMove, Conflict (no answer to this kind of ticket).
    """
    def does(pages: Pages) -> Ticket:
        row, cases = _both(pages, ticket_id)
        _open_to(row, what)
        if what not in ANSWERS[row.kind]:
            words = {one.name: one for one in TICKET.moves}
            fit = [words[name] for name in ANSWERS[row.kind]]
            raise Conflict("not-for-kind", f"这种工单不能{words[what].zh}；可以：{'、'.join(one.zh for one in fit)}。",
                           f"On this kind of ticket one cannot {words[what].en}; one can: {', '.join(one.en for one in fit)}.")
        _answered(pages, row, what, by, first_case(pages.session, row.id), {"note": note})
        if news(row.kind, what):
            _tell_cases(pages, rulebook, row, cases)
        if news_after_grant(row.kind, what):
            zh, en = about(rulebook, row.kind, row.source, row.provider, what, granted=True)
            for case in cases:
                if case.state == "granted":
                    raised(pages, case.id, "ticket", "granted_on_other_data", "none", f"{row.id}@{case.id}", zh, en)
        return row

    return does


def _answered(pages: Pages, row: Ticket, what: str, by: By, case_id: str, note: dict[str, str]) -> None:
    row.answer, row.answered_at, row.open_key = what, pages.at, None
    move(pages, TICKET, row, what, by, case_id, note)
    clocks.stop(pages.session, (SUBJECT, row.id))


def _tell_cases(pages: Pages, rulebook: Rulebook, row: Ticket, cases: Iterable[CaseFile], but: str = "") -> None:
    zh, en = about(rulebook, row.kind, row.source, row.provider, str(row.answer))
    for case in cases:
        if case.id != but and case.state in PENDING:
            raised(pages, case.id, "ticket", "decide_again", "none", f"{row.id}@{case.id}", zh, en)


def close(ticket_id: str, by: By, note: str = "") -> Callable[[Pages], Ticket]:
    """The act of closing an answered ticket. Raises NoSuchRecord, IllegalMove."""
    def does(pages: Pages) -> Ticket:
        row, _ = _both(pages, ticket_id)
        _open_to(row, "close")
        move(pages, TICKET, row, "close", by, first_case(pages.session, row.id), {"note": note})
        row.closed_at = pages.at
        return row

    return does


# -- looking up -------------------------------------------------------------------------------------------------------

def standing(session: Session, case_id: str, at: str) -> tuple[Listed, ...]:
    """The tickets of a case that were not closed when a decision of that instant had been made, the earliest first."""
    rows = session.exec(select(Ticket, TicketCase).join(TicketCase, col(TicketCase.ticket_id) == col(Ticket.id)).where(
        col(TicketCase.case_id) == case_id, col(TicketCase.at) <= at, col(Ticket.closed_at).is_(None) | (col(Ticket.closed_at) > at)).order_by(
        col(TicketCase.at), col(TicketCase.id)))
    return tuple(Listed(ticket.id, ticket.kind, ticket.source, ticket.provider, copy.material, copy.person) for ticket, copy in rows)


def answered_since(session: Session, case: CaseFile) -> Sequence[Pair]:
    """The tickets whose answer came after the decision that stands and changes what it was made on."""
    made = session.exec(select(LogEntry.at).where(col(LogEntry.id) == case.decision_id)).one()
    rows = session.exec(select(Ticket, TicketCase).join(TicketCase, col(TicketCase.ticket_id) == col(Ticket.id)).where(
        col(TicketCase.case_id) == case.id, col(Ticket.answered_at) >= made).order_by(col(TicketCase.at), col(TicketCase.id)))
    return [(ticket, copy) for ticket, copy in rows
            if news(ticket.kind, str(ticket.answer)) and (str(ticket.answered_at) > made or ticket.closed_at != made)]


def to_decide_again(session: Session, case: CaseFile) -> bool:
    """Whether a provider's answer changes what the decision that stands was made on, and the case is still pending."""
    return case.state in PENDING and bool(answered_since(session, case))


def overtaken(session: Session, case: CaseFile) -> frozenset[str]:
    """The copies, as `material[/person]`, whose query was overtaken by a provider's answer: they are asked for anew."""
    return frozenset(f"{copy.material}/{copy.person}" if copy.person else copy.material for _, copy in answered_since(session, case))


def correction_of(session: Session, case_id: str, material: str, person: str) -> Ticket | None:
    """The correction ticket of a copy that is not closed; None where there is none."""
    return session.exec(select(Ticket).join(TicketCase, col(TicketCase.ticket_id) == col(Ticket.id)).where(
        col(TicketCase.case_id) == case_id, col(TicketCase.material) == material, col(TicketCase.person) == person,
        col(Ticket.kind) == CORRECTION, col(Ticket.state) != "closed")).first()
