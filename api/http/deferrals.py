"""Deferred materials over HTTP: promising, handing in, extending, and what a person does when nothing came.

For trusted callers. Nothing here decides or stores: `api.records.deferral_acts` does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.http import documents
from api.http.acting import Trusted, read, stated, written
from api.http.answers import answer
from api.http.cases import material_code
from api.http.deferral_models import DEFERRAL_STATES, DeferralAnswer, DeferralList, Extending, Following, Promising, Supplementing
from api.http.gathering import looked_at_today
from api.http.language import Language
from api.http.parameters import Day
from api.http.problems import refused
from api.http.service import language, service_of
from api.http.shapes import body_mistakes
from api.records import deferral_acts as acts
from api.records import story
from api.records.acts import APPLICANT
from api.records.deferrals import PAGE, deferral, deferrals
from api.records.records import Pages, Records
from api.records.restating import Unfit
from api.records.tables import Deferral
from engine.application import Application, Evidence
from engine.lifecycle.machines import DEFERRAL

router = APIRouter(prefix="/v1/deferrals", tags=["deferrals"])

DeferralId = Annotated[str, Path(min_length=1, max_length=80, description="容缺编号。 Id of the deferral.", examples=["6c0f2a1e-8f3a-4f0e-9d55-0a6b8a2a3c11"])]
_SECURITY: dict[str, Any] = {"security": [{}, {"trusted": []}]}
_OFFICER: dict[str, Any] = {"id": "FS-0421", "role": "综合窗口受理员"}
_PROBLEMS = documents.problems(400, 403, 404, 409, 410, 413, 415, 422, 503)


def _said(row: Deferral, spoken: Language) -> dict[str, Any]:
    state = DEFERRAL.state(row.state)
    return {**story.plain(row), "state_text": state.zh if spoken == "zh" else state.en, "may": list(acts.may(row))}


def _evidence(found: Evidence | None) -> dict[str, Any] | None:
    return found.model_dump(mode="json", exclude_unset=True) if found is not None else None


async def _done(request: Request, records: Records, does: Callable[[Pages], Deferral], status: int = 200) -> Response:
    try:
        row = await written(records, does)
    except Unfit as unfit:
        raise refused("invalid-application", body_mistakes(unfit.error, unfit.document, Application)) from None
    spoken = language(request)
    return answer(_said(row, spoken), spoken, status)


class DeferralsQuery(BaseModel):
    """Which deferrals."""

    model_config = ConfigDict(extra="forbid")

    state: DEFERRAL_STATES | None = Field(None, description="状态。 State.", examples=["overdue"])
    case: str | None = Field(None, max_length=80, description="办件编号。 Id of the case.", examples=["0b7c9a52-6d5e-4a8c-8d53-61f6a2f0a7d4"])
    due_before: Day | None = Field(None, description="在这一天以前到期的。 Due before this day.", examples=["2026-10-08"])
    after: str | None = Field(None, max_length=80, description="从这一份之后起。 Begin after this one.", examples=["6c0f2a1e-8f3a-4f0e-9d55-0a6b8a2a3c11"])


@router.get("", operation_id="listDeferrals", summary="查容缺后补 Find deferred materials", response_model=DeferralList,
            responses=documents.problems(400, 403, 404, 422, 503), openapi_extra=_SECURITY)
async def list_deferrals(request: Request, records: Trusted, query: Annotated[DeferralsQuery, Query()]) -> Response:
    """新的在前，每页一百份。 The latest first, a hundred a page."""
    rows = await read(records, lambda session: deferrals(session, **query.model_dump()))
    spoken = language(request)
    return answer({"deferrals": [_said(row, spoken) for row in rows], "next": rows[-1].id if len(rows) == PAGE else None}, spoken)


@router.get("/{deferral_id}", operation_id="readDeferral", summary="一份容缺后补 One deferred material", response_model=DeferralAnswer,
            responses=documents.problems(400, 403, 404, 503), openapi_extra=_SECURITY)
async def read_deferral(request: Request, records: Trusted, deferral_id: DeferralId) -> Response:
    """到哪天、什么状态、现在可以作什么。 By when, its state, what can be done now."""
    spoken = language(request)
    return answer(_said(await read(records, lambda session: deferral(session, deferral_id)), spoken), spoken)


@router.post("", operation_id="promiseDeferral", summary="承诺补交 Promise to hand a material in later", response_model=DeferralAnswer, status_code=201,
             responses=_PROBLEMS, openapi_extra={**documents.json_body("Promising", {
                 "case": "0b7c9a52-6d5e-4a8c-8d53-61f6a2f0a7d4", "material": "appointment_document", "officer": _OFFICER}), **_SECURITY})
async def promise(request: Request, records: Trusted) -> Response:
    """按选择容缺后补再判断一次；到期日是那次判断给的，不晚于事项的承诺时限。没有提供容缺后补的是 409。

    Decides the case again with the deferral chosen; the day due is that decision's and never after the promised time of the item. A 409 where no
    deferral is offered.
    """
    said = await stated(request, Promising)
    await looked_at_today(service_of(request), records, lambda session: said.case)
    promised = acts.Promise(said.case, material_code(records, said.material), said.person, said.promised_by, said.note, _evidence(said.evidence))
    return await _done(request, records, acts.promise(records, promised, said.officer.by() if said.officer else APPLICANT), 201)


@router.post("/{deferral_id}/supplement", operation_id="supplementDeferral", summary="登记补交 Record that it was handed in", response_model=DeferralAnswer,
             responses=_PROBLEMS, openapi_extra={**documents.json_body("Supplementing", {"officer": _OFFICER, "channel": "window", "trust": "B"}), **_SECURITY})
async def supplement(request: Request, records: Trusted, deferral_id: DeferralId) -> Response:
    """按到达的那天算是否逾期：纸件到大厅下班，网上到二十四时。没有办结的，随即再判断一次。

    In time or late by the day of arrival: paper until the hall closes, online until midnight. A pending case is decided again at once.
    """
    said = await stated(request, Supplementing)
    handed = acts.Supplement(said.arrived_at, said.channel, said.trust, said.valid_to, _evidence(said.evidence))
    return await _done(request, records, acts.supplement(records, deferral_id, handed, said.officer.by()))


@router.post("/{deferral_id}/extend", operation_id="extendDeferral", summary="因不可抗力延长 Extend for force majeure", response_model=DeferralAnswer,
             responses=_PROBLEMS, openapi_extra={**documents.json_body("Extending", {
                 "from": "2026-09-29", "to": "2026-09-30", "reason": "台风停运", "officer": _OFFICER}), **_SECURITY})
async def extend(request: Request, records: Trusted, deferral_id: DeferralId) -> Response:
    """失去几个工作日补几个（自然日计的补自然日），期限跟着走。 As many days as were lost are given back; the clock moves with them."""
    said = await stated(request, Extending)
    return await _done(request, records, acts.extend(records, deferral_id, said.from_, said.to, said.reason, said.officer.by()))


@router.post("/{deferral_id}/moves", operation_id="moveDeferral", summary="逾期后果、解除 Apply the consequence, or release", response_model=DeferralAnswer,
             responses=_PROBLEMS, openapi_extra={**documents.json_body("Following", {
                 "move": "cancel_acceptance", "officer": _OFFICER, "note": "期满没有补交任职文件"}), **_SECURITY})
async def follow(request: Request, records: Trusted, deferral_id: DeferralId) -> Response:
    """只能作本地公布的后果，要写明理由；办件一并变动。现行判断仍然需要的材料不能解除。

    Only the consequence published here, with a written reason; the case moves along. What the decision still needs cannot be released.
    """
    said = await stated(request, Following)
    return await _done(request, records, acts.act(records, deferral_id, said.move, said.officer.by(), said.note, said.until))
