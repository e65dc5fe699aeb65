"""Hand-made rulebooks of which everybody can see what holds: each fault is found under its name, its witness shows it, nothing can be left out of it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from engine.application import Application
from engine.decide import Decider
from engine.problems import Refused
from engine.proof.checking import Finding, Report, check
from engine.proof.difference import compare
from engine.proof.witness import Watcher, Witness
from engine.rulebook import Invariant, Rulebook
from engine.truth import FAILS, HOLDS
from tests.engine.small import EVERYWHERE, asked, credential, instrument, item, material, rule, situation, source
from tests.proof.books import book, fact, invariant, pair, values

NEED = "情形一 成立"
SITUATIONS = [situation("first", "情形一"), situation("second", "情形二")]
FACTS = (fact("收入", "income", "申请人", "数值"), fact("住处", "dwelling", "申请", "选项", 值=values(("自有", "own"), ("租住", "rented"), ("借住", "lent"))))
NOT = rule("不涉及", "准许", "不涉及", "材料需要 不成立", 理由="本情形不需要")
SUBMIT = rule("提交", "准许", "提交", "材料需要 成立")
GONE = {"理由": "没有法定依据"}


def small(*rules: dict[str, Any], needed: Any = NEED, sources: Any = (), credentials: Any = (), of: dict[str, Any] | None = None, **more: Any) -> Rulebook:
    """One item, one material, needed in the first situation; `of`: what else is said of the material."""
    requirement = asked("示例材料甲", **({"需要": [needed]} if needed else {}))
    catalogue = {"items": [item(requirement, 情形=SITUATIONS)], "materials": [material("a", "示例材料甲", **(of or {}))], "sources": list(sources),
        "credentials": list(credentials)}
    return book(instrument("示例法", *rules), facts=FACTS, **(catalogue | more))


def found(report: Report) -> dict[str, list[Finding]]:
    by_code: dict[str, list[Finding]] = {}
    for one in report.findings:
        by_code.setdefault(one.code, []).append(one)
    return by_code


def entry(rulebook: Rulebook, witness: Witness) -> dict[str, Any] | None:
    """What the engine says of the witness's material, None if it refuses the application."""
    try:
        body = Decider(rulebook).decide(Application.model_validate(witness.application), witness.as_of, asked_elsewhere=witness.asked_elsewhere)
    except (Refused, ValueError):
        return None
    code = witness.material.partition("/")[0]
    rows = [*body["materials"], *body["establishes"], *(m for one in body["materials"] for way in one.get("alternatives", ()) for m in way["materials"])]
    return next(one for one in rows if one["material"] == code)


