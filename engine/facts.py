"""The fact sheet: what every fact is worth for one material of one person in one application.

Facts of the application and the person come from intake, facts of the catalogue from standing; the computed facts that need
an applicant are made here, and where one of them is unknown, what could still make it known (its openings). Nothing here
knows a rule or a route, and nothing reads a clock: days come with the case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from engine.application import OnFileEntry
from engine.catalogue import Credential, Requirement, Source
from engine.conditions import Condition, truth
from engine.deadlines import MissingCalendar, due, shortest
from engine.given import AGENT, APPLICANT
from engine.intake import Case
from engine.people import SIGNERS, Party, authority_of
from engine.rulebook import Rulebook
from engine.standing import Place, showable, source_for
from engine.truth import FAILS, HOLDS
from engine.vocabulary import CHOICES, Fact, FactValue

#: What a fact that is asked for could turn out to be, and which facts that would settle: (answer, facts by code).
Opening = tuple[FactValue, Mapping[str, FactValue]]


@dataclass(frozen=True, slots=True)
class Unit:
    """One material as one person has to answer for it. The parts that need no applicant are made once a plan."""

    requirement: Requirement
    credentials: tuple[Credential, ...]
    sources: Mapping[str | None, tuple[str, Source | None]]     # by kind of identity number
    place: Place
    needed: Condition
    unspoken_dispute: bool | None                               # what not disputing means, as the vocabulary says

    @staticmethod
    def of(requirement: Requirement, place: Place) -> Unit:
        dispute = place.rulebook.vocabulary.by_word.get("data_disputed")
        id_types = (None, *(value.code for value in place.rulebook.vocabulary["person_id_type"].values))
        return Unit(requirement, showable(requirement, place), {kind: source_for(requirement, kind, place) for kind in id_types},
                    place, requirement.needed, dispute.unspoken if dispute else None)

    def credentials_for(self, id_type: str | None) -> tuple[Credential, ...]:
        """The credentials a holder of that kind of number can have."""
        if id_type is None:
            return self.credentials
        return tuple(one for one in self.credentials if not one.id_types or id_type in one.id_types)


def need(condition: Condition, case: Case, party: Party) -> bool | None:
    """Whether a condition over the situation and the person holds; None = hangs on something unknown."""
    value = truth(condition, lambda fact: party.facts[fact.code] if fact.code in party.facts else case.facts.get(fact.code))
    return True if value == HOLDS else False if value == FAILS else None


def material_needed(unit: Unit, case: Case, party: Party, key: str) -> FactValue:
    return need(unit.needed, case, party)


def source_state(unit: Unit, case: Case, party: Party, key: str) -> FactValue:
    """State of the best source for the person's kind of number; unknown while the kind is unknown and makes a difference."""
    id_type = party.facts["person_id_type"]
    if id_type is None:
        states = {state for kind, (state, _) in unit.sources.items() if kind is not None}
        return states.pop() if len(states) == 1 else None
    return unit.sources[id_type][0]  # type: ignore[index]


def source_of(unit: Unit, party: Party) -> Source | None:
    return unit.sources[party.facts["person_id_type"]][1]  # type: ignore[index]


def source_ground(unit: Unit, case: Case, party: Party, key: str) -> FactValue:
    """The legal ground of the query. Where it is consent, a person under fourteen needs a guardian's (个人信息保护法 31).

    Unknown while the kind of number is unknown and makes a difference.
    """
    if party.facts["person_id_type"] is None and len({_ground(source) for kind, (_, source) in unit.sources.items() if kind is not None}) > 1:
        return None
    source = source_of(unit, party)
    if source is None:
        return "none"
    return ground_of(source, party.facts["person_id_type"], party.facts["person_age"])


#: Numbers that only organisations and projects have: they have no age.
_OF_ORGANISATIONS = frozenset({"uscc", "name_reservation", "project_code"})


def hangs_on_age(source: Source | None, id_type: FactValue) -> bool:
    """Whether it takes a guardian's consent where the person is a child: the ground is consent, and the number a natural person's."""
    return source is not None and source.ground in ("consent", "separate_consent") and id_type not in _OF_ORGANISATIONS


def ground_of(source: Source | None, id_type: FactValue, age: FactValue) -> str | None:
    """The ground for a person of that age; None while the age is unknown and whose consent it takes hangs on it."""
    if not hangs_on_age(source, id_type):
        return _ground(source)
    if not isinstance(age, int):
        return None
    return "guardian_consent" if age < 14 else _ground(source)


def _ground(source: Source | None) -> str:
    return source.ground if source else "none"


