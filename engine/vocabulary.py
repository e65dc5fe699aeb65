"""The vocabulary: every fact that rules, scenarios, reasons and questions may name, and who supplies it.

Here are the facts' shapes and their look-up by Chinese or English name. Reading the file is `engine.reading`'s work;
what a fact is worth in one application is `engine.facts`'. Nothing here knows a rule or an item.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from engine.problems import Problem, unknown_word

YES_NO: Final = "是否"
CHOICE: Final = "选项"
CHOICES: Final = "多选"
DAY: Final = "日期"
NUMBER: Final = "数值"

DECLARED: Final = "申报"    # by the intake; absent = a question to the applicant
CATALOGUE: Final = "目录"   # by the catalogue; absent = a load error
COMPUTED: Final = "推算"    # by a function of the closed registry
RECORDED: Final = "记录"    # by a snapshot; none = unknown, asked of the authority
QUERIED: Final = "查询"     # by a source; absent = the authority's work
DEFINED: Final = "认定"     # by definitions among the rules
CONCLUDED: Final = "结论"   # the outcome; only in invariants and in 那么

#: Elective route → the fact that says what the applicant chose (选择 不选择 未答复). It stands among the concluded facts, but it is
#: no outcome: it goes into a decision, beside the facts, and may be named in invariants only.
ELECTIONS: Final = {"commitment": "commitment_choice", "deferral": "deferral_choice"}

#: Values of a fact at run time: bool, value code, set of codes, day, number; None is unknown.
FactValue = bool | str | frozenset[str] | date | int | None


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a choice: Chinese name, English code, English words."""

    name: str
    code: str
    english: str


@dataclass(frozen=True, slots=True)
class NoneValue:
    """How an open date is written (长期, 未修复) and which day stands for it when days are compared."""

    name: str
    code: str
    day: date


@dataclass(frozen=True, slots=True, eq=False)
class Fact:
    """One fact. Compared by identity: a vocabulary has one object a name."""

    name: str
    code: str
    english: str
    subject: str                     # 申请 申请人 相关人 事项 材料
    type: str
    supplier: str
    values: tuple[Value, ...] = ()
    domain: str = ""                 # 值取自: 事项 材料 证件 区划 数据源 路径 方式
    none: NoneValue | None = None
    unit: str = ""
    english_unit: str = ""
    low: int | None = None
    high: int | None = None
    function: str = ""
    leaves: tuple[str, ...] = ()     # 取自: declared or recorded facts to ask for when the computed one is unknown
    list_kind: str = ""
    question: str = ""
    english_question: str = ""
    note: str = ""
    review: str = ""                 # 待法务核对
    unspoken: bool | None = None     # 未提出视为: an act that was not done
    situation: bool = False          # declared by items as a 情形
    by_word: dict[str, Value] = field(default_factory=dict, repr=False)
    by_code: dict[str, Value] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for value in self.values:
            self.by_word[value.name] = self.by_word[value.code] = self.by_code[value.code] = value

    def with_values(self, values: Iterable[Value]) -> Fact:
        """The same fact with the values its domain has in one catalogue."""
        return replace(self, values=tuple(values), by_word={}, by_code={})

    def label(self, code: object, language: str = "zh") -> str:
        """A run-time value in words, for messages."""
        if code is None:
            return "未知" if language.startswith("zh") else "unknown"
        if isinstance(code, bool):
            return ("成立" if code else "不成立") if language.startswith("zh") else ("yes" if code else "no")
        if isinstance(code, frozenset):
            return "、".join(self.label(one, language) for one in sorted(code)) or ("无" if language.startswith("zh") else "none")
        if isinstance(code, date):
            if self.none and code == self.none.day:
                return self.none.name if language.startswith("zh") else self.none.code.replace("_", " ")
            return code.isoformat()
        value = self.by_code.get(str(code))
        if value is None:
            return str(code)
        return value.name if language.startswith("zh") else value.english


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a route is open or closed: a stable code and a sentence a clerk can read aloud, in both languages."""

    name: str
    code: str
    sentence: str
    english: str


@dataclass(frozen=True, slots=True)
class Action:
    """Something that remains to be done (后续)."""

    name: str
    code: str
    sentence: str
    english: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it."""

    name: str
    code: str
    english: str


@dataclass(frozen=True, slots=True)
class Term:
    """A dated value that rules set (规定). `stricter`: 短 (shorter is stricter), 长, or 不比较."""

    name: str
    code: str
    english: str
    type: str                        # 期限 or 选项
    stricter: str
    values: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Everything that can be said. Look-ups take Chinese names and English codes alike."""

    facts: tuple[Fact, ...]
    reasons: Mapping[str, Reason]    # by Chinese name
    actions: Mapping[str, Action]
    actors: Mapping[str, Actor]
    terms: Mapping[str, Term]
    by_word: Mapping[str, Fact] = field(default_factory=dict, repr=False)

    @staticmethod
    def of(facts: Iterable[Fact], reasons: Mapping[str, Reason], actions: Mapping[str, Action],
           actors: Mapping[str, Actor], terms: Mapping[str, Term]) -> Vocabulary:
        """A vocabulary with its index. The caller has checked that names and codes are unique."""
        listed = tuple(facts)
        index = {fact.code: fact for fact in listed} | {fact.name: fact for fact in listed}
        return Vocabulary(listed, reasons, actions, actors, terms, index)

    def __getitem__(self, code: str) -> Fact:
        return self.by_word[code]

    def fact(self, word: str) -> Fact | Problem:
        """The fact of that Chinese or English name, or the problem that there is none."""
        found = self.by_word.get(word)
        if found is not None:
            return found
        chinese = any("一" <= letter <= "鿿" for letter in word)
        return unknown_word("unknown-fact", "事实", "fact", word, (f.name if chinese else f.code for f in self.facts))
