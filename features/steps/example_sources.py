"""The example source server under scenarios: one process of `mianzheng source-server` for the whole run, started when a scenario first needs it.

It is told what to break and asked what it was asked; nothing here knows a scenario, an application or an answer's meaning.
"""

from __future__ import annotations

import atexit
import os
import re
import subprocess
import sys
import threading
from collections.abc import Mapping
from functools import cache
from typing import Any

import httpx

from features.steps.story import ROOT

#: Seconds after which a start that has not come has failed.
SOON = 60.0


class ExampleSources:
    """The running server. `url`: where it listens."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "api", "source-server", "--port", "0"], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, encoding="utf-8", env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"})
        self._said: list[str] = []
        self._url = ""
        self._ready = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        self._client = httpx.Client(timeout=SOON, trust_env=False)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.append(line)
            found = re.search(r"http://\S+:\d+", line)
            if found and not self._url:
                self._url = found[0]
                self._ready.set()
        self._ready.set()       # it ended

    @property
    def url(self) -> str:
        """Waits until it listens."""
        if not self._ready.wait(SOON) or not self._url:
            raise RuntimeError("mianzheng source-server: " + "".join(self._said))
        return self._url

    def clear(self) -> None:
        """No faults, no questions: as if it had just been started."""
        for what in ("faults", "counts", "inquiries"):
            self._client.delete(f"{self.url}/control/{what}").raise_for_status()

    def set_faults(self, faults: Mapping[str, Mapping[str, Any]]) -> None:
        """By source the fault that stands until it is replaced; all others are sound."""
        self._client.put(f"{self.url}/control/faults", json=dict(faults)).raise_for_status()

    def questions(self) -> list[dict[str, Any]]:
        """The questions that reached it since the last clearing, oldest first."""
        return list(self._client.get(f"{self.url}/control/inquiries").raise_for_status().json())

    def close(self) -> None:
        """End the process, whatever state it is in."""
        self._client.close()
        self._process.kill()
        self._process.wait(SOON)


@cache
def example_sources() -> ExampleSources:
    """The one server of this run, which ends with it."""
    atexit.register(end)
    return ExampleSources()


def end() -> None:
    """End the server, if there is one."""
    if example_sources.cache_info().currsize:
        example_sources().close()
        example_sources.cache_clear()
