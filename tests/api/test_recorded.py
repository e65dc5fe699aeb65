"""Recorded decisions over HTTP: read again, replayed, answered once per key, decided anew in their case."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.http.app import create_app
from api.settings import Settings
from tests.api.door import assert_problem, call, codes, fixture
from tests.api.hall import ELDER, KEY, RENT, SALE, UNKNOWN, batch
from tests.api.test_openapi import assert_fits
from tests.bundled import rulebook
from tests.records.conftest import Hands
from tests.records.test_replay import RULE, texts_without


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a later rulebook, in which one rule is gone."""
    folder = tmp_path_factory.mktemp("rules")
    for path, said in texts_without(RULE).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(said, "utf-8")
    return folder


# -- reading again ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("level", ["off", "summary", "full"])
def test_a_decision_is_read_again_as_it_was_answered(hall, language, level):
    said = {"Accept-Language": language}
    first = hall.decide(query=f"?explain={level}", headers=said, case="FS-1")
    hall.hands.now = datetime(2027, 2, 1, tzinfo=UTC)
    again = hall.get(f"/v1/decisions/{first.json()['id']}?explain={level}", headers=said)
    assert again.status_code == 200 and again.content == first.content
    assert again.headers["cache-control"] == "no-store" and again.headers["content-language"] == language
    assert first.json()["case_number"] == "FS-1" and first.json()["decided_at"] == "2026-11-22T09:30:00+08:00"


def test_it_is_printed_with_the_words_of_its_own_rulebook(open_hall, later):
    first = open_hall().decide().json()
    hall = open_hall(later)
    assert hall.app.state.service.rulebook.version != first["rulebook"]
    assert hall.get(f"/v1/decisions/{first['id']}").json() == first


@pytest.mark.parametrize("path", ["", "/notice"])
def test_there_is_no_decision_with_another_id(hall, path):
    assert UNKNOWN in assert_problem(hall.get(f"/v1/decisions/{UNKNOWN}{path}"), 404, "unknown-record")["detail"]
    assert_problem(hall.call("POST", f"/v1/decisions/{UNKNOWN}/replay"), 404, "unknown-record")


def test_a_consultation_leaves_nothing(hall):
    told = hall.decide(query="?record=false").json()
    assert told["id"] is None and told["case"] is None
    assert hall.get("/v1/cases").json() == {"cases": [], "next": None}


def test_without_records_nothing_can_be_read_again():
    off = create_app(Settings(), clock=Hands(), rules=rulebook())
    for method, path in (("GET", ""), ("GET", "/notice"), ("POST", "/replay")):
        assert_problem(call(method, f"/v1/decisions/{UNKNOWN}{path}", to=off), 503, "records-off")


# -- the notice ------------------------------------------------------------------------------------------------------

def test_the_notice_as_json(hall):
    made = hall.decide().json()
    response = hall.get(f"/v1/decisions/{made['id']}/notice")
    told = response.json()
    assert_fits("NoticeAnswer", told)
    assert (told["decision"], told["language"], told["heading"]) == (made["id"], "zh-CN", "一次性告知书") and "frozen_at" not in told
    assert {one["value"] for one in told["head"]} >= {"测试甲"} and any("申请人目前是否已婚" in line for one in told["sections"] for line in one["lines"])
    assert response.headers["vary"] == "Accept, Accept-Language" and response.headers["cache-control"] == "no-store"
    assert hall.get(f"/v1/decisions/{made['id']}/notice", headers={"Accept-Language": "en"}).json()["language"] == "en"


@pytest.mark.parametrize(("accept", "media"), [("text/html", "text/html; charset=utf-8"), ("text/html,application/xhtml+xml;q=0.9", "text/html; charset=utf-8"),
                                               ("text/plain", "text/plain; charset=utf-8"), ("*/*", "application/json"), ("application/json", "application/json")])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_notice_is_given_as_the_caller_accepts_it(hall, accept, media, language):
    made = hall.decide().json()["id"]
    told = hall.get(f"/v1/decisions/{made}/notice", headers={"Accept-Language": language}).json()
    response = hall.get(f"/v1/decisions/{made}/notice", headers={"Accept": accept, "Accept-Language": language})
    assert response.status_code == 200 and response.headers["content-type"] == media
    lines = [line for one in told["sections"] for line in one["lines"]]
    assert told["heading"] in response.text and lines and all(line[:20] in response.text.replace("&#34;", '"').replace("&#39;", "'") for line in lines)


def test_a_name_cannot_bring_a_page_to_life(hall):
    made = hall.decide(SALE, applicant={**fixture(SALE)["applicant"], "name": "<script>alert(1)</script>"}).json()["id"]
    page = hall.get(f"/v1/decisions/{made}/notice", headers={"Accept": "text/html"}).text
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page


# -- replay ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", [RENT, SALE, "company_setup_fushun"])
def test_a_replay_gives_the_same_bytes(hall, name):
    made = hall.decide(name).json()
    hall.hands.now = datetime(2028, 2, 1, tzinfo=UTC)
    response = hall.call("POST", f"/v1/decisions/{made['id']}/replay")
    told = response.json()
    assert_fits("ReplayAnswer", told)
    assert response.status_code == 200 and told["identical"] is True and told["digest"] == told["recorded_digest"] and told["differences"] == []
    assert (told["decision"], told["rulebook"]) == (made["id"], made["rulebook"])


