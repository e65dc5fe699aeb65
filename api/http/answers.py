"""How answers leave: JSON by orjson, Chinese unescaped, with language and caching said. Nothing is validated on the way out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.http.language import TAGS, Language

MEDIA_TYPE = "application/json"


def answer(content: Any, language: Language, status: int = 200, *, replayed: bool = False) -> Response:
    """An answer made for one request: never cached. `replayed`: it was given before, under the same Idempotency-Key."""
    headers = {"Content-Language": TAGS[language], "Vary": "Accept-Language", "Cache-Control": "no-store"}
    if replayed:
        headers["Idempotent-Replayed"] = "true"
    return Response(orjson.dumps(content), status, headers, MEDIA_TYPE)


def reading(content: Any, language: Language, request: Request) -> Response:
    """An answer that changes with the rulebook only: it may be kept and is asked for again by its ETag."""
    return kept(orjson.dumps(content), MEDIA_TYPE, language, request)


def kept(raw: bytes, media_type: str, language: Language, request: Request, more: Mapping[str, str] | None = None) -> Response:
    """Bytes that may be kept and are asked for again by their ETag. `more`: further headers, and others in place of the usual."""
    tag = f'"{hashlib.sha256(raw).hexdigest()[:32]}"'
    headers = {"Content-Language": TAGS[language], "Vary": "Accept-Language", "Cache-Control": "no-cache", "ETag": tag, **(more or {})}
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        return Response(None, 304, headers)
    return Response(raw, 200, headers, media_type)
