"""Demands: judged by the decision that stands and by the notice, blocked and raised once; the applicant's report; two windows at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete
from sqlmodel import col

from api.records import cases, demand_story, demands
from api.records.acts import CLOCK, By, Conflict, NoSuchRecord
from api.records.cases import Handed
from api.records.demand_words import Asking
from api.records.records import Policy, Records
from api.records.tables import Alert, Demand, LogContent, LogEntry
from api.records.tick import tick
from engine.lifecycle.moves import IllegalMove
from engine.problems import Refused
from tests.records.conftest import opened
from tests.records.demanding import BACK, HAZARDOUS, HOUSE, RENT, WINDOW, Desk, blocked_licence, codes, desk
from tests.records.jobs import DAY, known_of, sample
from tests.records.writing import SOON, sound, wait_until_somebody_waits

# -- judged by the decision that stands ---------------------------------------------------------------------------------

def test_what_the_decision_provides_for_is_recorded_with_its_line_and_raises_nothing(records):
    at = desk(records)
    row = at.ask("hand_in", "无房证明")
    assert (row.state, row.violations, row.officer, row.role, row.stage) == ("recorded", [], WINDOW.officer, WINDOW.role, "window")
    found = at.view(row)
    assert found["line"] == {"decision": row.decision_id, "kind": "hand_in", "material": "no_home_certificate", "person": "", "fact": None, "role": None,
                             "due": None}
    assert "需要提交“无房证明”" in found["for_applicant"] and "依据" in found["for_applicant"]
    assert not found["blocked"] and found["card"] == "none" and at.alerts() == []
    sound(records)


def test_a_waived_document_is_blocked_with_a_red_card_and_the_applicant_is_told(records):
    at = desk(records, "company_setup_fushun")
    row = at.ask("hand_in", "registered_person_identity", person="p1", stage="back_office", by=BACK)
    assert (row.state, codes(row)) == ("blocked", ["outside_decision"])
    [kept] = row.violations
    assert kept["card"] == "red" and kept["zh"] and kept["en"] and kept["rules"][0] == "在线政务服务若干规定-7-查到" and kept["interpretation"]
    found = at.view(row)
    assert found["line"] is None and found["blocked"] and found["card"] == "red"
    assert found["for_applicant"].startswith("“登记人员身份证明（测试甲）”这份材料不用您交。") and "第七条第一款" in found["for_applicant"]
    assert at.view(row, "en")["for_applicant"].startswith("You need not hand in “Identity of shareholders and officers (测试甲)”.")
    assert at.alerts() == [(row.id, "outside_decision", "red")]
    [alert] = at.rows(Alert)
    assert "测试甲" not in alert.zh + alert.en and alert.kind == "violation"
    sound(records)


@pytest.mark.parametrize(("name", "kind", "material", "person", "fact", "state", "violations"), [
    (RENT, "hand_in", "身份证明", "", None, "blocked", ["outside_decision"]),                       # shown is not handed in
    (RENT, "hand_in", "结婚证", "", None, "blocked", ["outside_decision"]),                         # undetermined: ask first …
    (RENT, "answer", None, "", "married", "recorded", []),                                          # … this
    (RENT, "answer", None, "", "已婚", "recorded", []),
    (RENT, "answer", None, "配偶", "roles_complete", "recorded", []),
    (RENT, "answer", None, "", "minor_owner", "blocked", ["outside_decision"]),                     # another item's situation
    (RENT, "answer", None, "", "query_result", "blocked", ["outside_decision"]),                    # the authority's own work
    (RENT, "sign", "无房证明", "", None, "blocked", ["outside_decision"]),                          # offered, not chosen
    (RENT, "hand_in", "single_status_proof", "", None, "blocked", ["outside_decision"]),            # known to the rulebook, not to the item
    (RENT, "show", "身份证明", "", None, "blocked", ["repeat_demand"]),                             # shown already
    (RENT, "hand_in", "住房公积金提取申请表", "applicant", None, "blocked", ["repeat_demand"]),     # handed in already
    ("company_setup_fushun", "hand_in", "市场主体住所证明", "", None, "blocked", ["outside_decision"]),      # abolished
    ("company_setup_jiayuguan_appointment_missing", "hand_in", "任职文件", "", None, "recorded", []),        # deferred: by its day
    ("catering_permit_dechang_register_down", "hand_in", "营业执照", "", None, "blocked", ["outside_decision"]),   # the source is down
    ("childbirth_remarried_dechang", "hand_in", "离婚材料", "", None, "recorded", []),              # a group of alternatives
    (HOUSE, "hand_in", "身份证明", "buyer", None, "blocked", ["outside_decision"]),
])
def test_every_demand_is_measured_by_the_decision(sqlite_records, name, kind, material, person, fact, state, violations):
    at = desk(sqlite_records, name)
    row = at.ask(kind, material, person=person, fact=fact)
    assert (row.state, codes(row)) == (state, violations)
    found = at.view(row)
    assert (found["line"] is not None) == (state == "recorded")
    assert found["name"] and found["name"] not in (row.material, row.fact) and found["for_applicant"] and at.view(row, "en")["for_applicant"]
    for one in row.violations:
        assert not any(code and f"“{code}”" in one["zh"] + one["en"] for code in (row.material, row.fact)), "a name, never a code"


def test_a_deferral_names_its_last_day(sqlite_records):
    at = desk(sqlite_records, "company_setup_jiayuguan_appointment_missing")
    assert at.view(at.ask("hand_in", "任职文件"))["line"]["due"] == "2026-11-25"


def test_free_words_are_outside_unless_they_are_the_name_of_a_material(sqlite_records):
    at = desk(sqlite_records)
    outside = at.ask("other", text="请张三到社区盖章")
    assert (outside.state, outside.kind, outside.material) == ("blocked", "other", None)
    assert outside.violations[0]["zh"] == "“这项要求”不在本办件的决定之内，不得要求。"
    assert at.view(outside)["text"] == "请张三到社区盖章"
    assert at.ask("other", "无房证明", text="要翻译件").state == "blocked"
    named = at.ask("other", text=" “无房证明”。")
    assert (named.state, named.kind, named.material) == ("recorded", "hand_in", "no_home_certificate")
    assert at.ask("other", text="单位提取证明").state == "blocked"


def test_what_was_said_stands_in_the_contents_of_the_log_and_nowhere_else(sqlite_records):
    said = "请测试甲 210400199003070007 再开一份证明"
    at = desk(sqlite_records)
    row = at.ask("other", text=said)
    at.dispute(row, reason=said)
    shown = repr([one.model_dump() for table in (Demand, Alert) for one in at.rows(table)]) + repr([one.header for one in at.rows(LogEntry)])
    assert "210400199003070007" not in shown and "再开一份" not in shown
    assert at.view(row)["text"] == said
    with sqlite_records.database.writing() as session:
        session.execute(delete(LogContent).where(col(LogContent.entry_id) == row.entry_id))
    assert at.view(row)["text"] is None


@pytest.mark.parametrize(("asking", "field", "code", "nearest"), [
    (Asking("window", "hand_in", "无房证"), "material", "unknown-material", "无房证明"),
    (Asking("window", "hand_in", "no_home_certificat"), "material", "unknown-material", "no_home_certificate"),
    (Asking("window", "answer", fact="maried"), "fact", "unknown-fact", "married"),
    (Asking("window", "hand_in", "无房证明", "p7"), "person", "unknown-person", ""),
    (Asking("window", "hand_in"), "material", "missing-field", ""), (Asking("window", "show", " "), "material", "missing-field", ""),
    (Asking("window", "answer"), "fact", "missing-field", ""), (Asking("window", "other", "无房证明"), "text", "missing-field", ""),
    (Asking("window", "hand_in", "无房证明", fact="married"), "fact", "not-for-kind", ""),
])
def test_a_word_nobody_knows_is_a_mistake_and_leaves_nothing(sqlite_records, asking, field, code, nearest):
    at = desk(sqlite_records)
    with pytest.raises(Refused) as refusal:
        sqlite_records.do(demands.record(sqlite_records, at.case_id, asking, WINDOW))
    [problem] = refusal.value.problems
    assert (problem.field, problem.code, problem.nearest) == (field, code, nearest)
    assert at.rows() == []


def test_a_case_is_found_by_its_number_where_that_says_which(sqlite_records):
    at = desk(sqlite_records, case="FS-2026-001")
    assert sqlite_records.do(demands.record(sqlite_records, "FS-2026-001", Asking("window", "hand_in", "无房证明"), WINDOW)).case_id == at.case_id
    desk(sqlite_records, "housing_fund_rent_couple_ezhou", case="FS-2026-001")
    with pytest.raises(Conflict):
        sqlite_records.do(demands.record(sqlite_records, "FS-2026-001", Asking("window", "hand_in", "无房证明"), WINDOW))
    with pytest.raises(NoSuchRecord):
        sqlite_records.do(demands.record(sqlite_records, "FS-2026-002", Asking("window", "hand_in", "无房证明"), WINDOW))


# -- asked twice --------------------------------------------------------------------------------------------------------

def test_what_one_window_received_no_other_asks_for_again(records):
    at = desk(records)
    first = at.ask("hand_in", "无房证明")
    at.receive("no_home_certificate")
    assert [(one.id, one.state) for one in at.rows()] == [(first.id, "met")]
    again = at.ask("hand_in", "无房证明", by=BACK, stage="back_office")
    assert (again.state, codes(again)) == ("blocked", ["repeat_demand"])
    [kept] = again.violations
    assert kept["zh"] == "“无房证明”在本办件里已经交过，不得重复索要。" and kept["card"] == "red"
    assert kept["interpretation"] and "我们的理解" in kept["review"]
    assert at.view(again)["for_applicant"].startswith("“无房证明”这份材料您已经交过，不用再交。")
    at.again()
    assert codes(at.ask("show", "无房证明", by=BACK)) == ["outside_decision", "repeat_demand"]
    sound(records)


def test_the_card_of_a_repetition_is_the_halls_own_setting(sqlite_url, hands):
    with opened(sqlite_url, hands, Policy(repeat_card="yellow")) as records:
        at = desk(records, "company_setup_fushun")
        row = at.ask("hand_in", "公司章程", by=BACK)
        assert [(one["code"], one["card"]) for one in row.violations] == [("repeat_demand", "yellow")]
        assert at.alerts() == [(row.id, "repeat_demand", "yellow")] and at.view(row)["card"] == "yellow"


def test_what_an_earlier_case_left_on_file_is_not_asked_for_again(records):
    earlier = desk(records)
    earlier.receive("no_home_certificate")
    later = desk(records, known=known_of(records, RENT))
    row = later.ask("hand_in", "无房证明")
    assert codes(row) == ["outside_decision", "repeat_demand"]
    assert row.violations[1]["zh"] == "“无房证明”以前交过，已经在案，不得重复索要。"
    assert len(later.alerts()) == 2


@pytest.mark.parametrize(("name", "kind", "material", "person", "fact"), [
    (RENT, "answer", None, "", "married"), ("company_setup_jiayuguan_appointment_missing", "sign", "任职文件", "", None), (RENT, "hand_in", "无房证明", "", None)])
def test_what_was_met_is_not_asked_for_again(records, name, kind, material, person, fact):
    at = desk(records, name)
    row = at.ask(kind, material, person=person, fact=fact)
    assert records.do(demands.meet(row.id, BACK, "已经办好")).state == "met"
    assert "已经办好" in at.view(row)["for_applicant"]
    again = at.ask(kind, material, person=person, fact=fact, by=BACK)
    assert (again.state, codes(again)) == ("blocked", ["repeat_demand"])


def test_a_later_decision_that_finds_it_done_meets_the_demand(records):
    at = desk(records)
    asked, role, paper = at.ask("answer", fact="married"), at.ask("answer", fact="roles_complete", person="配偶"), at.ask("hand_in", "无房证明")
    at.again(situation={**sample(RENT)["situation"], "married": False}, handed_in=["housing_fund_withdrawal_form", "no_home_certificate"])
    states = {one.id: one.state for one in at.rows()}
    assert (states[asked.id], states[paper.id]) == ("met", "met")
    assert states[role.id] == "recorded", "nobody said who the spouse is; nobody has to any more"
    assert codes(at.ask("answer", fact="married", by=BACK)) == ["outside_decision", "repeat_demand"]
    sound(records)


# -- after the notice ---------------------------------------------------------------------------------------------------

def test_after_the_notice_what_it_does_not_say_is_a_violation_while_nothing_stated_changed(records):
    at = desk(records, HAZARDOUS)
    at.freeze()
    later = at.answers(business_licence="not_found")
    added = at.ask("hand_in", "营业执照")
    assert (added.state, codes(added), added.decision_id) == ("blocked", ["after_notice"], later)
    assert "已经冻结的一次性告知书" in added.violations[0]["zh"]
    assert at.view(added)["line"] is not None, "the later decision asks for it; the notice did not"
    assert at.view(added)["for_applicant"].startswith("“营业执照”不在已经告知您的内容里")
    assert at.ask("hand_in", "安全评价报告").state == "recorded"
    sound(records)


def test_when_what_was_stated_changed_the_decision_that_stands_alone_counts(records):
    at = desk(records, HOUSE)
    at.freeze()
    assert codes(at.ask("hand_in", "存量房买卖合同")) == ["outside_decision", "after_notice"]
    at.again(facts={"data_disputed": {"house_sale_contract": True}})
    assert at.ask("hand_in", "存量房买卖合同").state == "recorded"


def test_a_conditional_line_of_the_notice_may_be_asked_about_and_then_followed(records):
    at = desk(records)
    at.freeze()
    assert at.ask("answer", fact="married").state == "recorded"
    assert codes(at.ask("hand_in", "结婚证")) == ["outside_decision"]
    evidence = sample(RENT)["evidence"]
    at.again(situation={**sample(RENT)["situation"], "married": True},
             evidence={**evidence, "queries": evidence["queries"] | {"marriage_certificate": {"result": "not_found"}}})
    assert at.ask("hand_in", "结婚证").state == "recorded"


@pytest.mark.parametrize("by_itself", [True, False], ids=["the-clock-runs-out", "the-act-names-no-decision"])
def test_after_deemed_acceptance_the_decision_of_that_time_counts_like_a_notice(records, hands, by_itself):
    at = desk(records, HAZARDOUS)
    at.answers(business_licence="valid", premises_title_certificate="not_found")
    if by_itself:
        hands.now += timedelta(days=10)
        tick(records)
    else:
        at.go("deem", CLOCK)
    at.answers(business_licence="not_found", premises_title_certificate="not_found")
    added = at.ask("hand_in", "营业执照")
    assert codes(added) == ["after_notice"]
    assert at.ask("hand_in", "经营场所不动产权证书").state == "recorded", "the second decision asked for it, and it was that one that stood"
    [kept] = added.violations
    assert "视为受理" in kept["zh"] and "告知书里" not in kept["zh"] and kept["interpretation"]
    assert at.ask("hand_in", "安全评价报告").state == "recorded", "what was required then stays due"


def test_before_any_notice_only_the_decision_counts(records):
    at = desk(records, HAZARDOUS)
    at.answers(business_licence="not_found")
    assert at.ask("hand_in", "营业执照").state == "recorded"


def test_nothing_is_left_to_ask_for_in_a_case_that_is_over(records):
    at = desk(records)
    at.go("withdraw")
    row = at.ask("hand_in", "无房证明")
    assert (row.state, codes(row)) == ("blocked", ["outside_decision"])
    assert row.violations[0]["zh"] == "办件已由申请人撤回，没有什么还要申请人办的，不得再要求“无房证明”。"
    assert at.view(row)["for_applicant"].startswith("办件已由申请人撤回")


# -- the applicant reports ----------------------------------------------------------------------------------------------

def report(at: Desk, kind: str = "hand_in", material: str | None = "单身证明", text: str = "三号窗口要的") -> Demand:
    decision_id = at.again()
    return at.records.do(demands.report(at.records, decision_id, Asking("window", kind, material, text=text)))


def told(at: Desk, row: Demand, language: str = "zh") -> dict[str, Any]:
    with at.records.reading() as session:
        return demand_story.report_view(at.records, session, row.id, language)


def test_an_applicants_report_is_judged_like_any_other_and_marked_as_a_report(records):
    at = desk(records)
    row = report(at)
    assert (row.state, row.officer, row.role, row.reported_by) == ("blocked", None, None, "applicant")
    assert told(at, row)["for_applicant"].startswith("谢谢您反映。您这件事不要“单身证明”这份材料，不用您交。")
    [alert] = at.rows(Alert)
    assert alert.zh.startswith("申请人反映，待核实：") and alert.en.startswith("Reported by the applicant, to be verified:")
    assert at.view(row)["history"][0]["by"] == {"party": "applicant"}


def test_a_report_of_a_lawful_demand_is_explained_and_gets_no_card(records):
    at = desk(records)
    row = report(at, material="无房证明")
    found = told(at, row)
    assert (found["state"], found["within_decision"], found["violations"], at.alerts()) == ("recorded", True, [], [])
    assert found["for_applicant"].startswith("谢谢您反映。这个要求在您这件事的决定之内。需要提交“无房证明”")
    assert told(at, row, "en")["for_applicant"].startswith("Thank you for telling us.")


def test_the_same_report_twice_is_one_and_there_are_not_too_many(sqlite_records, monkeypatch):
    at = desk(sqlite_records)
    first = report(at)
    assert report(at).id == first.id and len(at.rows()) == 1 and len(at.alerts()) == 1
    assert report(at, text="四号窗口也要").id != first.id
    monkeypatch.setattr(demands, "MOST_REPORTS", 2)
    assert report(at).id == first.id
    with pytest.raises(Conflict) as refusal:
        report(at, text="五号窗口也要")
    assert "监督窗口" in refusal.value.zh


def test_an_officer_may_ask_twice_and_each_is_answered_for(records):
    at = desk(records)
    rows = [at.ask("hand_in", "单位提取证明", by=by) for by in (WINDOW, WINDOW, BACK)]
    assert len({one.id for one in rows}) == 3 and len(at.alerts()) == 3


# -- two windows at once ------------------------------------------------------------------------------------------------

def test_two_windows_ask_for_the_same_at_the_same_time(postgres_url, postgres_records, hands):
    """Both are recorded, for nothing was handed in yet: each officer answers for what he asked. The applicant does it once and both are met."""
    at = desk(postgres_records)
    with opened(postgres_url, hands) as other:
        together = threading.Barrier(2)

        def ask(records: Records, by: By) -> Demand:
            together.wait(SOON)
            return Desk(records, at.case_id, RENT).ask("hand_in", "无房证明", by=by)

        with ThreadPoolExecutor(2) as pool:
            rows = [one.result(SOON) for one in (pool.submit(ask, postgres_records, WINDOW), pool.submit(ask, other, BACK))]
    assert [one.state for one in rows] == ["recorded", "recorded"]
    assert at.view(rows[0])["open_twins"] == [rows[1].id]
    postgres_records.do(demands.meet(rows[0].id, WINDOW))
    assert {one.state for one in at.rows()} == {"met"}
    sound(postgres_records)


def test_a_demand_that_waits_for_a_hand_in_sees_it(postgres_url, postgres_records, hands):
    """The case is locked: what the other window took in meanwhile counts, and the demand is a repetition."""
    at = desk(postgres_records)
    with opened(postgres_url, hands) as other, ThreadPoolExecutor(1) as pool:
        taken, go = threading.Event(), threading.Event()

        def receive(pages: Any) -> None:
            cases.receive(at.case_id, Handed("no_home_certificate"), BACK, DAY)(pages)
            taken.set()
            assert go.wait(SOON)

        receiving = other.act(receive)
        assert taken.wait(SOON)
        asking = pool.submit(at.ask, "hand_in", "无房证明")
        try:
            wait_until_somebody_waits(postgres_records)
        finally:
            go.set()
        receiving.result(SOON)
        assert codes(asking.result(SOON)) == ["repeat_demand"]


def test_two_officers_cannot_both_move_a_demand_from_one_state(postgres_url, postgres_records, hands):
    at, row = blocked_licence(postgres_records)
    with opened(postgres_url, hands) as other, ThreadPoolExecutor(2) as pool:
        together = threading.Barrier(2)

        def dispute(records: Records, by: By) -> str:
            together.wait(SOON)
            try:
                return Desk(records, at.case_id, HAZARDOUS).dispute(row, by).state
            except IllegalMove:
                return "refused"

        found = sorted(one.result(SOON) for one in (pool.submit(dispute, postgres_records, WINDOW), pool.submit(dispute, other, BACK)))
    assert found == ["disputed", "refused"]


# -- lists and figures --------------------------------------------------------------------------------------------------

def test_lists_and_figures(records):
    at, house = desk(records), desk(records, HOUSE)
    lawful, waived, repeated = at.ask("hand_in", "无房证明"), at.ask("hand_in", "单位提取证明", by=BACK), at.ask("hand_in", "住房公积金提取申请表")
    elsewhere = house.ask("other", text="请再来一趟")
    with records.reading() as session:
        def ids(**filters: Any) -> set[str]:
            return {one.id for one in demand_story.listed(session, **filters)}

        assert ids() == {lawful.id, waived.id, repeated.id, elsewhere.id}
        assert ids(case=house.case_id) == {elsewhere.id} and ids(officer="FS-0900") == {waived.id}
        assert ids(state="recorded") == {lawful.id} == ids(card="none") and ids(card="yellow") == set()
        assert ids(card="red", case=at.case_id) == {waived.id, repeated.id}
        order = [one.id for one in demand_story.listed(session)]
        assert [one.id for one in demand_story.listed(session, after=order[1])] == order[2:]
        with pytest.raises(NoSuchRecord):
            demand_story.listed(session, after="none")
        found = demand_story.summary(session, DAY, "210400")
        assert (found["cases"], found["demands"], found["demanded"], found["outside"]) == (2, 4, 3, 2)
        assert found["states"] == {"blocked": 3, "recorded": 1} and found["asked"] < found["listed"]
        assert found["violations"] == [{"code": "outside_decision", "card": "red", "count": 2}, {"code": "repeat_demand", "card": "red", "count": 1}]
        assert demand_story.summary(session, DAY, "420700")["cases"] == 0
        assert demand_story.summary(session, DAY.replace(day=23))["demands"] == 0