# -- keys ------------------------------------------------------------------------------------------------------------



def test_the_same_key_and_request_get_the_same_answer_once(hall):
    first = hall.decide(headers=KEY)
    hall.hands.now = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
    again = hall.decide(headers=KEY)
    assert "idempotent-replayed" not in first.headers and again.headers["idempotent-replayed"] == "true"
    assert again.content == first.content and len(hall.get("/v1/cases").json()["cases"]) == 1


def test_how_a_request_is_written_does_not_matter_and_what_it_says_does(hall):
    first = hall.decide(headers=KEY).json()
    turned = json.dumps(dict(reversed(fixture(RENT).items())), indent=3)
    again = hall.call("POST", "/v1/decisions", content=turned, headers=KEY)
    assert again.json()["id"] == first["id"]
    for other in (hall.decide(SALE, headers=KEY), hall.decide(headers=KEY, query="?on=2026-11-25"), hall.decide(headers=KEY, case="FS-1")):
        assert_problem(other, 409, "key-reused")
    assert hall.decide(headers={"Idempotency-Key": "k-2"}).json()["id"] != first["id"]


def test_a_key_is_its_callers_own(hall):
    first = hall.decide(headers=KEY).json()["id"]
    assert hall.decide(headers={**KEY, "Authorization": "Bearer other"}).json()["id"] != first


def test_a_refused_request_uses_up_no_key(hall):
    assert_problem(hall.decide(headers=KEY, item="none"), 422, "invalid-application")
    assert hall.decide(headers=KEY).status_code == 200


def test_a_consultation_uses_up_no_key(hall):
    assert hall.decide(headers=KEY, query="?record=false").json()["id"] is None
    assert "idempotent-replayed" not in hall.decide(headers=KEY).headers


# -- batches ---------------------------------------------------------------------------------------------------------

def test_every_decision_of_a_batch_is_recorded_and_a_wrong_one_is_not(hall):
    told = batch(hall, fixture(RENT), {**fixture(RENT), "item": "none"}, fixture(SALE)).json()
    assert (told["count"], told["decided"], told["refused"]) == (3, 2, 1)
    ids = [one["decision"]["id"] for one in told["results"] if "decision" in one]
    assert len(set(ids)) == len(hall.get("/v1/cases").json()["cases"]) == 2
    for one in told["results"]:
        if "decision" in one:
            assert hall.get(f"/v1/decisions/{one['decision']['id']}").json() == one["decision"]


def test_a_batch_sent_again_with_its_key_is_answered_alike(hall):
    documents = [fixture(RENT), fixture(SALE), {**fixture(SALE), "item": "none"}]
    first = batch(hall, *documents, headers=KEY).json()
    hall.hands.now = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)      # over midnight, too
    assert batch(hall, *documents, headers=KEY).json() == first
    assert len(hall.get("/v1/cases").json()["cases"]) == 2
    other = batch(hall, documents[1], documents[0], headers=KEY).json()
    assert [one["problem"]["status"] for one in other["results"]] == [409, 409]


def test_one_case_number_twice_in_a_batch_is_one_case(hall):
    told = batch(hall, *({**fixture(RENT), "case": "FS-1"} for _ in range(3))).json()
    decisions = [one["decision"] for one in told["results"]]
    assert len({one["case"] for one in decisions}) == 1 and len({one["id"] for one in decisions}) == 3
    assert sum("supersedes" in one for one in decisions) == 2


# -- deciding a case again -------------------------------------------------------------------------------------------

def test_what_is_stated_replaces_and_the_rest_stays(hall):
    first = hall.decide(case="FS-1").json()
    again = hall.again(first["case"], {"situation": {**fixture(RENT)["situation"], "married": False}})
    told = again.json()
    assert again.status_code == 200 and (told["case"], told["supersedes"], told["case_number"]) == (first["case"], first["id"], "FS-1")
    assert (first["outcome"], told["outcome"]) == ("undetermined", "supplement") and told["accepted_on"] == first["accepted_on"]
    assert hall.get(f"/v1/decisions/{first['id']}").json() == first and hall.get(f"/v1/decisions/{told['id']}").json() == told
    story = hall.get(f"/v1/cases/{first['case']}").json()
    assert story["decision_id"] == told["id"] and [(one["id"], one["supersedes"]) for one in story["decisions"]] == [
        (first["id"], None), (told["id"], first["id"])]
    assert all(hall.call("POST", f"/v1/decisions/{one}/replay").json()["identical"] for one in (first["id"], told["id"]))


def test_the_callers_number_means_another_decision_of_the_case(hall):
    first, other = hall.decide(case="FS-1").json(), hall.decide(case="FS-2").json()
    again = hall.decide(case="FS-1").json()
    assert (again["case"], again["supersedes"]) == (first["case"], first["id"]) and other["case"] != first["case"]


