"""Watching scenarios: what was looked at while each of them ran.

A decider that notes the fact sheet of every material it judges, over a rulebook that notes on which days its law was read. Both decide
exactly as the ordinary ones do. Nothing here says what the sheets mean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, cast

from api.scenarios.library import Example, Library
from engine.decide import Decider
from engine.intake import Case
from engine.judge import Verdict
from engine.outcome import Judged
from engine.people import Party
from engine.plan import Plan, UnitPlan
from engine.rulebook import Rulebook
from engine.vocabulary import FactValue

Sheet = Mapping[str, FactValue]


@dataclass(frozen=True, slots=True)
class Sighting:
    """One fact sheet a scenario has shown to the rules. `material` empty: the application as a whole, which only blocks read."""

    scenario: int                    # its number in the library
    book: tuple[str, str]            # the rulebook it ran over, as the scenario named it
    chain: tuple[str, ...]           # deciding division and its ancestors, nearest first
    day: date                        # of which the law was read
    material: str
    sheet: Sheet
    choices: tuple[bool | None, bool | None]     # commitment, deferral


@dataclass(slots=True)
class Traced:
    """What one scenario came to on the rules as they are. `failure` is empty where it holds; `days`: (division, day) on which law was read."""

    failure: str
    sightings: list[Sighting] = field(default_factory=list)
    days: set[tuple[tuple[str, str], str, date]] = field(default_factory=set)


class _Unit(UnitPlan):
    """A material's plan that keeps the sheets it was asked with."""

    shown: list[tuple[Sheet, tuple[bool | None, bool | None]]]

    def verdict(self, case: Case, party: Party, key: str, stages: Mapping[str, FactValue], days: tuple[bool | None, ...]) -> Verdict:
        sheet = self._sheet(case, party, key, stages)
        if sheet.get("earlier_output") != "failed" or sheet.get("material_needed") is False:     # a failed step suspends, whatever the law says
            choice = case.choices.get(key)
            answers = {"yes": True, "no": False, None: None}
            chosen = (answers[choice.commitment], answers[choice.deferral]) if choice is not None else (None, None)
            self.__dict__.setdefault("shown", []).append((sheet, chosen))
        return super().verdict(case, party, key, stages, days)


class _Law(Rulebook):
    """A rulebook that notes on which days its rules were read. Notes are kept aside: the book itself stays as it is."""

    asked: set[tuple[str, date]]

    @staticmethod
    def of(book: Rulebook, version: str) -> _Law:
        made = _Law(**{one.name: getattr(book, one.name) for one in fields(book) if one.init} | {"version": version})
        object.__setattr__(made, "asked", set())
        return made

    def rules_for(self, division: str, day: date) -> Any:
        self.asked.add((division, day))
        return Rulebook.rules_for(self, division, day)


class Watcher(Decider):
    """A decider that notes every sheet it decides on."""

    unit = _Unit

    def __init__(self, rulebook: Rulebook, note: Callable[[tuple[str, ...], date, str, Sheet, tuple[bool | None, bool | None]], None]):
        super().__init__(rulebook)
        self._note = note

    def _pass(self, case: Case, law_day: date) -> tuple[Plan, list[Judged]]:
        found = super()._pass(case, law_day)
        plan = found[0]
        self._note(case.chain, law_day, "", {**case.applicant.facts, **case.facts, **plan.facts}, (None, None))
        for unit in (one for top in plan.units for one in (top, *top.establishes)):
            for sheet, chosen in cast(_Unit, unit).__dict__.pop("shown", ()):
                self._note(case.chain, law_day, unit.requirement.code, sheet, chosen)
        return found


def traced(library: Library, number: int) -> Traced:
    """Run one scenario of the library over the rules as they are and note what it looks at."""
    example: Example = library.examples[number]
    found = Traced("")
    seen: set[object] = set()
    laws: dict[tuple[str, str], _Law] = {}
    watchers: dict[tuple[str, str], Watcher] = {}

    def deciders(base: str = "", extra: str = "") -> Decider:
        book = (base, extra)
        if book not in watchers:
            def note(chain: tuple[str, ...], day: date, material: str, sheet: Sheet, chosen: tuple[bool | None, bool | None]) -> None:
                key = (book, chain, day, material == "", tuple(sheet.items()), chosen)
                if key not in seen:
                    seen.add(key)
                    found.sightings.append(Sighting(number, book, chain, day, material, sheet, chosen))

            original = library.book(base, extra)
            laws[book] = _Law.of(original, f"{original.version}-watched")
            watchers[book] = Watcher(laws[book], note)
        return watchers[book]

    found.failure = library.run(example, deciders)
    for book, law in laws.items():
        found.days |= {(book, division, day) for division, day in law.asked}
    for watcher in watchers.values():
        watcher.close()
    return found
