"""What hangs on unknown facts: every way of completing them, as a small tree of questions with outcomes at its leaves.

If all completions agree the tree is one leaf and nothing needs to be asked. Otherwise the root is the fact to learn first:
facts are met in the order of the ladder and, inside a rule, in its reading order, so that need comes before consent and
consent before a query. Nothing here knows routes' meaning; outcomes are compared, not understood.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from engine.facts import Opening
from engine.phrases import COMPARISONS, Phrase
from engine.vocabulary import DAY, NUMBER, YES_NO, Fact, FactValue

MAX_NODES: Final = 4_000   # completions looked at for one material before giving up (and saying so)


class TooMany(Exception):
    """More completions than can be looked at."""


@dataclass(frozen=True, slots=True)
class Fork:
    """A fact to learn, with the values that lead to each branch. `about`: the fact its values belong to."""

    fact: Fact
    about: Fact
    ways: tuple[tuple[tuple[FactValue, ...], Tree], ...]


Outcome = tuple[str, str]   # route and mode; both empty where nothing can be said
Tree = Fork | Outcome

#: One look at the situation under an overlay of assumed facts: the outcome, or the next unknown fact.
Look = Callable[[Mapping[str, FactValue]], tuple[Outcome, Fact | None]]
Opener = Callable[[Fact, Mapping[str, FactValue]], tuple[Fact, list[Opening]]]


def grow(look: Look, opener: Opener) -> Tree:
    """The reduced tree of all completions. Raises TooMany past MAX_NODES."""
    count = 0

    def node(overlay: Mapping[str, FactValue]) -> Tree:
        nonlocal count
        count += 1
        if count > MAX_NODES:
            raise TooMany
        outcome, unknown = look(overlay)
        if unknown is None:
            return outcome
        leaf, ways = opener(unknown, overlay)
        grouped: list[tuple[list[FactValue], Tree]] = []
        for value, settles in ways:
            below = node({**overlay, **{code: found for code, found in settles.items() if found is not None}})
            for values, tree in grouped:
                if tree == below:
                    values.append(value)
                    break
            else:
                grouped.append(([value], below))
        if not grouped:
            raise TooMany
        if len(grouped) == 1:
            return grouped[0][1]
        about = leaf if ways[0][0] is not None and _belongs(leaf, ways[0][0]) else unknown
        return Fork(leaf, about, tuple((tuple(values), tree) for values, tree in grouped))

    return node({})


def _belongs(fact: Fact, value: FactValue) -> bool:
    """Whether a value is one of the fact's (a computed fact's values are not its leaf's)."""
    if fact.type == YES_NO:
        return isinstance(value, bool)
    if fact.type == DAY:
        return isinstance(value, date)
    return isinstance(value, str) and value in fact.by_code


def leaves(tree: Tree, path: tuple[Phrase, ...] = ()) -> Iterator[tuple[tuple[Phrase, ...], Outcome]]:
    """Every outcome with the phrases that lead to it."""
    if not isinstance(tree, Fork):
        yield path, tree
        return
    everything = [value for values, _ in tree.ways for value in values]
    for values, below in tree.ways:
        for run in _runs(tree.about, values, everything):
            yield from leaves(below, (*path, *describe(tree.about, run, everything)))


def _runs(fact: Fact, values: tuple[FactValue, ...], everything: list[FactValue]) -> Iterator[tuple[FactValue, ...]]:
    """Values of one branch that can be said in one breath: days and numbers without a gap, anything else as it is."""
    if fact.type not in (DAY, NUMBER):
        yield values
        return
    run: list[FactValue] = []
    for value in sorted(everything):  # type: ignore[type-var]
        if value in values:
            run.append(value)
        elif run:
            yield tuple(run)
            run = []
    if run:
        yield tuple(run)


def describe(fact: Fact, values: tuple[FactValue, ...], everything: list[FactValue]) -> tuple[Phrase, ...]:
    """Phrases that say “the fact has one of these values”, in the grammar."""
    by_code = {comparison.code: comparison for comparison in COMPARISONS}
    if fact.type == YES_NO:
        return (Phrase(fact, by_code["holds" if values[0] else "fails"], ()),)
    if fact.type in (DAY, NUMBER):
        ordered, chosen = sorted(everything), sorted(values)  # type: ignore[type-var]
        low, high = ("on_or_after", "on_or_before") if fact.type == DAY else ("at_least", "at_most")
        found = []
        if chosen[0] != ordered[0]:
            found.append(Phrase(fact, by_code[low], (chosen[0],)))
        if chosen[-1] != ordered[-1]:
            found.append(Phrase(fact, by_code[high], (chosen[-1],)))
        return tuple(found)
    if fact.type == "多选":
        named = tuple(code for value in values for code in value)  # type: ignore[union-attr]
        return (Phrase(fact, by_code["includes"], named),) if named else ()
    if len(values) == 1:
        return (Phrase(fact, by_code["is"], values),)
    return (Phrase(fact, by_code["in"], values),)


def forks(tree: Tree, through: Callable[[Fact], bool], depth: int = 0) -> Iterator[tuple[Fact, int]]:
    """The facts to learn with their depth, going below a fork only where `through` allows it for its fact."""
    if isinstance(tree, Fork):
        yield tree.fact, depth
        if through(tree.fact):
            for _, below in tree.ways:
                yield from forks(below, through, depth + 1)
