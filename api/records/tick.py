"""What has fallen due: terms that ended without what they waited for. `mianzheng tick` and a thread of the service look; both do the same.

Safe to run twice and on several machines: first everything is looked at without a lock, then each finding is made again under the lock of its case, so
what somebody else has raised meanwhile is not raised again. Lateness raises alerts; two terms also do something: a one-time notice that was not given
in time makes the case accepted (行政许可法 32(4), permits only: elsewhere no such clock runs), and a deferred material that did not come is overdue.
Nothing here grants, waives or applies a consequence: silence is no permit (默认许可 has no general ground in the law) and no paper becomes needless by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Final

from sqlmodel import col, or_, select

from api.records.acts import CLOCK, found, move, tell
from api.records.alerts import raised
from api.records.clocks import day_due, handling, start_handling
from api.records.database import Contended, Unavailable
from api.records.deferrals import names
from api.records.records import Records, Session
from api.records.tables import CaseFile, Clock, Deferral, Ticket
from api.records.term_words import said
from api.records.writer import Pages
from engine.deadlines import MissingCalendar, is_working_day
from engine.lifecycle.lateness import LEVELS, Level, Thresholds, level
from engine.lifecycle.machines import CASE, DEFERRAL, TICKET
from engine.rulebook import Rulebook

#: How many cases the writer is handed at a time: one commit for many, without keeping requests waiting behind it for long.
TOGETHER: Final = 100

#: Without a calendar nobody can say how far ahead a warning reaches: at most this much for each working day, and the longest holiday.
_LONGEST_BREAK: Final = timedelta(days=20)

Term = tuple[str, str]       # ids of a clock and its case
Progress = Callable[[int, int], None]
Going = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Raised:
    """One thing that was raised, or would be. `what`: `due` (a day due became known), `warning`, `yellow`, `red`, `deemed_accepted` or `overdue`."""

    case_id: str
    clock_id: str
    kind: str
    what: str
    card: str
    due: date
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A term that could not be looked at, or not acted on: a defect of the program or of the data. Whoever looks says so in its log."""

    clock_id: str
    case_id: str
    error: Exception


@dataclass(slots=True)
class Report:
    """What a look found. `failed` did not stop the others."""

    day: date
    dry_run: bool = False
    looked: int = 0
    raised: list[Raised] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """How often each thing was raised."""
        made: dict[str, int] = {}
        for one in self.raised:
            made[one.what] = made.get(one.what, 0) + 1
        return made


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do about a term: what, at which card, for which day due."""

    what: str
    card: str
    due: date


class View:
    """Days and cards as one rulebook, one day and one hall's thresholds make them; equal questions are answered once."""

    def __init__(self, rulebook: Rulebook, day: date, thresholds: Thresholds):
        self.rulebook, self.day, self.thresholds = rulebook, day, thresholds
        self._dues: dict[tuple[str, date, int, str], date | None] = {}
        self._cards: dict[tuple[str, date, date], Level] = {}

    def steps(self, clock: Any, case_state: str, division: str) -> Iterator[Step]:
        """What is to be done about a running term. `clock`: a row of it, or the same columns."""
        due = clock.due
        if due is None:
            due = self._due(division, clock.start, clock.count, clock.unit)
            if due is None:
                return
            yield Step("due", "none", due)
        past = self.day > due
        if clock.kind == "notice" and past:
            if case_state == "received":
                yield Step("deemed_accepted", self._missed(division, due), due)
        elif clock.kind == "supplement" and past:
            yield Step("overdue", "none", due)      # lateness of the applicant's: cards are for offices
        else:
            card = self._card(division, due, self.day)
            if LEVELS.index(card) > LEVELS.index(clock.level):
                yield Step(card, card, due)

    def reach(self) -> date:
        """The last day due that could raise anything today: no place has fewer working days than all local holidays together leave."""
        calendar, day, left = self.rulebook.calendar, self.day, self.thresholds.warn_before
        places = {place for place, _ in calendar.local}
        while True:
            try:
                left -= is_working_day(day + timedelta(days=1), calendar, places)
            except MissingCalendar:
                return self.day + timedelta(days=2 * self.thresholds.warn_before) + _LONGEST_BREAK
            if left < 0:
                return day
            day += timedelta(days=1)

    def _due(self, division: str, start: date, count: int, unit: str) -> date | None:
        key = (division, start, count, unit)
        if key not in self._dues:
            self._dues[key] = day_due(self.rulebook, division, start, count, unit)
        return self._dues[key]

    def _card(self, division: str, due: date, day: date) -> Level:
        """How late it is. Where the calendar that decides is missing nothing can be said yet."""
        key = (division, due, day)
        if key not in self._cards:
            try:
                self._cards[key] = level(due, day, self.thresholds, self.rulebook.calendar, self.rulebook.chain(division))
            except MissingCalendar:
                self._cards[key] = "none"
        return self._cards[key]

    def _missed(self, division: str, due: date) -> Level:
        """The card of a notice that was never given: it is late for good, so a weekend in between makes no difference."""
        first = due + timedelta(days=1)
        try:
            while not is_working_day(first, self.rulebook.calendar, self.rulebook.chain(division)):
                first += timedelta(days=1)
        except MissingCalendar:
            first = self.day
        return self._card(division, due, max(first, self.day))


