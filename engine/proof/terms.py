"""What else a change of the rulebook means, besides routes: terms, and the grounds on which one and the same outcome rests.

Terms (规定) and the spans an item or a material has of its own are computed for every item, kind of division and day: what is
listed is all there is. Grounds are compared as they are written: a rule that can open a route somewhere is new, gone or says other
things of itself; whether it bites there is `difference`'s question. Nothing here asks the solver, prints or reads a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final

from engine.catalogue import Basis, Item, Requirement
from engine.compiled import compile_rules
from engine.conditions import NEVER, All, Condition, Not, replace_facts, simplify
from engine.conditions import facts as facts_of
from engine.law import BLOCK, DEFINITION, FOREVER, GRANT, TERM, Rule, Span
from engine.phrases import Phrase
from engine.reduced import known_by
from engine.rulebook import Rulebook
from engine.standing import DEFERRAL_LIST, Place, deferral_span, item_facts, material_facts, term_value
from engine.vocabulary import FactValue

#: The days on which an item is offered, told like a term.
OFFERED: Final = "offered"
#: Spans that are no term of the vocabulary: of an item, and of one of its materials.
ITEM_SPANS: Final = ("legal_time", "promised_time")
MATERIAL_SPANS: Final = ("check_within", "deferral_span")

#: What a term comes to: its value and the rule that sets it ("" where the catalogue does).
Value = tuple[Span | str, str]

_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """One item as both rulebooks have it in divisions that neither tells apart. `chains`: of the first division, old and new."""

    old: Item
    new: Item
    divisions: tuple[str, ...]
    chains: tuple[tuple[str, ...], tuple[str, ...]]

    @property
    def start(self) -> date:
        """The first day on which both offer it."""
        return max(self.old.start, self.new.start)

    @property
    def end(self) -> date:
        """The day after the last on which both do; not after `start` if there is no such day."""
        return min(self.old.end, self.new.end)


@dataclass(frozen=True, slots=True)
class TermChange:
    """A term with another value, or set by another rule. `material` "": of the item as a whole; `end` is exclusive; None: there is none."""

    term: str
    item: str
    material: str
    divisions: frozenset[str]
    start: date
    end: date
    before: Value | None
    after: Value | None


@dataclass(frozen=True, slots=True)
class GroundChange:
    """A rule that can open a route, or stop an application. `what`: new, gone or changed; `aspects`: in what.

    `places`: (item, material) where the catalogue does not close it; material "" for what stops an application.
    """

    rule: str
    what: str
    aspects: tuple[str, ...]
    places: tuple[tuple[str, str], ...]
    old: Rule | None
    new: Rule | None


@dataclass(frozen=True, slots=True)
class BasisChange:
    """The bases (依据) of a material of an item are others."""

    item: str
    material: str
    divisions: frozenset[str]
    gone: tuple[Basis, ...]
    new: tuple[Basis, ...]


def stretches(old: Rulebook, new: Rulebook) -> Iterator[Stretch]:
    """Every item both offer, by kind of division."""
    spoken = [_spoken(book) for book in (old, new)]
    kinds: dict[tuple[tuple[str, ...], ...], list[str]] = {}
    for division in old.divisions:
        if division in new.divisions:
            key = tuple(tuple(one for one in book.chain(division) if one in told) for book, told in zip((old, new), spoken, strict=True))
            kinds.setdefault(key, []).append(division)
    for divisions in kinds.values():
        first = divisions[0]
        chains = old.chain(first), new.chain(first)
        for code in dict.fromkeys(code for code, _ in old.items):
            items = old.item(code, first), new.item(code, first)
            if items[0] is not None and items[1] is not None:
                yield Stretch(items[0], items[1], tuple(divisions), chains)


def _spoken(book: Rulebook) -> set[str]:
    """The divisions that rules, lists, items, sources or bases name: what no such division tells apart is alike."""
    found = {division for rule in book.rules for division in rule.instrument.divisions} | {one.division for one in book.lists}
    found |= {division for _, division in book.items}
    found |= {connection.division for source in book.sources.values() for connection in source.connections}
    for item in book.items.values():
        found |= {division for one in asked(item) for basis in one.bases for division in basis.instrument.divisions}
    return found


def asked(item: Item) -> Iterator[Requirement]:
    """Every material of an item: members of alternatives and what establishes an abolished fact included."""
    for requirement in item.requirements:
        for one in (requirement, *(member for members in requirement.alternatives for member in members)):
            if one.material is not None:
                yield one
            yield from one.establishes


# -- terms ---------------------------------------------------------------------------------------------------------------

def terms(old: Rulebook, new: Rulebook) -> list[TermChange]:
    """Every term that comes to something else: by item, and by material where the term's own condition tells materials apart."""
    books = [_Terms(book) for book in (old, new)]
    found: dict[tuple[Any, ...], set[str]] = {}
    for one in stretches(old, new):
        for row in _merged(_stretch_terms(one, books)):
            found.setdefault(row, set()).update(one.divisions)
    return [TermChange(term, item, material, frozenset(divisions), start, end, before, after)
            for (term, item, material, start, end, before, after), divisions in found.items()]


