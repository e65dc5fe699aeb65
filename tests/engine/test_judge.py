"""One material, judged: what settles it, what is asked and in which order, what is offered, and why lighter routes are closed."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from engine.decide import Decider
from engine.judge import finding, satisfied
from engine.rulebook import Rulebook
from tests.bundled import rulebook
from tests.engine.small import (
    DAY,
    EVERYWHERE,
    HAND_IN,
    LETTER,
    NOT_NEEDED,
    application,
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
MARRIED = situation("married", "已婚")
AUTHORISED = [rule("有权-职责", "认定", "查询有权", "查询依据 是 法定职责"), rule("有权-同意", "认定", "查询有权", "查询依据 是 同意", "同意查询 成立")]
SHARE = rule("共享", "准许", "数据共享", "材料需要 成立", "数据源状态 是 已接通", "查询有权 成立", "查询结果 是 查到有效")
SHOW = rule("出示", "准许", "出示证件", "出示状态 属于 尚未出示、出示有效")
COMMIT = rule("承诺", "准许", "告知承诺/证明承诺", "告知承诺清单状态 是 在列")
BAR = rule("失信不承诺", "排除", "告知承诺", "申请人信用 属于 严重失信、虚假承诺")


def small(*rules: dict, sources: list[dict] = [], credentials: list[dict] = [], lists: list[dict] = [],  # noqa: B006
          asks: dict | None = None, **thing: object) -> Rulebook:
    """One material 甲 under these rules, always to be handed in if nothing lighter is open."""
    return book(instrument("示例法", *rules, HAND_IN, NOT_NEEDED), items=[item(asked("甲", 承诺=LETTER, **(asks or {})), 情形=[MARRIED])],
                materials=[material("a", "甲", 可承诺方式="证明承诺", 数据源=[s["编码"] for s in sources] or "无",
                                    证件=[c["名称"] for c in credentials] or "无", **thing)],
                sources=sources, credentials=credentials, lists=lists)


LISTED = [published("告知承诺清单", row("甲"))]


def facts_asked(body: dict) -> list[str]:
    return [question["fact"] for question in body["questions"]]


def routes(entry: dict) -> list[tuple[list[str], str]]:
    return [(branch["when"], branch["route"]) for branch in entry["branches"]]


# —— completions ——

def test_completions_that_agree_settle_the_outcome_and_nothing_is_asked():
    found = small(rule("甲类", "准许", "已有覆盖", "申请人类型 是 自然人"), rule("乙类", "准许", "已有覆盖", "申请人类型 不是 自然人"))
    body = decide(found)
    assert (one(body, "a")["route"], one(body, "a")["status"], body["questions"]) == ("covered", "settled", [])
    assert one(body, "a")["grounds"] == ["乙类", "甲类"]       # either of them, whichever it turns out to be


def test_what_no_answer_can_change_is_settled_although_a_rule_pends():
    found = small(rule("共享", "准许", "数据共享", "申请人类型 是 自然人", "申请人信用 是 良好"), rule("不共享", "排除", "数据共享", "材料类别 是 证明"))
    body = decide(found)
    assert (one(body, "a")["route"], one(body, "a")["status"], body["questions"], body["awaiting"]) == ("submit", "settled", [], [])


def test_whether_it_is_not_needed_or_not_to_be_demanded_nobody_has_to_know():
    found = small(rule("取消", "准许", "取消", "材料类别 是 证明"), asks={"需要": ["已婚 成立"]})
    body = decide(found)
    assert (one(body, "a")["status"], one(body, "a")["satisfied"], body["questions"], body["outcome"]) == ("settled", "yes", [], "accept")


def test_need_is_asked_before_consent_and_consent_before_the_query():
    found = small(SHARE, *AUTHORISED, sources=[source("s", EVERYWHERE, 查询依据="同意")], asks={"需要": ["已婚 成立"]})
    known = {"applicant": {"id_type": "resident_id", "birth_date": "1990-03-07"}}      # an adult: whose consent it takes is plain
    body = decide(found, **known)
    entry = one(body, "a")
    assert (entry["status"], entry["route"], body["outcome"]) == ("undetermined", None, "undetermined")
    assert facts_asked(body) == ["married", "consents_to_query"] and body["awaiting"] == []
    nothing = "query_result in expired、revoked、not_found、mismatch、unclear、down"
    assert routes(entry) == [
        (["married holds", "consents_to_query holds", "query_result is valid"], "shared"), (["married holds", "consents_to_query holds", nothing], "submit"),
        (["married holds", "consents_to_query fails"], "submit"), (["married fails"], "not_required")]

    body = decide(found, situation={"married": True}, consents={"a": True}, **known)
    assert (one(body, "a")["status"], one(body, "a")["route"], body["questions"]) == ("awaiting_authority", "shared", [])
    assert [(task["kind"], task["fact"], task["material"]) for task in body["awaiting"]] == [("query", "query_result", "a")]
    assert body["outcome"] == "accept"      # the authority's own work does not block acceptance

    body = decide(found, situation={"married": True}, consents={"a": False}, **known)
    assert (one(body, "a")["route"], body["questions"], body["awaiting"]) == ("submit", [], [])
    assert facts_asked(decide(found, situation={"married": False})) == []


def test_exclusive_or_of_two_unknowns_asks_for_both_and_one_answer_is_not_enough():
    either = {"任一": [{"全部": ["已婚 成立", "代理授权有效 不成立"]}, {"全部": ["已婚 不成立", "代理授权有效 成立"]}]}
    found = book(instrument("示例法", rule("异或", "准许", "已有覆盖", "申请人类型 是 自然人", "材料需要 成立"), NOT_NEEDED, HAND_IN),
                 items=[item(asked("甲", 需要=[either]), 情形=[MARRIED])], materials=[material("a", "甲")])
    who = {"applicant": {"kind": "natural_person"}}
    agent = {"kind": "authorised_agent"}
    body = decide(found, agent=agent, **who)
    assert facts_asked(body) == ["married", "agent_authorised"]
    assert facts_asked(decide(found, agent=agent, situation={"married": True}, **who)) == ["agent_authorised"]
    for married in (True, False):
        for authorised in (True, False):
            body = decide(found, agent=agent | {"authorised": authorised}, situation={"married": married}, **who)
            assert one(body, "a")["route"] == ("covered" if married != authorised else "not_required")


def exclusive(phrases: list[str]) -> object:
    """True when an odd number of the phrases holds: no fact can be left out."""
    found: object = phrases[0]
    for phrase in phrases[1:]:
        found = {"任一": [{"全部": [found, {"非": phrase}]}, {"全部": [{"非": found}, phrase]}]}
    return found


MANY = ["申请人类型 是 自然人", "当事人证件类型 是 护照号码", "查询结果 是 查到有效", "核验结果 是 核验属实", "持有证件 成立", "同意查询 成立"]


def test_too_many_completions_are_never_a_crash_and_never_pass_a_lighter_route_over():
    found = small(rule("异或", "准许", "已有覆盖", exclusive(MANY)))
    body = decide(found)
    entry = one(body, "a")
    assert (entry["status"], entry["route"], entry["branches"], body["outcome"]) == ("undetermined", None, [], "undetermined")
    assert facts_asked(body) == ["applicant_kind"]          # the first fact is learned first
    known = {"applicant": {"kind": "natural_person", "id_type": "passport"}, "facts": {"holds_credential": {"a": True}}, "consents": {"a": True}}
    for query, check in (("valid", "refuted"), ("down", "refuted"), ("valid", "confirmed")):
        evidence = {"queries": {"a": {"result": query}}, "checks": {"a": {"result": check}}}
        odd = (4 + (query == "valid") + (check == "confirmed")) % 2 == 1
        assert one(decide(found, evidence=evidence, **known), "a")["route"] == ("covered" if odd else "submit")


def test_too_many_completions_in_the_authority_s_hands_are_the_authority_s_work():
    found = small(rule("异或", "准许", "已有覆盖", exclusive([MANY[2], MANY[3], *MANY[:2], *MANY[4:]])))
    body = decide(found)
    assert (one(body, "a")["status"], [task["fact"] for task in body["awaiting"]], body["questions"]) == ("awaiting_authority", ["query_result"], [])


# —— electives ——

def test_a_fact_that_serves_only_an_unanswered_elective_is_not_asked():
    found = small(COMMIT, rule("只限自然人", "排除", "告知承诺", "申请人类型 不是 自然人"), lists=LISTED)
    body = decide(found)
    assert (one(body, "a")["route"], one(body, "a")["status"], body["questions"]) == ("submit", "settled", [])
    assert [(offer["route"], offer["conditional"], offer["alternative"]) for offer in one(body, "a")["offers"]] == [("commitment", True, "submit")]
    body = decide(found, choices={"a": {"commitment": "yes"}})
    assert (one(body, "a")["status"], facts_asked(body)) == ("undetermined", ["applicant_kind"])
    body = decide(found, choices={"a": {"commitment": "no"}})
    assert (one(body, "a")["route"], one(body, "a")["offers"], body["questions"]) == ("submit", [], [])
    assert next(way for way in one(body, "a")["considered"] if way["route"] == "commitment")["state"] == "pending"


@pytest.mark.parametrize(("answer", "signed", "route", "satisfied_", "offers"), [
    (None, None, "submit", "waiting", ["commitment"]), ("no", None, "submit", "waiting", []), ("yes", None, "commitment", "waiting", []),
    ("yes", "self", "commitment", "yes", []), (None, "self", "submit", "waiting", ["commitment"])])
def test_an_open_elective_is_taken_when_chosen_and_met_when_signed(answer, signed, route, satisfied_, offers):
    entry = one(decide(small(COMMIT, lists=LISTED), choices={"a": {"commitment": answer, "signed_by": signed}}), "a")
    assert (entry["route"], entry["satisfied"], [offer["route"] for offer in entry["offers"]]) == (route, satisfied_, offers)


def test_an_elective_heavier_than_what_is_open_is_neither_taken_nor_offered():
    found = small(COMMIT, SHOW, lists=LISTED, credentials=[credential("card", "身份卡", 普遍持有="是")])
    entry = one(decide(found, applicant={"id_type": "resident_id"}, choices={"a": {"commitment": "yes"}}), "a")
    assert (entry["route"], entry["offers"], entry["also_open"]) == ("shown", [], ["commitment", "submit"])


def test_a_chosen_elective_waits_for_the_authority_s_record_and_is_closed_by_it():
    found = small(COMMIT, BAR, lists=LISTED)
    chosen = {"choices": {"a": {"commitment": "yes", "signed_by": "self"}}}
    body = decide(found, **chosen)
    assert (one(body, "a")["status"], one(body, "a")["route"], body["questions"]) == ("awaiting_authority", "commitment", [])
    assert [(task["kind"], task["fact"]) for task in body["awaiting"]] == [("record", "applicant_credit")]
    for kind, route in (("minor", "commitment"), ("serious", "submit")):
        records = {"records": {"complete": True, "credit": [{"kind": kind, "recorded_on": "2026-01-01"}]}}
        assert one(decide(found, evidence=records, **chosen), "a")["route"] == route


# —— why lighter routes are closed ——

def closed(entry: dict, route: str) -> dict:
    return next(way for way in entry["considered"] if way["route"] == route)


def test_a_route_closed_by_a_bar_names_the_bar_and_the_facts_that_raise_it():
    found = small(COMMIT, BAR, lists=LISTED)
    records = {"records": {"complete": True, "credit": [{"kind": "serious", "recorded_on": "2026-01-01"}]}}
    entry = one(decide(found, evidence=records), "a")
    assert closed(entry, "commitment") == {"route": "commitment", "state": "closed", "because": [
        {"rule": "失信不承诺", "kind": "bar", "phrases": ["applicant_credit in serious、false_commitment"]}]}


def test_a_route_without_a_holding_grant_names_the_grants_nearest_to_holding_three_at_most():
    near = rule("近", "准许", "数据共享", "数据源状态 是 已接通", "材料类别 是 证明")
    grants = [rule(f"远{n}", "准许", "数据共享", "数据源状态 是 已接通", "材料类别 是 申请表", "材料角色 是 副件") for n in range(3)]
    entry = one(decide(small(*grants, near)), "a")
    because = closed(entry, "shared")["because"]
    assert [(row["rule"], row["phrases"]) for row in because] == [
        ("近", ["source_state is connected"]), ("远0", ["source_state is connected", "material_kind is form", "material_role is secondary"]),
        ("远1", ["source_state is connected", "material_kind is form", "material_role is secondary"])]


def test_every_lighter_route_is_considered_and_no_heavier_one():
    ladder = [route.code for route in rulebook().ladder]
    assert [way["route"] for way in one(decide(small()), "a")["considered"]] == ladder[:ladder.index("submit")]
    shown = decide(small(SHOW, credentials=[credential("card", "身份卡")]), presented=[{"credential": "card"}])
    assert [way["route"] for way in one(shown, "a")["considered"]] == ladder[:ladder.index("shown")]


def test_a_refused_elective_is_said_to_be_declined_and_an_open_one_to_be_offered():
    found = small(COMMIT, lists=LISTED)
    for answer, state in (("no", "declined"), (None, "offered")):
        assert closed(one(decide(found, choices={"a": {"commitment": answer}}), "a"), "commitment")["state"] == state


# —— which rules ground an outcome ——

def test_grounds_are_ordered_by_rank_breadth_file_and_id_and_the_first_is_the_rule():
    def grant(number: str) -> dict:
        return rule(number, "准许", "已有覆盖", "材料类别 是 证明")
    found = book(instrument("市文件", grant("市"), rank="规范性文件", division="210400"), instrument("部门规章", grant("章"), rank="部门规章"),
                 instrument("省条例", grant("省"), rank="地方性法规", division="210000"), instrument("市条例", grant("条"), rank="地方性法规", division="210400"),
                 instrument("法律", grant("b"), grant("a"), rank="法律"), items=[item(asked("甲"))], materials=[material("a", "甲")])
    entry = one(decide(found), "a")
    assert entry["grounds"] == ["a", "b", "省", "条", "章", "市"] and entry["rule"] == "a"
    assert [cited["rule"] for cited in entry["citations"]] == entry["grounds"]


def test_the_mode_is_the_first_in_the_ladder_s_order_that_is_open():
    both = [rule("声明", "准许", "告知承诺/签字声明", "告知承诺清单状态 是 在列"), COMMIT]
    chosen = {"a": {"commitment": "yes"}}
    assert one(decide(small(*both, lists=LISTED), choices=chosen), "a")["mode"] == "proof_commitment"
    barred = rule("不得证明承诺", "排除", "告知承诺/证明承诺", "材料类别 是 证明")
    entry = one(decide(small(*both, barred, lists=LISTED), choices=chosen), "a")
    assert (entry["mode"], entry["rule"]) == ("signed_statement", "声明")


def test_where_no_route_is_open_nothing_is_demanded_and_somebody_looks():
    found = book(instrument("示例法", rule("共享", "准许", "数据共享", "查询结果 是 查到有效")), items=[item(asked("甲"))], materials=[material("a", "甲")])
    body = decide(found, evidence={"queries": {"a": {"result": "not_found"}}})
    entry = one(body, "a")
    assert (entry["route"], entry["status"], entry["rule"], entry["residuals"], body["outcome"]) == (None, "undecidable", None, [], "undetermined")


# —— a failed earlier step ——

def test_what_hangs_on_a_failed_step_is_suspended_whatever_was_seen_before():
    """A remembered verdict never hides the failure: the same decider sees the step fail after it saw no step at all."""
    decider = Decider(small(SHARE, *AUTHORISED, sources=[source("s", EVERYWHERE)]))
    query = {"queries": {"a": {"result": "valid"}}}
    assert one(decider.decide(application(evidence=query), DAY), "a")["route"] == "shared"
    failed = one(decider.decide(application(evidence=query | {"outputs": {"a": "failed"}}), DAY), "a")
    assert (failed["status"], failed["route"], failed["residuals"], failed["satisfied"]) == ("suspended", None, [], "waiting")


# —— findings and satisfaction, as tables ——

def rows(name: str) -> list[dict[str, str]]:
    with (TABLES / name).open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def code(fact: str, word: str) -> str:
    return rulebook().vocabulary[fact].by_word[word].code


def route_of(word: str) -> str:
    return next(route.code for route in rulebook().ladder if route.name == word)


@pytest.mark.parametrize("line", rows("findings.csv"), ids=lambda line: "-".join(list(line.values())[:3]))
def test_a_finding_is_what_the_table_says(line):
    sheet: dict = {"proof_direction": code("proof_direction", line["证明方向"])}
    if line["查到什么"] != "没查":
        fact = "query_result" if line["查到什么"] in rulebook().vocabulary["query_result"].by_word else "check_result"
        sheet[fact] = code(fact, line["查到什么"])
    assert finding(route_of(line["路径"]), sheet) == {"肯定": "positive", "否定": "negative", "": None}[line["认定"]]


CIRCUMSTANCES = {
    "": {}, "在案可用": {"on_file_state": "usable", "earlier_output": "none"}, "前序已产出": {"earlier_output": "issued", "on_file_state": "not_on_file"},
    "前序待产出": {"earlier_output": "expected", "on_file_state": None}, "前序待产出而在案可用": {"earlier_output": "expected", "on_file_state": "usable"},
    "出示有效": {"shown_state": "valid"}, "尚未出示": {"shown_state": "not_presented"}, "已签": {}, "未签": {}}


@pytest.mark.parametrize("line", rows("satisfied.csv"), ids=lambda line: "-".join(list(line.values())[:4]))
def test_a_requirement_is_met_as_the_table_says(line):
    found = {"肯定": "positive", "否定": "negative", "": None}[line["认定"]]
    handed_in = {"已交": True, "没交": False, "没说": None}[line["已交"]]
    state = satisfied(route_of(line["路径"]), found, CIRCUMSTANCES[line["情况"]], {"signed": line["情况"] == "已签"}, handed_in)
    assert state == code("satisfied", line["满足"])


def test_the_tables_speak_of_every_route():
    assert {route_of(line["路径"]) for line in rows("satisfied.csv")} == {route.code for route in rulebook().ladder}
