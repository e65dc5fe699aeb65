"""From materials to the application: the first outcome that applies, and what a partial snapshot may not be taken for."""

from __future__ import annotations

from datetime import date

import pytest

from engine.application import Application
from engine.intake import take
from engine.outcome import outcome
from tests.bundled import decider, rulebook

DAY = date(2026, 11, 20)


def entry(**changes: object) -> dict:
    return {"route": "not_required", "status": "settled", "satisfied": "yes", "finding": None} | changes


@pytest.mark.parametrize(("entries", "expected"), [
    ([entry()], "accept"),
    ([entry(), entry(finding="negative", satisfied="no", route="shared")], "blocked"),
    ([entry(status="suspended", route=None, satisfied="waiting")], "blocked"),
    ([entry(status="undetermined", route=None, satisfied="waiting"), entry(route="submit", satisfied="no")], "undetermined"),
    ([entry(status="undecidable", route=None, satisfied="waiting")], "undetermined"),
    ([entry(route="submit", satisfied="no")], "supplement"),
    ([entry(route="shown", satisfied="waiting")], "supplement"),
    ([entry(status="awaiting_authority", route="shared", satisfied="waiting")], "accept"),
    ([entry(route="deferral"), entry(route="commitment")], "accept_with_deferral"),
    ([entry(route="commitment")], "accept_on_commitment"),
])
def test_the_first_outcome_that_applies_is_taken(entries, expected):
    assert outcome(entries, False, False) == expected
    assert outcome(entries, True, False) == "blocked"


def credit(complete: bool, **record: object) -> object:
    application = Application.model_validate({
        "item": "housing_fund_rent", "deciding_division": "210400", "accepted_on": DAY, "evidence": {"records": {
            "complete": complete, "credit": [{"recorded_on": "2025-01-01", **record}]}}})
    return take(rulebook(), application, DAY).facts["applicant_credit"]


def test_a_snapshot_that_may_lack_records_says_nothing_good():
    assert credit(True, kind="minor") == "minor"
    assert credit(False, kind="minor") is None
    assert credit(False, kind="serious") == "serious"
    assert credit(False, kind="serious", repaired_on="2026-01-01") is None


def test_a_failed_step_of_a_bundle_is_never_accepted():
    body = decider().decide(Application.model_validate({
        "item": "social_insurance_registration", "deciding_division": "210400", "accepted_on": DAY,
        "evidence": {"outputs": {"business_licence": "failed"}}}), DAY)
    assert body["outcome"] == "blocked"