@pytest.mark.parametrize(("document", "field"), [
    ({"item": "house_sale_transfer"}, "item"), ({"deciding_division": "620200"}, "deciding_division"), ({"accepted_on": "2026-11-21"}, "accepted_on"),
    ({"case": "FS-9"}, "case")])
def test_a_case_stays_what_it_is(hall, document, field):
    first = hall.decide(case="FS-1").json()
    assert field in assert_problem(hall.again(first["case"], document), 409, "conflict")["detail"]
    assert_problem(hall.again(first["case"], {"applicant": ELDER}), 409, "conflict")
    assert len(hall.get(f"/v1/cases/{first['case']}").json()["decisions"]) == 1


def test_a_closed_case_is_not_decided_again(hall):
    first = hall.decide(case="FS-1").json()
    assert hall.move(first["case"], "withdraw").status_code == 200
    for response in (hall.again(first["case"], {}), hall.decide(case="FS-1")):
        assert "撤回" in assert_problem(response, 409, "conflict")["detail"]


def test_mistakes_in_what_is_stated_are_told_at_their_place(hall):
    first = hall.decide(case="FS-1").json()
    response = hall.again(first["case"], {"situation": {"maried": True}, "handed_in": "lease"})
    assert_problem(response, 422, "invalid-application")
    assert "/handed_in" in [one["pointer"] for one in response.json()["errors"]]
    response = hall.again(first["case"], {"situation": {"maried": True}})
    assert codes(response) == ["unknown-situation"]
    assert_problem(hall.again(first["case"], []), 422, "invalid-application")
    assert_problem(hall.again(UNKNOWN, {}), 404, "unknown-record")


def test_a_key_answers_a_second_decision_once_too(hall):
    first = hall.decide(case="FS-1").json()
    one = hall.again(first["case"], {"situation": {}}, headers=KEY)
    two = hall.again(first["case"], {"situation": {}}, headers=KEY)
    assert two.content == one.content and two.headers["idempotent-replayed"] == "true"
    assert_problem(hall.again(first["case"], {"handed_in": []}, headers=KEY), 409, "key-reused")
    assert len(hall.get(f"/v1/cases/{first['case']}").json()["decisions"]) == 2


def routes(told):
    return {one["material"]: (one["route"], one["status"]) for one in told["materials"] if one.get("person") is None}


def test_evidence_is_a_fact_of_its_own_day_only(hall):
    first = hall.decide(SALE).json()
    shared = ("shared", "settled")
    assert routes(first)["deed_tax_receipt"] == shared
    assert routes(hall.again(first["case"], {}).json())["deed_tax_receipt"] == shared
    hall.hands.now = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
    later = hall.again(first["case"], {}).json()
    assert later["as_of"] == "2026-11-23" and routes(later)["deed_tax_receipt"][1] == "awaiting_authority"
    stated = hall.again(first["case"], {"evidence": fixture(SALE)["evidence"]}).json()
    assert routes(stated)["deed_tax_receipt"] == shared
    assert routes(hall.get(f"/v1/decisions/{first['id']}").json())["deed_tax_receipt"] == shared


def test_a_credential_that_ran_out_meanwhile_counts_no_more(hall):
    shown = [{"credential": "resident_id_card", "holder": "applicant", "valid_to": "2026-11-23"}]
    first = hall.decide(presented=shown).json()
    hall.hands.now = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
    again = hall.again(first["case"], {}).json()
    assert routes(first)["identity_proof"] == ("shown", "settled") and routes(again)["identity_proof"] != ("shown", "settled")


def test_the_law_is_read_twice_and_the_lighter_counts(open_hall, later):
    first = open_hall().decide(case="FS-1").json()
    hall = open_hall(later)
    hall.hands.now = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
    again = hall.again(first["case"], {}).json()
    new = hall.decide().json()
    receipt = {one["material"]: one for one in again["materials"]}["public_rent_receipt"]
    assert routes(first)["public_rent_receipt"] == routes(again)["public_rent_receipt"] == ("not_required", "settled")
    assert routes(new)["public_rent_receipt"] != ("not_required", "settled")          # under today's rulebook alone
    law = receipt["law"]
    assert law["taken"] == "accepted" and (law["accepted"]["rulebook"], law["current"]["rulebook"]) == (first["rulebook"], new["rulebook"])
    assert (law["accepted"]["day"], law["current"]["day"]) == (first["accepted_on"], "2026-11-24")
    assert again["rulebook"] == new["rulebook"] and hall.get(f"/v1/cases/{first['case']}").json()["decisions"][1]["pinned"] == first["rulebook"]
    back = open_hall()
    assert all(back.call("POST", f"/v1/decisions/{one['id']}/replay").json()["identical"] for one in (first, again, new))
    assert back.get(f"/v1/decisions/{again['id']}").json() == again


def test_what_the_law_no_longer_asks_is_not_asked_in_a_pending_case(open_hall, later):
    first = open_hall(later).decide().json()
    again = open_hall().again(first["case"], {}).json()
    law = {one["material"]: one for one in again["materials"]}["public_rent_receipt"]["law"]
    assert law["taken"] == "current" and routes(again)["public_rent_receipt"] == ("not_required", "settled")
