"""A real server on a loopback port: it starts, answers over a socket, refuses a wrong start in words, and stops."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.api.door import FIXTURES, ROOT

SERVE = [sys.executable, "-c", "import sys; from api.http.server import serve; sys.exit(serve())"]
FACTORY = [sys.executable, "-m", "uvicorn", "--factory", "api.http.app:create_app", "--port"]
PATIENCE = 60


def environment(**settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MIANZHENG_")}
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), kept.get("PYTHONPATH", "")))), "PYTHONUTF8": "1", "MIANZHENG_DATABASE": "off", **settings}


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def served(log: Path, **settings: str) -> Iterator[httpx.Client]:
    port = free_port()
    with log.open("wb") as out:
        given = {"MIANZHENG_DATABASE": f"sqlite:///{log.with_suffix('.db')}", "MIANZHENG_PORT": str(port)} | settings
        process = subprocess.Popen(SERVE, cwd=ROOT, env=environment(**given), stdout=out, stderr=subprocess.STDOUT)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE, trust_env=False) as client:
                end = time.monotonic() + PATIENCE
                while True:
                    try:
                        client.get("/v1/ready")
                        break
                    except httpx.TransportError:
                        assert process.poll() is None and time.monotonic() < end, log.read_text("utf-8")
                        time.sleep(0.05)
                yield client
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)
        finally:
            process.kill()
            process.wait()


def test_it_serves_over_a_socket_and_stops(tmp_path):
    log = tmp_path / "log"
    number = "210400199003070007"
    with served(log) as client:
        assert client.get("/v1/ready").json()["status"] == "ok"
        body = FIXTURES[0].read_bytes()

        def decide(_: int) -> int:
            return client.post("/v1/decisions", content=body).status_code

        with ThreadPoolExecutor(32) as many:
            assert set(many.map(decide, range(256))) == {200}
        assert client.get(f"/v1/items/{number}?division={number}").status_code == 422
        assert client.head("/v1/health").content == b""
        huge = client.post("/v1/decisions", content=b" " * (2 * 1024 * 1024))
        assert (huge.status_code, huge.headers["content-type"]) == (413, "application/problem+json")
        assert client.get("/v1/health").status_code == 200
    said = log.read_text("utf-8")
    assert number not in said and "MIANZHENG_TRUSTED_TOKENS" in said and "Traceback" not in said


def test_a_raw_socket_with_nonsense_does_no_harm(tmp_path):
    with served(tmp_path / "log") as client:
        for nonsense in (b"\x00\x01\x02\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"POST /v1/decisions HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{",
                         b"POST /v1/decisions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"):
            with socket.create_connection((client.base_url.host, client.base_url.port or 0), PATIENCE) as one:
                one.sendall(nonsense)
        assert client.get("/v1/ready").status_code == 200


@pytest.mark.parametrize("command", [SERVE, [*FACTORY, "0"]], ids=["serve", "factory"])
@pytest.mark.parametrize(("settings", "words"), [
    ({"MIANZHENG_RULES": "/nowhere/at/all"}, ["/nowhere/at/all", "There is no directory"]),
    ({"MIANZHENG_RULES": "BROKEN"}, ["vocabulary.yaml"]),
    ({"MIANZHENG_SOURCES": "/nowhere/sources.toml"}, ["/nowhere/sources.toml", "cannot be opened"]),
    ({"MIANZHENG_DATABASE": "postgresql://nobody@127.0.0.1:1/nothing", "MIANZHENG_PATIENCE": "1"}, ["MIANZHENG_DATABASE", "cannot be reached"]),
    ({"MIANZHENG_MAX_BODY": "much"}, ["MIANZHENG_MAX_BODY", "“much”"])])
def test_a_wrong_start_says_what_to_mend_without_a_traceback(tmp_path, command, settings, words):
    (tmp_path / "vocabulary.yaml").write_text("事实: [\n", "utf-8")
    given = {name: str(tmp_path) if value == "BROKEN" else value for name, value in settings.items()}
    ended = subprocess.run(command, cwd=ROOT, env=environment(**given), capture_output=True, timeout=PATIENCE, check=False)
    said = (ended.stdout + ended.stderr).decode("utf-8")
    assert ended.returncode != 0
    assert "Traceback" not in said
    for word in words:
        assert word in said
