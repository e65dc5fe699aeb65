"""The agreed answer to every sample application: one JSON file for each of `fixtures/applications/` and `fixtures/bundles/`.

A golden holds what a lawyer can check without the program: the outcome, what blocks, and for every material its route, mode, status,
determining rule and reason. Texts, days due and closed routes are other tests' business. After a change of law or engine
`python -m tests.goldens` shows which answers would differ; read every line against the law, then write with `--write`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine.application import Application, BundleApplication
from engine.bundles import decide_bundle
from tests.bundled import decider

HERE = Path(__file__).parent
APPLICATIONS = HERE.parent.parent / "fixtures" / "applications"
BUNDLES = APPLICATIONS.parent / "bundles"
TOLD = ("route", "mode", "status", "finding", "satisfied", "rule", "reason")


def names() -> list[str]:
    """The samples, by file name without its ending."""
    return sorted(path.stem for folder in (APPLICATIONS, BUNDLES) for path in folder.glob("*.json"))


def answer(name: str) -> dict[str, Any]:
    """What the engine says today of one sample, decided on the day of its acceptance."""
    if (BUNDLES / f"{name}.json").exists():
        document = json.loads((BUNDLES / f"{name}.json").read_text(encoding="utf-8"))
        bundle, stated = document.pop("bundle"), BundleApplication.model_validate(document)
        return agreed_list(decide_bundle(decider(), bundle, stated, stated.accepted_on))
    application = Application.model_validate_json((APPLICATIONS / f"{name}.json").read_text(encoding="utf-8"))
    return agreed(decider().decide(application, application.accepted_on))


def agreed(body: dict[str, Any]) -> dict[str, Any]:
    """The part of an answer that a golden holds."""
    return {
        "outcome": body["outcome"],
        "blocks": [one["rule"] for one in body["blocks"]],
        "questions": [":".join(str(one[part]) for part in ("fact", "role", "material", "person") if part in one) for one in body["questions"]],
        "materials": dict(_told(body["materials"])),
        "establishes": {f"{one['for']} → {one['material']}": {part: one[part] for part in TOLD} for one in body["establishes"]},
    }


def agreed_list(body: dict[str, Any]) -> dict[str, Any]:
    """The part of a bundle's answer that a golden holds: the one list, and who keeps or issues what."""
    rows = {}
    for row in body["materials"]:
        person = row.get("person", "applicant")
        rows[row["material"] + ("" if person == "applicant" else f"/{person or '?'}")] = {
            **{part: row[part] for part in TOLD}, "asked": row["asked"], **{part: row[part] for part in ("kept_by", "produced_by", "shown_with") if row.get(part)},
            "needed_by": [*row["needed_by"], *(f"{one}?" for one in row["perhaps_needed_by"])]}
    return {"outcome": body["outcome"], "blocks": [block["rule"] for step in body["steps"] for block in step["decision"]["blocks"]],
            "questions": [":".join(str(one[part]) for part in ("fact", "role", "material", "person") if part in one) for one in body["questions"]],
            "materials": rows, "establishes": {}}


def _told(materials: list[dict[str, Any]], within: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for one in materials:
        person = one.get("person", "applicant")
        key = within + one["material"] + ("" if person == "applicant" else f"/{person or '?'}")
        yield key, {part: one[part] for part in TOLD}
        for number, way in enumerate(one.get("alternatives", ()), start=1):
            yield from _told(way["materials"], f"{key} {number}: ")


def golden(name: str) -> dict[str, Any] | None:
    """The answer that was agreed, None if there is none yet."""
    return json.loads(path(name).read_text(encoding="utf-8")) if path(name).exists() else None


def text(told: dict[str, Any]) -> str:
    """A golden as its file is written: one material a line."""
    rows = {part: json.dumps(told[part], ensure_ascii=False) for part in ("outcome", "blocks", "questions")}
    for part in ("materials", "establishes"):
        inner = ",\n".join(f"    {json.dumps(key, ensure_ascii=False)}: {json.dumps(value, ensure_ascii=False)}" for key, value in told[part].items())
        rows[part] = "{\n" + inner + "\n  }" if inner else "{}"
    return "{\n" + ",\n".join(f'  "{part}": {value}' for part, value in rows.items()) + "\n}\n"


def path(name: str) -> Path:
    return HERE / f"{name}.json"


def stale() -> list[Path]:
    """Goldens whose sample is gone."""
    return [one for one in sorted(HERE.glob("*.json")) if one.stem not in names()]
