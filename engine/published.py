"""Published lists as an office publishes them: one kind of list, in one division, on one day, from what the engine decides by.

The rows are those of the batches that `engine.standing` asks about, no more and no fewer; where no batch is in force the list is
unpublished, which is not the same as empty. The draft of the list of proofs is made from the catalogue instead and is never
mixed with a published one. Nothing here decides, prints, or reads a file or a clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from engine.catalogue import Basis, Division, Item, PublishedList, Requirement
from engine.conditions import truth
from engine.deadlines import stricter
from engine.law import BAR, GRANT, RANKS, UNCONFIRMED_ARTICLE, Rule, Span
from engine.problems import Problem, nearest, unknown_word
from engine.rulebook import Rulebook
from engine.standing import (
    ALL_ITEMS,
    DEFERRAL_LIST,
    PROOF_LIST,
    SHARED_LIST,
    SHOWN_LIST,
    Place,
    bases_in_force,
    deferral_span,
    list_status,
    lists_in_force,
    material_facts,
    term_value,
)
from engine.truth import FAILS, HOLDS
from engine.vocabulary import Value

Subject = Literal["material", "item", "credential"]
State = Literal["published", "empty", "unpublished", "draft"]


@dataclass(frozen=True, slots=True)
class ListKind:
    """A kind of list: its code, the rulebook's word, the heading under which offices publish it, English, what a row names."""

    code: str
    name: str
    title: str
    english: str
    subject: Subject


KINDS: Final = (
    ListKind("proofs", PROOF_LIST, "证明事项清单", "List of proofs", "material"),
    ListKind("commitments", "告知承诺清单", "告知承诺证明目录", "Catalogue of proofs replaceable by a commitment", "material"),
    ListKind("deferrals", DEFERRAL_LIST, "容缺受理材料清单", "List of materials that may be deferred", "material"),
    ListKind("shareable", SHARED_LIST, "电子证照共享清单", "List of shared e-certificates", "credential"),
    ListKind("showable", SHOWN_LIST, "亮证清单", "List of showable e-certificates", "credential"),
    ListKind("promise_approvals", "承诺审批清单", "承诺审批清单", "List of items approved on promise", "item"),
)
PROOFS: Final = KINDS[0]

#: A proof may be asked for only where one of these carries it (优化营商环境条例 44).
NEEDED_RANKS: Final = RANKS[:4]

_PROOF, _CANCELLED, _ABOLISHED, _CONSEQUENCE = "proof", "cancelled", "abolished", "overdue_consequence"

#: What a reader of a row should know, because it makes the row weigh less or more in decisions than it seems to.
NOTES: Final = ("item_not_offered", "item_cancelled", "material_not_asked", "named_as_group", "no_term", "promised_sooner", "showable_nowhere",
                "showable_everywhere", "abolished_by_rule", "alternative", "in_place_of_abolished")


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch in force. Half-open days; `start` is the day of publication."""

    name: str
    division: Division
    start: date
    end: date
    synthetic: bool
    basis: str
    count: int
    review: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One row. What its kind of list does not have is None or empty; `batch` is None in a draft only.

    `term` is the row's own, `term_applied` the one that decisions use (the strictest of row, item and division).
    """

    batch: Batch | None
    item: Value | None = None
    material: Value | None = None
    credential: Value | None = None
    scene: str = ""
    basis: str = ""
    asked_by: str = ""
    issued_by: str = ""
    guide: str = ""
    bases: tuple[Basis, ...] = ()
    term: Span | None = None
    term_applied: Span | None = None
    consequence: Value | None = None
    consequence_rule: str = ""
    review: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    abolished_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """One list, in one division, on one day. `others`: what decisions take for whatever is not on it."""

    version: str
    kind: ListKind
    division: Division
    day: date
    draft: bool
    batches: tuple[Batch, ...]
    rows: tuple[Row, ...]
    others: str                      # not_listed or unpublished; a draft says nothing of anything

    @property
    def state(self) -> State:
        """`unpublished` where no batch is in force, `empty` where those in force hold no row."""
        if self.draft:
            return "draft"
        return "unpublished" if not self.batches else "published" if self.rows else "empty"


def kind_of(word: str) -> ListKind | Problem:
    """The kind of list with that code or Chinese name, or the problem that there is none."""
    by_word = {name: kind for kind in KINDS for name in (kind.code, kind.name, kind.title)}
    found = by_word.get(word.strip())
    if found is not None:
        return found
    near = nearest(word.strip(), by_word)
    unknown = unknown_word("unknown-list", "清单", "list", word, (kind.code for kind in KINDS))
    return Problem(unknown.code, unknown.zh, unknown.en, allowed=unknown.allowed, nearest=near)


def no_draft(kind: ListKind) -> Problem | None:
    """The problem that this kind of list has no draft, if so."""
    if kind == PROOFS:
        return None
    return Problem("no-draft", f"“{kind.title}”（{kind.code}）没有草案；只有{PROOFS.title}（{PROOFS.code}）有。",
                   f"“{kind.code}” has no draft; only “{PROOFS.code}” has one.", allowed=(PROOFS.code,))


