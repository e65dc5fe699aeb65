"""一件事一次办: outputs pass from step to step, nothing is asked twice, and steps that are not needed are not there."""

from __future__ import annotations

import copy
import json
from datetime import date

import pytest

from engine.application import Application
from engine.bundles import decide_bundle
from engine.decide import Decider
from engine.problems import Refused
from engine.rulebook import Rulebook
from tests.bundled import decider
from tests.engine.small import (
    DAY,
    HAND_IN,
    NOT_NEEDED,
    asked,
    book,
    credential,
    instrument,
    item,
    material,
    rule,
    situation,
)

PERSON = {"id_type": "resident_id", "id_number": "210400199003070007"}
COMPANY = {
    "item": "-", "deciding_division": "210400", "accepted_on": "2026-11-23", "applicant": {"kind": "natural_person", **PERSON},
    "persons": [{"id": "p1", "role": "法定代表人", **PERSON}], "roles_complete": ["法定代表人"], "presented": [],
    "evidence": {"on_file": {"complete": True}, "records": {"complete": True}}}
ALL_STEPS = {"wants_free_seal": True, "claims_invoices": False, "hires_employees": True}


def company(outputs: dict[str, str] | None = None, **more: object) -> dict:
    raw = copy.deepcopy(COMPANY) | {"situation": ALL_STEPS} | more
    if outputs:
        raw["evidence"] = {**COMPANY["evidence"], "outputs": outputs}       # type: ignore[dict-item]
    return decide_bundle(decider(), "open_a_company", Application.model_validate(raw), date(2026, 11, 23))


def steps(body: dict) -> list[str]:
    return [step["item"] for step in body["steps"]]


def entry(body: dict, step: str, code: str) -> dict:
    decision = next(one["decision"] for one in body["steps"] if one["item"] == step)
    found = [one for one in decision["materials"] if one["material"] == code]
    assert len(found) == 1
    return found[0]


AFTER = ["seal_filing", "tax_information", "social_insurance_registration", "housing_fund_registration", "bank_account_appointment"]


def test_the_steps_stand_in_the_order_of_the_bundle():
    assert steps(company()) == ["company_registration", *AFTER]
    assert {step["needed"] for step in company()["steps"]} == {"yes"}


@pytest.mark.parametrize("step", AFTER)
@pytest.mark.parametrize(("state", "route", "status", "satisfied"), [
    (None, "covered", "waiting", "waiting"), ("expected", "covered", "waiting", "waiting"), ("issued", "covered", "settled", "yes"),
    ("failed", None, "suspended", "waiting")])
def test_the_licence_the_first_step_issues_is_never_asked_of_the_applicant(step, state, route, status, satisfied):
    licence = entry(company({"business_licence": state} if state else None), step, "business_licence")
    assert (licence["route"], licence["status"], licence["satisfied"]) == (route, status, satisfied)
    assert all(residual["actor"] != "applicant" for residual in licence["residuals"])
    if route:
        assert licence["reason"] == "issued_by_earlier_step"


def test_an_output_may_be_told_by_its_name_too():
    assert entry(company({"营业执照": "issued"}), "tax_information", "business_licence")["status"] == "settled"
    assert entry(company({"营业执照": "failed"}), "tax_information", "business_licence")["status"] == "suspended"


def test_an_output_of_a_later_step_is_expected_only_after_it():
    body = company()
    assert entry(body, "bank_account_appointment", "seal_filing_record")["reason"] == "issued_by_earlier_step"


def test_one_identity_card_is_asked_for_once_and_the_other_steps_share_it():
    body = company()
    cards = {step["item"]: one for step in body["steps"] for one in step["decision"]["materials"] if one["material"] == "legal_representative_identity"}
    assert {one["person"] for one in cards.values()} == {"p1"} and len(cards) == 5
    asked_for = [step for step, one in cards.items() if one["route"] == "shown"]
    assert asked_for == ["seal_filing"]
    assert {(one["route"], one["reason"], one["satisfied"]) for step, one in cards.items() if step != "seal_filing"} == {
        ("covered", "asked_once_in_bundle", "yes")}


