"""The one sentence grammar: `<事实名称> <比较> <值>`, read from text and printed back in Chinese or English.

The same phrase is a line of a rule file, a step of a scenario, a reason and a question. Reading never guesses: every word
that does not fit is a problem with the nearest valid word. Nothing here knows how phrases are joined (see conditions).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from engine.problems import Problem, nearest, unknown_word
from engine.vocabulary import CHOICE, CHOICES, DAY, NUMBER, YES_NO, Fact, FactValue, Vocabulary


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison: the test it makes, and whether it denies that test. `many`: takes several values."""

    name: str
    code: str
    english: str
    type: str
    test: str        # holds one_of includes before after equals greater less
    denies: bool
    many: bool


COMPARISONS: Final = tuple(Comparison(*row) for row in (
    ("成立", "holds", "holds", YES_NO, "holds", False, False),
    ("不成立", "fails", "does not hold", YES_NO, "holds", True, False),
    ("是", "is", "is", CHOICE, "one_of", False, False),
    ("不是", "is_not", "is not", CHOICE, "one_of", True, False),
    ("属于", "in", "is one of", CHOICE, "one_of", False, True),
    ("不属于", "not_in", "is none of", CHOICE, "one_of", True, True),
    ("包含", "includes", "includes any of", CHOICES, "includes", False, True),
    ("不包含", "excludes", "includes none of", CHOICES, "includes", True, True),
    ("早于", "before", "is before", DAY, "before", False, False),
    ("晚于", "after", "is after", DAY, "after", False, False),
    ("不早于", "on_or_after", "is on or after", DAY, "before", True, False),
    ("不晚于", "on_or_before", "is on or before", DAY, "after", True, False),
    ("等于", "equals", "equals", NUMBER, "equals", False, False),
    ("大于", "more_than", "is more than", NUMBER, "greater", False, False),
    ("小于", "less_than", "is less than", NUMBER, "less", False, False),
    ("不大于", "at_most", "is at most", NUMBER, "greater", True, False),
    ("不小于", "at_least", "is at least", NUMBER, "less", True, False),
))
BY_WORD: Final = {c.name: c for c in COMPARISONS} | {c.code: c for c in COMPARISONS}

Right = tuple[FactValue, ...] | Fact


@dataclass(frozen=True, slots=True)
class Phrase:
    """A fact, a comparison and what it is compared with: run-time values, or another fact of the same type."""

    fact: Fact
    comparison: Comparison
    right: Right

    @property
    def facts(self) -> tuple[Fact, ...]:
        return (self.fact, self.right) if isinstance(self.right, Fact) else (self.fact,)

    @property
    def atom(self) -> str:
        """The text that names this phrase's test, whatever its denial: phrases with one atom share one truth value."""
        words = self.right.code if isinstance(self.right, Fact) else ",".join(sorted(str(value) for value in self.right))
        return f"{self.fact.code} {self.comparison.test} {words}"

    @property
    def code(self) -> str:
        """The phrase in its English names, language-free and readable again: `material_kind is proof`."""
        words = self.right.code if isinstance(self.right, Fact) else "、".join(value_code(self.fact, value) for value in self.right)
        return " ".join(part for part in (self.fact.code, self.comparison.code, words) if part)

    def test(self, left: FactValue, right: FactValue = None) -> bool | None:
        """The bare test (before denial) on known or unknown values; None is unknown. `right` is the other fact's value."""
        if left is None:
            return None
        kind = self.comparison.test
        if kind == "holds":
            return bool(left)
        if isinstance(self.right, Fact):
            if right is None:
                return None
            wanted: tuple[FactValue, ...] = tuple(right) if isinstance(right, frozenset) else (right,)
        else:
            wanted = self.right
        if kind == "one_of":
            return left in wanted
        if kind == "includes":
            return any(value in left for value in wanted)  # type: ignore[operator]
        value = wanted[0]
        if kind in ("before", "less"):
            return left < value  # type: ignore[operator]
        if kind in ("after", "greater"):
            return left > value  # type: ignore[operator]
        return left == value

    def text(self, language: str = "zh") -> str:
        """The phrase in words: the grammar itself in Chinese, a sentence in English."""
        if isinstance(self.right, Fact):
            words = self.right.name if language.startswith("zh") else self.right.english
        else:
            joint = "、" if language.startswith("zh") else ", "
            words = joint.join(self.fact.label(value, language) for value in self.right)
        if language.startswith("zh"):
            return " ".join(part for part in (self.fact.name, self.comparison.name, words) if part)
        return " ".join(part for part in (self.fact.english, self.comparison.english, words, self.fact.english_unit) if part)


def value_code(fact: Fact, value: FactValue) -> str:
    """A run-time value as the grammar writes it in English."""
    if fact.none and value == fact.none.day:
        return fact.none.code
    return value.isoformat() if isinstance(value, date) else str(value)


def allowed_comparisons(fact: Fact) -> tuple[str, ...]:
    """The Chinese names of the comparisons that fit the fact's type."""
    return tuple(c.name for c in COMPARISONS if c.type == fact.type)