def smaller(witness: Witness) -> Iterator[Witness]:
    """The application with one statement left out, whatever it is."""
    def paths(value: object, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        for key, below in (value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()):
            if path or key not in ("item", "deciding_division", "accepted_on"):
                yield (*path, key)
                yield from paths(below, (*path, key))
    for path in paths(witness.application, ()):
        application = copy.deepcopy(dict(witness.application))
        holder: Any = application
        for step in path[:-1]:
            holder = holder[step]
        del holder[path[-1]]
        yield replace(witness, application=application)


def shows(rulebook: Rulebook, finding: Finding, test: Callable[[dict[str, Any]], bool]) -> None:
    """Every witness shows what it is for, and nothing can be left out of it."""
    assert finding.witnesses
    for scene, witness in finding.witnesses:
        told = entry(rulebook, witness)
        assert told is not None and test(told), witness.application
        assert scene.start <= witness.as_of <= scene.last
        for one in smaller(witness):
            less = entry(rulebook, one)
            assert less is None or not test(less), (witness.application, one.application)


def undecidable(told: dict[str, Any]) -> bool:
    return told["status"] == "undecidable"


QUERY = {"数据源": ["db"]}
DB = source("db", EVERYWHERE, 查询依据="同意", 适用证件类型="居民身份证号码")
CARD = credential("card", "示例证", 适用证件类型="居民身份证号码")

UNDECIDABLE = {
    "nothing when needed": lambda: small(NOT),
    "one kind of applicant": lambda: small(NOT, rule("s", "准许", "提交", "材料需要 成立", "申请人类型 不是 企业法人")),
    "a number": lambda: small(NOT, rule("s", "准许", "提交", "材料需要 成立", "收入 小于 5000")),
    "a large number": lambda: small(NOT, rule("s", "准许", "提交", "材料需要 成立", "收入 小于 5000000000")),
    "a child": lambda: small(NOT, rule("s", "准许", "提交", "材料需要 成立", "当事人年龄 不小于 1")),
    "a child's consent": lambda: small(NOT, rule("s", "准许", "提交", "材料需要 成立", "查询依据 不是 监护人同意"), sources=[DB], of=QUERY),
    "a kind of number": lambda: small(NOT, rule("s", "准许", "提交", "材料需要 成立", "数据源状态 是 已接通"), sources=[DB], of=QUERY),
    "an expired credential": lambda: small(NOT, rule("s", "准许", "提交", "材料需要 成立", "出示状态 不是 已过期"), credentials=[CARD], of={"证件": ["示例证"]}),
    "somebody else's credential": lambda: small(NOT, rule("s", "准许", "提交", "材料需要 成立", "出示状态 不是 非本人证件"), credentials=[CARD],
        of={"证件": ["示例证"]}),
    "an agent without authority": lambda: small(NOT, rule("s", "准许", "提交", "材料需要 成立", "出示状态 不是 未经授权"), credentials=[CARD], of={"证件": ["示例证"]}),
    "an unchecked copy": lambda: small(NOT, rule("s", "准许", "提交", "材料需要 成立", "在案状态 不是 在案待核")),
    "an expired copy": lambda: small(NOT, rule("s", "准许", "提交", "材料需要 成立", "在案状态 不是 在案过期")),
    "a record": lambda: small(NOT, rule("s", "准许", "提交", "材料需要 成立", "申请人信用 不是 虚假承诺")),
    "a repaired record": lambda: small(NOT, rule("s", "准许", "提交", "材料需要 成立", "信用修复日期 晚于 决定日期")),
    "a ban": lambda: small(NOT, rule("s", "准许", "提交", "材料需要 成立", "许可禁止期至 早于 申请日期")),
    "a query": lambda: small(NOT, rule("s", "准许", "提交", "材料需要 成立", "查询结果 不是 数据源中断")),
    "an output": lambda: small(NOT, rule("s", "准许", "提交", "材料需要 成立", "前序产出 不是 待产出")),
    "another step": lambda: small(NOT, rule("s", "准许", "提交", "材料需要 成立", "同批另收 不成立")),
    "an elective alone": lambda: small(NOT, rule("s", "准许", "告知承诺/证明承诺", "材料需要 成立", **GONE)),
    "a dispute": lambda: small(NOT, rule("s", "准许", "提交", "材料需要 成立", "数据有异议 不成立")),
    "one day": lambda: small(NOT, rule("s", "准许", "提交", "材料需要 成立", {"任一": ["决定日期 早于 2024-02-29", "决定日期 晚于 2024-02-29"]})),
    "the day it was accepted": lambda: small(NOT, rule("s", "准许", "提交", "材料需要 成立", {"任一": ["申请日期 早于 2024-02-29", "申请日期 晚于 2024-02-29"]})),
    "a barred route": lambda: small(NOT, SUBMIT, rule("b", "排除", "提交", "住处 是 借住", **GONE)),
    "from a day in the middle": lambda: small(NOT, since="2020-06-15"),
    "a need that reads the day": lambda: small(NOT, needed={"任一": ["决定日期 早于 2015-01-01", NEED]}),
}


@pytest.mark.parametrize("name", UNDECIDABLE)
def test_a_material_without_route_is_found_with_a_smallest_application(name: str) -> None:
    rulebook = UNDECIDABLE[name]()
    report = check(rulebook)
    assert report.fails and not report.holds
    [one] = found(report)["undecidable"]
    shows(rulebook, one, undecidable)


DECIDED = {
    "everything has a route": lambda: small(NOT, SUBMIT),
    "a tautology over days": lambda: small(NOT, rule("s", "准许", "提交", "材料需要 成立", {"任一": ["申请日期 早于 2024-02-29", "决定日期 不早于 2024-02-29"]})),
    "every value": lambda: small(NOT, rule("s", "准许", "提交", "材料需要 成立", "住处 属于 自有、租住"), rule("t", "准许", "部门补核", "材料需要 成立",
        "住处 是 借住", **GONE)),
    "nobody is below nought": lambda: small(NOT, rule("s", "准许", "提交", "材料需要 成立", "当事人年龄 不小于 0")),
    "a copy is on file or not": lambda: small(NOT, rule("s", "准许", "提交", "材料需要 成立", {"任一": ["在案材料 是 有记录", "在案状态 是 不在案"]})),
    "no source, no ground": lambda: small(NOT, rule("s", "准许", "提交", "材料需要 成立", "数据源状态 是 无数据源", "查询依据 是 无")),
    "no credential": lambda: small(NOT, rule("s", "准许", "提交", "材料需要 成立", "出示状态 是 无可用证件")),
    "no other principal": lambda: small(NOT, rule("s", "准许", "提交", "材料需要 成立", "其他主件齐备 成立")),
    "nothing contains it": lambda: small(NOT, rule("s", "准许", "提交", "材料需要 成立", "被他件包含 不成立")),
    "adults consent themselves": lambda: small(NOT, rule("s", "准许", "提交", "材料需要 成立", {"任一": ["当事人年龄 小于 14", "查询依据 不是 监护人同意"]}),
        sources=[DB], of=QUERY),
    "a day after the birth": lambda: small(NOT, rule("s", "准许", "提交", "材料需要 成立", "出生日期 不晚于 决定日期")),
    "whole numbers": lambda: small(NOT, rule("s", "准许", "提交", "材料需要 成立", {"任一": ["收入 不大于 3", "收入 不小于 4"]})),
}


@pytest.mark.parametrize("name", DECIDED)
def test_where_every_application_has_a_route_that_is_proved(name: str) -> None:
    report = check(DECIDED[name]())
    assert "undecidable" not in found(report) and "undecidable" in {one.code for one in report.proved}


ABOLISHED = rule("取消", "准许", "取消", "材料需要 成立", "住处 是 借住", **GONE)
OPEN = rule("承诺", "准许", "告知承诺/证明承诺", "材料需要 成立", "申请人信用 不是 虚假承诺", **GONE)


@pytest.mark.parametrize(("given", "then", "rules", "breaks"), [
    (["材料需要 成立"], ["路径 不是 取消"], [ABOLISHED], lambda told: told["route"] == "abolished"),
    (["材料需要 成立", "住处 不是 借住"], ["路径 不是 取消"], [ABOLISHED], None),
    (["申请人信用 是 严重失信"], ["路径 不是 告知承诺"], [OPEN], lambda told: told["route"] == "commitment"),
    (["申请人信用 是 虚假承诺"], ["路径 不是 告知承诺"], [OPEN], None),
    (["材料需要 成立"], ["方式 不是 证明承诺"], [OPEN], lambda told: told["mode"] == "proof_commitment"),
    (["材料需要 成立"], ["方式 不是 协议"], [OPEN], None),
    (["承诺选择 不是 选择"], ["路径 不是 告知承诺"], [OPEN], None),
    (["材料需要 不成立"], ["路径 是 不涉及"], [ABOLISHED], None),
    (["决定日期 不早于 2024-02-29", "材料需要 成立"], ["路径 属于 提交"], [ABOLISHED], lambda told: told["route"] == "abolished")])
def test_an_invariant_is_proved_or_shown_broken(given: list[str], then: list[str], rules: list[dict], breaks: Callable[[dict], bool] | None) -> None:
    rulebook = small(NOT, SUBMIT, *rules, invariants=[invariant("试", given, then)])
    broken = found(check(rulebook)).get("invariant", [])
    assert bool(broken) is (breaks is not None)
    watcher, stated = Watcher(rulebook), rulebook.invariants[0]
    for one in broken:
        assert one.subject == "试" and one.witnesses and breaks is not None
        for _, witness in one.witnesses:
            told = entry(rulebook, witness)
            assert told is not None and breaks(told)
            assert _broken(watcher, stated, witness) and not any(_broken(watcher, stated, less) for less in smaller(witness))


def _broken(watcher: Watcher, stated: Invariant, witness: Witness) -> bool:
    seen = watcher.look(witness)
    return seen is not None and seen.truth(stated.given) == HOLDS and seen.truth(stated.then) == FAILS


def test_a_status_is_not_proved_settled_where_the_engine_waits() -> None:
    waits = rule("前序", "准许", "已有覆盖", "前序产出 是 待产出", **GONE)
    rulebook = small(NOT, SUBMIT, waits, invariants=[invariant("定", ["材料需要 成立"], ["状态 是 已定"])])
    assert not check(rulebook).holds


SHARED = rule("共享", "准许", "数据共享", "材料需要 成立", "查询结果 是 查到有效", **GONE)
PAIRS = {
    "a query": (pair("试", ["查询结果 是 数据源中断"], ["查询结果 是 查到有效"]), [SHARED], {}),
    "a kind of number, by its source": (pair("试", ["当事人证件类型 是 护照号码"], ["当事人证件类型 是 居民身份证号码"]),
                                        [rule("共享", "准许", "数据共享", "材料需要 成立", "数据源状态 是 已接通", **GONE)], {"sources": [DB], "of": QUERY}),
    "a kind of number, by its credential": (pair("试", ["当事人证件类型 是 护照号码"], ["当事人证件类型 是 居民身份证号码"]),
                                            [rule("出示", "准许", "出示证件", "材料需要 成立", "出示状态 是 尚未出示", **GONE)], {"credentials": [CARD],
                                                "of": {"证件": ["示例证"]}}),
    "a birth, by the age": (pair("试", ["出生日期 早于 1990-01-01"], ["出生日期 晚于 2020-01-01"]), [rule("幼", "准许", "取消", "材料需要 成立",
        "当事人年龄 小于 18", **GONE)], {}),
    "a birth, by the consent": (pair("试", ["出生日期 晚于 2020-01-01"], ["出生日期 早于 1990-01-01"]),
                                [rule("共享", "准许", "数据共享", "材料需要 成立", "查询依据 是 同意", **GONE)], {"sources": [DB], "of": QUERY}),
    "a credential held": (pair("试", ["持有证件 不成立"], ["持有证件 成立"]), [rule("出示", "准许", "出示证件", "材料需要 成立", "出示状态 是 尚未出示", **GONE)],
                          {"credentials": [CARD], "of": {"证件": ["示例证"]}}),
    "what is on file": (pair("试", ["在案材料 是 无记录"], ["在案材料 是 有记录"]), [rule("在案", "准许", "已有覆盖", "材料需要 成立", "在案状态 是 在案可用",
        **GONE)], {}),
    "a situation, by the need": (pair("试", [NEED], ["情形一 不成立"]), [], {}),
    "a number, by the need": (pair("试", ["收入 大于 5"], ["收入 小于 2"]), [], {"needed": "收入 大于 3"}),
    "a choice": (pair("试", ["承诺选择 是 不选择"], ["承诺选择 是 选择"]), [OPEN], {}),
    "a record": (pair("试", ["申请人信用 是 虚假承诺"], ["申请人信用 是 良好"], 若甲=["路径 是 提交"], 则乙=["路径 是 提交"]),
                 [rule("良", "准许", "部门补核", "材料需要 成立", "申请人信用 是 良好", **GONE)], {}),
}


@pytest.mark.parametrize("name", PAIRS)
def test_a_broken_comparison_is_found(name: str) -> None:
    one, rules, more = PAIRS[name]
    report = found(check(small(NOT, SUBMIT, *rules, pairs=[one], **more)))
    assert [finding.subject for finding in report.get("comparison", [])] == ["试"]


#: Of these the other way round does not hold either, or says another thing.
_BOTH_WAYS = ("a birth, by the consent", "a record", "what is on file")


@pytest.mark.parametrize("name", [name for name in PAIRS if name not in _BOTH_WAYS])
def test_the_same_comparison_the_other_way_round_holds(name: str) -> None:
    one, rules, more = PAIRS[name]
    turned = one | {"甲": one["乙"], "乙": one["甲"]}
    assert "comparison" not in found(check(small(NOT, SUBMIT, *rules, pairs=[turned], **more)))


def test_a_kept_comparison_holds() -> None:
    kept = pair("试", ["收入 大于 5"], ["收入 小于 2"], 若甲=["路径 是 取消"], 则乙=["路径 是 取消"])
    assert "comparison" not in found(check(small(NOT, SUBMIT, ABOLISHED, pairs=[kept])))


RULES = {
    "contradicts itself": ("rule-dead", rule("x", "准许", "取消", "住处 是 自有", "住处 是 租住", **GONE)),
    "no such applicant": ("rule-dead", rule("x", "准许", "取消", "当事人年龄 大于 150", **GONE)),
    "between whole numbers": ("rule-dead", rule("x", "准许", "取消", "收入 大于 3", "收入 小于 4", **GONE)),
    "accepted after the decision": ("rule-dead", rule("x", "准许", "取消", "申请日期 晚于 决定日期", **GONE)),
    "not in this catalogue": ("rule-dead", rule("x", "准许", "取消", "材料类别 是 照片", **GONE)),
    "nothing to show": ("rule-dead", rule("x", "准许", "出示证件", "出示状态 是 出示有效", **GONE)),
    "always": ("rule-always", rule("x", "准许", "部门补核", "材料类别 是 证明", **GONE)),
    "always by its values": ("rule-always", rule("x", "准许", "部门补核", "住处 属于 自有、租住、借住", **GONE)),
    "shadowed": ("grant-shadowed", rule("x", "准许", "告知承诺/协议", "住处 是 自有", **GONE)),
    "twice": ("rules-alike", rule("x", "准许", "提交", {"非": "材料需要 不成立"})),
    "in vain": ("pends-in-vain", rule("x", "准许", "部门补核", {"任一": ["住处 是 自有", "住处 不是 自有"]}, NEED, **GONE)),
}


@pytest.mark.parametrize("name", RULES)
def test_a_faulty_rule_is_found_and_nothing_else(name: str) -> None:
    code, faulty = RULES[name]
    bars = [rule("盖", "排除", "告知承诺", "住处 不是 租住", **GONE)] if name == "shadowed" else []
    report = found(check(small(NOT, SUBMIT, *bars, faulty)))
    assert {one.subject for one in report.pop(code)} == {"x"}
    others = {code for code, findings in report.items() if any(one.grade != "note" for one in findings)}
    assert not others, report


def test_sound_rules_are_left_alone() -> None:
    report = check(small(NOT, SUBMIT, ABOLISHED, OPEN, SHARED))
    assert report.holds and not report.findings, report.findings


def test_the_same_rule_in_another_instrument_is_a_note() -> None:
    laws = [instrument("甲法", NOT, SUBMIT), instrument("乙法", rule("又", "准许", "提交", "材料需要 成立"))]
    report = check(book(*laws, items=[item(asked("示例材料甲", 需要=[NEED]), 情形=SITUATIONS)], materials=[material("a", "示例材料甲")]))
    assert report.holds and [one.grade for one in report.findings] == ["note"]


# -- what is not known is not told to hold --------------------------------------------------------------------------------


def pigeons(holes: int) -> Rulebook:
    """A material has a route unless more pigeons than holes all sit apart: always, but slow to prove."""
    facts = tuple(fact(f"鸽{n}", f"pigeon{n}", "申请", "选项", 值=values(*((f"洞{hole}", f"hole{hole}") for hole in range(holes)))) for n in range(holes + 1))
    apart = [f"{one['名称']} 是 {other['名称']}" for one, other in combinations(facts, 2)]
    return book(instrument("示例法", NOT, rule("挤", "准许", "提交", "材料需要 成立", {"任一": apart})), facts=facts,
                items=[item(asked("示例材料甲", 需要=[NEED]), 情形=SITUATIONS)], materials=[material("a", "示例材料甲")])


def test_what_is_not_answered_in_time_is_unknown() -> None:
    report = check(pigeons(15), milliseconds=20)
    assert report.unknown and not report.holds
    [one] = found(report)["undecidable"]
    assert one.grade == "unknown" and not one.witnesses and "undecidable" not in {proved.code for proved in report.proved}


def test_what_is_answered_in_time_is_known() -> None:
    assert "undecidable" not in found(check(pigeons(4)))


def test_a_difference_that_is_not_answered_in_time_is_no_proof() -> None:
    crowded = pigeons(15)
    without = book(instrument("示例法", NOT, SUBMIT), facts=(), items=[item(asked("示例材料甲", 需要=[NEED]), 情形=SITUATIONS)], materials=[material("a",
        "示例材料甲")])
    differences = compare(without, crowded, milliseconds=20)
    assert differences.unknown and not differences.none and not any(one.sure for one in differences.changes)
