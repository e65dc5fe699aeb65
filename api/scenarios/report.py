"""An assessment as JSON: the same for the same rules and scenarios, whoever ran it and however long it took."""

from __future__ import annotations

from typing import Any, Final

from api.scenarios.assessing import Assessment, Fate
from api.scenarios.coverage import PhraseSeen, RuleSeen
from api.scenarios.equivalence import PASSED, STOPPED, Judged
from api.scenarios.mutants import KINDS
from engine.rulebook import Rulebook


def as_json(found: Assessment, floor: float) -> dict[str, Any]:
    """The whole report. Scenarios are named by file, line and name; days are ISO dates; the score is per cent."""
    names = [one.name for one in found.library.examples]
    return {
        "rulebook": found.version,
        "status": found.status(floor), "floor": floor, "score": round(found.score, 2),
        "counts": {"scenarios": len(names), "rules": len(found.coverage), "phrases": sum(len(one.phrases) for one in found.coverage.values()),
                   "mutants": len(found.fates), "killed": found.killed, "equivalent": len(found.fates) - len(found.counted),
                   "survivors": len(found.survivors), "unknown": sum(1 for one in found.fates if one.unknown)},
        "failing": [{"scenario": names[number], "said": said} for number, said in found.failing],
        "bound_to_version": [names[number] for number in found.bound],
        "unseen": [one.rule.id for one in found.unseen],
        "rules": [rule_json(one, found, names) for one in found.coverage.values()],
    }


def rule_json(one: RuleSeen, found: Assessment, names: list[str]) -> dict[str, Any]:
    """One rule: which scenario saw it first hold, fail, pend; its phrases; its mutants."""
    rule = one.rule
    return {"rule": rule.id, "kind": rule.kind, "file": rule.file, "line": rule.line, "gist": rule.gist, **_seen(one.seen, names),
            "phrases": [_phrase(phrase, names) for phrase in one.phrases], "mutants": [_fate(fate, names) for fate in found.of_rule(rule.id)]}


def _seen(seen: Any, names: list[str]) -> dict[str, str | None]:
    return {name: None if getattr(seen, name) is None else names[getattr(seen, name)] for name in ("held", "failed", "pended")}


def _phrase(one: PhraseSeen, names: list[str]) -> dict[str, Any]:
    return {"phrase": one.phrase.text(), "code": one.phrase.code, **_seen(one.seen, names), "decided": None if one.decided is None else names[one.decided]}


def _fate(one: Fate, names: list[str]) -> dict[str, Any]:
    mutant, tried = one.mutant, one.tried
    found: dict[str, Any] = {
        "key": mutant.key, "kind": mutant.kind, "kind_name": KINDS[mutant.kind][0], "phrase": mutant.phrase, "zh": mutant.zh, "en": mutant.en,
        "state": "killed" if one.killed else one.judged.verdict if one.judged else "unknown",
        "killer": None if tried.killer is None else names[tried.killer], "said": tried.said or None}
    if one.judged is not None and one.judged.item:
        found["difference"] = difference_json(one.judged)
    return found


def where(one: Judged | None, rulebook: Rulebook, chinese: bool) -> str:
    """Where a mutant shows, and what becomes of the material there, in the names of the catalogue; empty if nothing is known of it."""
    if one is None or not one.item:
        return ""
    item = next(found for (code, _), found in rulebook.items.items() if code == one.item)
    code = one.material.partition("/")[0]
    material, division = rulebook.materials.get(code), rulebook.divisions.get(one.division)
    names = [(item.name, item.english), *([(material.name, material.english) if material else (code, code)] if code else [])]
    names += [(division.name, division.english)] if division else []
    place = " · ".join([*(zh if chinese else en for zh, en in names), *([one.day.isoformat()] if one.day else [])])
    ways = [_way(way, rulebook, chinese) for way in (one.before, one.after)]
    if ways[0] != ways[1]:
        return f"{place}{'：' if chinese else ': '}{ways[0]} → {ways[1]}"
    return f"{place}{'：' if chinese else ': '}{ways[0]}{'，依据或者提供不同' if chinese else ', other grounds or offers'}"


#: What a difference comes to that is of no route; the value of a term stands for itself.
_NO_ROUTES: Final = {"": ("没有定", "not settled"), STOPPED: ("阻止", "stopped"), PASSED: ("不阻止", "not stopped")}


def _way(way: tuple[str, str], rulebook: Rulebook, chinese: bool) -> str:
    route = rulebook.routes.get(way[0])
    if route is None:
        zh, en = _NO_ROUTES.get(way[0], (way[0], way[0]))
        return zh if chinese else en
    modes = [one.name if chinese else one.english for one in route.modes if one.code == way[1]]
    return "/".join((route.name if chinese else route.english, *modes))


def difference_json(one: Judged) -> dict[str, Any]:
    """Where and how a mutant shows: a smallest application, and the route and mode before and after (empty: not settled)."""
    return {"item": one.item, "material": one.material, "day": one.day.isoformat() if one.day else None, "division": one.division,
            "before": list(one.before), "after": list(one.after), "application": dict(one.application) or None}
