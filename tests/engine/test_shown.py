"""A credential that carries its holder's own number is held against the number stated: another one is somebody else's, an impossible one refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from engine.application import Application
from engine.decide import Decider
from engine.intake import take
from engine.problems import Refused
from tests.bundled import rulebook

DAY = date(2026, 11, 22)
ME, OTHER, OLD = "210400199003070007", "430503195812310004", "210402900307002"
RESIDENT = {"id_type": "resident_id", "id_number": ME}
SOCIAL_CARD = {"item": "social_card_reissue", "deciding_division": "210400", "accepted_on": "2026-11-20", "situation": {"card_lost": False}}


def application(applicant: dict[str, Any], *presented: dict[str, Any], **more: Any) -> Application:
    return Application.model_validate({**SOCIAL_CARD, "applicant": applicant, "presented": list(presented), **more})


def holders(applicant: dict[str, Any], *presented: dict[str, Any], **more: Any) -> list[str]:
    return [one.holder for one in take(rulebook(), application(applicant, *presented, **more), DAY).presented or ()]


def card(number: str | None, credential: str = "resident_id_card", **more: Any) -> dict[str, Any]:
    return {"credential": credential, "number": number, **more}


@pytest.mark.parametrize(("applicant", "shown", "holder"), [
    (RESIDENT, card(ME), "applicant"), (RESIDENT, card(f" {ME[:6]} {ME[6:]}"), "applicant"), (RESIDENT, card(OTHER), "other"), (RESIDENT, card(None), "applicant"),
    (RESIDENT, card(OTHER, "居民身份证"), "other"), (RESIDENT, card("２１０４００１９９００３０７０００７"), "applicant"),
    ({"id_type": "resident_id", "id_number": OLD}, card("210402199003070026"), "applicant"),      # fifteen digits are the same number
    ({"id_type": "居民身份证号码", "id_number": "21040219900307000x"}, card("21040219900307000X"), "applicant"),
    ({"id_type": "passport", "id_number": "E12345678"}, card(OTHER), "applicant"),                # numbers of two kinds say nothing of each other here
    ({"id_type": "passport", "id_number": "E12345678"}, card("e1234 5678", "passport"), "applicant"),
    ({"id_type": "passport", "id_number": "E12345678"}, card("E87654321", "passport"), "other"),
    ({"id_type": "hmt_travel_permit", "id_number": "H12345678"}, card("H00000001", "hm_travel_permit"), "other"),
    ({"id_type": "hmt_residence_permit", "id_number": "810000198801010004"}, card("830000198801010008", "hmt_residence_permit"), "other"),
    ({"id_type": "uscc", "id_number": "91210400MA0000015D"}, card("92210400MA0000015A", "business_licence"), "other"),
    (RESIDENT, card("FS-SBK-000002", "social_security_card"), "applicant"),                       # a number of its own
    ({}, card(OTHER), "applicant"), ({"id_type": "resident_id"}, card(OTHER), "applicant"), (RESIDENT, card(OTHER, holder="nobody"), "nobody")])
def test_a_credential_with_another_number_than_its_holder_is_somebody_elses(applicant, shown, holder):
    assert holders(applicant, shown) == [holder]


def test_persons_and_the_agent_have_numbers_of_their_own_and_somebody_else_is_nobody_of_the_application():
    people = {"persons": [{"id": "other", "role": "配偶", "id_type": "resident_id", "id_number": OTHER}],
              "agent": {"kind": "authorised_agent", "authorised": True, "id_type": "resident_id", "id_number": "420704198001010007"}}
    shown = [card(OTHER, holder="other"), card(ME, holder="other"), card("420704198001010007", holder="agent"), card(ME, holder="agent")]
    assert holders(RESIDENT, *shown, **people) == ["other", "other-", "agent", "other-"]


@pytest.mark.parametrize(("credential", "number"), [
    ("resident_id_card", "123"), ("resident_id_card", ME[:-1] + "8"), ("business_licence", ME), ("passport", "E1"), ("foreign_pr_card", ME)])
def test_a_number_that_the_credential_cannot_have_is_refused_at_its_place(credential, number):
    with pytest.raises(Refused) as refused:
        take(rulebook(), application(RESIDENT, card(None), card(number, credential)), DAY)
    assert [(one.field, one.code) for one in refused.value.problems] == [("presented.1.number", "id-number")]
    assert number not in repr(refused.value.problems)


def test_it_does_not_prove_identity_and_the_application_stays_as_it_was_stated():
    decider = Decider(rulebook())
    nothing = {"handed_in": [], "evidence": {"on_file": {"complete": True}, "records": {"complete": True}}}
    for number, satisfied in ((ME, True), (OTHER, False)):
        stated = application(RESIDENT, card(number), **nothing)
        before = stated.model_dump()
        proof = next(one for one in decider.decide(stated, DAY)["materials"] if one["material"] == "identity_proof")
        assert (proof["satisfied"] == "yes") is satisfied and stated.model_dump() == before


def test_the_shipped_catalogue_says_which_credentials_carry_their_holders_number():
    assert {one.code for one in rulebook().credentials.values() if one.holders_number} == {
        "resident_id_card", "passport", "hmt_residence_permit", "hm_travel_permit", "tw_travel_permit", "foreign_pr_card", "business_licence"}
