"""What scenarios have seen of each rule and of each single phrase: that it held, failed, was still pending, and that it alone decided.

“Decided” is the MC/DC of testing (modified condition/decision coverage; RTCA DO-178C): on some sheet that a scenario has shown, turning
that phrase alone around, everything else equal, changes where the material stands, what blocks the application or the value of a term.
A definition is read inside every rule that uses it, and its own phrases are reported with it. Nothing here runs a scenario.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from api.scenarios.reading import Readings, Standing
from api.scenarios.tracing import Sighting
from engine.conditions import phrases
from engine.law import BLOCK, Rule
from engine.phrases import Phrase
from engine.rulebook import Rulebook
from engine.truth import HOLDS, PENDING


@dataclass(slots=True)
class Seen:
    """Numbers of the first scenario that saw it so, or None."""

    held: int | None = None
    failed: int | None = None
    pended: int | None = None

    def note(self, value: str, scenario: int) -> None:
        name = "held" if value == HOLDS else "pended" if value == PENDING else "failed"
        if getattr(self, name) is None:
            setattr(self, name, scenario)


@dataclass(slots=True)
class PhraseSeen:
    """One phrase of one rule. `decided`: the first scenario in which it alone decided, or None."""

    phrase: Phrase
    seen: Seen = field(default_factory=Seen)
    decided: int | None = None


@dataclass(slots=True)
class RuleSeen:
    """One rule with its phrases in reading order."""

    rule: Rule
    seen: Seen
    phrases: tuple[PhraseSeen, ...]

    @property
    def unseen(self) -> bool:
        """No scenario has ever seen it hold."""
        return self.seen.held is None

    @property
    def lacking(self) -> tuple[PhraseSeen, ...]:
        """Phrases that no scenario has seen hold, or fail, or decide."""
        return tuple(one for one in self.phrases if None in (one.seen.held, one.seen.failed, one.decided))


def coverage(rulebook: Rulebook, sightings: Iterable[Sighting], readings: Readings) -> dict[str, RuleSeen]:
    """What the sightings show of every rule of the rulebook, by id, in file order. Rules that only other rulebooks have are left out."""
    found = {rule.id: RuleSeen(rule, Seen(), tuple(PhraseSeen(one) for one in phrases(rule.condition))) for rule in rulebook.rules}
    for one in sightings:
        reading = readings.at(one.book, one.chain, one.day)
        standing = Standing(reading, one.sheet, choices(one))
        for rule in reading.rules:
            known = found.get(rule.id)
            if known is None or (rule.kind == BLOCK) != (not one.material):
                continue
            _note(known, standing, rule, one.scenario)
    return found


def choices(one: Sighting) -> Mapping[str, bool | None]:
    """The applicant's answers to the electives, by route."""
    return {"commitment": one.choices[0], "deferral": one.choices[1]}


def _note(known: RuleSeen, standing: Standing, rule: Rule, scenario: int) -> None:
    known.seen.note(standing.truth[rule.id], scenario)
    for number, (phrase, value) in enumerate(zip(known.phrases, standing.of_phrases[rule.id], strict=True)):
        phrase.seen.note(value, scenario)
        if phrase.decided is None and standing.turned(rule, number):
            phrase.decided = scenario
