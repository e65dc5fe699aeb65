"""What may be asked of which source, now: the questions an application still waits for, each with its legal ground.

A question is lawful and needed, or it is not there: the material is called for, nothing the applicant still has to say stands before it, the
source is in use here for that kind of number, and 查询有权 holds for the person whose data it is. Nothing here asks anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from engine.branches import Fork, Tree
from engine.catalogue import Source
from engine.conditions import replace_facts, truth
from engine.decide import Decider, Reading
from engine.facts import ground_of, source_of
from engine.intake import Case
from engine.judge import AWAITING
from engine.outcome import Judged
from engine.people import Party
from engine.standing import Place, check_sources
from engine.truth import HOLDS
from engine.vocabulary import Fact, FactValue

#: The facts that an answer of a source settles, and the kind of question that is put.
KINDS: Final[Mapping[str, str]] = {"query_result": "query", "check_result": "check"}
AUTHORISED: Final = "query_authorised"
#: The fact that tells whether a copy is on file, and its answer where none is.
FILES, NOWHERE = "on_file", "not_recorded"


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One question: about which copy of which material, whose data, to which source, on which ground."""

    key: str                  # material[/person]: where the answer belongs in the evidence
    item: str
    material: str
    person: str               # id inside the application: `applicant`, `agent` or one of `persons`
    kind: str                 # query or check
    fact: str                 # code of proved_fact
    presence: bool            # whether a record proves it; False: that there is none does
    source: Source
    ground: str               # code of source_ground
    rules: tuple[str, ...]    # ids of the rules that authorise it
    place: Place
    group: str = ""           # of a member of alternatives: the group it stands in
    way: int = 0              # and in which of its lists, the first being 0: one list is enough, so they are asked about in turn


def inquiries(decider: Decider, reading: Reading) -> tuple[Inquiry, ...]:
    """The questions that may be put now, each once. Answers may lead to further ones; read again with them."""
    found: dict[tuple[str, str], Inquiry] = {}
    for one in reading.unsettled(decider.weights):
        kind = _awaited(one.verdict.tree) if one.verdict.status == AWAITING else None
        party = _party(one, reading.case)
        if kind is None or party is None:
            continue
        for source in _sources(one, party, kind):
            inquiry = _inquiry(one, party, kind, source, reading.case)
            if inquiry is not None:
                found.setdefault((inquiry.key, inquiry.kind), inquiry)
    return tuple(found.values())


def _awaited(tree: Tree) -> str | None:
    """The kind of question that comes next. Whether some other file holds a copy is not waited for: our own files were looked at, and a source can be asked."""
    while isinstance(tree, Fork) and tree.fact.code == FILES:
        tree = next((below for values, below in tree.ways if NOWHERE in values), ("", ""))
    return KINDS.get(tree.fact.code) if isinstance(tree, Fork) else None


def _party(one: Judged, case: Case) -> Party | None:
    """Whose copy it is; None while nobody of the role is listed."""
    person = one.entry.get("person", case.applicant.id)
    return next((party for party in (case.applicant, *case.persons) if party.id == person), None)


def _sources(one: Judged, party: Party, kind: str) -> Iterator[Source]:
    """The sources that can be asked about that kind of number here."""
    id_type = party.facts["person_id_type"]
    if kind == "query":
        source = source_of(one.plan.unit, party)
        if source is not None and one.plan.unit.sources[id_type][0] == "connected":  # type: ignore[index]
            yield source
        return
    yield from (source for source in check_sources(one.plan.requirement, one.plan.place) if not source.id_types or id_type in source.id_types)


def _inquiry(one: Judged, party: Party, kind: str, source: Source, case: Case) -> Inquiry | None:
    """The question, if it has its ground."""
    material = one.plan.requirement.material
    id_type = party.facts["person_id_type"]
    ground = ground_of(source, id_type, party.facts["person_age"])
    if material is None or id_type is None or ground is None:
        return None
    rules = _authorised_by(one, party, case, ground)
    if not rules:
        return None
    return Inquiry(one.key, case.item.code, one.plan.requirement.code, party.id, kind, material.proves, material.direction == "presence",
                   source, ground, rules, one.plan.place,
                   one.plan.group.code if one.plan.group is not None else "", _way(one))


def _way(one: Judged) -> int:
    lists = one.plan.group.alternatives if one.plan.group is not None else ()
    return next((place for place, members in enumerate(lists) if any(member.code == one.plan.requirement.code for member in members)), 0)


def _authorised_by(one: Judged, party: Party, case: Case, ground: str) -> tuple[str, ...]:
    """The rules in force by which this person's data may be asked for on this ground; empty: it may not."""
    sheet: Mapping[str, FactValue] = {**one.plan.static, **case.facts, **party.facts, "source_ground": ground,
                                      "consents_to_query": case.consents.get(one.key), "material_needed": True}
    meaning = one.plan.judge.law.meaning

    def known(fact: Fact) -> FactValue:
        return sheet.get(fact.code)

    return tuple(rule.id for rule in one.plan.place.rules
                 if rule.defines is not None and rule.defines.code == AUTHORISED and truth(replace_facts(rule.condition, meaning), known) == HOLDS)
