"""Reads instruments and the rules in them.

One rule at a time: how rules stand to one another is for engine.reading.guards. Nothing here decides.
"""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from engine.computed_names import STATIC
from engine.law import BAR, BLOCK, DEFINITION, GRANT, TERM, Background, Instrument, Residual, Rule, Span
from engine.problems import Problem
from engine.reading.catalogue_shapes import BasesFile
from engine.reading.conditions import no_conclusion
from engine.reading.draft import Draft, span
from engine.reading.messages import report_errors
from engine.reading.report import File, Place
from engine.reading.scalars import SpanShape
from engine.reading.shapes import InstrumentFile, InstrumentHead, ResidualShape, RuleShape
from engine.vocabulary import CATALOGUE, COMPUTED, DEFINED, Fact, Reason, Term

KINDS = (DEFINITION, GRANT, BAR, BLOCK, TERM)
#: Words that give no reason where 暂无适用 asks for one.
_NO_REASONS = ("是", "否", "无")


def read_instruments(draft: Draft) -> None:
    """Every instrument of law/ and of the bases, by title and short name."""
    for file, model in draft.models(InstrumentFile):
        instrument = _instrument(draft, file.place(), model, file.path, model)
        draft.law.append((file, instrument))
        draft.background.extend(Background(instrument, row.article, row.gist, row.amount, row.unit) for row in model.background)
    for file, bases in draft.models(BasesFile):
        for place, row in file.each("依据文件", bases.bases):
            _instrument(draft, place, row, file.path, None)


def _instrument(draft: Draft, place: Place, head: InstrumentHead, path: str, whole: InstrumentFile | None) -> Instrument:
    for number, code in enumerate(head.divisions):
        draft.known_division(place / "区划" / number, code)
    start, end = draft.days(place, head.start, head.last)
    citable = whole.citable if whole is not None else True
    if citable and head.rank == "非规范性材料":
        draft.report.say(place / "位阶", "background-citable", "非规范性材料不能作依据：“可作依据”要写“否”。",
                         "A text that is not normative cannot be relied on: “可作依据” must be 否.")
    instrument = Instrument(
        head.title, head.short, head.english, head.number, head.organ, head.rank, tuple(head.divisions), start, end, citable,
        whole.checked.day if whole is not None else None, whole.checked.by if whole is not None else "", head.review, path)
    draft.instruments.add(instrument, [word for word in (head.title, head.short) if word and word != "？"], place, draft.report)
    return instrument


def read_rules(draft: Draft) -> None:
    """Every rule, in order of file path and position."""
    for file, instrument in draft.law:
        model: InstrumentFile = file.model
        if model.rules and not instrument.citable:
            draft.report.say(file.place("规则"), "rule-in-background", f"《{instrument.title}》不可作依据，不能有规则；数字和目标写在“背景”里。",
                             f"“{instrument.english}” is background and carries no rules; write figures and goals under 背景.")
        for place, row in file.each("规则", model.rules):
            _rule(draft, file, instrument, place, row)


def _rule(draft: Draft, file: File, instrument: Instrument, place: Place, row: RuleShape) -> None:
    given = [kind for kind, word in zip(KINDS, (row.defines, row.grants, row.bars, row.blocks, row.sets), strict=True) if word is not None]
    start, end = draft.days_within(place, instrument, row.start, row.last)
    if row.idle in _NO_REASONS:
        draft.report.say(place / "暂无适用", "idle-without-reason", f"“暂无适用”不写“{row.idle}”：写明目录里没有的是什么、为什么保留；管得到的，删去这一行。",
                         f"“暂无适用” takes a reason, not “{row.idle}”: say what the catalogue has none of and why the rule stands; else remove the line.")
    if len(given) != 1:
        said = "一种也没有写" if not given else f"写了{'、'.join(given)}"
        draft.report.say(place, "rule-kinds", f"规则“{row.id}”{said}；认定、准许、排除、阻止、规定要写且只写一种。",
                         f"The rule “{row.id}” states {len(given)} of 认定, 准许, 排除, 阻止, 规定; it must state exactly one.", KINDS)
        draft.conditions.read(row.when, place / "当")
        return
    kind = given[0]
    condition = draft.conditions.read(row.when, place / "当", {TERM: _static, BLOCK: _whole}.get(kind, no_conclusion))
    for key, stated, kinds in (("理由", row.reason, (GRANT, BAR, BLOCK)), ("后续", row.residuals, (GRANT,)), ("值", row.value, (TERM,)),
                              ("单位", row.unit, (TERM,))):
        if stated and kind not in kinds:
            draft.report.say(place / key, "rule-key", f"{kind}的规则不写“{key}”。", f"A rule of kind {kind} takes no “{key}”.")
    reason = _reason(draft, place, kind, row)
    route = mode = ""
    defines: Fact | None = None
    term: Term | None = None
    value: Span | str | None = None
    if kind in (GRANT, BAR):
        route, mode = _route(draft, place / kind, kind, row.grants or row.bars or "")
    elif kind == DEFINITION:
        defines = _defined(draft, place / kind, row.defines or "")
    elif kind == TERM:
        term, value = _term(draft, place, row)
    residuals = tuple(_residual(draft, place / "后续" / number, one) for number, one in enumerate(row.residuals))
    draft.rules.append((place, Rule(
        row.id, kind, instrument, row.article, row.gist, start, end, condition, route, mode, defines, reason,
        tuple(one for one in residuals if one is not None), row.blocks or "", term, value, row.review, file.path, place.line, row.idle)))


