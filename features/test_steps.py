"""The steps themselves: what can be said is documented, what cannot is refused in words that help."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.phrases import read
from engine.problems import Problem
from engine.vocabulary import COMPUTED, CONCLUDED, DEFINED
from features.steps.elsewhere import ELSEWHERE
from features.steps.given import GIVEN
from features.steps.life_acts import ACTS, OFFICERS
from features.steps.life_seen import SEEN
from features.steps.of_materials import OF_MATERIALS
from features.steps.running import FEATURES, WHEN, act, every_example, examples, told
from features.steps.story import Story, decider
from features.steps.then import THEN
from features.steps.words import Form, Mistake, Unmet

FORMS = [(keyword, form) for keyword, forms in (("假如", GIVEN), ("那么", THEN), ("那么", ELSEWHERE), ("那么", OF_MATERIALS), ("当", ACTS), ("那么", SEEN))
         for form in forms]


def said(kind: str, text: str, *before: str) -> str:
    """What a step says when it fails, after some 假如; an empty text when it does not."""
    story = Story()
    try:
        for step in before:
            act("when" if step in WHEN or re.match(r"\d{4}-|同日 ", step) else "given", step, story)
        act(kind, text, story)
    except (Mistake, Unmet) as error:
        return told(error, "features/示例.feature", 7)
    finally:
        story.close()
    return ""


@pytest.mark.parametrize(("keyword", "form"), FORMS, ids=lambda value: value.example if isinstance(value, Form) else value)
def test_every_form_is_reached_by_its_example_and_stands_in_the_readme(keyword: str, form: Form) -> None:
    forms = next(forms for forms in (GIVEN, ACTS, SEEN, THEN, ELSEWHERE, OF_MATERIALS) if form in forms)
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
    ("材料 无房证明 的 承诺选择 是 选择", "材料 … 选择 告知承诺，或者 材料 … 不选择 告知承诺"),
    ("材料 无房证明 的 容缺选择 是 不选择", "材料 … 选择 容缺后补，或者 材料 … 不选择 容缺后补"),
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
    ("given", "异地办理的方式 是 代收代办", "没有叫“代收代办”的方式。您是不是要写“异地代收代办”？"),
    ("given", "规则目录 另加 features/没有", "没有“features/没有”这个目录"),
    ("given", "代理授权有效 成立", "先写“由 委托代理人 代办”"),
    ("when", "开始", "可以写：判断这份申请"),
    ("then", "申请结论 是 通过", "“申请结论”没有“通过”这个值。"),
    ("then", "材料 无房证明 走 数据共享", "先写“当 判断这份申请”"),
    ("then", "已婚 成立", "“已婚”不是结论，不能用在“那么”里。"),
    ("then", "材料 无房证明 的 承诺选择 是 选择", "“承诺选择”是申请人的选择，写成“假如 材料 … 选择 …”，不能用在“那么”里。"),
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
    ("异地办理 是 跨省通办，已公布", "没有异地办理：收件的就是决定地的大厅。"),
])
def test_an_unmet_claim_tells_what_the_answer_says(text: str, expected: str) -> None:
    assert expected in said("then", text, *RENT)


# -- the life after the answer ------------------------------------------------------------------------------------------

OPENED = (*RENT[:-1], "已婚 不成立", "2026-11-23 收件")


@pytest.mark.parametrize(("kind", "text", "expected"), [
    ("when", "窗口 作出一次性告知", "要写明哪一天：2026-11-23 窗口 作出一次性告知"),
    ("when", "2026-11-24 窗口 作出一次告知", "您是不是要写“窗口 作出一次性告知”？"),
    ("when", "2026-11-31 收件", "“2026-11-31”不是日期"),
    ("when", "2026-11-24 窗囗 作出一次性告知", "没有叫“窗囗”的经办人。您是不是要写“窗口”？"),
    ("when", "2026-11-22 到了", "步骤要照先后写"),
    ("when", "2026-11-23 09:00 到了", "步骤要照先后写"),
    ("when", "2026-11-24 25:00 到了", "“25:00”不是时刻"),
    ("when", "2026-11-24 窗口 要求提交 无房证", "您是不是要写“无房证明”？"),
    ("when", "2026-11-24 补充说明 材料 结婚证 的 查询结果 是 查到有效", "写“部门查得"),
    ("when", "2026-11-24 部门查得 承租公共租赁住房 成立", "申请人的写“补充说明"),
    ("when", "2026-11-24 补充说明 已婚 不成立", "没有变化"),
    ("when", "2026-11-24 首席代表 放行这项要求", "还没有登记过要求"),
    ("when", "2026-11-24 信用科 登记 失信 记录", "“申请人信用”没有“失信”这个值。"),
    ("then", "办件 是 已经告知", "没有叫“已经告知”的状态。您是不是要写“已一次性告知”？"),
    ("then", "在走的期限 有 告知", "您是不是要写“一次性告知”？"),
    ("then", "这项要求 是 已满足", "还没有登记过要求"),
    ("then", "前一个办件 是 已收件", "只有一个办件"),
    ("then", "监察提示 有 红牌，决定以外", "您是不是要写“决定之外”？"),
    ("then", "监查提示 有 红牌", "没有叫“监查提示”的事实"),
])
def test_a_slip_about_the_life_is_told_with_place_and_nearest_word(kind: str, text: str, expected: str) -> None:
    message = said(kind, text, *OPENED)
    assert message.startswith("features/示例.feature:7 ")
    assert expected in message


@pytest.mark.parametrize(("text", "expected"), [
    ("办件 是 已准予", "办件是“已收件”，不是“已准予”。"),
    ("已有 2 次判断", "有 1 次判断。"),
    ("第 2 次判断里，材料 无房证明 走 提交", "只有 1 次判断。"),
    ("第 1 次判断里，材料 无房证明 走 取消", "“无房证明”没有走“取消”。\n  “无房证明”：提交"),
    ("材料 无房证明 走 取消", "“无房证明”没有走“取消”。\n  “无房证明”：提交"),
    ("这一步 被拒绝，因为 办件", "这一步没有被拒绝。"),
    ("在走的期限 有 核查承诺", "没有在走的“核查承诺”"),
    ("告知书 有一行写着 无房证明", "这个办件还没有作出一次性告知"),
    ("监察提示 有 红牌", "监察提示共 0 条"),
    ("监察提示 有一条写着 承诺办结", "监察提示共 0 条"),
    ("监察提示 共 1 条", "监察提示共 0 条"),
    ("无房证明 的承诺 是 已签署", "这个办件没有“无房证明”的承诺。"),
    ("无房证明 的容缺 是 已逾期", "这个办件没有“无房证明”的容缺。"),
    ("登记过 1 项要求，都是 已满足", "登记过 0 项要求"),
    ("申请人有 虚假承诺 记录", "申请人的信用记录：没有。"),
    ("办件的内容 已经读不到", "还读得到"),
])
def test_an_unmet_claim_about_the_life_tells_what_is(text: str, expected: str) -> None:
    assert expected in said("then", text, *OPENED)


DEMANDED = (*OPENED, "同日 审批科 要求提交 结婚证")
ACCEPTED = (*OPENED, "同日 窗口 受理")
SIGNED = (*OPENED, "同日 窗口 出具 无房证明 的承诺书", "同日 本人 签署 无房证明 的承诺书")


@pytest.mark.parametrize(("before", "text", "expected"), [
    (ACCEPTED, "在走的期限 没有 承诺办结", "在走的：承诺办结 到 2026-11-24、法定办结 到 2026-11-26"),
    (ACCEPTED, "在走的期限 有 承诺办结，到 2026-11-25", "“承诺办结”到 2026-11-24。"),
    (ACCEPTED, "在走的期限 有 承诺办结，没有到期日", "“承诺办结”到 2026-11-24。"),
    (DEMANDED, "这项要求 被阻止，黄牌，因为 决定之外", "这项要求是“已被阻止”，红牌，决定之外。"),
    (DEMANDED, "这项要求 被阻止，红牌，因为 重复索要", "这项要求是“已被阻止”，红牌，决定之外。"),
    (DEMANDED, "这项要求 被阻止，红牌，因为 决定之外、重复索要", "这项要求是“已被阻止”，红牌，决定之外。"),
    (DEMANDED, "这项要求 在决定之内", "这项要求是“已被阻止”，红牌，决定之外。"),
    (DEMANDED, "这项要求 违反 行政许可法第三十二条", "违反的是 行政许可法第三十一条"),
    (DEMANDED, "这项要求 对申请人说 请您补交", "对申请人说：“结婚证”"),
    (DEMANDED, "监察提示 没有 红牌", "红牌 决定之外：按照本办件的决定"),
    (DEMANDED, "没有监察提示", "监察提示共 1 条"),
    (SIGNED, "无房证明 的承诺 是 已撤回", "“无房证明”的承诺是“已签署”，不是“已撤回”。"),
    (SIGNED, "无房证明 的承诺书 写着 测试乙", "承诺书没有写“测试乙”"),
    ((*SIGNED, "同日 监管科 核查 无房证明 的承诺，不实"), "申请人没有任何信用记录", "申请人的信用记录："),
    ((*SIGNED, "同日 监管科 核查 无房证明 的承诺，不实"), "申请人有 虚假承诺 记录，已修复", "申请人的信用记录："),
    ((*OPENED, "同日 窗口 作出一次性告知"), "告知书 有一行写着 无房证明、护照", "告知书没有这样的一行"),
    ((*OPENED, "同日 窗口 作出一次性告知"), "告知书 没有一行写着 无房证明", "告知书有这样的一行"),
])
def test_an_unmet_claim_about_an_act_tells_what_came_of_it(before: tuple[str, ...], text: str, expected: str) -> None:
    assert expected in said("then", text, *before)


CONNECTED = ("示例数据源已经接上", "在 鄂州市 办理", "事项 是 住房公积金提取（租房）", "申请人 是 自然人 测试乙，居民身份证号码 420704198001010007",
             "没有任何不良记录", "没有任何在案材料", "已婚 成立", "2026-11-23 收件")


@pytest.mark.parametrize(("text", "expected"), [
    ("向 民政部门 查询了 婚姻登记信息，依据 法定职责，结果 查无记录", "向民政部门查询婚姻登记信息（依据：法定职责）：查到有效。"),
    ("向 民政部门 查询了 婚姻登记信息，依据 同意，结果 查到有效", "答复里的查询：\n  为“住房公积金提取（租房）”"),
    ("向 公安机关 查询了 婚姻登记信息，依据 法定职责，结果 查到有效", "答复里的查询：\n  为“住房公积金提取（租房）”"),
    ("向 民政部门 查询了 婚姻登记信息，依据 法定职责，结果 查到有用", "您是不是要写“查到有效”？"),
    ("向 民政部门 查询了 婚姻登记，依据 法定职责，结果 查到有效", "没有叫“婚姻登记”的数据源。您是不是要写“婚姻登记信息”？"),
    ("向 民政部门 查询了 婚姻登记信息，依据 法定职责，结果 查到有效，因为 数据源没有按时回应", "向民政部门查询婚姻登记信息（依据：法定职责）：查到有效。"),
    ("没有查询 婚姻登记信息", "查询了“婚姻登记信息”："),
    ("只问了 2 次", "问了 3 次：个人住房信息、住房公积金缴存信息、婚姻登记信息。"),
    ("婚姻登记信息 只问了 2 次", "问了 1 次：婚姻登记信息。"),
    ("婚姻登记信息 取自 电子证照库", "“婚姻登记信息”没有取自电子证照库"),
    ("材料 结婚证 走 部门补核", "“结婚证”没有走“部门补核”。"),
])
def test_an_unmet_claim_about_sources_tells_what_was_asked(text: str, expected: str) -> None:
    assert expected in said("then", text, *CONNECTED)


@pytest.mark.parametrize(("text", "expected", "before"), [
    ("数据源 婚姻登记信息 中断", "先写“假如 示例数据源已经接上”", ()),
    ("数据源 婚姻登记 中断", "您是不是要写“婚姻登记信息”？", CONNECTED[:1]),
    ("电子证照库 载入 fixtures/没有.csv", "没有“fixtures/没有.csv”这个文件", ()),
    ("电子证照库 载入 fixtures/certificates/refused.csv", "“fixtures/certificates/refused.csv”里有退回的：", CONNECTED),
])
def test_a_slip_about_sources_is_told(text: str, expected: str, before: tuple[str, ...]) -> None:
    assert expected in said("given", text, *before)


def test_a_question_one_side_alone_tells_of_is_no_question() -> None:
    """What the answer says was asked must have reached the source, and what reached the source was asked, whatever the answer says."""
    story = Story()
    try:
        for step in CONNECTED[:-1]:
            act("given", step, story)
        act("when", CONNECTED[-1], story)
        asked = "向 民政部门 查询了 婚姻登记信息，依据 法定职责，结果 查到有效"
        told = story.life.get(f"decisions/{story.life.case['decision_id']}")
        assert said_of(story, asked) == ""
        story.life.consulted = {"inquiries": []}
        assert "答复里的查询：没有。" in said_of(story, asked) and "查询了“婚姻登记信息”" in said_of(story, "没有查询 婚姻登记信息")
        story.connected.server.clear()
        assert said_of(story, "没有查询 婚姻登记信息") == ""
        story.life.consulted = told
        assert "数据源却没有收到这样的问题" in said_of(story, asked) and "查询了“婚姻登记信息”" in said_of(story, "没有查询 婚姻登记信息")
    finally:
        story.close()


def test_scenarios_that_ask_a_source_server_are_kept_from_those_that_run_many_times() -> None:
    """`mianzheng scenarios` runs `examples()` for every mutant of every rule: no server is started for that."""
    assert not [one.name for one in examples() if any("数据源已经接上" in text for text in one.said)]
    asking = [one for one in every_example() if any("数据源已经接上" in text for text in one.said)]
    assert asking and all({"数据源", "办件"} <= one.tags for one in asking)
    assert set(every_example()) - set(examples()) == set(asking)


def test_a_refused_step_stops_the_scenario_unless_it_is_spoken_of() -> None:
    refused = (*OPENED, "2026-11-24 审批科 准予")
    told_of = "这一步被拒绝：办件已收件，不能准予"
    assert told_of in said("then", "办件 是 已收件", *refused)
    assert told_of in said("when", "2026-11-25 窗口 受理", *refused)
    assert "拒绝的理由是：办件已收件，不能准予" in said("then", "这一步 被拒绝，因为 材料不齐", *refused)
    assert said("then", "这一步 被拒绝，因为 不能准予", *refused) == ""


def test_steps_of_the_life_need_a_case() -> None:
    assert "先写“当 2026-11-23 收件”" in said("when", "2026-11-23 窗口 受理", *RENT[:-1])
    assert "先写“当 2026-11-23 收件”" in said("when", "同日 窗口 受理", *RENT[:-1])
    assert "先写“当 2026-11-23 收件”" in said("then", "办件 是 已收件", *RENT[:-1])
    assert "不写“决定日期”" in said("when", "2026-11-23 收件", *RENT[:-1], "决定日期 是 2026-11-24")


def test_every_officer_has_a_number_of_their_own() -> None:
    assert len({number for number, _, _ in OFFICERS.values()}) == len(OFFICERS)
    readme = (FEATURES / "README.md").read_text(encoding="utf-8")
    assert all(f"{who}、" in readme or f"{who}，" in readme for who in OFFICERS)


def test_lives_share_nothing() -> None:
    """What one scenario's service recorded another's does not know, even while both are open; a closed one leaves no file."""
    first, second = Story(), Story()
    try:
        for story in (first, second):
            for step in OPENED[:-1]:
                act("given", step, story)
            act("when", OPENED[-1], story)
        act("when", "2026-11-24 信用科 登记 严重失信 记录", first)
        assert said_of(second, "申请人有 严重失信 记录").endswith("没有。") and said_of(first, "申请人有 严重失信 记录") == ""
        folders = [story.life.folder.name for story in (first, second)]
        first.close()
        assert said_of(second, "办件 是 已收件") == "" and not Path(folders[0]).exists() and Path(folders[1]).exists()
    finally:
        first.close()
        second.close()
    assert not Path(folders[1]).exists()


def said_of(story: Story, text: str) -> str:
    try:
        act("then", text, story)
    except Unmet as error:
        return str(error)
    return ""


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


def test_one_person_in_two_roles_is_named_with_the_role() -> None:
    story = Story()
    for step in ("申请人 叫 测试甲", "有 登记人员 测试外", "有 境外投资者 测试外", "有 登记人员 测试丙"):
        act("given", step, story)
    assert [story.person_id(word) for word in ("登记人员测试外", "境外投资者测试外", "境外投资者", "测试外", "登记人员")] == ["p1", "p2", "p2", None, None]
    assert story.applicant == {"name": "测试甲"}
