"""Deciding again what was decided: same application, same evidence, same rulebook, same day; the body must be the same bytes.

Nothing here changes a record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from api.records.chain import body_bytes, canonical, sha256
from api.records.log import Recorded
from api.records.rulebooks import Rulebooks
from engine.application import Application


@dataclass(frozen=True, slots=True)
class Replayed:
    """`identical`: byte for byte. Otherwise `differences` names the first places where they part, with both values."""

    decision_id: str
    identical: bool
    rulebook: str
    recorded_digest: str
    digest: str
    recorded_program: str
    differences: tuple[tuple[str, Any, Any], ...] = ()


def replay(recorded: Recorded, rulebooks: Rulebooks) -> Replayed:
    """Decide again. Raises UnknownRulebook where the rulebook is not kept, Unavailable, Refused (the program has changed its mind)."""
    application = Application.model_validate_json(canonical(recorded.document), strict=True)
    decider = rulebooks.decider(recorded.tells["rulebook"])
    pinned = rulebooks.decider(recorded.tells["pinned"]) if recorded.tells.get("pinned") else None
    body = decider.decide(application, date.fromisoformat(recorded.tells["as_of"]), pinned, recorded.asked_elsewhere, recorded.perhaps_issued)
    made = body_bytes(body)
    return Replayed(recorded.id, made == recorded.body, recorded.tells["rulebook"], sha256(recorded.body), sha256(made), recorded.tells["program"],
                    () if made == recorded.body else tuple(_differences(orjson.loads(recorded.body), orjson.loads(made), "")[:20]))


def _differences(one: Any, other: Any, place: str) -> list[tuple[str, Any, Any]]:
    """Where two documents part, as JSON pointers."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return [found for key in dict.fromkeys((*one, *other)) for found in _differences(one.get(key), other.get(key), f"{place}/{key}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [found for index, (left, right) in enumerate(zip(one, other, strict=True)) for found in _differences(left, right, f"{place}/{index}")]
    return [] if one == other else [(place, one, other)]
