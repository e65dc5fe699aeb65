"""From materials to the application: what is settled, who must act, what to ask next.

Pure combination of entries and trees already made; nothing here reads a rule's condition or a fact's value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from engine import branches
from engine.body import Entry, fact_values
from engine.judge import AWAITING, SUSPENDED, UNDECIDABLE, UNDETERMINED, Verdict
from engine.plan import UnitPlan
from engine.vocabulary import DECLARED, Fact

#: What is awaited of a source: an answer to a query, or the finding of a standing check.
_AWAITED: Final = {"query_result": "query", "check_result": "check"}
_APPLICANT_ROUTES = frozenset({"shown", "commitment", "deferral", "submit"})


@dataclass(frozen=True, slots=True)
class Judged:
    """One material's copy with its verdict and entry; `missing_role`: a role of which nobody, or not everybody, is listed."""

    key: str
    plan: UnitPlan
    verdict: Verdict
    entry: Entry
    missing_role: str = ""
    establishes: tuple[Judged, ...] = ()     # what still establishes the fact of an abolished material


def outcome(entries: Iterable[Entry], blocked: bool, blocking_question: bool) -> str:
    """The first that applies: blocked, undetermined, supplement, accept_with_deferral, accept_on_commitment, accept.

    What the authority still has to do never blocks acceptance; a material no rule decides is shown for review.
    """
    listed = list(entries)
    if blocked or any(one["finding"] == "negative" or one["status"] == SUSPENDED for one in listed):
        return "blocked"      # also while an earlier step of a bundle has failed: nothing can be accepted on it
    if blocking_question or any(one["status"] in (UNDETERMINED, UNDECIDABLE) for one in listed):
        return "undetermined"
    if any(one["satisfied"] != "yes" and one["route"] in _APPLICANT_ROUTES for one in listed):
        return "supplement"
    routes = {one["route"] for one in listed}
    if "deferral" in routes:
        return "accept_with_deferral"
    return "accept_on_commitment" if "commitment" in routes else "accept"


def questions(judged: Sequence[Judged], blocks: Sequence[tuple[Fact, str]]) -> list[Entry]:
    """What to ask the applicant, the next best first: the fact on which most materials hang, nearest to their decision."""
    found: dict[tuple[str, str, str], dict[str, Any]] = {}

    def ask(fact: Fact, key: tuple[str, str, str], weight: float, material: str, rules: Iterable[str]) -> None:
        row = found.setdefault(key, {"fact": fact, "weight": 0.0, "materials": {}, "rules": {}})
        row["weight"] += weight
        if material:
            row["materials"][material] = None
        row["rules"].update(dict.fromkeys(rules))

    for fact, rule in blocks:
        ask(fact, (fact.code, "", ""), 2.0, "", (rule,))
    for one in judged:
        if one.missing_role:
            row = found.setdefault(("roles_complete", "", one.missing_role), {"fact": None, "weight": 0.0, "materials": {}, "rules": {}})
            row["weight"] += 0.5 if isinstance(one.verdict.tree, branches.Fork) else 1.0
            row["materials"][one.key] = None
        if one.verdict.status != UNDETERMINED:
            continue
        nearest: dict[Fact, int] = {}     # a fact met on several branches counts once, where it is met first
        for fact, depth in branches.forks(one.verdict.tree, lambda fact: fact.supplier == DECLARED):
            if fact.supplier == DECLARED:
                nearest[fact] = min(depth, nearest.get(fact, depth))
        for fact, depth in nearest.items():
            ask(fact, (fact.code, *_about(fact, one)), 0.5 ** depth, one.key, one.verdict.hangs.get(fact.code, ()))
    ranked = sorted(found.items(), key=lambda pair: (-pair[1]["weight"], pair[0]))
    return [_question(key, row) for key, row in ranked]


def _about(fact: Fact, one: Judged) -> tuple[str, str]:
    person = one.entry.get("person", "applicant")
    if fact.subject == "材料":
        return one.key, ""
    return "", person if fact.subject == "相关人" else ""


def _question(key: tuple[str, str, str], row: Mapping[str, Any]) -> Entry:
    code, material, about = key
    made: Entry = {"fact": code}
    if code == "roles_complete":
        made["role"] = about
    elif about:
        made["person"] = about
    if material:
        made["material"] = material
    if row["fact"] is not None:
        made["values"] = fact_values(row["fact"])
    made["why"] = {"materials": list(row["materials"]), "rules": list(row["rules"])}
    return made


def awaiting(judged: Sequence[Judged], blocks: Sequence[tuple[Fact, str]]) -> list[Entry]:
    """The authority's own work: what it has not looked up yet, and what it still has to do."""
    found: dict[tuple[str, str], Entry] = {}
    for fact, rule in blocks:
        found.setdefault((fact.code, ""), {"kind": "record", "fact": fact.code, "why": {"materials": [], "rules": []}})["why"]["rules"].append(rule)
    for one in judged:
        if one.verdict.status == AWAITING and isinstance(one.verdict.tree, branches.Fork):
            fact = one.verdict.tree.fact
            own = fact.subject == "材料"
            row = found.setdefault((fact.code, one.key if own else ""), {
                "kind": _AWAITED.get(fact.code, "record"), "fact": fact.code,
                **({"material": one.key} if own else {}), **_provider(one, fact.code), "why": {"materials": [], "rules": []}})
            row["why"]["materials"] = list(dict.fromkeys((*row["why"]["materials"], one.key)))
            row["why"]["rules"] = list(dict.fromkeys((*row["why"]["rules"], *one.verdict.hangs.get(fact.code, ()))))
            continue
        for residual in one.entry["residuals"]:
            if residual["actor"] != "applicant" and one.entry["satisfied"] == "waiting":
                found.setdefault((residual["action"], one.key), {"kind": "task", "task": residual["action"], "material": one.key, **{
                    name: residual[name] for name in ("actor", "source", "provider", "due", "due_rule", "due_missing") if name in residual}})
    return list(found.values())


def _provider(one: Judged, fact: str) -> Entry:
    """Who is asked: about a check whoever makes it, which need not be the source that was queried."""
    act = "check_internally" if fact == "check_result" else ""
    for residual in sorted(one.entry["residuals"], key=lambda residual: residual["action"] != act):
        if "source" in residual:
            return {"source": residual["source"], "provider": residual["provider"]}
    return {}
