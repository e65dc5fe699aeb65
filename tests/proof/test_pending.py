"""A case accepted under one law and decided under another is read twice; what is proved holds of both readings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from engine.decide import Decider
from engine.proof.checking import check
from engine.proof.difference import compare
from engine.rulebook import Rulebook
from tests.engine.small import application, asked, instrument, item, material, one, rule, situation, source
from tests.proof.books import book, invariant

NOT, ALSO_NOT = (rule(name, "准许", "不涉及", "材料需要 不成立", 理由="本情形不需要") for name in ("旧不涉及", "新不涉及"))
SUBMIT, ALSO_SUBMIT = (rule(name, "准许", "提交", "材料需要 成立") for name in ("旧提交", "新提交"))
GONE = {"理由": "没有法定依据"}
ABOLISHED = rule("取消", "准许", "取消", "材料需要 成立", **GONE)
SHARED = rule("共享", "准许", "数据共享", "材料需要 成立", "数据源状态 是 已接通", **GONE)
LATER = rule("后来取消", "准许", "取消", "材料需要 成立", "决定日期 不早于 2022-01-01", **GONE)
NEVER_ABOLISHED = invariant("不取消", ["材料需要 成立"], ["路径 不是 取消"])
NEVER_SHARED = invariant("不共享", ["材料需要 成立"], ["路径 不是 数据共享"])


def two_laws(old: list[dict], new: list[dict], *stated: dict, ends: str = "至今") -> Rulebook:
    """The old law until 2020, the new one from 2021; the source is connected from 2022 on."""
    laws = [instrument("旧法", NOT, *old, last="2020-12-31"), instrument("新法", ALSO_NOT, *new, start="2021-01-01")]
    return book(*laws, items=[item(asked("示例材料甲", 需要=["情形一 成立"]), 情形=[situation("first", "情形一")], 失效=ends)], invariants=stated,
                materials=[material("a", "示例材料甲", 数据源=["db"])], sources=[source("db", ("000000", "2022-01-01", "至今"))])


BROKEN: dict[str, tuple[Callable[[], Rulebook], str]] = {
    "the old law meets a source of a later day": (lambda: two_laws([SHARED, SUBMIT], [ALSO_SUBMIT], NEVER_SHARED), "shared"),
    "the old law speaks of a later day": (lambda: two_laws([LATER, SUBMIT], [ALSO_SUBMIT], NEVER_ABOLISHED), "abolished"),
    "the new law is lighter": (lambda: two_laws([SUBMIT], [ABOLISHED, ALSO_SUBMIT], NEVER_ABOLISHED), "abolished"),
    "the new law is lighter for an item that has ended": (lambda: two_laws([SUBMIT], [ABOLISHED, ALSO_SUBMIT], NEVER_ABOLISHED, ends="2020-12-31"), "abolished"),
}


def decided(rulebook: Rulebook) -> dict[str, Any]:
    made = application(date(2020, 5, 5), situation={"first": True})
    return one(Decider(rulebook).decide(made, date(2022, 5, 5)), "a")


@pytest.mark.parametrize("name", BROKEN)
def test_what_only_a_waiting_case_breaks_is_found(name: str) -> None:
    make, route = BROKEN[name]
    rulebook = make()
    assert decided(rulebook)["route"] == route         # the engine breaks the invariant
    report = check(rulebook)
    assert [finding.subject for finding in report.findings if finding.code == "invariant"] == [rulebook.invariants[0].id]
    assert not [finding.subject for finding in report.findings if finding.code == "rule-dead"]


def test_what_the_later_law_spares_is_not_called_demanded() -> None:
    """The old law demands it, the law of the day of the decision no longer does, and the lighter counts."""
    spared = invariant("不再要", ["决定日期 不早于 2021-01-01", "材料需要 成立"], ["路径 不是 提交"])
    rulebook = two_laws([SUBMIT], [ABOLISHED], spared)
    assert decided(rulebook)["route"] == "abolished"
    assert not [finding for finding in check(rulebook).findings if finding.grade == "problem"]


def test_a_change_that_only_a_waiting_case_feels_is_a_difference() -> None:
    old, new = two_laws([SHARED, SUBMIT], [ALSO_SUBMIT]), two_laws([SUBMIT], [ALSO_SUBMIT])
    assert not compare(old, new).none and not compare(new, old).none and compare(old, old).none
