"""The whole look at a rulebook's scenarios: traced once, what they cover, which mutants they notice, what is left for the prover.

Puts the parts together and counts. Prints nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from api.scenarios.coverage import RuleSeen, coverage
from api.scenarios.equivalence import EQUIVALENT, UNKNOWN, Judged
from api.scenarios.library import Library
from api.scenarios.mutants import Mutant, mutants
from api.scenarios.reading import Readings
from api.scenarios.touching import Touching
from api.scenarios.trying import Crew, Order, Tried

#: Mutants the prover is asked about before looking whether that is enough; the same however many processes there are.
_ASKED: Final = 24


class Part(StrEnum):
    """The long parts of the work, for whoever shows progress."""

    trace = "trace"
    attempt = "attempt"
    judge = "judge"


#: Told how much of a part there is (once, before it begins), then how much more of it is done.
Progress = Callable[[Part, int, int], None]


@dataclass(frozen=True, slots=True)
class Fate:
    """One mutant: noticed by a scenario, or what the prover says of it."""

    mutant: Mutant
    tried: Tried
    judged: Judged | None

    @property
    def killed(self) -> bool:
        return self.tried.killer is not None

    @property
    def equivalent(self) -> bool:
        """Proved to change nothing: it leaves the score."""
        return self.judged is not None and self.judged.verdict == EQUIVALENT

    @property
    def unknown(self) -> bool:
        """Not noticed, and the prover could not tell whether it matters."""
        return self.judged is not None and self.judged.verdict == UNKNOWN


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a library's scenarios show of one rulebook."""

    library: Library
    version: str
    failing: tuple[tuple[int, str], ...]         # scenarios that fail on the rules as they are, with what their step says
    bound: tuple[int, ...]                       # scenarios that hold only under the rulebook's own version: they can notice nothing
    coverage: dict[str, RuleSeen]
    fates: tuple[Fate, ...]

    @property
    def counted(self) -> tuple[Fate, ...]:
        return tuple(one for one in self.fates if not one.equivalent)

    @property
    def survivors(self) -> tuple[Fate, ...]:
        return tuple(one for one in self.counted if not one.killed)

    @property
    def killed(self) -> int:
        return sum(1 for one in self.fates if one.killed)

    @property
    def score(self) -> float:
        """Per cent of the mutants that mean something and are noticed; 100 where there is none."""
        return 100.0 * self.killed / len(self.counted) if self.counted else 100.0

    @property
    def best(self) -> float:
        """What the score would be if every unknown one meant nothing."""
        left = [one for one in self.counted if not one.unknown]
        return 100.0 * self.killed / len(left) if left else 100.0

    @property
    def unseen(self) -> tuple[RuleSeen, ...]:
        return tuple(one for one in self.coverage.values() if one.unseen)

    def of_rule(self, rule_id: str) -> Iterator[Fate]:
        return (one for one in self.fates if one.mutant.rule.id == rule_id)

    def status(self, floor: float) -> int:
        """0 every rule seen and the floor reached, 3 only unknown mutants separate it from that, 1 otherwise."""
        if self.failing or self.unseen:
            return 1
        return 0 if self.score >= floor else 3 if self.best >= floor else 1


def assess(library: Library, crew: Crew, progress: Progress, rules: Sequence[str] = (), enough: float | None = None) -> Assessment:
    """Everything about the rules of these ids (none: all rules).

    `enough`: a score at which the prover is asked no more; the mutants it was not asked about stay in the score, unknown.
    """
    progress(Part.trace, len(library.examples), 0)
    traces = crew.trace(lambda done: progress(Part.trace, 0, done))
    # A watched rulebook has a version of its own; what holds under the true one only is no failure, but cannot be used on mutants either.
    bound = [number for number, one in enumerate(traces) if one.failure and not library.run(library.examples[number], library.decider)]
    failing = tuple((number, one.failure) for number, one in enumerate(traces) if one.failure and number not in bound)
    book = library.book()
    readings = Readings(library.book)
    seen = coverage(book, [one for trace in traces for one in trace.sightings], readings)
    touching = Touching(library.examples, traces, readings)
    barred = {*bound, *(number for number, _ in failing)}
    made: list[Mutant] = []
    orders: list[Order] = []
    for rule in book.rules:
        if rules and rule.id not in rules:
            continue
        own = mutants(rule, book.ladder)
        made += own
        touched = touching.of_rule(rule, own, book)
        orders.append((rule.id, tuple((key, tuple(one for one in numbers if one not in barred)) for key, numbers in touched.items())))
    progress(Part.attempt, len(made), 0)
    tried = crew.attempt(orders, lambda done: progress(Part.attempt, 0, done))
    alive = [one for one in made if tried[one.key].killer is None]
    progress(Part.judge, len(alive), 0)
    judged = crew.judge([(one.rule.id, one.key, False) for one in alive], lambda done: None)
    left = [one for one in alive if judged[one.key].verdict != EQUIVALENT]
    left.sort(key=lambda one: judged[one.key].cost)      # the cheapest proofs first: often they are enough
    progress(Part.judge, 0, len(alive) - len(left))
    while left:
        equal = sum(1 for one in judged.values() if one.verdict == EQUIVALENT)
        if enough is not None and 100.0 * (len(made) - len(alive)) >= enough * (len(made) - equal):
            break
        some, left = left[:_ASKED], left[_ASKED:]
        judged |= crew.judge([(one.rule.id, one.key, True) for one in some], lambda done: progress(Part.judge, 0, done))
    fates = tuple(Fate(one, tried[one.key], judged.get(one.key)) for one in made)
    return Assessment(library, book.version, failing, tuple(bound), {id: one for id, one in seen.items() if not rules or id in rules}, fates)
