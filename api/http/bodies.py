"""Reading a request's JSON body: its size, media type and syntax, before anybody looks at what it says.

Refuses what two readers could understand differently (duplicate keys, NaN) and what could harm the process (size, depth).
Nothing here knows an application.
"""

from __future__ import annotations

import json
from typing import Any, Final

import orjson
from starlette.requests import Request

from api.http.problems import HttpProblem, Mistake
from engine.problems import Problem

MAX_DEPTH: Final = 32


async def read_body(request: Request, limit: int) -> bytes:
    """The raw body. Raises `unsupported-media-type` and `body-too-large`, the latter before reading what is too much."""
    _check_media_type(request)
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and (len(declared) > 15 or int(declared) > limit):
        raise _too_large(limit)
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise _too_large(limit)
        parts.append(part)
    return b"".join(parts)


def parse(raw: bytes) -> Any:
    """The document. Raises `malformed-json`, `duplicate-key` and `too-deep`."""
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        if "depth" in error.msg:   # the parser's own limit, far above ours
            raise HttpProblem("too-deep") from None
        raise _malformed(error.lineno, error.colno) from None
    if _too_deep(document):
        raise HttpProblem("too-deep")
    if b"\\u0000" in raw and _holds_nothing(document):
        zh, en = "文字里不能有编码为 0 的字符（\\u0000）。", "No text may hold the character with the code 0 (\\u0000)."
        raise HttpProblem("malformed-json", zh, en, [Mistake(Problem("malformed-json", zh, en), "")])
    repeated: list[str] = []

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(found)
        if len(made) != len(found):
            seen: set[str] = set()
            repeated.extend(key for key, _ in found if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        return made

    json.loads(raw.decode("utf-8"), object_pairs_hook=pairs, parse_int=_unread, parse_float=_unread)
    if repeated:
        raise HttpProblem("duplicate-key", mistakes=[
            Mistake(Problem("duplicate-key", f"“{key}”写了两次。", f"“{key}” is written twice.", field=key)) for key in dict.fromkeys(repeated)])
    return document


def _check_media_type(request: Request) -> None:
    given = request.headers.get("content-type", "application/json")
    media, _, parameters = given.lower().partition(";")
    charset = next((value.strip().strip('"') for name, _, value in (one.partition("=") for one in parameters.split(";"))
                    if name.strip() == "charset"), "utf-8")
    encoded = request.headers.get("content-encoding", "identity").strip().lower()
    if media.strip() != "application/json" or charset not in ("utf-8", "utf8") or encoded != "identity":
        raise HttpProblem("unsupported-media-type", headers={"Accept": "application/json", "Accept-Encoding": "identity"})


def _too_deep(document: Any) -> bool:
    """Whether arrays and objects are nested more than MAX_DEPTH levels; looks at one level after another."""
    level = [document]
    for _ in range(MAX_DEPTH):
        level = [child for one in level if isinstance(one, (dict, list)) for child in (one.values() if isinstance(one, dict) else one)]
        if not level:
            return False
    return any(isinstance(one, (dict, list)) for one in level)


def _holds_nothing(document: Any) -> bool:
    """Whether a text or key holds the character with the code 0, which is no writing and which not every database keeps."""
    if isinstance(document, str):
        return "\0" in document
    if isinstance(document, dict):
        return any("\0" in key or _holds_nothing(value) for key, value in document.items())
    return isinstance(document, list) and any(_holds_nothing(one) for one in document)


def _unread(number: str) -> int:
    """Stands for a number while keys are looked at: a number of thousands of digits is never converted."""
    return 0


def _malformed(line: int, column: int) -> HttpProblem:
    zh, en = f"第 {line} 行第 {column} 列读不下去。", f"Reading stops at line {line}, column {column}."
    return HttpProblem("malformed-json", zh, en, [Mistake(Problem("malformed-json", zh, en), "", line, column)])


def _too_large(limit: int) -> HttpProblem:
    # The rest of the body stays unread: the connection cannot be used again.
    return HttpProblem("body-too-large", f"请求体最多 {limit} 字节。", f"The body may have at most {limit} bytes.", headers={"Connection": "close"})
