"""An application for a bundle (一件事一次办) on its way through the service, as `deciding` takes one for an item: once for all of its steps.

What our own side knows is merged in one place, `BundleAsked.own`, before any step is decided. Nothing here decides: `engine.bundles` does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

import orjson
from fastapi.concurrency import run_in_threadpool
from pydantic import ValidationError

from api.http.deciding import Caller
from api.http.gathering import Matter, Moment, Open, gathered
from api.http.inquiry_models import asked_of
from api.http.language import TAGS, Language
from api.http.problems import refused
from api.http.service import Service
from api.http.shapes import SMALL, body_mistakes, placed, size_mistakes
from api.records import log
from api.records.acts import Conflict, NoSuchRecord
from api.records.bundle_cases import BundleAnew, Settled, Stated, restated_bundle, whole_of
from api.records.bundle_log import bundle_decision
from api.records.bundle_story import bundle_case
from api.records.database import Unavailable
from api.records.history import Identified, Known, Question, identified, own_records, question
from api.records.instants import spoken as at_beijing
from api.records.log import Erased
from api.records.records import Records, Session
from api.records.restating import Unfit
from engine.application import BundleApplication
from engine.bundle_notice import printed_bundle
from engine.bundles import decide_steps
from engine.decide import Decider
from engine.inquiries import Inquiry, inquiries
from engine.problems import Refused
from engine.rulebook import Rulebook


def stated_bundle(document: Any, raw: bytes) -> BundleApplication:
    """The application, its shape checked. Raises `invalid-application`."""
    too_big = size_mistakes(document) if len(raw) > SMALL else []
    if too_big:
        raise refused("invalid-application", too_big)
    try:
        return BundleApplication.model_validate_json(raw, strict=True)
    except ValidationError as error:
        raise refused("invalid-application", body_mistakes(error, document, BundleApplication)) from None


@dataclass(frozen=True, slots=True)
class BundleAnswered:
    """A bundle's decision to be printed. `settled` None: a consultation."""

    service: Service
    application: BundleApplication
    body: Mapping[str, Any]
    now: datetime
    settled: Settled | None = None
    own: Mapping[str, Any] | None = None

    def counted(self) -> BundleAnswered:
        """Itself, every step counted as a decision that was made."""
        for one in self.body["steps"]:
            self.service.metrics.decisions.labels(one["decision"]["outcome"], "yes" if self.settled else "no").inc()
        return self

    def envelope(self, spoken: Language, level: str) -> dict[str, Any]:
        """The answer: who, when, in which language, the printed body, and the case of each step."""
        settled, rulebook = self.settled, self._rulebook()
        people = {person.id: person.name for person in self.application.persons if person.name}
        told = printed_bundle(self.body, rulebook, spoken, level, people)
        cases = settled.steps if settled else {}
        steps = [{"item": one["item"], **({"name": one["name"]} if "name" in one else {}), "needed": one["needed"],
                  "case": cases.get(one["item"], (None, None))[0], "decision_id": cases.get(one["item"], (None, None))[1],
                  **{name: one[name] for name in ("asked_elsewhere", "outputs", "perhaps_issued", "decision")}} for one in told["steps"]]
        asked = (self.own or {}).get("inquiries")
        return {
            "id": settled.entry_id if settled else None, "bundle_case": settled.bundle_case_id if settled else None, "case_number": self.application.case,
            "decided_at": at_beijing(settled.at) if settled else self.now.isoformat(timespec="seconds"),
            **({"supersedes": settled.supersedes} if settled and settled.supersedes else {}), "language": TAGS[spoken],
            **({"inquiries": asked_of(asked, rulebook, spoken)} if asked else {}), **told, "steps": steps}

    def _rulebook(self) -> Rulebook:
        """The rulebook it was decided under: an earlier one for an answer given before."""
        records, version = self.service.records, self.body["rulebook"]
        return self.service.rulebook if records is None or version == self.service.rulebook.version else records.rulebooks.decider(version).rulebook


