"""Terms that run: which a case starts with, their days over holidays, what ends them, and a year without a calendar."""

from __future__ import annotations

from datetime import date

import pytest

from api.records import cases, clocks
from api.records.acts import APPLICANT
from api.records.notices import freeze
from engine.law import Span
from tests.bundled import rulebook
from tests.records.deferring import KINDS, OFFICER, at, clocks_of, document, in_hand, new, opened_case, rows

UNITS = {"工作日": "working_day", "自然日": "natural_day", "月": "month", "小时": "hour"}


@pytest.mark.parametrize("row", [row for row in rows("deadlines") if int(row["数"]) < 1_000_000], ids=lambda row: f"{row['起算日']}+{row['数']}{row['单位']}")
def test_a_term_that_starts_is_due_as_the_table_of_deadlines_says(sqlite_records, row):
    case_id = opened_case(sqlite_records)
    start, span = date.fromisoformat(row["起算日"]), Span(int(row["数"]), row["单位"])
    due = sqlite_records.do(lambda pages: clocks.start(pages, rulebook(), "000000", case_id, ("material", "test"), "follow_up", start, span))
    assert (due.isoformat() if due else "") == row["最后一天"]
    clock = clocks_of(sqlite_records, "test")["follow_up"]
    assert (clock.start, clock.count, clock.unit, clock.due, clock.state, clock.level) == (start, span.count, UNITS[span.unit], due, "running", "none")


@pytest.mark.parametrize(("kind", "notice", "handling"), [
    ("餐饮", {"notice": ("2026-10-10", 5)}, {"promised": ("2026-10-16", 10), "legal": ("2026-10-30", 20)}),
    ("设立", {}, {"promised": ("2026-10-08", 3), "legal": ("2026-10-08", 3)})])
def test_the_notice_runs_from_receipt_of_a_permit_and_the_handling_from_acceptance(records, hands, kind, notice, handling):
    """行政许可法 32, 42: while the applicant still has to act, nobody is late with handling."""
    at(hands, "2026-09-28")
    case_id = opened_case(records, kind, "513424")
    assert {name: (str(clock.due), clock.count) for name, clock in clocks_of(records, case_id).items()} == notice
    records.do(cases.go(records, case_id, "accept", OFFICER))
    found = clocks_of(records, case_id)
    assert {name: (str(clock.due), clock.count) for name, clock in found.items() if name != "notice"} == handling
    assert {clock.start for clock in found.values()} == {date(2026, 9, 28)}


def test_a_case_in_which_nothing_is_lacking_is_handled_from_receipt_and_a_later_one_from_the_day_it_was_complete(records, hands):
    at(hands, "2026-09-28")
    whole = document("餐饮", "513424", records.today())
    whole["handed_in"] = [*whole["handed_in"], KINDS["餐饮"][1]]
    at_once = records.submit(new(records, whole)).result().case_id
    assert clocks_of(records, at_once)["promised"].start == date(2026, 9, 28)
    case_id = opened_case(records, "餐饮", "513424")
    at(hands, "2026-10-09")
    records.do(cases.decide_anew(records, cases.Anew(case_id, {"handed_in": whole["handed_in"], "evidence": whole["evidence"]}, records.today())))
    assert clocks_of(records, case_id)["promised"].start == date(2026, 10, 9)


def test_a_term_into_a_year_without_a_calendar_runs_without_a_day(records, hands):
    at(hands, "2026-12-25")
    found = clocks_of(records, in_hand(records, "餐饮", "513424"))
    assert {name: clock.due for name, clock in found.items()} == {"notice": None, "promised": None, "legal": None}
    assert {clock.state for name, clock in found.items() if name != "notice"} == {"running"}


@pytest.mark.parametrize(("acts", "running"), [
    (("freeze",), set()), (("freeze", "accept"), {"promised", "legal"}), (("accept",), {"promised", "legal"}), (("accept", "grant"), set()),
    (("accept", "refuse"), set()), (("not_accept",), set()), (("withdraw",), set()), (("accept", "terminate"), set())])
def test_what_is_done_ends_the_terms_it_answers(records, hands, acts, running):
    at(hands, "2026-09-28")
    case_id = opened_case(records, "餐饮", "513424")
    for name in acts:
        records.do(freeze(records, case_id, OFFICER) if name == "freeze" else cases.go(records, case_id, name, APPLICANT if name == "withdraw" else OFFICER))
    assert {name for name, clock in clocks_of(records, case_id).items() if clock.state == "running"} == running


def test_a_term_that_runs_on_forgets_what_was_raised_of_the_old_day(records, hands):
    at(hands, "2026-09-28")
    case_id = opened_case(records)
    subject = ("material", "test")
    records.do(lambda pages: clocks.run(pages, case_id, subject, "rectify", {"start": "2026-09-28", "count": 2, "unit": "natural_day"}, date(2026, 9, 30)))
    records.do(lambda pages: clocks.stop(pages.session, subject, "rectify"))
    records.do(lambda pages: clocks.again(pages.session, subject, "rectify", date(2026, 10, 9)))
    clock = clocks_of(records, "test")["rectify"]
    assert (clock.due, clock.state, clock.level) == (date(2026, 10, 9), "running", "none")
    with records.reading() as session:
        assert clocks.due_of(session, subject, "rectify") == date(2026, 10, 9) and clocks.due_of(session, subject, "check") is None
