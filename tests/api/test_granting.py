"""What is blocked or not found out is not granted, refusing stays free; and what a provider says of a case that was granted meanwhile."""

from __future__ import annotations

import pytest

from api.records.granting import waiting
from tests.api.door import assert_problem, fixture
from tests.api.hall import Hall
from tests.api.test_openapi import assert_fits
from tests.api.test_tickets import DRIVER, PAPER, RECORD, REMARRIED, answer, dispute, entry, queries, story, ticket

COUPLE, HOME, EN = "housing_fund_rent_couple_ezhou", "no_home_certificate", {"Accept-Language": "en"}


@pytest.fixture
def hall(tmp_path):
    """A service on an empty file."""
    made = Hall(f"sqlite:///{tmp_path / 'records.db'}")
    yield made
    made.close()


def unchecked(hall):
    """A driver whose record could not be queried and that nobody has checked."""
    evidence = {**fixture(DRIVER)["evidence"], "checks": {RECORD: {"result": "inconclusive"}}}
    made = hall.decide(DRIVER, choices={}, evidence=evidence).json()
    assert entry(made, RECORD)["route"] == "agency_followup"
    assert hall.move(made["case"], "accept").status_code == 200
    return made


def test_what_waits_for_the_authority_is_granted_once_it_has_found_out(hall):
    case = unchecked(hall)["case"]
    refused = hall.move(case, "grant")
    assert_problem(refused, 409, "conflict")
    assert "还在等部门查明" in refused.json()["detail"] and "evidence.checks" in refused.json()["detail"] and "不能向申请人要" in refused.json()["detail"]
    english = hall.call("POST", f"/v1/cases/{case}/moves", json={"move": "grant", "officer": {"id": "FS-0421", "role": "x"}}, headers=EN).json()["detail"]
    assert "the applicant is not asked for it" in english and '"safe_driving_record":{"result":"confirmed"}' in english and "公安" not in english
    assert story(hall, case)["state"] == "accepted"
    hall.again(case, {"evidence": queries(DRIVER) | {"checks": {RECORD: {"result": "confirmed"}}}})
    assert hall.move(case, "grant").json()["state"] == "granted"


def test_a_query_nobody_made_is_named_with_where_its_answer_goes(hall):
    evidence = fixture(DRIVER)["evidence"]
    made = hall.decide(DRIVER, evidence={**evidence, "queries": {key: one for key, one in evidence["queries"].items() if key != "driving_licence"}}).json()
    assert entry(made, "driving_licence")["status"] == "awaiting_authority"
    hall.move(made["case"], "accept")
    refused = hall.move(made["case"], "grant")
    assert_problem(refused, 409, "conflict")
    assert '{"queries":{"driving_licence":{"result":"valid"}}}' in refused.json()["detail"]


def test_refusing_is_free(hall):
    case = unchecked(hall)["case"]
    assert hall.move(case, "refuse").json()["state"] == "refused"


def copy(material, **more):
    return {"material": material, "name": material, "name_en": material, "route": "submit", "status": "settled", "satisfied": "yes", "finding": None,
            "residuals": [], **more}


@pytest.mark.parametrize(("status", "chosen", "expected"), [("settled", 0, []), ("settled", 1, ["b"]), ("awaiting_authority", None, ["b"])])
def test_a_list_of_alternatives_that_was_not_taken_keeps_nobody_waiting(status, chosen, expected):
    ways = [{"chosen": chosen == place, "materials": [one]} for place, one in enumerate((
        copy("a"), copy("b", route="agency_followup", satisfied="waiting", residuals=[{"source": "register"}])))]
    body = {"materials": [copy("group", status=status, alternatives=ways)], "establishes": [], "awaiting": []}
    assert [one.key for one in waiting(body)] == expected


def test_what_waits_for_the_applicant_or_for_a_record_keeps_no_grant_waiting():
    body = {"materials": [copy("a", satisfied="waiting"), copy("b", status="awaiting_authority", satisfied="waiting", person="p1"),
                          copy("c", route="agency_check")], "establishes": [], "awaiting": [{"kind": "record", "fact": "on_file_state", "material": "b/p1"}]}
    assert waiting(body) == ()
    queried = {**body, "awaiting": [{"kind": "query", "fact": "query_result", "material": "b/p1", "source": "register"}]}
    assert [(one.kind, one.key, one.source) for one in waiting(queried)] == [("query", "b/p1", "register")]
    own = {**body, "materials": [copy("b", status="awaiting_authority", person="applicant")], "awaiting": [{"kind": "check", "material": "b"}]}
    assert [(one.kind, one.key) for one in waiting(own)] == [("check", "b")]      # the applicant's own copy is named without a person


def test_what_is_blocked_is_not_granted_and_a_dispute_needs_the_document(hall):
    made = hall.decide(COUPLE, evidence=queries(COUPLE, **{HOME: "valid"})).json()
    case = made["case"]
    assert made["outcome"] == "blocked"
    hall.move(case, "accept")
    refused = hall.move(case, "grant")
    assert_problem(refused, 409, "conflict")
    assert "现行的判断是不能受理" in refused.json()["detail"] and "“无房证明”" in refused.json()["detail"] and "/disputes" in refused.json()["detail"]
    assert dispute(hall, case, HOME).json()["outcome"] == "supplement"
    signed = hall.again(case, {"choices": {HOME: {"commitment": "yes", "signed_by": "self"}}}).json()
    assert (signed["outcome"], entry(signed, HOME)["route"]) == ("supplement", "submit")      # two sentences are no document


