"""What a check of a commitment finds and what follows: kept, or false, rectified, revoked, recorded; the list of checks; two at once."""

from __future__ import annotations

import multiprocessing
import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlmodel import col, select

from api.records import commitment_story, commitments, credit, log
from api.records.acts import APPLICANT, Conflict
from api.records.commitment_letters import Copy, entry_of
from api.records.commitments import Check
from api.records.log import Erased
from api.records.records import Records
from api.records.tables import CaseFile, Clock, Commitment, Credit
from api.rule_files import bundled, open_rulebook
from engine.lifecycle.moves import IllegalMove
from tests.bundled import decider
from tests.records.committing import FALSE, FIRE, JOB, OFFICER, PAPER, TODAY, One, again, opened, rows, sound, standing
from tests.records.conftest import NOW
from tests.records.jobs import sample

# -- checking ---------------------------------------------------------------------------------------------------------

def test_found_true_it_is_kept_and_nothing_more_is_due(records):
    one = One(records)
    one.sign()
    assert one.check(Check("inconclusive", "assistance", "对方部门没有答复")).state == "signed"
    assert one.clocks() == [("check", "running", date(2026, 12, 18))] and one.told()["checked_at"] is None
    assert one.check().state == "kept"
    assert one.clocks() == [("check", "stopped", date(2026, 12, 18))] and rows(records, Credit) == []
    assert one.told()["checked_at"] and one.told()["due"] is None
    with records.reading() as session:
        acts = [orjson.loads(entry.header) for entry in log.entries_of(session, one.case) if entry.kind == "act"]
    assert [(act["move"], act["from"], act["to"], act["by"]["party"]) for act in acts] == [
        ("offer", "", "offered", "officer"), ("sign", "offered", "signed", "applicant"), ("check", "signed", "signed", "officer"),
        ("confirm", "signed", "kept", "officer")]
    assert "没有答复" not in str(acts) and acts[2]["by"] == {"party": "officer", "officer": "DC-0107", "role": "综合窗口受理员"}


def test_found_false_it_is_recorded_ordered_and_rectified(records, hands):
    one = One(records)
    one.sign()
    one.go("accept", "grant")
    hands.now = NOW + timedelta(days=2)
    assert one.check(FALSE).state == "false"
    [record] = rows(records, Credit)
    assert (record.kind, record.recorded_on, record.repaired_on, record.commitment_id) == ("false_commitment", date(2026, 11, 24), None, one.id)
    assert record.source == "德昌县人力资源社会保障部门" and record.person_id == rows(records, CaseFile)[0].applicant_id
    assert one.told()["credit_record"] == record.id and one.told()["moves"] == ["order", "revoke"] and one.told()["review"] == []
    assert one.order(5).state == "rectifying"
    assert one.clocks() == [("check", "stopped", date(2026, 12, 18)), ("rectify", "running", date(2026, 12, 1))]
    assert one.told()["tasks"] == [{"action": "rectify", "due": "2026-12-01", "due_rule": {"start": "2026-11-24", "count": 5, "unit": "working_day"}}]
    assert one.rectify().state == "rectified"
    assert {state for _, state, _ in one.clocks()} == {"stopped"}
    assert rows(records, CaseFile)[0].state == "granted" and rows(records, Credit)[0].repaired_on is None
    assert sound(records)


@pytest.mark.parametrize(("before", "after"), [(("accept", "grant"), "revoked"), (("accept",), "terminated"), (("freeze",), "terminated")])
def test_revoking_takes_the_decision_back_or_closes_the_pending_case(records, before, after):
    one = One(records)
    one.sign()
    one.go(*before)
    one.check(FALSE)
    one.order()
    assert one.revoke().state == "revoked"
    assert rows(records, CaseFile)[0].state == after
    assert {clock.state for clock in rows(records, Clock)} == {"stopped"}


@pytest.mark.parametrize(("before", "said"), [((), "不能终止办理"), (("accept", "refuse"), "不能撤销决定"), (("withdraw",), "不能撤销决定")])
def test_where_the_case_has_nothing_to_take_back_revoking_is_refused(records, before, said):
    one = One(records)
    one.sign()
    one.go(*before)
    one.check(FALSE)
    with pytest.raises(IllegalMove) as refused:
        one.revoke()
    assert said in refused.value.zh and one.told()["state"] == "false"


def test_two_false_commitments_of_one_case_end_it_once(records):
    first = One(records, FIRE)
    second = One.__new__(One)
    second.records, second.case, second.material = records, first.case, "fire_rules_and_plan"
    second.id = second.offer().id
    first.sign()
    second.sign()
    first.go("accept", "grant")
    for one in (first, second):
        one.check(FALSE)
        assert one.revoke().state == "revoked"
    assert rows(records, CaseFile)[0].state == "revoked" and len(rows(records, Credit)) == 2


