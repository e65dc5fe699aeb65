"""Tickets to data providers over HTTP: what a decision owes is listed with it, answered, closed; and the applicant's dispute of data."""

from __future__ import annotations

import pytest

from tests.api.door import assert_problem, codes, fixture
from tests.api.hall import OFFICER, RENT, UNKNOWN, Hall
from tests.api.test_openapi import assert_fits

PROVIDER = {"id": "MZ-0102", "role": "数据管理员"}
DRIVER, REMARRIED, OWNER = "coach_driver_source_down_ezhou", "childbirth_remarried_dechang", "house_sale_owner_differs_ezhou"
RECORD, PAPER = "safe_driving_record", "marriage_certificate"


@pytest.fixture
def hall(tmp_path):
    """A service on an empty file."""
    made = Hall(f"sqlite:///{tmp_path / 'records.db'}")
    yield made
    made.close()


def queries(name, **results):
    """The evidence of a sample with these answers."""
    evidence = fixture(name)["evidence"]
    return {**evidence, "queries": {**evidence.get("queries", {}), **{key: {"result": one} for key, one in results.items()}}}


def story(hall, case):
    return hall.get(f"/v1/cases/{case}").json()


def ticket(hall, ticket_id):
    found = hall.get(f"/v1/tickets/{ticket_id}")
    assert found.status_code == 200, found.text
    assert_fits("TicketAnswer", found.json())
    return found.json()


def answer(hall, ticket_id, found, note=""):
    return hall.call("POST", f"/v1/tickets/{ticket_id}/answer", json={"officer": PROVIDER, "found": found, "note": note})


def dispute(hall, case, material=PAPER, **more):
    return hall.call("POST", f"/v1/cases/{case}/disputes", json={"officer": OFFICER, "material": material, "reason": "登记的不是我本人", **more})


def take_back(hall, case, material=PAPER, **more):
    return hall.call("POST", f"/v1/cases/{case}/disputes/withdraw", json={"officer": OFFICER, "material": material, **more})


def entry(decision, material):
    return next(one for one in decision["materials"] if one["material"] == material)


def test_a_decision_lists_its_tickets_and_says_so_in_both_languages(hall):
    assert hall.decide(DRIVER).json()["tickets_text"] == "“道路交通责任事故记录”查询中断，已向公安机关发出工单。"      # the applicant chose to commit
    made = hall.decide(REMARRIED)
    assert_fits("Decision", made.json())
    [one] = made.json()["tickets"]
    assert {**one, "id": ""} == {"id": "", "kind": "outage", "source": "marriage_records", "provider": "民政部门", "material": PAPER}
    assert made.json()["tickets_text"] == "“婚姻登记信息”查询中断，已向民政部门发出工单，由部门补核，不用您补材料。"
    english = hall.get(f"/v1/decisions/{made.json()['id']}", headers={"Accept-Language": "en"}).json()
    assert english["tickets"] == [one] and "need not hand anything in" in english["tickets_text"]
    assert "tickets_text" not in hall.get(f"/v1/decisions/{made.json()['id']}?explain=off").json()
    again = hall.call("POST", f"/v1/decisions/{made.json()['id']}/replay").json()
    assert again["identical"]
    plain = hall.decide(RENT).json()
    assert "tickets" not in plain and "tickets_text" not in plain and hall.get(f"/v1/cases/{plain['case']}").json()["tickets"] == []
    assert "tickets" not in hall.decide(DRIVER, "?record=false").json()


def test_a_decision_that_owes_nothing_is_written_with_the_others_as_before(hall, monkeypatch):
    def alone(*_):
        raise AssertionError("an act of its own costs a savepoint and a transaction's turn")

    monkeypatch.setattr(hall.app.state.service.records, "act", alone)
    assert hall.decide(RENT).status_code == 200


def test_sent_again_under_one_key_it_lists_the_same_ticket(hall):
    first, again = (hall.decide(DRIVER, headers={"Idempotency-Key": "k-9"}) for _ in range(2))
    assert again.headers["idempotent-replayed"] == "true" and first.json() == again.json()
    assert len(hall.get("/v1/tickets").json()["tickets"]) == 1


