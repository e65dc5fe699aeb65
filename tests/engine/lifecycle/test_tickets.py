"""Which tickets a decision owes is what the table says (tests/tables/tickets.csv)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from engine.application import Application
from engine.catalogue import Item, Requirement
from engine.decide import Decider
from engine.lifecycle.machines import TICKET
from engine.lifecycle.tickets import ANSWERS, KINDS, Owed, answers, code_of, disputed, news, news_after_grant, owed, suspect, term
from tests.bundled import applications, decider, rulebook
from tests.engine.lifecycle.tables import rows
from tests.engine.small import EVERYWHERE, HAND_IN, NOT_NEEDED, asked, book, instrument, item, material, rule, source
from tests.engine.small import application as small_application

DAY = date(2026, 11, 20)
RESULTS = {"查到有效": "valid", "查到过期": "expired", "查无记录": "not_found", "信息不符": "mismatch", "结果不明": "unclear", "数据源中断": "down"}
KIND = {"中断": "outage", "不明": "unclear", "不符": "mismatch", "漏数据": "gap", "校核": "correction"}
SOMEBODY = {"kind": "natural_person", "name": "测试戊", "id_type": "resident_id", "id_number": "420704198001010007"}
SAMPLES = Path(__file__).resolve().parents[3] / "fixtures" / "applications"


def everything(one: Item) -> list[Requirement]:
    """Every material of the item, members of alternatives included."""
    return [found for each in one.requirements for found in ([each] if each.material else [m for members in each.alternatives for m in members])]


def application(row: dict[str, str]) -> Application:
    """The application a row of the table speaks of; what it does not speak of is not so."""
    division = next(code for code, one in rulebook().divisions.items() if one.name == row["地方"])
    found = next(one for (_, _), one in rulebook().items.items() if one.name == row["事项"])
    here = rulebook().item(found.code, division)
    assert here is not None
    wanted = next(one for one in everything(here) if one.name == row["材料"])
    said = row["情形"].split("、") if row["情形"] else []
    made_: dict[str, Any] = {
        "item": here.code, "deciding_division": division, "accepted_on": DAY.isoformat(), "applicant": dict(SOMEBODY), "handed_in": [],
        "situation": {fact.code: fact.name in said for fact in here.situations}, "consents": {wanted.code: "同意查询" in said},
        "facts": {"data_disputed": {wanted.code: True}} if row["异议"] == "是" else {},
        "evidence": {"queries": {wanted.code: {"result": RESULTS[row["查询结果"]]}} if row["查询结果"] else {}, "records": {"complete": True},
                     "on_file": {"complete": True, "entries": [
                         {"material": wanted.code, "trust": "A", "received_on": "2026-10-09"}] if "在案" in said else []}}}
    if "持护照" in said:
        made_["applicant"] = {**SOMEBODY, "id_type": "passport", "id_number": "E12345678"}
    if "户口簿查到有效" in said:
        made_["evidence"]["queries"]["household_book"] = {"result": "valid"}
    if "选择承诺" in said:
        made_["choices"] = {wanted.code: {"commitment": "yes", "signed_by": "self"}}
    return Application.model_validate_json(json.dumps(made_), strict=True)


def entries(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for one in (*body["materials"], *body["establishes"]):
        yield one
        for way in one.get("alternatives", ()):
            yield from way["materials"]


@pytest.mark.parametrize("row", rows("tickets"), ids=lambda row: row["说明"])
def test_what_is_owed_is_what_the_table_says(row):
    asked = application(row)
    body = decider().decide(asked, DAY)
    entry = next(one for one in entries(body) if one["name"] == row["材料"])
    assert (rulebook().routes[entry["route"]].name if entry["route"] else "未定") == row["路径"]
    found = [one for one in owed(decider(), asked, DAY) if one.material == entry["material"]]
    assert [one.kind for one in found] == [KIND[word] for word in row["工单"].split("、") if word]
    assert {(rulebook().sources[one.source].name, one.provider) for one in found} == ({(row["数据源"], row["供数部门"])} if row["工单"] else set())


def test_every_answer_is_a_move_and_every_kind_has_one():
    assert set(ANSWERS) == set(KINDS)
    for kind, fit in ANSWERS.items():
        assert fit and all(TICKET.after("open", one) == "answered" for one in fit)
        assert any(news(kind, one) for one in fit)
    assert not news("gap", "no_record") and not news("correction", "confirmed") and news("unclear", "confirmed")


@settings(deadline=None, max_examples=50)
@given(applications())
def test_a_ticket_needs_a_reason_and_names_who_answers_for_its_source(asked):
    found = owed(decider(), asked, asked.accepted_on)
    heard, book = answers(rulebook(), asked), rulebook()
    assert not found or suspect(rulebook(), asked)
    for one in found:
        assert book.sources[one.source].provider == one.provider
        assert {"outage": "down", "gap": "not_found"}.get(one.kind, one.kind) == heard[one.key].result
    assert len({(one.kind, one.key) for one in found}) == len(found)


# -- odd ends ---------------------------------------------------------------------------------------------------------

def test_a_source_named_by_the_answer_counts_where_the_material_has_it():
    asked = application(dict(rows("tickets")[0]))
    [one] = owed(decider(), asked, DAY)
    key = next(iter(asked.evidence.queries))
    named = asked.model_copy(update={"evidence": asked.evidence.model_copy(update={
        "queries": {key: asked.evidence.queries[key].model_copy(update={"source": "tax_registration"})}})})
    assert owed(decider(), named, DAY) == (one,)      # not a source of this material: the one that would be asked


def test_a_copy_is_known_by_its_code_however_it_is_named():
    book = rulebook()
    assert code_of(book, "结婚证") == code_of(book, "marriage_certificate/applicant") == "marriage_certificate"
    assert code_of(book, "结婚证/p1") == "marriage_certificate/p1" and code_of(book, "没有的/p1") == "没有的/p1"
    asked = Application(item="x", accepted_on=DAY, facts={"数据有异议": {"结婚证": True, "身份证明/p1": False}})
    assert disputed(book, asked) == {"marriage_certificate"} and suspect(book, asked)
    assert disputed(book, Application(item="x", accepted_on=DAY)) == frozenset()


def test_a_person_s_copy_is_that_person_s_and_a_person_not_listed_has_none():
    asked_ = json.loads((SAMPLES / "company_setup_fushun.json").read_text("utf-8"))
    asked_["evidence"]["queries"] = {"registered_person_identity/p1": {"result": "down"}, "registered_person_identity/p2": {"result": "mismatch"}}
    found = owed(decider(), Application.model_validate_json(json.dumps(asked_), strict=True), date(2026, 11, 22))
    assert [(one.kind, one.key, one.person) for one in found] == [
        ("outage", "registered_person_identity/p1", "p1"), ("mismatch", "registered_person_identity/p2", "p2")]
    asked_["persons"], asked_["roles_complete"] = [], []
    asked_["evidence"]["queries"], asked_["presented"] = {}, []
    asked_["facts"] = {"data_disputed": {"registered_person_identity": True}}
    assert owed(decider(), Application.model_validate_json(json.dumps(asked_), strict=True), date(2026, 11, 22)) == ()


#: A paper that was abolished and what stands behind it, which a register tells; the provider answers within three working days.
SMALL = book(
    instrument("示例法", NOT_NEEDED, rule("取消", "准许", "取消", "材料 是 示例材料甲", 理由="没有法定依据"),
               rule("共享", "准许", "数据共享", "数据源状态 是 已接通", "查询结果 是 查到有效", "数据有异议 不成立", 理由="数据共享可得"),
               rule("补核", "准许", "部门补核", "查询结果 是 数据源中断", "数据有异议 不成立", 理由="查询受阻由部门补核"),
               HAND_IN | {"当": ["材料需要 成立", "材料 是 示例材料丙"]},
               rule("核验期限", "规定", "数据核验期限", 值="3", 单位="工作日")),
    items=[item(asked("示例材料甲", 仍须查明=[{"材料": "示例材料丙", "依据": [{"文件": "示例条例", "条款": "第二条"}]}]))],
    materials=[material("paper", "示例材料甲"), material("behind", "示例材料丙", 数据源=["register"])],
    sources=[source("register", EVERYWHERE, 提供单位="测试登记机关", 合成="是")])


@pytest.mark.parametrize(("result", "kind"), [("down", "outage"), ("unclear", "unclear"), ("valid", None), (None, None)])
def test_what_establishes_an_abolished_material_is_asked_of_its_own_source(result, kind):
    """And a source that is made up is a source all the same."""
    evidence = {"queries": {"behind": {"result": result}}} if result else {}
    found = owed(Decider(SMALL), small_application(DAY, evidence=evidence), DAY)
    assert found == ((Owed(kind, "behind", "", "register", "测试登记机关"),) if kind else ())


def test_the_term_is_the_division_s_and_none_is_guessed_where_there_is_none():
    span = term(SMALL, "thing", "210400", DAY, DAY)
    assert span is not None and (span.count, span.unit) == (3, "工作日")
    assert {term(rulebook(), code, division, DAY, DAY) for code, division in rulebook().items} == {None}
    assert term(rulebook(), "no_such_item", "210400", DAY, DAY) is None


def driver(check: str | None) -> Application:
    """A driver whose accidents could not be queried; what the standing check found, if it was made."""
    asked_ = json.loads((SAMPLES / "coach_driver_source_down_ezhou.json").read_text("utf-8"))
    asked_["choices"], asked_["evidence"]["checks"] = {}, {"safe_driving_record": {"result": check}} if check else {}
    return Application.model_validate_json(json.dumps(asked_), strict=True)


FAILED = (("safe_driving_record", "traffic_accident_check"),)


@pytest.mark.parametrize(("check", "unchecked", "sources"), [
    (None, (), ["traffic_accident_records"]), (None, FAILED, ["traffic_accident_records", "traffic_accident_check"]),
    (None, (("safe_driving_record", "qualification_exams"),), ["traffic_accident_records"]),      # not a check of this material
    ("confirmed", FAILED, ["traffic_accident_records"]), ("inconclusive", FAILED, ["traffic_accident_records"])])      # found out meanwhile
def test_a_check_that_failed_owes_the_outage_of_its_own_source_while_the_copy_waits_for_it(check, unchecked, sources):
    found = owed(decider(), driver(check), DAY, unchecked=unchecked)
    assert [one.source for one in found] == sources and {one.kind for one in found} == {"outage"}


def test_what_waits_for_a_check_names_whoever_makes_it():
    [waits] = [one for one in decider().decide(driver(None), DAY)["awaiting"] if one.get("fact") == "check_result"]
    assert (waits["kind"], waits["source"], waits["provider"]) == ("check", "traffic_accident_check", "公安机关")


def test_a_granted_case_is_told_of_data_that_changed_and_of_a_dispute_that_was_wrong():
    told = {(kind, answer) for kind, fit in ANSWERS.items() for answer in fit if news_after_grant(kind, answer)}
    assert told >= {("correction", "confirmed"), ("correction", "corrected"), ("mismatch", "no_record")}
    assert not told & {("outage", "restored"), ("gap", "no_record"), ("mismatch", "confirmed")}


def test_what_is_told_to_somebody_who_cannot_act_on_the_case_names_only_what_they_can_do():
    refusal = TICKET.refusal("open", "close", doors=("restored",))
    assert refusal.allowed == ("restored",) and refusal.zh.endswith("现在可以做的：答复查询已恢复。")
    assert set(TICKET.refusal("open", "close").allowed) > {"withdraw", "release"}
    assert "没有可以再做的" in TICKET.refusal("open", "close", doors=()).zh
