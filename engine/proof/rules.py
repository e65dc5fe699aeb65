"""What must hold of every rule: it can hold somewhere, it is not always true by accident, its bars leave it something, it says
something no other rule of its instrument says, and nothing it hangs on is asked for in vain.

Looked at over catalogue × divisions × days. Nothing here knows how findings are shown.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any as Formula
from typing import Final

from engine.conditions import ALWAYS, NEVER, Condition, phrases, replace_facts, simplify, truth
from engine.conditions import facts as facts_of
from engine.facts import day_values
from engine.law import BAR, GRANT, Rule
from engine.proof.prover import Prover, dated, different, kind_of
from engine.proof.readings import bounds
from engine.proof.scenes import Problem
from engine.proof.solver import Model
from engine.truth import PENDING, Truth
from engine.vocabulary import CHOICE, CHOICES, YES_NO, Fact, FactValue

#: Assignments a condition is tried under before the solver compares it with another.
_TRIALS: Final = 48
#: Completions looked at for one set of unknown facts; more are not looked at.
_MOST_COMPLETIONS: Final = 4_096
#: Facts read twice of which every set is looked at.
_MOST_TWICE: Final = 8


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """What is found of one entry of the rulebook; None where the solver did not answer in time.

    `holds`: for some application somewhere. `fails`: for some application somewhere (or it has no condition: it is meant to hold always).
    `opens` (grants): it holds somewhere while no bar does.
    """

    rule: Rule
    holds: bool | None
    fails: bool | None
    opens: bool | None


#: What is looked for of a rule.
_HOLDS, _FAILS, _OPENS = "holds", "fails", "opens"


def standings(prover: Prover) -> list[Standing]:
    """Every entry of the rulebook. One question is asked for many rules at once: an application shows what it shows of all of them."""
    hunt = _Hunt(prover)
    hunt.run()
    return [Standing(rule, hunt.answer(rule, _HOLDS), hunt.answer(rule, _FAILS), hunt.answer(rule, _OPENS) if rule.kind == GRANT else None)
            for rule in prover.rulebook.rules]


class _Hunt:
    """Looks, problem by problem, for applications that show what is still wanted of the rules in force there."""

    def __init__(self, prover: Prover):
        self.prover, self.world = prover, prover.world
        self.wanted: dict[tuple[int, str], Rule] = {}
        for rule in prover.rulebook.rules:
            self.wanted[id(rule), _HOLDS] = rule
            if rule.condition != ALWAYS:
                self.wanted[id(rule), _FAILS] = rule
            if rule.kind == GRANT:
                self.wanted[id(rule), _OPENS] = rule
        self.unsure: set[tuple[int, str]] = set()
        self._expanded: dict[tuple[int, int], Condition] = {}
        self._left: dict[tuple[int, int, int], Condition] = {}
        self._made: dict[object, tuple[Formula, object]] = {}
        self._possible: dict[int, bool | None] = {}
        self._refuted: set[tuple[object, int]] = set()

    def answer(self, rule: Rule, what: str) -> bool | None:
        key = id(rule), what
        return True if key not in self.wanted else None if key in self.unsure else False

    def run(self) -> None:
        for problem in (*self.prover.scenes.problems, *self.prover.scenes.pending):
            open_ = [(key, formula) for key, formula in self._here(problem) if key in self.wanted]
            open_ = [(key, formula) for key, formula in open_ if self._can(key, formula)]
            if open_:
                self._ask(problem, open_)

    def _here(self, problem: Problem) -> Iterator[tuple[tuple[int, str], Formula]]:
        """What the problem could still show, as formulas; what needs no question is ticked off."""
        world = self.world
        for rule in self.prover.scenes.in_force(problem):
            keys = [(id(rule), what) for what in (_HOLDS, _FAILS, _OPENS)]
            if not any(key in self.wanted for key in keys):
                continue
            rest = self._rest(rule, problem)
            holds = world.formula(rest)
            if rest == ALWAYS:
                self.wanted.pop(keys[0], None)
            elif rest == NEVER:
                self.wanted.pop(keys[1], None)
            else:
                yield keys[0], holds
                yield keys[1], self._once(("not", id(holds)), lambda holds=holds: world.deny(holds), holds)  # type: ignore[misc]
            if keys[2] in self.wanted and rest != NEVER and problem.rules.get(rule.id) is rule:
                yield keys[2], self._opens(rule, problem)

    def _rest(self, rule: Rule, problem: Problem) -> Condition:
        scenes = self.prover.scenes
        key = id(rule), id(problem.law)
        condition = self._expanded.get(key)
        if condition is None:
            known = problem.law.conditions.get(rule.id) if rule.kind in (GRANT, BAR) else None
            condition = self._expanded[key] = known if known is not None else scenes.same(replace_facts(rule.condition, problem.law.meaning))
        where = id(condition), id(problem.vectors[0]), id(problem.vectors[1])
        rest = self._left.get(where)
        if rest is None:
            rest = self._left[where] = scenes.same(simplify(condition, problem.known))
        return rest

    def _opens(self, rule: Rule, problem: Problem) -> Formula:
        world = self.world
        bars = [problem.residual[bar.id] for bar in problem.by_route[rule.route][rule.mode][1] if bar.id in problem.residual]
        own = problem.residual[rule.id]
        return self._once(("opens", id(own), *map(id, bars)),
                          lambda: world.every((world.formula(own), *(world.deny(world.formula(bar)) for bar in bars))), own)

    def _once(self, key: object, make: Callable[[], Formula], kept: object) -> Formula:
        if key not in self._made:
            self._made[key] = make(), kept          # kept, so that ids stay their own
        return self._made[key][0]

    def _can(self, key: tuple[int, str], formula: Formula) -> bool:
        """Whether the formula can be true with the computed facts left free."""
        found = self._possible.get(id(formula), ...)
        if found is ...:
            found = self._possible[id(formula)] = self.world.possible(self.world.every((*self.prover.general, formula)), self.prover.milliseconds)
        if found is None:
            self.unsure.add(key)
        return bool(found)

    def _ask(self, problem: Problem, open_: list[tuple[tuple[int, str], Formula]]) -> None:
        """Asks in the scenes of the problem until they show nothing more."""
        world = self.world
        read = [*problem.residual.values(), *(self._rest(rule, problem) for rule in self.prover.scenes.in_force(problem))]
        days = any(dated(condition) for condition in (*read, *{id(one.requirement): one.requirement.needed for one in problem.scenes}.values()))
        for scene in different(problem.scenes, read):
            table = kind_of(scene), (scene.start, scene.seen_from) if days else None
            rest = [(key, formula) for key, formula in open_ if key in self.wanted and (table, id(formula)) not in self._refuted]
            while rest:
                kept = bounds(world, self.prover.readings, scene)
                answer = world.solve(world.every((*kept, world.some(formula for _, formula in rest))), self.prover.milliseconds)
                if answer is None:
                    self.unsure.update(key for key, _ in rest)
                    break
                if not isinstance(answer, Model):
                    self._refuted.update((table, id(formula)) for _, formula in rest)
                    break
                for key, formula in rest:
                    if answer.true(formula):
                        self.wanted.pop(key, None)
                rest = [(key, formula) for key, formula in rest if key in self.wanted]


def contradicts_itself(prover: Prover, rule: Rule) -> bool:
    """Whether the condition could hold in no catalogue at all."""
    return prover.world.possible(prover.world.every((*prover.general, prover.world.formula(rule.condition))), prover.milliseconds) is False


# -- the same thing said twice --------------------------------------------------------------------------------------------


def alike(prover: Prover) -> Iterator[tuple[Rule, Rule, bool | None]]:
    """Pairs of rules with one effect, days in common and equivalent conditions; None where that is not known."""
    groups: dict[object, list[Rule]] = {}
    for rule in prover.rulebook.rules:
        effect = (rule.kind, rule.route, rule.mode, rule.defines.code if rule.defines else "", rule.term.code if rule.term else "",
                  rule.value, rule.remedy)
        groups.setdefault((effect, _fingerprint(rule.condition)), []).append(rule)
    world = prover.world
    for rules in groups.values():
        for one, other in itertools.combinations(rules, 2):
            if one.id == other.id or not (one.start < other.end and other.start < one.end):
                continue
            different = world.deny(world.same(world.formula(one.condition), world.formula(other.condition)))
            possible = False if different is world.false else world.possible(different, prover.milliseconds)
            if possible is not True:
                yield one, other, True if possible is False else None


def _fingerprint(condition: Condition) -> tuple[Truth, ...]:
    """The condition's truth under a fixed row of assignments: equivalent conditions have the same one."""
    break_points = day_values(list(phrases(condition)), {})
    found = []
    for trial in range(_TRIALS):
        def lookup(fact: Fact, trial: int = trial) -> FactValue:
            values = _values(fact, _all_break_points(fact, break_points))
            return values[(trial * 7 + sum(map(ord, fact.code)) * (trial + 1)) % len(values)]
        found.append(truth(condition, lookup))
    return tuple(found)


