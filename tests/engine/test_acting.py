"""Who acts for whom: what an agent's word, number and signature are good for, and what is said of a credential that does not count."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from engine.application import Application
from engine.explain import printed
from engine.intake import take
from engine.problems import Refused
from tests.bundled import decider, rulebook
from tests.engine.small import EVERYWHERE, HAND_IN, NOT_NEEDED, asked, book, case, credential, decide, instrument, item, material, one, rule, source

FIXTURES = Path(__file__).parents[2] / "fixtures" / "applications"
RESIDENT = {"id_type": "resident_id", "id_number": "210400199003070007"}
OTHER = {"id_type": "resident_id", "id_number": "430503195812310004"}
CHILD = {"id_type": "resident_id", "id_number": "620200201506010001"}          # born 2015-06-01
CARD = credential("card", "身份卡", 普遍持有="是", 适用证件类型="居民身份证号码")
BOOK = credential("booklet", "户口簿", 普遍持有="是", 适用证件类型="居民身份证号码")
PASS = credential("passport", "护照", 适用证件类型="护照号码")
SHOW = rule("出示", "准许", "出示证件", "材料需要 成立", "出示状态 属于 尚未出示、出示有效", 后续=[{"谁": "申请人", "做什么": "出示证件"}])


def fixture(name: str, **more: object) -> dict:
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8")) | more


def answered(stated: dict) -> dict:
    application = Application.model_validate(stated)
    return decider().decide(application, application.accepted_on)


def refused(stated: dict) -> list[tuple[str, str]]:
    application = Application.model_validate(stated)
    with pytest.raises(Refused) as found:
        take(rulebook(), application, application.accepted_on)
    for problem in found.value.problems:
        assert problem.zh and problem.en
    return [(problem.field, problem.code) for problem in found.value.problems]


# -- authority ---------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("kind", ["authorised_agent", "guardian", "official_helper"])
@pytest.mark.parametrize("authority", [{"authorised": False}, {"authorised": True, "authorised_until": "2026-10-15"}])
def test_whoever_acts_without_authority_shows_nothing_of_the_principals(kind, authority):
    stated = fixture("housing_fund_rent_couple_ezhou")
    agent = {"kind": kind, "name": "测试丁", **OTHER, **authority}
    body = answered(stated | {"accepted_on": "2026-10-16", "agent": agent})
    proof = one(body, "identity_proof")
    assert (proof["route"], proof["satisfied"]) != ("shown", "yes")
    assert proof["shown_state"] == "unauthorised" and body["outcome"] != "accept"


@pytest.mark.parametrize(("authorised", "counts"), [(None, True), (True, True), (False, False)])
def test_a_guardian_nobody_asked_for_authority_shows_the_childs_credentials(authorised, counts):
    stated = fixture("social_card_child_jiayuguan")
    stated["agent"]["authorised"] = authorised
    proof = one(answered(stated), "minor_identity_proof")
    assert (proof["route"] == "shown" and proof["satisfied"] == "yes") is counts


@pytest.mark.parametrize("number", ["620200201506010001", " 620200201506010001"])
def test_nobody_is_his_own_guardian(number):
    stated = fixture("social_card_child_jiayuguan")
    stated["agent"]["id_number"] = number
    assert ("agent.id_number", "own-guardian") in refused(stated)


@pytest.mark.parametrize(("born", "grown"), [("20081116", False), ("20081115", True), ("20081117", False)])
def test_a_guardian_is_of_age_on_the_day(born, grown):
    """Eighteen years are complete on the day after the birthday (民法典 18, 200, 201)."""
    from stdnum.cn import ric
    number = f"210400{born}000"
    number += ric.calc_check_digit(number + "0")
    stated = fixture("social_card_child_jiayuguan", accepted_on="2026-11-16")
    stated["agent"]["id_number"] = number
    if grown:
        take(rulebook(), Application.model_validate(stated), date(2026, 11, 16))
    else:
        assert refused(stated) == [("agent.id_number", "guardian-too-young")]


@pytest.mark.parametrize(("signer", "kinds"), [("agent", "authorised_agent"), ("guardian", "guardian"), ("helper", "official_helper")])
@pytest.mark.parametrize("acting", [None, "authorised_agent", "guardian", "official_helper"])
def test_only_who_acts_may_have_signed(signer, kinds, acting):
    stated = fixture("housing_fund_rent_couple_ezhou")
    stated["choices"] = {"no_home_certificate": {"commitment": "yes", "signed_by": signer}}
    if acting:
        stated["agent"] = {"kind": acting, "name": "测试丁", **OTHER}
    if acting == kinds:
        take(rulebook(), Application.model_validate(stated), date(2026, 11, 20))
    else:
        assert ("choices.no_home_certificate.signed_by", "signer-does-not-act") in refused(stated)


def test_a_guardian_who_acts_shows_an_own_credential_where_one_is_asked_of_agents():
    stated = fixture("social_card_child_jiayuguan")
    stated["presented"] = [one_ for one_ in stated["presented"] if one_["holder"] != "agent"]
    own = one(answered(stated), "agent_identity", "agent")
    assert (own["route"], own["satisfied"]) == ("shown", "waiting")
    shown = stated["presented"] + [{"credential": "resident_id_card", "holder": "agent"}]
    assert one(answered(stated | {"presented": shown}), "agent_identity", "agent")["satisfied"] == "yes"
    stated["agent"].pop("authorised")
    assert one(answered(stated | {"presented": shown}), "agent_identity", "agent")["satisfied"] == "yes"


@pytest.mark.parametrize(("asked_of", "role"), [("代理人", "代理人"), ("监护人", "监护人")])
def test_a_guardian_answers_for_what_is_asked_of_agents_unless_guardians_are_asked_by_name(asked_of, role):
    found = book(instrument("示例法", SHOW, HAND_IN, NOT_NEEDED), items=[item(asked("甲", 每人一份=asked_of, 需要=["代理情况 是 监护人"]))],
                 materials=[material("a", "甲", 证件=["身份卡"])], credentials=[CARD])
    acting = {"kind": "guardian", **OTHER}
    assert [one_.role for one_ in case(found, agent=acting).persons] == [role]
    assert one(decide(found, agent=acting), "a", "agent")["route"] == "shown"
    mother = [{"id": "mother", "role": "监护人", **OTHER}]
    shown_by = [{"credential": "card", "holder": "mother"}]
    assert one(decide(found, agent=acting, persons=mother, presented=shown_by), "a", "mother")["satisfied"] == "yes"


# -- what is said of a credential that does not count ------------------------------------------------------------------

def shown(presented: list[dict] | None, **more: object) -> tuple[dict, dict[str, str]]:
    """The entry of a small rulebook's only material, and its sentence in both languages."""
    found = book(instrument("示例法", SHOW, HAND_IN, NOT_NEEDED), items=[item(asked("甲"))], materials=[material("a", "甲", 证件=["身份卡", "户口簿", "护照"])],
                 credentials=[CARD, BOOK, PASS])
    body = decide(found, presented=presented, **({"applicant": RESIDENT} | more))
    return one(body, "a"), {language: printed(body, found, language)["materials"][0]["explanation"] for language in ("zh", "en")}


