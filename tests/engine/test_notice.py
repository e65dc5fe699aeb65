"""The one-time notice: everything asked of the applicant, once, and nothing else; each material in one part of it."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from engine.application import Application
from engine.explain import printed
from engine.notice import Notice, notice
from engine.wording.material import explanation
from engine.wording.words import Words
from tests.bundled import decider, rulebook

FIXTURES = Path(__file__).parents[2] / "fixtures" / "applications"
TO_DO, CHOICES, FREE, AUTHORITY, GROUNDS, RIGHTS = "需要您做的", "您可以选择的", "不用您提交的", "由部门办理的", "依据", "您的权利"


def body(name: str, language: str = "zh", **changes: object) -> dict:
    document = json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    return printed(decider().decide(Application.model_validate(document | changes), date(2026, 11, 22)), rulebook(), language, "summary")


def made(name: str, language: str = "zh", **changes: object) -> Notice:
    return notice(body(name, language, **changes), rulebook(), language, "测试甲")


def part(found: Notice, title: str) -> tuple[str, ...]:
    return next((section.lines for section in found.sections if section.title.partition("、")[2] == title), ())


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.json")), ids=lambda path: path.stem)
def test_every_material_stands_in_exactly_one_part(path, language):
    answer = body(path.stem, language)
    words = Words(rulebook(), answer, language)
    lines = [line for section in notice(answer, rulebook(), language).sections for line in section.lines]
    for one in answer["materials"]:
        assert lines.count(explanation(one, words, full=False, alone=False)) == 1


def test_the_head_names_applicant_item_division_day_and_rulebook():
    found = dict(made("housing_fund_rent_fushun").head)
    assert (found["申请人"], found["事项"], found["日期"]) == ("测试甲", "住房公积金提取（租房）", "2026年11月22日")
    assert found["决定机关所在区划"] == "抚顺市（210400）" and found["规则库版本"].startswith("sha256:")


def test_choices_are_told_apart_from_duties_and_cost_nothing_to_decline():
    found = made("housing_fund_rent_fushun")
    assert part(found, TO_DO) == ("需要提交“无房证明”。因为：依法需要提交。",)
    (choice,) = part(found, CHOICES)
    assert "告知承诺（证明承诺或者签字声明）" in choice and "不选择没有任何不利影响" in choice and "合成清单" in choice


def test_questions_and_what_hangs_on_them_are_conditional_lines():
    found = made("housing_fund_rent_fushun")
    assert part(found, "还要您告诉我们的")[0].startswith("申请人目前是否已婚？")
    assert "如果不属于“已婚”的情形，则不需要" in part(found, "要看情况的")[0]


def test_a_deferred_material_stays_something_to_do_with_its_day():
    assert any("“任职文件”" in line and "请您最迟在2026年11月25日补交材料" in line
               for line in part(made("company_setup_jiayuguan_appointment_missing"), TO_DO))


def test_a_negative_finding_is_something_to_put_right_and_no_paper_to_hand_in():
    evidence = json.loads((FIXTURES / "catering_permit_dechang_register_down.json").read_text(encoding="utf-8"))["evidence"]
    found = made("catering_permit_dechang_register_down", evidence=evidence | {"queries": {"business_licence": {"result": "revoked"}}})
    assert any("“营业执照”" in line and "同一份材料不用再交" in line for line in part(found, TO_DO))
    assert not any("“营业执照”" in line for line in part(found, FREE))


def test_what_the_authority_looks_up_is_its_own_part():
    lines = part(made("social_card_child_jiayuguan"), AUTHORITY)
    assert "向公安机关查询“未成年人户口簿”。" in lines and any("暂时不需要您做任何事" in line for line in lines)


def test_a_block_comes_first_with_its_remedy():
    found = made("house_sale_owner_differs_ezhou")
    assert found.sections[0].title == "一、不能受理的原因" and "怎样解决" in found.sections[0].lines[0]


def test_each_place_in_the_law_is_cited_once_with_its_marks():
    lines = part(made("housing_fund_rent_fushun"), GROUNDS)
    assert sum(line.startswith("《国务院关于在线政务服务的若干规定》（国务院令第716号）第六条") for line in lines) == 1
    assert any("待法务核对" in line for line in lines)


def test_the_law_of_the_notice_comes_from_the_rulebook_alone():
    assert "行政许可法" in made("catering_permit_dechang_register_down").text()
    assert "行政许可法" not in made("housing_fund_rent_fushun").text()


def test_the_rights_close_every_notice_in_both_languages():
    assert any("本告知书以外的材料不再要求" in line for line in part(made("care_elsewhere_shaoyang"), RIGHTS))
    text = made("care_elsewhere_shaoyang", "en").text()
    assert "Your rights" in text and "Nothing beyond this notice will be demanded" in text
