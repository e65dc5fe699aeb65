"""The doors to demands: what a window states, what it and the applicant are told, who may, what is refused and how."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.settings import Settings
from tests.api.door import app, assert_problem, call, codes, fixture
from tests.api.test_openapi import assert_fits

WINDOW, BACK, CHIEF = ({"id": "FS-0421", "role": "综合窗口受理员"}, {"id": "FS-0900", "role": "后台审核员"}, {"id": "FS-0017", "role": "首席代表"})
REASON = "查到的登记与申请人出示的材料不一致"
RENT, HAZARDOUS = "housing_fund_rent_fushun", "hazardous_chemicals_fushun_refused_commitment"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[FastAPI]:
    """The service with records in a file of its own."""
    made = app(Settings(database=f"sqlite:///{tmp_path / 'records.db'}"))
    yield made
    made.state.service.close()


def opened(service: FastAPI, name: str = RENT, **changes: Any) -> dict[str, Any]:
    """A case: the answer to its application."""
    return dict(call("POST", "/v1/decisions", service, json={**fixture(name), **changes}).json())


def post(service: FastAPI, path: str, body: Any, **headers: str) -> httpx.Response:
    return call("POST", f"/v1/demands{path}", service, json=body, headers=headers)


def demand(service: FastAPI, case: str, kind: str = "hand_in", material: str | None = "无房证明", **more: Any) -> dict[str, Any]:
    response = post(service, "", {"case": case, "stage": "window", "kind": kind, "officer": WINDOW, **({"material": material} if material else {}), **more})
    assert response.status_code == 201, response.text
    assert_fits("DemandAnswer", response.json())
    return dict(response.json())


def found(service: FastAPI, path: str, schema: str, **headers: str) -> dict[str, Any]:
    response = call("GET", path, service, headers=headers)
    assert response.status_code == 200, response.text
    assert_fits(schema, response.json())
    return dict(response.json())


def test_a_demand_within_the_decision(service):
    case = opened(service)
    made = demand(service, case["case"])
    assert (made["state"], made["blocked"], made["card"], made["violations"]) == ("recorded", False, "none", [])
    assert made["line"]["decision"] == made["decision_id"] == case["id"] and made["officer"] == WINDOW
    assert found(service, f"/v1/demands/{made['id']}", "DemandAnswer") == made
    english = found(service, f"/v1/demands/{made['id']}", "DemandAnswer", **{"Accept-Language": "en"})
    assert english["name"] == "Certificate of owning no home" and english["for_applicant"].startswith("The decision on your case provides for this.")


def test_a_waived_document_is_blocked_and_shown_in_the_case_but_in_no_notice(service):
    case = opened(service, "company_setup_fushun")
    made = demand(service, case["case"], material="市场主体住所证明", stage="back_office", officer=BACK)
    assert (made["state"], made["blocked"], made["card"]) == ("blocked", True, "red")
    assert made["for_applicant"].startswith("“市场主体住所证明”这份材料不用您交。") and "依据" in made["for_applicant"]
    story = call("GET", f"/v1/cases/{case['case']}", service).json()
    [shown] = story["demands"]
    assert (shown["state"], shown["officer"], shown["violations"]) == ("blocked", "FS-0900", made["violations"])
    assert [(one["code"], one["card"], one["source"]) for one in story["alerts"]] == [("outside_decision", "red", made["id"])]
    before = call("GET", f"/v1/decisions/{case['id']}/notice", service).text
    frozen = call("POST", f"/v1/cases/{case['case']}/notice", service, json={"officer": WINDOW}).json()
    assert made["id"] not in before and not any("已经拦下" in line for section in frozen["sections"] for line in section["lines"])


def test_from_a_dispute_over_a_new_decision_to_the_release(service):
    case = opened(service, HAZARDOUS)
    made = demand(service, case["case"], material="营业执照")
    disputed = post(service, f"/{made['id']}/dispute", {"officer": WINDOW, "reason": REASON, "conflict": "营业执照"})
    assert disputed.status_code == 200 and disputed.json()["state"] == "disputed"
    closing = {"officer": CHIEF, "outcome": "released", "note": "登记机关查无此照"}
    assert "还没有作出新的判断" in assert_problem(post(service, f"/{made['id']}/resolve", closing), 409, "conflict")["detail"]
    assert "不能自己了结" in assert_problem(post(service, f"/{made['id']}/resolve", {**closing, "officer": WINDOW}), 409, "conflict")["detail"]
    evidence = fixture(HAZARDOUS)["evidence"]
    evidence["queries"]["business_licence"] = {"result": "not_found"}
    assert call("POST", f"/v1/cases/{case['case']}/decisions", service, json={"evidence": evidence}).status_code == 200
    released = post(service, f"/{made['id']}/resolve", closing)
    assert released.status_code == 200 and released.json()["state"] == "released", released.text
    assert_fits("DemandAnswer", released.json())
    assert [one["move"] for one in released.json()["history"]] == ["block", "dispute", "release"] and released.json()["violations"] == made["violations"]
    met = post(service, f"/{made['id']}/meet", {"officer": BACK})
    assert met.json()["state"] == "met"
    refused = assert_problem(post(service, f"/{made['id']}/withdraw", {"officer": BACK}), 409, "illegal-move")
    assert refused["detail"] == "索要已满足，不能撤回；没有可以再做的。"
    story = call("GET", f"/v1/cases/{case['case']}", service).json()
    assert len(story["decisions"]) == 2 and len(story["alerts"]) == 1, "the old decision and the violation stay"


def test_a_rejected_dispute_blocks_again(service):
    made = demand(service, opened(service, HAZARDOUS)["case"], material="营业执照")
    post(service, f"/{made['id']}/dispute", {"officer": WINDOW, "reason": REASON, "conflict": "business_licence"})
    closed = post(service, f"/{made['id']}/resolve", {"officer": CHIEF, "outcome": "rejected", "note": "数据无误"})
    assert (closed.json()["state"], closed.json()["history"][-1]["note"]) == ("blocked", "数据无误")


def test_back_office_asks_for_what_the_window_took_in(service):
    case = opened(service)
    first = demand(service, case["case"])
    taken = call("POST", f"/v1/cases/{case['case']}/materials", service, json={"officer": WINDOW, "material": "无房证明", "trust": "B"})
    assert taken.status_code == 201
    assert found(service, f"/v1/demands/{first['id']}", "DemandAnswer")["state"] == "met"
    again = demand(service, case["case"], stage="back_office", officer=BACK)
    assert [(one["code"], one["interpretation"]) for one in again["violations"]] == [("repeat_demand", True)]


def test_the_applicant_reports_with_the_id_of_the_decision_and_no_token(tmp_path):
    made = app(Settings(database=f"sqlite:///{tmp_path / 'records.db'}", trusted_tokens=frozenset({"secret"})))
    try:
        decision = call("POST", "/v1/decisions", made, json=fixture(RENT), headers={"Authorization": "Bearer secret"}).json()
        body = {"decision": decision["id"], "kind": "hand_in", "material": "单身证明", "text": "三号窗口的测试乙要的"}
        response = post(made, "/report", body)
        assert response.status_code == 201, response.text
        assert_fits("ReportAnswer", response.json())
        assert response.json()["blocked"] and response.json()["for_applicant"].startswith("谢谢您反映。")
        assert "测试乙" not in response.text and post(made, "/report", body).json()["id"] == response.json()["id"]
        lawful = post(made, "/report", {"decision": decision["id"], "kind": "hand_in", "material": "无房证明"}).json()
        assert (lawful["within_decision"], lawful["violations"], lawful["blocked"]) == (True, [], False)
        assert_problem(post(made, "/report", {**body, "decision": "none"}), 404, "unknown-record")
        for path in ("", "/summary", f"/{lawful['id']}"):
            assert_problem(call("GET", f"/v1/demands{path}", made), 403, "untrusted-caller")
        for path in ("", "/x/dispute", "/x/resolve", "/x/meet", "/x/withdraw"):
            assert_problem(post(made, path, {}), 403, "untrusted-caller")
    finally:
        made.state.service.close()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_lists_and_figures(service, language):
    case = opened(service, case="FS-2026-001")
    lawful, waived = demand(service, "FS-2026-001"), demand(service, case["case"], material="单位提取证明", officer=BACK)
    headers = {"Accept-Language": language}

    def ids(query: str) -> list[str]:
        return [one["id"] for one in found(service, f"/v1/demands{query}", "DemandList", **headers)["demands"]]

    assert set(ids("")) == {lawful["id"], waived["id"]} == set(ids(f"?case={case['case']}")) == set(ids("?case=FS-2026-001"))
    assert ids("?state=blocked") == ids("?card=red") == ids("?officer=FS-0900") == [waived["id"]] and ids("?card=none") == [lawful["id"]]
    assert ids(f"?after={ids('')[0]}") == ids("")[1:]
    assert_problem(call("GET", "/v1/demands?case=none", service), 404, "unknown-record")
    assert_problem(call("GET", "/v1/demands?state=gone", service), 422, "invalid-parameter")
    figures = found(service, "/v1/demands/summary?division=210400&since=2026-11-01", "DemandSummary", **headers)
    assert (figures["cases"], figures["demanded"], figures["outside"]) == (1, 2, 1)
    assert found(service, "/v1/demands/summary", "DemandSummary")["since"] == "2026-10-23"


@pytest.mark.parametrize(("change", "expected"), [
    ({"officer": None}, ("officer", "wrong-type")), ({"officer": {"id": "FS-0421"}}, ("officer.role", "missing-field")),
    ({"officer": {"id": "", "role": "受理员"}}, ("officer.id", "too-short")), ({"officer": {"id": "FS-0421", "role": " "}}, ("officer.role", "invalid")),
    ({"stage": "corridor"}, ("stage", "unknown-value")), ({"kind": "fetch"}, ("kind", "unknown-value")), ({"material": None}, ("material", "missing-field")),
    ({"material": "无房证"}, ("material", "unknown-material")), ({"person": "p9"}, ("person", "unknown-person")), ({"fact": "married"}, ("fact", "not-for-kind")),
    ({"kind": "answer", "fact": "maried"}, ("fact", "unknown-fact")), ({"kind": "other"}, ("text", "missing-field")), ({"card": "red"}, ("card", "unknown-field"))])
def test_what_is_stated_wrongly_is_refused_and_not_recorded(service, change, expected):
    case = opened(service)
    response = post(service, "", {"case": case["case"], "stage": "window", "kind": "hand_in", "material": "无房证明", "officer": WINDOW, **change})
    problem = assert_problem(response, 422, "invalid-application")
    assert [(one["field"], one["code"]) for one in problem["errors"]] == [expected]
    assert call("GET", "/v1/demands", service).json()["demands"] == []


def test_the_nearest_word_is_told(service):
    case = opened(service)
    response = post(service, "", {"case": case["case"], "stage": "window", "kind": "hand_in", "material": "无房证", "officer": WINDOW})
    assert response.json()["errors"][0]["nearest"] == "无房证明" and codes(response) == ["unknown-material"]


@pytest.mark.parametrize(("path", "body", "expected"), [
    ("dispute", {"officer": WINDOW, "reason": "不对", "conflict": "营业执照"}, ("reason", "too-short")),
    ("dispute", {"officer": WINDOW, "reason": REASON, "conflict": "营业照"}, ("conflict", "unknown-data")),
    ("dispute", {"reason": REASON, "conflict": "营业执照"}, ("officer", "missing-field")),
    ("resolve", {"officer": CHIEF, "outcome": "perhaps", "note": "x"}, ("outcome", "unknown-value")),
    ("resolve", {"officer": CHIEF, "outcome": "rejected"}, ("note", "missing-field")),
    ("meet", {}, ("officer", "missing-field")), ("withdraw", {}, ("officer", "missing-field"))])
def test_every_step_names_its_officer_and_its_reason(service, path, body, expected):
    made = demand(service, opened(service, HAZARDOUS)["case"], material="营业执照")
    problem = assert_problem(post(service, f"/{made['id']}/{path}", body), 422, "invalid-application")
    assert [(one["field"], one["code"]) for one in problem["errors"]] == [expected]
    assert found(service, f"/v1/demands/{made['id']}", "DemandAnswer")["state"] == "blocked"


def test_nothing_is_there_to_move(service):
    step = {"officer": WINDOW}
    bodies = {"dispute": {**step, "reason": REASON, "conflict": "营业执照"}, "resolve": {**step, "outcome": "rejected", "note": "x"}, "meet": step, "withdraw": step}
    for path, body in bodies.items():
        assert_problem(post(service, f"/none/{path}", body), 404, "unknown-record")
    assert_problem(call("GET", "/v1/demands/none", service), 404, "unknown-record")
    assert_problem(post(service, "", {"case": "none", "stage": "window", "kind": "hand_in", "material": "无房证明", "officer": WINDOW}), 404, "unknown-record")


def test_a_service_without_records_says_so():
    assert_problem(post(app(), "/report", {"decision": "x", "kind": "hand_in", "material": "无房证明"}), 503, "records-off")
    assert_problem(call("GET", "/v1/demands", app()), 503, "records-off")
