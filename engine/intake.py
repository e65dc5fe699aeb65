"""Taking an application in: everything a caller may get wrong is found here, all at once, before anything is decided.

The result is a `Case`: names turned into codes, identity numbers checked and normalised, facts about the application, the
applicant and each person as run-time values (None = unknown). Nothing here knows a rule or a route.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from engine.application import Application, Choice, OnFileEntry, Presented
from engine.catalogue import Item
from engine.divisions import is_division
from engine.given import AGENT, APPLICANT, Reader, as_written
from engine.people import (
    AGENT_ROLES,
    SOMEBODY,
    Party,
    about_persons,
    acting_role,
    agent_authority,
    guardian_refused,
    identities,
    person_facts,
    same_people,
    signers_refused,
)
from engine.problems import Problem, Refused, unknown_word
from engine.rulebook import Rulebook
from engine.shown import presented
from engine.vocabulary import DECLARED, RECORDED, Fact, FactValue, Value


@dataclass(frozen=True, slots=True)
class Case:
    """One application, checked."""

    application: Application
    item: Item
    chain: tuple[str, ...]
    as_of: date
    facts: Mapping[str, FactValue]                       # about the application and the applicant
    applicant: Party
    persons: tuple[Party, ...]
    own: Mapping[str, Mapping[str, FactValue]]           # declared facts about a material, by fact, by `material[/person]`
    consents: Mapping[str, bool]
    choices: Mapping[str, Choice]
    queries: Mapping[str, str]
    checks: Mapping[str, str]
    on_file: Mapping[str, Sequence[OnFileEntry]] | None  # entries by key; None = no snapshot
    on_file_complete: bool
    outputs: Mapping[str, str]
    presented: tuple[Presented, ...] | None
    handed_in: frozenset[str] | None
    agent_valid: bool | None                             # None = unknown; True when nobody acts for the applicant
    complete_roles: frozenset[str]                       # roles of which everybody is listed
    asked_elsewhere: frozenset[str] = frozenset()        # keys another step of the same bundle already asks for
    perhaps_issued: frozenset[str] = frozenset()         # outputs of earlier steps that may not be needed
    not_sought: frozenset[str] = frozenset()             # keys nobody looks for in the files any more: a source has answered

    def key(self, material: str, party: Party) -> str:
        """The key of one material's copy for one person."""
        return material if party.id == APPLICANT else f"{material}/{party.id}"


