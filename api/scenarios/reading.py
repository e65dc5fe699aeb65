"""The law of one place and day read plainly, phrase by phrase, so that one phrase can be turned around and everything else left alone.

`Reading` is the law; `Standing` is what it comes to on one fact sheet: the truth of every phrase and rule, and where the material stands. What is
compared is where `combine` puts the material (route, mode, what pends, what is offered), before completions of the unknown are looked at.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from engine import combine
from engine import truth as kleene
from engine.conditions import ALWAYS, All, Condition, Not, phrase_truth, phrases
from engine.law import BAR, BLOCK, DEFINITION, GRANT, TERM, Rule
from engine.phrases import Phrase
from engine.rulebook import Rulebook
from engine.standing import Place, term_value
from engine.truth import FAILS, HOLDS, PENDING, Truth
from engine.vocabulary import DEFINED, FactValue

Sheet = Mapping[str, FactValue]
Outcome = tuple[object, ...]


class Reading:
    """The rules in force at one place on one day, by kind."""

    def __init__(self, rulebook: Rulebook, chain: tuple[str, ...], day: date):
        self.rulebook, self.chain, self.day = rulebook, chain, day
        self.rules: Final = rulebook.rules_for(chain[0], day)
        self.phrases: Final = {rule.id: tuple(phrases(rule.condition)) for rule in self.rules}
        self.definitions: dict[str, list[Rule]] = {}
        for rule in self.rules:
            if rule.kind == DEFINITION and rule.defines is not None:
                self.definitions.setdefault(rule.defines.code, []).append(rule)
        self.of_materials: Final = tuple(rule for rule in self.rules if rule.kind in (GRANT, BAR))
        self.blocks: Final = tuple(rule for rule in self.rules if rule.kind == BLOCK)
        self.terms: Final = tuple(rule for rule in self.rules if rule.kind == TERM)
        self.on_route: dict[str, tuple[list[Rule], list[Rule]]] = {}
        for rule in self.of_materials:
            self.on_route.setdefault(rule.route, ([], []))[rule.kind == BAR].append(rule)
        self._concepts = {rule.id: self._concepts_of(rule) for rule in self.rules}

    def _concepts_of(self, rule: Rule) -> frozenset[str]:
        """The concepts a rule reads, directly or through another."""
        found: set[str] = set()
        todo = list(self.phrases[rule.id])
        while todo:
            code = todo.pop().fact.code
            if code in self.definitions and code not in found:
                found.add(code)
                todo += [phrase for one in self.definitions[code] for phrase in self.phrases[one.id]]
        return frozenset(found)

    def users(self, concept: str) -> list[Rule]:
        """The rules that read a concept, directly or through another."""
        return [rule for rule in self.rules if concept in self._concepts[rule.id]]


class Readings:
    """Readings made once for every interval between changes of the law."""

    def __init__(self, book: Callable[[str, str], Rulebook]):
        self._book = book
        self._known: dict[object, Reading] = {}

    def at(self, book: tuple[str, str], chain: tuple[str, ...], day: date) -> Reading:
        rulebook = self._book(*book)
        key = (book, chain, bisect_right(rulebook.changes, day))
        if key not in self._known:
            self._known[key] = Reading(rulebook, chain, day)
        return self._known[key]


class Standing:
    """What the law comes to on one sheet. `choices`: the applicant's answers to the electives (None: not answered)."""

    def __init__(self, reading: Reading, sheet: Sheet, choices: Mapping[str, bool | None]):
        self.reading, self.sheet, self.choices = reading, sheet, choices
        self._concepts: dict[str, Truth] = {}
        self.of_phrases: dict[str, tuple[Truth, ...]] = {}
        self.truth: dict[str, Truth] = {}
        for rule in reading.rules:
            self._read(rule)
        self._open = {route.code: self._modes(route.code, self.truth) for route in reading.rulebook.ladder}
        self.outcome: Final = self._outcome(self._open)

    def _read(self, rule: Rule) -> Truth:
        if rule.id not in self.truth:
            values = tuple(self._phrase(phrase) for phrase in self.reading.phrases[rule.id])
            self.of_phrases[rule.id] = values
            self.truth[rule.id] = fold(rule.condition, iter(values))
        return self.truth[rule.id]

    def _phrase(self, phrase: Phrase) -> Truth:
        if phrase.fact.supplier != DEFINED:
            return phrase_truth(phrase, lambda fact: self.sheet.get(fact.code))
        code = phrase.fact.code
        if code not in self._concepts:
            self._concepts[code] = kleene.some([self._read(rule) for rule in self.reading.definitions.get(code, ())])
        value = self._concepts[code]
        return kleene.negate(value) if phrase.comparison.denies else value

    def turned(self, rule: Rule, number: int) -> bool:
        """Whether the outcome changes when the rule's phrase of that number alone has the opposite truth. A pending phrase has none."""
        values = self.of_phrases[rule.id]
        if values[number] == PENDING:
            return False
        other = fold(rule.condition, iter((*values[:number], kleene.negate(values[number]), *values[number + 1:])))
        if other == self.truth[rule.id]:
            return False
        return self._differs(self._followed(rule, other))

    def _followed(self, rule: Rule, other: Truth) -> dict[str, Truth]:
        """The truth of every rule that has another one when this rule has."""
        changed = {rule.id: other}
        if rule.kind == DEFINITION:
            assert rule.defines is not None
            changed |= self._through(rule.defines.code, changed)
        return changed

    def _through(self, concept: str, changed: Mapping[str, Truth]) -> dict[str, Truth]:
        """The truth of every rule that reads a concept once some definitions have another truth."""
        concepts: dict[str, Truth] = {}
        found = dict(changed)

        def meaning(code: str) -> Truth:
            if code not in concepts:
                concepts[code] = kleene.some([read(one) for one in self.reading.definitions.get(code, ())])
            return concepts[code]

        def read(rule: Rule) -> Truth:
            if rule.id not in found:
                values = []
                for phrase, old in zip(self.reading.phrases[rule.id], self.of_phrases[rule.id], strict=True):
                    value = old if phrase.fact.supplier != DEFINED else meaning(phrase.fact.code)
                    values.append(kleene.negate(value) if phrase.fact.supplier == DEFINED and phrase.comparison.denies else value)
                found[rule.id] = fold(rule.condition, iter(values))
            return found[rule.id]

        for user in self.reading.users(concept):
            read(user)
        return found

    def _differs(self, changed: Mapping[str, Truth]) -> bool:
        """Whether other truths of some rules make another outcome, another block or another value of a term."""
        known = {rule.id: rule for rule in self.reading.rules}
        moved = {id: value for id, value in changed.items() if value != self.truth[id]}
        if any(known[id].kind == BLOCK for id in moved):
            return True
        if any(known[id].kind == TERM and self._term(known[id], self.truth) != self._term(known[id], {**self.truth, **moved}) for id in moved):
            return True
        routes = {known[id].route for id in moved if known[id].kind in (GRANT, BAR)}
        if not routes:
            return False
        truth = {**self.truth, **moved}
        return self._outcome({**self._open, **{route: self._modes(route, truth) for route in routes if route in self._open}}) != self.outcome

    def _modes(self, route: str, truth: Mapping[str, Truth]) -> dict[str, Truth]:
        """Openness of each mode of a route that some grant opens."""
        grants, bars = self.reading.on_route.get(route, ((), ()))
        return {mode: combine.openness((truth[one.id] for one in grants if one.mode == mode), (truth[one.id] for one in bars if one.mode in ("", mode)))
                for mode in dict.fromkeys(one.mode for one in grants)}

    def _outcome(self, modes: Mapping[str, Mapping[str, Truth]]) -> Outcome:
        ladder = self.reading.rulebook.ladder
        standing = combine.stand(((one.code, one.elective) for one in ladder), {code: kleene.some(found.values()) for code, found in modes.items()}, self.choices)
        order = {one.code: ["", *(mode.code for mode in one.modes)] for one in ladder}
        taken = [mode for mode, state in modes.get(standing.route, {}).items() if state == HOLDS]
        mode = min(taken, key=order[standing.route].index, default="") if standing.route else ""
        offers = tuple((code, tuple(sorted((mode, state) for mode, state in modes[code].items() if state != FAILS)))
                       for code in (*standing.offered, *standing.offered_if))
        return standing.route, mode, standing.pending, offers

    def _term(self, rule: Rule, truth: Mapping[str, Truth]) -> object:
        """The value the rule's term has when rules have these truths, and where it is from."""
        assert rule.term is not None
        holding = tuple(replace(one, condition=ALWAYS) for one in self.reading.terms if one.term is rule.term and truth[one.id] == HOLDS)
        place = Place(replace(self.reading.rulebook, rules=holding), self.reading.chain, self.reading.day, self.reading.day)
        found = term_value(rule.term.code, place, {})
        return found and (found[0], found[1].id)


def fold(condition: Condition, values: Iterator[Truth]) -> Truth:
    """A condition's truth from those of its phrases, given in reading order."""
    if isinstance(condition, Phrase):
        return next(values)
    if isinstance(condition, Not):
        return kleene.negate(fold(condition.part, values))
    found = [fold(part, values) for part in condition.parts]
    return kleene.every(found) if isinstance(condition, All) else kleene.some(found)
