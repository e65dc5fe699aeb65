"""The catalogue and the law as JSON: items, requirements, bases, conditions, rules, words of the vocabulary.

Plain printing of what the rulebook holds; days are inclusive here as the law writes them. Nothing here decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final

from api.http.language import Language
from engine.catalogue import Basis, Item, Requirement
from engine.conditions import ALWAYS, All, Condition, Not
from engine.conditions import Any as Some
from engine.deadlines import UNIT_CODES
from engine.law import FOREVER, Instrument, Residual, Rule, Span
from engine.phrases import COMPARISONS, Phrase
from engine.rulebook import Route, Rulebook
from engine.vocabulary import CHOICE, CHOICES, DAY, NUMBER, YES_NO, Fact, Term, Value

Json = dict[str, Any]

RULE_KINDS: Final = {"准许": "grant", "排除": "bar", "阻止": "block", "认定": "definition", "规定": "term"}
TYPES: Final = {YES_NO: "yes_no", CHOICE: "choice", CHOICES: "choices", DAY: "day", NUMBER: "number"}
SUPPLIERS: Final = {"申报": "declared", "目录": "catalogue", "推算": "computed", "记录": "recorded", "查询": "queried", "认定": "defined", "结论": "concluded"}
SUBJECTS: Final = {"申请": "application", "申请人": "applicant", "相关人": "person", "事项": "item", "材料": "material"}
_STRICTER: Final = {"短": "shorter", "长": "longer", "不比较": "not_compared"}


def days(start: date, end: date) -> Json:
    """Half-open days as the law writes them: first day, last day or none."""
    return {"in_force_from": start.isoformat(), "in_force_until": None if end >= FOREVER else (end - timedelta(days=1)).isoformat()}


def span(one: Span | None) -> Json | None:
    """A length of time."""
    return None if one is None else {"count": one.count, "unit": UNIT_CODES[one.unit]}


def condition(one: Condition, language: Language) -> Json:
    """A condition tree: `all`, `any`, `not` with parts, or a `phrase` with its code and words."""
    if isinstance(one, Phrase):
        return {"kind": "phrase", "phrase": one.code, "text": one.text(language), "parts": []}
    if isinstance(one, Not):
        return {"kind": "not", "phrase": None, "text": None, "parts": [condition(one.part, language)]}
    assert isinstance(one, (All, Some))
    return {"kind": "all" if isinstance(one, All) else "any", "phrase": None, "text": None,
            "parts": [condition(part, language) for part in one.parts]}


def needed(one: Condition, language: Language) -> Json | None:
    """A condition, or nothing where it always holds."""
    return None if one == ALWAYS else condition(one, language)


def instrument(one: Instrument) -> Json:
    """A legal instrument."""
    return {"title": one.title, "short": one.short or one.title, "name_en": one.english, "number": one.number, "organ": one.organ, "rank": one.rank,
            "divisions": list(one.divisions), **days(one.start, one.end)}


def basis(one: Basis) -> Json:
    """Where the law asks for an item or a material."""
    doubts = "；".join(text for text in (one.review, one.instrument.review) if text)
    return {"instrument": one.instrument.title, "number": one.instrument.number, "article": one.article, "rank": one.instrument.rank,
            **days(one.start, one.end), "review": doubts or None}


def requirement(one: Requirement, rulebook: Rulebook, language: Language) -> Json:
    """One line of an item's list of materials, alternatives included."""
    material = one.material
    review = "；".join(filter(None, (one.review, material.review if material else "")))
    return {
        "material": one.code, "name": one.name, "name_en": one.english, "role": one.role,
        "kind": _value(rulebook, "material_kind", material.kind, language) if material else None,
        "issuer": _value(rulebook, "issuer_kind", material.issuer, language) if material else None,
        "form": material.form if material else None, "per_person": one.per_person or None, "needed": needed(one.needed, language),
        "bases": [basis(found) for found in one.bases],
        "letter": None if one.letter is None else {
            "content": one.letter.content, "public": one.letter.public, "public_scope": one.letter.public_scope or None,
            "public_within": span(one.letter.public_within), "consequence": one.letter.consequence, "check_by": one.letter.check_by,
            "check_within": span(one.letter.check_within)},
        "deferral": span(one.deferral), "alternatives": [[requirement(member, rulebook, language) for member in members] for members in one.alternatives],
        "review": review or None}


def _value(rulebook: Rulebook, fact: str, code: str, language: Language) -> Json:
    return {"code": code, "text": rulebook.vocabulary[fact].label(code, language)}


def item(one: Item, rulebook: Rulebook, language: Language) -> Json:
    """An item in one line."""
    division = rulebook.divisions[one.division]
    return {
        "code": one.code, "name": one.name, "name_en": one.english, "division": one.division,
        "division_name": division.name if language == "zh" else division.english, "kind": _value(rulebook, "item_kind", one.kind, language),
        "status": _value(rulebook, "item_status", one.status, language), "reform": _value(rulebook, "reform_mode", one.reform, language),
        "authority": one.authority, "audience": [_value(rulebook, "applicant_kind", code, language) for code in one.audience],
        "legal_time": span(one.legal_time), "promised_time": span(one.promised_time),
        "material_count": len(one.requirements), **days(one.start, one.end)}