_Row = tuple[str, str, str, date, date, Value | None, Value | None]


class _Terms:
    """The terms of one rulebook: without any other rule, and its lists without any rule at all."""

    def __init__(self, book: Rulebook):
        rules = tuple(rule for rule in book.rules if rule.kind == TERM)
        self.book = replace(book, rules=rules)
        self.bare = replace(book, rules=())
        self.codes = {rule.term.code for rule in rules if rule.term is not None}
        self.reads = {code: {fact for rule in rules if rule.term is not None and rule.term.code == code for fact in facts_of(rule.condition)}
                      for code in self.codes}
        self.days = {day for rule in rules for day in (rule.start, rule.end)} | {day for one in book.lists for day in (one.start, one.end)}
        self.deferral = tuple(sorted(repr((one.division, one.start, one.end, sorted(one.rows.items(), key=repr)))
                                     for one in book.lists if one.kind == DEFERRAL_LIST))
        self._facts: dict[object, dict[str, FactValue]] = {}
        self._values: dict[object, Value | None] = {}

    def facts(self, item: Item, requirement: Requirement | None, place: Place) -> dict[str, FactValue]:
        key = id(item), id(requirement), place.chain, place.law_day
        found = self._facts.get(key)
        if found is None:
            found = self._facts[key] = item_facts(item, place) if requirement is None else material_facts(requirement, item, place)
        return found

    def value(self, term: str, item: Item, requirement: Requirement | None, chain: tuple[str, ...], day: date) -> Value | None:
        if term not in self.codes:
            return None
        place = Place(self.book, chain, day, day)
        facts = self.facts(item, requirement, place)
        key = term, chain, day, tuple([str(facts.get(code)) for code in sorted(self.reads[term])])
        if key not in self._values:
            found = term_value(term, place, facts)
            self._values[key] = (found[0], found[1].id) if found else None
        return self._values[key]

    def span(self, code: str, item: Item, requirement: Requirement, chain: tuple[str, ...], day: date) -> Value | None:
        """A material's own span: for checking its letter, or the published term for handing it in later."""
        if code == "check_within":
            found = requirement.letter.check_within if requirement.letter else None
        else:
            found = deferral_span(requirement, item, None, Place(self.bare, chain, day, day), {})
        return (found, "") if found is not None else None


def _stretch_terms(one: Stretch, books: list[_Terms]) -> Iterator[_Row]:
    offered = [(f"{item.start}/{item.end}", "") for item in (one.old, one.new)]
    if offered[0] != offered[1]:
        yield OFFERED, one.old.code, "", min(one.old.start, one.new.start), max(one.old.end, one.new.end), offered[0], offered[1]
    if one.start >= one.end:
        return
    for code in ITEM_SPANS:
        spans: tuple[Span, Span] = (getattr(one.old, code), getattr(one.new, code))
        if spans[0] != spans[1]:
            yield code, one.old.code, "", one.start, one.end, (spans[0], ""), (spans[1], "")
    days = sorted({one.start, one.end} | {day for book in books for day in book.days if one.start < day < one.end})
    pairs = _paired(one)
    codes = sorted(books[0].codes | books[1].codes)
    lists = books[0].deferral != books[1].deferral
    for start, end in pairwise(days):
        for code in codes:
            before, after = (book.value(code, item, None, chain, start) for book, item, chain in zip(books, (one.old, one.new), one.chains, strict=True))
            if before != after:
                yield code, one.old.code, "", start, end, before, after
            if not any(book.reads.get(code, set()) - book.facts(one.new, None, Place(book.book, one.chains[1], start, start)).keys() for book in books):
                continue
            for requirements in pairs:
                own, others = (book.value(code, item, requirement, chain, start) for book, item, requirement, chain in zip(
                    books, (one.old, one.new), requirements, one.chains, strict=True))
                if own != others and (own, others) != (before, after):
                    yield code, one.old.code, requirements[0].code, start, end, own, others
        for requirements in pairs:
            if not lists and requirements[0].deferral == requirements[1].deferral and requirements[0].letter == requirements[1].letter:
                continue
            for code in MATERIAL_SPANS:
                before, after = (book.span(code, item, requirement, chain, start) for book, item, requirement, chain in zip(
                    books, (one.old, one.new), requirements, one.chains, strict=True))
                if before != after:
                    yield code, one.old.code, requirements[0].code, start, end, before, after