def test_each_person_s_card_is_asked_for_once_of_that_person():
    people = [{"id": "p1", "role": "法定代表人", **PERSON}, {"id": "p2", "role": "法定代表人", "id_type": "passport", "id_number": "E12345678"}]
    body = company(persons=people)
    asked_for = [(step["item"], one["person"]) for step in body["steps"] for one in step["decision"]["materials"]
                 if one["material"] == "legal_representative_identity" and one["route"] == "shown"]
    assert asked_for == [("seal_filing", "p1"), ("seal_filing", "p2")]


def test_without_employees_the_steps_for_them_are_not_there():
    body = company(situation=ALL_STEPS | {"hires_employees": False})
    assert steps(body) == ["company_registration", "seal_filing", "tax_information", "bank_account_appointment"]


def test_a_situation_nobody_told_is_a_question_and_the_steps_it_decides_say_so():
    body = company(situation={"wants_free_seal": True, "claims_invoices": False})
    first = body["questions"][0]
    assert (first["fact"], first["values"]) == ("hires_employees", ["true", "false"]) and body["outcome"] == "undetermined"
    assert first["steps"] == ["social_insurance_registration", "housing_fund_registration"]
    assert {step["item"]: step["needed"] for step in body["steps"]} == {
        "company_registration": "yes", "seal_filing": "yes", "tax_information": "yes", "social_insurance_registration": "unknown",
        "housing_fund_registration": "unknown", "bank_account_appointment": "yes"}


def test_an_output_of_a_step_that_may_fall_away_leaves_the_later_step_undetermined():
    body = company(situation={"claims_invoices": False, "hires_employees": False})
    record = entry(body, "bank_account_appointment", "seal_filing_record")
    assert (record["route"], record["status"], record["residuals"]) == (None, "undetermined", [])
    outcomes = {step["item"]: step["decision"]["outcome"] for step in body["steps"]}
    assert outcomes["bank_account_appointment"] == "undetermined" != outcomes["tax_information"]
    assert body["questions"][0]["fact"] == "wants_free_seal"


def test_situations_are_taken_by_name_and_code_and_a_wrong_or_double_one_is_refused():
    assert steps(company(situation={"免费刻章": False, "领用发票": False, "招用员工": False})) == [
        "company_registration", "tax_information", "bank_account_appointment"]
    for given, code in (({"employs": True}, "unknown-situation"), ({"招用员工": True, "hires_employees": False}, "stated-twice")):
        with pytest.raises(Refused) as refused:
            company(situation=given)
        assert code in {problem.code for problem in refused.value.problems}


def test_an_unknown_bundle_is_refused_with_the_ones_there_are():
    with pytest.raises(Refused) as refused:
        decide_bundle(decider(), "open_a_bank", Application.model_validate(COMPANY), DAY)
    assert [(problem.code, problem.field) for problem in refused.value.problems] == [("unknown-bundle", "bundle")]
    assert set(refused.value.problems[0].allowed) == {"open_a_company", "birth_of_a_child"}


def test_the_birth_certificate_issued_in_the_bundle_serves_the_steps_after_it():
    stated = Application.model_validate(COMPANY | {"situation": {"已办生育登记": False, "同时参保": True, "wants_social_card": False}})
    body = decide_bundle(decider(), "出生一件事", stated, date(2026, 11, 23))
    assert (body["bundle"], body["lead"]) == ("birth_of_a_child", "卫生健康部门")
    assert steps(body) == ["childbirth_registration", "birth_certificate_issue", "vaccination_certificate_issue", "birth_household_registration",
                           "resident_medical_insurance"]
    for step in ("vaccination_certificate_issue", "birth_household_registration"):
        assert entry(body, step, "birth_medical_certificate")["reason"] == "issued_by_earlier_step"
    registered = stated.model_copy(update={"situation": {"already_registered_childbirth": True}})
    assert steps(decide_bundle(decider(), "birth_of_a_child", registered, date(2026, 11, 23)))[0] == "birth_certificate_issue"