def test_two_cases_wait_for_one_outage_and_are_told_when_it_is_over(hall):
    one, other = hall.decide(DRIVER).json(), hall.decide(DRIVER).json()
    [opened] = one["tickets"]
    assert other["tickets"] == [opened]
    whole = ticket(hall, opened["id"])
    assert (whole["state"], whole["cases_count"], whole["may"], whole["due"]) == ("open", 2, ["restored"], None)
    assert [copy["case_id"] for copy in whole["cases"]] == [one["case"], other["case"]]
    assert_problem(answer(hall, opened["id"], "corrected"), 409, "conflict")
    done = answer(hall, opened["id"], "restored", "线路已恢复").json()
    assert (done["state"], done["answer"], [step["move"] for step in done["steps"]]) == ("answered", "restored", ["open", "restored"])
    assert done["steps"][1]["note"] == "线路已恢复" and done["steps"][1]["by"]["officer"] == "MZ-0102"
    assert_problem(answer(hall, opened["id"], "restored"), 409, "illegal-move")
    for case in (one["case"], other["case"]):
        told = story(hall, case)
        assert_fits("CaseStory", told)
        assert told["decide_again"] is True
        [alert] = told["alerts"]
        assert (alert["kind"], alert["code"], alert["card"]) == ("ticket", "decide_again", "none") and "公安机关已经恢复查询" in alert["zh"]
    assert len(hall.get("/v1/alerts?kind=ticket").json()["alerts"]) == 2
    hall.hands.now = hall.hands.now.replace(hour=3)
    # the same day's answer was overtaken: without a new one the authority looks again, nobody else
    anew = hall.again(one["case"], {}).json()
    assert (entry(anew, RECORD)["status"], anew.get("tickets")) == ("awaiting_authority", [opened])
    settled = hall.again(one["case"], {"evidence": queries(DRIVER, **{RECORD: "not_found"})}).json()
    assert entry(settled, RECORD)["route"] == "shared" and "tickets" not in settled
    assert story(hall, one["case"])["decide_again"] is False
    assert ticket(hall, opened["id"])["state"] == "closed"
    assert story(hall, other["case"])["decide_again"] is True
    later = hall.decide(DRIVER).json()
    assert later["tickets"][0]["id"] != opened["id"]      # down once more: another outage


def test_a_later_answer_of_the_source_ends_the_outage_by_itself(hall):
    one, other = hall.decide(DRIVER).json(), hall.decide(DRIVER).json()
    hall.hands.now = hall.hands.now.replace(hour=3)
    hall.again(one["case"], {"evidence": queries(DRIVER, **{RECORD: "not_found"})})
    [told] = story(hall, one["case"])["tickets"]
    assert (told["state"], told["answer"]) == ("closed", "restored")
    assert [(act["move"], act["by"]["party"]) for act in story(hall, one["case"])["acts"] if act["subject"] == "ticket"] == [
        ("open", "clock"), ("restored", "clock"), ("close", "clock")]
    assert story(hall, one["case"])["decide_again"] is False and story(hall, one["case"])["alerts"] == []
    assert story(hall, other["case"])["decide_again"] is True and len(story(hall, other["case"])["alerts"]) == 1


def test_a_mismatch_is_one_ticket_for_each_case(hall):
    first, second = hall.decide(OWNER).json(), hall.decide(OWNER).json()
    kinds = [{one["kind"]: one["id"] for one in made["tickets"]} for made in (first, second)]
    assert kinds[0]["outage"] == kinds[1]["outage"] and kinds[0]["mismatch"] != kinds[1]["mismatch"]
    confirmed = answer(hall, kinds[0]["mismatch"], "confirmed").json()
    assert confirmed["state"] == "answered" and story(hall, first["case"])["decide_again"] is False
    assert hall.call("POST", f"/v1/tickets/{kinds[0]['mismatch']}/close", json={"officer": OFFICER}).json()["state"] == "closed"
    assert_problem(hall.call("POST", f"/v1/tickets/{kinds[1]['mismatch']}/close", json={"officer": OFFICER}), 409, "illegal-move")
    assert hall.move(second["case"], "withdraw").status_code == 200
    assert {one["kind"]: one["state"] for one in story(hall, second["case"])["tickets"]} == {"outage": "open", "mismatch": "closed"}


def test_the_applicant_disputes_the_data_and_the_provider_corrects_them(hall):
    made = hall.decide(REMARRIED, evidence=queries(REMARRIED, **{PAPER: "valid"})).json()
    assert entry(made, PAPER)["route"] == "shared" and "tickets" not in made
    case = made["case"]
    hall.hands.now = hall.hands.now.replace(hour=3)
    said = dispute(hall, case)
    assert_fits("Decision", said.json())
    assert entry(said.json(), PAPER)["route"] == "submit"
    [one] = said.json()["tickets"]
    assert one["kind"] == "correction" and said.json()["tickets_text"] == "您对“婚姻登记信息”有异议，已请民政部门校核；校核期间以您自己的材料为准。"
    assert_problem(dispute(hall, case), 409, "conflict")
    steps = ticket(hall, one["id"])["steps"]
    assert [(step["move"], step["by"]["party"]) for step in steps] == [("open", "clock"), ("dispute", "officer")] and steps[1]["reason"] == "登记的不是我本人"
    assert [ticket(hall, one["id"])["may"], story(hall, case)["decide_again"]] == [["corrected", "confirmed", "no_record"], False]
    hall.hands.now = hall.hands.now.replace(hour=4)
    answer(hall, one["id"], "corrected")
    assert story(hall, case)["decide_again"] is True and "更正数据" in story(hall, case)["alerts"][0]["zh"]
    hall.hands.now = hall.hands.now.replace(hour=5)
    still = hall.again(case, {"evidence": queries(REMARRIED, **{PAPER: "valid"})}).json()      # the dispute stands: no second ticket
    assert entry(still, PAPER)["route"] == "submit" and still["tickets"] == [one]
    back = take_back(hall, case, evidence=queries(REMARRIED, **{PAPER: "valid"})).json()
    assert entry(back, PAPER)["route"] == "shared" and "tickets" not in back
    told = story(hall, case)
    assert [(row["state"], row["answer"]) for row in told["tickets"]] == [("closed", "corrected")] and told["decide_again"] is False
    assert_problem(take_back(hall, case), 409, "conflict")


