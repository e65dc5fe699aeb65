"""Reading a recorded decision: the answer again, its one-time notice, and deciding it again under its own rulebook.

The id of a decision is known only to who got the answer. Nothing here changes a record.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import PlainTextResponse, Response

from api.http import documents
from api.http.acting import read, records_of
from api.http.answers import answer
from api.http.deciding import kept
from api.http.language import TAGS
from api.http.models import Decision
from api.http.pages import page
from api.http.problems import HttpProblem
from api.http.record_models import NoticeAnswer, ReplayAnswer
from api.http.service import language, service_of
from api.records import log, replay
from api.records.notices import as_dict, notice_of
from api.records.records import Records, Session
from engine.notice import Notice

router = APIRouter(prefix="/v1/decisions", tags=["decisions"])

DecisionId = Annotated[str, Path(min_length=1, max_length=80, description="判断的编号。 Id of the decision.", examples=["5b0f4c1e-8f3a-4f0e-9d55-0a6b8a2a3c11"])]


class PrintQuery(BaseModel):
    """How much is explained."""

    model_config = ConfigDict(extra="forbid")

    explain: documents.Level = Field("summary", description="说明写到多细。 How much is explained.", examples=["summary"])


def found(session: Session, decision_id: str) -> log.Recorded:
    """The decision. Raises `unknown-record` and Erased."""
    recorded = log.decision(session, decision_id)
    if recorded is None:
        raise HttpProblem("unknown-record", f"没有编号为“{decision_id}”的判断。", f"There is no decision with the id “{decision_id}”.")
    return recorded


@router.get("/{decision_id}", operation_id="readDecision", summary="再看一次判断 Read a decision again", response_model=Decision,
            responses=documents.problems(404, 410, 422, 503))
async def read_decision(request: Request, decision_id: DecisionId, query: Annotated[PrintQuery, Query()]) -> Response:
    """当时的答案，一字不差；句子按所要的语言。 The answer as it was given; sentences in the language asked for."""
    service, spoken = service_of(request), language(request)
    result = await read(records_of(service), lambda session: kept(service, session, decision_id))
    return answer(result.envelope(spoken, query.explain), spoken)


@router.get("/{decision_id}/notice", operation_id="readNotice", summary="一次性告知书 The one-time notice", response_model=NoticeAnswer,
            responses=documents.problems(404, 410, 503))
async def read_notice(request: Request, decision_id: DecisionId) -> Response:
    """JSON，或者按 Accept 给网页（text/html）、纯文字（text/plain）。 JSON, or a page or plain text by Accept."""
    records, spoken = records_of(service_of(request)), language(request)
    made = await read(records, lambda session: notice_of(found(session, decision_id), records, spoken))
    return notice_answer(request, made, {"decision": decision_id})


def notice_answer(request: Request, made: Notice, more: dict[str, Any]) -> Response:
    """A notice as the caller accepts it: a page, plain text or JSON with `more` before it."""
    spoken = language(request)
    wanted = request.headers.get("accept", "")
    if "text/html" in wanted:
        found = page(request, "notice.html", notice=made)
    elif "text/plain" in wanted:
        found = PlainTextResponse(made.text(), headers={"Content-Language": TAGS[spoken]})
    else:
        found = answer({**more, "language": TAGS[spoken], **as_dict(made)}, spoken)
    found.headers.update({"Vary": "Accept, Accept-Language", "Cache-Control": "no-store"})
    return found


@router.post("/{decision_id}/replay", operation_id="replayDecision", summary="按当时的规则重算 Decide again under the recorded rulebook",
             response_model=ReplayAnswer, responses=documents.problems(404, 410, 503))
async def replay_decision(request: Request, decision_id: DecisionId) -> Response:
    """同一份申请、证据、规则库和日期；正文须逐字节相同。什么都不改。

    Same application, evidence, rulebook and day; the body must be the same byte for byte. Changes nothing.
    """
    records, spoken = records_of(service_of(request)), language(request)
    return answer(await read(records, lambda session: _replayed(records, session, decision_id)), spoken)


def _replayed(records: Records, session: Session, decision_id: str) -> dict[str, Any]:
    result = replay.replay(found(session, decision_id), records.rulebooks)
    return {"decision": decision_id, "identical": result.identical, "rulebook": result.rulebook, "recorded_digest": result.recorded_digest,
            "digest": result.digest, "recorded_program": result.recorded_program, "program": records.program,
            "differences": [{"pointer": place, "recorded": one, "now": other} for place, one, other in result.differences]}
