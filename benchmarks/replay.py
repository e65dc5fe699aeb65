"""`replay`: rows per second over one million applications of ten materials, beside the same law by hand in Polars and the single engine.

The population is a Parquet file of flat rows with everything known: 100,000 different applications, ten times over. Three ways in one run:
the replay (all answers with rule, reason, finding and outcome, written to Parquet), the rules by hand in Polars (routes alone, nothing
written), and a loop over the single engine (from rows of texts, and from applications already made). All three must agree. Also measured:
a second population in which facts are left open, where more is asked of the single engine. Not measured: Spark, databases.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from api.replay.columns import DuckEngine
from api.replay.paths import Paths
from api.replay.registry import Registry
from api.replay.results import Results
from api.replay.run import Options, Replay
from api.replay.source import open_source
from benchmarks import plain, plain_columns, workload
from benchmarks.agreement import Disagreement
from benchmarks.measure import Figures, Progress, resident
from engine.application import Application
from engine.decide import Decider

PART = "replay"
DIFFERENT, TIMES, SINGLE, OPEN = 100_000, 10, 3_000, 5_000


def run(progress: Progress) -> Figures:
    figures = Figures(PART)
    with tempfile.TemporaryDirectory() as folder:
        population, out = Path(folder) / "population.parquet", Path(folder) / "results.parquet"
        progress(f"making {DIFFERENT:,} applications")
        documents = workload.documents(DIFFERENT, known=True)
        paths = Paths(workload.rulebook())
        _write(population, documents, paths, TIMES)
        rows = DIFFERENT * TIMES

        progress("rules by hand in Polars")
        begun = time.perf_counter()
        by_hand = plain_columns.routes(population)
        taken = time.perf_counter() - begun
        hand = figures.add("rules by hand in Polars: routes alone", rows / taken, "rows/s", note=f"{rows:,} rows in {taken:.1f} s, nothing written")
        _agree_by_hand(documents, by_hand.head(DIFFERENT).rows())

        progress("the replay")
        before = resident()
        taken, replay = _replay(population, out)
        mine = figures.add("replay", rows / taken, "rows/s", against=("by hand", hand),
                           note=f"{rows:,} rows in {taken:.1f} s, {replay.results.written:,} results written")
        figures.add("  memory it grew by", resident() - before, "MB", note="population and results are read and written in batches")
        for way, count in replay.results.by_way().items():
            figures.add(f"  answered by {way}", 100 * count / replay.results.written, "%")
        figures.add("  questions to the single engine", replay.asked, "")

        progress("the single engine")
        decider = Decider(workload.rulebook())
        sample = [paths.flat(one)[0] for one in documents[:SINGLE]]
        begun = time.perf_counter()
        bodies = [decider.decide(Application.model_validate(paths.document(row)), workload.DAY) for row in sample]
        taken = time.perf_counter() - begun
        figures.add("the single engine, from rows", SINGLE / taken, "rows/s", against=("replay", mine), note=f"{SINGLE:,} applications, each once, at a new decider")
        applications, again = workload.applications(documents[:SINGLE]), Decider(workload.rulebook())
        begun = time.perf_counter()
        for one in applications:
            again.decide(one, workload.DAY)
        figures.add("the single engine, from applications", SINGLE / (time.perf_counter() - begun), "rows/s", against=("replay", mine))
        progress("holding them against each other")
        figures.add("agree with the single engine", _agree(bodies, documents, out), "materials")

        progress("facts left open")
        documents = workload.documents(OPEN, known=False)
        _write(population, documents, paths, 1)
        taken, replay = _replay(population, out)
        figures.add("replay, facts left open", OPEN / taken, "rows/s", note=f"{OPEN:,} rows; {replay.asked:,} questions to the single engine, "
                    f"{100 * replay.results.by_way()['columns'] / replay.results.written:.0f} % by columns")
        bodies = [decider.decide(one, workload.DAY) for one in workload.applications(documents[:SINGLE])]
        figures.add("agree with the single engine, facts left open", _agree(bodies, documents, out), "materials")
    return figures


def _write(file: Path, documents: list[dict[str, Any]], paths: Paths, times: int) -> None:
    rows = [paths.flat(one)[0] for one in documents]
    names = sorted({name for row in rows for name in row})
    table = pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in names})
    with pq.ParquetWriter(file, table.schema) as writer:
        for _ in range(times):
            writer.write_table(table)


def _replay(population: Path, out: Path) -> tuple[float, Replay]:
    """Seconds from opening the file to the whole result, and the replay."""
    begun = time.perf_counter()
    results, engine = Results(out), DuckEngine()
    replay = Replay(workload.rulebook(), engine, results, Registry(), Options())
    for rows in open_source(str(population), "parquet", None, None, replay.paths).batches(None):
        replay.batch(rows)
    results.finish()
    taken = time.perf_counter() - begun
    engine.close()
    return taken, replay


def _agree_by_hand(documents: list[dict[str, Any]], by_columns: list[tuple[Any, ...]]) -> None:
    for document, found in zip(documents, by_columns, strict=True):
        if list(found) != plain.routes(document):
            raise Disagreement(document, "routes", list(found), plain.routes(document))


def _agree(bodies: list[dict[str, Any]], documents: list[dict[str, Any]], out: Path) -> int:
    """How many materials were compared. Raises Disagreement at the first difference."""
    names = ("route", "mode", "status", "finding", "satisfied", "rule", "reason")
    found: dict[int, dict[str, tuple[Any, ...]]] = {}
    for row in pq.read_table(out, filters=[("row", "<=", len(bodies))]).to_pylist():
        found.setdefault(row["row"], {})[row["material"]] = (*(row[name] for name in names), row["outcome"])
    for number, body in enumerate(bodies, 1):
        for entry in body["materials"]:
            theirs, mine = (*(entry[name] for name in names), body["outcome"]), found[number].get(entry["material"])
            if mine != theirs:
                raise Disagreement(documents[number - 1], entry["material"], theirs, mine)
    return sum(len(body["materials"]) for body in bodies)
