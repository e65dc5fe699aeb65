"""Words of a scenario turned into codes, and what is said when a word does not fit.

A mistake in a scenario is told like a mistake in a rule file: file, line, what is allowed, the nearest valid word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher

from engine.problems import Problem, nearest, unknown_word
from engine.rulebook import Rulebook
from engine.vocabulary import Fact, Value

DAY = r"\d{4}-\d{2}-\d{2}"


class Mistake(Exception):
    """The scenario says something that cannot be said. Carries the problem; the caller adds file and line."""

    def __init__(self, problem: Problem, hint: str = ""):
        self.problem, self.hint = problem, hint
        super().__init__(problem.text())


class Unmet(Exception):
    """A 那么 that does not hold. Carries sentences for the tester."""


@dataclass(frozen=True)
class Form:
    """One way of saying something: an example for the README and for hints, the pattern, what it does.

    The action gets the story and the pattern's groups. A pattern must match the whole step.
    """

    example: str
    pattern: re.Pattern[str]
    act: Callable[..., None]


class Forms(list[Form]):
    """The forms of one keyword in the order in which they are tried."""

    def form(self, example: str, pattern: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
        """Register a function under a pattern; its example must match the pattern (a test holds this)."""
        def register(act: Callable[..., None]) -> Callable[..., None]:
            self.append(Form(example, re.compile(pattern), act))
            return act
        return register

    def find(self, text: str) -> tuple[Form, dict[str, str | None]] | None:
        for form in self:
            match = form.pattern.fullmatch(text)
            if match:
                return form, match.groupdict()
        return None

    def like(self, text: str) -> str:
        """The examples that begin like a text, else the one that resembles it most, or an empty text."""
        examples = [form.example for form in self]
        same = [one for one in examples if one.split(" ")[0] == text.split(" ")[0]]
        same.sort(key=lambda one: -SequenceMatcher(None, text, one).ratio())
        return "；".join(same[:3]) or nearest(text, examples)


def wrong(zh: str, en: str, allowed: Iterable[str] = (), word: str = "") -> Mistake:
    choices = tuple(allowed)
    return Mistake(Problem("scenario", zh, en, allowed=choices, nearest=nearest(word, choices) if word else ""))


def parts(text: str | None) -> list[str]:
    """The options after a step: `，授权有效，居民身份证号码 …` in pieces."""
    return [piece.strip() for piece in (text or "").split("，") if piece.strip()]


def names(text: str) -> list[str]:
    return [piece.strip() for piece in text.split("、") if piece.strip()]


def day(text: str) -> date:
    try:
        found = date.fromisoformat(text)
        if found.isoformat() != text:   # Python also reads 20261122 and 2026-W47-5
            raise ValueError
        return found
    except ValueError:
        raise wrong(f"“{text}”不是日期；写作 2026-11-22。", f"“{text}” is no day; write it like 2026-11-22.") from None


def value(fact: Fact, word: str) -> Value:
    """A value of a choice by name or code."""
    found = fact.by_word.get(word)
    if found is None:
        allowed = tuple(one.name for one in fact.values)
        raise Mistake(Problem("unknown-value", f"“{fact.name}”没有“{word}”这个值。", f"“{fact.code}” has no value “{word}”.",
                              allowed=allowed, nearest=nearest(word, allowed)))
    return found


def material(rulebook: Rulebook, word: str) -> str:
    """The code of a material by name or code."""
    found = rulebook.vocabulary["material"].by_word.get(word)
    if found is None:
        raise Mistake(unknown_word("unknown-material", "材料", "material", word, (one.name for one in rulebook.vocabulary["material"].values)))
    return found.code


def split_person(word: str, known: Callable[[str], bool]) -> tuple[str, str]:
    """`测试乙的身份证明` in material and person; a material whose own name has 的 is left whole."""
    if known(word) or "的" not in word:
        return word, ""
    person, _, rest = word.partition("的")
    return (rest, person) if known(rest) else (word, "")


def credential(rulebook: Rulebook, word: str) -> str:
    found = rulebook.credential_words.get(word)
    if found is None:
        raise Mistake(unknown_word("unknown-credential", "证件", "credential", word, (one.name for one in rulebook.credentials.values())))
    return found.code


def division(rulebook: Rulebook, word: str) -> str:
    if word in rulebook.divisions:
        return word
    for one in rulebook.divisions.values():
        if word == one.name or (one.code != "000000" and word in (one.name.removesuffix("市"), one.name.removesuffix("县"))):
            return one.code
    raise Mistake(unknown_word("unknown-division", "区划", "division", word, (one.name for one in rulebook.divisions.values())))


def elsewhere_word(known: Mapping[str, tuple[str, str]], word: str, zh: str, en: str) -> str:
    """The code behind one of the Chinese words that the answer uses of handling elsewhere (engine.wording.elsewhere)."""
    found = next((code for code, (name, _) in known.items() if word in (code, name, name.partition("（")[0])), None)
    if found is None:
        raise wrong(f"没有叫“{word}”的{zh}。", f"There is no {en} “{word}”.", [name.partition("（")[0] for name, _ in known.values()], word)
    return found


def rule(rulebook: Rulebook, word: str) -> str:
    """A rule's id, which must exist."""
    known = [one.id for one in rulebook.rules]
    if word not in known:
        raise Mistake(unknown_word("unknown-rule", "规则", "rule", word, known))
    return word


def route(rulebook: Rulebook, word: str) -> tuple[str, str]:
    """`容缺后补` or `容缺后补/容缺受理` as codes of route and mode (empty = any)."""
    name, _, mode_name = word.partition("/")
    for one in rulebook.ladder:
        if name in (one.name, one.code):
            if not mode_name:
                return one.code, ""
            for mode in one.modes:
                if mode_name in (mode.name, mode.code):
                    return one.code, mode.code
            raise Mistake(unknown_word("unknown-mode", "方式", "mode", mode_name, (mode.name for mode in one.modes)))
    raise Mistake(unknown_word("unknown-route", "路径", "route", name, (one.name for one in rulebook.ladder)))


def named(what_zh: str, what_en: str, known: dict[str, str], word: str) -> str:
    """A code by name or code out of a table name → code."""
    if word in known.values():
        return word
    if word not in known:
        raise Mistake(unknown_word(f"unknown-{what_en}", what_zh, what_en, word, known))
    return known[word]
