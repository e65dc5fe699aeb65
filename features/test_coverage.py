"""The scenarios as a whole: every rule has one that would miss it, every file is written so that nothing is silently lost."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from functools import cache

import pytest

from engine.decide import Decider
from features.conftest import LABELS
from features.steps.running import FEATURES, ROOT, Example, every_example, examples, feature_files, run
from features.steps.story import decider

BUNDLED = decider().rulebook
RULES = tuple(dict.fromkeys(rule.id for rule in BUNDLED.rules))


def tagged(rule: str) -> list[Example]:
    return [example for example in examples() if rule in example.tags]


def without(rule: str):
    """Deciders over rulebooks that lack one rule; otherwise like `decider`."""
    @cache
    def lacking(base: str = "", extra: str = "") -> Decider:
        book = decider(base, extra).rulebook
        return Decider(replace(book, version=f"{book.version}-{rule}", rules=tuple(one for one in book.rules if one.id != rule)))
    return lacking


@pytest.mark.parametrize("rule", RULES)
def test_some_scenario_would_miss_the_rule(rule: str) -> None:
    """A rule has scenarios tagged with it, and at least one of them fails when the rule is taken away."""
    found = tagged(rule)
    assert found, f"没有场景标着 @{rule}"
    deciders = without(rule)
    assert any(run(example, deciders) for example in found), (
        f"去掉规则 {rule}，标着它的场景照样通过：{'、'.join(example.name for example in found)}")


def test_tags_name_rules_that_exist() -> None:
    known = {rule.id for extra in ("", "features/examples/rare") for rule in decider("", extra).rulebook.rules} | LABELS.keys()
    unknown = {(example.name, tag) for example in every_example() for tag in example.tags - known}
    assert not unknown, f"标签里没有这样的规则：{sorted(unknown)}"


def test_each_instrument_with_rules_has_a_feature_of_its_own() -> None:
    """rules/law/<place>/<instrument>.yaml ↔ features/law/<place>/<instrument>.feature."""
    instruments = {rule.file.removeprefix("law/").removesuffix(".yaml") for rule in BUNDLED.rules}
    features = {path.relative_to(FEATURES / "law").with_suffix("").as_posix() for path in (FEATURES / "law").rglob("*.feature")}
    assert instruments <= features, f"这些文件还没有场景：{sorted(instruments - features)}"


def test_an_instruments_feature_shows_all_its_rules() -> None:
    for rule in BUNDLED.rules:
        file = "features/" + rule.file.removesuffix(".yaml") + ".feature"
        assert any(example.file == file for example in tagged(rule.id)), f"{file} 里没有标着 @{rule.id} 的场景"


@pytest.mark.parametrize("path", feature_files(), ids=lambda path: path.relative_to(FEATURES).as_posix())
def test_nothing_in_a_feature_file_is_silently_lost(path) -> None:
    """Names of scenarios are unique (a second one would replace the first), each decides and claims something, no text became a step."""
    text = path.read_text(encoding="utf-8")
    assert re.match(r"# language: zh-CN\n(@.+\n)?功能: ", text) is not None, "第一行写 # language: zh-CN，然后是 功能: 和名称（半角冒号、空格）"
    assert not re.search(r"^\s*(功能|规则|背景|场景|场景大纲|例子)：", text, re.M), "关键字后面要用半角冒号"
    names = re.findall(r"^\s*(?:场景|场景大纲): (.+?)\s*$", text, re.M)
    assert not [name for name, count in Counter(names).items() if count > 1], "场景的名称在一个文件里不能重复"
    file = path.relative_to(ROOT).as_posix()
    mine = [example for example in every_example() if example.file == file]
    assert {example.template.name for example in mine} == set(names), "有的场景没有读到；看一看缩进和关键字"
    for example in mine:
        kinds = [step.type for step in example.scenario.steps]
        assert "when" in kinds and kinds[-1] == "then", f"{example.name}：要有“当”，并以“那么”结束"
        if not file.startswith("features/life/"):      # there one thing follows another
            assert kinds.index("when") == len(kinds) - 1 - kinds[::-1].index("when"), f"{example.name}：有两个“当”；说明文字以“当”开头会变成步骤"
        assert not re.search(r"<[^>]+>", " ".join(step.name for step in example.scenario.steps)), f"{example.name}：例子里没有这一栏"
        keywords = {step.keyword.strip() for step in example.scenario.steps}
        assert keywords <= {"假如", "当", "那么", "并且", "但是"}, f"{example.name}：只用 假如 当 那么 并且 但是，不用 {keywords}"
