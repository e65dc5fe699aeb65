"""What was found about materials, each kind of answer once: rows carry its number, with what later stages need packed into it.

A packed verdict is an integer that columns can take apart: whether the requirement is met, whether the material covers what it contains,
whether it has to be handed in and will show that, whether it is abolished, and how far it decides the outcome. Nothing here decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod
from typing import Any, Final

from api.replay.columns import TRUTH, Column, chosen, constant
from engine.decide import COVERING
from engine.outcome import outcome

#: By which way an answer was found: columns alone, one question for all rows with the same key, the single engine row by row.
MEANINGS: Final = ("columns", "table", "engine")
OUTCOMES: Final = ("accept", "accept_on_commitment", "accept_with_deferral", "supplement", "undetermined", "blocked")
FIELDS: Final = ("item", "division", "material", "person", "establishes", "route", "mode", "status", "finding", "satisfied", "rule", "reason", "way")
_MET: Final = ("yes", "no", "waiting")
#: What is packed beside the number, each with how many values it has, the lowest place first.
_PARTS: Final = (("met", 4), ("covers", 4), ("to_come", 2), ("asks", 2), ("abolished", 2), ("level", 8))
_AT: Final = {name: prod(size for _, size in _PARTS[:place]) for place, (name, _) in enumerate(_PARTS)}
_SIZE: Final = dict(_PARTS)
NUMBER_AT: Final = prod(size for _, size in _PARTS)


class Registry:
    """Answers by number. An owner is (item, division, material whose fact is established or nothing), written as one text."""

    def __init__(self) -> None:
        self.rows: list[tuple[str | None, ...]] = []
        self._packed: dict[tuple[object, ...], int] = {}

    def of(self, owner: str, material: str, entry: Mapping[str, Any], branches: tuple[str | None, ...], way: str) -> int:
        """The packed number of an answer. `branches`: the routes an unsettled one may still come to."""
        said = tuple(entry.get(name) for name in FIELDS[5:12])
        key = (owner, material, entry.get("person"), said, branches, way)
        found = self._packed.get(key)
        if found is None:
            item, division, establishes = owner.split("\t")
            self.rows.append((item, division, *(word or None for word in (material, entry.get("person"), establishes, *said)), way))
            found = self._packed[key] = self._pack(len(self.rows) - 1, entry, branches)
        return found

    def _pack(self, number: int, entry: Mapping[str, Any], branches: tuple[str | None, ...]) -> int:
        settled, route = entry["status"] == "settled", entry["route"]
        parts = {
            "met": _MET.index(entry["satisfied"]),
            "covers": (1 if route == "covered" or entry["finding"] == "positive" else 0) if settled else 2 if not branches or not COVERING.isdisjoint(branches)
            else 0,
            "to_come": settled and route == "submit", "asks": route in ("submit", "deferral") and entry["satisfied"] != "yes",
            "abolished": route == "abolished", "level": OUTCOMES.index(outcome([dict(entry)], False, False))}
        return number * NUMBER_AT + sum(int(value) * _AT[name] for name, value in parts.items())


def met(packed: Column) -> Column:
    """Met: true; not met: false; waiting: unknown."""
    place = _at(packed, "met")
    return chosen([(place == 0, constant(True, TRUTH)), (place == 1, constant(False, TRUTH))], constant(None, TRUTH))


def covers(packed: Column) -> Column:
    """Covers what it contains: true, false, or unknown while it may still come to that."""
    place = _at(packed, "covers")
    return chosen([(place == 1, constant(True, TRUTH)), (place == 0, constant(False, TRUTH))], constant(None, TRUTH))


def to_come(packed: Column) -> Column:
    """Has to be handed in, and will show then what it contains."""
    return _at(packed, "to_come") == 1


def asks(packed: Column) -> Column:
    """The paper is demanded, now or later, and not there."""
    return _at(packed, "asks") == 1


def abolished(packed: Column) -> Column:
    return _at(packed, "abolished") == 1


def level(packed: Column) -> Column:
    """How far the answer decides the outcome: a place in OUTCOMES."""
    return _at(packed, "level")


def _at(packed: Column, part: str) -> Column:
    return (packed // _AT[part]) % _SIZE[part]


def routes_of(branches: Iterable[Mapping[str, Any]]) -> tuple[str | None, ...]:
    """The routes a body's branches come to."""
    return tuple(branch["route"] for branch in branches)
