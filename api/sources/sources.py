"""All sources that can be asked, opened together and closed together; each question goes to its source's channel or is answered from memory.

Nothing here knows an application or what an answer means for one.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from typing import Final

import httpx

from api.sources.channel import Channel, Told, said_before
from api.sources.contract import Inquiry
from api.sources.links import Link, Links
from api.sources.memory import Memory
from api.sources.signing import Signing

_ONE: Final = httpx.Limits(max_connections=1, max_keepalive_connections=1)
#: Told of every answer: the source, what came (`none`: the question was not put), seconds it took.
Watch = Callable[[str, Told, float], None]


class Sources:
    """Opened with the links of the settings. Questions are asked from one event loop."""

    def __init__(self, links: Links, watch: Watch | None = None):
        self._links = links
        self._watch = watch
        self._memory = Memory()
        trust = links.tls if links.tls is not None else ssl.create_default_context()
        auth = Signing(links.key) if links.key is not None else None

        def connect() -> httpx.AsyncClient:
            return httpx.AsyncClient(timeout=None, follow_redirects=False, trust_env=False, verify=trust, auth=auth, limits=_ONE)

        self._channels = {link.source: Channel(link, connect) for link in links.links.values()}

    @property
    def links(self) -> Mapping[str, Link]:
        """The sources that can be asked, by code."""
        return self._links.links

    def state(self, source: str) -> str | None:
        """`closed`, `open` or `half_open`: the breaker of a source; None where it cannot be asked."""
        channel = self._channels.get(source)
        return channel.state if channel is not None else None

    def restored(self, source: str) -> None:
        """The provider says that the source answers again: its breaker is closed. Nothing happens where it cannot be asked."""
        channel = self._channels.get(source)
        if channel is not None:
            channel.restored()

    async def ask(self, inquiry: Inquiry, until: float, *, fresh: bool = False) -> Told:
        """One answer. `until`: in the event loop's seconds. `fresh`: what was answered before does not count. Raises KeyError for a source without a link."""
        channel = self._channels[inquiry.source]
        key = self._memory.key(inquiry)
        if not fresh:
            known = self._memory.get(key)
            if known is not None:
                self._seen(inquiry.source, said_before(known), 0.0)
                return said_before(known)
        loop = asyncio.get_running_loop()
        start = loop.time()
        told = await channel.ask(inquiry, until)
        self._memory.keep(key, told, channel.link.manner.cache_s)
        self._seen(inquiry.source, told, loop.time() - start)
        return told

    def _seen(self, source: str, told: Told, seconds: float) -> None:
        if self._watch is not None:
            self._watch(source, told, seconds)

    async def close(self) -> None:
        """Let every connection go."""
        for channel in self._channels.values():
            await channel.close()
