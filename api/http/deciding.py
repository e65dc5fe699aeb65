"""One decision on its way through the service: who asks, what our own records know, the decision, its recording, its envelope.

Knows no HTTP beyond who the caller is. Nothing here decides: `engine.decide` does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

import orjson
from pydantic import ValidationError
from starlette.requests import Request

from api.http.gathering import Matter, Moment, answered_before, asked_anew, gathered, open_questions
from api.http.inquiry_models import asked_of
from api.http.language import TAGS, Language
from api.http.problems import HttpProblem, refused
from api.http.service import Service, service_of
from api.http.shapes import SMALL, body_mistakes, placed, size_mistakes
from api.http.ticket_models import listed
from api.program import PROGRAM
from api.records import log
from api.records.cases import Standing
from api.records.decisions import Decided, NewCase, Receipt, parted
from api.records.electives import decided_again, opened, taken
from api.records.history import Identified, Known, Question, identified, own_records, question, together
from api.records.instants import spoken as at_beijing
from api.records.records import Records, Session
from api.records.restating import Anew
from api.records.tickets import standing, unchecked
from engine.application import Application
from engine.explain import printed
from engine.lifecycle.tickets import owed
from engine.problems import Refused


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: trusted or not, and the key under which the request may be sent again. Keys of different callers never meet."""

    trusted: bool
    key: str | None
    path: str

    @staticmethod
    def of(request: Request, key: str | None) -> Caller:
        authorization = request.headers.get("authorization")
        digest = hashlib.sha256(f"{authorization or ''}\n{key}".encode()).hexdigest() if key is not None else None
        return Caller(service_of(request).trusts(authorization), digest, request.url.path)

    async def may_ask(self, service: Service, records: Records) -> bool:
        """Whether sources may be asked for this caller now: one who may see what comes back, and not for a request that was answered before."""
        return service.sources is not None and self.trusted and not await answered_before(records, self.key)

    def numbered(self, index: int) -> Caller:
        """The caller of one application of a batch."""
        return replace(self, key=f"{self.key}/{index}" if self.key else None)


def stated(document: Any, raw: bytes | None) -> Application:
    """The application, its shape checked. `raw` is its text, when it stands alone. Raises `invalid-application`."""
    text = orjson.dumps(document) if raw is None else raw
    too_big = size_mistakes(document) if len(text) > SMALL else []
    if too_big:
        raise refused("invalid-application", too_big)
    try:
        return Application.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise refused("invalid-application", body_mistakes(error, document, Application)) from None


def refuse_evidence(document: Any) -> None:
    """Evidence from a caller who may not state it. Raises `untrusted-evidence`."""
    if isinstance(document, Mapping) and document.get("evidence"):
        raise HttpProblem("untrusted-evidence")


@dataclass(frozen=True, slots=True)
class Answered:
    """A decision to be printed. `receipt` None: a consultation."""

    service: Service
    application: Application
    body: Mapping[str, Any]
    now: datetime
    receipt: Receipt | None = None
    supersedes: str | None = None
    own: Mapping[str, Any] = field(default_factory=dict)      # what our own side added to the evidence

    @property
    def replayed(self) -> bool:
        """Whether it was given before, under the same key."""
        return self.receipt is not None and self.receipt.replayed

    def counted(self) -> Answered:
        """Itself, counted as a decision that was made."""
        self.service.metrics.decisions.labels(self.body["outcome"], "yes" if self.receipt else "no").inc()
        return self

    def envelope(self, spoken: Language, level: str) -> dict[str, Any]:
        """The answer: who, when, in which language, and the printed body."""
        people = {person.id: person.name for person in self.application.persons if person.name}
        receipt = self.receipt
        return {
            "id": receipt.decision_id if receipt else None, "case": receipt.case_id if receipt else None, "case_number": self.application.case,
            "decided_at": at_beijing(receipt.at) if receipt else self.now.isoformat(timespec="seconds"),
            **({"supersedes": self.supersedes} if self.supersedes else {}),
            "language": TAGS[spoken], **({"inquiries": asked_of(self.own["inquiries"], self._rulebook(), spoken)} if self.own.get("inquiries") else {}),
            **printed(self.body, self._rulebook(), spoken, level, people),
            **(listed(receipt.tickets, self.body, self._rulebook(), None if level == "off" else spoken) if receipt and receipt.tickets else {})}

    def _rulebook(self) -> Any:
        """The rulebook it was decided under: an earlier one for an answer given before."""
        records = self.service.records
        version = self.body["rulebook"]
        if records is None or version == self.service.rulebook.version:
            return self.service.rulebook
        return records.rulebooks.decider(version).rulebook


