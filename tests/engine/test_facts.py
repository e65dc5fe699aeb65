"""What every computed fact is worth for one person's copy of one material, and what could still make an unknown one known."""

from __future__ import annotations

from datetime import date

import pytest

from engine.facts import MAKERS, Unit, day_values, need, openings
from engine.intake import Case
from engine.people import SOMEBODY, Party
from engine.phrases import Phrase, read
from engine.rulebook import Rulebook
from engine.standing import Place
from tests.bundled import rulebook
from tests.engine.small import DAY, EVERYWHERE, asked, book, case, credential, instrument, item, material, situation, source

CARD = credential("card", "身份卡", 普遍持有="是", 适用证件类型="居民身份证号码")
PERMIT = credential("permit", "居住证", 普遍持有="是", 适用证件类型="港澳台居民居住证号码")
PR_CARD = credential("pr_card", "永居证", 普遍持有="是", 适用证件类型="外国人永久居留身份证号码")
LICENCE = credential("licence", "驾驶证")
RESIDENT = {"id_type": "resident_id", "id_number": "210400199003070007"}
CHILD = {"id_type": "resident_id", "id_number": "620200201506010001"}          # eleven years old
HONG_KONG = {"id_type": "hmt_residence_permit", "id_number": "810000198801010004"}
FOREIGN = {"id_type": "foreign_pr_card", "id_number": "91184019900101000X"}
PASSPORT = {"id_type": "passport", "id_number": "E12345678"}


def small(requirement: dict | None = None, sources: list[dict] = [], credentials: list[dict] = [], **thing: object) -> Rulebook:  # noqa: B006
    return book(instrument("示例法"), items=[item(requirement or asked("甲"), 情形=[situation("moved", "已搬家")])],
                materials=[material("a", "甲", 数据源=[one["编码"] for one in sources] or "无", 证件=[one["名称"] for one in credentials] or "无", **thing)],
                sources=sources, credentials=credentials)


def unit_of(found: Rulebook, day: date = DAY) -> Unit:
    return Unit.of(found.items["thing", "000000"].requirements[0], Place(found, found.chain("210400"), day, day))


def made(fact: str, found: Rulebook, person: str = "applicant", day: date = DAY, **more: object) -> object:
    """What the fact is worth for one person's copy."""
    stated = case(found, day, **more)
    party = stated.applicant if person == "applicant" else next(one for one in stated.persons if one.id == person)
    return MAKERS[fact](unit_of(found, day), stated, party, stated.key("a", party))


# —— shown_state ——

def shown(credentials: list[dict], presented: list[dict] | None, person: str = "applicant", **more: object) -> object:
    return made("shown_state", small(credentials=credentials), person, presented=presented, **more)


@pytest.mark.parametrize(("presented", "state"), [
    ([{"credential": "card"}], "valid"),
    ([{"credential": "身份卡", "medium": "electronic"}], "valid"),
    ([{"credential": "card", "valid_to": "2026-11-23"}], "valid"),               # the last day counts
    ([{"credential": "card", "valid_to": "2026-11-22"}], "expired"),
    ([{"credential": "card", "status": "expired"}], "expired"),
    ([{"credential": "card", "status": "revoked", "valid_to": "2036-01-01"}], "revoked"),
    ([{"credential": "card", "holder": "somebody"}], "not_theirs"),
    ([{"credential": "card", "status": "revoked"}, {"credential": "card"}], "valid"),     # one good one is enough
    ([{"credential": "licence"}], "not_presented"),                              # another credential says nothing of this one
    ([], "not_presented"),                                                       # everybody with that number has one
    (None, "not_presented"),
])
def test_a_presented_credential_counts_as_it_stands_on_the_day(presented, state):
    found = book(instrument("示例法"), items=[item(asked("甲"))], materials=[material("a", "甲", 证件=["身份卡"])], credentials=[CARD, LICENCE])
    assert made("shown_state", found, presented=presented, applicant=RESIDENT) == state


