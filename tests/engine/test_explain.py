"""Explanations say what was decided, in sentences fit for a window, in both languages, and change nothing."""

from __future__ import annotations

import copy
import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from engine.application import Application
from engine.explain import printed
from engine.notice import notice
from tests.bundled import applications, decider, rulebook

FIXTURES = Path(__file__).parents[2] / "fixtures" / "applications"


def answer(name: str, language: str = "zh", level: str = "summary", **changes: object) -> dict:
    document = json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    application = Application.model_validate(document | changes)
    return printed(decider().decide(application, date(2026, 11, 22)), rulebook(), language, level)


def said(body: dict, material: str) -> str:
    return next(one["explanation"] for one in body["materials"] if one["material"] == material)


def test_a_query_that_found_its_record_is_said_so():
    assert "由部门查询，不用您提交" in said(answer("housing_fund_rent_fushun"), "employer_withdrawal_certificate")
    assert "已经查明，符合要求" in said(answer("housing_fund_rent_fushun"), "employer_withdrawal_certificate")


def test_an_offer_names_its_consequence_and_that_declining_costs_nothing():
    text = said(answer("housing_fund_rent_fushun"), "no_home_certificate")
    assert "您也可以选择告知承诺（证明承诺或者签字声明）" in text and "承诺不实的后果" in text and "不选择没有任何不利影响" in text


def test_an_offer_says_what_the_letter_states_who_checks_it_and_on_what_grounds():
    text = said(answer("housing_fund_rent_fushun"), "no_home_certificate")
    assert "承诺书写明：申请人在缴存地没有自有住房" in text and "20个工作日内核查" in text and "承诺书不公开" in text
    assert "这样选的依据：《优化营商环境条例》" in text and "抚顺市告知承诺清单" in text and "（合成清单）" in text
    english = said(answer("housing_fund_rent_fushun", "en"), "no_home_certificate")
    assert "You may instead choose commitment (commitment in place of a proof or signed statement)" in english and "within 20 working days" in english


def test_offers_that_differ_in_their_mode_alone_are_said_once():
    assert said(answer("housing_fund_rent_fushun"), "no_home_certificate").count("不选择没有任何不利影响") == 1
    offered = next(one["offers"] for one in answer("housing_fund_rent_fushun")["materials"] if one["material"] == "no_home_certificate")
    assert [one["mode"] for one in offered] == ["proof_commitment", "signed_statement"] and all("不选择" in one["text"] for one in offered)


def test_members_of_alternatives_are_never_mixed_up():
    text = said(answer("social_card_child_jiayuguan"), "guardianship_evidence")
    household, birth = text.index("“未成年人户口簿”："), text.index("“出生医学证明”：")
    assert household < birth and "则出示证件即可" in text[household:birth] and "则需要提交" not in text[household:birth]
    assert "以下任选其一：未成年人户口簿；出生医学证明" in text


def found(name: str, material: str, result: str, language: str = "zh") -> str:
    document = json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    evidence = document["evidence"]
    return said(answer(name, language, evidence=evidence | {"queries": evidence["queries"] | {material: {"result": result}}}), material)


def test_an_expired_record_asks_for_renewal_and_never_for_the_same_paper():
    text = found("catering_permit_dechang_register_down", "business_licence", "expired")
    assert "请先换发或者续期“营业执照”，同一份材料不用再交" in text and "可以提出异议" in text and "需要提交" not in text
    assert "renew “Business licence” first" in found("catering_permit_dechang_register_down", "business_licence", "expired", "en")


def test_a_record_that_disproves_an_absence_is_not_called_expired():
    text = found("housing_fund_rent_couple_ezhou", "no_home_certificate", "valid")
    assert "已经查明有相反的记录" in text and "换发" not in text


