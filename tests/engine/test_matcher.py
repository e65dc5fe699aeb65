"""The serving matcher agrees with the plain one on random rulebooks, at its limits, and under threads."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import engine.matcher
from engine.conditions import All, Any, Not
from engine.matcher import MAX_LITERALS, Matcher
from engine.phrases import BY_WORD, Phrase
from engine.vocabulary import CHOICE, DECLARED, YES_NO, Fact, Value
from tests.engine import plain_matcher
from tests.engine.strategies import FACTS, rulebooks, sheets

HOLDS = BY_WORD["成立"]


def flag(number: int) -> Phrase:
    return Phrase(Fact(f"旗{number}", f"f{number}", f"f{number}", "申请人", YES_NO, DECLARED), HOLDS, ())


def found(matcher: Matcher, values: dict) -> tuple[set[str], set[str]]:
    matched = matcher.match(lambda fact: values.get(fact.code))
    return set(matched.holds), set(matched.may_hold)


@settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(rulebooks(), st.lists(sheets(), min_size=1, max_size=6))
def test_the_matcher_agrees_with_plain_loops_on_random_rulebooks(conditions, sheets_):
    matcher = Matcher(conditions)
    for values in sheets_:
        assert found(matcher, values) == plain_matcher.match(conditions, values)
    matcher.close()


def test_every_atom_of_the_largest_set_may_be_true_at_once():
    conditions = {f"r{n}": flag(n) for n in range(MAX_LITERALS)} | {"all": All(tuple(flag(n) for n in range(MAX_LITERALS // 2)))}
    for value in (True, False, None):
        values = {f"f{n}": value for n in range(MAX_LITERALS)}
        matcher = Matcher(conditions)
        assert found(matcher, values) == plain_matcher.match(conditions, values)
        matcher.close()


def test_conditions_too_large_for_a_pattern_are_read_in_parts():
    wide = Any(tuple(All((flag(n), Any((flag(n + 1), Not(flag(n + 2)))))) for n in range(80)))
    deep = flag(0)
    for n in range(40):
        deep = Any((All((deep, flag(n))), flag(n + 1)))
    conditions = {"wide": wide, "deep": deep, "many": All(tuple(flag(n) for n in range(200)))}
    matcher = Matcher(conditions)
    for step in range(1, 7):
        values = {f"f{n}": (n % step == 0) if n % 5 else None for n in range(210)}
        assert found(matcher, values) == plain_matcher.match(conditions, values)
    matcher.close()


def test_the_same_vector_is_answered_from_memory_and_memory_is_bounded(monkeypatch):
    matcher = Matcher({"r": All((flag(0), flag(1), flag(2)))})
    network = matcher.networks[0]
    first = network.match(("t", "t", "u"))
    assert network.match(("t", "t", "u")) is first
    monkeypatch.setattr(engine.matcher, "MAX_MEMO", 3)
    for vector in itertools.product("tfu", repeat=3):
        network.match(vector)
        assert len(network._memo) <= 3
    assert network.match(("t", "t", "u")) == first
    matcher.close()


def test_values_that_durable_rules_cannot_take_never_reach_it():
    odd = Fact("怪", "odd", "odd", "申请人", CHOICE, DECLARED, values=(Value("一", "1", "one"), Value("空", "", "empty"), Value("引", '"}', "quote")))
    conditions = {"r": Phrase(odd, BY_WORD["是"], ('"}',))}
    matcher = Matcher(conditions)
    for value in ("1", "", '"}', None):
        assert found(matcher, {"odd": value}) == plain_matcher.match(conditions, {"odd": value})
    matcher.close()


def test_eight_threads_get_the_right_answers():
    conditions = {f"r{n}": All((flag(n), Not(flag(n + 1)))) for n in range(29)}
    matcher = Matcher(conditions)

    def hammer(seed: int) -> int:
        wrong = 0
        for n in range(400):
            values = {f"f{k}": [True, False, None][(n * seed + k * k + k) % 3] for k in range(31)}
            wrong += found(matcher, values) != plain_matcher.match(conditions, values)
        return wrong

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(hammer, range(1, 9))) == 0
    matcher.close()


def test_networks_come_and_go_without_growing():
    for _ in range(200):
        matcher = Matcher({f"r{k}": flag(k) for k in range(5)})
        assert found(matcher, {"f0": True, "f1": False}) == ({"r0"}, {"r0", "r2", "r3", "r4"})
        matcher.close()
        unused = Matcher({"r": flag(0)})
        unused.close()


def test_the_strategies_cover_every_type_of_fact():
    assert {fact.type for fact in FACTS} == {"是否", "选项", "多选", "日期", "数值"}
