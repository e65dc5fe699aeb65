"""What the service asks of other authorities for one application before it is decided: within the time of one answer.

Puts the application, what the records know and the sources together; `engine.inquiries` says what may be asked, `api.sources` asks.
Nothing here decides.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import orjson
from fastapi.concurrency import run_in_threadpool

from api.http.acting import answered, read
from api.http.service import Service
from api.records import log
from api.records.acts import Conflict
from api.records.bundle_steps import Context
from api.records.certificates import of_holder
from api.records.credentials import holders, names_in
from api.records.database import Unavailable
from api.records.electives import decided_again
from api.records.history import Known, together
from api.records.log import Erased
from api.records.records import Records, Session
from api.records.restating import Anew, Restated, Unfit, restated
from api.records.shared_certificates import library_answers
from api.records.tables import CaseFile, Idempotency
from api.sources.channel import Told
from api.sources.gathering import DIFFER, LIBRARY, Gathering, Subject
from engine.application import Application, BundleApplication
from engine.decide import Decider
from engine.inquiries import Inquiry, inquiries
from engine.lifecycle.machines import PENDING
from engine.problems import Refused
from engine.rulebook import Rulebook
from engine.standing import shareable

#: The questions of a document that are open; the document is what is decided, evidence included.
Open = Callable[[Mapping[str, Any]], Iterable[Inquiry]]


@dataclass(frozen=True, slots=True)
class Moment:
    """When a request came, in the event loop's seconds: everything it waits for counts from here."""

    came: float

    @staticmethod
    def now() -> Moment:
        return Moment(asyncio.get_running_loop().time())

    def until(self, service: Service) -> float:
        """When the sources' time is up."""
        return self.came + service.settings.sources_time


@dataclass(frozen=True, slots=True)
class Matter:
    """What is about to be decided: the document without evidence, the caller's evidence, what our own records add."""

    application: Application | BundleApplication
    document: Mapping[str, Any]
    evidence: Mapping[str, Any]
    own: Mapping[str, Any]
    known: Known
    day: date

    def whole(self, gathered: Mapping[str, Any]) -> dict[str, Any]:
        """The document that is decided."""
        return together(self.document, self.evidence, {**self.own, **gathered})


def subjects(rulebook: Rulebook, application: Application | BundleApplication) -> dict[str, Subject]:
    """Everybody in the application with a number that can be right, by id inside it."""
    names = names_in(application)
    return {who: Subject(kind, number, names.get(who) or None) for who, (kind, number) in holders(rulebook, application).items()}


def open_questions(decider: Decider, day: date, pinned: Decider | None = None, rest: Context | None = None) -> Open:
    """The open questions of one application. An application that is refused has none: it is refused when it is decided.

    `rest`: of a step of a bundle the rest of it: nobody is asked about what another step keeps or issues.
    """
    kept, perhaps = (frozenset(rest.asked_elsewhere), frozenset(rest.perhaps_issued)) if rest is not None else (frozenset[str](), frozenset[str]())

    def still_open(document: Mapping[str, Any]) -> Iterable[Inquiry]:
        whole = log.with_outputs(dict(document), rest.outputs if rest is not None else None)
        try:
            return inquiries(decider, decider.read(Application.model_validate(whole), day, pinned, kept, perhaps))
        except Refused:
            return ()

    return still_open


async def gathered(service: Service, matter: Matter, moment: Moment, still_open: Open, *, fresh: bool = False) -> dict[str, Any]:
    """What the sources say, as part of what our own side adds to the evidence. Empty where nobody is asked. `fresh`: earlier answers do not count."""
    if service.sources is None or matter.day > service.today():      # nobody can say what will be
        return {}
    people = subjects(service.rulebook, matter.application)
    asking = Gathering(service.sources, people, matter.day, moment.until(service), service.now, _library(matter, people), _weighed(matter, people), fresh)
    found = await asking.gather(lambda so_far: still_open(matter.whole(so_far)))
    return found.evidence()


async def answered_before(records: Records, key: str | None) -> bool:
    """Whether a request with this key was answered already: sent again, it asks nobody anew."""
    return key is not None and await read(records, lambda session: session.get(Idempotency, key) is not None)


