"""The tree of completions: it asks nothing that does not matter, and its branches are exactly the answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import branches
from engine.branches import Fork, Outcome, TooMany, Tree
from engine.conditions import All, Any, Condition, Not, facts, truth
from engine.phrases import BY_WORD, Phrase
from engine.truth import HOLDS, PENDING
from engine.vocabulary import CHOICE, CHOICES, DAY, DECLARED, NUMBER, QUERIED, YES_NO, Fact, FactValue, Value

A, B, C, D = (Fact(f"旗{n}", f"flag{n}", f"flag {n}", "申请人", YES_NO, DECLARED if n < 3 else QUERIED) for n in range(4))
COLOUR = Fact("颜色", "colour", "the colour", "申请人", CHOICE, DECLARED, values=tuple(Value(c, c, c) for c in ("red", "green", "blue")))
LIGHT, HEAVY = ("light", ""), ("heavy", "")
calm = settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))


def holds(fact: Fact) -> Phrase:
    return Phrase(fact, BY_WORD["成立"], ())


def answers(fact: Fact) -> list[FactValue]:
    return [True, False] if fact.type == YES_NO else [value.code for value in fact.values]


def opener(fact: Fact, overlay: Mapping[str, FactValue]) -> tuple[Fact, list[branches.Opening]]:
    return fact, [(value, {fact.code: value}) for value in answers(fact)]


def tree_of(condition: Condition) -> Tree:
    """Light where the condition holds, heavy where it fails."""
    def look(overlay: Mapping[str, FactValue]) -> tuple[Outcome, Fact | None]:
        value = truth(condition, lambda fact: overlay.get(fact.code))
        if value != PENDING:
            return LIGHT if value == HOLDS else HEAVY, None
        return ("", ""), next(fact for fact in facts(condition).values() if fact.code not in overlay)
    return branches.grow(look, opener)


def test_what_is_settled_already_is_one_leaf_and_asks_nothing():
    assert tree_of(All(())) == LIGHT
    assert tree_of(Any((holds(A), Not(holds(A))))) == LIGHT        # whatever the answer


def test_completions_that_agree_are_one_leaf():
    either = Any((All((holds(A), holds(B))), All((Not(holds(A)), holds(B)))))
    tree = tree_of(either)
    assert isinstance(tree, Fork) and tree.fact is B               # A makes no difference and is not asked


def test_the_first_fact_in_reading_order_is_the_root():
    tree = tree_of(All((holds(B), holds(A))))
    assert isinstance(tree, Fork) and tree.fact is B
    assert dict(tree.ways)[(False,)] == HEAVY
    below = dict(tree.ways)[(True,)]
    assert isinstance(below, Fork) and below.fact is A


def test_exclusive_or_of_two_unknowns_needs_both():
    tree = tree_of(Any((All((holds(A), Not(holds(B)))), All((Not(holds(A)), holds(B))))))
    found = {tuple(phrase.code for phrase in path): outcome for path, outcome in branches.leaves(tree)}
    assert found == {("flag0 holds", "flag1 holds"): HEAVY, ("flag0 holds", "flag1 fails"): LIGHT,
                     ("flag0 fails", "flag1 holds"): LIGHT, ("flag0 fails", "flag1 fails"): HEAVY}


def test_answers_that_lead_to_the_same_are_said_together():
    tree = tree_of(Phrase(COLOUR, BY_WORD["是"], ("red",)))
    assert [(path[0].code, outcome) for path, outcome in branches.leaves(tree)] == [("colour is red", LIGHT), ("colour in green、blue", HEAVY)]


PHRASES = [holds(fact) for fact in (A, B, C, D)] + [Phrase(COLOUR, BY_WORD["属于"], pair) for pair in (("red",), ("red", "blue"), ("green", "blue"))]
conditions = st.recursive(st.sampled_from(PHRASES), lambda inner: st.one_of(
    st.lists(inner, min_size=1, max_size=4).map(lambda parts: All(tuple(parts))),
    st.lists(inner, min_size=1, max_size=4).map(lambda parts: Any(tuple(parts))), inner.map(Not)), max_leaves=12)


@calm
@given(conditions)
def test_every_complete_answer_lies_on_exactly_one_branch_and_that_branch_is_right(condition):
    tree = tree_of(condition)
    paths = list(branches.leaves(tree))
    for values in product(*(answers(fact) for fact in (A, B, C, D, COLOUR))):
        known = dict(zip(("flag0", "flag1", "flag2", "flag3", "colour"), values, strict=True))
        on = [outcome for path, outcome in paths if all(truth(phrase, lambda fact: known[fact.code]) == HOLDS for phrase in path)]  # noqa: B023
        assert on == [LIGHT if truth(condition, lambda fact: known[fact.code]) == HOLDS else HEAVY]  # noqa: B023


@calm
@given(conditions)
def test_no_fork_is_idle_and_nothing_is_asked_twice(condition):
    def check(tree: Tree, asked: frozenset[str]) -> None:
        if isinstance(tree, Fork):
            assert len(tree.ways) > 1 and len({below for _, below in tree.ways}) == len(tree.ways)
            assert tree.fact.code not in asked
            for _, below in tree.ways:
                check(below, asked | {tree.fact.code})
    check(tree_of(condition), frozenset())


def test_more_completions_than_can_be_looked_at_are_given_up_and_said():
    many = [Fact(f"多{n}", f"many{n}", f"many {n}", "申请人", YES_NO, DECLARED) for n in range(16)]

    def look(overlay: Mapping[str, FactValue]) -> tuple[Outcome, Fact | None]:
        unknown = next((fact for fact in many if fact.code not in overlay), None)
        return (str(sum(bool(value) for value in overlay.values())), ""), unknown

    with pytest.raises(TooMany):
        branches.grow(look, opener)


def test_a_fact_without_any_possible_answer_is_given_up_too():
    with pytest.raises(TooMany):
        branches.grow(lambda overlay: (LIGHT, A), lambda fact, overlay: (fact, []))


def test_an_answer_may_leave_a_fact_open_and_lead_to_the_next_question():
    """Asking for the kind of document may leave open whether a credential is held: then that is asked."""
    kind = Fact("种类", "kind", "the kind", "相关人", CHOICE, DECLARED, values=(Value("一", "one", "one"), Value("二", "two", "two")))

    def look(overlay: Mapping[str, FactValue]) -> tuple[Outcome, Fact | None]:
        if "state" in overlay:
            return (LIGHT if overlay["state"] else HEAVY), None
        return ("", ""), A if "kind" in overlay else kind

    def ways(fact: Fact, overlay: Mapping[str, FactValue]) -> tuple[Fact, list[branches.Opening]]:
        if fact is kind:
            return kind, [("one", {"kind": "one", "state": True}), ("two", {"kind": "two", "state": None})]
        return A, [(True, {"state": True}), (False, {"state": False})]

    found = {tuple(phrase.code for phrase in path): outcome for path, outcome in branches.leaves(branches.grow(look, ways))}
    assert found == {("kind is one",): LIGHT, ("kind is two", "flag0 holds"): LIGHT, ("kind is two", "flag0 fails"): HEAVY}


def test_questions_go_below_an_applicant_s_fact_and_stop_at_the_authority_s():
    tree = tree_of(All((holds(A), Any((holds(D), holds(B))))))
    asked = [(fact.code, depth) for fact, depth in branches.forks(tree, lambda fact: fact.supplier == DECLARED)]
    assert asked == [("flag0", 0), ("flag3", 1)]        # B hangs on what the authority finds
    assert {fact.code for fact, _ in branches.forks(tree, lambda fact: True)} == {"flag0", "flag1", "flag3"}


AGE = Fact("年龄", "age", "age", "相关人", NUMBER, DECLARED)
BORN = Fact("生日", "born", "born", "相关人", DAY, DECLARED)
TAGS = Fact("标签", "tags", "tags", "材料", CHOICES, DECLARED, values=(Value("甲", "a", "a"), Value("乙", "b", "b")))


@pytest.mark.parametrize(("fact", "values", "everything", "words"), [
    (A, (True,), [True, False], ["flag0 holds"]),
    (A, (False,), [True, False], ["flag0 fails"]),
    (COLOUR, ("red",), ["red", "green", "blue"], ["colour is red"]),
    (COLOUR, ("red", "blue"), ["red", "green", "blue"], ["colour in red、blue"]),
    (AGE, (17,), [17, 18, 19], ["age at_most 17"]),
    (AGE, (18, 19), [17, 18, 19], ["age at_least 18"]),
    (AGE, (18,), [17, 18, 19], ["age at_least 18", "age at_most 18"]),
    (BORN, (date(2026, 1, 1),), [date(2026, 1, 1), date(2026, 1, 2)], ["born on_or_before 2026-01-01"]),
    (TAGS, (frozenset({"a"}),), [frozenset(), frozenset({"a"}), frozenset({"b"})], ["tags includes a"]),
])
def test_a_branch_says_its_answers_in_the_grammar(fact, values, everything, words):
    assert [phrase.code for phrase in branches.describe(fact, values, everything)] == words


def test_numbers_with_a_gap_between_them_are_said_as_two_branches():
    """年龄 等于 18: below and above lead to the same, and no one phrase says both."""
    tree = Fork(AGE, AGE, (((17, 19), HEAVY), ((18,), LIGHT)))
    found = [([phrase.code for phrase in path], outcome) for path, outcome in branches.leaves(tree)]
    assert found == [(["age at_most 17"], HEAVY), (["age at_least 19"], HEAVY), (["age at_least 18", "age at_most 18"], LIGHT)]


@calm
@given(st.lists(st.integers(0, 8), min_size=1, max_size=3, unique=True), st.data())
def test_every_number_lies_on_exactly_one_branch(thresholds, data):
    condition = data.draw(st.recursive(
        st.sampled_from([Phrase(AGE, BY_WORD[word], (n,)) for n in thresholds for word in ("等于", "大于", "小于", "不大于", "不小于")]),
        lambda inner: st.lists(inner, min_size=1, max_size=3).map(lambda parts: Any(tuple(parts))) | inner.map(Not), max_leaves=5))
    around = tuple(dict.fromkeys(value for n in thresholds for value in (n - 1, n, n + 1)))

    def look(overlay: Mapping[str, FactValue]) -> tuple[Outcome, Fact | None]:
        value = truth(condition, lambda fact: overlay.get(fact.code))
        return (("", ""), AGE) if value == PENDING else (LIGHT if value == HOLDS else HEAVY, None)

    paths = list(branches.leaves(branches.grow(look, lambda fact, overlay: (AGE, [(value, {"age": value}) for value in around]))))
    for age in range(-3, 13):
        on = [outcome for path, outcome in paths if all(phrase.test(age) is not phrase.comparison.denies for phrase in path)]
        assert on == [LIGHT if truth(condition, lambda fact: age) == HOLDS else HEAVY]  # noqa: B023
