"""Catalogues at their edges: what one place, one copy or one day hides from another is found all the same, and nothing is made up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.problems import Refused
from engine.proof.checking import check
from engine.proof.difference import compare
from engine.proof.witness import Watcher
from engine.rulebook import Rulebook
from tests.engine.small import asked, decide, instrument, item, material, rule, situation
from tests.proof.books import book, fact

NEED, SECOND = "情形一 成立", "情形二 成立"
SITUATIONS = [situation("first", "情形一"), situation("second", "情形二")]
NOT = rule("不涉及", "准许", "不涉及", "材料需要 不成立", 理由="本情形不需要")
SUBMIT = rule("提交", "准许", "提交", "材料需要 成立")
IN_FIRST = rule("提交", "准许", "提交", "材料需要 成立", NEED)
GONE = {"理由": "没有法定依据"}
MATERIALS = [material("a", "示例材料甲", 包含=["示例材料乙"]), material("b", "示例材料乙"), material("c", "示例材料丙")]
FACTS = (fact("收入", "income", "申请人", "数值"), fact("页数", "pages", "申请", "数值", 最小=0, 最大=10))
GROUP = {"名称": "任选组", "编码": "either", "英文名": "either", "角色": "主件", "依据": [{"文件": "示例条例", "条款": "第二条"}], "需要": [NEED]}


def made(*rules: dict[str, Any], requirements: list[dict] | None = None, items: list[dict] | None = None, **more: Any) -> Rulebook:
    asks = requirements if requirements is not None else [asked("示例材料甲", 需要=[NEED])]
    return book(instrument("示例法", *rules), facts=FACTS, materials=MATERIALS, items=items if items is not None else [item(*asks, 情形=SITUATIONS)], **more)


def sisters(*needs: str) -> list[dict]:
    """One item of two divisions, each with its own file and need."""
    return [item(asked("示例材料甲", 需要=[need]), 情形=SITUATIONS, division=division) for division, need in zip(("210400", "420700"), needs, strict=True)]


#: Books of which one corner leaves a material without a route.
CORNERS: dict[str, Callable[[], Rulebook]] = {
    "the second of two divisions": lambda: made(NOT, IN_FIRST, items=sisters(NEED, SECOND)),
    "the first of two divisions": lambda: made(NOT, IN_FIRST, items=sisters(SECOND, NEED)),
    "the second of two copies": lambda: made(NOT, IN_FIRST, requirements=[asked("示例材料甲", 需要=[NEED]), asked("示例材料甲", 需要=[SECOND], 每人一份="配偶")]),
    "the first of two copies": lambda: made(NOT, IN_FIRST, requirements=[asked("示例材料甲", 需要=[SECOND]), asked("示例材料甲", 需要=[NEED], 每人一份="配偶")]),
    "a member of a group": lambda: made(NOT, rule("提交", "准许", "提交", "材料需要 成立", "材料 不是 示例材料丙"),
        requirements=[GROUP | {"任选": [["示例材料甲"], ["示例材料丙"]]}]),
    "what establishes an abolished fact": lambda: made(
        NOT, rule("取消", "准许", "取消", "材料 是 示例材料甲", "材料需要 成立", **GONE),
        requirements=[asked("示例材料甲", 需要=[NEED], 仍须查明=[{"材料": "示例材料丙", "依据": [{"文件": "示例条例", "条款": "第二条"}]}])]),
    "what another material contains": lambda: made(NOT, rule("提交", "准许", "提交", "材料需要 成立", "被他件包含 不成立"),
                                                   requirements=[asked("示例材料甲"), asked("示例材料乙", 需要=[NEED])]),
    "the only day of an item": lambda: made(NOT, rule("提交", "准许", "提交", "材料需要 成立", "收入 大于 3"),
                                            items=[item(asked("示例材料甲", 需要=[NEED]), 情形=SITUATIONS, 施行="2020-02-29", 失效="2020-02-29")]),
    "the only day of a law": lambda: book(
        instrument("前法", rule("前不", "准许", "不涉及", "材料需要 不成立", 理由="本情形不需要"), rule("前", "准许", "提交", "材料需要 成立"), last="2020-02-28"),
        instrument("一日法", NOT, start="2020-02-29", last="2020-02-29"),
        instrument("后法", rule("后不", "准许", "不涉及", "材料需要 不成立", 理由="本情形不需要"), rule("后", "准许", "提交", "材料需要 成立"), start="2020-03-01"),
        items=[item(asked("示例材料甲", 需要=[NEED]), 情形=SITUATIONS)], materials=MATERIALS),
}


@pytest.mark.parametrize("name", CORNERS)
def test_a_corner_without_a_route_is_found_and_shown(name: str) -> None:
    rulebook = CORNERS[name]()
    [one] = [finding for finding in check(rulebook).findings if finding.code == "undecidable"]
    assert one.grade == "problem" and one.witnesses
    for _, witness in one.witnesses:
        seen = Watcher(rulebook).look(witness)
        assert seen is not None and seen.verdict.status == "undecidable"
    assert compare(rulebook, rulebook).none


def test_copies_of_other_persons_count_among_the_other_principals() -> None:
    """One spouse's copy is refuted by a query, so for the other's the other principals are not complete."""
    shared = rule("共享", "准许", "数据共享", "材料需要 成立", "查询结果 不是 查无记录", **GONE)
    rulebook = made(NOT, shared, rule("提交", "准许", "提交", "材料需要 成立", "查询结果 是 查无记录", "其他主件齐备 成立"),
                    requirements=[asked("示例材料甲", 需要=[NEED], 每人一份="配偶")])
    persons = [{"id": name, "role": "配偶"} for name in ("p1", "p2")]
    body = decide(rulebook, situation={"first": True}, persons=persons, roles_complete=["配偶"],
                  evidence={"queries": {"a/p1": {"result": "not_found"}, "a/p2": {"result": "revoked"}}})
    assert [one["status"] for one in body["materials"]] == ["undecidable", "settled"]
    assert "undecidable" in {finding.code for finding in check(rulebook).findings}


#: Books in which nothing is wrong that a caller could ever meet.
CLEAN: dict[str, Callable[[], Rulebook]] = {
    "nothing is asked after an item has ended": lambda: book(
        instrument("旧法", NOT, SUBMIT, last="2020-12-31"), materials=MATERIALS,
        items=[item(asked("示例材料甲", 需要=[NEED]), 情形=SITUATIONS, 失效="2020-06-30")]),
    "what is asked only where another is abolished": lambda: made(
        NOT, rule("取消", "准许", "取消", "材料 是 示例材料甲", NEED, "材料需要 成立", **GONE), rule("甲提交", "准许", "提交", "材料需要 成立", "材料 是 示例材料甲"),
        rule("丙提交", "准许", "提交", "材料需要 成立", "材料 是 示例材料丙", NEED),
        requirements=[asked("示例材料甲", 需要=[{"任一": [NEED, SECOND]}], 仍须查明=[{"材料": "示例材料丙", "依据": [{"文件": "示例条例", "条款": "第二条"}]}])]),
    "one material in two lists of a group": lambda: made(
        NOT, SUBMIT, requirements=[GROUP | {"任选": [["示例材料甲", "示例材料丙"], ["示例材料甲", "示例材料乙"]]}]),
    "a division's own terms": lambda: made(NOT, SUBMIT, items=[
        item(asked("示例材料甲", 需要=[NEED]), 情形=SITUATIONS), {"覆盖": "是", "编码": "thing", "事项": "示例事项", "区划": "210400", "办理地址": "二号"}]),
}


@pytest.mark.parametrize("name", CLEAN)
def test_what_nobody_can_meet_is_no_fault(name: str) -> None:
    rulebook = CLEAN[name]()
    assert [finding for finding in check(rulebook).findings if finding.code == "undecidable"] == []
    assert compare(rulebook, rulebook).none


def test_a_rulebook_without_items_or_materials_is_checked_too() -> None:
    for rulebook in (made(SUBMIT, items=[]), made(SUBMIT, items=[item()])):
        assert {finding.code for finding in check(rulebook).findings if finding.grade == "problem"} == {"rule-dead"}
        assert compare(rulebook, rulebook).none


def test_what_proofs_leave_out_the_engine_refuses() -> None:
    """A number outside its bounds, and a repaired record of somebody without one: neither may be stated."""
    rulebook = made(NOT, rule("提交", "准许", "提交", "材料需要 成立", "页数 不大于 10"))
    assert "undecidable" not in {finding.code for finding in check(rulebook).findings}
    for pages in (-1, 11):
        with pytest.raises(Refused):
            decide(rulebook, situation={"first": True}, facts={"pages": pages})
    assert decide(rulebook, situation={"first": True}, facts={"pages": 10})["materials"][0]["route"] == "submit"
