"""Handling elsewhere over HTTP and on the command line: the answer, the guide and the printed notice."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from api.cli import app as command
from tests.api.door import assert_problem, decide, fixture, get
from tests.api.test_openapi import assert_fits

CARE = "care_elsewhere_shaoyang"


@pytest.mark.parametrize("level", ["off", "summary", "full"])
@pytest.mark.parametrize("mode", [None, "online", "collected_elsewhere", "joint"])
@pytest.mark.parametrize("hall", ["440300", "810000", "430503"])
def test_the_answer_fits_its_description_and_the_materials_are_those_of_home(level, mode, hall):
    stated = fixture(CARE) | {"accepting_division": hall, "elsewhere_mode": mode}
    found = decide({key: value for key, value in stated.items() if value is not None}, f"?record=false&explain={level}").json()
    assert_fits("Decision", found)
    home = decide({key: value for key, value in stated.items() if key not in ("accepting_division", "elsewhere_mode")}, f"?record=false&explain={level}").json()
    assert ("elsewhere" in found, "elsewhere" in home) == (hall != "430503", False)
    assert {key: found[key] for key in home if key != "decided_at"} == {key: home[key] for key in home if key != "decided_at"}


def test_a_mode_nobody_knows_is_refused_with_those_there_are():
    problem = assert_problem(decide(fixture(CARE) | {"elsewhere_mode": "by_post"}), 422, "invalid-application")
    assert "elsewhere_mode" in json.dumps(problem) and "collected_elsewhere" in json.dumps(problem)


def test_the_guide_says_where_else_the_item_is_handled():
    national = get("/v1/items/medical_treatment_elsewhere").json()["elsewhere"]
    assert [(one["scope"], one["modes"], one["synthetic"], one["in_force_from"]) for one in national] == [
        ("inter_provincial", ["online", "collected_elsewhere"], False, "2020-09-24")]
    assert national[0]["bases"][0]["number"] == "国办发〔2020〕35号" and national[0]["review"]
    assert get("/v1/items/company_registration").json()["elsewhere"] == []
    assert [(one["scope"], one["synthetic"]) for one in get("/v1/items/company_registration?division=210402").json()["elsewhere"]] == [("city_wide", True)]


@pytest.mark.parametrize(("arguments", "heading"), [([], "异地办理"), (["--lang", "en"], "Handling elsewhere"), (["--notice"], "异地办理")])
def test_the_command_prints_it(tmp_path, arguments, heading):
    path = tmp_path / "application.json"
    path.write_text(json.dumps(fixture(CARE) | {"accepting_division": "440300", "elsewhere_mode": "collected_elsewhere"}), encoding="utf-8")
    printed = CliRunner().invoke(command, ["decide", str(path), "--on", "2026-11-22", *arguments])
    assert heading in printed.output, printed.output
    path.write_text(json.dumps({key: value for key, value in fixture(CARE).items() if key != "accepting_division"}), encoding="utf-8")
    assert heading not in CliRunner().invoke(command, ["decide", str(path), "--on", "2026-11-22", *arguments]).output
