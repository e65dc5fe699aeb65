"""Phrases of the grammar said as people say them: “属于‘已婚’的情形”, “查询结果是‘查无记录’”.

The grammar itself is printed by `Phrase.text`; here a phrase becomes part of a spoken sentence. Nothing here knows what
follows from a phrase.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from engine import phrases
from engine.conditions import All, Any, Condition, Not
from engine.law import DEFINITION
from engine.phrases import Phrase
from engine.problems import Problem
from engine.vocabulary import CHOICES, DAY, DECLARED, DEFINED, NUMBER, YES_NO, Fact
from engine.wording import days
from engine.wording.words import Words

#: Facts about one material that are an act of somebody and read badly as “the situation …”: holds, fails, in both languages.
_ACTS: Final = {
    "holds_credential": ("您持有{证件}", "您没有{证件}", "you hold {credentials}", "you do not hold {credentials}"),
    "consents_to_query": ("您同意查询", "您不同意查询", "you consent to the query", "you do not consent to the query"),
    "agent_authorised": ("代理人有有效授权", "代理人没有有效授权", "the agent holds a valid authorisation", "the agent holds no valid authorisation"),
    "authorisation_refused": ("有成员拒绝授权", "没有成员拒绝授权", "a member refuses the authorisation", "no member refuses the authorisation"),
}
_DAYS: Final = {"before": "早于", "after": "晚于", "on_or_after": "不早于", "on_or_before": "不晚于"}


def read(code: str, words: Words) -> Phrase | None:
    """The phrase behind its language-free form; None where the vocabulary no longer has its words."""
    found = phrases.read(code, words.rulebook.vocabulary)
    return None if isinstance(found, Problem) else found


def text(code: str, words: Words) -> str:
    """A phrase of the answer in the grammar's own words."""
    found = read(code, words)
    return found.text(words.language) if found else code


def asked_of_applicant(phrase: Phrase) -> bool:
    """Whether the applicant can tell."""
    return phrase.fact.supplier == DECLARED


def spoken(phrase: Phrase, words: Words, material: str = "") -> str:
    """The phrase as part of a sentence. `material` is the code whose credentials are meant."""
    fact = phrase.fact
    if fact.type == YES_NO:
        return _yes_no(fact, not phrase.comparison.denies, words, material)
    if isinstance(phrase.right, Fact):
        right = words.say(f"“{phrase.right.name}”", phrase.right.english)
    elif fact.type in (DAY, NUMBER):
        right = words.one_of(_value(fact, value, words) for value in phrase.right)
    else:
        right = words.one_of(words.say(f"“{fact.label(value)}”", f"“{fact.label(value, 'en')}”") for value in phrase.right)
    if not words.chinese:
        return " ".join(part for part in (fact.english, _english(phrase), right) if part)
    return f"{fact.name}{_chinese(phrase)}{right}"


def _yes_no(fact: Fact, holds: bool, words: Words, material: str) -> str:
    act = _ACTS.get(fact.code)
    if act:
        credentials = words.showable(material) or words.say("能证明它的证件", "a credential that shows it")
        return words.say(act[0 if holds else 1].replace("{证件}", credentials), act[2 if holds else 3].replace("{credentials}", credentials))
    if words.chinese:
        return f"{'属于' if holds else '不属于'}“{fact.name}”的情形"
    return fact.english if holds else f"it is not so that {fact.english}"


def _value(fact: Fact, value: object, words: Words) -> str:
    if isinstance(value, date) and not (fact.none and value == fact.none.day):
        return days.day(value, words.chinese)
    label = fact.label(value, words.language)
    return f"{label}{words.say(fact.unit, f' {fact.english_unit}' if fact.english_unit else '')}"


def _chinese(phrase: Phrase) -> str:
    code = phrase.comparison.code
    if code in _DAYS:
        return _DAYS[code]
    if phrase.fact.type == CHOICES:
        return "不包含" if phrase.comparison.denies else "包含"
    if phrase.comparison.test == "one_of":
        return "不是" if phrase.comparison.denies else "是"
    return phrase.comparison.name


def _english(phrase: Phrase) -> str:
    if phrase.comparison.test == "one_of":
        return "is not" if phrase.comparison.denies else "is"
    return phrase.comparison.english


def together(path: Iterable[Phrase], words: Words, material: str = "") -> str:
    """Phrases that all hold."""
    return words.say("，并且", " and ").join(spoken(phrase, words, material) for phrase in path)


def any_of(paths: Sequence[Sequence[Phrase]], words: Words, material: str = "") -> str:
    """Several ways that lead to one place: phrases about one choice are put together, the rest stand side by side."""
    merged: list[list[Phrase]] = []
    for path in paths:
        last = merged[-1] if merged else None
        if last is not None and len(last) == len(path) and last[:-1] == list(path[:-1]) and _same_choice(last[-1], path[-1]):
            last[-1] = _union(last[-1], path[-1])
        elif list(path) not in merged:
            merged.append(list(path))
    return words.say("；或者", "; or ").join(together(path, words, material) for path in merged)


def _same_choice(one: Phrase, other: Phrase) -> bool:
    return one.fact is other.fact and one.comparison.test == other.comparison.test == "one_of" and not (
        one.comparison.denies or other.comparison.denies or isinstance(one.right, Fact) or isinstance(other.right, Fact))


def _union(one: Phrase, other: Phrase) -> Phrase:
    assert not isinstance(one.right, Fact) and not isinstance(other.right, Fact)
    return Phrase(one.fact, phrases.BY_WORD["in"], tuple(dict.fromkeys((*one.right, *other.right))))


def denied_in(rule_id: str, code: str, words: Words) -> bool:
    """Whether a phrase stands under 非 in a rule (or in a definition the rule uses): the rule then wants it to fail."""
    rule = words.rules.get(rule_id)
    if rule is None:
        return False
    found = set(_signs(rule.condition, code, False, words, frozenset()))
    return found == {True}


def _signs(condition: Condition, code: str, denied: bool, words: Words, seen: frozenset[str]) -> Iterable[bool]:
    if isinstance(condition, Phrase):
        if condition.code == code:
            yield denied
        if condition.fact.supplier == DEFINED and condition.fact.code not in seen:
            for rule in words.rulebook.rules:
                if rule.kind == DEFINITION and rule.defines is condition.fact:
                    yield from _signs(rule.condition, code, denied ^ condition.comparison.denies, words, seen | {condition.fact.code})
    elif isinstance(condition, Not):
        yield from _signs(condition.part, code, not denied, words, seen)
    elif isinstance(condition, (All, Any)):
        for part in condition.parts:
            yield from _signs(part, code, denied, words, seen)
