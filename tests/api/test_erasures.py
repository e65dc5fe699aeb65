"""Erasing over HTTP: gone everywhere, never while pending, by trusted callers only."""

from __future__ import annotations

import json

import pytest

from tests.api.door import assert_problem, codes, fixture
from tests.api.hall import ELDER, KEY, OFFICER, RENT, SALE, UNKNOWN, batch
from tests.api.test_openapi import assert_fits
from tests.records.raw import everything, files

# -- erasure ---------------------------------------------------------------------------------------------------------

def elders(hall, **more):
    return hall.decide(SALE, applicant=ELDER, **more)


@pytest.mark.parametrize("by", ["decision", "case", "person"])
def test_what_was_erased_is_410_everywhere(hall, by):
    made = elders(hall, headers=KEY, case="FS-1").json()
    again = hall.again(made["case"], {}, headers={"Idempotency-Key": "k-2"}).json()
    hall.call("POST", f"/v1/cases/{made['case']}/notice", json={"officer": OFFICER})
    assert hall.move(made["case"], "grant").status_code == 200
    target = {"decision": again["id"], "case": made["case"], "person": {"id_type": "resident_id", "id_number": ELDER["id_number"]}}[by]
    response = hall.erase(**{by: target})
    told = response.json()
    assert response.status_code == 201, told
    assert_fits("ErasureAnswer", told)
    assert told["wiped"] is True and told["left"] == [] and again["id"] in told["entries"] and told["cases"] == [made["case"]]
    for response in (
            hall.get(f"/v1/decisions/{again['id']}"), hall.get(f"/v1/decisions/{again['id']}/notice"), hall.get(f"/v1/cases/{made['case']}/notice"),
            hall.call("POST", f"/v1/decisions/{again['id']}/replay"), hall.again(made["case"], {}, headers={"Idempotency-Key": "k-2"})):
        assert_problem(response, 410, "erased")
    if by != "decision":
        assert_problem(elders(hall, headers=KEY, case="FS-1"), 410, "erased")
        assert_problem(hall.decide(headers=KEY), 410, "erased")     # whatever is asked with it
        [one] = batch(hall, fixture(RENT), headers={"Idempotency-Key": "other"}).json()["results"]
        assert "decision" in one
        hall.close()
        left = everything(hall.url) + files(hall.url)
        assert ELDER["name"].encode() not in left and ELDER["id_number"].encode() not in left
    story = hall.get(f"/v1/cases/{made['case']}").json() if by == "decision" else None
    if story is not None:
        assert story["state"] == "granted" and story["acts"][-1]["move"] == "erase" and story["acts"][-1]["by"]["officer"] == "FS-0421"


def test_nothing_is_erased_while_it_is_pending(hall):
    made = elders(hall).json()
    for target in ({"decision": made["id"]}, {"case": made["case"]}, {"person": {"id_type": "resident_id", "id_number": ELDER["id_number"]}}):
        assert made["case"] in assert_problem(hall.erase(**target), 409, "conflict")["detail"]
    assert hall.get(f"/v1/decisions/{made['id']}").status_code == 200


@pytest.mark.parametrize(("body", "pointer", "code"), [
    ({}, "", "one-of"), ({"case": "a", "decision": "b"}, "", "one-of"), ({"case": "a", "ground": " "}, "/ground", "too-short"),
    ({"case": "a", "officer": None}, "/officer", "wrong-type"), ({"case": "a", "all": True}, "/all", "unknown-field"),
    ({"person": {"id_type": "resident_id", "id_number": "430503195812310005"}}, "/person/id_number", "id-number"),
    ({"person": {"id_type": "身份", "id_number": "430503195812310004"}}, "/person/id_type", "unknown-value")])
def test_a_mistake_is_told_at_its_place_and_nothing_is_erased(hall, body, pointer, code):
    made = elders(hall).json()
    hall.move(made["case"], "withdraw")
    response = hall.erase(**body)
    assert_problem(response, 422, "invalid-application")
    assert [(one["pointer"], one["code"]) for one in response.json()["errors"]] == [(pointer, code)]
    assert hall.get(f"/v1/decisions/{made['id']}").status_code == 200


def test_the_ground_may_name_nobody(hall):
    made = elders(hall).json()
    hall.move(made["case"], "withdraw")
    response = hall.erase(case=made["case"], ground="测试壬本人申请")
    assert_problem(response, 422, "invalid-application")
    assert codes(response) == ["personal-ground"] and response.json()["errors"][0]["pointer"] == "/ground"


def test_what_is_not_there_cannot_be_erased(hall):
    for target in ({"decision": UNKNOWN}, {"case": UNKNOWN}, {"person": {"id_type": "resident_id", "id_number": ELDER["id_number"]}}):
        problem = assert_problem(hall.erase(**target), 404, "unknown-record")
        assert ELDER["id_number"] not in json.dumps(problem)


def test_only_trusted_callers_erase(open_hall):
    hall = open_hall(trusted_tokens=frozenset({"t"}))
    assert_problem(hall.erase(case=UNKNOWN), 403, "untrusted-caller")