def tick(records: Records, today: date | None = None, *, dry_run: bool = False, progress: Progress = lambda done, of: None,
         going: Going = lambda: True) -> Report:
    """Raise whatever has fallen due by the day, `today` in Beijing by default. `dry_run`: only say what would be raised.

    `going`: asked between two lots; when it says no the rest is left for the next look. Raises Unavailable where the database does not answer:
    what was raised until then is kept.
    """
    report = Report(today or records.today(), dry_run)
    view = View(records.rulebook, report.day, records.policy.thresholds)
    with records.reading() as session:
        lots = list(_found(session, view, report))
    if dry_run:
        return report
    busy: list[Term] = []
    done = 0
    for first in range(0, len(lots), TOGETHER):
        if not going():
            return report
        lot = lots[first:first + TOGETHER]
        busy += _write(records, view, [one for case in lot for one in case], report, wait=False)
        done += len(lot)
        progress(done, len(lots))
    for term in busy if going() else ():       # somebody had the case in hand: now wait for it
        _write(records, view, [term], report, wait=True)
    return report


def _found(session: Session, view: View, report: Report) -> Iterator[list[Term]]:
    """Terms about which there is something to do: (clock, case), those of one case together. A dry run notes what it is."""
    query = select(Clock, CaseFile).join(CaseFile, col(CaseFile.id) == col(Clock.case_id)).where(col(Clock.state) == "running", or_(
        col(Clock.due).is_(None), (col(Clock.level) == "none") & (col(Clock.due) <= view.reach()),
        (col(Clock.due) < view.day) & (col(Clock.level) != "red"))).order_by(col(Clock.case_id), col(Clock.start), col(Clock.id))
    rows = session.exec(query.execution_options(yield_per=TOGETHER))
    for _, terms in groupby(rows, key=lambda row: row[1].id):
        lot = []
        for clock, case in terms:
            report.looked += 1
            try:
                steps = list(view.steps(clock, case.state, case.division))
                if steps:
                    lot.append((clock.id, case.id))
                if report.dry_run:
                    report.raised += [_told(session, clock, step) for step in steps]
            except Unavailable:
                raise
            except Exception as error:
                report.failed.append(Failure(clock.id, case.id, error))
        if lot:
            yield lot


