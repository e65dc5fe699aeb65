"""Signing questions to sources, and verifying such signatures: HTTP Message Signatures (RFC 9421) over method, address and body (RFC 9530).

The key is read once at the start and stands in no message. A source that wants another scheme gets its own `httpx.Auth`. Nothing here sends.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import httpx
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureAlgorithm,
    MappingKeyResolver,
    algorithms,
)

#: What a signature covers, besides the digest of the body.
COVERED: Final = ("@method", "@target-uri", "content-type")
TAG: Final = "mianzheng-source"
#: A signature is good for so long: clocks differ, and a question is answered at once or never.
LASTS: Final = timedelta(minutes=5)
ALGORITHMS: Final[Mapping[str, type[HTTPSignatureAlgorithm]]] = {"hmac-sha256": algorithms.HMAC_SHA256, "ed25519": algorithms.ED25519}


@dataclass(frozen=True, slots=True)
class Key:
    """A key by its name. `secret`: the shared secret, or the private (for verifying: public) key as PEM."""

    id: str
    secret: bytes
    algorithm: str = "hmac-sha256"


class Signing(httpx.Auth):
    """Signs each request as it leaves."""

    requires_request_body = True

    def __init__(self, key: Key):
        self._key = key
        self._signer = HTTPMessageSigner(
            signature_algorithm=ALGORITHMS[key.algorithm], key_resolver=MappingKeyResolver(public_keys={}, private_keys={key.id: key.secret}))

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        self._signer.sign(request, key_id=self._key.id, nonce=uuid4().hex, tag=TAG, covered_component_ids=COVERED, body=request.content)
        yield request


def signs(key: Key) -> bool:
    """Whether the key can sign at all: tried on a request that is never sent."""
    request = httpx.Request("POST", "http://localhost/", content=b"{}", headers={"Content-Type": "application/json"})
    try:
        next(Signing(key).auth_flow(request))
    except Exception:      # whatever the library says of a key it cannot use
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Message:
    method: str
    url: str
    headers: Mapping[str, str]


def verified(key: Key, method: str, url: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether a request carries a good signature of this key over all that must be covered. What is wrong with it is not told."""
    verifier: Any = HTTPMessageVerifier(
        signature_algorithm=ALGORITHMS[key.algorithm], key_resolver=MappingKeyResolver(public_keys={key.id: key.secret}, private_keys={}))
    try:
        return bool(verifier.verify(_Message(method, url, headers), max_age=LASTS, expect_tag=TAG, require_components=COVERED, body=body))
    except HTTPMessageSignaturesException:
        return False
