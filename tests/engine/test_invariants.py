"""What must hold holds of what the engine decides: every 不变量 and every 对照 of the bundled rulebook, on random fact sheets.

`check` proves them for all applications with a solver; here the engine itself decides single materials, in places and on days
drawn at random, and every entry of the file is asked of its answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.catalogue import NATIONAL
from engine.compiled import CompiledLaw, compile_rules
from engine.conditions import Condition, facts, replace_facts, truth
from engine.facts import Unit
from engine.judge import Judge, Verdict
from engine.rulebook import Invariant, PairedInvariant
from engine.standing import Place, material_facts
from engine.truth import HOLDS
from engine.vocabulary import CHOICES, CONCLUDED, DAY, DEFINED, ELECTIONS, NUMBER, YES_NO, Fact, FactValue
from tests.bundled import rulebook

Sheet = Mapping[str, FactValue]
BOOK = rulebook()
DIVISIONS = tuple(sorted({code for one in BOOK.instruments for code in one.divisions} | {code for _, code in BOOK.items}))
DAYS = tuple(sorted({day + timedelta(days=n) for day in BOOK.changes if date(2016, 1, 1) < day < date(2027, 1, 1) for n in (-1, 0, 1)}))
WEIGHTS = {route.code: route.weight for route in BOOK.ladder}
CHOSEN = {"yes": True, "no": False, "unanswered": None}
#: What leaves a material to the heavier routes; drawn half of the time, so that these are met often.
PLAIN: Mapping[str, FactValue] = {
    "material_needed": True, "earlier_output": "none", "contained": False, "asked_elsewhere": False, "on_file_state": "not_on_file",
    "shown_state": "not_held", "query_result": "not_found", "check_result": "inconclusive", "data_disputed": False, "principals_complete": True,
    "commitment_choice": "yes", "commitment_signer": "self", "applicant_credit": "good"}
FOUND = [fact for fact in BOOK.vocabulary.facts if fact.supplier not in (DEFINED, CONCLUDED) or fact.code in ELECTIONS.values()]


class Scene:
    """One material of one item in one place on one day, judged under all the law there or under the national law alone."""

    def __init__(self, item_code: str, number: int, division: str, day: date) -> None:
        item = BOOK.item(item_code, division)
        assert item is not None
        asked = [one for each in item.requirements for one in ([each] if each.material else [m for members in each.alternatives for m in members])]
        self.requirement = asked[number % len(asked)]
        self.place = Place(BOOK, BOOK.chain(division), day, day)
        self.unit = Unit.of(self.requirement, self.place)
        self.static = material_facts(self.requirement, item, self.place)
        self.laws = {"": self._law(False), "national": self._law(True)}
        self.judges = {name: Judge(law, self.unit, self.static, BOOK) for name, law in self.laws.items()}

    def _law(self, national: bool) -> CompiledLaw:
        rules = [rule for rule in self.place.rules if not national or NATIONAL in rule.instrument.divisions]
        return compile_rules(rules, self.place.chain)

    def sheet(self, drawn: Sheet) -> Sheet:
        """The drawn facts, those of the catalogue put over them, and those that follow from the kind of number."""
        state, source = self.unit.sources[str(drawn["person_id_type"])]
        ground = source.ground if source else "none"
        shown = drawn["shown_state"] if self.unit.credentials else "none"
        return {**drawn, "source_state": state, "source_ground": ground, "shown_state": shown, **self.static,
                "as_of": self.place.law_day, "accepted_on": min(drawn["accepted_on"], self.place.law_day)}  # type: ignore[type-var]

    def verdict(self, sheet: Sheet, law: str = "") -> Verdict:
        choices = {route: CHOSEN[str(sheet[code])] for route, code in ELECTIONS.items()}
        return self.judges[law].judge(sheet, choices, None)

    def holds(self, condition: Condition, sheet: Sheet, verdict: Verdict | None, law: str = "") -> bool:
        """Whether a condition holds of the facts and of how they came out. What has no route is of no named route."""
        out = {"route": verdict.route, "mode": verdict.mode} if verdict else {}
        whole = replace_facts(condition, self.laws[law].meaning)
        return truth(whole, lambda fact: out[fact.code] if fact.code in out else sheet[fact.code]) == HOLDS


@cache
def scene(item: str, number: int, division: str, day: date) -> Scene:
    return Scene(item, number, division, day)


def value(fact: Fact) -> st.SearchStrategy[FactValue]:
    if fact.type == YES_NO:
        return st.booleans()
    if fact.type == DAY:
        return st.sampled_from((*DAYS, *([fact.none.day] if fact.none else [])))
    if fact.type == NUMBER:
        return st.integers(fact.low or 0, fact.high or 100)
    codes = st.sampled_from([one.code for one in fact.values])
    return st.frozensets(codes, max_size=3) if fact.type == CHOICES else codes


@st.composite
def scenes(draw: st.DrawFn) -> tuple[Scene, Sheet]:
    code, home = draw(st.sampled_from(sorted(BOOK.items)))
    division = draw(st.sampled_from([one for one in DIVISIONS if home in BOOK.chain(one)]))
    item = BOOK.item(code, division)
    assert item is not None
    day = draw(st.sampled_from([one for one in DAYS if item.start <= one < item.end]))
    found = scene(code, draw(st.integers(0, 14)), division, day)
    return found, found.sheet({
        fact.code: draw(st.just(PLAIN[fact.code]) | value(fact)) if fact.code in PLAIN else draw(value(fact)) for fact in FOUND})


def broken(found: Scene, sheet: Sheet, one: Invariant) -> bool:
    verdict = found.verdict(sheet)
    if not verdict.route:
        return False
    return found.holds(one.given, sheet, verdict) and not found.holds(one.then, sheet, verdict)


def apart(found: Scene, first: Sheet, second: Sheet, pair: PairedInvariant) -> bool:
    """Whether two sheets show that a 对照 does not hold."""
    law = pair.second_law
    if not (found.holds(pair.given, first, None) and found.holds(pair.first, first, None)
            and found.holds(pair.given, second, None, law) and found.holds(pair.second, second, None, law)):
        return False
    one, other = found.verdict(first), found.verdict(second, law)
    if not one.route:
        return False
    if pair.no_heavier:
        return bool(other.route) and WEIGHTS[one.route] > WEIGHTS[other.route]
    return found.holds(pair.if_first, first, one) and not found.holds(pair.then_second, second, other, law)


@settings(max_examples=300, deadline=None)
@given(scenes())
def test_every_invariant_holds_of_every_decision(drawn: tuple[Scene, Sheet]) -> None:
    found, sheet = drawn
    assert [one.id for one in BOOK.invariants if broken(found, sheet, one)] == []


@settings(max_examples=300, deadline=None)
@given(scenes(), st.data())
def test_every_pair_holds_of_every_two_readings(drawn: tuple[Scene, Sheet], data: st.DataObject) -> None:
    found, sheet = drawn
    for pair in BOOK.pairs:
        differs = {**facts(pair.first), **facts(pair.second)}
        first, second = ({**sheet, **{code: data.draw(value(fact)) for code, fact in differs.items()}} for _ in "甲乙")
        assert not apart(found, first, second, pair), pair.id
