"""Deciding over HTTP: one application, or up to five hundred, each answered with an envelope round the engine's body.

Shape is checked before meaning and every mistake of one kind is told at once. Nothing is stored, and nothing here knows a rule.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import Response

from api.http import documents
from api.http.answers import answer
from api.http.bodies import parse, read_body
from api.http.language import TAGS, Language
from api.http.models import BatchAnswer, Decision
from api.http.parameters import DAY_EXAMPLES, Day
from api.http.problems import HttpProblem, Mistake, as_dict, refused
from api.http.service import Service, language, service_of
from api.http.shapes import SMALL, body_mistakes, placed, size_mistakes
from api.http.trouble import report
from engine.application import Application
from engine.explain import printed
from engine.problems import Problem, Refused

MAX_BATCH: Final = 500

router = APIRouter(prefix="/v1/decisions", tags=["decisions"])
_log = logging.getLogger("mianzheng")


class DecisionQuery(BaseModel):
    """What may stand behind the question mark of a decision."""

    model_config = ConfigDict(extra="forbid")

    explain: documents.Level = Field("summary", description="说明写到多细：off 只有代码，summary 一句话，full 逐条写明考虑过的路径。 "
                                     "How much is explained: codes only, one sentence, or every route considered.", examples=["summary"])
    on: Day | None = Field(None, description="决定日期，缺省是北京时间的今天；事实以这一天为准。 "
                           "Day of the decision, today in China by default; facts are as of this day.", examples=DAY_EXAMPLES)
    record: bool = Field(True, description="false 表示只是咨询。目前什么都不保存，这个参数没有别的作用。 "
                         "false: a consultation only. Nothing is stored yet, so the parameter has no other effect.", examples=[False])


IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", max_length=255, description=(
    "同一件事重发时用同一个键。目前什么都不保存：同样的申请在同一天、同一规则库下，答案除 id 和 decided_at 外相同。 "
    "The same key for the same request sent again. Nothing is stored yet: the same application on the same day under the same rulebook gets the "
    "same answer but for `id` and `decided_at`."), examples=["b0a2c1de-6f0e-4c5e-9a0c-1f2d3e4b5a69"])]
#: Documented as a security scheme: the bearer token is needed only with `evidence`, where the service names trusted callers.
_SECURITY: Final[dict[str, Any]] = {"security": [{}, {"trusted": []}]}


@router.post("", operation_id="decide", summary="判断一件申请 Decide one application", response_model=Decision,
             responses=documents.problems(400, 403, 413, 415, 422, 503),
             openapi_extra={**documents.json_body("Application", documents.APPLICATION), **_SECURITY})
async def decide(request: Request, query: Annotated[DecisionQuery, Query()], idempotency_key: IdempotencyKey = None) -> Response:
    """逐份材料说明由哪条路径免交或者须提交、理由、依据、后续，以及还不知道的事实。

    For every material: by which route it is waived or that it must be handed in, why, under which article, what remains, what is unknown.
    """
    service, spoken = service_of(request), language(request)
    raw = await read_body(request, service.settings.max_body)
    found = _decided(service, parse(raw), raw, query, spoken, service.trusts(request.headers.get("authorization")))
    return answer(found, spoken)


@router.post("/batch", operation_id="decideBatch", summary="一次判断多件申请 Decide many applications", response_model=BatchAnswer,
             responses=documents.problems(400, 413, 415, 422, 503),
             openapi_extra={**documents.json_body("Batch", {"applications": [documents.APPLICATION]}), **_SECURITY})
async def decide_batch(request: Request, query: Annotated[DecisionQuery, Query()], idempotency_key: IdempotencyKey = None) -> Response:
    """至多五百件；一件有误不影响其余，次序不变，总是 200。

    Up to 500; a wrong one does not stop the others; the order is kept; the status is always 200.
    """
    service, spoken = service_of(request), language(request)
    raw = await read_body(request, service.settings.max_batch_body)
    trusted = service.trusts(request.headers.get("authorization"))
    content = await run_in_threadpool(_batch, service, raw, query, spoken, trusted, request.url.path)
    return answer(content, spoken)


def _batch(service: Service, raw: bytes, query: DecisionQuery, spoken: Language, trusted: bool, path: str) -> dict[str, Any]:
    """Runs in a thread: the event loop stays free for single decisions."""
    results: list[dict[str, Any]] = []
    day = query.on or service.today()   # one day for all, even over midnight
    fixed = query.model_copy(update={"on": day})
    for index, document in enumerate(_applications(parse(raw))):
        instance = f"{path}#/applications/{index}"
        try:
            results.append({"index": index, "decision": _decided(service, document, None, fixed, spoken, trusted)})
        except HttpProblem as problem:
            results.append({"index": index, "problem": as_dict(problem, spoken, instance)})
        except Exception as error:
            results.append({"index": index, "problem": as_dict(report(error, _log), spoken, instance)})
    decided = sum("decision" in one for one in results)
    return {"rulebook": service.rulebook.version, "count": len(results), "decided": decided, "refused": len(results) - decided, "results": results}


def _applications(document: Any) -> list[Any]:
    def wrong(code: str, pointer: str, zh: str, en: str) -> HttpProblem:
        return refused("invalid-application", [Mistake(Problem(code, zh, en, field=pointer[1:]), pointer)])

    if not isinstance(document, dict):
        raise wrong("wrong-type", "", "这里应当是对象 {…}。", "This should be an object {…}.")
    unknown = [key for key in document if key != "applications"]
    if unknown:
        raise refused("invalid-application", [Mistake(
            Problem("unknown-field", f"没有叫“{key}”的字段。", f"There is no field called “{key}”.", field=key, allowed=("applications",)), f"/{key}")
            for key in unknown])
    if "applications" not in document:
        raise wrong("missing-field", "/applications", "缺少“applications”。", "“applications” is missing.")
    listed = document["applications"]
    if not isinstance(listed, list):
        raise wrong("wrong-type", "/applications", "这里应当是数组 […]。", "This should be an array […].")
    if len(listed) > MAX_BATCH:
        raise wrong("too-many", "/applications", f"这里最多 {MAX_BATCH} 项。", f"At most {MAX_BATCH} entries fit here.")
    return listed


def _decided(service: Service, document: Any, raw: bytes | None, query: DecisionQuery, spoken: Language, trusted: bool) -> dict[str, Any]:
    """The answer to one application. `raw` is its text, when it stands alone."""
    text = orjson.dumps(document) if raw is None else raw
    too_big = size_mistakes(document) if len(text) > SMALL else []
    if too_big:
        raise refused("invalid-application", too_big)
    try:
        application = Application.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise refused("invalid-application", body_mistakes(error, document, Application)) from None
    if not trusted and isinstance(document, Mapping) and document.get("evidence"):
        raise HttpProblem("untrusted-evidence")
    now = service.now()
    day: date = query.on or now.date()
    try:
        body = service.decider.decide(application, day)
    except Refused as wrong:
        raise refused("invalid-application", [placed(problem, document) for problem in wrong.problems]) from None
    people = {person.id: person.name for person in application.persons if person.name}
    body = printed(body, service.rulebook, spoken, query.explain, people)
    return {"id": str(uuid.uuid4()), "case": application.case, "decided_at": now.isoformat(timespec="seconds"), "language": TAGS[spoken], **body}
