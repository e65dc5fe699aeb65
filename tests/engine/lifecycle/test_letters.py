"""A commitment letter has every field of 国办发〔2020〕42号 or is not written at all."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.application import Application
from engine.catalogue import Item, Letter, Requirement
from engine.law import Span
from engine.lifecycle.letters import RIGHTS, STATEMENTS, CommitmentLetter, letter, may_withdraw
from engine.problems import Refused
from tests.bundled import applications, decider, rulebook

SAMPLES = sorted((Path(__file__).resolve().parent.parent.parent.parent / "fixtures" / "applications").glob("*.json"))
DAY = date(2026, 11, 22)
SHAOYANG, STAY = "430500", "residence_elsewhere_certificate"
HEADINGS = (
    "事项名称", "设定依据", "证明内容", "承诺方式", "适用依据", "不实承诺可能承担的民事、行政、刑事责任", "行政机关核查权力、方式、时限", "是否公开、公开范围及时限")


def found(item: str, material: str, division: str) -> tuple[Item, Requirement]:
    there = rulebook().item(item, division)
    assert there is not None
    members = [one for row in there.requirements for one in (row, *(member for members in row.alternatives for member in members))]
    return there, next(one for one in members if one.code == material)


def written(item: Item, requirement: Requirement, division: str = SHAOYANG, mode: str = "proof_commitment",
            rules: tuple[str, ...] = ("优化营商环境条例-44-2-承诺",), **more: str) -> CommitmentLetter:
    return letter(rulebook(), item, requirement, mode, rulebook().chain(division), DAY, rules, **{"applicant_name": "测试己", **more})  # type: ignore[arg-type]


def committed(body: dict) -> list[tuple[str, str, list[str]]]:
    """Every commitment of an answer, chosen or offered: material, mode, rules."""
    entries = [one for row in body["materials"] for one in (row, *(member for way in row.get("alternatives", ()) for member in way["materials"]))]
    rows = [(one["material"], one["mode"], one["grounds"]) for one in entries if one["route"] == "commitment"]
    return rows + [(one["material"], offer["mode"], [offer["rule"]]) for one in entries for offer in one["offers"] if offer["route"] == "commitment"]


def every_letter(application: Application) -> list[CommitmentLetter]:
    try:
        body = decider().decide(application, max(DAY, application.accepted_on))
    except Refused:
        return []
    made = []
    for material, mode, rules in committed(body):
        item, requirement = found(body["item"], material, body["deciding_division"])
        made.append(letter(rulebook(), item, requirement, mode, rulebook().chain(body["deciding_division"]), application.accepted_on, rules, "测试甲"))
    return made


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_commitment_of_a_sample_application_has_a_whole_letter(path):
    application = Application.model_validate_json(path.read_text(encoding="utf-8")).model_copy(update={"accepted_on": DAY})
    for made in every_letter(application):
        text = made.text()
        for heading in HEADINGS:
            line = next(line for line in text.splitlines() if f"{heading}：" in line)
            assert len(line.partition("：")[2]) > 2, line
        assert all(one in text for one in STATEMENTS) and "撤回" in text and f"改为提交“{made.material_name}”" in text
        assert json.loads(json.dumps(made.as_dict())) == made.as_dict()
        assert "None" not in text and "{" not in text and "。。" not in text


def test_the_samples_do_meet_commitments():
    made = [one for path in SAMPLES for one in every_letter(
        Application.model_validate_json(path.read_text(encoding="utf-8")).model_copy(update={"accepted_on": DAY}))]
    assert len(made) >= 8 and {one.public for one in made} == {True, False}


def test_a_letter_reads_as_a_citizen_would_read_it():
    text = written(*stay()).text()
    assert text.startswith("告知承诺书\n\n一、行政机关告知\n  1. 事项名称：跨省异地就医备案（邵阳市）。\n")
    assert "  5. 承诺方式：证明承诺；书面，包括电子文本。\n" in text
    assert "《优化营商环境条例》（国务院令第722号）第四十四条第二款；邵阳市告知承诺清单第一批（2020年12月31日起）（合成清单）。" in text
    assert "  8. 行政机关核查权力、方式、时限：医疗保障部门有权核查承诺内容；方式：数据核查；时限：30个工作日以内。\n" in text
    assert "  9. 是否公开、公开范围及时限：不公开。\n" in text
    assert "三、申请人承诺：申请人测试己声明" in text and "签署人：测试己（本人）" in text


def stay() -> tuple[Item, Requirement]:
    item = next(one for one in rulebook().items.values() if any(row.code == STAY for row in one.requirements))
    return found(item.code, STAY, SHAOYANG)


FULL = Letter("地址真实", False, "撤销", "数据核查", Span(30, "工作日"))


@pytest.mark.parametrize(("changed", "missing"), [
    (FULL, []),
    (None, ["证明内容", "不实后果", "核查方式", "核查期限", "承诺书公开"]),
    (replace(FULL, content=""), ["证明内容"]),
    (replace(FULL, consequence=""), ["不实后果"]),
    (replace(FULL, check_by=""), ["核查方式"]),
    (replace(FULL, check_by="免于核查", check_within=None), []),
    (replace(FULL, public=True), ["公开范围", "公开期限"]),
    (replace(FULL, public=True, public_scope="机关网站"), ["公开期限"]),
    (replace(FULL, public=True, public_scope="机关网站", public_within=Span(3, "月")), []),
])
def test_a_letter_with_a_gap_is_refused_by_the_name_of_every_missing_field(changed, missing):
    item, requirement = stay()
    requirement = replace(requirement, letter=changed)
    if not missing:
        assert written(item, requirement).text()
        return
    with pytest.raises(Refused) as refused:
        written(item, requirement)
    assert [one.field for one in refused.value.problems] == missing
    for one in refused.value.problems:
        assert one.code == "letter-incomplete" and f"缺少“{one.field}”" in one.zh and "异地居住证明" in one.zh and one.en.endswith(".")


def test_what_the_answer_does_not_give_is_missing_too():
    item, requirement = stay()
    with pytest.raises(Refused) as refused:
        written(item, replace(requirement, bases=()), mode="licence_commitment", rules=("优化营商环境条例-44-1-提交",), applicant_name="")
    assert [one.field for one in refused.value.problems] == ["设定依据", "承诺方式", "适用依据", "申请人", "签署人"]


def test_a_rule_of_another_route_or_not_in_force_opens_no_letter():
    item, requirement = stay()
    for rules in ((), ("优化营商环境条例-44-1-提交",), ("没有这条",)):
        with pytest.raises(Refused) as refused:
            written(item, requirement, rules=rules)
        assert [one.field for one in refused.value.problems] == ["适用依据"]


def test_a_term_for_the_check_comes_from_the_letter_or_from_the_division():
    item, requirement = stay()
    assert requirement.letter is not None
    assert written(item, replace(requirement, letter=replace(requirement.letter, check_within=Span(7, "工作日")))).check_within == Span(7, "工作日")
    with pytest.raises(Refused) as refused:   # 邵阳 publishes no term of its own
        written(item, replace(requirement, letter=replace(requirement.letter, check_within=None)))
    assert [one.field for one in refused.value.problems] == ["核查期限"]


@pytest.mark.parametrize(("signed_by", "name", "said"), [
    ("agent", "测试乙", "签署人：测试乙（代理人）"), ("guardian", "测试丙", "签署人：测试丙（法定监护人）"), ("self", "", "签署人：测试己（本人）")])
def test_who_signs_is_named(signed_by, name, said):
    assert said in written(*stay(), signed_by=signed_by, signer_name=name).text()


def test_who_signs_for_somebody_else_must_be_named():
    with pytest.raises(Refused) as refused:
        written(*stay(), signed_by="guardian")
    assert [one.field for one in refused.value.problems] == ["签署人"]


def test_a_public_letter_says_where_and_how_long_and_that_this_is_an_example():
    path = next(path for path in SAMPLES if path.stem == "hygiene_permit_fushun_commitment")
    (made,) = every_letter(Application.model_validate_json(path.read_text(encoding="utf-8")).model_copy(update={"accepted_on": DAY}))
    assert made.public and made.public_text.startswith("公开；范围：卫生健康部门的网站") and made.public_text.endswith("时限：3个月")
    assert any("公开期限是示例，没有依据" in one for one in made.review)
    assert made.as_dict()["public_within"] == {"count": 3, "unit": "month"}


def test_a_consequence_that_does_not_name_every_liability_is_marked_for_legal_staff():
    item, requirement = stay()
    marks = written(item, replace(requirement, letter=FULL)).review
    assert "不实后果没有分别写明民事、行政、刑事责任，由法务补全" in marks
    whole = replace(FULL, consequence="撤销备案；造成损失的承担民事责任；构成犯罪的追究刑事责任")
    assert not any("没有分别写明" in one for one in written(item, replace(requirement, letter=whole)).review)


def test_withdrawal_is_promised_and_possible_before_the_decision_only():
    assert any("撤回" in one for one in RIGHTS)
    assert may_withdraw("accepted") and may_withdraw("noticed") and not may_withdraw("granted") and not may_withdraw("terminated")


@settings(deadline=None, max_examples=100)
@given(applications(), st.sampled_from([DAY]))
def test_every_commitment_the_engine_offers_has_a_whole_letter(application, day):
    every_letter(application.model_copy(update={"accepted_on": day}))
