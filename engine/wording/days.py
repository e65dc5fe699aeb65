"""Days and lengths of time in words: 2026年11月30日, “by 30 November 2026”, and terms whose day is not known yet.

Only words what the answer says; never computes a day (see engine.deadlines).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

_MONTHS: Final = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
_UNITS: Final = {
    "working_day": ("个工作日", "working day"), "natural_day": ("个自然日", "calendar day"), "month": ("个月", "month"), "hour": ("小时", "hour")}
_FILE_UNITS: Final = {"工作日": "working_day", "自然日": "natural_day", "月": "month", "小时": "hour"}


def day(value: str | date, chinese: bool) -> str:
    """A day as people write it. `value` is a day or its ISO text."""
    one = date.fromisoformat(value) if isinstance(value, str) else value
    if chinese:
        return f"{one.year}年{one.month}月{one.day}日"
    return f"{one.day} {_MONTHS[one.month - 1]} {one.year}"


def length(count: int, unit: str, chinese: bool) -> str:
    """A length of time: `5个工作日`, `5 working days`. `unit` as the answer (working_day) or the files (工作日) write it."""
    zh, en = _UNITS[_FILE_UNITS.get(unit, unit)]
    return f"{count}{zh}" if chinese else f"{count} {en}{'' if count == 1 else 's'}"


def by(fields: Mapping[str, Any], chinese: bool) -> str:
    """`最迟在2026年11月30日` / `by 30 November 2026`; empty where no day is set."""
    if not fields.get("due"):
        return ""
    last = day(str(fields["due"]), chinese)
    return f"最迟在{last}" if chinese else f"by {last}"


def open_term(fields: Mapping[str, Any], chinese: bool) -> str:
    """The sentence (without its full stop) for a term whose last day waits for a calendar; empty where there is none."""
    missing = fields.get("due_missing")
    if not missing:
        return ""
    rule, year = fields["due_rule"], str(missing).rpartition("-")[2]
    start, span = day(str(rule["start"]), chinese), length(int(rule["count"]), str(rule["unit"]), chinese)
    if chinese:
        return f"期限自{start}起{span}，{year}年日历公布后确定具体日期"
    return f"The term is {span} from {start}; its last day will be set once the calendar for {year} is published"
