"""A material asked once per person while nobody of the role is listed: it never fails, never waives, never demands."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from engine import branches
from engine.application import Application
from engine.decide import MAX_PRINTED, Decider
from tests.bundled import rulebook

DEMO = json.loads((Path(__file__).parents[2] / "fixtures" / "applications" / "housing_fund_rent_fushun.json").read_text(encoding="utf-8"))
DAY = date(2026, 11, 22)


def spouse(decider: Decider) -> dict:
    body = decider.decide(Application.model_validate(DEMO), DAY)
    return next(one for one in body["materials"] if one["material"] == "spouse_identity")


def test_it_hangs_on_the_situation_and_then_on_who_they_are():
    found = spouse(Decider(rulebook()))
    assert (found["status"], found["route"], found["person"]) == ("undetermined", None, None)
    assert [branch["route"] for branch in found["branches"]] == [None, "not_required"]


def test_more_completions_than_can_be_looked_at_leave_it_undetermined(monkeypatch):
    monkeypatch.setattr(branches, "MAX_NODES", 0)
    decider = Decider(rulebook())
    found = spouse(decider)
    assert (found["status"], found["route"], found["branches"]) == ("undetermined", None, [])
    questions = decider.decide(Application.model_validate(DEMO), DAY)["questions"]
    assert "roles_complete" in {question["fact"] for question in questions}


def test_what_is_remembered_of_it_stays_bounded():
    decider = Decider(rulebook())
    spouse(decider)
    waiting = [unit for plan in decider._plans.values() for unit in plan.units if unit.nobody]
    assert waiting
    for unit in waiting:
        unit.nobody.clear()
        unit.nobody.update({number: None for number in range(MAX_PRINTED)})
    found = spouse(decider)
    assert found["status"] == "undetermined"
    assert all(len(unit.nobody) <= MAX_PRINTED for unit in waiting)
