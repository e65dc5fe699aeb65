"""What must hold of every material: it can be decided, and every invariant of the rulebook is kept.

Each obligation becomes questions to the prover, whose answer must be no. Nothing here knows how questions are answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any as Formula
from typing import Final

from engine.catalogue import NATIONAL
from engine.compiled import CompiledLaw, compile_rules
from engine.conditions import ALWAYS, NEVER, All, Any, Condition, Not, phrases, replace_facts, simplify, truth
from engine.conditions import facts as facts_of
from engine.proof.prover import Prover, Question
from engine.proof.readings import Reading, Unprovable
from engine.proof.scenes import Problem, Scenes
from engine.proof.solver import ASIDE, Model
from engine.proof.witness import Seen, Watcher, Witness, vary
from engine.reduced import reduce_rules, sort_rules, without_idle_bars
from engine.rulebook import Invariant, PairedInvariant
from engine.truth import FAILS, HOLDS
from engine.vocabulary import DEFINED, Fact, FactValue

UNDECIDABLE: Final = "undecidable"


def undecidable(prover: Prover) -> Iterator[Question]:
    """No application leaves a material without any route."""
    world = prover.world
    for problem in prover.scenes.problems:
        reading = prover.readings.of(problem)
        yield Question(UNDECIDABLE, problem, world.every((reading.nothing, world.deny(reading.suspended))),
                       prover.seen(lambda seen: seen.verdict.status == "undecidable"))


class Simplifier:
    """Conditions of invariants with what a problem settles put in; equal results are one object."""

    def __init__(self) -> None:
        self._interned: dict[Condition, Condition] = {}
        self._early: dict[tuple[int, int, int], tuple[Condition, bool]] = {}
        self._late: dict[tuple[int, int, int, int], Condition] = {}

    def __call__(self, condition: Condition, problem: Problem) -> Condition:
        """The condition with definitions, catalogue and days put in."""
        where = id(problem.vectors[0]), id(problem.vectors[1])
        found = self._early.get((id(condition), *where))
        if found is None:
            rest = self._same(simplify(condition, problem.known))
            found = self._early[id(condition), *where] = rest, any(fact.supplier == DEFINED for fact in facts_of(rest).values())
        rest, defined = found
        if not defined:
            return rest
        under = problem.law
        late = id(rest), id(under), *where
        meant = self._late.get(late)
        if meant is None:
            meant = self._late[late] = self._same(simplify(replace_facts(rest, under.meaning), problem.known))
        return meant

    def _same(self, condition: Condition) -> Condition:
        return self._interned.setdefault(condition, condition)


def invariants(prover: Prover, chosen: tuple[Invariant, ...] | None = None) -> Iterator[Question]:
    """Wherever an invariant's 当 holds, its 那么 holds. Raises Unprovable for one that speaks of what proofs do not read."""
    simplified = Simplifier()
    made: dict[tuple[int, int, int], tuple[Formula, object]] = {}
    today, waiting = ([(problem, prover.readings.of(problem)) for problem in pool] for pool in (prover.scenes.problems, prover.scenes.pending))
    for one in prover.rulebook.invariants if chosen is None else chosen:
        # A case decided later takes the lighter of two readings: what must be light is so by today's alone; what is forbidden must be in both.
        for problem, reading in today if entitles(prover, one.then) else (*today, *waiting):
            given = simplified(one.given, problem)
            if given == NEVER:
                continue
            then = simplified(one.then, problem)
            if then == ALWAYS:
                continue
            key = id(given), id(then), id(reading)
            if key not in made:
                made[key] = _broken(prover, reading, given, then), (given, then, reading)     # kept, so that ids stay their own
            formula = made[key][0]
            yield Question(one.id, problem, formula, prover.seen(_breaks(one)), (given, then))


def entitles(prover: Prover, then: Condition) -> bool:
    """Whether a 那么 only keeps the burden down (or says nothing of a route): then a lighter outcome never breaks it."""
    order = [route.code for route in prover.rulebook.ladder]
    for phrase in phrases(then):
        if phrase.fact.code == "mode":
            return False
        if phrase.fact.code == "route" and not isinstance(phrase.right, Fact):
            allowed = [(code in phrase.right) != phrase.comparison.denies for code in order]
            if any(later and not earlier for earlier, later in pairwise(allowed)):
                return False
    return not any(isinstance(part, Not) for part in _parts(then))


def _parts(condition: Condition) -> Iterator[Condition]:
    yield condition
    if isinstance(condition, Not):
        yield from _parts(condition.part)
    elif isinstance(condition, (All, Any)):
        for part in condition.parts:
            yield from _parts(part)


