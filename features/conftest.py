"""Scenarios under pytest: three steps that hand every sentence to `features.steps`, and rule ids as markers.

`pytest features -m 抚顺-五取消-3` runs the scenarios of one rule, `-k 结婚登记` those whose name, 功能, 规则 or file has the word.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_bdd import given, parsers, then, when
from pytest_bdd.scenario import scenario_wrapper_template_registry

from engine.problems import Refused
from features.steps.example_sources import end
from features.steps.running import ROOT, act, told
from features.steps.story import Story, decider
from features.steps.words import Mistake, Unmet

#: Tags that are no rule ids: what a scenario shows where no single rule is the point.
LABELS = {"事项": "日常办事的场景", "难题": "容易判断错的场景", "一件事": "几个事项一起办的场景", "收件": "收件时就能发现的错误",
          "办件": "答复以后的事：办件、告知、承诺、容缺、索要、期限", "数据源": "向真的示例数据源查询"}


def pytest_configure(config: pytest.Config) -> None:
    """Register every rule id as a marker, with the rule's gist; a rulebook that does not load fails in the scenarios."""
    for label, text in LABELS.items():
        config.addinivalue_line("markers", f"{label}: {text}")
    try:
        rules = [*decider().rulebook.rules, *decider("", "features/examples/rare").rulebook.rules]
    except Refused:
        return
    for rule in {rule.id: rule for rule in rules}.values():
        config.addinivalue_line("markers", f"{rule.id}: {rule.gist}")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let -k find scenarios by the names of their 功能, 规则 and file."""
    for item in items:
        template = _template(item)
        if template is not None:
            item.extra_keyword_matches.update({template.feature.name, template.name, template.feature.rel_filename})
            if template.rule is not None:
                item.extra_keyword_matches.add(template.rule.name)


def pytest_sessionfinish() -> None:
    """The source server ends with the run, also in a worker process."""
    end()


def _template(item: pytest.Item) -> Any:
    return scenario_wrapper_template_registry.get(getattr(item, "obj", None))


@pytest.fixture
def story() -> Iterator[Story]:
    """What the scenario says; one for each scenario, so that no scenario sees another's facts."""
    made = Story()
    yield made
    made.close()


@pytest.fixture
def place() -> list[Any]:
    """File and line of the step that runs."""
    return ["", 0]


def pytest_bdd_before_step(request: pytest.FixtureRequest, feature: Any, scenario: Any, step: Any, step_func: Any) -> None:
    where = request.getfixturevalue("place")
    where[:] = [Path(feature.filename).relative_to(ROOT).as_posix(), step.line_number]


def _run(kind: str, text: str, story: Story, place: list[Any]) -> None:
    __tracebackhide__ = True
    try:
        act(kind, text, story)
    except (Mistake, Unmet) as error:
        message = told(error, *place)
    else:
        return
    pytest.fail(message, pytrace=False)


@given(parsers.re(r"(?P<text>.+)"))
def _given(text: str, story: Story, place: list[Any]) -> None:
    __tracebackhide__ = True
    _run("given", text, story, place)


@when(parsers.re(r"(?P<text>.+)"))
def _when(text: str, story: Story, place: list[Any]) -> None:
    __tracebackhide__ = True
    _run("when", text, story, place)


@then(parsers.re(r"(?P<text>.+)"))
def _then(text: str, story: Story, place: list[Any]) -> None:
    __tracebackhide__ = True
    _run("then", text, story, place)
