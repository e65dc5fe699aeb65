"""The slow, obvious matcher: plain loops over the conditions, no rule engine. The real one must agree with it."""

from __future__ import annotations

from collections.abc import Mapping

from engine.conditions import All, Condition, Not
from engine.phrases import Phrase
from engine.vocabulary import Fact, FactValue


def reading(condition: Condition, values: Mapping[str, FactValue]) -> str:
    """t, f or u, written as the definition says it."""
    if isinstance(condition, Phrase):
        left = values.get(condition.fact.code)
        right = values.get(condition.right.code) if isinstance(condition.right, Fact) else None
        if left is None or (isinstance(condition.right, Fact) and right is None):
            return "u"
        wanted = [right] if isinstance(condition.right, Fact) else list(condition.right)
        found = {
            "holds": lambda: left is True,
            "one_of": lambda: left in wanted,
            "includes": lambda: len(set(left) & set(wanted)) > 0,
            "before": lambda: left < wanted[0],
            "after": lambda: left > wanted[0],
            "equals": lambda: left == wanted[0],
            "greater": lambda: left > wanted[0],
            "less": lambda: left < wanted[0],
        }[condition.comparison.test]()
        return "t" if found != condition.comparison.denies else "f"
    if isinstance(condition, Not):
        return {"t": "f", "f": "t", "u": "u"}[reading(condition.part, values)]
    parts = [reading(part, values) for part in condition.parts]
    strong, weak = ("f", "t") if isinstance(condition, All) else ("t", "f")
    if strong in parts:
        return strong
    return "u" if "u" in parts else weak


def match(conditions: Mapping[str, Condition], values: Mapping[str, FactValue]) -> tuple[set[str], set[str]]:
    """Ids of the rules that hold, and of those that hold or pend."""
    holds, may_hold = set(), set()
    for rule, condition in conditions.items():
        found = reading(condition, values)
        if found == "t":
            holds.add(rule)
        if found != "f":
            may_hold.add(rule)
    return holds, may_hold
