"""Catalogue × divisions × days: where and when a material is asked for, and what the law there comes to for it.

Divisions that no rule, list, item or source tells apart are one; days between two changes are one; and scenes in which the law
comes to the same for a material share one problem, which is proved once. A scene is read with the law of its own day: a case
read twice takes the lighter reading, so what holds for each single reading holds for both. Nothing here asks the solver.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from engine.catalogue import Item, PublishedList, Requirement
from engine.compiled import CompiledLaw, compile_rules
from engine.conditions import NEVER, All, Condition, phrases, simplify
from engine.conditions import facts as facts_of
from engine.facts import Unit
from engine.law import FOREVER, TERM, Rule
from engine.phrases import Phrase
from engine.reduced import ByMode, known_by, sort_rules, without_idle_bars
from engine.rulebook import Rulebook
from engine.standing import SHOWN_LIST, Place, material_facts
from engine.truth import FAILS, HOLDS, PENDING, Truth
from engine.vocabulary import Fact, FactValue

_ONE_DAY: Final = timedelta(days=1)
Vector = tuple[Truth, ...]


@dataclass(eq=False, slots=True)
class Problem:
    """What the law comes to for a material, wherever it comes to the same: residual conditions by rule, sorted by route and mode."""

    rules: Mapping[str, Rule]
    residual: Mapping[str, Condition]
    by_route: Mapping[str, ByMode]
    law: CompiledLaw
    known: Callable[[Phrase], Truth]       # what the catalogue and the days say, for invariants
    vectors: tuple[Vector, Vector]
    scenes: list[Scene] = field(default_factory=list)
    _reads: frozenset[str] | None = None

    @property
    def reads(self) -> frozenset[str]:
        """The codes of the facts that what is left of the rules still reads."""
        if self._reads is None:
            self._reads = frozenset(code for rest in self.residual.values() for code in facts_of(rest))
        return self._reads


@dataclass(frozen=True, slots=True)
class Scene:
    """One material of one item, in divisions of one kind, from `start` to before `end`. `static`: what the catalogue says of it."""

    item: Item
    requirement: Requirement
    group: Requirement | None
    divisions: tuple[str, ...]             # all alike; the first stands for them
    chain: tuple[str, ...]
    start: date
    end: date                              # exclusive
    static: Mapping[str, FactValue]
    unit: Unit                             # its sources and credentials there
    table: object                          # what the sources and credentials come to, by kind of number: scenes of one table are alike
    follows: str = ""                      # the abolished material whose fact this one establishes
    parent: Problem | None = None          # of the abolished material whose fact this one establishes
    copy: int = 0                          # which one, where an item asks for the material several times alike
    seen_from: date | None = None          # a case accepted earlier: the law is of [start, end), the facts of a day from here …
    seen_to: date | None = None            # … to before here

    @property
    def last_accepted(self) -> date:
        """The last day on which an application of the scene can have been accepted."""
        return min(self.last, self.item.end - _ONE_DAY if self.item.end < FOREVER else FOREVER)

    @property
    def after_all(self) -> bool:
        """The item is offered no more: only cases accepted before are read under this law."""
        return self.start >= self.item.end

    @property
    def last_seen(self) -> date:
        """The last day of which the facts can be."""
        end = self.seen_to or self.end
        return end - _ONE_DAY if end < FOREVER else FOREVER

    @property
    def pending(self) -> bool:
        """The law of the day of acceptance, read for a case that is decided on a later day."""
        return self.seen_from is not None

    @property
    def last(self) -> date:
        """The last day of the scene."""
        return self.end - _ONE_DAY if self.end < FOREVER else FOREVER

    def place(self, rulebook: Rulebook) -> Place:
        return Place(rulebook, self.chain, self.start, self.seen_from or self.start)


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """What the catalogue says of a material between two changes of its own: the number and the vector of its truths, and the facts."""

    number: int
    vector: Vector
    static: Mapping[str, FactValue]
    unit: Unit
    table: object


class Scenes:
    """Every scene of a rulebook, sorted into problems."""

    def __init__(self, rulebook: Rulebook, items: Iterable[str] | None = None):
        """`items`: codes of the items to look at, all if None."""
        self.rulebook = rulebook
        self.problems: list[Problem] = []
        self.pending: list[Problem] = []       # the first of the two readings of cases decided on a later day, where it differs
        self.laws: dict[tuple[int, ...], CompiledLaw] = {}
        self._by_key: dict[object, Problem] = {}
        self._interned: dict[Condition, Condition] = {}
        self._left: dict[tuple[int, int, int], Condition] = {}
        self._kept: list[Phrase] = []
        self._tables: dict[object, object] = {}
        self._one: dict[Vector, Vector] = {}
        self._days: dict[date, Vector] = {}
        self._by_chain: dict[tuple[tuple[str, ...], date], tuple[tuple[int, ...], CompiledLaw]] = {}
        self._in_force: dict[int, tuple[Rule, ...]] = {}
        self._guards: dict[int, tuple[list[tuple[str, Condition]], list[tuple[tuple[int, int, bool], int]]]] = {}
        self._never = self._interned.setdefault(NEVER, NEVER)
        self._by_day: dict[int, bool] = {}                     # whether a condition speaks of the day itself
        self._place_of: dict[int, tuple[int, int] | None] = {}  # where the truth of a phrase stands in a problem's vectors
        self._vectors: dict[Vector, int] = {}
        self._statics: dict[tuple[FactValue, ...], tuple[int, Vector]] = {}
        self._met: dict[tuple[bool, int, int, tuple[int, ...]], Problem] = {}
        conditions = [*(rule.condition for rule in rulebook.rules), *(part for one in rulebook.invariants for part in (one.given, one.then)),
                      *(part for pair in rulebook.pairs for part in (pair.given, pair.first, pair.second, pair.if_first, pair.then_second))]
        atoms = {phrase.atom: phrase for condition in conditions for phrase in phrases(condition)}.values()
        self._day_atoms = tuple(phrase for phrase in atoms if all(fact.code == "as_of" for fact in phrase.facts))
        self._other_atoms = tuple(phrase for phrase in atoms if phrase not in self._day_atoms)
        self._any_day: Vector = tuple([PENDING for _ in self._day_atoms])
        self._places = {phrase.atom: (kind, number) for kind, found in enumerate((self._other_atoms, self._day_atoms)) for number, phrase in enumerate(found)}
        self._read = tuple(dict.fromkeys(fact.code for phrase in self._other_atoms for fact in phrase.facts))
        self._day_changes = {day for phrase in self._day_atoms if not isinstance(phrase.right, Fact)
                             for value in phrase.right if isinstance(value, date) for day in (value, value + _ONE_DAY)}
        if rulebook.complete_from > date.min:
            self._day_changes.add(rulebook.complete_from)
        wanted = None if items is None else frozenset(items)
        for divisions in _kinds(rulebook).values():
            chain = rulebook.chain(divisions[0])
            for code in dict.fromkeys(code for code, _ in rulebook.items if wanted is None or code in wanted):
                item = rulebook.item(code, divisions[0])
                if item is not None:
                    self._walk(item, chain, divisions)

    # -- one item in one kind of division -----------------------------------------------------------------------------

    def _walk(self, item: Item, chain: tuple[str, ...], divisions: tuple[str, ...]) -> None:
        here = frozenset(chain)
        rules = [rule for rule in self.rulebook.rules if not here.isdisjoint(rule.instrument.divisions)]
        lists = [one for one in self.rulebook.lists if one.division in here]
        terms = [rule for rule in rules if rule.kind == TERM]
        common = {day for one in lists for day in (one.start, one.end)} | {day for rule in terms for day in (rule.start, rule.end)}
        units = []
        met: dict[object, int] = {}
        for requirement, group, follows in _asked(item):
            alike = requirement.code, requirement.per_person, group.code if group else "", follows
            met[alike] = met.get(alike, -1) + 1
            days = _own_days(self.rulebook, requirement, here) | common
            units.append((requirement, group, follows, met[alike], sorted(days), self._later(requirement, lists, here), dict[object, _Piece]()))
        every = {day for rule in rules for day in (rule.start, rule.end)} | self._day_changes | {item.start}
        every |= {day for *_, own, _, _ in units for day in own}
        changes = sorted(day for day in {*every, item.end} if item.start <= day < FOREVER)
        joined = _contents(item)
        for start, end in pairwise((*changes, FOREVER)):
            law = self._law(chain, start)
            day_vector = self._of_day(start)
            dated = any(self._by_day[id(condition)] for condition in law[1].conditions.values())
            parents: dict[str, Problem] = {}
            for requirement, group, follows, number, own, later, pieces in units:
                piece = bisect_right(own, start)
                found = pieces.get(piece)
                if found is None:
                    found = pieces[piece] = self._static(requirement, item, Place(self.rulebook, chain, start, start), joined)
                problem = self._problem(law, found, day_vector, self.problems)
                parent = (parents.get(follows) or problem) if follows else None
                parents[requirement.code] = problem
                problem.scenes.append(Scene(item, requirement, group, divisions, chain, start, end, found.static, found.unit, found.table, follows, parent, number))
                waits = [(seen_from, seen_to) for seen_from, seen_to in later if seen_from >= end]
                if dated and end < FOREVER:        # a rule of this law may speak of the day of a later decision
                    waits.insert(0, (end, waits[0][0] if waits else FOREVER))
                for seen_from, seen_to in waits if start < item.end and end < FOREVER else ():
                    if seen_from == seen_to:
                        continue
                    mixed = pieces.get((piece, seen_from))
                    if mixed is None:
                        mixed = pieces[piece, seen_from] = self._static(requirement, item, Place(self.rulebook, chain, start, seen_from), joined)
                    waiting = self._problem(law, mixed, self._any_day, self.pending)
                    waiting.scenes.append(Scene(item, requirement, group, divisions, chain, start, end, mixed.static, mixed.unit, mixed.table, follows, parent, number,
                                                seen_from, seen_to))

    def _later(self, requirement: Requirement, lists: list[PublishedList], here: frozenset[str]) -> list[tuple[date, date]]:
        """From each day on which the facts of a material change (a source is connected, a credential may be shown) to the next."""
        days = {day for one in lists if one.kind == SHOWN_LIST for day in (one.start, one.end)} | _connected(self.rulebook, requirement, here)
        found = sorted(day for day in days if day < FOREVER)
        return list(pairwise((*found, FOREVER)))

    def _of_day(self, day: date) -> Vector:
        """The truths of what is said of the day itself; equal vectors are one object."""
        found = self._days.get(day)
        if found is None:
            vector = tuple([_truth(phrase, {"as_of": day}) for phrase in self._day_atoms])
            found = self._days[day] = self._one.setdefault(vector, vector)
        return found

    def _law(self, chain: tuple[str, ...], day: date) -> tuple[tuple[int, ...], CompiledLaw]:
        known = self._by_chain.get((chain, day))
        if known is None:
            known = self._by_chain[chain, day] = self._compiled(chain, day)
        return known

    def _compiled(self, chain: tuple[str, ...], day: date) -> tuple[tuple[int, ...], CompiledLaw]:
        rules = self.rulebook.rules_for(chain[0], day)
        key = tuple([id(rule) for rule in rules])
        found = self.laws.get(key)
        if found is None:
            found = compile_rules(rules, chain, matched=False)
            shared = {rule_id: self._interned.setdefault(condition, condition) for rule_id, condition in found.conditions.items()}
            found = self.laws[key] = replace(found, conditions=shared)
            self._in_force[id(found)] = rules
            for condition in shared.values():
                self._by_day[id(condition)] = any(place is not None and place[0] == 1 for place in map(self._place, phrases(condition)))
        return key, found

    def in_force(self, problem: Problem) -> tuple[Rule, ...]:
        """Every rule in force at a problem, definitions, blocks and terms included."""
        return self._in_force[id(problem.law)]

    def same(self, condition: Condition) -> Condition:
        """The one object of all equal conditions."""
        return self._interned.setdefault(condition, condition)

    def _not_ruled_out(self, law: CompiledLaw, vectors: tuple[Vector, Vector]) -> Iterator[tuple[str, Condition]]:
        """The rules that no single phrase settled by the catalogue rules out: with many rules, few are left for a material."""
        found = self._guards.get(id(law))
        if found is None:
            masks: dict[tuple[int, int, bool], int] = {}
            for number, condition in enumerate(law.conditions.values()):
                for phrase in condition.parts if isinstance(condition, All) else (condition,):
                    place = self._place(phrase) if isinstance(phrase, Phrase) else None
                    if place is not None and isinstance(phrase, Phrase):
                        key = *place, phrase.comparison.denies
                        masks[key] = masks.get(key, 0) | 1 << number
            found = self._guards[id(law)] = list(law.conditions.items()), list(masks.items())
        rows, guards = found
        dead = 0
        for (kind, position, denies), mask in guards:
            if vectors[kind][position] == (HOLDS if denies else FAILS):
                dead |= mask
        alive = ((1 << len(rows)) - 1) & ~dead
        while alive:
            lowest = alive & -alive
            yield rows[lowest.bit_length() - 1]
            alive ^= lowest

    def _place(self, phrase: Phrase) -> tuple[int, int] | None:
        """Which vector the truth of the phrase's test stands in, and where; None if it is in none (a definition put in since)."""
        if id(phrase) not in self._place_of:
            self._kept.append(phrase)      # its id stays its own
            self._place_of[id(phrase)] = self._places.get(phrase.atom)
        return self._place_of[id(phrase)]

    def _static(self, requirement: Requirement, item: Item, place: Place, joined: frozenset[str]) -> _Piece:
        """What the catalogue says of the material; also what follows of it for every application whatever."""
        static = material_facts(requirement, item, place)
        if requirement.code not in joined:
            static["contained"] = False
        if requirement.material is not None and not requirement.material.sources:
            static |= {"source_state": "none", "source_ground": "none"}
        unit = Unit.of(requirement, place)
        if not unit.credentials:
            static["shown_state"] = "none"
        states = {state for kind, (state, _) in unit.sources.items() if kind is not None}
        if len(states) == 1:
            static["source_state"] = states.pop()
        projection = tuple([static.get(code, _OPEN) for code in self._read])
        found = self._statics.get(projection)
        if found is None:
            vector = tuple([_truth(phrase, static) for phrase in self._other_atoms])
            vector = self._one.setdefault(vector, vector)
            found = self._statics[projection] = self._vectors.setdefault(vector, len(self._vectors)), vector
        table = (tuple([(kind, state, source.code if source else "", source.ground if source else "") for kind, (state, source) in unit.sources.items()]),
                 tuple([(one.code, one.id_types, one.universal) for one in unit.credentials]))
        return _Piece(found[0], found[1], static, unit, self._tables.setdefault(table, table))

    def _problem(self, law: tuple[tuple[int, ...], CompiledLaw], piece: _Piece, day_vector: Vector, pool: list[Problem]) -> Problem:
        day_number = self._vectors.setdefault(day_vector, len(self._vectors))
        met = self._met.get((pool is self.pending, piece.number, day_number, law[0]))
        if met is not None:
            return met
        vectors = piece.vector, day_vector

        def known(phrase: Phrase) -> Truth:
            place = self._place(phrase)
            value = PENDING if place is None else vectors[place[0]][place[1]]
            return value if value == PENDING or not phrase.comparison.denies else HOLDS if value == FAILS else FAILS

        compiled = law[1]
        live = {}
        for rule_id, condition in self._not_ruled_out(compiled, vectors):
            key = (id(condition), piece.number, day_number if self._by_day[id(condition)] else -1)
            rest = self._left.get(key)
            if rest is None:
                rest = simplify(condition, known)
                rest = self._left[key] = self._interned.setdefault(rest, rest)
            if rest is not self._never:
                live[rule_id] = rest
        by_route = sort_rules((compiled.rules[rule_id] for rule_id in live), self.rulebook.ladder)
        residual = without_idle_bars(live, compiled.rules, by_route)
        key_of_all = pool is self.pending, tuple([(rule_id, id(rest)) for rule_id, rest in residual.items()]), piece.number, day_number
        found = self._by_key.get(key_of_all)
        if found is None:
            found = self._by_key[key_of_all] = Problem(compiled.rules, residual, by_route, compiled, known, vectors)
            pool.append(found)
        self._met[pool is self.pending, piece.number, day_number, law[0]] = found
        return found


