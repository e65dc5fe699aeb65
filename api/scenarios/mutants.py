"""Mutants: a rulebook with one rule changed in one small way, as a slip of the pen or of the law would change it.

Makes the changes and says in words what was changed. Knows no scenario and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from engine.conditions import ALWAYS, All, Any, Condition, Not, phrases
from engine.law import BAR, BLOCK, DEFINITION, FOREVER, GRANT, TERM, Rule, Span
from engine.phrases import BY_WORD, COMPARISONS, Phrase
from engine.rulebook import Route, Rulebook
from engine.vocabulary import DAY, NUMBER, Fact, FactValue

#: Kinds of change, in the order in which they are made: code -> (Chinese, English).
KINDS: Final = {
    "negated": ("说反", "negated"), "dropped": ("去掉一句", "phrase dropped"), "value": ("少一个值", "one value less"),
    "moved": ("界限移一位", "limit moved by one"), "begins": ("施行日移一天", "first day moved"), "ends": ("失效日移一天", "last day moved"),
    "removed": ("去掉规则", "rule removed"), "route": ("换路径", "route swapped"), "mode": ("换方式", "mode swapped"), "term": ("换规定的值", "term's value changed"),
}

#: The comparison that says the opposite, and the one that differs only at the limit itself.
_DENIAL: Final = {one.code: next((other for other in COMPARISONS if (other.type, other.test, other.many, other.denies)
                                  == (one.type, one.test, one.many, not one.denies)), None) for one in COMPARISONS}
_NEXT: Final = {one: BY_WORD[other] for one, other in (
    ("before", "on_or_before"), ("on_or_before", "before"), ("after", "on_or_after"), ("on_or_after", "after"),
    ("less_than", "at_most"), ("at_most", "less_than"), ("more_than", "at_least"), ("at_least", "more_than"))}
_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of one rule. `changed` is None where the rule is gone; `phrase` is the number of the phrase changed, in reading order, or None."""

    key: str                     # "<rule id>:<kind>[:<detail>]", the same for the same change of any rulebook that has the rule
    rule: Rule
    kind: str
    changed: Rule | None
    phrase: int | None
    zh: str
    en: str


def mutants(rule: Rule, ladder: Sequence[Route]) -> tuple[Mutant, ...]:
    """Every mutant of one rule, in a fixed order. `ladder`: the routes, lightest first."""
    found = [*_of_phrases(rule), *_of_days(rule), Mutant(f"{rule.id}:removed", rule, "removed", None, None, "去掉整条规则", "the rule is removed")]
    if rule.kind in (GRANT, BAR):
        found += _of_route(rule, ladder)
    if rule.kind == TERM:
        found += _of_value(rule)
    assert rule.kind in (DEFINITION, GRANT, BAR, BLOCK, TERM), rule.kind
    return tuple(found)


def applied(rulebook: Rulebook, mutant: Mutant) -> Rulebook:
    """The rulebook with that one change, under a version of its own; the rulebook itself where it has no such rule.

    The change is made anew to the rulebook's own rule: facts are compared by identity, and each rulebook has its own.
    """
    own = next((rule for rule in rulebook.rules if rule.id == mutant.rule.id), None)
    if own is None:
        return rulebook
    change = mutant if own is mutant.rule else next((one for one in mutants(own, rulebook.ladder) if one.key == mutant.key), None)
    if change is None:
        return rulebook
    rules = tuple(one if one is not own else change.changed for one in rulebook.rules)
    return replace(rulebook, version=f"{rulebook.version}-{mutant.key}", rules=tuple(one for one in rules if one is not None))


# -- phrases ------------------------------------------------------------------------------------------------------------

def _of_phrases(rule: Rule) -> Iterator[Mutant]:
    for number, phrase in enumerate(phrases(rule.condition)):
        def made(kind: str, detail: str, by: Condition | None, zh: str, en: str, number: int = number) -> Mutant:
            condition = with_phrase(rule.condition, number, by)
            return Mutant(f"{rule.id}:{kind}:{number}{detail}", rule, kind, replace(rule, condition=condition), number, zh, en)

        zh, en = phrase.text(), phrase.text("en")
        opposite = denied(phrase)
        said = opposite.text() if isinstance(opposite, Phrase) else f"非 {zh}"
        yield made("negated", "", opposite, f"“{zh}”说反成“{said}”", f"“{en}” is turned around")
        yield made("dropped", "", None, f"去掉“{zh}”", f"“{en}” is dropped")
        if isinstance(phrase.right, tuple) and len(phrase.right) > 1:
            for value in phrase.right:
                fewer = tuple(one for one in phrase.right if one != value)
                yield made("value", f":{value}", _fewer(phrase, fewer), f"“{zh}”少了“{phrase.fact.label(value)}”",
                           f"“{en}” without “{phrase.fact.label(value, 'en')}”")
        for detail, moved in _moved(phrase):
            yield made("moved", detail, moved, f"“{zh}”改成“{moved.text()}”", f"“{en}” becomes “{moved.text('en')}”")


