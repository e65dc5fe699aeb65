"""A replay says of every row what the single engine says, on random rows, random rulebooks and every sample application.

Making the queries of one plan costs seconds, rows cost next to nothing: so few plans, each with many rows, and one engine for all.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from api.replay.columns import DuckEngine
from api.replay.flow import Flow
from api.replay.materials import Material
from api.replay.registry import Registry
from api.replay.results import Results
from api.replay.run import Options, Replay
from api.replay.source import lines
from engine.application import Application
from engine.facts import MAKERS
from engine.intake import Case, take
from engine.reading import read_rulebook
from engine.rulebook import Rulebook
from tests.bundled import rulebook
from tests.engine import small
from tests.replay.populations import NUMBERS, Row, agree, one_by_one, replayed, rows, said, small_rulebook

ENGINE = DuckEngine()
FIXTURES = sorted((Path(__file__).parents[2] / "fixtures" / "applications").glob("*.json"))
#: Samples that go by columns, whatever their number: a plan each, and the way most rows of a large population take.
BY_COLUMNS = ("care_elsewhere_shaoyang", "coach_driver_source_down_ezhou", "fire_safety_inspection_jiayuguan_commitment", "social_card_foreign_resident_fushun",
              "unemployment_commitment_dechang")


def facts_agree(run: Replay, book: Rulebook, given_: list[Row]) -> int:
    """The column form of every computed fact beside the Python one, on the rows of the last plan; how many were compared."""
    flow: Flow = next(reversed(run._flows.values()))
    compared = 0
    for row in ENGINE.fetch("SELECT * FROM facts WHERE NOT odd").to_pylist():
        application = Application.model_validate_json(orjson.dumps(run.paths.document(given_[row["__row"] - 1])), strict=True)
        case = take(book, application, application.accepted_on)
        compared += sum(_compare(material, case, row) for material in flow.materials)
    return compared


def _compare(material: Material, case: Case, row: dict) -> int:
    assert row[material.name("needed")] == MAKERS["material_needed"](material.unit.unit, case, case.applicant, material.code)
    found = 0
    for code in material.reads:
        if code in MAKERS and material.name(code) in row:
            assert row[material.name(code)] == MAKERS[code](material.unit.unit, case, case.applicant, material.code), code
            found += 1
    if "c_person_age" in row:
        assert row["c_person_age"] == case.applicant.facts["person_age"]
    return found


@settings(deadline=None, max_examples=2, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.integers(0, 10_000))
def test_random_rulebooks(tmp_path_factory, seed):
    book = small_rulebook(seed)
    assume(book is not None)
    given_ = rows(book, book.item("thing", "210400"), "210400", 150, seed)
    mine, run = replayed(book, given_, tmp_path_factory.mktemp("replay") / "out.parquet", ENGINE)
    agree(mine, one_by_one(book, given_), given_)
    if all(flow.supported for flow in run._flows.values()):
        assert run.results.by_way()["columns"] > 0
        assert facts_agree(run, book, given_)


@pytest.mark.parametrize(("code", "junk"), [("unemployment_registration", 0.03), ("social_card_reissue", 0.002)])
def test_items_of_the_bundled_rulebook(tmp_path, code, junk):
    given_ = rows(rulebook(), rulebook().item(code, "210400"), "210400", 120, 7, junk=junk)
    mine, run = replayed(rulebook(), given_, tmp_path / "out.parquet", ENGINE)
    agree(mine, one_by_one(rulebook(), given_), given_)
    assert run.results.by_way()["columns"] > 0 and run.results.by_way()["table"] > 0
    assert facts_agree(run, rulebook(), given_)
    # What a column does not understand is refused by the single engine, with its code, and never stops the others.
    assert any(row[5] == "refused" and row[11] for found in mine.values() for row in found)


FACTS = """\
  - {名称: 人数, 英文: head_count, 英文名: heads, 描述: 申请, 类型: 数值, 单位: 人, 英文单位: heads, 最小: 0, 最大: 150, 来源: 申报, 问题: "几人？",
     英文问题: "How many?"}
  - {名称: 用途们, 英文: uses, 英文名: uses, 描述: 申请, 类型: 多选, 来源: 申报, 问题: "哪些？", 英文问题: "Which?",
     值: [{名称: 子, 英文: rat, 英文名: rat}, {名称: 子（大）, 英文: big_rat, 英文名: big rat}, {名称: 丑, 英文: ox, 英文名: ox}]}
