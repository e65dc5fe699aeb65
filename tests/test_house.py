"""The house rules that can be checked: sizes, names, docstrings, nothing about machines or download hosts."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PYTHON = sorted(path for folder in ("engine", "api", "features", "benchmarks", "tests") for path in (ROOT / folder).rglob("*.py"))
TEXT = (".py", ".md", ".yaml", ".toml", ".txt", ".feature", ".json", ".csv", ".html", ".sh")
DRAWERS = re.compile(r"^(utils?|helpers?|misc|common|tools)$")


def tracked() -> list[Path]:
    """Every text file that git would ship; outside a checkout every file of the known kinds."""
    found = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False)
    shipped = (path for folder in ("engine", "api", "rules", "docs") for path in (ROOT / folder).rglob("*"))
    names = found.stdout.splitlines() if found.returncode == 0 else [str(path.relative_to(ROOT)) for path in shipped]
    return [ROOT / name for name in names if name.endswith(TEXT) and (ROOT / name).is_file()]


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_short_has_a_purpose_and_is_no_drawer(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 420
    assert not DRAWERS.match(path.stem)
    if text.strip():
        assert ast.get_docstring(ast.parse(text)), "say what the file is for"


def test_the_engine_reads_no_clock_and_no_chance():
    for path in (ROOT / "engine").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert not (isinstance(node, ast.Attribute) and node.attr in ("today", "now", "utcnow")), path
            assert not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open"), path


def test_rules_hold_no_python():
    assert not list((ROOT / "rules").rglob("*.py"))


def test_no_machine_path_and_no_download_address_is_shipped():
    forbidden = re.compile(r"/(?:root|home/\w+|work)/(?!<)|--(?:extra-)?index-url|https?://[^\s\"')]*\.(?:whl|tar\.gz|tgz|deb)\b")
    for path in tracked():
        if path != Path(__file__):
            found = forbidden.search(path.read_text(encoding="utf-8", errors="replace"))
            assert not found, f"{path.relative_to(ROOT)}: {found and found[0]}"


def test_the_top_level_holds_only_its_rooms():
    rooms = {"rules", "engine", "api", "fixtures", "features", "tests", "docs", "benchmarks", ".ci"}
    files = {"pyproject.toml", "Makefile", "README.md", "README.zh-CN.md", "LICENSE", "CHANGELOG.md", ".gitignore", ".gitattributes", ".editorconfig"}
    found = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if found.returncode == 0:
        assert {name.split("/")[0] for name in found.stdout.splitlines()} <= rooms | files


def test_every_scenario_lies_where_it_is_run():
    for path in (ROOT / "features").rglob("*.feature"):
        assert path.relative_to(ROOT / "features").parts[0] in ("law", "hard", "items", "life", "examples"), path