def test_nothing_is_said_twice():
    text = said(answer("housing_fund_rent_fushun"), "employer_withdrawal_certificate")
    assert text.count("不用您提交") == 1
    assert "因为：可以先受理，在期限内补交（容缺受理）" in said(answer("company_setup_jiayuguan_appointment_missing"), "appointment_document")


def test_a_day_due_is_written_as_people_write_it_and_an_unknown_one_is_never_guessed():
    assert "请您最迟在2026年11月25日补交材料" in said(answer("company_setup_jiayuguan_appointment_missing"), "appointment_document")
    text = said(answer("care_elsewhere_shaoyang"), "residence_elsewhere_certificate")
    assert "期限自2026年11月22日起30个工作日，2027年日历公布后确定具体日期" in text


def test_a_later_and_more_favourable_law_is_named():
    document = {"accepted_on": "2025-05-09"}
    body = answer("marriage_last_day_of_household_book", **document)
    told = [one["explanation"] for one in body["materials"] if one.get("law")]
    assert told and any("现在的规定是" in text and "按对您更有利的" in text for text in told)


def test_a_question_is_filled_with_names_and_says_what_hangs_on_it():
    questions = answer("housing_fund_rent_fushun")["questions"]
    assert questions[0]["text"] == "申请人目前是否已婚？" and "“结婚证”" in questions[0]["why_text"]
    assert "“配偶”都有哪些人？请把每个人都列全" in questions[1]["text"]


def test_full_explains_why_no_lighter_route_is_taken():
    body = answer("housing_fund_rent_fushun", level="full")
    entry = next(one for one in body["materials"] if one["material"] == "no_home_certificate")
    shared = next(one for one in entry["considered"] if one["route"] == "shared")
    assert "数据共享没有开" in shared["text"] and "“数据源状态 是 已接通”" in shared["text"]


def test_an_undetermined_material_says_what_follows_from_each_answer():
    text = said(answer("housing_fund_rent_fushun"), "marriage_certificate")
    assert "还不能判断" in text and "如果不属于“已婚”的情形，则不需要" in text


def test_marks_of_legal_review_and_synthetic_lists_are_shown():
    body = answer("company_setup_jiayuguan_appointment_missing")
    assert "待法务核对" in said(body, "appointment_document") and "合成清单" in said(body, "appointment_document")


def test_a_source_that_is_down_is_never_put_on_the_applicant():
    assert "不转嫁给您" in said(answer("catering_permit_dechang_register_down"), "business_licence")


def test_a_block_is_explained_with_its_remedy():
    body = answer("house_sale_owner_differs_ezhou")
    assert body["outcome"] == "blocked" and "登记簿上的权利人与申请人不一致" in body["blocks"][0]["text"] and "怎样解决" in body["blocks"][0]["text"]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.json")), ids=lambda path: path.stem)
def test_no_code_and_no_placeholder_is_left_in_a_sentence(path, language):
    body = answer(path.stem, language, "full")
    texts = [body["outcome_text"], *(one["explanation"] for one in body["materials"]), *(one["text"] for one in (*body["questions"], *body["awaiting"]))]
    for text in texts:
        assert text.strip() and "{" not in text and "None" not in text
        if language == "zh":
            assert not any(code in text for code in ("query_result", "not_required", "agency_followup", "applicant"))


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(applications())
def test_every_answer_can_be_printed_and_the_body_is_left_alone(application):
    body = decider().decide(application, application.accepted_on)
    before = copy.deepcopy(body)
    for language in ("zh", "en"):
        full = printed(body, rulebook(), language, "full")
        assert all(one["explanation"] for one in full["materials"])
        assert all(one["text"] and one["why_text"] for one in full["questions"])
        text = notice(full, rulebook(), language, "测试甲").text()
        assert all(one["text"] in text for one in full["questions"])
    assert body == before


def test_the_level_off_says_nothing():
    body = answer("housing_fund_rent_fushun", level="off")
    assert not {"explanation", "considered"} & set().union(*body["materials"])
    assert "outcome_text" not in body
