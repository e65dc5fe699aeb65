"""一件事一次办 over HTTP and in the records: a case a step, decided again as steps move, one list fixed once by the lead unit."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import select

from api.records.log import decision, every_decision, verify
from api.records.replay import replay
from api.records.tables import LogContent, Received
from api.settings import Settings
from engine.application import BundleApplication
from engine.bundles import decide_bundle
from tests.api.door import app, assert_problem, call, codes, get
from tests.api.hall import GROUND, KEY, OFFICER, UNKNOWN
from tests.api.test_openapi import assert_fits
from tests.bundled import decider

BUNDLES = Path(__file__).resolve().parents[2] / "fixtures" / "bundles"
LEAD = {"officer": OFFICER, "unit": "市场监管部门"}
LICENCE = "business_licence"


def sample(name: str = "open_a_company_fushun", **changes) -> dict:
    return {key: value for key, value in json.loads((BUNDLES / f"{name}.json").read_text("utf-8")).items() if key != "bundle"} | changes


def opening(hall, query: str = "", headers=None, **changes):
    return hall.call("POST", f"/v1/bundles/open_a_company/decisions{query}", json=sample(**changes), headers=headers)


def again(hall, bundle: str, document: dict | None = None, **more):
    return hall.call("POST", f"/v1/bundle-cases/{bundle}/decisions", json=document or {}, **more)


def steps(answer: dict) -> dict[str, dict]:
    return {one["item"]: one for one in answer["steps"]}


def row(answer: dict, code: str) -> dict:
    return next(one for one in answer["materials"] if one["material"] == code)


def entry(step: dict, code: str) -> dict:
    return next(one for one in step["decision"]["materials"] if one["material"] == code)


def answers_hold(hall) -> None:
    """Every recorded decision is made again byte for byte, and the log is whole."""
    records = hall.app.state.service.records
    with records.reading() as session:
        assert verify(session).flaws == []
        ids = list(every_decision(session))
        assert ids and all(replay(decision(session, one), records.rulebooks).identical for one in ids)


# —— guides ——

def test_the_guides_say_which_steps_there_are_and_what_they_issue():
    listed = get("/v1/bundles").json()
    assert_fits("BundleList", listed)
    assert {one["code"] for one in listed["bundles"]} == {"open_a_company", "birth_of_a_child"}
    guide = get("/v1/bundles/企业开办一件事", headers={"Accept-Language": "en"}).json()
    assert_fits("BundleGuide", guide)
    assert [one["material"] for one in guide["chain"][0]["outputs"]] == [LICENCE] and guide["chain"][0]["needed"] is None
    assert guide["chain"][3]["needed"]["kind"] == "phrase" or guide["chain"][3]["needed"]["parts"]
    assert guide["situations"][0]["question"].startswith("Do you want")
    for path in ("/v1/bundles/open_a_compny", "/v1/bundles/none"):
        assert_problem(get(path), 404, "unknown-bundle")
    assert_problem(call("POST", "/v1/bundles/none/decisions", json=sample()), 404, "unknown-bundle")


# —— deciding ——

@pytest.mark.parametrize(("name", "level", "language"), [
    ("open_a_company_fushun", "off", "zh"), ("open_a_company_fushun", "full", "en"), ("birth_of_a_child_ezhou", "summary", "zh")])
def test_a_consultation_keeps_nothing_and_fits_its_description(hall, name, level, language):
    code = name.rpartition("_")[0]
    document = sample(name)
    assert_fits("BundleApplication", document)
    response = hall.call("POST", f"/v1/bundles/{code}/decisions?record=false&explain={level}&on=2026-11-20", json=document, headers={"Accept-Language": language})
    found = response.json()
    assert_fits("BundleDecision", found)
    assert (found["id"], found["bundle_case"], {one["case"] for one in found["steps"]}) == (None, None, {None})
    assert ("head" in found) is (level != "off")
    assert hall.get("/v1/cases").json()["cases"] == []


def test_without_records_it_is_decided_all_the_same():
    response = call("POST", "/v1/bundles/open_a_company/decisions", to=app(Settings(database=None)), json=sample())
    assert response.status_code == 200 and response.json()["id"] is None


def test_what_is_wrong_is_told_with_its_place(hall):
    assert codes(opening(hall, item="company_registration")) == ["unknown-field"]
    assert codes(opening(hall, situation={"hires": True})) == ["unknown-situation"]
    assert codes(opening(hall, deciding_divisions={"seal": "210400"})) == ["unknown-step"]
    assert codes(opening(hall, case="n" * 77)) == ["too-long"]
    assert opening(hall, "?on=2026-11-19").json()["errors"][0]["field"] == "accepted_on"
    assert hall.get("/v1/bundle-cases").json()["bundle_cases"] == []


def test_evidence_is_for_trusted_callers_and_so_are_bundles_under_way(open_hall):
    hall = open_hall(trusted_tokens=("t",))
    assert_problem(opening(hall), 403, "untrusted-evidence")
    document = {name: value for name, value in sample().items() if name != "evidence"}
    made = hall.call("POST", "/v1/bundles/open_a_company/decisions", json=document)
    assert made.status_code == 200 and made.json()["id"]
    for method, path in (("GET", ""), ("GET", f"/{UNKNOWN}"), ("POST", f"/{UNKNOWN}/decisions"), ("POST", f"/{UNKNOWN}/list"), ("GET", f"/{UNKNOWN}/list")):
        assert_problem(hall.call(method, f"/v1/bundle-cases{path}", **({"json": {}} if method == "POST" else {})), 403, "untrusted-caller")


def test_opening_makes_a_case_a_step_with_its_decision_and_its_own_materials(hall):
    found = opening(hall, case="FS-1").json()
    assert_fits("BundleDecision", found)
    assert len(found["steps"]) == 6 and found["counts"]["asked"] < found["counts"]["one_by_one"]
    stories = {one["item"]: hall.get(f"/v1/cases/{one['case']}").json() for one in found["steps"]}
    assert [one["number"] for one in stories.values()] == [f"FS-1/{place}" for place in range(1, 7)]
    assert all(one["state"] == "received" and len(one["decisions"]) == 1 for one in stories.values())
    received = {item: sorted(one["material"] for one in story["received"]) for item, story in stories.items()}
    assert received == {"company_registration": ["company_setup_form", "power_of_attorney"], **{key: [] for key in list(received)[1:]}}
    seen = hall.get(f"/v1/bundle-cases/{found['bundle_case']}").json()
    assert_fits("BundleCaseAnswer", seen)
    assert (seen["number"], seen["decide_again"], [one["case"] for one in seen["steps"]]) == ("FS-1", False, [one["case"] for one in found["steps"]])
    listed = hall.get("/v1/bundle-cases?number=FS-1").json()
    assert_fits("BundleCaseList", listed)
    assert [one["id"] for one in listed["bundle_cases"]] == [found["bundle_case"]] and hall.get("/v1/bundle-cases?bundle=x").json()["bundle_cases"] == []
    assert_problem(opening(hall, case="FS-1"), 409, "conflict")
    answers_hold(hall)


def test_a_step_of_which_nothing_is_lacking_has_its_time_running(hall):
    found = opening(hall, handed_in=["seal_filing_form", "power_of_attorney"], presented=[
        {"credential": "resident_id_card", "holder": holder} for holder in ("director", "agent")]).json()
    seal = steps(found)["seal_filing"]
    assert seal["decision"]["outcome"].startswith("accept")
    assert {clock["kind"] for clock in hall.get(f"/v1/cases/{seal['case']}").json()["clocks"]} == {"promised", "legal"}


def test_a_number_of_a_case_of_its_own_is_not_taken_for_a_step(hall):
    hall.decide(case="FS-7/2")
    assert_problem(opening(hall, case="FS-7"), 409, "conflict")
    assert hall.get("/v1/bundle-cases").json()["bundle_cases"] == [] and len(hall.get("/v1/cases").json()["cases"]) == 1


def test_the_same_key_answers_alike_and_never_another_request(hall):
    first = opening(hall, headers=KEY)
    second = opening(hall, headers=KEY)
    assert second.json() == first.json() and second.headers["Idempotent-Replayed"] == "true"
    assert len(hall.get("/v1/cases").json()["cases"]) == 6
    assert_problem(opening(hall, headers=KEY, case="other"), 409, "key-reused")
    bundle, later = first.json()["bundle_case"], {"Idempotency-Key": "k-2"}
    one = again(hall, bundle, headers=later)
    assert again(hall, bundle, headers=later).json() == one.json() and len(hall.get(f"/v1/cases/{one.json()['steps'][0]['case']}").json()["decisions"]) == 2


# —— as steps move ——

def test_a_granted_step_has_issued_what_later_steps_need(hall):
    found = opening(hall).json()
    bundle, first = found["bundle_case"], found["steps"][0]["case"]
    assert hall.move(first, "accept").status_code == hall.move(first, "grant").status_code == 200
    seen = hall.get(f"/v1/bundle-cases/{bundle}").json()
    assert seen["decide_again"] and seen["steps"][0]["outputs"] == [{"material": LICENCE, "state": "issued"}]
    alone = hall.again(found["steps"][2]["case"], {}).json()      # a step decided by itself knows it too, and what others ask for
    assert next(one for one in alone["materials"] if one["material"] == LICENCE)["satisfied"] == "yes"
    assert next(one for one in alone["materials"] if one["material"] == "legal_representative_identity")["reason"] == "asked_once_in_bundle"
    made = again(hall, bundle).json()
    assert_fits("BundleDecision", made)
    assert (row(made, LICENCE)["satisfied"], row(made, LICENCE)["produced_by"], made["supersedes"]) == ("yes", "company_registration", found["id"])
    assert made["steps"][0]["decision_id"] == found["steps"][0]["decision_id"] and row(made, "articles_of_association")["done"]
    assert not hall.get(f"/v1/bundle-cases/{bundle}").json()["decide_again"]
    answers_hold(hall)


def test_a_refused_step_suspends_what_hangs_on_it_and_hands_on_what_it_kept(hall):
    found = opening(hall).json()
    first = found["steps"][0]["case"]
    assert row(found, "power_of_attorney")["kept_by"] == "company_registration"
    for move in ("accept", "refuse"):
        hall.move(first, move)
    made = again(hall, found["bundle_case"]).json()
    assert (made["outcome"], row(made, LICENCE)["status"], row(made, LICENCE)["asked"]) == ("blocked", "suspended", False)
    assert (row(made, "power_of_attorney")["kept_by"], row(made, "power_of_attorney")["satisfied"]) == ("seal_filing", "yes")
    demand = hall.call("POST", "/v1/demands", json={"case": steps(made)["tax_information"]["case"], "stage": "window", "kind": "hand_in", "material": LICENCE,
                                                    "officer": OFFICER}).json()
    assert demand["state"] == "blocked"
    answers_hold(hall)


def test_a_step_alone_takes_over_what_a_refused_step_kept(hall):
    found = opening(hall).json()
    for move in ("accept", "refuse"):
        hall.move(found["steps"][0]["case"], move)
    cases = {one["item"]: one["case"] for one in found["steps"]}
    taken = {item: next(one for one in hall.again(cases[item], {}).json()["materials"] if one["material"] == "power_of_attorney")["route"]
             for item in ("tax_information", "seal_filing")}
    assert taken == {"seal_filing": "submit", "tax_information": "covered"}      # the first that is still running
    answers_hold(hall)


def test_steps_newly_needed_open_their_case_and_those_no_longer_needed_are_withdrawn(hall):
    situation = sample()["situation"]
    found = opening(hall, case="FS-2", situation=situation | {"招用员工": False}).json()
    assert len(found["steps"]) == 4
    more = again(hall, found["bundle_case"], {"situation": situation}).json()
    assert [one["case"] for one in more["steps"] if one["item"] in steps(found)] == [one["case"] for one in found["steps"]]
    new = steps(more)["social_insurance_registration"]
    assert hall.get(f"/v1/cases/{new['case']}").json()["number"] == "FS-2/4"
    decided = steps(more)["housing_fund_registration"]["case"]
    for move in ("accept", "refuse"):      # it cannot be granted: the licence is not there yet
        hall.move(decided, move)
    fewer = again(hall, found["bundle_case"], {"situation": situation | {"招用员工": False}}).json()
    assert len(fewer["steps"]) == 4
    assert hall.get(f"/v1/cases/{new['case']}").json()["state"] == "withdrawn"
    assert hall.get(f"/v1/cases/{decided}").json()["state"] == "refused"      # what is decided stays
    assert hall.call("POST", "/v1/credit-records/search", json={"id_type": "name_reservation", "id_number": "FS20260088"}).json()["records"] == []
    once_more = again(hall, found["bundle_case"], {"situation": situation}).json()      # needed after all: a new case, a new number
    assert steps(once_more)["social_insurance_registration"]["case"] not in (None, new["case"])
    answers_hold(hall)


def test_a_step_of_which_nobody_knows_whether_it_is_needed_has_no_case_yet(hall):
    situation = {name: value for name, value in sample()["situation"].items() if name != "招用员工"}
    found = opening(hall, situation=situation).json()
    assert (steps(found)["social_insurance_registration"]["case"], steps(found)["social_insurance_registration"]["needed"]) == (None, "unknown")
    assert found["questions"][0]["fact"] == "hires_employees" and row(found, "social_insurance_form")["conditional"]
    seen = {one["item"]: one for one in hall.get(f"/v1/bundle-cases/{found['bundle_case']}").json()["steps"]}
    assert (seen["social_insurance_registration"]["needed"], seen["social_insurance_registration"]["case"]) == ("unknown", None)
    answers_hold(hall)


def test_what_one_step_received_serves_all(hall):
    found = opening(hall, handed_in=[]).json()
    case = steps(found)["company_registration"]["case"]
    hall.call("POST", f"/v1/cases/{case}/materials", json={"officer": OFFICER, "material": "power_of_attorney", "trust": "B"})
    made = again(hall, found["bundle_case"]).json()
    assert (row(made, "power_of_attorney")["satisfied"], row(made, "power_of_attorney")["reason"]) == ("yes", "required_by_law")
    with hall.app.state.service.records.reading() as session:
        assert list(session.exec(select(Received.material))) == ["power_of_attorney"]
    answers_hold(hall)


def test_what_came_in_for_a_step_not_yet_known_to_be_needed_stays_when_more_is_handed_in(hall):
    forms = [f"{one}_form" for one in ("company_setup", "seal_filing", "social_insurance")]
    situation = sample()["situation"]
    found = opening(hall, situation={name: value for name, value in situation.items() if name != "招用员工"}, handed_in=forms).json()
    assert (row(found, "social_insurance_form")["satisfied"], steps(found)["social_insurance_registration"]["case"]) == ("yes", None)
    for document in ({"handed_in": ["power_of_attorney"]}, {"handed_in": []}, {"situation": situation}):
        made = again(hall, found["bundle_case"], document).json()
        assert all(row(made, one)["satisfied"] == "yes" for one in (*forms, "power_of_attorney"))
    with hall.app.state.service.records.reading() as session:      # and is the step's own once it has a case
        case = steps(made)["social_insurance_registration"]["case"]
        assert list(session.exec(select(Received.material).where(Received.case_id == case))) == ["social_insurance_form"]
    answers_hold(hall)


def test_place_day_number_and_applicant_stay(hall):
    bundle = opening(hall, case="FS-3").json()["bundle_case"]
    for changed in ({"accepted_on": "2026-11-21"}, {"deciding_division": "420700"}, {"case": "other"},
                    {"applicant": {"kind": "enterprise", "id_type": "name_reservation", "id_number": "FS20260099"}}):
        assert_problem(again(hall, bundle, changed), 409, "conflict")


def test_a_bundle_whose_steps_are_all_closed_is_decided_no_more(hall):
    found = opening(hall).json()
    for one in found["steps"]:
        hall.move(one["case"], "withdraw")
    assert_problem(again(hall, found["bundle_case"]), 409, "conflict")
    assert_problem(again(hall, UNKNOWN), 404, "unknown-record")
    assert_problem(again(hall, found["bundle_case"], {"persons": 3}), 422, "invalid-application")
    assert_problem(hall.call("POST", f"/v1/bundle-cases/{found['bundle_case']}/decisions", json=[]), 422, "invalid-application")


# —— the one list ——

def test_the_lead_unit_fixes_the_list_once_and_nobody_adds_to_it(hall):
    found = opening(hall).json()
    bundle = found["bundle_case"]
    before = hall.get(f"/v1/bundle-cases/{bundle}/list").json()
    assert_fits("BundleListAnswer", before)
    assert before["hash"] is None
    other = hall.call("POST", f"/v1/bundle-cases/{bundle}/list", json=LEAD | {"unit": "税务部门"})
    assert assert_problem(other, 422, "invalid-application")["errors"][0]["allowed"] == ["市场监管部门"]
    assert_problem(hall.call("POST", f"/v1/bundle-cases/{bundle}/list", json=LEAD | {"decision": UNKNOWN}), 409, "conflict")
    fixed = hall.call("POST", f"/v1/bundle-cases/{bundle}/list", json=LEAD | {"decision": found["id"]})
    assert fixed.status_code == 201
    assert_fits("BundleListAnswer", fixed.json())
    assert_problem(hall.call("POST", f"/v1/bundle-cases/{bundle}/list", json=LEAD), 409, "conflict")
    assert {hall.get(f"/v1/cases/{one['case']}").json()["state"] for one in found["steps"]} == {"noticed"}
    tax = steps(found)["tax_information"]["case"]

    def demand(kind: str, material: str, person: str = "") -> dict:
        return hall.call("POST", "/v1/demands", json={"case": tax, "stage": "back_office", "kind": kind, "material": material, "person": person,
                                                      "officer": OFFICER}).json()

    for kind, material, person in (("show", "legal_representative_identity", "director"), ("hand_in", "power_of_attorney", ""), ("hand_in", LICENCE, "")):
        stopped = demand(kind, material, person)      # the list gives it to another step, or an earlier one issues it
        assert stopped["state"] == "blocked" and {one["code"] for one in stopped["violations"]} >= {"outside_decision", "after_notice"}
    assert demand("hand_in", "tax_confirmation_form")["state"] == "recorded"
    made = again(hall, bundle, {"facts": {"data_disputed": {"premises_document": True}}}).json()
    assert hall.get(f"/v1/bundle-cases/{bundle}/list").json()["decision"] == found["id"] != made["id"]      # what is fixed stays
    answers_hold(hall)


def test_a_list_is_fixed_only_of_what_stands(hall):
    found = opening(hall).json()
    hall.again(found["steps"][1]["case"], {})
    assert_problem(hall.call("POST", f"/v1/bundle-cases/{found['bundle_case']}/list", json=LEAD), 409, "conflict")
    again(hall, found["bundle_case"])
    assert hall.call("POST", f"/v1/bundle-cases/{found['bundle_case']}/list", json=LEAD).status_code == 201


def test_the_list_is_a_page_and_a_text_too(hall):
    bundle = opening(hall).json()["bundle_case"]
    page = hall.get(f"/v1/bundle-cases/{bundle}/list", headers={"Accept": "text/html"})
    text = hall.get(f"/v1/bundle-cases/{bundle}/list", headers={"Accept": "text/plain", "Accept-Language": "en"})
    assert "<h1" in page.text and "一件事材料清单" in page.text and text.text.startswith("One list of materials")
    assert_problem(hall.get(f"/v1/bundle-cases/{UNKNOWN}/list"), 404, "unknown-record")


# —— erasing ——

def test_an_erased_bundle_tells_nothing_of_anybody_any_more(hall):
    found = opening(hall).json()
    first = found["steps"][0]["case"]
    hall.move(first, "withdraw")
    assert_problem(hall.erase(case=first), 409, "conflict")      # the other steps go on with what was stated
    for one in found["steps"][1:]:
        hall.move(one["case"], "withdraw")
    erased = hall.call("POST", "/v1/erasures", json={"ground": GROUND, "officer": OFFICER, "case": first})
    assert erased.status_code in (200, 201) and found["id"] in erased.json()["entries"]
    assert_problem(hall.get(f"/v1/bundle-cases/{found['bundle_case']}"), 410, "erased")
    for one in found["steps"][1:]:
        hall.erase(case=one["case"])
    with hall.app.state.service.records.reading() as session:
        assert not any("210400199003070007" in content.decode() for content in session.exec(select(LogContent.content)))
        assert verify(session).flaws == []


def test_the_answer_is_the_engine_s(hall):
    document = sample("birth_of_a_child_ezhou")
    answer = hall.call("POST", "/v1/bundles/birth_of_a_child/decisions?record=false&explain=off&on=2026-11-20", json=document).json()
    body = decide_bundle(decider(), "birth_of_a_child", BundleApplication.model_validate(document), date(2026, 11, 20))
    said = [[(one["material"], one["route"], one["kept_by"]) for one in made["materials"]] for made in (answer, body)]
    assert said[0] == said[1]
