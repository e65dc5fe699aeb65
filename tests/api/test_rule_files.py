"""Opening a rulebook's directory: what is read, what stays closed, and what is said when it cannot be read."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from api.rule_files import bundled, open_rulebook
from engine.problems import Problem, Refused
from engine.reading import read_rulebook
from tests.engine.reading.rulebooks import MINIMAL


def refused(directory: Path) -> Problem:
    with pytest.raises(Refused) as caught:
        open_rulebook(directory)
    return caught.value.problems[0]


def test_the_bundled_rulebook_is_found_and_sound() -> None:
    assert (bundled() / "vocabulary.yaml").is_file()
    assert read_rulebook(open_rulebook(bundled())).rules


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert refused(tmp_path / "none").code == "no-rulebook"
    (tmp_path / "file").write_text("x")
    assert "不是目录" in refused(tmp_path / "file").zh


def test_remarks_schemas_and_hidden_files_stay_closed(tmp_path: Path) -> None:
    for path in ("README.md", "schema/item.json", ".git/config", "law/.DS_Store", "__pycache__/x.pyc"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"\xff")
    (tmp_path / "law" / "a.yaml").write_bytes("\ufeff甲: 乙\r\n".encode())
    assert open_rulebook(tmp_path) == {"law/a.yaml": "甲: 乙\r\n"}


def test_a_file_that_is_not_utf8_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "law").mkdir()
    (tmp_path / "law" / "a.yaml").write_bytes(b"a: 1\nb: " + "条例".encode("gb18030"))
    problem = refused(tmp_path)
    assert (problem.code, problem.file, problem.line) == ("not-utf8", "law/a.yaml", 2)


def test_a_foreign_file_is_given_on_so_that_the_reader_names_it(tmp_path: Path) -> None:
    shutil.copytree(MINIMAL, tmp_path / "book")
    (tmp_path / "book" / "plan.docx").write_bytes(b"\xff\xfe")
    with pytest.raises(Refused) as caught:
        read_rulebook(open_rulebook(tmp_path / "book"))
    assert [(problem.file, problem.code) for problem in caught.value.problems] == [("plan.docx", "unknown-file")]
