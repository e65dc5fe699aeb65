"""The words a rule file is made of: texts, days, yes and no, numbers, codes and lists joined by `、`.

Each is a pydantic type that reads the text as written and carries the JSON Schema an editor sees. Nothing here knows a
kind of file, and no default is ever put in for something that was written wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from engine.law import RANKS

#: Marker in a JSON Schema: replaced by the values of that fact, or by the names of that part of the vocabulary.
VALUES_OF: Final = "x-values-of"
CONDITION: Final = "x-condition"


class Shape(BaseModel):
    """A mapping of a rule file: Chinese keys, every unknown key refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_alias=True, validate_by_name=False)


def key(name: str, description: str, **more: Any) -> Any:
    """A field written under the Chinese key `name`; the description is the help an editor shows."""
    return Field(alias=name, description=description, **more)


def wrong(code: str, **context: Any) -> PydanticCustomError:
    """A mistake in a value; engine.reading.messages has the sentence for `code`."""
    return PydanticCustomError(code, "{word}", {"word": "", **context})


def _text(value: Any) -> Any:
    if value == "":
        raise wrong("empty-value")
    return value


Text = Annotated[str, BeforeValidator(_text), WithJsonSchema({"type": "string", "minLength": 1})]


def one_of(*words: str) -> Any:
    """A closed choice."""
    def check(value: str) -> str:
        if value not in words:
            raise wrong("wrong-value", word=value, allowed=words)
        return value
    return Annotated[str, AfterValidator(check), WithJsonSchema({"enum": list(words)})]


def value_of(fact: str, many: bool = False, none: bool = True) -> Any:
    """One value of a fact of the vocabulary (or several, joined by `、`, `无` for none). Checked when the vocabulary is known."""
    schema = {"type": "string", VALUES_OF: fact, "x-many": many, "x-none": none}
    if many:
        return Annotated[tuple[str, ...], BeforeValidator(_joined), WithJsonSchema(schema)]
    return Annotated[str, BeforeValidator(_text), WithJsonSchema(schema)]


def _joined(value: Any) -> Any:
    if not isinstance(value, str):
        return value if not isinstance(value, (dict, list)) else 0
    if value == "":
        raise wrong("empty-value")
    return () if value == "无" else tuple(part for part in re.split("[、,]", value) if part)


def _yes_no(value: Any) -> bool:
    if value in ("是", "否"):
        return bool(value == "是")
    raise wrong("wrong-value", word=value if isinstance(value, str) else "", allowed=("是", "否"))


YesNo = Annotated[bool, BeforeValidator(_yes_no), WithJsonSchema({"enum": ["是", "否"]})]


def _day(value: Any) -> date:
    try:
        if not isinstance(value, str):
            raise ValueError
        found = date.fromisoformat(value)
        if found.isoformat() != value:   # Python also reads 20261122 and 2026-W47-5
            raise ValueError
        return found
    except ValueError:
        raise wrong("bad-date", word=value if isinstance(value, str) else "") from None


def _last_day(value: Any) -> date:
    if value == "至今":
        return date.max
    try:
        return _day(value)
    except PydanticCustomError:
        raise wrong("bad-last-day", word=value if isinstance(value, str) else "") from None


_DAY = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "pattern": f"^{_DAY}$"})]
#: The last day in force, as the law writes it; `至今` is date.max.
LastDay = Annotated[date, BeforeValidator(_last_day), WithJsonSchema({"anyOf": [
    {"enum": ["至今"]}, {"type": "string", "pattern": f"^{_DAY}$"}]})]


def _pattern(code: str, pattern: str) -> Callable[[str], str]:
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise wrong(code, word=value)
        return value
    return check


Code = Annotated[str, AfterValidator(_pattern("bad-code", "[a-z][a-z0-9_]*")),
                 WithJsonSchema({"type": "string", "pattern": "^[a-z][a-z0-9_]*$"})]
DivisionCode = Annotated[str, AfterValidator(_pattern("bad-division", "[0-9]{6}")),
                         WithJsonSchema({"type": "string", "pattern": "^[0-9]{6}$"})]


def _whole(value: Any) -> int:
    if isinstance(value, str) and re.fullmatch("-?[0-9]{1,15}", value):
        return int(value)
    raise wrong("bad-number", word=value if isinstance(value, str) else "")


def _count(value: Any) -> int:
    found = _whole(value)
    if found <= 0:
        raise wrong("bad-count", word=str(value))
    return found


Whole = Annotated[int, BeforeValidator(_whole), WithJsonSchema({"anyOf": [
    {"type": "integer"}, {"type": "string", "pattern": "^-?[0-9]{1,15}$"}]})]
Count = Annotated[int, BeforeValidator(_count), WithJsonSchema({"anyOf": [
    {"type": "integer", "minimum": 1}, {"type": "string", "pattern": "^0*[1-9][0-9]{0,14}$"}]})]


def _none_or_list(value: Any) -> Any:
    return [] if value == "无" else value


def _one_or_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def none_or_list(row: Any) -> Any:
    """A list, or `无` written out."""
    return Annotated[list[row], BeforeValidator(_none_or_list), Field(json_schema_extra=_or_none)]


def _or_none(schema: dict[str, Any]) -> None:
    listed = {name: schema.pop(name) for name in ("type", "items") if name in schema}
    schema["anyOf"] = [{"enum": ["无"]}, listed]


def _or_one(schema: dict[str, Any]) -> None:
    listed = {name: schema.pop(name) for name in ("type", "items") if name in schema}
    schema["anyOf"] = [listed["items"], {**listed, "minItems": 1}]


def _some(value: list[Any]) -> list[Any]:
    if not value:
        raise wrong("empty-list")
    return value


def some(row: Any) -> Any:
    """A list with at least one entry."""
    return Annotated[list[row], AfterValidator(_some), Field(json_schema_extra={"minItems": 1})]


def one_or_some(row: Any) -> Any:
    """One entry, or a list with at least one."""
    return Annotated[list[row], BeforeValidator(_one_or_list), AfterValidator(_some), Field(json_schema_extra=_or_one)]


Divisions = Annotated[list[DivisionCode], BeforeValidator(_one_or_list), AfterValidator(_some), Field(json_schema_extra=_or_one)]

#: A condition stays as it was written; engine.reading.conditions reads it.
Conditions = Annotated[Any, WithJsonSchema({CONDITION: True})]

Rank = one_of(*RANKS)


class SpanShape(Shape):
    """数和单位。"""

    count: Count = key("数", "多少，正整数")
    unit: one_of("工作日", "自然日", "月", "小时") = key("单位", "工作日、自然日、月或者小时")  # type: ignore[valid-type]
