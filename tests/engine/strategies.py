"""Random vocabularies' worth of conditions and fact sheets, for the laws that must hold on any rulebook."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st

from engine.conditions import All, Any, Condition, Not
from engine.phrases import COMPARISONS, Phrase
from engine.vocabulary import CHOICE, CHOICES, DAY, DECLARED, NUMBER, YES_NO, Fact, FactValue, Value

DAYS = tuple(date(2026, 1, 1) + timedelta(days=n) for n in range(4))
LETTERS = tuple(Value(f"值{letter}", letter, letter) for letter in "abcd")

FACTS = tuple(
    Fact(f"{kind}{n}", f"{code}{n}", f"{code} {n}", "申请人", kind, DECLARED, values=LETTERS if kind in (CHOICE, CHOICES) else ())
    for kind, code in ((YES_NO, "flag"), (CHOICE, "choice"), (CHOICES, "set"), (DAY, "day"), (NUMBER, "number")) for n in range(5))


def known_value(fact: Fact) -> st.SearchStrategy[FactValue]:
    return {
        YES_NO: st.booleans(), CHOICE: st.sampled_from([v.code for v in LETTERS]),
        CHOICES: st.frozensets(st.sampled_from([v.code for v in LETTERS])), DAY: st.sampled_from(DAYS), NUMBER: st.integers(0, 3),
    }[fact.type]


def sheets(known: bool = False) -> st.SearchStrategy[dict[str, FactValue]]:
    """A value, or None, for every fact."""
    return st.fixed_dictionaries({fact.code: known_value(fact) if known else st.none() | known_value(fact) for fact in FACTS})


@st.composite
def phrase(draw: st.DrawFn) -> Phrase:
    fact = draw(st.sampled_from(FACTS))
    comparison = draw(st.sampled_from([c for c in COMPARISONS if c.type == fact.type]))
    if fact.type == YES_NO:
        return Phrase(fact, comparison, ())
    if fact.type != CHOICES and draw(st.booleans()):
        return Phrase(fact, comparison, draw(st.sampled_from([f for f in FACTS if f.type == fact.type])))
    if fact.type in (CHOICE, CHOICES):
        values = draw(st.lists(st.sampled_from([v.code for v in LETTERS]), min_size=1, max_size=3 if comparison.many else 1, unique=True))
        return Phrase(fact, comparison, tuple(values))
    return Phrase(fact, comparison, (draw(known_value(fact)),))


def conditions(leaves: int = 12) -> st.SearchStrategy[Condition]:
    return st.recursive(phrase(), lambda inner: st.one_of(
        st.lists(inner, max_size=5).map(lambda parts: All(tuple(parts))),
        st.lists(inner, max_size=5).map(lambda parts: Any(tuple(parts))),
        inner.map(Not)), max_leaves=leaves)


def rulebooks() -> st.SearchStrategy[dict[str, Condition]]:
    """Conditions by rule id: up to seventy rules, so that more than one set is needed."""
    return st.lists(conditions(), min_size=1, max_size=70).map(lambda found: {f"r{n}": condition for n, condition in enumerate(found)})
