"""Tickets in the records: written with the decision or not at all, one open outage a source and division, the provider's term, on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from threading import Barrier, Thread

import pytest
from sqlmodel import col, select

from api.records import cases, tickets
from api.records.acts import By, Conflict
from api.records.decisions import Receipt
from api.records.electives import decided_again
from api.records.electives import opened as opening
from api.records.records import Records
from api.records.restating import Anew
from api.records.tables import Alert, CaseFile, Clock, Ticket, TicketCase
from api.records.tick import tick
from engine.application import Application
from engine.decide import Decider
from engine.lifecycle.moves import IllegalMove
from engine.lifecycle.tickets import owed
from engine.reading import read_rulebook
from tests.engine.small import EVERYWHERE, HAND_IN, NOT_NEEDED, asked, instrument, item, material, rule, source, texts
from tests.records.conftest import Hands, opened
from tests.records.deferring import OFFICER, at, moves_of, notes_of
from tests.records.jobs import DAY, applicant, new_case, sample
from tests.records.writing import sound

OWNER = "house_sale_owner_differs_ezhou"      # the tax records are down, the marriage records do not match
PROVIDER = By("officer", "SW-0007", "数据管理员")


def decided(records: Records, name: str = OWNER, day: date = DAY, **changes) -> Receipt:
    """A case opened as the service opens it."""
    whole = Application.model_validate_json(json.dumps(sample(name, **changes)), strict=True)
    return records.do(opening(records, new_case(records, name, **changes), whole, owed(records.rulebooks.current, whole, day)))


def listed(records: Records) -> list[Ticket]:
    with records.reading() as session:
        return list(session.exec(select(Ticket).order_by(col(Ticket.kind), col(Ticket.id))))


def test_a_ticket_is_written_with_the_decision_that_owes_it(records):
    receipt = decided(records)
    assert [(one.kind, one.material, one.provider) for one in receipt.tickets] == [
        ("outage", "deed_tax_receipt", "税务部门"), ("mismatch", "marriage_certificate", "民政部门")]
    with records.reading() as session:
        copies = session.exec(select(TicketCase)).all()
        assert {(one.case_id, one.decision_id) for one in copies} == {(receipt.case_id, receipt.decision_id)}
    assert moves_of(records, "ticket", receipt.tickets[0].id) == [("open", "clock")]
    assert [note["decision"] for note in notes_of(records, "open")] == [receipt.decision_id] * 2
    sound(records)


def test_what_cannot_be_ticketed_is_not_recorded(records, monkeypatch):
    def fails(*_: object) -> None:
        raise Conflict("x", "不行。", "No.")

    monkeypatch.setattr(tickets, "_open", fails)
    with pytest.raises(Conflict):
        decided(records)
    with records.reading() as session:
        assert session.exec(select(CaseFile)).all() == []
    sound(records)


def test_an_outage_is_one_open_ticket_whoever_meets_it_first(database_url, hands):
    with opened(database_url, hands) as one, opened(database_url, hands) as other:
        gate, found = Barrier(2), []

        def go(records: Records, number: str) -> None:
            gate.wait()
            found.append(decided(records, applicant=applicant(number)))

        threads = [Thread(target=go, args=pair) for pair in ((one, "430503195812310004"), (other, "210400199003070007"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({receipt.case_id for receipt in found}) == 2
        assert [(row.kind, row.state) for row in listed(one)] == [("mismatch", "open"), ("mismatch", "open"), ("outage", "open")]
        assert len({receipt.tickets[0].id for receipt in found}) == 1
        sound(one)


def test_an_answer_frees_the_place_of_the_next_outage_and_each_is_answered_once(records):
    first = decided(records).tickets[0]
    with pytest.raises(Conflict, match="not-for-kind"):
        records.do(tickets.answer(records.rulebook, first.id, "corrected", PROVIDER))
    row = records.do(tickets.answer(records.rulebook, first.id, "restored", PROVIDER, "已恢复"))
    assert (row.state, row.answer, row.open_key) == ("answered", "restored", None)
    with pytest.raises(IllegalMove, match="数据工单已由供数部门答复"):
        records.do(tickets.answer(records.rulebook, first.id, "restored", PROVIDER))
    again = decided(records, applicant=applicant("430503195812310004")).tickets[0]
    assert again.id != first.id
    assert records.do(tickets.close(first.id, OFFICER)).state == "closed"
    assert [row.state for row in listed(records) if row.kind == "outage"] in (["closed", "open"], ["open", "closed"])
    assert moves_of(records, "ticket", first.id) == [("open", "clock"), ("restored", "officer"), ("close", "officer")]
    sound(records)


def test_a_closed_case_asks_for_nothing_and_is_not_told(records):
    receipt = decided(records)
    assert receipt.case_id is not None
    records.do(cases.go(records, receipt.case_id, "withdraw", By("applicant")))
    assert {row.kind: (row.state, row.answer) for row in listed(records)} == {"mismatch": ("closed", None), "outage": ("open", None)}
    records.do(tickets.answer(records.rulebook, receipt.tickets[0].id, "restored", PROVIDER))
    with records.reading() as session:
        assert session.exec(select(Alert)).all() == []
        case = session.get(CaseFile, receipt.case_id)
        assert case is not None and not tickets.to_decide_again(session, case)
    sound(records)


def test_what_is_still_missing_after_a_correction_is_asked_once_more_and_what_was_confirmed_is_not(records, hands):
    receipt = decided(records)
    assert receipt.case_id is not None

    def again(at_hour: int) -> list[tuple[str, str | None]]:
        hands.now = hands.now.replace(hour=at_hour)
        evidence = sample(OWNER)["evidence"]
        records.do(decided_again(records, Anew(str(receipt.case_id), {"evidence": evidence}, DAY)))
        return sorted((row.state, row.answer) for row in listed(records) if row.kind == "mismatch")

    mismatch = receipt.tickets[1].id
    hands.now = hands.now.replace(hour=2)
    records.do(tickets.answer(records.rulebook, mismatch, "corrected", PROVIDER))
    assert again(3) == [("closed", "corrected"), ("open", None)]      # the source was asked anew and still does not match
    [other] = [row.id for row in listed(records) if row.kind == "mismatch" and row.state == "open"]
    records.do(tickets.answer(records.rulebook, other, "confirmed", PROVIDER))
    assert again(4) == [("answered", "confirmed"), ("closed", "corrected")]
    assert [row.state for row in listed(records) if row.kind == "outage"] == ["open"]      # still down: one ticket
    sound(records)


# -- the provider's term ----------------------------------------------------------------------------------------------

SMALL = texts(
    instrument("示例法", NOT_NEEDED, HAND_IN,
               rule("共享", "准许", "数据共享", "数据源状态 是 已接通", "查询结果 是 查到有效", 理由="数据共享可得"),
               rule("补核", "准许", "部门补核", "数据源状态 是 已接通", "查询结果 是 数据源中断", 理由="查询受阻由部门补核"),
               rule("核验期限", "规定", "数据核验期限", 值="3", 单位="工作日")),
    items=[item(asked("示例材料甲"))], materials=[material("a", "示例材料甲", 数据源=["register"])], sources=[source("register", EVERYWHERE, 提供单位="测试登记机关")])


@pytest.fixture
def small(sqlite_url: str, hands: Hands) -> Iterator[Records]:
    """Records under a rulebook whose law gives the provider three working days."""
    made = Records(sqlite_url, Decider(read_rulebook(SMALL)), SMALL, hands, None, "test")
    yield made
    made.close()


def test_a_provider_that_is_late_is_named_to_the_supervision_and_its_answer_stops_the_term(small, hands, monkeypatch):
    monkeypatch.setattr("tests.records.jobs.sample", lambda name, **changes: changes)
    at(hands, "2026-11-23")
    today = date(2026, 11, 23)
    stated = {"item": "thing", "deciding_division": "210400", "accepted_on": "2026-11-23", "evidence": {"queries": {"a": {"result": "down"}}}}
    whole = Application.model_validate_json(json.dumps(stated), strict=True)
    monkeypatch.setattr("tests.records.jobs.DAY", today)
    receipt = small.do(opening(small, new_case(small, **stated), whole, owed(small.rulebooks.current, whole, today)))
    [one] = receipt.tickets
    with small.reading() as session:
        clock = session.exec(select(Clock).where(col(Clock.subject) == "ticket")).one()
    assert (clock.subject_id, clock.kind, str(clock.due), clock.state) == (one.id, "follow_up", "2026-11-26", "running")
    at(hands, "2026-11-27")
    assert [(row.what, row.kind) for row in tick(small).raised if row.kind == "follow_up"] == [("yellow", "follow_up")]
    with small.reading() as session:
        [alert] = [row for row in session.exec(select(Alert)) if row.card == "yellow"]
    assert alert.zh == "黄牌：测试登记机关答复数据工单（register）的期限已于2026年11月26日届满，仍未办结。" and "测试登记机关" in alert.en
    small.do(tickets.answer(small.rulebook, one.id, "restored", PROVIDER))
    at(hands, "2026-12-11")
    assert [row for row in tick(small).raised if row.kind == "follow_up"] == []
    with small.reading() as session:
        assert session.exec(select(Clock.state).where(col(Clock.subject) == "ticket")).one() == "stopped"
    sound(small)
