"""Conditions: a small immutable tree of phrases joined by 全部, 任一 and 非, and its plain three-valued reading.

The tree is what all readers share (decide, prove, replay, explain). `truth` is the obvious reading; the fast one is the
matcher's, and tests hold the two together. Nothing here knows routes, rules or materials.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine import truth as kleene
from engine.phrases import Phrase
from engine.truth import Truth
from engine.vocabulary import Fact, FactValue


@dataclass(frozen=True, slots=True)
class All:
    """全部: every part holds. `All(())` always holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """任一: at least one part holds. `Any(())` never holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """非: the part fails."""

    part: Condition


Condition = Phrase | All | Any | Not
Lookup = Callable[[Fact], FactValue]

ALWAYS = All(())
NEVER = Any(())


def phrase_truth(phrase: Phrase, lookup: Lookup) -> Truth:
    """The truth of one phrase, denial included."""
    right = lookup(phrase.right) if isinstance(phrase.right, Fact) else None
    value = kleene.of(phrase.test(lookup(phrase.fact), right))
    return kleene.negate(value) if phrase.comparison.denies else value


def truth(condition: Condition, lookup: Lookup) -> Truth:
    """Kleene's truth of a condition; `lookup` gives each fact's value, None when unknown."""
    if isinstance(condition, Phrase):
        return phrase_truth(condition, lookup)
    if isinstance(condition, Not):
        return kleene.negate(truth(condition.part, lookup))
    if isinstance(condition, All):
        return kleene.every(truth(part, lookup) for part in condition.parts)
    return kleene.some(truth(part, lookup) for part in condition.parts)


def phrases(condition: Condition) -> Iterator[Phrase]:
    """Every phrase of the tree, in reading order."""
    if isinstance(condition, Phrase):
        yield condition
    elif isinstance(condition, Not):
        yield from phrases(condition.part)
    else:
        for part in condition.parts:
            yield from phrases(part)


def facts(condition: Condition) -> dict[str, Fact]:
    """The facts a condition reads, by code, in reading order."""
    return {fact.code: fact for phrase in phrases(condition) for fact in phrase.facts}


def replace_facts(condition: Condition, by: Callable[[Fact], Condition | None]) -> Condition:
    """The tree with each yes/no phrase whose fact has a replacement (a definition) put in its place."""
    if isinstance(condition, Phrase):
        meaning = by(condition.fact)
        if meaning is None:
            return condition
        meaning = replace_facts(meaning, by)
        return Not(meaning) if condition.comparison.denies else meaning
    if isinstance(condition, Not):
        return Not(replace_facts(condition.part, by))
    return type(condition)(tuple(replace_facts(part, by) for part in condition.parts))


def simplify(condition: Condition, known: Callable[[Phrase], Truth]) -> Condition:
    """Put in the phrases whose truth is already settled (`known` says pending for the others) and fold the tree."""
    if isinstance(condition, Phrase):
        value = known(condition)
        return condition if value == kleene.PENDING else ALWAYS if value == kleene.HOLDS else NEVER
    if isinstance(condition, Not):
        part = simplify(condition.part, known)
        return NEVER if part == ALWAYS else ALWAYS if part == NEVER else Not(part)
    absorbing, neutral = (NEVER, ALWAYS) if isinstance(condition, All) else (ALWAYS, NEVER)
    kept = []
    for part in condition.parts:
        rest = simplify(part, known)
        if rest == absorbing:
            return absorbing
        if rest != neutral:
            kept.append(rest)
    if not kept:
        return neutral
    return kept[0] if len(kept) == 1 else type(condition)(tuple(kept))
