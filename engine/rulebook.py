"""A rulebook: vocabulary, ladder, law and catalogue of one directory, checked and immutable.

Its version is a hash of its canonical content; every answer names it. Nothing here reads files (see `engine.reading`) or
decides (see `engine.decide`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from engine.catalogue import Bundle, Calendar, Credential, Division, Item, Material, PublishedList, Source
from engine.conditions import Condition, phrases
from engine.law import Background, Instrument, Rule
from engine.vocabulary import Fact, Value, Vocabulary


@dataclass(frozen=True, slots=True)
class Route:
    """One rung of the ladder. `weight` is its position, 0 the lightest; `elective`: the applicant may choose it."""

    code: str
    name: str
    english: str
    weight: int
    elective: bool
    modes: tuple[Value, ...]
    sentence: str
    english_sentence: str


@dataclass(frozen=True, slots=True)
class Invariant:
    """What must hold for every possible application (不变量): where `given` holds, `then` holds. `line` 0: not from a file."""

    id: str
    gist: str
    source: str
    given: Condition
    then: Condition
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class PairedInvariant:
    """What must hold between two readings of one application that differ only in what `first` and `second` say (对照).

    Item, material, division, days and every fact that `first` and `second` do not name are the same in both readings.
    """

    id: str
    gist: str
    source: str
    given: Condition        # 当: holds in both
    first: Condition        # 甲
    second: Condition       # 乙
    second_law: str         # 乙的规则: "" the same rules; "national": those of national instruments only (全国)
    if_first: Condition     # 若甲: how the first comes out; ALWAYS if not written
    then_second: Condition  # 则乙: how the second must come out then; ALWAYS if `no_heavier`
    no_heavier: bool        # 甲不重于乙: the first never takes a heavier route than the second
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """Something legal staff must confirm: where it stands and what."""

    file: str
    line: int
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Everything one directory says. Mappings are keyed by code unless stated."""

    version: str                                  # "sha256:<hex>"
    vocabulary: Vocabulary
    ladder: tuple[Route, ...]
    instruments: tuple[Instrument, ...]
    background: tuple[Background, ...]
    rules: tuple[Rule, ...]                       # in file order
    invariants: tuple[Invariant, ...]
    divisions: Mapping[str, Division]
    materials: Mapping[str, Material]
    credentials: Mapping[str, Credential]
    sources: Mapping[str, Source]
    items: Mapping[tuple[str, str], Item]         # (item code, division code)
    lists: tuple[PublishedList, ...]
    bundles: Mapping[str, Bundle]
    calendar: Calendar
    marks: tuple[Mark, ...]
    routes: Mapping[str, Route] = field(default_factory=dict)
    pairs: tuple[PairedInvariant, ...] = ()
    complete_from: date = date.min                # 完整自: before this day materials may stand without any route
    credential_words: Mapping[str, Credential] = field(default_factory=dict, init=False)   # by code and by name
    changes: tuple[date, ...] = field(default=(), init=False)   # every day on which something begins or ends, sorted

    roles: frozenset[str] = field(default=frozenset(), init=False)   # 每人一份: the roles any item asks for, and those of agents
    asked_of_persons: tuple[Fact, ...] = field(default=(), init=False)   # facts about persons beyond identity, birth and age
    spoken: frozenset[tuple[str, str]] = field(default=frozenset(), init=False)   # fact and value, wherever a rule names one
    remembered: dict[tuple[str, int], tuple[Rule, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)   # rules_for's own memory
    blanks: dict[int, Any] = field(default_factory=dict, init=False, repr=False, compare=False)   # intake's own memory, by item

    def __post_init__(self) -> None:
        words = {word: one for one in self.credentials.values() for word in (one.code, one.name)}
        object.__setattr__(self, "credential_words", words)
        asked = {one.per_person for item in self.items.values() for one in item.requirements if one.per_person}
        object.__setattr__(self, "roles", frozenset((*asked, "代理人", "监护人", "代办员")))
        known = ("person_id_type", "birth_date", "person_age")
        object.__setattr__(self, "asked_of_persons", tuple(
            fact for fact in self.vocabulary.facts if fact.subject == "相关人" and fact.code not in known))
        object.__setattr__(self, "spoken", frozenset(
            (phrase.fact.code, str(value)) for rule in self.rules for phrase in phrases(rule.condition)
            if not isinstance(phrase.right, Fact) for value in phrase.right))
        object.__setattr__(self, "changes", tuple(sorted(set(self._days()))))

    def _days(self) -> Iterator[date]:
        spans: list[Any] = [*self.rules, *self.lists, *self.items.values()]
        spans.extend(connection for source in self.sources.values() for connection in source.connections)
        for item in self.items.values():
            for requirement in item.requirements:
                spans.extend(basis for one in (requirement, *(m for members in requirement.alternatives for m in members)) for basis in one.bases)
        for span in spans:
            yield span.start
            yield span.end

    def chain(self, division: str) -> tuple[str, ...]:
        """The division and its ancestors, nearest first, the nation last."""
        found = []
        while division:
            found.append(division)
            division = self.divisions[division].parent
        return tuple(found)

    def item(self, code: str, division: str) -> Item | None:
        """The item as the nearest of the division's ancestors offers it, or None."""
        for place in self.chain(division):
            item = self.items.get((code, place))
            if item is not None:
                return item
        return None

    def rules_for(self, division: str, day: date) -> tuple[Rule, ...]:
        """The rules in force on the day whose instrument covers the division, in file order."""
        key = division, bisect_right(self.changes, day)
        found = self.remembered.get(key)
        if found is None:
            places = frozenset(self.chain(division))
            found = self.remembered[key] = tuple(
                rule for rule in self.rules if rule.in_force(day) and not places.isdisjoint(rule.instrument.divisions))
        return found
