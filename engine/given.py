"""What a caller wrote, turned into codes: every word that does not fit is noted with its field, nothing is guessed.

The reader only collects problems; what is done about them is `engine.intake`'s. Nothing here knows a rule or a route.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.catalogue import Credential
from engine.phrases import read_value
from engine.problems import Problem, nearest, unknown_word
from engine.rulebook import Rulebook
from engine.vocabulary import CHOICES, Fact, FactValue, Value

APPLICANT = "applicant"
AGENT = "agent"


class Reader:
    """Collects problems while names become codes."""

    def __init__(self, rulebook: Rulebook):
        self.rulebook = rulebook
        self.vocabulary = rulebook.vocabulary
        self.problems: list[Problem] = []

    def wrong(self, problem: Problem, place: str) -> None:
        self.problems.append(problem.at("", 0, place))

    def twice(self, code: str, place: str) -> None:
        """One thing stated twice, by its name and by its code: which of the two is meant is not ours to guess."""
        self.wrong(Problem("stated-twice", f"“{code}”写了两次（名称和代码是同一个），只留一次。",
                           f"“{code}” is stated twice (the name and the code are the same thing); keep one."), place)

    def value(self, fact: str, word: str | None, place: str) -> str | None:
        if word is None:
            return None
        if fact not in self.vocabulary.by_word:
            return word      # a rulebook that does not speak of it has no rule that reads it
        found = self.vocabulary[fact].by_word.get(word)
        if found is None:
            names = tuple(as_written(word, self.vocabulary[fact].values))
            self.wrong(Problem("unknown-value", f"“{self.vocabulary[fact].name}”没有“{word}”这个值。",
                               f"“{fact}” has no value “{word}”.", allowed=names, nearest=nearest(word, names)), place)
            return None
        return found.code

    def declared(self, fact: Fact, value: object, place: str) -> FactValue:
        """One value given in the application for a fact, checked by the fact's type."""
        if isinstance(value, bool) and fact.type == "是否":
            return value
        if fact.type == CHOICES and isinstance(value, str):
            return self._several(fact, value, place)
        read = read_value(fact, str(value)) if not isinstance(value, (dict, bool)) else Problem(
            "value-type", f"“{fact.name}”是{fact.type}，不能写“{value}”。", f"“{fact.code}” does not take “{value}”.")
        if isinstance(read, int) and not isinstance(read, bool) and not _within(fact, read):
            low, high = ("…" if bound is None else str(bound) for bound in (fact.low, fact.high))
            read = Problem("out-of-range", f"“{fact.name}”应当在 {low} 到 {high} 之间，不能是“{value}”。",
                           f"“{fact.code}” lies between {low} and {high}; “{value}” does not.")
        if isinstance(read, Problem):
            self.wrong(read, place)
            return None
        return read

    def _several(self, fact: Fact, words: str, place: str) -> FactValue:
        """Several values joined by 、; “无” (or none) is no value at all."""
        if words in ("无", "none") and words not in fact.by_word:
            return frozenset()
        found = [read_value(fact, word) for word in words.split("、")]
        wrong = [one for one in found if isinstance(one, Problem)]
        for problem in wrong:
            self.wrong(problem, place)
        return None if wrong else frozenset(str(one) for one in found)

    def material(self, key: str, place: str, known: Mapping[str, Value], persons: frozenset[str]) -> str | None:
        """A key `material` or `material/person` with the material's code, or None after noting the problem."""
        word, _, person = key.partition("/")
        value = known.get(word)
        if value is None:
            self.wrong(unknown_word("unknown-material", "材料", "material", word, as_written(word, known.values())), place)
            return None
        if person and person != APPLICANT and person not in persons:
            self.wrong(unknown_word("unknown-person", "相关人", "person", person, sorted(persons)), place)
            return None
        return f"{value.code}/{person}" if person and person != APPLICANT else value.code


def _within(fact: Fact, number: int) -> bool:
    return (fact.low is None or number >= fact.low) and (fact.high is None or number <= fact.high)


def as_written(word: str, things: Iterable[Fact | Value | Credential]) -> Iterable[str]:
    """What could have been written, in the writing of the wrong word: Chinese names for a Chinese word, else codes."""
    chinese = any("一" <= letter <= "鿿" for letter in word)
    return dict.fromkeys(one.name if chinese else one.code for one in things)
