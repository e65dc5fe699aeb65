"""What a change of the rulebook means: for each item and material the classes of applications whose outcome changes.

Two rulebooks are read side by side in one solver's world: the same application, stated once, decided twice. Where the formulas
are written the same nothing is asked; elsewhere every pair of outcomes that can come about is found, one after the other, until
there is no more — so “no difference” is a proof. Nothing here prints or reads a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any as Formula
from typing import Final, Literal

from engine.conditions import Condition
from engine.proof.computed import general, other_principals
from engine.proof.meeting import Pair, indexed, meet
from engine.proof.prover import dated, kind_of
from engine.proof.readings import Reading, Readings, bounds
from engine.proof.scenes import Problem, Scene, Scenes
from engine.proof.solver import PATIENCE, Model, UnlikeFacts, World
from engine.proof.witness import Seen, Watcher, Witness, build, fitted, shrink
from engine.rulebook import Rulebook
from engine.vocabulary import Fact

#: What became of the applicant: a lighter route, a heavier one, another way of the same burden.
Turn = Literal["better", "worse", "other"]

#: Facts that are computed from the same statements but may come out differently under the other rulebook.
_COMPUTED: Final = ("material_needed", "source_state", "source_ground", "shown_state", "principals_complete")

#: A route and its mode; ("", "") where the material has no route.
Outcome = tuple[str, str]
_NOTHING: Final[Outcome] = ("", "")
_UNKNOWN: Final[Outcome] = ("?", "")

#: Scenes in which the engine is asked to show a class the solver found, before it is left without a witness.
_TRIES: Final = 4


@dataclass(slots=True, eq=False)
class Change:
    """One class of applications: material of an item, outcome before and after, where and when, with the smallest witness.

    `sure`: the solver answered; otherwise a difference is neither shown nor excluded there. `divisions` and days grow as places are found;
    `end` is exclusive. Without `witness` the engine was not made to show what the solver found.
    """

    item: str
    material: str
    before: Outcome
    after: Outcome
    turn: Turn
    divisions: frozenset[str]
    start: date
    end: date
    sure: bool = True
    witness: Witness | None = None
    old_rules: tuple[str, ...] = ()
    new_rules: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Differences:
    """Every material whose route differs in meaning. `unlike`: facts of one name and different types, of which nothing can be compared."""

    changes: list[Change] = field(default_factory=list)
    items_gone: list[tuple[str, str]] = field(default_factory=list)      # item, division
    items_new: list[tuple[str, str]] = field(default_factory=list)
    unlike: list[tuple[Fact, Fact]] = field(default_factory=list)
    compared: int = 0

    @property
    def none(self) -> bool:
        """Proved: no material of any application takes another route anywhere on any day. Blocks and terms are `blocks`' and `terms`' matter."""
        return not (self.changes or self.items_gone or self.items_new or self.unlike)

    @property
    def unknown(self) -> bool:
        return bool(self.unlike) or any(not one.sure for one in self.changes)


class Comparison:
    """Two rulebooks side by side."""

    def __init__(self, old: Rulebook, new: Rulebook, milliseconds: int = PATIENCE, explained: bool = False, scenes: Scenes | None = None):
        """`explained`: other grounds for the same outcome are a difference too. `scenes`: those of `old`, if they are made already."""
        self.books = old, new
        self.milliseconds, self.explained = milliseconds, explained
        self.world = World((old.vocabulary.facts, new.vocabulary.facts))
        self.readings = Readings(self.world, old), Readings(self.world, new)
        self.scenes = scenes or Scenes(old), Scenes(new)
        self.general = [*general(self.world, old), *general(self.world, new)]
        self.compared = 0
        self._watchers: tuple[Watcher, Watcher] | None = None
        self._weights = {route.code: route.weight for book in self.books for route in book.ladder}
        self._made: dict[object, tuple[Formula, tuple[Reading, Reading]]] = {}
        self._known_classes: dict[int, list[tuple[Outcome, Outcome]]] = {}
        self._refuted: set[object] = set()
        self._tries: dict[tuple[str, str, Outcome, Outcome], int] = {}
        self._reads_days: dict[int, bool] = {}
        self._apart_by: dict[tuple[int, ...], tuple[Fact, ...]] = {}
        self._kept: list[tuple[Scene, Scene]] = []           # kept, so that their ids stay their own
        words = [book.vocabulary.by_word for book in self.books]
        self._computed = [word[code] for code in _COMPUTED for word in words[:1] if code in word]

    @property
    def watchers(self) -> tuple[Watcher, Watcher]:
        if self._watchers is None:
            self._watchers = Watcher(self.books[0]), Watcher(self.books[1])
        return self._watchers

    def differences(self, first: bool = False, tell: Callable[[int, int], None] | None = None) -> Differences:
        """All classes that change; with `first`, the search ends at the first. `tell`: materials done, and how many there are."""
        found = Differences()
        offered = [_offered(book) for book in self.books]
        found.items_gone = sorted(offered[0] - offered[1])
        found.items_new = sorted(offered[1] - offered[0])
        sides = [indexed(scenes) for scenes in self.scenes]
        keys = list(dict.fromkeys((*sides[0], *sides[1])))
        known: dict[tuple[str, str, Outcome, Outcome], Change] = {}
        for number, key in enumerate(keys):
            if tell is not None:
                tell(number, len(keys))
            wanted = frozenset(division for item, division in offered[0] & offered[1] if item == key[0])
            plain = (*key[:-1], "")
            steady = tuple(side.get(plain, {}) for side in sides) if key[-1] else None
            for pair in meet(sides[0].get(key, {}), sides[1].get(key, {}), wanted, steady):
                self.compared += 1
                if not self._both_offer(pair):
                    continue
                for before, after in self._classes(pair):
                    self._note(known, pair, before, after)
                    if first and known:
                        found.changes, found.compared = list(known.values()), self.compared
                        return found
        found.changes, found.compared = list(known.values()), self.compared
        return found

    def _both_offer(self, pair: Pair) -> bool:
        """Whether both rulebooks offer the item on the days of a pair: else the item begins or ends, and no material of it does."""
        division = min(pair.divisions)
        offers = [book.item(pair.scene.item.code, division) for book in self.books]
        return all(item is not None and item.start <= pair.start for item in offers)

    def _note(self, known: dict[tuple[str, str, Outcome, Outcome], Change], pair: Pair, before: Outcome, after: Outcome) -> None:
        """One class that may come about at a pair: a place more of a class that is known, else a new one if the scene bears it out."""
        scene = pair.scene
        key = scene.item.code, scene.requirement.code, before, after
        one = known.get(key)
        if one is None or one.witness is None:
            model = self._borne_out(pair, before, after)
            if model is False:
                return
            sure = isinstance(model, Model)
            if one is None:
                # A reading of a case decided later may be hidden by its other reading: then nothing comes out differently for sure.
                one = known[key] = Change(*key, self._turn(before, after), pair.divisions, pair.start, pair.end, sure and not scene.pending)
            if isinstance(model, Model) and self._tries.get(key, 0) < _TRIES:
                self._tries[key] = self._tries.get(key, 0) + 1
                self._show(one, pair, model)
        one.divisions |= pair.divisions
        one.start, one.end = min(one.start, pair.start), max(one.end, pair.end)

    # -- what stands beside what --------------------------------------------------------------------------------------

    def _classes(self, pair: Pair) -> list[tuple[Outcome, Outcome]]:
        """Before and after for every way the outcomes can differ where the law stands like here, computed facts left free."""
        formula, readings = self._differ(pair)
        world = self.world
        if formula is world.false:
            return []
        found = self._known_classes.get(id(formula))
        if found is None:
            found = self._known_classes[id(formula)] = []
            question = world.every((*self.general, formula))
            while True:
                answer = world.solve(question, self.milliseconds)
                if answer is False:
                    break
                if not isinstance(answer, Model):
                    found.append((_UNKNOWN, _UNKNOWN))
                    break
                outcomes = _outcome(answer, readings[0]), _outcome(answer, readings[1])
                found.append(outcomes)
                question = world.every((question, world.deny(world.every(_is(world, readings[side], outcomes[side]) for side in (0, 1)))))
        return found

    def _borne_out(self, pair: Pair, before: Outcome, after: Outcome) -> Model | bool | None:
        """Whether the class comes about in this very scene, computed facts as they are there."""
        world = self.world
        formula, readings = self._differ(pair)
        apart = self._apart(pair)
        scenes = [one for one in (pair.old, pair.new) if one]
        key = id(formula), before, after, *[kind_of(one) for one in scenes]
        days = any(dated(one.requirement.needed) for one in scenes) or any(self._dated(problem) for problem in pair.problems if problem)
        whole = (*key, (pair.start, pair.scene.seen_from) if days else None)
        if whole in self._refuted:
            return False
        kept = bounds(world, self.readings[0], pair.old) if pair.old else []
        if pair.new is not None:
            kept += [world.aside(one, apart) if apart else one for one in bounds(world, self.readings[1], pair.new)]
        which = [] if before == _UNKNOWN else [_is(world, readings[0], before), _is(world, readings[1], after)]
        answer = world.solve(world.every((*kept, formula, *which, *self._within(pair))), self.milliseconds)
        if answer is False:
            self._refuted.add(whole)
        return answer

    def _dated(self, problem: Problem) -> bool:
        found = self._reads_days.get(id(problem))
        if found is None:
            found = self._reads_days[id(problem)] = any(dated(rest) for rest in problem.residual.values())
        return found

    def _within(self, pair: Pair) -> list[Formula]:
        words = self.books[0].vocabulary.by_word
        if "as_of" not in words or pair.scene.pending:
            return []
        last = date.fromordinal(pair.end.toordinal() - 1) if pair.end < date.max else pair.end
        return [self.world.within(words["as_of"], pair.start, last)]

    def _reading(self, side: int, problem: Problem | None) -> Reading:
        if problem is not None:
            return self.readings[side].of(problem)
        world = self.world
        codes = [route.code for route in self.books[side].ladder]
        taken = {code: world.true if number == 0 else world.false for number, code in enumerate(codes)}     # not asked for at all
        return Reading(taken, taken, {(codes[0], ""): world.true}, world.false, world.false)

    def _aside(self, reading: Reading, apart: tuple[Fact, ...]) -> Reading:
        def turn(formula: Formula) -> Formula:
            return self.world.aside(formula, apart)
        return Reading({}, {code: turn(one) for code, one in reading.taken.items()}, {key: turn(one) for key, one in reading.modes.items()},
                       turn(reading.nothing), turn(reading.suspended))

    def _differ(self, pair: Pair) -> tuple[Formula, tuple[Reading, Reading]]:
        """The outcomes differ, as a formula, and the two readings it is about."""
        world = self.world
        apart = self._apart(pair)
        key = *[id(problem) for problem in pair.problems], apart
        made = self._made.get(key)
        if made is None:
            old, new = (self._reading(side, problem) for side, problem in enumerate(pair.problems))
            if apart:
                new = self._aside(new, apart)
            parts = [self._unlike(old.taken.get(code, world.false), new.taken.get(code, world.false)) for code in dict.fromkeys((*old.taken, *new.taken))]
            parts += [self._unlike(old.modes.get(mode, world.false), new.modes.get(mode, world.false)) for mode in dict.fromkeys((*old.modes, *new.modes))]
            parts.append(self._unlike(old.suspended, new.suspended))
            if self.explained:
                parts.extend(self._other_grounds(pair, old, new, apart))
            differs = world.some(parts)
            formula = differs if differs is world.false else world.every((differs, world.deny(old.suspended), world.deny(new.suspended)))
            made = self._made[key] = formula, (old, new)
        return made

    def _unlike(self, one: Formula, other: Formula) -> Formula:
        world = self.world
        return world.false if world.alike(one, other) else world.deny(world.same(one, other))

    def _apart(self, pair: Pair) -> tuple[Fact, ...]:
        """The facts that may come out differently under the two rulebooks although the same was stated: none where nothing behind them differs."""
        old, new = pair.old, pair.new
        if old is None or new is None:
            return ()
        key = id(old.item), id(new.item), id(old.requirement), id(new.requirement), id(old.group), id(new.group), id(old.table), id(new.table)
        found = self._apart_by.get(key)
        if found is None:
            situations = [{fact.code: fact for fact in one.item.situations} for one in (old, new)]
            only = {code: fact for one in situations for code, fact in one.items() if (code in situations[0]) != (code in situations[1])}
            unlike = (old.table != new.table or other_principals(old) != other_principals(new) or bool(only)
                      or not self.world.alike(self.world.formula(old.requirement.needed), self.world.formula(new.requirement.needed)))
            found = self._apart_by[key] = (*self._computed, *only.values()) if unlike else ()
            self._kept.append((old, new))
        return found

    def _other_grounds(self, pair: Pair, old: Reading, new: Reading, apart: tuple[Fact, ...]) -> Iterator[Formula]:
        """The outcome rests on a rule on one side that it does not rest on on the other."""
        world = self.world
        rules = [{(rule.route, rule.mode, rule.id) for by_mode in problem.by_route.values() for grants, _ in by_mode.values() for rule in grants}
                 if problem else set() for problem in pair.problems]
        for route, mode, rule_id in sorted(rules[0] | rules[1]):
            sides = []
            for side, reading in enumerate((old, new)):
                problem = pair.problems[side]
                taken = reading.modes.get((route, mode), world.false)
                if problem is None or (route, mode, rule_id) not in rules[side] or taken is world.false:
                    sides.append(world.false)
                    continue
                holds = world.formula(problem.residual[rule_id])
                sides.append(world.every((taken, world.aside(holds, apart) if side and apart else holds)))
            yield self._unlike(sides[0], sides[1])

    # -- what is said of it -----------------------------------------------------------------------------------------------

    def _turn(self, before: Outcome, after: Outcome) -> Turn:
        heaviest = len(self._weights)
        weights = [self._weights.get(route, heaviest) for route, _ in (before, after)]
        return "better" if weights[1] < weights[0] else "worse" if weights[1] > weights[0] else "other"

    def _show(self, change: Change, pair: Pair, model: Model) -> None:
        scene, problem, book = (pair.new, pair.problems[1], self.books[1]) if pair.new is not None else (pair.old, pair.problems[0], self.books[0])
        assert scene is not None and problem is not None
        also: list[Condition] = [rest for one in pair.problems if one for rest in one.residual.values()]
        also += [one.requirement.needed for one in (pair.old, pair.new) if one]
        first = build(model, scene, problem, book, tuple(also), frozenset(fact.code for fact in self._apart(pair) if fact.situation and pair.new is not None
                                                                          and fact.code in {own.code for own in pair.new.item.situations}))
        division = sorted(pair.divisions)[0]
        if scene.divisions[0] not in pair.divisions:
            first = replace(first, application={**first.application, "deciding_division": division})

        def holds(witness: Witness) -> bool:
            looks = self.look(witness)
            return looks is not None and [_settled(one, self.books[side]) for side, one in enumerate(looks)] == [change.before, change.after] and (
                change.before != change.after or _grounds(looks[0]) != _grounds(looks[1]))

        if holds(first):
            change.sure = True
            change.witness = shrink(first, holds)
            looks = self.look(change.witness)
            if looks is not None:
                change.old_rules, change.new_rules = _grounds(looks[0]), _grounds(looks[1])

    def look(self, witness: Witness) -> tuple[Seen | None, Seen | None] | None:
        """The material as each rulebook judges it; None if either refuses the application. A side is None if it does not ask for the material."""
        found = []
        for watcher, book in zip(self.watchers, self.books, strict=True):
            seen, body = watcher.look_at(fitted(witness, book))
            if body is None:
                return None
            found.append(seen)
        return found[0], found[1]


def first_difference(old: Rulebook, new: Rulebook, milliseconds: int = PATIENCE, scenes: Scenes | None = None, explained: bool = True) -> Change | None:
    """One class of applications that comes out differently, or None: proved that there is none.

    A change with `sure` false says that the solver did not answer in time. Items that only one rulebook offers are not looked at.
    `explained`: the same outcome on other grounds counts. `scenes` are those of `old`. Raises UnlikeFacts.
    """
    found = Comparison(old, new, milliseconds, explained, scenes).differences(first=True)
    return found.changes[0] if found.changes else None


def compare(old: Rulebook, new: Rulebook, milliseconds: int = PATIENCE, tell: Callable[[int, int], None] | None = None) -> Differences:
    """Every class of applications whose outcome changes from the old rulebook to the new one. `tell`: materials done, and how many there are."""
    try:
        return Comparison(old, new, milliseconds).differences(tell=tell)
    except UnlikeFacts as unlike:
        return Differences(unlike=[(unlike.one, unlike.other)])


def _offered(book: Rulebook) -> set[tuple[str, str]]:
    items = {code for code, _ in book.items}
    return {(code, division) for division in book.divisions for code in items if book.item(code, division) is not None}


def _outcome(model: Model, reading: Reading) -> Outcome:
    for (route, mode), formula in reading.modes.items():
        if model.true(formula):
            return route, mode
    return _NOTHING


def _is(world: World, reading: Reading, outcome: Outcome) -> Formula:
    return reading.nothing if outcome == _NOTHING else reading.modes.get(outcome, world.false)


def _settled(seen: Seen | None, book: Rulebook) -> Outcome | None:
    if seen is None:
        return book.ladder[0].code, ""
    if seen.verdict.status == "undecidable":
        return _NOTHING
    return (seen.verdict.route, seen.verdict.mode) if seen.verdict.status in ("settled", "waiting") and seen.verdict.route else None


def _grounds(seen: Seen | None) -> tuple[str, ...]:
    return tuple(rule.id for rule in seen.verdict.grounds) if seen else ()