@pytest.mark.parametrize(("moves", "state"), [
    (("withdraw",), "stopped"), (("not_accept",), "stopped"), (("accept", "refuse"), "stopped"), (("accept", "terminate"), "stopped"),
    (("accept",), "running"), (("accept", "grant"), "running")])
def test_a_case_closed_without_a_grant_leaves_no_term_for_the_check(records, moves, state):
    one = One(records)
    one.sign()
    one.go(*moves)
    assert one.clocks() == [("check", state, date(2026, 12, 18))] and one.told()["state"] == "signed"


# -- what a false one means for the person ----------------------------------------------------------------------------

def test_a_false_commitment_bars_the_next_until_it_is_repaired(records, hands):
    """Another case of the same person: the commitment closes and names the record's rule; what is shared or shown is untouched."""
    other = opened(records, JOB)
    [shared, shown] = [standing(records, other, one) for one in ("id_photo", "id_or_social_card")]
    one = One(records)
    one.sign()
    one.check(FALSE)
    assert set(one.told()["to_decide_again"]) == {other, one.case}      # nothing changes by itself
    assert standing(records, other, PAPER[JOB])["route"] == "commitment"
    hands.now += timedelta(minutes=1)
    again(records, other)
    entry = standing(records, other, PAPER[JOB])
    assert (entry["route"], entry["satisfied"], entry["offers"]) == ("submit", "no", [])
    [closed] = [row for row in entry["considered"] if row["route"] == "commitment"]
    assert closed["state"] == "closed" and [because["rule"] for because in closed["because"]] == ["告知承诺制-失信排除"]
    assert [standing(records, other, one) for one in ("id_photo", "id_or_social_card")] == [shared, shown]
    assert one.told()["to_decide_again"] == [one.case]
    with pytest.raises(Conflict) as refused:
        records.do(commitments.offer(records, other, Copy(PAPER[JOB]), OFFICER))
    assert "有未修复的严重失信或者虚假承诺记录" in refused.value.zh
    with records.reading() as session:
        case = session.get(CaseFile, other)
        [cited] = log.decision(session, case.decision_id).own["records"]["credit"]
    assert cited == {"kind": "false_commitment", "recorded_on": "2026-11-22", "source": "德昌县人力资源社会保障部门"}


def test_from_the_day_of_repair_the_pending_case_is_open_again(records, hands):
    one = One(records)
    one.sign()
    one.check(FALSE)
    hands.now = NOW + timedelta(days=10)                                   # 2 December
    records.do(credit.repair(one.told()["credit_record"], date(2026, 12, 1), "认定单位的修复决定", OFFICER, records.today()))
    for day, route in ((date(2026, 11, 30), "submit"), (date(2026, 12, 1), "commitment"), (date(2026, 12, 2), "commitment")):
        body = again(records, one.case, day, evidence=sample(JOB)["evidence"]).body
        assert (day, entry_of(body, Copy(PAPER[JOB]))["route"]) == (day, route)


def test_a_guardians_untruth_is_nobodys_record_until_people_say_so(records):
    one = One(records, JOB, agent={"kind": "guardian", "name": "测试丙"})
    one.sign("guardian")
    one.check(FALSE)
    assert rows(records, Credit) == [] and one.told()["credit_record"] is None
    [mark] = one.told()["review"]
    assert "由监护人签署的承诺不实" in mark and "没有自动记入" in mark
    stated = credit.Stated(("resident_id", "513424200802290006"), "false_commitment", TODAY, "德昌县人力资源社会保障部门", commitment_id=one.id)
    records.do(credit.record(stated, OFFICER, TODAY))
    assert one.told()["credit_record"] and one.told()["review"] == []
    with pytest.raises(Conflict) as refused:
        records.do(credit.record(stated, OFFICER, TODAY))
    assert refused.value.code == "already-recorded"


def test_without_a_number_nobody_is_recorded(records):
    one = One(records, JOB, applicant={"kind": "natural_person", "name": "测试庚"})
    one.sign()
    one.check(FALSE)
    assert rows(records, Credit) == [] and "没有可核的证件号码" in one.told()["review"][0]


# -- the list of checks -----------------------------------------------------------------------------------------------

def ids(records: Records, after: Any = None, **wanted: Any) -> Any:
    with records.reading() as session:
        found, beyond = commitment_story.listed(session, records.rulebook, commitment_story.Wanted(**wanted), after)
    return [one["id"] for one in found], beyond


