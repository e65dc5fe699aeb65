"""Freezing the one-time notice (一次性告知): an act with a time and a hash, after which nothing new may be asked.

What is frozen is the decision that stands; its conditional lines stand in it too, so an undetermined notice may be frozen. It ends the
clock of five working days (行政许可法 32). What a frozen notice allows to be asked is `engine.lifecycle.demands`'s question.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from api.records import clocks, log
from api.records.acts import By, Conflict, case_of, move
from api.records.chain import canonical, sha256
from api.records.log import Recorded
from api.records.records import Records
from api.records.tables import CaseFile
from api.records.writer import Pages
from engine.application import Application
from engine.explain import printed
from engine.lifecycle.machines import CASE
from engine.notice import Notice, notice


def notice_of(recorded: Recorded, records: Records, language: str) -> Notice:
    """The one-time notice of a recorded decision, under the rulebook it was decided under. Raises UnknownRulebook."""
    application = Application.model_validate(recorded.document)
    rulebook = records.rulebooks.decider(recorded.tells["rulebook"]).rulebook
    people = {person.id: person.name for person in application.persons if person.name}
    body = printed(orjson.loads(recorded.body), rulebook, language, "summary", people)
    return notice(body, rulebook, language, application.applicant.name or "", people)


def as_dict(made: Notice) -> dict[str, Any]:
    """A notice as JSON."""
    return {"heading": made.heading, "head": [{"name": name, "value": value} for name, value in made.head],
            "sections": [{"title": one.title, "lines": list(one.lines)} for one in made.sections]}


def freeze(records: Records, case_id: str, by: By, decision_id: str | None = None) -> Callable[[Pages], CaseFile]:
    """The act of freezing the notice of the decision that stands. Raises IllegalMove, NoSuchRecord, Erased, Conflict.

    `decision_id`: the decision the officer has read; if another stands by now, nothing is frozen.
    """
    def does(pages: Pages) -> CaseFile:
        case = case_of(pages.session, case_id)
        if decision_id is not None and case.decision_id != decision_id:
            raise Conflict("superseded", "这次判断已经被新的判断取代，请看过新的再告知。", "The decision has been superseded; read the new one before giving notice.")
        recorded = log.decision(pages.session, case.decision_id)
        assert recorded is not None
        text = canonical(as_dict(notice_of(recorded, records, "zh")))
        move(pages, CASE, case, "freeze", by, case_id, {"notice": orjson.loads(text), "decision": case.decision_id})
        case.notice_decision, case.notice_hash, case.notice_at = case.decision_id, sha256(text), pages.at
        pages.session.add(case)
        clocks.stop(pages.session, ("case", case_id), "notice")
        return case

    return does
