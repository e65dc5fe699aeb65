"""Synthetic people and what each source holds of them, and the one word a source says to one question.

Data are JSON; every mistake in them is told at once. Nothing is looked up that was not asked for, nothing is changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.http.bodies import parse
from api.http.problems import HttpProblem
from api.http.shapes import body_mistakes, dotted
from api.source_server.register import Served
from api.sources.contract import Finding, Inquiry, Result, Text
from engine import identity
from engine.application import Day
from engine.problems import Problem, Refused, unknown_word

#: The people that come with the program.
SHIPPED: Final = Path(__file__).with_name("people.json")


class _Stated(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Record(_Stated):
    """What one source holds of one person. Days are inclusive.

    `materials`: only for these materials, empty = for all. `name`: under which name it is filed, where that is not the person's.
    `finding`: of a check, in place of the days.
    """

    since: Day | None = Field(None, alias="from")
    valid_to: Day | None = None
    revoked_on: Day | None = None
    materials: tuple[Text, ...] = ()
    name: Text | None = None
    unclear: bool = False
    finding: Finding | None = None


class Person(_Stated):
    """One person or organisation: `names` are the present name, then former ones; `records` by source."""

    id_type: Text
    id_number: Text
    names: Annotated[tuple[Text, ...], Field(min_length=1)]
    records: Mapping[str, tuple[Record, ...]] = Field(default_factory=dict)


class Population(_Stated):
    """One file."""

    synthetic: Literal[True]
    note: str = ""
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Word:
    """What a source says: of a query a result with perhaps a last day, of a check a finding."""

    result: Result | Finding
    valid_to: Day | None = None


class People:
    """Everybody this server knows, by kind and number."""

    def __init__(self, people: Sequence[Person]):
        self._people = {(one.id_type, one.id_number): one for one in people}

    def __len__(self) -> int:
        return len(self._people)

    def held_by(self, source: str) -> int:
        """Of how many people a source holds anything."""
        return sum(1 for one in self._people.values() if one.records.get(source))

    def answer(self, source: Served, asked: Inquiry) -> Word:
        """What the source says. Asked about a person unknown to the population a query finds nothing and a check cannot tell."""
        person = self._people.get((asked.person.id_type, asked.person.id_number))
        record = _record(person, source.code, asked.purpose.material)
        name = asked.person.name
        names = () if person is None else (record.name,) if record is not None and record.name else person.names
        differs = person is not None and name is not None and not any(identity.same_name(name, one) for one in names)
        if source.kind == "check":
            return Word(record.finding if record is not None and record.finding is not None and not differs else "inconclusive")
        if differs:
            return Word("mismatch")
        if record is None or (record.since is not None and asked.on < record.since):
            return Word("not_found")
        if record.unclear:
            return Word("unclear")
        if record.revoked_on is not None and asked.on >= record.revoked_on:
            return Word("revoked")
        if record.valid_to is not None and asked.on > record.valid_to:
            return Word("expired", record.valid_to)
        return Word("valid", record.valid_to)


def _record(person: Person | None, source: str, material: str) -> Record | None:
    """The record for the material: one kept for it before one for all."""
    held = () if person is None else person.records.get(source, ())
    fitting = [one for one in held if not one.materials or material in one.materials]
    return max(fitting, key=lambda one: bool(one.materials), default=None)


def read_people(place: Path, sources: Mapping[str, Served]) -> People:
    """The people of a file, or of all `.json` files of a directory. Raises Refused with every mistake."""
    try:
        files = sorted(place.glob("*.json")) if place.is_dir() else [place]
        texts = {file: file.read_bytes() for file in files}
    except OSError:
        raise Refused([Problem("unreadable-file", f"“{place}”打不开。", f"“{place}” cannot be opened.")]) from None
    if not texts:
        raise Refused([Problem("no-people", f"“{place}”里没有 .json 文件。", f"There is no .json file in “{place}”.")])
    people: dict[tuple[str, str], Person] = {}
    problems: list[Problem] = []
    for file, raw in texts.items():
        read = _file(raw)
        if isinstance(read, Population):
            for at, person in enumerate(read.people):
                found = _wrong(person, f"people.{at}", sources)
                if (person.id_type, person.id_number) in people:
                    found.append(Problem("stated-twice", "这个人写了两次，只留一次。", "This person is stated twice; keep one.", field=f"people.{at}"))
                people[person.id_type, person.id_number] = person
                problems.extend(replace(one, file=file.name) for one in found)
        else:
            problems.extend(replace(one, file=file.name) for one in read)
    if problems:
        raise Refused(problems)
    return People(list(people.values()))


def _file(raw: bytes) -> Population | list[Problem]:
    try:
        document = parse(raw)
        return Population.model_validate(_lists(document))
    except HttpProblem as problem:
        return [Problem(problem.kind.code, problem.zh, problem.en)]
    except ValidationError as error:
        return [one.problem for one in body_mistakes(error, _lists(document), Population)]


def _lists(document: Any) -> Any:
    """A single record may stand without its list."""
    if isinstance(document, dict) and isinstance(document.get("people"), list):
        for person in document["people"]:
            if isinstance(person, dict) and isinstance(person.get("records"), dict):
                person["records"] = {source: [held] if isinstance(held, dict) else held for source, held in person["records"].items()}
    return document


def _wrong(person: Person, place: str, sources: Mapping[str, Served]) -> list[Problem]:
    """What does not fit the rulebook: numbers, sources, materials, findings of what is no check."""
    found = []
    kinds = sorted({kind for one in sources.values() for kind in one.id_types})
    if person.id_type not in kinds:
        found.append(unknown_word("unknown-value", "证件类型", "kind of number", person.id_type, kinds).at("", 0, f"{place}.id_type"))
    number = identity.read(person.id_type, person.id_number)
    if isinstance(number, Problem):
        found.append(number.at("", 0, f"{place}.id_number"))
    elif number.number != person.id_number:
        found.append(Problem("not-normal-form", "号码没有写成唯一的写法。", "The number is not in its one form.", field=f"{place}.id_number"))
    for code, held in person.records.items():
        if code not in sources:
            found.append(unknown_word("unknown-source", "数据源", "source", code, sorted(sources)).at("", 0, f"{place}.records"))
            continue
        for at, record in enumerate(held):
            here = dotted((place, "records", code, at))
            if (record.finding is not None) != (sources[code].kind == "check"):
                found.append(Problem("wrong-record", "核验写 finding，查询写日期。", "A check has a finding, a query has days.", field=here))
            for material in record.materials:
                if material not in sources[code].facts:
                    found.append(unknown_word("unknown-material", "材料", "material", material, sorted(sources[code].facts)).at("", 0, f"{here}.materials"))
    return found
