"""The people of an application: identity numbers checked, ages counted, one person found again under several ids.

A party holds no name and no number. Nothing here knows a material or a rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from engine import identity
from engine.application import Agent, Application, Person
from engine.given import AGENT, APPLICANT, Reader
from engine.problems import Problem, unknown_word
from engine.vocabulary import DECLARED, FactValue

#: The role under which whoever acts for the applicant answers for a material that is asked once per person.
AGENT_ROLES = {"authorised_agent": "代理人", "guardian": "监护人", "official_helper": "代办员"}


@dataclass(frozen=True, slots=True)
class Party:
    """One person as the engine sees them. `id` is `applicant` for the applicant. Holds no name and no number."""

    id: str
    role: str
    facts: Mapping[str, FactValue]
    same: frozenset[str] = frozenset()     # other ids in the application that carry the same identity number


#: Somebody not listed yet: nothing is known of them.
SOMEBODY = Party("", "", {"person_id_type": None, "birth_date": None, "person_age": None})


def identities(reader: Reader, application: Application) -> dict[str, identity.Identity | Problem]:
    """By id, the identity number of everybody who gives one with a known kind: read, or what is wrong with it."""
    kinds = reader.vocabulary["person_id_type"].by_word
    people: list[tuple[str, Person]] = [(APPLICANT, application.applicant), *((person.id, person) for person in application.persons)]
    if application.agent is not None:
        people.append((AGENT, application.agent))
    return {person_id: identity.read(kinds[person.id_type].code, person.id_number) for person_id, person in people
            if person.id_type in kinds and person.id_number is not None}


def same_people(read: Mapping[str, identity.Identity | Problem]) -> dict[str, frozenset[str]]:
    """By id, the other ids that carry the same identity number: one person may be applicant, spouse and agent at once."""
    if len(read) < 2:
        return {}
    found: dict[str, list[str]] = {}
    for person_id, one in read.items():
        if not isinstance(one, Problem):
            found.setdefault(one.number, []).append(person_id)
    return {one: frozenset(ids) - {one} for ids in found.values() if len(ids) > 1 for one in ids}


def person_facts(reader: Reader, person: Person, read: identity.Identity | Problem | None, place: str, as_of: date) -> dict[str, FactValue]:
    """The facts about a person that an application states: kind of number, date of birth, age on the day."""
    kind = reader.value("person_id_type", person.id_type, f"{place}.id_type")
    born = person.birth_date
    if person.id_number is not None and person.id_type is None:
        reader.wrong(Problem("missing-id-type", "写了证件号码，也要写证件类型。", "An identity number needs its kind."), f"{place}.id_type")
    elif kind is not None and read is not None:
        if isinstance(read, Problem):
            reader.wrong(read, f"{place}.id_number")
        elif read.birth_date:
            if born and born != read.birth_date:
                reader.wrong(Problem("birth-date-mismatch", "出生日期与证件号码不一致。", "The date of birth differs from the one in the identity number."),
                             f"{place}.birth_date")
            born = read.birth_date
    if born and born > as_of:
        reader.wrong(Problem("wrong-day", "出生日期晚于决定日期。", "The date of birth is after the day of the decision."), f"{place}.birth_date")
    return {"person_id_type": kind, "birth_date": born, "person_age": identity.age_on(born, as_of) if born else None}


def agent_authority(agent: Agent | None, as_of: date) -> bool | None:
    """Whether the agent's authority is valid on the day; None = unknown."""
    if agent is None:
        return None
    if agent.authorised_until is not None and agent.authorised_until < as_of:
        return False
    return agent.authorised


def about_persons(reader: Reader, application: Application, persons: frozenset[str]) -> dict[str, dict[str, FactValue]]:
    """By person, the facts about persons that stand in no field of their own: declared in `facts` by person, else unknown.

    Empty where the vocabulary has none.
    """
    asked = reader.rulebook.asked_of_persons
    if not asked:
        return {}
    found: dict[str, dict[str, FactValue]] = {
        one: {fact.code: fact.unspoken for fact in asked} for one in (APPLICANT, AGENT, *persons)} if asked else {}
    for fact in asked:
        for word in dict.fromkeys((fact.code, fact.name)):
            given = application.facts.get(word)
            place = f"facts.{word}"
            if given is None or fact.supplier != DECLARED:
                continue
            if not isinstance(given, dict):
                reader.wrong(Problem("value-type", f"“{fact.name}”要按人写，例如 {{\"{fact.code}\": {{\"applicant\": 值}}}}。",
                                     f"“{fact.code}” is stated per person: {{person: value}}."), place)
                continue
            for person, stated in given.items():
                if person not in found or (person == AGENT and application.agent is None):
                    reader.wrong(unknown_word("unknown-person", "相关人", "person", person, sorted((APPLICANT, *persons))), f"{place}.{person}")
                else:
                    found[person][fact.code] = reader.declared(fact, stated, f"{place}.{person}")
    return found