def _all_break_points(fact: Fact, found: Mapping[str, tuple[FactValue, ...]]) -> tuple[FactValue, ...]:
    """Days and numbers are tried at fixed points, so that two conditions with other break points are compared alike."""
    if fact.type in (YES_NO, CHOICE, CHOICES):
        return ()
    return tuple(date(year, 1, 1) for year in range(1990, 2038)) if fact.type == "日期" else tuple(range(-4, 120))


def _values(fact: Fact, points: tuple[FactValue, ...]) -> tuple[FactValue, ...]:
    if fact.type == YES_NO:
        return True, False
    if fact.type == CHOICE:
        return tuple(value.code for value in fact.values) or ("",)
    if fact.type == CHOICES:
        return (frozenset(), *(frozenset((value.code,)) for value in fact.values))
    return points or (None,)


# -- pending in vain --------------------------------------------------------------------------------------------------------


def pends_in_vain(condition: Condition) -> tuple[Fact, ...] | None:
    """The facts whose absence leaves the condition pending although every completion agrees; empty if there are none, None if not known.

    Kleene's logic is exact where no fact is read twice, so only facts read by two different tests can do this. Looked at: every
    set of such facts unknown together, the others at one value for each way they make the tests come out. More sets or values
    than can be looked at are not known.
    """
    tests: dict[str, set[str]] = {}
    for phrase in phrases(condition):
        for fact in phrase.facts:
            tests.setdefault(fact.code, set()).add(phrase.atom)
    facts = facts_of(condition)
    twice = list(dict.fromkeys((*(facts[code] for code, atoms in tests.items() if len(atoms) > 1), *_repeated(condition, facts))))
    if not twice:
        return ()
    points = day_values(list(phrases(condition)), {})
    values = {fact: _told_apart(fact, condition, _values(fact, points.get(fact.code, ()))) for fact in facts.values()}
    if len(twice) > _MOST_TWICE or _product(values.values()) > _MOST_COMPLETIONS * 64:
        return None
    for size in range(1, len(twice) + 1):
        for unknown in itertools.combinations(twice, size):
            if _in_vain(condition, [fact for fact in facts.values() if fact not in unknown], unknown, values):
                return unknown
    return ()


