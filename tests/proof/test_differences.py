"""What a change means, against the engine on random applications: no difference that an application shows is missed, none is made up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine.law import Rule
from engine.proof.difference import Change, Differences, compare
from engine.proof.witness import Watcher, fitted
from engine.rulebook import Rulebook
from engine.vocabulary import FactValue
from tests.engine.small import EVERYWHERE, asked, credential, instrument, item, material, rule, situation, source
from tests.proof.books import applications, book, fact, judged, odd, phrase, rulebooks, rules, values, with_rules

# Not shrunk: two rulebooks and an application shrink for minutes, and the message tells them in short.
some = settings(deadline=None, max_examples=3, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.reuse, Phase.generate))

Outcome = tuple[str, str]


@st.composite
def changed(draw: st.DrawFn, old: Rulebook) -> Rulebook:
    """The rulebook with one rule gone, new, on another route, of other days or under another condition."""
    kept, last = list(old.rules[:-1]), old.rules[-1]
    made: Rule = draw(rules(99))
    how = draw(st.sampled_from(("gone", "new", "route", "condition", "start", "end")))
    after = {"gone": [], "new": [last, made], "route": [replace(last, route=made.route, mode=made.mode)], "condition": [replace(last, condition=made.condition)],
             "start": [replace(last, start=date(2020, 2, 29))], "end": [replace(last, end=date(2021, 1, 1))]}[how]
    return with_rules(old, [*kept, *after])


def outcomes(watcher: Watcher, raw: Mapping[str, Any]) -> dict[tuple[str, str, FactValue, FactValue], Outcome]:
    """What is settled of an application, by material, the abolished material it stands in for, and what the other materials come to; of every copy.

    Where another material's change alters these, the change is told of that material.
    """
    _, copies = judged(watcher, raw)
    found = {}
    for (material_, follows), seen in copies.items():
        verdict, key = seen.verdict, (material_, follows, seen.sheet.get("contained"), seen.sheet.get("principals_complete"))
        if verdict.status == "undecidable":
            found[key] = ("", "")
        elif verdict.status in ("settled", "waiting") and verdict.route and not hasattr(verdict.tree, "ways"):
            found[key] = (verdict.route, verdict.mode)
    return found


@some
@given(rulebooks(), st.lists(applications(), min_size=6, max_size=6), st.data())
def test_no_difference_that_an_application_shows_is_missed_and_none_is_made_up(old, sample, data):
    new = data.draw(changed(old))
    differences = compare(old, new)
    both = Watcher(old), Watcher(new)
    for raw in sample:
        before, after = (outcomes(watcher, raw) for watcher in both)
        for key in before.keys() & after.keys():
            if before[key] != after[key]:
                assert any(_is_of(one, raw, key[0].partition("/")[0], before[key], after[key]) for one in differences.changes), (key, before[key], after[key])
    for one in differences.changes:
        assert one.sure and one.before != one.after and one.start < one.end and one.divisions
        if one.witness is not None:
            assert shown(both, one) == (one.before, one.after)
    back = compare(new, old)
    assert classes(back) == {(item_, code, after, before) for item_, code, before, after in classes(differences)}


def _is_of(change: Change, raw: Mapping[str, Any], code: str, before: Outcome, after: Outcome) -> bool:
    return ((change.item, change.material, change.before, change.after) == (raw["item"], code, before, after) and raw["deciding_division"] in change.divisions
            and change.start <= date.fromisoformat(raw["accepted_on"]) < change.end)


def classes(differences: Differences) -> set[tuple[str, str, Outcome, Outcome]]:
    return {(one.item, one.material, one.before, one.after) for one in differences.changes}


def shown(watchers: tuple[Watcher, Watcher], change: Change) -> tuple[Outcome | None, ...]:
    """What both rulebooks make of a change's witness; a side that does not ask for the material demands nothing."""
    assert change.witness is not None
    sides: list[Outcome | None] = []
    for watcher in watchers:
        seen, body = watcher.look_at(fitted(change.witness, watcher.rulebook))
        assert body is not None
        nothing = watcher.rulebook.ladder[0].code, ""
        sides.append(nothing if seen is None else ("", "") if seen.verdict.status == "undecidable" else (seen.verdict.route, seen.verdict.mode))
    return tuple(sides)