async def asked_anew(service: Service, records: Records, anew: Anew, moment: Moment) -> Anew:
    """The same act with what the sources say now: a case is looked at again whenever it is decided again, whatever was answered before.

    Whatever is wrong with it is told by the act itself.
    """
    if service.sources is None:
        return anew
    again = await run_in_threadpool(_again, records, anew)
    if again is None:
        return anew
    matter = Matter(again.application, again.document, again.evidence, again.own_records, again.known, anew.day)
    return replace(anew, gathered=await gathered(service, matter, moment, open_questions(service.decider, anew.day, again.pinned, again.bundle),
                                                  fresh=True))


async def looked_at_today(service: Service, records: Records, find: Callable[[Session], str | None],
                          also: Callable[[Mapping[str, Any]], object] = lambda body: False) -> None:
    """Have a pending case decided anew where the decision that stands is of an earlier day: what an act rests on shall be of today.

    Evidence of yesterday is no fact of today, and nobody shall wait for an answer the authority could have had. `find`: gives the case's id;
    `also`: whether the body of a decision of today is to be looked at again all the same. Raises the problems of the act.
    """
    if service.sources is None:
        return

    def to_look_at(session: Session) -> str | None:
        case = session.get(CaseFile, find(session) or "")
        last = log.decision(session, case.decision_id) if case is not None and case.state in PENDING else None
        if case is None or last is None:
            return None
        return case.id if last.tells["as_of"] != service.today().isoformat() or also(orjson.loads(last.body)) else None

    case_id = await read(records, to_look_at)
    if case_id is not None:
        anew = await asked_anew(service, records, Anew(case_id, {}, service.today()), Moment.now())
        with suppress(Unfit):      # an application of an older contract: the act itself says what is wrong with it
            await answered(records.act(decided_again(records, anew)), wait=records.wait)


def _again(records: Records, anew: Anew) -> Restated | None:
    try:
        with records.reading() as session:
            case = session.get(CaseFile, anew.case_id)
            return restated(records, session, case, anew) if case is not None and case.state in PENDING else None
    except (Conflict, Unfit, Erased, Refused, Unavailable):
        return None


def _library(matter: Matter, people: Mapping[str, Subject]) -> Callable[[Inquiry], Told | None]:
    """The certificate library in place of a question: a certificate in force, sealed, of a type that may be shared here and says the same as the source.

    Only a yes is taken from it, and only for the name stated, where one is. It may be incomplete: a certificate that has expired may have been
    renewed, so the source is asked.
    """
    def said(inquiry: Inquiry) -> Told | None:
        subject = people.get(inquiry.person)
        holder = (subject.id_type, subject.id_number) if subject is not None else ("", "")
        held = matter.known.certificates.get(holder, ())
        if subject is None or not held or inquiry.kind != "query" or not inquiry.presence:
            return None
        credentials = inquiry.place.rulebook.credentials
        types = {code for code in inquiry.source.certificates if shareable(credentials[code], inquiry.place)}
        found = library_answers(held, types, matter.day, holder=holder, name=subject.name)
        if found is None or found.result != "valid":
            return None
        return Told("valid", found.valid_to.isoformat() if found.valid_to else None, why=LIBRARY)

    return said


def _weighed(matter: Matter, people: Mapping[str, Subject]) -> Callable[[Inquiry, Told], Told]:
    """A yes of the source against a certificate that our library knows as revoked or frozen, and none in force: the registers differ.

    Which of them is right is for the authorities to find out, so the answer is unclear: checked by hand, with a ticket, and never the applicant's to prove.
    """
    def weighed(inquiry: Inquiry, told: Told) -> Told:
        subject = people.get(inquiry.person)
        if subject is None or told.result != "valid" or not inquiry.presence:
            return told
        holder = (subject.id_type, subject.id_number)
        states = {one.state_on(matter.day) for one in of_holder(matter.known.certificates.get(holder, ()), holder, matter.day)
                  if one.type in inquiry.source.certificates}
        return Told("unclear", at=told.at, why=DIFFER) if states & {"revoked", "frozen"} and "valid" not in states else told

    return weighed
