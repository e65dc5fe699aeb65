"""What the people of an application are called in a scenario, and how one person's copy of a material is named.

A scenario knows people by name or role and gives them ids of its own (p1, p2 … in their order). Here every person gets a name that a
sentence can hold and that means nobody else: the one the application gives where that will do, an invented one otherwise. Names decide
nothing. Nothing here writes a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from engine.application import Application
from engine.given import AGENT, APPLICANT, Reader
from engine.people import identities, same_people
from engine.rulebook import Rulebook

_STEMS = "甲乙丙丁戊己庚辛壬癸"
_TAKEN = frozenset({"申请人", "本人", "代理人", "监护人", "代办员", APPLICANT, AGENT})
_UNSAYABLE = re.compile(r"[\s，、]")
_NUMBERED = re.compile(r"p\d+")


class People:
    """The people of one application. `names`: by id, the name a scenario gives them; the applicant and the agent may have none."""

    def __init__(self, rulebook: Rulebook, application: Application):
        self.materials = rulebook.vocabulary["material"]
        self.application = application
        self.same = same_people(identities(Reader(rulebook), application))
        self.numbers = {person.id: f"p{position}" for position, person in enumerate(application.persons, start=1)}
        self.names: dict[str, str] = {}
        roles = {person.role for person in application.persons}
        stated = {one.name for one in (application.applicant, *application.persons, application.agent) if one is not None}
        fresh = (name for name in _invented() if name not in stated)
        applicant = application.applicant
        said = any(value is not None for value in (applicant.name, applicant.id_type, applicant.birth_date))
        if applicant.name is not None or (said and applicant.kind is None):
            self.names[APPLICANT] = self._name(APPLICANT, applicant.name, roles) or next(fresh)
        for person in application.persons:
            self.names[person.id] = self._name(person.id, person.name, roles) or next(fresh)
        if application.agent is not None and application.agent.name is not None:
            self.names[AGENT] = self._name(AGENT, application.agent.name, roles, alone=True) or next(fresh)

    def _name(self, who: str, stated: str | None, roles: set[str], alone: bool = False) -> str:
        """The name to use, or nothing if one must be invented. `alone`: a name that somebody else has will not do even for the same person.

        In a scenario a card shown counts for everybody of the holder's name, so only one and the same person may share a name.
        """
        if stated is None:
            return "" if alone else next((self.names[one] for one in self.names if one in self.same.get(who, ())), "")
        name = _UNSAYABLE.sub("", stated)
        if not name or name in _TAKEN or name in roles or "的" in name or _NUMBERED.fullmatch(name):
            return ""
        others = [one for one, other in self.names.items() if other == name]
        return name if not others or (not alone and all(one in self.same.get(who, ()) for one in others)) else ""

    def word(self, who: str) -> str:
        """The word that means this person and nobody else: a name, a role that one person has, both, or the scenario's own id."""
        if who == APPLICANT:
            return "申请人"
        if who == AGENT:
            return next(word for word in (self.names.get(AGENT, ""), "代理人", AGENT) if word and self._meant(word) == AGENT)
        name, role = self.names[who], next(one.role for one in self.application.persons if one.id == who)
        roles = () if _UNSAYABLE.search(role) or "的" in role else (role, role + name)
        return next((word for word in (name, *roles) if self._meant(word) == who), self.numbers[who])

    def holder(self, who: str) -> str:
        """The word for somebody who shows a card, which counts for everybody of that name: always the same for all of them, and never an id
        if one of them has a better word."""
        name = self.names.get(who)
        alike = [one for one, other in self.names.items() if other == name] if name is not None and who != AGENT else [who]
        return min((self.word(one) for one in alike), key=lambda word: (word in self.numbers.values(), len(word)))

    def _meant(self, word: str) -> str | None:
        """Whom a scenario takes a word for: names first, then roles, then both together; None for nobody or several."""
        listed = self.application.persons
        found = ([one.id for one in listed if word in (self.numbers[one.id], self.names[one.id])] or [one.id for one in listed if one.role == word]
                 or [one.id for one in listed if one.role + self.names[one.id] == word])
        if word in _TAKEN and word not in ("代理人", "监护人", "代办员", AGENT):
            return APPLICANT
        if found:
            return found[0] if len(found) == 1 else None
        acting = self.application.agent is not None and word in ("代理人", "监护人", "代办员", AGENT, self.names.get(AGENT))
        return AGENT if acting else None

    def copy(self, key: str) -> str:
        """`material/person` (codes) as a sentence says it: 测试乙的身份证明."""
        code, _, person = key.partition("/")
        return self.own(self.materials.by_code[code].name, code, person)

    def own(self, name: str, code: str, person: str) -> str:
        """The same for a material or group of that name; its code where the joined words would name another material."""
        if person in ("", APPLICANT):
            return name
        word = f"{self.word(person)}的{name}"
        return word if word not in self.materials.by_word else f"{self.word(person)}的{code}"

    def known(self, who: str) -> bool:
        """Whether the application speaks of somebody of this id."""
        return who == APPLICANT or who in self.numbers or (who == AGENT and self.application.agent is not None)


def people_of(rulebook: Rulebook, application: Mapping[str, object]) -> People:
    """The people of an application as a caller would send it."""
    return People(rulebook, Application.model_validate(dict(application)))


def _invented() -> Iterator[str]:
    """测试甲, 测试乙 … 测试癸, 测试甲二 …"""
    yield from (f"测试{stem}" for stem in _STEMS)
    number = 2
    while True:
        yield from (f"测试{stem}{number}" for stem in _STEMS)
        number += 1
