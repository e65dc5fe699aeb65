"""Reads the vocabulary and the ladder: facts with their values and suppliers, reasons, actions, actors, terms; routes.

The facts' values that stand in the catalogue, and the situations of items, are put in once the catalogue's names are known
(`complete`). Nothing here reads a condition.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from engine.computed_names import NAMES
from engine.reading.catalogue_shapes import LIST_KINDS, SituationShape
from engine.reading.report import File, Names, Place, Report
from engine.reading.shapes import FactShape, LadderFile, TermShape, ValueShape, VocabularyFile
from engine.rulebook import Route
from engine.vocabulary import (
    CHOICE,
    CHOICES,
    COMPUTED,
    DAY,
    DECLARED,
    DEFINED,
    NUMBER,
    QUERIED,
    RECORDED,
    YES_NO,
    Action,
    Actor,
    Fact,
    NoneValue,
    Reason,
    Term,
    Value,
    Vocabulary,
)

#: Facts whose values the catalogue's files take; a vocabulary without one of them cannot be used.
NEEDED: Final = ("material_kind", "issuer_kind", "proved_fact", "proof_direction", "risk_tags", "commitment_modes", "material_role",
                 "item_kind", "item_status", "reform_mode", "applicant_kind", "source_ground", "person_id_type")
_UNSPEAKABLE: Final = re.compile(r"[\s、，,：:]")


@dataclass(slots=True)
class Words:
    """The vocabulary as its file states it, before the catalogue's names are known."""

    facts: dict[str, Fact] = field(default_factory=dict)          # by code
    names: Names[Fact] = field(default_factory=lambda: Names("unknown-fact", "事实", "fact"))
    same_as: dict[str, str] = field(default_factory=dict)         # fact code -> word of the fact whose values it shares
    reasons: Names[Reason] = field(default_factory=lambda: Names("unknown-reason", "理由", "reason"))
    actions: Names[Action] = field(default_factory=lambda: Names("unknown-action", "后续动作", "action"))
    actors: Names[Actor] = field(default_factory=lambda: Names("unknown-actor", "主体", "actor"))
    terms: Names[Term] = field(default_factory=lambda: Names("unknown-term", "规定", "term"))
    routes: Names[Route] = field(default_factory=lambda: Names("unknown-route", "路径", "route"))
    ladder: tuple[Route, ...] = ()

    def complete(self, domains: Mapping[str, Iterable[Value]], situations: Iterable[Fact]) -> Vocabulary:
        """The vocabulary with the catalogue's names as values and the items' situations as facts."""
        values = {name: tuple(listed) for name, listed in domains.items()}
        facts = {code: fact.with_values(values.get(fact.domain, ())) if fact.domain else fact for code, fact in self.facts.items()}
        for code, word in self.same_as.items():
            other = self.names.by_word.get(word)
            if other is not None:
                facts[code] = facts[code].with_values(facts[other.code].values)
        return Vocabulary.of(
            [*facts.values(), *situations], {one.name: one for one in self.reasons.by_word.values()},
            {one.name: one for one in self.actions.by_word.values()}, {one.name: one for one in self.actors.by_word.values()},
            {one.name: one for one in self.terms.by_word.values()})


def speakable(name: str, place: Place, report: Report) -> None:
    """A name that stands in phrases may have no space, comma or colon."""
    if _UNSPEAKABLE.search(name):
        report.say(place, "unspeakable-name", f"“{name}”要写进短句里，不能含空格、顿号、逗号或者冒号。",
                   f"“{name}” stands in phrases; it may have no space, comma or colon.")


def read_words(files: Sequence[File], report: Report) -> Words:
    """Read vocabulary.yaml and ladder.yaml. The result is of use only if nothing was reported."""
    words = Words()
    for file in files:
        if isinstance(file.model, VocabularyFile):
            _facts(file, file.model, words, report)
            _rest(file, file.model, words, report)
        elif isinstance(file.model, LadderFile):
            _ladder(file, file.model, words, report)
    return words


def _facts(file: File, model: VocabularyFile, words: Words, report: Report) -> None:
    read: list[tuple[Place, FactShape]] = []
    for place, row in file.each("事实", model.facts):
        speakable(row.name, place / "名称", report)
        values = _values(row.values or (), place / "值", report)
        fact = Fact(
            row.name, row.code, row.english, row.subject, row.type, row.supplier, values, row.domain or "",
            NoneValue(row.none.name, row.none.code, row.none.day) if row.none else None, row.unit, row.english_unit, row.low, row.high,
            row.function, tuple(row.leaves), row.list_kind, row.question, row.english_question, row.note, row.review,
            None if row.unspoken is None else row.unspoken == "成立")
        words.names.add(fact, (row.name, row.code), place, report)
        words.facts.setdefault(row.code, fact)
        read.append((place, row))
    for place, row in read:
        _check_values(place, row, words, report)
        _check_supplier(place, row, words, report)
    for code in NEEDED:
        if code not in words.facts:
            report.say(file.place("事实"), "missing-fact", f"词表里缺少英文代码为“{code}”的事实，目录要用它的值。",
                       f"The vocabulary lacks the fact “{code}”, whose values the catalogue takes.")


