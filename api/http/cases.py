"""Cases over HTTP: listing, the whole story, deciding again, handing in, giving notice, accepting and closing.

For trusted callers. Nothing here decides or stores: `api.records.cases` does.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.http import documents
from api.http.acting import Officer, Statement, Trusted, answered, read, stated, written
from api.http.answers import answer
from api.http.bodies import parse, read_body
from api.http.deciding import Answered, Caller, kept
from api.http.decisions import IdempotencyKey
from api.http.gathering import Moment, asked_anew, looked_at_today
from api.http.models import Decision
from api.http.parameters import Day
from api.http.problems import HttpProblem, Mistake, refused
from api.http.record_models import CaseList, CaseStory, NoticeAnswer, ReceivedAnswer
from api.http.recorded import notice_answer
from api.http.service import language, service_of
from api.http.shapes import body_mistakes
from api.records import log, story
from api.records.acts import APPLICANT
from api.records.cases import Handed, Standing, check_original, go, receive
from api.records.chain import sha256
from api.records.electives import decided_again
from api.records.granting import waiting
from api.records.instants import spoken as at_beijing
from api.records.notices import freeze, notice_of
from api.records.records import Records, Session
from api.records.restating import Anew, Unfit
from engine.application import Application
from engine.application import Day as StatedDay
from engine.problems import Problem, unknown_word

router = APIRouter(prefix="/v1/cases", tags=["cases"])

CaseId = Annotated[str, Path(min_length=1, max_length=80, description="办件编号。 Id of the case.", examples=["0b7c9a52-6d5e-4a8c-8d53-61f6a2f0a7d4"])]
_SECURITY: dict[str, Any] = {"security": [{}, {"trusted": []}]}


class CasesQuery(BaseModel):
    """Which cases."""

    model_config = ConfigDict(extra="forbid")

    number: str | None = Field(None, max_length=80, description="调用方自己的编号。 The caller's own number.", examples=["FS-2026-001"])
    item: str | None = Field(None, max_length=80, description="事项编码。 Code of the item.", examples=["housing_fund_rent"])
    division: str | None = Field(None, max_length=20, description="决定机关所在区划。 Deciding division.", examples=["210400"])
    state: str | None = Field(None, max_length=40, description="状态。 State.", examples=["received"])
    after: str | None = Field(None, max_length=80, description="从这个办件之后起。 Begin after this case.", examples=["0b7c9a52-6d5e-4a8c-8d53-61f6a2f0a7d4"])


@router.get("", operation_id="listCases", summary="查办件 Find cases", response_model=CaseList, responses=documents.problems(403, 404, 422, 503),
            openapi_extra=_SECURITY)
async def list_cases(request: Request, records: Trusted, query: Annotated[CasesQuery, Query()]) -> Response:
    """新的在前，每页一百件。 The latest first, a hundred a page."""
    rows = await read(records, lambda session: story.cases(session, **query.model_dump()))
    return answer({"cases": [story.head(row) for row in rows], "next": rows[-1].id if len(rows) == story.PAGE else None}, language(request))


@router.get("/{case_id}", operation_id="readCase", summary="一个办件的全程 The whole story of a case", response_model=CaseStory,
            responses=documents.problems(403, 404, 503), openapi_extra=_SECURITY)
async def read_case(request: Request, records: Trusted, case_id: CaseId) -> Response:
    """判断、收到的材料、承诺、容缺、索要、期限、监察提示和每一步是谁在何时做的。

    Decisions, materials, commitments, deferrals, demands, terms, alerts, and who did what when.
    """
    return answer(await read(records, lambda session: story.story(session, case_id)), language(request))


class AnewQuery(BaseModel):
    """How much is explained, and as of which day."""

    model_config = ConfigDict(extra="forbid")

    explain: documents.Level = Field("summary", description="说明写到多细。 How much is explained.", examples=["summary"])
    on: Day | None = Field(None, description="决定日期，缺省是今天。 Day of the decision, today by default.", examples=["2026-11-22"])


@router.post("/{case_id}/decisions", operation_id="decideCaseAgain", summary="情况变了，再判断一次 Decide a case again", response_model=Decision,
             responses=documents.problems(400, 403, 404, 409, 410, 413, 415, 422, 503),
             openapi_extra={**documents.json_body("CaseDecision", {"situation": {"married": True}}), **_SECURITY})
async def decide_case(request: Request, records: Trusted, case_id: CaseId, query: Annotated[AnewQuery, Query()],
                      idempotency_key: IdempotencyKey = None) -> Response:
    """只写变了的字段：写了的整个取代上次的，没写的照旧；事项、区划、日期和申请人不能改。证据只在同一天沿用，过了一天要重新提供。

    State only the fields that changed: each replaces the last one whole, the others stay; item, division, day and applicant stay. Evidence is
    kept within the same day; on a later day it has to be stated again.
    """
    service, spoken = service_of(request), language(request)
    raw = await read_body(request, service.settings.max_body)
    document = parse(raw)
    if not isinstance(document, dict):
        raise refused("invalid-application", [Mistake(_not_an_object(), "")])
    caller = Caller.of(request, idempotency_key)
    fingerprint = sha256(orjson.dumps([caller.path, query.on, document], option=orjson.OPT_SORT_KEYS)) if caller.key else ""
    moment = Moment.now()
    anew = Anew(case_id, document, query.on or service.today(), key=caller.key, fingerprint=fingerprint)
    try:
        if await caller.may_ask(service, records):
            anew = await asked_anew(service, records, anew, moment)
        result = await answered(records.act(decided_again(records, anew)), document, records.wait)
    except Unfit as unfit:
        raise refused("invalid-application", body_mistakes(unfit.error, unfit.document, Application)) from None
    if isinstance(result, Standing):
        found = Answered(service, result.application, result.body, service.now(), result.receipt, result.supersedes, result.own).counted()
    else:
        earlier = result.decision_id
        found = await read(records, lambda session: kept(service, session, earlier, replayed=True))
    return answer(found.envelope(spoken, query.explain), spoken, replayed=found.replayed)


def _not_an_object() -> Problem:
    return Problem("wrong-type", "这里应当是对象 {…}。", "This should be an object {…}.")


class HandingIn(Statement):
    """A material that is handed in."""

    officer: Officer = Field(description="谁收的 Who takes it.")
    material: str = Field(min_length=1, max_length=80, description="材料编码或者名称 Code or name of the material.", examples=["lease"])
    person: str = Field("", max_length=80, description="谁的：本申请内的编号；空为申请人 Whose copy: id inside the application; empty: the applicant's.", examples=["p1"])
    channel: Literal["window", "online", "post"] = Field("window", description="渠道 Channel.", examples=["window"])
    trust: Literal["A", "B", "C", "D"] = Field("C", description="可信等级：A 部门签发，B 已核原件，C 上传未核，D 自备 Trust (国办函〔2016〕108号).", examples=["B"])
    received_on: StatedDay | None = Field(None, description="收到日期，缺省是今天 Day received, today by default.", examples=["2026-11-22"])
    valid_to: StatedDay | None = Field(None, description="有效期至（含） Last day of validity.", examples=["2027-10-08"])


@router.post("/{case_id}/materials", operation_id="handIn", summary="登记收到的材料 Record a material handed in", response_model=ReceivedAnswer,
             responses=documents.problems(400, 403, 404, 409, 413, 415, 422, 503), status_code=201,
             openapi_extra={**documents.json_body("HandingIn", {"officer": {"id": "FS-0421", "role": "综合窗口受理员"}, "material": "lease", "trust": "B"}), **_SECURITY})
async def hand_in(request: Request, records: Trusted, case_id: CaseId) -> Response:
    """在案的材料以后的办件可以复用：A、B 级和自备的 D 级；C 级核过原件才可以。

    What is on file later cases may reuse: A, B, and D if self-made; C once its original was checked.
    """
    said = await stated(request, HandingIn)
    today = records.today()
    if said.received_on is not None and said.received_on > today:
        raise mistake("wrong-day", "received_on", f"收到日期 {said.received_on} 还没有到。", f"The day {said.received_on} has not come yet.")
    handed = Handed(material_code(records, said.material), copy_of(said.person), said.channel, said.trust, said.received_on, said.valid_to)
    row = await written(records, receive(case_id, handed, said.officer.by(), today, records.policy.closes))
    return answer(story.plain(row, "person_id"), language(request), 201)


def material_code(records: Records, word: str) -> str:
    """The code of a material named by code or name. Raises `invalid-application`."""
    fact = records.rulebook.vocabulary.by_word["material"].by_word
    found = fact.get(word)
    if found is None:
        names = {one.name: one for one in records.rulebook.materials.values()}
        problem = unknown_word("unknown-material", "材料", "material", word, [*names, *records.rulebook.materials]).at("", 0, "material")
        raise refused("invalid-application", [Mistake(problem, "/material")])
    return str(found.code)


def mistake(code: str, name: str, zh: str, en: str) -> HttpProblem:
    return refused("invalid-application", [Mistake(Problem(code, zh, en, field=name), f"/{name}")])


def copy_of(person: str) -> str:
    """Whose copy, as it is recorded: the applicant's own is written without a name."""
    return "" if person == "applicant" else person


