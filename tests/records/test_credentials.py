"""What the certificate library adds to an application, what it says in place of a query, and how a decision hears of it."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from api.records import certificate_acts, log
from api.records.certificate_rows import Reader
from api.records.certificates import STATUSES, Held
from api.records.credentials import Library, from_library, laid_over, named
from api.records.history import Known, Question, own_records
from api.records.replay import replay
from api.records.shared_certificates import library_answers
from engine.application import Application, BundleApplication
from engine.standing import Place, may_be_shown, shareable
from tests.bundled import rulebook
from tests.records.holding import CARE, DECHANG, GENG, JOB, ME, OFFICER, OTHER, D, held, row, taken, written
from tests.records.jobs import DAY, known_of, new_case, sample
from tests.records.writing import SOON

# —— in place of a query ——

@pytest.mark.parametrize(("certificates", "answer"), [
    ((), None), ((held(sealed=False),), None), ((held(type="passport"),), None), ((held(valid_from=D(2027, 1, 1)),), None),
    ((held(),), ("valid", D(2026, 12, 31), "N-1")),
    ((held(), held(number="N-2", valid_to=None)), ("valid", None, "N-2")),
    ((held(valid_to=D(2026, 5, 1)), held(number="N-2", status="annulled", status_since=D(2026, 5, 1))), ("expired", D(2026, 5, 1), "N-1")),
    ((held(valid_to=D(2026, 5, 1)), held(number="N-2", issued_on=D(2026, 2, 1), status="annulled", status_since=D(2026, 5, 1))),
     ("revoked", D(2026, 12, 31), "N-2")),
    ((held(status="frozen", status_since=D(2026, 5, 1)),), ("unclear", D(2026, 12, 31), "N-1")),
    ((held(status="frozen", status_since=D(2026, 5, 1)), held(number="N-2", issued_on=D(2025, 1, 1))), ("valid", D(2026, 12, 31), "N-2"))])
def test_the_library_answers_in_place_of_a_query_and_never_that_there_is_nothing(certificates, answer):
    assert library_answers(certificates, {"employment_card"}, DAY, holder=ME) == answer
    assert library_answers(certificates, {"employment_card"}, DAY, holder=OTHER) is None
    assert library_answers(certificates, {"employment_card"}, DAY, holder=ME, name=" 测试·甲") == answer
    assert library_answers(certificates, {"employment_card"}, DAY, holder=ME, name="测试乙") is None


def test_what_may_be_shown_is_not_what_may_be_shared():
    book = rulebook()
    here, nowhere = (Place(book, book.chain(division), DAY, DAY) for division in ("513424", "000000"))
    card, marriage, passport = (book.credentials[code] for code in ("employment_card", "marriage_certificate", "passport"))
    assert [may_be_shown(one, here) for one in (card, marriage, passport)] == [True, False, True]
    assert [shareable(one, here) for one in (card, marriage, passport)] == [False, True, False]
    assert [may_be_shown(one, nowhere) for one in (card, marriage, passport)] == [False, False, True]
    assert not any(shareable(one, nowhere) for one in (card, marriage, passport))
    before = Place(book, book.chain("513424"), DAY, date(2021, 3, 3))
    assert not may_be_shown(card, before) and not shareable(marriage, before)


# —— what it adds to an application ——

def library(*certificates: Held, named: bool = True) -> Library:
    by_holder: dict = {}
    for one in certificates:
        by_holder.setdefault(one.holder, []).append(one)
    numbers = {one.named: tuple(other for other in certificates if other.named == one.named) for one in certificates} if named else {}
    return Library({holder: tuple(ones) for holder, ones in by_holder.items()}, numbers)


def shown(library_: Library, name: str = JOB, **presented):
    stated = {"credential": "social_security_card", "holder": "applicant", **presented}
    application = Application.model_validate(sample(name, presented=[stated]))
    return (from_library(rulebook(), application, library_, DAY).get("presented") or [{}])[0]


def social(**changes) -> Held:
    return held(**{"type": "social_security_card", "holder": GENG, "valid_to": None, **changes})


ENDED = {"status": "withdrawn", "status_since": D(2026, 11, 1)}


@pytest.mark.parametrize(("certificates", "presented", "added"), [
    ((social(),), {}, {}),
    ((social(**ENDED),), {}, {"at": 0, "status": "revoked"}),
    ((social(status="frozen", status_since=D(2026, 11, 1)),), {}, {"at": 0, "status": "revoked"}),
    ((social(valid_to=D(2026, 11, 21)),), {}, {"at": 0, "status": "expired", "valid_to": "2026-11-21"}),
    ((social(valid_to=D(2026, 11, 22)),), {}, {}),
    ((social(**ENDED), social(number="N-2")), {}, {}),                                    # one of them is in force
    ((social(**ENDED), social(number="N-2", valid_from=D(2027, 1, 1))), {}, {}),          # or will be
    ((social(**ENDED), social(number="N-2", sealed=False)), {}, {"at": 0, "status": "revoked"}),
    ((social(sealed=False, **ENDED),), {}, {"at": 0, "status": "revoked"}),               # an end is seldom sealed, and it speaks all the same
    ((social(sealed=False, **ENDED),), {"number": "N-1"}, {"at": 0, "status": "revoked"}),
    ((social(sealed=False, status="frozen", status_since=D(2026, 11, 1)),), {"number": "N-1"}, {"at": 0, "status": "revoked"}),
    ((social(sealed=False, valid_to=D(2026, 11, 21)),), {}, {}), ((social(sealed=False, valid_to=D(2026, 11, 21)),), {"number": "N-1"}, {}),
    ((social(valid_to=D(2026, 11, 21)),), {"valid_to": "2046-11-21"}, {}),                # a later last day: a version that the library has not got
    ((social(valid_to=D(2026, 11, 21)),), {"number": "N-1", "valid_to": "2046-11-21"}, {}),
    ((social(valid_to=D(2026, 11, 21)),), {"valid_to": "2026-11-21"}, {"at": 0, "status": "expired"}),
    ((social(valid_to=D(2036, 11, 21), status="expired", status_since=D(2026, 11, 1)),), {"valid_to": "2046-11-21"},
     {"at": 0, "status": "expired", "valid_to": "2036-11-21"}),                           # entered as expired: that is said of it
    ((social(**ENDED),), {"valid_to": "2046-11-21"}, {"at": 0, "status": "revoked"}),
    ((social(**ENDED),), {"status": "revoked"}, {}),                                      # said already
    ((social(valid_to=D(2026, 11, 21)),), {"status": "revoked"}, {}),                     # never better than stated
    ((social(),), {"status": "expired"}, {}),
    ((social(holder=OTHER, **ENDED),), {}, {}),                                           # somebody else's
    ((social(**ENDED),), {"holder": "nobody"}, {}),
    ((social(**ENDED), social(number="N-2")), {"number": "N-1"}, {"at": 0, "status": "revoked"}),
    ((social(**ENDED),), {"number": " ｎ-1"}, {"at": 0, "status": "revoked"}),
    ((social(**ENDED),), {"number": "N-9"}, {}),                                          # a number that the library does not know
    ((social(holder=OTHER),), {"number": "N-1"}, {"at": 0, "holder": "other"}),
    ((social(holder=OTHER, **ENDED),), {"number": "N-1"}, {"at": 0, "holder": "other", "status": "revoked"}),
    ((social(holder=("passport", "E0000001"), holder_name=" 测试·庚"),), {"number": "N-1"}, {}),    # numbers of two kinds say nothing of each other
    ((social(holder=("passport", "E0000001"), holder_name="TEST GENG"),), {"number": "N-1"}, {}),   # nor do names in two scripts
    ((social(holder=("passport", "E0000001"), holder_name="测试乙"),), {"number": "N-1"}, {"at": 0, "holder": "other"}),
    ((social(holder=("passport", "E0000001"), holder_name="测试乙", sealed=False),), {"number": "N-1"}, {}),
    ((social(holder=OTHER, sealed=False),), {"number": "N-1"}, {}),
    ((social(), social(version=2, holder=OTHER, issued_on=D(2026, 11, 1), valid_from=D(2026, 11, 1))), {"number": "N-1"}, {"at": 0, "holder": "other"})])
def test_what_is_known_against_a_credential_that_is_shown(certificates, presented, added):
    assert shown(library(*certificates), **presented) == added


@pytest.mark.parametrize("number", ["210402900307002", "210402199003070026", "２１０４０２９００３０７００２"])
def test_a_holders_own_number_is_found_however_it_is_written(number):
    holder = ("resident_id", "210402199003070026")
    card = held(type="resident_id_card", number="210402199003070026", holder=holder, valid_to=None, **ENDED)
    applicant = {"kind": "natural_person", "name": "测试辛", "id_type": "resident_id", "id_number": "210402900307002"}
    application = Application.model_validate(sample(JOB, applicant=applicant, presented=[{"credential": "resident_id_card", "number": number}]))
    assert named(rulebook(), application) == (card.named,)
    assert from_library(rulebook(), application, library(card), DAY)["presented"] == [{"at": 0, "status": "revoked"}]


def test_somebody_else_is_nobody_of_the_application():
    people = [{"id": "other", "role": "x", "id_type": "resident_id", "id_number": "430503195812310004"}]
    application = Application.model_validate(sample(JOB, persons=people, presented=[{"credential": "社会保障卡", "number": "N-1"}]))
    found_ = from_library(rulebook(), application, library(social(holder=OTHER)), DAY)
    assert found_["presented"] == [{"at": 0, "holder": "other-"}]


def holds(name: str, certificates: tuple[Held, ...], **changes):
    return from_library(rulebook(), Application.model_validate(sample(name, **changes)), library(*certificates), DAY).get("holds", {})


def permit(**changes) -> Held:
    return held(**{"type": "residence_permit", "holder": ("resident_id", "430503195812310004"), **changes})


def test_nobody_is_asked_for_what_the_library_knows_and_nothing_stated_is_touched():
    key = "residence_elsewhere_certificate"
    assert holds(CARE, (permit(),), facts={}) == {"holds_credential": {key: True}}
    assert holds(CARE, (permit(),)) == {}                                             # the sample says no
    assert holds(CARE, (permit(),), facts={"持有证件": {"异地居住证明": False}}) == {}
    assert holds(CARE, (permit(),), facts={"持有证件": {}}) == {"持有证件": {key: True}}
    assert holds(CARE, (permit(),), facts={"holds_credential": {f"{key}/applicant": False}}) == {}
    for nothing in (permit(sealed=False), permit(**ENDED), permit(valid_to=D(2026, 11, 21)), permit(status="frozen", status_since=D(2026, 11, 1)),
                    permit(holder=ME), permit(type="employment_card"), permit(issued_on=D(2026, 11, 23))):
        assert holds(CARE, (nothing,), facts={}) == {}
    assert holds(CARE, (permit(),), facts={}, item="nothing") == holds(CARE, (permit(),), facts={}, deciding_division="1") == {}


def test_in_a_bundle_what_is_held_serves_every_step():
    stated = {name: value for name, value in sample(CARE, facts={}, persons=[{"id": "p1", "role": "配偶", "id_type": "resident_id", "id_number": OTHER[1]}]).items()
              if name not in ("item", "presented")}
    application = BundleApplication.model_validate({**stated, "deciding_divisions": {"x": "513424", "y": "1"}})
    card = held(type="employment_card", holder=("resident_id", "430503195812310004"))
    found = from_library(rulebook(), application, library(permit(), card), DAY)["holds"]["holds_credential"]
    assert found["residence_elsewhere_certificate"] is True and all(found.values()) and "resident_id_card" not in found
    assert from_library(rulebook(), application, library(permit(holder=("passport", "E0000001"))), DAY) == {}


def test_what_was_added_is_laid_over_the_application_and_leaves_it_as_it_was():
    application = {"item": "i", "presented": [{"credential": "a"}, {"credential": "b", "status": "valid"}], "facts": {"x": True, "holds_credential": {"m": False}}}
    before = json.dumps(application)
    made = laid_over(application, {"presented": [{"at": 1, "status": "revoked"}], "holds": {"holds_credential": {"m": True, "n": True}}})
    assert made == {"item": "i", "presented": [{"credential": "a"}, {"credential": "b", "status": "revoked"}],
                    "facts": {"x": True, "holds_credential": {"m": False, "n": True}}}
    assert json.dumps(application) == before
    assert laid_over(application, {}) == application
    assert laid_over({"item": "i"}, {"holds": {"f": {"m": True}}}) == {"item": "i", "facts": {"f": {"m": True}}}


STATES = st.sampled_from([code for code, *_ in STATUSES])
DAYS = st.integers(-400, 400).map(lambda n: DAY + timedelta(n))


@given(st.lists(st.builds(
    held, type=st.sampled_from(["social_security_card", "resident_id_card"]), number=st.sampled_from(["N-1", "N-2"]), version=st.integers(1, 3),
    holder=st.sampled_from([GENG, OTHER]), issued_on=DAYS, valid_from=DAYS, valid_to=st.none() | DAYS, status=STATES, status_since=DAYS, sealed=st.booleans()),
    max_size=4), st.sampled_from(["valid", "expired", "revoked"]), st.sampled_from([None, "N-1"]))
@settings(max_examples=50)
def test_the_library_never_makes_a_bad_credential_good(certificates, status, number):
    worse = ["valid", "expired", "revoked"]
    found_ = shown(library(*certificates), status=status, **({"number": number} if number else {}))
    assert set(found_) <= {"at", "holder", "status", "valid_to"}
    assert "status" not in found_ or worse.index(found_["status"]) > worse.index(status)


# —— on the way of a decision ——

def material(job, code):
    return next(one for one in job.decided.body["materials"] if one["material"] == code)


def test_the_decision_hears_of_it_and_is_made_again_alike(records):
    shown_ = [{"credential": "resident_id_card", "holder": "applicant", "number": GENG[1], "medium": "electronic"}]
    before = new_case(records, JOB, known=known_of(records, JOB, presented=shown_), presented=shown_)
    codes = {one["material"]: one["route"] for one in before.decided.body["materials"]}
    proof = next(code for code, route in codes.items() if route == "shown")
    assert before.decided.own == {}
    taken(records, DECHANG)
    records.do(certificate_acts.enter(Reader(records.rulebook).read({
        "type": "居民身份证", "number": GENG[1], "holder_id_type": "resident_id", "holder_number": GENG[1], "holder_name": "测试庚", "issuer": "德昌县公安局（合成）",
        "issued_on": "2024-03-04", "valid_to": "2034-03-04", "status": "注销", "status_since": "2026-11-20", "seal": "SEAL-513424-01", "synthetic": "是"},
        DAY).values, OFFICER, DAY))
    known = known_of(records, JOB, presented=shown_)
    assert GENG in known.certificates and ("resident_id_card", GENG[1]) in known.named
    after = new_case(records, JOB, known=known, presented=shown_)
    assert after.decided.own["credentials"]["presented"] == [{"at": 0, "status": "revoked", "valid_to": "2034-03-04"}]
    assert material(after, proof)["route"] != "shown"
    assert GENG[1] not in json.dumps(after.decided.own)
    receipt = records.submit(after).result(SOON)
    records.do(certificate_acts.enter(Reader(records.rulebook).read(row(number="later"), DAY).values, OFFICER, DAY))
    with records.reading() as session:
        assert replay(log.decision(session, receipt.decision_id), records.rulebooks).identical


def test_a_question_the_library_answers_is_not_asked(records, tmp_path):
    asked = new_case(records, CARE, known=known_of(records, CARE, facts={}), facts={}, presented=[]).decided.body["questions"]
    assert any(one["fact"] == "holds_credential" for one in asked)
    taken(records, written(tmp_path / "a.jsonl", row(type="residence_permit", holder_number="430503195812310004", holder_name="测试己")))
    job = new_case(records, CARE, known=known_of(records, CARE, facts={}), facts={}, presented=[])
    assert not any(one["fact"] == "holds_credential" for one in job.decided.body["questions"])
    assert material(job, "residence_elsewhere_certificate")["route"] == "shown"


def test_an_empty_library_costs_one_look_a_batch_and_adds_nothing(records):
    seen: list[str] = []
    event.listen(records.database.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    assert records.ask(Question((ME, OTHER))).result(SOON) == Known()
    assert sum("certificate" in one for one in seen) == 1
    assert own_records(records.rulebook, (), Known(), complete=False, application=Application.model_validate(sample(JOB)), day=DAY) == {}