def _values(rows: Sequence[ValueShape], place: Place, report: Report) -> tuple[Value, ...]:
    names: Names[Value] = Names("unknown-value", "值", "value")
    for number, row in enumerate(rows):
        speakable(row.name, place / number / "名称", report)
        names.add(Value(row.name, row.code, row.english), (row.name, row.code), place / number, report)
    return tuple(dict.fromkeys(names.by_word.values()))


def _check_values(place: Place, row: FactShape, words: Words, report: Report) -> None:
    given = [name for name, value in (("值", row.values), ("值取自", row.domain), ("值同", row.same_as)) if value]
    if row.type in (CHOICE, CHOICES) and len(given) != 1:
        report.say(place, "fact-values", f"“{row.name}”的类型为“{row.type}”，“值”“值取自”“值同”要写且只写一个。",
                   f"“{row.code}” is a choice; exactly one of 值, 值取自, 值同 must be written.")
    if row.type not in (CHOICE, CHOICES) and given:
        report.say(place / given[0], "fact-values", f"“{row.name}”的类型为“{row.type}”，不写“{given[0]}”。",
                   f"“{row.code}” is no choice and takes no “{given[0]}”.")
    for name, value, fitting in (("无值", row.none, DAY), ("单位", row.unit, NUMBER), ("最小", row.low, NUMBER), ("最大", row.high, NUMBER)):
        if value not in (None, "") and row.type != fitting:
            report.say(place / name, "fact-values", f"类型为“{fitting}”的才写“{name}”，“{row.name}”的类型为“{row.type}”。",
                       f"“{name}” belongs to another type of fact than “{row.code}”.")
    if row.low is not None and row.high is not None and row.low > row.high:
        report.say(place / "最小", "fact-values", f"“{row.name}”的最小值大于最大值。",
                   f"The least value of “{row.code}” is greater than the greatest.")
    if row.same_as:
        other = words.names.find(row.same_as, place / "值同", report)
        if other is not None and (other.type not in (CHOICE, CHOICES) or other.code in words.same_as or other.code == row.code):
            report.say(place / "值同", "fact-values", f"“{other.name}”自己没有写值，不能说与它的值相同。",
                       f"“{other.code}” has no values of its own to share.")
        words.same_as[row.code] = row.same_as


#: The facts about a material that evidence carries (see engine.application.Evidence).
ASKED = ("query_result", "check_result", "on_file")


def _check_supplier(place: Place, row: FactShape, words: Words, report: Report) -> None:
    if row.supplier == COMPUTED and row.function not in NAMES:
        report.say(place / "函数", "unknown-function", f"没有叫“{row.function}”的推算函数。" if row.function else "推算的事实要写“函数”。",
                   f"There is no function “{row.function}”." if row.function else "A computed fact needs its “函数” (function).",
                   sorted(NAMES), row.function)
    if row.supplier != COMPUTED and row.function:
        report.say(place / "函数", "fact-supplier", f"只有来源是推算的才写“函数”，“{row.name}”的来源是{row.supplier}。",
                   f"Only a computed fact has a function; “{row.code}” is not computed.")
    if (row.function == "list_status") != bool(row.list_kind):
        report.say(place / "清单", "fact-supplier", "函数是 list_status 的要写“清单”，别的不写。",
                   "A fact with the function list_status names its “清单” (list), any other names none.")
    elif row.list_kind and row.list_kind not in LIST_KINDS:
        report.say(place / "清单", "unknown-list", f"没有叫“{row.list_kind}”的清单。",
                   f"There is no list called “{row.list_kind}”.", LIST_KINDS, row.list_kind)
    if row.supplier == DECLARED and not (row.question and row.english_question):
        missing = "英文问题" if row.question else "问题"
        report.say(place, "fact-supplier", f"“{row.name}”由申请人申报，要写“{missing}”。",
                   f"“{row.code}” is declared by the applicant and needs “{missing}” (a question).")
    if row.supplier in (RECORDED, QUERIED) and (row.supplier == QUERIED or row.subject not in ("申请", "申请人")) and row.code not in ASKED:
        report.say(place / "来源", "no-supply", f"“{row.name}”没有地方可以送进来：查询的事实只有 query_result 和 check_result，"
                   "记录的事实说的是申请或者申请人，说材料的只有 on_file。",
                   f"Nothing carries “{row.code}”: queried facts are query_result and check_result, recorded facts speak of the application "
                   "or the applicant, of a material only on_file does.")
    if row.unspoken is not None and (row.supplier != DECLARED or row.type != YES_NO):
        report.say(place / "未提出视为", "fact-supplier", "只有来源是申报、类型是“是否”的才写“未提出视为”。",
                   "“未提出视为” belongs to declared yes/no facts only.")
    if row.supplier == DEFINED and row.type != YES_NO:
        report.say(place / "类型", "fact-supplier", f"来源是认定的类型只能是“是否”，“{row.name}”的是“{row.type}”。",
                   f"A defined fact is yes or no; “{row.code}” is not.")
    for number, word in enumerate(row.leaves):
        leaf = words.names.find(word, place / "取自" / number, report)
        if leaf is not None and leaf.supplier not in (DECLARED, RECORDED):
            report.say(place / "取自" / number, "fact-supplier", f"“取自”只能是申报或者记录的事实，“{leaf.name}”的来源是{leaf.supplier}。",
                       f"“取自” names declared or recorded facts; “{leaf.code}” is neither.")


