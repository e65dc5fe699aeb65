"""Which scenarios a mutant can make a difference to, the likely killers first.

A scenario touches a mutant where, on a sheet it has shown to the rules, the changed rule says something else than the rule does (what is
still unknown counts too), or where it names the rule. Runs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from api.scenarios.library import Example
from api.scenarios.mutants import Mutant
from api.scenarios.reading import Readings
from api.scenarios.tracing import Traced
from engine.conditions import NEVER, Any, Condition, facts, phrase_truth, replace_facts, simplify
from engine.law import BLOCK, DEFINITION, TERM, Rule
from engine.rulebook import Rulebook
from engine.vocabulary import DEFINED, Fact

_EFFECTS: Final = ("removed", "route", "mode", "term")


class Touching:
    """What all traced scenarios have shown, sorted so that the ones a mutant touches are found at once."""

    def __init__(self, examples: Sequence[Example], traces: Sequence[Traced], readings: Readings):
        self._examples, self._readings = examples, readings
        self._sightings = [one for trace in traces for one in trace.sightings]
        self._elsewhere: dict[tuple[str, date], set[int]] = {}         # days on which law was read outside any decision
        for number, trace in enumerate(traces):
            here = {(one.chain[0], one.day) for one in trace.sightings}
            for _, division, day in trace.days:
                if (division, day) not in here:
                    self._elsewhere.setdefault((division, day), set()).add(number)
        self._slow = frozenset(number for number, one in enumerate(examples) if "/life/" in f"/{one.file}")

    def of_rule(self, rule: Rule, mutants: Sequence[Mutant], rulebook: Rulebook) -> dict[str, list[int]]:
        """For each mutant of the rule, by key, the numbers of the scenarios to run, in the order in which to run them."""
        expand = Expansion(rulebook)
        read = tuple(facts(expand.everything(rule.condition)))
        shown: dict[tuple[object, ...], list[int]] = {}      # sheets that are the same to the rule
        for position, one in enumerate(self._sightings):
            if (rule.kind == BLOCK) == (not one.material) and not frozenset(one.chain).isdisjoint(rule.instrument.divisions):
                shown.setdefault((one.book, one.chain, one.day, tuple([one.sheet.get(code) for code in read])), []).append(position)
        named = {number for number, one in enumerate(self._examples) if rule.id in one.tags or any(rule.id in text for text in one.said)}
        found = {}
        for mutant in mutants:
            touched = self._by_day(mutant, rulebook)
            for same in shown.values():
                touched |= self._touched(mutant, same, expand, touched)
            found[mutant.key] = sorted(touched | named, key=lambda number: self._order(rule, number, number in touched, number in named))
        return found

    def _touched(self, mutant: Mutant, same: Sequence[int], expand: Expansion, known: set[int]) -> set[int]:
        """The scenarios the mutant touches among sheets that are the same to its rule."""
        first = self._sightings[same[0]]
        scenarios = {self._sightings[position].scenario for position in same} - known
        if not scenarios:
            return scenarios
        meanings = self._readings.at(first.book, first.chain, first.day).definitions

        def rest(rule: Rule | None) -> Condition:
            if rule is None or not rule.in_force(first.day):
                return NEVER
            return simplify(expand.here(rule.condition, meanings), lambda phrase: phrase_truth(phrase, lambda fact: first.sheet.get(fact.code)))

        before = rest(mutant.rule)
        differs = before != (NEVER if mutant.kind in _EFFECTS else rest(mutant.changed))
        return scenarios if differs else set()

    def _by_day(self, mutant: Mutant, rulebook: Rulebook) -> set[int]:
        """Scenarios in which something reads the law by itself on a day on which the rule begins or ends otherwise."""
        old, new = mutant.rule, mutant.changed
        found: set[int] = set()
        for (division, day), numbers in self._elsewhere.items():
            if division not in rulebook.divisions or frozenset(rulebook.chain(division)).isdisjoint(old.instrument.divisions):
                continue
            there = old.in_force(day)
            if there != (new is not None and new.in_force(day)) or (there and old.kind == TERM):
                found |= numbers
        return found

    def _order(self, rule: Rule, number: int, touched: bool, named: bool) -> tuple[int, bool, int]:
        """How likely a scenario is to notice, and how quick it is."""
        own = rule.file.removesuffix(".yaml")
        likely = 0 if touched and named else 3 if number in self._slow else 2 if named else 1
        return likely, not own or own not in self._examples[number].file, number


class Expansion:
    """Conditions with definitions put in."""

    def __init__(self, rulebook: Rulebook):
        self._all: dict[str, list[Rule]] = {}
        for rule in rulebook.rules:
            if rule.kind == DEFINITION and rule.defines is not None:
                self._all.setdefault(rule.defines.code, []).append(rule)

    def everything(self, condition: Condition) -> Condition:
        """With every definition there ever was."""
        return self.here(condition, self._all)

    @staticmethod
    def here(condition: Condition, meanings: Mapping[str, Sequence[Rule]]) -> Condition:
        def meaning(fact: Fact) -> Condition | None:
            if fact.supplier != DEFINED:
                return None
            return Any(tuple(rule.condition for rule in meanings.get(fact.code, ())))

        return replace_facts(condition, meaning)
