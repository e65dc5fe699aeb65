"""The people of an application: identity numbers checked, ages counted, one person found again under several ids.

A party holds no name and no number. Nothing here knows a material or a rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from engine import identity
from engine.application import Agent, Application, Choice, Person
from engine.catalogue import Item
from engine.given import AGENT, APPLICANT, Reader
from engine.problems import Problem, unknown_word
from engine.vocabulary import DECLARED, FactValue

#: The role under which whoever acts for the applicant answers for a material that is asked once per person.
AGENT_ROLES = {"authorised_agent": "代理人", "guardian": "监护人", "official_helper": "代办员"}
#: By who signed a letter, the kind of agent that must be acting. The person may always sign.
SIGNERS: Final = {"agent": "authorised_agent", "guardian": "guardian", "helper": "official_helper"}
OF_AGE: Final = 18     # 民法典 17, 27: a guardian is somebody with full capacity


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


def acting_role(kind: FactValue, item: Item | None) -> str:
    """The role under which whoever acts answers for materials asked once per person.

    A guardian answers for what is asked of agents, where the item asks nothing of guardians by name.
    """
    role = AGENT_ROLES.get(str(kind), "代理人")
    if kind != "guardian" or item is None:
        return role
    asked = {member.per_person for one in item.requirements for member in (one, *(m for listed in one.alternatives for m in listed))}
    return role if role in asked else "代理人"


def authority_of(kind: FactValue, valid: bool | None, role: str) -> bool | None:
    """Whether what the agent shows counts for a person of that role: the agent's own always does, anybody else's needs authority.

    `valid`: see `agent_authority`. Of a guardian and an official helper only a stated lack of authority counts; None = unknown.
    """
    if kind not in AGENT_ROLES or role in (AGENT_ROLES[str(kind)], "代理人"):
        return True
    return True if valid is None and kind != "authorised_agent" else valid


def guardian_refused(reader: Reader, application: Application, kind: FactValue, age: FactValue, same: frozenset[str]) -> None:
    """A guardian is somebody else than the applicant, and of age on the day. `same`: ids that carry the agent's number."""
    if kind != "guardian":
        return
    if APPLICANT in same:
        reader.wrong(Problem("own-guardian", "监护人的证件号码和申请人的一样：没有人是自己的监护人。请写监护人本人的号码；本人来办的，不写代理人。",
                             "The guardian has the applicant's own number, and nobody is their own guardian. State the guardian's number; leave out the "
                             "agent where the applicant acts in person."), "agent.id_number")
    if isinstance(age, int) and age < OF_AGE:
        field = "agent.birth_date" if application.agent is None or application.agent.id_number is None else "agent.id_number"
        reader.wrong(Problem("guardian-too-young", f"这位监护人今天只有 {age} 周岁，监护人要年满 {OF_AGE} 周岁。请核对号码，或者写真正的监护人。",
                             f"This guardian is {age} on the day; a guardian is at least {OF_AGE}. Check the number or state the real guardian."), field)


def signers_refused(reader: Reader, choices: Mapping[str, Choice], kind: FactValue) -> None:
    """Only who acts can have signed for the person. `choices` by the key as it was written; `kind` of the agent, `in_person` for nobody."""
    for key, choice in choices.items():
        if choice.signed_by in SIGNERS and SIGNERS[choice.signed_by] != kind and kind is not None:
            zh, en = _SIGNER_NAMES[choice.signed_by]
            reader.wrong(Problem("signer-does-not-act", f"写了由{zh}签署，可是没有{zh}在办。本人签的写 self；{zh}签的，请在 agent 里写明是谁。",
                                 f"The letter is stated as signed by {en}, but none acts. Write self if the person signed; else state {en} in agent."),
                         f"choices.{key}.signed_by")


_SIGNER_NAMES: Final = {"agent": ("委托代理人", "an authorised agent"), "guardian": ("监护人", "a guardian"), "helper": ("代办员", "an official helper")}


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