def premises(prover: Prover, chosen: tuple[Invariant, ...]) -> Iterator[Question]:
    """Whether an application meets an invariant's 当 at all, one question an invariant and a way its 当 comes out."""
    simplified = Simplifier()
    for one in chosen:
        asked: set[int] = set()
        for problem in prover.scenes.problems:
            given = simplified(one.given, problem)
            reading = prover.readings.of(problem)
            if given != NEVER and id(given) not in asked:
                asked.add(id(given))
                yield Question(one.id, problem, prover.readings.says(reading, given), prover.seen(lambda seen: True))


def _broken(prover: Prover, reading: Reading, given: Condition, then: Condition) -> Formula:
    world, says = prover.world, prover.readings.says
    wrong = world.deny(says(reading, then))
    if wrong is world.false:
        return wrong
    return world.every((wrong, says(reading, given), _settled(prover, reading)))


def _settled(prover: Prover, reading: Reading) -> Formula:
    """Some route is taken: where none is, nothing is asked of anybody, and that it never happens is proved by itself."""
    return prover.world.deny(prover.world.some((reading.nothing, reading.suspended)))


def _breaks(one: Invariant) -> Callable[[Seen], bool]:
    return lambda seen: seen.truth(one.given) == HOLDS and seen.truth(one.then) == FAILS


def pairs(prover: Prover, chosen: tuple[PairedInvariant, ...] | None = None) -> Iterator[Question]:
    """What must hold between two readings of one application. Raises Unprovable."""
    simplified = Simplifier()
    national = National(prover.scenes)
    made: dict[object, tuple[Formula, object]] = {}
    for one in prover.rulebook.pairs if chosen is None else chosen:
        settled = one.no_heavier or implied(prover, one)
        for problem in (*prover.scenes.problems, *prover.scenes.pending):
            question = _pair(prover, one, problem, settled, national, simplified, made)
            if question is not None:
                yield question


def _pair(prover: Prover, one: PairedInvariant, problem: Problem, settled: bool, national: National, simplified: Simplifier,
          made: dict[object, tuple[Formula, object]]) -> Question | None:
    other = national.of(problem) if one.second_law else problem
    if one.second_law and other is problem and settled:
        return None                                  # no local rule has a say here: both readings are the same
    given, in_first, in_second = (simplified(part, problem) for part in (one.given, one.first, one.second))
    if NEVER in (given, in_first, in_second):
        return None
    first, second = prover.readings.of(problem), prover.readings.of(other)
    named = {code: fact for part in (one.first, one.second) for code, fact in facts_of(part).items()}
    read = problem.reads | other.reads
    read |= {fact.code for route, fact in prover.readings.choices.items() if first.open[route] is not prover.world.false}
    if settled and not one.second_law and read.isdisjoint(prover.touched(named.values())):
        return None                                  # both readings read none of what differs: they are the same
    parts = given, in_first, in_second, simplified(one.if_first, problem), simplified(one.then_second, other)
    key = *map(id, parts), id(first), id(second), one.no_heavier
    if key not in made:
        made[key] = _differ(prover, one, (first, second), parts, tuple(named.values())), (parts, first, second)   # kept: ids stay their own
    formula = made[key][0]
    if formula is prover.world.false:
        return None
    return Question(one.id, problem, formula, Twins(prover, one, tuple(named.values()), national).shows,
                    (one.given, one.first, one.second), tuple(named.values()))


def implied(prover: Prover, one: PairedInvariant) -> bool:
    """Whether 若甲 already gives 则乙 where both readings come out alike: then equal readings keep the comparison."""
    for route in prover.rulebook.ladder:
        for mode in ("", *(mode.code for mode in route.modes)):
            outcome: dict[str, FactValue] = {"route": route.code, "mode": mode}
            if truth(one.if_first, lambda fact, outcome=outcome: outcome.get(fact.code)) != FAILS and truth(  # type: ignore[misc]
                    one.then_second, lambda fact, outcome=outcome: outcome.get(fact.code)) != HOLDS:  # type: ignore[misc]
                return False
    return True


def _differ(prover: Prover, one: PairedInvariant, readings: tuple[Reading, Reading], parts: Sequence[Condition], differing: Sequence[Fact]) -> Formula:
    """The two readings come out as they must not."""
    world, says, (first, second) = prover.world, prover.readings.says, readings
    given, in_first, in_second, if_first, then_second = parts
    if one.no_heavier:
        wrong = heavier(prover, first, second, differing)
    else:
        wrong = world.every((says(first, if_first), prover.aside(world.deny(says(second, then_second)), differing)))
    if wrong is world.false:
        return wrong
    return world.every((
        wrong, says(first, given), says(first, in_first), prover.aside(says(second, in_second), differing),
        _settled(prover, first), prover.aside(_settled(prover, second), differing), *(prover.aside(kept, differing) for kept in prover.general)))