def test_without_any_credential_that_shows_the_fact_nothing_can_be_shown():
    assert made("shown_state", small(), presented=[], applicant=RESIDENT) == "none"


@pytest.mark.parametrize(("who", "credentials", "state"), [
    (RESIDENT, [CARD], "not_presented"), (HONG_KONG, [PERMIT], "not_presented"), (FOREIGN, [PR_CARD], "not_presented"),
    (HONG_KONG, [CARD], "none"), (FOREIGN, [CARD, PERMIT], "none"), (PASSPORT, [CARD, PERMIT, PR_CARD], "none"),
    (PASSPORT, [CARD, LICENCE], None),       # not everybody has a driving licence: a question
    (RESIDENT, [LICENCE], None),
    ({}, [CARD], None),                      # which document does the person hold?
])
def test_who_can_have_a_credential_depends_on_the_kind_of_number(who, credentials, state):
    assert shown(credentials, None, applicant=who) == state


@pytest.mark.parametrize(("holds", "state"), [(True, "not_presented"), (False, "not_held"), (None, None)])
def test_for_a_credential_that_not_everybody_has_the_answer_counts(holds, state):
    facts = {} if holds is None else {"holds_credential": {"a": holds}}
    assert shown([LICENCE], None, applicant=RESIDENT, facts=facts) == state


def test_a_universal_credential_somebody_says_they_lack_is_not_held():
    assert shown([CARD], None, applicant=RESIDENT, facts={"holds_credential": {"a": False}}) == "not_held"


def test_a_presented_credential_outweighs_the_answer_that_none_is_held():
    assert shown([LICENCE], [{"credential": "licence"}], applicant=RESIDENT, facts={"holds_credential": {"a": False}}) == "valid"


PERSONS = [{"id": "p1", "role": "配偶", "id_type": "resident_id", "id_number": "420704198001010007"}]


def test_each_person_s_copy_is_shown_by_that_person_s_own_credential():
    found = small(asked("甲", 每人一份="配偶"), credentials=[CARD])
    theirs, ours = [{"credential": "card", "holder": "p1"}], [{"credential": "card", "holder": "applicant"}]
    assert made("shown_state", found, "p1", persons=PERSONS, presented=theirs) == "valid"
    assert made("shown_state", found, "p1", persons=PERSONS, presented=ours) == "not_presented"   # the applicant's own, for the applicant's copy
    assert made("shown_state", found, "applicant", persons=PERSONS, presented=theirs, applicant=RESIDENT) == "not_presented"
    assert made("shown_state", found, "p1", persons=PERSONS, presented=[{"credential": "card", "holder": "p9"}]) == "not_theirs"


def test_somebody_listed_again_under_the_same_number_shows_one_credential_for_both():
    found = small(asked("甲", 每人一份="双方"), credentials=[CARD])
    again = [{"id": "p1", "role": "双方", **RESIDENT}]
    assert made("shown_state", found, "p1", persons=again, applicant=RESIDENT, presented=[{"credential": "card"}]) == "valid"
    assert made("shown_state", found, "p1", persons=again, applicant=PASSPORT, presented=[{"credential": "card"}]) == "not_presented"


@pytest.mark.parametrize(("agent", "state"), [
    (None, "valid"),
    ({"kind": "authorised_agent", "authorised": True}, "valid"),
    ({"kind": "authorised_agent", "authorised": False}, "unauthorised"),
    ({"kind": "authorised_agent", "authorised": True, "authorised_until": "2026-11-22"}, "unauthorised"),   # ran out yesterday
    ({"kind": "authorised_agent"}, None),                                                                  # nobody looked yet
    ({"kind": "guardian"}, "valid"),                          # of these only a stated lack of authority counts
    ({"kind": "official_helper"}, "valid"),
    ({"kind": "guardian", "authorised": False}, "unauthorised"),
    ({"kind": "guardian", "authorised_until": "2026-11-22"}, "unauthorised"),
    ({"kind": "official_helper", "authorised": False}, "unauthorised"),
])
def test_the_principal_s_credential_in_an_agent_s_hand_needs_the_authority(agent, state):
    assert shown([CARD], [{"credential": "card"}], applicant=RESIDENT, agent=agent) == state


