"""One folder a mistake: what is refused, and every word of what is said about it, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.problems import Problem, Refused
from engine.reading import read_rulebook
from tests.engine.reading.rulebooks import BAD, MINIMAL, overlaid, texts

MISTAKES = sorted(BAD.iterdir())


def said(problems: tuple[Problem, ...], language: str) -> str:
    return "".join(f"{problem.text(language)}  {problem.code}\n" for problem in problems)


def test_the_minimal_rulebook_is_good() -> None:
    assert read_rulebook(texts(MINIMAL)).version.startswith("sha256:")


@pytest.mark.parametrize("folder", MISTAKES, ids=lambda folder: folder.name)
def test_each_mistake_is_named_with_its_place_in_both_languages(folder: Path) -> None:
    with pytest.raises(Refused) as refused:
        read_rulebook(overlaid(folder))
    assert said(refused.value.problems, "zh") == (folder / "expected.txt").read_text(encoding="utf-8")
    assert said(refused.value.problems, "en") == (folder / "expected.en.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", MISTAKES, ids=lambda folder: folder.name)
def test_no_message_speaks_of_python_or_of_a_library(folder: Path) -> None:
    spoken = (folder / "expected.txt").read_text(encoding="utf-8") + (folder / "expected.en.txt").read_text(encoding="utf-8")
    for word in ("str ", "dict", "NoneType", "tuple", "pydantic", "ruamel", "Traceback", "Error", "<class", "valid string", "None"):
        assert word not in spoken
