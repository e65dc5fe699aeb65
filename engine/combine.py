"""From openness to route: how grants, bars and the applicant's choices make one answer. Read this file aloud.

A route is open if some grant holds and no bar holds; bars always win, order never matters. The material takes the first
open route of the ladder. A route that pends is never passed over in silence: whoever is lighter and pending is named.
Nothing here knows facts, rules' texts or days.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.truth import FAILS, HOLDS, PENDING, Truth, every, negate, some


def openness(grants: Iterable[Truth], bars: Iterable[Truth]) -> Truth:
    """Open iff some grant holds and no bar holds."""
    return every((some(grants), negate(some(bars))))


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a material stands: `route` taken (empty if none is open), lighter routes still `pending`, electives `offered`."""

    route: str
    pending: tuple[str, ...]
    offered: tuple[str, ...]
    offered_if: tuple[str, ...]
    declined: tuple[str, ...]


def stand(ladder: Iterable[tuple[str, bool]], open_: Mapping[str, Truth], choices: Mapping[str, bool | None]) -> Standing:
    """The first open route of the ladder.

    `ladder` gives each route's code and whether it is elective, lightest first; `choices` the applicant's answers to the
    electives (None = not answered). An elective is taken only when chosen; unanswered, it is offered beside the route that
    stands otherwise; declined, it is passed over with no disadvantage.
    """
    pending: list[str] = []
    offered: list[str] = []
    offered_if: list[str] = []
    declined: list[str] = []
    for route, elective in ladder:
        state = open_[route]
        if state == FAILS:
            continue
        if elective and choices.get(route) is False:
            declined.append(route)
        elif elective and choices.get(route) is None:
            (offered if state == HOLDS else offered_if).append(route)
        elif state == PENDING:
            pending.append(route)
        else:
            return Standing(route, tuple(pending), tuple(offered), tuple(offered_if), tuple(declined))
    return Standing("", tuple(pending), tuple(offered), tuple(offered_if), tuple(declined))
