"""Reads a condition as a rule file writes it: a list of phrases, 任一, 全部, 非.

Every phrase that does not fit is reported with its line; the rest of the condition is read all the same. Nothing here
knows what the condition is for: `may_use` says which facts may stand in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from engine.conditions import ALWAYS, All, Condition, Not
from engine.conditions import Any as AnyOf
from engine.phrases import Phrase
from engine.phrases import read as read_phrase
from engine.problems import Problem, nearest
from engine.reading.report import Place, Report
from engine.vocabulary import CONCLUDED, Fact, Vocabulary
from engine.yaml_text import FULL_WIDTH, full_width_colon

WORDS: Final = ("任一", "全部", "非")
MayUse = Callable[[Fact], Problem | None]


def no_conclusion(fact: Fact) -> Problem | None:
    """Outcomes may stand in invariants only."""
    if fact.supplier == CONCLUDED:
        return Problem("conclusion-used", f"“{fact.name}”是结论，只能用在不变量和“那么”里。",
                       f"“{fact.code}” is an outcome; it may be used in invariants and outcomes only.")
    return None


class ConditionReader:
    """Reads conditions against one vocabulary.

    `lost`: texts of files with situations that could not be read; `lost_values`: the same by domain of values. Words found
    there are not reported as unknown.
    """

    def __init__(self, vocabulary: Vocabulary, report: Report, lost: list[str], lost_values: Mapping[str, list[str]]) -> None:
        self.vocabulary, self.report, self.lost, self.lost_values = vocabulary, report, lost, lost_values

    def read(self, raw: Any, place: Place, may_use: MayUse = no_conclusion) -> Condition:
        """The condition; parts that were reported are left out."""
        if raw in ((), "", []):
            return ALWAYS
        if not isinstance(raw, list):
            self._shape(raw, place)
            return ALWAYS
        return self._join(raw, place, may_use, All)

    def _join(self, raw: list[Any], place: Place, may_use: MayUse, join: type[All] | type[AnyOf]) -> Condition:
        parts = [part for number, one in enumerate(raw) if (part := self._part(one, place / number, may_use)) is not None]
        return parts[0] if len(parts) == 1 and len(raw) == 1 else join(tuple(parts))

    def _part(self, raw: Any, place: Place, may_use: MayUse) -> Condition | None:
        if isinstance(raw, str):
            return self._phrase(raw, place, may_use)
        if not isinstance(raw, dict) or len(raw) != 1:
            self._shape(raw, place)
            return None
        (word, inside), = raw.items()
        here = place / word
        if word not in WORDS:
            self.report.say(here, "condition-shape", f"条件里的键只能是任一、全部、非，不能是“{word}”；短句不写冒号。",
                            f"A condition knows the keys 任一 (any), 全部 (all), 非 (not), not “{word}”; a phrase has no colon.", WORDS, word)
            return None
        if word == "非":
            if isinstance(inside, list):
                self.report.say(here, "condition-shape", "“非”后面只写一句；几句写成“非: {全部: [...]}”。",
                                "“非” takes one phrase; for several write “非: {全部: [...]}”.")
                return None
            part = self._part(inside, here, may_use)
            return Not(part) if part is not None else None
        if not isinstance(inside, list) or not inside:
            self.report.say(here, "condition-shape", f"“{word}”后面要写一列短句。", f"“{word}” takes a list of phrases.")
            return None
        return self._join(inside, here, may_use, AnyOf if word == "任一" else All)

    def _phrase(self, text: str, place: Place, may_use: MayUse) -> Phrase | None:
        phrase = read_phrase(text, self.vocabulary)
        if isinstance(phrase, Problem):
            if not self._is_lost(phrase, text):
                self.report.add(phrase, place)
            return None
        sound = True
        for fact in phrase.facts:
            problem = may_use(fact)
            if problem is not None:
                self.report.add(problem, place)
                sound = False
        return phrase if sound else None

    def _is_lost(self, problem: Problem, text: str) -> bool:
        words = text.split()
        if problem.code == "unknown-fact":
            return any(words[0] in raw for raw in self.lost)
        if problem.code == "unknown-value":
            fact = self.vocabulary.by_word[words[0]]
            raws = self.lost_values.get(fact.domain, ())
            return any(all(value in fact.by_word or value in raw for value in words[2].replace(",", "、").split("、")) for raw in raws)
        return False

    def _shape(self, raw: Any, place: Place) -> None:
        colon = FULL_WIDTH.match(raw) if isinstance(raw, str) else None
        if colon:
            self.report.add(full_width_colon(colon[1]), place)
            return
        if isinstance(raw, dict) and len(raw) > 1:
            keys = [key for key in raw if key not in WORDS]
            word = keys[0] if keys else ""
            self.report.say(place, "condition-shape", "一项条件里只能有一个键；每一项各写一行，前面加“- ”。",
                            "One entry of a condition has one key; write each on a line of its own with “- ” in front.",
                            WORDS, nearest(word, WORDS) if word else "")
            return
        self.report.say(place, "condition-shape", "条件要写成一列短句，每行前面加“- ”。",
                        "A condition is a list of phrases, each line with “- ” in front.")


