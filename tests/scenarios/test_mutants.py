"""Mutants of rules: each kind of change is made, once, and nothing else of the rulebook changes."""

from __future__ import annotations

from datetime import date

import pytest

from api.scenarios.mutants import KINDS, applied, denied, mutants, with_phrase
from engine.conditions import ALWAYS, All, Any, Not, phrases
from engine.law import Rule
from engine.phrases import Phrase, read
from engine.rulebook import Rulebook
from tests.bundled import rulebook as bundled
from tests.engine.small import HAND_IN, NOT_NEEDED, asked, book, instrument, item, material, rule
from tests.scenarios.little import rulebook


def small(*rules: dict) -> Rulebook:
    return book(instrument("示例法", *rules, HAND_IN, NOT_NEEDED, start="2020-01-01", last="2030-12-31"), items=[item(asked("甲"))], materials=[material("a", "甲")])


def changes(found: Rulebook, rule_id: str) -> dict[str, str]:
    """What each mutant of a rule is called, by the part of its key behind the rule."""
    own = next(one for one in found.rules if one.id == rule_id)
    return {one.key.removeprefix(f"{rule_id}:"): one.zh for one in mutants(own, found.ladder)}


def test_every_kind_of_change_is_made():
    found = small(rule("共享", "准许", "数据共享", "查询结果 属于 查到有效、查到过期", {"任一": ["信用修复日期 晚于 2021-05-01", "当事人年龄 不小于 14"]}),
                  rule("承诺", "准许", "告知承诺/证明承诺", "材料需要 成立"), rule("期限", "规定", "补正告知期限", 值="5", 单位="工作日"))
    assert changes(found, "共享") == {
        "negated:0": "“查询结果 属于 查到有效、查到过期”说反成“查询结果 不属于 查到有效、查到过期”",
        "dropped:0": "去掉“查询结果 属于 查到有效、查到过期”",
        "value:0:valid": "“查询结果 属于 查到有效、查到过期”少了“查到有效”", "value:0:expired": "“查询结果 属于 查到有效、查到过期”少了“查到过期”",
        "negated:1": "“信用修复日期 晚于 2021-05-01”说反成“信用修复日期 不晚于 2021-05-01”", "dropped:1": "去掉“信用修复日期 晚于 2021-05-01”",
        "moved:1:-1": "“信用修复日期 晚于 2021-05-01”改成“信用修复日期 晚于 2021-04-30”",
        "moved:1:+1": "“信用修复日期 晚于 2021-05-01”改成“信用修复日期 晚于 2021-05-02”",
        "negated:2": "“当事人年龄 不小于 14”说反成“当事人年龄 小于 14”", "dropped:2": "去掉“当事人年龄 不小于 14”",
        "moved:2:-1": "“当事人年龄 不小于 14”改成“当事人年龄 不小于 13”", "moved:2:+1": "“当事人年龄 不小于 14”改成“当事人年龄 不小于 15”",
        "begins:-1": "施行早一天：2019-12-31", "begins:+1": "施行晚一天：2020-01-02", "ends:-1": "失效早一天：最后一天 2030-12-30",
        "ends:+1": "失效晚一天：最后一天 2031-01-01",
        "removed": "去掉整条规则", "route:agency_check": "路径从“数据共享”换成“部门核验”"}
    assert {"route:agency_followup", "mode:licence_commitment"} <= changes(found, "承诺").keys()
    assert {name: text for name, text in changes(found, "期限").items() if name.startswith("term")} == {"term:4": "值换成 4 工作日", "term:6": "值换成 6 工作日"}
    assert {name.split(":")[0] for rule_id in ("共享", "承诺", "期限") for name in changes(found, rule_id)} == KINDS.keys()


def test_limits_that_are_facts_themselves_move_by_the_comparison():
    found = small(rule("修复", "认定", "失信记录停用", "信用修复日期 不晚于 申请日期"))
    assert changes(found, "修复")["moved:0:limit"] == "“信用修复日期 不晚于 申请日期”改成“信用修复日期 早于 申请日期”"


def test_what_has_no_opposite_comparison_is_denied_as_a_whole():
    words = rulebook().vocabulary
    phrase = read("当事人年龄 等于 14", words)
    assert isinstance(phrase, Phrase) and denied(phrase) == Not(phrase)
    for text, opposite in (("已婚 成立", "已婚 不成立"), ("材料类别 是 证明", "材料类别 不是 证明"),
                           ("查询结果 不属于 查到有效、查到过期", "查询结果 属于 查到有效、查到过期"),
                           ("风险标签 包含 公共安全", "风险标签 不包含 公共安全"), ("信用修复日期 早于 申请日期", "信用修复日期 不早于 申请日期")):
        phrase = read(text, words)
        turned = denied(phrase)  # type: ignore[arg-type]
        assert isinstance(turned, Phrase) and turned.text() == opposite and denied(turned) == phrase


def test_a_dropped_phrase_takes_the_groups_it_leaves_empty_with_it():
    words = rulebook().vocabulary
    a, b, c = (read(text, words) for text in ("已婚 成立", "持有证件 成立", "同意查询 成立"))
    assert with_phrase(All((a, Any((b, c)))), 1, None) == All((a, Any((c,))))  # type: ignore[arg-type]
    assert with_phrase(All((a, Any((Not(b),)))), 1, None) == All((a,))  # type: ignore[arg-type]
    assert with_phrase(a, 0, None) == ALWAYS  # type: ignore[arg-type]
    assert with_phrase(All((a, Not(All((b, c))))), 2, a) == All((a, Not(All((b, a)))))  # type: ignore[arg-type]


def test_only_the_one_rule_changes_and_the_rulebook_gets_a_version_of_its_own():
    found = rulebook()
    for own in found.rules:
        for mutant in mutants(own, found.ladder):
            changed = applied(found, mutant)
            assert changed.version != found.version
            others = [one for one in changed.rules if one.id != own.id]
            assert others == [one for one in found.rules if one.id != own.id]
            assert [one for one in changed.rules if one.id == own.id] == ([mutant.changed] if mutant.changed else [])
            assert mutant.changed != own


def test_a_mutant_of_one_rulebook_is_made_anew_in_another():
    found, other = rulebook(), book(
        instrument("别的法", rule("持证", "准许", "已有覆盖", "材料需要 成立"), HAND_IN), items=[item(asked("甲"))], materials=[material("a", "甲")])
    own = next(one for one in found.rules if one.id == "持证")
    known = {one.key: one for one in mutants(own, found.ladder)}
    changed = next(one for one in applied(other, known["持证:negated:0"]).rules if one.id == "持证")
    assert [phrase.text() for phrase in phrases(changed.condition)] == ["材料需要 不成立"]
    assert next(phrases(changed.condition)).fact is other.vocabulary["material_needed"]
    assert applied(other, known["持证:negated:1"]) is other      # there is no such phrase
    assert applied(book(LAWLESS, items=[item(asked("甲"))], materials=[material("a", "甲")]), known["持证:removed"]).rules != ()


LAWLESS = instrument("空法", HAND_IN)


def all_rules() -> list[Rule]:
    return list(bundled().rules)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_mutant_of_the_bundled_rules_has_a_key_of_its_own_and_words(language):
    ladder = bundled().ladder
    keys = [one.key for own in all_rules() for one in mutants(own, ladder)]
    assert len(keys) == len(set(keys))
    assert all(getattr(one, language) and one.kind in KINDS for own in all_rules() for one in mutants(own, ladder))
    assert all(one.changed is None or isinstance(one.changed.start, date) for own in all_rules() for one in mutants(own, ladder))