@some
@given(rulebooks())
def test_a_rulebook_does_not_differ_from_itself(rulebook):
    assert compare(rulebook, rulebook).none
    assert compare(rulebook, with_rules(rulebook, tuple(replace(one, gist="又一种说法。", id=f"{one.id}又") for one in rulebook.rules))).changes == []


@some
@given(rulebooks(), st.data())
def test_a_rule_said_in_other_words_makes_no_difference(old, data):
    from engine.conditions import All, Any, Not
    last = old.rules[-1]
    more = phrase(data.draw(st.sampled_from(("收入 大于 30", "住处 是 租住", "入住日期 早于 迁出日期"))))
    again = replace(last, condition=Not(Any((All((Not(last.condition), more)), All((Not(more), Not(last.condition)))))))
    assert compare(old, with_rules(old, (*old.rules[:-1], again))).changes == []


# -- changes made by hand -------------------------------------------------------------------------------------------------

NEED, SECOND = "情形一 成立", "情形二 成立"
SITUATIONS = [situation("first", "情形一"), situation("second", "情形二")]
NOT = rule("不涉及", "准许", "不涉及", "材料需要 不成立", 理由="本情形不需要")
SUBMIT = rule("提交", "准许", "提交", "材料需要 成立")
GONE = {"理由": "没有法定依据"}
SHARED = rule("共享", "准许", "数据共享", "材料需要 成立", "数据源状态 是 已接通", "查询依据 是 法定职责", **GONE)
SHOWN = rule("出示", "准许", "出示证件", "材料需要 成立", "出示状态 是 尚未出示", **GONE)


def small(*more_rules: dict[str, Any], requirements: list[dict] | None = None, facts: Any = (), materials: Any = None, items: Any = None, situations: Any = None,
          others: Any = (), **more: Any) -> Rulebook:
    asks = requirements if requirements is not None else [asked("示例材料甲", 需要=[NEED])]
    return book(instrument("示例法", NOT, SUBMIT, *more_rules), facts=facts, items=[*(items or [item(*asks, 情形=situations or SITUATIONS)]), *others],
                materials=materials or [material("a", "示例材料甲"), material("b", "示例材料乙"), material("c", "示例材料丙")], **more)


def queried(**how: Any) -> Rulebook:
    return small(SHARED, materials=[material("a", "示例材料甲", 数据源=["db"])], sources=[source("db", how.pop("where", EVERYWHERE), **how)])


def held(**how: Any) -> Rulebook:
    return small(SHOWN, materials=[material("a", "示例材料甲", 证件=["示例证"])], credentials=[credential("card", "示例证", **how)])


def per_role(role: str) -> Rulebook:
    unauthorised = rule("代", "准许", "部门补核", "材料需要 成立", "出示状态 是 未经授权", **GONE)
    return small(unauthorised, materials=[material("a", "示例材料甲", 证件=["示例证"])], credentials=[credential("card", "示例证")],
                 requirements=[asked("示例材料甲", 需要=[NEED], **({"每人一份": role} if role else {}))])


def complete(*others: str) -> Rulebook:
    late = rule("缺", "准许", "部门补核", "材料需要 成立", "其他主件齐备 不成立", **GONE)
    return small(late, requirements=[asked(name, 需要=[NEED]) for name in ("示例材料甲", *others)])


def twice(second: str) -> Rulebook:
    return small(requirements=[asked("示例材料甲", 需要=[NEED]), asked("示例材料甲", 需要=[second], 每人一份="配偶")])


