"""Credit records: entered by hand or after a false commitment, read by the next decision, unusable once repaired."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson
import pytest
from sqlmodel import select

from api.records import cases, credit, log
from api.records.acts import By, Conflict, NoSuchRecord
from api.records.commitment_letters import Copy, entry_of
from api.records.credit import Stated
from api.records.log import verify
from api.records.restating import Anew
from api.records.tables import Credit, LogContent, LogEntry, Person
from engine.lifecycle.moves import IllegalMove
from engine.problems import Refused
from tests.records.jobs import new_case, sample

OFFICER = By("officer", "DC-0107", "信用管理员")
TODAY = date(2026, 11, 22)
JOB, PAPER = "unemployment_commitment_dechang", "employment_end_certificate"
NUMBER = ("resident_id", "513424200802290006")


def enter(records: Any, kind: str = "serious", day: date = date(2026, 10, 9), number: Any = NUMBER, **more: Any) -> Credit:
    return records.do(credit.record(Stated(number, kind, day, "信用中国（四川凉山）", **more), OFFICER, TODAY))


def repaired(records: Any, row: Credit, day: date = TODAY) -> Credit:
    return records.do(credit.repair(row.id, day, "认定单位的修复决定", OFFICER, TODAY))


def opened(records: Any, **changes: Any) -> str:
    return str(records.submit(new_case(records, JOB, **changes)).result(30).case_id)


def route(records: Any, case_id: str, day: date = TODAY) -> Any:
    body = records.do(cases.decide_anew(records, Anew(case_id, {"evidence": sample(JOB)["evidence"]}, day))).body
    return entry_of(body, Copy(PAPER))["route"]


def everything(records: Any, **how: Any) -> list[Credit]:
    with records.reading() as session:
        return credit.listed(session, how.pop("filters", {}), **how)


def test_a_record_from_outside_makes_the_person_known_and_is_told_without_the_number(records):
    row = enter(records, name="测试庚")
    assert (row.kind, row.recorded_on, row.repaired_on, row.source, row.commitment_id) == ("serious", date(2026, 10, 9), None, "信用中国（四川凉山）", None)
    with records.reading() as session:
        [person] = session.exec(select(Person)).all()
        acts = [entry for entry in session.exec(select(LogEntry)) if entry.kind == "act"]
        [content] = session.exec(select(LogContent)).all()
        assert not verify(session).flaws
    assert (person.id, person.id_type, person.id_number, person.name) == (row.person_id, *NUMBER, "测试庚")
    [told] = [orjson.loads(entry.header) for entry in acts]
    assert (told["subject"], told["move"], told["from"], told["to"]) == (["credit_record", row.id], "record", "", "recorded")
    assert told["by"] == {"party": "officer", "officer": "DC-0107", "role": "信用管理员"}
    assert "513424" not in acts[0].header and b"513424" not in content.content
    assert set(credit.as_dict(row)) == {"id", "person_id", "kind", "recorded_on", "repaired_on", "source", "commitment_id", "state"}


def test_the_same_person_is_one_person(records):
    first, second = enter(records), enter(records, "minor")
    assert first.person_id == second.person_id
    case = opened(records)
    with records.reading() as session:
        assert session.get(cases.CaseFile, case).applicant_id == first.person_id


def test_a_record_is_entered_once(records):
    row = enter(records)
    with pytest.raises(Conflict) as refused:
        enter(records)
    assert refused.value.code == "already-recorded" and row.id in refused.value.zh
    assert enter(records, day=date(2026, 10, 8)).id != row.id


def test_a_day_to_come_and_somebody_elses_commitment_are_refused(records):
    with pytest.raises(Conflict) as refused:
        enter(records, day=date(2026, 11, 23))
    assert refused.value.code == "day-to-come"
    with pytest.raises(NoSuchRecord):
        enter(records, "false_commitment", commitment_id="nobody")
    assert everything(records) == []
    with records.reading() as session:
        assert session.exec(select(Person)).all() == []      # what was refused leaves nobody behind


@pytest.mark.parametrize(("id_type", "number", "field", "said"), [
    ("resident_id", "513424200802290007", "id_number", "校验位不对"), ("resident_id", "123", "id_number", "18位"),
    ("统一社会信用代码", "91210400MA0000015E", "id_number", "校验位不对"), ("护照号", "E1", "id_type", "没有叫“护照号”的证件类型")])
def test_a_number_that_cannot_be_right_is_refused_at_its_field(records, id_type, number, field, said):
    with pytest.raises(Refused) as refused:
        credit.number_of(records.rulebook, id_type, number)
    [problem] = refused.value.problems
    assert problem.field == field and said in problem.zh and number not in problem.zh


def test_a_number_has_one_written_form(records):
    kind = next(value for value in records.rulebook.vocabulary.by_word["person_id_type"].values if value.code == "resident_id")
    assert credit.number_of(records.rulebook, kind.name, "210402900307002") == ("resident_id", "210402199003070026")
    assert credit.number_of(records.rulebook, "resident_id", "21040219900307000x") == ("resident_id", "21040219900307000X")


@pytest.mark.parametrize(("kind", "expected"), [("minor", "commitment"), ("ordinary", "commitment"), ("serious", "submit"), ("false_commitment", "submit")])
def test_the_rules_say_which_record_bars(records, kind, expected):
    case = opened(records)
    enter(records, kind)
    assert route(records, case) == expected


def test_somebody_elses_record_bars_nobody(records):
    case = opened(records)
    enter(records, number=("resident_id", "430503195812310004"))
    assert route(records, case) == "commitment"


def test_a_repaired_record_is_unusable_from_its_day_on(records):
    case = opened(records)
    repaired(records, enter(records), date(2026, 11, 21))
    assert [route(records, case, day) for day in (date(2026, 11, 20), date(2026, 11, 21), TODAY)] == ["submit", "commitment", "commitment"]


def test_one_repair_does_not_repair_another(records):
    case = opened(records)
    first, second = enter(records), enter(records, "false_commitment")
    repaired(records, first)
    assert route(records, case) == "submit"
    repaired(records, second)
    assert route(records, case) == "commitment"


def test_a_repair_is_entered_once_and_not_outside_its_days(records):
    row = enter(records)
    for day in (date(2026, 10, 8), date(2026, 11, 23)):
        with pytest.raises(Conflict) as refused:
            repaired(records, row, day)
        assert refused.value.code == "repair-day" and "2026-10-09" in refused.value.zh
    assert repaired(records, row, date(2026, 10, 9)).repaired_on == date(2026, 10, 9)
    with pytest.raises(IllegalMove) as again:
        repaired(records, row)
    assert again.value.zh == "信用记录已修复，不能登记修复；没有可以再做的。"
    with pytest.raises(NoSuchRecord):
        records.do(credit.repair("nobody", TODAY, "x", OFFICER, TODAY))
    with records.reading() as session:
        told = [orjson.loads(entry.header) for entry in session.exec(select(LogEntry)) if entry.kind == "act"]
        assert [(one["move"], one["to"]) for one in told] == [("record", "recorded"), ("repair", "repaired")]
        assert "修复决定" not in str(told)


def test_records_are_found_by_what_they_are_and_by_number(records, monkeypatch):
    first, second, third = enter(records), enter(records, "minor", date(2026, 10, 10)), enter(records, day=date(2026, 9, 1), number=("passport", "E12345678"))
    repaired(records, second)
    assert [one.id for one in everything(records)] == [second.id, first.id, third.id]
    assert [one.id for one in everything(records, number=NUMBER)] == [second.id, first.id]
    assert everything(records, number=("resident_id", "430503195812310004")) == []
    assert [one.id for one in everything(records, filters={"state": "repaired"})] == [second.id]
    assert [one.id for one in everything(records, filters={"state": "recorded", "kind": "serious", "person_id": first.person_id})] == [first.id]
    assert everything(records, filters={"commitment_id": "nobody"}) == []
    monkeypatch.setattr(credit, "PAGE", 2)
    assert [one.id for one in everything(records, after=first.id)] == [third.id]
    with pytest.raises(NoSuchRecord):
        everything(records, after="nobody")


def test_what_a_decision_read_stays_what_it_read(records):
    """A repair changes no decision that was made: it stands as of its day and can be made again."""
    case = opened(records)
    row = enter(records)
    assert route(records, case) == "submit"
    with records.reading() as session:
        before = log.decision(session, session.get(cases.CaseFile, case).decision_id)
    repaired(records, row)
    with records.reading() as session:
        assert log.decision(session, before.id) == before
