"""A rulebook while it is being read: the files, the names found so far, and look-ups that report what they do not find.

Nothing here reads a particular kind of file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypeVar

from engine.catalogue import Basis, Bundle, Credential, Division, Material, Source
from engine.law import FOREVER, Background, Instrument, Rule, Span
from engine.reading.catalogue_shapes import BasisShape
from engine.reading.conditions import ConditionReader
from engine.reading.report import SPARE_WORD, File, Names, Place, Report
from engine.reading.scalars import Shape, SpanShape
from engine.reading.vocabulary import Situations, Words
from engine.rulebook import Route
from engine.vocabulary import Fact, Value, Vocabulary

S = TypeVar("S", bound=Shape)


@dataclass(frozen=True, slots=True)
class Head:
    """An item's identity, known before its requirements are read."""

    name: str
    code: str
    english: str


@dataclass(slots=True)
class Draft:
    """What has been read so far. `rules` keeps the place of each rule for the guards."""

    files: Sequence[File]
    report: Report
    words: Words
    divisions: Names[Division] = field(default_factory=lambda: Names("unknown-division", "区划", "division"))
    instruments: Names[Instrument] = field(default_factory=lambda: Names("unknown-basis", "文件", "instrument"))
    credentials: Names[Credential] = field(default_factory=lambda: Names("unknown-credential", "证件", "credential"))
    sources: Names[Source] = field(default_factory=lambda: Names("unknown-source", "数据源", "source"))
    materials: Names[Material] = field(default_factory=lambda: Names("unknown-material", "材料", "material"))
    groups: Names[Value] = field(default_factory=lambda: Names("unknown-material", "任选组", "group of alternatives"))
    items: Names[Head] = field(default_factory=lambda: Names("unknown-item", "事项", "item"))
    bundles: Names[Bundle] = field(default_factory=lambda: Names("unknown-bundle", "一件事", "bundle"))
    owners: dict[str, File] = field(default_factory=dict)        # code of an item's own material -> the item's file
    law: list[tuple[File, Instrument]] = field(default_factory=list)
    background: list[Background] = field(default_factory=list)
    rules: list[tuple[Place, Rule]] = field(default_factory=list)
    situations: dict[File, tuple[Fact, ...]] = field(default_factory=dict)
    pool: Situations = field(init=False)
    vocabulary: Vocabulary = field(init=False)
    conditions: ConditionReader = field(init=False)

    def __post_init__(self) -> None:
        self.pool = Situations(self.words)
        lost_by_kind: dict[str, list[str]] = {}
        for file in self.files:
            if not file.sound:
                lost_by_kind.setdefault(file.kind, []).append(file.raw)
        items = lost_by_kind.get("item", []) + lost_by_kind.get("local item", [])
        self.divisions.lost = lost_by_kind.get("divisions", [])
        self.instruments.lost = lost_by_kind.get("instrument", []) + lost_by_kind.get("bases", [])
        self.credentials.lost = lost_by_kind.get("credentials", [])
        self.sources.lost = lost_by_kind.get("sources", [])
        self.materials.lost = self.groups.lost = lost_by_kind.get("materials", []) + items
        self.items.lost = items

    def models(self, shape: type[S]) -> Iterator[tuple[File, S]]:
        """The files whose model is of that shape, in order of path."""
        for file in self.files:
            if type(file.model) is shape:
                yield file, file.model

    def complete(self) -> None:
        """Put the catalogue's names into the vocabulary; conditions can be read from here on."""
        domains: dict[str, list[Value]] = {
            "路径": [Value(route.name, route.code, route.english) for route in self.words.ladder],
            "方式": list({mode.code: mode for route in self.words.ladder for mode in route.modes}.values()),
            "区划": _values(self.divisions), "证件": _values(self.credentials), "数据源": _values(self.sources),
            "事项": _values(self.items), "材料": [*_values(self.materials), *_values(self.groups)],
        }
        self.vocabulary = self.words.complete(domains, self.pool.facts.values())
        lost = {"区划": self.divisions.lost, "证件": self.credentials.lost, "数据源": self.sources.lost,
                "事项": self.items.lost, "材料": self.materials.lost}
        situations = self.items.lost + [file.raw for file in self.files if file.kind == "bundle" and not file.sound]
        self.conditions = ConditionReader(self.vocabulary, self.report, situations, lost)

    def value(self, place: Place, fact_code: str, word: str) -> str:
        """The code of one value of a fact, or an empty text after the problem was reported."""
        fact = self.words.facts[fact_code]
        value = fact.by_word.get(word)
        if value is not None:
            return value.code
        if word != SPARE_WORD:
            names = [value.name for value in fact.values]
            self.report.say(place, "unknown-value", f"“{fact.name}”没有“{word}”这个值。", f"“{fact.code}” has no value “{word}”.", names, word)
        return ""

    def values(self, place: Place, fact_code: str, words: Iterable[str]) -> tuple[str, ...]:
        return tuple(code for word in words if (code := self.value(place, fact_code, word)))

    def days(self, place: Place, start: date, last: date, last_key: str = "失效") -> tuple[date, date]:
        """First and last day as the law writes them → half-open days. `last_key`: under which key the last day stands."""
        if last < start:
            self.report.say(place / last_key, "empty-days", f"最后一天 {last} 早于第一天 {start}。",
                            f"The last day {last} is before the first day {start}.")
        return start, after(last)

    def days_within(self, place: Place, instrument: Instrument, start: date | None, last: date | None) -> tuple[date, date]:
        """A rule's own days, checked against its instrument's."""
        first, end = start or instrument.start, after(last) if last else instrument.end
        if first < instrument.start or end > instrument.end:
            key = "施行" if first < instrument.start else "失效"
            self.report.say(place / key, "days-outside-instrument",
                            f"日期超出了《{instrument.title}》自己的施行期间（{instrument.start} 至 {_last(instrument.end)}）。",
                            f"These days reach beyond those of “{instrument.english}” itself ({instrument.start} to {_last(instrument.end, True)}).")
        if end <= first and (start or last):
            self.report.say(place / "失效", "empty-days", f"最后一天早于第一天 {first}。", f"The last day is before the first day {first}.")
        return first, end

    def bases(self, place: Place, rows: Sequence[BasisShape]) -> tuple[Basis, ...]:
        """Bases resolved to instruments, their days cut to the instrument's."""
        found = []
        for number, row in enumerate(rows):
            here = place / number
            instrument = self.instruments.find(row.instrument, here / "文件", self.report)
            if instrument is None:
                continue
            if not instrument.citable or instrument.rank == "非规范性材料":
                self.report.say(here / "文件", "basis-not-normative", f"《{instrument.title}》不可作依据。",
                                f"“{instrument.english}” is no normative text and cannot be a basis.")
            start = max(row.start or instrument.start, instrument.start)
            end = min(after(row.last) if row.last else instrument.end, instrument.end)
            if end <= start:
                first, last = instrument.start, _last(instrument.end)
                self.report.say(here, "empty-days", f"这条依据的日期与《{instrument.title}》的施行期间（{first} 至 {last}）没有重合。",
                                f"The days of this basis do not meet those of “{instrument.english}” ({first} to {_last(instrument.end, True)}).")
            found.append(Basis(instrument, row.article, start, end, row.review))
        return tuple(found)

    def known_division(self, place: Place, code: str) -> bool:
        return self.divisions.find(code, place, self.report) is not None

    def chain(self, division: str) -> tuple[str, ...]:
        """The division and its ancestors as far as they are known."""
        found: list[str] = []
        while division and division not in found:
            found.append(division)
            known = self.divisions.by_word.get(division)
            division = known.parent if known is not None else ""
        return tuple(found)

    def split_route(self, place: Place, word: str) -> tuple[Route | None, str]:
        """`路径` or `路径/方式` → route and the mode's code."""
        name, _, mode_word = word.partition("/")
        route = self.words.routes.find(name.strip(), place, self.report)
        if route is None or not mode_word:
            return route, ""
        for mode in route.modes:
            if mode_word.strip() in (mode.name, mode.code):
                return route, mode.code
        names = [mode.name for mode in route.modes]
        zh = f"路径“{route.name}”没有“{mode_word}”这个方式。" if names else f"路径“{route.name}”不分方式，不写“/{mode_word}”。"
        self.report.say(place, "unknown-mode", zh,
                        f"The route “{route.code}” has no mode “{mode_word}”.", names, mode_word)
        return route, ""


def span(shape: SpanShape | None) -> Span | None:
    return Span(shape.count, shape.unit) if shape is not None else None


def after(last: date) -> date:
    """The day after the last day in force; 至今 stays without end."""
    return FOREVER if last >= FOREVER else last + timedelta(days=1)


def _last(end: date, english: bool = False) -> str:
    if end >= FOREVER:
        return "the present" if english else "今"
    return (end - timedelta(days=1)).isoformat()


def _values(names: Names[Any]) -> list[Value]:
    return list({thing.code: Value(thing.name, thing.code, thing.english) for thing in names.by_word.values()}.values())