class Checking(Statement):
    """An original that was compared."""

    officer: Officer = Field(description="谁核的 Who compares it.")
    person: str = Field("", max_length=80, description="谁的；空为申请人 Whose; empty: the applicant's.", examples=["p1"])


@router.post("/{case_id}/materials/{material}/check", operation_id="checkOriginal", summary="核原件：C 级升为 B 级 Check the original",
             response_model=ReceivedAnswer, responses=documents.problems(400, 403, 404, 409, 413, 415, 422, 503),
             openapi_extra={**documents.json_body("Checking", {"officer": {"id": "FS-0421", "role": "综合窗口受理员"}}), **_SECURITY})
async def check(request: Request, records: Trusted, case_id: CaseId,
                material: Annotated[str, Path(max_length=80, description="材料编码。 Code of the material.", examples=["lease"])]) -> Response:
    """核过原件的上传件以后可以复用。 An upload compared with its original may be reused."""
    said = await stated(request, Checking)
    row = await written(records, check_original(case_id, material_code(records, material), copy_of(said.person), said.officer.by()))
    return answer(story.plain(row, "person_id"), language(request))


class Noticing(Statement):
    """Giving the one-time notice."""

    officer: Officer = Field(description="谁告知的 Who gives it.")
    decision: str | None = Field(None, max_length=80, description="看过的那次判断；已被取代的不冻结 The decision read; if superseded nothing is frozen.",
                                 examples=["5b0f4c1e-8f3a-4f0e-9d55-0a6b8a2a3c11"])


