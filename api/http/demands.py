"""Demands over HTTP: recording what is asked of the applicant, the applicant's own report, the dispute and its end, lists and figures.

For trusted callers, except the report, which whoever holds the id of a decision may make. Nothing here judges or stores.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.http import documents
from api.http.acting import Trusted, read, records_of, stated, written
from api.http.answers import answer
from api.http.demand_models import (
    Card,
    DemandAnswer,
    Demanding,
    DemandList,
    DemandSummary,
    Disputing,
    ReportAnswer,
    Reporting,
    Resolving,
    State,
    Stepping,
)
from api.http.parameters import Day
from api.http.service import language, service_of
from api.records import demand_story, demands
from api.records.demand_words import Asking
from api.records.records import Records, Session
from api.records.story import PAGE

router = APIRouter(prefix="/v1/demands", tags=["supervision"])

DemandId = Annotated[str, Path(min_length=1, max_length=80, description="要求的编号。 Id of the demand.", examples=["7d1f6a3c-2f0e-4a55-9c8e-1b2c3d4e5f60"])]
_SECURITY: dict[str, Any] = {"security": [{}, {"trusted": []}]}
_OFFICER = {"id": "FS-0421", "role": "综合窗口受理员"}

#: How far back the figures go where nothing is said, in days.
_MONTH = 30


async def _shown(request: Request, records: Records, demand_id: str, status: int = 200) -> Response:
    spoken = language(request)
    return answer(await read(records, lambda session: demand_story.view(records, session, demand_id, spoken)), spoken, status)


@router.post("", operation_id="recordDemand", summary="登记向申请人提出的要求 Record what the applicant is asked for", response_model=DemandAnswer,
             responses=documents.problems(400, 403, 404, 409, 410, 413, 415, 422, 503), status_code=201,
             openapi_extra={**documents.json_body("Demanding", {
                 "case": "0b7c9a52-6d5e-4a8c-8d53-61f6a2f0a7d4", "stage": "window", "kind": "hand_in", "material": "single_status_proof", "officer": _OFFICER}),
                 **_SECURITY})
async def record_demand(request: Request, records: Trusted) -> Response:
    """对照现行的判断和已经冻结的告知书：在决定之内的登记，决定之外的、重复的、告知以后追加的拦下并亮牌。`for_applicant` 可以念给申请人听。

    Judged by the decision that stands and by the frozen notice: within them it is recorded, else it is stopped and gets a card. `for_applicant` can
    be read out.
    """
    said = await stated(request, Demanding)
    asking = Asking(said.stage, said.kind, said.material, said.person, said.fact, said.text)
    row = await written(records, demands.record(records, said.case, asking, said.officer.by()))
    return await _shown(request, records, row.id, 201)


@router.post("/report", operation_id="reportDemand", summary="申请人反映被要了什么 Report a demand, by the applicant", response_model=ReportAnswer,
             responses=documents.problems(400, 404, 409, 410, 413, 415, 422, 503), status_code=201,
             openapi_extra=documents.json_body("Reporting", {
                 "decision": "5b0f4c1e-8f3a-4f0e-9d55-0a6b8a2a3c11", "kind": "hand_in", "material": "单身证明", "text": "三号窗口让我回去开单身证明"}))
async def report_demand(request: Request) -> Response:
    """凭判断的编号反映，不用令牌。同样地判断；在决定之内的如实说明，不亮牌。同一内容重复反映算一次。

    By the id of a decision, without a token. Judged alike; a lawful demand is explained and gets no card. The same report twice is one.
    """
    records, spoken = records_of(service_of(request)), language(request)
    said = await stated(request, Reporting)
    asking = Asking(said.stage, said.kind, said.material, said.person, said.fact, said.text)
    row = await written(records, demands.report(records, said.decision, asking))
    return answer(await read(records, lambda session: demand_story.report_view(records, session, row.id, spoken)), spoken, 201)


class DemandsQuery(BaseModel):
    """Which demands."""

    model_config = ConfigDict(extra="forbid")

    case: str | None = Field(None, max_length=80, description="办件编号。 Id of the case, or the caller's number.", examples=["0b7c9a52-6d5e-4a8c-8d53-61f6a2f0a7d4"])
    state: State | None = Field(None, description="状态。 State.", examples=["blocked"])
    card: Card | None = Field(None, description="亮了什么牌：yellow、red；none 为没有违规。 Card of a violation; none: no violation.", examples=["red"])
    officer: str | None = Field(None, max_length=80, description="经办人工号。 Id of the officer.", examples=["FS-0421"])
    after: str | None = Field(None, max_length=80, description="从这项之后起。 Begin after this demand.", examples=["7d1f6a3c-2f0e-4a55-9c8e-1b2c3d4e5f60"])


@router.get("", operation_id="listDemands", summary="查要求 Find demands", response_model=DemandList, responses=documents.problems(403, 404, 409, 422, 503),
            openapi_extra=_SECURITY)
async def list_demands(request: Request, records: Trusted, query: Annotated[DemandsQuery, Query()]) -> Response:
    """新的在前，每页一百项。 The latest first, a hundred a page."""
    spoken = language(request)

    def look(session: Session) -> dict[str, Any]:
        case = demands.case_id_of(session, query.case) if query.case is not None else None
        rows = demand_story.listed(session, case=case, state=query.state, card=query.card, officer=query.officer, after=query.after)
        cases = demand_story.cases_of(session, rows)
        return {"demands": [demand_story.head(row, records.rulebook, cases[row.case_id], spoken) for row in rows],
                "next": rows[-1].id if len(rows) == PAGE else None}

    return answer(await read(records, look), spoken)


class SummaryQuery(BaseModel):
    """Where and since when."""

    model_config = ConfigDict(extra="forbid")

    division: str | None = Field(None, max_length=20, description="决定机关所在区划，缺省是全部。 Deciding division, all by default.", examples=["210400"])
    since: Day | None = Field(None, description="从哪天起开办的办件，缺省是三十天前。 Cases opened since this day, thirty days ago by default.", examples=["2026-11-01"])


@router.get("/summary", operation_id="summariseDemands", summary="要的与列的 Demanded against listed", response_model=DemandSummary,
            responses=documents.problems(403, 422, 503), openapi_extra=_SECURITY)
async def summarise_demands(request: Request, records: Trusted, query: Annotated[SummaryQuery, Query()]) -> Response:
    """清单上有多少、要申请人办多少、实际要了多少、违规多少。 How much is listed, asked of the applicant, really demanded, and in violation."""
    since = query.since or records.today() - timedelta(days=_MONTH)
    return answer(await read(records, lambda session: demand_story.summary(session, since, query.division)), language(request))


@router.get("/{demand_id}", operation_id="readDemand", summary="一项要求的全部 Everything about a demand", response_model=DemandAnswer,
            responses=documents.problems(403, 404, 410, 503), openapi_extra=_SECURITY)
async def read_demand(request: Request, records: Trusted, demand_id: DemandId) -> Response:
    """`for_applicant` 按现行的判断说；`line` 和 `violations` 是当时的。 `for_applicant` speaks by the decision that stands; the rest is of its time."""
    return await _shown(request, records, demand_id)


@router.post("/{demand_id}/dispute", operation_id="disputeDemand", summary="对数据提出争议 Dispute the data", response_model=DemandAnswer,
             responses=documents.problems(400, 403, 404, 409, 410, 413, 415, 422, 503),
             openapi_extra={**documents.json_body("Disputing", {
                 "officer": _OFFICER, "reason": "申请人出示的离婚证与查到的婚姻登记不一致", "conflict": "marriage_certificate"}), **_SECURITY})
async def dispute_demand(request: Request, records: Trusted, demand_id: DemandId) -> Response:
    """要核的是数据，不是申请人：要求仍然拦着，核清以后重新判断。 The data are looked into, not the applicant: the demand stays stopped meanwhile."""
    said = await stated(request, Disputing)
    await written(records, demands.dispute(records, demand_id, said.officer.by(), said.reason, said.conflict))
    return await _shown(request, records, demand_id)


@router.post("/{demand_id}/resolve", operation_id="resolveDemand", summary="了结争议 Close a dispute", response_model=DemandAnswer,
             responses=documents.problems(400, 403, 404, 409, 410, 413, 415, 422, 503),
             openapi_extra={**documents.json_body("Resolving", {
                 "officer": {"id": "FS-0017", "role": "首席代表"}, "outcome": "rejected", "note": "婚姻登记数据经民政部门核对无误"}), **_SECURITY})
async def resolve_demand(request: Request, records: Trusted, demand_id: DemandId) -> Response:
    """由另一位经办人了结。放行须有争议以后作出、确实允许它的判断；违规和监察提示都保留。

    By another officer. It is released only by a decision made since that allows it; violation and alert stay.
    """
    said = await stated(request, Resolving)
    await written(records, demands.resolve(records, demand_id, said.officer.by(), said.outcome, said.note))
    return await _shown(request, records, demand_id)


@router.post("/{demand_id}/meet", operation_id="meetDemand", summary="登记为已满足 Record that a demand was met", response_model=DemandAnswer,
             responses=documents.problems(400, 403, 404, 409, 410, 413, 415, 422, 503),
             openapi_extra={**documents.json_body("Stepping", {"officer": _OFFICER, "note": "已经看过证件"}), **_SECURITY})
async def meet_demand(request: Request, records: Trusted, demand_id: DemandId) -> Response:
    """同一办件里别的窗口的同样要求一并满足；以后再要就是重复索要。 Other windows' demands for the same thing are met too; asking again is a repeat."""
    said = await stated(request, Stepping)
    await written(records, demands.meet(demand_id, said.officer.by(), said.note))
    return await _shown(request, records, demand_id)


@router.post("/{demand_id}/withdraw", operation_id="withdrawDemand", summary="撤回要求 Take a demand back", response_model=DemandAnswer,
             responses=documents.problems(400, 403, 404, 409, 410, 413, 415, 422, 503),
             openapi_extra={**documents.json_body("Stepping", {"officer": _OFFICER, "note": "核对后不需要"}), **_SECURITY})
async def withdraw_demand(request: Request, records: Trusted, demand_id: DemandId) -> Response:
    """违规和监察提示都保留。 Violation and alert stay."""
    said = await stated(request, Stepping)
    await written(records, demands.withdraw(demand_id, said.officer.by(), said.note))
    return await _shown(request, records, demand_id)