def heavier(prover: Prover, first: Reading, second: Reading, differing: Sequence[Fact]) -> Formula:
    """The first takes a heavier route than the second."""
    world = prover.world
    found, lighter = [], world.false              # what the second takes among the routes lighter than the one looked at
    for route in prover.rulebook.ladder:
        if first.taken[route.code] is not world.false and lighter is not world.false:
            found.append(world.every((first.taken[route.code], lighter)))
        lighter = world.some((lighter, prover.aside(second.taken[route.code], differing)))
    return world.some(found)


@dataclass(frozen=True, slots=True, eq=False)
class Twins:
    """The two applications of a broken comparison: the second is the first with other values of the facts that differ."""

    prover: Prover
    pair: PairedInvariant
    differing: Sequence[Fact]
    national: National

    def shows(self, model: Model) -> Callable[[Witness], bool]:
        values = {fact: model.value(fact, ASIDE) for fact in self.differing}
        watcher = self.national.watcher if self.pair.second_law else self.prover.watcher
        weights = {route.code: route.weight for route in self.prover.rulebook.ladder}
        pair = self.pair

        def holds(witness: Witness) -> bool:
            other = witness
            for fact, value in values.items():
                other = vary(other, fact, value)
            first, second = self.prover.watcher.look(witness), watcher.look(other)
            if first is None or second is None or not (first.verdict.route and second.verdict.route):
                return False
            if not (first.verdict.status in _TAKEN and second.verdict.status in _TAKEN):
                return False
            if FAILS in (first.truth(pair.given), second.truth(pair.given), first.truth(pair.first), second.truth(pair.second)):
                return False
            if pair.no_heavier:
                return weights[first.verdict.route] > weights[second.verdict.route]
            return first.truth(pair.if_first) == HOLDS and second.truth(pair.then_second) == FAILS

        return holds


_TAKEN: Final = ("settled", "waiting")


class National:
    """The same problems under national rules alone."""

    def __init__(self, scenes: Scenes):
        self._scenes = scenes
        self._laws: dict[int, CompiledLaw] = {}
        self._problems: dict[object, Problem] = {}
        self._watcher: Watcher | None = None

    @property
    def watcher(self) -> Watcher:
        """Decides under national rules alone."""
        if self._watcher is None:
            book = self._scenes.rulebook
            rules = tuple(rule for rule in book.rules if NATIONAL in rule.instrument.divisions)
            self._watcher = Watcher(replace(book, version=f"{book.version}-national", rules=rules))
        return self._watcher

    def of(self, problem: Problem) -> Problem:
        """The problem under national rules; the same one if no other rule is in force there."""
        law = self._laws.get(id(problem.law))
        if law is None:
            scene = problem.scenes[0]
            rules = self._scenes.rulebook.rules_for(scene.chain[0], scene.start)
            kept = [rule for rule in rules if NATIONAL in rule.instrument.divisions]
            law = self._laws[id(problem.law)] = problem.law if len(kept) == len(rules) else compile_rules(kept, scene.chain, matched=False)
        if law is problem.law:
            return problem
        key = id(law), id(problem.vectors[0]), id(problem.vectors[1])
        found = self._problems.get(key)
        if found is None:
            live = {rule_id: self._scenes.same(rest) for rule_id, rest in reduce_rules(law.conditions, problem.known).items()}
            by_route = sort_rules((law.rules[rule_id] for rule_id in live), self._scenes.rulebook.ladder)
            found = self._problems[key] = replace(problem, rules=law.rules, law=law, by_route=by_route,
                                                  residual=without_idle_bars(live, law.rules, by_route), _reads=None)
        return found


def provable(prover: Prover) -> tuple[list[Invariant], list[PairedInvariant], dict[str, Fact]]:
    """The invariants proofs can speak of, and by id what the others speak of that proofs do not read."""
    stuck: dict[str, Fact] = {}
    sound: list[Invariant] = []
    for one in prover.rulebook.invariants:
        (sound.append(one) if _readable(prover, one.id, (one.given, one.then), stuck) else None)
    both: list[PairedInvariant] = []
    for pair in prover.rulebook.pairs:
        (both.append(pair) if _readable(prover, pair.id, (pair.given, pair.first, pair.second, pair.if_first, pair.then_second), stuck) else None)
    return sound, both, stuck


def _readable(prover: Prover, name: str, conditions: tuple[Condition, ...], stuck: dict[str, Fact]) -> bool:
    if not prover.scenes.problems:
        return True
    reading = prover.readings.of(prover.scenes.problems[0])
    try:
        for condition in conditions:
            prover.readings.says(reading, condition)
    except Unprovable as unprovable:
        stuck[name] = unprovable.fact
        return False
    return True
