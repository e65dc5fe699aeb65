"""Deciding one application over HTTP."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from api.settings import Settings
from engine.application import Application
from engine.explain import printed
from tests.api.door import FIXTURES, app, assert_problem, call, codes, decide, fixture
from tests.bundled import decider, rulebook

ENVELOPE = ["id", "case", "case_number", "decided_at", "language"]


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
@pytest.mark.parametrize("level", ["off", "summary", "full"])
def test_every_fixture_is_decided(path, level):
    response = call("POST", f"/v1/decisions?explain={level}", content=path.read_bytes())
    assert response.status_code == 200, response.text
    assert list(response.json())[:5] == ENVELOPE
    assert response.headers["content-type"] == "application/json"


def test_the_body_is_what_the_engine_says():
    application = fixture("housing_fund_rent_fushun")
    found = decide(application, "?explain=off&on=2026-11-22").json()
    body = decider().decide(Application.model_validate(application), date(2026, 11, 22))
    assert {name: value for name, value in found.items() if name not in ENVELOPE} == printed(body, rulebook(), "zh", "off")


def test_the_day_of_the_decision_is_the_day_in_china():
    late = app(now=datetime(2026, 11, 22, 16, 30, tzinfo=UTC))
    found = decide(fixture("housing_fund_rent_fushun"), to=late).json()
    assert found["as_of"] == "2026-11-23"
    assert found["decided_at"] == "2026-11-23T00:30:00+08:00"


def test_the_day_may_be_named():
    assert decide(fixture("housing_fund_rent_fushun"), "?on=2026-12-01").json()["as_of"] == "2026-12-01"


def test_without_records_the_same_request_gets_the_same_answer_and_no_id():
    application = fixture("company_setup_fushun")
    first, second = (decide(application, headers={"Idempotency-Key": "k1"}).json() for _ in range(2))
    assert first == second
    assert first["id"] is None and first["case"] is None


def test_chinese_is_not_escaped_and_english_is_spoken_on_request():
    application = fixture("housing_fund_rent_fushun")
    chinese, english = decide(application), decide(application, headers={"Accept-Language": "en-GB,en;q=0.9,zh;q=0.1"})
    assert "住房公积金" in chinese.text and (chinese.headers["content-language"], chinese.json()["language"]) == ("zh-CN", "zh-CN")
    assert (english.headers["content-language"], english.json()["language"]) == ("en", "en")
    assert chinese.json()["outcome"] == english.json()["outcome"]


def test_sentences_are_printed_unless_switched_off():
    application = fixture("housing_fund_rent_fushun")
    off, summary = (decide(application, f"?explain={level}").json() for level in ("off", "summary"))
    assert "outcome_text" not in off and all("explanation" not in one for one in off["materials"])
    assert summary["outcome_text"] and all(one["explanation"] for one in summary["materials"])


def test_every_route_considered_is_told_in_full_only():
    off, summary, full = (decide(fixture("housing_fund_rent_fushun"), f"?explain={level}").json()["materials"] for level in ("off", "summary", "full"))
    assert not any("considered" in one for one in (*off, *summary))
    assert all(route["text"] for one in full for route in one["considered"])


def test_the_callers_case_number_comes_back():
    assert decide({**fixture("housing_fund_rent_fushun"), "case": "FS-2026-001"}).json()["case_number"] == "FS-2026-001"


def test_nothing_is_cached():
    assert decide(fixture("housing_fund_rent_fushun")).headers["cache-control"] == "no-store"


def test_a_consultation_is_accepted():
    assert decide(fixture("housing_fund_rent_fushun"), "?record=false").status_code == 200


class TestEvidence:
    trusted = app(Settings(trusted_tokens=frozenset({"one", "two"})))
    stated = fixture("housing_fund_rent_fushun")

    def test_every_caller_is_trusted_when_no_token_is_set(self):
        assert self.stated["evidence"]
        assert decide(self.stated).status_code == 200

    @pytest.mark.parametrize("header", [None, "Bearer three", "Basic one", "one", "Bearer ", "Bearer one two", "Bearer öne"])
    def test_evidence_of_a_stranger_is_refused(self, header):
        headers = {"Authorization": header.encode()} if header else {}
        assert_problem(decide(self.stated, to=self.trusted, headers=headers), 403, "untrusted-evidence")

    @pytest.mark.parametrize("token", ["one", "two"])
    def test_evidence_of_a_trusted_caller_is_taken(self, token):
        assert decide(self.stated, to=self.trusted, headers={"Authorization": f"Bearer {token}"}).status_code == 200

    @pytest.mark.parametrize("evidence", [{}, "absent"])
    def test_a_stranger_may_ask_without_evidence(self, evidence):
        application = {key: value for key, value in self.stated.items() if key != "evidence"}
        if evidence != "absent":
            application["evidence"] = evidence
        assert decide(application, to=self.trusted).status_code == 200

    def test_in_a_batch_only_the_case_with_evidence_is_refused(self):
        plain = {key: value for key, value in self.stated.items() if key != "evidence"}
        found = call("POST", "/v1/decisions/batch", self.trusted, json={"applications": [self.stated, plain]}).json()
        assert found["results"][0]["problem"]["type"] == "/problems/untrusted-evidence"
        assert "decision" in found["results"][1]


def test_a_day_before_the_application_is_refused():
    response = decide(fixture("housing_fund_rent_fushun"), "?on=2020-01-01")
    assert_problem(response, 422, "invalid-application")
    assert codes(response) == ["wrong-day"]