def test_a_step_the_state_does_not_allow_is_told_before_anything_else(hall):
    case = hall.decide(COUPLE, evidence=queries(COUPLE, **{HOME: "valid"})).json()["case"]
    assert_problem(hall.move(case, "grant"), 409, "illegal-move")


@pytest.mark.parametrize(("found", "text"), [("confirmed", "答复数据无误"), ("corrected", "已经更正数据")])
def test_an_answer_about_a_granted_case_is_told_and_changes_nothing(hall, found, text):
    made = hall.decide(REMARRIED, evidence=queries(REMARRIED, **{PAPER: "valid"})).json()
    case = made["case"]
    [one] = dispute(hall, case).json()["tickets"]
    hall.call("POST", f"/v1/cases/{case}/materials", json={"officer": {"id": "FS-0421", "role": "窗口"}, "material": PAPER, "trust": "B"})
    hall.move(case, "accept")
    assert hall.move(case, "grant").json()["state"] == "granted"
    answer(hall, one["id"], found)
    told = story(hall, case)
    [alert] = told["alerts"]
    assert_fits("CaseStory", told)
    assert (told["state"], told["decide_again"], alert["kind"], alert["code"], alert["card"]) == ("granted", False, "ticket", "granted_on_other_data", "none")
    assert text in alert["zh"] and "撤销、更正由人定" in alert["zh"] and "is for people" in alert["en"] and "民政" not in alert["en"]


# -- words ------------------------------------------------------------------------------------------------------------

def test_numbers_in_free_words_are_not_read_out(hall):
    case = hall.decide(REMARRIED, evidence=queries(REMARRIED, **{PAPER: "valid"})).json()["case"]
    [one] = dispute(hall, case, reason="不是我，我的号码是420704198001010007，护照E12345678").json()["tickets"]
    answer(hall, one["id"], "confirmed", "核对 4207 0419 8001 0100 07，联系工单 6c0f2a1e-8f3a-4f0e-9d55-0a6b8a2a3c11")
    steps = ticket(hall, one["id"])["steps"]
    assert [step["reason"] for step in steps if step["reason"]] == ["不是我，我的号码是***，护照***"]
    assert [step["note"] for step in steps if step["note"]] == ["核对 ***，联系工单 6c0f2a1e-8f3a-4f0e-9d55-0a6b8a2a3c11"]


def test_a_dispute_speaks_of_the_paper_and_says_which_word_was_wrong(hall):
    case = hall.decide(REMARRIED, evidence=queries(REMARRIED, **{PAPER: "valid"})).json()["case"]
    dispute(hall, case)
    twice = dispute(hall, case).json()["detail"]
    assert "“结婚证”" in twice and PAPER not in twice
    assert "“标准照片”" not in twice and PAPER not in dispute(hall, case, "id_photo").json()["detail"]
    [material] = dispute(hall, case, "结昏证").json()["errors"]
    [person] = dispute(hall, case, person="zz").json()["errors"]
    assert (material["field"], person["field"], person["allowed"][0]) == ("material", "person", "applicant")


def test_what_cannot_be_done_to_a_ticket_names_what_somebody_can_do(hall):
    [one] = hall.decide(DRIVER).json()["tickets"]
    early = hall.call("POST", f"/v1/tickets/{one['id']}/close", json={"officer": {"id": "FS-0421", "role": "窗口"}})
    assert_problem(early, 409, "illegal-move")
    assert "现在可以做的：答复查询已恢复。" in early.json()["detail"]
    answer(hall, one["id"], "restored")
    assert "现在可以做的：了结。" in answer(hall, one["id"], "restored").json()["detail"]


@pytest.mark.parametrize(("query", "field"), [("?source=zz", "query.source"), ("?division=999", "query.division"), ("?provider=zz", "query.provider"),
                                              ("/summary?division=999", "query.division")])
def test_a_misspelt_filter_is_told_and_no_empty_list(hall, query, field):
    found = hall.get(f"/v1/tickets{query}")
    assert_problem(found, 422, "invalid-parameter")
    assert [one["field"] for one in found.json()["errors"]] == [field]


def test_the_english_words_are_english_and_a_consultation_announces_no_ticket(hall):
    evidence = {**fixture(DRIVER)["evidence"], "checks": {RECORD: {"result": "inconclusive"}}}
    made = hall.decide(DRIVER, "?explain=full", choices={}, evidence=evidence, headers=EN).json()
    assert "公安" not in made["tickets_text"] and "a ticket went to its provider" in made["tickets_text"]
    [sent] = [one["text"] for one in made["awaiting"] if one.get("task") == "ticket_to_provider"]
    assert "whoever answers for" in sent and "when the application is recorded" in sent
    consulted = hall.decide(DRIVER, "?record=false", choices={}, evidence=evidence).json()
    [said] = [one["text"] for one in consulted["awaiting"] if one.get("task") == "ticket_to_provider"]
    assert "在正式收件时向公安机关发出数据问题工单" in said and "tickets" not in consulted