def published(rulebook: Rulebook, kind: ListKind, division: str, day: date) -> Published:
    """The list as decisions use it: the batches in force of the division and those above, nearest first. The division is known."""
    place = Place(rulebook, rulebook.chain(division), day, day)
    found = sorted(lists_in_force(kind.name, place, day), key=lambda one: (place.chain.index(one.division), one.start, one.file))
    batches: list[Batch] = []
    rows: list[Row] = []
    for one in found:
        batch = _batch(one, rulebook)
        batches.append(batch)
        rows.extend(_rows(one, batch, kind, place))
    others = list_status(kind.name, "", "\0", place)          # no row has such a name
    return Published(rulebook.version, kind, rulebook.divisions[division], day, False, tuple(batches), tuple(rows), others)


def draft(rulebook: Rulebook, division: str, day: date) -> Published:
    """What the catalogue itself would put on the list of proofs: every proof of an offered item with a basis of the needed rank."""
    place = Place(rulebook, rulebook.chain(division), day, day)
    rows: dict[tuple[str, str], Row] = {}
    for code in dict.fromkeys(code for code, _ in rulebook.items):
        item = _offered(code, place)
        for requirement, note in _requirements(item) if item and item.status != _CANCELLED else ():
            row = _proof(requirement, item, note, place) if item else None
            if row is not None:
                known = rows.get((code, requirement.code))
                rows[code, requirement.code] = _merged(known, row) if known else row
    return Published(rulebook.version, PROOFS, rulebook.divisions[division], day, True, (), tuple(rows.values()), "")


# —— rows of a batch ——

def _batch(one: PublishedList, rulebook: Rulebook) -> Batch:
    review = _marks(one, rulebook).get(f"{one.kind} {one.batch}", ())
    return Batch(one.batch, rulebook.divisions[one.division], one.start, one.end, one.synthetic, one.basis, len(one.rows), tuple(review))


def _marks(one: PublishedList, rulebook: Rulebook) -> dict[str, list[str]]:
    """待法务核对 of the list's file, by what they are about: the batch, or a row's material, item or credential."""
    found: dict[str, list[str]] = {}
    for mark in rulebook.marks:
        if mark.file == one.file and one.file and mark.text != "合成数据":
            found.setdefault(mark.subject.rpartition(" · ")[2], []).append(mark.text)
    return found


def _rows(one: PublishedList, batch: Batch, kind: ListKind, place: Place) -> Iterator[Row]:
    marks = _marks(one, place.rulebook)
    nothing: Mapping[str, str] = {}
    for position, ((item, code), term) in enumerate(one.rows.items()):
        told = one.details[position] if position < len(one.details) else nothing
        word = told.get("材料") or told.get("事项") or told.get("证件") or ""
        own = tuple(marks.get(word, ()))
        if kind.subject == "credential":
            yield _credential_row(code, batch, kind, told, own, place)
        elif kind.subject == "item":
            yield Row(batch, item=_word("item", item, place), review=own, notes=_item_notes(item, place))
        else:
            yield _material_row(item, code, batch, kind, told, term, own, place)


def _credential_row(code: str, batch: Batch, kind: ListKind, told: Mapping[str, str], own: tuple[str, ...], place: Place) -> Row:
    credential = place.rulebook.credentials[code]
    notes = {"否": ("showable_nowhere",), "全国": ("showable_everywhere",)}.get(credential.shown, ()) if kind.name == SHOWN_LIST else ()
    return Row(batch, credential=Value(credential.name, credential.code, credential.english), scene=told.get("场景", ""),
               review=_texts(*own, credential.review), notes=notes)


def _material_row(item_code: str, code: str, batch: Batch, kind: ListKind, told: Mapping[str, str], term: Span | None, own: tuple[str, ...],
                  place: Place) -> Row:
    item = _offered(item_code, place)
    requirement = _requirement(item, code)
    material = place.rulebook.materials.get(code)
    basis = told.get("设定依据", "")
    notes = [*_item_notes(item_code, place), *(("named_as_group",) if material is None else ())]
    if item is not None and material is not None and requirement is None:
        notes.append("material_not_asked")
    applied, consequence, rule = None, None, ""
    if kind.name == DEFERRAL_LIST:
        applied, more = _deferral(requirement, item, place)
        notes.extend(more)
        consequence, rule = _consequence(requirement, item, place)
    return Row(batch, item=_word("item", item_code, place), material=_word("material", code, place), basis=basis, asked_by=told.get("索要单位", ""),
               issued_by=told.get("开具单位", ""), guide=told.get("办理指南", ""), term=term, term_applied=applied, consequence=consequence,
               consequence_rule=rule, notes=tuple(notes), review=_texts(
                   *own, UNCONFIRMED_ARTICLE if UNCONFIRMED_ARTICLE in basis else "", requirement.review if requirement else "",
                   material.review if material else ""))