def test_the_agent_s_own_credential_needs_no_authority():
    found = small(asked("甲", 每人一份="代理人"), credentials=[CARD])
    agent = {"kind": "authorised_agent", "authorised": False, **RESIDENT}
    assert made("shown_state", found, "agent", agent=agent, presented=[{"credential": "card", "holder": "agent"}]) == "valid"


# —— on file ——

def filed(*entries: tuple[str, str] | tuple[str, str, str], complete: bool = True, day: date = DAY, **thing: object) -> tuple[object, object]:
    rows = [dict(zip(("trust", "received_on", "valid_to"), one, strict=False)) | {"material": "a"} for one in entries]
    found = small(**thing)
    evidence = {"on_file": {"complete": complete, "entries": rows}}
    return made("on_file_state", found, day=day, evidence=evidence), made("on_file", found, day=day, evidence=evidence)


@pytest.mark.parametrize(("trust", "self_made", "state"), [
    ("A", "否", "usable"), ("B", "否", "usable"), ("C", "否", "unchecked"), ("D", "否", "unchecked"), ("D", "是", "usable"), ("C", "是", "unchecked")])
def test_a_copy_on_file_may_be_used_again_by_its_level_of_trust(trust, self_made, state):
    assert filed((trust, "2026-10-01"), 自备=self_made) == (state, "recorded")


def test_the_best_copy_on_file_counts():
    assert filed(("C", "2026-10-01"), ("A", "2026-10-01")) == filed(("A", "2026-10-01"), ("C", "2026-10-01")) == ("usable", "recorded")
    assert filed(("C", "2026-10-01"), ("A", "2026-10-01", "2026-11-22")) == ("unchecked", "recorded")


MONTH = {"数": "30", "单位": "自然日"}


@pytest.mark.parametrize(("entry", "validity", "day", "state"), [
    (("A", "2026-10-01", "2026-11-23"), None, DAY, "usable"), (("A", "2026-10-01", "2026-11-22"), None, DAY, "expired"),
    (("A", "2026-10-23"), MONTH, date(2026, 11, 22), "usable"),      # the thirtieth day, a Sunday
    (("A", "2026-10-23"), MONTH, date(2026, 11, 23), "usable"),      # which moves to Monday
    (("A", "2026-10-23"), MONTH, date(2026, 11, 24), "expired"),
    (("A", "2026-10-23", "2026-10-31"), MONTH, date(2026, 11, 1), "expired"),
    (("A", "2026-12-15"), MONTH, date(2026, 12, 20), "usable"),      # surely in time, whatever the calendar of 2027 will be
    (("A", "2015-05-01"), MONTH, DAY, None),                         # no calendar of 2015: looked up, not guessed
    (("A", "2015-05-01"), None, DAY, "usable"),                      # no term of validity
])
def test_a_copy_on_file_is_good_for_its_days(entry, validity, day, state):
    assert filed(entry, day=day, **({"有效期": validity} if validity else {}))[0] == state


def test_what_is_not_on_a_complete_file_is_not_on_file_and_an_incomplete_one_leaves_it_open():
    assert filed() == ("not_on_file", "not_recorded")
    assert filed(complete=False) == (None, None)
    assert filed(("A", "2026-10-01"), complete=False) == ("usable", "recorded")
    assert filed(("C", "2026-10-01"), complete=False) == (None, "recorded")
    assert (made("on_file_state", small()), made("on_file", small())) == (None, None)     # nobody looked


# —— sources ——

REGISTER = source("register", EVERYWHERE, 适用证件类型="居民身份证号码、港澳台居民居住证号码")