def guide(one: Item, rulebook: Rulebook, language: Language) -> Json:
    """An item with everything its guide says."""
    names = rulebook.materials
    return {
        **item(one, rulebook, language), "bases": [basis(found) for found in one.bases],
        "materials": [requirement(found, rulebook, language) for found in one.requirements], "address": one.address,
        "faq": [{"question": question, "answer": answer} for question, answer in one.faq],
        "situations": [{"code": fact.code, "name": fact.name, "name_en": fact.english, "question": question(fact, language)} for fact in one.situations],
        "outputs": [{"material": code, "name": names[code].name, "name_en": names[code].english} for code in one.outputs if code in names],
        "elsewhere": [{"scope": found.scope, "modes": list(found.modes), **days(found.start, found.end), "bases": [basis(row) for row in found.bases],
                       "synthetic": found.synthetic, "review": found.review or None} for found in one.elsewhere],
        "default_division": one.default_division or None, "review": one.review or None}


def question(fact: Fact, language: Language) -> str | None:
    """The question that asks for a fact, with its placeholders."""
    return (fact.question if language == "zh" else fact.english_question) or None


def rule(one: Rule, language: Language) -> Json:
    """A rule in one line."""
    return {
        "id": one.id, "kind": RULE_KINDS[one.kind], "instrument": one.instrument.title, "number": one.instrument.number, "rank": one.instrument.rank,
        "divisions": list(one.instrument.divisions), "article": one.article, "gist": one.gist, "route": one.route or None, "mode": one.mode or None,
        "reason": None if one.reason is None else {"code": one.reason.code, "text": one.reason.sentence if language == "zh" else one.reason.english},
        **days(one.start, one.end), "review": one.doubts or None}


def rule_in_full(one: Rule, language: Language) -> Json:
    """A rule with its instrument, conditions and what follows from it."""
    return {
        **rule(one, language), "source": instrument(one.instrument), "condition": needed(one.condition, language),
        "defines": one.defines.code if one.defines else None, "residuals": [residual(found, language) for found in one.residuals],
        "remedy": one.remedy or None, "term": one.term.code if one.term else None,
        "value": span(one.value) if isinstance(one.value, Span) else None, "choice": one.value if isinstance(one.value, str) else None,
        "idle": one.idle or None, "file": one.file, "line": one.line}


def residual(one: Residual, language: Language) -> Json:
    """What remains to be done once a rule applies."""
    return {"actor": one.actor.code, "action": one.action.code, "text": one.action.sentence if language == "zh" else one.action.english,
            "term": one.term.code if one.term else None, "within": span(one.span)}


def value(one: Value) -> Json:
    """A value of a choice."""
    return {"code": one.code, "name": one.name, "name_en": one.english}


def fact(one: Fact) -> Json:
    """A fact with everything that may be said of it."""
    return {
        "code": one.code, "name": one.name, "name_en": one.english, "subject": SUBJECTS[one.subject], "type": TYPES[one.type],
        "supplier": SUPPLIERS[one.supplier], "values": [value(found) for found in one.values],
        "none": {"code": one.none.code, "name": one.none.name, "day": one.none.day.isoformat()} if one.none else None,
        "unit": one.unit or None, "unit_en": one.english_unit or None, "low": one.low, "high": one.high,
        "question": one.question or None, "question_en": one.english_question or None, "situation": one.situation,
        "asked_through": list(one.leaves), "note": one.note or None, "review": one.review or None}


def term(one: Term) -> Json:
    """A value that rules set."""
    return {"code": one.code, "name": one.name, "name_en": one.english, "type": "span" if one.type == "期限" else "choice",
            "stricter": _STRICTER[one.stricter], "values": [value(found) for found in one.values]}


def route(one: Route) -> Json:
    """A rung of the ladder."""
    return {"code": one.code, "name": one.name, "name_en": one.english, "weight": one.weight, "elective": one.elective,
            "modes": [value(found) for found in one.modes], "sentence": one.sentence, "sentence_en": one.english_sentence}


def comparisons() -> Iterable[Json]:
    """The comparisons of the grammar."""
    return ({"code": one.code, "name": one.name, "name_en": one.english, "type": TYPES[one.type], "several_values": one.many} for one in COMPARISONS)


def vocabulary(rulebook: Rulebook) -> Json:
    """Everything that can be said."""
    words = rulebook.vocabulary
    return {
        "facts": [fact(one) for one in words.facts], "comparisons": list(comparisons()), "routes": [route(one) for one in rulebook.ladder],
        **{name: [{"code": one.code, "name": one.name, "sentence": one.sentence, "sentence_en": one.english} for one in listed.values()]
           for name, listed in (("reasons", words.reasons), ("actions", words.actions))},
        "actors": [{"code": one.code, "name": one.name, "name_en": one.english} for one in words.actors.values()],
        "terms": [term(one) for one in words.terms.values()]}
