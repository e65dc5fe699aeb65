"""One source, asked over HTTP: a limit of questions at once, one time limit a question, a few attempts, and a breaker that leaves a dead source alone.

Whatever comes back becomes one word; whatever does not come back in time is `down`. A question that could not be put is no answer at all:
nothing is held against the source then. Never raises, whatever the source does; never keeps more than the answer's word and day.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, Protocol

import httpx
from circuitbreaker import CircuitBreaker
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_fixed

from api.sources.adapters import ADAPTERS
from api.sources.contract import LONGEST, Inquiry, QueryReply
from api.sources.links import Link

_log = logging.getLogger("mianzheng")
# Each request would be logged with its whole address, which may hold a key.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)
#: Between two attempts, in seconds: long enough for a proxy to take the next server.
PAUSE: Final = 0.02
#: A timer that fires so much too late, in seconds, says something of this process and nothing of the source.
LAG: Final = 0.1
#: Who was given this part of its time was given it.
_NEARLY: Final = 0.9

#: Why there is no answer, or none that helps. The words stand in answers and counts (docs/sharing.md).
OPEN, TIMEOUT, UNREACHABLE, STATUS, GARBAGE, BUSY, LATE = "breaker_open", "timeout", "unreachable", "status", "garbage", "busy", "late"


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a question. `result` None: it was not put, or broken off through no fault of the source. `why` empty: the source said it."""

    result: str | None
    valid_to: str | None = None
    at: str | None = None
    why: str = ""
    cached: bool = False

    @property
    def conclusive(self) -> bool:
        """Whether the source itself said it, so that it may be used again for a short while."""
        return not self.why and self.result not in (None, "unclear", "inconclusive")


class Asks(Protocol):
    """Whoever can be asked: a channel, or what stands in for one."""

    def ask(self, inquiry: Inquiry, until: float) -> Awaitable[Told]: ...


class _Failure(Exception):
    """The source failed. `quickly`: at once, so that another attempt is worth its while."""

    def __init__(self, told: Told, quickly: bool = False):
        self.told, self.quickly = told, quickly
        super().__init__(told.why)


class _Quick(_Failure):
    """Failed at once: another attempt may do better."""


