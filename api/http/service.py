"""What a running service holds: rulebook, decider, settings, clock. Loaded once at the start, never changed.

Nothing here speaks HTTP, except to find the service of a request.
"""

from __future__ import annotations

import gc
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from starlette.requests import Request

from api.http.counts import Metrics
from api.http.language import Language, choose
from api.http.problems import HttpProblem
from api.program import PROGRAM
from api.records.database import Unavailable
from api.records.instants import BEIJING
from api.records.records import Policy, Records
from api.rule_files import bundled, open_rulebook
from api.settings import Settings
from api.sources.links import read_links
from api.sources.sources import Sources
from engine.decide import Decider
from engine.lifecycle.lateness import Thresholds
from engine.problems import Problem, Refused
from engine.reading import read_rulebook
from engine.rulebook import Rulebook

Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    """Now."""
    return datetime.now(UTC)


def load(settings: Settings) -> Rulebook:
    """The rulebook the settings name. Raises Refused with every problem in it."""
    return read_rulebook(open_rulebook(settings.rules or bundled()))


def settle() -> None:
    """What a process made at its start stays: looking through it for garbage again and again would stop every request for a tenth of a second."""
    gc.collect()
    gc.freeze()


def open_records(settings: Settings, decider: Decider, clock: Clock = wall_clock) -> Records | None:
    """The records the settings name, or None. Raises Refused, also where the database does not answer."""
    if settings.database is None:
        return None
    policy = Policy(settings.own_records_complete, settings.hall_closes, Thresholds(*settings.lateness), settings.repeat_card)
    try:
        return Records(settings.database, decider, open_rulebook(settings.rules or bundled()), clock, policy, PROGRAM, settings.patience)
    except Unavailable:
        raise Refused([Problem("database-unreachable", "数据库连不上；看一看 MIANZHENG_DATABASE 和数据库是否在运行。",
                               "The database cannot be reached; check MIANZHENG_DATABASE and whether the database runs.",
                               field="MIANZHENG_DATABASE")]) from None


@dataclass(frozen=True, slots=True)
class Service:
    """Everything the endpoints share. `records` None: nothing is recorded. `sources` None: nobody is asked."""

    rulebook: Rulebook
    settings: Settings
    clock: Clock = wall_clock
    decider: Decider = field(init=False)
    records: Records | None = field(init=False)
    metrics: Metrics = field(init=False)
    sources: Sources | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "decider", Decider(self.rulebook))
        object.__setattr__(self, "metrics", Metrics(self.rulebook.version))
        links = read_links(self.settings.sources, self.rulebook).within(self.settings.sources_time)
        object.__setattr__(self, "sources", Sources(links, self.metrics.told) if links.links else None)
        object.__setattr__(self, "records", open_records(self.settings, self.decider, self.clock))
        if self.records is not None:
            self.records.writer.watch = self.metrics.committed
            self.metrics.available.set(1)

    def close(self) -> None:
        """Write what is queued and let the database go."""
        if self.records is not None:
            self.records.close()

    async def stop(self) -> None:
        """Let everything go: connections to sources, then the database."""
        if self.sources is not None:
            await self.sources.close()
        self.close()

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
