"""Recording a decision: its entry in the log, the application and evidence apart from it, the case it opens.

Written with many others in one transaction (see `writer`). The same key with the same request is answered by the decision it got
the first time. Nothing here decides or prints.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlmodel import Session

from api.records.chain import body_bytes, canonical, content_digest, new_salt, packed, sha256
from api.records.clocks import start_case_clocks
from api.records.history import APPLICANT, Identified
from api.records.ids import new_id
from api.records.log import Erased
from api.records.statements import look_up
from api.records.tables import CaseFile, DecisionBody, Idempotency, LogContent, Person, Received
from api.records.writer import Pages
from engine.application import Application
from engine.rulebook import Rulebook

#: In place of what was asked with a key, once the decision that answered it was erased: the key answers nothing else ever after.
ERASED_KEY: Final = "erased"
#: Bodies this process knows to be kept; forgotten all at once when there are too many.
MOST_BODIES: Final = 4_096


class KeyReused(Exception):
    """The idempotency key was used before, for another request."""


def same_request(earlier: Idempotency, fingerprint: str) -> None:
    """The key was used before for the same request. Raises KeyReused; Erased where what it got was erased."""
    if earlier.fingerprint == ERASED_KEY:
        raise Erased
    if earlier.fingerprint != fingerprint:
        raise KeyReused


class CaseExists(Exception):
    """The caller's case number belongs to a case already: what was to open one is another decision of it."""


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that was made, before it is written: everything that is needed to make it again."""

    application: Mapping[str, Any]       # the canonical document, without evidence
    evidence: Mapping[str, Any]          # as the caller stated it
    own: Mapping[str, Any]               # what our own records added
    body: Mapping[str, Any]
    program: str
    pinned: str | None = None            # rulebook in use when the case was accepted, if another
    bundle: Mapping[str, Any] | None = None     # of a step of a bundle: what the other steps ask for and issue (see `bundle_steps`)
    text: bytes = field(init=False)      # the body as it is kept
    digest: str = field(init=False)      # and its SHA-256

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", body_bytes(self.body))
        object.__setattr__(self, "digest", sha256(self.text))

    def tells(self) -> dict[str, Any]:
        """What the chain may know of it for ever: no person, no name, no number."""
        body = self.body
        return {
            "program": self.program, "rulebook": body["rulebook"], "pinned": self.pinned, "as_of": body["as_of"], "accepted_on": body["accepted_on"],
            "item": body["item"], "division": body["deciding_division"], "outcome": body["outcome"],
            "routes": [[one["material"], one["route"], one["mode"], one["rule"]] for one in body["materials"]]}


def parted(application: Application) -> tuple[dict[str, Any], dict[str, Any]]:
    """The application as it is recorded, and the evidence the caller stated."""
    document = application.model_dump(mode="json", exclude_unset=True)
    evidence: dict[str, Any] = document.pop("evidence", {})
    return document, evidence


@dataclass(frozen=True, slots=True)
class Listed:
    """A ticket as a decision's answer lists it: which source, who answers for it, about which copy. `person`: empty for the applicant."""

    id: str
    kind: str
    source: str
    provider: str
    material: str
    person: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a recorded decision is known by. `replayed`: it was recorded before, under the same key."""

    decision_id: str
    case_id: str | None
    at: str
    replayed: bool = False
    decided: Decided | None = None       # of a decision just recorded that opened a case
    tickets: tuple[Listed, ...] = ()     # to data providers, that stand once it is recorded


@dataclass(slots=True)
class _Shared:
    """What the decisions of one batch look up together."""

    keys: dict[str, Idempotency] = field(default_factory=dict)
    numbers: set[tuple[str, str]] = field(default_factory=set)
    people: dict[tuple[str, str], str] = field(default_factory=dict)
    bodies: set[str] = field(default_factory=set)


@dataclass(slots=True)
class NewCase:
    """A job: a decision that opens a case."""

    decided: Decided
    people: tuple[Identified, ...]
    rulebook: Rulebook
    key: str | None = None
    fingerprint: str = ""
    alone: bool = False
    received: Sequence[str] | None = None     # what of the materials stated is taken in here; None: all of them
    _shared: _Shared = field(default_factory=_Shared)

    @property
    def number(self) -> tuple[str, str] | None:
        """The caller's own number, which is unique in a division."""
        number = self.decided.application.get("case")
        return (self.decided.body["deciding_division"], str(number)) if number else None

    def write(self, pages: Pages) -> Receipt:
        """Raises KeyReused, Erased and CaseExists, before anything is written."""
        shared = self._shared
        if self.key is not None:
            earlier = shared.keys.get(self.key)
            if earlier is not None:
                same_request(earlier, self.fingerprint)
                return Receipt(earlier.decision_id, None, pages.at, replayed=True)
        if self.number is not None and self.number in shared.numbers:
            raise CaseExists
        decision_id, case_id = new_id(), new_id()
        body = self.decided.body
        people = {person.id: _person(person, shared.people, pages) for person in self.people}
        write_decision(pages, self.decided, decision_id, case_id, None, known=shared.bodies)
        received_on = date.fromisoformat(body["accepted_on"])
        pages.add(CaseFile, id=case_id, number=self.decided.application.get("case"), item=body["item"], division=body["deciding_division"],
                  accepting_division=self.decided.application.get("accepting_division"), applicant_id=people.get(APPLICANT), received_on=received_on,
                  state="received", rulebook=body["rulebook"], decision_id=decision_id, opened_at=pages.at)
        taken_in = self.decided.application.get("handed_in") or () if self.received is None else self.received
        write_received(pages, self.rulebook, case_id, taken_in, received_on, people)
        start_case_clocks(pages, self.rulebook, case_id, body)
        if self.key is not None:
            shared.keys[self.key] = Idempotency(key=self.key, fingerprint=self.fingerprint, decision_id=decision_id)
            pages.add(Idempotency, key=self.key, fingerprint=self.fingerprint, decision_id=decision_id)
        if self.number is not None:
            shared.numbers.add(self.number)
        return Receipt(decision_id, case_id, pages.at, decided=self.decided)


