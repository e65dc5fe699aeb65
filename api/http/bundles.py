"""Bundles (一件事一次办) over HTTP: which there are, their guides, deciding one; looking at those under way, deciding again, the one list.

Nothing here decides or stores. The guides and the first decision are open to everybody, everything else is for trusted callers.
"""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import PlainTextResponse, Response

from api.http import catalogue, documents
from api.http.acting import Trusted, answered, read, stated, written
from api.http.answers import answer, reading
from api.http.bodies import parse, read_body
from api.http.bundle_deciding import BundleAnswered, BundleAsked, bundle_asked_anew, kept_bundle, stated_bundle
from api.http.bundle_models import (
    BundleCaseAnswer,
    BundleCaseList,
    BundleDecision,
    BundleGuide,
    BundleList,
    BundleListAnswer,
    FixingList,
)
from api.http.cases import AnewQuery
from api.http.deciding import Caller, refuse_evidence
from api.http.decisions import DecisionQuery, IdempotencyKey
from api.http.gathering import Moment
from api.http.language import TAGS, Language
from api.http.pages import page
from api.http.problems import HttpProblem, Mistake, refused
from api.http.service import Service, language, service_of
from api.http.shapes import body_mistakes
from api.records import bundle_story, story
from api.records.bundle_cases import BundleAnew, Settled, decide_bundle_anew, fix_list, list_of, open_bundle
from api.records.bundle_log import bundle_decision
from api.records.chain import sha256
from api.records.history import Known
from api.records.instants import spoken as at_beijing
from api.records.notices import as_dict
from api.records.records import Records, Session
from api.records.restating import Unfit
from engine.application import BundleApplication
from engine.bundles import bundle_of, item_of
from engine.catalogue import Bundle, Step
from engine.problems import Problem, Refused
from engine.rulebook import Rulebook

router = APIRouter(prefix="/v1/bundles", tags=["bundles"])
cases_router = APIRouter(prefix="/v1/bundle-cases", tags=["bundles"])
ROUTERS = (router, cases_router)

Code = Annotated[str, Path(min_length=1, max_length=200, description="一件事的编码或者中文名称。 Code or Chinese name of the bundle.", examples=["open_a_company"])]
BundleCaseId = Annotated[str, Path(min_length=1, max_length=80, description="一件事办件的编号。 Id of the bundle's case.",
                                   examples=["3c2f0a91-4d7e-4b1c-9a55-7f1e2d3c4b5a"])]
_SECURITY: dict[str, Any] = {"security": [{}, {"trusted": []}]}
_OFFICER = {"id": "FS-0421", "role": "综合窗口受理员"}


# -- guides ---------------------------------------------------------------------------------------------------------------

@router.get("", operation_id="listBundles", summary="有哪些一件事 List bundles", response_model=BundleList, responses=documents.problems(503))
async def list_bundles(request: Request) -> Response:
    """每件有哪些环节、由谁牵头。 Their steps and who leads."""
    service, spoken = service_of(request), language(request)
    found = service.rulebook.bundles
    return reading({"rulebook": service.rulebook.version, "language": TAGS[spoken], "count": len(found),
                    "bundles": [_line(one) for one in found.values()]}, spoken, request)


@router.get("/{code}", operation_id="readBundle", summary="一件事的办事指南 The guide of a bundle", response_model=BundleGuide,
            responses=documents.problems(404, 503))
async def read_bundle(request: Request, code: Code) -> Response:
    """各环节、先问什么、牵头单位、依据、每个环节产出什么。 Its steps, what is asked first, who leads, on which basis, what each step issues."""
    service, spoken = service_of(request), language(request)
    rulebook, bundle = service.rulebook, _bundle(service.rulebook, code)
    return reading({
        **_line(bundle), "rulebook": rulebook.version, "language": TAGS[spoken],
        "situations": [_situation(fact, spoken) for fact in bundle.situations],
        "chain": [_step(rulebook, step, place, spoken) for place, step in enumerate(bundle.steps, 1)],
        "bases": [catalogue.basis(one) for one in bundle.bases]}, spoken, request)


def _bundle(rulebook: Rulebook, word: str) -> Bundle:
    """The bundle. Raises `unknown-bundle`."""
    try:
        return bundle_of(rulebook, word.strip())
    except Refused as wrong:
        found = wrong.problems[0]
        raise HttpProblem("unknown-bundle", found.zh, found.en, [Mistake(Problem(
            found.code, found.zh, found.en, field="path.code", allowed=found.allowed, nearest=found.nearest))]) from None


def _line(one: Bundle) -> dict[str, Any]:
    return {"code": one.code, "name": one.name, "name_en": one.english, "division": one.division, "lead": one.lead, "steps": [step.item for step in one.steps]}


