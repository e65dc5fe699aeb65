"""`check` and `schema` on the command line: exit status, which stream, both languages, JSON."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from tests.engine.reading.rulebooks import BAD, MINIMAL, overlaid

RUN = CliRunner()


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    for path, text in overlaid(BAD / "unknown-reason").items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


def test_a_sound_rulebook_is_summed_up() -> None:
    result = RUN.invoke(app, ["check", str(MINIMAL)])
    assert result.exit_code == 0 and result.stderr == ""
    assert "规则库没有错误" in result.stdout and "sha256:" in result.stdout and "合成数据" in result.stdout
    assert "The rulebook is sound" in RUN.invoke(app, ["check", str(MINIMAL), "--lang", "en"]).stdout


def test_a_sound_rulebook_as_json() -> None:
    found = json.loads(RUN.invoke(app, ["check", str(MINIMAL), "--json"]).stdout)
    assert found["sound"] is True and found["counts"]["rules"] == 9 and found["marks"][0]["text"] == "合成数据"


def test_problems_go_to_standard_error_grouped_by_file(bad: Path) -> None:
    result = RUN.invoke(app, ["check", str(bad)])
    assert result.exit_code == 1 and result.stdout == ""
    assert result.stderr.splitlines()[0] == "law/000000-national/proofs.yaml"
    assert "17  没有叫“数据可获”的理由。您是不是要写“数据可得”？" in result.stderr and "共 1 处错误，在 1 个文件里。" in result.stderr
    assert "Did you mean “数据可得”?" in RUN.invoke(app, ["check", str(bad), "--lang", "en"]).stderr


def test_problems_as_json(bad: Path) -> None:
    result = RUN.invoke(app, ["check", str(bad), "--json"])
    problem = json.loads(result.stdout)["problems"][0]
    assert result.exit_code == 1
    assert (problem["code"], problem["line"], problem["field"], problem["nearest"]) == ("unknown-reason", 17, "规则[1].理由", "数据可得")


def test_a_directory_that_is_not_there_is_a_plain_sentence(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["check", str(tmp_path / "none")])
    assert result.exit_code == 1 and "没有" in result.stderr and "Traceback" not in result.stderr


def test_wrong_usage_has_its_own_status() -> None:
    assert RUN.invoke(app, ["check", "--nothing"]).exit_code == 2
    assert RUN.invoke(app, ["schema", "items"]).exit_code == 2


def test_schemas_are_printed_and_written(tmp_path: Path) -> None:
    shutil.copytree(MINIMAL, tmp_path / "book")
    printed = RUN.invoke(app, ["schema", "item", "--rules", str(tmp_path / "book")])
    assert printed.exit_code == 0 and json.loads(printed.stdout)["title"] == "item"
    assert RUN.invoke(app, ["schema", "--write", "--rules", str(tmp_path / "book")]).exit_code == 0
    assert json.loads((tmp_path / "book/schema/item.json").read_text(encoding="utf-8")) == json.loads(printed.stdout)
    assert RUN.invoke(app, ["check", str(tmp_path / "book")]).exit_code == 0
