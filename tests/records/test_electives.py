"""What the applicant chose in the application itself leaves its letter, its check and its term, or is not recorded at all."""

from __future__ import annotations

import pytest

from api.settings import Settings
from tests.api.door import app, assert_problem, call, codes, decide, fixture

JOB, PAPER = "unemployment_commitment_dechang", "employment_end_certificate"
LATER = "company_setup_jiayuguan_appointment_missing"


@pytest.fixture
def door(database_url):
    """The service on the database."""
    made = app(Settings(database=database_url))
    yield made
    made.state.service.close()


def story(door, case):
    return call("GET", f"/v1/cases/{case}", to=door).json()


def anew(door, case, document, **more):
    return call("POST", f"/v1/cases/{case}/decisions", to=door, json=document, **more)


def test_a_commitment_signed_at_intake_has_its_letter_and_its_check(door):
    found = decide(fixture(JOB), to=door).json()
    [one] = story(door, found["case"])["commitments"]
    assert (one["material"], one["state"], one["signed_by"], one["decision_id"]) == (PAPER, "signed", "self", found["id"])
    letter = call("GET", f"/v1/commitments/{one['id']}/letter", to=door, headers={"Accept": "text/plain"}).text
    assert "不实承诺" in letter and "测试" in letter
    [check] = [clock for clock in story(door, found["case"])["clocks"] if clock["kind"] == "check"]
    residual = next(row for entry in found["materials"] if entry["material"] == PAPER for row in entry["residuals"] if row["action"] == "check_commitment")
    assert (check["subject_id"], check["due"], check["state"]) == (one["id"], residual["due"], "running")
    acts = [(act["subject"], act["move"], act["by"]["party"]) for act in story(door, found["case"])["acts"]]
    assert acts == [("commitment", "offer", "applicant"), ("commitment", "sign", "applicant")]


def test_a_deferral_promised_at_intake_has_its_term(door):
    found = decide(fixture(LATER), to=door).json()
    [one] = story(door, found["case"])["deferrals"]
    residual = next(row for entry in found["materials"] if entry["route"] == "deferral" for row in entry["residuals"] if row["action"] == "supplement")
    assert (one["state"], one["due"]) == ("promised", residual["due"])
    assert [clock["due"] for clock in story(door, found["case"])["clocks"] if clock["kind"] == "supplement"] == [residual["due"]]


def test_sent_again_under_the_same_key_it_is_recorded_once(door):
    first, again = (decide(fixture(JOB), to=door, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert again.headers["idempotent-replayed"] == "true" and first.json() == again.json()
    assert len(story(door, first.json()["case"])["commitments"]) == 1


def test_a_signature_without_a_name_is_no_signature_and_nothing_is_recorded(door):
    application = fixture(JOB)
    application["applicant"].pop("name")
    response = decide({**application, "case": "DC-1"}, to=door)
    assert_problem(response, 422, "invalid-application")
    assert set(codes(response)) == {"letter-incomplete"}
    assert call("GET", "/v1/cases?number=DC-1", to=door).json()["cases"] == []
    assert decide({**application, "case": "DC-1"}, "?record=false", to=door).status_code == 200
    assert decide({**fixture(JOB), "case": "DC-1"}, to=door).status_code == 200      # the number is still free


def test_stating_the_same_choice_again_changes_nothing_and_taking_it_back_leaves_no_mark(door):
    application = fixture(JOB)
    case = decide(application, to=door).json()["case"]
    assert anew(door, case, {"choices": application["choices"]}).status_code == 200
    assert [one["state"] for one in story(door, case)["commitments"]] == ["signed"]
    back = anew(door, case, {"choices": {PAPER: {"commitment": "no"}}}).json()
    assert next(one for one in back["materials"] if one["material"] == PAPER)["route"] != "commitment"
    told = story(door, case)
    assert [one["state"] for one in told["commitments"]] == ["withdrawn"]
    assert [clock["state"] for clock in told["clocks"] if clock["kind"] == "check"] == ["stopped"]
    assert told["alerts"] == [] and call("GET", "/v1/credit-records", to=door).json()["records"] == []
    assert anew(door, case, {"choices": application["choices"]}).status_code == 200
    assert sorted((one["round"], one["state"]) for one in story(door, case)["commitments"]) == [(1, "withdrawn"), (2, "signed")]


def test_a_letter_offered_before_is_signed_by_the_statement(door):
    application = fixture(JOB)
    case = decide({**application, "choices": {}}, to=door).json()["case"]
    offered = call("POST", "/v1/commitments", to=door, json={"case": case, "material": PAPER})
    assert offered.status_code == 201, offered.text
    assert anew(door, case, {"choices": application["choices"]}).status_code == 200
    [one] = story(door, case)["commitments"]
    assert (one["id"], one["state"]) == (offered.json()["id"], "signed")


def test_a_guardian_who_does_not_act_cannot_have_signed(door):
    application = fixture(JOB)
    application["choices"][PAPER]["signed_by"] = "guardian"
    refused = decide(application, to=door)
    assert_problem(refused, 422, "invalid-application")
    assert codes(refused) == ["signer-does-not-act"]


@pytest.mark.parametrize(("signer", "kind"), [("agent", "authorised_agent"), ("helper", "official_helper")])
def test_nothing_rests_on_a_signature_the_rules_do_not_take(door, signer, kind):
    application = fixture(JOB) | {"agent": {"kind": kind, "authorised": True}}
    application["choices"][PAPER]["signed_by"] = signer
    found = decide(application, to=door).json()
    assert next(one for one in found["materials"] if one["material"] == PAPER)["route"] == "submit"
    assert story(door, found["case"])["commitments"] == []
