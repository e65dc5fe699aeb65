"""What our own records know of people: materials of other cases, credit records, the case with a number; and what it does to a decision."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from api.records.database import Unavailable
from api.records.history import Known, Question, identified, own_records, together
from api.records.records import Policy
from api.records.tables import Credit, Person, Received
from engine.application import Application
from tests.records.jobs import applicant, known_of, new_case, sample
from tests.records.writing import SOON

WORK = "unemployment_commitment_dechang"
PROOF = "employment_end_certificate"
FORM = "property_transfer_application"       # the applicant makes it
OTHER = "430503195812310004"


def number(name=WORK):
    return sample(name)["applicant"]["id_number"]


def write(records, *args, **changes):
    return records.submit(new_case(records, *args, **changes)).result(SOON)


def received(records, **values):
    """Change what was received; dates as in the database."""
    with records.database.writing() as session:
        session.execute(update(Received).values(**values))


def credit(records, who, *kinds, repaired_on=None):
    def does(pages):
        found = pages.session.exec(select(Person).where(col(Person.id_number) == who)).one()
        for place, kind in enumerate(kinds):
            pages.add(Credit, id=f"{who}{kind}", person_id=found.id, kind=kind, recorded_on=date(2026, 3, 1 + place), repaired_on=repaired_on,
                      source="信用中国（凉山德昌）", commitment_id=None)

    records.do(does)


def own(records, name=WORK, same_case=None, **changes):
    application = Application.model_validate(sample(name, **changes))
    return own_records(records.rulebook, identified(records.rulebook, application), known_of(records, name, same_case, **changes),
                       complete=records.policy.complete)


def outcome(records, code=PROOF, **changes):
    """How a material goes in a decision that knows what our records know."""
    job = new_case(records, WORK, known=known_of(records, WORK), **changes)
    return next(one for one in job.decided.body["materials"] if one["material"] == code)


def test_where_nothing_is_known_nothing_is_added(records):
    assert known_of(records, WORK) == Known()
    assert own(records) == {}
    records.policy = Policy(complete=True)
    assert own(records) == {"on_file": {"complete": True, "entries": []}, "records": {"complete": True, "credit": []}}


@pytest.mark.parametrize("trust", "ABCD")
def test_what_another_case_handed_in_comes_back(records, trust):
    receipt = write(records, WORK, handed_in=[PROOF])
    received(records, trust=trust, valid_to=date(2027, 1, 1) if trust == "A" else None)
    entry = {"trust": trust, "received_on": sample(WORK)["accepted_on"]} | ({"valid_to": "2027-01-01"} if trust == "A" else {})
    assert own(records) == {"on_file": {"complete": False, "entries": [
        {"material": PROOF, **entry}, {"material": f"{PROOF}/applicant", **entry}]}}
    assert own(records, same_case=receipt.case_id) == {}
    assert own(records, applicant=applicant(OTHER)) == {}
    Application.model_validate(together(*parts(WORK), own(records)))


def parts(name):
    document = sample(name)
    return document, document.pop("evidence", {})


@pytest.mark.parametrize("trust, route", [("A", "covered"), ("B", "covered"), ("C", "commitment"), ("D", "commitment")])
def test_only_what_was_issued_or_checked_is_used_again(records, trust, route):
    records.policy = Policy(complete=True)
    assert outcome(records)["route"] == "commitment"
    write(records, WORK, handed_in=[PROOF])
    received(records, trust=trust)
    assert (outcome(records)["route"], outcome(records)["branches"]) == (route, [])


def test_without_complete_records_what_is_not_there_stays_unknown(records):
    stated = {**sample(WORK)["evidence"]}
    stated.pop("on_file", None)
    assert {one["route"] for one in outcome(records, evidence=stated)["branches"]} == {"covered", "commitment"}
    records.policy = Policy(complete=True)
    assert outcome(records, evidence=stated)["branches"] == []


def test_what_the_caller_states_and_what_we_know_stand_together_once(records):
    write(records, WORK, handed_in=[PROOF])
    mine = own(records)
    twice = {"on_file": {"complete": True, "entries": [*mine["on_file"]["entries"][:1], {"material": "x", "trust": "A", "received_on": "2026-01-01"}]},
             "queries": {PROOF: {"result": "valid"}}}
    made = together({"item": "i"}, twice, mine)["evidence"]
    assert made["on_file"] == {"complete": True, "entries": [*twice["on_file"]["entries"], mine["on_file"]["entries"][1]]}
    assert made["queries"] == twice["queries"]
    assert together({"item": "i"}, {}, {}) == {"item": "i"}


def test_a_copy_is_a_persons_not_a_roles(records):
    """The buyer of one case is the applicant of another: the copy is the same person's."""
    buyer = sample()["persons"][0]["id_number"]
    write(records, applicant=applicant(OTHER), handed_in=[f"{FORM}/buyer"])
    assert number("house_sale_fushun") == buyer
    keys = [one["material"] for one in own(records, "house_sale_fushun")["on_file"]["entries"]]
    assert sorted(keys) == [FORM, f"{FORM}/applicant", f"{FORM}/buyer"]
    assert own(records, "house_sale_fushun", applicant=applicant(OTHER))["on_file"]["entries"][0]["material"] == f"{FORM}/buyer"


