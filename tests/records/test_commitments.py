"""Commitments: what opens one, what its letter says, who may sign, what a withdrawal leaves; and every move that is not open."""

from __future__ import annotations

from datetime import date, timedelta

import orjson
import pytest

from api.records import cases, commitment_story, commitments, log
from api.records.acts import APPLICANT, Conflict, NoSuchRecord
from api.records.chain import sha256
from api.records.commitment_letters import Copy
from api.records.commitments import Check
from api.records.tables import Alert, Commitment, Credit
from engine.lifecycle.letters import STATEMENTS
from engine.lifecycle.machines import COMMITMENT
from engine.lifecycle.moves import IllegalMove
from engine.problems import Refused
from tests.records.committing import FALSE, JOB, OFFICER, PAPER, One, again, altered, opened, rows, sound, standing
from tests.records.conftest import NOW
from tests.records.jobs import sample

# -- offering ---------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", PAPER)
def test_the_letter_is_written_from_the_rules_and_frozen_with_its_hash(records, name):
    one = One(records, name)
    [row] = rows(records, Commitment)
    assert row.state == "offered" and row.round == 1 and row.mode and row.signed_by is None
    assert row.letter_hash == sha256(row.letter)
    letter = orjson.loads(row.letter)
    item = records.rulebook.item(sample(name)["item"], sample(name)["deciding_division"]) or next(
        item for (code, _), item in records.rulebook.items.items() if item.name == sample(name)["item"])
    for field in (item.name, letter["material_name"], *letter["bases_text"], letter["content"], letter["mode_name"], *letter["grounds_text"],
                  letter["consequence"], letter["check_text"], letter["public_text"], *STATEMENTS, *letter["rights"], sample(name)["applicant"]["name"]):
        assert field and field in letter["text"]
    for heading in ("事项名称", "设定依据", "证明内容", "承诺方式", "适用依据", "不实承诺可能承担的民事、行政、刑事责任", "行政机关核查权力、方式、时限",
                    "是否公开、公开范围及时限", "申请人的权利", "签署人", "签署日期"):
        assert heading in letter["text"]
    assert one.told()["tasks"] == [] and one.clocks() == []


def test_a_commitment_that_was_chosen_at_the_window_gets_its_letter_too(records):
    one = One(records, JOB, choices={PAPER[JOB]: {"commitment": "yes"}})
    assert one.told()["state"] == "offered"
    assert One(records, "care_elsewhere_shaoyang", choices=sample("care_elsewhere_shaoyang")["choices"]).told()["state"] == "offered"


@pytest.mark.parametrize(("name", "material", "said"), [
    ("housing_fund_rent_fushun", "identity_proof", "已经以有效证件证明"),
    ("housing_fund_rent_fushun", "employer_withdrawal_certificate", "由部门查询"),
    ("house_sale_fushun", "kinship_from_register", "不涉及这份材料"),
    ("hazardous_chemicals_fushun_refused_commitment", "chemical_safety_report", "不能以承诺代替"),
])
def test_what_the_decision_does_not_open_is_refused_in_the_rules_own_words(records, name, material, said):
    case = opened(records, name)
    material = material if standing(records, case, material) else next(
        one for one in sample(name)["choices"])                       # the one that was refused, whatever it is called
    with pytest.raises(Conflict) as refused:
        records.do(commitments.offer(records, case, Copy(material), OFFICER))
    assert refused.value.code == "no-commitment" and said in refused.value.zh and refused.value.en.startswith("No commitment can stand in for “")
    assert rows(records, Commitment) == []


def test_what_is_unknown_is_named_before_a_letter_is_given(records):
    case = opened(records, JOB, choices={}, evidence={"queries": {"id_photo": {"result": "valid"}}})     # nobody looked at the credit records
    with pytest.raises(Conflict) as refused:
        records.do(commitments.offer(records, case, Copy(PAPER[JOB]), OFFICER))
    assert "申请人信用" in refused.value.zh


def test_a_material_the_decision_does_not_know_is_refused(records):
    case = opened(records, JOB, choices={})
    for copy in (Copy("lease"), Copy(PAPER[JOB], "p9")):
        with pytest.raises(Conflict) as refused:
            records.do(commitments.offer(records, case, copy, OFFICER))
        assert refused.value.code == "not-in-decision" and copy.key in refused.value.zh
    with pytest.raises(NoSuchRecord):
        records.do(commitments.offer(records, "nobody", Copy(PAPER[JOB]), OFFICER))


