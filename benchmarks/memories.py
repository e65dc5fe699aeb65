"""What a decider remembers, and forgetting it: the only place here that knows how the engine keeps its memories.

Forgetting makes a first sight out of a second one while plans, compiled law and networks stay. Nothing here measures.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from engine.decide import Decider
from engine.judge import Judge, Verdict
from engine.matcher import Matcher
from engine.plan import UnitPlan


def _units(decider: Decider) -> Iterator[UnitPlan]:
    for plan in decider._plans.values():
        for unit in plan.units:
            yield unit
            yield from unit.establishes


def forget_verdicts(decider: Decider) -> None:
    """Forget every verdict and every whole answer; what the networks said stays known."""
    for plan in decider._plans.values():
        plan.assembled.clear()
    for unit in _units(decider):
        unit._verdicts.clear()
        unit._unneeded = None
        unit.nobody.clear()


def forget_matches(matcher: Matcher) -> None:
    """Forget what the networks said: the next match asks durable-rules."""
    for network in matcher.networks:
        network._memo.clear()


def forget(decider: Decider) -> None:
    """Forget verdicts and matches."""
    forget_verdicts(decider)
    for law in decider._laws.values():
        forget_matches(law.matcher)


@contextmanager
def counted() -> Iterator[list[int]]:
    """Counts how many verdicts are made anew inside; for runs that are not timed."""
    judge, made = Judge.judge, [0]

    def counting(self: Judge, *given: Any) -> Verdict:
        made[0] += 1
        return judge(self, *given)

    setattr(Judge, "judge", counting)  # noqa: B010
    try:
        yield made
    finally:
        setattr(Judge, "judge", judge)  # noqa: B010
