"""The steps themselves: what can be said is documented, what cannot is refused in words that help."""

from __future__ import annotations

import pytest

from engine.phrases import read
from engine.problems import Problem
from engine.vocabulary import COMPUTED, CONCLUDED, DEFINED
from features.steps.given import GIVEN
from features.steps.of_materials import OF_MATERIALS
from features.steps.running import FEATURES, WHEN, act, told
from features.steps.story import Story, decider
from features.steps.then import THEN
from features.steps.words import Form, Mistake, Unmet

FORMS = [(keyword, form) for keyword, forms in (("假如", GIVEN), ("那么", THEN), ("那么", OF_MATERIALS)) for form in forms]


def said(kind: str, text: str, *before: str) -> str:
    """What a step says when it fails, after some 假如; an empty text when it does not."""
    story = Story()
    for step in before:
        act("given" if step not in WHEN else "when", step, story)
    try:
        act(kind, text, story)
    except (Mistake, Unmet) as error:
        return told(error, "features/示例.feature", 7)
    return ""


@pytest.mark.parametrize(("keyword", "form"), FORMS, ids=lambda value: value.example if isinstance(value, Form) else value)
def test_every_form_is_reached_by_its_example_and_stands_in_the_readme(keyword: str, form: Form) -> None:
    forms = GIVEN if keyword == "假如" else THEN if form in THEN else OF_MATERIALS
    found = forms.find(form.example)
    assert found is not None and found[0] is form
    assert form.example in (FEATURES / "README.md").read_text(encoding="utf-8")


def test_an_unknown_fact_is_told_as_in_a_rule_file() -> None:
    problem = read("申请人信誉 是 良好", decider().rulebook.vocabulary)
    assert isinstance(problem, Problem)
    assert said("given", "申请人信誉 是 良好").splitlines()[0] == problem.at("features/示例.feature", 7).text()
    assert "您是不是要写“申请人信用”？" in said("given", "申请人信誉 是 良好")


def test_an_unknown_value_is_told_as_in_a_rule_file() -> None:
    problem = read("申请人信用 是 优秀", decider().rulebook.vocabulary)
    assert isinstance(problem, Problem)
    assert said("given", "申请人信用 是 优秀") == problem.at("features/示例.feature", 7).text()


@pytest.mark.parametrize(("text", "instead"), [
    ("材料 无房证明 的 出示状态 是 出示有效", "申请人出示 居民身份证"),
    ("材料 无房证明 的 在案状态 是 在案可用", "在案材料 有"),
    ("材料 无房证明 的 数据源状态 是 已接通", "当事人证件类型"),
    ("材料 无房证明 的 材料需要 成立", "情形"),
    ("当事人年龄 等于 17", "出生日期"),
    ("代理情况 是 委托代理人", "由 委托代理人 代办"),
    ("材料 无房证明 的 查询有权 成立", "个人信息保护法-13-法定职责"),
    ("承诺受限申请人 成立", "告知承诺制-承诺受限申请人"),
    ("材料 无房证明 的 材料类别 是 证明", "由目录写明"),
    ("材料 无房证明 的 路径 是 提交", "那么 材料 … 的 路径 是 …"),
    ("申请结论 是 可以受理", "只能用在“那么”里"),
])
def test_what_cannot_be_set_says_why_and_what_can(text: str, instead: str) -> None:
    assert instead in said("given", text, "事项 是 失业登记")


def test_no_computed_defined_or_concluded_fact_can_be_set() -> None:
    settable = {"accepted_on", "as_of", "earlier_output", "item"}
    for fact in decider().rulebook.vocabulary.facts:
        if fact.supplier in (COMPUTED, DEFINED, CONCLUDED, "目录") and fact.code not in settable:
            text = f"{fact.name} 成立" if fact.type == "是否" else f"{fact.name} 是 {fact.values[0].name if fact.values else '2026-01-01'}"
            text = f"材料 无房证明 的 {text}" if fact.subject == "材料" else text
            assert "features/示例.feature:7" in said("given", text), text