def _static(fact: Fact) -> Problem | None:
    """What the condition of a 规定 may read: it has its value before there is an applicant."""
    if fact.supplier == CATALOGUE or (fact.supplier == COMPUTED and fact.function in STATIC):
        return None
    return Problem("term-condition", f"规定的条件只能用目录里的事实和只看事项、材料、日期就能推算的事实，不能用“{fact.name}”。",
                   f"The condition of a 规定 may read catalogue facts and what follows from item, material and day, not “{fact.code}”.")


def _whole(fact: Fact) -> Problem | None:
    """What the condition of a 阻止 may read: it is asked once an application."""
    if fact.subject == "材料":
        return Problem("block-condition", f"阻止针对整件申请，条件里不能用材料的事实“{fact.name}”。",
                       f"A 阻止 concerns the whole application; its condition cannot read “{fact.code}”, a fact of one material.")
    return no_conclusion(fact)


def _reason(draft: Draft, place: Place, kind: str, row: RuleShape) -> Reason | None:
    if kind not in (GRANT, BAR, BLOCK):
        return None
    if row.reason is None:
        draft.report.say(place, "missing-reason", f"规则“{row.id}”没有写“理由”；准许、排除、阻止都要有理由。",
                         f"The rule “{row.id}” has no “理由” (reason); 准许, 排除 and 阻止 each need one.",
                         [reason.name for reason in dict.fromkeys(draft.words.reasons.by_word.values())])
        return None
    return draft.words.reasons.find(row.reason, place / "理由", draft.report)


def _route(draft: Draft, place: Place, kind: str, word: str) -> tuple[str, str]:
    route, mode = draft.split_route(place, word)
    if route is None:
        return "", ""
    if kind == GRANT and route.elective and "/" not in word:
        draft.report.say(place, "grant-without-mode", f"路径“{route.name}”分几种方式，准许要写明哪一种，例如“{route.name}/{route.modes[0].name}”。",
                         f"The route “{route.code}” has modes; a grant names one, like “{route.code}/{route.modes[0].code}”.",
                         [f"{route.name}/{one.name}" for one in route.modes])
    return route.code, mode


def _defined(draft: Draft, place: Place, word: str) -> Fact | None:
    fact = draft.vocabulary.by_word.get(word)
    concepts = [one.name for one in draft.vocabulary.facts if one.supplier == DEFINED]
    if fact is None:
        draft.report.say(place, "unknown-fact", f"没有叫“{word}”的事实。", f"There is no fact called “{word}”.", concepts, word)
        return None
    if fact.supplier != DEFINED:
        draft.report.say(place, "not-definable", f"“{fact.name}”的来源是{fact.supplier}，不能由规则认定；能认定的只有来源为“认定”的事实。",
                         f"“{fact.code}” is not supplied by definitions, so no rule may define it.", concepts)
        return None
    return fact


def _term(draft: Draft, place: Place, row: RuleShape) -> tuple[Term | None, Span | str | None]:
    term = draft.words.terms.find(row.sets or "", place / TERM, draft.report)
    if term is None:
        return None, None
    if row.value is None:
        draft.report.say(place, "term-value", f"规定“{term.name}”没有写“值”。", f"The term “{term.code}” has no “值” (value).")
        return term, None
    if term.type == "期限":
        if not (row.value.isascii() and row.value.isdigit() and int(row.value) > 0 and len(row.value) < 16):
            draft.report.say(place / "值", "term-value", f"规定“{term.name}”是期限，“{row.value}”不是正整数。",
                             f"The term “{term.code}” is a length of time and “{row.value}” is no positive whole number.")
            return term, None
        if row.unit is None:
            draft.report.say(place, "term-value", f"规定“{term.name}”是期限，要写“单位”。",
                             f"The term “{term.code}” is a length of time and needs its “单位” (unit).",
                             ("工作日", "自然日", "月", "小时"))
            return term, None
        return term, Span(int(row.value), row.unit)
    if row.unit is not None:
        draft.report.say(place / "单位", "term-value", f"规定“{term.name}”是选项，不写“单位”。",
                         f"The term “{term.code}” is a choice and takes no “单位” (unit).")
    for value in term.values:
        if row.value in (value.name, value.code):
            return term, value.code
    draft.report.say(place / "值", "term-value", f"规定“{term.name}”没有“{row.value}”这个值。", f"The term “{term.code}” has no value “{row.value}”.",
                     [value.name for value in term.values], row.value)
    return term, None


def _residual(draft: Draft, place: Place, row: ResidualShape) -> Residual | None:
    actor = draft.words.actors.find(row.actor, place / "谁", draft.report)
    action = draft.words.actions.find(row.action, place / "做什么", draft.report)
    term, fixed = _within(draft, place / "期限", row.within)
    return Residual(actor, action, term, fixed) if actor is not None and action is not None else None


def _within(draft: Draft, place: Place, raw: Any) -> tuple[Term | None, Span | None]:
    if raw is None:
        return None, None
    if isinstance(raw, str):
        term = draft.words.terms.find(raw, place, draft.report)
        if term is not None and term.type != "期限":
            draft.report.say(place, "term-value", f"“{term.name}”不是期限。", f"“{term.code}” is no length of time.")
        return term, None
    try:
        return None, span(SpanShape.model_validate(raw))
    except ValidationError as error:
        report_errors(error, SpanShape, place, draft.report)
        return None, None
