"""Cases with a material that may follow, opened as the service opens them, and the days on which things happen in them."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
from sqlmodel import col, select

from api.records import cases, log
from api.records import deferral_acts as acts
from api.records.acts import APPLICANT, By
from api.records.decisions import Decided, NewCase, parted
from api.records.history import identified
from api.records.instants import BEIJING
from api.records.records import Records
from api.records.tables import Alert, CaseFile, Clock, Deferral, LogContent, LogEntry
from api.records.tick import Report, tick
from engine.application import Application
from tests.records.conftest import Hands
from tests.records.jobs import sample

TABLES = Path(__file__).resolve().parents[1] / "tables"
OFFICER = By("officer", "FS-0421", "综合窗口受理员")

#: What a case of the table is: the sample application, and which of its materials follows.
KINDS = {"设立": ("company_setup_jiayuguan_appointment_missing", "appointment_document"), "餐饮": ("catering_permit_dechang_register_down", "food_safety_rules_list"),
         "卫生": ("hygiene_permit_fushun_commitment", "hygiene_rules")}
P1 = {"credential": "resident_id_card", "holder": "p1", "valid_to": "2036-03-06"}


def rows(name: str) -> list[dict[str, str]]:
    """A table of tests/tables."""
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def at(hands: Hands, text: str) -> None:
    """Set the clock: a day (half past nine) or a day and a time, in Beijing."""
    found = datetime.fromisoformat(text if "T" in text or " " in text else f"{text}T09:30").replace(tzinfo=BEIJING)
    hands.now = found.astimezone(UTC)


def document(kind: str, division: str, day: date, **changes: Any) -> dict[str, Any]:
    """The application without the material that follows and without any choice of deferring it."""
    name, material = KINDS[kind]
    made = sample(name, accepted_on=day.isoformat(), deciding_division=division)
    made["handed_in"] = [one for one in made["handed_in"] if one != material]
    made["choices"] = {key: value for key, value in made.get("choices", {}).items() if key != material}
    made["evidence"]["queries"] = {key: {"result": "valid"} for key in made["evidence"].get("queries", {})}
    if kind == "设立":
        made["presented"] = [*made["presented"], P1]
    if kind == "卫生":
        made["handed_in"] = ["hygiene_permit_form"]
    return {**made, **changes}


def new(records: Records, stated: dict[str, Any]) -> NewCase:
    """The job that opens a case today."""
    application = Application.model_validate_json(json.dumps(stated), strict=True)
    written, evidence = parted(application)
    body = records.rulebooks.current.decide(application, records.today())
    return NewCase(Decided(written, evidence, {}, body, records.program), identified(records.rulebook, application), records.rulebook)


def opened_case(records: Records, kind: str = "设立", division: str = "410500", **changes: Any) -> str:
    """A case opened today; its id."""
    case_id = records.submit(new(records, document(kind, division, records.today(), **changes))).result().case_id
    assert case_id is not None
    return case_id


def in_hand(records: Records, kind: str = "设立", division: str = "410500", **changes: Any) -> str:
    """A case opened and accepted today, so that the time for handling it runs; its id."""
    case_id = opened_case(records, kind, division, **changes)
    records.do(cases.go(records, case_id, "accept", OFFICER))
    return case_id


def promised(records: Records, kind: str = "设立", division: str = "410500", **changes: Any) -> Deferral:
    """A case opened today in which the material is promised."""
    return records.do(acts.promise(records, acts.Promise(opened_case(records, kind, division, **changes), KINDS[kind][1]), APPLICANT))


def deferral_now(records: Records, row: Deferral) -> Deferral:
    """The deferral as it is by now."""
    with records.reading() as session:
        return session.exec(select(Deferral).where(col(Deferral.id) == row.id)).one()


def case_now(records: Records, case_id: str) -> CaseFile:
    """The case as it is by now."""
    with records.reading() as session:
        return session.exec(select(CaseFile).where(col(CaseFile.id) == case_id)).one()


def clocks_of(records: Records, subject_id: str) -> dict[str, Clock]:
    """The terms of a case or a deferral, by kind."""
    with records.reading() as session:
        return {row.kind: row for row in session.exec(select(Clock).where(col(Clock.subject_id) == subject_id))}


def alerts(records: Records) -> list[Alert]:
    """Every alert, by what it is of."""
    with records.reading() as session:
        return list(session.exec(select(Alert).order_by(col(Alert.case_id), col(Alert.at), col(Alert.code))))


def ticked(records: Records, hands: Hands, day: str) -> Report:
    """Look for what has fallen due, at half past nine on a day."""
    at(hands, day)
    return tick(records)


def body_of(records: Records, case_id: str) -> dict[str, Any]:
    """The decision that stands."""
    with records.reading() as session:
        recorded = log.decision(session, case_now(records, case_id).decision_id)
    assert recorded is not None
    return dict(orjson.loads(recorded.body))


def handed(records: Records, row: Deferral, when: str | None = None, channel: str = "window") -> Deferral:
    """Hand it in, at a time in Beijing or now."""
    moment = datetime.fromisoformat(when) if when else None
    return records.do(acts.supplement(records, row.id, acts.Supplement(moment, channel, "B"), OFFICER))


def act(records: Records, row: Deferral, name: str, note: str = "期满没有补交", until: date | None = None) -> Deferral:
    """What a person does about it."""
    return records.do(acts.act(records, row.id, name, OFFICER, note, until))


def moves_of(records: Records, subject: str, subject_id: str) -> list[tuple[str, str]]:
    """The moves of a record and who made them, in order."""
    with records.reading() as session:
        told = [orjson.loads(one.header) for one in session.exec(select(LogEntry).where(col(LogEntry.kind) == "act").order_by(col(LogEntry.at), col(LogEntry.seq)))]
    return [(one["move"], one["by"]["party"]) for one in told if one["subject"] == [subject, subject_id]]


def notes_of(records: Records, move: str) -> list[dict[str, Any]]:
    """What the log keeps apart from the chain of every move of the name."""
    with records.reading() as session:
        found = session.exec(select(LogEntry, LogContent).join(LogContent, col(LogContent.entry_id) == col(LogEntry.id)).where(col(LogEntry.kind) == "act"))
        return [orjson.loads(content.content) for entry, content in found if orjson.loads(entry.header)["move"] == move]
