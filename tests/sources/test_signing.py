"""Signed questions and mutual TLS, on real connections."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from api.sources.signing import Key, Signing, verified
from tests.sources.asking import Asking, routes, unasked
from tests.sources.certificates import authority
from tests.sources.server import SourceServer

SECRET = b"synthetic-secret-of-thirty-two-bytes"
URL = "http://civil.example/v1/sources/marriage_records"
RENT = "housing_fund_rent_fushun"


def _signed(body: bytes = b'{"version":1}') -> httpx.Request:
    request = httpx.Request("POST", URL, content=body, headers={"Content-Type": "application/json"})
    return next(Signing(Key("hall", SECRET)).auth_flow(request))


def test_a_signature_holds_for_the_very_message_and_key_only() -> None:
    request = _signed()
    headers = dict(request.headers)
    assert verified(Key("hall", SECRET), "POST", URL, headers, request.content)
    assert not verified(Key("hall", SECRET[::-1]), "POST", URL, headers, request.content)
    assert not verified(Key("other", SECRET), "POST", URL, headers, request.content)
    assert not verified(Key("hall", SECRET), "POST", URL, headers, b'{"version":2}')
    assert not verified(Key("hall", SECRET), "POST", URL.replace("marriage", "divorce"), headers, request.content)
    assert not verified(Key("hall", SECRET), "POST", URL, {**headers, "content-type": "text/plain"}, request.content)
    for missing in ("signature", "signature-input", "content-digest"):
        assert not verified(Key("hall", SECRET), "POST", URL, {name: value for name, value in headers.items() if name != missing}, request.content)


def test_the_secret_is_in_no_message() -> None:
    assert SECRET.decode() not in str(_signed().headers) and SECRET.decode() not in _signed().content.decode()


def test_a_server_that_wants_signatures_answers_who_signs(tmp_path: Path) -> None:
    (tmp_path / "sign.key").write_bytes(SECRET)
    server = SourceServer("--key-file", str(tmp_path / "sign.key"), "--key-id", "hall")
    signing = '[signing]\nkey_id = "hall"\nkey_file = "sign.key"'
    try:
        signed = Asking(server.url, tmp_path, more=signing).run(lambda to: to.decide(unasked(RENT)))
        unsigned = Asking(server.url, tmp_path).run(lambda to: to.decide(unasked(RENT)))
    finally:
        server.close()
    assert routes(signed)["employer_withdrawal_certificate"] == ("shared", "settled")
    assert [one["why"] for one in unsigned["inquiries"]] == ["status"]


class _Answers(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        import json

        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps({"version": 1, "request": asked["request"], "result": "valid"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *told: object) -> None:
        """Nothing is said."""


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[str]:
    """A source that talks TLS with those only who have a certificate of its authority."""
    authority(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(tmp_path / "ca.pem"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    server = HTTPServer(("127.0.0.1", 0), _Answers)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(("tls", "why"), [('ca = "ca.pem"\ncertificate = "client.pem"\nkey = "client.key"', None), ('ca = "ca.pem"', "unreachable"),
                                          ('certificate = "client.pem"\nkey = "client.key"', "unreachable")])
def test_mutual_tls(guarded: str, tmp_path: Path, tls: str, why: str | None) -> None:
    """Both show a certificate, or nothing is asked: not without ours, and not where theirs is nobody's we trust."""
    answer = Asking(guarded, tmp_path, more=f"[tls]\n{tls}").run(lambda to: to.decide(unasked(RENT)))
    [asked] = answer["inquiries"]
    assert (asked["result"], asked.get("why")) == ("valid" if why is None else "down", why)