@router.post("/{case_id}/notice", operation_id="freezeNotice", summary="作出一次性告知 Give the one-time notice", response_model=NoticeAnswer, status_code=201,
             responses=documents.problems(400, 403, 404, 409, 410, 413, 415, 422, 503),
             openapi_extra={**documents.json_body("Noticing", {"officer": {"id": "FS-0421", "role": "综合窗口受理员"}}), **_SECURITY})
async def give_notice(request: Request, records: Trusted, case_id: CaseId) -> Response:
    """冻结现行的判断，以后只能要告知书里写的。还有未知情况的也可以冻结：要看情况的逐条写在里面。

    Freezes the decision that stands: from now on only what it says may be asked. One with unknowns may be frozen; its conditional lines stand in it.
    """
    said = await stated(request, Noticing)
    case = await written(records, freeze(records, case_id, said.officer.by(), said.decision))
    response = await _frozen(request, records, case.id)
    response.status_code = 201
    return response


@router.get("/{case_id}/notice", operation_id="readFrozenNotice", summary="看已作出的一次性告知 Read the frozen notice", response_model=NoticeAnswer,
            responses=documents.problems(403, 404, 410, 503), openapi_extra=_SECURITY)
async def read_frozen(request: Request, records: Trusted, case_id: CaseId) -> Response:
    """JSON、网页或者纯文字。 JSON, a page or plain text by Accept."""
    return await _frozen(request, records, case_id)


async def _frozen(request: Request, records: Records, case_id: str) -> Response:
    def look(session: Session) -> tuple[Any, Any]:
        case = story.case_file(session, case_id)
        if case.notice_decision is None:
            raise HttpProblem("unknown-record", "这个办件还没有作出一次性告知。", "No one-time notice was given in this case yet.")
        recorded = log.decision(session, case.notice_decision)
        assert recorded is not None
        return case, notice_of(recorded, records, language(request))

    case, made = await read(records, look)
    return notice_answer(request, made, {"decision": case.notice_decision, "case": case.id, "frozen_at": at_beijing(case.notice_at), "hash": case.notice_hash})


class Moving(Statement):
    """A step of the case."""

    move: Literal["accept", "not_accept", "grant", "refuse", "withdraw", "terminate", "revoke"] = Field(
        description="做什么：受理、不予受理、准予、不予办理、撤回、终止、撤销决定。逾期未补交的后果在容缺那里办 "
                    "What is done; what follows a late supplement is done at the deferral.",
        examples=["accept"])
    officer: Officer | None = Field(None, description="谁做的；申请人自己撤回的不写 Who does it; none where the applicant withdraws.")
    note: str = Field("", max_length=2000, description="说明 A note.", examples=["材料齐全"])


@router.post("/{case_id}/moves", operation_id="moveCase", summary="受理、办结、撤回 Accept, close, withdraw", response_model=CaseStory,
             responses=documents.problems(400, 403, 404, 409, 413, 415, 422, 503),
             openapi_extra={**documents.json_body("Moving", {"move": "accept", "officer": {"id": "FS-0421", "role": "综合窗口受理员"}}), **_SECURITY})
async def move_case(request: Request, records: Trusted, case_id: CaseId) -> Response:
    """状态不允许的一步是 409，写明现在可以做什么。准予以前先看一遍：不能受理的、还在等部门查明的，不能准予（409）；不予办理不受此限。

    A step that the state does not allow is a 409 that says what can be done. Before a grant the case is looked at again: what is blocked, or still waits
    for the authority's finding, is not granted (409); refusing stays free.
    """
    said = await stated(request, Moving)
    if said.officer is None and said.move != "withdraw":
        raise mistake("missing-field", "officer", "缺少“officer”：除申请人撤回外，每一步都要写明经办人。",
                       "“officer” is missing: every step but the applicant's withdrawal names an officer.")
    if said.move == "terminate" and not said.note:
        raise mistake("missing-field", "note", "缺少“note”：终止办理要写明理由。", "“note” is missing: closing a case needs its reason.")
    if said.move == "grant":
        await looked_at_today(service_of(request), records, lambda session: case_id, waiting)
    await written(records, go(records, case_id, said.move, said.officer.by() if said.officer else APPLICANT, said.note))
    return answer(await read(records, lambda session: story.story(session, case_id)), language(request))