def test_the_list_gives_what_is_due_first_and_goes_on_where_it_stopped(records, hands, monkeypatch):
    unknown, late, soon = One(records, "care_elsewhere_shaoyang"), One(records, FIRE), One(records)
    for one in (unknown, soon):
        one.sign()
    hands.now = NOW + timedelta(days=1)
    late.sign(evidence=sample(FIRE)["evidence"])
    waiting = One(records, FIRE, material="fire_rules_and_plan")
    assert ids(records, state="signed") == ([soon.id, late.id, unknown.id], None)
    assert ids(records, state="signed", due_before=date(2026, 12, 21)) == ([soon.id], None)
    assert ids(records, due_before=date(2026, 12, 22)) == ([soon.id, late.id], None)
    assert ids(records, division="620200", state="offered") == ([waiting.id], None) and ids(records, case=late.case)[0] == [late.id]
    monkeypatch.setattr(commitment_story, "PAGE", 1)
    first, after = ids(records, state="signed")
    soon.check()                                          # dealt with between two pages: nothing is skipped
    second, after = ids(records, after, state="signed")
    third, after = ids(records, after, state="signed")
    assert (first, second, third) == ([soon.id], [late.id], [unknown.id])
    assert ids(records, after, state="signed") == ([], None)


def test_an_erased_letter_is_gone_and_the_commitment_goes_on(records):
    one = One(records)
    one.sign()

    def erase(pages: Any) -> None:
        row = pages.session.get(Commitment, one.id)
        row.letter = None
        pages.session.add(row)

    records.do(erase)
    with records.reading() as session, pytest.raises(Erased):
        commitment_story.letter_of(session, one.id)
    assert one.told()["state"] == "signed" and one.check(FALSE).state == "false"
    assert rows(records, Credit)[0].source == "德昌县人力资源社会保障部门"


# -- two at once ------------------------------------------------------------------------------------------------------

def _signs(url: str, commitment_id: str, ready: Any, outcomes: Any) -> None:
    """In a process of its own: sign when all are ready."""
    made = Records(url, decider(), open_rulebook(bundled()), lambda: datetime(2026, 11, 22, 1, 30, tzinfo=UTC), program="test")
    try:
        ready.wait(60)
        try:
            made.do(commitments.sign(made, commitment_id, "self", False, APPLICANT, TODAY))
            outcomes.put("signed")
        except IllegalMove as refused:
            outcomes.put(refused.zh)
    finally:
        made.close()


def test_two_processes_sign_at_once_and_one_wins(postgres_url, hands):
    records = Records(postgres_url, decider(), open_rulebook(bundled()), hands, program="test")
    try:
        one = One(records)
        spawn = multiprocessing.get_context("spawn")
        ready, outcomes = spawn.Barrier(2), spawn.Queue()
        workers = [spawn.Process(target=_signs, args=(postgres_url, one.id, ready, outcomes)) for _ in range(2)]
        for worker in workers:
            worker.start()
        try:
            found = sorted(outcomes.get(timeout=120) for _ in workers)
        finally:
            for worker in workers:
                worker.join(30)
                worker.kill()
        assert found[0] == "signed" and found[1].startswith("承诺已签署，不能签署"), found
        with records.reading() as session:
            assert len(session.exec(select(Clock).where(col(Clock.subject) == "commitment")).all()) == 1
            assert len(log.decisions_of(session, one.case)) == 2
        assert sound(records)
    finally:
        records.close()


def test_of_a_signature_and_a_withdrawal_at_once_the_later_sees_the_earlier(postgres_url, hands):
    """Two writers: the second waits for the first and then finds its state, whichever comes first."""
    one_side, other_side = (Records(postgres_url, decider(), open_rulebook(bundled()), hands, program="test") for _ in range(2))
    try:
        for _ in range(5):
            one = One(one_side)
            together = threading.Barrier(2)
            said: list[str] = []

            def act(does: Any, on: Records, gate: threading.Barrier = together, out: list[str] = said) -> None:
                gate.wait(30)
                try:
                    out.append(on.do(does).state)
                except IllegalMove:
                    out.append("refused")

            threads = [threading.Thread(target=act, args=pair) for pair in (
                (commitments.sign(one_side, one.id, "self", False, APPLICANT, TODAY), one_side),
                (commitments.withdraw(other_side, one.id, APPLICANT, TODAY), other_side))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
            assert one.told()["state"] == "withdrawn" and sorted(said) in (["signed", "withdrawn"], ["refused", "withdrawn"])
            assert all(state == "stopped" for _, state, _ in one.clocks())
        assert sound(one_side)
    finally:
        one_side.close()
        other_side.close()
