"""`mianzheng diff` over revisions of a git repository: which directory a revision means, what is missing, what only reformats."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from api.revisions import both_sides, side
from api.rule_files import open_rulebook
from engine.problems import Refused
from tests.api.differing import GOOD, files, run, told, write


class Repository:
    """A git repository with a small rulebook in `law/rules`."""

    def __init__(self, top: Path):
        self.top, self.rules = top, top / "law" / "rules"
        self.git("init", "-q", "-b", "main")

    def git(self, *words: str) -> str:
        done = subprocess.run(["git", "-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "core.autocrlf=false", *words],
                              cwd=self.top, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self, made: dict[str, str], tag: str) -> None:
        write(self.rules, made)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", tag)
        self.git("tag", tag)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    (tmp_path / "repo").mkdir()
    for name in list(os.environ):
        if name.startswith("GIT_"):
            monkeypatch.delenv(name)
    made = Repository(tmp_path / "repo")
    made.commit(files(), "v1")
    made.commit(files(GOOD), "v2")
    monkeypatch.chdir(made.rules.parent)
    return made


def test_two_revisions(repository: Repository) -> None:
    found = told("v1", "v2")
    assert found["status"] == 1 and [one["turn"] for one in found["changes"]] == ["better"]
    assert found["old"]["revision"] == repository.git("rev-parse", "v1^{commit}") and found["old"]["name"] == "v1:law/rules"
    assert told("v2", "HEAD")["same"] is True


def test_a_revision_beside_what_is_about_to_change(repository: Repository) -> None:
    assert run("HEAD")[0] == 0
    write(repository.rules, files())
    status, out, _ = run("HEAD")
    assert status == 1 and "1 类变重" in out and "HEAD:law/rules" in out and "rules · sha256" in out
    assert run("v1")[0] == 0 and not repository.git("stash", "list")


def test_a_revision_means_the_directory_of_the_other_side(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert told("HEAD", repository.rules)["same"] is True and told(repository.rules, "v1")["classes"]["worse"] == 1


def test_a_directory_beside_what_is_worked_on(repository: Repository, tmp_path: Path) -> None:
    other = write(tmp_path / "other", files())
    found = told(other)
    assert found["new"]["name"] == "rules" and found["classes"]["better"] == 1
    assert told(repository.rules)["same"] is True


def test_a_directory_inside_a_revision(repository: Repository) -> None:
    assert told("v2:law/rules", "v1:law/rules")["classes"]["worse"] == 1
    assert told("v1:./rules", "HEAD~1")["same"] is True
    status, _, err = run("v1:law/ruels")
    assert status == 2 and "没有“law/ruels”这个目录" in err and "v1:law/rules" in err


def test_a_commit_that_only_reformats_is_no_difference(repository: Repository) -> None:
    again = {path: "# 重排\n" + (json.dumps(json.loads(text), ensure_ascii=False, indent=3) if text.startswith("{") else text) for path, text in files(GOOD).items()}
    repository.commit(again, "v3")
    assert repository.git("diff", "--stat", "v2", "v3") and run("v2", "v3")[0] == 0
    moved = files(GOOD)
    moved["law/renamed.yaml"] = moved.pop("law/00.yaml")
    repository.git("rm", "-q", "law/rules/law/00.yaml")
    repository.commit(moved, "v4")
    assert run("v3", "v4")[0] == 0


def test_no_such_revision_names_those_there_are(repository: Repository) -> None:
    status, _, err = run("v3")
    assert status == 2 and "没有“v3”" in err and "v1" in err and "v2" in err and "main" in err
    assert "您是不是要写“main”" in run("mian")[2] and "Did you mean “main”" in run("mian", "--lang", "en")[2]
    assert "没有“-x”" in run("--", "-x")[2] and run(":law/rules")[0] == 2


def test_outside_any_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = write(tmp_path / "rules", files())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    status, _, err = run("HEAD", rules)
    assert status == 2 and "不在 git 仓库里" in err and "in no git repository" in run("HEAD", rules, "--lang", "en")[2]


def test_without_git_directories_still_compare(repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run(repository.rules, repository.rules)[0] == 0
    status, _, err = run("HEAD")
    assert status == 2 and "运行不了 git" in err


def test_a_revision_reads_the_same_files_as_the_directory(repository: Repository) -> None:
    for path in ("README.md", "schema/item.json", ".hidden/x.yaml", "law/.y.yaml", "law/notes.md", "law/__pycache__/z.yaml"):
        write(repository.rules, {path: "没有"})
    repository.commit({"law/bom.yaml": "\ufeff# 空\n"}, "v3")
    assert side("v3", repository.rules).texts == open_rulebook(repository.rules)
    (repository.rules / "law/bom.yaml").write_bytes(b"ok\n\xff\xfe")
    repository.commit({}, "v4")
    with pytest.raises(Refused) as refused:
        both_sides("v4", str(repository.rules))
    assert [(one.code, one.file, one.line) for one in refused.value.problems] == [("not-utf8", "law/bom.yaml", 2)]