def _situation(fact: Any, spoken: Language) -> dict[str, Any]:
    return {"code": fact.code, "name": fact.name, "name_en": fact.english, "question": catalogue.question(fact, spoken)}


def _step(rulebook: Rulebook, step: Step, place: int, spoken: Language) -> dict[str, Any]:
    item, names = item_of(rulebook, step.item, None), rulebook.materials
    return {
        "item": item.code, "name": item.name, "name_en": item.english, "position": place, "needed": catalogue.needed(step.needed, spoken),
        "situations": [_situation(fact, spoken) for fact in item.situations],
        "outputs": [{"material": code, "name": names[code].name, "name_en": names[code].english} for code in item.outputs if code in names],
        "divisions": [division for code, division in rulebook.items if code == item.code]}


# -- deciding -------------------------------------------------------------------------------------------------------------

@router.post("/{code}/decisions", operation_id="decideBundle", summary="判断一件事的申请 Decide an application for a bundle", response_model=BundleDecision,
             responses=documents.problems(400, 403, 404, 409, 410, 413, 415, 422, 503),
             openapi_extra={**documents.json_body("BundleApplication", documents.BUNDLE_APPLICATION), **_SECURITY})
async def decide_bundle(request: Request, code: Code, query: Annotated[DecisionQuery, Query()], idempotency_key: IdempotencyKey = None) -> Response:
    """一份申请，各环节一起判断，一份清单：同一个人的同一份材料只要一次，前面环节产出的不再要。要办的每个环节立一个办件。

    One application, all steps together, one list: each material is asked for once a person, and what earlier steps issue is not asked for. Every step
    that is needed gets its case.
    """
    service, spoken = service_of(request), language(request)
    bundle = _bundle(service.rulebook, code)
    raw = await read_body(request, service.settings.max_body)
    document = parse(raw)
    caller = Caller.of(request, idempotency_key)
    asked = BundleAsked(service, bundle.code, document, stated_bundle(document, raw), caller, query.on or service.today(), query.on)
    if not caller.trusted:
        refuse_evidence(document)
    moment, records = Moment.now(), service.records
    if records is None:
        found = asked.consult(Known(), {})
    else:
        question = asked.question()
        known = Known() if question.empty else await answered(records.ask(question), wait=records.wait)
        gathered = await asked.gather(known, moment, query.record)
        found = asked.consult(known, gathered) if not query.record else await _settled(
            service, records, await answered(records.act(open_bundle(records, asked.stated(known, gathered))), document, records.wait))
    return answer(found.envelope(spoken, query.explain), spoken, replayed=bool(found.settled and found.settled.replayed))


async def _settled(service: Service, records: Records, result: Settled) -> BundleAnswered:
    """What is answered after the commit; what was answered before under the same key is read back."""
    if result.replayed:
        return await read(records, lambda session: kept_bundle(service, session, result.entry_id, replayed=True))
    assert result.application is not None
    return BundleAnswered(service, result.application, result.body, service.now(), result, result.own).counted()


# -- under way ------------------------------------------------------------------------------------------------------------

class BundleCasesQuery(BaseModel):
    """Which bundles."""

    model_config = ConfigDict(extra="forbid")

    bundle: str | None = Field(None, max_length=80, description="一件事的编码。 Code of the bundle.", examples=["open_a_company"])
    division: str | None = Field(None, max_length=20, description="决定机关所在区划。 Deciding division.", examples=["210400"])
    number: str | None = Field(None, max_length=80, description="调用方自己的编号。 The caller's own number.", examples=["FS-2026-001"])
    after: str | None = Field(None, max_length=80, description="从这一件之后起。 Begin after this one.", examples=["3c2f0a91-4d7e-4b1c-9a55-7f1e2d3c4b5a"])


@cases_router.get("", operation_id="listBundleCases", summary="查一件事的办件 Find bundles under way", response_model=BundleCaseList,
                  responses=documents.problems(403, 404, 422, 503), openapi_extra=_SECURITY)
async def list_bundle_cases(request: Request, records: Trusted, query: Annotated[BundleCasesQuery, Query()]) -> Response:
    """新的在前，每页一百件。 The latest first, a hundred a page."""
    rows = await read(records, lambda session: bundle_story.listed(session, **query.model_dump()))
    return answer({"bundle_cases": [bundle_story.head(row) for row in rows], "next": rows[-1].id if len(rows) == story.PAGE else None}, language(request))


@cases_router.get("/{bundle_case_id}", operation_id="readBundleCase", summary="一件事办到哪里 How far a bundle has come", response_model=BundleCaseAnswer,
                  responses=documents.problems(403, 404, 410, 503), openapi_extra=_SECURITY)