def test_a_letter_that_lacks_a_field_is_not_issued(records):
    nameless = {key: value for key, value in sample(JOB)["applicant"].items() if key != "name"}
    case = opened(records, JOB, choices={}, applicant=nameless)
    with pytest.raises(Refused) as refused:
        records.do(commitments.offer(records, case, Copy(PAPER[JOB]), OFFICER))
    assert [(one.code, one.field) for one in refused.value.problems] == [("letter-incomplete", "申请人"), ("letter-incomplete", "签署人")]
    assert rows(records, Commitment) == [] and sound(records)


def test_it_is_offered_once_and_again_after_it_was_declined_or_withdrawn(records):
    one = One(records)
    with pytest.raises(Conflict) as refused:
        one.offer()
    assert refused.value.code == "already-offered" and one.id in refused.value.zh
    assert one.decline().state == "declined" and one.entry()["route"] == "submit"
    assert (one.offer().id, one.told()["round"], one.told()["state"]) == (one.id, 1, "offered")      # the choice is free until the decision
    one.withdraw()
    second = one.offer()
    assert second.id != one.id and second.round == 2 and one.told()["state"] == "withdrawn"


def test_a_letter_whose_content_changed_is_offered_anew_before_it_is_signed(records):
    one = One(records)
    before = one.told()["letter_hash"]
    again(records, one.case, applicant={**sample(JOB)["applicant"], "name": "测试庚庚"})
    with pytest.raises(Conflict) as refused:
        one.sign()
    assert refused.value.code == "letter-outdated" and one.told()["state"] == "offered"
    assert one.offer().id == one.id and one.told()["letter_hash"] != before
    assert one.sign().state == "signed"


def test_nothing_is_offered_in_a_closed_case(records):
    case = opened(records, JOB, choices={})
    records.do(cases.go(records, case, "withdraw", APPLICANT))
    with pytest.raises(Conflict) as refused:
        records.do(commitments.offer(records, case, Copy(PAPER[JOB]), OFFICER))
    assert refused.value.code == "case-closed" and "已由申请人撤回" in refused.value.zh


# -- signing ----------------------------------------------------------------------------------------------------------

def test_signing_decides_the_case_again_and_starts_the_check(records):
    one = One(records)
    first = one.told()["standing_decision"]
    assert one.sign(electronic=True).state == "signed"
    told = one.told()
    assert told["standing_decision"] != first and told["decision_id"] == first
    assert (told["signed_by"], told["electronic"], told["signed_at"]) == ("self", True, "2026-11-22T09:30:00+08:00")
    entry = one.entry()
    assert (entry["route"], entry["status"], entry["satisfied"]) == ("commitment", "settled", "yes")
    with records.reading() as session:
        recorded = log.decision(session, told["standing_decision"])
    assert recorded.supersedes == first and recorded.tells["outcome"] == "accept_on_commitment"
    assert recorded.application["choices"] == {PAPER[JOB]: {"commitment": "yes", "signed_by": "self"}}
    assert one.clocks() == [("check", "running", date(2026, 12, 18))]                 # twenty working days from 22 November
    assert told["due"] == "2026-12-18" and told["tasks"] == [
        {"action": "check_commitment", "due": "2026-12-18", "due_rule": {"start": "2026-11-22", "count": 20, "unit": "working_day"}}]
    assert sound(records)


def test_a_term_into_a_year_without_a_calendar_has_no_day_yet(records):
    one = One(records, "care_elsewhere_shaoyang")
    one.sign()
    assert one.clocks() == [("check", "running", None)] and one.told()["due"] is None
    assert one.told()["tasks"][0]["due_rule"] == {"start": "2026-11-22", "count": 30, "unit": "working_day"}


def test_a_letter_that_is_to_be_publicised_shows_as_a_task(records):
    one = One(records, "hygiene_permit_fushun_commitment")
    one.sign()
    assert [task["action"] for task in one.told()["tasks"]] == ["check_commitment", "publicise_letter"]
    assert one.told()["tasks"][1]["within"] == {"count": 3, "unit": "month"} and "卫生健康部门的网站" in one.told()["tasks"][1]["scope"]
    one.withdraw()
    assert one.told()["tasks"] == []


def test_the_choice_replaces_what_was_stated_under_the_materials_name(records):
    one = One(records, JOB, choices={"解除或者终止劳动关系证明": {"commitment": "yes"}})
    assert one.sign().state == "signed"


