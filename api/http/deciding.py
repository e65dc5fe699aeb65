"""One decision on its way through the service: who asks, what our own records know, the decision, its recording, its envelope.

Knows no HTTP beyond who the caller is. Nothing here decides: `engine.decide` does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

import orjson
from pydantic import ValidationError
from starlette.requests import Request

from api.http.language import TAGS, Language
from api.http.problems import HttpProblem, refused
from api.http.service import Service, service_of
from api.http.shapes import SMALL, body_mistakes, placed, size_mistakes
from api.program import PROGRAM
from api.records import log
from api.records.cases import Anew, Standing
from api.records.decisions import Decided, NewCase, Receipt, parted
from api.records.electives import decided_again, opened, taken
from api.records.history import Identified, Known, Question, identified, own_records, together
from api.records.instants import spoken as at_beijing
from api.records.records import Records, Session
from engine.application import Application
from engine.explain import printed
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
            "language": TAGS[spoken], **printed(self.body, self._rulebook(), spoken, level, people)}

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
        return Question(tuple(one.number for one in self._people), self.application.case)

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

    def consult(self, known: Known) -> Answered:
        """Decide and keep nothing. Raises `invalid-application`."""
        now = self.service.now()
        full, _, _, _ = self._whole(known)
        return Answered(self.service, full, self._body(full, self.day or now.date()), now).counted()

    def submit(self, records: Records, known: Known) -> Future[Any]:
        """Decide and hand it to the writer: a new case, or another decision of the case with the caller's number.

        Raises `invalid-application`, and `conflict` where somebody not trusted names a case there is. The future holds a Receipt or a Standing, or what the act raises.
        """
        now = self.service.now()
        day = self.day or now.date()
        key, fingerprint = self.caller.key, self._fingerprint() if self.caller.key else ""
        case_id = known.case_id(self.application.deciding_division)
        if case_id is not None:
            if not self.caller.trusted:
                raise HttpProblem("conflict", "这个办件编号已经用过；已有的办件由受理系统再作判断，新的申请请换一个编号。",
                                  "This case number is in use; a case is decided again by the intake system, a new application takes a new number.")
            return records.act(decided_again(records, Anew(case_id, self.document, day, whole=True, key=key, fingerprint=fingerprint)))
        full, application, evidence, own = self._whole(known)
        body = self._body(full, day)
        job = NewCase(Decided(application, evidence, own, body, PROGRAM), self._people, self.service.rulebook, key, fingerprint)
        return records.act(opened(records, job, full)) if taken(body) else records.submit(job)

    def _whole(self, known: Known) -> tuple[Application, dict[str, Any], dict[str, Any], dict[str, Any]]:
        """The application with what our own records add, and its parts."""
        application, evidence = self._parted
        records = self.service.records
        if records is None:
            return self.application, application, evidence, {}
        own = own_records(self.service.rulebook, self._people, known, complete=records.policy.complete)
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
            return Answered(self.service, result.application, result.body, self.service.now(), result.receipt, result.supersedes).counted()
        assert result.decided is not None
        return Answered(self.service, self.application, result.decided.body, self.service.now(), result).counted()

    def read_back(self, session: Session, decision_id: str) -> Answered:
        """What was answered the first time. Raises Erased."""
        return kept(self.service, session, decision_id, replayed=True)


def kept(service: Service, session: Session, decision_id: str, replayed: bool = False) -> Answered:
    """A recorded decision. Raises Erased and `unknown-record`."""
    recorded = log.decision(session, decision_id)
    if recorded is None:
        raise HttpProblem("unknown-record", f"没有编号为“{decision_id}”的判断。", f"There is no decision with the id “{decision_id}”.")
    application = Application.model_validate(recorded.document)
    return Answered(service, application, orjson.loads(recorded.body), service.now(), Receipt(recorded.id, recorded.case_id, recorded.at, replayed=replayed),
                    recorded.supersedes)
