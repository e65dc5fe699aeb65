"""Days due: working days, natural days, months, from a published calendar.

Sources: 行政许可法 82 (short periods are working days); 民法典 200–204 (the day a period starts is not counted; a month
ends on the corresponding day, else on the month's last; a last day on a holiday moves to the next working day). A year
without a published calendar is never guessed: `MissingCalendar` is raised. No clock here: days come in as arguments.
"""

from __future__ import annotations

import calendar as months
from collections.abc import Iterable
from datetime import date, timedelta

from engine.catalogue import Calendar
from engine.law import Span

#: Rough length in working hours, only to tell which of two spans is stricter, never to compute a day.
_WEIGHT = {"小时": 1.0, "工作日": 8.0, "自然日": 8.0 * 5 / 7, "月": 8.0 * 21}

UNIT_CODES = {"小时": "hour", "工作日": "working_day", "自然日": "natural_day", "月": "month"}
UNIT_WORDS = {code: word for word, code in UNIT_CODES.items()}


class MissingCalendar(Exception):
    """The year has no published calendar; carries the `year`."""

    def __init__(self, year: int):
        self.year = year
        super().__init__(f"no calendar for {year}")


def is_working_day(day: date, calendar: Calendar, chain: Iterable[str] = ()) -> bool:
    """Whether offices work on the day; `chain`: divisions whose local holidays count. Raises MissingCalendar."""
    year = calendar.years.get(day.year)
    if year is None:
        raise MissingCalendar(day.year)
    if day in year.worked:
        return True
    if day.weekday() >= 5 or day in year.holidays:
        return False
    return not any(day in calendar.local.get((place, day.year), ()) for place in chain)


def due(start: date, span: Span, calendar: Calendar, chain: Iterable[str] = ()) -> date:
    """The last day of a span that starts on `start` (not counted). Hours end on the start day or the next working day.

    Raises MissingCalendar when a day needed lies in a year without a calendar.
    """
    places = tuple(chain)
    if span.unit == "工作日":
        day, left = start, span.count
        while left > 0:
            day += timedelta(days=1)
            left -= is_working_day(day, calendar, places)
        return day
    try:
        day = _last_day(start, span)
    except (OverflowError, ValueError):   # later than any day that can be written: no calendar reaches there
        raise MissingCalendar(date.max.year) from None
    while not is_working_day(day, calendar, places):
        day += timedelta(days=1)
    return day


def shortest(start: date, span: Span) -> date:
    """The day before which a span surely does not end, whatever the calendar says; it may end later."""
    try:
        return _last_day(start, Span(span.count, "自然日") if span.unit == "工作日" else span)
    except (OverflowError, ValueError):
        return date.max


def _last_day(start: date, span: Span) -> date:
    """The last day of hours, natural days or months, before it moves off a holiday (民法典 202: no such day, the month's last)."""
    if span.unit == "小时":
        return start
    if span.unit == "自然日":
        return start + timedelta(days=span.count)
    year, month = divmod(start.year * 12 + start.month - 1 + span.count, 12)
    return date(year, month + 1, min(start.day, months.monthrange(year, month + 1)[1]))


def stricter(one: Span, other: Span, direction: str) -> Span:
    """The stricter of two spans: the shorter for 短, the longer for 长, the first for 不比较."""
    if direction == "不比较":
        return one
    shorter, longer = sorted((one, other), key=lambda span: _WEIGHT[span.unit] * span.count)
    return shorter if direction == "短" else longer


def due_fields(start: date, span: Span, calendar: Calendar, chain: Iterable[str] = ()) -> dict[str, object]:
    """`due`, `due_rule` and, where a calendar is missing, `due_missing`: never a guess, never a failure."""
    fields: dict[str, object] = {
        "due": None, "due_rule": {"start": start.isoformat(), "count": span.count, "unit": UNIT_CODES[span.unit]}}
    try:
        fields["due"] = due(start, span, calendar, chain).isoformat()
    except MissingCalendar as missing:
        fields["due_missing"] = f"calendar-{missing.year}"
    return fields