def take(rulebook: Rulebook, application: Application, as_of: date, asked_elsewhere: frozenset[str] = frozenset(),
         perhaps_issued: frozenset[str] = frozenset()) -> Case:
    """Check an application against a rulebook. Raises Refused with every problem found.

    `asked_elsewhere`: keys of materials that another step of the same bundle asks for; `perhaps_issued`: materials that an
    earlier step issues of which nobody knows yet whether it is needed.
    """
    reader = Reader(rulebook)
    division = application.deciding_division
    item = _item(reader, application, division)
    if item and division is None:
        division = item.default_division or None
        if division is None:
            reader.wrong(Problem("missing-division", "请写明决定机关所在区划（六位代码）。", "State the deciding division (six digits)."), "deciding_division")
    if division is not None and division not in rulebook.divisions:
        reader.wrong(unknown_word("unknown-division", "区划", "division", division, rulebook.divisions), "deciding_division")
    hall = application.accepting_division
    if hall is not None and hall not in rulebook.divisions and not is_division(hall):
        reader.wrong(Problem("malformed-division", f"“{hall}”不是区划代码：要写六位数字，前两位是省、自治区、直辖市的代码（GB/T 2260），例如 440300；"
                             "不知道代码的，不写这一项。",
                             f"“{hall}” is no division code: write six digits, the first two those of a province (GB/T 2260), such as 440300; leave the "
                             "field out where the code is not known."), "accepting_division")
    if application.accepted_on > as_of:
        reader.wrong(Problem("wrong-day", f"申请日期 {application.accepted_on} 晚于决定日期 {as_of}。",
                             f"The application was accepted on {application.accepted_on}, after the day of the decision {as_of}."), "accepted_on")
    if item is not None and division in rulebook.divisions:
        located = rulebook.item(item.code, division) if division else None
        if located is None:
            reader.wrong(Problem("item-not-here", f"“{item.name}”不在区划 {division} 办理。", f"“{item.english}” is not offered in {division}."), "item")
        else:
            item = located
            if not item.start <= application.accepted_on < item.end:
                reader.wrong(Problem("item-not-here", f"“{item.name}”在 {application.accepted_on} 不办理。",
                                     f"“{item.english}” is not offered on {application.accepted_on}."), "item")
    known = reader.vocabulary["material"].by_word
    ids = [person.id for person in application.persons]
    everybody = frozenset((*ids, AGENT))   # keys may name the agent as a person too
    for position, person_id in enumerate(ids):
        if person_id in ids[:position] or person_id in (APPLICANT, AGENT):
            reader.wrong(Problem("duplicate-person", f"相关人编号“{person_id}”重复。", f"The person id “{person_id}” is used twice."), f"persons.{position}.id")
    for position, role in enumerate(application.roles_complete):
        if role not in rulebook.roles:
            reader.wrong(unknown_word("unknown-role", "角色", "role", role, sorted(rulebook.roles)), f"roles_complete.{position}")
    persons = everybody if application.agent is not None else frozenset(ids)
    numbers = identities(reader, application)
    same = same_people(numbers)
    applicant = Party(APPLICANT, "", person_facts(reader, application.applicant, numbers.get(APPLICANT), "applicant", as_of), same.get(APPLICANT, frozenset()))
    others = tuple(Party(p.id, p.role, person_facts(reader, p, numbers.get(p.id), f"persons.{i}", as_of), same.get(p.id, frozenset()))
                   for i, p in enumerate(application.persons))
    facts, own = _facts(reader, application, item, as_of, known, persons)
    about = about_persons(reader, application, persons)
    if about:
        applicant = replace(applicant, facts={**applicant.facts, **about[APPLICANT]})
        others = tuple(replace(person, facts={**person.facts, **about[person.id]}) for person in others)
    keyed = _Keyed(reader, known, persons)
    agent_valid = agent_authority(application.agent, as_of)
    roles = frozenset((*application.roles_complete, "代理人"))
    if application.agent is not None:
        described = person_facts(reader, application.agent, numbers.get(AGENT), "agent", as_of)
        kind = reader.value("agent_kind", application.agent.kind, "agent.kind")
        role = acting_role(kind, item)
        guardian_refused(reader, application, kind, described["person_age"], same.get(AGENT, frozenset()))
        named = [person for person in others if person.role in (role, AGENT_ROLES.get(str(kind)))]
        acting = [person for person in named if AGENT in person.same]
        if not acting and len(named) == 1 and None in (application.agent.id_number, next(p.id_number for p in application.persons if p.id == named[0].id)):
            acting = named      # the only person of the role is the agent, unless two numbers say otherwise
        if acting:
            others = tuple(replace(person, role=role, same=person.same | {AGENT}) if person in acting else person for person in others)
        elif not any(person.role == role for person in others):
            others = (*others, Party(AGENT, role, described | about.get(AGENT, {}), same.get(AGENT, frozenset())))
            roles |= {role}
        facts["agent_kind"] = kind
        facts["agent_authorised"] = agent_valid
    else:
        facts["agent_kind"] = "in_person"
        facts.setdefault("agent_authorised", None)
    signers_refused(reader, application.choices, facts["agent_kind"])
    facts["applicant_kind"] = reader.value("applicant_kind", application.applicant.kind, "applicant.kind")
    shown = presented(reader, application, numbers)
    evidence = application.evidence
    choices = keyed.read(application.choices, "choices")
    consents = keyed.read(application.consents, "consents")
    queries = {
        key: "expired" if answer.result == "valid" and answer.valid_to and answer.valid_to < as_of else answer.result
        for key, answer in keyed.read(evidence.queries, "evidence.queries").items()}
    checks = {key: answer.result for key, answer in keyed.read(evidence.checks, "evidence.checks").items()}
    outputs = keyed.read(evidence.outputs, "evidence.outputs")
    on_file: dict[str, list[OnFileEntry]] | None = None
    if evidence.on_file is not None:
        on_file = {}
        for position, entry in enumerate(evidence.on_file.entries):
            code = reader.material(entry.material, f"evidence.on_file.entries.{position}.material", known, persons)
            if code:
                on_file.setdefault(code, []).append(entry)
    not_sought: frozenset[str] = frozenset()
    if evidence.on_file is not None and evidence.on_file.not_sought:
        not_sought = frozenset(filter(None, (
            reader.material(key, f"evidence.on_file.not_sought.{i}", known, persons) for i, key in enumerate(evidence.on_file.not_sought))))
    handed_in = None
    if application.handed_in is not None:
        handed_in = frozenset(filter(None, (
            reader.material(key, f"handed_in.{i}", known, persons) for i, key in enumerate(application.handed_in))))
    if reader.problems or item is None or division is None:
        raise Refused(sorted(reader.problems, key=lambda problem: problem.field))
    return Case(
        application, item, rulebook.chain(division), as_of, facts, applicant, others, own, consents, choices, queries, checks, on_file,
        bool(evidence.on_file and evidence.on_file.complete), outputs, shown, handed_in,
        True if application.agent is None else agent_valid, roles, asked_elsewhere, perhaps_issued, not_sought)


