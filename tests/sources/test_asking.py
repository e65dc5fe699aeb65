"""A decision asks what it needs and nothing else: the questions as the source saw them, and what each answer did."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.api.hall import OFFICER
from tests.sources.asking import Asking, routes, unasked
from tests.sources.server import SourceServer

COUPLE, SALE, RENT = "housing_fund_rent_couple_ezhou", "house_sale_fushun", "housing_fund_rent_fushun"


def test_every_question_has_its_ground_and_nothing_else_is_said(source_server: SourceServer, tmp_path: Path) -> None:
    answer = Asking(source_server.url, tmp_path).run(lambda to: to.decide(unasked(COUPLE)))
    seen = source_server.inquiries()
    assert {(one["source"], one["ground"]) for one in seen} == {
        ("housing_fund_accounts", "statutory_duty"), ("home_ownership", "statutory_duty"), ("marriage_records", "statutory_duty"),
        ("spouse_home_ownership", "authorisation_letter"), ("public_rental_housing", "statutory_duty")}
    assert answer["outcome"] == "accept" and routes(answer)["spouse_no_home_certificate/spouse"] == ("shared", "settled")
    told = {one["source"]: one for one in answer["inquiries"]}
    assert told["home_ownership"]["result"] == "not_found" and "法定职责" in told["home_ownership"]["text"]
    assert told["spouse_home_ownership"]["rules"] == ["个人信息保护法-13-同意"]
    assert "42070419800101" not in str(answer["inquiries"])


@pytest.mark.parametrize(("consents", "asked"), [({"spouse_no_home_certificate/spouse": True}, True), ({"spouse_no_home_certificate/spouse": False}, False), ({}, False)])
def test_another_persons_data_need_that_persons_own_ground(source_server: SourceServer, tmp_path: Path, consents: dict[str, bool], asked: bool) -> None:
    Asking(source_server.url, tmp_path).run(lambda to: to.decide(unasked(COUPLE, consents=consents)))
    assert ("spouse_home_ownership" in {one["source"] for one in source_server.inquiries()}) is asked


def test_what_the_case_does_not_call_for_is_not_asked(source_server: SourceServer, tmp_path: Path) -> None:
    single = unasked(COUPLE)
    single["situation"] = {**single["situation"], "married": False}
    Asking(source_server.url, tmp_path).run(lambda to: to.decide(single))
    assert not {"marriage_records", "spouse_home_ownership"} & {one["source"] for one in source_server.inquiries()}


def test_what_the_applicant_still_has_to_say_comes_before_any_question(source_server: SourceServer, tmp_path: Path) -> None:
    unknown = unasked(COUPLE)
    unknown["situation"] = {}
    answer = Asking(source_server.url, tmp_path).run(lambda to: to.decide(unknown))
    assert "marriage_records" not in {one["source"] for one in source_server.inquiries()}
    assert routes(answer)["marriage_certificate"] == (None, "undetermined")


def test_where_one_paper_is_enough_the_others_are_not_looked_for(source_server: SourceServer, tmp_path: Path) -> None:
    """户口簿 or 出生医学证明 shows the guardianship: the second is asked about only where the first does not settle it."""
    child = unasked("social_card_child_jiayuguan", presented=[], facts={"holds_credential": {"minor_household_book": False, "birth_medical_certificate": False}})
    Asking(source_server.url, tmp_path).run(lambda to: to.decide(child))
    assert {"household_register"} == {one["source"] for one in source_server.inquiries()} - {"id_photo_records"}
    source_server.clear()
    source_server.set_faults(household_register={"fault": "unclear"})
    answer = Asking(source_server.url, tmp_path).run(lambda to: to.decide(child))
    assert {"household_register", "birth_records"} == {one["source"] for one in source_server.inquiries()} - {"id_photo_records"}
    assert routes(answer)["guardianship_evidence"] == ("shared", "settled")


@pytest.mark.parametrize("complete", [False, True])
def test_it_works_as_it_is_shipped_with_no_evidence_stated_at_all(source_server: SourceServer, tmp_path: Path, complete: bool) -> None:
    """Nobody can say whether another file holds a copy; a source can be asked all the same, and what it answers is enough."""
    bare = unasked(COUPLE)
    del bare["evidence"]
    answer = Asking(source_server.url, tmp_path, own_records_complete=complete).run(lambda to: to.decide(bare))
    assert {one["source"] for one in answer["inquiries"]} >= {"marriage_records", "home_ownership", "spouse_home_ownership"}
    assert routes(answer)["marriage_certificate"] == routes(answer)["no_home_certificate"] == ("shared", "settled")
    source_server.set_faults(every={"fault": "error", "status": 500})
    answer = Asking(source_server.url, tmp_path, own_records_complete=complete).run(lambda to: to.decide(bare))
    assert routes(answer)["marriage_certificate"] == ("agency_followup", "settled")


def test_a_gap_leaves_the_files_to_be_looked_at(source_server: SourceServer, tmp_path: Path) -> None:
    """A source that has no record demands nothing while another file may hold the copy."""
    bare = unasked(COUPLE, applicant={"kind": "natural_person", "name": "测试壬", "id_type": "resident_id", "id_number": "370202198603150002"})
    del bare["evidence"]
    answer = Asking(source_server.url, tmp_path).run(lambda to: to.decide(bare))
    [gap] = [one for one in answer["inquiries"] if one["source"] == "marriage_records"]
    assert gap["result"] == "not_found" and routes(answer)["marriage_certificate"][1] == "awaiting_authority"
    [marriage] = [one for one in answer["materials"] if one["material"] == "marriage_certificate"]
    assert not [one for one in marriage["residuals"] if one["actor"] == "applicant"]


def test_disputed_data_are_not_asked_for(source_server: SourceServer, tmp_path: Path) -> None:
    disputed = unasked(COUPLE, facts={"data_disputed": {"marriage_certificate": True}})
    answer = Asking(source_server.url, tmp_path).run(lambda to: to.decide(disputed))
    assert "marriage_records" not in {one["source"] for one in source_server.inquiries()}
    assert routes(answer)["marriage_certificate"][0] == "submit"


@pytest.mark.parametrize(("fault", "result", "route"), [
    ({"fault": "error", "status": 503}, "down", "agency_followup"), ({"fault": "error", "status": 403}, "down", "agency_followup"),
    ({"fault": "reset"}, "down", "agency_followup"), ({"fault": "half_answer"}, "down", "agency_followup"),
    ({"fault": "garbage", "how": "not_json"}, "unclear", "agency_followup"), ({"fault": "garbage", "how": "truncated"}, "unclear", "agency_followup"),
    ({"fault": "garbage", "how": "wrong_request"}, "unclear", "agency_followup"), ({"fault": "garbage", "how": "unknown_word"}, "unclear", "agency_followup"),
    ({"fault": "garbage", "how": "huge"}, "unclear", "agency_followup"), ({"fault": "garbage", "how": "wrong_type"}, "unclear", "agency_followup"),
    ({"fault": "garbage", "how": "whole_record"}, "valid", "shared"), ({"fault": "unclear"}, "unclear", "agency_followup")])
def test_whatever_comes_back_is_one_word_and_no_demand(source_server: SourceServer, tmp_path: Path, fault: dict[str, object], result: str, route: str) -> None:
    source_server.set_faults(marriage_records=fault)
    answer = Asking(source_server.url, tmp_path).run(lambda to: to.decide(unasked(COUPLE)))
    [asked] = [one for one in answer["inquiries"] if one["source"] == "marriage_records"]
    assert (asked["result"], routes(answer)["marriage_certificate"]) == (result, (route, "settled"))
    assert answer["outcome"] == "accept"
    assert bool([one for one in answer.get("tickets", ()) if one["source"] == "marriage_records"]) is (result != "valid")


@pytest.mark.parametrize("fault", [{"fault": "half_open"}, {"fault": "slow_drip", "every_ms": 20}, {"fault": "delay", "ms": 60_000}])
def test_a_source_that_hangs_is_given_up(source_server: SourceServer, tmp_path: Path, fault: dict[str, object]) -> None:
    source_server.set_faults(marriage_records=fault)
    answer = Asking(source_server.url, tmp_path, more="[sources.marriage_records]\ntimeout_ms = 50").run(lambda to: to.decide(unasked(COUPLE)))
    [asked] = [one for one in answer["inquiries"] if one["source"] == "marriage_records"]
    assert (asked["result"], asked["why"]) == ("down", "timeout") and source_server.counts()["sources"]["marriage_records"]["requests"] == 1


def test_what_was_not_asked_in_time_is_held_against_nobody(source_server: SourceServer, tmp_path: Path) -> None:
    """One question at a time: while the first hangs the second stands in line until its own time is up."""
    source_server.set_faults(marriage_records={"fault": "half_open"})

    async def both(to: Asking) -> list[dict[str, Any]]:
        return list(await asyncio.gather(to.decide(unasked(COUPLE)), to.decide(unasked(COUPLE))))

    answers = Asking(source_server.url, tmp_path, answer_within=600, more="[sources.marriage_records]\nat_once = 1").run(both)
    said = {one["why"]: answer for answer in answers for one in answer["inquiries"] if one["source"] == "marriage_records"}
    assert set(said) <= {"timeout", "busy", "late"} and {"busy", "late"} & set(said)
    unasked_one = next(answer for why, answer in said.items() if why != "timeout")
    assert routes(unasked_one)["marriage_certificate"][1] == "awaiting_authority" and unasked_one["outcome"] != "supplement"
    assert not [one for one in unasked_one.get("tickets", ()) if one["source"] == "marriage_records"]


def test_a_quick_failure_is_tried_again(source_server: SourceServer, tmp_path: Path) -> None:
    source_server.set_faults(marriage_records=[{"fault": "reset"}, {"fault": "none"}])
    answer = Asking(source_server.url, tmp_path).run(lambda to: to.decide(unasked(COUPLE)))
    assert routes(answer)["marriage_certificate"] == ("shared", "settled")
    assert source_server.counts()["sources"]["marriage_records"]["requests"] == 2


def test_an_answer_is_used_again_for_a_short_while_but_not_when_the_case_is_decided_again(source_server: SourceServer, tmp_path: Path) -> None:
    async def twice(to: Asking) -> tuple[list[bool], int, int]:
        first = await to.decide(unasked(COUPLE))
        second = await to.decide(unasked(COUPLE))
        before = source_server.counts()["requests"]
        again = await to.post(f"/v1/cases/{first['case']}/decisions?explain=off", {})
        assert again.status_code == 200, again.text
        return [bool(one.get("cached")) for one in second["inquiries"]], before, source_server.counts()["requests"]

    cached, before, after = Asking(source_server.url, tmp_path, defaults={"cache_s": 60}).run(twice)
    assert cached and all(cached) and before == len(cached) and after == 2 * before


def test_a_later_answer_that_says_nothing_takes_nothing_away(source_server: SourceServer, tmp_path: Path) -> None:
    async def then_down(to: Asking) -> dict[str, tuple[str | None, str]]:
        first = await to.decide(unasked(COUPLE))
        source_server.set_faults(every={"fault": "error", "status": 500})
        again = await to.post(f"/v1/cases/{first['case']}/decisions?explain=off", {"situation": {**unasked(COUPLE)["situation"]}})
        replayed = await to.post(f"/v1/decisions/{again.json()['id']}/replay", {})
        assert replayed.json()["identical"] is True
        return routes(again.json())

    assert Asking(source_server.url, tmp_path).run(then_down)["marriage_certificate"] == ("shared", "settled")


def test_an_answer_about_another_person_does_not_stay(source_server: SourceServer, tmp_path: Path) -> None:
    """The spouse was somebody else: what was found of the first says nothing of the second, on the same day either."""
    async def corrected(to: Asking) -> dict[str, Any]:
        first = await to.decide(unasked(COUPLE))
        assert routes(first)["spouse_no_home_certificate/spouse"] == ("shared", "settled")
        source_server.set_faults(every={"fault": "error", "status": 500})
        other = [{**one, "name": "测试甲", "id_number": "210400199003070007"} for one in unasked(COUPLE)["persons"]]
        again = await to.post(f"/v1/cases/{first['case']}/decisions?explain=off", {"persons": other})
        assert again.status_code == 200, again.text
        found: dict[str, Any] = again.json()
        return found

    answer = Asking(source_server.url, tmp_path).run(corrected)
    assert routes(answer)["spouse_no_home_certificate/spouse"] == ("agency_followup", "settled")
    assert routes(answer)["marriage_certificate"] == ("shared", "settled"), "the applicant is the same"


@pytest.mark.parametrize(("back", "status"), [(True, 409), (False, 200)])
def test_a_letter_signed_on_a_later_day_rests_on_what_the_sources_say_that_day(source_server: SourceServer, tmp_path: Path, back: bool, status: int) -> None:
    """The source is back: what can be looked up is not promised, and the signature is refused. It is not: the promise is taken."""
    source_server.set_faults(home_ownership={"fault": "error", "status": 500})

    async def story(to: Asking) -> tuple[int, int]:
        first = await to.decide(unasked(COUPLE))
        offered = await to.post("/v1/commitments", {"case": first["case"], "material": "no_home_certificate", "officer": OFFICER})
        assert offered.status_code == 201, offered.text
        to.hands.now += timedelta(days=1)
        source_server.clear()
        if not back:
            source_server.set_faults(home_ownership={"fault": "error", "status": 500})
        signed = await to.post(f"/v1/commitments/{offered.json()['id']}/sign", {
            "signed_by": "self", "officer": OFFICER, "evidence": {"records": {"complete": True}, "on_file": {"complete": True}}})
        return signed.status_code, source_server.counts()["sources"]["home_ownership"]["requests"]

    assert Asking(source_server.url, tmp_path).run(story) == (status, 1)


def test_what_was_asked_is_in_the_log_and_replays(source_server: SourceServer, tmp_path: Path) -> None:
    async def kept(to: Asking) -> tuple[dict[str, object], dict[str, object]]:
        answer = await to.decide(unasked(SALE))
        again = await to.get(f"/v1/decisions/{answer['id']}?explain=off")
        replayed = await to.post(f"/v1/decisions/{answer['id']}/replay", {})
        assert replayed.json()["identical"] is True
        return answer, again.json()

    answer, again = Asking(source_server.url, tmp_path).run(kept)
    assert answer["inquiries"] == again["inquiries"]


@pytest.mark.parametrize(("query", "settings"), [("?record=false", {}), ("", {"database": None}), ("", {"trusted_tokens": frozenset({"secret"})})])
def test_nobody_is_asked_without_a_record_or_for_a_caller_who_may_not_see_it(source_server: SourceServer, tmp_path: Path, query: str, settings: dict[str, Any]) -> None:
    stated = unasked(RENT)
    del stated["evidence"]
    answer = Asking(source_server.url, tmp_path, **settings).run(lambda to: to.decide(stated, f"{query}{'&' if query else '?'}explain=off"))
    assert "inquiries" not in answer and source_server.counts()["requests"] == 0
    assert routes(answer)["employer_withdrawal_certificate"][1] == "awaiting_authority"


def test_a_request_sent_again_asks_nobody_anew(source_server: SourceServer, tmp_path: Path) -> None:
    async def twice(to: Asking) -> list[Any]:
        key = {"Idempotency-Key": "k-1"}
        return [(await to.post("/v1/decisions?explain=off", unasked(RENT), headers=key)).json() for _ in range(2)]

    first, second = Asking(source_server.url, tmp_path).run(twice)
    assert first == second and source_server.counts()["requests"] == 1


def test_evidence_of_the_caller_is_not_asked_for_again(source_server: SourceServer, tmp_path: Path) -> None:
    stated = unasked(COUPLE)
    stated["evidence"] = {**stated["evidence"], "queries": {"结婚证": {"result": "valid"}}}
    Asking(source_server.url, tmp_path).run(lambda to: to.decide(stated))
    assert "marriage_records" not in {one["source"] for one in source_server.inquiries()}


def test_a_source_without_address_and_a_person_without_number_are_told(source_server: SourceServer, tmp_path: Path) -> None:
    nameless = unasked(COUPLE)
    nameless["applicant"] = {**nameless["applicant"], "id_number": None}
    answer = Asking(source_server.url, tmp_path).run(lambda to: to.decide(nameless))
    whys = {one["source"]: one.get("why") for one in answer["inquiries"]}
    assert whys["marriage_records"] == "no_number" and whys["spouse_home_ownership"] is None
    assert routes(answer)["marriage_certificate"][1] == "awaiting_authority"
