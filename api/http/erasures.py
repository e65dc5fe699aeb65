"""Lawful erasure over HTTP: an officer erases a decision, a case or a person's cases, on a ground that is kept for ever.

For trusted callers. Nothing here erases: `api.records.erasure` does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import Field, StringConstraints
from starlette.responses import Response

from api.http import documents
from api.http.acting import Officer, Statement, Trusted, stated, told, written
from api.http.answers import answer
from api.http.models import Answer
from api.http.models import told as said_of
from api.http.problems import Mistake, refused
from api.http.service import language
from api.records.credit import number_of
from api.records.erasure import Target, as_dict, erase, finish
from api.records.records import Records
from engine.problems import Problem, Refused

router = APIRouter(prefix="/v1/erasures", tags=["erasures"])


class Whose(Statement):
    """Whose cases."""

    id_type: str = Field(min_length=1, max_length=80, description="证件类型 Kind of identity document, code or Chinese name.", examples=["resident_id"])
    id_number: str = Field(min_length=1, max_length=80, description="证件号码 Number.", examples=["210400199003070007"])


class Erasing(Statement):
    """依法删除：decision、case、person 三者写一个 Lawful erasure: state one of decision, case and person."""

    decision: str | None = Field(None, min_length=1, max_length=80, description="一次判断：申请、证据、正文、由它冻结的告知书和承诺书 "
                                 "One decision: application, evidence, body, the notice and letters made of it.",
                                 examples=["5b0f4c1e-8f3a-4f0e-9d55-0a6b8a2a3c11"])
    case: str | None = Field(None, min_length=1, max_length=80, description="一个办件的全部内容 Everything a case speaks of.",
                             examples=["0b7c9a52-6d5e-4a8c-8d53-61f6a2f0a7d4"])
    person: Whose | None = Field(None, description="这个人作为申请人的全部办件和信用记录 All cases of an applicant, and the credit records.")
    ground: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)] = Field(
        description="依据：法律名称和条文，或者法院、机关的文书编号；永久保留，不写姓名和号码 "
                        "Law and article, or the reference of a court or an authority; kept for ever, so no names or numbers.",
                        examples=["个人信息保护法第四十七条第一款第二项，保存期限已届满"])
    officer: Officer = Field(description="谁删除的 Who erases.")


def _target(records: Records, said: Erasing) -> Target:
    """What is to be erased. Raises `invalid-application`."""
    if sum(one is not None for one in (said.decision, said.case, said.person)) != 1:
        raise refused("invalid-application", [Mistake(Problem(
            "one-of", "decision、case、person 三者写一个，不能多也不能少。", "State exactly one of decision, case and person.",
            allowed=("decision", "case", "person")), "")])
    if said.person is None:
        return Target(said.decision, said.case)
    try:
        return Target(person=number_of(records.rulebook, said.person.id_type, said.person.id_number))
    except Refused as wrong:
        raise refused("invalid-application", [Mistake(replace(one, field=f"person.{one.field}"), f"/person/{one.field}") for one in wrong.problems]) from None


class ErasureAnswer(Answer):
    """删除了什么 What was erased."""

    id: str = said_of("删除记录的编号", "Id of the entry in the log that says so.", "8c1f7f0e-3a55-4b1f-8f0f-6f8f6f1c2b9d")
    at: str = said_of("删除时间", "When.", "2026-11-22T09:30:00+08:00")
    entries: list[str] = said_of("内容被删除的条目", "Entries whose content went.", ["5b0f4c1e-8f3a-4f0e-9d55-0a6b8a2a3c11"])
    cases: list[str] = said_of("涉及的办件；办件本身保留", "Cases concerned; the cases themselves stay.", ["0b7c9a52-6d5e-4a8c-8d53-61f6a2f0a7d4"])
    bodies: int = said_of("删除的判断正文份数；别的判断还用的不删", "Bodies erased; those other decisions have stay.", 1)
    letters: int = said_of("删除的承诺书份数", "Letters of commitment erased.", 0)
    people: int = said_of("删除的人员记录；别的办件还用的不删", "Persons erased; those other cases have stay.", 1)
    credit: int = said_of("删除的信用记录", "Credit records erased.", 0)
    left: list[str] = said_of("号码还出现在哪些别人的办件里，要另行删除", "Other people's cases in which the number still stands; they need erasures of their own.", [])
    wiped: bool = said_of("数据库文件里是否已经清除；false：有人在读，下一次删除或者服务停下时清除", "Whether the files of the database hold nothing of it any more; "
                          "false: somebody was reading just then, it goes with the next erasure or when the service stops.", True)


@router.post("", operation_id="erase", summary="依法删除 Erase as the law provides", response_model=ErasureAnswer, status_code=201,
             responses=documents.problems(400, 403, 404, 409, 410, 413, 415, 422, 503),
             openapi_extra={**documents.json_body("Erasing", {
                 "case": "0b7c9a52-6d5e-4a8c-8d53-61f6a2f0a7d4", "ground": "个人信息保护法第四十七条第一款第二项，保存期限已届满",
                 "officer": {"id": "FS-0421", "role": "档案管理员"}}), "security": [{}, {"trusted": []}]})
async def erase_(request: Request, records: Trusted) -> Response:
    """内容删除，防篡改的链保留；办件、承诺、容缺没有办完的是 409。删除以后看和重算都是 410。

    The content goes, the chain that guards it stays. 409 while a case, a commitment or a deferred material is not finished. Afterwards 410.
    """
    said = await stated(request, Erasing)
    target = _target(records, said)
    made = await written(records, erase(records, target, said.ground, said.officer.by()))
    try:
        rest: dict[str, Any] = await run_in_threadpool(finish, records.database, target)
    except Exception as error:
        raise told(error) from None
    return answer({**as_dict(made), **rest}, language(request), 201)
