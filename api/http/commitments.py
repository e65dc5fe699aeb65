"""Commitments over HTTP: offering, the letter, signing, withdrawing, checking, and the list of what has to be checked.

For trusted callers. Nothing here decides or stores: `api.records.commitments` does, and the rules say who may sign.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import PlainTextResponse, Response

from api.http import documents
from api.http.acting import Officer, Statement, Trusted, read, stated, written
from api.http.answers import answer
from api.http.commitment_models import CommitmentAnswer, CommitmentList, LetterAnswer, Signer, State
from api.http.gathering import looked_at_today
from api.http.pages import page
from api.http.parameters import Day
from api.http.problems import Mistake, refused
from api.http.service import language, service_of
from api.records import commitment_story, commitments
from api.records.acts import APPLICANT, By
from api.records.commitment_letters import Copy
from api.records.instants import spoken as at_beijing
from api.records.records import Pages, Records
from api.records.tables import Commitment
from engine.application import Evidence
from engine.problems import Problem, unknown_word

router = APIRouter(prefix="/v1/commitments", tags=["commitments"])

CommitmentId = Annotated[str, Path(min_length=1, max_length=80, description="承诺编号。 Id of the commitment.", examples=["6f1d2c3b-0a4e-4b1f-9c77-2d8f5b0e9a10"])]
_SECURITY: dict[str, Any] = {"security": [{}, {"trusted": []}]}
_OFFICER: dict[str, Any] = {"officer": {"id": "DC-0107", "role": "综合窗口受理员"}}
_ACTED = documents.problems(400, 403, 404, 409, 410, 413, 415, 422, 503)


class CommitmentsQuery(BaseModel):
    """Which commitments."""

    model_config = ConfigDict(extra="forbid")

    state: State | None = Field(None, description="状态；核查任务是 signed。 State; `signed` are those to be checked.", examples=["signed"])
    case: str | None = Field(None, max_length=80, description="办件编号。 Id of the case.", examples=["0b7c9a52-6d5e-4a8c-8d53-61f6a2f0a7d4"])
    division: str | None = Field(None, max_length=20, description="决定机关所在区划。 Deciding division.", examples=["513424"])
    due_before: Day | None = Field(None, description="到期日早于这一天的；没有到期日的不列。 Due before this day; those without a day due are left out.",
                                   examples=["2026-12-19"])
    after: str | None = Field(None, max_length=60, pattern=r"^\d{4}-\d{2}-\d{2}_[0-9a-f-]{36}$", description="上一页的 next。 `next` of the page before.",
                              examples=["2026-12-18_6f1d2c3b-0a4e-4b1f-9c77-2d8f5b0e9a10"])


@router.get("", operation_id="listCommitments", summary="查承诺和核查任务 Commitments and checks to be made", response_model=CommitmentList,
            responses=documents.problems(403, 422, 503), openapi_extra=_SECURITY)
async def list_commitments(request: Request, records: Trusted, query: Annotated[CommitmentsQuery, Query()]) -> Response:
    """先到期的在前，每页一百份；不含承诺书。 What is due first stands first, a hundred a page; without the letters."""
    wanted = commitment_story.Wanted(query.state, query.case, query.division, query.due_before)
    after = _after(query.after)
    rows, beyond = await read(records, lambda session: commitment_story.listed(session, records.rulebook, wanted, after))
    return answer({"commitments": rows, "next": f"{beyond[0]}_{beyond[1]}" if beyond else None}, language(request))


def _after(text: str | None) -> tuple[date, str] | None:
    """Where the page begins. Raises `invalid-parameter`."""
    if text is None:
        return None
    day, _, row = text.partition("_")
    try:
        return date.fromisoformat(day), str(uuid.UUID(row))
    except ValueError:
        raise refused("invalid-parameter", [Mistake(Problem(
            "wrong-value", "after 要照抄上一页的 next。", "`after` has to be the `next` of the page before.", field="query.after"))]) from None


class Offering(Statement):
    """A commitment that is offered."""

    case: str = Field(min_length=1, max_length=80, description="办件编号 Id of the case.", examples=["0b7c9a52-6d5e-4a8c-8d53-61f6a2f0a7d4"])
    material: str = Field(min_length=1, max_length=80, description="材料编码或者名称 Code or name of the material.", examples=["employment_end_certificate"])
    person: str = Field("", max_length=80, description="谁的那份；空为申请人 Whose copy; empty: the applicant's.", examples=["p1"])
    signed_by: Signer | None = Field(
        None, description="将由谁签；缺省是本人，有监护人代办的是监护人 Who is to sign; by default the person, or the guardian who acts.", examples=["self"])
    officer: Officer | None = Field(None, description="谁提供的；申请人自己在网上选的不写 Who offers it; none where the applicant asks online.")


@router.post("", operation_id="offerCommitment", summary="提供承诺，出具承诺书 Offer a commitment", response_model=CommitmentAnswer, status_code=201,
             responses=_ACTED, openapi_extra={**documents.json_body("Offering", {
                 "case": "0b7c9a52-6d5e-4a8c-8d53-61f6a2f0a7d4", "material": "employment_end_certificate", **_OFFICER}), **_SECURITY})
async def offer(request: Request, records: Trusted) -> Response:
    """现行的判断允许承诺才能提供，否则 409 写明为什么；承诺书缺一项就不出具（letter-incomplete）。不选择没有任何不利影响。

    Only what the decision that stands opens, else a 409 says why; a letter that lacks a field is not issued. Declining has no disadvantage.
    """
    said = await stated(request, Offering)
    copy = Copy(_material(records, said.material), "" if said.person == "applicant" else said.person)
    row = await written(records, commitments.offer(records, said.case, copy, _by(said.officer), said.signed_by))
    return await _one(request, records, row.id, 201)


def _by(officer: Officer | None) -> By:
    return officer.by() if officer else APPLICANT


def _material(records: Records, word: str) -> str:
    """The code of a material named by code or name. Raises `invalid-application`."""
    found = records.rulebook.vocabulary.by_word["material"].by_word.get(word)
    if found is None:
        names = [one.name for one in records.rulebook.materials.values()]
        raise refused("invalid-application", [Mistake(unknown_word("unknown-material", "材料", "material", word, [*names, *records.rulebook.materials]), "/material")])
    return str(found.code)


async def _one(request: Request, records: Records, commitment_id: str, status: int = 200) -> Response:
    made = await read(records, lambda session: commitment_story.one(session, records.rulebook, commitment_id))
    return answer(made, language(request), status)


async def _acted(request: Request, records: Records, does: Callable[[Pages], Commitment]) -> Response:
    return await _one(request, records, (await written(records, does)).id)


@router.get("/{commitment_id}", operation_id="readCommitment", summary="一份承诺 One commitment", response_model=CommitmentAnswer,
            responses=documents.problems(403, 404, 503), openapi_extra=_SECURITY)
async def read_commitment(request: Request, records: Trusted, commitment_id: CommitmentId) -> Response:
    """状态、到期日、要做的事、现在可以做什么；承诺书另看。 State, day due, tasks, what can be done now; the letter is read apart."""
    return await _one(request, records, commitment_id)


@router.get("/{commitment_id}/letter", operation_id="readLetter", summary="承诺书 The letter", response_model=LetterAnswer,
            responses=documents.problems(403, 404, 410, 503), openapi_extra=_SECURITY)
async def read_letter(request: Request, records: Trusted, commitment_id: CommitmentId) -> Response:
    """JSON，或者按 Accept 给可以打印、签署的网页（text/html）、纯文字（text/plain）。承诺书总是中文。

    JSON, or by Accept a page to print and sign, or plain text. The letter is always Chinese.
    """
    row, letter = await read(records, lambda session: commitment_story.letter_of(session, commitment_id))
    wanted = request.headers.get("accept", "")
    signed_at = at_beijing(row.signed_at) if row.signed_at else None
    if "text/html" in wanted:
        response: Response = page(request, "commitment.html", lines=_lines(letter["text"]), commitment=row, signed_at=signed_at)
    elif "text/plain" in wanted:
        response = PlainTextResponse(letter["text"])
    else:
        response = answer({"commitment": row.id, "case_id": row.case_id, "state": row.state, "hash": row.letter_hash, "offered_at": at_beijing(row.offered_at),
                           "signed_at": signed_at, "letter": letter}, language(request))
    if response.media_type != "application/json":
        response.headers["Content-Language"] = "zh-CN"
    response.headers.update({"Vary": "Accept, Accept-Language", "Cache-Control": "no-store"})
    return response


def _lines(text: str) -> list[Any]:
    """The text of a letter for a page: its title, then each line with what it is."""
    title, *rest = [line for line in text.splitlines() if line]
    return [title, *((_kind(line), line.strip()) for line in rest)]


def _kind(line: str) -> str:
    if line.startswith(("签署人：", "签署日期：")):
        return "signature"
    return "line" if line.startswith(" ") else "heading"


class Signing(Statement):
    """A signature."""

    signed_by: Signer = Field(description="谁签的：本人、代理人、监护人、代办人员；能不能签由规则定 Who signs; the rules say whether they may.", examples=["self"])
    electronic: bool = Field(False, description="是不是电子签名 Whether it is an electronic signature.", examples=[False])
    officer: Officer | None = Field(None, description="在谁面前签的；网上签的不写 Before whom it is signed; none online.")
    evidence: Evidence | None = Field(None, description="部门今天掌握的证据；只在同一天沿用上次的 What the authority knows today; kept within the same day only.")


class Choosing(Statement):
    """A choice not to commit."""

    officer: Officer | None = Field(None, description="谁登记的；申请人自己做的不写 Who enters it; none where the applicant does.")
    evidence: Evidence | None = Field(None, description="部门今天掌握的证据；只在同一天沿用上次的 What the authority knows today; kept within the same day only.")


def _evidence(said: Signing | Choosing) -> dict[str, Any] | None:
    return said.evidence.model_dump(mode="json", exclude_unset=True) if said.evidence is not None else None


@router.post("/{commitment_id}/sign", operation_id="signCommitment", summary="签署 Sign", response_model=CommitmentAnswer, responses=_ACTED,
             openapi_extra={**documents.json_body("Signing", {"signed_by": "self", "electronic": False, **_OFFICER}), **_SECURITY})
async def sign(request: Request, records: Trusted, commitment_id: CommitmentId) -> Response:
    """带着这个签署再判断一次：材料走告知承诺才算签了，否则 409 写明规则的理由。签了起算核查期限。

    The case is decided again with the signature: it counts only if the material then takes the commitment, else a 409 gives the rule's reason.
    """
    said = await stated(request, Signing)
    await looked_at_today(service_of(request), records, commitments.case_id_of(commitment_id))
    return await _acted(request, records, commitments.sign(
        records, commitment_id, said.signed_by, said.electronic, _by(said.officer), records.today(), _evidence(said)))


@router.post("/{commitment_id}/decline", operation_id="declineCommitment", summary="不选择承诺 Decline", response_model=CommitmentAnswer, responses=_ACTED,
             openapi_extra={**documents.json_body("Choosing", _OFFICER), **_SECURITY})
async def decline(request: Request, records: Trusted, commitment_id: CommitmentId) -> Response:
    """按一般方式办，没有任何不利影响；决定作出以前还可以再提供。 The ordinary way stands, with no disadvantage; it may be offered again."""
    said = await stated(request, Choosing)
    await looked_at_today(service_of(request), records, commitments.case_id_of(commitment_id))
    return await _acted(request, records, commitments.decline(records, commitment_id, _by(said.officer), records.today(), _evidence(said)))


@router.post("/{commitment_id}/withdraw", operation_id="withdrawCommitment", summary="撤回承诺 Withdraw", response_model=CommitmentAnswer, responses=_ACTED,
             openapi_extra={**documents.json_body("Choosing", _OFFICER), **_SECURITY})
async def withdraw(request: Request, records: Trusted, commitment_id: CommitmentId) -> Response:
    """只在决定作出以前；按一般方式办，不留任何不良记录。 Before the decision on the case only; the ordinary way stands and no mark is left."""
    said = await stated(request, Choosing)
    await looked_at_today(service_of(request), records, commitments.case_id_of(commitment_id))
    return await _acted(request, records, commitments.withdraw(records, commitment_id, _by(said.officer), records.today(), _evidence(said)))


class CheckResult(Statement):
    """What a check found."""

    result: Literal["confirmed", "refuted", "inconclusive"] = Field(description="属实、不实、查不清 What was found.", examples=["confirmed"])
    how: Literal["online", "on_site", "assistance", "other"] = Field(description="在线核查、现场核查、行政协助、其他 How it was checked.", examples=["online"])
    officer: Officer = Field(description="谁核查的 Who checked.")
    note: str = Field("", max_length=2000, description="说明 A note.", examples=["与社保停保记录一致"])


@router.post("/{commitment_id}/check", operation_id="checkCommitment", summary="登记核查结果 Enter a check", response_model=CommitmentAnswer, responses=_ACTED,
             openapi_extra={**documents.json_body("CheckResult", {"result": "confirmed", "how": "online", **_OFFICER}), **_SECURITY})
async def check(request: Request, records: Trusted, commitment_id: CommitmentId) -> Response:
    """查不清的仍是已签署，继续核查。不实的：本人签的记入信用记录，以后的判断读到它；别的都由人决定。

    Without a result it stays signed. A false one that the person signed makes a credit record, which later decisions read; the rest is for people to do.
    """
    said = await stated(request, CheckResult)
    found = commitments.Check(said.result, said.how, said.note)
    return await _acted(request, records, commitments.check(records, commitment_id, found, said.officer.by(), records.today()))


class Ordering(Statement):
    """An order to rectify."""

    officer: Officer = Field(description="谁责令的 Who orders it.")
    working_days: int = Field(ge=1, le=250, description="限几个工作日 Within how many working days.", examples=[10])
    note: str = Field("", max_length=2000, description="要改什么 What has to be put right.", examples=["补交检测报告"])


@router.post("/{commitment_id}/order", operation_id="orderRectification", summary="责令限期整改 Order to rectify", response_model=CommitmentAnswer,
             responses=_ACTED, openapi_extra={**documents.json_body("Ordering", {**_OFFICER, "working_days": 10}), **_SECURITY})
async def order(request: Request, records: Trusted, commitment_id: CommitmentId) -> Response:
    """承诺不实才可以；起算整改期限。 Of a false commitment only; the term begins to run."""
    said = await stated(request, Ordering)
    return await _acted(request, records, commitments.order(records, commitment_id, said.working_days, said.note, said.officer.by(), records.today()))


class Finding(Statement):
    """An act of an officer with a note."""

    officer: Officer = Field(description="经办人 Who acts.")
    note: str = Field("", max_length=2000, description="说明 A note.", examples=["检测报告已补交，合格"])


@router.post("/{commitment_id}/rectify", operation_id="rectifyCommitment", summary="认定整改到位 Record that it was rectified", response_model=CommitmentAnswer,
             responses=_ACTED, openapi_extra={**documents.json_body("Finding", _OFFICER), **_SECURITY})
async def rectify(request: Request, records: Trusted, commitment_id: CommitmentId) -> Response:
    """信用记录不因此消失，修复另办。 The credit record stays; its repair is another matter."""
    said = await stated(request, Finding)
    return await _acted(request, records, commitments.rectify(commitment_id, said.note, said.officer.by()))


@router.post("/{commitment_id}/revoke", operation_id="revokeCommitment", summary="撤销决定或者终止办理 Revoke the decision", response_model=CommitmentAnswer,
             responses=_ACTED, openapi_extra={**documents.json_body("Finding", _OFFICER), **_SECURITY})
async def revoke(request: Request, records: Trusted, commitment_id: CommitmentId) -> Response:
    """承诺不实的：已准予的撤销决定，在办的终止办理。 For a false commitment a grant is revoked and a pending case closed."""
    said = await stated(request, Finding)
    return await _acted(request, records, commitments.revoke(commitment_id, said.note, said.officer.by()))
