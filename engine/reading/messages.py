"""From a mistake in a file's shape to a sentence its writer understands, in Chinese and English.

Every error of the validation library is turned into a Problem here; none of its own words and no Python type gets through.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from engine.problems import Problem, nearest
from engine.reading.report import Place, Report
from engine.reading.scalars import Shape
from engine.yaml_text import FULL_WIDTH, full_width_colon

#: Sentences for the mistakes that engine.reading.scalars names, by code: (Chinese, English), `{word}` is what was written.
SENTENCES: Final = {
    "empty-value": ("这里是空的，应当写上内容。", "Nothing is written here."),
    "empty-list": ("这里至少要写一项。", "At least one entry is needed here."),
    "wrong-value": ("这里不能写“{word}”。", "“{word}” cannot stand here."),
    "bad-date": ("“{word}”不是日期；写作 2026-11-22。", "“{word}” is not a day; write it like 2026-11-22."),
    "bad-last-day": ("“{word}”不是日期；写最后一天，如 2026-11-22，或者写“至今”。",
                     "“{word}” is not a day; write the last day in force like 2026-11-22, or “至今”."),
    "bad-code": ("“{word}”不能作代码；代码用小写字母开头，只含小写字母、数字和下划线。",
                 "“{word}” is no code; a code begins with a small letter and has small letters, digits and underscores only."),
    "bad-division": ("“{word}”不是区划代码；区划代码是六位数字，加引号，例如 \"210400\"。",
                     "“{word}” is no division code; write six digits in quotes, like \"210400\"."),
    "bad-number": ("“{word}”不是整数。", "“{word}” is not a whole number."),
    "bad-count": ("“{word}”不是正整数。", "“{word}” is not a positive whole number."),
}
#: A missing key that has a code of its own: (Chinese, English), `{key}` is the key.
MISSING: Final = {
    "missing-key": ("缺少“{key}”。", "“{key}” is missing."),
    "fact-without-supplier": ("这个事实没有写“来源”：由谁提供。", "This fact has no “来源”: who supplies it."),
    "rule-without-article": ("这条规则没有写“条款”：依据第几条。", "This rule has no “条款”: the article it rests on."),
    "missing-basis": ("这份材料没有写“依据”；确实没有的，写“依据: 无”。",
                      "This material has no “依据” (legal basis); if there is none, write “依据: 无”."),
    "letter-incomplete": ("承诺书缺少“{key}”。", "The commitment letter lacks “{key}”."),
    "guide-incomplete": ("办事指南缺少“{key}”。", "The guide lacks “{key}”."),
}
_BAD_DATES: Final = {"bad-last-day": "bad-date"}


def report_errors(error: ValidationError, shape: type[Shape], place: Place, report: Report) -> None:
    """Report every mistake of one mapping."""
    for detail in error.errors(include_url=False):
        here = place
        for step in detail["loc"]:
            here = here / step
        report.add(problem_of(detail, shape), here)


def problem_of(detail: ErrorDetails, shape: type[Shape]) -> Problem:
    """One mistake as a problem without its place."""
    kind, loc, given = detail["type"], detail["loc"], detail["input"]
    if kind == "missing":
        name = str(loc[-1])
        code = getattr(_shape_at(shape, loc[:-1]), "MISSING", {}).get(name, "missing-key")
        zh, en = MISSING[code]
        return Problem(code, zh.replace("{key}", name), en.replace("{key}", name))
    if kind == "extra_forbidden":
        name, keys = str(loc[-1]), _keys(_shape_at(shape, loc[:-1]))
        return Problem("unknown-key", f"这里没有“{name}”这个键。", f"There is no key “{name}” here.", allowed=keys, nearest=nearest(name, keys))
    if kind in SENTENCES:
        context = detail.get("ctx", {})
        word, allowed = str(context.get("word", "")), tuple(context.get("allowed", ()))
        if isinstance(given, (dict, list)) and kind != "empty-list":
            return _wrong_shape(given, "一个词" if allowed else "一段文字", "one word" if allowed else "a text", allowed)
        if word == "":
            kind = "empty-value" if kind != "empty-list" else kind
        code = _missing_code(shape, loc) if kind in ("empty-value", "empty-list") else None
        if code:
            zh, en = MISSING[code]
            return Problem(code, zh.replace("{key}", str(loc[-1])), en.replace("{key}", str(loc[-1])))
        zh, en = SENTENCES[kind]
        return Problem(_BAD_DATES.get(kind, kind), zh.replace("{word}", word), en.replace("{word}", word), allowed=allowed,
                       nearest=nearest(word, allowed) if word else "")
    return _wrong_shape(given, *_EXPECTED.get(kind, ("另一种写法", "something else")))


_EXPECTED: Final = {
    "string_type": ("一段文字", "a text"),
    "list_type": ("一列，每行前面有“- ”", "a list, each line with “- ” in front"),
    "tuple_type": ("几个用“、”连接的词", "words joined by “、”"),
    "model_type": ("几行“键: 值”", "lines of “key: value”"),
    "dict_type": ("几行“键: 值”", "lines of “key: value”"),
}


def _wrong_shape(given: Any, zh: str, en: str, allowed: tuple[str, ...] = ()) -> Problem:
    if isinstance(given, str):
        colon = FULL_WIDTH.match(given)
        if colon:
            return full_width_colon(colon[1])
        was_zh, was_en = (f"“{given}”", f"“{given}”") if given else ("空的", "nothing")
    elif isinstance(given, list):
        was_zh, was_en = "一列", "a list"
    else:
        was_zh, was_en = "几个键", "a group of keys"
    return Problem("wrong-shape", f"这里应当是{zh}，却是{was_zh}。", f"Here should stand {en}, not {was_en}.", allowed=allowed)


def _missing_code(shape: type[Shape], loc: tuple[int | str, ...]) -> str | None:
    owner = _shape_at(shape, loc[:-1])
    return getattr(owner, "MISSING", {}).get(loc[-1]) if owner is not None else None


def _shape_at(shape: type[Shape] | None, loc: tuple[int | str, ...]) -> type[Shape] | None:
    for step in loc:
        if shape is None:
            return None
        if isinstance(step, str):
            field = next((f for f in shape.model_fields.values() if f.alias == step), None)
            shape = _inner(field.annotation) if field is not None else None
    return shape


def _inner(annotation: Any) -> type[Shape] | None:
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        return annotation
    find: Callable[[Any], type[Shape] | None] = _inner
    return next((found for part in get_args(annotation) if (found := find(part)) is not None), None)


def _keys(shape: type[Shape] | None) -> tuple[str, ...]:
    return tuple(str(field.alias) for field in shape.model_fields.values()) if shape is not None else ()