def _told_apart(fact: Fact, condition: Condition, values: tuple[FactValue, ...]) -> tuple[FactValue, ...]:
    """One value for each way the tests of the fact come out; all of them where it is compared with another fact."""
    tests = [phrase for phrase in phrases(condition) if fact in phrase.facts]
    if any(isinstance(phrase.right, Fact) for phrase in tests):
        return values
    return tuple({tuple(phrase.test(value) for phrase in tests): value for value in reversed(values)}.values())


def _repeated(condition: Condition, facts: Mapping[str, Fact]) -> list[Fact]:
    """Facts whose one test stands in the condition twice."""
    atoms = [phrase.atom for phrase in phrases(condition)]
    return [fact for phrase in phrases(condition) if atoms.count(phrase.atom) > 1 for fact in phrase.facts]


def _in_vain(condition: Condition, others: list[Fact], unknown: tuple[Fact, ...], values_of: Mapping[Fact, tuple[FactValue, ...]]) -> bool:
    for known in itertools.product(*(values_of[fact] for fact in others)):
        sheet: dict[str, FactValue] = {fact.code: value for fact, value in zip(others, known, strict=True)}
        if truth(condition, lambda fact, sheet=sheet: sheet.get(fact.code)) != PENDING:  # type: ignore[misc]
            continue
        outcomes: set[Truth] = set()
        for values in itertools.product(*(values_of[fact] for fact in unknown)):
            whole = {**sheet, **{fact.code: value for fact, value in zip(unknown, values, strict=True)}}
            outcomes.add(truth(condition, lambda fact, whole=whole: whole.get(fact.code)))  # type: ignore[misc]
            if len(outcomes) > 1:
                break
        if len(outcomes) == 1 and PENDING not in outcomes:
            return True
    return False


def _product(grids: Iterable[tuple[FactValue, ...]]) -> int:
    total = 1
    for grid in grids:
        total *= max(1, len(grid))
    return total
