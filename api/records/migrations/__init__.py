"""Bringing the tables of a database up to the newest revision, whoever starts first and however many start at once.

The revisions stand in `versions/`, one file each, written by hand and never changed once released; Alembic runs them on our own
connection, all in one transaction, so a database is at the revision it was at or at the newest one, never between. There is no
way down: an older program cannot know what a newer one wrote, and a log that loses columns is no log. Go back by restoring a copy.
Nothing here prints, reads a configuration file or decides what a table is for (see `tables`).
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from api.records.database import Database
from api.records.tables import TABLES
from engine.problems import Problem, Refused

#: Where Alembic looks for the revisions.
FOLDER: Final = Path(__file__).parent
#: What programs that migrate one PostgreSQL database at once wait for: a number nobody else is likely to take ("mzrecord").
_LOCK: Final = 0x6D7A7265636F7264
#: How long one of them waits for the other, in seconds.
_PATIENCE: Final = 60
_REVISION = re.compile(r"r(\d{4})_\w+\.py")


@cache
def revisions() -> tuple[str, ...]:
    """Every revision this program knows, the oldest first. Read from the names of the files: a start needs no more."""
    found = (_REVISION.fullmatch(path.name) for path in (FOLDER / "versions").iterdir())
    return tuple(sorted(one[1] for one in found if one))


def newest() -> str:
    """The revision the tables of this program are at."""
    return revisions()[-1]


def current(database: Database) -> str | None:
    """The revision a database is at; None where it has no tables of ours. Raises Unavailable."""
    with database.reading() as session:
        return _at(session.connection())


def upgrade(database: Database) -> None:
    """Bring the tables from wherever they are to the newest revision; nothing but a look where they are there already.

    Raises Refused where a newer program wrote the database or the tables are somebody else's, Unavailable where it cannot be reached.
    """
    if _steps(database, current(database)):
        with database.writing() as session:
            connection = session.connection()
            if not database.embedded:     # SQLite took its only lock when the transaction began
                connection.execute(text(f"SET LOCAL lock_timeout = {_PATIENCE * 1000}"))
                connection.execute(text("SET LOCAL statement_timeout = 0"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            here = _at(connection)        # again: somebody else may have been quicker
            if _steps(database, here):
                if here is None:
                    _must_be_free(database, connection)
                _migrate(connection)


def must_be_newest(database: Database) -> None:
    """Changes nothing. Raises Refused where the tables are not those of this program, Unavailable where the database cannot be reached."""
    here = current(database)
    if _steps(database, here):
        name = _name(database)
        raise Refused([Problem(
            "old-database", f"数据库“{name}”里{'没有记录' if here is None else '的表是旧版本的'}；服务启动一次就会建好、升级。",
            f"The database “{name}” {'holds no records' if here is None else 'has tables of an older version'}; a service makes them and brings them up to date when "
            "it starts.", field="MIANZHENG_DATABASE")])


def _at(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _steps(database: Database, here: str | None) -> bool:
    """Whether there is anything to do. Raises Refused where the revision is none of ours."""
    if here is not None and here not in revisions():
        name = _name(database)
        raise Refused([Problem(
            "newer-database", f"数据库“{name}”是更新的程序写的（版本“{here}”，本程序最多认到“{newest()}”）；换用那个程序，或者用 MIANZHENG_DATABASE 换一个数据库。",
            f"A newer program wrote the database “{name}” (revision “{here}”; this program knows none after “{newest()}”); use that program, or name "
            "another database with MIANZHENG_DATABASE.", field="MIANZHENG_DATABASE")])
    return here != newest()


def _name(database: Database) -> str:
    """The database as its owner knows it, without who may enter and how."""
    return str(database.url.set(drivername=database.url.get_backend_name(), username=None, password=None, query={}))


def _must_be_free(database: Database, connection: Connection) -> None:
    """Tables of our names that we did not make are somebody's: they are left alone."""
    taken = sorted({str(table.__tablename__) for table in TABLES} & set(inspect(connection).get_table_names()))
    if taken:
        name = _name(database)
        raise Refused([Problem(
            "foreign-tables", f"数据库“{name}”里已有别的程序的表“{taken[0]}”；请给免证一个自己的数据库。",
            f"The database “{name}” already has a table “{taken[0]}” of another program; give Mianzheng a database of its own.",
            field="MIANZHENG_DATABASE")])


def _migrate(connection: Connection, to: str = "head") -> None:
    # Not at the top of the file: a start that has nothing to do shall not wait for Alembic to be read.
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    with EnvironmentContext(config, script, fn=lambda here, _: script._upgrade_revs(to, here)) as environment:
        environment.configure(connection=connection, transactional_ddl=True)
        environment.run_migrations()


__all__ = ["current", "must_be_newest", "newest", "revisions", "upgrade"]
