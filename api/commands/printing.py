"""How commands speak: results on standard output, problems on standard error, both in the language asked for."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.text import Text

from engine.problems import Problem


class Language(StrEnum):
    """The languages in which commands print."""

    zh = "zh"
    en = "en"


@contextmanager
def at_one_go() -> Iterator[None]:
    """While much is made and nothing given back, the garbage collector only looks through it again and again: it waits."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def out() -> Console:
    return Console(highlight=False, soft_wrap=True)


def err() -> Console:
    return Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """One JSON document on standard output, Chinese unescaped."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def problem_json(problem: Problem) -> dict[str, Any]:
    """A problem for machines: every part of it, both sentences."""
    return {"code": problem.code, "file": problem.file, "line": problem.line, "field": problem.field, "zh": problem.zh, "en": problem.en,
            "nearest": problem.nearest, "allowed": list(problem.allowed)}


def print_problems(problems: Sequence[Problem], language: Language) -> None:
    """A readable list, grouped by file, on standard error."""
    console = err()
    for file, group in groupby(problems, key=lambda problem: problem.file):
        if file:
            console.print(Text(file, style="bold"))
        for problem in group:
            place = f"{problem.line:>5}  " if problem.line else "       "
            console.print(Text(place, style="dim") + Text(_sentence(problem, language)) + Text(f"  {problem.code}", style="dim"))
            if problem.field:
                console.print(Text(f"       {problem.field}", style="dim"))
    count = len(problems)
    files = len({problem.file for problem in problems if problem.file})
    if language is Language.zh:
        console.print(Text(f"共 {count} 处错误" + (f"，在 {files} 个文件里。" if files else "。"), style="red"))
    else:
        said = "1 problem" if count == 1 else f"{count} problems"
        console.print(Text(said + (f" in {files} file{'s' if files > 1 else ''}." if files else "."), style="red"))


def _sentence(problem: Problem, language: Language) -> str:
    """The sentence with hints, without the place that stands before it."""
    return Problem(problem.code, problem.zh, problem.en, allowed=problem.allowed, nearest=problem.nearest).text(language.value)
