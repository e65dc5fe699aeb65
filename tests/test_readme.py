"""What the READMEs show is what the product answers: the request is a fixture, the answer is made anew and compared."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest

from engine.application import Application
from engine.explain import printed
from tests.bundled import decider, rulebook

ROOT = Path(__file__).parent.parent
FIXTURE = ROOT / "fixtures" / "applications" / "care_elsewhere_shaoyang.json"
MATERIAL = "residence_elsewhere_certificate"
LANGUAGES = {"README.md": "en", "README.zh-CN.md": "zh"}


def shown_answer(language: str) -> dict:
    """The part of the answer that a README shows: the outcome and one material, without its closed routes."""
    application = Application.model_validate_json(FIXTURE.read_text(encoding="utf-8"))
    body = printed(decider().decide(application, date(2026, 11, 22)), rulebook(), language)
    material = next(one for one in body["materials"] if one["material"] == MATERIAL)
    return {"outcome": body["outcome"], "outcome_text": body["outcome_text"], "questions": body["questions"], "materials": [material]}


def blocks(name: str) -> list[dict]:
    return [json.loads(found) for found in re.findall(r"```json\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)]


@pytest.mark.parametrize("name", LANGUAGES)
def test_the_request_is_the_fixture_and_the_answer_is_real(name):
    request, answer = blocks(name)
    assert request == json.loads(FIXTURE.read_text(encoding="utf-8"))
    assert answer == shown_answer(LANGUAGES[name])


@pytest.mark.parametrize("name", LANGUAGES)
def test_every_file_a_readme_points_to_exists(name):
    for target in re.findall(r"\]\(([^)#]+)\)", (ROOT / name).read_text(encoding="utf-8")):
        assert (ROOT / target).exists(), target
