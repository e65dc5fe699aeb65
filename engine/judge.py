"""One material, judged: which route it takes, why, what is offered, what is still unknown.

This is the path of first sight: the matcher says which rules hold and may hold, `combine` makes the route of it, `branches`
looks at the completions of what is unknown. The verdict depends on the truth of phrases and on choices alone, so `plan`
keeps it for every later sight. Nothing here knows days due, other materials or languages.
"""

from __future__ import annotations

import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engine import branches, combine
from engine.branches import Fork, Tree
from engine.compiled import CompiledLaw
from engine.conditions import ALWAYS, All, Any, Condition, Not, phrase_truth, phrases, replace_facts, simplify, truth
from engine.conditions import facts as facts_of
from engine.facts import Opening, Unit, day_values, openings
from engine.law import BAR, GRANT, Rule
from engine.matcher import Part, Vector, leaf_truth
from engine.phrases import Phrase
from engine.reduced import ByMode, known_by, reduce_rules, sort_rules, without_idle_bars
from engine.rulebook import Route, Rulebook
from engine.truth import FAILS, HOLDS, PENDING, Truth, some
from engine.vocabulary import CATALOGUE, DECLARED, DEFINED, Fact, FactValue

SETTLED, UNDETERMINED, AWAITING, UNDECIDABLE = "settled", "undetermined", "awaiting_authority", "undecidable"
WAITING, SUSPENDED = "waiting", "suspended"

#: Facts that are known once other materials of the application are judged.
STAGE_FACTS = ("contained", "principals_complete")

#: The facts that tell whether a route's requirement is met and what was found (read by `finding` and `satisfied`).
MET_BY: Mapping[str, tuple[str, ...]] = {
    "covered": ("earlier_output", "on_file_state"), "shared": ("query_result",), "agency_check": ("check_result",),
    "agency_followup": ("check_result",), "shown": ("shown_state",)}

#: States of a credential that was shown and does not count.
IN_VAIN: frozenset[FactValue] = frozenset({"expired", "revoked", "not_theirs", "unauthorised"})

#: Routes that ask nothing of anybody: which of them it is needs no question.
_NO_DEMAND = frozenset({"not_required", "abolished"})


@dataclass(frozen=True, slots=True)
class Offer:
    """An elective the applicant may still choose. `conditional`: it still pends on something."""

    route: str
    mode: str
    rule: Rule
    conditional: bool


@dataclass(frozen=True, slots=True)
class Closed:
    """A lighter route that is not taken: `state` closed, declined or pending, by which rules and phrases."""

    route: str
    state: str
    because: tuple[tuple[Rule, tuple[Phrase, ...]], ...]


@dataclass(slots=True, eq=False)
class Verdict:
    """What was found about one material. Immutable but for `printed`, where `decide` keeps what it made of it."""

    status: str
    route: str                       # empty when undetermined or undecidable
    mode: str
    grounds: tuple[Rule, ...]        # the first is the determining rule
    offers: tuple[Offer, ...]
    also_open: tuple[str, ...]
    tree: Tree
    considered: tuple[Closed, ...]
    hangs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)   # unknown fact -> ids of the pending rules that read it
    finding: str | None = None       # positive, negative
    satisfied: str = "waiting"
    shown_state: str | None = None   # why a credential that was shown does not count; None: none was, or it counts, or nothing is demanded
    ended: bool = False              # the record that was found was revoked, not merely out of date
    printed: dict[object, typing.Any] = field(default_factory=dict)


#: Explanations of closed routes remembered by one judge.
MAX_SEEN = 4_096


