"""The way out of a blocked demand: a dispute about data, a later decision, another officer; and every move that is not open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlmodel import col

from api.records import demands
from api.records.acts import By, Conflict, NoSuchRecord
from api.records.demand_words import Asking
from api.records.log import Erased
from api.records.tables import Demand, LogContent, LogEntry
from engine.lifecycle.machines import DEMAND
from engine.lifecycle.moves import IllegalMove
from engine.problems import Refused
from tests.records.demanding import BACK, CHIEF, HAZARDOUS, REASON, WINDOW, Desk, blocked_licence, codes, desk
from tests.records.writing import sound


def test_a_dispute_is_released_by_a_later_decision_that_allows_the_demand(records):
    at, row = blocked_licence(records)
    assert at.dispute(row).state == "disputed"
    assert "正在核实" in at.view(row)["for_applicant"] and at.view(row)["blocked"]
    later = at.answers(business_licence="not_found")
    assert at.resolve(row).state == "released"
    found = at.view(row)
    assert (found["state"], found["blocked"], found["decision_id"]) == ("released", False, row.decision_id)
    assert found["line"]["decision"] == later and "需要提交“营业执照”" in found["for_applicant"]
    assert found["violations"] == row.violations and at.alerts() == [(row.id, "outside_decision", "red")], "the old stays"
    assert [(one["move"], one["by"]["officer"]) for one in found["history"]] == [
        ("block", WINDOW.officer), ("dispute", WINDOW.officer), ("release", CHIEF.officer)]
    assert found["history"][1]["reason"] == REASON and found["history"][1]["conflict"] == {"kind": "material", "code": "business_licence"}
    at.receive("business_licence")
    assert at.rows()[0].state == "met"
    sound(records)


def test_a_dispute_is_rejected_and_may_be_raised_again(records):
    at, row = blocked_licence(records)
    at.dispute(row)
    assert at.resolve(row, "rejected").state == "blocked"
    assert at.dispute(row, BACK).state == "disputed"
    assert at.alerts() == [(row.id, "outside_decision", "red")]
    with pytest.raises(Conflict, match="four-eyes"):
        at.resolve(row, "rejected", BACK)


def test_nothing_is_released_without_a_later_decision_that_allows_it(records):
    at, row = blocked_licence(records)
    at.answers(business_licence="not_found")     # before the dispute
    at.dispute(row)
    with pytest.raises(Conflict) as refusal:
        at.resolve(row)
    assert refusal.value.code == "no-later-decision" and "还没有作出新的判断" in refusal.value.zh
    at.answers(business_licence="valid")
    with pytest.raises(Conflict) as refusal:
        at.resolve(row)
    assert refusal.value.code == "not-allowed" and "“营业执照”不用申请人提交" in refusal.value.zh
    at.answers(business_licence="not_found")
    at.receive("business_licence")
    with pytest.raises(Conflict) as refusal:
        at.resolve(row)
    assert refusal.value.code == "not-allowed" and "已经交过" in refusal.value.zh
    assert at.rows()[0].state == "disputed"


def test_four_eyes(records):
    at, row = blocked_licence(records)
    at.dispute(row, BACK)
    at.answers(business_licence="not_found")
    for by, code in ((BACK, "four-eyes"), (By("officer", " fs-0900", "另一个角色"), "four-eyes"), (WINDOW, "own-demand")):
        with pytest.raises(Conflict) as refusal:
            at.resolve(row, by=by)
        assert refusal.value.code == code
    assert at.resolve(row).state == "released"


def test_a_release_holds_although_the_notice_did_not_say_it(records):
    """The dispute is the recorded way out; the violation against the notice stays on record."""
    at = desk(records, HAZARDOUS)
    at.freeze()
    row = at.ask("hand_in", "营业执照")
    assert codes(row) == ["outside_decision", "after_notice"]
    at.dispute(row)
    at.answers(business_licence="not_found")
    assert at.resolve(row).state == "released"
    assert "需要提交“营业执照”" in at.view(row)["for_applicant"] and len(at.alerts()) == 2


def test_a_blocked_demand_stays_blocked_when_the_case_is_decided_again(records):
    at, row = blocked_licence(records)
    at.answers(business_licence="not_found")
    assert at.rows()[0].state == "blocked"
    assert "现在不用您照办。后来的决定是：" in at.view(row)["for_applicant"]
    assert at.ask("hand_in", "营业执照").state == "recorded", "asked anew it is judged anew"


@pytest.mark.parametrize("reason", ["不对", " " * 20, "一 二 三 四 五 六 七 八 九"])
def test_a_dispute_gives_its_reason_and_names_the_data(sqlite_records, reason):
    at, row = blocked_licence(sqlite_records)
    with pytest.raises(Refused) as refusal:
        at.dispute(row, reason=reason)
    assert [(one.field, one.code) for one in refusal.value.problems] == [("reason", "too-short")]
    with pytest.raises(Refused) as refusal:
        at.dispute(row, conflict="营业执")
    assert [(one.field, one.nearest) for one in refusal.value.problems] == [("conflict", "营业执照")]
    assert at.rows()[0].state == "blocked"


@pytest.mark.parametrize("conflict", ["married", "市场主体登记信息", "business_licence"])
def test_the_data_in_doubt_are_a_material_a_fact_or_a_source(sqlite_records, conflict):
    at, row = blocked_licence(sqlite_records)
    word = next(iter(sqlite_records.rulebook.sources)) if conflict == "市场主体登记信息" else conflict
    assert at.dispute(row, conflict=word).state == "disputed"
    assert at.view(row)["history"][-1]["conflict"]["code"] == word


MOVES: dict[str, Callable[[Desk, Demand], Any]] = {
    "meet": lambda at, row: at.records.do(demands.meet(row.id, WINDOW)),
    "withdraw": lambda at, row: at.records.do(demands.withdraw(row.id, WINDOW)),
    "dispute": lambda at, row: at.dispute(row),
    "release": lambda at, row: at.resolve(row),
    "reject": lambda at, row: at.resolve(row, "rejected"),
}


@pytest.mark.parametrize(("state", "name"), [(one.code, name) for one in DEMAND.states for name in MOVES
                                             if one.code not in next(move for move in DEMAND.moves if move.name == name).starts])
def test_a_move_the_state_does_not_allow_is_refused_with_a_sentence(sqlite_records, state, name):
    at, row = blocked_licence(sqlite_records)
    with sqlite_records.database.writing() as session:
        session.execute(update(Demand).where(col(Demand.id) == row.id).values(state=state))
    told = len(at.rows(LogEntry))
    with pytest.raises(IllegalMove) as refusal:
        MOVES[name](at, row)
    assert refusal.value.zh.startswith(f"索要{DEMAND.state(state).zh}，不能") and refusal.value.en
    assert at.rows()[0].state == state and len(at.rows(LogEntry)) == told


def test_a_demand_taken_back_leaves_its_violation_and_its_alert(records):
    at, row = blocked_licence(records)
    assert records.do(demands.withdraw(row.id, WINDOW, "核对后不需要")).state == "withdrawn"
    found = at.view(row)
    assert found["violations"] and at.alerts() and found["for_applicant"] == "这个要求已经撤回，不用您照办。"
    assert found["history"][-1]["note"] == "核对后不需要"


@pytest.mark.parametrize("act", [lambda records: demands.meet("none", WINDOW), lambda records: demands.withdraw("none", WINDOW),
                                 lambda records: demands.dispute(records, "none", WINDOW, REASON, "married"),
                                 lambda records: demands.resolve(records, "none", CHIEF, "rejected", "x"),
                                 lambda records: demands.report(records, "none", Asking("window", "hand_in", "无房证明"))])
def test_what_is_not_there_is_told_so(sqlite_records, act):
    with pytest.raises(NoSuchRecord):
        sqlite_records.do(act(sqlite_records))


def test_a_case_whose_decision_was_erased_takes_no_demands(sqlite_records):
    at = desk(sqlite_records)
    with sqlite_records.database.writing() as session:
        session.execute(delete(LogContent))
    with pytest.raises(Erased):
        at.ask("hand_in", "无房证明")
    assert at.rows() == []
