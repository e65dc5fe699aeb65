"""`evidence`: what asking other authorities adds to one decision: nobody asked, five sources healthy, each of them slow, one of them dead.

The service and the example source server run in processes of their own; this process sends one couple's application for the housing fund, which five
sources are asked about, over kept connections. Decisions are recorded in SQLite. All share the machine's cores. Answers are not remembered unless said.
Not measured: TLS, signatures, a real network.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from benchmarks.http import answers, drive, free_port, request
from benchmarks.measure import Figures, Progress, settle, share

PART: Final = "evidence"
ROOT: Final = Path(__file__).resolve().parent.parent
SAMPLE: Final = ROOT / "fixtures" / "applications" / "housing_fund_rent_couple_ezhou.json"
DAY: Final = "2026-11-22"
CONNECTIONS: Final = (1, 16)
REQUESTS, SECONDS = 600, 8.0
#: Waited for one source, and the slowness that is put on each of the five.
TIMEOUT_MS, SLOW_MS = 400, 50
AT_ONCE, TRIES, WHOLE_MS = 30, 7, 800
DEAD: Final = "marriage_records"


def run(progress: Progress) -> Figures:
    figures = Figures(PART)
    whole = json.loads(SAMPLE.read_text("utf-8"))
    whole.pop("case", None)
    bare = {**whole, "evidence": {key: value for key, value in whole["evidence"].items() if key not in ("queries", "checks")}}
    settle()
    with tempfile.TemporaryDirectory() as folder, _source_server() as sources:
        with _service(folder, None) as port:
            plain = _measure(figures, port, whole, "nobody is asked: the caller states the evidence", progress)
        for cache, what in ((0, "five sources asked"), (60, "five answers remembered")):
            with _service(folder, _settings(folder, sources, cache)) as port:
                _measure(figures, port, bare, what, progress, plain)
                if cache:
                    continue
                _faults(sources, {"*": {"fault": "delay", "ms": SLOW_MS}})
                _measure(figures, port, bare, f"each of the five {SLOW_MS} ms slow", progress, plain)
                _faults(sources, {DEAD: {"fault": "half_open"}})
                _measure(figures, port, bare, "one of the five dead, others healthy", progress, plain)
                _faults(sources, {})
        _faults(sources, {DEAD: {"fault": "half_open"}})
        _thirty(figures, folder, sources, bare, progress)
        with _service(folder, _settings(folder, sources, 0, "failures = 1000")) as port:
            _measure(figures, port, bare, "one dead, never left alone", progress, plain, note=f"every application waits its {TIMEOUT_MS} ms, and no more")
    return figures


def _measure(figures: Figures, port: int, document: Mapping[str, Any], what: str, progress: Progress, plain: Mapping[int, float] | None = None,
             note: str = "") -> dict[int, float]:
    """Medians in µs by number of connections. `plain`: those of a service that asks nobody."""
    sent = [request("POST", f"/v1/decisions?explain=summary&on={DAY}", json.dumps(document, ensure_ascii=False).encode())]
    found = {}
    asyncio.run(drive(port, sent, 1, 10))
    for connections in CONNECTIONS:
        progress(f"{what}, {connections} at a time")
        rate, times, _ = asyncio.run(drive(port, sent, connections, REQUESTS, SECONDS))
        found[connections] = statistics.median(times)
        added = "" if plain is None else f"{(found[connections] - plain[connections]) / 1_000:+.1f} ms an application"
        figures.add(f"{what}, {connections} at a time", found[connections], "µs", note="; ".join(filter(None, (added, f"{rate:.0f} decisions/s", note))))
        figures.add("  99th percentile", share(times, 0.99), "µs")
    return found


def _thirty(figures: Figures, folder: str, sources: str, document: Mapping[str, Any], progress: Progress) -> None:
    """Thirty applications at once, the first that meet the dead source: nobody knows yet that it is dead. A new service each time."""
    sent = [request("POST", f"/v1/decisions?explain=summary&on={DAY}", json.dumps(document, ensure_ascii=False).encode())]
    healthy = [request("POST", f"/v1/decisions?explain=summary&on={DAY}&record=false", json.dumps(document, ensure_ascii=False).encode())]
    slowest, late = [], 0
    for number in range(TRIES):
        progress(f"thirty at once, one source hanging, {number + 1} of {TRIES}")
        with _service(folder, _settings(folder, sources, 0)) as port:
            asyncio.run(drive(port, healthy, 1, 5))      # the rules are compiled; nobody was asked
            _, times, _ = asyncio.run(drive(port, sent, AT_ONCE, AT_ONCE, SECONDS))
        slowest.append(max(times))
        late += sum(one > WHOLE_MS * 1_000 for one in times)
    figures.add(f"{AT_ONCE} at once, one source hanging, nobody knows yet: the slowest, median of {TRIES} runs", statistics.median(slowest), "µs",
                note=f"{late} of {AT_ONCE * TRIES} later than {WHOLE_MS} ms; the slowest of all {max(slowest) / 1_000:.0f} ms")


def _settings(folder: str, sources: str, cache: int, breaker: str = "failures = 5") -> str:
    file = Path(folder, "sources.toml")
    file.write_text(f'[defaults]\ncache_s = {cache}\ntimeout_ms = {TIMEOUT_MS}\n[defaults.breaker]\n{breaker}\nrest_s = 3600\n[platform]\nurl = "{sources}"\n', "utf-8")
    return str(file)


@contextmanager
def _source_server() -> Iterator[str]:
    server = subprocess.Popen([sys.executable, "-m", "api", "source-server", "--port", "0"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                              encoding="utf-8", env={**os.environ, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"})
    assert server.stdout is not None
    try:
        said = next((found for line in server.stdout if (found := re.search(r"http://\S+:\d+", line))), None)
        if said is None:
            raise RuntimeError("the example source server does not start")
        yield said[0]
    finally:
        server.terminate()
        server.wait(10)


@contextmanager
def _service(folder: str, sources: str | None) -> Iterator[int]:
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "--factory", "api.http.app:create_app", "--host", "127.0.0.1", "--port", str(port), "--log-level", "warning",
         "--no-access-log"], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "MIANZHENG_TRUSTED_TOKENS": "", "MIANZHENG_DATABASE": f"sqlite:///{folder}/records-{port}.db", "MIANZHENG_SOURCES": sources or ""})
    try:
        if not answers(server, port):
            raise RuntimeError("the service does not start")
        yield port
    finally:
        server.terminate()
        server.wait(20)


def _faults(sources: str, plan: Mapping[str, Any]) -> None:
    made = urllib.request.Request(f"{sources}/control/faults", json.dumps(plan).encode(), {"Content-Type": "application/json"}, method="PUT")
    with urllib.request.urlopen(made):
        pass
