"""The database under a running service: gone, replaced, locked, full, stopped. Nothing is lost, nothing begun anew, and it recovers by itself."""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import func, select

from api.records.database import Database, Unavailable, parsed
from api.records.records import Records
from api.records.tables import CaseFile, KeptRulebook, LogChain
from engine.problems import Refused
from tests.records.conftest import opened
from tests.records.jobs import new_case
from tests.records.postgres import fresh_database, server
from tests.records.writing import SOON, entries, sound, telling


def write(records):
    return records.submit(new_case(records)).result(SOON)


def cases(records):
    with records.reading() as session:
        return session.exec(select(func.count()).select_from(CaseFile)).one()


def assert_unavailable(records):
    """Neither written nor read, and told so."""
    for does in (write, cases):
        with pytest.raises(Unavailable):
            does(records)


def assert_recovered(records, before):
    """It goes on by itself, with all that was acknowledged and none of what was not."""
    assert cases(records) == before
    assert write(records).case_id and cases(records) == before + 1
    sound(records)


def file_of(records) -> Path:
    assert records.database.path is not None
    return records.database.path


# ---- URLs

@pytest.mark.parametrize("url, name", [
    ("sqlite:///a/b.db", "a/b.db"), ("sqlite:////a/数据.db", "/a/数据.db"), ("postgresql://u:p@h:5432/mianzheng", "mianzheng"),
    ("postgres://h/mianzheng", "mianzheng"), ("postgresql+psycopg://h/mianzheng", "mianzheng"), ("postgresql://u@/m?host=/run/pg", "m")])
def test_a_url_of_either_kind_is_taken(url, name):
    found = parsed(url)
    assert found.database == name and found.drivername in ("sqlite", "postgresql+psycopg")


@pytest.mark.parametrize("url", ["", "mianzheng.db", "sqlite://", "sqlite:///", "sqlite:///:memory:", "mysql://h/m", "postgresql://h:port/m", "http://h/m"])
def test_any_other_is_refused_with_what_is_taken(url):
    with pytest.raises(Refused) as refused:
        parsed(url)
    [problem] = refused.value.problems
    assert (problem.code, problem.field) == ("setting", "MIANZHENG_DATABASE")
    for sentence in (problem.zh, problem.en):
        assert "sqlite:///" in sentence and "postgresql://" in sentence and f"“{url}”" in sentence


@pytest.mark.parametrize("url", ["mysql://user:se:cret@h/m", "mysql://user:se@cret@h/m", "postgresql://user:secret@h:port/m", "mysql://h/m?password=secret"])
def test_a_password_is_never_repeated(url):
    with pytest.raises(Refused) as refused:
        parsed(url)
    assert "cret" not in str(refused.value) and "cret" not in refused.value.problems[0].en


def test_a_missing_driver_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(Refused) as refused:
        Database("postgresql://h/m")
    assert refused.value.problems[0].code == "no-driver" and "mianzheng[postgres]" in refused.value.problems[0].zh


# ---- Transactions

def test_a_transaction_is_whole(records):
    with pytest.raises(ZeroDivisionError), records.database.writing() as session:
        session.add(KeptRulebook(version="v", kept_at="", texts=b""))
        session.flush()
        raise ZeroDivisionError
    with records.reading() as session:
        assert session.get(KeptRulebook, "v") is None


def test_what_is_there_twice_is_for_who_wrote_to_know(records):
    with pytest.raises(IntegrityError), records.database.writing() as session:
        session.add(KeptRulebook(version=records.rulebook.version, kept_at="", texts=b""))
    assert_recovered(records, 0)


def test_a_reader_sees_one_moment(records):
    write(records)
    with records.reading() as session:
        count = select(func.count()).select_from(CaseFile)
        assert session.exec(count).one() == 1
        write(records)
        assert session.exec(count).one() == 1
    assert cases(records) == 2


def test_a_mistake_in_the_program_is_not_blamed_on_the_database(records):
    with pytest.raises(DBAPIError), records.reading() as session:
        session.connection().exec_driver_sql("SELECT ?")
    with pytest.raises(LookupError), records.reading():
        raise LookupError
    assert_recovered(records, 0)


def test_foreign_keys_hold(records):
    with pytest.raises(IntegrityError), records.database.writing() as session:
        session.connection().execute(text("INSERT INTO idempotency (key, fingerprint, decision_id) VALUES ('k', 'f', 'nobody')"))


# ---- The file

def test_the_file_is_nobody_elses_to_read_and_durable(sqlite_records):
    assert file_of(sqlite_records).stat().st_mode & 0o777 == 0o600
    with sqlite_records.reading() as session:
        pragmas = {name: session.connection().execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")}
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}