def test_a_number_is_known_however_it_is_written(records):
    seller = {**sample()["persons"][1], "id_number": "21040219900307000x"}
    write(records, handed_in=[f"{FORM}/seller"], persons=[sample()["persons"][0], seller])
    assert FORM in [one["material"] for one in own(records, applicant=applicant("21040219900307000X"))["on_file"]["entries"]]


def test_nobody_without_a_number_that_can_be_right_is_known(records):
    write(records, applicant={"kind": "natural_person", "name": "测试丁"}, persons=[], handed_in=[FORM])
    assert own(records, applicant={"kind": "natural_person", "name": "测试丁"}, persons=[]) == {}


def test_a_material_the_rulebook_no_longer_has_is_not_told(records):
    write(records, WORK, handed_in=[PROOF])
    received(records, material="gone")
    assert own(records) == {}


def test_credit_records_of_the_applicant_are_told_the_earliest_first(records):
    records.policy = Policy(complete=True)
    write(records, WORK)
    assert outcome(records)["route"] == "commitment"
    credit(records, number(), "ordinary", "serious")
    assert own(records)["records"] == {"complete": True, "credit": [
        {"kind": "ordinary", "recorded_on": "2026-03-01", "source": "信用中国（凉山德昌）"},
        {"kind": "serious", "recorded_on": "2026-03-02", "source": "信用中国（凉山德昌）"}]}
    assert outcome(records)["route"] == "submit"


def test_a_repaired_record_no_longer_counts(records):
    records.policy = Policy(complete=True)
    write(records, WORK)
    credit(records, number(), "serious", repaired_on=date(2026, 10, 1))
    assert own(records)["records"]["credit"][0]["repaired_on"] == "2026-10-01"
    assert outcome(records)["route"] == "commitment"


def test_credit_records_of_others_are_nobodys_business(records):
    write(records)
    credit(records, sample()["persons"][1]["id_number"], "serious")
    assert "records" not in own(records, "house_sale_fushun")


def test_questions_asked_together_get_each_its_own_answer(records):
    write(records, WORK, handed_in=[PROOF], case="DC-1")
    here, there = write(records, case="N-1"), write(records, case="N-1", deciding_division="420700")
    mine, other = ("resident_id", number()), ("resident_id", OTHER)
    futures = [records.ask(one) for one in (Question((mine, other), "DC-1"), Question((other,)), Question((), "N-1"), Question((mine,), "none"))] * 20
    first, second, third, fourth = [future.result(SOON) for future in futures][-4:]
    assert set(first.received) == {mine} and first.case_id(sample(WORK)["deciding_division"]) == first.case_id(None) is not None
    assert second == Known()
    assert (third.case_id("210400"), third.case_id("420700"), third.case_id(None)) == (here.case_id, there.case_id, None)
    assert set(fourth.received) == {mine} and fourth.case_id(None) is None


def test_who_asks_while_nothing_can_be_read_is_told_so(records, monkeypatch):
    def reading():
        raise Unavailable("test")

    with monkeypatch.context() as broken:
        broken.setattr(records.database, "reading", reading)
        with pytest.raises(Unavailable):
            records.ask(Question((("resident_id", OTHER),))).result(SOON)
    assert records.ask(Question((("resident_id", OTHER),))).result(SOON) == Known()
