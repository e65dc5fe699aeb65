"""Listening: the port, the process, and an end that comes within a second although callers hang.

Says one line when it is ready, on standard output. What is answered is not known here.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn

from api.source_server.app import Server
from api.source_server.wire import Line
from engine.problems import Problem, Refused


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 lets the system pick. Raises Refused where the address cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        made = socket.socket(family, kind, protocol)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
    except OSError:
        raise Refused([Problem("address-in-use", f"不能在 {host} 的 {port} 端口监听：地址不对，或者端口已经被占用。换一个端口，或者用 --port 0 让系统挑。",
                               f"Cannot listen on {host}, port {port}: the address is wrong or the port is taken. "
                               "Choose another, or let the system pick with --port 0.")]) from None
    return made


class _Uvicorn(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, server: Server, ready: Callable[[], None]):
        super().__init__(config)
        self._state, self._ready = server, ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._state.stopping.set()
        for connection in list(self.server_state.connections):
            if isinstance(connection, Line) and connection.stuck():
                connection.abort()
        await super().shutdown(sockets)


def run(server: Server, made: socket.socket, ready: Callable[[str], None]) -> None:
    """Serve until told to stop. `ready` is given the address once somebody can connect."""
    host, port = made.getsockname()[:2]
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    config = uvicorn.Config(server.application(), http=Line, ws="none", loop="asyncio", lifespan="off", log_level="warning", access_log=False,
                            server_header=False, timeout_keep_alive=60, timeout_graceful_shutdown=1)
    _Uvicorn(config, server, lambda: ready(address)).run(sockets=[made])
