"""`mianzheng replay` on files and databases of every kind, and what it says of every mistake. Nothing ends in a traceback."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from api.against import applications
from api.cli import app
from api.records.cases import go
from api.records.records import Records
from api.replay.paths import Paths
from api.rule_files import bundled, open_rulebook
from tests.api.test_log_command import ELDER, ELDER_NAME, GROUND, OFFICER
from tests.bundled import decider, rulebook
from tests.records.conftest import Hands
from tests.records.jobs import applicant, new_case
from tests.records.writing import SOON

FIXTURES = Path(__file__).parents[2] / "fixtures" / "applications"
SAMPLE = json.loads((FIXTURES / "unemployment_commitment_dechang.json").read_text(encoding="utf-8"))


def run(*arguments: object) -> tuple[int, str, str]:
    found = CliRunner().invoke(app, ["replay", *map(str, arguments)])
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found.exit_code, found.stdout, found.stderr


@pytest.fixture
def row() -> dict[str, str]:
    flat, whole = Paths(rulebook()).flat(SAMPLE)
    assert whole
    return flat


def sample_table(row: dict[str, str], count: int = 3) -> pa.Table:
    return pa.table({name: [value] * count for name, value in row.items()} | {"number": [f"n{n}" for n in range(count)]})


def answers(out: Path) -> list[dict]:
    return sorted(pq.read_table(out).to_pylist(), key=lambda one: (one["row"], one["material"]))


def test_every_format_gives_the_same_results(tmp_path, row):
    table = sample_table(row)
    pq.write_table(table, tmp_path / "a.parquet")
    pa.csv.write_csv(table, tmp_path / "a.csv")
    (tmp_path / "a.jsonl").write_text("\n".join([json.dumps(SAMPLE, ensure_ascii=False)] * 3) + "\n\n", encoding="utf-8")
    with sqlite3.connect(tmp_path / "a.sqlite") as database:
        database.execute(f"CREATE TABLE cases ({', '.join(chr(34) + name + chr(34) + ' TEXT' for name in table.column_names)})")
        database.executemany(f"INSERT INTO cases VALUES ({', '.join('?' * table.num_columns)})", [tuple(one.values()) for one in table.to_pylist()])
    database.close()
    found = []
    for name, more in (("a.parquet", ["--id", "number"]), ("a.csv", ["--id", "number"]), ("a.jsonl", []),
                       (f"sqlite:///{tmp_path / 'a.sqlite'}", ["--query", "SELECT * FROM cases", "--id", "number"])):
        population = name if "://" in name else tmp_path / name
        code, text, error = run(population, "--out", tmp_path / "out.parquet", "--json", *more)
        assert code == 0, (name, text, error)
        told = json.loads(text)
        assert (told["applications"], told["outcomes"]) == (3, {"accept_on_commitment": 3})
        made = answers(tmp_path / "out.parquet")
        assert [one["id"] for one in made] == ([None] * len(made) if name == "a.jsonl" else [f"n{one['row'] - 1}" for one in made])
        found.append([{key: value for key, value in one.items() if key != "id"} for one in made])
    assert all(one == found[0] for one in found)
    assert not list(tmp_path.glob("*.partial"))


def test_a_refused_row_is_a_row_of_the_result(tmp_path, row):
    wrong = sample_table(row | {"applicant.id_number": "210400199003070008"}, 1)
    pq.write_table(wrong, tmp_path / "a.parquet")
    code, text, _ = run(tmp_path / "a.parquet", "--id", "number", "--out", tmp_path / "out.parquet", "--lang", "en")
    assert code == 0 and "id-number" in text
    assert [(one["status"], one["outcome"], one["problems"]) for one in answers(tmp_path / "out.parquet")] == [("refused", "refused", "id-number applicant.id_number")]


def test_every_recorded_decision_is_decided_again_on_its_day(tmp_path):
    url = f"sqlite:///{tmp_path / 'records.db'}"
    records = Records(url, decider(), open_rulebook(bundled()), Hands(), program="test")
    try:
        made = [records.submit(job).result(SOON) for job in (new_case(records), new_case(records, "company_setup_fushun"), new_case(
            records, applicant=applicant(ELDER, ELDER_NAME)))]
        records.do(go(records, made[2].case_id, "withdraw", OFFICER))
    finally:
        records.close()
    erased = CliRunner().invoke(app, ["log", "erase", "--decision", made[2].decision_id, *GROUND, "--yes", "--database", url])
    assert erased.exit_code == 0, erased.output
    with applications(url) as (found, _):
        bodies = {one.place: decider().decide(one.application, one.as_of) for one in found if one.application is not None}
    code, text, error = run(url, "--recorded", "--out", tmp_path / "out.parquet", "--json")
    assert code == 0, (text, error)
    told = json.loads(text)
    assert (told["applications"], told["skipped"], told["problems"]) == (2, 1, {})
    found = answers(tmp_path / "out.parquet")
    assert {one["id"] for one in found} == bodies.keys() == {one.decision_id for one in made[:2]}
    for decision, body in bodies.items():
        mine = {(one["material"], one["person"], one["route"], one["status"], one["rule"], one["outcome"], one["as_of"]) for one in found
                if one["id"] == decision and not one["establishes"]}
        assert mine == {(one["material"], one.get("person"), one["route"] or None, one["status"], one["rule"] or None, body["outcome"], body["as_of"])
                        for one in body["materials"]}
    assert "依法删除" in run(url, "--recorded")[1] and "lawfully erased" in run(url, "--recorded", "--lang", "en")[1]


def test_the_template_lists_the_columns_of_an_item():
    code, text, _ = run("--template", "失业登记")
    assert code == 0
    assert Paths(rulebook()).problems(text.split(), ()) == []
    assert run("--template", "失业登计")[0] == 1


@pytest.mark.parametrize(("make", "arguments", "code", "says"), [
    (None, ["missing.parquet"], 2, "no-population"), ("text", ["a.txt"], 2, "unknown-format"), ("text", ["a.parquet"], 1, "unreadable-population"),
    ("empty", ["a.jsonl"], 1, "empty-population"), ("table", ["a.parquet", "--id", "nunber"], 1, "number"), ("table", ["a.parquet"], 1, "unknown-column"),
    ("wrong", ["a.parquet"], 1, "situation."), ("table", ["a.parquet", "--id", "number", "--out", "no/such/out.parquet"], 2, "unwritable"),
    ("none", ["a.parquet"], 1, "empty-population"), ("nested", ["a.parquet"], 1, "nested-column"), ("table", ["a.parquet", "--table", "x"], 2, "which-table"),
    ("database", ["DB"], 2, "which-table"), ("database", ["DB", "--query", "SELEC 1"], 1, "unreadable-population"),
    ("database", ["DB", "--table", "nothing"], 1, "cases"), ("database", ["DB", "--recorded"], 1, "database"),
    ("table", ["a.parquet", "--recorded"], 2, "which-table"), (None, ["sqlite:///none.sqlite", "--table", "a"], 2, "no-population"),
    (None, ["mysql://x"], 2, "unknown-format"),
    ("database", ["DB", "--table", "cases", "--engine", "spark"], 2, "not-on-spark"), ("table", ["a.parquet", "--rules", "nowhere"], 1, "no-rulebook"),
])
def test_mistakes_are_told(tmp_path, row, monkeypatch, make, arguments, code, says):
    monkeypatch.chdir(tmp_path)
    table = sample_table(row)
    if make == "text":
        Path(arguments[0]).write_text("nothing of the kind", encoding="utf-8")
    elif make == "empty":
        Path("a.jsonl").write_text("\n", encoding="utf-8")
    elif make in ("table", "wrong", "none", "nested"):
        extra = {"situation.maried": ["true"] * 3} if make == "wrong" else {"handed": [["a"]] * 3} if make == "nested" else {}
        made = pa.table({**{name: table[name] for name in table.column_names if make == "table" or name != "number"}, **extra})
        pq.write_table(made.slice(0, 0) if make == "none" else made, "a.parquet")
    elif make == "database":
        sqlite3.connect("a.sqlite").execute("CREATE TABLE cases (item TEXT)").connection.close()
    found = run(*(f"sqlite:///{tmp_path / 'a.sqlite'}" if one == "DB" else one for one in arguments))
    assert found[0] == code, found
    assert says in found[2]
    assert not list(tmp_path.glob("**/*.partial"))


def test_an_interrupted_replay_leaves_no_result(tmp_path, row, monkeypatch):
    pq.write_table(sample_table(row), tmp_path / "a.parquet")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("api.replay.run.Replay.batch", stop)
    assert run(tmp_path / "a.parquet", "--id", "number", "--out", tmp_path / "out.parquet")[0] == 130
    assert [path.name for path in tmp_path.iterdir()] == ["a.parquet"]


def test_without_pyspark_it_says_what_to_install(tmp_path, row, monkeypatch):
    pq.write_table(sample_table(row), tmp_path / "a.parquet")

    def missing(*_: object) -> None:
        raise ImportError("pyspark")

    monkeypatch.setattr("api.commands.replay.SparkEngine", missing)
    code, _, error = run(tmp_path / "a.parquet", "--engine", "spark", "--id", "number")
    assert code == 2 and "no-spark" in error
