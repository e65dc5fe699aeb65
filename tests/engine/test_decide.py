"""One application, decided: per person, containers, deferral last, blocks, and an answer that never changes."""

from __future__ import annotations

import copy
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from engine.application import Application
from engine.decide import Decider
from engine.explain import printed
from engine.problems import Refused
from tests.bundled import decider, rulebook
from tests.engine.small import (
    DAY,
    EVERYWHERE,
    HAND_IN,
    LETTER,
    NOT_NEEDED,
    asked,
    book,
    credential,
    decide,
    instrument,
    item,
    material,
    one,
    published,
    row,
    rule,
    situation,
    source,
)

TABLES = Path(__file__).parent.parent / "tables"
FIXTURES = Path(__file__).parent.parent.parent / "fixtures" / "applications"
WEIGHTS = {route.code: route.weight for route in rulebook().ladder}


# —— days without a calendar ——

def test_a_decision_never_fails_for_a_calendar_that_is_not_published_yet():
    notice = rule("补正", "规定", "补正告知期限", 值="5", 单位="工作日")
    found = book(instrument("示例法", HAND_IN, NOT_NEEDED, notice), items=[item(asked("甲"))], materials=[material("a", "甲")])
    for day, due, missing in ((date(2026, 12, 24), "2026-12-31", None), (date(2026, 12, 28), None, "calendar-2027"), (date(2030, 1, 1), None, "calendar-2030")):
        told = decide(found, day=day)["notices"][0]
        assert (told["due"], told.get("due_missing")) == (due, missing)
        assert told["due_rule"] == {"start": day.isoformat(), "count": 5, "unit": "working_day"}
    assert all(decider().decide(one_, date(2027, 3, 1))["outcome"] for one_ in fixtures())


# —— persons ——

EACH = asked("甲", 每人一份="股东", 需要=["企业办 成立"])
FIRM = situation("firm", "企业办")
TWO = [{"id": "p1", "role": "股东"}, {"id": "p2", "role": "股东"}, {"id": "p3", "role": "监事"}]


def persons(**more: object) -> dict:
    found = book(instrument("示例法", HAND_IN, NOT_NEEDED), items=[item(EACH, 情形=[FIRM])], materials=[material("a", "甲")])
    return decide(found, **more)


def people(body: dict) -> list[tuple[str | None, str | None, str]]:
    return [(entry["person"], entry["route"], entry["status"]) for entry in body["materials"]]


def test_a_material_asked_once_per_person_is_decided_for_everybody_of_the_role():
    body = persons(situation={"firm": True}, persons=TWO, roles_complete=["股东"], handed_in=["a/p2"])
    assert people(body) == [("p1", "submit", "settled"), ("p2", "submit", "settled")]
    assert [entry["satisfied"] for entry in body["materials"]] == ["no", "yes"] and body["questions"] == []


def test_while_a_role_may_have_more_people_somebody_is_asked_for_and_nothing_is_called_settled():
    body = persons(situation={"firm": True}, persons=TWO)
    assert people(body) == [("p1", "submit", "settled"), ("p2", "submit", "settled"), (None, None, "undetermined")]
    assert [(question["fact"], question["role"]) for question in body["questions"]] == [("roles_complete", "股东")]
    assert body["outcome"] == "undetermined"


def test_a_role_with_nobody_in_it_asks_nothing():
    body = persons(situation={"firm": True}, roles_complete=["股东"])
    assert (body["materials"], body["questions"], body["outcome"]) == ([], [], "accept")


def test_a_material_not_needed_is_not_asked_of_people_nobody_listed():
    assert people(persons(situation={"firm": False})) == [("applicant", "not_required", "settled")]


def test_the_need_is_asked_before_the_people():
    body = persons()
    assert [question["fact"] for question in body["questions"]] == ["firm", "roles_complete"]


def test_a_need_that_hangs_on_the_person_is_each_person_s_own_and_never_the_applicant_s():
    adults = asked("甲", 每人一份="家庭成员", 需要=["当事人年龄 不小于 18"])
    found = book(instrument("示例法", HAND_IN, NOT_NEEDED), items=[item(adults)], materials=[material("a", "甲")])
    child, grown = {"id_type": "resident_id", "id_number": "620200201506010001"}, {"id_type": "resident_id", "id_number": "210400199003070007"}
    body = decide(found, applicant=child, persons=[{"id": "p1", "role": "家庭成员", **grown}, {"id": "p2", "role": "家庭成员", **child}],
                  roles_complete=["家庭成员"])
    assert people(body) == [("p1", "submit", "settled"), ("p2", "not_required", "settled")]
    assert people(decide(found, applicant=child)) == [(None, None, "undetermined")]      # nobody is listed yet
    unborn = decide(found, persons=[{"id": "p1", "role": "家庭成员"}], roles_complete=["家庭成员"])
    assert people(unborn) == [("p1", None, "undetermined")]
    assert [(question["fact"], question["person"]) for question in unborn["questions"]] == [("birth_date", "p1")]
    assert [(branch["when"], branch["route"]) for branch in one(unborn, "a")["branches"]] == [
        (["person_age at_most 17"], "not_required"), (["person_age at_least 18"], "submit")]


