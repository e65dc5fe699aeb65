"""How late something is, in working days: nothing, a warning, a yellow or a red card.

邵阳 五3 speaks of 实时预警 and 黄牌、红牌 but states no thresholds, and it is a signed article, no norm: the thresholds are the
configuration of whoever supervises, never law. Lateness never waives a material and never grants anything. No clock here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from engine.catalogue import Calendar
from engine.deadlines import is_working_day
from engine.problems import Problem, Refused

Level = Literal["none", "warning", "yellow", "red"]

#: The levels, the mildest first.
LEVELS: Final[tuple[Level, ...]] = ("none", "warning", "yellow", "red")


@dataclass(frozen=True, slots=True)
class Thresholds:
    """In working days. Warning from `warn_before` before the day due; yellow when overdue by more than `yellow_after`, red by
    more than `red_after`. Configuration, not law."""

    warn_before: int
    yellow_after: int
    red_after: int

    def __post_init__(self) -> None:
        if not (self.warn_before >= 0 and 0 <= self.yellow_after <= self.red_after):
            raise Refused([Problem(
                "lateness-thresholds",
                f"预警 {self.warn_before}、黄牌 {self.yellow_after}、红牌 {self.red_after} 个工作日不能用：都不能小于零，红牌不能早于黄牌。",
                f"Warning {self.warn_before}, yellow {self.yellow_after} and red {self.red_after} working days cannot be used: none may be below "
                "zero and red may not come before yellow.")])


def working_days_between(start: date, end: date, calendar: Calendar, chain: Iterable[str] = ()) -> int:
    """Working days after `start` up to and including `end` (民法典 201: the first day is not counted); negative when `end` is earlier.

    Raises MissingCalendar for a year without a published calendar.
    """
    if end < start:
        return -working_days_between(end, start, calendar, chain)
    places = tuple(chain)
    return sum(is_working_day(start + timedelta(days=n), calendar, places) for n in range(1, (end - start).days + 1))


def level(due: date, today: date, thresholds: Thresholds, calendar: Calendar, chain: Iterable[str] = ()) -> Level:
    """How late it is on `today` what was due on `due`. The day due itself is never late: at most a warning.

    Once the day has passed it stays a warning until more than `yellow_after` working days are gone, so a weekend never turns a card.
    Raises MissingCalendar only where the missing year could change the answer.
    """
    places = tuple(chain)
    if today <= due:
        return "none" if _more_than(thresholds.warn_before, today, due, calendar, places) else "warning"
    if _more_than(thresholds.red_after, due, today, calendar, places):
        return "red"
    return "yellow" if _more_than(thresholds.yellow_after, due, today, calendar, places) else "warning"


def _more_than(count: int, start: date, end: date, calendar: Calendar, places: tuple[str, ...]) -> bool:
    """Whether more than `count` working days lie after `start` up to `end`; stops looking as soon as it is sure."""
    if (end - start).days <= count:
        return False
    day = start
    while day < end:
        day += timedelta(days=1)
        count -= is_working_day(day, calendar, places)
        if count < 0:
            return True
    return False
