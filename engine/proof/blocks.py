"""What stops an application as a whole (阻止) under one rulebook and not under another, proved and shown like a change of route.

The blocks of an item hang on the item, the days and what the application says of itself and of its applicant. Where both rulebooks
write them the same nothing is asked. Nothing here prints or reads a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Literal

from engine.application import Application
from engine.compiled import compile_rules
from engine.conditions import NEVER, Condition, simplify
from engine.conditions import facts as facts_of
from engine.decide import Decider
from engine.intake import Case
from engine.law import BLOCK, DEFINITION, FOREVER
from engine.plan import Plan
from engine.problems import Refused
from engine.proof.computed import general
from engine.proof.solver import PATIENCE, Model, UnlikeFacts, World
from engine.proof.terms import Stretch, said, stretches
from engine.proof.witness import Witness, fitted, shrink, vary
from engine.reduced import known_by
from engine.rulebook import Rulebook
from engine.standing import Place, item_facts
from engine.vocabulary import Fact, FactValue

Conditions = tuple[tuple[str, Condition], ...]      # rule id, what is left of it for the item


@dataclass(slots=True, eq=False)
class BlockChange:
    """Applications of an item that are newly stopped (worse) or stopped no longer (better). `end` is exclusive; `sure`: the solver answered."""

    item: str
    turn: Literal["worse", "better"]
    divisions: frozenset[str]
    start: date
    end: date
    sure: bool = True
    witness: Witness | None = None
    old_rules: tuple[str, ...] = ()
    new_rules: tuple[str, ...] = ()


def blocks(old: Rulebook, new: Rulebook, milliseconds: int = PATIENCE) -> list[BlockChange]:
    """Every class of applications that one rulebook stops as a whole and the other does not. Raises UnlikeFacts."""
    return _Blocks(old, new, milliseconds).changes()


class _Watched(Decider):
    """A decider that tells whether anything is still to be learnt before the application is known not to be stopped."""

    hangs = False

    def stops(self, witness: Witness) -> tuple[str, ...] | None:
        """The rules that stop the application; None if it is refused, or hangs on something unknown."""
        for plan in self._plans.values():
            plan.assembled.clear()             # an answer kept there would not ask the blocks again
        try:
            body = self.decide(Application.model_validate(witness.application), witness.as_of)
        except (Refused, ValueError):
            return None
        found = tuple(str(one["rule"]) for one in body["blocks"])
        return None if self.hangs and not found else found

    def _blocks(self, plan: Plan, case: Case) -> Any:
        found = super()._blocks(plan, case)
        self.hangs = bool(found[1] or found[2])
        return found


class _Blocks:
    def __init__(self, old: Rulebook, new: Rulebook, milliseconds: int):
        self.books, self.milliseconds = (old, new), milliseconds
        self.world: World | None = None
        self.deciders: tuple[_Watched, _Watched] | None = None
        self._answers: dict[object, Model | bool | None] = {}
        self._written: dict[tuple[int, tuple[str, ...], date], Conditions] = {}
        self.days = [sorted({day for rule in book.rules if rule.kind in (BLOCK, DEFINITION) for day in (rule.start, rule.end)}
                            | {day for one in book.lists for day in (one.start, one.end)}) for book in self.books]

    def changes(self) -> list[BlockChange]:
        found: dict[tuple[str, str], BlockChange] = {}
        if not any(rule.kind == BLOCK for book in self.books for rule in book.rules):
            return []
        for one in stretches(*self.books):
            for start, end in self._intervals(one):
                sides = self._left(0, one, start), self._left(1, one, start)
                if {said(rest) for _, rest in sides[0]} != {said(rest) for _, rest in sides[1]}:
                    self._compare(found, one, start, end, sides)
        return list(found.values())

    def _compare(self, found: dict[tuple[str, str], BlockChange], one: Stretch, start: date, end: date, sides: tuple[Conditions, Conditions]) -> None:
        turns: tuple[Literal["worse", "better"], ...] = "better", "worse"
        for stopped, turn in enumerate(turns):
            answer = self._answer(sides[stopped], sides[1 - stopped], start, end)
            if answer is False:
                continue
            known = found.get((one.old.code, turn))
            if known is None:
                known = found[one.old.code, turn] = BlockChange(one.old.code, turn, frozenset(one.divisions), start, end, answer is not None)
            known.sure = known.sure or answer is not None
            known.divisions |= frozenset(one.divisions)
            known.start, known.end = min(known.start, start), max(known.end, end)
            if known.witness is None and isinstance(answer, Model):
                self._show(known, one, start, answer, sides)

    def _answer(self, stops: Conditions, passes: Conditions, start: date, end: date) -> Model | bool | None:
        """Whether one rulebook can stop what the other lets pass, there and then."""
        days = any("as_of" in facts_of(rest) or "accepted_on" in facts_of(rest) for _, rest in (*stops, *passes))
        key = tuple(said(rest) for _, rest in stops), tuple(said(rest) for _, rest in passes), (start, end) if days else None
        if key not in self._answers:
            self._answers[key] = self._world.solve(self._question(stops, passes, start, end), self.milliseconds)
        return self._answers[key]

    @property
    def _world(self) -> World:
        if self.world is None:
            self.world = World(book.vocabulary.facts for book in self.books)
        return self.world

    def _intervals(self, one: Stretch) -> Iterator[tuple[date, date]]:
        if one.start >= one.end:
            return
        days = {one.start, one.end} | {day for side in self.days for day in side if one.start < day < one.end}
        yield from pairwise(sorted(days))

    def _left(self, side: int, one: Stretch, day: date) -> Conditions:
        """The blocks that may hold of the item there on that day, with what the catalogue says put in."""
        book, chain = self.books[side], one.chains[side]
        written = self._written.get((side, chain, day))
        if written is None:
            rules = [rule for rule in book.rules_for(chain[0], day) if rule.kind in (BLOCK, DEFINITION)]
            written = self._written[side, chain, day] = tuple((rule.id, condition) for rule, condition in compile_rules(rules, chain).blocks)
        known = known_by(item_facts(one.new if side else one.old, Place(book, chain, day, day))) if written else None
        left = ((rule_id, simplify(condition, known)) for rule_id, condition in written if known is not None)
        return tuple((rule_id, rest) for rule_id, rest in left if rest != NEVER)

    def _question(self, stops: Conditions, passes: Conditions, start: date, end: date) -> Any:
        world = self._world
        kept = [formula for book in self.books for formula in general(world, book)]
        words = self.books[1].vocabulary.by_word
        if "as_of" in words:
            last = end - timedelta(days=1) if end < FOREVER else FOREVER
            kept.append(world.within(words["as_of"], start, last))
        return world.every((*kept, world.some(world.formula(rest) for _, rest in stops), *(world.deny(world.formula(rest)) for _, rest in passes)))

    # -- the application that shows it ----------------------------------------------------------------------------------

    def _show(self, change: BlockChange, one: Stretch, start: date, model: Model, sides: Iterable[Conditions]) -> None:
        read: dict[str, Fact] = {}
        for condition in (rest for side in sides for _, rest in side):
            read |= facts_of(condition)
        words = self.books[1].vocabulary.by_word
        day = model.value(words["as_of"]) if "as_of" in words and "as_of" in read else None
        as_of = day if isinstance(day, date) else start
        accepted = model.value(words["accepted_on"]) if "accepted_on" in read and "accepted_on" in words else None
        if "person_age" in read and "birth_date" in words:
            read["birth_date"] = words["birth_date"]
        first = Witness({"item": one.old.code, "deciding_division": one.divisions[0], "applicant": {},
                         "accepted_on": (accepted if isinstance(accepted, date) else as_of).isoformat()}, as_of, "")
        for fact in read.values():
            value = model.value(fact)
            if value is not None and fact.code not in ("as_of", "accepted_on"):
                first = _stated(first, fact, value)
        wanted = change.turn == "better", change.turn == "worse"

        def holds(witness: Witness) -> bool:
            seen = self._stopped(witness)
            return seen is not None and (bool(seen[0]), bool(seen[1])) == wanted

        if holds(first):
            change.witness = shrink(first, holds)
            seen = self._stopped(change.witness)
            assert seen is not None, "it was just decided"
            change.old_rules, change.new_rules = seen

    def _stopped(self, witness: Witness) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """The rules that stop the application, old and new; None if either rulebook refuses it or does not know."""
        if self.deciders is None:
            self.deciders = _Watched(self.books[0]), _Watched(self.books[1])
        old, new = (decider.stops(fitted(witness, book)) for decider, book in zip(self.deciders, self.books, strict=True))
        return None if old is None or new is None else (old, new)


def _stated(witness: Witness, fact: Fact, value: FactValue) -> Witness:
    """The application with one more fact, put where a caller puts it."""
    applicant = dict(witness.application.get("applicant", {}))
    if fact.code == "applicant_kind":
        applicant["kind"] = value
    elif fact.code == "person_id_type":
        applicant["id_type"] = value
    elif fact.code == "birth_date":
        applicant["birth_date"] = value.isoformat() if isinstance(value, date) else value
    elif fact.code == "person_age":
        return witness                     # follows from the date of birth
    elif fact.code == "agent_kind":
        if value == "in_person":
            return witness
        return replace(witness, application={**witness.application, "agent": {"kind": value}})
    elif fact.code == "credit_repaired_on":
        return witness                     # without a day of repair it was not repaired
    else:
        return vary(witness, fact, value)
    return replace(witness, application={**witness.application, "applicant": applicant})


__all__ = ["BlockChange", "UnlikeFacts", "blocks"]