def test_a_file_that_cannot_be_made_is_refused_by_name(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(Refused) as refused:
        Database(f"sqlite:///{tmp_path}/file/records.db").create()
    [problem] = refused.value.problems
    assert problem.code == "unwritable-database" and f"{tmp_path}/file/records.db" in problem.zh and f"{tmp_path}/file/records.db" in problem.en


def test_a_file_taken_away_is_missed_and_not_begun_anew(sqlite_records):
    records = sqlite_records
    write(records)
    file, aside = file_of(records), file_of(records).with_suffix(".aside")
    file.rename(aside)
    assert_unavailable(records)
    assert_unavailable(records)
    assert not file.exists()
    aside.rename(file)
    assert_recovered(records, 1)


def test_a_file_deleted_is_missed_and_a_copy_put_back_goes_on(sqlite_records):
    records = sqlite_records
    write(records)
    file, copy = file_of(records), file_of(records).with_suffix(".copy")
    with sqlite3.connect(file) as connection:
        connection.execute("VACUUM INTO ?", (str(copy),))
    connection.close()
    write(records)
    file.unlink()
    assert_unavailable(records)
    assert not file.exists()
    copy.rename(file)
    assert_recovered(records, 1)     # what was written after the copy is gone; the chain has no gap all the same


def test_a_copy_put_in_its_place_between_two_writes_gets_a_chain_of_its_own(sqlite_records):
    records = sqlite_records
    write(records)
    file, copy = file_of(records), file_of(records).with_suffix(".copy")
    with sqlite3.connect(file) as connection:
        connection.execute("VACUUM INTO ?", (str(copy),))
    connection.close()
    write(records)
    copy.replace(file)
    assert write(records).case_id
    assert cases(records) == 2 and sound(records).chains == 2


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 100], ids=["empty", "no database"])
def test_another_file_in_its_place_is_not_taken_for_it(sqlite_records, content):
    records = sqlite_records
    write(records)
    file, aside = file_of(records), file_of(records).with_suffix(".aside")
    file.rename(aside)
    assert_unavailable(records)
    file.write_bytes(content)
    assert_unavailable(records)
    with sqlite3.connect(file) as connection:
        if not content:
            assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    connection.close()
    file.unlink()
    aside.rename(file)
    assert_recovered(records, 1)


def test_what_is_written_to_a_file_as_it_vanishes_is_not_acknowledged(sqlite_records):
    records = sqlite_records
    write(records)
    file, aside = file_of(records), file_of(records).with_suffix(".aside")

    def does(pages):
        file.rename(aside)
        return telling("lost")(pages)

    with pytest.raises(Unavailable):
        records.do(does)
    assert not file.exists()
    aside.rename(file)
    assert write(records).case_id
    sound(records)


def test_locked_by_another_program_it_waits_only_so_long(sqlite_url, hands):
    with opened(sqlite_url, hands, patience=0) as records:
        write(records)
        other = sqlite3.connect(file_of(records), isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Unavailable) as told:
            write(records)
        assert told.value.reason == "OperationalError"
        assert cases(records) == 1        # reading goes on
        other.execute("ROLLBACK")
        other.close()
        assert_recovered(records, 1)


@pytest.mark.parametrize("state", ["max_page_count = 1", "query_only = ON"], ids=["full", "read-only"])
def test_full_or_read_only_it_is_told_so_and_recovers(sqlite_records, state):
    records = sqlite_records
    write(records)

    def restrict(connection, record):
        connection.execute(f"PRAGMA {state}").close()

    event.listen(records.database.engine, "connect", restrict)
    records.database.engine.dispose()
    with pytest.raises(Unavailable):
        records.do(lambda pages: pages.add(KeptRulebook, version="v", kept_at="", texts=os.urandom(1_000_000)))
    assert cases(records) == 1
    event.remove(records.database.engine, "connect", restrict)
    records.database.engine.dispose()      # the restriction is a connection's
    assert_recovered(records, 1)


# ---- The server

def test_a_server_stopped_is_missed_and_started_again_it_goes_on_by_itself(hands):
    with server() as own, fresh_database(own) as url, opened(url, hands) as records:
        write(records)
        own.stop()
        assert_unavailable(records)
        assert_unavailable(records)
        with pytest.raises(Unavailable):
            Records(url, records.rulebooks.current, {}, hands)
        own.start()
        assert_recovered(records, 1)
        assert sound(records).chains == 2


def test_a_server_restarted_between_two_requests_loses_nothing(hands):
    with server() as own, fresh_database(own) as url, opened(url, hands) as records:
        write(records)
        own.stop()
        own.start()
        for does in (write, cases):       # the old connections are found out one by one
            with suppress(Unavailable):
                does(records)
        before = cases(records)
        assert_recovered(records, before)


def test_a_connection_cut_within_a_transaction_leaves_nothing(postgres_records):
    records = postgres_records
    write(records)

    def does(pages):
        pages.session.connection().execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return telling("lost")(pages)

    with pytest.raises(Unavailable):
        records.do(does)
    assert entries(records, kind="act") == []
    assert_recovered(records, 1)


def test_a_table_locked_by_another_program_is_waited_for_only_so_long(postgres_url, hands):
    with opened(postgres_url, hands, patience=1) as records:
        write(records)
        with psycopg.connect(postgres_url) as other:
            other.execute("LOCK TABLE log_entry IN EXCLUSIVE MODE")
            with pytest.raises(Unavailable):
                write(records)
            assert cases(records) == 1
        assert_recovered(records, 1)


def test_a_database_that_is_not_there_is_unavailable(postgres_url, hands, records):
    with pytest.raises(Unavailable):
        Records(postgres_url.replace("?", "_not_there?"), records.rulebooks.current, {}, hands)


def test_a_failure_begins_one_new_chain(records, monkeypatch):
    """Not one for every request that failed."""
    def writing():
        raise Unavailable("test")

    write(records)
    with monkeypatch.context() as broken:
        broken.setattr(records.database, "writing", writing)
        for _ in range(3):
            with pytest.raises(Unavailable):
                write(records)
    write(records)
    with records.reading() as session:
        assert len(session.exec(select(LogChain)).all()) == 2
    assert_recovered(records, 2)
