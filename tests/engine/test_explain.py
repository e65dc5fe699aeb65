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
    assert "您也可以选择告知承诺（证明承诺）" in text and "承诺不实的后果" in text and "不选择没有任何不利影响" in text


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
