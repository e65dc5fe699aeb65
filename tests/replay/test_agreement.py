"""A replay says of every row what the single engine says, on random rows, random rulebooks and every sample application."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import orjson
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from api.replay.columns import DuckEngine
from api.replay.flow import Flow
from api.replay.materials import Material
from api.replay.registry import Registry
from api.replay.results import Results
from api.replay.run import Options, Replay, Rows
from api.replay.source import lines
from engine.application import Application
from engine.facts import MAKERS
from engine.intake import take
from engine.problems import Refused
from tests.bundled import rulebook
from tests.replay.populations import agree, one_by_one, replayed, rows, said, small_rulebook, table

FIXTURES = sorted((Path(__file__).parents[2] / "fixtures" / "applications").glob("*.json"))
few = settings(deadline=None, max_examples=3, suppress_health_check=list(HealthCheck))


@few
@given(st.integers(0, 10_000))
def test_random_rulebooks(tmp_path_factory, seed):
    book = small_rulebook(seed)
    assume(book is not None)
    given_ = rows(book, book.item("thing", "210400"), "210400", 60, seed)
    mine, run = replayed(book, given_, tmp_path_factory.mktemp("replay") / "out.parquet")
    agree(mine, one_by_one(book, given_), given_)
    assert run.results.by_way()["columns"] > 0


@pytest.mark.parametrize(("code", "division"), [("unemployment_registration", "210400"), ("social_card_reissue", "210400"), ("catering_permit", "210400")])
def test_items_of_the_bundled_rulebook(tmp_path, code, division):
    item = rulebook().item(code, division)
    given_ = rows(rulebook(), item, division, 60, 7)
    mine, run = replayed(rulebook(), given_, tmp_path / "out.parquet")
    agree(mine, one_by_one(rulebook(), given_), given_)
    assert run.results.by_way()["columns"] > 0


def test_a_case_accepted_under_earlier_law_is_read_twice(tmp_path):
    item = rulebook().item("unemployment_registration", "210400")
    given_ = rows(rulebook(), item, "210400", 10, 3, day="2026-03-02")
    mine, run = replayed(rulebook(), given_, tmp_path / "out.parquet", as_of=date(2026, 11, 22))
    agree(mine, one_by_one(rulebook(), given_, date(2026, 11, 22)), given_)
    assert run.results.by_way()["engine"] == sum(len(found) for found in mine.values())


def test_every_sample_application(tmp_path):
    file = tmp_path / "samples.jsonl"
    file.write_bytes(b"\n".join(orjson.dumps(json.loads(path.read_text(encoding="utf-8"))) for path in FIXTURES))
    results = Results(tmp_path / "out.parquet")
    run = Replay(rulebook(), DuckEngine(), results, Registry(), Options(fewest=1))
    for batch in lines(file, run.paths, 100, None):
        run.batch(batch)
    results.finish()
    found = said(tmp_path / "out.parquet")
    for number, path in enumerate(FIXTURES, 1):
        application = Application.model_validate_json(path.read_bytes(), strict=True)
        body = run.decider.decide(application, application.accepted_on)
        assert {(row[0], row[1], row[3], row[5], row[8], row[10]) for row in found[number] if row[2] is None} == {
            (one["material"], one.get("person"), one["route"], one["status"], one["rule"], body["outcome"]) for one in body["materials"]}, path.name


@few
@given(st.integers(0, 10_000))
def test_computed_facts_have_one_meaning(seed):
    """The column form of every computed fact beside the Python one."""
    book = small_rulebook(seed)
    assume(book is not None)
    given_ = rows(book, book.item("thing", "210400"), "210400", 50, seed)
    engine, results = DuckEngine(), Results(None)
    run = Replay(book, engine, results, Registry(), Options(fewest=1))
    run.batch(Rows(table(given_), 1))
    flow: Flow = next(iter(run._flows.values()))
    compared = 0
    for row in engine.fetch("SELECT * FROM facts").to_pylist():
        if row["odd"]:
            continue
        application = Application.model_validate_json(orjson.dumps(run.paths.document(given_[row["__row"] - 1])), strict=True)
        case = take(book, application, application.accepted_on)
        for material in flow.materials:
            compared += _compare(material, case, row)
    assert compared


def _compare(material: Material, case, row) -> int:
    assert row[material.name("needed")] == MAKERS["material_needed"](material.unit.unit, case, case.applicant, material.code)
    found = 0
    for code in material.reads:
        if code in MAKERS and material.name(code) in row:
            assert row[material.name(code)] == MAKERS[code](material.unit.unit, case, case.applicant, material.code), code
            found += 1
    if "c_person_age" in row:
        assert row["c_person_age"] == case.applicant.facts["person_age"]
    return found


def test_what_a_column_does_not_understand_is_refused_by_the_single_engine_and_never_stops(tmp_path):
    item = rulebook().item("unemployment_registration", "210400")
    given_ = rows(rulebook(), item, "210400", 40, 5, junk=0.05)
    mine, _ = replayed(rulebook(), given_, tmp_path / "out.parquet")
    agree(mine, one_by_one(rulebook(), given_), given_)
    assert any(row[5] == "refused" and row[11] for found in mine.values() for row in found)
    with pytest.raises(Refused):
        take(rulebook(), Application(item="nothing", accepted_on=date(2026, 11, 22)), date(2026, 11, 22))
    assert isinstance(table(given_), pa.Table)
