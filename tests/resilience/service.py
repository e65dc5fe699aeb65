"""The real service in a process of its own: started on a port the system picks, killed, stopped, kept from writing.

When it is ready it says so itself; nothing here waits by sleeping. Nothing here knows what is sent to it.
"""

from __future__ import annotations

import http.client
import os
import re
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

ROOT = Path(__file__).resolve().parents[2]
SOON = 60.0               # seconds after which a test that waits has failed
PATIENCE = 1              # seconds the service waits for its database in these tests
COMMAND = [sys.executable, "-c", "import sys; from api.http.server import serve; sys.exit(serve())"]


class Service:
    """A running service. `said`: the lines it printed."""

    def __init__(self, database: str, **settings: str):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MIANZHENG_")}
        self._process = subprocess.Popen(COMMAND, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", env={
            **kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "MIANZHENG_PORT": "0", "MIANZHENG_DATABASE": database, "MIANZHENG_PATIENCE": str(PATIENCE),
            "MIANZHENG_TICK_EVERY": "0", **settings})
        self.said: list[str] = []
        self._port = 0
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.said.append(line)
            found = re.search(r"running on http://[^:]+:(\d+)", line)
            if found:
                self._port = int(found[1])
                self._ready.set()
        self._ready.set()       # it ended

    @property
    def port(self) -> int:
        """Where it listens; waits until it does."""
        assert self._ready.wait(SOON) and self._port, "".join(self.said)
        return self._port

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """kill -9: it cannot finish anything."""
        self._process.kill()

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float = SOON) -> int:
        """Until it has ended; its exit status."""
        status = self._process.wait(seconds)
        self._reader.join(SOON)
        return status

    def limit_files(self, size: int | None) -> None:
        """It cannot write beyond this many bytes of any file, as on a full disk; None: as far as it likes."""
        given = resource.RLIM_INFINITY if size is None else size
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (given, resource.RLIM_INFINITY))

    def memory(self) -> float:
        """Megabytes it holds now."""
        text = Path(f"/proc/{self.pid}/statm").read_text("ascii")
        return int(text.split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def say(self) -> str:
        """All it printed so far."""
        return "".join(self.said)


class Answer:
    """What came back."""

    def __init__(self, response: http.client.HTTPResponse):
        self.status, self.headers, self.raw = response.status, response.headers, response.read()

    def json(self) -> Any:
        return orjson.loads(self.raw)


class Line:
    """One kept connection to a service."""

    def __init__(self, port: int):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SOON)

    def send(self, method: str, path: str, body: bytes | None = None, key: str | None = None, language: str = "zh-CN") -> Answer:
        """Raises OSError or HTTPException where no whole answer comes."""
        headers = {"Content-Type": "application/json", "Accept-Language": language} | ({"Idempotency-Key": key} if key else {})
        self._connection.request(method, path, body, headers)
        return Answer(self._connection.getresponse())

    def close(self) -> None:
        self._connection.close()


def once(service: Service, method: str, path: str, document: Any = None, **more: Any) -> Answer:
    """One request on a connection of its own."""
    line = Line(service.port)
    try:
        return line.send(method, path, None if document is None else orjson.dumps(document), **more)
    finally:
        line.close()


@contextmanager
def serving(database: str, **settings: str) -> Iterator[Service]:
    """A service that is there until the end, if it does not end before."""
    made = Service(database, **settings)
    try:
        yield made
    finally:
        made.kill()
        made.wait()