def _paired(one: Stretch) -> list[tuple[Requirement, Requirement]]:
    """The materials both versions of an item ask for."""
    others = {requirement.code: requirement for requirement in asked(one.new)}
    return [(requirement, others[requirement.code]) for requirement in dict.fromkeys(asked(one.old)) if requirement.code in others]


def _merged(rows: Iterable[_Row]) -> list[_Row]:
    """Neighbouring days that say the same are one."""
    found: list[_Row] = []
    for row in sorted(rows, key=lambda row: (row[:3], row[3])):
        last = found[-1] if found else None
        if last is not None and last[:3] == row[:3] and last[4] == row[3] and last[5:] == row[5:]:
            found[-1] = (*last[:4], row[4], *last[5:])
        else:
            found.append(row)
    return found


# -- grounds -------------------------------------------------------------------------------------------------------------

def said(condition: Condition) -> tuple[Any, ...]:
    """What a condition says, comparable between two rulebooks: neither the order nor the layout of its parts counts."""
    if isinstance(condition, Phrase):
        return "phrase", condition.comparison.denies, condition.atom
    if isinstance(condition, Not):
        return "not", said(condition.part)
    return "all" if isinstance(condition, All) else "any", *sorted({said(part) for part in condition.parts}, key=repr)


#: What a rule says of itself, aspect by aspect, in the order in which it is told.
_ASPECTS: Final[Mapping[str, Callable[[Rule], object]]] = {
    "route": lambda rule: (rule.route, rule.mode),
    "citation": lambda rule: (rule.instrument.title, rule.instrument.number, rule.instrument.rank, rule.article, rule.doubts),
    "reason": lambda rule: rule.reason.code if rule.reason else "",
    "residuals": lambda rule: [(one.actor.code, one.action.code, one.term.code if one.term else "", one.span) for one in rule.residuals],
    "days": lambda rule: (rule.start, rule.end),
    "remedy": lambda rule: rule.remedy,
    "divisions": lambda rule: sorted(rule.instrument.divisions),
    "condition": lambda rule: said(rule.condition),
}


def grounds(old: Rulebook, new: Rulebook, besides: Iterable[tuple[str, str]] = ()) -> list[GroundChange]:
    """The grants and blocks that are not what they were, wherever they can be a ground. `besides`: (item, material) that comes out differently anyway."""
    apart = frozenset(besides)
    sides = [_Grants(book) for book in (old, new)]
    found = []
    for rule_id in dict.fromkeys((*sides[0].by_id, *sides[1].by_id)):
        one, other = (side.by_id.get(rule_id, []) for side in sides)
        aspects = _aspects(one, other, sides) if one and other else ()
        if one and other and not aspects:
            continue
        places = {place for side, rules in zip(sides, (one, other), strict=True) for rule in rules for place in side.reached(rule)} - apart
        if places:
            what = "changed" if one and other else "gone" if one else "new"
            found.append(GroundChange(rule_id, what, aspects, tuple(sorted(places)), one[-1] if one else None, other[-1] if other else None))
    return found


def _aspects(one: list[Rule], other: list[Rule], sides: list[_Grants]) -> tuple[str, ...]:
    found = [name for name, of in _ASPECTS.items() if [of(rule) for rule in one] != [of(rule) for rule in other]]
    if "condition" not in found and sides[0].definitions(one) != sides[1].definitions(other):
        found.append("condition")
    return tuple(found)