async def read_bundle_case(request: Request, records: Trusted, bundle_case_id: BundleCaseId) -> Response:
    """各环节的办件和状态、产出有没有、要不要再判断一次。 The case and state of each step, what is issued, whether to decide again."""
    return answer(await read(records, lambda session: bundle_story.view(session, records.rulebook, bundle_case_id)), language(request))


@cases_router.post("/{bundle_case_id}/decisions", operation_id="decideBundleAgain", summary="对一件事再判断一次 Decide a bundle again",
                   response_model=BundleDecision, responses=documents.problems(400, 403, 404, 409, 410, 413, 415, 422, 503),
                   openapi_extra={**documents.json_body("BundleCaseDecision", {"situation": {"wants_insurance": True}}), **_SECURITY})
async def decide_bundle_again(request: Request, records: Trusted, bundle_case_id: BundleCaseId, query: Annotated[AnewQuery, Query()],
                              idempotency_key: IdempotencyKey = None) -> Response:
    """只写变了的字段。前面环节办成了没有，看它的办件；新要办的环节立办件，不再要办的撤回，不留不良记录；已经办结的照旧。

    State only what changed. Whether earlier steps came off follows from their cases; a step newly needed gets its case, one no longer needed is withdrawn
    without any mark; what is closed stays.
    """
    service, spoken = service_of(request), language(request)
    raw = await read_body(request, service.settings.max_body)
    document = parse(raw)
    if not isinstance(document, dict):
        raise refused("invalid-application", [Mistake(Problem("wrong-type", "这里应当是对象 {…}。", "This should be an object {…}."), "")])
    caller = Caller.of(request, idempotency_key)
    fingerprint = sha256(orjson.dumps([caller.path, query.on, document], option=orjson.OPT_SORT_KEYS)) if caller.key else ""
    anew = BundleAnew(bundle_case_id, document, query.on or service.today(), caller.key, fingerprint)
    anew = await bundle_asked_anew(service, records, anew, Moment.now())
    try:
        result = await answered(records.act(decide_bundle_anew(records, anew)), document, records.wait)
    except Unfit as unfit:
        raise refused("invalid-application", body_mistakes(unfit.error, unfit.document, BundleApplication)) from None
    found = await _settled(service, records, result)
    return answer(found.envelope(spoken, query.explain), spoken, replayed=result.replayed)


# -- the one list -----------------------------------------------------------------------------------------------------------

@cases_router.post("/{bundle_case_id}/list", operation_id="fixBundleList", summary="牵头单位定清单 Fix the one list", response_model=BundleListAnswer,
                   responses=documents.problems(400, 403, 404, 409, 410, 413, 415, 422, 503), status_code=201,
                   openapi_extra={**documents.json_body("FixingList", {"officer": _OFFICER, "unit": "市场监管部门"}), **_SECURITY})
async def fix(request: Request, records: Trusted, bundle_case_id: BundleCaseId) -> Response:
    """只能定一次，同时冻结各环节的一次性告知；以后哪个环节都不能在清单以外再要。

    Once only; it freezes the one-time notice of every step too. From then on no step may ask for anything outside the list.
    """
    said = await stated(request, FixingList)
    await written(records, fix_list(records, bundle_case_id, said.officer.by(), said.unit, said.decision))
    response = await _list(request, records, bundle_case_id)
    response.status_code = 201
    return response


@cases_router.get("/{bundle_case_id}/list", operation_id="readBundleList", summary="一件事的材料清单 The one list of a bundle", response_model=BundleListAnswer,
                  responses=documents.problems(403, 404, 410, 503), openapi_extra=_SECURITY)
async def read_list(request: Request, records: Trusted, bundle_case_id: BundleCaseId) -> Response:
    """定下的清单；还没有定的，现行判断的。JSON、网页或者纯文字。 The list as fixed, else of the decision that stands: JSON, a page or plain text by Accept."""
    return await _list(request, records, bundle_case_id)


async def _list(request: Request, records: Records, bundle_case_id: str) -> Response:
    spoken = language(request)

    def look(session: Session) -> tuple[Any, Any]:
        row = bundle_story.bundle_case(session, bundle_case_id)
        return row, list_of(records, session, bundle_decision(session, row.list_entry or row.entry_id), spoken)

    row, made = await read(records, look)
    wanted = request.headers.get("accept", "")
    if "text/html" in wanted:
        found = page(request, "notice.html", notice=made)
    elif "text/plain" in wanted:
        found = PlainTextResponse(made.text(), headers={"Content-Language": TAGS[spoken]})
    else:
        found = answer({"bundle_case": row.id, "decision": row.list_entry or row.entry_id, "fixed_at": at_beijing(row.fixed_at) if row.fixed_at else None,
                        "hash": row.list_hash, "language": TAGS[spoken], **as_dict(made)}, spoken)
    found.headers.update({"Vary": "Accept, Accept-Language", "Cache-Control": "no-store"})
    return found
