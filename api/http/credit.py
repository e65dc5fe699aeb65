"""Credit records over HTTP: entering one from outside, looking them up, entering a repair.

For trusted callers. An identity number stands in a body only, never in an address, an answer or the server's log. Nothing here says what a
record bars: the rules do.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.http import documents
from api.http.acting import Officer, Statement, Trusted, read, stated, told, written
from api.http.answers import answer
from api.http.commitment_models import CreditAnswer, CreditKind, CreditList, CreditState
from api.http.service import language
from api.records import credit
from api.records.history import Number
from api.records.records import Records
from api.records.tables import Credit
from engine.application import Day as StatedDay
from engine.problems import Refused

router = APIRouter(prefix="/v1/credit-records", tags=["credit"])

CreditId = Annotated[str, Path(min_length=1, max_length=80, description="信用记录编号。 Id of the record.", examples=["a3b9c0de-5f27-4c7b-8b2e-7f4d1c6e2b90"])]
_SECURITY: dict[str, Any] = {"security": [{}, {"trusted": []}]}
_WHO: dict[str, Any] = {"id_type": "resident_id", "id_number": "513424200802290006"}
_OFFICER: dict[str, Any] = {"officer": {"id": "DC-0107", "role": "信用管理员"}}


class CreditQuery(BaseModel):
    """Which records. There is no number here: it would stand in an address."""

    model_config = ConfigDict(extra="forbid")

    person_id: str | None = Field(None, max_length=80, description="本库内的人员编号。 Id of the person in these records.",
                                  examples=["c0ffee00-1111-4222-8333-444455556666"])
    kind: CreditKind | None = Field(None, description="类别。 Kind.", examples=["false_commitment"])
    state: CreditState | None = Field(None, description="状态：recorded 未修复，repaired 已修复。 State.", examples=["recorded"])
    commitment_id: str | None = Field(None, max_length=80, description="不实的承诺。 The false commitment.", examples=["6f1d2c3b-0a4e-4b1f-9c77-2d8f5b0e9a10"])
    after: str | None = Field(None, max_length=80, description="从这条之后起。 Begin after this record.", examples=["a3b9c0de-5f27-4c7b-8b2e-7f4d1c6e2b90"])


def _page(rows: list[Credit]) -> dict[str, Any]:
    return {"records": [credit.as_dict(row) for row in rows], "next": rows[-1].id if len(rows) == credit.PAGE else None}


@router.get("", operation_id="listCreditRecords", summary="查信用记录 Find credit records", response_model=CreditList,
            responses=documents.problems(403, 404, 422, 503), openapi_extra=_SECURITY)
async def list_records(request: Request, records: Trusted, query: Annotated[CreditQuery, Query()]) -> Response:
    """新的在前，每页一百条。按证件号码查用 POST /v1/credit-records/search。 The latest first, a hundred a page; by number with the search."""
    filters = query.model_dump(exclude={"after"})
    return answer(_page(await read(records, lambda session: credit.listed(session, filters, query.after))), language(request))


class CreditSearch(Statement):
    """Whose records are looked for."""

    id_type: str = Field(min_length=1, max_length=80, description="证件类型：编码或者名称 Kind of number, by code or name.", examples=["resident_id"])
    id_number: str = Field(min_length=1, max_length=80, description="证件号码；不写进地址和日志 The number; it stands in no address and no log.",
                           examples=["513424200802290006"])
    after: str | None = Field(None, max_length=80, description="从这条之后起 Begin after this record.", examples=["a3b9c0de-5f27-4c7b-8b2e-7f4d1c6e2b90"])


@router.post("/search", operation_id="searchCreditRecords", summary="按证件号码查 Find by number", response_model=CreditList,
             responses=documents.problems(400, 403, 404, 413, 415, 422, 503), openapi_extra={**documents.json_body("CreditSearch", _WHO), **_SECURITY})
async def search(request: Request, records: Trusted) -> Response:
    """没有记录的人是空的清单。本库没有不等于别处没有。 An empty list where nothing is recorded here, which says nothing of other records."""
    said = await stated(request, CreditSearch)
    number = _number(records, said, said.id_type, said.id_number)
    return answer(_page(await read(records, lambda session: credit.listed(session, {}, said.after, number))), language(request))


def _number(records: Records, said: Statement, id_type: str, id_number: str) -> Number:
    try:
        return credit.number_of(records.rulebook, id_type, id_number)
    except Refused as wrong:
        raise told(wrong, said.model_dump(mode="json")) from None


class CreditRecording(Statement):
    """A record from outside."""

    id_type: str = Field(min_length=1, max_length=80, description="证件类型：编码或者名称 Kind of number, by code or name.", examples=["resident_id"])
    id_number: str = Field(min_length=1, max_length=80, description="证件号码，先校验 The number, checked first.", examples=["513424200802290006"])
    name: str = Field("", max_length=200, description="姓名或者名称；新登记的人才记下 Name, kept for somebody new.", examples=["测试庚"])
    kind: CreditKind = Field(description="类别：轻微、一般、严重、虚假承诺 Kind.", examples=["serious"])
    recorded_on: StatedDay = Field(description="记录日期 Day recorded.", examples=["2026-10-09"])
    source: str = Field(min_length=1, max_length=200, description="来源：谁的记录 Who keeps the record.", examples=["信用中国（四川凉山）"])
    commitment: str | None = Field(None, max_length=80, description="已核查不实、没有自动记入的承诺 A false commitment not recorded by itself.",
                                   examples=["6f1d2c3b-0a4e-4b1f-9c77-2d8f5b0e9a10"])
    officer: Officer = Field(description="谁登记的 Who enters it.")


@router.post("", operation_id="recordCredit", summary="登记信用记录 Enter a credit record", response_model=CreditAnswer, status_code=201,
             responses=documents.problems(400, 403, 404, 409, 413, 415, 422, 503),
             openapi_extra={**documents.json_body("CreditRecording", {
                 **_WHO, "kind": "serious", "recorded_on": "2026-10-09", "source": "信用中国（四川凉山）", **_OFFICER}), **_SECURITY})
async def record(request: Request, records: Trusted) -> Response:
    """从下一次判断起读到它；什么限制由规则定。 Read from the next decision on; the rules say what it bars."""
    said = await stated(request, CreditRecording)
    number = _number(records, said, said.id_type, said.id_number)
    made = credit.Stated(number, said.kind, said.recorded_on, said.source, said.name, said.commitment)
    row = await written(records, credit.record(made, said.officer.by(), records.today()))
    return answer(credit.as_dict(row), language(request), 201)


@router.get("/{credit_id}", operation_id="readCreditRecord", summary="一条信用记录 One credit record", response_model=CreditAnswer,
            responses=documents.problems(403, 404, 503), openapi_extra=_SECURITY)
async def read_record(request: Request, records: Trusted, credit_id: CreditId) -> Response:
    """不含姓名和号码。 Without name and number."""
    return answer(await read(records, lambda session: credit.as_dict(credit.one(session, credit_id))), language(request))


class Repairing(Statement):
    """A repair."""

    repaired_on: StatedDay = Field(description="修复日期，从这天起不再使用 Day of repair: from then on it is used no more.", examples=["2026-11-22"])
    ground: str = Field(min_length=1, max_length=2000, description="依据：谁、凭什么认定修复 On what ground it counts as repaired.",
                        examples=["认定单位作出的信用修复决定"])
    officer: Officer = Field(description="谁登记的 Who enters it.")


@router.post("/{credit_id}/repair", operation_id="repairCredit", summary="登记信用修复 Enter a repair", response_model=CreditAnswer,
             responses=documents.problems(400, 403, 404, 409, 413, 415, 422, 503),
             openapi_extra={**documents.json_body("Repairing", {"repaired_on": "2026-11-22", "ground": "认定单位作出的信用修复决定", **_OFFICER}), **_SECURITY})
async def repair(request: Request, records: Trusted, credit_id: CreditId) -> Response:
    """从修复那天起不再使用，在办的件也是（信用修复管理办法）。 From that day it is used no more, in pending cases either."""
    said = await stated(request, Repairing)
    row = await written(records, credit.repair(credit_id, said.repaired_on, said.ground, said.officer.by(), records.today()))
    return answer(credit.as_dict(row), language(request))
