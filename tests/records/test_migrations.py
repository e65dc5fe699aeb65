"""The migrations: what they make is what the tables say, from any revision, once, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import ProgrammingError
from sqlmodel import SQLModel

from api.records import migrations
from api.records.database import Database, Unavailable
from api.records.migrations import current, newest, revisions, upgrade
from api.records.tables import TABLES
from engine.problems import Refused


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with no tables."""
    made = Database(database_url)
    made.create()
    yield made
    made.close()


def tables(database: Database) -> set[str]:
    with database.reading() as session:
        return set(inspect(session.connection()).get_table_names())


def run(database: Database, *statements: str) -> None:
    with database.writing() as session:
        for statement in statements:
            session.connection().execute(text(statement))


def step(database: Database, revision: str) -> None:
    """As a program would have left it whose newest revision this was."""
    with database.writing() as session:
        migrations._migrate(session.connection(), revision)


def assert_as_the_tables_say(database: Database) -> None:
    assert current(database) == newest()
    with database.reading() as session:
        assert compare_metadata(MigrationContext.configure(session.connection()), SQLModel.metadata) == []


def test_an_empty_database_gets_exactly_the_tables(database, capfd, caplog):
    assert current(database) is None
    upgrade(database)
    assert_as_the_tables_say(database)
    assert tables(database) == {str(table.__tablename__) for table in TABLES} | {"alembic_version"}
    assert capfd.readouterr() == ("", "")
    assert not [record for record in caplog.records if record.levelno > 20]


@pytest.mark.parametrize("revision", revisions()[:-1])
def test_every_earlier_revision_is_brought_up(database, revision):
    step(database, revision)
    assert current(database) == revision
    run(database, "INSERT INTO rulebook (version, kept_at, texts) VALUES ('v', 'then', '')")
    upgrade(database)
    assert_as_the_tables_say(database)
    with database.reading() as session:
        assert session.connection().execute(text("SELECT kept_at FROM rulebook")).scalar() == "then"


def test_where_nothing_is_to_be_done_nothing_is_done(database, monkeypatch):
    upgrade(database)
    monkeypatch.setattr(migrations, "_migrate", None)
    monkeypatch.setattr(database, "writing", None)
    upgrade(database)


def test_whoever_finds_the_work_done_does_nothing(database, monkeypatch):
    """The look before the lock was too early: another process was quicker."""
    upgrade(database)
    looks = iter((None, newest()))
    monkeypatch.setattr(migrations, "_at", lambda connection: next(looks))
    monkeypatch.setattr(migrations, "_migrate", None)
    upgrade(database)


def test_a_database_of_a_newer_program_is_refused(database):
    upgrade(database)
    run(database, "UPDATE alembic_version SET version_num = '0999'")
    with pytest.raises(Refused) as refused:
        upgrade(database)
    [problem] = refused.value.problems
    assert (problem.code, problem.field) == ("newer-database", "MIANZHENG_DATABASE")
    for sentence in (problem.zh, problem.en):
        assert "0999" in sentence and newest() in sentence and str(database.url.database) in sentence
        assert "password" not in sentence and "host=" not in sentence
    assert current(database) == "0999"


def test_tables_of_another_program_are_left_alone(database):
    run(database, "CREATE TABLE person (age INTEGER)")
    with pytest.raises(Refused) as refused:
        upgrade(database)
    [problem] = refused.value.problems
    assert problem.code == "foreign-tables" and "person" in problem.zh and "person" in problem.en
    assert tables(database) == {"person"} and current(database) is None


def test_an_upgrade_that_fails_leaves_the_revision_it_found(database):
    step(database, "0002")
    run(database, "CREATE TABLE deferral (id INTEGER)")     # 0004 stumbles over it, after 0003 has made its tables
    with pytest.raises((Unavailable, ProgrammingError)):    # SQLite and PostgreSQL differ in what they call it
        upgrade(database)
    assert current(database) == "0002"
    assert "commitment" not in tables(database)


def test_the_newest_revision_is_the_one_alembic_finds():
    config = Config()
    config.set_main_option("script_location", str(migrations.FOLDER))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    assert script.get_heads() == [newest()]
    assert tuple(reversed([one.revision for one in script.walk_revisions()])) == revisions()
    for one in script.walk_revisions():
        assert one.doc and not hasattr(one.module, "downgrade")
