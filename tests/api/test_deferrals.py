"""Deferred materials and alerts over HTTP: the whole life, what is answered, what is refused and how, and the clock of the service."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.http.app import create_app
from api.records.instants import BEIJING
from api.records.tick import tick
from api.settings import Settings
from tests.api.door import assert_problem, call, codes
from tests.api.test_openapi import assert_fits
from tests.bundled import rulebook
from tests.records.conftest import Hands, database_url, hands, postgres_url, sqlite_url, start_postgres
from tests.records.deferring import KINDS, at, document
from tests.records.writing import SOON

__all__ = ["database_url", "hands", "postgres_url", "sqlite_url", "start_postgres"]    # fixtures

OFFICER = {"id": "FS-0421", "role": "综合窗口受理员"}
DOCUMENT = KINDS["设立"][1]
NOBODY = "00000000-0000-4000-8000-000000000000"


def door_to(url: str, clock: Hands, **settings: Any) -> FastAPI:
    return create_app(replace(Settings(database=url), **settings), clock=clock, rules=rulebook())


@pytest.fixture
def door(database_url: str, hands: Hands) -> Iterator[FastAPI]:
    at(hands, "2026-09-28")
    made = door_to(database_url, hands)
    yield made
    made.state.service.close()


@pytest.fixture
def sqlite_door(sqlite_url: str, hands: Hands) -> Iterator[FastAPI]:
    at(hands, "2026-09-28")
    made = door_to(sqlite_url, hands)
    yield made
    made.state.service.close()


def opened(door: FastAPI, kind: str = "设立", division: str = "410500") -> str:
    response = call("POST", "/v1/decisions", door, json=document(kind, division, date(2026, 9, 28)))
    assert response.status_code == 200, response.text
    return str(response.json()["case"])


def post(door: FastAPI, path: str, said: Any, **headers: str) -> httpx.Response:
    return call("POST", f"/v1/{path}", door, json=said, headers=headers)


def deferral(response: httpx.Response, status: int = 200) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert_fits("DeferralAnswer", response.json())
    return dict(response.json())


def promised(door: FastAPI, kind: str = "设立", division: str = "410500") -> dict[str, Any]:
    return deferral(post(door, "deferrals", {"case": opened(door, kind, division), "material": KINDS[kind][1], "officer": OFFICER}), 201)


def ticked(door: FastAPI, clock: Hands, day: str) -> None:
    at(clock, day)
    tick(door.state.service.records)


def test_the_whole_life_of_a_promise_that_is_kept(door, hands):
    made = promised(door)
    assert (made["state"], made["state_text"], made["mode"], made["due"]) == ("promised", "已承诺补交", "accept_first", "2026-09-30")
    assert (made["consequence"], made["may"], made["promised_at"]) == ("deemed_withdrawn", ["supplement", "extend"], "2026-09-28T09:30:00+08:00")
    story = call("GET", f"/v1/cases/{made['case_id']}", door).json()
    assert story["decision_id"] == made["decision_id"] and [one["id"] for one in story["deferrals"]] == [made["id"]]
    longer = deferral(post(door, f"deferrals/{made['id']}/extend", {"from": "2026-09-29", "to": "2026-09-29", "reason": "台风停运", "officer": OFFICER}))
    assert longer["due"] == "2026-10-08"
    at(hands, "2026-10-08T18:00")
    kept = deferral(post(door, f"deferrals/{made['id']}/supplement", {"officer": OFFICER, "arrived_at": "2026-10-08T17:20", "trust": "B"}))
    assert (kept["state"], kept["supplemented_at"], kept["may"]) == ("supplemented", "2026-10-08T17:20:00+08:00", [])
    assert deferral(call("GET", f"/v1/deferrals/{made['id']}", door)) == kept
    english = deferral(call("GET", f"/v1/deferrals/{made['id']}", door, headers={"Accept-Language": "en"}))
    assert english["state_text"] == "handed in on time"


def test_the_material_may_be_named_and_promised_by_the_applicant_alone(sqlite_door):
    case = opened(sqlite_door)
    made = deferral(post(sqlite_door, "deferrals", {"case": case, "material": "任职文件", "promised_by": "agent", "note": "三日内补交"}), 201)
    acts = call("GET", f"/v1/cases/{case}", sqlite_door).json()["acts"]
    assert made["material"] == DOCUMENT and acts[-1]["by"] == {"party": "applicant"} and "三日内" not in str(acts)


def test_evidence_of_the_day_may_come_with_the_promise(sqlite_door, hands):
    case = opened(sqlite_door, division="620200")
    at(hands, "2026-09-29")
    said = {"case": case, "material": DOCUMENT, "officer": OFFICER}
    found = assert_problem(post(sqlite_door, "deferrals", said), 409, "conflict")
    assert "证据要重新提供" in found["detail"]
    evidence = {"queries": {"registered_person_identity/p1": {"result": "valid"}}, "on_file": {"complete": True}, "records": {"complete": True}}
    assert deferral(post(sqlite_door, "deferrals", {**said, "evidence": evidence}), 201)["due"] == "2026-10-09"
    wrong = post(sqlite_door, "deferrals", {**said, "evidence": {"queries": {"registered_person_identity/p1": {"result": "yes"}}}})
    assert_problem(wrong, 422, "invalid-application")


def test_an_overdue_material_and_what_a_person_does_about_it(door, hands):
    made = promised(door, division="330000")
    assert post(door, f"cases/{made['case_id']}/moves", {"move": "accept", "officer": OFFICER}).status_code == 200
    ticked(door, hands, "2026-10-01")
    path = f"deferrals/{made['id']}/moves"
    found = deferral(call("GET", f"/v1/deferrals/{made['id']}", door))
    assert (found["state"], found["may"]) == ("overdue", ["supplement", "extend", "cancel_acceptance"])
    refused = assert_problem(post(door, path, {"move": "deem_withdrawn", "officer": OFFICER, "note": "期满"}), 409, "conflict")
    assert refused["detail"] == "逾期的后果是“撤销受理”，不能视为撤回申请。"
    refused = assert_problem(post(door, path, {"move": "terminate", "officer": OFFICER, "note": "期满"}, **{"Accept-Language": "en"}), 409, "conflict")
    assert refused["detail"] == "What follows an overdue supplement here is to cancel the acceptance; one cannot close the case."
    refused = assert_problem(post(door, path, {"move": "release", "officer": OFFICER}), 409, "conflict")
    assert "不能免掉" in refused["detail"]
    missing = post(door, path, {"move": "cancel_acceptance", "officer": OFFICER})
    assert assert_problem(missing, 422, "invalid-application") and codes(missing) == ["missing-field"] and missing.json()["errors"][0]["pointer"] == "/note"
    done = deferral(post(door, path, {"move": "cancel_acceptance", "officer": OFFICER, "note": "期满没有补交任职文件"}))
    assert (done["state"], done["may"]) == ("acceptance_cancelled", [])
    assert call("GET", f"/v1/cases/{made['case_id']}", door).json()["state"] == "acceptance_cancelled"
    illegal = assert_problem(post(door, f"deferrals/{made['id']}/supplement", {"officer": OFFICER}), 409, "illegal-move")
    assert illegal["detail"] == "容缺补交逾期且受理已撤销，不能登记补交；没有可以再做的。"


@pytest.mark.parametrize(("path", "said", "status", "kind"), [
    ("deferrals", {"case": NOBODY, "material": DOCUMENT}, 404, "unknown-record"),
    (f"deferrals/{NOBODY}/supplement", {"officer": OFFICER}, 404, "unknown-record"),
    (f"deferrals/{NOBODY}/moves", {"officer": OFFICER, "move": "order", "note": "期满"}, 404, "unknown-record"),
    (f"deferrals/{NOBODY}/extend", {"officer": OFFICER, "from": "2026-09-29", "to": "2026-09-29", "reason": "台风"}, 404, "unknown-record")])
def test_what_is_not_there_is_said(sqlite_door, path, said, status, kind):
    assert_problem(post(sqlite_door, path, said), status, kind)


@pytest.mark.parametrize(("path", "said", "expected"), [
    ("", {"case": "", "material": "无此材料"}, {"too-short"}), ("", {"material": DOCUMENT}, {"missing-field"}),
    ("", {"case": NOBODY, "material": "任职文书"}, {"unknown-material"}), ("", {"case": NOBODY, "material": DOCUMENT, "promised_by": "friend"}, {"unknown-value"}),
    ("/x/supplement", {}, {"missing-field"}), ("/x/supplement", {"officer": OFFICER, "arrived_at": "昨天"}, {"wrong-date"}),
    ("/x/supplement", {"officer": OFFICER, "arrived_at": "2026-09-30"}, {"wrong-date"}), ("/x/supplement", {"officer": OFFICER, "channel": "fax"}, {"unknown-value"}),
    ("/x/extend", {"officer": OFFICER, "to": "2026-09-29", "reason": ""}, {"missing-field", "too-short"}),
    ("/x/moves", {"officer": OFFICER, "move": "waive"}, {"unknown-value"})])
def test_a_wrong_statement_is_refused_with_all_its_mistakes(sqlite_door, path, said, expected):
    response = post(sqlite_door, f"deferrals{path}", said)
    assert_problem(response, 422, "invalid-application")
    assert set(codes(response)) == expected


def test_an_arrival_in_the_future_names_the_field(sqlite_door):
    made = promised(sqlite_door)
    response = post(sqlite_door, f"deferrals/{made['id']}/supplement", {"officer": OFFICER, "arrived_at": "2026-09-28T09:31"})
    assert assert_problem(response, 422, "invalid-application")["errors"][0]["pointer"] == "/arrived_at"


def test_deferrals_and_alerts_are_listed(sqlite_door, hands):
    kept, late = promised(sqlite_door), promised(sqlite_door)
    assert post(sqlite_door, f"deferrals/{kept['id']}/supplement", {"officer": OFFICER}).status_code == 200
    ticked(sqlite_door, hands, "2026-10-09")

    def found(path: str, schema: str, key: str, **headers: str) -> list[dict[str, Any]]:
        response = call("GET", f"/v1/{path}", sqlite_door, headers=headers)
        assert response.status_code == 200, response.text
        assert_fits(schema, response.json())
        assert response.json()["next"] is None
        return list(response.json()[key])

    assert {one["id"] for one in found("deferrals", "DeferralList", "deferrals")} == {kept["id"], late["id"]}
    assert [one["id"] for one in found("deferrals?state=overdue", "DeferralList", "deferrals")] == [late["id"]]
    assert found(f"deferrals?case={kept['case_id']}&due_before=2026-09-30", "DeferralList", "deferrals") == []
    alerts = found(f"alerts?case={late['case_id']}", "AlertList", "alerts")
    assert {(one["code"], one["card"]) for one in alerts} == {("overdue", "none"), ("yellow", "yellow")}
    [english] = found("alerts?kind=term", "AlertList", "alerts", **{"Accept-Language": "en"})
    assert english["text"].startswith("“Appointment of officers”, which was deferred, did not come by 30 September 2026 and is overdue.")
    assert len(found("alerts?card=yellow", "AlertList", "alerts")) == 4
    assert_problem(call("GET", "/v1/alerts?card=green", sqlite_door), 422, "invalid-parameter")
    assert_problem(call("GET", f"/v1/alerts?after={NOBODY}", sqlite_door), 404, "unknown-record")
    assert_problem(call("GET", f"/v1/deferrals?after={NOBODY}", sqlite_door), 404, "unknown-record")


@pytest.mark.parametrize(("method", "path"), [
    ("GET", "/v1/deferrals"), ("GET", "/v1/alerts"), ("GET", f"/v1/deferrals/{NOBODY}"), ("POST", "/v1/deferrals"), ("POST", f"/v1/deferrals/{NOBODY}/moves")])
def test_only_trusted_callers_are_let_in(sqlite_url, hands, method, path):
    made = door_to(sqlite_url, hands, trusted_tokens=frozenset({"hall"}))
    try:
        assert_problem(call(method, path, made), 403, "untrusted-caller")
        assert call(method, path, made, headers={"Authorization": "Bearer hall"}).status_code in (200, 404, 422)
    finally:
        made.state.service.close()
    assert_problem(call(method, path, create_app(Settings(), rules=rulebook())), 503, "records-off")


def test_the_service_looks_for_what_is_due_while_it_runs_and_stops_with_it(sqlite_url, hands, monkeypatch):
    at(hands, "2026-09-28")
    before = door_to(sqlite_url, hands)
    case = opened(before, "餐饮", "513424")
    before.state.service.close()
    hands.now = datetime(2026, 10, 12, 9, 30, tzinfo=BEIJING).astimezone(UTC)
    looked = threading.Event()

    def look(*words: Any, **more: Any) -> Any:
        report = tick(*words, **more)
        looked.set()
        return report

    monkeypatch.setattr("api.http.ticking.tick", look)
    service = door_to(sqlite_url, hands, tick_every=3600)

    async def live() -> httpx.Response:
        async with service.router.lifespan_context(service):
            assert await asyncio.to_thread(looked.wait, SOON)
            async with httpx.AsyncClient(transport=httpx.ASGITransport(service), base_url="http://door") as client:
                return await client.get(f"/v1/cases/{case}")

    assert asyncio.run(live()).json()["state"] == "deemed_accepted"
    assert not [one for one in threading.enumerate() if one.name == "mianzheng-ticking"]


@pytest.mark.parametrize("settings", [{"tick_every": 0}, {"tick_every": 60, "database": None}])
def test_a_service_told_not_to_look_or_without_records_has_no_such_thread(sqlite_url, hands, settings):
    service = create_app(replace(Settings(database=sqlite_url), **settings), clock=hands, rules=rulebook())

    async def live() -> list[str]:
        async with service.router.lifespan_context(service):
            return [one.name for one in threading.enumerate()]

    assert "mianzheng-ticking" not in asyncio.run(live())
