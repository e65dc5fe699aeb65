"""The certificate library over HTTP: types, search by number, one certificate, entering one, loadings.

For trusted callers. Identity numbers stand in bodies only, never in an address, an answer or the server's log. Files are loaded by the command
`mianzheng certificates load`. Nothing here decides or stores.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.http import documents
from api.http.acting import Trusted, read, stated, told, written
from api.http.answers import answer
from api.http.certificate_models import (
    BatchList,
    CertificateAnswer,
    CertificateEntered,
    CertificateEntering,
    CertificateList,
    CertificateSearch,
    CertificateTypes,
)
from api.http.lists import unknown_division
from api.http.parameters import DAY_EXAMPLES, Day
from api.http.problems import Mistake, refused
from api.http.service import language, service_of
from api.records import certificates
from api.records.certificate_acts import enter
from api.records.certificate_rows import Reader
from api.records.certificate_types import types
from api.records.credit import number_of
from api.records.records import Records
from engine.catalogue import NATIONAL
from engine.problems import Problem, Refused

router = APIRouter(prefix="/v1/certificates", tags=["certificates"])

CertificateId = Annotated[str, Path(min_length=1, max_length=80, description="证照在库里的编号。 Id of the row in the library.",
                                    examples=["0192f0c1-7a3e-7b21-9c55-0a6b8a2a3c11"])]
_SECURITY: dict[str, Any] = {"security": [{}, {"trusted": []}]}
_ENTERED: dict[str, Any] = {
    "type": "employment_card", "number": "FS-JYCY-2026-0009", "holder_id_type": "resident_id", "holder_number": "210400199003070007", "holder_name": "测试甲",
    "issuer": "抚顺市人力资源和社会保障局", "issued_on": "2026-01-05", "seal": "SEAL-210400-07", "synthetic": True,
    "officer": {"id": "FS-0421", "role": "证照管理员"}}


class WhereQuery(BaseModel):
    """Where and when."""

    model_config = ConfigDict(extra="forbid")

    division: str = Field(NATIONAL, min_length=1, max_length=20, description="区划代码，缺省是全国。 Division code, the nation by default.", examples=["513424"])
    on: Day | None = Field(None, description="哪一天，缺省是北京时间的今天。 Which day; today in China by default.", examples=DAY_EXAMPLES)


@router.get("/types", operation_id="listCertificateTypes", summary="证照类型 The types of certificates", response_model=CertificateTypes,
            responses=documents.problems(403, 422, 503), openapi_extra=_SECURITY)
async def list_types(request: Request, records: Trusted, query: Annotated[WhereQuery, Query()]) -> Response:
    """逐种写明在这个区划、这一天可不可以出示、可不可以共享，依据哪一批清单。 Whether each may be shown and shared there and then, and by which lists."""
    problem = unknown_division(query.division, records.rulebook)
    if problem is not None:
        raise refused("invalid-parameter", [Mistake(problem.at("", 0, "query.division"))])
    return answer(types(records.rulebook, query.division, query.on or service_of(request).today()), language(request))


@router.post("/search", operation_id="searchCertificates", summary="按号码查证照 Find certificates by number", response_model=CertificateList,
             responses=documents.problems(400, 403, 413, 415, 422, 503),
             openapi_extra={**documents.json_body("CertificateSearch", {"id_type": "resident_id", "id_number": "210400199003070007"}), **_SECURITY})
async def search(request: Request, records: Trusted) -> Response:
    """按持证人，或者按类型和编号；只给这一天算数的版本。库里没有不等于没有证照。

    By holder, or by type and number: the versions that count on the day. What is not in the library may exist all the same.
    """
    said = await stated(request, CertificateSearch)
    day = said.on or records.today()
    kinds = _kinds(records, said)
    holders = _whose(records, said)
    wanted = [(kind, certificates.written(said.number, records.rulebook.credentials[kind])) for kind in kinds] if said.number is not None else None
    names = {one.code: one.name for one in records.rulebook.credentials.values()}
    rows = await read(records, lambda session: [certificates.as_dict(row, day, names) for row in certificates.found(session, day, kinds, holders, wanted)])
    return answer({"on": day.isoformat(), "certificates": rows}, language(request))


def _kinds(records: Records, said: CertificateSearch) -> list[str]:
    """The types looked for. Raises the problem that there is no such type."""
    if said.type is None:
        return list(records.rulebook.credentials)
    found = records.rulebook.credential_words.get(said.type)
    if found is None:
        raise told(Refused([Reader(records.rulebook).no_type(said.type).at("", 0, "type")]), said.model_dump(mode="json"))
    return [found.code]


def _whose(records: Records, said: CertificateSearch) -> list[str]:
    """The holder's number; none where the certificate's is given. Raises the problem that exactly one of the two is needed."""
    by_holder = said.id_type is not None and said.id_number is not None
    by_number = said.type is not None and said.number is not None
    if by_holder == by_number or (said.number is None) != (not by_number) or (said.id_type is None) != (said.id_number is None):
        raise refused("invalid-application", [Mistake(Problem(
            "one-of", "按持证人查写 id_type 和 id_number；按证照查写 type 和 number；两种写一种。",
            "By holder give id_type and id_number, by certificate give type and number; one of the two.", allowed=("id_number", "number")), "")])
    if by_number:
        return []
    try:
        return [number_of(records.rulebook, str(said.id_type), str(said.id_number))[1]]
    except Refused as wrong:
        raise told(wrong, said.model_dump(mode="json")) from None


@router.post("", operation_id="enterCertificate", summary="登记一份证照、改状态 Enter a certificate or its new status", response_model=CertificateEntered,
             responses=documents.problems(400, 403, 409, 413, 415, 422, 503) | {201: {"model": CertificateEntered, "description": "新登记的 Entered."}},
             openapi_extra={**documents.json_body("CertificateEntering", _ENTERED), **_SECURITY})
async def enter_one(request: Request, records: Trusted) -> Response:
    """库里没有这一版的登记为新的一版（201）；有的，只改状态（200），内容不同是 409；一样的什么都不变（200）。从下一次判断起算数。

    A version that is not there is entered (201); of one that is there only the status changes (200), other content is a 409, the same changes nothing.
    """
    said = await stated(request, CertificateEntering)
    row = {name: value for name, value in said.model_dump(mode="json", exclude={"officer"}).items() if value is not None}
    made = Reader(records.rulebook).read(row, records.today())
    if made.values is None:
        raise told(Refused(one.problem for one in made.faults), said.model_dump(mode="json"))
    found, outcome = await written(records, enter(made.values, said.officer.by(), records.today()))
    names = {one.code: one.name for one in records.rulebook.credentials.values()}
    return answer({**certificates.as_dict(found, records.today(), names), "outcome": outcome}, language(request), 201 if outcome == "entered" else 200)


class BatchesQuery(BaseModel):
    """Which page."""

    model_config = ConfigDict(extra="forbid")

    after: str | None = Field(None, max_length=80, description="从这一批之后起。 Begin after this loading.", examples=["0192f0c1-7a3e-7b21-9c55-0a6b8a2a3c11"])


@router.get("/batches", operation_id="listCertificateBatches", summary="证照的批次 Loadings of the library", response_model=BatchList,
            responses=documents.problems(403, 404, 422, 503), openapi_extra=_SECURITY)
async def list_batches(request: Request, records: Trusted, query: Annotated[BatchesQuery, Query()]) -> Response:
    """新的在前，每页一百批；人工登记的一份也是一批。 The latest first, a hundred a page; what was entered by hand is a loading of one."""
    rows = await read(records, lambda session: certificates.batches(session, query.after))
    return answer({"batches": [certificates.batch_as_dict(row) for row in rows], "next": rows[-1].id if len(rows) == certificates.PAGE else None},
                  language(request))


@router.get("/{certificate_id}", operation_id="readCertificate", summary="一份证照 One certificate", response_model=CertificateAnswer,
            responses=documents.problems(403, 404, 503), openapi_extra=_SECURITY)
async def read_certificate(request: Request, records: Trusted, certificate_id: CertificateId) -> Response:
    """一个版本和它今天的状态。 One version, and its state today."""
    names = {one.code: one.name for one in records.rulebook.credentials.values()}
    row = await read(records, lambda session: certificates.as_dict(certificates.one(session, certificate_id), records.today(), names))
    return answer(row, language(request))
