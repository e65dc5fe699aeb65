"""Running steps, under pytest or without it: the dispatch, and feature files read with pytest-bdd's own parser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pytest_bdd.parser import FeatureParser, Scenario, ScenarioTemplate

from features.steps.given import given
from features.steps.life_acts import ACTS, happen
from features.steps.life_bundles import row as listed_row  # noqa: F401  its forms join the others when it is read
from features.steps.life_seen import SEEN, see
from features.steps.life_sources import Connected as Connected  # its forms join the others when it is read
from features.steps.life_tickets import KINDS as KINDS  # its forms join the others when it is read
from features.steps.story import ROOT, Story, decider, use_rules
from features.steps.then import then
from features.steps.words import Mistake, Unmet, wrong

__all__ = ["Example", "act", "decider", "examples", "feature_files", "run", "told", "use_rules"]     # `mianzheng scenarios` takes five of them from here

FEATURES = ROOT / "features"
FOLDERS = ("law", "hard", "items", "life")
WHEN = ("判断这份申请", "再判断一次")
#: The tag of scenarios that ask the example source server, a process of its own.
ASKING = "数据源"


def act(kind: str, text: str, story: Story) -> None:
    """One step. Raises Mistake or Unmet."""
    if kind == "given":
        given(story, text)
    elif kind == "then":
        try:
            see(story, text, then)
        except Mistake as error:
            error.hint = "；".join(filter(None, (error.hint, SEEN.like(text)))) if story.life is not None else error.hint
            raise
    elif text in WHEN:
        story.decide()
    elif not happen(story, text):
        mistake = wrong(f"“当”后面没有“{text}”这种说法。", f"There is no 当 “{text}”.", WHEN, text)
        mistake.hint = ACTS.like(text)
        raise mistake


def told(error: Mistake | Unmet, file: str, line: int) -> str:
    """What a failing step says: file and line of the scenario, then the sentence."""
    if isinstance(error, Unmet):
        return f"{file}:{line} {error}"
    text = error.problem.at(file, line).text()
    return f"{text}\n  也许是这种说法：{error.hint}" if error.hint else text


def feature_files() -> list[Path]:
    return sorted(path for folder in FOLDERS for path in (FEATURES / folder).rglob("*.feature"))


@dataclass(frozen=True)
class Example:
    """One scenario, or one row of a scenario outline."""

    file: str
    template: ScenarioTemplate
    scenario: Scenario
    tags: frozenset[str]

    @property
    def name(self) -> str:
        return f"{self.file}:{self.scenario.line_number} {self.scenario.name}"

    @property
    def said(self) -> tuple[str, ...]:
        """What its steps say."""
        return tuple(step.name for step in self.scenario.steps)


@cache
def every_example() -> tuple[Example, ...]:
    """Every scenario of every feature file, outlines row by row, with the tags of scenario, 规则 and 功能."""
    return tuple(_examples())


@cache
def examples() -> tuple[Example, ...]:
    """Those that hold something of the rules, as `mianzheng scenarios` and the tests of single rules run them a great many times.

    Scenarios that ask the source server are about the asking; no mutant shall start one.
    """
    return tuple(one for one in every_example() if ASKING not in one.tags)


def _examples() -> Iterator[Example]:
    for path in feature_files():
        file = path.relative_to(ROOT).as_posix()
        feature = FeatureParser(str(FEATURES), path.relative_to(FEATURES).as_posix()).parse()
        for template in feature.scenarios.values():
            tags = frozenset(template.tags | feature.tags | (template.rule.tags if template.rule else set()))
            rows: list[tuple[dict[str, Any], set[str]]] = [(row, table.tags) for table in template.examples for row in table.as_contexts()]
            for row, more in rows or [({}, set())]:
                yield Example(file, template, template.render(row), tags | more)


def run(example: Example, deciders: Callable[[str, str], Any] = decider) -> str:
    """Run a scenario; what its first failing step says, or an empty text."""
    story = Story(deciders=deciders)
    try:
        for step in example.scenario.steps:
            try:
                act(step.type, step.name, story)
            except (Mistake, Unmet) as error:
                return told(error, example.file, step.line_number)
    finally:
        story.close()
    return ""
