"""What the certificate library adds to an application before it is decided: what is wrong with a credential shown, and what need not be asked.

The library never makes a bad credential good, and never speaks over what was stated. What follows from a credential that is revoked or
somebody else's is for the rules; nothing here decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from api.records.certificates import Held, Holder, Named, as_of, of_holder, written
from engine import identity
from engine.application import Application, BundleApplication, Presented
from engine.catalogue import Credential, Item, Requirement
from engine.given import AGENT, APPLICANT
from engine.people import acting_role
from engine.rulebook import Rulebook
from engine.shown import somebody_else
from engine.standing import Place, may_be_shown

Stated = Application | BundleApplication

HOLDS: Final = "holds_credential"
_WORSE: Final = {"valid": 0, "expired": 1, "revoked": 2}
#: What a state in the library means for a credential that is shown. Frozen is no evidence (for legal staff to confirm).
_SHOWN: Final = {"expired": "expired", "revoked": "revoked", "frozen": "revoked"}


@dataclass(frozen=True, slots=True)
class Library:
    """What the library holds that matters to an application: every version, by holder, and by type and number."""

    by_holder: Mapping[Holder, tuple[Held, ...]] = field(default_factory=dict)
    by_number: Mapping[Named, tuple[Held, ...]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.by_holder or self.by_number)


def holders(rulebook: Rulebook, application: Stated) -> dict[str, Holder]:
    """By id inside the application, the number of everybody who gives one that can be right: applicant, persons, agent."""
    kinds = rulebook.vocabulary.by_word["person_id_type"].by_word
    found = {}
    agent = [(AGENT, application.agent)] if application.agent is not None else []
    for who, one in ((APPLICANT, application.applicant), *((person.id, person) for person in application.persons), *agent):
        kind = kinds.get(one.id_type or "")
        if kind is not None and one.id_number is not None:
            read = identity.read(kind.code, one.id_number)
            if isinstance(read, identity.Identity):
                found[who] = (kind.code, read.number)
    return found


def names_in(application: Stated) -> dict[str, str | None]:
    """By id inside the application, everybody's name as it is stated; None where none is."""
    names = {APPLICANT: application.applicant.name, **{one.id: one.name for one in application.persons}}
    return {**names, AGENT: application.agent.name} if application.agent is not None else names


def named(rulebook: Rulebook, application: Stated) -> tuple[Named, ...]:
    """The credentials shown that are named by their number."""
    words = rulebook.credential_words
    return tuple(dict.fromkeys((words[one.credential].code, written(one.number, words[one.credential])) for one in application.presented or ()
                               if one.number is not None and one.credential in words))


def from_library(rulebook: Rulebook, application: Stated, library: Library, day: date) -> dict[str, Any]:
    """What the library adds, as it is recorded; empty where it adds nothing. See `laid_over`."""
    if not library:
        return {}
    people = holders(rulebook, application)
    names = names_in(application)
    shown = [one for place, stated in enumerate(application.presented or ())
             if (one := _against(rulebook, people, names, stated, library, day)) and one.setdefault("at", place) == place]
    holds = dict(_holds(rulebook, application, people, library, day))
    return ({"presented": shown} if shown else {}) | ({"holds": {_word(rulebook, application): holds}} if holds else {})


