"""A deferred material that stayed away: what a person may do about it by what the place publishes, days that are given back, looking it up."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlmodel import select

from api.records import cases
from api.records import deferral_acts as acts
from api.records.acts import Conflict, NoSuchRecord
from api.records.deferrals import deferrals
from api.records.records import Records
from api.records.tables import Credit, Deferral
from engine.lifecycle.moves import IllegalMove
from engine.problems import Refused
from tests.records.deferring import OFFICER, act, alerts, at, case_now, clocks_of, deferral_now, handed, notes_of, promised, ticked
from tests.records.writing import sound

# -- overdue --------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("division", "move", "state", "case_state"), [
    ("330000", "cancel_acceptance", "acceptance_cancelled", "acceptance_cancelled"), ("410500", "deem_withdrawn", "deemed_withdrawn", "deemed_withdrawn"),
    ("440000", "terminate", "terminated", "terminated")])
def test_only_the_consequence_of_the_place_may_be_applied_and_the_case_moves_along(records, hands, division, move, state, case_state):
    at(hands, "2026-09-28")
    row = promised(records, division=division)
    records.do(cases.go(records, row.case_id, "accept", OFFICER))
    with pytest.raises(IllegalMove, match="容缺补交已承诺补交"):
        act(records, row, move)
    ticked(records, hands, "2026-10-08")
    assert case_now(records, row.case_id).state == "accepted"       # nothing happened by itself
    assert move in acts.may(deferral_now(records, row))
    for other in {"cancel_acceptance", "deem_withdrawn", "terminate", "order"} - {move}:
        assert other not in acts.may(deferral_now(records, row))
        with pytest.raises(Conflict) as refused:
            act(records, row, other)
        assert refused.value.code == ("no-such-consequence" if division == "440000" else "other-consequence")
        if division != "440000":
            assert {"cancel_acceptance": "撤销受理", "deem_withdrawn": "视为撤回申请"}[move] in refused.value.zh
    with pytest.raises(Refused) as missing:
        act(records, row, move, note=" ")
    assert missing.value.problems[0].field == "note"
    assert act(records, row, move).state == state and case_now(records, row.case_id).state == case_state
    assert {clock.state for clock in (*clocks_of(records, row.case_id).values(), *clocks_of(records, row.id).values())} == {"stopped"}
    assert ("deferral", row.id) == ("deferral", notes_of(records, move)[-1].get("deferral", row.id))
    sound(records)


def test_a_consequence_the_state_of_the_case_does_not_allow_changes_nothing(records, hands):
    at(hands, "2026-09-28")
    row = promised(records, division="330000")
    ticked(records, hands, "2026-10-08")
    with pytest.raises(IllegalMove, match="办件已收件，不能撤销受理"):
        act(records, row, "cancel_acceptance")
    assert deferral_now(records, row).state == "overdue"


def test_it_may_still_be_taken_late(records, hands):
    at(hands, "2026-09-28")
    row = promised(records)
    ticked(records, hands, "2026-10-08")
    assert handed(records, row).state == "supplemented_late"


def test_after_approval_first_comes_an_order_to_rectify_and_then_revocation(records, hands):
    at(hands, "2026-11-20")
    row = promised(records, "卫生", "210400")
    records.do(cases.go(records, row.case_id, "accept", OFFICER))
    records.do(cases.go(records, row.case_id, "grant", OFFICER))
    ticked(records, hands, "2026-11-30")
    with pytest.raises(IllegalMove):
        act(records, row, "revoke")
    for until in (None, date(2026, 11, 30)):
        with pytest.raises(Refused):
            act(records, row, "order", until=until)
    assert act(records, row, "order", until=date(2026, 12, 4)).state == "rectifying"
    clock = clocks_of(records, row.id)["rectify"]
    assert (clock.due, clock.unit, clock.count) == (date(2026, 12, 4), "natural_day", 4)
    at(hands, "2026-12-04")
    with pytest.raises(Conflict, match="order-running"):
        act(records, row, "revoke")
    at(hands, "2026-12-05")
    assert act(records, row, "revoke").state == "revoked" and case_now(records, row.case_id).state == "revoked"
    broken = [one for one in alerts(records) if one.code == "promise_broken"]
    assert [(one.kind, one.card, one.source) for one in broken] == [("term", "none", row.id)] and "没有规则写明后果" in broken[0].zh
    with records.reading() as session:
        assert list(session.exec(select(Credit))) == []      # no rule says that a broken promise counts against anybody


# -- extending ------------------------------------------------------------------------------------------------------------

def longer(records: Records, row: Deferral, first: str, last: str) -> Deferral:
    return records.do(acts.extend(records, row.id, date.fromisoformat(first), date.fromisoformat(last), "台风停运", OFFICER))


def test_days_lost_to_force_majeure_are_given_back_and_the_clock_moves_along(records, hands):
    at(hands, "2026-09-28")
    row = promised(records)
    found = longer(records, row, "2026-09-29", "2026-09-30")
    assert (found.state, found.due) == ("promised", date(2026, 10, 9)) and found.due_rule["extended"] == [
        {"from": "2026-09-29", "to": "2026-09-30", "before": "2026-09-30"}]
    assert clocks_of(records, row.id)["supplement"].due == date(2026, 10, 9)
    assert "overdue" not in ticked(records, hands, "2026-10-09").counts()
    assert ticked(records, hands, "2026-10-10").counts()["overdue"] == 1
    [note] = notes_of(records, "extend")
    assert note["reason"] == "台风停运" and note["due"] == {"before": "2026-09-30", "after": "2026-10-09"}


def test_an_extension_may_come_after_the_term_and_it_may_lapse_again(records, hands):
    at(hands, "2026-09-28")
    row = promised(records)
    ticked(records, hands, "2026-10-08")
    assert longer(records, row, "2026-09-30", "2026-10-09").state == "promised"
    clock = clocks_of(records, row.id)["supplement"]
    assert (clock.state, clock.level, clock.due) == ("running", "none", date(2026, 10, 10))
    assert ticked(records, hands, "2026-10-13").counts()["overdue"] == 1
    assert [one.code for one in alerts(records) if one.source.startswith(clock.id)].count("overdue") == 2


@pytest.mark.parametrize(("first", "last", "code"), [
    ("2026-10-01", "2026-10-02", "extension-after-due"), ("2026-09-30", "2026-09-29", "extension-days"), ("2026-09-28", "2026-09-29", "wrong-day")])
def test_days_that_took_nothing_away_extend_nothing(records, hands, first, last, code):
    at(hands, "2026-09-28")
    row = promised(records)
    with pytest.raises(Refused) as refused:
        longer(records, row, first, last)
    assert refused.value.problems[0].code == code and deferral_now(records, row).due == date(2026, 9, 30)


def test_days_are_given_back_once_and_not_for_a_holiday_nor_in_vain(records, hands):
    at(hands, "2026-09-21")
    holiday = promised(records, "餐饮", "513424")        # until 2026-09-28, over the weekend and the mid-autumn day
    with pytest.raises(Conflict, match="nothing-lost"):
        longer(records, holiday, "2026-09-26", "2026-09-27")
    at(hands, "2026-09-28")
    row = promised(records)
    longer(records, row, "2026-09-29", "2026-09-29")
    with pytest.raises(Conflict, match="days-counted"):
        longer(records, row, "2026-09-29", "2026-09-30")
    late = promised(records)
    ticked(records, hands, "2026-10-20")
    with pytest.raises(Conflict, match="still-overdue"):
        longer(records, late, "2026-09-29", "2026-09-29")
    assert deferral_now(records, late).state == "overdue"


def test_without_a_calendar_nothing_is_extended(records, hands):
    at(hands, "2026-12-24")
    row = promised(records, "餐饮", "513424")
    with pytest.raises(Conflict, match="calendar-missing"):
        longer(records, row, "2026-12-30", "2026-12-31")
    at(hands, "2026-12-28")
    with pytest.raises(Conflict, match="due-unknown"):
        longer(records, promised(records, "餐饮", "513424"), "2026-12-29", "2026-12-29")


# -- looking up -----------------------------------------------------------------------------------------------------------

def test_deferrals_are_found_by_state_case_and_day_a_page_at_a_time(records, hands, monkeypatch):
    at(hands, "2026-09-28")
    first = promised(records)
    at(hands, "2026-09-29")
    second, third = promised(records, "餐饮", "513424"), promised(records)
    handed(records, third)

    def ids(**which: Any) -> set[str]:
        with records.reading() as session:
            return {one.id for one in deferrals(session, **which)}

    assert ids() == {first.id, second.id, third.id} and ids(state="promised") == {first.id, second.id} and ids(case=third.case_id) == {third.id}
    assert ids(due_before=date(2026, 10, 1)) == {first.id} and ids(due_before=date(2026, 9, 30)) == set()
    monkeypatch.setattr("api.records.deferrals.PAGE", 2)
    with records.reading() as session:
        page = deferrals(session)
        rest = deferrals(session, after=page[-1].id)
    assert len(page) == 2 and [one.id for one in (*page, *rest)][-1] == first.id and len(rest) == 1
    with pytest.raises(NoSuchRecord):
        ids(after="nobody")
