"""The example source server in a process of its own: started on a port the system picks, told what to break, asked what it saw.

When it is ready it says so itself; nothing here waits by sleeping. Nothing here knows the service that asks.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

ROOT = Path(__file__).resolve().parents[2]
SOON = 60.0               # seconds after which a test that waits has failed
DEMO = ("210400199003070007", "测试甲")
#: Of each source some material it stands in for, so that a question can be made of little.
DEFAULTS: dict[str, Any] = {"source": "housing_fund_accounts", "material": "employer_withdrawal_certificate", "fact": "housing_fund_paid",
                            "ground": "statutory_duty", "kind": "query", "on": "2026-11-20", "item": "housing_fund_rent", "division": "210400"}


class SourceServer:
    """A running source server. `url`: where it listens; `said`: the lines it printed."""

    def __init__(self, *options: str):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "api", "source-server", "--port", "0", *options], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            encoding="utf-8", env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"})
        self.said: list[str] = []
        self._url = ""
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.client = httpx.Client(timeout=SOON, trust_env=False)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.said.append(line)
            found = re.search(r"http://\S+:\d+", line)
            if found:
                self._url = found[0]
                self._ready.set()
        self._ready.set()       # it ended

    @property
    def url(self) -> str:
        """Where it listens; waits until it does."""
        assert self._ready.wait(SOON) and self._url, "".join(self.said)
        return self._url

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def ask(self, number: str = DEMO[0], name: str | None = DEMO[1], id_type: str = "resident_id", client: httpx.Client | None = None,
            **more: Any) -> httpx.Response:
        """One question, of which only what matters is written; `change` lays anything over the body."""
        source, body = question(number, name, id_type, **more)
        return (client or self.client).post(f"{self.url}/v1/sources/{source}", json=body)

    def set_faults(self, **plan: Any) -> None:
        """Replace the faults: by source a fault that stands, or a list for one request each; `every` is for all other sources."""
        stated = {("*" if source == "every" else source): fault for source, fault in plan.items()}
        answer = self.client.put(f"{self.url}/control/faults", json=stated)
        assert answer.status_code == 200, answer.text

    def clear(self) -> None:
        """No faults, no counts, no questions."""
        for what in ("faults", "counts", "inquiries"):
            assert self.client.delete(f"{self.url}/control/{what}").status_code == 204

    def counts(self) -> dict[str, Any]:
        """Requests since the last clearing: all, under way, most at once; and the same by source."""
        found: dict[str, Any] = self.client.get(f"{self.url}/control/counts").json()
        return found

    def inquiries(self) -> list[dict[str, Any]]:
        """The questions received since the last clearing, oldest first."""
        found: list[dict[str, Any]] = self.client.get(f"{self.url}/control/inquiries").json()
        return found

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def wait(self) -> int:
        """Until it has ended; its exit status."""
        status = self._process.wait(SOON)
        self._reader.join(SOON)
        return status

    def close(self) -> None:
        """It is gone after this, whatever state it was in."""
        self.client.close()
        self._process.kill()
        self.wait()


def question(number: str = DEMO[0], name: str | None = DEMO[1], id_type: str = "resident_id", *, change: dict[str, Any] | None = None,
             address: str | None = None, **more: Any) -> tuple[str, dict[str, Any]]:
    """The source to ask and the body to send."""
    said = DEFAULTS | more
    person = {"id_type": id_type, "id_number": number} | ({} if name is None else {"name": name})
    body = {"version": 1, "request": str(uuid4()), "source": said["source"], "kind": said["kind"], "fact": said["fact"], "person": person, "on": said["on"],
            "purpose": {"item": said["item"], "division": said["division"], "material": said["material"]}, "ground": said["ground"], **(change or {})}
    return address or said["source"], body