def laid_over(application: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """The application with what `from_library` found: pure, so that a recorded decision is made again of its parts."""
    made = dict(application)
    if found.get("presented"):
        made["presented"] = [dict(one) for one in application.get("presented") or ()]
        for one in found["presented"]:
            made["presented"][one["at"]] |= {name: value for name, value in one.items() if name != "at"}
    if found.get("holds"):
        facts = dict(application.get("facts") or {})
        for word, keys in found["holds"].items():
            facts[word] = {**keys, **(facts.get(word) or {})}
        made["facts"] = facts
    return made


# -- what is shown ----------------------------------------------------------------------------------------------------

def _against(rulebook: Rulebook, people: Mapping[str, Holder], names: Mapping[str, str | None], stated: Presented, library: Library, day: date) -> dict[str, Any]:
    """What speaks against a credential shown; empty: nothing. `names`: of everybody in the application, as stated."""
    credential = rulebook.credential_words.get(stated.credential)
    if credential is None:
        return {}
    holder = people.get(stated.holder)
    if stated.number is not None:
        number = written(stated.number, credential)
        one = next((held for held in as_of(library.by_number.get((credential.code, number), ()), day) if _speaks(held, day)), None)
        if one is None:
            return {}
        other = one.sealed and holder is not None and _another(holder, names.get(stated.holder), one)
        return ({"holder": somebody_else(names)} if other else {}) | _worse(stated, one, day)
    theirs = [one for one in of_holder(library.by_holder.get(holder, ()), holder, day) if one.type == credential.code and _speaks(one, day)] if holder else []
    if not theirs or any(one.state_on(day) not in _SHOWN for one in theirs):
        return {}
    return _worse(stated, theirs[0], day)


def _speaks(one: Held, day: date) -> bool:
    """Whether the entry counts against one that is shown. Without a seal it proves nothing for its holder; that it has ended or is frozen it says all the same."""
    return one.sealed or one.state_on(day) in ("revoked", "frozen")


def _another(holder: Holder, name: str | None, one: Held) -> bool:
    """Whether the certificate is somebody else's: by number; where the numbers are of two kinds, by name, if that is certainly another."""
    if holder[0] == one.holder[0]:
        return holder != one.holder
    return bool(name) and identity.another_name(str(name), one.holder_name)


def _worse(stated: Presented, one: Held, day: date) -> dict[str, Any]:
    """Status and last day of the certificate in the library, where they are worse than what was stated.

    That the version in the library is past its last day says nothing of one with a later last day: a newer one that the library has not got.
    """
    state = one.state_on(day)
    status = _SHOWN.get(state, "valid")
    if _WORSE[status] <= _WORSE[stated.status]:
        return {}
    if state == "expired" and one.status_on(day) != "expired" and stated.valid_to is not None and one.valid_to is not None and stated.valid_to > one.valid_to:
        return {}
    sooner = one.valid_to is not None and (stated.valid_to is None or one.valid_to < stated.valid_to)
    return {"status": status} | ({"valid_to": one.valid_to.isoformat()} if one.valid_to is not None and sooner else {})


# -- what need not be asked -------------------------------------------------------------------------------------------

def _word(rulebook: Rulebook, application: Stated) -> str:
    """The fact, by the word the application uses for it."""
    fact = rulebook.vocabulary.by_word[HOLDS]
    return next((word for word in (fact.code, fact.name) if word in application.facts), fact.code)


def _holds(rulebook: Rulebook, application: Stated, people: Mapping[str, Holder], library: Library, day: date) -> Iterator[tuple[str, bool]]:
    """The copies for which the person is known to hold something that may be shown here, and nothing was said of it."""
    fact = rulebook.vocabulary.by_word.get(HOLDS)
    said = _said(rulebook, application, (fact.code, fact.name)) if fact is not None else None
    if said is None:
        return
    in_force = {who: {one.type for one in of_holder(library.by_holder.get(number, ()), number, day) if one.sealed and one.state_on(day) == "valid"}
                for who, number in people.items()}
    somebodys = frozenset().union(*in_force.values())
    for item, where in _places(rulebook, application, day) if somebodys else ():
        for requirement in _materials(item.requirements):
            assert requirement.material is not None
            usable = [one for code in requirement.material.credentials if code in somebodys and may_be_shown(one := rulebook.credentials[code], where)]
            for who in _whose(rulebook, item, requirement, application) if usable else ():
                key = requirement.material.code if who == APPLICANT else f"{requirement.material.code}/{who}"
                if key not in said and any(one.code in in_force.get(who, ()) and _goes_with(one, people[who]) for one in usable):
                    yield key, True


def _goes_with(credential: Credential, holder: Holder) -> bool:
    return not credential.id_types or holder[0] in credential.id_types


def _places(rulebook: Rulebook, application: Stated, day: date) -> Iterator[tuple[Item, Place]]:
    """The item and where it is decided; of a bundle, everything that is offered where its steps are. Nothing where the application is to be refused."""
    division = application.deciding_division
    if isinstance(application, BundleApplication):
        codes = tuple(dict.fromkeys(code for code, _ in rulebook.items))
        divisions = {division, *application.deciding_divisions.values()}
    else:
        value = rulebook.vocabulary["item"].by_word.get(application.item)
        codes = (value.code,) if value is not None else ()
        if division is None:
            division = next((one.default_division for (code, _), one in rulebook.items.items() if code in codes and one.default_division), None)
        divisions = {division}
    for known in sorted(one for one in divisions if one is not None and one in rulebook.divisions):
        for code in codes:
            item = rulebook.item(code, known)
            if item is not None:
                yield item, Place(rulebook, rulebook.chain(known), application.accepted_on, day)


def _said(rulebook: Rulebook, application: Stated, words: tuple[str, str]) -> frozenset[str] | None:
    """The copies of which something was said, by code; None where it is said in no way one can add to."""
    materials = rulebook.vocabulary["material"].by_word
    found = set()
    for word in words:
        given = application.facts.get(word, {})
        if not isinstance(given, dict):
            return None
        for key in given:
            name, _, who = key.partition("/")
            code = materials[name].code if name in materials else name
            found.add(f"{code}/{who}" if who and who != APPLICANT else code)
    return frozenset(found)


def _materials(requirements: tuple[Requirement, ...]) -> Iterator[Requirement]:
    """Every material of the item: alone, among alternatives, and in place of one that is abolished."""
    for one in requirements:
        if one.material is not None:
            yield one
        for members in one.alternatives:
            yield from _materials(members)
        yield from _materials(one.establishes)


def _whose(rulebook: Rulebook, item: Item, requirement: Requirement, application: Stated) -> Iterator[str]:
    """Who has to answer for the material: the applicant, or everybody of its role."""
    role = requirement.per_person
    if role in ("", "申请人", "本人"):
        yield APPLICANT
        return
    yield from (person.id for person in application.persons if person.role == role)
    kind = rulebook.vocabulary.by_word["agent_kind"].by_word.get(application.agent.kind) if application.agent is not None else None
    if kind is not None and acting_role(kind.code, item) == role:
        yield AGENT
