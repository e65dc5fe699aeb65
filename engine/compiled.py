"""Law made ready to match: the rules of one division chain in one interval between changes, definitions put in.

Compiled once and kept by the caller; memory does not grow with the number of items. Nothing here knows an application.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from engine.conditions import Any, Condition, replace_facts
from engine.law import BAR, BLOCK, DEFINITION, GRANT, UNCONFIRMED_ARTICLE, Rule
from engine.matcher import Matcher
from engine.standing import Place
from engine.vocabulary import DEFINED, Fact


@dataclass(frozen=True, slots=True)
class CompiledLaw:
    """Grants and bars with their full conditions, the matcher over them, and the blocks."""

    rules: Mapping[str, Rule]
    conditions: Mapping[str, Condition]
    matcher: Matcher
    blocks: tuple[tuple[Rule, Condition], ...]
    breadth: Mapping[str, int]       # rule id -> position of its nearest division, 0 the nation
    by_route: Mapping[str, tuple[Rule, ...]]
    meaning: Callable[[Fact], Condition | None]     # what a defined fact means under this law; None for any other fact

    def precedence(self, rule: Rule) -> tuple[int, int, bool, str, str]:
        """The order of grounds: rank, breadth of division, article known before article still to be found, file, id."""
        return rule.instrument.order, self.breadth[rule.id], rule.article == UNCONFIRMED_ARTICLE, rule.file, rule.id


def compile_law(place: Place) -> CompiledLaw:
    """Compile the rules in force at a place."""
    return compile_rules(place.rules, place.chain)


def compile_rules(in_force: Sequence[Rule], chain: Sequence[str], matched: bool = True) -> CompiledLaw:
    """Compile some rules as the law of a division. `chain`: the division and its ancestors, nearest first.

    With `matched` false nothing will be matched under it (proofs), and the matcher is left empty.
    """
    definitions: dict[str, list[Condition]] = {}
    for rule in in_force:
        if rule.kind == DEFINITION and rule.defines:
            definitions.setdefault(rule.defines.code, []).append(rule.condition)

    def meaning(fact: Fact) -> Condition | None:
        if fact.supplier != DEFINED:
            return None
        found = definitions.get(fact.code, [])
        return found[0] if len(found) == 1 else Any(tuple(found))

    # Rules of one route stand together: a material whose route is closed by the catalogue needs none of its networks.
    chosen = sorted((rule for rule in in_force if rule.kind in (GRANT, BAR)), key=lambda rule: rule.route)
    conditions = {rule.id: replace_facts(rule.condition, meaning) for rule in chosen}
    blocks = tuple((rule, replace_facts(rule.condition, meaning)) for rule in in_force if rule.kind == BLOCK)
    broad = {division: position for position, division in enumerate(reversed(chain))}
    return CompiledLaw(
        {rule.id: rule for rule in chosen}, conditions, Matcher(conditions if matched else {}), blocks,
        {rule.id: min(broad[d] for d in rule.instrument.divisions if d in broad) for rule in (*chosen, *(rule for rule, _ in blocks))},
        {route: tuple(rule for rule in chosen if rule.route == route) for route in {rule.route for rule in chosen}}, meaning)