def shown_state(unit: Unit, case: Case, party: Party, key: str) -> FactValue:
    """State of the credential for this person on the day: presented ones first, else whether the person has one."""
    if not unit.credentials:
        return "none"
    best: str | None = None
    # What is shown counts whatever number the person gave; the kind of number only tells what to expect of them.
    words = {word for one in unit.credentials for word in (one.code, one.name)}
    for shown in case.presented or ():
        if shown.credential not in words:
            continue
        if shown.holder != party.id and shown.holder not in party.same:
            state = "not_theirs" if shown.holder not in (APPLICANT, AGENT, *(p.id for p in case.persons)) else ""
        elif shown.status == "revoked":
            state = "revoked"
        elif shown.status == "expired" or (shown.valid_to is not None and shown.valid_to < case.as_of):
            state = "expired"
        elif (authority := authority_of(case.facts["agent_kind"], case.agent_valid, party.role)) is not True:
            if authority is None:
                return None
            state = "unauthorised"
        else:
            return "valid"
        best = best or state or None
    if best:
        return best
    held = case.own.get("holds_credential", {}).get(key)
    id_type = party.facts["person_id_type"]
    if held is False:
        return "not_held"
    if id_type is None:
        # Saying that one holds a credential counts if the kind of number goes with it, and which it is nobody said yet.
        return "not_presented" if held and not any(one.id_types for one in unit.credentials) else None
    usable = unit.credentials_for(id_type)  # type: ignore[arg-type]
    if not usable:
        return "none"
    return "not_presented" if held or any(one.universal for one in usable) else None


def on_file_state(unit: Unit, case: Case, party: Party, key: str) -> FactValue:
    """Whether an earlier copy may be used again (国办函〔2016〕108号: A, B, and D if self-made; C only after a check)."""
    if case.on_file is None:
        return None
    if key in case.not_sought and key not in case.on_file:
        return "not_on_file"
    material = unit.requirement.material
    states: set[str | None] = set()
    for entry in case.on_file.get(key, ()):
        stale = _out_of_date(entry, unit, case)
        if stale is None:
            states.add(None)
        elif stale:
            states.add("expired")
        elif entry.trust in ("A", "B") or (entry.trust == "D" and material is not None and material.self_made):
            states.add("usable")
        else:
            states.add("unchecked")
    for state in ("usable", None, "unchecked", "expired"):
        if state in states:
            return state if state == "usable" or case.on_file_complete else None
    return "not_on_file" if case.on_file_complete else None


def _out_of_date(entry: OnFileEntry, unit: Unit, case: Case) -> bool | None:
    """Whether a copy is no longer valid on the day; None = the day hangs on a calendar that is missing."""
    if entry.valid_to is not None and entry.valid_to < case.as_of:
        return True
    material = unit.requirement.material
    if material is None or material.validity is None:
        return False
    if shortest(entry.received_on, material.validity) >= case.as_of:
        return False
    try:
        return due(entry.received_on, material.validity, unit.place.rulebook.calendar, unit.place.chain) < case.as_of
    except MissingCalendar:
        return None


def commitment_signer(unit: Unit, case: Case, party: Party, key: str) -> FactValue:
    """Who signs. Nobody acting for the person, the person signs."""
    choice = case.choices.get(key)
    if choice is not None and choice.signed_by is not None:
        return choice.signed_by
    return "self" if case.application.agent is None else None


def _own(code: str) -> Callable[[Unit, Case, Party, str], FactValue]:
    return lambda unit, case, party, key: case.own.get(code, {}).get(key)


def maker(fact: Fact) -> Callable[[Unit, Case, Party, str], FactValue]:
    """How a fact about one material is found in a case: one that no code knows by name is as it was declared."""
    return MAKERS.get(fact.code) or (lambda unit, case, party, key: case.own.get(fact.code, {}).get(key, fact.unspoken))


def data_disputed(unit: Unit, case: Case, party: Party, key: str) -> FactValue:
    """Disputing is an act: what was not disputed is not disputed."""
    return case.own.get("data_disputed", {}).get(key, unit.unspoken_dispute)


#: How each fact about one material is found in a case. Facts of stages (contained, principals_complete) come from `stages`.
MAKERS: Mapping[str, Callable[[Unit, Case, Party, str], FactValue]] = {
    "material_needed": material_needed,
    "source_state": source_state,
    "source_ground": source_ground,
    "shown_state": shown_state,
    "on_file_state": on_file_state,
    "on_file": lambda unit, case, party, key: (
        "recorded" if key in (case.on_file or ()) else "not_recorded" if case.on_file_complete or key in case.not_sought else None),
    "earlier_output": lambda unit, case, party, key: case.outputs.get(key, None if key in case.perhaps_issued else "none"),
    "asked_elsewhere": lambda unit, case, party, key: key in case.asked_elsewhere,
    "query_result": lambda unit, case, party, key: case.queries.get(key),
    "check_result": lambda unit, case, party, key: case.checks.get(key),
    "consents_to_query": lambda unit, case, party, key: case.consents.get(key),
    "holds_credential": _own("holds_credential"),
    "data_disputed": data_disputed,
    "commitment_signer": commitment_signer,
}


