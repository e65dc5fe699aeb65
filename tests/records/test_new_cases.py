"""Recording the decision that opens a case: keys, case numbers, people and bodies, alone, in one batch and between processes."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from sqlalchemy import text
from sqlmodel import func, select

from api.records.database import Database, Unavailable
from api.records.decisions import CaseExists, KeyReused, Prepare
from api.records.log import decision
from api.records.tables import CaseFile as Case
from api.records.tables import Clock, DecisionBody, Idempotency, KeptRulebook, LogContent, LogEntry, Person, Received
from api.records.writer import Act, Writer
from tests.records.jobs import applicant, new_case
from tests.records.writing import SOON, busy, entries, sound, telling, wait_until_somebody_waits

SOMEBODY = "430503195812310004"


def rows(records, table):
    with records.reading() as session:
        return list(session.exec(select(table)))


def count(records, table):
    with records.reading() as session:
        return session.exec(select(func.count()).select_from(table)).one()


def write(records, *jobs):
    """Write the jobs in one batch; give results and refusals."""
    with busy(records.writer, records.act):
        futures = [records.submit(job) for job in jobs]
    wait(futures, SOON)
    return [future.exception(0) or future.result(0) for future in futures]


def test_a_decision_is_recorded_with_everything_that_belongs_to_it(records):
    job = new_case(records, case="FS-1")
    [receipt] = write(records, job)
    assert not receipt.replayed and receipt.at == "2026-11-22T01:30:00.000000Z"
    with records.reading() as session:
        recorded = decision(session, receipt.decision_id)
    assert recorded.body == json.dumps(job.decided.body, ensure_ascii=False, separators=(",", ":")).encode()
    assert recorded.application == job.decided.application and recorded.evidence == job.decided.evidence and recorded.own == {}
    assert recorded.case_id == receipt.case_id and recorded.tells["outcome"] == job.decided.body["outcome"]
    [case] = rows(records, Case)
    assert (case.id, case.number, case.item, case.division, case.state) == (receipt.case_id, "FS-1", "house_sale_transfer", "210400", "received")
    assert case.decision_id == receipt.decision_id and case.rulebook == records.rulebook.version and case.received_on.isoformat() == "2026-11-19"
    people = {one.id_number: one.id for one in rows(records, Person)}
    assert set(people) == {"210400199003070007", "21040219900307000X"} and case.applicant_id == people["210400199003070007"]
    [received] = rows(records, Received)
    assert (received.material, received.person, received.person_id) == ("property_transfer_application", "", case.applicant_id)
    assert (received.trust, received.received_on, received.channel) == ("D", case.received_on, "window")
    assert {one.kind for one in rows(records, Clock)} >= {"promised", "legal"} and count(records, Idempotency) == 0
    sound(records)


def test_no_personal_data_stands_in_the_chain(records):
    write(records, new_case(records, case="FS-1", applicant=applicant(SOMEBODY)))
    for entry in entries(records):
        assert SOMEBODY not in entry.header and "测试" not in entry.header


def test_a_key_sent_again_with_the_same_request_is_answered_by_the_first_decision(records):
    [first] = write(records, new_case(records, key="k", fingerprint="f"))
    records.clock.now = records.clock.now.replace(hour=5)
    [again] = write(records, new_case(records, key="k", fingerprint="f"))
    assert again.replayed and again.decision_id == first.decision_id
    assert (count(records, Case), len(entries(records, kind="decision"))) == (1, 1)


def test_a_key_sent_again_with_another_request_is_refused(records):
    write(records, new_case(records, key="k", fingerprint="f"))
    [refused] = write(records, new_case(records, key="k", fingerprint="g"))
    assert isinstance(refused, KeyReused) and count(records, Case) == 1


def test_a_key_is_known_within_one_batch(records):
    jobs = [new_case(records, key="k", fingerprint=one) for one in "ffgf"]
    first, again, refused, last = write(records, *jobs)
    assert not first.replayed and again.replayed and last.replayed and isinstance(refused, KeyReused)
    assert {one.decision_id for one in (first, again, last)} == {first.decision_id}
    assert (count(records, Case), count(records, Idempotency)) == (1, 1)
    sound(records)


def test_a_case_number_opens_one_case_in_a_division(records):
    first, taken = write(records, new_case(records, case="FS-1"), new_case(records, case="FS-1"))
    assert first.case_id and isinstance(taken, CaseExists)
    [later] = write(records, new_case(records, case="FS-1", applicant=applicant(SOMEBODY)))
    assert isinstance(later, CaseExists)
    other, none, also = write(records, new_case(records, case="FS-1", deciding_division="420700"), new_case(records), new_case(records))
    assert other.case_id and none.case_id != also.case_id
    assert count(records, Case) == 4
    sound(records)


def test_a_key_counts_before_the_case_number(records):
    first, again = write(records, *(new_case(records, case="FS-1", key="k", fingerprint="f") for _ in range(2)))
    assert again.replayed and again.decision_id == first.decision_id


def test_a_body_is_kept_once_and_people_are_known_again(records):
    write(records, *(new_case(records) for _ in range(5)))
    write(records, *(new_case(records) for _ in range(5)))
    assert (count(records, DecisionBody), count(records, LogContent), count(records, Person), count(records, Case)) == (1, 10, 2, 10)
    [receipt] = write(records, new_case(records, situation={}))
    assert receipt.case_id and count(records, DecisionBody) == 2
    sound(records)


def test_a_rollback_forgets_the_bodies_it_had_written(records):
    with busy(records.writer, records.act):
        lost, failing = records.submit(new_case(records)), records.act(failing_database)
    for one in (lost, failing):
        assert isinstance(one.exception(SOON), Unavailable)
    assert count(records, DecisionBody) == 0
    [receipt] = write(records, new_case(records))
    assert receipt.case_id and count(records, DecisionBody) == 1
    sound(records)


def failing_database(pages):
    raise Unavailable("test")


def test_a_body_erased_by_another_process_is_written_again(records):
    [first] = write(records, new_case(records))
    with records.database.writing() as session:
        session.execute(text("DELETE FROM log_content"))
        session.execute(text("DELETE FROM decision_body"))
    [again] = write(records, new_case(records))
    assert again.case_id != first.case_id and count(records, DecisionBody) == 1


def test_a_material_stated_twice_is_received_once(records):
    form = "property_transfer_application"
    name = records.rulebook.materials[form].name
    [receipt] = write(records, new_case(records, handed_in=[form, f"{form}/applicant", name, f"{form}/buyer", form]))
    assert receipt.case_id
    assert sorted((one.material, one.person) for one in rows(records, Received)) == [(form, ""), (form, "buyer")]


def test_what_a_database_cannot_hold_does_not_disturb_the_others(postgres_records):
    """PostgreSQL has no place for the character of code zero in a text."""
    records = postgres_records
    before, bad, after = write(records, new_case(records), new_case(records, case="a\0b"), new_case(records))
    assert before.case_id and after.case_id and isinstance(bad, Exception)
    assert count(records, Case) == 2
    sound(records)


@pytest.fixture
def other(database_url, records):
    """The writer of another process, as far as the database can tell."""
    database = Database(database_url)
    writer = Writer(database, records.clock, Prepare())
    yield writer
    writer.close()
    database.close()


def race(records, other, mine, theirs):
    """Both at once: mine is written but not committed when theirs begins."""
    entered, begun = threading.Event(), threading.Event()

    def hold(pages):
        entered.set()
        assert begun.wait(SOON)
        if not records.database.embedded:      # of a file nobody can tell: theirs waits for it before its first look
            wait_until_somebody_waits(records)

    with busy(records.writer, records.act):
        first, held = records.submit(mine), records.act(hold)
    assert entered.wait(SOON)
    second = other.submit(theirs)
    begun.set()
    held.result(SOON)
    outcomes = [one.exception(SOON) or one.result(0) for one in (first, second)]
    sound(records)
    return outcomes


def test_two_processes_with_one_key_write_one_decision(records, other):
    mine, theirs = race(records, other, *(new_case(records, key="k", fingerprint="f") for _ in range(2)))
    assert mine.decision_id == theirs.decision_id and (mine.replayed, theirs.replayed) == (False, True)
    assert count(records, Case) == 1


def test_two_processes_with_one_key_and_two_requests_write_one(records, other):
    outcomes = race(records, other, *(new_case(records, key="k", fingerprint=one) for one in "fg"))
    assert [isinstance(one, KeyReused) for one in outcomes] == [False, True]
    assert count(records, Case) == 1


def test_two_processes_with_one_case_number_open_one_case(records, other):
    outcomes = race(records, other, new_case(records, case="FS-1"), new_case(records, case="FS-1", applicant=applicant(SOMEBODY)))
    assert [isinstance(one, CaseExists) for one in outcomes] == [False, True]
    assert count(records, Case) == 1


def test_two_processes_with_new_people_and_one_new_body_write_them_once(records, other):
    outcomes = race(records, other, new_case(records), new_case(records))
    assert all(one.case_id for one in outcomes)
    assert (count(records, Case), count(records, Person), count(records, DecisionBody)) == (2, 2, 1)
    assert count(records, KeptRulebook) == 1 and count(records, LogEntry) == 4


def test_a_conflict_begins_no_new_chain(records, other):
    race(records, other, *(new_case(records, key="k", fingerprint="f") for _ in range(2)))
    for writer in (records.writer, other):
        assert writer.submit(Act(telling("after"))).result(SOON)
    assert sound(records).chains == 2


def test_two_processes_that_keep_one_rulebook_keep_it_once(postgres_records):
    """Both have looked, neither found it, both write it."""
    records = postgres_records
    version = records.rulebook.version
    with records.database.writing() as session:
        row = session.get(KeptRulebook, version)
        session.delete(row)
    with ThreadPoolExecutor(1) as thread, records.database.writing() as session:
        session.add(KeptRulebook(version=version, kept_at="first", texts=b""))
        session.flush()
        keeping = thread.submit(records.rulebooks.keep, "second")
        wait_until_somebody_waits(records)
        session.commit()
        keeping.result(SOON)
    assert [row.kept_at for row in rows(records, KeptRulebook)] == ["first"]
