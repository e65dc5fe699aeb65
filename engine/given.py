"""What a caller wrote, turned into codes: every word that does not fit is noted with its field, nothing is guessed.

The reader only collects problems; what is done about them is `engine.intake`'s. Nothing here knows a rule or a route.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.catalogue import Credential
from engine.phrases import read_value
from engine.problems import Problem, nearest, unknown_word
from engine.rulebook import Rulebook
from engine.vocabulary import Fact, FactValue, Value

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
        read = read_value(fact, str(value)) if not isinstance(value, (dict, bool)) else Problem(
            "value-type", f"“{fact.name}”是{fact.type}，不能写“{value}”。", f"“{fact.code}” does not take “{value}”.")
        if isinstance(read, Problem):
            self.wrong(read, place)
            return None
        return frozenset((read,)) if fact.type == "多选" and isinstance(read, str) else read

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


def as_written(word: str, things: Iterable[Fact | Value | Credential]) -> Iterable[str]:
    """What could have been written, in the writing of the wrong word: Chinese names for a Chinese word, else codes."""
    chinese = any("一" <= letter <= "鿿" for letter in word)
    return dict.fromkeys(one.name if chinese else one.code for one in things)
