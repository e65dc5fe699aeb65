"""How a fault looks on the wire: answers that come late, broken, byte by byte or never.

Whatever hangs ends when the caller goes away or the server stops. Which fault it is, is chosen elsewhere.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.http.problems import respond
from api.source_server.faults import Delay, Error, Fault, Garbage, HalfAnswer, HalfOpen, Nothing, Reset, SlowDrip, Unclear
from api.source_server.refusals import injected

#: Where the protocol puts itself, for faults that HTTP cannot say.
LINE: Final = "mianzheng.line"
HUGE: Final = 10 * 2**20
_JSON: Final = "application/json"


class Line(H11Protocol):
    """One connection, which the application can also break."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A caller has connected."""
        super().connection_made(transport)
        self.lost = asyncio.Event()
        inner = self.app

        async def app(scope: Any, receive: Any, send: Any) -> None:
            scope[LINE] = self
            await inner(scope, receive, send)

        self.app = app

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, whoever ended it."""
        super().connection_lost(exc)
        self.lost.set()

    def abort(self) -> None:
        """End the connection at once; what was not sent yet is not sent."""
        self.transport.abort()

    def reset(self) -> None:
        """End the connection so that the caller sees it reset, not closed."""
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def stuck(self) -> bool:
        """Whether the caller keeps the server waiting: half a request sent, or an answer not taken."""
        return (self.cycle is not None and bool(self.cycle.more_body)) or self.transport.get_write_buffer_size() > 0


class Watch:
    """Waits for time to pass, unless the caller goes away or the server stops."""

    def __init__(self, receive: Receive, stopping: asyncio.Event):
        self._ends = {asyncio.ensure_future(_gone(receive)), asyncio.ensure_future(stopping.wait())}

    async def over(self, seconds: float | None = None) -> bool:
        """True as soon as nobody waits any more, False when the time has passed."""
        done, _ = await asyncio.wait(self._ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return bool(done)

    def close(self) -> None:
        """Watch no longer."""
        for one in self._ends:
            one.cancel()


@asynccontextmanager
async def watching(receive: Receive, stopping: asyncio.Event) -> AsyncIterator[Watch]:
    """A watch for the time of one answer."""
    watch = Watch(receive, stopping)
    try:
        yield watch
    finally:
        watch.close()


async def _gone(receive: Receive) -> bool:
    while (await receive())["type"] != "http.disconnect":
        pass
    return True


class Played(Response):
    """The right answer with a fault laid over it. `over` is called when it has ended, however that was."""

    def __init__(self, fault: Fault, right: Response, reply: dict[str, Any] | None, kind: str, stopping: asyncio.Event, over: Callable[[], None]):
        """`right`: what would be answered; `reply`: its document, None where it is a refusal; `kind`: query or check."""
        super().__init__()
        self._fault, self._right, self._reply, self._kind, self._stopping, self._over = fault, right, reply, kind, stopping, over

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._play(scope, receive, send)
        finally:
            self._over()

    async def _play(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._fault
        if isinstance(fault, (Nothing, Delay, Error, Garbage, Unclear)) and not fault.ms:
            await self._answer(scope)(scope, receive, send)
            return
        line: Line = scope[LINE]
        async with watching(receive, self._stopping) as watch:
            if fault.ms and await watch.over(fault.ms / 1000):
                line.abort()
            elif isinstance(fault, HalfOpen):
                await watch.over()
                line.abort()
            elif isinstance(fault, SlowDrip):
                await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", _JSON.encode())]})
                while not await watch.over(fault.every_ms / 1000):
                    await send({"type": "http.response.body", "body": b" ", "more_body": True})
                line.abort()
            elif isinstance(fault, Reset):
                line.reset()
            elif isinstance(fault, HalfAnswer):
                body = bytes(self._right.body)
                await send({"type": "http.response.start", "status": self._right.status_code, "headers": [
                    (b"content-type", _JSON.encode()), (b"content-length", str(len(body)).encode())]})
                await send({"type": "http.response.body", "body": body[:len(body) // 2], "more_body": True})
                line.transport.close()
            else:
                await self._answer(scope)(scope, receive, send)
                return
        await line.lost.wait()       # before that the protocol would complain of an answer that was not given

    def _answer(self, scope: Scope) -> Response:
        """What is sent by faults that HTTP can say."""
        if isinstance(self._fault, Error):
            return respond(injected(self._fault.status), scope)
        if self._reply is None:
            return self._right
        if isinstance(self._fault, Unclear):
            return said({**self._reply, "result": "unclear" if self._kind == "query" else "inconclusive", "valid_to": None})
        if isinstance(self._fault, Garbage):
            return garbage(self._fault, self._reply)
        return self._right


def said(reply: dict[str, Any]) -> Response:
    """A reply as it is sent."""
    return Response(orjson.dumps({name: value for name, value in reply.items() if value is not None}), headers={"Cache-Control": "no-store"}, media_type=_JSON)


def garbage(fault: Garbage, reply: dict[str, Any]) -> Response:
    """An answer that is not what was agreed."""
    if fault.how == "not_json":
        return Response("<html><body>系统繁忙 busy</body></html>", media_type=_JSON)
    if fault.how == "truncated":
        return Response(bytes(said(reply).body)[:-9], media_type=_JSON)
    if fault.how == "wrong_type":
        return Response(bytes(said(reply).body), media_type="text/html")
    if fault.how == "wrong_request":
        return said({**reply, "request": "00000000-0000-0000-0000-000000000000"})
    if fault.how == "unknown_word":
        return said({**reply, "result": "perhaps"})
    if fault.how == "huge":
        return said({**reply, "note": "9" * HUGE})
    return said({**reply, "record": {"说明": "合成的整份记录，没有人问起 a whole synthetic record nobody asked for", "name": "测试多", "address": "测试路1号",
                                     "spouse": "测试余", "phone": "00000000000"}})
