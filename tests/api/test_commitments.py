"""Commitments and credit records over HTTP: the whole life, what is answered, what is refused, what never leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from fastapi import FastAPI

from api.records.chain import canonical, sha256
from api.settings import Settings
from engine.lifecycle.letters import STATEMENTS
from tests.api.door import NOW, app, assert_problem, call, codes, decide, fixture
from tests.api.test_openapi import assert_fits
from tests.records.conftest import database_url, postgres_url, sqlite_url, start_postgres

__all__ = ["database_url", "postgres_url", "sqlite_url", "start_postgres"]    # fixtures

OFFICER = {"id": "DC-0107", "role": "综合窗口受理员"}
BY = {"officer": OFFICER}
JOB, PAPER = "unemployment_commitment_dechang", "employment_end_certificate"
WHO = {"id_type": "resident_id", "id_number": "513424200802290006"}
NOBODY = "00000000-0000-4000-8000-000000000000"


def door_to(url: str, now: datetime = NOW, **settings: Any) -> FastAPI:
    return app(replace(Settings(database=url), **settings), now=now)


@pytest.fixture
def door(database_url: str) -> Iterator[FastAPI]:
    made = door_to(database_url)
    yield made
    made.state.service.close()


@pytest.fixture
def sqlite_door(sqlite_url: str) -> Iterator[FastAPI]:
    made = door_to(sqlite_url)
    yield made
    made.state.service.close()


def opened(door: FastAPI, name: str = JOB, **changes: Any) -> str:
    response = decide({**fixture(name), "choices": {}, **changes}, to=door)
    assert response.status_code == 200, response.text
    return str(response.json()["case"])


def post(door: FastAPI, path: str, status: int = 200, **said: Any) -> Any:
    response = call("POST", f"/v1/{path}", door, json=said)
    assert response.status_code == status, response.text
    return response.json()


def get(door: FastAPI, path: str, **more: Any) -> Any:
    response = call("GET", f"/v1/{path}", door, **more)
    assert response.status_code == 200, response.text
    return response.json()


def offered(door: FastAPI, case: str, material: str = PAPER, **more: Any) -> str:
    made = post(door, "commitments", 201, case=case, material=material, **BY, **more)
    assert_fits("CommitmentAnswer", made)
    return str(made["id"])


def move(door: FastAPI, case: str, *names: str) -> None:
    for name in names:
        post(door, f"cases/{case}/moves", move=name, **BY)


def act(door: FastAPI, commitment: str, name: str, **said: Any) -> Any:
    made = post(door, f"commitments/{commitment}/{name}", **said)
    assert_fits("CommitmentAnswer", made)
    return made


def entry(door: FastAPI, decision: str, material: str = PAPER) -> Any:
    return next(one for one in get(door, f"decisions/{decision}?explain=full")["materials"] if one["material"] == material)


def test_offered_signed_and_found_true(door):
    case = opened(door)
    commitment = offered(door, case, "解除或者终止劳动关系证明")
    signed = act(door, commitment, "sign", signed_by="self", electronic=True)
    assert (signed["state"], signed["signed_by"], signed["electronic"], signed["due"]) == ("signed", "self", True, "2026-12-18")
    assert signed["moves"] == ["withdraw", "confirm", "refute"] and [one["action"] for one in signed["tasks"]] == ["check_commitment"]
    assert entry(door, signed["standing_decision"])["route"] == "commitment"
    listed = get(door, "commitments?state=signed&due_before=2026-12-19&division=513424")
    assert_fits("CommitmentList", listed)
    assert [one["id"] for one in listed["commitments"]] == [commitment] and listed["next"] is None
    assert "测试庚" not in str(listed) and "513424200802290006" not in str(listed)
    assert act(door, commitment, "check", result="inconclusive", how="assistance", **BY)["state"] == "signed"
    kept = act(door, commitment, "check", result="confirmed", how="online", note="与停保记录一致", **BY)
    assert (kept["state"], kept["due"], kept["tasks"], kept["moves"], kept["credit_record"]) == ("kept", None, [], [], None)
    story = get(door, f"cases/{case}")
    assert [(one["move"], one["by"]["party"]) for one in story["acts"]] == [
        ("offer", "officer"), ("sign", "applicant"), ("check", "officer"), ("confirm", "officer")]
    assert story["commitments"][0]["state"] == "kept" and story["alerts"] == [] and "与停保记录一致" not in str(story)


def test_found_false_ordered_rectified_and_repaired(door):
    case, other = opened(door), opened(door)
    commitment = offered(door, case)
    act(door, commitment, "sign", signed_by="self")
    move(door, case, "accept", "grant")
    false = act(door, commitment, "check", result="refuted", how="on_site", **BY)
    assert false["state"] == "false" and false["to_decide_again"] == [other]
    again = call("POST", f"/v1/cases/{other}/decisions?explain=full", door, json={}).json()
    found = next(one for one in again["materials"] if one["material"] == PAPER)
    assert found["route"] == "submit" and any("失信排除" in one["text"] for one in found["considered"] if one["route"] == "commitment")
    assert next(one for one in again["materials"] if one["material"] == "id_photo")["route"] == "shared"
    ordered = act(door, commitment, "order", working_days=10, note="补交离职证明", **BY)
    assert (ordered["state"], ordered["due"], ordered["tasks"][0]["action"]) == ("rectifying", "2026-12-04", "rectify")
    assert act(door, commitment, "rectify", **BY)["state"] == "rectified"
    record = get(door, f"credit-records/{false['credit_record']}")
    assert_fits("CreditAnswer", record)
    assert (record["kind"], record["state"], record["commitment_id"]) == ("false_commitment", "recorded", commitment)
    repaired = post(door, f"credit-records/{record['id']}/repair", repaired_on="2026-11-22", ground="修复决定", **BY)
    assert (repaired["state"], repaired["repaired_on"]) == ("repaired", "2026-11-22")
    body = call("POST", f"/v1/cases/{other}/decisions", door, json={"choices": {PAPER: {"commitment": "yes", "signed_by": "self"}}}).json()
    assert next(one for one in body["materials"] if one["material"] == PAPER)["route"] == "commitment"


def test_found_false_and_the_decision_revoked(door):
    case = opened(door)
    commitment = offered(door, case)
    act(door, commitment, "sign", signed_by="self")
    move(door, case, "accept", "grant")
    act(door, commitment, "check", result="refuted", how="online", **BY)
    assert act(door, commitment, "revoke", note="承诺不实", **BY)["state"] == "revoked"
    assert get(door, f"cases/{case}")["state"] == "revoked"


def test_withdrawn_before_the_decision_without_a_mark(door):
    case = opened(door)
    commitment = offered(door, case)
    act(door, commitment, "sign", signed_by="self")
    withdrawn = act(door, commitment, "withdraw")
    assert (withdrawn["state"], withdrawn["due"], withdrawn["tasks"], withdrawn["moves"]) == ("withdrawn", None, [], [])
    assert entry(door, withdrawn["standing_decision"])["route"] == "submit"
    assert get(door, "credit-records")["records"] == [] and get(door, f"cases/{case}")["alerts"] == []
    second = offered(door, case)
    assert get(door, f"commitments/{second}")["round"] == 2
    declined = act(door, second, "decline", **BY)
    assert declined["state"] == "declined" and declined["moves"] == ["offer"]


# -- the letter -------------------------------------------------------------------------------------------------------

def test_the_letter_is_given_as_json_text_and_a_page_to_sign(sqlite_door):
    commitment = offered(sqlite_door, opened(sqlite_door))
    path = f"commitments/{commitment}/letter"
    found = get(sqlite_door, path)
    assert_fits("LetterAnswer", found)
    letter = found["letter"]
    assert found["hash"] == sha256(canonical(letter)) == get(sqlite_door, f"commitments/{commitment}")["letter_hash"]
    plain = call("GET", f"/v1/{path}", sqlite_door, headers={"Accept": "text/plain", "Accept-Language": "en"})
    assert plain.text == letter["text"] and plain.headers["content-type"].startswith("text/plain") and plain.headers["content-language"] == "zh-CN"
    page = call("GET", f"/v1/{path}", sqlite_door, headers={"Accept": "text/html"})
    assert page.headers["content-type"].startswith("text/html") and page.headers["cache-control"] == "no-store"
    for line in letter["text"].splitlines():
        assert line.strip() in page.text and line in plain.text
    for part in ("<h1>告知承诺书</h1>", "<h2>一、行政机关告知</h2>", "<h2>三、申请人承诺：申请人测试庚声明</h2>", "签署人：测试庚（本人）", *STATEMENTS, found["hash"],
                 "@media print"):
        assert part in page.text
    assert "签署时间" not in page.text
    act(sqlite_door, commitment, "sign", signed_by="self")
    assert "签署时间 2026-11-22T09:30:00+08:00" in call("GET", f"/v1/{path}", sqlite_door, headers={"Accept": "text/html"}).text


def test_a_letter_with_a_gap_is_a_422_that_names_every_missing_field(sqlite_door):
    nameless = {key: value for key, value in fixture(JOB)["applicant"].items() if key != "name"}
    response = call("POST", "/v1/commitments", sqlite_door, json={"case": opened(sqlite_door, applicant=nameless), "material": PAPER, **BY})
    assert_problem(response, 422, "invalid-application")
    assert codes(response) == ["letter-incomplete", "letter-incomplete"] and [one["field"] for one in response.json()["errors"]] == ["申请人", "签署人"]


# -- what is refused --------------------------------------------------------------------------------------------------

def test_who_may_not_sign_is_told_the_rules_reason(sqlite_door):
    commitment = offered(sqlite_door, opened(sqlite_door, agent={"kind": "official_helper", "name": "测试丁"}))
    for language, said in (("zh-CN", "代办人员只帮着跑腿，任何时候都不能代签承诺"), ("en", "The commitment must be signed by the person")):
        response = call("POST", f"/v1/commitments/{commitment}/sign", sqlite_door, json={"signed_by": "helper", **BY}, headers={"Accept-Language": language})
        assert said in assert_problem(response, 409, "conflict")["detail"]
    assert get(sqlite_door, f"commitments/{commitment}")["state"] == "offered"


def test_evidence_of_today_comes_with_the_signature(sqlite_url):
    first = door_to(sqlite_url)
    commitment = offered(first, opened(first))
    first.state.service.close()
    later = door_to(sqlite_url, datetime(2026, 11, 23, 1, 30, tzinfo=UTC))
    response = call("POST", f"/v1/commitments/{commitment}/sign", later, json={"signed_by": "self"})
    assert "申请人信用" in assert_problem(response, 409, "conflict")["detail"]
    assert act(later, commitment, "sign", signed_by="self", evidence=fixture(JOB)["evidence"])["due"] == "2026-12-21"
    later.state.service.close()


_SAID: dict[str, dict[str, Any]] = {
    "sign": {"signed_by": "self"}, "decline": {}, "withdraw": {}, "check": {"result": "confirmed", "how": "online", **BY},
    "order": {"working_days": 5, **BY}, "rectify": BY, "revoke": BY}


def test_every_step_out_of_turn_is_a_409_with_a_sentence(sqlite_door):
    commitment = offered(sqlite_door, opened(sqlite_door))
    for state, steps in (("待申请人选择", ("check", "order", "rectify", "revoke")), ("已签署", ("sign", "decline", "order", "rectify", "revoke")),
                         ("已撤回", tuple(_SAID))):
        if state != "待申请人选择":
            act(sqlite_door, commitment, {"已签署": "sign", "已撤回": "withdraw"}[state], **_SAID[{"已签署": "sign", "已撤回": "withdraw"}[state]])
        for step in steps:
            response = call("POST", f"/v1/commitments/{commitment}/{step}", sqlite_door, json=_SAID[step])
            assert assert_problem(response, 409, "illegal-move")["detail"].startswith(f"承诺{state}，不能"), step


@pytest.mark.parametrize("step", [*_SAID, ""])
def test_what_is_not_there_is_a_404(sqlite_door, step):
    if step:
        response = call("POST", f"/v1/commitments/{NOBODY}/{step}", sqlite_door, json=_SAID[step])
        assert_problem(response, 404, "unknown-record")
    else:
        for path in (f"commitments/{NOBODY}", f"commitments/{NOBODY}/letter", f"credit-records/{NOBODY}"):
            assert NOBODY in assert_problem(call("GET", f"/v1/{path}", sqlite_door), 404, "unknown-record")["detail"]


@pytest.mark.parametrize("step", ["check", "order", "rectify", "revoke"])
def test_every_act_of_the_authority_names_an_officer(sqlite_door, step):
    commitment = offered(sqlite_door, opened(sqlite_door))
    said = {key: value for key, value in _SAID[step].items() if key != "officer"}
    response = call("POST", f"/v1/commitments/{commitment}/{step}", sqlite_door, json=said)
    assert_problem(response, 422, "invalid-application")
    assert [one["pointer"] for one in response.json()["errors"]] == ["/officer"]


@pytest.mark.parametrize("query", ["state=gone", "due_before=tomorrow", "after=2026-12-18", "after=2026-99-99_" + NOBODY, "number=513424200802290006"])
def test_a_wrong_parameter_of_the_list_is_refused(sqlite_door, query):
    assert_problem(call("GET", f"/v1/commitments?{query}", sqlite_door), 422, "invalid-parameter")


def test_a_material_by_an_unknown_name_is_refused_with_the_nearest(sqlite_door):
    response = call("POST", "/v1/commitments", sqlite_door, json={"case": opened(sqlite_door), "material": "解除劳动关系证明", **BY})
    assert_problem(response, 422, "invalid-application")
    assert response.json()["errors"][0]["nearest"] == "解除或者终止劳动关系证明"


def test_only_trusted_callers_see_commitments_and_credit(sqlite_url):
    closed = door_to(sqlite_url, trusted_tokens=frozenset({"t0ken"}))
    for method, path, said in (("GET", "commitments", None), ("POST", "commitments", {"case": "c", "material": PAPER}), ("GET", "credit-records", None),
                               ("POST", "credit-records/search", WHO), ("POST", f"commitments/{NOBODY}/sign", {"signed_by": "self"})):
        assert_problem(call(method, f"/v1/{path}", closed, json=said), 403, "untrusted-caller")
    assert call("GET", "/v1/commitments", closed, headers={"Authorization": "Bearer t0ken"}).status_code == 200
    closed.state.service.close()
    assert_problem(call("GET", "/v1/commitments"), 503, "records-off")


# -- credit records ---------------------------------------------------------------------------------------------------

def test_a_record_from_outside_is_entered_found_by_number_and_repaired(door):
    made = post(door, "credit-records", 201, **{**WHO, "id_type": "居民身份证号码"}, kind="serious", recorded_on="2026-10-09", source="信用中国（四川凉山）", **BY)
    assert_fits("CreditAnswer", made)
    found = post(door, "credit-records/search", **WHO)
    assert_fits("CreditList", found)
    assert found == {"records": [made], "next": None} and WHO["id_number"] not in orjson.dumps(found).decode()
    assert post(door, "credit-records/search", id_type="passport", id_number="E12345678")["records"] == []
    assert get(door, "credit-records?state=recorded&kind=serious")["records"] == [made]
    refused = decide({**fixture(JOB), "choices": {}}, to=door).json()
    assert next(one for one in refused["materials"] if one["material"] == PAPER)["offers"] == []
    assert_problem(call("POST", "/v1/credit-records", door, json={**WHO, "kind": "serious", "recorded_on": "2026-10-09", "source": "信用中国（四川凉山）", **BY}),
                   409, "conflict")
    post(door, f"credit-records/{made['id']}/repair", repaired_on="2026-11-01", ground="修复决定书", **BY)
    assert_problem(call("POST", f"/v1/credit-records/{made['id']}/repair", door, json={"repaired_on": "2026-11-01", "ground": "再次", **BY}), 409, "illegal-move")
    assert get(door, "credit-records?state=recorded")["records"] == []
    open_again = decide({**fixture(JOB), "choices": {}}, to=door).json()
    assert [one["route"] for one in next(one for one in open_again["materials"] if one["material"] == PAPER)["offers"]] == ["commitment", "commitment"]


@pytest.mark.parametrize("path", ["credit-records", "credit-records/search"])
def test_a_wrong_number_is_refused_at_its_place_and_never_repeated(sqlite_door, path):
    said = {**WHO, "id_number": "513424200802290007"}
    if path == "credit-records":
        said |= {"kind": "serious", "recorded_on": "2026-10-09", "source": "x", **BY}
    response = call("POST", f"/v1/{path}", sqlite_door, json=said)
    assert_problem(response, 422, "invalid-application")
    assert [(one["pointer"], one["code"]) for one in response.json()["errors"]] == [("/id_number", "id-number")]
    assert "513424200802290007" not in response.text


def test_a_number_in_the_address_is_no_parameter(sqlite_door):
    response = call("GET", "/v1/credit-records?id_number=513424200802290006", sqlite_door)
    assert_problem(response, 422, "invalid-parameter")
    assert "513424200802290006" not in response.text