def _rest(file: File, model: VocabularyFile, words: Words, report: Report) -> None:
    for place, said in file.each("理由", model.reasons):
        words.reasons.add(Reason(said.name, said.code, said.sentence, said.english), (said.name, said.code), place, report)
    for place, said in file.each("后续", model.actions):
        words.actions.add(Action(said.name, said.code, said.sentence, said.english), (said.name, said.code), place, report)
    for place, actor in file.each("主体", model.actors):
        words.actors.add(Actor(actor.name, actor.code, actor.english), (actor.name, actor.code), place, report)
    for place, row in file.each("规定", model.terms):
        _term(place, row, words, report)


def _term(place: Place, row: TermShape, words: Words, report: Report) -> None:
    if (row.type == "选项") != bool(row.values):
        report.say(place, "term-values", "类型是选项的规定要写“值”，期限不写。",
                   "A term that is a choice has its “值” (values), a length of time has none.")
    values = _values(row.values or (), place / "值", report)
    words.terms.add(Term(row.name, row.code, row.english, row.type, row.stricter, values), (row.name, row.code), place, report)


def _ladder(file: File, model: LadderFile, words: Words, report: Report) -> None:
    routes: list[Route] = []
    for place, row in file.each("路径", model.routes):
        speakable(row.name, place / "名称", report)
        if row.elective != bool(row.modes):
            report.say(place, "elective-modes", f"“{row.name}”：自选的路径要写“方式”，不是自选的不写。",
                       f"“{row.code}”: an elective route lists its “方式” (modes), any other has none.")
        modes = _values(row.modes or (), place / "方式", report)
        route = Route(row.code, row.name, row.english, len(routes), row.elective, modes, row.sentence, row.english_sentence)
        words.routes.add(route, (row.name, row.code), place, report)
        routes.append(route)
    words.ladder = tuple(routes)


class Situations:
    """The situations of items and bundles, one fact a name, whoever declares it."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.facts: dict[str, Fact] = {}
        self.by_name: dict[str, tuple[Fact, Place]] = {}

    def read(self, rows: Iterable[tuple[Place, SituationShape]], report: Report) -> tuple[Fact, ...]:
        """The facts of one file's situations; a clash of names is reported."""
        found: dict[str, Fact] = {}
        for place, row in rows:
            speakable(row.name, place / "名称", report)
            if row.code in found or row.name in (fact.name for fact in found.values()):
                report.say(place, "situation-twice", f"情形“{row.name}”在这个文件里写了两次。",
                           f"The situation “{row.code}” is written twice in this file.")
                continue
            fact = self._one(place, row, report)
            if fact is not None:
                found[row.code] = fact
        return tuple(found.values())

    def _one(self, place: Place, row: SituationShape, report: Report) -> Fact | None:
        for word in (row.name, row.code):
            clash = self.words.names.by_word.get(word)
            if clash is not None:
                report.say(place, "situation-collides", f"情形“{row.name}”与词表里的事实“{clash.name}”重名；换一个名称和编码。",
                           f"The situation “{row.code}” has the name of the fact “{clash.code}”; choose another.")
                return None
        for known, first in self.by_name.values():
            if (known.code == row.code) != (known.name == row.name):
                report.say(place, "situation-differs",
                           f"情形“{row.name}”（{row.code}）与 {first.file.path} 第 {first.line} 行的“{known.name}”（{known.code}）名称和编码对不上；"
                           "同一情形两处要写得一样。",
                           f"The situation “{row.code}” and the one on line {first.line} of {first.file.path} agree in name or code only; "
                           "one situation has one name and one code.")
                return None
        fact = self.facts.get(row.code)
        if fact is None:
            fact = Fact(row.name, row.code, row.english, "申请", YES_NO, DECLARED, question=row.question, english_question=row.english_question,
                        review=row.review, situation=True)
            self.facts[row.code] = fact
            self.by_name[row.name] = (fact, place)
        return fact
