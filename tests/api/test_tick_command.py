"""`mianzheng tick` as a timer or a person meets it: what it prints, as a table and as JSON, and its exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from api.cli import app
from tests.records.conftest import Hands, database_url, hands, opened, postgres_url, sqlite_url, start_postgres
from tests.records.deferring import at, opened_case, promised

__all__ = ["database_url", "hands", "postgres_url", "sqlite_url", "start_postgres"]    # fixtures


def run(*words: object) -> tuple[int, str, str]:
    """Exit status, standard output, standard error."""
    result = CliRunner().invoke(app, ["tick", *map(str, words)])
    assert "Traceback" not in result.output + result.stderr
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def stirred(database_url: str, hands: Hands, monkeypatch: pytest.MonkeyPatch) -> str:
    """Records in which a notice, a deferral and lateness are due on 2026-10-12, which is today."""
    at(hands, "2026-09-28")
    with opened(database_url, hands) as records:
        opened_case(records, "餐饮", "513424")
        promised(records)
    at(hands, "2026-10-12")
    monkeypatch.setattr("api.commands.tick.wall_clock", hands)
    monkeypatch.delenv("MIANZHENG_RULES", raising=False)
    return database_url


def test_what_is_due_is_printed_and_the_second_time_nothing_is(stirred):
    status, out, err = run("--database", stirred)
    assert (status, err) == (0, "")
    for words in ("2026-10-12：看了 4 个期限", "视为受理 1", "容缺逾期 1", "黄牌 2", "容缺补交期限", "2026-09-30", "承诺办结时限", "2026-10-08"):
        assert words in out
    status, out, err = run("--database", stirred, "--lang", "en")
    assert (status, err) == (0, "") and "Nothing new has fallen due." in out


def test_for_machines_it_is_json(stirred, monkeypatch):
    monkeypatch.setenv("MIANZHENG_DATABASE", stirred)
    status, out, _ = run("--json")
    found = json.loads(out)
    assert status == 0 and (found["on"], found["dry_run"], found["failed"]) == ("2026-10-12", False, [])
    assert found["counts"] == {"deemed_accepted": 1, "overdue": 1, "yellow": 2} and len(found["raised"]) == 4
    assert set(found["raised"][0]) == {"case_id", "clock_id", "kind", "what", "card", "due", "zh", "en"}


def test_a_day_that_has_passed_and_a_dry_run_of_one_to_come(stirred):
    status, out, _ = run("--database", stirred, "--on", "2026-10-01", "--lang", "en")
    assert status == 0 and "2026-10-01: looked at" in out and "deferral overdue 1" in out and "deemed accepted" not in out
    status, out, _ = run("--database", stirred, "--on", "2026-12-01", "--dry-run")
    assert status == 0 and "只看不提" in out and "红牌" in out
    assert json.loads(run("--database", stirred, "--json")[1])["counts"] == {"deemed_accepted": 1, "yellow": 2}     # the dry run left nothing


def test_what_has_not_come_yet_is_not_raised(stirred):
    status, out, err = run("--database", stirred, "--on", "2026-10-13")
    assert (status, out) == (2, "") and "还没有到" in err and "--dry-run" in err


def test_a_term_that_could_not_be_looked_at_is_told(stirred, hands):
    with opened(stirred, hands) as records:
        def spoil(pages):
            pages.session.execute(text("UPDATE case_file SET division = '999999' WHERE item = 'catering_permit'"))
        records.do(spoil)
    status, out, err = run("--database", stirred)
    assert status == 1 and err.count("没有看成，其余照常") == 1 and "容缺逾期 1" in out


@pytest.mark.parametrize(("url", "zh", "en"), [
    ("sqlite:///{folder}/none.db", "没有数据库文件“{folder}/none.db”", "There is no database file “{folder}/none.db”"),
    ("off", "没有记录，也就没有到期的事", "there are no records, so nothing falls due"),
    ("mysql://somewhere", "设置 MIANZHENG_DATABASE 应当是", "The setting MIANZHENG_DATABASE takes"),
    ("postgresql://127.0.0.1:1/none", "数据库连不上", "The database cannot be reached")])
def test_a_database_that_cannot_be_used_is_refused_in_a_sentence(tmp_path: Path, url, zh, en):
    for language, words in (("zh", zh), ("en", en)):
        status, out, err = run("--database", url.format(folder=tmp_path), "--lang", language)
        assert (status, out) == (1, "") and words.format(folder=tmp_path) in err
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_database_is_refused(tmp_path: Path):
    (tmp_path / "letter.db").write_text("这不是数据库，只是一封信。" * 100, encoding="utf-8")
    status, out, err = run("--database", f"sqlite:///{tmp_path / 'letter.db'}")
    assert (status, out) == (1, "") and "MIANZHENG_DATABASE" in err