@pytest.mark.parametrize(("who", "sources", "state"), [
    (RESIDENT, [REGISTER], "connected"), (HONG_KONG, [REGISTER], "connected"), (PASSPORT, [REGISTER], "not_applicable"), ({}, [REGISTER], None),
    ({}, [source("all", EVERYWHERE)], "connected"),        # the kind of number makes no difference
    ({}, [source("nowhere")], "not_connected"), ({}, [], "none"), (PASSPORT, [], "none"),
    (PASSPORT, [REGISTER, source("all", EVERYWHERE)], "connected"),
])
def test_the_state_of_the_source_is_that_for_the_person_s_kind_of_number(who, sources, state):
    assert made("source_state", small(sources=sources), applicant=who) == state


@pytest.mark.parametrize(("ground", "who", "found"), [
    ("法定职责", RESIDENT, "statutory_duty"), ("法定职责", CHILD, "statutory_duty"),
    ("同意", RESIDENT, "consent"), ("同意", CHILD, "guardian_consent"), ("单独同意", RESIDENT, "separate_consent"), ("单独同意", CHILD, "guardian_consent"),
    ("授权书", CHILD, "authorisation_letter"),
    ("同意", PASSPORT | {"birth_date": "2012-11-23"}, "guardian_consent"),     # fourteen only from tomorrow
    ("同意", PASSPORT | {"birth_date": "2012-11-22"}, "consent"),
])
def test_under_fourteen_a_guardian_consents_where_consent_is_the_ground(ground, who, found):
    assert made("source_ground", small(sources=[source("s", EVERYWHERE, 查询依据=ground)]), applicant=who) == found


def test_the_ground_is_that_of_the_source_the_person_can_be_found_in_and_unknown_while_that_is():
    by_duty = source("duty", EVERYWHERE, 适用证件类型="居民身份证号码")
    by_consent = source("asks", EVERYWHERE, 适用证件类型="护照号码", 查询依据="同意")
    found = small(sources=[by_duty, by_consent])
    assert made("source_ground", found, applicant=RESIDENT) == "statutory_duty"
    assert made("source_ground", found, applicant={**PASSPORT, "birth_date": "1980-05-01"}) == "consent"
    assert made("source_ground", found, applicant={**PASSPORT, "birth_date": "2020-05-01"}) == "guardian_consent"
    assert made("source_ground", found, applicant=PASSPORT) is None     # whose consent it takes hangs on the age
    assert made("source_ground", found, applicant={}) is None
    assert made("source_ground", small(), applicant={}) == "none"


# —— what is told plainly ——

def test_what_was_answered_is_taken_and_the_rest_is_unknown():
    found = small()
    evidence = {"queries": {"a": {"result": "mismatch"}}, "checks": {"a": {"result": "refuted"}}, "outputs": {"a": "expected"}}
    for fact, said, unsaid in (("query_result", "mismatch", None), ("check_result", "refuted", None), ("earlier_output", "expected", "none")):
        assert (made(fact, found, evidence=evidence), made(fact, found)) == (said, unsaid)
    assert (made("consents_to_query", found, consents={"a": False}), made("consents_to_query", found)) == (False, None)
    assert (made("data_disputed", found, facts={"data_disputed": {"a": True}}), made("data_disputed", found)) == (True, False)


@pytest.mark.parametrize(("agent", "signed_by", "signer"), [
    (None, None, "self"), (None, "self", "self"), ({"kind": "guardian"}, None, None), ({"kind": "guardian"}, "self", "self"),
    ({"kind": "guardian"}, "guardian", "guardian"),
    ({"kind": "authorised_agent"}, "agent", "agent"), ({"kind": "official_helper"}, "helper", "helper")])
def test_the_signer_is_the_person_unless_somebody_acts_for_them(agent, signed_by, signer):
    choices = {"a": {"commitment": "yes", "signed_by": signed_by}}
    assert made("commitment_signer", small(), agent=agent, choices=choices) == signer


@pytest.mark.parametrize(("kind", "signers"), [("guardian", ["self", "guardian"]), ("authorised_agent", ["self", "agent"]), ("official_helper", ["self", "helper"])])
def test_only_the_person_and_who_acts_could_turn_out_to_have_signed(kind, signers):
    _, ways = opened("commitment_signer", small(), agent={"kind": kind})
    assert [answer for answer, _ in ways] == signers


