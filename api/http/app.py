"""The application as an ASGI server runs it: `create_app()` puts the parts together.

A rulebook that cannot be read stops the start with its problems listed, in both languages. Nothing here answers a request itself,
except where no endpoint does.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, Final, get_type_hints

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http import (
    alerts,
    bundles,
    cases,
    certificates,
    commitments,
    credit,
    decisions,
    deferrals,
    demands,
    erasures,
    items,
    lists,
    metrics,
    openapi,
    pages,
    recorded,
    rulebook,
    sources,
    tickets,
)
from api.http.problems import MASK, HttpProblem, refused, respond
from api.http.service import Clock, Service, load, settle, wall_clock
from api.http.shapes import parameter_mistakes
from api.http.ticking import Ticking
from api.http.trouble import Guard
from api.program import PROGRAM
from api.settings import Settings
from engine.problems import Problem, Refused
from engine.rulebook import Rulebook

_log = logging.getLogger("mianzheng")
#: Names of hosts that are looked up at once.
LOOKING_UP: Final = 64
ROUTERS: Final = (
    decisions.router, recorded.router, cases.router, commitments.router, credit.router, demands.router, deferrals.router,
    tickets.router, tickets.of_cases, alerts.router, erasures.router, certificates.router, *bundles.ROUTERS, items.router, lists.router, rulebook.router,
    sources.router, pages.router, metrics.router)
_BY_STATUS = {404: "not-found", 405: "method-not-allowed", 413: "body-too-large", 415: "unsupported-media-type", 503: "not-ready"}


def create_app(settings: Settings | None = None, *, clock: Clock = wall_clock, rules: Rulebook | None = None) -> FastAPI:
    """The application. Settings come from the environment, the rulebook from the settings; both may be handed in instead."""
    service = Service(rules, settings or Settings(), clock) if rules is not None else None

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if getattr(app.state, "service", None) is None:
            chosen = settings or Settings.from_environment()
            app.state.service = Service(load(chosen), chosen, clock)
            settle()
        announce(app.state.service)
        if app.state.service.sources is not None:
            # Names of hosts are looked up in threads; one name server that hangs shall not take them all.
            asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(LOOKING_UP, "mianzheng-names"))
        records, every = app.state.service.records, app.state.service.settings.tick_every
        ticking = Ticking(records, every) if records is not None and every > 0 else None
        try:
            if ticking is not None:
                ticking.start()
            yield
        finally:
            if ticking is not None:
                await run_in_threadpool(ticking.stop)
            await app.state.service.stop()
            kept = service is not None and service.records is None and service.sources is None     # nothing of it was closed
            app.state.service = service if kept else None

    app = FastAPI(title=openapi.TITLE, version=PROGRAM, docs_url=None, redoc_url=None, openapi_url="/openapi.json", lifespan=lifespan,
                  redirect_slashes=False)
    app.state.service = service
    app.openapi = lambda: openapi.document(app)  # type: ignore[method-assign]
    for router in ROUTERS:
        app.include_router(router)
    app.add_exception_handler(HttpProblem, _problem)
    app.add_exception_handler(RequestValidationError, _parameters)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_middleware(Guard)
    app.add_middleware(Start)
    _mask_access_log()
    return app


def announce(service: Service) -> None:
    """Say in the log what is served and whom it trusts."""
    _log.info("规则库 rulebook %s · %d 条规则 rules · %d 个事项 items", service.rulebook.version, len(service.rulebook.rules), len(service.rulebook.items))
    if service.settings.trusted_tokens is None:
        _log.warning("没有设置 MIANZHENG_TRUSTED_TOKENS：所有调用方都可以提交 evidence。 "
                     "MIANZHENG_TRUSTED_TOKENS is not set: every caller may state evidence.")
    if service.sources is not None:
        _log.info("查询数据源 sources asked: %d/%d", len(service.sources.links), len(service.rulebook.sources))
        if service.records is None:
            _log.warning("不作记录就不查询数据源：查了什么、凭什么，须留下记录。 Without records no source is asked: what is asked, and why, must be on record.")
    if service.records is None:
        _log.warning("MIANZHENG_DATABASE=off：判断不作记录。 Decisions are not recorded.")
    else:
        _log.info("记录 records in %s", service.records.database.url.render_as_string(hide_password=True))


def listed(problems: Iterable[Problem]) -> str:
    """Problems that stop the start, a line each in Chinese and in English."""
    lines = [line for one in problems for line in (one.text("zh"), one.text("en"))]
    return "\n".join(("不能启动，请先改正： Cannot start; mend this first:", *lines))


class Start:
    """ASGI middleware: a start that is refused says what to mend, without a traceback."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self.app(scope, receive, send)
            return
        failed: Message | None = None

        async def held(message: Message) -> None:
            nonlocal failed
            if message["type"] == "lifespan.startup.failed":
                failed = message     # said below, once the reason is known
            else:
                await send(message)

        try:
            await self.app(scope, receive, held)
        except Refused as refusal:
            await send({"type": "lifespan.startup.failed", "message": listed(refusal.problems)})
        except BaseException:
            if failed is not None:
                await send(failed)
            raise


def _count(request: Request, kind: str) -> None:
    service = getattr(request.app.state, "service", None)
    if isinstance(service, Service):
        service.metrics.problems.labels(kind).inc()


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HttpProblem)
    _count(request, error.kind.code)
    return respond(error, request.scope)


async def _parameters(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    _count(request, "invalid-parameter")
    return respond(refused("invalid-parameter", parameter_mistakes(error.errors(), _query_names(request))), request.scope)


def _query_names(request: Request) -> tuple[str, ...]:
    """The query parameters of the endpoint that was called."""
    model = get_type_hints(getattr(request.scope.get("route"), "endpoint", None) or _query_names).get("query")
    return tuple(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else ()


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == 405:     # two functions may share a path: the router names the methods of the first only
        here = [route for router in ROUTERS for route in router.routes if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE]
        nearest = [route for route in here if route.path == request.scope["path"]] or here     # /demands/report is no /demands/{demand_id}
        headers["Allow"] = ", ".join(sorted({method for route in nearest for method in route.methods or ()})) or headers.get("Allow", "")
    return respond(HttpProblem(_BY_STATUS.get(error.status_code, "bad-request"), headers=headers), request.scope)


async def _gone(request: Request, error: Exception) -> Response:
    """The caller hung up before the body was read; nobody reads this."""
    return Response(status_code=400)


class _Masking(logging.Filter):
    """Leaves query strings and anything like an identity number out of the server's access log."""

    _number = re.compile(r"(?:%[0-9A-Fa-f]{2})|([0-9A-Za-z]*\d[0-9A-Za-z]*)")

    def filter(self, record: logging.LogRecord) -> bool:
        arguments: Any = record.args
        if isinstance(arguments, tuple) and len(arguments) == 5:
            path = self._number.sub(lambda found: MASK if found[1] and sum(letter.isdigit() for letter in found[1]) >= 6 else found[0],
                                    str(arguments[2]).partition("?")[0])
            record.args = (*arguments[:2], path, *arguments[3:])
        return True


def _mask_access_log() -> None:
    log = logging.getLogger("uvicorn.access")
    if not any(isinstance(one, _Masking) for one in log.filters):
        log.addFilter(_Masking())
