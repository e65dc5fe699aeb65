"""The serving matcher: which rules hold and which may hold, by durable-rules (Rete).

The only module that touches durable-rules. It never sees user data: only a total, flat fact whose fields are literals
(an atom, or its denial) with 1 for true and 0 for not. A condition's negations are pushed to its literals; each rule is
one pattern. One network answers both questions: fed with the literals that surely hold it gives the rules that hold, fed
with those that are not surely false it gives the rules that may hold. (Kleene's logic is monotone in its literals, so the
two readings are exact.) docs/architecture.md tells why each limit and each call below is as it is.
"""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

import durable_rules_engine as durable

from engine.conditions import All, Any, Condition, Not, truth
from engine.phrases import Phrase
from engine.truth import FAILS, HOLDS, PENDING, Truth
from engine.vocabulary import Fact, FactValue

MAX_RULES: Final = 30      # a set; 512 distinct conditions at one level hang durable-rules
MAX_LITERALS: Final = 60   # a set; more than 64 conditions true at once fail (error 303)
MAX_JOINTS: Final = 12     # `$and`s and `$or`s of a pattern; 15 fail (error 113), however wide or deep they are
MAX_MEMO: Final = 16_384   # vectors remembered by one network before it starts afresh

Lookup = Callable[[Fact], FactValue]
Vector = tuple[Truth, ...]

_names = itertools.count()

#: The one fact, its literals to be put in: names of our own making and ones and zeros, so nothing needs to be escaped.
_MESSAGE: Final = '{"sid":"0","id":"f","__t":1,%s}'


@dataclass(frozen=True, slots=True)
class Part:
    """A sub-condition too large for a pattern: read as one atom by the tree reader."""

    condition: Condition


Leaf = Phrase | Part
Tree = Condition | Part


@dataclass(frozen=True, slots=True)
class Matched:
    """Ids of the rules that hold, and of those that hold or pend."""

    holds: frozenset[str]
    may_hold: frozenset[str]


class _Network:
    """One durable-rules rule set with one session that is asserted into and retracted from under a lock.

    Remembers its answers by the truth of its own atoms: as many rules share few atoms, first sights of an application are
    mostly second sights of a network.
    """

    def __init__(self, patterns: Mapping[str, object], literals: Iterable[str], atoms: Sequence[str], positions: Sequence[int]):
        """`atoms` are the short names of the atoms the patterns use, `positions` where they stand in the matcher's vector."""
        self.rules: Final = frozenset(patterns)
        self.part: Final[Callable[[Vector], Vector]] = _part(positions)
        self._atoms, self._literals = tuple(atoms), tuple(literals)
        definition: dict[str, object] = {"__always": {"all": [{"m": {"__t": 1}}]}}
        self._rules = tuple(patterns)
        for number, pattern in enumerate(patterns.values()):
            parts = [{"__t": 1}] if pattern is None else [{"__t": 1}, pattern]
            definition[f"r{number}"] = {"all": [{"m": {"$and": parts}}]}
        self._handle = durable.create_ruleset(f"mianzheng{next(_names)}", json.dumps(definition))
        self._lock = threading.Lock()
        self._warm = False
        self._memo: dict[Vector, Matched] = {}

    def match(self, vector: Vector) -> Matched:
        """What holds and what may hold for the truth of the network's atoms, in their order."""
        found = self._memo.get(vector)
        if found is None:
            surely = {("p" if value == HOLDS else "n") + atom for atom, value in zip(self._atoms, vector, strict=True) if value != PENDING}
            holds = self._fire(surely)
            open_ = {sign + atom for atom, value in zip(self._atoms, vector, strict=True) if value == PENDING for sign in "pn"}
            found = Matched(holds, self._fire(surely | open_) if open_ else holds)
            if len(self._memo) >= MAX_MEMO:
                self._memo.clear()
            self._memo[vector] = found
        return found

    def _fire(self, true: set[str]) -> frozenset[str]:
        """The rules whose pattern is met when these literals are true and the others are not."""
        message = _MESSAGE % ",".join([f'"{literal}":1' if literal in true else f'"{literal}":0' for literal in self._literals])
        fired: list[str] = []
        with self._lock:
            code, state = durable.assert_fact(self._handle, message)
            if code != 0:
                raise RuntimeError(f"durable-rules refused a fact of {len(self._literals)} literals with code {code}")
            result = durable.start_action_for_state(self._handle, state)
            while result:
                # An answer is one rule with the fact echoed behind it, {"r5":{…}}: only the name is read.
                fired.append((result[1] if isinstance(result, tuple) else result).split('"', 2)[1])
                result = durable.complete_and_start_action(self._handle, state)
            durable.retract_fact(self._handle, message)
            self._warm = True
        return frozenset([self._rules[int(name[1:])] for name in fired if name != "__always"])

    def close(self) -> None:
        with self._lock:
            if self._warm:  # delete_state crashes where no action ever ran; delete_ruleset alone leaks the session
                durable.delete_state(self._handle, "0")
            durable.delete_ruleset(self._handle)


