"""The schemas beside the bundled rulebook are those of its vocabulary, and every bundled file fits its own."""

from __future__ import annotations

from functools import cache
from typing import Any

import jsonschema
import pytest

from api.commands.schema import as_text
from api.rule_files import bundled, open_rulebook
from engine import yaml_text
from engine.reading import read_vocabulary
from engine.reading.kinds import kind_of
from engine.reading.schema import KINDS, schemas
from tests.engine.reading.rulebooks import BAD, MINIMAL, overlaid, texts

TEXTS = open_rulebook(bundled())
#: Mistakes in one file's own words, which an editor underlines too.
SEEN_BY_AN_EDITOR = {
    "unknown-key": "instrument", "missing-key": "instrument", "wrong-value": "instrument", "bad-last-day": "instrument",
    "rule-of-two-kinds": "instrument",
    "rule-of-no-kind": "instrument", "unknown-route": "instrument", "unknown-reason": "instrument", "grant-without-mode": "instrument",
    "unknown-comparison": "instrument", "condition-that-is-no-list": "instrument", "unknown-action": "instrument", "unknown-term": "instrument",
    "unknown-value-of-a-material": "materials", "bad-code": "materials", "missing-basis": "item", "override-of-something-else": "item",
    "empty-list": "bundle", "fact-without-supplier": "vocabulary", "bad-number": "calendar",
}


@cache
def current() -> dict[str, dict[str, Any]]:
    return schemas(*read_vocabulary(TEXTS))


@cache
def of_the_tests() -> dict[str, dict[str, Any]]:
    return schemas(*read_vocabulary(texts(MINIMAL)))


def as_an_editor_reads(node: Any) -> Any:
    """Whole numbers are numbers to an editor, and nothing is null."""
    if isinstance(node, dict):
        return {key: as_an_editor_reads(value) for key, value in node.items()}
    if isinstance(node, list):
        return [as_an_editor_reads(value) for value in node]
    return int(node) if node.isdigit() and len(node) < 6 else None if node == "" else node


@pytest.mark.parametrize("kind", KINDS)
def test_the_written_schema_is_current(kind: str) -> None:
    written = (bundled() / "schema" / f"{kind}.json").read_text(encoding="utf-8")
    assert written == as_text(current()[kind]), "run `mianzheng schema --write`"


def test_no_other_schema_lies_about() -> None:
    assert sorted(path.stem for path in (bundled() / "schema").iterdir()) == sorted(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_each_is_a_schema_with_help_for_every_key(kind: str) -> None:
    jsonschema.Draft202012Validator.check_schema(current()[kind])

    def check(node: Any) -> None:
        if isinstance(node, list):
            for part in node:
                check(part)
        elif isinstance(node, dict):
            assert not any(isinstance(key, str) and key.startswith("x-") for key in node)
            for key, value in node.items():
                if key == "properties":
                    assert all("description" in one for one in value.values())
                check(value)
    check(current()[kind])


@pytest.mark.parametrize("path", sorted(TEXTS))
def test_each_bundled_file_fits_its_schema(path: str) -> None:
    kind = kind_of(path)
    assert kind
    content = yaml_text.read(TEXTS[path]).content
    validator = jsonschema.Draft202012Validator(current()[kind])
    for read in (content, as_an_editor_reads(content)):
        assert [f"{list(error.absolute_path)}: {error.message}" for error in validator.iter_errors(read)] == []


@pytest.mark.parametrize("path", sorted(TEXTS))
def test_each_bundled_file_names_its_schema_in_its_first_line(path: str) -> None:
    first = TEXTS[path].split("\n", 1)[0]
    assert first == f"# yaml-language-server: $schema={'../' * path.count('/')}schema/{kind_of(path)}.json"


@pytest.mark.parametrize(("mistake", "kind"), SEEN_BY_AN_EDITOR.items())
def test_an_editor_sees_the_mistake_too(mistake: str, kind: str) -> None:
    changed = [path for path in texts(BAD / mistake) if kind_of(path) == kind]
    assert changed
    validator = jsonschema.Draft202012Validator(of_the_tests()[kind])
    assert all(list(validator.iter_errors(yaml_text.read(overlaid(BAD / mistake)[path]).content)) for path in changed)


def test_facts_are_named_where_phrases_are_written() -> None:
    phrase = current()["instrument"]["$defs"]["phrase"]
    assert "材料类别" in phrase["description"] and "材料类别 是 证明" in phrase["anyOf"][0]["enum"]
    assert "路径 是 提交" not in phrase["anyOf"][0]["enum"]
    assert "路径 是 提交" in current()["invariants"]["$defs"]["phrase"]["anyOf"][0]["enum"]
