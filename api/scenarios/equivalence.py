"""Whether a mutant means anything: asks the prover for an application that the changed rulebook decides otherwise.

Where the catalogue alone says that the change can never matter, nothing is asked. Of blocks and terms the prover says nothing, and neither
does this. Runs no scenario.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final

from api.scenarios.mutants import Mutant, applied
from api.scenarios.touching import Expansion
from engine.catalogue import Requirement
from engine.conditions import NEVER, Condition, simplify
from engine.law import BLOCK, DEFINITION, FOREVER, TERM, Rule
from engine.proof.difference import Change, first_difference
from engine.proof.scenes import Problem, Scenes
from engine.reduced import known_by
from engine.rulebook import Rulebook

#: What can be said of a mutant no scenario noticed.
EQUIVALENT, DIFFERENT, UNKNOWN = "equivalent", "different", "unknown"

#: How long the solver may take over one question, in milliseconds.
PATIENCE: Final = 3_000

_TOGETHER: Final = 6        # items compared at once, after the first one
_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found. With `different`: item, material, day, outcomes before and after (route, mode), and the application if there is one."""

    key: str
    verdict: str
    item: str = ""
    material: str = ""
    day: date | None = None
    division: str = ""
    before: tuple[str, str] = ("", "")
    after: tuple[str, str] = ("", "")
    application: Mapping[str, Any] = field(default_factory=dict)
    asked_elsewhere: frozenset[str] = frozenset()


class Equivalence:
    """The rulebook the mutants are of, its scenes made once."""

    def __init__(self, rulebook: Rulebook, milliseconds: int = PATIENCE):
        self._rulebook, self._milliseconds = rulebook, milliseconds
        self._scenes = Scenes(rulebook)
        self._definitions: dict[int, dict[str, list[Rule]]] = {}

    def judge(self, mutant: Mutant, ask: bool = True) -> Judged:
        """Whether some application, anywhere on any day, is decided otherwise (other grounds for the same outcome count).

        With `ask` false only the catalogue is looked at and the solver is left in peace: what hangs on it is unknown.
        """
        answer = Judged(mutant.key, EQUIVALENT)
        days = _days(mutant)
        concerned = self._items(mutant, days)
        if concerned and (not ask or mutant.rule.kind in (BLOCK, TERM)):
            return Judged(mutant.key, UNKNOWN)
        for items in _batches(concerned):
            old = replace(self._rulebook, items={key: item for key, item in self._rulebook.items.items() if key[0] in items})
            new = applied(old, mutant)
            if days is not None:
                old, new = (_on(days[0], book) for book in (old, new))
            change = first_difference(old, new, self._milliseconds)
            if change is not None and change.sure:
                return _told(mutant.key, change, days[0] if days is not None else None)
            if change is not None:
                answer = Judged(mutant.key, UNKNOWN)
        return answer

    def _items(self, mutant: Mutant, days: Sequence[date] | None) -> list[str]:
        """The items in which the catalogue leaves the change a chance to matter, in the catalogue's order. `days`: on which alone it may."""
        old, new = mutant.rule, mutant.changed
        found: dict[str, None] = {}
        for problem in self._scenes.problems:
            scenes = [one for one in problem.scenes if one.item.code not in found and not frozenset(one.chain).isdisjoint(old.instrument.divisions)
                      and (any(one.start <= day < one.end for day in days) if days is not None else old.start < one.end and one.start < old.end)]
            if not scenes:
                continue
            known, meanings = known_by(scenes[0].static), self._meanings(problem)

            def rest(rule: Rule | None, known: Any = known, meanings: Any = meanings) -> Condition:
                return NEVER if rule is None else simplify(Expansion.here(rule.condition, meanings), known)

            before = rest(old)
            if before != NEVER if days is not None or mutant.kind in ("route", "mode", "term") else before != rest(new):
                found.update(dict.fromkeys(one.item.code for one in scenes))
        return [code for code in dict.fromkeys(code for code, _ in self._rulebook.items) if code in found]

    def _meanings(self, problem: Problem) -> Mapping[str, Sequence[Rule]]:
        """The definitions in force at a problem, by concept."""
        found = self._definitions.get(id(problem.law))
        if found is None:
            found = self._definitions[id(problem.law)] = {}
            for rule in self._scenes.in_force(problem):
                if rule.kind == DEFINITION and rule.defines is not None:
                    found.setdefault(rule.defines.code, []).append(rule)
        return found


def _days(mutant: Mutant) -> list[date] | None:
    """The day on which only one of the two is in force, where the days were moved (by one); None for any other change."""
    old, new = mutant.rule, mutant.changed
    if new is None or (old.start, old.end) == (new.start, new.end):
        return None
    return [day for day in (old.start - _ONE_DAY, old.start, old.end - _ONE_DAY, old.end) if old.in_force(day) != new.in_force(day)][:1]


def _on(day: date, rulebook: Rulebook) -> Rulebook:
    """The rulebook as if the law, the lists, the sources and the bases of one day had stayed: what differs on that day differs here."""
    def stay(rows: Iterable[Any]) -> tuple[Any, ...]:
        return tuple(replace(one, start=day, end=FOREVER) for one in rows if one.start <= day < one.end)

    def asked(one: Requirement) -> Requirement:
        return replace(one, bases=stay(one.bases), establishes=tuple(map(asked, one.establishes)),
                       alternatives=tuple(tuple(map(asked, members)) for members in one.alternatives))

    return replace(
        rulebook, rules=stay(rulebook.rules), lists=stay(rulebook.lists),
        sources={code: replace(source, connections=stay(source.connections)) for code, source in rulebook.sources.items()},
        items={key: replace(item, start=max(item.start, day), requirements=tuple(map(asked, item.requirements))) for key, item in rulebook.items.items()})


def _batches(items: Sequence[str]) -> Iterator[Sequence[str]]:
    yield from (items[:1], *(items[start:start + _TOGETHER] for start in range(1, len(items), _TOGETHER))) if items else ()


def _told(key: str, change: Change, day: date | None) -> Judged:
    """What the prover found; an application of a standing day is made on the day that stands."""
    seen = change.witness
    application = dict(seen.application) if seen else {}
    if day is not None and application:
        application["accepted_on"] = day.isoformat()
    return Judged(key, DIFFERENT, change.item, seen.material if seen else change.material, day or (seen.as_of if seen else change.start),
                  sorted(change.divisions)[0] if change.divisions else "", change.before, change.after, application, seen.asked_elsewhere if seen else frozenset())