@dataclass(frozen=True, slots=True)
class _Keyed:
    reader: Reader
    known: Mapping[str, Value]
    persons: frozenset[str]

    def read(self, given: Mapping[str, object], place: str) -> dict:  # type: ignore[type-arg]
        """The same mapping with keys turned into codes."""
        if not given:
            return {}
        found = {}
        for key, value in given.items():
            code = self.reader.material(key, f"{place}.{key}", self.known, self.persons)
            if code and code in found:
                self.reader.twice(code, f"{place}.{key}")
            elif code:
                found[code] = value
        return found


def _item(reader: Reader, application: Application, division: str | None) -> Item | None:
    value = reader.vocabulary["item"].by_word.get(application.item)
    if value is None:
        reader.wrong(unknown_word("unknown-item", "事项", "item", application.item, as_written(application.item, reader.vocabulary["item"].values)), "item")
        return None
    if division in reader.rulebook.divisions:
        found = reader.rulebook.item(value.code, division) if division else None
        if found:
            return found
    return next(item for (code, _), item in reader.rulebook.items.items() if code == value.code)


def _facts(reader: Reader, application: Application, item: Item | None, as_of: date, known: Mapping[str, Value],
           persons: frozenset[str]) -> tuple[dict[str, FactValue], dict[str, dict[str, FactValue]]]:
    """Facts about the application and the applicant, and declared facts about single materials."""
    vocabulary = reader.vocabulary
    situations, words, blank, nothing_recorded = _blank(reader.rulebook, item)
    facts: dict[str, FactValue] = {**blank, "accepted_on": application.accepted_on, "as_of": as_of}
    for word, value in application.situation.items():
        if word not in words and item is not None:
            reader.wrong(unknown_word("unknown-situation", "情形", "situation", word, as_written(word, situations.values())), f"situation.{word}")
        elif word in words:
            if len(application.situation) > 1 and word != words[word].code and words[word].code in application.situation:
                reader.twice(words[word].code, f"situation.{word}")
            facts[words[word].code] = value
    own: dict[str, dict[str, FactValue]] = {}
    for word, given in application.facts.items():
        place = f"facts.{word}"
        fact = vocabulary.fact(word)
        if isinstance(fact, Problem):
            reader.wrong(fact, place)
        elif word != fact.code and fact.code in application.facts:
            reader.twice(fact.code, place)
        elif fact.supplier != DECLARED or fact.situation:
            reader.wrong(Problem("not-declared", f"“{fact.name}”不是申报的事实，不能写在 facts 里。",
                                 f"“{fact.code}” is not declared by the applicant."), place)
        elif fact.subject == "相关人" and fact.code not in SOMEBODY.facts:
            continue     # read person by person, by _about_persons
        elif fact.subject == "相关人":
            reader.wrong(Problem("not-declared", f"“{fact.name}”写在申请人或者相关人那里，不写在 facts 里。",
                                 f"“{fact.code}” is stated with the applicant or the person, not in facts."), place)
        elif fact.subject == "材料":
            if not isinstance(given, dict):
                reader.wrong(Problem("value-type", f"“{fact.name}”要按材料写，例如 {{\"{fact.code}\": {{\"材料\": 值}}}}。",
                                     f"“{fact.code}” is stated per material: {{material: value}}."), place)
                continue
            for key, stated in given.items():
                code = reader.material(key, f"{place}.{key}", known, persons)
                if code and code in own.get(fact.code, ()):
                    reader.twice(code, f"{place}.{key}")
                elif code:
                    own.setdefault(fact.code, {})[code] = reader.declared(fact, stated, f"{place}.{key}")
        else:
            facts[fact.code] = reader.declared(fact, given, place)
    _records(reader, application, facts, as_of, nothing_recorded)
    return facts, own


