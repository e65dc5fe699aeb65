"""`matcher`: microseconds to say which rules hold, for one material: durable-rules, its memory, and plain loops.

The rules are those in force in 抚顺 (210400) on 2026-11-22, about seventy grants and bars; the facts are drawn at random from the
vocabulary, a part of them unknown. Measured: a first match (every network asked), a remembered one, the plain matcher of the
tests on the same facts, building the networks, and memory over 200,000 matches. Deciding asks for fewer networks than
`match` does here: only those with rules that a material leaves open.
"""

from __future__ import annotations

import random
import statistics
from datetime import date, timedelta

from benchmarks import workload
from benchmarks.measure import Figures, Progress, each, once, per_call, quiet, resident, settle
from benchmarks.memories import forget_matches
from engine.compiled import compile_law
from engine.conditions import facts
from engine.matcher import Matcher
from engine.standing import Place
from engine.vocabulary import Fact, FactValue
from tests.engine import plain_matcher

PART = "matcher"
SHEETS, PLAIN, STEPS, STEP = 500, 200, 4, 50_000
UNKNOWN = 0.15


def run(progress: Progress) -> Figures:
    figures = Figures(PART)
    rulebook = workload.rulebook()
    place = Place(rulebook, rulebook.chain(workload.DIVISION), workload.DAY, workload.DAY)
    law = compile_law(place)
    known = {code: fact for condition in law.conditions.values() for code, fact in facts(condition).items()}
    rng = random.Random(workload.SEED)
    sheets = [_sheet(known, rng) for _ in range(SHEETS)]
    progress("building networks")

    def build() -> Matcher:
        made = Matcher(law.conditions)
        assert made.networks
        return made

    building, matcher = once(build)
    figures.add("building the networks", building, "ms", note=f"{len(matcher.networks)} networks, {len(law.conditions)} rules, {len(matcher.atoms)} atoms")
    settle()
    progress("matching")

    def match(sheet: dict[str, FactValue]) -> object:
        return matcher.match(lambda fact: sheet.get(fact.code))

    loops = figures.add("plain loops of the tests", per_call(lambda sheet: plain_matcher.match(law.conditions, sheet), sheets[:PLAIN], batches=5), "µs")
    for sheet in sheets[:PLAIN]:
        found, (holds, may_hold) = matcher.match(lambda fact, sheet=sheet: sheet.get(fact.code)), plain_matcher.match(law.conditions, sheet)
        if (found.holds, found.may_hold) != (holds, may_hold):
            raise RuntimeError(f"the matcher and plain loops disagree on {sheet}")
    fresh = each(match, sheets, lambda: forget_matches(matcher))
    figures.add("durable-rules: first match", statistics.median(fresh), "µs", against=("plain loops", loops), note="all networks asked, holds and may hold")
    sure = [{code: value for code, value in _sheet(known, rng, 0.0).items()} for _ in range(SHEETS)]
    fresh = each(match, sure, lambda: forget_matches(matcher))
    figures.add("  with every fact known", statistics.median(fresh), "µs", against=("plain loops", loops), note="one question a network")
    figures.add("remembered", per_call(match, sheets), "µs", against=("plain loops", loops), note="reading the atoms and looking up")

    progress(f"memory over {STEPS * STEP:,} matches")
    start = resident()
    held = []
    for _ in range(STEPS):
        with quiet():
            for number in range(STEP):
                if number % SHEETS == 0:
                    forget_matches(matcher)
                _ask(matcher, number)
        held.append(resident() - start)
    figures.add(f"memory after {STEP:,} questions to a network", held[0], "MB", note="above the start")
    figures.add(f"memory after {STEPS * STEP:,}", held[-1], "MB", note="flat, if no more than after the first step")
    matcher.close()
    return figures


def _ask(matcher: Matcher, number: int) -> None:
    """One question to one network, never the same twice in a row."""
    network = matcher.networks[number % len(matcher.networks)]
    size = len(network._atoms)
    network.match(tuple(["t" if (number * 2_654_435_761 >> place) & 1 else "f" for place in range(size)]))


def _sheet(known: dict[str, Fact], rng: random.Random, unknown: float = UNKNOWN) -> dict[str, FactValue]:
    """Random values for every fact, a part of them unknown."""
    return {code: None if rng.random() < unknown else _value(fact, rng) for code, fact in known.items()}


def _value(fact: Fact, rng: random.Random) -> FactValue:
    if fact.type == "是否":
        return rng.random() < 0.5
    if fact.type == "日期":
        return date(2026, 11, 22) + timedelta(days=rng.randint(-2, 2))
    if fact.type == "数值":
        return rng.randint(0, 100)
    codes = [value.code for value in fact.values]
    return frozenset(code for code in codes if rng.random() < 0.2) if fact.type == "多选" else rng.choice(codes)
