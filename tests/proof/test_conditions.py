"""A condition as a formula means what the plain reading of its tree says, for every complete sheet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine.conditions import All, Any, Condition, Not, facts, truth
from engine.phrases import COMPARISONS, Phrase
from engine.proof.solver import UnlikeFacts, World, day_key, day_of
from engine.truth import HOLDS
from engine.vocabulary import CHOICE, CHOICES, DAY, DECLARED, NUMBER, YES_NO, Fact, FactValue, Value
from tests.engine.strategies import FACTS, LETTERS

some = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
EDGES = tuple(map(date.fromisoformat, ("0001-01-01", "1999-12-31", "2000-01-01", "2000-02-29", "2023-02-28", "2023-03-01", "2024-02-29", "2024-12-31",
    "9999-12-30", "9999-12-31")))
NUMBERS = (-10**15 + 1, -2**31, -2**30 - 1, -1, 0, 1, 2, 3, 2**30 + 1, 2**31 - 1, 2**31, 2**32, 2**32 + 1, 10**15 - 1)
BY_CODE = {fact.code: fact for fact in FACTS}


def value_of(fact: Fact) -> st.SearchStrategy[FactValue]:
    return {YES_NO: st.booleans(), CHOICE: st.sampled_from([one.code for one in LETTERS]),
            CHOICES: st.frozensets(st.sampled_from([one.code for one in LETTERS])), DAY: st.sampled_from(EDGES) | st.dates(),
            NUMBER: st.sampled_from(NUMBERS) | st.integers(-5, 5)}[fact.type]


@st.composite
def phrases(draw: st.DrawFn) -> Phrase:
    """Every comparison, with values and with another fact of the type (sets too)."""
    fact = draw(st.sampled_from(FACTS))
    comparison = draw(st.sampled_from([one for one in COMPARISONS if one.type == fact.type]))
    if fact.type == YES_NO:
        return Phrase(fact, comparison, ())
    if draw(st.booleans()):
        return Phrase(fact, comparison, draw(st.sampled_from([one for one in FACTS if one.type == fact.type])))
    if fact.type in (CHOICE, CHOICES):
        codes = st.lists(st.sampled_from([one.code for one in LETTERS]), min_size=1, max_size=3 if comparison.many else 1, unique=True)
        return Phrase(fact, comparison, tuple(draw(codes)))
    return Phrase(fact, comparison, (draw(value_of(fact)),))


def conditions() -> st.SearchStrategy[Condition]:
    return st.recursive(phrases(), lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: All(tuple(parts))), st.lists(inner, max_size=3).map(lambda parts: Any(tuple(parts))), inner.map(Not)),
            max_leaves=6)


def agree(condition: Condition, sheet: Mapping[str, FactValue]) -> None:
    world = World()
    formula = world.formula(condition)
    fixed = world.every(world.is_value(fact, sheet[code]) for code, fact in facts(condition).items())
    holds = truth(condition, lambda fact: sheet[fact.code]) == HOLDS
    assert world.possible(world.every((fixed, formula))) is holds
    assert world.possible(world.every((fixed, world.deny(formula)))) is not holds


@some
@given(conditions(), st.fixed_dictionaries({fact.code: value_of(fact) for fact in FACTS}))
def test_a_condition_says_to_the_solver_what_it_says(condition, sheet):
    agree(condition, sheet)


@pytest.mark.parametrize("comparison", [one for one in COMPARISONS if one.type in (CHOICES, DAY, NUMBER, CHOICE)], ids=lambda one: one.code)
def test_two_facts_of_one_type_are_compared_alike(comparison) -> None:
    one, other = [fact for fact in FACTS if fact.type == comparison.type][:2]
    some_values: dict[str, tuple[FactValue, ...]] = {
        CHOICES: (frozenset(), frozenset("a"), frozenset("ab"), frozenset("c")), DAY: EDGES[3:7], NUMBER: (-2, 0, 7), CHOICE: ("a", "b")}
    for left in some_values[comparison.type]:
        for right in some_values[comparison.type]:
            agree(Phrase(one, comparison, other), {one.code: left, other.code: right})


@given(st.dates(), st.dates())
@example(date(2024, 2, 29), date(2024, 3, 1))
@settings(deadline=None, max_examples=50)
def test_days_in_bits_stand_in_the_order_of_days(one, other):
    assert day_of(day_key(one)) == one and (day_key(one) < day_key(other)) == (one < other)


@pytest.mark.parametrize("day", [(2023, 2, 29), (1900, 2, 29), (2100, 2, 29), (2023, 4, 31), (2023, 13, 1), (2023, 0, 1), (2023, 1, 0), (0, 1, 1)])
def test_what_is_no_day_is_no_value(day: tuple[int, int, int]) -> None:
    world, fact = World(), BY_CODE["day0"]
    year, month, number = day
    key = world.variable(fact) == (year << 9 | month << 5 | number)
    assert world.possible(key) is False


def choice(count: int, type: str = CHOICE) -> Fact:
    return Fact(f"选{count}", f"pick{count}", "a pick", "申请", type, DECLARED, tuple(Value(f"值{n}", f"v{n}", f"v {n}") for n in range(count)))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 9])
def test_a_choice_has_one_of_its_values(count: int) -> None:
    world, fact = World(), choice(count)
    assert world.possible(world.deny(world.is_one_of(fact, (value.code for value in fact.values)))) is False
    assert all(world.possible(world.is_value(fact, value.code)) is True for value in fact.values)
    assert world.possible(world.is_value(fact, "no value")) is False


def test_a_number_keeps_its_bounds_and_an_unbounded_one_has_none() -> None:
    world = World()
    bounded, free = replace(BY_CODE["number0"], code="bounded", low=-1, high=10), BY_CODE["number1"]
    for value, can in ((-2, False), (-1, True), (10, True), (11, False)):
        assert world.possible(world.is_value(bounded, value)) is can
    for value in NUMBERS:
        assert world.possible(world.is_value(free, value)) is True


def test_two_vocabularies_are_put_together() -> None:
    old, new = choice(2), replace(choice(3), code="pick2", by_word={}, by_code={})
    world = World(((old,), (new,)))
    assert world.possible(world.is_value(old, "v2")) is True
    with pytest.raises(UnlikeFacts):
        World(((old,), (replace(old, type=CHOICES),)))


@pytest.mark.parametrize(("bounds", "other"), [((0, 10), (None, None)), ((None, None), (0, 10)), ((0, 10), (-5, None)), ((None, 3), (1, 20))])
def test_of_two_bounds_the_wider_counts(bounds: tuple, other: tuple) -> None:
    number = BY_CODE["number0"]
    facts_ = [replace(number, low=low, high=high) for low, high in (bounds, other)]
    world = World([[one] for one in facts_])
    for value in (-100, -5, 0, 10, 15, 100):
        inside = any((one.low is None or one.low <= value) and (one.high is None or value <= one.high) for one in facts_)
        can = world.possible(world.is_value(number, value))
        assert can or not inside, value
