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
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import durable_rules_engine as durable

from engine.conditions import All, Any, Condition, Not, truth
from engine.phrases import Phrase
from engine.truth import FAILS, HOLDS, Truth
from engine.vocabulary import Fact, FactValue

MAX_RULES: Final = 30      # a set; 512 distinct conditions at one level hang durable-rules
MAX_LITERALS: Final = 60   # a set; more than 64 conditions true at once fail (error 303)
MAX_ORS: Final = 12        # a pattern; 15 fail (error 113)
MAX_DEPTH: Final = 8       # of a pattern; nesting 20 deep fails (error 113)
MAX_MEMO: Final = 65_536   # vectors remembered by one matcher before it starts afresh

Lookup = Callable[[Fact], FactValue]

_names = itertools.count()


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
    """One durable-rules rule set with one session that is asserted into and retracted from under a lock."""

    def __init__(self, patterns: Mapping[str, object], literals: Iterable[str]):
        self.literals: Final = tuple(literals)
        definition: dict[str, object] = {"__always": {"all": [{"m": {"__t": 1}}]}}
        for rule, pattern in patterns.items():
            parts = [{"__t": 1}] if pattern is None else [{"__t": 1}, pattern]
            definition[rule] = {"all": [{"m": {"$and": parts}}]}
        self._handle = durable.create_ruleset(f"mianzheng{next(_names)}", json.dumps(definition))
        self._lock = threading.Lock()
        self._warm = False

    def match(self, true: frozenset[str]) -> frozenset[str]:
        fields = {literal: int(literal in true) for literal in self.literals}
        message = json.dumps({"sid": "0", "id": "f", "__t": 1, **fields})
        with self._lock:
            code, state = durable.assert_fact(self._handle, message)
            if code != 0:
                raise RuntimeError(f"durable-rules refused a fact of {len(fields)} literals with code {code}")
            fired: set[str] = set()
            result = durable.start_action_for_state(self._handle, state)
            while result:
                fired.update(json.loads(result[1] if isinstance(result, tuple) else result))
                result = durable.complete_and_start_action(self._handle, state)
            durable.retract_fact(self._handle, message)
            self._warm = True
        fired.discard("__always")
        return frozenset(fired)

    def close(self) -> None:
        with self._lock:
            if self._warm:  # delete_state crashes where no action ever ran; delete_ruleset alone leaks the session
                durable.delete_state(self._handle, "0")
            durable.delete_ruleset(self._handle)


class Matcher:
    """The compiled conditions of one set of rules, with a bounded memory of answers by truth vector."""

    def __init__(self, conditions: Mapping[str, Condition]):
        """`conditions` by rule id, definitions already put in. Networks are built on first use."""
        self._conditions = {rule: _fit(condition) for rule, condition in conditions.items()}
        atoms = dict.fromkeys(key for condition in self._conditions.values() for key, _, _ in _literals(condition))
        self._atoms = tuple(atoms)
        leaves = {key: leaf for condition in self._conditions.values() for key, leaf, _ in _literals(condition)}
        self._leaves = tuple(leaves[key] for key in self._atoms)
        self._short = {key: f"a{position}" for position, key in enumerate(self._atoms)}
        self._networks: list[_Network] | None = None
        self._memo: dict[tuple[Truth, ...], Matched] = {}
        self._building = threading.Lock()

    def match(self, lookup: Lookup) -> Matched:
        """What holds and what may hold when `lookup` gives each fact's value (None = unknown)."""
        return self.match_vector(tuple(_leaf_truth(leaf, lookup) for leaf in self._leaves))

    def match_vector(self, vector: tuple[Truth, ...]) -> Matched:
        """The same for the truth values of `atoms`, in their order."""
        found = self._memo.get(vector)
        if found is None:
            found = self._run(vector)
            if len(self._memo) >= MAX_MEMO:
                self._memo.clear()
            self._memo[vector] = found
        return found

    @property
    def atoms(self) -> tuple[str, ...]:
        return self._atoms

    def _run(self, vector: tuple[Truth, ...]) -> Matched:
        if self._networks is None:
            with self._building:
                if self._networks is None:
                    self._networks = self._build()
        surely, possibly = set(), set()
        for atom, value in zip(self._atoms, vector, strict=True):
            name = self._short[atom]
            if value != FAILS:
                possibly.add(f"p{name}")
            if value != HOLDS:
                possibly.add(f"n{name}")
            if value == HOLDS:
                surely.add(f"p{name}")
            elif value == FAILS:
                surely.add(f"n{name}")
        holds = frozenset().union(*(network.match(frozenset(surely)) for network in self._networks))
        if surely == possibly:
            return Matched(holds, holds)
        return Matched(holds, frozenset().union(*(network.match(frozenset(possibly)) for network in self._networks)))

    def _build(self) -> list[_Network]:
        networks = []
        for chunk in _cut(self._conditions):
            literals: dict[str, None] = {}
            patterns = {}
            for rule in chunk:
                patterns[rule] = self._pattern(self._conditions[rule], False, literals)
            kept = {rule: pattern for rule, pattern in patterns.items() if pattern is not False}
            networks.append(_Network(kept, literals))
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


def _key(leaf: Leaf) -> tuple[str, bool]:
    """An atom's name, and whether the leaf denies it."""
    if isinstance(leaf, Part):
        return f"part {leaf.condition!r}", False
    return leaf.atom, leaf.comparison.denies


def _leaf_truth(leaf: Leaf, lookup: Lookup) -> Truth:
    if isinstance(leaf, Part):
        return truth(leaf.condition, lookup)
    right = lookup(leaf.right) if isinstance(leaf.right, Fact) else None
    value = leaf.test(lookup(leaf.fact), right)
    return "u" if value is None else HOLDS if value else FAILS


def _literals(condition: Tree) -> Iterable[tuple[str, Leaf, bool]]:
    if isinstance(condition, (Phrase, Part)):
        key, negative = _key(condition)
        yield key, condition, negative
    elif isinstance(condition, Not):
        yield from _literals(condition.part)
    else:
        for part in condition.parts:
            yield from _literals(part)


def _ors(condition: Tree, denied: bool = False) -> int:
    """How many alternatives a pattern has: each `$or` counts its parts less one."""
    if isinstance(condition, (Phrase, Part)):
        return 0
    if isinstance(condition, Not):
        return _ors(condition.part, not denied)
    inner = sum(_ors(part, denied) for part in condition.parts)
    return inner + (max(len(condition.parts) - 1, 0) if isinstance(condition, Any) != denied else 0)


def _depth(condition: Tree) -> int:
    if isinstance(condition, (Phrase, Part)):
        return 0
    if isinstance(condition, Not):
        return _depth(condition.part)
    return 1 + max((_depth(part) for part in condition.parts), default=0)


def _fit(condition: Condition) -> Tree:
    """The condition with its largest parts read as single atoms until a pattern can hold it."""
    def too_large(tree: Tree) -> bool:
        return _ors(tree) > MAX_ORS or _depth(tree) > MAX_DEPTH or len({key for key, _, _ in _literals(tree)}) * 2 > MAX_LITERALS

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