class _Grants:
    """The grants and blocks of one rulebook, and where the catalogue leaves them open."""

    def __init__(self, book: Rulebook):
        self.book = book
        self.by_id: dict[str, list[Rule]] = {}
        for rule in sorted((rule for rule in book.rules if rule.kind in (GRANT, BLOCK)), key=lambda rule: rule.start):
            self.by_id.setdefault(rule.id, []).append(rule)
        self._static: dict[tuple[str, date], list[tuple[str, str, Mapping[str, FactValue]]]] = {}
        spoken = _spoken(book)
        kinds: dict[tuple[str, ...], str] = {}
        for division in book.divisions:
            kinds.setdefault(tuple(one for one in book.chain(division) if one in spoken), division)
        self._kinds = tuple(kinds.values())

    def definitions(self, rules: Iterable[Rule]) -> object:
        """What the defined facts mean of which the rules speak, definitions of definitions included."""
        found: set[str] = set()
        left = {code for rule in rules for code in facts_of(rule.condition)}
        told: set[str] = set()
        while left:
            code = left.pop()
            told.add(code)
            for rule in self.book.rules:
                if rule.kind == DEFINITION and rule.defines is not None and rule.defines.code == code:
                    found.add(repr((code, rule.start, rule.end, sorted(rule.instrument.divisions), said(rule.condition))))
                    left |= facts_of(rule.condition).keys() - told
        return found

    def reached(self, rule: Rule) -> set[tuple[str, str]]:
        """Item and material where the rule can hold, on the last day on which it is known to be in force."""
        day = min(rule.end - _ONE_DAY, max((rule.start, *(one for one in self.book.changes if one < FOREVER))))
        found: set[tuple[str, str]] = set()
        for division in self._kinds:
            chain = self.book.chain(division)
            if set(chain).isdisjoint(rule.instrument.divisions):
                continue
            rules = [one for one in self.book.rules_for(division, day) if one.kind == DEFINITION]
            condition = replace_facts(rule.condition, compile_rules(rules, chain).meaning)
            found |= {(item, material) for item, material, static in self._materials(division, chain, day)
                      if (material == "") == (rule.kind == BLOCK) and (item, material) not in found and simplify(condition, known_by(static)) != NEVER}
        return found

    def _materials(self, division: str, chain: tuple[str, ...], day: date) -> list[tuple[str, str, Mapping[str, FactValue]]]:
        made = self._static.get((division, day))
        if made is None:
            place = Place(self.book, chain, day, day)
            items = [item for code in dict.fromkeys(code for code, _ in self.book.items) if (item := self.book.item(code, division)) is not None]
            items = [item for item in items if item.start <= day < item.end]
            made = self._static[division, day] = [(item.code, "", item_facts(item, place)) for item in items]
            made += [(item.code, one.code, _said_of(one, item, place)) for item in items for one in asked(item)]
        return made


def _said_of(requirement: Requirement, item: Item, place: Place) -> Mapping[str, FactValue]:
    """What the catalogue says of a material, also what follows of it whatever an application states."""
    found = material_facts(requirement, item, place)
    if requirement.material is not None and not requirement.material.sources:
        found |= {"source_state": "none", "source_ground": "none"}
    if not found["showable_credential"]:
        found["shown_state"] = "none"
    if not any(requirement.code in one.material.contains for one in asked(item) if one.material is not None):
        found["contained"] = False
    return found


def bases(old: Rulebook, new: Rulebook, besides: Iterable[tuple[str, str]] = ()) -> list[BasisChange]:
    """The materials whose bases are others: what is handed in cites them."""
    apart = frozenset(besides)
    found: dict[tuple[Any, ...], tuple[set[str], tuple[Basis, ...], tuple[Basis, ...]]] = {}
    for one in stretches(old, new):
        for before, after in _paired(one):
            sides = [{_cited(basis): basis for basis in requirement.bases} for requirement in (before, after)]
            if sides[0].keys() == sides[1].keys() or (one.old.code, before.code) in apart:
                continue
            gone = tuple(basis for key, basis in sides[0].items() if key not in sides[1])
            added = tuple(basis for key, basis in sides[1].items() if key not in sides[0])
            key = one.old.code, before.code, tuple(map(_cited, gone)), tuple(map(_cited, added))
            found.setdefault(key, (set(), gone, added))[0].update(one.divisions)
    return [BasisChange(key[0], key[1], frozenset(divisions), gone, added) for key, (divisions, gone, added) in found.items()]


def _cited(basis: Basis) -> tuple[object, ...]:
    instrument = basis.instrument
    return instrument.title, instrument.number, instrument.rank, basis.article, basis.start, basis.end


def calendar_years(old: Rulebook, new: Rulebook) -> list[int]:
    """The years in which working days are others somewhere, or known to one rulebook only: terms then end on other days."""
    calendars = old.calendar, new.calendar
    years = {year for one in calendars for year in one.years} | {year for one in calendars for _, year in one.local}
    local = [{key: days for key, days in one.local.items() if days} for one in calendars]
    return sorted(year for year in years if calendars[0].years.get(year) != calendars[1].years.get(year) or any(
        key[1] == year and local[0].get(key) != local[1].get(key) for key in (*local[0], *local[1])))
