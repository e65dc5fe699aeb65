"""A service in this process with a database of its own that asks the example source server, all requests on one event loop."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import httpx

from api.http.app import create_app
from api.settings import Settings
from tests.api.door import fixture
from tests.bundled import rulebook
from tests.records.conftest import Hands

T = TypeVar("T")
#: No answer of a test machine under load comes later than this; what hangs, hangs for ever.
PATIENT = {"timeout_ms": 15_000, "attempts": 2, "at_once": 16, "cache_s": 0, "breaker": {"failures": 1_000, "rest_s": 60}}


def toml(url: str, defaults: Mapping[str, Any], more: str = "") -> str:
    """Settings of the sources."""
    breaker = defaults.get("breaker", PATIENT["breaker"])
    lines = [f"{name} = {value}" for name, value in {**PATIENT, **defaults}.items() if name != "breaker"]
    return "\n".join(["[defaults]", *lines, "[defaults.breaker]", *(f"{name} = {value}" for name, value in breaker.items()),
                      "[platform]", f'url = "{url}"', more, ""])


class Asking:
    """The service. `defaults`: how sources are asked, laid over PATIENT; `more`: further tables of the settings."""

    def __init__(self, url: str, folder: Path, *, defaults: Mapping[str, Any] | None = None, more: str = "", answer_within: int = 10_000, **settings: Any):
        file = folder / "sources.toml"
        file.write_text(toml(url, defaults or {}, more), "utf-8")
        self.hands = Hands()
        database = settings.pop("database", f"sqlite:///{folder / 'records.db'}")
        self.app = create_app(Settings(sources=str(file), answer_within=answer_within, database=database, **settings), clock=self.hands, rules=rulebook())
        self.service = self.app.state.service

    async def post(self, path: str, document: Any, **more: Any) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://door") as client:
            return await client.post(path, json=document, **more)

    async def get(self, path: str) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://door") as client:
            return await client.get(path)

    async def decide(self, document: Any, query: str = "?explain=off") -> dict[str, Any]:
        """The answer to an application; anything but an answer fails the test."""
        response = await self.post(f"/v1/decisions{query}", document)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    def run(self, does: Callable[[Asking], Awaitable[T]]) -> T:
        """All that is to be done, on one event loop, then the service is let go."""
        async def go() -> T:
            try:
                return await does(self)
            finally:
                await self.service.stop()

        return asyncio.run(go())


def unasked(name: str, **changes: Any) -> dict[str, Any]:
    """A sample application without what sources would say."""
    document = {**fixture(name), **changes}
    evidence = {key: value for key, value in (document.get("evidence") or {}).items() if key not in ("queries", "checks")}
    document.pop("case", None)
    return json.loads(json.dumps({**document, "evidence": evidence}))      # type: ignore[no-any-return]


def routes(answer: Mapping[str, Any]) -> dict[str, tuple[str | None, str]]:
    """Route and status of every material, members of alternatives included."""
    found = {}
    for one in answer["materials"]:
        person = one.get("person")
        found[f"{one['material']}/{person}" if person and person != "applicant" else one["material"]] = (one["route"], one["status"])
    return found
