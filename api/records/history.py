"""What our own records already know of the people in an application: credit records, materials of earlier cases, certificates.

It becomes part of the evidence, beside what the caller states. Unless the setting says that these records are complete, what is
not in them is unknown, never denied. Nothing here decides what a record means (see `engine.facts`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlmodel import Session, col, select

from api.records.batches import Batch, Batches
from api.records.certificates import Held, Named, every_version, every_version_of
from api.records.credentials import Library, from_library, holders, laid_over, named
from api.records.database import Database
from api.records.statements import day, look_up
from api.records.tables import Credit
from engine import identity
from engine.application import Application, BundleApplication
from engine.application import Person as Stated
from engine.rulebook import Rulebook

APPLICANT: Final = "applicant"
#: What the sources said, among what our own side adds: answers to queries and checks, and the record of what was asked.
GATHERED: Final = ("queries", "checks", "not_sought", "inquiries")

Number = tuple[str, str]     # kind of number, the number in its one written form


@dataclass(frozen=True, slots=True)
class Identified:
    """Somebody in an application with a number that can be right. `id` is the person's inside the application."""

    id: str
    number: Number
    name: str


@dataclass(frozen=True, slots=True)
class Question:
    """Who is asked about, the caller's own case number if one is stated, and the certificates that were shown by number."""

    numbers: tuple[Number, ...]
    case: str | None = None
    certificates: tuple[Named, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nobody, no case and no certificate is asked about: the answer is that nothing is known."""
        return not self.numbers and not self.case and not self.certificates


@dataclass(frozen=True, slots=True)
class OnFile:
    """A material of somebody's earlier cases. Of copies of one trust with one last day only the newest counts: it lasts the longest."""

    material: str
    trust: str
    received_on: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Known:
    """What the records hold: by number of a person, the cases with the caller's number by division, certificates by type and number.

    Of certificates every version: which counts on the day is for who asks.
    """

    credit: Mapping[Number, tuple[Credit, ...]] = field(default_factory=dict)
    received: Mapping[Number, tuple[OnFile, ...]] = field(default_factory=dict)
    cases: Mapping[str, str] = field(default_factory=dict)
    certificates: Mapping[Number, tuple[Held, ...]] = field(default_factory=dict)
    named: Mapping[Named, tuple[Held, ...]] = field(default_factory=dict)

    def case_id(self, division: str | None) -> str | None:
        """The case with the caller's number in the division; where none is stated, the only one."""
        if division is None:
            return next(iter(self.cases.values())) if len(self.cases) == 1 else None
        return self.cases.get(division)


def identified(rulebook: Rulebook, application: Application | BundleApplication) -> tuple[Identified, ...]:
    """The applicant first, then the other persons whose number is stated and can be right."""
    kinds = rulebook.vocabulary.by_word["person_id_type"].by_word

    def number(one: Stated) -> Number | None:
        kind = kinds.get(one.id_type or "")
        if kind is None or one.id_number is None:
            return None
        read = identity.read(kind.code, one.id_number)
        return (kind.code, read.number) if isinstance(read, identity.Identity) else None

    found = []
    for who, one in ((APPLICANT, application.applicant), *((person.id, person) for person in application.persons)):
        known = number(one)
        if known is not None:
            found.append(Identified(who, known, one.name or ""))
    return tuple(found)


def question(rulebook: Rulebook, application: Application | BundleApplication, people: Iterable[Identified], case: str | None = None) -> Question:
    """What our own records are asked before an application is decided; who acts for the applicant included."""
    numbers = dict.fromkeys((*(one.number for one in people), *holders(rulebook, application).values()))
    return Question(tuple(numbers), case, named(rulebook, application))


def recall(session: Session, questions: Iterable[Question], same_case: str | Collection[str] | None = None) -> list[Known]:
    """Answer several questions with one look at each table. `same_case`: what this case (of a bundle: these cases) received is not an earlier case's."""
    asked = list(questions)
    numbers = {number for question in asked for number in question.numbers}
    people: dict[str, Number] = {}
    credit: dict[Number, list[Credit]] = {}
    received: dict[Number, list[OnFile]] = {}
    if numbers:
        people = {person: (kind, number) for person, kind, number in look_up(
            session, "id, id_type, id_number", "person", "id_number", {number for _, number in numbers}) if (kind, number) in numbers}
    if people:
        for record in session.exec(select(Credit).where(col(Credit.person_id).in_(people)).order_by(col(Credit.recorded_on), col(Credit.id))):
            credit.setdefault(people[record.person_id], []).append(record)
        for person, material, trust, valid_to, received_on in _on_file_of(session, people, same_case):
            received.setdefault(people[person], []).append(OnFile(material, trust, day(received_on), valid_to and day(valid_to)))
    cases: dict[str, dict[str, str]] = {}
    wanted = {question.case for question in asked if question.case}
    if wanted:
        for word, division, case_id in look_up(session, "number, division, id", "case_file", "number", wanted):
            cases.setdefault(str(word), {})[division] = case_id
    held = every_version(session, numbers)
    shown = every_version_of(session, {one for question in asked for one in question.certificates})
    return [Known({number: tuple(credit[number]) for number in question.numbers if number in credit},
                  {number: tuple(received[number]) for number in question.numbers if number in received},
                  cases.get(question.case or "", {}),
                  {number: held[number] for number in question.numbers if number in held},
                  {one: shown[one] for one in question.certificates if one in shown}) for question in asked]


def _on_file_of(session: Session, people: Collection[str], same_case: str | Collection[str] | None) -> Sequence[Any]:
    """One row for each person, material, trust and last day, however many cases there were."""
    more = (same_case,) if isinstance(same_case, str) else tuple(same_case or ())
    but = f"AND case_id NOT IN ({', '.join('?' * len(more))}) " if more else ""
    same = "person_id, material, trust, valid_to"
    return look_up(session, f"{same}, max(received_on)", "received", "person_id", people, f"{but}GROUP BY {same} ORDER BY {same}", more)


class Recall:
    """Answers questions in batches, in a thread of its own."""

    def __init__(self, database: Database):
        self._database = database
        self._batches: Batches[Question] = Batches("mianzheng-recall", self._serve)

    def ask(self, question: Question) -> Future[Known]:
        """The answer, or Unavailable."""
        return self._batches.submit(question)

    def close(self) -> None:
        """Answer what is queued, then stop."""
        self._batches.close()

    def _serve(self, batch: Batch[Question]) -> None:
        with self._database.reading() as session:
            answers = recall(session, [question for question, _ in batch])
        for (_, future), answer in zip(batch, answers, strict=True):
            future.set_result(answer)


def own_records(rulebook: Rulebook, people: Iterable[Identified], known: Known, *, complete: bool,
                application: Application | BundleApplication | None = None, day: date | None = None) -> dict[str, Any]:
    """What our own records add to the application and its evidence; empty where they add nothing.

    `complete`: these records are all there are. `application`, `day`: what the certificate library is held against; without them it adds nothing.
    """
    persons = tuple(people)
    on_file = _on_file(rulebook, persons, known)
    credit = [_credit(record) for person in persons if person.id == APPLICANT for record in known.credit.get(person.number, ())]
    found: dict[str, Any] = {}
    if on_file or complete:
        found["on_file"] = {"complete": complete, "entries": on_file}
    if credit or complete:
        found["records"] = {"complete": complete, "credit": credit}
    if application is not None and day is not None:
        credentials = from_library(rulebook, application, Library(known.certificates, known.named), day)
        if credentials:
            found["credentials"] = credentials
    return found


def together(application: Mapping[str, Any], evidence: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The document that is decided: what the caller states and what our own records add. A snapshot is complete if one of them is."""
    made = dict(evidence)
    for name, key in (("on_file", "entries"), ("records", "credit")):
        ours = own.get(name)
        if ours:
            stated: dict[str, Any] = dict(made.get(name) or {"complete": False})
            listed = list(stated.get(key, ()))
            made[name] = {**stated, "complete": stated["complete"] or ours["complete"], key: [*listed, *(one for one in ours[key] if one not in listed)]}
    if own.get("not_sought"):
        made["on_file"] = {**(made.get("on_file") or {"complete": False}), "not_sought": list(own["not_sought"])}
    for name in ("queries", "checks"):      # what the sources said; what the caller states of the same stands
        ours = own.get(name)
        if ours:
            made[name] = {**ours, **dict(made.get(name) or {})}
    whole = laid_over(application, own.get("credentials", {}))
    return {**whole, "evidence": made} if made else whole


def _on_file(rulebook: Rulebook, people: tuple[Identified, ...], known: Known) -> list[dict[str, Any]]:
    """Materials of earlier cases under the keys of this application: whose copy it is, not in which role it was handed in."""
    entries: list[dict[str, Any]] = []
    for person in people:
        for row in known.received.get(person.number, ()):
            if row.material not in rulebook.materials:
                continue
            keys = (row.material, f"{row.material}/{APPLICANT}") if person.id == APPLICANT else (f"{row.material}/{person.id}",)
            for key in keys:
                entries.append({"material": key, "trust": row.trust, "received_on": row.received_on.isoformat(),
                                **({"valid_to": row.valid_to.isoformat()} if row.valid_to else {})})
    return entries


def _credit(record: Credit) -> dict[str, Any]:
    return {"kind": record.kind, "recorded_on": record.recorded_on.isoformat(), "source": record.source,
            **({"repaired_on": record.repaired_on.isoformat()} if record.repaired_on else {})}
