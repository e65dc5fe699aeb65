"""What still establishes an abolished fact (仍须查明) is looked at exactly where and when the paper is abolished."""

from __future__ import annotations

from dataclasses import replace

from engine.proof.checking import check
from engine.proof.difference import first_difference
from tests.engine.small import HAND_IN, NOT_NEEDED, asked, book, instrument, item, material, rule

PAPER = {"材料": "示例材料丙", "依据": [{"文件": "示例条例", "条款": "第二条"}]}
MATERIALS = [material("a", "示例材料甲"), material("c", "示例材料丙")]


def test_a_paper_that_was_abolished_for_one_year_only_is_not_forgotten():
    """The law of the other material never changes, so both years are one problem; only in the earlier one is the paper abolished."""
    found = book(
        instrument("示例法", NOT_NEEDED, HAND_IN | {"当": ["材料需要 成立", "材料 是 示例材料甲"]}),
        instrument("示例办法", rule("取消甲", "准许", "取消", "材料 是 示例材料甲", 理由="没有法定依据"), start="2019-01-01", last="2019-12-31"),
        items=[item(asked("示例材料甲", 仍须查明=[PAPER]))], materials=MATERIALS)
    problems = [one for one in check(found).findings if one.grade == "problem" and one.code == "undecidable"]
    assert [(scene.requirement.code, scene.start.year, scene.last.year) for one in problems for scene, _ in one.witnesses] == [("c", 2019, 2019)]
    assert all(one.witnesses for one in problems)


def test_a_paper_that_is_never_abolished_leaves_nothing_to_establish():
    found = book(instrument("示例法", NOT_NEEDED, HAND_IN | {"当": ["材料需要 成立", "材料 是 示例材料甲"]}),
                 items=[item(asked("示例材料甲", 仍须查明=[PAPER]))], materials=MATERIALS)
    assert [one for one in check(found).findings if one.code == "undecidable"] == []


def test_a_difference_is_found_though_one_of_the_rulebooks_also_offers_another_item():
    """The search for a first difference looks at what both offer, whatever else only one of them does."""
    two = book(instrument("示例法", NOT_NEEDED, HAND_IN), items=[item(asked("示例材料甲")), item(asked("示例材料甲"), code="other", name="另一事项")],
               materials=MATERIALS)
    without = replace(two, version="x", rules=tuple(one for one in two.rules if one.route != "submit"),
                      items={key: one for key, one in two.items.items() if key[0] != "other"})
    change = first_difference(two, without)
    assert change is not None and (change.item, change.material, change.before, change.after) == ("thing", "a", ("submit", ""), ("", ""))