OTHER = item(asked("示例材料乙", 需要=[NEED]), code="other", name="别的事项", 情形=SITUATIONS)
GROUP = {"名称": "任选组", "编码": "either", "英文名": "either", "角色": "主件", "依据": [{"文件": "示例条例", "条款": "第二条"}]}


def valued(*pairs: tuple[str, str], said: str = "住处 是 自有", **more: Any) -> Rulebook:
    return small(rule("住", "准许", "取消", "材料需要 成立", said, **GONE), facts=[fact("住处", "dwelling", "申请", "选项", 值=values(*pairs), **more)])


def counted(low: int | None, high: int | None) -> Rulebook:
    bounds = {key: bound for key, bound in (("最小", low), ("最大", high)) if bound is not None}
    return small(rule("少", "准许", "取消", "材料需要 成立", "页数 小于 3", **GONE), facts=[fact("页数", "pages", "申请", "数值", **bounds)])


OWN, RENTED, LENT = ("自有", "own"), ("租住", "rented"), ("借住", "lent")

#: Name → old, new, whether a material comes out differently.
MADE: dict[str, tuple[Callable[[], Rulebook], Callable[[], Rulebook], bool]] = {
    "the ground of a query": (queried, lambda: queried(查询依据="同意"), True),
    "whom a source answers for": (queried, lambda: queried(适用证件类型="护照号码"), True),
    "where a source is connected": (queried, lambda: queried(where=("210400", "2000-01-01", "至今")), True),
    "until when a source is connected": (queried, lambda: queried(where=("000000", "2000-01-01", "2020-02-29")), True),
    "who provides it": (queried, lambda: queried(提供单位="公安机关"), False),
    "whom a credential is for": (held, lambda: held(适用证件类型="护照号码"), True),
    "where a credential is shown": (held, lambda: held(出示="否"), True),
    "who a material is of": (lambda: per_role(""), lambda: per_role("代理人"), True),
    "another principal": (complete, lambda: complete("示例材料乙"), True),
    "a need with a situation of another item": (
        lambda: small(requirements=[asked("示例材料甲", 需要=[SECOND])], situations=SITUATIONS[1:], others=[OTHER]),
        lambda: small(requirements=[asked("示例材料甲", 需要=[{"任一": [SECOND, NEED]}])], others=[OTHER]), True),
    "a need with a situation nobody had": (
        lambda: small(requirements=[asked("示例材料甲", 需要=[SECOND])], situations=SITUATIONS[1:]),
        lambda: small(requirements=[asked("示例材料甲", 需要=[{"任一": [SECOND, NEED]}])]), True),
    "the need of a second copy": (lambda: twice(NEED), lambda: twice(SECOND), True),
    "a need that fails with the earlier step": (small, lambda: small(requirements=[asked("示例材料甲", 需要=[NEED, SECOND])]), True),
    "a need in other words": (small, lambda: small(requirements=[asked("示例材料甲", 需要=[{"非": {"非": NEED}}])]), False),
    "a material gone": (lambda: complete("示例材料乙"), complete, True),
    "a group": (lambda: small(requirements=[GROUP | {"任选": [["示例材料甲"], ["示例材料乙"]], "需要": [NEED]}]),
                lambda: small(requirements=[GROUP | {"任选": [["示例材料甲"], ["示例材料乙"]], "需要": [SECOND]}]), True),
    "a value that nobody used": (lambda: valued(OWN, RENTED), lambda: valued(OWN, RENTED, LENT), False),
    "values in another order": (lambda: valued(OWN, RENTED, LENT), lambda: valued(LENT, RENTED, OWN), False),
    "a bound that changes nothing": (lambda: counted(0, 10), lambda: counted(0, 20), False),
    "a day": (lambda: small(rule("早", "准许", "取消", "材料需要 成立", "申请日期 早于 2024-02-29", **GONE)),
              lambda: small(rule("早", "准许", "取消", "材料需要 成立", "申请日期 不晚于 2024-02-29", **GONE)), True),
    "the same day": (lambda: small(rule("早", "准许", "取消", "材料需要 成立", "申请日期 早于 2024-03-01", **GONE)),
                     lambda: small(rule("早", "准许", "取消", "材料需要 成立", "申请日期 不晚于 2024-02-29", **GONE)), False),
    "an age by the birth": (lambda: small(rule("老", "准许", "取消", "材料需要 成立", "当事人年龄 不小于 60", **GONE)),
                            lambda: small(rule("老", "准许", "取消", "材料需要 成立", "当事人年龄 大于 59", **GONE)), False),
    "an order of routes that meet nowhere": (
        lambda: small(rule("一", "准许", "取消", "材料需要 成立", "申请人类型 是 自然人", **GONE), rule("二", "准许", "部门补核", "材料需要 成立",
            "申请人类型 是 企业法人", **GONE)),
        lambda: small(rule("二", "准许", "部门补核", "材料需要 成立", "申请人类型 是 企业法人", **GONE), rule("一", "准许", "取消", "材料需要 成立",
            "申请人类型 是 自然人", **GONE)), False),
}


