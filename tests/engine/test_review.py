"""Desk checks: each finds what it is for and nothing beside it, on the day it is asked; change-over days are the rulebook's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.law import FOREVER
from engine.review import Finding, changeovers, review, uncovered
from engine.rulebook import Rulebook
from tests.bundled import rulebook
from tests.engine.small import EVERYWHERE, HAND_IN, asked, book, instrument, item, material, published, row, rule, source

DAY = date(2026, 11, 22)
PROOF = material("a", "示例证明")
ENDED = [{"文件": "示例法律", "条款": "第一条"}]          # in force 2000-01-01 to 2020-12-31
BOTH = [*ENDED, {"文件": "示例条例", "条款": "第一条"}]


def small(*rules: dict, asks: dict | None = None, law: dict | None = None, **more: list[dict]) -> Rulebook:
    """A sound rulebook of one item, its invariant with a source."""
    catalogue = {"items": [item(asks or asked("示例证明"))], "materials": [PROOF]} | more
    made = book(instrument("示例法", *(rules or (HAND_IN,)), **(law or {})), **catalogue)
    return replace(made, invariants=tuple(replace(one, source="示例条例第一条") for one in made.invariants))


def codes(made: Rulebook, day: date = DAY) -> list[tuple[str, str, str]]:
    """What is found, without the note that the bases' file names no day of comparison."""
    return [(one.severity, one.code, one.subject) for one in review(made, day) if one.code != "comparison-missing"]


def test_a_sound_rulebook_has_only_the_note_on_its_bases() -> None:
    assert codes(small()) == []
    missing = [one for one in review(small(), DAY) if one.code == "comparison-missing"]
    assert [(one.file, one.severity) for one in missing] == [("catalogue/bases.yaml", "note")]
    assert "4 件依据文件没有写最近核对：《示例条例》、《示例规章》、《示例法律》 等" in missing[0].zh


def test_a_rule_in_force_after_its_instrument() -> None:
    made = small()
    first = made.rules[0]
    ended = replace(first.instrument, end=date(2024, 1, 1))
    late = replace(made, rules=(replace(first, instrument=ended, start=date(1999, 1, 1)),))
    found = [one for one in review(late, DAY) if one.code == "rule-without-instrument"]
    assert [one.zh for one in found] == [
        "规则“提交” 1999-01-01 至 1999-12-31 有效，而《示例法》这时没有施行。", "规则“提交”自 2024-01-01 起有效，而《示例法》这时没有施行。"]
    assert {(one.severity, one.file, one.line) for one in found} == {("problem", first.file, first.line)}


def test_two_versions_that_leave_a_gap() -> None:
    first, second = HAND_IN | {"失效": "2024-12-31"}, HAND_IN | {"施行": "2025-01-01"}
    assert codes(small(first, second)) == []
    assert codes(small(second, first)) == [], "the order in the file does not matter"
    gap = small(first, HAND_IN | {"施行": "2025-01-02"})
    assert codes(gap) == [("problem", "version-gap", "提交")]
    assert codes(small(HAND_IN | {"施行": "2025-01-02"}, first)) == [("problem", "version-gap", "提交")]
    assert "2025-01-01 至 2025-01-01 没有一个版本有效" in next(one.zh for one in review(gap, DAY) if one.code == "version-gap")


DEFINED = rule("认定", "认定", "承诺受限申请人", "申请人信用 是 严重失信")
READING = rule("排除", "排除", "告知承诺", "承诺受限申请人 成立")


@pytest.mark.parametrize(("definition", "reading", "expected"), [
    ({}, {}, []),
    ({"施行": "2020-01-01"}, {}, [("note", "concept-defined-later", "承诺受限申请人")]),
    ({"施行": "2020-01-01"}, {"施行": "2020-01-01"}, []),
    ({"失效": "2024-12-31"}, {}, [("problem", "concept-undefined", "排除")]),
    ({"失效": "2024-12-31"}, {"失效": "2024-12-31"}, []),
])
def test_a_concept_is_defined_as_long_as_it_is_read(definition: dict, reading: dict, expected: list) -> None:
    assert codes(small(HAND_IN, DEFINED | definition, READING | reading)) == expected


def test_a_definition_from_elsewhere_defines_nothing_here() -> None:
    local = instrument("抚顺的", DEFINED, division="210400")
    reads = rule("准许", "准许", "取消", "承诺受限申请人 不成立", 理由="没有法定依据")
    made = book(instrument("示例法", HAND_IN, reads), local, items=[item(asked("示例证明"))], materials=[PROOF])
    assert ("problem", "concept-undefined", "准许") in codes(made)
    below = book(instrument("示例法", HAND_IN), instrument("新抚区的", reads, division="210402"), local, items=[item(asked("示例证明"))], materials=[PROOF])
    assert not [one for one in codes(below) if one[1] == "concept-undefined"]


