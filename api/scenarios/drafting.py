"""Drafts of the scenarios that are missing: for each mutant no scenario notices, the smallest application that shows it.

Written in the phrases of the house for a tester to look through: what the rules as they are answer is what the draft claims. Decides with the
ordinary decider; opens and writes no file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from api.gherkin import claims_of, feature_text, scenario_text
from api.scenarios.assessing import Assessment, Fate
from api.scenarios.mutants import applied
from engine.application import Application
from engine.decide import Decider
from engine.problems import Refused
from engine.rulebook import Rulebook


def drafts(found: Assessment) -> dict[str, str]:
    """Text by file name, one file an instrument; survivors of which the prover shows no application are left out."""
    files: dict[str, list[str]] = {}
    titles: dict[str, str] = {}
    for one in found.survivors:
        text = _draft(found, one)
        if text:
            name = one.mutant.rule.file.removesuffix(".yaml").removeprefix("law/").replace("/", "-") or "rules"
            files.setdefault(f"{name}.feature", []).append(text)
            titles[f"{name}.feature"] = one.mutant.rule.instrument.title
    return {name: feature_text(f"{titles[name]}（草稿）", texts, "由规则库推算的草稿：看过、改好名称，再放进 features/law/。") for name, texts in sorted(files.items())}


def _draft(found: Assessment, one: Fate) -> str:
    seen = one.judged
    if seen is None or not seen.application or seen.day is None:
        return ""
    book = found.library.book()
    changed = Decider(applied(book, one.mutant))
    try:
        application = Application.model_validate(dict(seen.application))
        bodies = [decider.decide(application, seen.day, asked_elsewhere=seen.asked_elsewhere) for decider in (found.library.decider("", ""), changed)]
        claims = telling(book, bodies[0], bodies[1], seen.material, seen.application)
        return scenario_text(book, seen.application, seen.day, title=f"{one.mutant.rule.id}：{one.mutant.zh}", tags=(one.mutant.rule.id,), claims=claims,
                             asked_elsewhere=seen.asked_elsewhere) if claims else ""
    except Refused:
        return ""
    finally:
        changed.close()


def telling(rulebook: Rulebook, body: Mapping[str, Any], other: Mapping[str, Any], material: str, application: Mapping[str, Any]) -> list[str]:
    """The sentences that hold of one answer and not of the other: where the material goes, then what tells them apart. None if nothing does."""
    short = claims_of(rulebook, body, material, application)
    whole, against = (claims_of(rulebook, one, material, application, detail=True) for one in (body, other))
    apart = [one for one in whole if one not in against and "同样成立的规则" not in one]
    strong = [one for one in apart if "没有走" not in one]
    word = next((found["word"] for found in map(_WORD.match, whole) if found), "")
    mine, theirs = _entry(body, material), _entry(other, material)
    if word and mine is not None and theirs is not None:
        for have, lack, no in ((mine, theirs, "有"), (theirs, mine, "没有")):
            rules = [id for id in have["grounds"] if id not in lack["grounds"]]
            strong += [f"材料 {word} 同样成立的规则 {no} {'、'.join(rules)}"] if rules and mine["route"] == theirs["route"] else []
        ways = [(row["route"], row["mode"]) for row in mine["offers"]]
        for row in theirs["offers"]:
            if (row["route"], row["mode"]) not in ways:
                route = rulebook.routes[row["route"]]
                strong.append(f"材料 {word} 不提供 {'/'.join((route.name, *(mode.name for mode in route.modes if mode.code == row['mode'])))}")
    found = strong or apart
    return list(dict.fromkeys((*short[:1], *found))) if found else []


_WORD: Final = re.compile(r"材料 (?P<word>\S+) ")


def _entry(body: Mapping[str, Any], key: str) -> Mapping[str, Any] | None:
    code, _, person = key.partition("/")
    rows = [one for entry in body["materials"] for one in (entry, *(row for way in entry.get("alternatives", ()) for row in way["materials"]))]
    rows += body["establishes"]
    return next((one for one in rows if one["material"] == code and (one.get("person") or "applicant") == (person or "applicant")), None)