def test_the_need_of_a_material_reads_the_situation_and_the_person():
    found = small(asked("甲", 需要=["已搬家 成立", "当事人年龄 不小于 18"]))
    for moved, who, needed in ((True, RESIDENT, True), (True, CHILD, False), (False, RESIDENT, False), (None, CHILD, False), (None, RESIDENT, None),
                               (True, {}, None), (False, {}, False)):
        answers = {} if moved is None else {"moved": moved}
        assert made("material_needed", found, situation=answers, applicant=who) is needed
    unit = unit_of(found)
    assert need(unit.needed, case(found, situation={"moved": True}, applicant=CHILD), SOMEBODY) is None     # nobody known yet


# —— openings: what could make an unknown fact known ——

def sheet_of(stated: Case, unit: Unit, party: Party) -> dict:
    return {**stated.facts, **party.facts, **{code: make(unit, stated, party, "a") for code, make in MAKERS.items()}}


def opened(fact: str, found: Rulebook, **more: object) -> tuple[str, list]:
    stated, unit = case(found, **more), unit_of(found)
    leaf, ways = openings(found.vocabulary[fact], unit, sheet_of(stated, unit, stated.applicant), found, {})
    return leaf.code, ways


def test_a_credential_nobody_showed_is_opened_by_asking_what_is_held():
    leaf, ways = opened("shown_state", small(credentials=[LICENCE]), applicant=RESIDENT)
    assert leaf == "holds_credential"
    assert ways == [(True, {"shown_state": "not_presented"}), (False, {"shown_state": "not_held"})]


def test_a_credential_whose_holder_s_number_is_unknown_is_opened_by_asking_for_its_kind():
    leaf, ways = opened("shown_state", small(credentials=[CARD]), applicant={})
    assert leaf == "person_id_type"
    assert {kind: settles["shown_state"] for kind, settles in ways}["resident_id"] == "not_presented"
    assert {kind: settles["shown_state"] for kind, settles in ways}["passport"] == "none"


def test_an_authority_nobody_looked_at_is_opened_by_looking():
    leaf, ways = opened("shown_state", small(credentials=[CARD]), applicant=RESIDENT, presented=[{"credential": "card"}], agent={"kind": "authorised_agent"})
    assert leaf == "agent_authorised"
    assert [(answer, settles["shown_state"]) for answer, settles in ways] == [(True, "valid"), (False, "unauthorised")]


def test_an_answer_never_unsettles_what_is_known_already():
    leaf, ways = opened("source_state", small(sources=[REGISTER], credentials=[CARD]), applicant={}, presented=[{"credential": "card", "status": "expired"}])
    assert leaf == "person_id_type"
    assert all("shown_state" not in settles for _, settles in ways)


def test_what_is_on_file_is_opened_by_looking_into_the_file():
    leaf, ways = opened("on_file_state", small())
    assert (leaf, [settles["on_file_state"] for _, settles in ways]) == ("on_file", ["usable", "not_on_file"])


def test_a_choice_is_opened_by_each_of_its_values_and_a_yes_or_no_by_both():
    found = small(sources=[REGISTER])
    leaf, ways = opened("query_result", found)
    assert (leaf, [answer for answer, _ in ways]) == ("query_result", [value.code for value in found.vocabulary["query_result"].values])
    assert opened("moved", found)[1] == [(True, {"moved": True}), (False, {"moved": False})]


def test_days_and_numbers_are_opened_by_values_around_those_they_are_compared_with():
    words = rulebook().vocabulary

    def phrase(text: str) -> Phrase:
        found = read(text, words)
        assert isinstance(found, Phrase)
        return found

    values = day_values([phrase("当事人年龄 不小于 18"), phrase("信用修复日期 不晚于 决定日期")], {"as_of": DAY})
    assert values == {"person_age": (-982, 17, 18, 19, 1018),
                      "credit_repaired_on": (date(2024, 2, 27), date(2026, 11, 22), DAY, date(2026, 11, 24), date(2029, 8, 19))}