@pytest.mark.parametrize(("bases", "expected"), [
    (BOTH, []),
    ("无", []),
    (ENDED, [("note", "basis-ended", "示例事项 · 示例证明")]),
    ([{"文件": "示例条例", "条款": "第一条", "施行": "2021-01-01"}, *ENDED], []),
    ([{"文件": "示例条例", "条款": "第一条", "施行": "2021-02-01"}, *ENDED], [("problem", "basis-gap", "示例事项 · 示例证明")]),
])
def test_the_bases_of_a_material(bases: object, expected: list) -> None:
    made = small(asks=asked("示例证明", 依据=bases))
    assert codes(made) == expected
    assert all(one.line == made.items["thing", "000000"].requirements[0].line > 0 for one in review(made, DAY) if one.code.startswith("basis-"))


def test_what_still_establishes_a_fact_needs_a_basis_too() -> None:
    asks = asked("示例证明", 仍须查明=[{"材料": "另一证明", "依据": ENDED}])
    assert codes(small(asks=asks, materials=[PROOF, material("b", "另一证明")])) == [("note", "basis-ended", "示例事项 · 另一证明")]


def test_a_basis_that_outlives_its_instrument() -> None:
    made = small()
    offered = made.items["thing", "000000"]
    basis = offered.bases[0]
    longer = replace(basis, instrument=replace(basis.instrument, end=date(2024, 1, 1)))
    late = replace(made, items={("thing", "000000"): replace(offered, bases=(longer,), requirements=(replace(offered.requirements[0], bases=(longer,)),))})
    assert codes(late) == [("problem", "basis-without-instrument", "示例事项"), ("problem", "basis-without-instrument", "示例事项 · 示例证明")]


def test_an_item_offered_without_a_basis_in_force() -> None:
    assert codes(small(items=[item(asked("示例证明"), 设定依据=ENDED)])) == [("problem", "item-without-basis", "示例事项")]
    assert codes(small(items=[item(asked("示例证明"), 设定依据=ENDED, 失效="2020-12-31")])) == []
    early = small(items=[item(asked("示例证明"), 设定依据=[{"文件": "示例条例", "条款": "第一条"}], 施行="1999-01-01")])
    assert [one.zh for one in review(early, DAY) if one.code == "item-without-basis"] == ["事项“示例事项” 1999-01-01 至 1999-12-31 没有一件有效的设定依据。"]


def test_a_bundle_without_a_basis_in_force_on_the_day() -> None:
    chain = {"一件事": "示例一件事", "编码": "chain", "英文名": "chain", "牵头单位": "示例", "区划": "000000", "步骤": [{"事项": "示例事项"}], "依据": ENDED}
    made = small(bundles=[chain])
    assert codes(made) == [("problem", "bundle-without-basis", "示例一件事")]
    assert not [one for one in codes(made, date(2020, 12, 31)) if one[1] == "bundle-without-basis"]


@pytest.mark.parametrize(("cited", "last", "found"), [
    ("示例法律第一条", "至今", True), ("示例法律第一条", "2020-12-31", False), ("示例条例第二条", "至今", False), ("示例法律第一条、示例条例第二条", "至今", False),
    ("某个没有收进来的文件", "至今", False),
])
def test_a_list_that_goes_on_after_what_it_cites(cited: str, last: str, found: bool) -> None:
    """The rulebook also has a 示例法, in force: its name inside 示例法律 is no citation of it."""
    made = small(lists=[published("证明事项清单", row("示例证明", 设定依据=cited), last=last)])
    assert codes(made) == ([("problem", "list-outlives-basis", "证明事项清单 第一批")] if found else [])


@pytest.mark.parametrize(("field", "empty", "zh"), [
    ("name", "", "事项名称"), ("bases", (), "设定依据"), ("audience", (), "服务对象"), ("authority", " ", "主管部门"), ("address", " ", "办理地址"),
    ("faq", (), "常见问题"), ("faq", (("要带什么？", " "),), "常见问题")])
def test_a_guide_with_nothing_under_a_heading(field: str, empty: object, zh: str) -> None:
    made = small()
    offered = made.items["thing", "000000"]
    found = review(replace(made, items={("thing", "000000"): replace(offered, **{field: empty})}), DAY)
    guides = [one for one in found if one.code == "guide-lacks"]
    assert [(one.severity, one.file) for one in guides] == [("problem", offered.file)] and guides[0].zh.endswith(f"缺少：{zh}。")


def test_an_item_without_materials_is_noted() -> None:
    assert codes(small(items=[item()])) == [("note", "guide-without-materials", "示例事项")]


