"""The names behind the codes of one answer, in one language: materials, people, credentials, routes, actors, actions.

Everything that is said comes from the rulebook; a code the rulebook no longer knows is said as it is. Nothing here forms an
explanation and nothing here judges.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Any, Final

from engine.catalogue import Item, Requirement
from engine.given import AGENT
from engine.law import Instrument, Rule, Span
from engine.rulebook import Rulebook
from engine.standing import Place, check_sources, showable, source_for
from engine.vocabulary import Action, Actor, Fact, Reason, Value

APPLICANT: Final = "applicant"
Entry = Mapping[str, Any]


class Words:
    """The words for one answer. `people` gives the names of persons by their id, where the reader may know them."""

    def __init__(self, rulebook: Rulebook, body: Entry, language: str, people: Mapping[str, str] | None = None):
        self.rulebook, self.body, self.people = rulebook, body, people or {}
        self.chinese = language.startswith("zh")
        self.language = "zh" if self.chinese else "en"

    # -- forming text -------------------------------------------------------------------------------------------------

    def say(self, zh: str, en: str) -> str:
        return zh if self.chinese else en

    def all_of(self, words: Iterable[str]) -> str:
        """`甲、乙和丙` / `a, b and c`."""
        return self._join(words, "和", " and ")

    def one_of(self, words: Iterable[str]) -> str:
        """`甲、乙或者丙` / `a, b or c`."""
        return self._join(words, "或者", " or ")

    def _join(self, words: Iterable[str], zh: str, en: str) -> str:
        listed = list(dict.fromkeys(words))
        if len(listed) < 2:
            return "".join(listed)
        return f"{('、' if self.chinese else ', ').join(listed[:-1])}{zh if self.chinese else en}{listed[-1]}"

    def sentence(self, *parts: str) -> str:
        """One sentence with its full stop from parts that may be empty; none if all are."""
        text = "".join(parts) if self.chinese else " ".join(part for part in parts if part)
        text = text.strip().rstrip("。.")
        return f"{text}{'。' if self.chinese else '.'}" if text else ""

    def paragraph(self, sentences: Iterable[str]) -> str:
        return ("" if self.chinese else " ").join(sentence for sentence in sentences if sentence)

    # -- where and when -----------------------------------------------------------------------------------------------

    @cached_property
    def place(self) -> Place | None:
        """Where and when the answer was given; None where this rulebook does not know the division."""
        division = self.body["deciding_division"]
        if division not in self.rulebook.divisions:
            return None
        return Place(self.rulebook, self.rulebook.chain(division), date.fromisoformat(self.body["accepted_on"]), date.fromisoformat(self.body["as_of"]))

    @cached_property
    def item(self) -> Item | None:
        return self.rulebook.item(self.body["item"], self.body["deciding_division"]) if self.place else None

    @cached_property
    def item_name(self) -> str:
        return self.say(self.item.name, self.item.english) if self.item else str(self.body["item"])

    @cached_property
    def division_name(self) -> str:
        found = self.rulebook.divisions.get(self.body["deciding_division"])
        return self.say(found.name, found.english) if found else str(self.body["deciding_division"])

    @cached_property
    def requirements(self) -> Mapping[str, Requirement]:
        """The item's materials by code, members of alternatives included."""
        found: dict[str, Requirement] = {}
        for one in self.item.requirements if self.item else ():
            found.setdefault(one.code, one)
            for members in one.alternatives:
                for member in members:
                    found.setdefault(member.code, member)
        return found

    # -- names --------------------------------------------------------------------------------------------------------

    def person(self, person: str | None) -> str:
        """How a person is called; empty for the applicant."""
        if not person or person == APPLICANT:
            return ""
        known = self.people.get(person)
        if known is None and person == AGENT:
            return self.say("代理人", "the agent")
        return known or self.say(f"编号{person}", f"person {person}")

    def material(self, key: str) -> str:
        """The name of a material by its key, `material` or `material/person`."""
        code, _, person = key.partition("/")
        entry = self.entries.get(key) or self.entries.get(code)
        requirement = self.requirements.get(code)
        if entry is not None:
            name = str(self.say(entry["name"], entry["name_en"]))
        elif requirement is not None:
            name = self.say(requirement.name, requirement.english)
        elif code in self.rulebook.materials:     # of another step of a bundle
            name = self.say(self.rulebook.materials[code].name, self.rulebook.materials[code].english)
        else:
            name = code
        return self.whose(name, person)

    def stopped(self, material: str) -> tuple[str, ...]:
        """The names of the earlier steps that failed, for want of which a material is not there; empty where one answer alone does not tell."""
        found = {self.say(one.name, one.english) for one in self._issuers(material)}
        return tuple(found) if len(found) == 1 else ()

    def _issuers(self, material: str) -> Iterator[Item]:
        """By each bundle with this item, the step before it that issues a material; where that waits for another that is not there either, the other's."""
        for bundle in self.rulebook.bundles.values():
            codes = [one.item for one in bundle.steps]
            if self.body["item"] not in codes:
                continue
            before = [item for code in codes[:codes.index(self.body["item"])] for (one, _), item in self.rulebook.items.items() if one == code]
            wanted = material
            while True:
                step = next((number for number, item in enumerate(before) if wanted in item.outputs), None)
                if step is None:
                    break
                gone = [key for key, one in self.entries.items() if one["status"] == "suspended" and key != wanted]
                needs = {one.code for one in before[step].requirements}
                earlier = next((key for key in gone if key in needs and any(key in item.outputs for item in before[:step])), None)
                if earlier is None:
                    yield before[step]
                    break
                wanted, before = earlier, before[:step]

    def whose(self, name: str, person: str | None) -> str:
        """A material's name with the person it belongs to."""
        called = self.person(person)
        return f"{name}{self.say(f'（{called}）', f' ({called})')}" if called else name

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        """The answer's materials by key, members of alternatives included."""
        found: dict[str, Entry] = {}
        for one in self.body["materials"]:
            found.setdefault(key_of(one), one)
            for group in one.get("alternatives", ()):
                for member in group["materials"]:
                    found.setdefault(key_of(member), member)
        return found

    def role(self, name: str) -> str:
        """A role of persons. Roles are words of the item files and have no English name."""
        return self.say(name, f"“{name}”")

    def route(self, code: str) -> str:
        found = self.rulebook.routes.get(code)
        return self.say(found.name, found.english) if found else code

    def route_sentence(self, code: str, name: str) -> str:
        """The ladder's sentence about a material."""
        found = self.rulebook.routes.get(code)
        if found is None:
            return self.sentence(f"“{name}”", self.route(code))
        return fill(self.say(found.sentence, found.english_sentence), material=name)

    def route_verb(self, code: str) -> str:
        """The ladder's sentence without naming the material again, for the inside of another sentence."""
        found = self.rulebook.routes.get(code)
        if found is None:
            return self.route(code)
        if self.chinese:
            return found.sentence.replace("“{材料}”", "").rstrip("。")
        text = found.english_sentence.replace("“{material}”", "it").rstrip(".")
        return text[0].lower() + text[1:]

    def mode(self, route: str | None, code: str | None) -> str:
        found = self.rulebook.routes.get(route or "")
        value = next((one for one in found.modes if one.code == code), None) if found else None
        return self.value(value) if value else ""

    def value(self, value: Value) -> str:
        return self.say(value.name, value.english)

    def credentials(self, codes: Iterable[str]) -> str:
        """Any of these credentials."""
        found = [self.rulebook.credentials[code] for code in codes if code in self.rulebook.credentials]
        return self.one_of(self.say(one.name, one.english[:1].lower() + one.english[1:]) for one in found)

    def showable(self, code: str) -> str:
        """The credentials that may be shown for a material here."""
        requirement = self.requirements.get(code)
        return self.credentials(one.code for one in showable(requirement, self.place)) if requirement and self.place else ""

    def provider(self, entry: Entry) -> str:
        """Who answers a query: named by the answer (a residual, an awaited query), else by the material's source here."""
        source = self.rulebook.sources.get(entry.get("source", ""))
        if source is None and self.place is not None:
            requirement = self.requirements.get(str(entry.get("material", "")).partition("/")[0])
            if requirement is not None:
                source = source_for(requirement, None, self.place)[1] or next(iter(check_sources(requirement, self.place)), None)
        if source is None:
            return str(entry.get("provider") or self.say("数据提供单位", "the data provider"))
        return self.say(source.provider, f"the {source.english[:1].lower()}{source.english[1:]}")

    # -- vocabulary ---------------------------------------------------------------------------------------------------

    @cached_property
    def _reasons(self) -> Mapping[str, Reason]:
        return {one.code: one for one in self.rulebook.vocabulary.reasons.values()}

    @cached_property
    def _actions(self) -> Mapping[str, Action]:
        return {one.code: one for one in self.rulebook.vocabulary.actions.values()}

    @cached_property
    def _actors(self) -> Mapping[str, Actor]:
        return {one.code: one for one in self.rulebook.vocabulary.actors.values()}

    @cached_property
    def rules(self) -> Mapping[str, Rule]:
        return {rule.id: rule for rule in self.rulebook.rules}

    @cached_property
    def instruments(self) -> Mapping[str, Instrument]:
        """By title; instruments that only serve as a basis included."""
        found = {one.title: one for one in self.rulebook.instruments}
        for requirement in self.requirements.values():
            for basis in requirement.bases:
                found.setdefault(basis.instrument.title, basis.instrument)
        return found

    def reason(self, code: str | None) -> str:
        """The reason's sentence without a full stop; empty where there is none."""
        found = self._reasons.get(code or "")
        return self.say(found.sentence, found.english).rstrip("。.") if found else ""

    def actor(self, code: str) -> str:
        found = self._actors.get(code)
        return self.say(found.name, found.english) if found else code

    def action(self, residual: Entry, material: str) -> str:
        """What is to be done, its placeholders filled."""
        found = self._actions.get(residual.get("action") or residual.get("task") or "")
        if found is None:
            return str(residual.get("action") or residual.get("task"))
        template = self.say(found.sentence, found.english)
        return fill(template, material=material, credentials=self.credentials(residual.get("credentials", ())) or self.say("有效证件", "a valid credential"),
                    provider=self.provider(residual))

    def fact(self, code: str) -> Fact | None:
        """A fact of the vocabulary, or a situation of the item."""
        own = next((one for one in self.item.situations if one.code == code), None) if self.item else None
        return own or self.rulebook.vocabulary.by_word.get(code)

    def term_label(self, term: str, value: object) -> str:
        """A term's value in words: the name of a choice, or the text itself."""
        found = next((one for one in self.rulebook.vocabulary.terms.values() if one.code == term), None)
        named = next((one for one in found.values if one.code == value), None) if found else None
        if named:
            return self.value(named)
        return "" if value is None or isinstance(value, Span) else str(value)


def key_of(entry: Entry) -> str:
    """The key of an entry: `material`, or `material/person` for somebody else's copy."""
    person = entry.get("person")
    return f"{entry['material']}/{person}" if person and person != APPLICANT else str(entry["material"])


def fill(template: str, *, material: str = "", credentials: str = "", provider: str = "") -> str:
    """Put the names in a sentence of the rule files. Placeholders are Chinese in Chinese sentences, English in English ones."""
    for names, value in ((("{材料}", "{material}"), material), (("{证件}", "{credentials}"), credentials), (("{提供单位}", "{provider}"), provider)):
        for name in names:
            template = template.replace(name, value)
    return template
