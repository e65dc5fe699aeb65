"""Deciding over HTTP: one application, or up to five hundred, each answered with an envelope round the engine's body.

Shape is checked before meaning and every mistake of one kind is told at once. A decision is in the log before it is answered, unless it
is a consultation. Nothing here knows a rule.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.http import documents
from api.http.acting import answered, read, unavailable
from api.http.answers import answer
from api.http.bodies import parse, read_body
from api.http.deciding import Answered, Asked, Caller, refuse_evidence, stated
from api.http.gathering import Moment
from api.http.models import BatchAnswer, Decision
from api.http.parameters import DAY_EXAMPLES, Day
from api.http.problems import HttpProblem, Mistake, as_dict, refused
from api.http.service import language, service_of
from api.http.shapes import body_mistakes
from api.http.trouble import report
from api.records.cases import Standing
from api.records.decisions import CaseExists, Receipt
from api.records.history import Known
from api.records.records import Records
from api.records.restating import Unfit
from engine.application import Application
from engine.problems import Problem

MAX_BATCH: Final = 500
MOST_AT_ONCE: Final = 64      # applications of one batch under way together: they share commits

router = APIRouter(prefix="/v1/decisions", tags=["decisions"])
_log = logging.getLogger("mianzheng")


class DecisionQuery(BaseModel):
    """What may stand behind the question mark of a decision."""

    model_config = ConfigDict(extra="forbid")

    explain: documents.Level = Field("summary", description="说明写到多细：off 只有代码，summary 一句话，full 逐条写明考虑过的路径。 "
                                     "How much is explained: codes only, one sentence, or every route considered.", examples=["summary"])
    on: Day | None = Field(None, description="决定日期，缺省是北京时间的今天；事实以这一天为准。 "
                           "Day of the decision, today in China by default; facts are as of this day.", examples=DAY_EXAMPLES)
    record: bool = Field(True, description="false 表示只是咨询：什么都不保存，答案没有编号。 "
                         "false: a consultation only. Nothing is kept and the answer has no id.", examples=[False])


IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255, description=(
    "同一件事重发时用同一个键：只判断一次，重发得到同一个答案（Idempotent-Replayed: true）。同一个键不能用于另一份内容。 "
    "The same key for the same request sent again: it is decided once and answered alike (Idempotent-Replayed: true). The same key "
    "with another body is refused."), examples=["b0a2c1de-6f0e-4c5e-9a0c-1f2d3e4b5a69"])]
#: Documented as a security scheme: the bearer token is needed only with `evidence`, where the service names trusted callers.
_SECURITY: Final[dict[str, Any]] = {"security": [{}, {"trusted": []}]}


@router.post("", operation_id="decide", summary="判断一件申请 Decide one application", response_model=Decision,
             responses=documents.problems(400, 403, 409, 410, 413, 415, 422, 503),
             openapi_extra={**documents.json_body("Application", documents.APPLICATION), **_SECURITY})
async def decide(request: Request, query: Annotated[DecisionQuery, Query()], idempotency_key: IdempotencyKey = None) -> Response:
    """逐份材料说明由哪条路径免交或者须提交、理由、依据、后续，以及还不知道的事实。

    For every material: by which route it is waived or that it must be handed in, why, under which article, what remains, what is unknown.
    """
    service, spoken = service_of(request), language(request)
    raw = await read_body(request, service.settings.max_body)
    document = parse(raw)
    caller = Caller.of(request, idempotency_key)
    asked = Asked(service, document, stated(document, raw), caller, query.on, query.record, query.on)
    if not caller.trusted:
        refuse_evidence(document)
    found = await _found(asked, Moment.now())
    return answer(found.envelope(spoken, query.explain), spoken, replayed=found.replayed)


async def _found(asked: Asked, moment: Moment) -> Answered:
    """The answer, recorded where the service records."""
    if asked.service.records is not None:
        return await _recorded(asked, asked.service.records, moment)
    return asked.consult(Known(), {})


async def _recorded(asked: Asked, records: Records, moment: Moment) -> Answered:
    """The answer, once it is in the log. A case number that somebody else takes meanwhile is looked up again."""
    try:
        for _ in range(3):
            question = asked.question()
            known = Known() if question.empty else await answered(records.ask(question), wait=records.wait)
            found = await asked.gather(known, moment)
            if not asked.record:
                return asked.consult(known, found)
            try:
                return await _settled(asked, records, await answered(asked.submit(records, known, found), asked.document, records.wait))
            except CaseExists:
                continue
    except Unfit as unfit:
        raise refused("invalid-application", body_mistakes(unfit.error, unfit.document, Application)) from None
    raise unavailable()


async def _settled(asked: Asked, records: Records, result: Standing | Receipt) -> Answered:
    """What is answered after the commit; what was answered before under the same key is read back."""
    if isinstance(result, Receipt) and result.replayed:
        return await read(records, lambda session: asked.read_back(session, result.decision_id))
    return asked.answer(result)


@router.post("/batch", operation_id="decideBatch", summary="一次判断多件申请 Decide many applications", response_model=BatchAnswer,
             responses=documents.problems(400, 413, 415, 422, 503),
             openapi_extra={**documents.json_body("Batch", {"applications": [documents.APPLICATION]}), **_SECURITY})
async def decide_batch(request: Request, query: Annotated[DecisionQuery, Query()], idempotency_key: IdempotencyKey = None) -> Response:
    """至多五百件；一件有误不影响其余，次序不变，总是 200。

    Up to 500; a wrong one does not stop the others; the order is kept; the status is always 200.
    """
    service, spoken = service_of(request), language(request)
    raw = await read_body(request, service.settings.max_batch_body)
    caller = Caller.of(request, idempotency_key)
    fixed = query.model_copy(update={"on": query.on or service.today()})   # one day for all, even over midnight
    documents_ = _applications(await run_in_threadpool(parse, raw))
    gate = asyncio.Semaphore(MOST_AT_ONCE)

    async def one(index: int, document: Any) -> dict[str, Any]:
        instance = f"{request.url.path}#/applications/{index}"
        async with gate:
            try:
                own = caller.numbered(index)
                asked = Asked(service, document, stated(document, None), own, fixed.on, fixed.record, query.on)
                if not own.trusted:
                    refuse_evidence(document)
                found = await _found(asked, Moment.now())
                await asyncio.sleep(0)      # single decisions go on between two of a batch
                return {"index": index, "decision": found.envelope(spoken, query.explain)}
            except HttpProblem as problem:
                return {"index": index, "problem": as_dict(problem, spoken, instance)}
            except Exception as error:
                return {"index": index, "problem": as_dict(report(error, _log), spoken, instance)}

    results = await asyncio.gather(*(one(index, document) for index, document in enumerate(documents_)))
    decided = sum("decision" in one for one in results)
    return answer({"rulebook": service.rulebook.version, "count": len(results), "decided": decided, "refused": len(results) - decided,
                   "results": list(results)}, spoken)


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