class Judge:
    """Everything about one material of one plan that does not change from application to application."""

    def __init__(self, law: CompiledLaw, unit: Unit, static: Mapping[str, FactValue], rulebook: Rulebook):
        self.law, self.unit, self.static, self.rulebook = law, unit, static, rulebook
        self.ladder = rulebook.ladder

        known = known_by(static)

        def needed(fact: Fact) -> Condition | None:
            return unit.needed if fact.code == "material_needed" else None

        live = reduce_rules(law.conditions, known)
        self.expanded: dict[str, Condition] = {rule_id: replace_facts(rest, needed) for rule_id, rest in live.items()}
        self.by_route: dict[str, ByMode] = sort_rules((law.rules[rule_id] for rule_id in live), self.ladder)
        self.residual: dict[str, Condition] = without_idle_bars(live, law.rules, self.by_route)
        # What the catalogue leaves open: only these networks are asked, and only these places of the vector change.
        self._networks = law.matcher.networks_of(frozenset(rule_id for rule_id, rest in self.residual.items() if rest != ALWAYS))
        self._base = [known(leaf) if isinstance(leaf, Phrase) else PENDING for leaf in law.matcher.leaves]
        for place, leaf in enumerate(law.matcher.leaves):
            if isinstance(leaf, Phrase) and leaf.comparison.denies and self._base[place] != PENDING:
                self._base[place] = HOLDS if self._base[place] == FAILS else FAILS     # a vector holds bare tests
        self._open_places = tuple((place, leaf) for place, leaf in enumerate(law.matcher.leaves) if self._base[place] == PENDING)
        self._places = {route.code: self._places_of(route.code) for route in self.ladder}
        self._seen: dict[object, Closed] = {}
        self._missed: dict[str, tuple[Rule, tuple[Phrase, ...]]] = {}
        self.reads = {code: fact for condition in self.residual.values() for phrase in phrases(condition)
                      for code, fact in ((fact.code, fact) for fact in phrase.facts)}

    def _places_of(self, route: str) -> tuple[int, ...] | None:
        """The open places of the vector on which the explanation of a route hangs; None where a condition was read in parts."""
        matcher = self.law.matcher
        places = frozenset().union(*(matcher.places_of[rule.id] for rule in self.law.by_route.get(route, ()) if rule.id in self.residual))
        if any(isinstance(matcher.leaves[place], Part) for place in places):
            return None
        return tuple(place for place, _ in self._open_places if place in places)

    def open_modes(self, truth_of: Mapping[str, Truth], route: str) -> dict[str, Truth]:
        """Openness of each mode of a route."""
        return {mode: combine.openness((truth_of[r.id] for r in grants), (truth_of[r.id] for r in bars))
                for mode, (grants, bars) in self.by_route[route].items()}

    def stand(self, truth_of: Mapping[str, Truth], choices: Mapping[str, bool | None]) -> tuple[combine.Standing, dict[str, dict[str, Truth]]]:
        modes = {route.code: self.open_modes(truth_of, route.code) for route in self.ladder}
        return self._stand(modes, choices), modes

    def _stand(self, modes: Mapping[str, Mapping[str, Truth]], choices: Mapping[str, bool | None]) -> combine.Standing:
        open_ = {code: some(found.values()) for code, found in modes.items()}
        return combine.stand(((route.code, route.elective) for route in self.ladder), open_, choices)

    def judge(self, sheet: Mapping[str, FactValue], choices: Mapping[str, bool | None], handed_in: bool | None) -> Verdict:
        """The verdict for one fact sheet. `sheet` has every fact the rules may read; None is unknown."""
        if sheet.get("earlier_output") == "failed" and sheet.get("material_needed") is not False:
            return Verdict(SUSPENDED, "", "", (), (), (), ("", ""), ())
        truth_of, vector = self._match(sheet)
        standing, modes = self.stand(truth_of, choices)
        tree: Tree = (standing.route, _mode(modes, standing.route))
        if standing.pending:
            look, opener = self._completions(sheet, choices, truth_of)
            try:
                tree = branches.grow(look, opener)
            except branches.TooMany:
                tree = self._hangs_on(standing.pending[0], truth_of, sheet)
        if isinstance(tree, Fork) and tree.ways and _NO_DEMAND.issuperset(outcome[0] for _, outcome in branches.leaves(tree)):
            # Not needed or not to be demanded: nobody has to know which.
            tree = (standing.route or next(branches.leaves(tree))[1][0], "")
        if isinstance(tree, Fork):
            return self._undetermined(tree, standing, modes, truth_of, sheet, choices, vector)
        route, mode = tree
        if not route:
            return Verdict(UNDECIDABLE, "", "", (), (), (), tree, self.considered(route, truth_of, sheet, choices, vector))
        verdict = Verdict(
            SETTLED, route, mode, self._grounds(route, mode, truth_of), self._offers(standing, modes, truth_of, route), self._also(modes, route),
            tree, self.considered(route, truth_of, sheet, choices, vector))
        verdict.finding = finding(route, sheet)
        verdict.satisfied = satisfied(route, verdict.finding, sheet, choices, handed_in)
        if route == "covered" and verdict.satisfied == "waiting":
            verdict.status = WAITING
        verdict.shown_state = None if route in _NO_DEMAND else self._in_vain(sheet)
        verdict.ended = route == "shared" and verdict.finding == "negative" and sheet.get("query_result") == "revoked"
        if verdict.satisfied == "yes":
            verdict.offers = ()   # met already: there is nothing left to choose
        return verdict

    def _in_vain(self, sheet: Mapping[str, FactValue]) -> str | None:
        """Why what was shown does not count. Only where showing is a way at all: there the verdict is remembered by it too."""
        state = sheet.get("shown_state")
        return str(state) if state in IN_VAIN and self.by_route.get("shown") else None

    def _match(self, sheet: Mapping[str, FactValue]) -> tuple[dict[str, Truth], Vector]:
        """The truth of every rule the catalogue leaves open, by the matcher; and the vector it was asked with."""
        vector = list(self._base)
        for place, leaf in self._open_places:
            vector[place] = leaf_truth(leaf, lambda fact: sheet.get(fact.code))
        asked = tuple(vector)
        matched = self.law.matcher.match_vector(asked, self._networks)
        return {rule_id: HOLDS if rest == ALWAYS or rule_id in matched.holds else PENDING if rule_id in matched.may_hold else FAILS
                for rule_id, rest in self.residual.items()}, asked

    def _undetermined(self, tree: Fork, standing: combine.Standing, modes: Mapping[str, Mapping[str, Truth]], truth_of: Mapping[str, Truth],
                      sheet: Mapping[str, FactValue], choices: Mapping[str, bool | None], vector: Vector) -> Verdict:
        asked_of_applicant = tree.fact.supplier == DECLARED
        perhaps = tree.fact.code == "earlier_output"     # of a step of a bundle that may not be needed: the applicant's answer about that step decides
        on_others = tree.fact.code in STAGE_FACTS        # hangs on another material of the same application
        route = "" if asked_of_applicant or perhaps or on_others else standing.pending[0]
        mode = _mode(modes, route)
        hangs: dict[str, list[str]] = {}
        for rule_id, value in truth_of.items():
            if value == PENDING and self.law.rules[rule_id].route in standing.pending:
                for code, fact in facts_of(self.expanded[rule_id]).items():
                    if sheet.get(code) is None:
                        for name in (code, *(self.rulebook.vocabulary[leaf].code for leaf in fact.leaves)):
                            hangs.setdefault(name, []).append(rule_id)
        verdict = Verdict(
            UNDETERMINED if asked_of_applicant or perhaps else WAITING if on_others else AWAITING, route, mode, self._grounds(route, mode, truth_of),
            self._offers(standing, modes, truth_of, standing.route), self._also(modes, standing.pending[0]), tree,
            self.considered(standing.pending[0], truth_of, sheet, choices, vector), {code: tuple(dict.fromkeys(ids)) for code, ids in hangs.items()})
        verdict.shown_state = self._in_vain(sheet)
        return verdict

    def _completions(self, sheet: Mapping[str, FactValue], choices: Mapping[str, bool | None],
                     truth_of: Mapping[str, Truth]) -> tuple[branches.Look, branches.Opener]:
        def settled(phrase: Phrase) -> Truth:
            return phrase_truth(phrase, lambda fact: sheet.get(fact.code))

        pending = {rule_id: simplify(self.expanded[rule_id], settled) for rule_id, value in truth_of.items() if value == PENDING}
        hanging = [phrase for rest in pending.values() for phrase in phrases(rest)]
        touched = {self.law.rules[rule_id].route for rule_id in pending}
        fixed = {route.code: self.open_modes(truth_of, route.code) for route in self.ladder}

        def look(overlay: Mapping[str, FactValue]) -> tuple[branches.Outcome, Fact | None]:
            def lookup(fact: Fact) -> FactValue:
                return overlay[fact.code] if fact.code in overlay else sheet.get(fact.code)

            now = {**truth_of, **{rule_id: truth(rest, lookup) for rule_id, rest in pending.items()}}
            modes = {**fixed, **{code: self.open_modes(now, code) for code in touched}}
            standing = self._stand(modes, choices)
            if not standing.pending:
                return (standing.route, _mode(modes, standing.route)), None
            return ("", ""), self._first_unknown(standing.pending[0], now, lookup)

        def opener(fact: Fact, overlay: Mapping[str, FactValue]) -> tuple[Fact, list[Opening]]:
            merged = {**sheet, **overlay}
            return openings(fact, self.unit, merged, self.rulebook, day_values(hanging, merged))

        return look, opener

    def _hangs_on(self, route: str, truth_of: Mapping[str, Truth], sheet: Mapping[str, FactValue]) -> Fork:
        """Too many completions to look at: what is unknown first, without its branches."""
        try:
            first = self._first_unknown(route, truth_of, lambda fact: sheet.get(fact.code))
        except branches.TooMany:
            first = self.rulebook.vocabulary["material"]
        leaf = self.rulebook.vocabulary[first.leaves[0]] if first.leaves else first
        return Fork(leaf, leaf, ())

    def _first_unknown(self, route: str, truth_of: Mapping[str, Truth], lookup: object) -> Fact:
        for grants, bars in self.by_route[route].values():
            for rule in (*grants, *bars):
                if truth_of[rule.id] == PENDING:
                    for phrase in phrases(self.expanded[rule.id]):
                        for fact in phrase.facts:
                            if lookup(fact) is None:  # type: ignore[operator]
                                return fact
        raise branches.TooMany

    def _grounds(self, route: str, mode: str, truth_of: Mapping[str, Truth]) -> tuple[Rule, ...]:
        grants = [rule for name, (found, _) in self.by_route.get(route, {}).items() if name == mode for rule in found]
        holding = [rule for rule in grants if truth_of[rule.id] == HOLDS] or [rule for rule in grants if truth_of[rule.id] == PENDING]
        return tuple(sorted(holding, key=self.law.precedence))

    def _offers(self, standing: combine.Standing, modes: Mapping[str, Mapping[str, Truth]], truth_of: Mapping[str, Truth], taken: str) -> tuple[Offer, ...]:
        found = []
        weight = {route.code: route.weight for route in self.ladder}
        for code in (*standing.offered, *standing.offered_if):
            if taken and weight[code] > weight[taken]:
                continue
            for mode, state in modes[code].items():
                if state != FAILS:
                    found.append(Offer(code, mode, self._grounds(code, mode, truth_of)[0], state == PENDING))
        return tuple(found)

    def _also(self, modes: Mapping[str, Mapping[str, Truth]], taken: str) -> tuple[str, ...]:
        if taken in _NO_DEMAND:
            return ()
        weight = next((route.weight for route in self.ladder if route.code == taken), 0)
        return tuple(r.code for r in self.ladder if r.weight > weight and some(modes[r.code].values()) == HOLDS)

    def considered(self, taken: str, truth_of: Mapping[str, Truth], sheet: Mapping[str, FactValue], choices: Mapping[str, bool | None],
                   vector: Vector) -> tuple[Closed, ...]:
        """Every lighter route than the one taken, and why it is not: the bars that hold, else the grants nearest to holding."""
        found = []
        for route in self.ladder:
            if route.code == taken:
                break
            places = self._places[route.code]
            if places is None:
                found.append(self._closed(route, truth_of, sheet, choices))
                continue
            key = (route.code, choices.get(route.code), tuple([vector[place] for place in places]))
            one = self._seen.get(key)
            if one is None:
                if len(self._seen) >= MAX_SEEN:
                    self._seen.clear()
                one = self._seen[key] = self._closed(route, truth_of, sheet, choices)
            found.append(one)
        return tuple(found)

    def _closed(self, route: Route, truth_of: Mapping[str, Truth], sheet: Mapping[str, FactValue], choices: Mapping[str, bool | None]) -> Closed:
        def because(rule: Rule, value: Truth) -> tuple[Rule, tuple[Phrase, ...]]:
            # A rule the catalogue alone closes is explained by the catalogue alone: a verdict is remembered, and may not
            # show values of facts it does not depend on.
            if rule.id in self.residual:
                return rule, tuple(culprits(self.law.conditions[rule.id], lambda fact: sheet.get(fact.code), value))
            if rule.id not in self._missed:
                found = tuple(culprits(self.law.conditions[rule.id], lambda fact: self.static.get(fact.code), value))
                # A concept that no rule in force defines fails by itself: name the concept.
                found = found or tuple(phrase for phrase in phrases(rule.condition) if phrase.fact.supplier == DEFINED)
                self._missed[rule.id] = rule, found
            return self._missed[rule.id]

        state = some(self.open_modes(truth_of, route.code).values())
        if state == HOLDS:
            return Closed(route.code, "declined" if choices.get(route.code) is False else "offered", ())
        rules = self.law.by_route.get(route.code, ())
        if state == PENDING:
            return Closed(route.code, "pending", tuple(because(rule, PENDING) for rule in rules if truth_of.get(rule.id) == PENDING))
        barred = [because(rule, HOLDS) for rule in rules if rule.kind == BAR and truth_of.get(rule.id) == HOLDS]
        if barred and any(rule.kind == GRANT and truth_of.get(rule.id, FAILS) != FAILS for rule in rules):
            return Closed(route.code, "closed", tuple(barred))
        missed = [because(rule, FAILS) for rule in rules if rule.kind == GRANT]
        # A grant that fails by what the catalogue says of this very item and material was never near: it comes last.
        missed.sort(key=lambda row: (any(phrase.fact.supplier == CATALOGUE for phrase in row[1]), len(row[1]), self.law.precedence(row[0])))
        return Closed(route.code, "closed", tuple((*barred, *missed[:3])))


