"""Whether a mutant means anything: asks the prover for an application that the changed rulebook decides otherwise.

Where the catalogue alone says that the change can never matter, nothing is asked; where it may matter, only the divisions and items
concerned are compared. Runs no scenario.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final

from api.scenarios.mutants import Mutant, applied
from api.scenarios.touching import Expansion
from engine.catalogue import Division, Requirement
from engine.conditions import NEVER, Condition, simplify
from engine.law import BLOCK, DEFINITION, FOREVER, TERM, Rule, Span
from engine.proof.blocks import blocks
from engine.proof.difference import Change, first_difference
from engine.proof.scenes import Problem, Scenes
from engine.proof.terms import Value, terms
from engine.reduced import known_by
from engine.rulebook import Rulebook

#: What can be said of a mutant no scenario noticed.
EQUIVALENT, DIFFERENT, UNKNOWN = "equivalent", "different", "unknown"

#: What becomes of an application under a block, where a material has its route.
STOPPED, PASSED = "stopped", "passed"

#: How long the solver may take over one question, in milliseconds.
PATIENCE: Final = 3_000

_TOGETHER: Final = 6        # items compared at once, after the first one
_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found. With `different`: item, material, day, outcomes before and after (route, mode), and the application if there is one.

    Of a block the outcomes are `stopped` and `passed`, of a term its values and the rules that set them; `material` is then empty.
    """

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
    cost: int = 0                # of asking the solver: items and kinds of law the change concerns; 0 where nothing is to be asked


class Equivalence:
    """The rulebook the mutants are of, its scenes made once."""

    def __init__(self, rulebook: Rulebook, milliseconds: int = PATIENCE):
        self._rulebook, self._milliseconds = rulebook, milliseconds
        self._scenes = Scenes(rulebook)
        self._definitions: dict[int, dict[str, list[Rule]]] = {}

    def judge(self, mutant: Mutant, ask: bool = True) -> Judged:
        """Whether some application, anywhere on any day, is decided otherwise (other grounds for the same outcome count).

        With `ask` false only the catalogue is looked at, which is enough for terms, and the solver is left in peace: what hangs on it is unknown.
        """
        answer = Judged(mutant.key, EQUIVALENT)
        days = _days(mutant)
        concerned = self._items(mutant, days)
        if concerned and not ask and mutant.rule.kind != TERM:
            return Judged(mutant.key, UNKNOWN, cost=1 if mutant.rule.kind == BLOCK else sum(concerned.values()))
        divisions = self._divisions(mutant.rule)
        for items in _batches(list(concerned)):
            old = replace(self._rulebook, divisions=divisions, items={key: item for key, item in self._rulebook.items.items() if key[0] in items})
            new = applied(old, mutant)
            if mutant.rule.kind in (BLOCK, TERM):
                found = (_of_terms if mutant.rule.kind == TERM else self._of_blocks)(mutant.key, old, new)
                if found.verdict == DIFFERENT:
                    return found
                answer = found if found.verdict == UNKNOWN else answer
                continue
            if days is not None:
                old, new = (_on(days[0], book) for book in (old, new))
            change = first_difference(old, new, self._milliseconds)
            if change is not None and change.sure:
                return _told(mutant.key, change, days[0] if days is not None else None)
            if change is not None:
                answer = Judged(mutant.key, UNKNOWN)
        return answer

    def _of_blocks(self, key: str, old: Rulebook, new: Rulebook) -> Judged:
        """Whether the rule stops an application before and not after, or the other way round; that another stops it too is no matter."""
        rule_id = key.partition(":")[0]
        old, new = (replace(book, rules=tuple(one for one in book.rules if one.kind != BLOCK or one.id == rule_id)) for book in (old, new))
        changes = blocks(old, new, self._milliseconds)
        change = next((one for one in changes if one.sure), None)
        if change is None:
            return Judged(key, UNKNOWN if changes else EQUIVALENT)
        seen = change.witness
        ways = (PASSED, ""), (STOPPED, "")
        before, after = ways if change.turn == "worse" else reversed(ways)
        return Judged(key, DIFFERENT, change.item, "", seen.as_of if seen else change.start, min(change.divisions), before, after,
                      application=dict(seen.application) if seen else {})

    def _divisions(self, rule: Rule) -> dict[str, Division]:
        """The divisions a rule reaches, with their ancestors: nowhere else is anything decided otherwise."""
        book, own = self._rulebook, frozenset(rule.instrument.divisions)
        kept = {one for code in book.divisions if not own.isdisjoint(book.chain(code)) for one in book.chain(code)}
        return {code: division for code, division in book.divisions.items() if code in kept}

    def _items(self, mutant: Mutant, days: Sequence[date] | None) -> dict[str, int]:
        """The items in which the catalogue leaves the change a chance to matter, in the catalogue's order, each with the kinds of law it meets.

        `days`: on which alone it may.
        """
        old, new = mutant.rule, mutant.changed
        found: dict[str, int] = {}
        for problem in self._scenes.problems:
            scenes = [one for one in problem.scenes if not frozenset(one.chain).isdisjoint(old.instrument.divisions)
                      and (any(one.start <= day < one.end for day in days) if days is not None else old.start < one.end and one.start < old.end)]
            if not scenes:
                continue
            known, meanings = known_by(scenes[0].static), self._meanings(problem)

            def rest(rule: Rule | None, known: Any = known, meanings: Any = meanings) -> Condition:
                return NEVER if rule is None else simplify(Expansion.here(rule.condition, meanings), known)

            before = rest(old)
            if before != NEVER if days is not None or mutant.kind in ("route", "mode", "term") else before != rest(new):
                for code in {one.item.code for one in scenes}:
                    found[code] = found.get(code, 0) + 1
        return {code: found[code] for code in dict.fromkeys(code for code, _ in self._rulebook.items) if code in found}

    def _meanings(self, problem: Problem) -> Mapping[str, Sequence[Rule]]:
        """The definitions in force at a problem, by concept."""
        found = self._definitions.get(id(problem.law))
        if found is None:
            found = self._definitions[id(problem.law)] = {}
            for rule in self._scenes.in_force(problem):
                if rule.kind == DEFINITION and rule.defines is not None:
                    found.setdefault(rule.defines.code, []).append(rule)
        return found


def _of_terms(key: str, old: Rulebook, new: Rulebook) -> Judged:
    """Whether a term comes to another value, or is set by another rule, somewhere."""
    found = next(iter(terms(old, new)), None)
    if found is None:
        return Judged(key, EQUIVALENT)
    return Judged(key, DIFFERENT, found.item, found.material, found.start, min(found.divisions), _said(found.before), _said(found.after))


def _said(value: Value | None) -> tuple[str, str]:
    """A term's value and its rule, as an outcome is told."""
    if value is None:
        return "", ""
    return f"{value[0].count} {value[0].unit}" if isinstance(value[0], Span) else value[0], value[1]


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
