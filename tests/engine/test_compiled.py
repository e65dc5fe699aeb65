"""Law made ready to match: definitions put in, blocks apart, grounds in order, and no condition too large to be held."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.compiled import CompiledLaw, compile_law
from engine.conditions import All, Any, Condition, Not
from engine.matcher import Matcher
from engine.phrases import BY_WORD, Phrase
from engine.rulebook import Rulebook
from engine.standing import Place
from engine.vocabulary import DECLARED, YES_NO, Fact
from tests.bundled import DIVISIONS, rulebook
from tests.engine import plain_matcher
from tests.engine.small import DAY, asked, book, instrument, item, material, rule


def law(found: Rulebook, division: str = "210400", day: date = DAY) -> CompiledLaw:
    return compile_law(Place(found, found.chain(division), day, day))


def small(*laws: dict) -> Rulebook:
    return book(*laws, items=[item(asked("甲"))], materials=[material("a", "甲")])


def test_a_definition_is_put_in_where_it_is_used_and_several_are_joined_by_any():
    found = law(small(instrument(
        "示例法", rule("职责", "认定", "查询有权", "查询依据 是 法定职责"), rule("同意", "认定", "查询有权", "同意查询 成立"),
        rule("共享", "准许", "数据共享", "查询有权 成立"), rule("不共享", "排除", "数据共享", "查询有权 不成立"))))
    words = rulebook().vocabulary
    duty, consent = Phrase(words["source_ground"], BY_WORD["是"], ("statutory_duty",)), Phrase(words["consents_to_query"], BY_WORD["成立"], ())
    for text, wanted in (("共享", {"t": "t", "f": "f", "u": "u"}), ("不共享", {"t": "f", "f": "t", "u": "u"})):
        for ground, agreed, truth in (("statutory_duty", None, "t"), ("consent", True, "t"), ("consent", False, "f"), ("consent", None, "u")):
            values = {"source_ground": ground, "consents_to_query": agreed}
            assert plain_matcher.reading(Any((duty, consent)), values) == truth
            assert plain_matcher.reading(found.conditions[text], values) == wanted[truth]


def test_a_definition_that_is_not_in_force_here_never_holds():
    found = small(instrument("鄂州", rule("职责", "认定", "查询有权", "查询依据 是 法定职责"), division="420700", rank="规范性文件"),
                  instrument("示例法", rule("同意", "认定", "查询有权", "同意查询 成立"), rule("共享", "准许", "数据共享", "查询有权 成立")))
    values = {"source_ground": "statutory_duty", "consents_to_query": False}
    assert [plain_matcher.reading(law(found, division).conditions["共享"], values) for division in ("210400", "420700")] == ["f", "t"]


@pytest.mark.parametrize(("division", "day", "ids"), [
    ("210400", date(2020, 4, 12), {"国"}), ("210400", date(2020, 4, 13), {"国", "市"}), ("210402", date(2020, 4, 13), {"国", "市"}),
    ("210000", date(2020, 4, 13), {"国"}), ("420700", date(2020, 4, 13), {"国"}), ("210400", date(2021, 1, 1), {"国"}),
    ("513424", date(2020, 4, 13), {"国", "川渝"}), ("500000", date(2020, 4, 13), {"国", "川渝"})])
def test_only_rules_of_the_day_and_of_the_division_and_those_above_are_compiled(division, day, ids):
    found = small(instrument("国家", rule("国", "准许", "已有覆盖", "材料类别 是 证明")),
                  instrument("市", rule("市", "准许", "已有覆盖", "材料类别 是 证明"), division="210400", start="2020-04-13", last="2020-12-31", rank="规范性文件"),
                  instrument("川渝", rule("川渝", "准许", "已有覆盖", "材料类别 是 证明"), division=["510000", "500000"], rank="规范性文件"))
    assert set(law(found, division, day).rules) == ids


def test_blocks_are_kept_apart_and_terms_and_definitions_are_no_grants():
    found = law(small(instrument("示例法", rule("禁", "阻止", "等禁止期满", "权属不符 成立"), rule("期", "规定", "补正告知期限", 值="5", 单位="工作日"),
                                 rule("职责", "认定", "查询有权", "查询依据 是 法定职责"), rule("共享", "准许", "数据共享", "查询有权 成立"))))
    assert set(found.rules) == {"共享"} and [one.id for one, _ in found.blocks] == ["禁"]


# —— no condition is too large for the engine that serves ——

FLAGS = [Fact(f"旗{n}", f"f{n}", f"f{n}", "申请人", YES_NO, DECLARED) for n in range(12)]


def flag(number: int) -> Phrase:
    return Phrase(FLAGS[number], BY_WORD["成立"], ())


def exclusive(numbers: range) -> Condition:
    found: Condition = flag(numbers[0])
    for number in numbers[1:]:
        found = Any((All((found, Not(flag(number)))), All((Not(found), flag(number)))))
    return found


GROUPS = {
    "an odd number of four": exclusive(range(4)), "an odd number of six": exclusive(range(6)),
    "eight pairs of pairs": All(tuple(Any((flag(n), All((flag(n + 1), flag(n + 2))))) for n in range(8))),
    "fourteen pairs": Any(tuple(All((flag(n % 12), flag((n * 5 + 1) % 12))) for n in range(14))),
    "thirty in a row": Any(tuple(flag(n % 12) for n in range(30))),
    "ten deep": Any((All((Any((All((Any((All((Any((All((Any((All((flag(0), flag(1))), flag(2))), flag(3))), flag(4))), flag(5))), flag(6))), flag(7))),
                                flag(8))), flag(9))), flag(10))),
}


@pytest.mark.parametrize("name", GROUPS)
def test_a_condition_of_any_shape_is_read_like_the_plain_matcher_reads_it(name):
    conditions = {name: GROUPS[name], "not": Not(GROUPS[name]), "one": flag(0)}
    matcher = Matcher(conditions)
    for step in range(1, 12):
        values = {f"f{n}": [True, False, None][(n * step + n * n // 3 + step) % 3] for n in range(12)}
        matched = matcher.match(lambda fact: values[fact.code])  # noqa: B023
        assert (set(matched.holds), set(matched.may_hold)) == plain_matcher.match(conditions, values)
    matcher.close()


trees = st.recursive(st.integers(0, 11).map(flag), lambda inner: st.one_of(
    st.lists(inner, min_size=2, max_size=3).map(lambda parts: All(tuple(parts))), st.lists(inner, min_size=2, max_size=3).map(lambda parts: Any(tuple(parts))),
    inner.map(Not)), max_leaves=60)


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(trees, st.lists(st.sampled_from([True, False, None]), min_size=12, max_size=12))
def test_large_random_conditions_are_read_like_the_plain_matcher_reads_them(tree, given_):
    values = {f"f{n}": value for n, value in enumerate(given_)}
    matcher = Matcher({"r": tree})
    matched = matcher.match(lambda fact: values[fact.code])
    assert (set(matched.holds), set(matched.may_hold)) == plain_matcher.match({"r": tree}, values)
    matcher.close()


def test_no_bundled_law_is_too_large_on_any_day_of_change():
    """Networks are built on first use: every division's law is built once here, so that none fails in service."""
    found = rulebook()
    latest = [day for day in found.changes if date(2020, 1, 1) <= day < date(2027, 1, 1)][-4:]
    for division in (*DIVISIONS, "330000", "370200", "410500", "440300"):
        for day in latest:
            assert law(found, division, day).matcher.networks
