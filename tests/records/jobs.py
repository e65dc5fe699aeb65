"""Decisions to be recorded, made of the sample applications as the service makes them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from api.records.decisions import Decided, NewCase, parted
from api.records.history import Known, identified, own_records, question, recall, together
from api.records.records import Records
from engine.application import Application

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "applications"
DAY = date(2026, 11, 22)
SAMPLE = "house_sale_fushun"


def sample(name: str = SAMPLE, **changes: Any) -> dict[str, Any]:
    """The sample application, top-level fields replaced."""
    return {**json.loads((FIXTURES / f"{name}.json").read_text("utf-8")), **changes}


def applicant(number: str, name: str = "测试丁") -> dict[str, Any]:
    """Somebody else to apply."""
    return {"kind": "natural_person", "name": name, "id_type": "resident_id", "id_number": number}


def new_case(records: Records, name: str = SAMPLE, key: str | None = None, fingerprint: str = "", known: Known | None = None, **changes: Any) -> NewCase:
    """The job that records the decision on the sample application. `known`: what our own records say of the people."""
    application = Application.model_validate_json(json.dumps(sample(name, **changes)), strict=True)
    document, evidence = parted(application)
    people = identified(records.rulebook, application)
    own = own_records(records.rulebook, people, known, complete=records.policy.complete, application=application, day=DAY) if known else {}
    full = Application.model_validate_json(json.dumps(together(document, evidence, own)), strict=True)
    body = records.rulebooks.current.decide(full, DAY)
    return NewCase(Decided(document, evidence, own, body, records.program), people, records.rulebook, key, fingerprint)


def known_of(records: Records, name: str = SAMPLE, same_case: str | None = None, **changes: Any) -> Known:
    """What our own records say of the people of the sample application. `same_case`: a case that does not count."""
    application = Application.model_validate_json(json.dumps(sample(name, **changes)), strict=True)
    with records.reading() as session:
        [known] = recall(session, [question(records.rulebook, application, identified(records.rulebook, application), application.case)], same_case)
    return known
