"""What a running service holds: rulebook, decider, settings, clock. Loaded once at the start, never changed.

Nothing here speaks HTTP, except to find the service of a request.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from starlette.requests import Request

from api.http.language import Language, choose
from api.http.problems import HttpProblem
from api.rule_files import bundled, open_rulebook
from api.settings import Settings
from engine.decide import Decider
from engine.reading import read_rulebook
from engine.rulebook import Rulebook

#: China has one time and no summer time.
BEIJING: Final = timezone(timedelta(hours=8), "Asia/Shanghai")

Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    """Now."""
    return datetime.now(UTC)


def load(settings: Settings) -> Rulebook:
    """The rulebook the settings name. Raises Refused with every problem in it."""
    return read_rulebook(open_rulebook(settings.rules or bundled()))


@dataclass(frozen=True, slots=True)
class Service:
    """Everything the endpoints share."""

    rulebook: Rulebook
    settings: Settings
    clock: Clock = wall_clock
    decider: Decider = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "decider", Decider(self.rulebook))

    def now(self) -> datetime:
        """The time in China."""
        return self.clock().astimezone(BEIJING)

    def today(self) -> date:
        """The day in China: the day of a decision when none is named."""
        return self.now().date()

    def trusts(self, authorization: str | None) -> bool:
        """Whether a caller with this `Authorization` header may state evidence."""
        tokens = self.settings.trusted_tokens
        if tokens is None:
            return True
        scheme, _, token = (authorization or "").partition(" ")
        given = token.strip().encode()
        known = [hmac.compare_digest(given, one.encode()) for one in tokens]   # every one is compared: time tells nothing
        return scheme.lower() == "bearer" and any(known)


def service_of(request: Request) -> Service:
    """The service of a request. Raises `not-ready` before the rulebook is there."""
    found = getattr(request.app.state, "service", None)
    if not isinstance(found, Service):
        raise HttpProblem("not-ready", headers={"Retry-After": "1"})
    return found


def language(request: Request) -> Language:
    """The language the caller asked for."""
    return choose(request.headers.get("accept-language", ""))