# —— containers ——

CONTAIN = rule("包含", "准许", "已有覆盖", "被他件包含 成立")
SHARE = rule("共享", "准许", "数据共享", "数据源状态 是 已接通", "查询结果 属于 查到有效、查到过期")


def nested(**more: object) -> dict:
    """甲 contains 乙, which contains 丙."""
    found = book(instrument("示例法", CONTAIN, SHARE, HAND_IN, NOT_NEEDED), items=[item(asked("丙"), asked("乙"), asked("甲"))],
                 materials=[material("a", "甲", 数据源=["s"], 包含=["乙"]), material("b", "乙", 包含=["丙"]), material("c", "丙")],
                 sources=[source("s", EVERYWHERE)])
    return {entry["material"]: (entry["route"], entry["status"]) for entry in decide(found, **more)["materials"]}


def test_a_container_found_in_order_or_handed_in_covers_what_it_contains_to_any_depth():
    covered = ("covered", "settled")
    assert nested(evidence={"queries": {"a": {"result": "valid"}}}) == {"a": ("shared", "settled"), "b": covered, "c": covered}
    assert nested(evidence={"queries": {"a": {"result": "not_found"}}}, handed_in=["a"]) == {"a": ("submit", "settled"), "b": covered, "c": covered}
    assert nested(evidence={"queries": {"a": {"result": "not_found"}}}, handed_in=["b"])["c"] == covered


def test_a_container_with_a_negative_finding_covers_nothing():
    body = nested(evidence={"queries": {"a": {"result": "expired"}}}, handed_in=[])
    assert body["a"] == ("shared", "settled") and body["b"][0] != "covered" and body["c"][0] != "covered"


def test_while_the_container_is_open_what_it_contains_waits_and_is_not_demanded():
    body = nested(handed_in=[])
    assert body["a"][1] == "awaiting_authority"
    assert body["b"] == (None, "waiting") and body["c"] == (None, "waiting")


def test_the_business_licence_that_holds_the_tax_registration_covers_it_in_the_bundled_rules():
    container = rulebook().materials["business_licence"]
    assert "tax_registration_certificate" in container.contains
    stated = Application.model_validate({
        "item": "bank_account_appointment", "deciding_division": "210400", "accepted_on": DAY,
        "evidence": {"on_file": {"complete": True}, "queries": {"business_licence": {"result": "valid"}}},
        "applicant": {"kind": "enterprise", "id_type": "uscc", "id_number": "91210400MA0000015D"}})
    body = decider().decide(stated, DAY)
    assert one(body, "business_licence")["route"] == "shared"
    assert (one(body, "tax_registration_certificate")["route"], one(body, "tax_registration_certificate")["reason"]) == ("covered", "contained_in_another")


# —— deferral last ——

DEFER = rule("容缺", "准许", "容缺后补/容缺受理", "材料角色 是 副件", "容缺期限已公布 成立", "其他主件齐备 成立", 后续=[
    {"谁": "申请人", "做什么": "作出容缺承诺"}, {"谁": "申请人", "做什么": "补交材料", "期限": "容缺补交期限"}])
LATER = asked("丙", 角色="副件", 容缺={"期限": {"数": "3", "单位": "工作日"}})
SHOW = rule("出示", "准许", "出示证件", "出示状态 属于 尚未出示、出示有效")


def deferral(*extra: dict, promised: str = "10", **more: object) -> dict:
    found = book(instrument("示例法", DEFER, SHARE, SHOW, HAND_IN, NOT_NEEDED), items=[item(LATER, *extra or (asked("甲"), asked("乙", 角色="副件")),
                                                                                      承诺时限={"数": promised, "单位": "工作日"})],
                 materials=[material("a", "甲", 数据源=["s"]), material("b", "乙"), material("c", "丙"), material("d", "丁", 证件=["驾驶证"])],
                 sources=[source("s", EVERYWHERE)], credentials=[credential("licence", "驾驶证")])
    return decide(found, **more)


