"""What the catalogue alone says of one material of one item, in one division, on one day.

These are the computed facts that depend on item, material, division and days only: rank of the basis in force, membership
of published lists, published terms, credentials that may be shown, sources that are connected. They are computed before any
reader. Law is read on the law day; sources and credentials as they stand on the day of the facts. Nothing here knows an applicant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from engine.catalogue import Basis, Credential, Item, PublishedList, Requirement, Source
from engine.conditions import truth
from engine.deadlines import stricter
from engine.law import TERM, Rule, Span
from engine.rulebook import Rulebook
from engine.truth import HOLDS
from engine.vocabulary import Fact, FactValue, Term

ALL_ITEMS = "全部"
PROOF_LIST, DEFERRAL_LIST, SHOWN_LIST, SHARED_LIST = "证明事项清单", "容缺受理清单", "亮证清单", "电子证照共享清单"

_STATES = ("connected", "not_connected", "not_shareable", "not_applicable", "none")   # the best first


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when: rulebook, division chain (nearest first), day of the law, day of the facts."""

    rulebook: Rulebook
    chain: tuple[str, ...]
    law_day: date
    fact_day: date

    @property
    def rules(self) -> tuple[Rule, ...]:
        return self.rulebook.rules_for(self.chain[0], self.law_day)


def bases_in_force(requirement: Requirement, place: Place) -> tuple[Basis, ...]:
    """The bases of a material in force on the law day in the division, highest rank first."""
    here = frozenset(place.chain)
    found = [b for b in requirement.bases if b.start <= place.law_day < b.end and not here.isdisjoint(b.instrument.divisions)]
    return tuple(sorted(found, key=lambda basis: basis.instrument.order))


def lists_in_force(kind: str, place: Place, day: date) -> tuple[PublishedList, ...]:
    """The batches of one kind of list in force on the day, of the division and its ancestors: their union counts."""
    return tuple(one for one in place.rulebook.lists if one.kind == kind and one.division in place.chain and one.start <= day < one.end)


def listed_in(kind: str, item: str, code: str, place: Place) -> tuple[PublishedList, ...]:
    """The batches in force that list the material for the item (or the item itself, when `code` is empty)."""
    keys = {(item, code), (ALL_ITEMS, code)}
    return tuple(one for one in lists_in_force(kind, place, place.law_day) if not keys.isdisjoint(one.rows))


def list_status(kind: str, item: str, code: str, place: Place) -> str:
    """`listed`, `not_listed` or `unpublished`. A synthetic list never makes a proof unlisted: it is no list of the law."""
    published = lists_in_force(kind, place, place.law_day)
    if listed_in(kind, item, code, place):
        return "listed"
    if kind == PROOF_LIST:
        published = tuple(one for one in published if not one.synthetic)
    return "not_listed" if published else "unpublished"


def term_value(term: str, place: Place, facts: Mapping[str, FactValue]) -> tuple[Span | str, Rule] | None:
    """The value of a term (English code) here and now, and the rule it comes from.

    The nearest division's value, never looser than a stricter one above: for terms that compare, the strictest on the chain.
    """
    depth = {division: position for position, division in enumerate(place.chain)}
    found = []
    for rule in place.rules:
        if rule.kind == TERM and rule.term and rule.term.code == term and truth(rule.condition, lambda fact: facts.get(fact.code)) == HOLDS:
            nearness = min(depth[d] for d in rule.instrument.divisions if d in depth)
            found.append((nearness, rule.instrument.order, rule.file, rule.id, rule))
    if not found:
        return None
    found.sort(key=lambda row: row[:4])
    best: Rule = found[0][4]
    for *_, rule in found[1:]:
        direction = best.term.stricter if best.term else "不比较"
        if isinstance(rule.value, Span) and isinstance(best.value, Span) and stricter(best.value, rule.value, direction) != best.value:
            best = rule
    assert best.value is not None
    return best.value, best


def deferral_span(requirement: Requirement, item: Item, term: Term | None, place: Place, facts: Mapping[str, FactValue]) -> Span | None:
    """The published term for handing a deferred material in later: the pair's own, the list row's, or the division's term."""
    spans = [requirement.deferral] if requirement.deferral else []
    if requirement.material:
        for one in listed_in(DEFERRAL_LIST, item.code, requirement.material.code, place):
            row = one.rows.get((item.code, requirement.material.code))
            if row:
                spans.append(row)
    for code in (term.code,) if term else ("deferral_term", "promise_term"):
        value = term_value(code, place, facts)
        if value and isinstance(value[0], Span):
            spans.append(value[0])
    if not spans:
        return None
    result = spans[0]
    for span in spans[1:]:
        result = stricter(result, span, "短")
    return result