class Channel:
    """The way to one source. Lives in one event loop. `connect` makes a client that holds one connection.

    Each question under way has a client to itself: a pool would look through all of its connections twice for every question.
    """

    def __init__(self, link: Link, connect: Callable[[], httpx.AsyncClient]):
        self.link = link
        self._adapter = ADAPTERS[link.interface]
        self._connect = connect
        self._idle: list[httpx.AsyncClient] = []      # the one used last first: it is the likeliest to be still open
        self._slots = asyncio.Semaphore(link.manner.at_once)
        self._breaker = CircuitBreaker(link.manner.breaker.failures, link.manner.breaker.rest_s, _Failure, link.source)
        self._probing = False

    @property
    def state(self) -> str:
        """`closed`: it is asked; `open`: it is left alone; `half_open`: one question may try it."""
        return str(self._breaker.state)

    async def ask(self, inquiry: Inquiry, until: float) -> Told:
        """Put one question. `until`: when the whole answer must be there, in the event loop's seconds."""
        if self._shut():
            return self._down(inquiry, OPEN)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(until):
                await self._slots.acquire()
        except TimeoutError:
            return Told(None, why=BUSY)
        try:
            if self._shut():       # while we stood in line
                return self._down(inquiry, OPEN)
            if loop.time() >= until:
                return Told(None, why=LATE)
            return await self._put(inquiry, until)
        finally:
            self._slots.release()

    def restored(self) -> None:
        """Its provider says that it answers again: it is asked from now on."""
        self._breaker.reset()

    async def close(self) -> None:
        """Let its connections go."""
        while self._idle:
            await self._idle.pop().aclose()

    def _shut(self) -> bool:
        return bool(self._breaker.opened) or (self._breaker.state == "half_open" and self._probing)

    async def _put(self, inquiry: Inquiry, until: float) -> Told:
        """Ask, within the source's own limit or what is left of the whole; tell the breaker."""
        loop = asyncio.get_running_loop()
        start, entitled = loop.time(), self.link.manner.timeout_ms / 1000
        end = min(start + entitled, until)
        probe = self._breaker.state == "half_open"
        self._probing = self._probing or probe
        try:
            try:
                async with asyncio.timeout_at(end):
                    told = await self._attempts(inquiry)
            except TimeoutError:
                if end - start < entitled * _NEARLY or loop.time() > end + LAG:
                    return Told(None, why=LATE)      # it was not given its time, or we were too busy to look whether it had answered
                raise _Failure(self._down(inquiry, TIMEOUT)) from None
            self._breaker.reset()
            return told
        except _Failure as failure:
            with suppress(_Failure), self._breaker:
                raise failure
            return failure.told
        finally:
            if probe:
                self._probing = False

    async def _attempts(self, inquiry: Inquiry) -> Told:
        retrying = AsyncRetrying(stop=stop_after_attempt(self.link.manner.attempts), wait=wait_fixed(PAUSE), retry=retry_if_exception_type(_Quick), reraise=True)
        return await retrying(self._once, inquiry)

    async def _once(self, inquiry: Inquiry) -> Told:
        client = self._idle.pop() if self._idle else self._connect()
        try:
            told = await self._over(client, inquiry)
        except BaseException:
            # What broke off may have left its connection in no state to be used again: such a client would never answer any more.
            with suppress(Exception):
                await client.aclose()
            raise
        client.cookies.clear()      # nothing of one person's question goes with the next one's
        self._idle.append(client)
        return told

    async def _over(self, client: httpx.AsyncClient, inquiry: Inquiry) -> Told:
        try:
            async with client.stream("POST", self.link.url, content=self._adapter.said(inquiry), headers=dict(self._adapter.headers)) as response:
                if response.status_code in (502, 503):
                    raise _Quick(self._down(inquiry, STATUS))
                if response.status_code != 200:
                    raise _Failure(self._down(inquiry, STATUS))
                if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
                    raise _Failure(self._unclear(inquiry))      # packed, which nobody asked for: a small answer may unpack to a huge one
                body = b""
                async for part in response.aiter_raw():
                    body += part
                    if len(body) > LONGEST:
                        raise _Failure(self._unclear(inquiry))
        except (httpx.TransportError, OSError):      # a refusal during the handshake comes as a bare error of TLS
            raise _Quick(self._down(inquiry, UNREACHABLE)) from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError):
            raise _Failure(self._unclear(inquiry)) from None
        except Exception as error:
            if isinstance(error, _Failure):
                raise
            # What a source sends may meet a fault in any layer below; it shall cost one answer, not the decision.
            _log.warning("%s: %s", self.link.source, type(error).__name__)
            raise _Failure(self._down(inquiry, UNREACHABLE)) from None
        return self._heard(inquiry, response.headers.get("content-type", ""), body)

    def _heard(self, inquiry: Inquiry, kind: str, body: bytes) -> Told:
        reply = self._adapter.heard(inquiry, kind, body)
        if reply is None:
            raise _Failure(self._unclear(inquiry))
        valid_to = reply.valid_to if isinstance(reply, QueryReply) else None
        return Told(reply.result, valid_to.isoformat() if valid_to else None, reply.at.isoformat() if reply.at else None)

    @staticmethod
    def _down(inquiry: Inquiry, why: str) -> Told:
        """A source that does not answer is down. A check that did not come to an end has found nothing: it is still to be made."""
        return Told("down" if inquiry.kind == "query" else None, why=why)

    @staticmethod
    def _unclear(inquiry: Inquiry) -> Told:
        return Told("unclear" if inquiry.kind == "query" else None, why=GARBAGE)


def said_before(told: Told) -> Told:
    """The same answer, from the cache."""
    return replace(told, cached=True)
