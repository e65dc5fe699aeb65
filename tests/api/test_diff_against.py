"""`mianzheng diff --against`: applications of files, folders and records, decided by two rulebooks and counted."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.against import turned
from api.cli import app
from api.records.cases import go
from api.records.records import Records
from api.rule_files import bundled, open_rulebook
from tests.api.differing import BLOCK, GOOD, made, run, told
from tests.api.test_log_command import ELDER, ELDER_NAME, GROUND, OFFICER
from tests.bundled import decider
from tests.engine.small import asked, item
from tests.records.conftest import Hands
from tests.records.jobs import FIXTURES, applicant, new_case
from tests.records.writing import SOON


@pytest.fixture
def books(tmp_path: Path) -> Callable[..., Path]:
    """Writes a small rulebook: `books("old", GOOD)`."""
    return partial(made, tmp_path)


def stated(**more: Any) -> str:
    return json.dumps({"item": "thing", "deciding_division": "210400", "accepted_on": "2026-11-20", **more}, ensure_ascii=False)


FOUND = {"evidence": {"queries": {"paper": {"result": "valid"}}}}


def test_applications_of_a_file_of_lines(books: Callable[..., Path], tmp_path: Path) -> None:
    lines = [stated(**FOUND), stated(situation={"owed": True}), "", stated(deciding_division="210402", **FOUND),
             json.dumps({"application": json.loads(stated(**FOUND)), "as_of": "2026-11-22"}), stated(item="示例事项", **FOUND),
             stated(item="没有的事项"), "{", stated(unheard=1)]
    file = tmp_path / "population.jsonl"
    file.write_text("\n".join(lines), "utf-8")
    old, new = books("old", GOOD), books("new", BLOCK)
    found = told(old, new, "--against", file)["against"]
    rows = {(one["item"], one["division"]): (one["decided"], one["changed"], one["worse"], one["better"], one["refused"]) for one in found["rows"]}
    assert rows[("thing", "210400")] == (4, 4, 4, 0, 0) and rows[("thing", "210402")] == (1, 1, 1, 0, 0) and rows[("没有的事项", "210400")] == (0, 0, 0, 0, 1)
    assert found["unreadable"] == 2 and found["unreadable_at"] == [f"{file}:8", f"{file}:9"] and found["total"]["decided"] == 5
    out = run(old, new, "--against", file)[1]
    assert "已有的申请" in out and "抚顺市" in out and "都不受" in out and "现在不受" not in out and "2 件读不出来" in out
    assert "Applications on file" in run(old, new, "--against", file, "--lang", "en")[1]
    better = told(new, old, "--against", file)["against"]["total"]
    assert (better["better"], better["worse"]) == (5, 0)


def test_what_one_rulebook_refuses_is_counted_by_itself(books: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / "one.json").write_text(stated(situation={"owed": False}), "utf-8")
    old, new = books("old"), books("new", items=[item(asked("示例证明"))])
    total = told(old, new, "--against", tmp_path / "some")["against"]["total"]
    assert (total["decided"], total["refused_after"], total["refused_before"], total["refused"]) == (0, 1, 0, 0)
    assert told(new, old, "--against", tmp_path / "some")["against"]["total"]["refused_before"] == 1
    assert "现在不受" in run(old, new, "--against", tmp_path / "some")[1]


def test_the_sample_applications_under_the_bundled_rulebook() -> None:
    found = told(bundled(), bundled(), "--item", "结婚登记", "--against", FIXTURES)
    assert found["status"] == 0 and found["against"]["total"]["decided"] == 3 and found["against"]["total"]["changed"] == 0
    assert {one["item"] for one in found["against"]["rows"]} == {"marriage_registration"}


def test_recorded_decisions_and_what_was_erased(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    records = Records(f"sqlite:///{path}", decider(), open_rulebook(bundled()), Hands(), program="test")
    try:
        made = [records.submit(job).result(SOON) for job in (new_case(records), new_case(records, "company_setup_fushun"), new_case(
            records, applicant=applicant(ELDER, ELDER_NAME)))]
        records.do(go(records, made[2].case_id, "withdraw", OFFICER))
    finally:
        records.close()
    erased = CliRunner().invoke(app, ["log", "erase", "--decision", made[2].decision_id, *GROUND, "--yes", "--database", f"sqlite:///{path}"])
    assert erased.exit_code == 0, erased.output
    for where in (path, f"sqlite:///{path}"):
        found = told(bundled(), bundled(), "--item", "house_sale_transfer", "--against", where)["against"]
        assert (found["total"]["decided"], found["total"]["changed"], found["erased"]) == (1, 0, 1)
    assert "1 件的内容已经依法删除" in run(bundled(), bundled(), "--item", "house_sale_transfer", "--against", path)[1]


def test_applications_that_are_not_there(books: Callable[..., Path], tmp_path: Path) -> None:
    old = books("old")
    (tmp_path / "empty").mkdir()
    for what in (tmp_path / "none.jsonl", tmp_path / "empty", f"sqlite:///{tmp_path / 'none.db'}"):
        status, out, err = run(old, old, "--against", what)
        assert status == 2 and out == "" and err


def test_turns_of_whole_answers() -> None:
    weights = {"shared": 1, "submit": 2}
    answer: dict[str, Any] = {"outcome": "accept", "blocks": [], "establishes": [],
                              "materials": [{"material": "a", "status": "settled", "route": "shared", "mode": None, "branches": []}]}

    def other(**more: Any) -> dict[str, Any]:
        return answer | {"materials": [answer["materials"][0] | more]}

    assert list(turned(answer, answer, weights)) == []
    assert list(turned(answer, other(route="submit"), weights)) == ["worse"] and list(turned(other(route="submit"), answer, weights)) == ["better"]
    assert list(turned(answer, other(mode="x"), weights)) == ["other"] and list(turned(answer, other(status="undetermined", route=None), weights)) == ["other"]
    assert list(turned(answer, answer | {"blocks": [1]}, weights)) == ["worse"] and list(turned(answer, answer | {"outcome": "supplement"}, weights)) == ["other"]
