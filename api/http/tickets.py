"""Tickets to data providers over HTTP, and the applicant's dispute of data found (校核纠错).

For trusted callers. Nothing here decides or stores: `api.records.tickets` and `api.records.disputes` do.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.http import documents
from api.http.acting import Trusted, answered, read, stated, written
from api.http.answers import answer
from api.http.cases import CaseId, copy_of, material_code
from api.http.deciding import Answered
from api.http.gathering import Moment, asked_anew
from api.http.lists import unknown_division
from api.http.models import Decision
from api.http.parameters import Day
from api.http.problems import Mistake, masked, refused
from api.http.service import language, service_of
from api.http.shapes import body_mistakes
from api.http.ticket_models import TICKET_KINDS, TICKET_STATES, Answering, Closing, DisputingData, TakingBack, TicketAnswer, TicketList, TicketSummary
from api.records import disputes, ticket_story, tickets
from api.records.records import Records, Session
from api.records.restating import Unfit
from engine.application import Application
from engine.problems import unknown_word

router = APIRouter(prefix="/v1/tickets", tags=["tickets"])
of_cases = APIRouter(prefix="/v1/cases", tags=["cases"])

TicketId = Annotated[str, Path(min_length=1, max_length=80, description="工单编号。 Id of the ticket.", examples=["6c0f2a1e-8f3a-4f0e-9d55-0a6b8a2a3c11"])]
_SECURITY: dict[str, Any] = {"security": [{}, {"trusted": []}]}
_OFFICER: dict[str, Any] = {"id": "MZ-0102", "role": "婚姻登记数据管理员"}
_CLERK: dict[str, Any] = {"id": "FS-0421", "role": "综合窗口受理员"}
_PROBLEMS = documents.problems(400, 403, 404, 409, 410, 413, 415, 422, 503)
_MONTH: Final = 30


class TicketsQuery(BaseModel):
    """Which tickets."""

    model_config = ConfigDict(extra="forbid")

    source: str | None = Field(None, max_length=80, description="数据源编码。 Code of the source.", examples=["marriage_records"])
    provider: str | None = Field(None, max_length=80, description="供数部门。 Who answers for it.", examples=["民政部门"])
    division: str | None = Field(None, max_length=20, description="决定机关所在区划。 Deciding division.", examples=["210400"])
    kind: TICKET_KINDS | None = Field(None, description="为什么。 Why.", examples=["outage"])
    state: TICKET_STATES | None = Field(None, description="状态。 State.", examples=["open"])
    case: str | None = Field(None, max_length=80, description="办件编号。 Id of a case.", examples=["0b7c9a52-6d5e-4a8c-8d53-61f6a2f0a7d4"])
    after: str | None = Field(None, max_length=80, description="从这一张之后起。 Begin after this one.", examples=["6c0f2a1e-8f3a-4f0e-9d55-0a6b8a2a3c11"])


@router.get("", operation_id="listTickets", summary="查数据工单 Find tickets to data providers", response_model=TicketList,
            responses=documents.problems(400, 403, 404, 422, 503), openapi_extra=_SECURITY)
async def list_tickets(request: Request, records: Trusted, query: Annotated[TicketsQuery, Query()]) -> Response:
    """新的在前，每页一百张。 The latest first, a hundred a page."""
    spoken = language(request)
    _known(records, query.source, query.division, query.provider)

    def look(session: Session) -> dict[str, Any]:
        rows = ticket_story.listed(session, **query.model_dump())
        return {"tickets": ticket_story.heads(session, rows, records.rulebook, spoken == "zh"), "next": rows[-1].id if len(rows) == ticket_story.PAGE else None}

    return answer(await read(records, look), spoken)


def _known(records: Records, source: str | None, division: str | None, provider: str | None = None) -> None:
    """An empty list means that there are no tickets, never that a word was misspelt. Raises `invalid-parameter`."""
    book, wrong = records.rulebook, []
    if source is not None and source not in book.sources:
        wrong.append(unknown_word("unknown-source", "数据源", "data source", source, sorted(book.sources)).at("", 0, "query.source"))
    providers = sorted({one.provider for one in book.sources.values()})
    if provider is not None and provider not in providers:
        wrong.append(unknown_word("unknown-provider", "供数部门", "data provider", provider, providers).at("", 0, "query.provider"))
    place = unknown_division(division, book) if division is not None else None
    if place is not None:
        wrong.append(place.at("", 0, "query.division"))
    if wrong:
        raise refused("invalid-parameter", [Mistake(one) for one in wrong])


class TicketSummaryQuery(BaseModel):
    """Where and since when."""

    model_config = ConfigDict(extra="forbid")

    division: str | None = Field(None, max_length=20, description="决定机关所在区划，缺省是全部。 Deciding division, all by default.", examples=["210400"])
    since: Day | None = Field(None, description="从哪天起发出的，缺省是三十天前。 Opened since this day, thirty days ago by default.", examples=["2026-11-01"])


@router.get("/summary", operation_id="summariseTickets", summary="各供数部门的工单 Tickets per provider and source", response_model=TicketSummary,
            responses=documents.problems(400, 403, 422, 503), openapi_extra=_SECURITY)
async def summarise_tickets(request: Request, records: Trusted, query: Annotated[TicketSummaryQuery, Query()]) -> Response:
    """发出多少、待答复多少、中断几次、平均几小时答复。 How many were opened and wait, how many outages, mean hours to an answer."""
    _known(records, None, query.division)
    since = query.since or records.today() - timedelta(days=_MONTH)
    return answer(await read(records, lambda session: ticket_story.summary(session, since, query.division)), language(request))


@router.get("/{ticket_id}", operation_id="readTicket", summary="一张工单的全部 Everything about a ticket", response_model=TicketAnswer,
            responses=documents.problems(400, 403, 404, 503), openapi_extra=_SECURITY)
async def read_ticket(request: Request, records: Trusted, ticket_id: TicketId) -> Response:
    """涉及哪些办件、哪些材料，每一步是谁在何时做的。 Which cases and materials it is about, and who did what when."""
    return await _shown(request, records, ticket_id)


async def _shown(request: Request, records: Records, ticket_id: str) -> Response:
    spoken = language(request)
    found = await read(records, lambda session: ticket_story.view(session, ticket_id, records.rulebook, spoken == "zh"))
    steps = [{**one, **{name: masked(one[name]) for name in ("note", "reason") if one[name]}} for one in found["steps"]]
    return answer({**found, "steps": steps}, spoken)


@router.post("/{ticket_id}/answer", operation_id="answerTicket", summary="供数部门答复 The provider answers", response_model=TicketAnswer, responses=_PROBLEMS,
             openapi_extra={**documents.json_body("Answering", {"officer": _OFFICER, "found": "corrected", "note": "登记日期录入有误，已更正"}), **_SECURITY})
async def answer_ticket(request: Request, records: Trusted, ticket_id: TicketId) -> Response:
    """答复不改变任何判断：数据变了的，涉及的办件列为待重新判断，由部门再问数据源、再判断。

    An answer changes no decision: where the data changed, the cases concerned are shown as to be decided again, and the source is asked anew.
    """
    said = await stated(request, Answering)
    row = await written(records, tickets.answer(records.rulebook, ticket_id, said.found, said.officer.by(), said.note))
    sources = service_of(request).sources
    if said.found == "restored" and sources is not None:
        sources.restored(row.source)      # from now on it is really asked, however long its breaker would have rested
    return await _shown(request, records, ticket_id)


@router.post("/{ticket_id}/close", operation_id="closeTicket", summary="了结工单 Close a ticket", response_model=TicketAnswer, responses=_PROBLEMS,
             openapi_extra={**documents.json_body("Closing", {"officer": _CLERK, "note": "已对办件重新判断"}), **_SECURITY})
async def close_ticket(request: Request, records: Trusted, ticket_id: TicketId) -> Response:
    """答复过的才能了结。 Only what was answered can be closed."""
    said = await stated(request, Closing)
    await written(records, tickets.close(ticket_id, said.officer.by(), said.note))
    return await _shown(request, records, ticket_id)


# -- the applicant's dispute ------------------------------------------------------------------------------------------

async def _again(request: Request, records: Records, case_id: str, said: DisputingData | TakingBack) -> Response:
    service, spoken, moment = service_of(request), language(request), Moment.now()
    evidence = said.evidence.model_dump(mode="json", exclude_unset=True) if said.evidence is not None else None
    disputed = disputes.Disputed(case_id, material_code(records, said.material), copy_of(said.person), said.reason, isinstance(said, TakingBack), evidence)
    today = records.today()
    try:
        anew = await read(records, lambda session: disputes.restated(records, session, disputed, today))
        anew = await asked_anew(service, records, anew, moment)
        made = await answered(records.act(disputes.act(records, replace(disputed, gathered=anew.gathered), said.officer.by(), today)), wait=records.wait)
    except Unfit as unfit:
        raise refused("invalid-application", body_mistakes(unfit.error, unfit.document, Application)) from None
    found = Answered(service, made.application, made.body, service.now(), made.receipt, made.supersedes, made.own).counted()
    return answer(found.envelope(spoken, "summary"), spoken)


@of_cases.post("/{case_id}/disputes", operation_id="disputeData", summary="申请人对数据有异议 The applicant disputes the data", response_model=Decision,
               responses=_PROBLEMS, openapi_extra={**documents.json_body("DisputingData", {
                   "officer": _CLERK, "material": "marriage_certificate", "reason": "我已经离婚，查到的仍然是结婚登记"}), **_SECURITY})
async def dispute_data(request: Request, records: Trusted, case_id: CaseId) -> Response:
    """办件随即再判断一次：申请人自己的材料算数，供数部门收到校核工单。

    The case is decided again at once: the applicant's own document counts, and the provider gets a ticket to check the data.
    """
    return await _again(request, records, case_id, await stated(request, DisputingData))


@of_cases.post("/{case_id}/disputes/withdraw", operation_id="withdrawDispute", summary="撤回异议 Take the dispute back", response_model=Decision,
               responses=_PROBLEMS, openapi_extra={**documents.json_body("TakingBack", {
                   "officer": _CLERK, "material": "marriage_certificate", "reason": "数据已经更正"}), **_SECURITY})
async def withdraw_dispute(request: Request, records: Trusted, case_id: CaseId) -> Response:
    """办件按数据再判断一次；还没有答复的工单随之撤回。 Decided again on the data; a ticket not answered yet is withdrawn with it."""
    return await _again(request, records, case_id, await stated(request, TakingBack))
