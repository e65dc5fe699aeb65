"""Opening a bundle is one transaction, and what it records is decided again byte for byte, on either database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlmodel import col, select

from api.records.bundle_cases import BundleAnew, Stated, decide_bundle_anew, open_bundle
from api.records.history import identified
from api.records.log import decision, every_decision, verify
from api.records.replay import replay
from api.records.tables import BundleCase, BundleStep, CaseFile
from engine.application import BundleApplication
from engine.problems import Refused

SAMPLE = Path(__file__).resolve().parents[2] / "fixtures" / "bundles" / "open_a_company_fushun.json"


def sample(**changes) -> dict:
    return {key: value for key, value in json.loads(SAMPLE.read_text("utf-8")).items() if key != "bundle"} | changes


def test_opening_is_one_transaction_and_replays_on_either_database(records):
    document = {name: value for name, value in sample(case="FS-9").items() if name != "evidence"}
    application = BundleApplication.model_validate_json(json.dumps(document), strict=True)
    people = identified(records.rulebook, application)
    stated = Stated("open_a_company", document, sample()["evidence"], {}, people, records.today())
    made = records.do(open_bundle(records, stated))
    later = records.do(decide_bundle_anew(records, BundleAnew(made.bundle_case_id, {"situation": document["situation"] | {"招用员工": False}}, records.today())))
    with records.reading() as session:
        assert [one.needed for one in session.exec(select(BundleStep).order_by(col(BundleStep.position)))] == ["yes", "yes", "yes", "no", "no", "yes"]
        assert session.get(BundleCase, made.bundle_case_id).entry_id == later.entry_id
        assert all(replay(decision(session, one), records.rulebooks).identical for one in every_decision(session))
        assert verify(session).flaws == []
        before = len(session.exec(select(CaseFile.id)).all())
    with pytest.raises(Refused):      # the second step is offered nowhere near: nothing of the first is written either
        records.do(open_bundle(records, Stated("open_a_company", {**document, "case": "FS-10", "deciding_divisions": {"seal_filing": "999999"}}, {}, {}, people,
                                               records.today())))
    with records.reading() as session:
        assert len(session.exec(select(CaseFile.id)).all()) == before and len(session.exec(select(BundleCase.id)).all()) == 1