class Prepare:
    """Looks up once what a batch of decisions needs: keys, case numbers, people, bodies already kept."""

    def __init__(self) -> None:
        self._bodies: set[str] = set()

    def forget(self) -> None:
        """Bodies may have been erased."""
        self._bodies = set()

    def erased(self, bodies: Iterable[str]) -> None:
        """These are no longer kept, for the jobs of this batch either."""
        self._bodies.difference_update(bodies)

    def __call__(self, session: Session, jobs: Sequence[NewCase]) -> None:
        if len(self._bodies) > MOST_BODIES:
            self.forget()
        shared = _Shared(bodies=self._bodies)
        keys = look_up(session, "key, fingerprint, decision_id", "idempotency", "key", {job.key for job in jobs if job.key is not None})
        shared.keys = {key: Idempotency(key=key, fingerprint=fingerprint, decision_id=decision) for key, fingerprint, decision in keys}
        numbers = look_up(session, "division, number", "case_file", "number", {job.number[1] for job in jobs if job.number is not None})
        shared.numbers = {(division, number) for division, number in numbers}
        shared.people = _known_people(session, {person.number[1] for job in jobs for person in job.people})
        digests = look_up(session, "digest", "decision_body", "digest", {job.decided.digest for job in jobs} - self._bodies)
        shared.bodies.update(digest for [digest] in digests)
        for job in jobs:
            job._shared = shared


def write_decision(pages: Pages, made: Decided, decision_id: str, case_id: str, supersedes: str | None, known: set[str] | None = None) -> None:
    """The entry, what it speaks of, and the body, which is kept once however many decisions have it."""
    content = canonical({"application": made.application, "evidence": made.evidence, "own": made.own} | ({"bundle": made.bundle} if made.bundle else {}))
    salt, digest = new_salt(), made.digest
    if known is None:
        known = {digest} if pages.session.get(DecisionBody, digest) else set()
    if digest not in known:
        pages.add(DecisionBody, digest=digest, content=packed(made.text))
        known.add(digest)
    tells = made.tells() | {"body": digest} | ({"supersedes": supersedes} if supersedes else {})
    pages.tell(decision_id, "decision", content_digest(salt, content), case_id, tells)
    pages.add(LogContent, entry_id=decision_id, salt=salt, content=content, body=digest)


def people_of(pages: Pages, people: Sequence[Identified]) -> dict[str, str]:
    """The records' ids of the persons of an application, by their ids inside it; who is new is written."""
    known = _known_people(pages.session, {one.number[1] for one in people})
    return {person.id: _person(person, known, pages) for person in people}


def _known_people(session: Session, numbers: Collection[str]) -> dict[tuple[str, str], str]:
    """The records' ids of those of the numbers that stand in them."""
    return {(kind, number): person for kind, number, person in look_up(session, "id_type, id_number, id", "person", "id_number", numbers)}


def _person(person: Identified, known: dict[tuple[str, str], str], pages: Pages) -> str:
    found = known.get(person.number)
    if found is None:
        found = known[person.number] = new_id()
        pages.add(Person, id=found, id_type=person.number[0], id_number=person.number[1], name=person.name)
    return found


def write_received(pages: Pages, rulebook: Rulebook, case_id: str, codes: Iterable[str], day: date, people: Mapping[str, str],
                   known: Iterable[tuple[str, str]] = ()) -> None:
    """What the application says was handed in and is not `known`: unchecked, so of trust C; D what is self-made (国办函〔2016〕108号)."""
    there = set(known)
    words = rulebook.vocabulary["material"].by_word
    for code in codes:
        word, _, person = code.partition("/")
        said = words.get(word)
        material, person = word if said is None else str(said.code), "" if person == APPLICANT else person
        if (material, person) in there:
            continue
        there.add((material, person))
        made = rulebook.materials.get(material)
        pages.add(Received, id=new_id(), case_id=case_id, material=material, person=person, person_id=people.get(person or APPLICANT),
                  received_on=day, at=pages.at, channel="window", trust="D" if made is not None and made.self_made else "C", valid_to=None)
