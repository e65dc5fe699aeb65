"""A deferred material from the promise to its end: by when, in time or late, and when it is no longer owed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from sqlmodel import col, select

from api.records import cases, log
from api.records import deferral_acts as acts
from api.records.acts import APPLICANT, Conflict, NoSuchRecord
from api.records.cases import Handed, decide_anew
from api.records.deferrals import deferrals, entry_of
from api.records.instants import BEIJING
from api.records.restating import Anew
from api.records.tables import Received
from engine.lifecycle.moves import IllegalMove
from engine.problems import Refused
from tests.records.deferring import KINDS, OFFICER, act, at, body_of, case_now, clocks_of, deferral_now, handed, moves_of, notes_of, opened_case, promised, rows, ticked
from tests.records.writing import sound

WORDS = {"容缺受理": "accept_first", "承诺审批": "approve_first", "撤销受理": "acceptance_cancelled", "视为撤回": "deemed_withdrawn", "": None}
DOCUMENT = KINDS["设立"][1]


# -- promising ------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("row", rows("deferral_due"), ids=lambda row: f"{row['申请']}-{row['区划']}-{row['承诺日']}")
def test_the_day_due_the_mode_and_the_consequence_are_as_the_table_says(sqlite_records, hands, row):
    at(hands, row["承诺日"])
    found = promised(sqlite_records, row["申请"], row["区划"])
    assert found.state == "promised" and (found.due.isoformat() if found.due else "") == row["到期日"]
    assert found.due_rule.get("missing", "") == (f"calendar-{row['缺哪年']}" if row["缺哪年"] else "")
    assert (found.mode, found.consequence) == (WORDS[row["方式"]], WORDS[row["后果"]])
    clock = clocks_of(sqlite_records, found.id)["supplement"]
    assert (clock.due, clock.start.isoformat(), clock.count, clock.unit, clock.state) == (
        found.due, found.due_rule["start"], found.due_rule["count"], found.due_rule["unit"], "running")
    assert clock.subject == "deferral" and found.due_rule["start"] == row["承诺日"]


def test_a_promise_is_another_decision_of_the_case_with_the_deferral_chosen(records, hands):
    at(hands, "2026-09-28")
    case_id = opened_case(records)
    before = case_now(records, case_id).decision_id
    assert body_of(records, case_id)["outcome"] == "supplement"
    made = records.do(acts.promise(records, acts.Promise(case_id, DOCUMENT, promised_by="agent", note="9月30日前补交"), APPLICANT))
    body = body_of(records, case_id)
    assert body["outcome"] == "accept_with_deferral" and entry_of(body, DOCUMENT, "")["route"] == "deferral"
    with records.reading() as session:
        recorded = log.decision(session, made.decision_id)
    assert recorded.supersedes == before and case_now(records, case_id).decision_id == made.decision_id
    assert recorded.application["choices"][DOCUMENT] == {"deferral": "yes"}
    assert moves_of(records, "deferral", made.id) == [("promise", "applicant")]
    [note] = notes_of(records, "promise")
    assert (note["promised_by"], note["note"], note["due"]) == ("agent", "9月30日前补交", "2026-09-30")
    sound(records)


def test_what_was_chosen_in_the_application_itself_can_be_promised_and_is_due_once(records, hands):
    at(hands, "2026-09-28")
    case_id = opened_case(records, choices={"任职文件": {"deferral": "yes"}})
    made = records.do(acts.promise(records, acts.Promise(case_id, DOCUMENT), APPLICANT))
    with records.reading() as session:
        assert log.decision(session, made.decision_id).application["choices"] == {DOCUMENT: {"deferral": "yes"}}
    with pytest.raises(Conflict, match="promised-already"):
        records.do(acts.promise(records, acts.Promise(case_id, DOCUMENT), APPLICANT))


@pytest.mark.parametrize(("division", "material", "code", "zh"), [
    ("410500", "articles_of_association", "not-deferrable", "现行的判断没有提供“公司章程”的容缺后补：它的路径是“提交”"),
    ("410500", "lease", "not-asked", "现行的判断里没有"),
    ("370200", "residents_committee_premises", "not-deferrable", "它的路径是“取消”")])
def test_what_the_decision_does_not_offer_cannot_be_promised_and_leaves_nothing(records, hands, division, material, code, zh):
    at(hands, "2026-09-28")
    case_id = opened_case(records, division=division)
    before = case_now(records, case_id).decision_id
    with pytest.raises(Conflict) as refused:
        records.do(acts.promise(records, acts.Promise(case_id, material), APPLICANT))
    assert refused.value.code == code and zh in refused.value.zh and refused.value.en.endswith(".")
    assert case_now(records, case_id).decision_id == before
    with records.reading() as session:
        assert deferrals(session) == []


def test_where_another_principal_material_is_missing_by_now_nothing_can_be_promised(records, hands):
    """Another day: the evidence of yesterday is no fact of today, so the deferral is no longer settled and the promise waits for new evidence."""
    at(hands, "2026-09-28")
    case_id = opened_case(records, division="620200")
    evidence = {"queries": {"registered_person_identity/p1": {"result": "valid"}}, "on_file": {"complete": True}, "records": {"complete": True}}
    at(hands, "2026-09-29")
    with pytest.raises(Conflict, match="deferral-not-open"):
        records.do(acts.promise(records, acts.Promise(case_id, DOCUMENT), APPLICANT))
    made = records.do(acts.promise(records, acts.Promise(case_id, DOCUMENT, evidence=evidence), APPLICANT))
    assert (made.due, made.due_rule["start"]) == (date(2026, 10, 9), "2026-09-29")


def test_a_closed_case_and_an_unknown_one_take_no_promise(records, hands):
    at(hands, "2026-09-28")
    case_id = opened_case(records)
    records.do(cases.go(records, case_id, "withdraw", APPLICANT))
    with pytest.raises(Conflict, match="case-closed"):
        records.do(acts.promise(records, acts.Promise(case_id, DOCUMENT), APPLICANT))
    with pytest.raises(NoSuchRecord):
        records.do(acts.promise(records, acts.Promise("nobody", DOCUMENT), APPLICANT))


# -- handing in -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("when", "channel", "state"), [
    ("2026-09-30T17:30", "window", "supplemented"), ("2026-09-30T17:45", "window", "supplemented_late"), ("2026-09-30T17:45", "post", "supplemented_late"),
    ("2026-09-30T17:45", "online", "supplemented"), ("2026-09-30T23:59", "online", "supplemented"), ("2026-10-01T00:00", "online", "supplemented_late"),
    ("2026-09-29T18:30", "window", "supplemented"), ("2026-09-30T09:29:00+00:00", "window", "supplemented")])
def test_paper_counts_until_the_hall_closes_and_online_until_midnight(records, hands, when, channel, state):
    at(hands, "2026-09-28")
    row = promised(records)
    at(hands, "2026-10-01T00:00")
    found = handed(records, row, when, channel)
    assert found.state == state and clocks_of(records, row.id)["supplement"].state == "stopped"
    assert [name for name, _ in moves_of(records, "deferral", row.id)] == ["promise", *(["lapse"] if state.endswith("late") else []), "supplement"]
    assert notes_of(records, "supplement")[0]["promise"] == ("broken" if state.endswith("late") else "kept")
    with records.reading() as session:
        [received] = session.exec(select(Received).where(col(Received.material) == DOCUMENT))
    assert (received.channel, received.trust) == (channel, "B")
    assert received.received_on == datetime.fromisoformat(when).astimezone(BEIJING).date() if "+" in when else date.fromisoformat(when[:10])


def test_what_came_is_decided_with_and_the_case_may_be_granted(records, hands):
    at(hands, "2026-09-28")
    row = promised(records)
    records.do(cases.go(records, row.case_id, "accept", OFFICER))
    with pytest.raises(Conflict) as refused:
        records.do(cases.go(records, row.case_id, "grant", OFFICER))
    assert refused.value.code == "deferral-open" and "“任职文件”还没有补交" in refused.value.zh and "no waiver" in refused.value.en
    handed(records, row)
    entry = entry_of(body_of(records, row.case_id), DOCUMENT, "")
    assert (entry["route"], entry["satisfied"]) == ("submit", "yes") and case_now(records, row.case_id).decision_id != row.decision_id
    assert records.do(cases.go(records, row.case_id, "grant", OFFICER)).state == "granted"
    sound(records)


def test_after_approval_first_the_material_follows_the_decision(records, hands):
    at(hands, "2026-11-20")
    row = promised(records, "卫生", "210400")
    records.do(cases.go(records, row.case_id, "accept", OFFICER))
    assert records.do(cases.go(records, row.case_id, "grant", OFFICER)).state == "granted"
    decision = case_now(records, row.case_id).decision_id
    assert handed(records, row).state == "supplemented" and case_now(records, row.case_id).decision_id == decision


@pytest.mark.parametrize("when", ["2026-09-29T09:31", "2026-09-28T09:29"])
def test_an_arrival_in_the_future_or_before_the_promise_is_refused(records, hands, when):
    at(hands, "2026-09-28")
    row = promised(records)
    at(hands, "2026-09-29")
    with pytest.raises(Refused) as refused:
        handed(records, row, when)
    assert [(one.code, one.field) for one in refused.value.problems] == [("wrong-day", "arrived_at")] and deferral_now(records, row).state == "promised"


def test_what_came_in_time_but_was_recorded_after_the_term_is_in_time(records, hands):
    at(hands, "2026-09-28")
    row = promised(records)
    assert ticked(records, hands, "2026-10-01").counts()["overdue"] == 1
    assert handed(records, row, "2026-09-30T17:20").state == "supplemented"
    assert moves_of(records, "deferral", row.id) == [("promise", "applicant"), ("lapse", "clock"), ("correct", "officer"), ("supplement", "officer")]


def test_nothing_is_handed_in_twice(records, hands):
    at(hands, "2026-09-28")
    row = promised(records)
    handed(records, row)
    with pytest.raises(IllegalMove, match="容缺补交已按期补交，不能登记补交"):
        handed(records, row)


def test_a_term_whose_last_day_is_unknown_cannot_be_missed(records, hands):
    at(hands, "2026-12-28")
    row = promised(records, "餐饮", "513424")
    at(hands, "2027-03-01")
    assert row.due is None and handed(records, row).state == "supplemented"


def test_the_door_for_materials_ends_the_promise_too(records, hands):
    at(hands, "2026-09-28")
    rest = promised(records), promised(records), promised(records)
    at(hands, "2026-09-30T17:45")
    for row, day, channel in zip(rest, (None, date(2026, 9, 30), None), ("window", "window", "online"), strict=True):
        taken = Handed(DOCUMENT, "", channel, "B", day)
        records.do(cases.receive(row.case_id, taken, OFFICER, records.today(), records.policy.closes))
    assert [deferral_now(records, row).state for row in rest] == ["supplemented_late", "supplemented_late", "supplemented"]
    other = promised(records, "餐饮", "513424")
    records.do(cases.receive(other.case_id, Handed("lease"), OFFICER, records.today()))
    assert deferral_now(records, other).state == "promised"


def test_what_another_case_has_received_by_now_need_not_be_promised(records, hands):
    at(hands, "2026-09-28")
    case_id, other = opened_case(records), promised(records)
    handed(records, other)
    with pytest.raises(Conflict) as refused:
        records.do(acts.promise(records, acts.Promise(case_id, DOCUMENT), APPLICANT))
    assert refused.value.code == "not-needed" and "已有覆盖" in refused.value.zh


def test_another_decision_that_says_it_was_handed_in_ends_the_promise(records, hands):
    at(hands, "2026-09-28")
    in_time, late = promised(records), promised(records)
    for row, day, state in ((in_time, "2026-09-30T23:00", "supplemented"), (late, "2026-10-01", "supplemented_late")):
        at(hands, day)
        records.do(decide_anew(records, Anew(row.case_id, {"handed_in": ["company_setup_form", DOCUMENT]}, records.today())))
        assert deferral_now(records, row).state == state and clocks_of(records, row.id)["supplement"].state == "stopped"


# -- no longer needed -----------------------------------------------------------------------------------------------------

def on_file(day: str) -> dict[str, Any]:
    return {"evidence": {"on_file": {"complete": True, "entries": [{"material": DOCUMENT, "trust": "A", "received_on": day}]}}}


def test_a_decision_that_no_longer_needs_it_releases_the_applicant_and_it_may_be_promised_again(records, hands):
    at(hands, "2026-09-28")
    row = promised(records)
    found = records.do(decide_anew(records, Anew(row.case_id, on_file("2026-09-01"), records.today())))
    assert entry_of(found.body, DOCUMENT, "")["route"] == "covered"
    assert deferral_now(records, row).state == "released" and clocks_of(records, row.id)["supplement"].state == "stopped"
    assert moves_of(records, "deferral", row.id)[-1] == ("release", "clock")
    records.do(decide_anew(records, Anew(row.case_id, {"evidence": {"on_file": {"complete": True, "entries": []}}}, records.today())))
    again = records.do(acts.promise(records, acts.Promise(row.case_id, DOCUMENT), APPLICANT))
    assert (again.round, again.state) == (2, "promised")


def test_what_merely_waits_for_the_authority_is_still_owed(records, hands):
    at(hands, "2026-09-28")
    row = promised(records)
    at(hands, "2026-09-29")     # the evidence of yesterday is gone, so perhaps it is on file: nobody knows
    found = records.do(decide_anew(records, Anew(row.case_id, {}, records.today())))
    assert entry_of(found.body, DOCUMENT, "")["status"] != "settled" and deferral_now(records, row).state == "promised"


@pytest.mark.parametrize("move", ["withdraw", "terminate", "refuse"])
def test_a_closed_case_owes_nothing(records, hands, move):
    at(hands, "2026-09-28")
    row = promised(records)
    records.do(cases.go(records, row.case_id, "accept", OFFICER))
    records.do(cases.go(records, row.case_id, move, OFFICER))
    assert deferral_now(records, row).state == "released"
    assert "overdue" not in ticked(records, hands, "2026-12-01").counts()


def test_nobody_waives_by_hand_what_the_decision_needs(records, hands):
    at(hands, "2026-09-28")
    row = promised(records)
    with pytest.raises(Conflict) as refused:
        act(records, row, "release")
    assert refused.value.code == "still-needed" and "“任职文件”，不能免掉" in refused.value.zh
    ticked(records, hands, "2026-10-08")
    with pytest.raises(Conflict, match="still-needed"):
        act(records, row, "release")
    entry = entry_of(body_of(records, row.case_id), DOCUMENT, "")
    assert deferral_now(records, row).state == "overdue" and entry["route"] == "deferral"