@pytest.mark.parametrize("name", MADE)
def test_a_change_made_by_hand(name: str) -> None:
    before, after, differs = MADE[name]
    old, new = before(), after()
    there, back = compare(old, new), compare(new, old)
    assert not there.unknown and bool(there.changes) is differs and bool(back.changes) is differs
    for differences, watchers in ((there, (Watcher(old), Watcher(new))), (back, (Watcher(new), Watcher(old)))):
        for one in differences.changes:
            if one.witness is not None:
                assert shown(watchers, one) == (one.before, one.after)


def test_every_change_of_a_plain_rule_has_a_witness() -> None:
    old, new = small(), small(rule("早", "准许", "取消", "材料需要 成立", "申请人类型 是 自然人", **GONE))
    [one] = compare(old, new).changes
    assert one.witness is not None and one.turn == "better" and (one.before, one.after) == (("submit", ""), ("abolished", ""))
    assert one.witness.application["applicant"] == {"kind": "natural_person"} and one.witness.application["situation"] == {"first": True}
    assert one.new_rules == ("早",) and one.old_rules == ("提交",)


def test_another_material_that_must_be_complete_is_told_of_the_first_material() -> None:
    assert {one.material for one in compare(complete(), complete("示例材料乙")).changes} == {"a", "b"}


def test_items_that_come_and_go_are_told() -> None:
    old, new = small(), small(others=[OTHER])
    assert {code for code, _ in compare(old, new).items_new} == {"other"} and {code for code, _ in compare(new, old).items_gone} == {"other"}
    assert not compare(old, new).none


@pytest.mark.parametrize("type_", ["是否", "多选", "数值", "日期"])
def test_a_fact_of_another_type_is_told_and_nothing_is_proved(type_: str) -> None:
    said = {"是否": "住处 成立", "多选": "住处 包含 自有", "数值": "住处 大于 3", "日期": "住处 早于 2020-01-01"}[type_]
    more = {"值": values(OWN, RENTED)} if type_ == "多选" else {}
    other = small(rule("住", "准许", "取消", "材料需要 成立", said, **GONE), facts=[fact("住处", "dwelling", "申请", type_, **more)])
    differences = compare(valued(OWN, RENTED), other)
    assert differences.unknown and not differences.none and [(one.type, two.type) for one, two in differences.unlike] == [("选项", type_)]


def test_a_value_taken_away_is_no_proof_of_sameness() -> None:
    """Who rents is spared under the old rulebook; the new one has no word for renting."""
    old = valued(OWN, RENTED, said="住处 是 租住")
    new = valued(OWN, LENT, said="住处 是 借住")
    assert not compare(old, new).none and odd()