#: Stands for a fact the catalogue leaves open, in a projection.
_OPEN: Final = "\0"


def _truth(phrase: Phrase, static: Mapping[str, FactValue]) -> Truth:
    """The bare test of a phrase as far as the catalogue settles it."""
    value = known_by(static)(phrase)
    return value if value == PENDING or not phrase.comparison.denies else HOLDS if value == FAILS else FAILS


def _asked(item: Item) -> Iterator[tuple[Requirement, Requirement | None, str]]:
    """Every material of the item, members of alternatives and what establishes an abolished fact included."""
    for requirement in item.requirements:
        members = [(requirement, None)] if requirement.material is not None else []
        for one, group in (*members, *((member, requirement) for listed in requirement.alternatives for member in listed)):
            yield one, group, ""
            for follower in one.establishes:
                yield follower, None, one.code


def _contents(item: Item) -> frozenset[str]:
    """The materials that another material of the item contains."""
    return frozenset(code for one, _, follows in _asked(item) if one.material is not None and not follows for code in one.material.contains)


def _own_days(rulebook: Rulebook, requirement: Requirement, here: frozenset[str]) -> set[date]:
    """The days on which what the catalogue says of a material changes here, besides lists and terms."""
    return {day for basis in requirement.bases for day in (basis.start, basis.end)} | _connected(rulebook, requirement, here)