def test_a_dispute_taken_back_withdraws_its_ticket_and_may_be_raised_again(hall):
    case = hall.decide(REMARRIED, evidence=queries(REMARRIED, **{PAPER: "valid"})).json()["case"]
    [one] = dispute(hall, case, "结婚证").json()["tickets"]
    take_back(hall, case)
    assert [(row["state"], row["answer"]) for row in story(hall, case)["tickets"]] == [("closed", None)]
    moves = [act["move"] for act in story(hall, case)["acts"] if act["subject"] == "ticket"]
    assert moves == ["open", "dispute", "withdraw", "take_back"]
    [other] = dispute(hall, case).json()["tickets"]
    assert other["id"] != one["id"]


def test_what_the_applicant_said_goes_with_the_decision_when_it_is_erased(hall):
    case = hall.decide(REMARRIED, evidence=queries(REMARRIED, **{PAPER: "valid"})).json()["case"]
    said = dispute(hall, case).json()
    [one] = said["tickets"]
    hall.move(case, "withdraw")
    assert [step["reason"] for step in ticket(hall, one["id"])["steps"]] == [None, "登记的不是我本人", None]
    assert hall.erase(decision=said["id"]).status_code == 201
    assert [step["reason"] for step in ticket(hall, one["id"])["steps"]] == [None, None, None]


@pytest.mark.parametrize(("material", "status", "kind"), [("childbirth_form", 422, "invalid-application"), ("id_photo", 409, "conflict")])
def test_what_no_authority_looks_up_cannot_be_disputed(hall, material, status, kind):
    case = hall.decide(REMARRIED).json()["case"]
    before = story(hall, case)
    assert_problem(dispute(hall, case, material), status, kind)
    assert story(hall, case) == before      # nothing was decided, nothing told


def test_wrong_words_and_unknown_ids_are_told(hall):
    case = hall.decide(REMARRIED).json()["case"]
    assert codes(dispute(hall, case, "结昏证")) == ["unknown-material"]
    assert codes(dispute(hall, case, person="nobody")) == ["unknown-person"]
    assert_problem(dispute(hall, UNKNOWN), 404, "unknown-record")
    assert_problem(answer(hall, UNKNOWN, "restored"), 404, "unknown-record")
    assert_problem(hall.get(f"/v1/tickets/{UNKNOWN}"), 404, "unknown-record")
    assert_problem(hall.get(f"/v1/tickets?after={UNKNOWN}"), 404, "unknown-record")


def test_tickets_are_found_by_everything_they_have_and_counted(hall):
    one = hall.decide(OWNER).json()
    hall.hands.now = hall.hands.now.replace(hour=3, minute=30)
    answer(hall, next(row["id"] for row in one["tickets"] if row["kind"] == "mismatch"), "corrected")
    hall.decide(DRIVER)
    listed = hall.get("/v1/tickets")
    assert_fits("TicketList", listed.json())
    assert listed.json()["tickets"][0]["source"] == "traffic_accident_records" and listed.json()["next"] is None
    for query, count in (("kind=outage", 2), ("state=answered", 1), ("source=marriage_records", 1), ("provider=税务部门", 1), ("division=420700", 3),
                         ("division=210400", 0), (f"case={one['case']}", 2), (f"after={listed.json()['tickets'][0]['id']}", 2)):
        assert len(hall.get(f"/v1/tickets?{query}").json()["tickets"]) == count, query
    found = hall.get("/v1/tickets/summary?division=420700").json()
    assert_fits("TicketSummary", found)
    rows = {row["source"]: row for row in found["sources"]}
    assert rows["marriage_records"] == {"provider": "民政部门", "source": "marriage_records", "opened": 1, "open": 0, "answered": 1, "outages": 0, "cases": 1,
                                        "mean_hours": 2.0}
    assert (rows["deed_tax_records"]["open"], rows["deed_tax_records"]["outages"], rows["deed_tax_records"]["mean_hours"]) == (1, 1, None)
    assert hall.get("/v1/tickets/summary?since=2026-11-23").json()["sources"] == []


def test_only_trusted_callers_see_tickets(tmp_path):
    hall = Hall(f"sqlite:///{tmp_path / 'records.db'}", trusted_tokens=("t0",))
    try:
        for method, path in (("GET", "/v1/tickets"), ("GET", "/v1/tickets/summary"), ("GET", f"/v1/tickets/{UNKNOWN}"), ("POST", f"/v1/tickets/{UNKNOWN}/answer"),
                             ("POST", f"/v1/tickets/{UNKNOWN}/close"), ("POST", f"/v1/cases/{UNKNOWN}/disputes"),
                             ("POST", f"/v1/cases/{UNKNOWN}/disputes/withdraw")):
            assert_problem(hall.call(method, path, **({"json": {}} if method == "POST" else {})), 403, "untrusted-caller")
    finally:
        hall.close()
