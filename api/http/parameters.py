"""Values that stand in query strings: days and answers to situations, read strictly."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

DAY_EXAMPLES: Final = ["2026-11-22"]

#: Days before are older than any law here; days after leave no room for terms to run.
FIRST, LAST = date(1949, 10, 1), date(2999, 12, 31)


def _day(value: Any) -> date:
    if isinstance(value, date):
        return value
    try:
        if not isinstance(value, str):
            raise ValueError
        found = date.fromisoformat(value)
        if found.isoformat() != value or not FIRST <= found <= LAST:   # Python also reads 20261122 and 2026-W47-5
            raise ValueError
    except ValueError:
        raise PydanticCustomError("wrong-date", "no day") from None
    return found


Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date", "pattern": r"^(19[4-9]\d|2\d{3})-\d{2}-\d{2}$"})]


def _answer(value: Any) -> tuple[str, bool]:
    if isinstance(value, tuple):
        return value
    word, separator, given = str(value).rpartition(":")
    if not separator or not word.strip() or given not in ("true", "false"):
        raise PydanticCustomError("wrong-pair", "no answer")
    return word.strip(), given == "true"


#: One answer to a situation, `code:true` or `code:false`.
SituationAnswer = Annotated[tuple[str, bool], BeforeValidator(_answer), WithJsonSchema(
    {"type": "string", "pattern": "^[^:]*[^:\\s][^:]*:(true|false)$"}), Field(examples=["by_agent:false"])]
