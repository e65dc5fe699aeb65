"""The interface under requests made up from its own description: no failure of the server, every error in the one shape."""

from __future__ import annotations

import tempfile

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from api.settings import Settings
from tests.api.door import app

_FOLDER = tempfile.TemporaryDirectory()     # kept until the process ends
schema = schemathesis.openapi.from_asgi("/openapi.json", app(Settings(database=f"sqlite:///{_FOLDER.name}/records.db")))


@schema.parametrize()
@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_any_request_is_answered_or_refused_properly(case):
    # A division of right shape may still be unknown, and a batch answers 200 whatever its cases are.
    excused = [positive_data_acceptance, *([negative_data_rejection] if case.path.endswith("/batch") else [])]
    response = case.call_and_validate(excluded_checks=excused)
    if response.status_code >= 400:
        assert response.headers["content-type"] == ["application/problem+json"]
        assert list(response.json()) == ["type", "title", "status", "detail", "instance", "errors"]
