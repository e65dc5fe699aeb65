"""The HTTP door without a socket: requests through ASGI, at a fixed time, with the bundled rulebook."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from api.http.app import create_app
from api.settings import Settings
from tests.bundled import rulebook

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = sorted((ROOT / "fixtures" / "applications").glob("*.json"))
NOW = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)   # half past nine in China


def app(settings: Settings | None = None, now: datetime = NOW) -> FastAPI:
    return create_app(settings or Settings(), clock=lambda: now, rules=rulebook())


@cache
def open_app() -> FastAPI:
    """The application as it is by default, shared by tests."""
    return app()


def call(method: str, path: str, to: FastAPI | None = None, **more: Any) -> httpx.Response:
    """One request."""
    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(to or open_app())
        async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
            return await client.request(method, path, **more)

    return asyncio.run(go())


def get(path: str, **more: Any) -> httpx.Response:
    return call("GET", path, **more)


def decide(application: Any, query: str = "", **more: Any) -> httpx.Response:
    return call("POST", f"/v1/decisions{query}", json=application, **more)


def fixture(name: str) -> Any:
    return json.loads((ROOT / "fixtures" / "applications" / f"{name}.json").read_text("utf-8"))


def codes(response: httpx.Response) -> list[str]:
    return [one["code"] for one in response.json()["errors"]]


def assert_problem(response: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    """It is a problem of that kind and has the one shape."""
    assert response.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = response.json()
    assert list(found) == ["type", "title", "status", "detail", "instance", "errors"]
    assert (response.status_code, found["status"], found["type"]) == (status, status, f"/problems/{kind}")
    assert response.headers["content-language"] in ("zh-CN", "en")
    for one in found["errors"]:
        assert list(one)[:6] == ["field", "pointer", "code", "message", "allowed", "nearest"]
    return found