FOUND, GONE = {"queries": {"a": {"result": "valid"}}}, {"queries": {"a": {"result": "not_found"}}}
CHOSEN = {"choices": {"c": {"deferral": "yes"}}}


def test_a_deferral_is_open_when_every_other_principal_is_met_whatever_the_secondary_ones_are():
    body = deferral(evidence=FOUND, handed_in=[], **CHOSEN)
    entry = one(body, "c")
    assert (entry["route"], entry["mode"], entry["status"], entry["satisfied"]) == ("deferral", "accept_first", "settled", "yes")
    assert (one(body, "b")["satisfied"], body["outcome"]) == ("no", "supplement")
    body = deferral(evidence=FOUND, handed_in=["b"], **CHOSEN)
    assert body["outcome"] == "accept_with_deferral"


@pytest.mark.parametrize(("promised", "due"), [("10", "2026-11-26"), ("2", "2026-11-25")])
def test_a_deferral_is_due_within_its_term_and_never_after_the_promised_day(promised, due):
    entry = one(deferral(evidence=FOUND, promised=promised, **CHOSEN), "c")
    assert [residual.get("due") for residual in entry["residuals"]] == [None, due]


def test_a_deferral_closes_when_another_principal_is_missing():
    entry = one(deferral(evidence=GONE, handed_in=[], **CHOSEN), "c")
    assert (entry["route"], entry["offers"]) == ("submit", [])
    assert one(deferral(evidence=GONE, handed_in=["a"], **CHOSEN), "c")["route"] == "deferral"


def test_a_deferral_waits_while_another_principal_does_and_is_a_conditional_offer_until_chosen():
    body = deferral(**CHOSEN)
    assert (one(body, "c")["status"], one(body, "c")["route"]) == ("waiting", None)
    offered = one(deferral(), "c")
    assert (offered["route"], [(offer["route"], offer["conditional"]) for offer in offered["offers"]]) == ("submit", [("deferral", True)])
    ready = one(deferral(evidence=FOUND), "c")
    assert [(offer["route"], offer["conditional"], offer["alternative"]) for offer in ready["offers"]] == [("deferral", False, "submit")]


def test_a_principal_group_of_alternatives_counts_once_and_by_the_list_taken():
    group = {"名称": "一组", "编码": "group", "英文名": "group", "角色": "主件", "依据": [{"文件": "示例条例", "条款": "第二条"}], "任选": [["甲"], ["丁"]]}
    body = deferral(group, evidence=GONE, presented=[{"credential": "licence"}], **CHOSEN)
    assert (one(body, "group")["route"], one(body, "group")["satisfied"]) == ("shown", "yes")
    assert one(body, "c")["route"] == "deferral"        # that 甲 was not handed in does not matter
    assert one(deferral(group, evidence=GONE, handed_in=[], presented=[], facts={"holds_credential": {"d": False}}, **CHOSEN), "c")["route"] == "submit"


# —— blocks ——

def blocked(**records: object) -> dict:
    found = book(instrument("示例法", HAND_IN, NOT_NEEDED, rule("权属", "阻止", "先更正登记", "权属不符 成立"), rule("拒绝", "阻止", "请先授权", "拒绝授权 成立")),
                 items=[item(asked("甲"), 情形=[FIRM])], materials=[material("a", "甲")])
    return decide(found, **records)


def test_a_block_stops_the_application_with_its_reason_and_remedy_and_nothing_is_asked():
    body = blocked(evidence={"records": {"complete": True, "facts": {"title_mismatch": True}}})
    assert body["outcome"] == "blocked" and body["questions"] == []
    assert [(block["rule"], block["remedy"], block["reason"]) for block in body["blocks"]] == [("权属", "先更正登记", "required_by_law")]
    assert body["blocks"][0]["citations"][0]["article"] == "第一条"


def test_a_block_that_hangs_on_a_record_is_the_authority_s_work_and_one_nobody_raised_is_none():
    body = blocked()
    assert (body["blocks"], [(task["kind"], task["fact"], task["why"]["rules"]) for task in body["awaiting"]]) == ([], [("record", "title_mismatch", ["权属"])])
    clean = blocked(evidence={"records": {"complete": True}}, handed_in=["a"])
    assert (clean["outcome"], clean["blocks"], clean["awaiting"]) == ("accept", [], [])


def test_several_blocks_are_all_told():
    body = blocked(evidence={"records": {"complete": True, "facts": {"title_mismatch": True}}}, facts={"authorisation_refused": True})
    assert [block["rule"] for block in body["blocks"]] == ["权属", "拒绝"]