def read(text: str, vocabulary: Vocabulary) -> Phrase | Problem:
    """Read one phrase.

    Returns the phrase, or the one problem that stops it: `phrase-shape`, `unknown-fact`, `unknown-comparison`,
    `comparison-type`, `unknown-value`, `value-type`.
    """
    words = text.split()
    if not words:
        return Problem("phrase-shape", "这里应当有一句话，却是空的。", "A phrase is expected here, but there is nothing.")
    if "：" in text or ":" in words[0]:
        return Problem("full-width-colon", f"“{text}”里有冒号；短句以空格分开三部分，键后面要用半角冒号加空格。",
                       f"“{text}” has a colon; a phrase has three parts separated by spaces, and a key takes a half-width colon and a space.")
    fact = vocabulary.fact(words[0])
    if isinstance(fact, Problem):
        return fact
    fits = allowed_comparisons(fact)
    if len(words) == 1:
        return Problem("phrase-shape", f"“{text}”后面缺少比较。写法是：<事实名称> <比较> <值>。",
                       f"“{text}” lacks a comparison. The form is: <fact> <comparison> <value>.", allowed=fits)
    comparison = BY_WORD.get(words[1])
    if comparison is None:
        problem = unknown_word("unknown-comparison", "比较", "comparison", words[1], fits)
        return problem
    if comparison.type != fact.type:
        return Problem(
            "comparison-type", f"“{fact.name}”的类型为“{fact.type}”，不能用“{words[1]}”来比较。",
            f"“{fact.code}” cannot be compared with “{words[1]}”: that comparison is for another type of fact.", allowed=fits)
    rest = words[2:]
    if fact.type == YES_NO:
        if rest:
            return Problem("phrase-shape", f"“{fact.name} {comparison.name}”后面不写值，多了“{' '.join(rest)}”。",
                           f"“{fact.code} {comparison.code}” takes no value; “{' '.join(rest)}” is too much.")
        return Phrase(fact, comparison, ())
    if not rest:
        return Problem("phrase-shape", f"“{text}”后面缺少值。", f"“{text}” lacks a value.", allowed=tuple(v.name for v in fact.values))
    if fact.type == NUMBER and len(rest) == 2 and rest[1] in (fact.unit, fact.english_unit):
        rest = rest[:1]
    if len(rest) > 1:
        return Problem("phrase-shape", f"“{text}”多了“{' '.join(rest[1:])}”；几个值之间用“、”连接，不用空格。",
                       f"“{text}” has too many parts: “{' '.join(rest[1:])}”. Several values are joined by “、”.")
    return _read_right(fact, comparison, rest[0], vocabulary)


def _read_right(fact: Fact, comparison: Comparison, word: str, vocabulary: Vocabulary) -> Phrase | Problem:
    other = vocabulary.by_word.get(word)
    if other is not None and word not in fact.by_word:
        if other.type != fact.type:
            return Problem("value-type", f"“{fact.name}”的类型为“{fact.type}”，“{other.name}”的为“{other.type}”，两者不能比较。",
                           f"“{fact.code}” and “{other.code}” are of different types and cannot be compared.")
        return Phrase(fact, comparison, other)
    names = [name for name in word.replace(",", "、").split("、") if name]
    if len(names) > 1 and not comparison.many:
        plural = next((c.name for c in COMPARISONS if c.test == comparison.test and c.denies == comparison.denies and c.many), "")
        return Problem("value-type", f"“{comparison.name}”后面只能写一个值，却写了“{word}”。",
                       f"“{comparison.code}” takes one value, not “{word}”.", nearest=plural)
    values: list[FactValue] = []
    for name in names:
        value = read_value(fact, name)
        if isinstance(value, Problem):
            return value
        values.append(value)
    return Phrase(fact, comparison, tuple(values))


def read_value(fact: Fact, word: str) -> FactValue | Problem:
    """Read one value of a fact, by Chinese name or English code. Never returns None."""
    if fact.type in (CHOICE, CHOICES):
        value = fact.by_word.get(word)
        if value is not None:
            return value.code
        chinese = any("一" <= letter <= "鿿" for letter in word)
        names = tuple(v.name if chinese else v.code for v in fact.values)
        return Problem("unknown-value", f"“{fact.name}”没有“{word}”这个值。", f"“{fact.code}” has no value “{word}”.",
                       allowed=names, nearest=nearest(word, names))
    if fact.type == DAY:
        if fact.none and word in (fact.none.name, fact.none.code):
            return fact.none.day
        try:
            found = date.fromisoformat(word)
            if found.isoformat() != word:   # Python also reads 20261122 and 2026-W47-5
                raise ValueError
            return found
        except ValueError:
            hint = f"或者“{fact.none.name}”" if fact.none else ""
            return Problem("value-type", f"“{fact.name}”是日期，“{word}”不是日期；写作 2026-11-22{hint}。",
                           f"“{fact.code}” is a day and “{word}” is none; write it like 2026-11-22.")
    if fact.type == NUMBER:
        digits = word.removesuffix(fact.unit) if fact.unit else word
        if digits.isascii() and digits.removeprefix("-").isdigit() and len(digits) <= 15:
            return int(digits)
        return Problem("value-type", f"“{fact.name}”是数值，“{word}”不是整数。", f"“{fact.code}” is a number and “{word}” is no whole number.")
    if word in ("成立", "是", "true"):
        return True
    if word in ("不成立", "否", "false"):
        return False
    return Problem("value-type", f"“{fact.name}”只有成立与不成立，不能写“{word}”。", f"“{fact.code}” is yes or no; “{word}” does not fit.",
                   allowed=("成立", "不成立"))