def _mode(modes: Mapping[str, Mapping[str, Truth]], route: str) -> str:
    """The mode that opens the route: the first that holds, else the first that pends, in file order."""
    found = modes.get(route, {})
    return next((mode for mode, state in found.items() if state == HOLDS), next((m for m, state in found.items() if state == PENDING), ""))


def culprits(condition: Condition, lookup: object, value: Truth) -> Iterable[Phrase]:
    """The phrases that give a condition its truth value."""
    if truth(condition, lookup) != value:  # type: ignore[arg-type]
        return
    if isinstance(condition, Phrase):
        yield condition
    elif isinstance(condition, Not):
        yield from culprits(condition.part, lookup, PENDING if value == PENDING else HOLDS if value == FAILS else FAILS)
    elif isinstance(condition, (All, Any)):
        for part in condition.parts:
            yield from culprits(part, lookup, value)


def finding(route: str, sheet: Mapping[str, FactValue]) -> str | None:
    """What the authority's look found: positive or negative, None if it says nothing (yet).

    A record in force proves a presence and disproves an absence; no record, or none that is still in force, proves an absence
    (无房, 无事故).
    """
    if route == "shared":
        result = sheet.get("query_result")
        if sheet.get("proof_direction") == "absence":
            return {"valid": "negative", "expired": "positive", "revoked": "positive", "not_found": "positive"}.get(str(result))
        return {"valid": "positive", "expired": "negative", "revoked": "negative"}.get(str(result))
    if route in ("agency_check", "agency_followup"):
        return {"confirmed": "positive", "refuted": "negative"}.get(str(sheet.get("check_result")))
    return None


def satisfied(route: str, found: str | None, sheet: Mapping[str, FactValue], choices: Mapping[str, bool | None], handed_in: bool | None) -> str:
    """Whether the requirement is met now: yes, no or waiting (design: Satisfied)."""
    if found == "negative":
        return "no"
    if found == "positive" or route in ("not_required", "abolished"):
        return "yes"
    if route == "covered":
        expected = sheet.get("earlier_output") == "expected" and sheet.get("on_file_state") != "usable" and sheet.get("contained") is not True
        return "waiting" if expected else "yes"
    if handed_in:
        return "yes"
    if route == "shown":
        return "yes" if sheet.get("shown_state") == "valid" else "waiting"
    if route == "commitment":
        return "yes" if choices.get("signed") else "waiting"
    if route == "deferral":
        return "yes"
    if route == "submit":
        return "waiting" if handed_in is None else "no"
    return "waiting"
