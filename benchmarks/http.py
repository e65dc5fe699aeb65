"""`http`: decisions over HTTP: requests per second, median and 99th percentile of the time one takes.

The service runs in a process of its own (uvicorn, one worker, loopback, no access log) under the bundled rulebook with the
ten-material item laid over it; this process sends `POST /v1/decisions` over kept connections, 1 and 16 at a time, a bounded
number within a bounded time. Client and server share the machine's cores. Nothing is recorded
(see `records`). Not measured: TLS, a proxy, a real network.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import workload
from benchmarks.measure import Figures, Progress, quiet, settle, share

PART = "http"
CONNECTIONS = (1, 16)
REQUESTS, SECONDS, DOCUMENTS = 4_000, 8.0, 400
LEVELS = ("off", "summary")
START = 30.0     # seconds the service may take to answer

Sample = tuple[float, list[float], int]     # requests per second, microseconds of each, bytes of the last answer


def run(progress: Progress) -> Figures:
    figures = Figures(PART)
    bodies = [json.dumps(one, ensure_ascii=False).encode() for one in workload.documents(DOCUMENTS, known=True)]
    settle()
    with tempfile.TemporaryDirectory() as folder:
        for path, text in workload.texts().items():
            place = Path(folder, path)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
        port = free_port()
        server = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "--factory", "api.http.app:create_app", "--host", "127.0.0.1", "--port", str(port),
             "--log-level", "warning", "--no-access-log"],
            env={**os.environ, "MIANZHENG_RULES": folder, "MIANZHENG_TRUSTED_TOKENS": "", "MIANZHENG_DATABASE": "off"}, cwd=Path(__file__).resolve().parent.parent,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            if not answers(server, port):
                server.kill()
                said = (server.communicate()[1] or "").strip().splitlines()
                progress(f"left out: the service does not start: {said[-1] if said else 'no answer in time'}")
                return figures
            _measure(figures, port, bodies, progress)
        finally:
            server.terminate()
            try:
                server.communicate(timeout=10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.communicate()
    return figures


def _measure(figures: Figures, port: int, bodies: list[bytes], progress: Progress) -> None:
    for connections in CONNECTIONS:
        progress(f"/v1/health, {connections} at a time")
        rate, times, _ = asyncio.run(drive(port, [request("GET", "/v1/health", b"")], connections, REQUESTS // 2))
        figures.add(f"/v1/health, {connections} at a time", rate, "requests/s", note="what HTTP alone costs here")
        figures.add("  median", statistics.median(times), "µs")
    for level in LEVELS:
        requests = [request("POST", f"/v1/decisions?explain={level}&on={workload.DAY}", body) for body in bodies]
        asyncio.run(drive(port, requests, 1, len(requests)))       # every application once: what follows are second sights
        for connections in CONNECTIONS:
            progress(f"explain={level}, {connections} at a time")
            rate, times, size = asyncio.run(drive(port, requests, connections, REQUESTS))
            figures.add(f"explain={level}, {connections} at a time", rate, "decisions/s", note=f"{len(times):,} requests, answers of {size / 1024:.0f} KiB")
            figures.add("  median", statistics.median(times), "µs")
            figures.add("  99th percentile", share(times, 0.99), "µs")


async def drive(port: int, requests: list[bytes], connections: int, count: int, seconds: float = SECONDS) -> Sample:
    """Send `count` requests over some connections, each sending its next when the last is answered, for `seconds` at most."""
    times: list[float] = []
    left = iter(range(count))
    size = 0
    stop = time.perf_counter() + seconds

    async def client() -> None:
        nonlocal size
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in left:
            begun = time.perf_counter_ns()
            writer.write(requests[number % len(requests)])
            size = await _answer(reader)
            times.append((time.perf_counter_ns() - begun) / 1_000)
            if time.perf_counter() > stop:
                break
        writer.close()
        await writer.wait_closed()

    with quiet():
        begun = time.perf_counter()
        await asyncio.gather(*(client() for _ in range(connections)))
        took = time.perf_counter() - begun
    return len(times) / took, times, size


async def _answer(reader: asyncio.StreamReader) -> int:
    """Read one answer; its length. Anything but 200 ends the measuring."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    content = await reader.readexactly(length)
    if b" 200 " not in head[:20]:
        raise RuntimeError(f"the service answered {head.splitlines()[0].decode()}: {content.decode(errors='replace')[:500]}")
    return length


def request(method: str, target: str, body: bytes) -> bytes:
    """A request as it goes over the line."""
    head = (f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Accept-Language: zh-CN\r\nContent-Length: {len(body)}\r\n\r\n")
    return head.encode() + body


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def answers(server: subprocess.Popen[str], port: int) -> bool:
    """Wait until the service answers, or has ended, or has had its time."""
    until = time.perf_counter() + START
    while time.perf_counter() < until and server.poll() is None:
        try:
            asyncio.run(drive(port, [request("GET", "/v1/ready", b"")], 1, 1))
            return True
        except (OSError, asyncio.IncompleteReadError, RuntimeError):
            time.sleep(0.1)
    return False