def with_phrase(condition: Condition, number: int, by: Condition | None) -> Condition:
    """The condition with its phrase of that number (reading order) replaced, or dropped together with groups it leaves empty."""
    left = iter(range(number + 1))

    def walk(part: Condition) -> Condition | None:
        if isinstance(part, Phrase):
            return part if next(left, None) != number else by
        if isinstance(part, Not):
            inside = walk(part.part)
            return None if inside is None else Not(inside)
        kept = tuple(one for one in map(walk, part.parts) if one is not None)
        return None if part.parts and not kept else All(kept) if isinstance(part, All) else Any(kept)

    found = walk(condition)
    return ALWAYS if found is None else found


def denied(phrase: Phrase) -> Condition:
    """What says the opposite: the same phrase with the opposite comparison, where the grammar has one."""
    other = _DENIAL[phrase.comparison.code]
    return Not(phrase) if other is None else Phrase(phrase.fact, other, phrase.right)


def _fewer(phrase: Phrase, values: tuple[FactValue, ...]) -> Phrase:
    single = {"in": "is", "not_in": "is_not"}.get(phrase.comparison.code)
    comparison = BY_WORD[single] if single and len(values) == 1 else phrase.comparison
    return Phrase(phrase.fact, comparison, values)


def _moved(phrase: Phrase) -> Iterator[tuple[str, Phrase]]:
    """The phrase with its limit one day or one unit away; against another fact, the limit itself counted differently."""
    if phrase.fact.type not in (DAY, NUMBER):
        return
    if isinstance(phrase.right, Fact):
        other = _NEXT.get(phrase.comparison.code)
        if other is not None:
            yield ":limit", Phrase(phrase.fact, other, phrase.right)
        return
    value = phrase.right[0]
    for detail, step in ((":-1", -1), (":+1", 1)):
        if isinstance(value, date):
            if phrase.fact.none and value == phrase.fact.none.day:
                return
            yield detail, Phrase(phrase.fact, phrase.comparison, (value + step * _ONE_DAY,))
        elif isinstance(value, int):
            yield detail, Phrase(phrase.fact, phrase.comparison, (value + step,))


# -- days, routes, values -------------------------------------------------------------------------------------------------

def _of_days(rule: Rule) -> Iterator[Mutant]:
    for step, zh, en in ((-1, "早一天", "a day earlier"), (1, "晚一天", "a day later")):
        begins = rule.start + step * _ONE_DAY
        yield Mutant(f"{rule.id}:begins:{step:+}", rule, "begins", replace(rule, start=begins), None, f"施行{zh}：{begins}", f"begins {en}: {begins}")
    if rule.end == FOREVER:
        return
    for step, zh, en in ((-1, "早一天", "a day earlier"), (1, "晚一天", "a day later")):
        last = rule.end + (step - 1) * _ONE_DAY
        yield Mutant(f"{rule.id}:ends:{step:+}", rule, "ends", replace(rule, end=last + _ONE_DAY), None, f"失效{zh}：最后一天 {last}", f"ends {en}: last day {last}")


def _of_route(rule: Rule, ladder: Sequence[Route]) -> Iterator[Mutant]:
    place = next((number for number, one in enumerate(ladder) if one.code == rule.route), None)
    if place is None:
        return
    here = ladder[place]
    if len(ladder) > 1:
        other = ladder[place + 1] if place + 1 < len(ladder) else ladder[place - 1]
        mode = other.modes[0].code if other.modes and rule.kind == GRANT else ""
        yield Mutant(f"{rule.id}:route:{other.code}", rule, "route", replace(rule, route=other.code, mode=mode), None,
                     f"路径从“{here.name}”换成“{other.name}”", f"route “{other.english}” in place of “{here.english}”")
    codes = [one.code for one in here.modes]
    if rule.mode in codes and len(codes) > 1:
        after = here.modes[(codes.index(rule.mode) + 1) % len(codes)]
        yield Mutant(f"{rule.id}:mode:{after.code}", rule, "mode", replace(rule, mode=after.code), None,
                     f"方式换成“{after.name}”", f"mode “{after.english}” instead")


def _of_value(rule: Rule) -> Iterator[Mutant]:
    def made(detail: str, value: Span | str, zh: str) -> Mutant:
        return Mutant(f"{rule.id}:term:{detail}", rule, "term", replace(rule, value=value), None, f"值换成 {zh}", f"its value becomes {detail}")

    if isinstance(rule.value, Span):
        for by in (-1, 1):
            changed = Span(rule.value.count + by, rule.value.unit)
            if changed.count > 0:
                yield made(f"{changed.count}", changed, f"{changed.count} {changed.unit}")
    elif rule.term is not None and len(rule.term.values) > 1:
        codes = [one.code for one in rule.term.values]
        after = rule.term.values[(codes.index(str(rule.value)) + 1) % len(codes)]
        yield made(after.code, after.code, after.name)