def showable(requirement: Requirement, place: Place) -> tuple[Credential, ...]:
    """The credentials that may be shown for the material here on the day of the facts."""
    if requirement.material is None:
        return ()
    found = (place.rulebook.credentials[code] for code in requirement.material.credentials)
    return tuple(one for one in found if may_be_shown(one, place))


def may_be_shown(credential: Credential, place: Place) -> bool:
    """Whether the credential may be shown here on the day of the facts: everywhere, or where a list in force names it."""
    return _everywhere_or_listed(credential.shown, credential, SHOWN_LIST, place)


def shareable(credential: Credential, place: Place) -> bool:
    """Whether its electronic certificate may be shared here on the day of the facts: everywhere, or where a list in force names it."""
    return _everywhere_or_listed(credential.shared, credential, SHARED_LIST, place)


def _everywhere_or_listed(where: str, credential: Credential, kind: str, place: Place) -> bool:
    if where != "清单":
        return where == "全国"
    return any(code == credential.code for one in lists_in_force(kind, place, place.fact_day) for _, code in one.rows)


def _connected(source: Source, place: Place) -> bool:
    return any(c.division in place.chain and c.start <= place.fact_day < c.end for c in source.connections)


def source_for(requirement: Requirement, id_type: str | None, place: Place) -> tuple[str, Source | None]:
    """The best state a source of the material has for that kind of identity number, and that source.

    `id_type` None asks regardless of the number.
    """
    best, chosen = "none", None
    for code in requirement.material.sources if requirement.material else ():
        source = place.rulebook.sources[code]
        if id_type is not None and source.id_types and id_type not in source.id_types:
            state = "not_applicable"
        elif source.sharing == "不予共享":
            state = "not_shareable"
        else:
            state = "connected" if _connected(source, place) else "not_connected"
        if chosen is None or _STATES.index(state) < _STATES.index(best):
            best, chosen = state, source
    return best, chosen


def check_sources(requirement: Requirement, place: Place) -> tuple[Source, ...]:
    """The authority's standing ways of checking that are in use here."""
    found = (place.rulebook.sources[code] for code in (requirement.material.checks if requirement.material else ()))
    return tuple(source for source in found if _connected(source, place))


def item_facts(item: Item, place: Place) -> dict[str, FactValue]:
    """The facts about the item itself."""
    facts: dict[str, FactValue] = {
        "item": item.code, "item_kind": item.kind, "item_status": item.status, "reform_mode": item.reform,
        "work_safety": item.work_safety, "state_secret": item.state_secret, "correctable_later": item.correctable_later,
        "application_free": item.application_free,
    }
    for fact in _list_facts(place.rulebook.vocabulary.facts, "事项"):
        facts[fact.code] = list_status(fact.list_kind, item.code, "", place)
    return facts


def material_facts(requirement: Requirement, item: Item, place: Place) -> dict[str, FactValue]:
    """The facts about one material of the item that need no applicant."""
    material = requirement.material
    assert material is not None
    facts = item_facts(item, place)
    in_force = bases_in_force(requirement, place)
    rank_fact = place.rulebook.vocabulary.by_word.get("basis_rank")
    ranks = rank_fact.by_word if rank_fact else {}
    facts |= {
        "material": material.code, "material_kind": material.kind, "material_role": requirement.role, "issuer_kind": material.issuer,
        "issuer_cannot_verify": material.issuer_cannot_verify, "proved_fact": material.proves, "proof_direction": material.direction,
        "risk_tags": requirement.risks, "commitment_modes": requirement.commitment_modes,
        "agent_may_commit": requirement.agent_may_commit, "in_person_only": material.in_person,
        "basis_rank": ranks[in_force[0].instrument.rank].code if in_force and in_force[0].instrument.rank in ranks else "none",
        "showable_credential": bool(showable(requirement, place)), "check_channel": bool(check_sources(requirement, place)),
    }
    for fact in _list_facts(place.rulebook.vocabulary.facts, "材料"):
        facts[fact.code] = list_status(fact.list_kind, item.code, material.code, place)
    facts["deferral_term_published"] = deferral_span(requirement, item, None, place, facts) is not None
    return facts


def _list_facts(facts: Iterable[Fact], subject: str) -> Iterable[Fact]:
    return (fact for fact in facts if fact.function == "list_status" and fact.subject == subject)
