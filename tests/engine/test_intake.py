"""Taking an application in: every mistake is found, named and placed, all at once; what is not said is unknown."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.application import Application
from engine.intake import Case, take
from engine.problems import Refused
from tests.bundled import rulebook

DAY = date(2026, 11, 22)
PLAIN = {"item": "housing_fund_rent", "deciding_division": "210400", "accepted_on": "2026-11-22"}


def taken(day: date = DAY, **more: object) -> Case:
    return take(rulebook(), Application.model_validate(PLAIN | more), day)


def refusals(day: date = DAY, **more: object) -> list[tuple[str, str]]:
    """(field, code) of every problem."""
    with pytest.raises(Refused) as refused:
        taken(day, **more)
    for problem in refused.value.problems:
        assert problem.zh and problem.en and problem.field
    return [(problem.field, problem.code) for problem in refused.value.problems]


SPOUSE = {"id": "p1", "role": "配偶"}
ID = {"id_type": "resident_id", "id_number": "210400199003070007"}

WRONG = [
    ("item", "unknown-item", {"item": "housing_fund_rant"}),
    ("item", "unknown-item", {"item": "住房公积金提取"}),
    ("deciding_division", "missing-division", {"deciding_division": None}),
    ("deciding_division", "unknown-division", {"deciding_division": "210499"}),
    ("accepting_division", "malformed-division", {"accepting_division": "抚顺"}),
    ("accepted_on", "wrong-day", {"accepted_on": "2026-11-23"}),
    ("item", "item-not-here", {"item": "resident_medical_insurance", "accepted_on": "1990-01-01"}),
    ("applicant.kind", "unknown-value", {"applicant": {"kind": "person"}}),
    ("applicant.id_type", "unknown-value", {"applicant": {"id_type": "驾照"}}),
    ("applicant.id_type", "missing-id-type", {"applicant": {"id_number": "210400199003070007"}}),
    ("applicant.id_number", "id-number", {"applicant": {"id_type": "uscc", "id_number": "91210400MA0000015E"}}),
    ("applicant.id_number", "id-number", {"applicant": {"id_type": "resident_id", "id_number": "210400199003070008"}}),
    ("applicant.birth_date", "birth-date-mismatch", {"applicant": ID | {"birth_date": "1990-03-08"}}),
    ("applicant.birth_date", "wrong-day", {"applicant": {"birth_date": "2026-11-23"}}),
    ("persons.0.id_number", "id-number", {"persons": [SPOUSE | {"id_type": "护照号码", "id_number": "1"}]}),
    ("persons.1.id", "duplicate-person", {"persons": [SPOUSE, SPOUSE]}),
    ("persons.0.id", "duplicate-person", {"persons": [SPOUSE | {"id": "applicant"}]}),
    ("persons.0.id", "duplicate-person", {"persons": [SPOUSE | {"id": "agent"}]}),
    ("agent.kind", "unknown-value", {"agent": {"kind": "friend"}}),
    ("agent.id_number", "id-number", {"agent": {"kind": "guardian", "id_type": "passport", "id_number": "?"}}),
    ("agent.id_type", "missing-id-type", {"agent": {"kind": "guardian", "id_number": "E1234567"}}),
    ("situation.maried", "unknown-situation", {"situation": {"maried": True}}),
    ("situation.has_employees", "unknown-situation", {"situation": {"has_employees": True}}),
    ("situation.已婚", "stated-twice", {"situation": {"married": True, "已婚": False}}),
    ("presented.1.credential", "unknown-credential", {"presented": [{"credential": "居民身份证"}, {"credential": "id card"}]}),
    ("handed_in.0", "unknown-material", {"handed_in": ["lease agreement"]}),
    ("handed_in.1", "unknown-person", {"handed_in": ["home_lease", "spouse_identity/p2"]}),
    ("choices.leese", "unknown-material", {"choices": {"leese": {"commitment": "yes"}}}),
    ("choices.home_lease/agent", "unknown-person", {"choices": {"home_lease/agent": {"commitment": "yes"}}}),
    ("consents.leese", "unknown-material", {"consents": {"leese": True}}),
    ("consents.home_lease/nobody", "unknown-person", {"consents": {"home_lease/nobody": True}}),
    ("consents.住房租赁合同", "stated-twice", {"consents": {"home_lease": True, "住房租赁合同": False}}),
    ("consents.home_lease/applicant", "stated-twice", {"consents": {"home_lease": True, "home_lease/applicant": False}}),
    ("evidence.queries.leese", "unknown-material", {"evidence": {"queries": {"leese": {"result": "valid"}}}}),
    ("evidence.checks.leese", "unknown-material", {"evidence": {"checks": {"leese": {"result": "confirmed"}}}}),
    ("evidence.outputs.leese", "unknown-material", {"evidence": {"outputs": {"leese": "issued"}}}),
    ("evidence.on_file.entries.0.material", "unknown-material",
     {"evidence": {"on_file": {"complete": True, "entries": [{"material": "leese", "trust": "A", "received_on": "2026-01-01"}]}}}),
    ("evidence.records.facts.bad", "unknown-fact", {"evidence": {"records": {"complete": True, "facts": {"bad": True}}}}),
    ("evidence.records.facts.holds_credential", "unknown-fact", {"evidence": {"records": {"complete": True, "facts": {"holds_credential": True}}}}),
    ("evidence.records.facts.title_mismatch", "value-type", {"evidence": {"records": {"complete": True, "facts": {"title_mismatch": "maybe"}}}}),
    ("evidence.records.facts.applicant_credit", "unknown-value", {"evidence": {"records": {"complete": True, "facts": {"applicant_credit": "bad"}}}}),
    ("evidence.records.facts.permit_ban_until", "value-type", {"evidence": {"records": {"complete": True, "facts": {"permit_ban_until": "soon"}}}}),
    ("evidence.records.facts.权属不符", "stated-twice",
     {"evidence": {"records": {"complete": True, "facts": {"title_mismatch": True, "权属不符": False}}}}),
    ("facts.marital", "unknown-fact", {"facts": {"marital": True}}),
    ("facts.applicant_credit", "not-declared", {"facts": {"applicant_credit": "good"}}),
    ("facts.query_result", "not-declared", {"facts": {"query_result": {"home_lease": "valid"}}}),
    ("facts.material_kind", "not-declared", {"facts": {"material_kind": {"home_lease": "form"}}}),
    ("facts.route", "not-declared", {"facts": {"route": {"home_lease": "abolished"}}}),
    ("facts.married", "not-declared", {"facts": {"married": True}}),
    ("facts.birth_date", "not-declared", {"facts": {"birth_date": "1990-03-07"}}),
    ("facts.person_id_type", "not-declared", {"facts": {"person_id_type": "passport"}}),
    ("facts.data_disputed", "value-type", {"facts": {"data_disputed": True}}),
    ("facts.data_disputed.home_lease", "value-type", {"facts": {"data_disputed": {"home_lease": "perhaps"}}}),
    ("facts.data_disputed.leese", "unknown-material", {"facts": {"data_disputed": {"leese": True}}}),
    ("facts.data_disputed.住房租赁合同", "stated-twice", {"facts": {"data_disputed": {"home_lease": True, "住房租赁合同": False}}}),
    ("facts.数据有异议", "stated-twice", {"facts": {"data_disputed": {"home_lease": True}, "数据有异议": {"home_lease": False}}}),
    ("facts.authorisation_refused", "value-type", {"facts": {"authorisation_refused": 1}}),
    ("facts.applicant_kind", "value-type", {"facts": {"applicant_kind": True}}),
]


@pytest.mark.parametrize(("field", "code", "more"), WRONG, ids=[f"{code}-{field}" for field, code, _ in WRONG])
def test_each_mistake_is_refused_with_its_field_and_code(field, code, more):
    assert (field, code) in refusals(**more)


def test_all_mistakes_of_one_application_are_told_at_once_in_the_order_of_their_place():
    found = refusals(
        deciding_division="999999", accepted_on="2026-11-30", applicant={"kind": "robot", "id_type": "uscc", "id_number": "1"},
        persons=[SPOUSE, SPOUSE], situation={"nonsense": True}, handed_in=["nothing"], presented=[{"credential": "wand"}], facts={"mood": "good"})
    assert found == sorted(found, key=lambda problem: problem[0])
    assert set(found) == {
        ("deciding_division", "unknown-division"), ("accepted_on", "wrong-day"), ("applicant.kind", "unknown-value"),
        ("applicant.id_number", "id-number"), ("persons.1.id", "duplicate-person"), ("situation.nonsense", "unknown-situation"),
        ("handed_in.0", "unknown-material"), ("presented.0.credential", "unknown-credential"), ("facts.mood", "unknown-fact")}


def test_a_wrong_word_comes_with_the_nearest_right_one_in_the_reader_s_script():
    with pytest.raises(Refused) as refused:
        taken(item="住房公积金提取租房", situation={})
    assert refused.value.problems[0].nearest == "住房公积金提取（租房）"
    with pytest.raises(Refused) as refused:
        taken(consents={"marriage_certifcate": True})
    assert refused.value.problems[0].nearest == "marriage_certificate"


def test_names_and_codes_are_taken_alike():
    english = taken(situation={"married": True}, applicant={"kind": "natural_person", "id_type": "resident_id"},
                    handed_in=["marriage_certificate"], consents={"marriage_certificate": True}, facts={"data_disputed": {"marriage_certificate": True}},
                    agent={"kind": "guardian"}, evidence={"queries": {"marriage_certificate": {"result": "valid"}}, "records": {
                        "complete": False, "facts": {"title_mismatch": True, "applicant_credit": "minor"}}})
    chinese = taken(item="住房公积金提取（租房）", situation={"已婚": True}, applicant={"kind": "自然人", "id_type": "居民身份证号码"},
                    handed_in=["结婚证"], consents={"结婚证": True}, facts={"数据有异议": {"结婚证": True}},
                    agent={"kind": "监护人"}, evidence={"queries": {"结婚证": {"result": "valid"}}, "records": {
                        "complete": False, "facts": {"权属不符": True, "申请人信用": "轻微失信"}}})
    for part in ("item", "facts", "applicant", "persons", "own", "consents", "queries", "handed_in", "chain", "complete_roles"):
        assert getattr(english, part) == getattr(chinese, part), part


def test_a_key_that_names_the_applicant_is_the_material_alone():
    assert taken(handed_in=["home_lease/applicant"]).handed_in == {"home_lease"}
    assert taken(persons=[SPOUSE], handed_in=["home_lease/p1"]).handed_in == {"home_lease/p1"}


def test_what_nobody_said_is_unknown_and_acts_nobody_did_were_not_done():
    facts = taken().facts
    assert {facts[code] for code in ("married", "public_rental", "applicant_kind", "applicant_credit", "credit_repaired_on", "title_mismatch",
                                     "agent_authorised")} == {None}
    assert facts["authorisation_refused"] is False    # an act: unspoken means not done
    assert facts["agent_kind"] == "in_person"
    assert taken(facts={"authorisation_refused": True}).facts["authorisation_refused"] is True


def test_another_item_s_situation_is_no_question_here_and_fails():
    facts = taken().facts
    foreign = {fact.code for fact in rulebook().vocabulary.facts if fact.situation} - {"married", "public_rental", "above_fixed_amount"}
    assert foreign and {facts[code] for code in foreign} == {False}


def test_absent_lists_are_unknown_and_given_ones_are_complete():
    assert taken().handed_in is None and taken().presented is None and taken().on_file is None
    assert taken(handed_in=[]).handed_in == frozenset() and taken(presented=[]).presented == ()


def test_the_division_decides_by_its_chain_and_the_hall_never_does():
    assert taken(deciding_division="210402", accepting_division="440300").chain == ("210402", "210400", "210000", "000000")


def test_the_nearest_division_s_version_of_the_item_counts():
    item = {"item": "company_registration"}
    assert taken(**item, deciding_division="210402").item.division == "210400"
    assert taken(**item, deciding_division="430500").item.division == "000000"


@pytest.mark.parametrize(("given", "valid_to", "found"), [
    ("valid", None, "valid"), ("valid", "2026-11-22", "valid"), ("valid", "2026-11-21", "expired"), ("revoked", "2026-11-21", "revoked"),
    ("not_found", "2026-11-21", "not_found")])
def test_a_record_found_valid_counts_until_its_last_day(given, valid_to, found):
    assert taken(evidence={"queries": {"home_lease": {"result": given, "valid_to": valid_to}}}).queries == {"home_lease": found}


# —— credit ——

def credit(*rows: tuple[str, str | None], complete: bool = True, day: date = DAY) -> tuple[object, object]:
    facts = taken(day, evidence={"records": {"complete": complete, "credit": [
        {"kind": kind, "recorded_on": "2020-01-01", "repaired_on": repaired} for kind, repaired in rows]}}).facts
    return facts["applicant_credit"], facts["credit_repaired_on"]


NEVER = date(9999, 12, 31)
GRADES = ("minor", "ordinary", "serious", "false_commitment")


@pytest.mark.parametrize(("rows", "worst", "repaired"), [
    ([], "good", NEVER),
    ([("minor", None)], "minor", NEVER),
    ([("minor", None), ("serious", "2026-01-01")], "minor", NEVER),                       # the unrepaired one, though lighter
    ([("serious", None), ("false_commitment", "2026-01-01")], "serious", NEVER),
    ([("serious", "2026-11-22")], "serious", date(2026, 11, 22)),                          # repaired today: repaired
    ([("serious", "2026-11-23"), ("minor", None)], "serious", date(2026, 11, 23)),         # repaired tomorrow: not yet
    ([("ordinary", "2026-01-01"), ("false_commitment", "2021-01-01")], "false_commitment", date(2021, 1, 1)),
    ([("serious", "2021-01-01"), ("serious", "2026-04-01")], "serious", date(2026, 4, 1)),  # of equals the last repaired
])
def test_the_worst_unrepaired_record_counts_else_the_worst_repaired_one(rows, worst, repaired):
    assert credit(*rows) == (worst, repaired) == credit(*reversed(rows))


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.sampled_from(GRADES), st.none() | st.dates(date(2020, 1, 2), date(2027, 6, 1)).map(date.isoformat)), min_size=1, max_size=5),
       st.randoms())
def test_the_order_of_records_does_not_matter(rows, random):
    mixed = list(rows)
    random.shuffle(mixed)
    assert credit(*mixed) == credit(*rows)


def test_a_complete_snapshot_says_none_and_an_incomplete_one_says_nothing():
    full = taken(evidence={"records": {"complete": True}}).facts
    assert (full["applicant_credit"], full["credit_repaired_on"], full["title_mismatch"], full["regional_assessment"]) == ("good", NEVER, False, False)
    assert full["permit_ban_until"] == date(1, 1, 1)
    part = taken(evidence={"records": {"complete": False, "facts": {"regional_assessment": True}}}).facts
    assert (part["applicant_credit"], part["title_mismatch"], part["permit_ban_until"], part["regional_assessment"]) == (None, None, None, True)
    assert credit(("false_commitment", None), complete=False) == ("false_commitment", NEVER)   # nothing could be worse


def test_recorded_days_are_read_as_days_and_as_the_word_for_none():
    facts = {"permit_ban_until": "2027-01-01", "credit_repaired_on": "未修复"}
    found = taken(evidence={"records": {"complete": True, "facts": facts}}).facts
    assert (found["permit_ban_until"], found["credit_repaired_on"]) == (date(2027, 1, 1), NEVER)


# —— persons and who acts for them ——

def test_a_person_s_birth_date_comes_from_the_number_else_from_what_is_said():
    case = taken(applicant=ID, persons=[
        SPOUSE | {"id_type": "passport", "id_number": "E12345678", "birth_date": "2012-11-22"}, {"id": "p2", "role": "配偶", "id_type": "passport"}])
    assert (case.applicant.facts["birth_date"], case.applicant.facts["person_age"]) == (date(1990, 3, 7), 36)
    assert [(person.facts["birth_date"], person.facts["person_age"]) for person in case.persons] == [(date(2012, 11, 22), 13), (None, None)]


def test_a_checked_case_carries_no_name_and_no_number_of_a_person():
    case = taken(applicant=ID | {"name": "测试甲"}, persons=[SPOUSE | ID | {"name": "测试乙"}])
    for party in (case.applicant, *case.persons):
        assert not {"测试甲", "测试乙", "210400199003070007"} & {str(value) for value in party.facts.values()}


@pytest.mark.parametrize(("kind", "role"), [("authorised_agent", "代理人"), ("guardian", "代理人"), ("official_helper", "代办员")])
def test_the_agent_answers_as_a_person_under_the_agent_s_role(kind, role):
    case = taken(agent={"kind": kind, "authorised": True, **ID}, handed_in=["agent_identity/agent"])
    assert [(person.id, person.role) for person in case.persons] == [("agent", role)]
    assert case.persons[0].facts["person_id_type"] == "resident_id" and role in case.complete_roles
    assert case.handed_in == {"agent_identity/agent"} and case.facts["agent_kind"] == kind


def test_an_agent_listed_as_a_person_is_not_added_again():
    case = taken(agent={"kind": "guardian"}, persons=[{"id": "mother", "role": "监护人"}])
    assert [person.id for person in case.persons] == ["mother"]


@pytest.mark.parametrize(("agent", "valid"), [
    (None, True), ({"kind": "guardian"}, None), ({"kind": "authorised_agent", "authorised": True}, True),
    ({"kind": "authorised_agent", "authorised": True, "authorised_until": "2026-11-22"}, True),
    ({"kind": "authorised_agent", "authorised": True, "authorised_until": "2026-11-21"}, False),
    ({"kind": "authorised_agent", "authorised": False}, False)])
def test_an_authorisation_lasts_to_the_end_of_its_last_day(agent, valid):
    assert taken(agent=agent).agent_valid is valid