@dataclass(frozen=True)
class Asked:
    """One application that is to be decided. `day` None: today. `record` False: a consultation, which leaves nothing. `named`: the day
    the caller named, which is part of what is asked; a request sent again after midnight asks the same."""

    service: Service
    document: Any
    application: Application
    caller: Caller
    day: date | None
    record: bool
    named: date | None = None

    def question(self) -> Question:
        """What our own records are asked before deciding."""
        return question(self.service.rulebook, self.application, self._people, self.application.case)

    @cached_property
    def _people(self) -> tuple[Identified, ...]:
        return identified(self.service.rulebook, self.application)

    @cached_property
    def _parted(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return parted(self.application)

    def _fingerprint(self) -> str:
        """What the request says, however it is written: sent again it must say the same."""
        said = [self.caller.path, self.named.isoformat() if self.named else None, self._parted]
        return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS, default=str)).hexdigest()

    async def gather(self, known: Known, moment: Moment) -> dict[str, Any]:
        """What the sources say of it, asked now; empty where nobody is asked.

        Asked for callers who may see what comes back, and only where it is recorded who asked for what: a consultation asks nobody.
        """
        records = self.service.records
        if records is None or not self.record or not await self.caller.may_ask(self.service, records):
            return {}
        day = self.day or self.service.today()
        case_id = known.case_id(self.application.deciding_division)
        if case_id is not None:
            anew = await asked_anew(self.service, records, Anew(case_id, self.document, day, whole=True), moment)
            return dict(anew.gathered)
        document, evidence = self._parted
        matter = Matter(self.application, document, evidence, self._own(known, {}), known, day)
        return await gathered(self.service, matter, moment, open_questions(self.service.decider, day))

    def consult(self, known: Known, found: Mapping[str, Any]) -> Answered:
        """Decide and keep nothing. `found`: what the sources said. Raises `invalid-application`."""
        now = self.service.now()
        full, _, _, own = self._whole(known, found)
        return Answered(self.service, full, self._body(full, self.day or now.date()), now, own=own).counted()

    def submit(self, records: Records, known: Known, found: Mapping[str, Any]) -> Future[Any]:
        """Decide and hand it to the writer: a new case, or another decision of the case with the caller's number.

        `found`: what the sources said. Raises `invalid-application`, and `conflict` where somebody not trusted names a case there is. The
        future holds a Receipt or a Standing, or what the act raises.
        """
        now = self.service.now()
        day = self.day or now.date()
        key, fingerprint = self.caller.key, self._fingerprint() if self.caller.key else ""
        case_id = known.case_id(self.application.deciding_division)
        if case_id is not None:
            if not self.caller.trusted:
                raise HttpProblem("conflict", "这个办件编号已经用过；已有的办件由受理系统再作判断，新的申请请换一个编号。",
                                  "This case number is in use; a case is decided again by the intake system, a new application takes a new number.")
            return records.act(decided_again(records, Anew(
                case_id, self.document, day, whole=True, key=key, fingerprint=fingerprint, gathered=found)))
        full, application, evidence, own = self._whole(known, found)
        body = self._body(full, day)
        job = NewCase(Decided(application, evidence, own, body, PROGRAM), self._people, self.service.rulebook, key, fingerprint)
        due = owed(self.service.decider, full, day, unchecked=unchecked(own))
        return records.act(opened(records, job, full, due)) if due or taken(body) else records.submit(job)

    def _own(self, known: Known, found: Mapping[str, Any]) -> dict[str, Any]:
        """What our own side adds to the evidence: our records, and what the sources said."""
        records = self.service.records
        if records is None:
            return dict(found)
        day = self.day or self.service.today()
        return {**own_records(self.service.rulebook, self._people, known, complete=records.policy.complete, application=self.application, day=day), **found}

    def _whole(self, known: Known, found: Mapping[str, Any]) -> tuple[Application, dict[str, Any], dict[str, Any], dict[str, Any]]:
        """The application with what our own side adds, and its parts."""
        application, evidence = self._parted
        own = self._own(known, found)
        if not own:
            return self.application, application, evidence, own
        return Application.model_validate(together(application, evidence, own)), application, evidence, own

    def _body(self, application: Application, day: date) -> Mapping[str, Any]:
        try:
            return self.service.decider.decide(application, day)
        except Refused as wrong:
            raise refused("invalid-application", [placed(problem, self.document) for problem in wrong.problems]) from None

    def answer(self, result: Standing | Receipt) -> Answered:
        """The answer to what was just recorded."""
        if isinstance(result, Standing):
            return Answered(
                self.service, result.application, result.body, self.service.now(), result.receipt, result.supersedes, result.own).counted()
        assert result.decided is not None
        return Answered(self.service, self.application, result.decided.body, self.service.now(), result, own=result.decided.own).counted()

    def read_back(self, session: Session, decision_id: str) -> Answered:
        """What was answered the first time. Raises Erased."""
        return kept(self.service, session, decision_id, replayed=True)


def kept(service: Service, session: Session, decision_id: str, replayed: bool = False) -> Answered:
    """A recorded decision. Raises Erased and `unknown-record`."""
    recorded = log.decision(session, decision_id)
    if recorded is None:
        raise HttpProblem("unknown-record", f"没有编号为“{decision_id}”的判断。", f"There is no decision with the id “{decision_id}”.")
    application = Application.model_validate(recorded.document)
    tickets = standing(session, str(recorded.case_id), recorded.at)
    receipt = Receipt(recorded.id, recorded.case_id, recorded.at, replayed=replayed, tickets=tickets)
    return Answered(service, application, orjson.loads(recorded.body), service.now(), receipt,
                    recorded.supersedes, recorded.own)
