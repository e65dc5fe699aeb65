"""Cards are those of the table (tests/tables/lifecycle_lateness.csv), and the laws that any thresholds must obey."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.catalogue import Calendar
from engine.deadlines import MissingCalendar, due
from engine.law import Span
from engine.lifecycle.lateness import LEVELS, Thresholds, level, working_days_between
from engine.problems import Refused
from tests.bundled import rulebook
from tests.engine.lifecycle.tables import rows

CALENDAR = rulebook().calendar
WORDS = dict(zip(("无", "预警", "黄牌", "红牌"), LEVELS, strict=True))
calm = settings(deadline=None, max_examples=200)
days = st.dates(date(2025, 1, 1), date(2026, 10, 31))
thresholds = st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5)).map(lambda one: Thresholds(one[0], one[1], one[1] + one[2]))


@pytest.mark.parametrize("row", rows("lifecycle_lateness"), ids=lambda row: f"{row['到期日']}-{row['今天']}-{row['级别']}")
def test_the_card_is_the_one_of_the_table(row):
    asked = (date.fromisoformat(row["到期日"]), date.fromisoformat(row["今天"]),
             Thresholds(int(row["提前预警"]), int(row["黄牌超过"]), int(row["红牌超过"])), CALENDAR)
    if row["缺哪年"]:
        with pytest.raises(MissingCalendar) as missing:
            level(*asked)
        assert missing.value.year == int(row["缺哪年"])
    else:
        assert level(*asked) == WORDS[row["级别"]]


@calm
@given(days, days, st.integers(0, 40), thresholds)
def test_a_later_day_is_never_less_late(due_day, today, later, limits):
    assert LEVELS.index(level(due_day, today, limits, CALENDAR)) <= LEVELS.index(level(due_day, today + timedelta(days=later), limits, CALENDAR))


@calm
@given(days, days, thresholds)
def test_a_card_says_how_many_working_days_are_gone(due_day, today, limits):
    found, gone = level(due_day, today, limits, CALENDAR), working_days_between(due_day, today, CALENDAR)
    assert (found == "red") == (gone > limits.red_after)
    assert (found in ("yellow", "red")) == (gone > limits.yellow_after)
    assert (found == "none") == (today <= due_day and -gone > limits.warn_before)


@calm
@given(days, st.integers(1, 30))
def test_a_span_of_working_days_is_counted_back_to_its_length(start, count):
    assert working_days_between(start, due(start, Span(count, "工作日"), CALENDAR), CALENDAR) == count


@calm
@given(days, days)
def test_counting_backwards_is_the_same_with_the_other_sign(one, other):
    assert working_days_between(one, other, CALENDAR) == -working_days_between(other, one, CALENDAR)


def test_a_local_holiday_is_no_working_day_there():
    calendar = Calendar(CALENDAR.years, {("513400", 2026): frozenset({date(2026, 11, 23)})})
    limits = Thresholds(0, 0, 1)
    assert level(date(2026, 11, 20), date(2026, 11, 23), limits, calendar, ("513424", "513400", "000000")) == "warning"
    assert level(date(2026, 11, 20), date(2026, 11, 23), limits, calendar, ("210400",)) == "yellow"


@pytest.mark.parametrize("limits", [(-1, 0, 0), (0, -1, 0), (0, 3, 2), (2, 0, -1)])
def test_thresholds_that_cannot_be_meant_are_refused(limits):
    with pytest.raises(Refused) as refused:
        Thresholds(*limits)
    (problem,) = refused.value.problems
    assert problem.code == "lateness-thresholds" and all(f" {number} " in problem.zh or f"{number}、" in problem.zh for number in limits)