Words = Mapping[str, Fact]


def _blank(rulebook: Rulebook, item: Item | None) -> tuple[Words, Words, Mapping[str, FactValue], Mapping[str, FactValue]]:
    """The item's situations by code, by code and name; the facts of an application of which nothing is known; what a complete
    snapshot without entries says."""
    found = rulebook.blanks.get(id(item))
    if found is None:
        situations = {fact.code: fact for fact in item.situations} if item else {}
        blank: dict[str, FactValue] = {}
        nothing: dict[str, FactValue] = {}
        for fact in rulebook.vocabulary.facts:
            if fact.situation:
                blank[fact.code] = None if fact.code in situations else False
            elif fact.subject in ("申请", "申请人") and fact.supplier in (DECLARED, RECORDED):
                blank[fact.code] = fact.unspoken
                if fact.supplier == RECORDED:
                    nothing[fact.code] = False if fact.type == "是否" else fact.none.day if fact.none else fact.values[0].code if fact.values else None
        found = rulebook.blanks[id(item)] = (situations, situations | {fact.name: fact for fact in situations.values()}, blank, nothing)
    return found


def _records(reader: Reader, application: Application, facts: dict[str, FactValue], as_of: date, nothing_recorded: Mapping[str, FactValue]) -> None:
    """Recorded facts. With a complete snapshot, what is not listed does not exist; without one it is unknown."""
    records = application.evidence.records
    if records is None:
        return
    if records.complete:
        facts.update(nothing_recorded)
    if records.credit and "applicant_credit" in reader.vocabulary.by_word:
        grades = tuple(v.code for v in reader.vocabulary["applicant_credit"].values)
        kind, repaired_on = _worst(records.credit, as_of, grades)
        # A snapshot that may lack records says nothing good: only the two gravest grades, unrepaired, are known from it.
        if records.complete or (grades.index(kind) >= len(grades) - 2 and repaired_on > as_of):
            facts["applicant_credit"], facts["credit_repaired_on"] = kind, repaired_on
    for word, given in records.facts.items():
        recorded = [fact for fact in reader.vocabulary.facts if fact.supplier == RECORDED and fact.subject in ("申请", "申请人")]
        by_word = {fact.code: fact for fact in recorded} | {fact.name: fact for fact in recorded}
        if word not in by_word:
            reader.wrong(unknown_word("unknown-fact", "记录类事实", "recorded fact", word, (fact.code for fact in recorded)), f"evidence.records.facts.{word}")
        elif word != by_word[word].code and by_word[word].code in records.facts:
            reader.twice(by_word[word].code, f"evidence.records.facts.{word}")
        else:
            fact = by_word[word]
            facts[fact.code] = reader.declared(fact, given, f"evidence.records.facts.{word}")


def _worst(records: Iterable[object], as_of: date, grades: tuple[str, ...]) -> tuple[str, date]:
    """The worst record not repaired by the day, else the worst repaired one, with its day of repair (9999-12-31 = none).

    Among equals the one repaired last counts, whatever their order.
    """
    def weight(record: object) -> tuple[bool, int, date]:
        day = record.repaired_on or date.max  # type: ignore[attr-defined]
        return day > as_of, grades.index(record.kind), day  # type: ignore[attr-defined]

    worst = max(records, key=weight)
    return worst.kind, worst.repaired_on or date(9999, 12, 31)  # type: ignore[attr-defined]
