"""The doors of the example source server: the protocol itself, the control of its faults, and what it is.

Composes; looks nothing up and breaks nothing itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from api.http.bodies import parse, read_body
from api.http.problems import KINDS as COMMON
from api.http.problems import HttpProblem, respond
from api.http.shapes import body_mistakes
from api.program import PROGRAM
from api.source_server.faults import Faults, Plan, as_json, read_plan
from api.source_server.journal import Journal
from api.source_server.people import People
from api.source_server.refusals import INVALID, INVALID_FAULTS, KINDS, UNSIGNED, Refusal
from api.source_server.register import Served, check, served
from api.source_server.wire import Played, said
from api.sources.contract import VERSION, Inquiry

#: The longest question and the longest plan of faults, in bytes.
LONGEST_QUESTION: Final = 16_384
LONGEST_PLAN: Final = 262_144
_BEIJING: Final = ZoneInfo("Asia/Shanghai")

#: Whether the signature of a request holds: method, address, headers, body.
Verify = Callable[[str, str, Mapping[str, str], bytes], bool]


class Server:
    """The state of one server: sources, people, faults, journal, and whether it stops."""

    def __init__(self, sources: Mapping[str, Served], people: People, plan: Plan | None = None, verify: Verify | None = None):
        self.sources, self.people, self.verify = sources, people, verify
        self.faults = Faults(plan)
        self.journal = Journal()
        self.stopping = asyncio.Event()

    def application(self) -> Starlette:
        """The ASGI application."""
        return Starlette(routes=[
            Route("/", self.about), Route("/problems/{code}", self.problem), Route("/v1/sources", self.listed),
            Route("/v1/sources/{source}", self.ask, methods=["POST"]),
            Route("/control/faults", self.set_faults, methods=["PUT"]), Route("/control/faults", self.clear_faults, methods=["DELETE"]),
            Route("/control/faults", self.show_faults), Route("/control/counts", self.clear_counts, methods=["DELETE"]),
            Route("/control/counts", self.show_counts), Route("/control/inquiries", self.clear_inquiries, methods=["DELETE"]),
            Route("/control/inquiries", self.show_inquiries),
        ], exception_handlers={HttpProblem: _problem, HTTPException: _missing})

    async def ask(self, request: Request) -> Response:
        """`POST /v1/sources/{source}`: a question, and its answer or the fault ordered for it."""
        source = served(self.sources, request.path_params["source"])
        begun = self.journal.begin(source.code)
        try:
            return await self._asked(request, source, lambda: self.journal.end(begun))
        except BaseException:
            self.journal.end(begun)
            raise

    async def _asked(self, request: Request, source: Served, over: Callable[[], None]) -> Response:
        """The answer; `over` is called once it is sent. An exception means that it is not."""
        try:
            raw = await read_body(request, LONGEST_QUESTION)
        except ClientDisconnect:
            over()
            return Response(status_code=400)
        reply: dict[str, Any] | None = None
        entry: dict[str, Any] = {}
        try:
            if self.verify is not None and not self.verify(request.method, str(request.url), request.headers, raw):
                raise Refusal(UNSIGNED)
            question = read_question(raw)
            entry = self.journal.asked(question)
            check(source, question)
            word = self.people.answer(source, question)
            reply = {"version": VERSION, "request": question.request, "result": word.result, "valid_to": word.valid_to and word.valid_to.isoformat(),
                     "at": datetime.now(_BEIJING).isoformat(timespec="seconds")}
            right = said(reply)
            entry["outcome"] = word.result
        except HttpProblem as problem:
            right = respond(problem, request.scope)
            entry["outcome"] = problem.kind.code
        fault = self.faults.next(source.code)
        entry["fault"] = fault.fault
        return Played(fault, right, reply, source.kind, self.stopping, over)

    async def about(self, request: Request) -> Response:
        """What this is."""
        return _json({
            "program": "mianzheng source-server", "version": PROGRAM, "protocol": VERSION, "synthetic": True,
            "zh": "示例数据源服务。人、号码、记录全部是合成的，不指向任何真实的人或者单位；可以注入故障，只供试用和测试。",
            "en": "Example source server. People, numbers and records are all synthetic; it can inject faults. For trying and testing only.",
            "people": len(self.people), "sources": len(self.sources), "signed": self.verify is not None,
            "doors": ["POST /v1/sources/{source}", "GET /v1/sources", "GET|PUT|DELETE /control/faults", "GET|DELETE /control/counts",
                      "GET|DELETE /control/inquiries"]})

    async def problem(self, request: Request) -> Response:
        """`GET /problems/{code}`: what a kind of problem means."""
        kind = KINDS.get(request.path_params["code"]) or COMMON.get(request.path_params["code"])
        if kind is None:
            raise HttpProblem("not-found")
        return _json({"code": kind.code, "status": kind.status, "zh": kind.meaning_zh, "en": kind.meaning_en})

    async def listed(self, request: Request) -> Response:
        """`GET /v1/sources`: every source, what it may be asked, and of how many people it holds anything."""
        return _json([{
            "source": one.code, "name": one.name, "english": one.english, "provider": one.provider, "kind": one.kind, "ground": one.ground,
            "id_types": list(one.id_types), "materials": dict(one.facts), "people": self.people.held_by(one.code)} for one in self.sources.values()])

    async def set_faults(self, request: Request) -> Response:
        """`PUT /control/faults`: another plan in place of the one that stands."""
        read = read_plan(parse(await read_body(request, LONGEST_PLAN)), self.sources)
        if isinstance(read, list):
            raise Refusal(INVALID_FAULTS, mistakes=read)
        self.faults.set(read)
        return await self.show_faults(request)

    async def clear_faults(self, request: Request) -> Response:
        """`DELETE /control/faults`: none from now on. What hangs already, hangs."""
        self.faults.set({})
        return Response(status_code=204)

    async def show_faults(self, request: Request) -> Response:
        """`GET /control/faults`: the plan, and how many requests it has counted by source."""
        return _json({"faults": as_json(self.faults.plan), "counted": self.faults.counted})

    async def show_counts(self, request: Request) -> Response:
        """`GET /control/counts`."""
        return _json(self.journal.counts())

    async def clear_counts(self, request: Request) -> Response:
        """`DELETE /control/counts`."""
        self.journal.clear_counts()
        return Response(status_code=204)

    async def show_inquiries(self, request: Request) -> Response:
        """`GET /control/inquiries`: the last questions, oldest first."""
        return _json(self.journal.inquiries())

    async def clear_inquiries(self, request: Request) -> Response:
        """`DELETE /control/inquiries`."""
        self.journal.clear_inquiries()
        return Response(status_code=204)


def read_question(raw: bytes) -> Inquiry:
    """The question of a body. Raises a problem that names every field that does not fit."""
    document = parse(raw)
    try:
        return Inquiry.model_validate_json(raw)
    except ValidationError as error:
        raise Refusal(INVALID, mistakes=body_mistakes(error, document, Inquiry)) from None


def _json(document: Any) -> Response:
    return Response(orjson.dumps(document, option=orjson.OPT_INDENT_2), headers={"Cache-Control": "no-store"}, media_type="application/json")


def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HttpProblem)
    return respond(error, request.scope)


def _missing(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    wrong = HttpProblem("method-not-allowed" if error.status_code == 405 else "not-found", headers=dict(error.headers or {}))
    return respond(wrong, request.scope)
