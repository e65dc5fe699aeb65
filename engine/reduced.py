"""Law reduced to one material: each rule with what the catalogue says put in, sorted by the route and the mode it opens or bars.

What is left reads a handful of facts, or holds, or never does. Deciding, proving and replaying all start from it. Nothing here
knows an application, and nothing here matches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from engine.conditions import ALWAYS, NEVER, Condition, simplify
from engine.law import BAR, GRANT, Rule
from engine.phrases import Phrase
from engine.rulebook import Route
from engine.truth import FAILS, HOLDS, PENDING, Truth, of
from engine.vocabulary import Fact, FactValue

#: The grants and the bars of each mode of a route, in the ladder's order; the mode "" is of grants that name none.
ByMode = dict[str, tuple[list[Rule], list[Rule]]]


def known_by(static: Mapping[str, FactValue]) -> Callable[[Phrase], Truth]:
    """The truth of a phrase as far as the catalogue settles it: pending where it reads anything else."""
    def known(phrase: Phrase) -> Truth:
        if any(fact.code not in static for fact in phrase.facts):
            return PENDING
        right = static[phrase.right.code] if isinstance(phrase.right, Fact) else None
        value = of(phrase.test(static[phrase.fact.code], right))
        return value if not phrase.comparison.denies else HOLDS if value == FAILS else FAILS if value == HOLDS else PENDING
    return known


def reduce_rules(conditions: Mapping[str, Condition], known: Callable[[Phrase], Truth]) -> dict[str, Condition]:
    """What is left of each rule's condition, rules that never hold left out."""
    found = {}
    for rule_id, condition in conditions.items():
        rest = simplify(condition, known)
        if rest != NEVER:
            found[rule_id] = rest
    return found


def sort_rules(live: Iterable[Rule], ladder: Iterable[Route]) -> dict[str, ByMode]:
    """Grants and bars by route and mode. A mode that no grant opens is left out: its bars decide nothing."""
    rules = list(live)
    by_route: dict[str, ByMode] = {}
    for route in ladder:
        grants = [rule for rule in rules if rule.kind == GRANT and rule.route == route.code]
        bars = [rule for rule in rules if rule.kind == BAR and rule.route == route.code]
        by_route[route.code] = {
            mode: ([rule for rule in grants if rule.mode == mode], [rule for rule in bars if rule.mode in ("", mode)])
            for mode in ("", *(one.code for one in route.modes)) if any(rule.mode == mode for rule in grants)}
    return by_route


def without_idle_bars(residual: Mapping[str, Condition], rules: Mapping[str, Rule], by_route: Mapping[str, ByMode]) -> dict[str, Condition]:
    """Leaves out bars that hang on something on a route no grant can open: they decide nothing, what they read need not be known."""
    return {rule_id: rest for rule_id, rest in residual.items() if rest == ALWAYS or by_route[rules[rule_id].route]}
