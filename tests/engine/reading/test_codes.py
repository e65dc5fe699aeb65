"""Every problem code is documented, and every code of the loader has a bad rulebook that shows it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.reading.messages import MISSING, SENTENCES
from tests.engine.reading.rulebooks import BAD

ROOT = Path(__file__).resolve().parent.parent.parent.parent
LOADER = [ROOT / "engine/yaml_text.py", ROOT / "engine/phrases.py", ROOT / "engine/vocabulary.py", *sorted((ROOT / "engine/reading").glob("*.py"))]
OTHERS = [path for folder in ("engine", "api") for path in sorted((ROOT / folder).rglob("*.py")) if path not in LOADER]
#: Calls whose first text argument is a problem's code.
CALLS = {"Problem", "unknown_word", "Names", "wrong", "say"}
CODE = re.compile(r"[a-z]+[0-9]?(?:-[a-z0-9]+)*")
#: Codes that another one replaces before anybody sees them, and names that are entered but never looked up.
UNSEEN = {"bad-last-day", "unknown-bundle"}


def codes(paths: list[Path], calls: set[str]) -> Iterator[str]:
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""
            texts = [argument.value for argument in node.args if isinstance(argument, ast.Constant) and isinstance(argument.value, str)]
            if name in calls and texts and CODE.fullmatch(texts[0]):
                yield texts[0]


LOADER_CODES = sorted({*codes(LOADER, CALLS), *SENTENCES, *MISSING} - UNSEEN)
ALL_CODES = sorted({*LOADER_CODES, *codes(OTHERS, {"Problem", "unknown_word"})})


@pytest.mark.parametrize("code", ALL_CODES)
def test_each_code_is_documented(code: str) -> None:
    assert f"`{code}`" in (ROOT / "docs/errors.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", LOADER_CODES)
def test_each_code_of_the_loader_has_a_bad_rulebook(code: str) -> None:
    assert any(f"  {code}\n" in path.read_text(encoding="utf-8") for path in BAD.glob("*/expected.txt"))


def test_the_documents_name_no_code_that_is_gone() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (*LOADER, *OTHERS))
    named = re.findall(r"^\| `([a-z0-9-]+)` \|", (ROOT / "docs/errors.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert named and all(f'"{code}"' in sources for code in named)
    assert len(named) == len(set(named))
