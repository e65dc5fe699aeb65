"""Small rulebooks written to directories, `mianzheng diff` run over them, and scenarios run under a rulebook made in a test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pytest_bdd.parser import FeatureParser
from typer.testing import CliRunner

from api.cli import app
from api.rule_files import open_rulebook
from engine.decide import Decider
from engine.reading import read_rulebook
from engine.rulebook import Rulebook
from features.steps.running import act
from features.steps.story import Story
from tests.engine.small import EVERYWHERE, HAND_IN, NOT_NEEDED, asked, instrument, item, material, rule, situation, source, texts

GOOD = rule("能查", "准许", "数据共享", "查询结果 是 查到有效", "材料需要 成立", 理由="数据共享可得")
TERM = rule("告知", "规定", "补正告知期限", 值="5", 单位="工作日")
BLOCK = rule("不办", "阻止", "缴清以后再来", "欠缴 成立", 理由="禁止期内")
THING = item(asked("示例证明"), 情形=[situation("owed", "欠缴")])


def run(*words: object) -> tuple[int, str, str]:
    """Exit status, standard output, standard error."""
    result = CliRunner().invoke(app, ["diff", *map(str, words)])
    assert "Traceback" not in result.output + result.stderr
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def told(*words: object) -> dict[str, Any]:
    status, out, _ = run(*words, "--json")
    found: dict[str, Any] = json.loads(out)
    return found | {"status": status}


def files(*rules: dict, items: list[dict] | None = None) -> dict[str, str]:
    """A small rulebook of one item with one material that a register knows."""
    return texts(instrument("示例办法", HAND_IN, NOT_NEEDED, *rules), items=items or [THING],
                 materials=[material("paper", "示例证明", 数据源=["register"]), material("other", "别的证明")], sources=[source("register", EVERYWHERE)])


def write(directory: Path, made: dict[str, str]) -> Path:
    for path, text in made.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(text, encoding="utf-8")
    return directory


def made(place: Path, name: str, *rules: dict, **more: Any) -> Path:
    """A small rulebook in a directory of that name."""
    return write(place / name, files(*rules, **more))


class OtherLaw(Story):
    """A story under a rulebook made in a test."""

    @property
    def whole_rulebook(self) -> Rulebook:
        return self.rulebook


def scenarios(file: Path, rules: Path) -> list[str]:
    """Run every scenario of a file under a rulebook; the tags they have. A failing step raises."""
    using = Decider(read_rulebook(open_rulebook(rules)))
    feature = FeatureParser(str(file.parent), file.name).parse()
    found = []
    for template in feature.scenarios.values():
        story = OtherLaw(deciders=lambda base, extra: using)
        for step in template.render({}).steps:
            act(step.type, step.name, story)
        found += sorted(template.tags)
    return found