def _deferral(requirement: Requirement | None, item: Item | None, place: Place) -> tuple[Span | None, tuple[str, ...]]:
    """The term that decisions use for handing the material in later, and what to know about it."""
    if requirement is None or item is None:
        return None, ()
    span = deferral_span(requirement, item, None, place, material_facts(requirement, item, place))
    if span is None:
        return None, ("no_term",)
    return span, ("promised_sooner",) if stricter(span, item.promised_time, "短") != span else ()


def _consequence(requirement: Requirement | None, item: Item | None, place: Place) -> tuple[Value | None, str]:
    """What lateness leads to here, and the rule that says so."""
    facts = material_facts(requirement, item, place) if requirement and item else {}
    found = term_value(_CONSEQUENCE, place, facts)
    if found is None or found[1].term is None:
        return None, ""
    return next((value for value in found[1].term.values if value.code == found[0]), None), found[1].id


# —— the draft ——

def _proof(requirement: Requirement, item: Item, note: str, place: Place) -> Row | None:
    """The row of a requirement, if it is a proof that a basis of the needed rank carries on the day."""
    material = requirement.material
    if material is None or material.kind != _PROOF:
        return None
    bases = tuple(one for one in bases_in_force(requirement, place) if one.instrument.rank in NEEDED_RANKS)
    if not bases:
        return None
    abolished = tuple(rule.id for rule in _abolishing(requirement, item, place))
    return Row(
        None, item=Value(item.name, item.code, item.english), material=Value(requirement.name, requirement.code, requirement.english),
        basis="；".join(map(_cited, bases)), asked_by=item.authority,
        issued_by=place.rulebook.vocabulary["issuer_kind"].label(material.issuer), guide=f"见“{item.name}”办事指南", bases=bases,
        review=_texts(*(text for one in bases for text in _doubts(one)), requirement.review, material.review, item.review),
        notes=_texts(note, "abolished_by_rule" if abolished else ""), abolished_by=abolished)


def _merged(one: Row, other: Row) -> Row:
    """One pair of item and material that an item asks for twice, of different persons or in different ways.

    It is a mere alternative only where it is one both times.
    """
    bases = tuple(dict.fromkeys((*one.bases, *other.bases)))
    notes = tuple(note for note in NOTES if (note in one.notes and note in other.notes) or (
        note == "abolished_by_rule" and note in (*one.notes, *other.notes)))
    return replace(one, bases=bases, basis="；".join(map(_cited, bases)), review=_texts(*one.review, *other.review), notes=notes,
                   abolished_by=_texts(*one.abolished_by, *other.abolished_by))


def _abolishing(requirement: Requirement, item: Item, place: Place) -> Iterator[Rule]:
    """The rules that abolish the proof whoever applies. What the published list itself does is left out: this is a draft of it."""
    listed = {fact.code for fact in place.rulebook.vocabulary.facts if fact.list_kind == PROOF_LIST}
    facts = {code: value for code, value in material_facts(requirement, item, place).items() if code not in listed}
    about = [(rule, truth(rule.condition, lambda fact: facts.get(fact.code))) for rule in place.rules if rule.route == _ABOLISHED]
    if all(value == FAILS for rule, value in about if rule.kind == BAR):
        yield from (rule for rule, value in about if rule.kind == GRANT and value == HOLDS)


def _cited(basis: Basis) -> str:
    article = f"（{basis.article}）" if basis.article == UNCONFIRMED_ARTICLE else basis.article
    return f"《{basis.instrument.title}》{article}"


def _doubts(basis: Basis) -> tuple[str, ...]:
    return (UNCONFIRMED_ARTICLE if basis.article == UNCONFIRMED_ARTICLE else "", basis.review, basis.instrument.review)


# —— what the catalogue says of a row ——

def _offered(code: str, place: Place) -> Item | None:
    """The item as it is offered here on the day."""
    item = place.rulebook.item(code, place.chain[0])
    return item if item is not None and item.start <= place.law_day < item.end else None


def _item_notes(code: str, place: Place) -> tuple[str, ...]:
    if code == ALL_ITEMS:
        return ()
    item = _offered(code, place)
    return ("item_not_offered",) if item is None else ("item_cancelled",) if item.status == _CANCELLED else ()


def _requirements(item: Item) -> Iterator[tuple[Requirement, str]]:
    """Every requirement of one material, with the note on how it stands there."""
    for one in item.requirements:
        members = [(one, ""), *((member, "alternative") for way in one.alternatives for member in way)]
        for member, note in members:
            if member.material is not None:
                yield member, note
            yield from ((follower, "in_place_of_abolished") for follower in member.establishes if follower.material is not None)


def _requirement(item: Item | None, code: str) -> Requirement | None:
    return next((one for one, _ in _requirements(item) if one.code == code), None) if item else None


def _word(fact: str, code: str, place: Place) -> Value:
    """The names behind a code of the catalogue; 全部 stands for every item."""
    if code == ALL_ITEMS:
        return Value(ALL_ITEMS, ALL_ITEMS, "every item")
    return place.rulebook.vocabulary[fact].by_code.get(code) or Value(code, code, code)


def _texts(*texts: str) -> tuple[str, ...]:
    """Each text that is there, once."""
    return tuple(dict.fromkeys(text for text in texts if text))
