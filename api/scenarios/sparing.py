"""Deciding under a rulebook with one rule changed, at the cost of what the change reaches.

A material the changed rule cannot reach, before or after, keeps the plan made for the unchanged rulebook, with what that remembers.
Only how a closed route is explained may then name the rule as it was. Chooses no mutant and runs no scenario.
"""

from __future__ import annotations

import copy
from datetime import date
from typing import cast

from api.scenarios.mutants import Mutant
from engine.catalogue import Item, Requirement
from engine.compiled import CompiledLaw, compile_law
from engine.conditions import NEVER, Condition, facts, simplify
from engine.decide import Decider
from engine.intake import Case
from engine.law import DEFINITION, TERM
from engine.plan import Plan, UnitPlan
from engine.reduced import known_by
from engine.rulebook import Rulebook
from engine.standing import Place
from engine.vocabulary import DEFINED


class Changed(Decider):
    """Decides under `rulebook`, which is that of `base` but for one rule."""

    def __init__(self, base: Decider, rulebook: Rulebook, mutant: Mutant):
        super().__init__(rulebook)
        self._base, self._id = base, mutant.rule.id
        rules = base.rulebook.rules
        # Terms are read beside the law, wherever a material's plan says its day: what touches them is made anew.
        self._all_anew = mutant.rule.kind == TERM or (mutant.rule.kind == DEFINITION and any(
            fact.supplier == DEFINED for rule in rules if rule.kind == TERM for fact in facts(rule.condition).values()))

    def plan(self, case: Case, law_day: date) -> Plan:
        """The plan for the case's item and place under the law of a day, with the unchanged one's materials where nothing reaches them."""
        if self._all_anew:
            return super().plan(case, law_day)
        key = (case.item.code, case.chain[0], self._slot(law_day), self._slot(case.as_of))
        found = self._plans.get(key)
        if found is None:
            place = Place(self.rulebook, case.chain, law_day, case.as_of)
            before = self._base.plan(case, law_day)
            law = self._law_there(place, before.law)
            kept = {(id(one.requirement), id(one.group)): one for one in before.units} if before.item is case.item else {}
            unlike = _unlike(before.law, law)

            def made(requirement: Requirement, item: Item, law: CompiledLaw, place: Place, group: Requirement | None = None) -> UnitPlan:
                unit = kept.get((id(requirement), id(group)))
                if unit is None or any(_reached(one, unlike) for one in (unit, *unit.establishes)):
                    return self.unit(requirement, item, law, place, group)
                unit = copy.copy(unit)      # its place among the item's materials is its own, its memory is shared
                unit.establishes = tuple(copy.copy(one) for one in unit.establishes)
                return unit

            found = self._plans[key] = Plan(case.item, law, place, cast(type[UnitPlan], made))
        return found

    def _law_there(self, place: Place, before: CompiledLaw) -> CompiledLaw:
        """The law of a place and day: the unchanged one where the rule is in force neither before nor after."""
        old = any(rule.id == self._id for rule in self._base.rulebook.rules_for(place.chain[0], place.law_day))
        new = any(rule.id == self._id for rule in place.rules)
        if not old and not new:
            return before
        key = (place.chain, self._slot(place.law_day))
        found = self._laws.get(key)
        if found is None:
            found = self._laws[key] = compile_law(place)
        return found


def _unlike(old: CompiledLaw, new: CompiledLaw) -> tuple[Condition, ...]:
    """The conditions, before and after, of every grant and bar that is not what it was."""
    if old is new:
        return ()
    ids = [one for one in {**old.rules, **new.rules}
           if old.rules.get(one) is not new.rules.get(one) or old.conditions[one] != new.conditions[one]]
    return tuple(law.conditions[one] for one in ids for law in (old, new) if one in law.conditions)


def _reached(unit: UnitPlan, unlike: tuple[Condition, ...]) -> bool:
    """Whether the catalogue leaves one of the conditions a chance to hold of a material."""
    known = known_by(unit.static)
    return any(simplify(one, known) != NEVER for one in unlike)