def _write(records: Records, view: View, terms: list[Term], report: Report, wait: bool) -> list[Term]:
    """Make the findings again under lock and act on them, all in one act; where that goes wrong each in one of its own, so that only what is broken fails.

    Gives the terms whose case somebody else has in hand.
    """
    try:
        told, busy = records.do(_turn(view, terms, wait))
    except Contended:
        return terms
    except Unavailable:
        raise
    except Exception as error:
        if len(terms) == 1:
            report.failed.append(Failure(*terms[0], error))
            return []
        return [one for term in terms for one in _write(records, view, [term], report, wait)]
    report.raised += told
    return busy


def _turn(view: View, terms: Sequence[Term], wait: bool) -> Callable[[Pages], tuple[list[Raised], list[Term]]]:
    """The act of looking at terms and doing what there is to do: what was raised, and the terms whose case is in somebody else's hands.

    The cases are locked first and in one order, as in every act, so that nobody waits in a circle.
    """
    def does(pages: Pages) -> tuple[list[Raised], list[Term]]:
        session = pages.session
        asked = session.exec(select(CaseFile).where(col(CaseFile.id).in_(sorted({case_id for _, case_id in terms}))).order_by(col(CaseFile.id))
                             .with_for_update(skip_locked=not wait).execution_options(populate_existing=True))
        cases = {case.id: case for case in asked}
        running = session.exec(select(Clock).where(col(Clock.id).in_([clock_id for clock_id, case_id in terms if case_id in cases]),
                                                   col(Clock.state) == "running").order_by(col(Clock.case_id), col(Clock.start), col(Clock.id))
                               .with_for_update().execution_options(populate_existing=True))
        told = []
        for clock in list(running):
            case = cases[clock.case_id]
            for step in list(view.steps(clock, case.state, case.division)):
                if step.what == "overdue" and found(session, Deferral, clock.subject_id).state != "promised":
                    continue
                one = _told(session, clock, step)
                _act(pages, view, case, clock, step, one)
                told.append(one)
        return told, [term for term in terms if term[1] not in cases]

    return does


def _act(pages: Pages, view: View, case: CaseFile, clock: Clock, step: Step, one: Raised) -> None:
    note = {"due": step.due.isoformat(), "kind": clock.kind}
    if step.what == "due":
        clock.due = step.due
        if clock.subject == "deferral" and clock.kind == "supplement":
            row = found(pages.session, Deferral, clock.subject_id)
            row.due, row.due_rule = step.due, {name: value for name, value in row.due_rule.items() if name != "missing"}
            pages.session.add(row)
        tell(pages, case.id, ("clock", clock.id), "due", CLOCK, note)
        return
    if step.what == "deemed_accepted":
        move(pages, CASE, case, "deem", CLOCK, case.id, {**note, "decision": case.decision_id})
        clock.state, clock.level = "stopped", step.card
        if not handling(pages.session, case.id):      # accepted from receipt, so the time for handling has run since then
            start_handling(pages, view.rulebook, case.item, case.division, case.id, case.received_on)
    elif step.what == "overdue":
        move(pages, DEFERRAL, found(pages.session, Deferral, clock.subject_id), "lapse", CLOCK, case.id, {**note, "promise": "broken"})
        clock.state = "stopped"
    else:
        tell(pages, case.id, ("clock", clock.id), "raise", CLOCK, note, clock.level, step.card)
        clock.level = step.card
    # an extended term is raised anew, so the day due belongs to the source
    raised(pages, case.id, "term" if step.what in ("deemed_accepted", "overdue") else "lateness", step.what, step.card,
           f"{clock.id}@{step.due.isoformat()}", one.zh, one.en)


def _told(session: Session, clock: Clock, step: Step) -> Raised:
    row = session.get(Deferral, clock.subject_id) if clock.kind == "supplement" else None
    ticket = session.get(Ticket, clock.subject_id) if clock.subject == TICKET.subject else None
    zh, en = said(clock.kind, step.what, step.card, step.due, row, names(session, row) if row is not None else ("", ""), ticket)
    return Raised(clock.case_id, clock.id, clock.kind, step.what, step.card, step.due, zh, en)
