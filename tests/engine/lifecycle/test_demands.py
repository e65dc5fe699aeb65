"""What may be asked of an applicant is what the table says (tests/tables/lifecycle_demands.csv) of the sample applications, and the laws behind it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.application import Application
from engine.lifecycle.demands import Demand, Line, answerable, changed, judge, lines
from engine.problems import Refused
from tests.bundled import applications, decider, rulebook
from tests.engine.lifecycle.tables import rows

SAMPLES = Path(__file__).resolve().parent.parent.parent.parent / "fixtures" / "applications"
DAY = date(2026, 11, 22)
DECLARED = answerable(rulebook())
KINDS = {"提交": "hand_in", "出示": "show", "签署": "sign", "说明": "answer", "其他": "other"}
CODES = {"决定之外": "outside_decision", "告知之后": "after_notice", "重复索要": "repeat_demand"}
ROUTES_WITHOUT_APPLICANT = {"not_required", "abolished", "covered", "shared", "agency_check", "agency_followup"}
STAY = "residence_elsewhere_certificate"
calm = settings(deadline=None, max_examples=150)


def _queries(one: dict, result: str) -> None:
    one["evidence"]["queries"] = {key: {"result": result} for key in one["evidence"]["queries"]}


def _married(one: dict) -> None:
    one["situation"]["married"] = True


def _no_marriage(one: dict) -> None:
    _married(one)
    one["evidence"]["queries"]["marriage_certificate"] = {"result": "not_found"}


def _unknown_person(one: dict) -> None:
    one["evidence"]["queries"]["registered_person_identity/p2"] = {"result": "not_found"}
    one["presented"] = [shown for shown in one["presented"] if shown["holder"] != "p2"]


def _expired(one: dict) -> None:
    one["presented"] = [{**shown, "status": "expired"} for shown in one["presented"]]


def _signed_by_agent(one: dict) -> None:
    one["agent"] = {"kind": "authorised_agent", "authorised": True}
    one["choices"][STAY]["signed_by"] = "agent"


#: What the table calls a change of the sample application.
CHANGES: dict[str, Callable[[dict], object]] = {
    "照样": lambda one: None, "证件还没出示": lambda one: one.update(presented=None), "出示了过期证件": _expired, "还没选择": lambda one: one.update(choices={}),
    "承诺还没签": lambda one: one["choices"][STAY].pop("signed_by"), "代理人签了承诺": _signed_by_agent,
    "不要承诺": lambda one: one.update(choices={STAY: {"commitment": "no"}}), "说明已婚": _married, "说明已婚而且查无结婚记录": _no_marriage,
    "数据改为查无记录": lambda one: _queries(one, "not_found"), "数据改为过期": lambda one: _queries(one, "expired"), "查无身份登记而且没有出示": _unknown_person,
}


@cache
def sample(name: str, change: str = "照样") -> tuple[dict, dict]:
    """The application and the body of its answer."""
    application = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    CHANGES[change](application)
    return application, decider().decide(Application.model_validate(application), DAY)


def listed(body: dict) -> list[dict]:
    found = [*body["materials"], *body["establishes"]]
    return found + [member for one in found for way in one.get("alternatives", ()) for member in way["materials"]]


def code(name: str, body: dict) -> str:
    return next((one["material"] for one in listed(body) if one["name"] == name), name)


def demanded(body: dict, kind: str, material: str, person: str, fact: str, text: str = "") -> Demand:
    return Demand(KINDS[kind], code(material, body) or None, person or None, fact or None, text)  # type: ignore[arg-type]


def earlier(words: str, body: dict) -> list[Demand]:
    if not words:
        return []
    kind, what = words.split()
    return [demanded(body, kind, "" if kind == "说明" else what, "", what if kind == "说明" else "")]


@pytest.mark.parametrize("row", rows("lifecycle_demands"), ids=lambda row: "-".join(filter(None, list(row.values())[:9])))
def test_a_demand_is_judged_as_the_table_says(row):
    now, body = sample(row["申请"], row["现在"])
    before, frozen = sample(row["申请"], row["冻结时"]) if row["冻结时"] else (now, None)
    received = {(code(name, body), person or None) for name, _, person in (one.partition("/") for one in filter(None, row["已收"].split("、")))}
    finding = judge(demanded(body, row["要求"], row["材料"], row["人"], row["事实"], row["说明"]), body, frozen, changed(before, now), received,
                    earlier(row["已办"], body), DECLARED)
    wanted = [] if row["结论"] == "允许" else [CODES[word] for word in row["结论"].split("、")]
    assert [one.code for one in finding.violations] == wanted
    assert finding.allowed == (not wanted)
    assert finding.line is not None or wanted
    for one in finding.violations:
        assert one.zh.endswith("。") and one.en.endswith(".") and one.basis


def test_the_line_that_allows_a_deferred_material_has_its_day():
    _, body = sample("company_setup_jiayuguan_appointment_missing")
    assert judge(Demand("hand_in", "appointment_document"), body).line == Line("hand_in", "appointment_document", due="2026-11-25")


def test_what_is_said_of_a_violation_names_material_rules_and_doubts():
    _, body = sample("company_setup_jiayuguan_appointment_missing")
    (found,) = judge(Demand("hand_in", "registered_person_identity", "p1"), body).violations
    entry = next(one for one in body["materials"] if one["material"] == "registered_person_identity")
    assert found.zh == "按照本办件的决定，“登记人员身份证明”（p1）不用申请人提交，不得索要。"
    assert found.colour == "red" and found.rules == tuple(entry["grounds"])
    (found,) = judge(Demand("other", text="请到社区盖章"), body).violations
    assert found.zh == "“请到社区盖章”不在本办件的决定之内，不得要求。"
    _, body = sample("childbirth_remarried_dechang")
    aside = next(member["material"] for one in body["materials"] for way in one.get("alternatives", ()) if not way["chosen"] for member in way["materials"]
                 if one["material"] == "divorce_evidence")
    (found,) = judge(Demand("hand_in", aside), body).violations
    assert "可以任选" in found.zh


@pytest.mark.parametrize("colour", ["yellow", "red"])
def test_the_colour_of_a_repeated_demand_is_configured_and_marked_as_our_reading(colour):
    _, body = sample("company_setup_jiayuguan_appointment_missing")
    (found,) = judge(Demand("hand_in", "articles_of_association"), body, repeat_colour=colour).violations
    assert found.code == "repeat_demand" and found.colour == colour and "我们的理解" in found.review
    assert found.zh == "“公司章程”在本办件里已经交过，不得重复索要。"


def test_what_the_decision_does_not_know_is_called_by_the_name_it_comes_with():
    _, body = sample("company_setup_jiayuguan_appointment_missing")
    (found,) = judge(Demand("hand_in", "single_status_proof", name="单身证明", name_en="Certificate of single status"), body).violations
    assert found.zh == "“单身证明”不在本办件的决定之内，不得要求。" and found.en.startswith("“Certificate of single status” is not provided for")
    (found,) = judge(Demand("answer", "articles_of_association", fact="married", name="已婚", name_en="being married"), body).violations
    assert found.zh.startswith("“已婚”不是") and found.en.startswith("“being married” is nothing")


def test_the_decision_at_deemed_acceptance_counts_like_a_notice_and_says_so():
    _, body = sample("company_setup_jiayuguan_appointment_missing")
    asked = Demand("hand_in", "residents_committee_premises")
    found = {deemed: next(one for one in judge(asked, body, body, deemed=deemed).violations if one.code == "after_notice") for deemed in (False, True)}
    assert "告知书" in found[False].zh and not found[False].review
    assert "视为受理" in found[True].zh and "告知书" not in found[True].zh and "我们的理解" in found[True].review


def test_only_facts_the_applicant_can_state_are_answerable():
    assert {"married", "holds_credential", "data_disputed"} <= DECLARED and not {"query_result", "on_file", "basis_rank"} & DECLARED


# -- laws -------------------------------------------------------------------------------------------------------------

def decided(application: Application) -> dict | None:
    try:
        return decider().decide(application, max(DAY, application.accepted_on))
    except Refused:
        return None


def demand_of(line: Line) -> Demand:
    return Demand(line.kind, line.material or None, line.person or line.role or None, line.fact or None)


@calm
@given(applications())
def test_a_line_of_the_decision_is_never_a_violation_and_always_one_when_repeated(application):
    body = decided(application)
    for line in lines(body, DECLARED) if body else ():
        demand = demand_of(line)
        found = judge(demand, body, body, declared=DECLARED)
        assert found.allowed and found.line is not None and found.line.kind == line.kind
        again = judge(demand, body, body, earlier=[demand], declared=DECLARED)
        assert [one.code for one in again.violations] == ["repeat_demand"]


@calm
@given(applications(), st.booleans())
def test_a_waived_material_is_never_demandable(application, facts_changed):
    body = decided(application)
    for one in body["materials"] + body["establishes"] if body else ():
        settled = one["status"] == "settled" and one["route"] in ROUTES_WITHOUT_APPLICANT
        if settled or one["status"] == "awaiting_authority" or one["finding"] == "negative":
            for kind in ("hand_in", "show", "sign"):
                found = judge(Demand(kind, one["material"], one.get("person")), body, body, facts_changed, declared=DECLARED)
                assert "outside_decision" in [violation.code for violation in found.violations] and found.line is None


@calm
@given(applications())
def test_what_is_undetermined_may_be_asked_about_and_not_demanded(application):
    body = decided(application)
    for one in listed(body) if body else ():
        if one["status"] == "undetermined" and not any(line.material == one["material"] for line in lines(body)):
            assert not judge(Demand("hand_in", one["material"], one.get("person")), body).allowed
    for one in body["questions"] if body else ():
        assert judge(Demand("answer", None, one.get("role") or one.get("person"), one["fact"]), body, body).allowed


@calm
@given(applications())
def test_an_offer_that_was_not_chosen_is_never_demanded(application):
    body = decided(application)
    for one in body["materials"] if body else ():
        if one["route"] not in ("commitment", "deferral") and any(offer["route"] == "commitment" for offer in one["offers"]):
            assert not judge(Demand("sign", one["material"], one.get("person")), body).allowed


# -- whether what was stated changed ----------------------------------------------------------------------------------

APPLICATION = {
    "item": "thing", "deciding_division": "210400", "accepted_on": "2026-11-22", "situation": {"by_agent": False},
    "applicant": {"name": "测试甲"}, "persons": [{"id": "p1", "role": "配偶"}, {"role": "配偶", "id": "p2"}], "roles_complete": ["配偶", "股东"],
    "choices": {"lease": {"commitment": "yes"}}, "consents": {"lease": True}, "facts": {"holds_credential": {"lease": False}},
}


@pytest.mark.parametrize("act", [
    {"evidence": {"queries": {"lease": {"result": "valid"}}}}, {"case": "FS-1"}, {"accepting_division": "510000"}, {"handed_in": ["lease"]},
    {"presented": [{"credential": "resident_id_card"}]}, {"choices": {"lease": {"commitment": "yes", "signed_by": "self"}}}, {"agent": None},
    {"persons": [{"id": "p2", "role": "配偶"}, {"id": "p1", "role": "配偶", "name": None}]}, {"roles_complete": ["股东", "配偶"]},
    {"facts": {"holds_credential": {"lease": False}, "data_disputed": {}}}, {"accepted_on": date(2026, 11, 22)},
])
def test_acts_records_and_the_way_of_writing_change_nothing_stated(act):
    assert not changed(APPLICATION, copy.deepcopy(APPLICATION) | act)


@pytest.mark.parametrize("fact", [
    {"situation": {"by_agent": True}}, {"situation": {}}, {"applicant": {"name": "测试乙"}}, {"persons": []}, {"roles_complete": []},
    {"choices": {"lease": {"commitment": "no"}}}, {"choices": {}}, {"consents": {"lease": False}}, {"facts": {"holds_credential": {"lease": True}}},
    {"agent": {"kind": "authorised_agent"}},
])
def test_what_the_applicant_states_and_chooses_does(fact):
    assert changed(APPLICATION, copy.deepcopy(APPLICATION) | fact)


@calm
@given(applications(), applications())
def test_two_applications_differ_both_ways_or_neither(one, other):
    left, right = one.model_dump(mode="json"), other.model_dump(mode="json")
    assert not changed(left, left) and changed(left, right) == changed(right, left)
