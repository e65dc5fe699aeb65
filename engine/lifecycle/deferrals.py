"""Deferred materials after the promise: on which day an arrival counts, whether it is late, how force majeure moves the day due, what follows.

There is no national statute on 容缺受理: terms and consequences are those a division publishes. The promised time of the item already
bounds the first day due (see `engine.body`); an extension for force majeure may pass it, because the bound disciplines the authority's own
schedule and would otherwise take away what the event made impossible (待法务核对: 民法典 180 and practice, no text that says so).
Nothing here sets a state by itself: a person or the doors make the move.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta, timezone
from typing import Final, Literal

from engine.catalogue import Calendar
from engine.deadlines import due as last_day
from engine.deadlines import is_working_day
from engine.law import Span
from engine.problems import Problem, Refused

Channel = Literal["paper", "online"]

#: The clock of every term (REQ-48): China has one zone and no summer time. Times without a zone are taken as Beijing time.
BEIJING: Final = timezone(timedelta(hours=8))

APPROVE_FIRST: Final = "approve_first"   # 承诺审批

#: Move of DEFERRAL for each consequence a division can publish (vocabulary, 逾期后果): 浙江 11(2), 安阳 24(1), 西安, 抚顺.
_MOVES: Final = {"acceptance_cancelled": "cancel_acceptance", "deemed_withdrawn": "deem_withdrawn", "terminated": "terminate", "rectify_or_revoke": "order"}


def arrival(day_time: datetime, channel: Channel, closes: time) -> date:
    """The day an arrival counts for (民法典 203(2): a day ends at 24:00, or, where there are business hours, when business stops).

    Online counts until 24:00; paper that comes after the hall's closing time (`closes`, local) counts for the next day; at the very minute
    of closing it is still in time. A time with a zone is read in Beijing time.
    """
    local = day_time.astimezone(BEIJING).replace(tzinfo=None) if day_time.tzinfo else day_time
    closed = channel == "paper" and local.time() > closes
    return local.date() + timedelta(days=1) if closed else local.date()


def late(arrived: datetime, due: date, channel: Channel, closes: time) -> bool:
    """Whether it came after the day due. The day of arrival counts, not the day of sending (practice, 待法务核对)."""
    return arrival(arrived, channel, closes) > due


def extended_due(due: date, days_lost: tuple[date, date], calendar: Calendar, chain: Iterable[str] = (), unit: str = "working_day") -> date:
    """The day due after force majeure took away the days `days_lost` (first and last, both included).

    Formula: as many days as were lost are given back after the old day due, in the `unit` of the term (`due_rule.unit` of the body): working
    days lost as working days, else calendar days, moved to the next working day (民法典 203(1)). Never earlier than `due`. The event must
    have begun by the day due: what happens later took nothing away (`Refused`). Raises MissingCalendar as elsewhere.
    """
    first, last = days_lost
    if last < first:
        raise Refused([Problem("extension-days", f"受影响的最后一天 {last} 早于第一天 {first}。", f"The last day lost, {last}, is before the first, {first}.")])
    if first > due:
        raise Refused([Problem("extension-after-due", f"受影响的日子从 {first} 开始，期限在 {due} 已经届满，不能因此延长。",
                               f"The days lost begin on {first}, after the term had ended on {due}; they cannot extend it.")])
    places = tuple(chain)
    lost = (last - first).days + 1
    if unit == "working_day":
        gone = sum(is_working_day(first + timedelta(days=n), calendar, places) for n in range(lost))
        return last_day(due, Span(gone, "工作日"), calendar, places) if gone else due
    return last_day(due, Span(lost, "自然日"), calendar, places)


def consequence(mode: str, overdue_consequence: str | None) -> str | None:
    """The move of DEFERRAL that follows an overdue supplement; None: nothing happens by itself, a person decides.

    `mode`: `approve_first` (承诺审批: the decision is out, so an order to rectify comes first and revocation only after it) or `accept_first`
    (容缺受理: what the division publishes). `overdue_consequence`: the code of the division's 逾期后果, None where it publishes none.
    """
    if mode == APPROVE_FIRST:
        return "order"
    return _MOVES.get(overdue_consequence or "")
