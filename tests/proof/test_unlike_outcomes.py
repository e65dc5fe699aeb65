"""A 对照 whose two outcomes differ is broken even where nothing that differs between 甲 and 乙 is read at all."""

from __future__ import annotations

import pytest

from engine.proof.checking import check
from tests.engine.small import HAND_IN, NOT_NEEDED, asked, instrument, item, material
from tests.proof.books import book, pair

CATALOGUE = {"items": [item(asked("示例材料甲"))], "materials": [material("a", "示例材料甲")]}


@pytest.mark.parametrize("differing", [{"first": ["查询结果 是 数据源中断"], "second": ["查询结果 不是 数据源中断"]}, {"first": [], "second": []}],
                         ids=["facts nobody reads", "national rules, and there are no others"])
@pytest.mark.parametrize(("then", "broken"), [("路径 是 不涉及", True), ("路径 是 提交", False), ("路径 属于 容缺后补、提交", False)])
def test_equal_readings_are_held_to_what_the_comparison_says(differing, then, broken):
    law = {} if differing["first"] else {"乙的规则": "全国"}
    written = pair("试", differing["first"], differing["second"], 若甲=["路径 是 提交"], 则乙=[then], **law)
    written = {key: value for key, value in written.items() if value != []}
    found = check(book(instrument("示例法", NOT_NEEDED, HAND_IN), pairs=[written], **CATALOGUE))
    named = [one for one in found.findings if one.code == "comparison"]
    assert [one.grade for one in named] == (["problem"] if broken else [])
    assert all(one.witnesses for one in named)