def _connected(rulebook: Rulebook, requirement: Requirement, here: frozenset[str]) -> set[date]:
    """The days on which a source or a check of a material is connected or cut off here."""
    days: set[date] = set()
    if requirement.material is not None:
        for code in (*requirement.material.sources, *requirement.material.checks):
            for connection in rulebook.sources[code].connections:
                if connection.division in here:
                    days |= {connection.start, connection.end}
    return days


def _kinds(rulebook: Rulebook) -> dict[tuple[str, ...], tuple[str, ...]]:
    """The divisions by what tells them apart: the divisions on their chain of which rules, lists, items or sources speak."""
    spoken = {division for rule in rulebook.rules for division in rule.instrument.divisions}
    spoken |= {one.division for one in rulebook.lists} | {division for _, division in rulebook.items}
    spoken |= {connection.division for source in rulebook.sources.values() for connection in source.connections}
    for item in rulebook.items.values():
        for requirement, _, _ in _asked(item):
            spoken |= {division for basis in requirement.bases for division in basis.instrument.divisions}
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    for division in rulebook.divisions:
        chain = rulebook.chain(division)
        key = tuple(one for one in chain if one in spoken)
        # A division that is spoken of itself stands for its kind.
        found[key] = (division, *found.get(key, ())) if division in spoken else (*found.get(key, ()), division)
    return found
