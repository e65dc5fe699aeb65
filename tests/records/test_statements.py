"""The statements every decision needs: many rows at once, defaults, days, and looking up, alike on both databases."""

from __future__ import annotations

import uuid
from datetime import date

import pytest
from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from api.records import statements
from api.records.ids import new_id
from api.records.statements import add_rows, day, look_up
from api.records.tables import Idempotency, Person


@pytest.mark.parametrize("most", [statements.MOST_PARAMETERS, 8])
def test_many_rows_are_written_whatever_fits_in_one_statement(records, monkeypatch, most):
    monkeypatch.setattr(statements, "MOST_PARAMETERS", most)
    rows = [{"id": f"p{number}", "id_type": "passport", "id_number": f"E{number:08}"} | ({"name": f"测试{number}"} if number % 2 else {}) for number in range(201)]
    with records.database.writing() as session:
        add_rows(session, Person, rows)
    with records.reading() as session:
        kept = {row.id: row for row in session.exec(select(Person))}
        assert session.exec(select(func.count()).select_from(Person)).one() == 201
    assert (kept["p7"].name, kept["p8"].name, kept["p8"].id_number) == ("测试7", "", "E00000008")     # a column not named has its default


def test_what_is_looked_up_is_what_was_asked_for_and_sees_what_the_session_holds(records):
    with records.database.writing() as session:
        session.add(Person(id="p1", id_type="passport", id_number="E1'; --", name="甲"))
        found = look_up(session, "id, name", "person", "id_number", {"E1'; --", "E2"}, "AND id_type = ? ORDER BY id", ("passport",))
        assert [tuple(row) for row in found] == [("p1", "甲")]
        assert look_up(session, "id", "person", "id_number", set()) == ()
        assert list(look_up(session, "id", "person", "id_number", {"E1'; --"}, "AND id_type <> ?", ("passport",))) == []


def test_days_come_back_as_days():
    assert day("2026-11-22") == day(date(2026, 11, 22)) == date(2026, 11, 22)


def test_what_must_be_there_once_is_refused_as_such(records):
    with pytest.raises(IntegrityError), records.database.writing() as session:
        add_rows(session, Idempotency, [{"key": "k", "fingerprint": "f", "decision_id": "nothing"}] * 2)


def test_ids_are_of_version_seven_and_sort_as_they_are_made():
    made = [uuid.UUID(new_id()) for _ in range(2_000)]
    assert len(set(made)) == 2_000
    assert {(one.version, one.variant) for one in made} == {(7, uuid.RFC_4122)}
    moments = [one.int >> 80 for one in made]
    assert moments == sorted(moments)