def test_evidence_of_an_earlier_day_is_no_fact_of_the_day_of_the_signature(records, hands):
    one = One(records)
    hands.now = NOW + timedelta(days=1)
    with pytest.raises(Conflict) as refused:
        one.sign()
    assert refused.value.code == "signature-refused" and "申请人信用" in refused.value.zh
    assert one.sign(evidence=sample(JOB)["evidence"]).state == "signed"
    assert one.clocks()[0][2] == date(2026, 12, 21)


@pytest.mark.parametrize(("signer", "said"), [("agent", "办事指南没有写明可以代为承诺的，代理人签署不算"), ("helper", "代办人员只帮着跑腿，任何时候都不能代签承诺")])
def test_an_agent_or_helper_does_not_sign_where_the_rules_do_not_say_so(records, signer, said):
    kind = {"agent": "authorised_agent", "helper": "official_helper"}[signer]
    one = One(records, JOB, agent={"kind": kind, "name": "测试丁", "authorised": True})
    before = one.told()
    with pytest.raises(Conflict) as refused:
        one.sign(signer)
    assert refused.value.code == "signature-refused" and said in refused.value.zh and "承诺须由本人签署" in refused.value.zh
    assert "must be signed by the person" in refused.value.en
    assert one.told() == before and one.clocks() == []
    with pytest.raises(Conflict):
        one.offer(signed_by=signer)
    assert one.sign("self").state == "signed"          # the principal's own signature counts whoever carries the papers


def test_a_guardian_who_acts_signs_and_is_named_in_the_letter(records):
    one = One(records, JOB, agent={"kind": "监护人", "name": "测试丙"})
    letter = orjson.loads(rows(records, Commitment)[0].letter)
    assert (letter["signed_by"], letter["signer_name"], letter["applicant_name"]) == ("guardian", "测试丙", "测试庚")
    assert "签署人：测试丙（法定监护人）" in letter["text"]
    before = one.told()["letter_hash"]
    assert one.sign("guardian").signed_by == "guardian" and one.told()["letter_hash"] == before


def test_whoever_signs_in_the_end_stands_in_the_letter(records):
    one = One(records, JOB, agent={"kind": "guardian", "name": "测试丙"})
    one.sign("self")
    [row] = rows(records, Commitment)
    assert "签署人：测试庚（本人）" in orjson.loads(row.letter)["text"] and row.letter_hash == sha256(row.letter)


def test_nobody_signs_as_somebody_the_application_does_not_name(records):
    one = One(records)
    with pytest.raises(Conflict) as refused:
        one.sign("guardian")
    assert refused.value.code == "no-such-signer" and one.told()["state"] == "offered"


MAY = ("unemployment_registration.yaml", "    可承诺方式: 证明承诺、签字声明\n", "    允许代理承诺: 是\n    可承诺方式: 证明承诺、签字声明\n")
IN_PERSON = ("materials/people.yaml", "    开具单位无法查证: 否\n    须本人到场: 否\n    形式: 原件\n    自备: 否\n  - 编码: education_certificate",
             "    开具单位无法查证: 否\n    须本人到场: 是\n    形式: 原件\n    自备: 否\n  - 编码: education_certificate")
AGENT = {"kind": "authorised_agent", "name": "测试丁", "authorised": True, "authorised_until": "2026-11-22"}


def test_an_agent_signs_where_the_guide_says_so_and_the_authority_is_in_force(database_url, hands):
    with altered(database_url, hands, may=MAY) as records:
        for agent in ({**AGENT, "authorised": False}, {**AGENT, "authorised_until": "2026-11-21"}, {"kind": "authorised_agent", "name": "测试丁"}):
            one = One(records, JOB, agent=agent)
            with pytest.raises(Conflict) as refused:
                one.sign("agent")
            assert refused.value.code == "no-authority" and "民法典第一百六十五条" in refused.value.zh
        one = One(records, JOB, agent=AGENT)
        with pytest.raises(Conflict) as refused:
            one.sign("helper")
        assert refused.value.code == "no-such-signer"
        with pytest.raises(Conflict) as refused:
            One(records, JOB, agent={**AGENT, "kind": "official_helper"}).sign("helper")
        assert refused.value.code == "signature-refused"
        assert one.sign("agent").signed_by == "agent"
        with records.reading() as session:
            assert "签署人：测试丁（代理人）" in commitment_story.letter_of(session, one.id)[1]["text"]


def test_what_needs_the_person_is_not_signed_on_a_screen(database_url, hands):
    with altered(database_url, hands, in_person=IN_PERSON) as records:
        one = One(records)
        with pytest.raises(Conflict) as refused:
            one.sign(electronic=True)
        assert refused.value.code == "in-person" and "不能用电子签名" in refused.value.zh
        assert one.sign(electronic=False).state == "signed"