@pytest.mark.parametrize(("presented", "more", "state", "zh", "en"), [
    ([{"credential": "card", "valid_to": "2026-11-22"}], {}, "expired", "您出示的证件已经过期，不能算数；可以出示：有效的身份卡或者户口簿。", "has expired"),
    ([{"credential": "card", "status": "revoked"}], {}, "revoked", "您出示的证件已经失效（注销、吊销等），不能算数；可以出示：有效的身份卡或者户口簿。",
     "no longer in force"),
    ([{"credential": "card", "holder": "somebody"}], {}, "not_theirs", "出示的证件是别人的，不能算数；可以出示：本人的身份卡或者户口簿。", "somebody else's"),
    ([{"credential": "card"}], {"agent": {"kind": "authorised_agent", "authorised": False}}, "unauthorised",
     "代办的人没有有效的授权，出示的证件不能算数；授权有效以后可以出示：本人的身份卡或者户口簿。", "without valid authority"),
])
def test_it_is_said_why_what_was_shown_does_not_count_and_what_may_be_shown(presented, more, state, zh, en):
    entry, texts = shown(presented, **more)
    assert entry["route"] == "submit" and entry["shown_state"] == state and entry["may_show"] == ["card", "booklet"]
    assert zh in texts["zh"] and "护照" not in texts["zh"]
    assert en in texts["en"] and "card or" in texts["en"]


@pytest.mark.parametrize("presented", [None, [], [{"credential": "card"}]])
def test_nothing_is_said_where_nothing_is_wrong_with_what_was_shown(presented):
    entry, texts = shown(presented)
    assert "shown_state" not in entry and "may_show" not in entry and "不能算数" not in texts["zh"]


def test_a_verdict_that_is_remembered_does_not_speak_of_another_persons_credential():
    """The need alone decides that nothing is needed: what was shown by the first who asked is not said to the next."""
    found = book(instrument("示例法", SHOW, HAND_IN, NOT_NEEDED), items=[item(asked("甲", 需要=["代理情况 是 监护人"]))],
                 materials=[material("a", "甲", 证件=["身份卡"])], credentials=[CARD])
    for presented in ([{"credential": "card", "status": "revoked"}], []):
        entry = one(decide(found, presented=presented, applicant=RESIDENT), "a")
        assert entry["route"] == "not_required" and "shown_state" not in entry


# -- a record that ended -----------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("result", "zh", "en", "never"), [
    ("expired", "请先换发或者续期“甲”", "renew “a” first", "不能续期"),
    ("revoked", "已经注销、吊销或者撤销，不能续期", "cannot be renewed", "续期“甲”"),
])
def test_what_was_revoked_is_not_renewed(result, zh, en, never):
    law = instrument("示例法", rule("共享", "准许", "数据共享", "材料需要 成立", "查询结果 属于 查到有效、查到过期、查到失效"), HAND_IN, NOT_NEEDED)
    found = book(law, items=[item(asked("甲"))], materials=[material("a", "甲", 数据源=["registry"])], sources=[source("registry", EVERYWHERE)])
    body = decide(found, evidence={"queries": {"a": {"result": result}}})
    texts = {language: printed(body, found, language)["materials"][0]["explanation"] for language in ("zh", "en")}
    assert one(body, "a")["finding"] == "negative" and zh in texts["zh"] and en in texts["en"] and never not in texts["zh"]


def test_the_agents_own_copy_is_called_the_agents():
    found = book(instrument("示例法", SHOW, HAND_IN), items=[item(asked("甲", 每人一份="代理人"))], materials=[material("a", "甲", 证件=["身份卡"])],
                 credentials=[CARD])
    body = decide(found, agent={"kind": "authorised_agent", **OTHER}, applicant=RESIDENT)
    texts = [printed(body, found, language)["materials"][0]["explanation"] for language in ("zh", "en")]
    assert "甲（代理人）" in texts[0] and "编号agent" not in texts[0]
    assert "a (the agent)" in texts[1] and "person agent" not in texts[1]
