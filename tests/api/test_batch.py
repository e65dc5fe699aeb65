"""Many applications at once."""

from __future__ import annotations

from tests.api.door import FIXTURES, assert_problem, call, codes, fixture


def batch(*applications, query="?explain=off", **more):
    return call("POST", f"/v1/decisions/batch{query}", json={"applications": list(applications)}, **more)


def test_the_order_is_kept_and_a_wrong_one_does_not_stop_the_others():
    good, wrong = fixture("housing_fund_rent_fushun"), {"item": "housing_fund_rent", "accepted_on": "2026-11-20", "deciding_division": "999999"}
    response = batch(good, wrong, 7, {}, good)
    found = response.json()
    assert response.status_code == 200
    assert (found["count"], found["decided"], found["refused"]) == (5, 2, 3)
    assert [one["index"] for one in found["results"]] == [0, 1, 2, 3, 4]
    assert ["decision" in one for one in found["results"]] == [True, False, False, False, True]
    problem = found["results"][1]["problem"]
    assert (problem["type"], problem["instance"]) == ("/problems/invalid-application", "/v1/decisions/batch#/applications/1")
    assert [one["code"] for one in problem["errors"]] == ["unknown-division"]
    assert [one["code"] for one in found["results"][3]["problem"]["errors"]] == ["missing-field", "missing-field"]


def test_a_batch_says_the_same_as_single_requests():
    listed = [fixture(path.stem) for path in FIXTURES]
    found = batch(*listed, query="?explain=summary").json()["results"]
    for application, one in zip(listed, found, strict=True):
        single = call("POST", "/v1/decisions", json=application).json()
        assert {**single, "id": ""} == {**one["decision"], "id": ""}


def test_problems_are_told_in_the_callers_language():
    found = batch(7, headers={"Accept-Language": "en"}).json()["results"][0]["problem"]
    assert found["title"] == "The application is not right; nothing was decided"


def test_no_application_is_no_mistake():
    assert batch().json()["results"] == []


def test_five_hundred_fit_and_one_more_does_not():
    application = fixture("care_elsewhere_shaoyang")
    assert batch(*[application] * 500).json()["decided"] == 500
    response = batch(*[application] * 501)
    assert_problem(response, 422, "invalid-application")
    assert codes(response) == ["too-many"]


def test_the_frame_is_checked():
    for body, code, pointer in (([], "wrong-type", ""), ({}, "missing-field", "/applications"), ({"applications": {}}, "wrong-type", "/applications"),
                                ({"applications": [], "aplications": []}, "unknown-field", "/aplications")):
        response = call("POST", "/v1/decisions/batch", json=body)
        assert_problem(response, 422, "invalid-application")
        assert [(one["code"], one["pointer"]) for one in response.json()["errors"]] == [(code, pointer)]