def test_an_invariant_that_cites_nothing() -> None:
    made = small()
    assert codes(replace(made, invariants=(replace(made.invariants[0], source=" "),))) == [("problem", "invariant-without-source", "一")]


@pytest.mark.parametrize(("day", "expected"), [
    (date(2026, 11, 21), [("problem", "comparison-in-future", "示例法")]), (date(2026, 11, 22), []), (date(2027, 11, 22), []),
    (date(2027, 11, 23), [("note", "comparison-overdue", "示例法")])])
def test_a_text_is_compared_within_a_year(day: date, expected: list) -> None:
    assert codes(small(), day) == expected


def test_a_text_that_had_ended_when_it_was_compared_needs_no_other_comparison() -> None:
    assert codes(small(law={"last": "2026-11-21"}), date(2030, 1, 1)) == []


def test_a_comparison_on_a_leap_day() -> None:
    made = small()
    one = replace(made, instruments=tuple(replace(law, checked_on=date(2024, 2, 29) if law.checked_on else None) for law in made.instruments))
    assert codes(one, date(2025, 3, 1)) == [] and codes(one, date(2025, 3, 2)) == [("note", "comparison-overdue", "示例法")]


def test_the_bundled_rulebook_has_no_problem() -> None:
    found = review(rulebook(), DAY)
    assert [one for one in found if one.severity == "problem"] == []
    assert {one.code for one in found} <= {"concept-defined-later", "comparison-missing", "basis-ended"}


def test_findings_are_whole_sentences_in_both_languages_problems_first() -> None:
    made = rulebook()
    broken = replace(made, invariants=tuple(replace(one, source="") for one in made.invariants))
    found = review(broken, date(2029, 1, 1))
    assert [one.severity for one in found] == sorted((one.severity for one in found), key="problem note".index)
    assert all(one.zh.endswith("。") and one.en.endswith(".") and one.subject for one in found)
    assert len(set(found)) == len(found)
    assert isinstance(found[0], Finding)


days = st.integers(0, 30).map(lambda number: date(2026, 1, 1) + timedelta(days=number))
spans = st.tuples(days, days).filter(lambda pair: pair[0] < pair[1])


@given(spans, st.lists(spans, max_size=5))
def test_uncovered_days_are_those_no_span_has(whole: tuple[date, date], parts: list[tuple[date, date]]) -> None:
    left = uncovered(whole, parts)
    every = [whole[0] + timedelta(days=number) for number in range((whole[1] - whole[0]).days)]
    assert [day for day in every if any(start <= day < end for start, end in left)] == [
        day for day in every if not any(start <= day < end for start, end in parts)]
    assert all(start < end and whole[0] <= start and end <= whole[1] for start, end in left)
    assert all(one[1] < other[0] for one, other in pairwise(left))


# -- change-over days -----------------------------------------------------------------------------------------------------

def test_change_over_days_are_those_of_the_rulebook_and_each_has_something() -> None:
    found = changeovers(rulebook())
    assert [one.day for one in found] == [day for day in rulebook().changes if day != FOREVER]
    assert all(one.ends or one.begins for one in found)


def test_the_day_the_household_book_was_no_longer_asked_for() -> None:
    found = next(one for one in changeovers(rulebook()) if one.day == date(2025, 5, 10))
    assert "婚姻登记条例-结婚-户口簿" in [one.subject for one in found.begins]
    assert "事项 结婚登记 的材料 户口簿 的依据《婚姻登记条例（2003年）》第五条" in [one.zh for one in found.ends]


def test_every_kind_of_thing_begins_and_ends() -> None:
    made = small(HAND_IN | {"施行": "2001-01-01", "失效": "2001-12-31"}, asks=asked("示例证明", 依据=[{"文件": "示例条例", "条款": "第二条", "失效": "2004-12-31"}]),
                 lists=[published("容缺受理清单", row("示例证明"), start="2002-01-01", last="2002-12-31")],
                 sources=[source("register", ("210400", "2003-01-01", "2003-12-31"), EVERYWHERE)])
    told = {one.day.isoformat(): ([f"{change.kind} {change.subject}" for change in one.ends], [f"{change.kind} {change.subject}" for change in one.begins])
            for one in changeovers(made)}
    assert told == {
        "2000-01-01": ([], ["item thing", "basis thing/a", "source register"]),
        "2001-01-01": ([], ["rule 提交"]), "2002-01-01": (["rule 提交"], ["list 容缺受理清单 第一批"]),
        "2003-01-01": (["list 容缺受理清单 第一批"], ["source register"]), "2004-01-01": (["source register"], []), "2005-01-01": (["basis thing/a"], [])}