class Matcher:
    """The compiled conditions of one set of rules."""

    def __init__(self, conditions: Mapping[str, Condition]):
        """`conditions` by rule id, definitions already put in. Networks are built on first use."""
        self._conditions = {rule: _fit(condition) for rule, condition in conditions.items()}
        read = {rule: [(key, leaf) for key, leaf, _ in _literals(condition)] for rule, condition in self._conditions.items()}
        found = {key: leaf for literals in read.values() for key, leaf in literals}
        self.atoms: Final = tuple(found)                        # what a vector's places stand for
        self.leaves: Final[tuple[Leaf, ...]] = tuple(found.values())
        places = {key: place for place, key in enumerate(self.atoms)}
        self.places_of: Final = {rule: frozenset([places[key] for key, _ in literals]) for rule, literals in read.items()}
        self._short = {key: f"a{position}" for position, key in enumerate(self.atoms)}
        self._networks: list[_Network] | None = None
        self._building = threading.Lock()

    def match(self, lookup: Lookup) -> Matched:
        """What holds and what may hold when `lookup` gives each fact's value (None = unknown)."""
        return self.match_vector(tuple([leaf_truth(leaf, lookup) for leaf in self.leaves]), self.networks)

    def match_vector(self, vector: Vector, networks: Iterable[_Network]) -> Matched:
        """The same for the truth values of the atoms, in their order, and only for the rules of some networks."""
        found = [network.match(network.part(vector)) for network in networks]
        return Matched(frozenset().union(*(one.holds for one in found)), frozenset().union(*(one.may_hold for one in found)))

    @property
    def networks(self) -> list[_Network]:
        if self._networks is None:
            with self._building:
                if self._networks is None:
                    self._networks = self._build()
        return self._networks

    def networks_of(self, rules: frozenset[str]) -> tuple[_Network, ...]:
        """The networks in which any of the rules stands."""
        return tuple(network for network in self.networks if not network.rules.isdisjoint(rules))

    def _build(self) -> list[_Network]:
        networks = []
        positions = {name: position for position, name in enumerate(self._short.values())}
        for chunk in _cut(self._conditions):
            literals: dict[str, None] = {}
            patterns = {rule: self._pattern(self._conditions[rule], False, literals) for rule in chunk}
            atoms = tuple(dict.fromkeys(literal[1:] for literal in literals))
            kept = {rule: pattern for rule, pattern in patterns.items() if pattern is not False}
            networks.append(_Network(kept, literals, atoms, [positions[atom] for atom in atoms]))
        return networks

    def _pattern(self, condition: Tree, denied: bool, literals: dict[str, None]) -> object:
        """The durable-rules form: a literal, `$and`, `$or`; None always holds, False never."""
        if isinstance(condition, Not):
            return self._pattern(condition.part, not denied, literals)
        if isinstance(condition, (Phrase, Part)):
            key, negative = _key(condition)
            name = ("n" if negative != denied else "p") + self._short[key]
            literals[name] = None
            return {name: 1}
        joined = [self._pattern(part, denied, literals) for part in condition.parts]
        conjunction = isinstance(condition, All) != denied
        absorbing, neutral = (False, None) if conjunction else (None, False)
        if any(part is absorbing for part in joined):
            return absorbing
        kept = [part for part in joined if part is not neutral]
        if not kept:
            return neutral
        return kept[0] if len(kept) == 1 else {"$and" if conjunction else "$or": kept}

    def close(self) -> None:
        """Free the networks. Nothing may be matched afterwards."""
        for network in self._networks or ():
            network.close()
        self._networks = None


def _part(positions: Sequence[int]) -> Callable[[Vector], Vector]:
    if len(positions) == 1:
        only = positions[0]
        return lambda vector: (vector[only],)
    return itemgetter(*positions) if positions else lambda vector: ()


def _key(leaf: Leaf) -> tuple[str, bool]:
    """An atom's name, and whether the leaf denies it."""
    if isinstance(leaf, Part):
        return f"part {leaf.condition!r}", False
    return leaf.atom, leaf.comparison.denies


def leaf_truth(leaf: Leaf, lookup: Lookup) -> Truth:
    if isinstance(leaf, Part):
        return truth(leaf.condition, lookup)
    right = lookup(leaf.right) if isinstance(leaf.right, Fact) else None
    value = leaf.test(lookup(leaf.fact), right)
    return PENDING if value is None else HOLDS if value else FAILS


def _literals(condition: Tree) -> Iterable[tuple[str, Leaf, bool]]:
    if isinstance(condition, (Phrase, Part)):
        key, negative = _key(condition)
        yield key, condition, negative
    elif isinstance(condition, Not):
        yield from _literals(condition.part)
    else:
        for part in condition.parts:
            yield from _literals(part)


def _joints(condition: Tree) -> int:
    """How many `$and`s and `$or`s a pattern needs at most: one for every tree that joins several parts."""
    if isinstance(condition, (Phrase, Part)):
        return 0
    if isinstance(condition, Not):
        return _joints(condition.part)
    return (len(condition.parts) > 1) + sum(_joints(part) for part in condition.parts)


def _fit(condition: Condition) -> Tree:
    """The condition with its largest parts read as single atoms until a pattern can hold it."""
    def too_large(tree: Tree) -> bool:
        return _joints(tree) > MAX_JOINTS or len({key for key, _, _ in _literals(tree)}) * 2 > MAX_LITERALS

    whole = condition
    while too_large(condition):
        if not isinstance(condition, (All, Any)):
            return Part(whole)
        inner = [(len(list(_literals(part))), position) for position, part in enumerate(condition.parts) if isinstance(part, (All, Any, Not))]
        if not inner:
            return Part(whole)
        _, position = max(inner)
        parts: list[Tree] = list(condition.parts)
        parts[position] = Part(condition.parts[position])
        condition = type(condition)(tuple(parts))  # type: ignore[arg-type]
    return condition


def _cut(conditions: Mapping[str, Tree]) -> list[list[str]]:
    """The rules in sets that durable-rules can hold, neighbours together so that they share literals."""
    sets: list[list[str]] = []
    used: set[str] = set()
    for rule, condition in conditions.items():
        atoms = {key for key, _, _ in _literals(condition)}
        if not sets or len(sets[-1]) >= MAX_RULES or len(used | atoms) * 2 > MAX_LITERALS:
            sets.append([])
            used = set()
        sets[-1].append(rule)
        used |= atoms
    return sets