# —— small bundles: which step keeps what ——

SHARE_ONCE = rule("一次提交", "准许", "已有覆盖", "同批另收 成立", 理由="同批只要一份")
OUTPUT = rule("前序产出", "准许", "已有覆盖", "前序产出 属于 已产出、待产出", 理由="前序已产出")


def small(*rules: dict, first: list[dict], second: list[dict], third: list[dict] | None = None, outputs: list[str] | None = None) -> Rulebook:
    offered = [item(*first, code="one", name="第一步", **({"产出": outputs} if outputs else {})), item(*second, code="two", name="第二步")]
    if third:
        offered.append(item(*third, code="three", name="第三步"))
    bundle = {"一件事": "一件事", "编码": "all", "英文名": "all", "牵头单位": "民政部门", "区划": "000000", "情形": [situation("also", "还要")],
              "步骤": [{"事项": "第一步"}, {"事项": "第二步"}, *([{"事项": "第三步", "需要": ["还要 成立"]}] if third else [])],
              "依据": [{"文件": "示例条例", "条款": "第九条"}]}
    return book(instrument("示例法", *rules, SHARE_ONCE, OUTPUT, HAND_IN, NOT_NEEDED), items=offered, bundles=[bundle], credentials=[credential("card", "身份卡")],
                materials=[material("a", "甲", 证件=["身份卡"]), material("b", "乙"), material("c", "丙")])


def run(found: Rulebook, **more: object) -> dict[str, dict[str, tuple[str | None, str]]]:
    stated = Application.model_validate({"item": "-", "deciding_division": "210400", "accepted_on": DAY, **more})
    body = decide_bundle(Decider(found), "all", stated, DAY)
    return {step["item"]: {one["material"]: (one["route"], one["status"]) for one in step["decision"]["materials"]} for step in body["steps"]}


SHOW_FIRST = rule("第一步出示", "准许", "出示证件", "事项 是 第一步", "出示状态 属于 尚未出示、出示有效")


def test_what_must_be_handed_in_somewhere_serves_whoever_only_wants_to_see_it():
    found = run(small(SHOW_FIRST, first=[asked("甲")], second=[asked("甲")]), presented=[{"credential": "card"}])
    assert found == {"one": {"a": ("covered", "settled")}, "two": {"a": ("submit", "settled")}}


def test_of_equal_needs_the_principal_one_is_kept_then_the_earliest():
    both = run(small(first=[asked("甲", 角色="副件")], second=[asked("甲")]))
    assert both == {"one": {"a": ("covered", "settled")}, "two": {"a": ("submit", "settled")}}
    alike = run(small(first=[asked("甲")], second=[asked("甲")]))
    assert alike == {"one": {"a": ("submit", "settled")}, "two": {"a": ("covered", "settled")}}


def test_a_material_only_one_step_wants_is_asked_for_there():
    assert run(small(first=[asked("甲")], second=[asked("乙")])) == {"one": {"a": ("submit", "settled")}, "two": {"b": ("submit", "settled")}}


def test_a_step_s_own_output_is_not_taken_for_granted_in_that_step():
    found = run(small(first=[asked("乙")], second=[asked("甲"), asked("乙")], outputs=["乙"]))
    assert found["one"]["b"] == ("submit", "settled") and found["two"]["b"] == ("covered", "waiting")


def test_the_bundle_comes_to_the_worst_of_its_steps_and_is_plain_json():
    found = small(first=[asked("甲")], second=[asked("乙")])
    for handed_in, outcome in ((["a", "b"], "accept"), (["a"], "supplement"), ([], "supplement")):
        stated = Application.model_validate({"item": "-", "deciding_division": "210400", "accepted_on": DAY, "handed_in": handed_in})
        body = decide_bundle(Decider(found), "all", stated, DAY)
        assert body["outcome"] == outcome and json.loads(json.dumps(body)) == body
