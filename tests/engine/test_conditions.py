"""Conditions obey Kleene's logic, and simplifying never changes what they say."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from engine import truth as kleene
from engine.conditions import ALWAYS, NEVER, All, Any, Condition, Lookup, Not, facts, phrase_truth, phrases, replace_facts, simplify, truth
from engine.phrases import COMPARISONS, Phrase
from engine.truth import Truth
from engine.vocabulary import YES_NO, Fact, FactValue
from tests.engine import strategies

NAMES = ("甲", "乙", "丙", "丁")
FACTS = tuple(Fact(name, f"fact_{number}", name, "申请人", YES_NO, "申报") for number, name in enumerate(NAMES))
HOLDS, FAILS = (next(c for c in COMPARISONS if c.name == name) for name in ("成立", "不成立"))

leaves = st.builds(Phrase, st.sampled_from(FACTS), st.sampled_from((HOLDS, FAILS)), st.just(()))
conditions: st.SearchStrategy[Condition] = st.recursive(
    leaves, lambda inner: st.builds(Not, inner) | st.builds(All, st.lists(inner, max_size=4).map(tuple))
    | st.builds(Any, st.lists(inner, max_size=4).map(tuple)), max_leaves=12)
values: st.SearchStrategy[dict[str, bool | None]] = st.fixed_dictionaries({fact.code: st.sampled_from((True, False, None)) for fact in FACTS})


def lookup(known: Mapping[str, FactValue]) -> Lookup:
    def of(fact: Fact) -> FactValue:
        return known[fact.code]
    return of


def completions(known: dict[str, bool | None]) -> list[dict[str, bool | None]]:
    """Every way of making the unknown facts known."""
    found: list[dict[str, bool | None]] = [{}]
    for code, value in known.items():
        found = [{**one, code: way} for one in found for way in ((True, False) if value is None else (value,))]
    return found


@given(conditions, values)
def test_a_double_negation_says_the_same(condition: Condition, known: dict[str, bool | None]) -> None:
    assert truth(Not(Not(condition)), lookup(known)) == truth(condition, lookup(known))


@given(st.lists(conditions, max_size=4), values)
def test_a_negated_conjunction_is_the_disjunction_of_negations(parts: list[Condition], known: dict[str, bool | None]) -> None:
    assert truth(Not(All(tuple(parts))), lookup(known)) == truth(Any(tuple(Not(part) for part in parts)), lookup(known))
    assert truth(Not(Any(tuple(parts))), lookup(known)) == truth(All(tuple(Not(part) for part in parts)), lookup(known))


@given(st.permutations(range(4)), st.lists(conditions, min_size=4, max_size=4), values)
def test_order_does_not_matter(order: list[int], parts: list[Condition], known: dict[str, bool | None]) -> None:
    for join in (All, Any):
        assert truth(join(tuple(parts)), lookup(known)) == truth(join(tuple(parts[n] for n in order)), lookup(known))


@given(conditions, values)
def test_what_is_settled_stays_settled_however_the_unknown_is_completed(condition: Condition, known: dict[str, bool | None]) -> None:
    settled = truth(condition, lookup(known))
    if settled != kleene.PENDING:
        assert {truth(condition, lookup(one)) for one in completions(known)} == {settled}


@given(conditions, values)
def test_with_everything_known_nothing_pends(condition: Condition, known: dict[str, bool | None]) -> None:
    assert all(truth(condition, lookup(one)) != kleene.PENDING for one in completions(known))


@given(conditions, values)
def test_simplifying_by_what_is_known_says_the_same(condition: Condition, known: dict[str, bool | None]) -> None:
    def settled(phrase: Phrase) -> Truth:
        return phrase_truth(phrase, lookup(known))
    simple = simplify(condition, settled)
    assert truth(simple, lookup(known)) == truth(condition, lookup(known))
    for one in completions(known):
        assert truth(simple, lookup(one)) == truth(condition, lookup(one))


@given(strategies.conditions(), strategies.sheets())
def test_simplifying_says_the_same_for_facts_of_every_type(condition: Condition, known: dict[str, FactValue]) -> None:
    simple = simplify(condition, lambda phrase: phrase_truth(phrase, lookup(known)))
    assert truth(simple, lookup(known)) == truth(condition, lookup(known))


@given(conditions, values)
def test_a_simplified_condition_names_unknown_facts_only(condition: Condition, known: dict[str, bool | None]) -> None:
    simple = simplify(condition, lambda phrase: phrase_truth(phrase, lookup(known)))
    assert all(known[code] is None for code in facts(simple))


@given(conditions, conditions, values)
def test_a_definition_put_in_place_says_what_its_concept_says(condition: Condition, meaning: Condition, known: dict[str, bool | None]) -> None:
    """甲 is defined by a condition over the other facts: putting it in place is the same as looking its truth up."""
    meaning = replace_facts(meaning, lambda fact: ALWAYS if fact is FACTS[0] else None)
    placed = replace_facts(condition, lambda fact: meaning if fact is FACTS[0] else None)
    assert FACTS[0].code not in facts(placed)
    value = {kleene.HOLDS: True, kleene.FAILS: False, kleene.PENDING: None}[truth(meaning, lookup(known))]
    assert truth(placed, lookup(known)) == truth(condition, lookup({**known, FACTS[0].code: value}))


def test_nothing_asked_holds_and_nothing_offered_fails() -> None:
    assert truth(ALWAYS, lookup({})) == kleene.HOLDS
    assert truth(NEVER, lookup({})) == kleene.FAILS


@given(conditions)
def test_facts_are_those_of_the_phrases_in_reading_order(condition: Condition) -> None:
    assert list(facts(condition)) == list(dict.fromkeys(fact.code for phrase in phrases(condition) for fact in phrase.facts))