"""
USES = ("rat", "子", "子（大）", "rat、ox", "丑、子", "big_rat、丑", "rat、rat", "无", "none", "", "rat、", "、rat", "rat,ox", "rat、cat", "无、子", None)
COUNTS = ("0", "4", "5", "150", "151", "-1", "5人", "-0", "007", "many", None)


def test_several_values_bounds_and_whose_consent_it_takes(tmp_path):
    texts = small.texts(
        small.instrument("示例办法", small.HAND_IN, small.NOT_NEEDED, small.rule("多", "准许", "取消", "用途们 包含 子、丑", "人数 不小于 5"),
                         small.rule("少", "排除", "取消", "用途们 包含 子（大）"),
                         small.rule("查", "准许", "数据共享", "数据源状态 是 已接通", "查询依据 属于 同意、法定职责", "查询结果 是 查到有效"),
                         small.rule("童", "准许", "告知承诺/签字声明", "查询依据 是 监护人同意")),
        materials=[small.material("paper", "甲证明", 数据源=["register"], 可承诺方式="签字声明")], items=[small.item(small.asked("甲证明", 承诺=small.LETTER))],
        sources=[small.source("register", small.EVERYWHERE, 查询依据="同意")])
    words = texts["vocabulary.yaml"]
    anchor = "  - {名称: 持有证件,"
    assert words.count(anchor) == 1
    book = read_rulebook({**texts, "vocabulary.yaml": words.replace(anchor, FACTS + anchor)})
    plain: Row = {"item": "thing", "deciding_division": "210400", "accepted_on": "2026-11-22", "evidence.queries.paper.result": "valid"}
    given_ = [plain | {"facts.uses": uses, "facts.head_count": count} for uses in USES for count in COUNTS]
    given_ += [plain | {"facts.uses": "无", "applicant.id_type": kind, "applicant.id_number": number, "applicant.birth_date": born}
               for kind, number in (*NUMBERS, ("passport", None), ("uscc", None)) for born in (None, "2015-06-01", "1990-03-07")]
    given_ = [{name: value for name, value in row.items() if value is not None} for row in given_]
    mine, run = replayed(book, given_, tmp_path / "out.parquet", ENGINE)
    theirs = one_by_one(book, given_)
    agree(mine, theirs, given_)
    assert facts_agree(run, book, given_)
    understood = {row["__row"] for row in ENGINE.fetch("SELECT __row FROM facts WHERE NOT odd").to_pylist()}
    assert {row.get("facts.uses") for number, row in enumerate(given_, 1) if number in understood} >= {"丑、子", "big_rat、丑", "无", "子（大）", None}
    assert not any(theirs[number][0][5] == "refused" for number in understood)


def test_a_case_accepted_under_earlier_law_is_read_twice(tmp_path):
    item = rulebook().item("unemployment_registration", "210400")
    given_ = rows(rulebook(), item, "210400", 10, 3, day="2026-03-02")
    mine, run = replayed(rulebook(), given_, tmp_path / "out.parquet", ENGINE, as_of=date(2026, 11, 22))
    agree(mine, one_by_one(rulebook(), given_, date(2026, 11, 22)), given_)
    assert run.results.by_way()["engine"] == sum(len(found) for found in mine.values())


@pytest.mark.parametrize("by_columns", [True, False])
def test_every_sample_application(tmp_path, by_columns):
    samples = [path for path in FIXTURES if (path.stem in BY_COLUMNS) == by_columns]
    assert len(samples) == (len(BY_COLUMNS) if by_columns else len(FIXTURES) - len(BY_COLUMNS))
    file = tmp_path / "samples.jsonl"
    file.write_bytes(b"\n".join(orjson.dumps(json.loads(path.read_text(encoding="utf-8"))) for path in samples))
    results = Results(tmp_path / "out.parquet")
    run = Replay(rulebook(), ENGINE, results, Registry(), Options(fewest=1) if by_columns else Options())
    for batch in lines(file, run.paths, 1 if by_columns else 100, None):
        run.batch(batch)
    results.finish()
    found = said(tmp_path / "out.parquet")
    for number, path in enumerate(samples, 1):
        application = Application.model_validate_json(path.read_bytes(), strict=True)
        body = run.decider.decide(application, application.accepted_on)
        entries = [(one, None) for one in body["materials"]] + [(one, one["for"]) for one in body["establishes"]]
        assert found[number] == sorted(((one["material"], one.get("person"), parent, *(one[name] or None for name in (
            "route", "mode", "status", "finding", "satisfied", "rule", "reason")), body["outcome"], None) for one, parent in entries), key=repr), path.name
    assert results.by_way()["engine" if by_columns else "columns"] == 0
