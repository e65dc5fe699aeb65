"""Items, guides, materials before any applicant is known; rulebook, rules and vocabulary."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.api.door import app, assert_problem, call, codes, get
from tests.bundled import rulebook

SEVEN = ("name", "bases", "legal_time", "promised_time", "materials", "audience", "address", "faq")


def test_every_item_of_every_division_is_listed():
    found = get("/v1/items").json()
    assert found["count"] == len(found["items"]) == len(rulebook().items)


def test_a_division_lists_each_item_once_as_its_nearest_file_has_it():
    found = get("/v1/items?division=210402").json()["items"]
    assert len({one["code"] for one in found}) == len(found)
    assert {one["code"]: one["division"] for one in found}["company_registration"] == "210400"


@pytest.mark.parametrize("code", sorted({code for code, _ in rulebook().items}))
def test_a_guide_has_the_seven_elements(code):
    found = get(f"/v1/items/{code}").json()
    assert all(found[name] for name in SEVEN)


def test_an_item_may_be_named_in_chinese():
    assert get(f"/v1/items/{quote('公司设立登记')}").json()["code"] == "company_registration"


def test_a_guide_is_that_of_the_division():
    assert get("/v1/items/company_registration").json()["promised_time"]["count"] == 3
    assert get("/v1/items/company_registration?division=210400").json()["promised_time"]["count"] == 1


def test_an_unknown_item_is_not_found_and_the_nearest_is_named():
    response = get("/v1/items/company_registraton")
    found = assert_problem(response, 404, "unknown-item")
    assert found["errors"][0]["nearest"] == "company_registration"


def test_an_unknown_division_is_refused():
    response = get("/v1/items?division=999999")
    assert_problem(response, 422, "invalid-parameter")
    assert codes(response) == ["unknown-division"]


class TestMaterials:
    path = "/v1/items/housing_fund_rent/materials?division=210400&on=2026-11-22"

    def test_the_list_says_what_each_route_hangs_on(self):
        found = get(self.path).json()
        listed = {one["material"]: one for one in found["materials"]}
        assert found["count"] == len(found["materials"])
        assert "married" in [one["fact"] for one in listed["marriage_certificate"]["hangs_on"]]
        assert listed["marriage_certificate"]["route"] is None and listed["marriage_certificate"]["branches"]

    def test_a_situation_already_known_settles_what_hangs_on_it(self):
        found = get(f"{self.path}&situation=married:false").json()
        listed = {one["material"]: one for one in found["materials"]}
        assert listed["marriage_certificate"]["route"] == "not_required"

    @pytest.mark.parametrize("word", ["married", "married:yes", ":true", "married:"])
    def test_a_situation_needs_an_answer(self, word):
        response = get(f"{self.path}&situation={word}")
        assert_problem(response, 422, "invalid-parameter")
        assert codes(response) == ["wrong-pair"]

    def test_two_answers_to_one_situation_are_refused(self):
        assert_problem(get(f"{self.path}&situation=married:true&situation=married:false"), 422, "invalid-parameter")

    def test_mistakes_point_at_parameters(self):
        response = get(f"{self.path}&situation=maried:true&applicant_kind=nobody")
        assert {(one["field"], one["code"]) for one in response.json()["errors"]} == {
            ("query.situation", "unknown-situation"), ("query.applicant_kind", "unknown-value")}

    def test_the_division_is_needed_where_the_item_has_no_default(self):
        response = get("/v1/items/housing_fund_rent/materials")
        assert_problem(response, 422, "invalid-parameter")
        assert codes(response) == ["missing-division"]

    @pytest.mark.parametrize("code", sorted({code for code, _ in rulebook().items}))
    def test_every_item_has_a_list(self, code):
        response = get(f"/v1/items/{code}/materials?division=420700")
        assert response.status_code == 200 and response.json()["count"] > 0


def test_the_rulebook_counts_what_it_holds():
    found = get("/v1/rulebook").json()
    assert found["rulebook"] == rulebook().version
    assert found["counts"]["rules"] == len(rulebook().rules) == sum(
        found["counts"][name] for name in ("grants", "bars", "blocks", "definitions", "terms"))
    assert (found["counts"]["invariants"], found["counts"]["pairs"]) == (len(rulebook().invariants), len(rulebook().pairs))
    assert found["counts"]["marks"] == len(found["marks"])
    assert found["changes"] == sorted(found["changes"])


def test_rules_are_filtered():
    everything = get("/v1/rules").json()
    assert everything["count"] == len(rulebook().rules)
    bars = get("/v1/rules?kind=bar&route=commitment").json()["rules"]
    assert bars and all((one["kind"], one["route"]) == ("bar", "commitment") for one in bars)
    assert get(f"/v1/rules?kind=bar&route={quote('告知承诺')}").json()["rules"] == bars
    there = get("/v1/rules?division=620200").json()["rules"]
    assert {division for one in there for division in one["divisions"]} <= {"000000", "620000", "620200"}
    assert get("/v1/rules?on=1950-01-01").json()["count"] == 0
    assert all("抚顺" in one["id"] + one["instrument"] + one["gist"] + one["article"] for one in get(f"/v1/rules?q={quote('抚顺')}").json()["rules"])


@pytest.mark.parametrize("rule_id", sorted({rule.id for rule in rulebook().rules}))
def test_every_rule_can_be_read(rule_id):
    found = get(f"/v1/rules/{quote(rule_id, safe='')}").json()
    assert found["id"] == rule_id and found["versions"]
    assert {one["id"] for one in found["versions"]} == {rule_id}


def test_an_unknown_rule_is_not_found_and_the_nearest_is_named():
    known = rulebook().rules[0].id
    found = assert_problem(get(f"/v1/rules/{quote(known + 'x')}"), 404, "unknown-rule")
    assert found["errors"][0]["nearest"] == known


def test_the_vocabulary_says_who_supplies_a_fact_and_how_it_is_asked():
    facts = {one["code"]: one for one in get("/v1/vocabulary").json()["facts"]}
    assert len(facts) == len(rulebook().vocabulary.facts)
    assert (facts["applicant_kind"]["supplier"], facts["applicant_kind"]["type"]) == ("declared", "choice")
    assert facts["applicant_kind"]["question"] == "申请人属于哪一类？"


@pytest.mark.parametrize("path", ["/v1/items", "/v1/rulebook", "/v1/rules", "/v1/vocabulary"])
def test_a_read_is_kept_until_it_changes(path):
    first = get(path)
    again = get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    assert get(path, headers={"Accept-Language": "en"}).headers["etag"] != first.headers["etag"]


def test_head_answers_like_get_without_a_body():
    head, whole = call("HEAD", "/v1/rulebook"), get("/v1/rulebook")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == whole.headers["etag"]


def test_health_and_readiness():
    assert get("/v1/health").json()["status"] == "ok"
    assert get("/v1/ready").json()["rulebook"] == rulebook().version


def test_before_the_rulebook_is_there_only_health_answers():
    empty = app()
    empty.state.service = None
    assert get("/v1/health", to=empty).status_code == 200
    for path in ("/v1/ready", "/v1/items", "/"):
        assert_problem(get(path, to=empty), 503, "not-ready")


@pytest.mark.parametrize("path", ["/", "/docs", "/problems", "/problems/invalid-application"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_pages_load_nothing_from_elsewhere(path, language):
    response = get(path, headers={"Accept-Language": language})
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert f'<html lang="{language}">' in response.text
    for word in ("http://", "https://", "<script", "src="):
        assert word not in response.text