def openings(fact: Fact, unit: Unit, sheet: Mapping[str, FactValue], rulebook: Rulebook,
             days: Mapping[str, tuple[FactValue, ...]]) -> tuple[Fact, list[Opening]]:
    """What could make an unknown fact known: the fact to ask for (itself, or a leaf of it) and its possible answers.

    `days` gives representative values for facts of days and numbers (the break points of the phrases that read them).
    """
    vocabulary = rulebook.vocabulary
    if fact.code == "shown_state":
        if sheet["person_id_type"] is None and any(c.id_types for c in unit.credentials):
            return _by_id_type(unit, vocabulary["person_id_type"], sheet)
        if sheet.get("agent_kind") == "authorised_agent" and sheet.get("agent_authorised") is None:
            return vocabulary.by_word.get("agent_authorised", fact), [(True, {"shown_state": "valid", "agent_authorised": True}),
                                                    (False, {"shown_state": "unauthorised", "agent_authorised": False})]
        return vocabulary.by_word.get("holds_credential", fact), [(True, {"shown_state": "not_presented"}), (False, {"shown_state": "not_held"})]
    if fact.code == "source_state" or (fact.code == "source_ground" and sheet["person_id_type"] is None):
        return _by_id_type(unit, vocabulary["person_id_type"], sheet)
    if fact.code == "source_ground":
        grounds = (_ground(unit.sources[str(sheet["person_id_type"])][1]), "guardian_consent")
        return vocabulary[fact.leaves[0]] if fact.leaves else fact, [(ground, {"source_ground": ground}) for ground in grounds]
    if fact.code == "on_file_state":
        told_apart = ("usable", *(state for state in ("unchecked", "expired") if (fact.code, state) in rulebook.spoken))
        return vocabulary.by_word.get("on_file", fact), [
            *(("recorded", {"on_file_state": state}) for state in told_apart), ("not_recorded", {"on_file_state": "not_on_file"})]
    values: tuple[FactValue, ...]
    if fact.type == "是否":
        values = (True, False)
    elif fact.type == "选项":
        # A letter can have been signed by the person and by who acts.
        values = tuple(value.code for value in fact.values if fact.code != "commitment_signer" or value.code not in SIGNERS
                       or sheet.get("agent_kind") in (None, SIGNERS[value.code]))
    elif fact.type == "多选":
        values = days.get(fact.code) or (frozenset(), *(frozenset((value.code,)) for value in fact.values))
    else:
        values = days.get(fact.code, ())
    leaf = vocabulary[fact.leaves[0]] if fact.leaves else fact
    return leaf, [(value, {fact.code: value}) for value in values]


def _by_id_type(unit: Unit, fact: Fact, sheet: Mapping[str, FactValue]) -> tuple[Fact, list[Opening]]:
    """Each kind of number settles the state of the source and of the credential together, where they are not known already."""
    found: list[Opening] = []
    for value in fact.values:
        usable = unit.credentials_for(value.code)
        shown = "none" if not usable else "not_presented" if sheet.get("holds_credential") or any(one.universal for one in usable) else None
        settles: dict[str, FactValue] = {
            "person_id_type": value.code, "source_state": unit.sources[value.code][0],
            "source_ground": ground_of(unit.sources[value.code][1], value.code, sheet.get("person_age")),
            "shown_state": shown}
        found.append((value.code, {code: settled for code, settled in settles.items() if sheet.get(code) is None}))
    return fact, found


def day_values(phrases: object, sheet: Mapping[str, FactValue]) -> dict[str, tuple[FactValue, ...]]:
    """Representative values for facts of days, numbers and several values.

    Days and numbers: just before, at and after every value they are compared with, and far from it, so that another unknown
    one has room between. Several values: every choice among the values that are spoken of.
    """
    found: dict[str, dict[FactValue, None]] = {}
    spoken: dict[str, dict[str, None]] = {}
    for phrase in phrases:  # type: ignore[attr-defined]
        if phrase.fact.type == CHOICES and not isinstance(phrase.right, Fact):
            spoken.setdefault(phrase.fact.code, {}).update(dict.fromkeys(phrase.right))
        if phrase.fact.type not in ("日期", "数值"):
            continue
        pairs = [(phrase.fact, phrase.right)]
        if isinstance(phrase.right, Fact):
            pairs.append((phrase.right, phrase.fact))
        for fact, other in pairs:
            against = sheet.get(other.code) if isinstance(other, Fact) else other[0]
            if against is None:
                continue
            for value in _around(against):
                found.setdefault(fact.code, {})[value] = None
    return {code: tuple(values) for code, values in found.items()} | {
        code: tuple(frozenset(chosen) for size in range(len(words) + 1) for chosen in combinations(words, size))
        for code, words in spoken.items() if len(words) <= _MOST_SPOKEN}


#: Values of one fact of which every choice is looked at.
_MOST_SPOKEN = 5
_FAR = 1_000


def _around(value: FactValue) -> tuple[FactValue, ...]:
    if isinstance(value, date):
        ordinal = value.toordinal()
        return tuple(date.fromordinal(n) for n in (ordinal - _FAR, ordinal - 1, ordinal, ordinal + 1, ordinal + _FAR) if 1 <= n <= date.max.toordinal())
    return (value - _FAR, value - 1, value, value + 1, value + _FAR)  # type: ignore[operator]
