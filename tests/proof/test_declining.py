"""Declining an elective makes no other material heavier: the proof speaks of one material, so the whole application is decided here too.

Every sample application, every material that can be chosen: declined beside not answered, all entries compared.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from engine.application import Application
from engine.problems import Refused
from tests.bundled import decider

SAMPLES = sorted((Path(__file__).resolve().parents[2] / "fixtures" / "applications").glob("*.json"))


def outcomes(document: dict) -> dict[str, tuple]:
    """By material and person, everything a choice could change."""
    body = decider().decide(Application.model_validate(document), date(2026, 11, 22))
    return {f"{one['material']}/{one.get('person', '')}": (one["route"], one["mode"], one["status"], one["satisfied"], one["finding"])
            for one in body["materials"]}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_declining_makes_nothing_heavier(sample: Path) -> None:
    document = json.loads(sample.read_text(encoding="utf-8"))
    unanswered = outcomes({**document, "choices": {}})
    compared = 0
    for material in [key.rstrip("/") for key in unanswered]:
        for elective in ("commitment", "deferral"):
            try:
                declined = outcomes({**document, "choices": {material: {elective: "no"}}})
            except Refused:
                continue      # a group is no material of its own: nothing is chosen for it
            assert declined == unanswered, f"{material}: {elective} declined"
            compared += 1
    assert compared > 2, "nothing could be declined"
