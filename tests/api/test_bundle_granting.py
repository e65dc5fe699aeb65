"""A step of a bundle over HTTP: granted on nothing that is not there, no answer forgotten, nothing of one person taken for another's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from api.records.bundle_log import bundle_decision
from tests.api.door import assert_problem
from tests.api.hall import OFFICER, Hall
from tests.api.test_bundles import LEAD, LICENCE, again, answers_hold, entry, opening, row, sample, steps

COMPANY, SEAL, TAX, BANK = "company_registration", "seal_filing", "tax_information", "bank_account_appointment"
SHOWN = [{"credential": "resident_id_card", "holder": holder} for holder in ("director", "agent")]
LETTER, AGENT_CARD, CARD, RECORD = "power_of_attorney", "agent_identity", "legal_representative_identity", "seal_filing_record"
ANOTHER = {"name": "测试丙", "id_type": "resident_id", "id_number": "420704198205060006"}


@pytest.fixture
def hall(tmp_path):
    """A service on an empty file."""
    made = Hall(f"sqlite:///{tmp_path / 'records.db'}")
    yield made
    made.close()


def opened(hall, **more) -> tuple[str, dict[str, str]]:
    """The bundle, and the case of every step."""
    found = opening(hall, **more).json()
    return found["bundle_case"], {one["item"]: one["case"] for one in found["steps"]}


def granted(hall, *cases: str) -> None:
    for case in cases:
        hall.move(case, "accept")
        assert hall.move(case, "grant").status_code == 200


def not_granted(hall, case: str, *words: str) -> None:
    hall.move(case, "accept")
    refused = hall.move(case, "grant")
    assert_problem(refused, 409, "conflict")
    assert all(word in refused.json()["detail"] for word in words), refused.json()["detail"]


def take_in(hall, case: str, material: str, person: str = "") -> None:
    more = {"person": person} if person else {}
    assert hall.call("POST", f"/v1/cases/{case}/materials", json={"officer": OFFICER, "material": material, "trust": "B", **more}).status_code == 201


def test_a_step_is_granted_once_the_earlier_step_has_issued_what_it_rests_on(hall):
    _, cases = opened(hall, presented=SHOWN)
    not_granted(hall, cases[TAX], "“营业执照”由“公司设立登记”环节产出", "还没有产出", "已收件")
    granted(hall, cases[COMPANY])
    assert hall.move(cases[TAX], "grant").status_code == 200      # at once: what the step has issued counts by its state
    not_granted(hall, cases[BANK], "“印章备案凭证”由“公章刻制备案”环节产出")
    english = hall.call("POST", f"/v1/cases/{cases[BANK]}/moves", json={"move": "grant", "officer": OFFICER}, headers={"Accept-Language": "en"})
    assert "has not issued it yet" in english.json()["detail"]
    answers_hold(hall)


def test_what_hangs_on_a_refused_step_is_suspended_at_once_and_so_is_what_hangs_on_that(hall):
    bundle, cases = opened(hall, presented=SHOWN)
    for move in ("accept", "refuse"):
        hall.move(cases[COMPANY], move)
    not_granted(hall, cases[TAX], "“营业执照”", "没有办成，这个环节中止")      # nobody has decided anything since
    outputs = {one["item"]: one["outputs"] for one in hall.get(f"/v1/bundle-cases/{bundle}").json()["steps"]}
    assert outputs[SEAL] == [{"material": RECORD, "state": "failed"}]
    alone = hall.again(cases[BANK], {}).json()
    assert next(one for one in alone["materials"] if one["material"] == RECORD)["status"] == "suspended"
    made = again(hall, bundle).json()
    for code in (LICENCE, RECORD):
        assert (row(made, code)["status"], row(made, code)["satisfied"], row(made, code)["asked"]) == ("suspended", "waiting", False)
    not_granted(hall, cases[BANK], "没有办成")
    assert hall.move(cases[BANK], "refuse").status_code == 200
    answers_hold(hall)


def test_a_step_is_not_granted_on_a_copy_another_step_has_yet_to_see(hall):
    bundle, cases = opened(hall, presented=[], handed_in=["tax_confirmation_form"])
    granted(hall, cases[COMPANY])
    not_granted(hall, cases[TAX], "“法定代表人身份证明”由“公章刻制备案”环节收", cases[SEAL], "那里还没有")
    take_in(hall, cases[SEAL], CARD, "director")
    again(hall, bundle)
    not_granted(hall, cases[TAX], f"“授权委托书”由“公司设立登记”环节收（办件 {cases[COMPANY]}）")      # granted, and never seen there
    take_in(hall, cases[COMPANY], LETTER)
    not_granted(hall, cases[TAX], "“代理人身份证明”由“公司设立登记”环节收")
    take_in(hall, cases[COMPANY], AGENT_CARD, "agent")
    assert hall.move(cases[TAX], "grant").status_code == 200
    answers_hold(hall)


def test_what_a_withdrawn_step_kept_is_asked_for_before_the_grant(hall):
    bundle, cases = opened(hall, presented=[SHOWN[1]])
    granted(hall, cases[COMPANY])
    hall.move(cases[SEAL], "withdraw")
    not_granted(hall, cases[TAX], "“法定代表人身份证明”", "现在没有哪个环节收")
    assert entry(steps(again(hall, bundle).json())[TAX], CARD)["route"] == "shown"
    hall.again(cases[TAX], {"presented": SHOWN})
    assert hall.move(cases[TAX], "grant").status_code == 200
    answers_hold(hall)


def test_what_was_seen_of_one_person_serves_nobody_else(hall):
    bundle, cases = opened(hall, presented=SHOWN)
    granted(hall, cases[COMPANY], cases[SEAL])
    same = [{**one, "name": "测 试甲"} for one in sample()["persons"]]
    made = again(hall, bundle, {"persons": same, "presented": []}).json()
    assert (entry(steps(made)[TAX], CARD)["route"], row(made, CARD)["kept_by"]) == ("covered", SEAL)      # the same person, written otherwise
    changed = [{**one, **ANOTHER} for one in sample()["persons"]]
    made = again(hall, bundle, {"persons": changed}).json()
    assert (entry(steps(made)[TAX], CARD)["route"], row(made, CARD)["kept_by"], row(made, CARD)["satisfied"]) == ("shown", TAX, "waiting")
    answers_hold(hall)


@pytest.mark.parametrize("whole", [True, False])
def test_a_letter_made_out_to_one_agent_and_his_card_say_nothing_of_another(hall, whole):
    bundle, cases = opened(hall, presented=SHOWN)
    granted(hall, cases[COMPANY])
    hall.hands.now += timedelta(hours=1)
    new = {"agent": {"kind": "authorised_agent", "authorised": True, **ANOTHER}}      # what was shown and handed in before is not stated again
    if whole:
        made = again(hall, bundle, new).json()
        for answer in (made, again(hall, bundle, {}).json()):      # and it stays so
            assert {row(answer, code)["kept_by"] for code in (LETTER, AGENT_CARD)} == {SEAL}
            assert (row(answer, LETTER)["satisfied"], row(answer, AGENT_CARD)["satisfied"], row(answer, CARD)["satisfied"]) == ("no", "waiting", "yes")
        hall.hands.now += timedelta(hours=1)
        take_in(hall, cases[SEAL], LETTER)
        assert row(again(hall, bundle, {}).json(), LETTER)["satisfied"] == "yes"
    else:      # one step decided by itself: the first that is still running takes over, and has nothing of the new agent yet
        alone = {one["material"]: one["route"] for one in hall.again(cases[TAX], new | {"presented": SHOWN}).json()["materials"]}
        assert alone[LETTER] == alone[AGENT_CARD] == "covered"
        not_granted(hall, cases[TAX], "由“公章刻制备案”环节收", "那里还没有")
    answers_hold(hall)


def test_answering_one_question_forgets_no_other_answer(hall):
    situation = {name: value for name, value in sample()["situation"].items() if name != "免费刻章"}
    bundle, _ = opened(hall, situation=situation, facts={"data_disputed": {"premises_document": True}}, consents={"articles_of_association": True},
                           choices={"articles_of_association": {"commitment": "no"}})
    made = again(hall, bundle, {"situation": {"wants_free_seal": True}, "consents": {"住所使用证明": True}, "facts": {"data_disputed": {"公司章程": True}}}).json()
    assert {one["needed"] for one in made["steps"]} == {"yes"} and len(made["steps"]) == 6 and made["questions"] == []
    with hall.app.state.service.records.reading() as session:
        said = bundle_decision(session, made["id"]).application
    assert said["facts"] == {"data_disputed": {"premises_document": True, "公司章程": True}} and said["choices"] == {"articles_of_association": {"commitment": "no"}}
    assert said["consents"] == {"articles_of_association": True, "住所使用证明": True}
    renamed = again(hall, bundle, {"situation": {"免费刻章": False, "hires_employees": False}}).json()      # by another word: one and the same answer
    assert [one["item"] for one in renamed["steps"]] == [COMPANY, TAX, BANK]
    answers_hold(hall)


def test_the_list_is_fixed_once_everything_is_known(hall):
    situation = {name: value for name, value in sample()["situation"].items() if name != "招用员工"}
    bundle, _ = opened(hall, situation=situation)
    early = hall.call("POST", f"/v1/bundle-cases/{bundle}/list", json=LEAD)
    assert_problem(early, 409, "conflict")
    assert "“招用员工”" in early.json()["detail"] and hall.get(f"/v1/bundle-cases/{bundle}").json()["fixed_at"] is None
    again(hall, bundle, {"situation": {"招用员工": True}})
    assert hall.call("POST", f"/v1/bundle-cases/{bundle}/list", json=LEAD).status_code == 201


def test_a_step_that_rests_on_one_that_may_fall_away_is_undetermined(hall):
    situation = {name: value for name, value in sample()["situation"].items() if name != "免费刻章"}
    found = opening(hall, situation=situation, presented=SHOWN, handed_in=["bank_appointment_form"]).json()
    bank = steps(found)[BANK]
    assert (bank["decision"]["outcome"], entry(bank, RECORD)["status"], entry(bank, RECORD)["route"]) == ("undetermined", "undetermined", None)
    assert steps(found)[TAX]["decision"]["outcome"] == "supplement"      # which rests on no seal
    granted(hall, steps(found)[COMPANY]["case"])
    not_granted(hall, bank["case"], "“印章备案凭证”", "要不要办还不知道")
    made = again(hall, found["bundle_case"], {"situation": {"免费刻章": False}}).json()
    assert entry(steps(made)[BANK], RECORD)["route"] == "submit"
    answers_hold(hall)
