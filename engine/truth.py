"""Kleene's three truth values: holds, fails, pending.

Source: S. C. Kleene, Introduction to Metamathematics (1952), §64 (strong three-valued logic). Pending is not false: it
never closes what an unknown fact could still open.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

Truth = Literal["t", "f", "u"]

HOLDS: Final = "t"
FAILS: Final = "f"
PENDING: Final = "u"


def of(value: bool | None) -> Truth:
    """The truth value of a Python truth, None being unknown."""
    return PENDING if value is None else HOLDS if value else FAILS


def negate(value: Truth) -> Truth:
    return HOLDS if value == FAILS else FAILS if value == HOLDS else PENDING


def every(values: Iterable[Truth]) -> Truth:
    """Conjunction: fails if one fails, else pends if one pends. An empty one holds."""
    result: Truth = HOLDS
    for value in values:
        if value == FAILS:
            return FAILS
        if value == PENDING:
            result = PENDING
    return result


def some(values: Iterable[Truth]) -> Truth:
    """Disjunction: holds if one holds, else pends if one pends. An empty one fails."""
    result: Truth = FAILS
    for value in values:
        if value == HOLDS:
            return HOLDS
        if value == PENDING:
            result = PENDING
    return result