@dataclass(frozen=True)
class BundleAsked:
    """One application for a bundle that is to be decided. The fields are those of `deciding.Asked`; `code` names the bundle."""

    service: Service
    code: str
    document: Any
    application: BundleApplication
    caller: Caller
    day: date
    named: date | None = None

    def question(self) -> Question:
        """What our own records are asked before deciding."""
        return question(self.service.rulebook, self.application, self._people)

    @cached_property
    def _people(self) -> tuple[Identified, ...]:
        return identified(self.service.rulebook, self.application)

    @cached_property
    def _parted(self) -> tuple[dict[str, Any], dict[str, Any]]:
        document = self.application.model_dump(mode="json", exclude_unset=True)
        evidence: dict[str, Any] = document.pop("evidence", {})
        return document, evidence

    def own(self, known: Known, found: Mapping[str, Any]) -> dict[str, Any]:
        """What our own side adds to the evidence of every step: our records, and what the sources said (`found`)."""
        records = self.service.records
        if records is None:
            return dict(found)
        return {**own_records(self.service.rulebook, self._people, known, complete=records.policy.complete, application=self.application, day=self.day), **found}

    async def gather(self, known: Known, moment: Moment, record: bool) -> dict[str, Any]:
        """What the sources say for all steps together, asked now; empty where nobody is asked: see `deciding.Asked.gather`."""
        records = self.service.records
        if records is None or not record or not await self.caller.may_ask(self.service, records):
            return {}
        document, evidence = self._parted
        matter = Matter(self.application, document, evidence, self.own(known, {}), known, self.day)
        return await gathered(self.service, matter, moment, open_questions(self.service.decider, self.code, self.day))

    def stated(self, known: Known, found: Mapping[str, Any]) -> Stated:
        """What is to be decided and recorded."""
        document, evidence = self._parted
        said = [self.caller.path, self.named.isoformat() if self.named else None, self._parted]
        fingerprint = hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS, default=str)).hexdigest() if self.caller.key else ""
        return Stated(self.code, document, evidence, self.own(known, found), self._people, self.day, (), self.caller.key, fingerprint)

    def consult(self, known: Known, found: Mapping[str, Any]) -> BundleAnswered:
        """Decide and keep nothing. Raises `invalid-application`."""
        stated = self.stated(known, found)
        full = stated.whole() if stated.own else self.application
        try:
            body = decide_steps(self.service.decider, self.code, full, self.day).body
        except Refused as wrong:
            raise refused("invalid-application", [placed(problem, self.document) for problem in wrong.problems]) from None
        return BundleAnswered(self.service, full, body, self.service.now(), None, stated.own).counted()


def open_questions(decider: Decider, code: str, day: date) -> Open:
    """The open questions of all steps that are surely needed; of one copy the first step's, whose answer serves all. An application that is refused has none."""
    def still_open(document: Mapping[str, Any]) -> Iterable[Inquiry]:
        try:
            steps = decide_steps(decider, code, whole_of(document), day).steps
            found: dict[tuple[str, str], Inquiry] = {}
            for one in steps:
                if one.sure and not one.closed:
                    for asked in inquiries(decider, decider.read(one.application, day, None, frozenset(one.kept), one.perhaps)):
                        found.setdefault((asked.kind, asked.key), asked)
            return tuple(found.values())
        except (Refused, Unfit):
            return ()

    return still_open


async def bundle_asked_anew(service: Service, records: Records, anew: BundleAnew, moment: Moment) -> BundleAnew:
    """The same act with what the sources say now. Whatever is wrong with it is told by the act itself."""
    if service.sources is None:
        return anew

    def again() -> Stated | None:
        try:
            with records.reading() as session:
                return restated_bundle(records, session, bundle_case(session, anew.bundle_case_id), anew)
        except (Conflict, NoSuchRecord, Unfit, Erased, Refused, Unavailable):
            return None

    stated = await run_in_threadpool(again)
    if stated is None:
        return anew
    matter = Matter(whole_of({**stated.document, "evidence": stated.evidence}), stated.document, stated.evidence, stated.own_records, stated.known, anew.day)
    found = await gathered(service, matter, moment, open_questions(service.decider, stated.bundle, anew.day), fresh=True)
    return BundleAnew(anew.bundle_case_id, anew.document, anew.day, anew.key, anew.fingerprint, found)


def kept_bundle(service: Service, session: Session, entry_id: str, replayed: bool = False) -> BundleAnswered:
    """A recorded decision of a bundle. Raises NoSuchRecord and Erased."""
    recorded = bundle_decision(session, entry_id)
    body = recorded.body(session)
    cases = {item: (_case_of(session, decision), decision) for item, decision in recorded.decisions.items()}
    settled = Settled(recorded.id, recorded.bundle_case_id, recorded.at, None, {}, cases, recorded.supersedes, replayed)
    return BundleAnswered(service, whole_of(recorded.document), body, service.now(), settled, recorded.own)


def _case_of(session: Session, decision_id: str) -> str:
    found = log.decision(session, decision_id)
    return str(found.case_id) if found is not None else ""
