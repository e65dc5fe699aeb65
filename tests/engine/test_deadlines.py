"""Days due are those of the table (tests/tables/deadlines.csv), and the laws that any table must obey."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.catalogue import Calendar
from engine.deadlines import UNIT_CODES, MissingCalendar, due, due_fields, is_working_day, stricter
from engine.law import Span
from tests.bundled import rulebook

TABLE = Path(__file__).parent.parent / "tables" / "deadlines.csv"
CALENDAR = rulebook().calendar
FIRST, LAST = date(2018, 1, 1), date(2026, 12, 31)
calm = settings(deadline=None, max_examples=200)
days = st.dates(FIRST, date(2026, 6, 30))
units = st.sampled_from(tuple(UNIT_CODES))


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['起算日']}-{row['数']}{row['单位']}")
def test_a_span_ends_on_the_day_the_table_says(row):
    start, span = date.fromisoformat(row["起算日"]), Span(int(row["数"]), row["单位"])
    rule = {"start": row["起算日"], "count": span.count, "unit": UNIT_CODES[span.unit]}
    if row["缺哪年"]:
        with pytest.raises(MissingCalendar) as missing:
            due(start, span, CALENDAR)
        assert missing.value.year == int(row["缺哪年"])
        assert due_fields(start, span, CALENDAR) == {"due": None, "due_rule": rule, "due_missing": f"calendar-{row['缺哪年']}"}
    else:
        assert due(start, span, CALENDAR).isoformat() == row["最后一天"]
        assert due_fields(start, span, CALENDAR) == {"due": row["最后一天"], "due_rule": rule}


def test_every_day_from_2018_to_2026_is_a_working_day_exactly_when_the_chinesecalendar_package_says():
    every = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    differ = [day.isoformat() for day in every if is_working_day(day, CALENDAR) != chinese_calendar.is_workday(day)]
    assert differ == []


@pytest.mark.parametrize("day", [date(2017, 12, 31), date(2027, 1, 1), date(2027, 1, 2)])
def test_a_year_without_a_published_calendar_is_never_guessed(day):
    with pytest.raises(MissingCalendar):
        is_working_day(day, CALENDAR)


@calm
@given(days, units, st.integers(1, 60), st.integers(0, 30))
def test_a_longer_span_never_ends_earlier(start, unit, count, more):
    if unit == "月":
        count, more = count % 4 + 1, more % 3
    try:
        later = due(start, Span(count + more, unit), CALENDAR)
    except MissingCalendar:
        return
    assert due(start, Span(count, unit), CALENDAR) <= later


@calm
@given(days, st.integers(0, 40), units, st.integers(1, 30))
def test_a_later_start_never_ends_earlier(start, wait, unit, count):
    if unit == "月":
        count = count % 4 + 1
    try:
        later = due(start + timedelta(days=wait), Span(count, unit), CALENDAR)
    except MissingCalendar:
        return
    assert due(start, Span(count, unit), CALENDAR) <= later


@calm
@given(days, units, st.integers(1, 90))
def test_the_day_due_is_a_working_day_and_not_before_the_start(start, unit, count):
    try:
        found = due(start, Span(count if unit != "月" else count % 5 + 1, unit), CALENDAR)
    except MissingCalendar:
        return
    assert is_working_day(found, CALENDAR) and found >= start
    assert found > start or unit == "小时"


@calm
@given(days, st.integers(1, 60))
def test_working_days_are_counted_one_by_one_without_the_first(start, count):
    found = due(start, Span(count, "工作日"), CALENDAR)
    between = [start + timedelta(days=n) for n in range(1, (found - start).days + 1)]
    assert sum(is_working_day(day, CALENDAR) for day in between) == count


def test_a_local_holiday_counts_only_where_it_is_kept():
    autumn = date(2026, 11, 20)   # a Friday
    calendar = Calendar(CALENDAR.years, {("513400", 2026): frozenset({autumn})})
    assert is_working_day(autumn, calendar) and is_working_day(autumn, calendar, ("210400", "210000", "000000"))
    assert not is_working_day(autumn, calendar, ("513424", "513400", "510000", "000000"))
    assert due(date(2026, 11, 19), Span(1, "工作日"), calendar, iter(("513424", "513400"))) == date(2026, 11, 23)
    assert due(date(2026, 11, 19), Span(1, "工作日"), calendar, ("210400",)) == autumn


@pytest.mark.parametrize(("one", "other", "direction", "wanted"), [
    (Span(5, "工作日"), Span(3, "工作日"), "短", Span(3, "工作日")),
    (Span(5, "工作日"), Span(3, "工作日"), "长", Span(5, "工作日")),
    (Span(5, "工作日"), Span(3, "工作日"), "不比较", Span(5, "工作日")),
    (Span(8, "小时"), Span(2, "工作日"), "短", Span(8, "小时")),
    (Span(20, "自然日"), Span(1, "月"), "短", Span(20, "自然日")),
    (Span(5, "工作日"), Span(5, "自然日"), "短", Span(5, "自然日")),
])
def test_the_stricter_of_two_spans_is_the_shorter_or_the_longer_as_the_term_says(one, other, direction, wanted):
    assert stricter(one, other, direction) == wanted
    if direction != "不比较":
        assert stricter(other, one, direction) == wanted