@pytest.mark.parametrize(("kind", "text", "expected"), [
    ("given", "材料 无房证 的 查询结果 是 查无记录", "没有叫“无房证”的材料。您是不是要写“无房证明”？"),
    ("given", "申请人出示 身份证", "您是不是要写“居民身份证”？"),
    ("given", "申请人带来了 身份证", "没有叫“申请人带来了”的事实。"),
    ("given", "在 浮顺市 办理", "您是不是要写“抚顺市”？"),
    ("given", "事项 是 结婚等级", "您是不是要写“结婚登记”？"),
    ("given", "查询结果 是 查到有效", "要写明是哪一份：材料 … 的 查询结果 是 查到有效"),
    ("given", "材料 无房证明 的 已婚 成立", "说的不是材料，直接写：已婚 成立"),
    ("given", "申请人信用 不是 良好", "假如里要写成“申请人信用 是 …”"),
    ("given", "信用修复日期 不早于 2026-04-01", "假如里要写成“信用修复日期 是 …”"),
    ("given", "信用修复日期 是 四月", "写作 2026-11-22或者“未修复”"),
    ("given", "材料 无房证明 选择 提交", "“提交”不由申请人选择。"),
    ("given", "材料 张三的身份证明 的 持有证件 成立", "没有叫“张三”的人"),
    ("given", "规则目录 另加 features/没有", "没有“features/没有”这个目录"),
    ("given", "代理授权有效 成立", "先写“由 委托代理人 代办”"),
    ("when", "开始", "可以写：判断这份申请"),
    ("then", "申请结论 是 通过", "“申请结论”没有“通过”这个值。"),
    ("then", "材料 无房证明 走 数据共享", "先写“当 判断这份申请”"),
    ("then", "已婚 成立", "“已婚”不是结论，不能用在“那么”里。"),
])
def test_a_slip_is_told_with_place_and_nearest_word(kind: str, text: str, expected: str) -> None:
    message = said(kind, text)
    assert message.startswith("features/示例.feature:7 ")
    assert expected in message


RENT = ("事项 是 住房公积金提取（租房）", "在 抚顺市 办理", "申请人 是 自然人 测试甲，居民身份证号码 210400199003070007",
        "没有任何不良记录", "没有任何在案材料", "判断这份申请")


@pytest.mark.parametrize(("text", "expected"), [
    ("材料 无房证明 走 数据共享", "“无房证明”没有走“数据共享”。\n  “无房证明”：提交"),
    ("材料 无房证明 走 提交，依据 抚顺-五取消-9", "没有叫“抚顺-五取消-9”的规则。您是不是要写“抚顺-五取消-"),
    ("材料 户口簿 走 提交", "这个事项的材料里没有“户口簿”。"),
    ("申请结论 是 可以受理", "申请结论是“待申请人说明”"),
    ("不问 已婚", "问了“已婚”。"),
    ("申请被拒收，字段 item", "实际：没有被拒收"),
])
def test_an_unmet_claim_tells_what_the_answer_says(text: str, expected: str) -> None:
    assert expected in said("then", text, *RENT)


def test_a_refused_application_is_told_with_every_field() -> None:
    message = said("then", "申请结论 是 可以受理", "事项 是 社会保障卡补领", "在 抚顺市 办理",
                   "申请人 是 自然人 测试甲，居民身份证号码 210400199003070008", "已婚 成立", "判断这份申请")
    assert "申请被拒收，没有作出判断" in message
    assert "字段 applicant.id_number：居民身份证号码的校验位不对" in message
    assert "字段 situation.已婚" in message


def test_stories_do_not_share_facts() -> None:
    first, second = Story(), Story()
    act("given", "已婚 成立", first)
    act("given", "申请人 是 自然人 测试甲", first)
    assert second.situation == {} and second.applicant == {}
