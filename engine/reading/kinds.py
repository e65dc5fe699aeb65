"""Which kind of file a path is, and the shape its content must have.

A file of wrong shape is not thrown away whole: its sound rows are kept, so that the mistakes in them are found in the same
run. (A rulebook with any problem is refused all the same.) Nothing here looks at another file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from engine.problems import Problem, Refused
from engine.reading import catalogue_shapes as catalogue
from engine.reading import shapes
from engine.reading.messages import report_errors
from engine.reading.report import File, Report
from engine.reading.scalars import Shape
from engine.yaml_text import Twice, read

SHAPES: Final[dict[str, type[Shape]]] = {
    "vocabulary": shapes.VocabularyFile,
    "ladder": shapes.LadderFile,
    "invariants": shapes.InvariantsFile,
    "calendar": catalogue.CalendarFile,
    "instrument": shapes.InstrumentFile,
    "divisions": catalogue.DivisionsFile,
    "bases": catalogue.BasesFile,
    "materials": catalogue.MaterialsFile,
    "credentials": catalogue.CredentialsFile,
    "sources": catalogue.SourcesFile,
    "item": catalogue.ItemFile,
    "local item": catalogue.LocalItemFile,
    "bundle": catalogue.BundleFile,
    "list": catalogue.ListFile,
}
_PATHS: Final = tuple((re.compile(pattern), kind) for pattern, kind in (
    (r"(vocabulary|ladder|invariants|calendar)\.yaml", ""),
    (r"law/(?:.+/)?[^/]+\.yaml", "instrument"),
    (r"catalogue/(divisions)\.yaml", ""),
    (r"catalogue/(bases|materials|credentials|sources)(?:\.yaml|/.+\.yaml)", ""),
    (r"catalogue/items/(?:.+/)?[^/]+\.yaml", "item"),
    (r"catalogue/bundles/(?:.+/)?[^/]+\.yaml", "bundle"),
    (r"catalogue/lists/(?:.+/)?[^/]+\.yaml", "list"),
))
REQUIRED: Final = ("vocabulary.yaml", "ladder.yaml")


def kind_of(path: str) -> str | None:
    """The kind of a path, an empty text if the path is none of the rulebook's business, None if it has no place in it."""
    if path.endswith(".md") or path.startswith("schema/") or "__pycache__" in path:
        return ""
    for pattern, kind in _PATHS:
        found = pattern.fullmatch(path)
        if found:
            return kind or found[1]
    return None


def read_files(texts: Mapping[str, str], report: Report) -> list[File]:
    """Every file of the rulebook in order of path, with a model where its content has a sound part."""
    files = []
    for path in sorted(texts):
        kind = kind_of(path)
        if kind == "":
            continue
        if kind is None:
            report.problems.append(Problem(
                "unknown-file", "这个文件不该在规则目录里；看一看文件名和所在目录。",
                "This file has no place in a rulebook; check its name and folder.", file=path))
            continue
        file = File(path, kind, texts[path])
        files.append(file)
        try:
            file.text = read(file.raw)
        except Refused as refused:
            file.sound = False
            report.problems.extend(problem.at(path, 1) for problem in refused.problems)
            if not isinstance(refused, Twice):
                continue
            file.text = refused.text
        if kind == "item" and isinstance(file.text.content, dict) and "覆盖" in file.text.content:
            file.kind = "local item"
        file.model = _shaped(file, report)
    for path in REQUIRED:
        if path not in texts:
            report.problems.append(Problem("missing-file", "规则目录里缺少这个文件。", "The rulebook lacks this file.", file=path))
    return files


def _shaped(file: File, report: Report) -> Shape | None:
    shape = SHAPES[file.kind]
    assert file.text is not None
    content = file.text.content
    try:
        return shape.model_validate(content)
    except ValidationError as error:
        file.sound = False
        report_errors(error, shape, file.place(), report)
        return _sound_part(file, shape, content, error) if isinstance(content, dict) else None


def _sound_part(file: File, shape: type[Shape], content: dict[str, Any], error: ValidationError) -> Shape | None:
    """The model of what is left without wrong rows and keys; spare words stand for a wrong head."""
    content = dict(content)
    spare: dict[str, Any] = getattr(shape, "SPARE", {})
    optional = {field.alias for field in shape.model_fields.values() if not field.is_required()}
    for _ in range(3):
        wrong_rows: dict[str, set[int]] = {}
        for detail in error.errors(include_url=False):
            loc = detail["loc"]
            name = str(loc[0]) if loc else ""
            if len(loc) > 1 and isinstance(loc[1], int) and isinstance(content.get(name), list):
                wrong_rows.setdefault(name, set()).add(loc[1])
            elif name in spare:
                content[name] = spare[name]
            elif name in optional or detail["type"] == "extra_forbidden":
                content.pop(name, None)
            else:
                return None
        for name, wrong in wrong_rows.items():
            kept = file.rows.get(name, list(range(len(content[name]))))
            file.rows[name] = [number for position, number in enumerate(kept) if position not in wrong]
            content[name] = [row for position, row in enumerate(content[name]) if position not in wrong]
            if not content[name] and name in spare:
                content[name] = spare[name]
        try:
            return shape.model_validate(content)
        except ValidationError as again:
            error = again
    return None