# —— refusal, purity, sameness ——

def test_nothing_is_decided_for_an_application_that_is_refused():
    with pytest.raises(Refused) as refused:
        persons(applicant={"id_type": "uscc", "id_number": "91210400MA0000015E"})
    assert [problem.field for problem in refused.value.problems] == ["applicant.id_number"]


def fixtures() -> list[Application]:
    return [Application.model_validate_json(path.read_text(encoding="utf-8")) for path in sorted(FIXTURES.glob("*.json"))]


def test_bodies_given_out_are_never_changed_by_later_calls():
    fresh = Decider(rulebook())
    kept = []
    for stated_ in fixtures():
        body = fresh.decide(stated_, stated_.accepted_on)
        kept.append((body, copy.deepcopy(body)))
    for stated_ in reversed(fixtures()):
        printed(fresh.decide(stated_, date(2026, 11, 30)), rulebook(), level="full")
        printed(fresh.decide(stated_, stated_.accepted_on), rulebook(), "en", "full")
    assert all(body == before for body, before in kept)


def test_an_answer_is_plain_json_and_the_same_from_a_fresh_decider():
    for stated_ in fixtures():
        body = decider().decide(stated_, stated_.accepted_on)
        text = json.dumps(body, ensure_ascii=False, allow_nan=False)
        assert json.loads(text) == body
        assert text == json.dumps(Decider(rulebook()).decide(stated_, stated_.accepted_on), ensure_ascii=False)


def test_what_was_seen_before_makes_no_difference():
    """Each application before every other one, under one decider: no memory leaks from one answer into another."""
    alone = [json.dumps(Decider(rulebook()).decide(one_, one_.accepted_on), ensure_ascii=False) for one_ in fixtures()]
    shared = Decider(rulebook())
    for number in (*range(len(alone)), *reversed(range(len(alone)))):
        stated_ = fixtures()[number]
        assert json.dumps(shared.decide(stated_, stated_.accepted_on), ensure_ascii=False) == alone[number]


def test_eight_threads_get_the_same_answers_as_one():
    every = fixtures()
    alone = [json.dumps(Decider(rulebook()).decide(one_, one_.accepted_on)) for one_ in every]
    shared = Decider(rulebook())

    def hammer(seed: int) -> list[int]:
        wrong = []
        for step in range(2 * len(every)):
            number = (step * (2 * seed + 1) + seed) % len(every)
            if json.dumps(shared.decide(every[number], every[number].accepted_on)) != alone[number]:
                wrong.append(number)
        return wrong

    with ThreadPoolExecutor(8) as pool:
        assert [found for wrong in pool.map(hammer, range(8)) for found in wrong] == []


def test_the_hall_that_accepts_makes_no_difference():
    for stated_ in fixtures():
        elsewhere = stated_.model_copy(update={"accepting_division": "440300"})
        found = decider().decide(elsewhere, stated_.accepted_on)
        at_home = stated_.model_copy(update={"accepting_division": None})
        assert {key: value for key, value in found.items() if key != "elsewhere"} == decider().decide(at_home, stated_.accepted_on)


def test_published_lists_count_by_pair_and_by_day():
    lists = [published("告知承诺清单", row("甲"), division="210400", start="2026-06-01", last="2026-10-31")]
    found = book(instrument("示例法", HAND_IN, NOT_NEEDED, rule("承诺", "准许", "告知承诺/证明承诺", "告知承诺清单状态 是 在列")),
                 items=[item(asked("甲", 承诺=LETTER), asked("乙", 承诺=LETTER))],
                 materials=[material("a", "甲", 可承诺方式="证明承诺"), material("b", "乙", 可承诺方式="证明承诺")], lists=lists)
    chosen = {"choices": {"a": {"commitment": "yes"}, "b": {"commitment": "yes"}}}
    for day, division, routes in (
            (date(2026, 10, 31), "210400", ("commitment", "submit")), (date(2026, 11, 1), "210400", ("submit", "submit")),
            (date(2026, 10, 31), "420700", ("submit", "submit"))):
        body = decide(found, day=day, division=division, **chosen)
        assert (one(body, "a")["route"], one(body, "b")["route"]) == routes
    cited = one(decide(found, day=date(2026, 10, 31), **chosen), "a")["citations"][-1]
    assert cited == {"list": "告知承诺清单", "division": "210400", "batch": "第一批", "published": "2026-06-01", "synthetic": False}