def test_what_a_query_may_still_answer_gets_no_letter(records):
    """Sharing comes before a commitment (国务院令第716号 7): no liability is put on the applicant for nothing."""
    stated = sample("house_sale_fushun")
    with pytest.raises(Conflict) as refused:
        One(records, "house_sale_fushun", "kinship_from_register", deciding_division="430500", situation={**stated["situation"], "inherited": True},
            facts={"holds_credential": {"kinship_from_register": False}})
    assert "由部门先查" in refused.value.zh


@pytest.mark.parametrize(("electronic", "marked"), [(True, True), (False, False)])
def test_an_electronic_signature_on_kinship_is_marked_for_legal_staff(records, electronic, marked):
    stated = sample("house_sale_fushun")
    one = One(records, "house_sale_fushun", "kinship_from_register", deciding_division="430500", situation={**stated["situation"], "inherited": True},
              facts={"holds_credential": {"kinship_from_register": False}},
              evidence={**stated["evidence"], "queries": {**stated["evidence"]["queries"], "kinship_from_register": {"result": "not_found"}}})
    one.sign(electronic=electronic)
    assert [("电子签名法第三条" in text) for text in one.told()["review"]] == ([True] if marked else [])


# -- withdrawing ------------------------------------------------------------------------------------------------------

def test_a_withdrawal_leaves_no_mark_and_the_ordinary_way_stands(records):
    one = One(records)
    one.sign()
    one.go("accept")
    assert one.withdraw().state == "withdrawn"
    assert one.clocks() == [("check", "stopped", date(2026, 12, 18))] and one.told()["moves"] == []
    assert rows(records, Credit) == [] and rows(records, Alert) == []
    entry = one.entry()
    assert (entry["route"], entry["satisfied"], entry["offers"]) == ("submit", "no", [])
    assert again(records, one.case).body["outcome"] == "supplement"
    other = One(records)                                   # another case of the same person knows nothing of it
    assert other.sign().state == "signed"
    assert sound(records)


def test_once_the_decision_is_out_nothing_is_withdrawn(records):
    one = One(records)
    one.sign()
    one.go("accept", "grant")
    assert "withdraw" not in one.told()["moves"]
    with pytest.raises(IllegalMove) as refused:
        one.withdraw()
    assert "承诺只能在决定作出前撤回" in refused.value.zh and one.told()["state"] == "signed"


# -- the machine ------------------------------------------------------------------------------------------------------

_ACTS = {"sign": One.sign, "decline": One.decline, "withdraw": One.withdraw, "confirm": One.check, "refute": lambda one: one.check(FALSE),
         "order": One.order, "rectify": One.rectify, "revoke": One.revoke, "inconclusive": lambda one: one.check(Check("inconclusive", "online"))}
_WAYS = {"offered": (), "declined": ("decline",), "signed": ("sign",), "withdrawn": ("withdraw",), "kept": ("sign", "confirm"), "false": ("sign", "refute"),
         "rectifying": ("sign", "refute", "order"), "rectified": ("sign", "refute", "order", "rectify"), "revoked": ("sign", "refute", "revoke")}


@pytest.mark.parametrize("state", _WAYS)
def test_every_move_the_table_does_not_have_is_refused_with_a_sentence_and_leaves_nothing(records, state):
    one = One(records)
    one.go("accept")
    for way in _WAYS[state]:
        _ACTS[way](one)
    assert one.told()["state"] == state
    allowed = {move.name for move in COMMITMENT.allowed(state)} | ({"inconclusive"} if state == "signed" else set())
    with records.reading() as session:
        before = (one.told(), one.clocks(), len(rows(records, Credit)), len(log.entries_of(session, one.case)))
    for name in _ACTS.keys() - allowed:
        with pytest.raises(IllegalMove) as refused:
            _ACTS[name](one)
        assert refused.value.zh.startswith(f"承诺{COMMITMENT.state(state).zh}") and refused.value.zh.endswith("。") and refused.value.en.endswith(".")
    if state not in ("offered", "declined", "withdrawn"):
        with pytest.raises(IllegalMove):
            one.offer()
    with records.reading() as session:
        assert (one.told(), one.clocks(), len(rows(records, Credit)), len(log.entries_of(session, one.case))) == before
    with pytest.raises(NoSuchRecord):
        records.do(commitments.rectify("nobody", "", OFFICER))
