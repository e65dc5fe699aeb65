"""Plans keep what they saw: nothing of one application may show in the answer to another."""

from __future__ import annotations

import copy
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from api.rule_files import bundled, open_rulebook
from engine.application import Application
from engine.bundles import decide_bundle
from engine.decide import Decider
from engine.explain import printed
from engine.notice import notice
from engine.problems import Refused
from engine.reading import read_rulebook
from tests.bundled import rulebook
from tests.engine import small

FIXTURES = Path(__file__).parents[2] / "fixtures" / "applications"
TODAY = date(2026, 11, 22)


def fixture(name: str, **changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    for path, value in changes.items():
        *steps, last = path.split("__")
        at = document
        for step in steps:
            at = at.setdefault(step, {})
        at[last] = value
    return document


def decided(document: dict[str, Any], by: Decider | None = None, on: date = TODAY) -> dict[str, Any]:
    return (by or Decider(rulebook())).decide(Application.model_validate(document), on)


def entry(body: dict[str, Any], material: str) -> dict[str, Any]:
    return next(one for one in body["materials"] if one["material"] == material)


def test_a_failed_step_suspends_nothing_that_is_not_needed_and_nothing_in_the_next_application() -> None:
    by = Decider(rulebook())
    single = fixture("housing_fund_rent_fushun", situation__married=False)
    failed = copy.deepcopy(single)
    failed["evidence"]["outputs"] = {"marriage_certificate": "failed"}
    assert entry(decided(failed, by), "marriage_certificate")["route"] == "not_required"
    assert decided(single, by) == decided(single)


def test_a_need_that_opens_no_route_is_not_remembered_for_everybody() -> None:
    texts = {path: text for path, text in open_rulebook(bundled()).items()}
    path = "law/000000-national/online-services-2019.yaml"
    texts[path] = texts[path].replace("      - 材料需要 不成立", "      - 材料需要 不成立\n      - 材料需要 成立")
    without = read_rulebook(texts)
    by = Decider(without)
    single = fixture("housing_fund_rent_fushun", situation__married=False)
    handed = {**single, "handed_in": ["marriage_certificate"]}
    decided(handed, by)
    assert decided(single, by) == decided(single, Decider(without))


def test_both_readings_name_their_own_day_whoever_asked_before() -> None:
    by = Decider(rulebook())
    case = fixture("marriage_last_day_of_household_book")
    decided({**case, "accepted_on": "2025-05-01"}, by)
    laws = [one["law"] for one in decided({**case, "accepted_on": "2025-05-09"}, by)["materials"] if "law" in one]
    assert laws and {(law["accepted"]["day"], law["current"]["day"]) for law in laws} == {("2025-05-09", "2026-11-22")}


def test_what_is_handed_in_is_not_promised_for_later() -> None:
    case = fixture("company_setup_jiayuguan_appointment_missing")
    case["handed_in"].append("appointment_document")
    body = decided(case)
    found = entry(body, "appointment_document")
    assert (found["route"], found["satisfied"], found["residuals"]) == ("submit", "yes", [])
    assert body["outcome"] == "accept"


def test_what_is_promised_for_later_stands_in_the_notice_under_what_is_to_be_done() -> None:
    body = printed(decided(fixture("company_setup_jiayuguan_appointment_missing")), rulebook(), "zh", "summary")
    sections = {section.title.split("、")[1]: section.lines for section in notice(body, rulebook(), "zh").sections}
    assert any("“任职文件”" in line for line in sections["需要您做的"])
    assert not any("“任职文件”" in line for line in sections["您已经办好的"])


@pytest.mark.parametrize("listed", [[], [{"id": "a1", "role": "代理人"}]])
def test_the_agents_own_card_is_nobody_elses_and_closes_nothing_for_the_applicant(listed: list[dict[str, str]]) -> None:
    body = decided(fixture(
        "housing_fund_rent_fushun", agent={"kind": "authorised_agent", "authorised": True}, persons=listed,
        presented=[{"credential": "resident_id_card", "holder": "agent"}]))
    assert (entry(body, "identity_proof")["route"], entry(body, "identity_proof")["satisfied"]) == ("shown", "waiting")
    assert (entry(body, "agent_identity")["route"], entry(body, "agent_identity")["satisfied"]) == ("shown", "yes")


def test_a_bundle_takes_what_a_step_issued_by_name_or_by_code_and_refuses_a_situation_said_twice() -> None:
    base = {"item": "x", "deciding_division": "210400", "accepted_on": "2026-11-20", "applicant": {}}
    by = Decider(rulebook())
    for word in ("营业执照", "business_licence"):
        body = decide_bundle(by, "open_a_company", Application.model_validate({**base, "evidence": {"outputs": {word: "failed"}}}), TODAY)
        tax = next(step["decision"] for step in body["steps"] if step["item"] == "tax_information")
        assert entry(tax, "business_licence")["status"] == "suspended"
    bundle = rulebook().bundles["open_a_company"]
    fact = next(one for step in bundle.steps for one in rulebook().item(step.item, "210400").situations)  # type: ignore[union-attr]
    with pytest.raises(Refused) as refused:
        decide_bundle(by, "open_a_company", Application.model_validate({**base, "situation": {fact.code: True, fact.name: False}}), TODAY)
    assert [problem.code for problem in refused.value.problems] == ["stated-twice"]


@pytest.mark.parametrize(("change", "nearest"), [
    ({"handed_in": ["结婚整"]}, "结婚证"), ({"handed_in": ["marriage_certificat"]}, "marriage_certificate"),
    ({"situation": {"已昏": True}}, "已婚"), ({"presented": [{"credential": "居民身份征"}]}, "居民身份证"),
])
def test_a_wrong_word_gets_the_nearest_one_in_its_own_writing(change: dict[str, Any], nearest: str) -> None:
    with pytest.raises(Refused) as refused:
        decided(fixture("housing_fund_rent_fushun") | change)
    assert [problem.nearest for problem in refused.value.problems] == [nearest]


@pytest.mark.parametrize("written", ["2026-W47-5", "20261120", "2026-11-20T00:00:00", "2026/11/20", "2026-02-30"])
def test_a_day_is_written_in_one_way(written: str) -> None:
    with pytest.raises(ValueError):
        Application.model_validate(fixture("housing_fund_rent_fushun", accepted_on=written))


def with_fact(line: str, condition: str) -> Decider:
    """A decider under the bundled rulebook with one more fact, which abolishes application forms."""
    texts = dict(open_rulebook(bundled()))
    at = "  - {名称: 持有证件,"
    texts["vocabulary.yaml"] = texts["vocabulary.yaml"].replace(at, f"{line}\n{at}", 1)
    texts["law/000000-national/online-services-2019.yaml"] += (
        f"\n  - 编号: 试验\n    条款: 第一条\n    要点: 试验\n    准许: 取消\n    理由: 没有法定依据\n    当: [材料类别 是 申请表, {condition}]\n")
    return Decider(read_rulebook(texts))


@pytest.mark.parametrize(("subject", "key"), [("材料", "housing_fund_withdrawal_form"), ("相关人", "applicant")])
def test_a_declared_fact_added_to_the_vocabulary_needs_no_code(subject: str, key: str) -> None:
    by = with_fact(f"  - {{名称: 已遗失, 英文: lost_it, 英文名: it is lost, 描述: {subject}, 类型: 是否, 来源: 申报, 问题: 丢了吗, 英文问题: Lost}}", "已遗失 成立")
    form = "housing_fund_withdrawal_form"
    assert "lost_it" in {one["fact"] for one in decided(fixture("housing_fund_rent_fushun"), by)["questions"]}
    for word in ("lost_it", "已遗失"):
        for stated, route in ((True, "abolished"), (False, "submit")):
            assert entry(decided(fixture("housing_fund_rent_fushun", facts={word: {key: stated}}), by), form)["route"] == route
    with pytest.raises(Refused) as refused:
        decided(fixture("housing_fund_rent_fushun", facts={"lost_it": {"nobody": True}}), by)
    assert [problem.code for problem in refused.value.problems] == ["unknown-person" if subject == "相关人" else "unknown-material"]
    with pytest.raises(Refused) as refused:
        decided(fixture("housing_fund_rent_fushun", facts={"lost_it": True}), by)
    assert [problem.code for problem in refused.value.problems] == ["value-type"]


def test_without_a_calendar_the_rule_of_a_due_day_is_still_the_shortest_term() -> None:
    texts = {path: text for path, text in open_rulebook(bundled()).items() if path != "calendar.yaml"}
    case = fixture("company_setup_jiayuguan_appointment_missing")
    [with_it], [without] = ([one for one in entry(decided(case, by), "appointment_document")["residuals"] if one["action"] == "supplement"]
                            for by in (Decider(rulebook()), Decider(read_rulebook(texts))))
    assert with_it["due"] == "2026-11-25" and without["due"] is None and without["due_missing"] == "calendar-2026"
    assert with_it["due_rule"] == without["due_rule"]


@pytest.mark.parametrize(("start", "last"), [("2001-01-01", "2026-06-30"), ("2026-07-01", "至今")])
def test_of_two_readings_of_the_law_an_unknown_fact_never_picks_the_demand(start: str, last: str) -> None:
    """One of the two versions waives for a good record, the other demands; while the record is unknown nothing is demanded."""
    law = small.book(
        small.instrument("甲条例", small.HAND_IN, small.NOT_NEEDED),
        small.instrument("乙条例", small.rule("宽", "准许", "取消", "申请人信用 是 良好", 理由="没有法定依据"), start=start, last=last),
        items=[small.item(small.asked("某证明"))], materials=[small.material("paper", "某证明")])

    def found(**more: Any) -> tuple[str, str]:
        one = small.one(Decider(law).decide(small.application(date(2026, 6, 1), **more), small.DAY), "paper")
        return one["status"], one["route"]

    assert found()[0] == "awaiting_authority"
    assert found(evidence={"records": {"complete": True}}) == ("settled", "abolished")
    assert found(evidence={"records": {"complete": True, "credit": [{"kind": "serious", "recorded_on": "2026-01-01"}]}}) == ("settled", "submit")
