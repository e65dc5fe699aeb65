"""Arrivals, extensions and what follows a late supplement are those of the tables (tests/tables/lifecycle_*.csv), and the laws behind them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.catalogue import Calendar
from engine.deadlines import UNIT_CODES, MissingCalendar, is_working_day
from engine.lifecycle.deferrals import arrival, consequence, extended_due, late
from engine.lifecycle.machines import DEFERRAL
from engine.problems import Refused
from tests.bundled import rulebook
from tests.engine.lifecycle.tables import rows

CALENDAR = rulebook().calendar
CHANNELS = {"纸质": "paper", "网上": "online"}
calm = settings(deadline=None, max_examples=200)
working = st.dates(date(2025, 1, 1), date(2026, 9, 30)).filter(lambda day: is_working_day(day, CALENDAR))
units = st.sampled_from(tuple(UNIT_CODES.values()))


@pytest.mark.parametrize("row", rows("lifecycle_arrivals"), ids=lambda row: f"{row['到达时间']}-{row['渠道']}-{row['关门时间']}")
def test_an_arrival_counts_for_the_day_of_the_table(row):
    when, channel, closes = datetime.fromisoformat(row["到达时间"]), CHANNELS[row["渠道"]], time.fromisoformat(row["关门时间"])
    assert arrival(when, channel, closes).isoformat() == row["算哪一天"]
    assert late(when, date.fromisoformat(row["到期日"]), channel, closes) == (row["逾期"] == "是")


@pytest.mark.parametrize("row", rows("lifecycle_extensions"), ids=lambda row: f"{row['到期日']}-{row['受影响自']}-{row['受影响至']}{row['单位']}")
def test_force_majeure_moves_the_day_due_as_the_table_says(row):
    asked = (date.fromisoformat(row["到期日"]), (date.fromisoformat(row["受影响自"]), date.fromisoformat(row["受影响至"])), CALENDAR, (), UNIT_CODES[row["单位"]])
    if row["缺哪年"]:
        with pytest.raises(MissingCalendar) as missing:
            extended_due(*asked)
        assert missing.value.year == int(row["缺哪年"])
    elif row["不行的原因"]:
        with pytest.raises(Refused) as refused:
            extended_due(*asked)
        (problem,) = refused.value.problems
        assert problem.code == row["不行的原因"] and row["受影响自"] in problem.zh and problem.zh.endswith("。") and problem.en.endswith(".")
    else:
        assert extended_due(*asked).isoformat() == row["新的到期日"]


@pytest.mark.parametrize("row", rows("lifecycle_overdue"), ids=lambda row: f"{row['方式']}-{row['公布的后果']}")
def test_what_follows_a_late_supplement_is_published_or_decided_by_a_person(row):
    modes = {mode.name: mode.code for mode in rulebook().routes["deferral"].modes}
    term = rulebook().vocabulary.terms["逾期后果"]
    codes = {value.name: value.code for value in term.values}
    move = consequence(modes[row["方式"]], codes.get(row["公布的后果"]))
    if move is None:
        assert row["接下来"] == "由人决定"
        return
    assert next(one.zh for one in DEFERRAL.moves if one.name == move) == row["接下来"]
    assert DEFERRAL.after("overdue", move)


def test_every_consequence_a_division_can_publish_has_its_move():
    for value in rulebook().vocabulary.terms["逾期后果"].values:
        move = consequence("accept_first", value.code)
        assert move is not None and DEFERRAL.after("overdue", move)


@calm
@given(working, st.integers(-30, 0), st.integers(0, 30), units)
def test_an_extension_never_shortens_and_ends_on_a_working_day(due, back, length, unit):
    first = due + timedelta(days=back)
    found = extended_due(due, (first, first + timedelta(days=length)), CALENDAR, (), unit)
    assert found >= due and is_working_day(found, CALENDAR)


@calm
@given(working, st.integers(-30, 0), st.integers(0, 20), st.integers(0, 20), units)
def test_who_lost_more_days_is_never_due_earlier(due, back, length, more, unit):
    first = due + timedelta(days=back)
    shorter, longer = (extended_due(due, (first, first + timedelta(days=n)), CALENDAR, (), unit) for n in (length, length + more))
    assert shorter <= longer


@calm
@given(working, st.integers(-30, 0), st.integers(0, 30))
def test_an_extended_day_leaves_as_many_working_days_as_before_the_event(due, back, length):
    """What was left when the event began is left after it: no working day is lost to the applicant."""
    first = due + timedelta(days=back)
    last = first + timedelta(days=length)
    found = extended_due(due, (first, last), CALENDAR)
    left = sum(is_working_day(first + timedelta(days=n), CALENDAR) for n in range((due - first).days + 1))
    after = sum(is_working_day(last + timedelta(days=n), CALENDAR) for n in range(1, (found - last).days + 1))
    assert after == left


@calm
@given(st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)), st.times())
def test_online_is_never_later_than_paper(when, closes):
    assert arrival(when, "online", closes) == when.date() <= arrival(when, "paper", closes) <= when.date() + timedelta(days=1)


def test_a_local_holiday_is_no_day_to_be_due_on():
    calendar = Calendar(CALENDAR.years, {("513400", 2026): frozenset({date(2026, 11, 23)})})
    lost = (date(2026, 11, 20), date(2026, 11, 20))
    assert extended_due(date(2026, 11, 20), lost, calendar, ("513424", "513400")) == date(2026, 11, 24)
    assert extended_due(date(2026, 11, 20), lost, calendar, ("210400",)) == date(2026, 11, 23)
