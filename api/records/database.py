"""Opening the database: SQLite by default, PostgreSQL by a URL, both under the same tables.

A database that cannot be reached, is full, locked or gone raises `Unavailable`, whatever the driver calls it; nothing here
decides what a request is told then. A SQLite file is created by `create` only: one that vanishes under a running service is
missing, never silently begun anew.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.pool import QueuePool
from sqlmodel import Session, create_engine

from engine.problems import Problem, Refused

#: How long one statement may wait for a lock or the server for an answer, in seconds, unless a setting says otherwise.
PATIENCE: Final = 5
#: How long SQLite looks for its turn to write before it looks anew, in milliseconds.
_LOOK_FOR_TURN: Final = 10
#: What PostgreSQL calls a deadlock and a transaction that came between another's reading and writing.
_CONTENDED: Final = ("40P01", "40001")
#: How long clearing the write-ahead log may wait for who reads, in milliseconds: meanwhile nobody writes.
_WIPING: Final = 1000
#: What it calls a lock that was not to be had in time.
_LOCKED: Final = "55P03"


class Unavailable(Exception):
    """The database did not take or give what it was asked. Carries the driver's class of error for the log, never its text."""

    def __init__(self, reason: str):
        self.reason = reason
        super().__init__(reason)


class Contended(Unavailable):
    """Another process had what this one needed and the server chose whom to send away; nothing was written. Trying again helps."""


class Database:
    """One database. Sessions are for one thread at a time; any number of threads may have one."""

    def __init__(self, url: str, patience: int = PATIENCE):
        """`patience`: seconds one statement may wait. Raises Refused where the URL is none."""
        self.url, self.patience = parsed(url), patience
        self.embedded = self.url.get_backend_name() == "sqlite"
        self.path = Path(self.url.database) if self.embedded and self.url.database else None
        self._identity: tuple[int, int] | None = None
        self._keeper: sqlite3.Connection | None = None      # open as long as the file is the one that was opened
        self._watch = threading.Lock()
        self.engine = self._open()
        self._for_writing = self.engine.execution_options(mianzheng_begin=True)
        self._for_reading = self.engine if self.embedded else self.engine.execution_options(isolation_level="REPEATABLE READ")

    def create(self) -> None:
        """Make the directory and the empty file of an embedded database where there is none. Raises Refused."""
        if self.path is None:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if not self.path.exists():
                os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))   # holds personal data: nobody else's to read
        except OSError:
            raise Refused([Problem("unwritable-database", f"建不了数据库文件“{self.path}”；看一看目录的权限和空间，或者用 MIANZHENG_DATABASE 换一个地方。",
                                   f"The database file “{self.path}” cannot be made; check the folder's permissions and space, or name another "
                                   "place with MIANZHENG_DATABASE.", field="MIANZHENG_DATABASE")]) from None

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that writes; committed at the end. Raises Unavailable; IntegrityError passes, for who wrote may try again."""
        with self._translated():
            before = self._still_there()
            with Session(self._for_writing, expire_on_commit=False) as session, session.begin():
                yield session
            if self._still_there() != before:
                raise Unavailable("file replaced")      # while it was being written to: what was written is in the other one

    @contextmanager
    def reading(self, patient: bool = False) -> Iterator[Session]:
        """A transaction that reads, all of it from one moment. `patient`: it may take as long as it needs. Raises Unavailable."""
        with self._translated():
            self._still_there()
            with Session(self._for_reading, expire_on_commit=False) as session, session.begin():
                if patient and not self.embedded:
                    session.execute(text("SET TRANSACTION READ ONLY"))
                    session.execute(text("SET LOCAL statement_timeout = 0"))
                yield session

    def wipe(self, tables: Sequence[str]) -> bool:
        """Leave nothing in the files of what was deleted from the tables and committed; False where somebody else is in the way just now.

        SQLite overwrites what is deleted (secure_delete); what stands in the write-ahead log goes with a checkpoint. PostgreSQL takes dead rows away
        by VACUUM, which is all a program can ask of it. Raises Unavailable.
        """
        with self._translated():
            self._still_there()
            if not self.embedded:
                return self._vacuum(tables)
            try:
                connection = self._connect()
            except sqlite3.Error as error:
                raise Unavailable(type(error).__name__) from error
            try:
                connection.execute(f"PRAGMA busy_timeout={_WIPING}").close()
                return bool(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)
            except sqlite3.Error:
                return False
            finally:
                connection.close()

    def _vacuum(self, tables: Sequence[str]) -> bool:
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SET statement_timeout = 0"))
            try:
                connection.execute(text(f"VACUUM {', '.join(tables)}"))
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", None) != _LOCKED:
                    raise
                return False
            finally:
                connection.execute(text("RESET statement_timeout"))
        return True

    def close(self) -> None:
        """Give every connection back."""
        with self._watch:
            self._let_go(gone=False)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError:
            raise
        except (DBAPIError, NoConnection, OSError) as error:
            if isinstance(error, DBAPIError) and not _of_the_database(error):
                raise     # a mistake in the program, to be seen as such
            reason = type(getattr(error, "orig", None) or error).__name__
            if getattr(getattr(error, "orig", None), "sqlstate", None) in _CONTENDED:
                raise Contended(reason) from error
            self.engine.dispose()
            raise Unavailable(reason) from error

    def _still_there(self) -> tuple[int, int] | None:
        """The embedded file is the one that was opened: a process that writes to a deleted file would lose all it wrote."""
        if self.path is None:
            return None
        with self._watch:
            try:
                found = os.stat(self.path)
            except OSError as error:
                self._let_go()
                raise Unavailable(type(error).__name__) from error
            identity = (found.st_dev, found.st_ino)
            if self._identity != identity:
                self._let_go()
                self._identity = identity
                with suppress(sqlite3.Error):     # who wants to read or write will be told
                    self._keeper = self._connect()
                    self._keeper.execute("SELECT 1 FROM sqlite_master").close()     # opens the log, by its name of today
            return identity

    def _let_go(self, gone: bool = True) -> None:
        """Close every connection. What stands in the write-ahead log of a file that is gone goes into that file: left where it is,
        SQLite would read it as the log of whatever file is put there next."""
        self.engine.dispose()
        keeper, self._keeper, self._identity = self._keeper, None, None
        if keeper is not None:
            with suppress(sqlite3.Error):
                if gone:
                    keeper.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
                keeper.close()

    def _connect(self) -> sqlite3.Connection:
        """A connection to the file. Transactions are begun by hand, so that a writer takes its lock at once."""
        assert self.path is not None
        made = sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=rw", uri=True, timeout=self.patience, isolation_level=None,
                               check_same_thread=False)     # mode=rw: never a new file
        try:
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", "cache_size=-32000"):
                made.execute(f"PRAGMA {pragma}").close()
        except sqlite3.Error:
            made.close()
            raise
        return made

    def _open(self) -> Engine:
        if not self.embedded:
            try:
                return create_engine(self.url, pool_pre_ping=True, pool_timeout=self.patience, connect_args={
                    "connect_timeout": self.patience, "options": f"-c statement_timeout={self.patience * 1000} -c lock_timeout={self.patience * 1000}"})
            except ModuleNotFoundError:
                raise Refused([Problem(
                    "no-driver", "这里没有装 PostgreSQL 的驱动；请执行 pip install 'mianzheng[postgres]'。",
                    "The driver for PostgreSQL is not installed here; run pip install 'mianzheng[postgres]'.", field="MIANZHENG_DATABASE")]) from None
        engine = create_engine("sqlite://", creator=self._connect, poolclass=QueuePool, pool_timeout=self.patience)

        @event.listens_for(engine, "begin")
        def begin(connection: Any) -> None:
            if connection.get_execution_options().get("mianzheng_begin"):
                self._take_turn(connection)
            else:
                connection.exec_driver_sql("BEGIN")

        return engine

    def _take_turn(self, connection: Any) -> None:
        """Begin to write, within the patience. SQLite looks for its turn ever more rarely, so that a busy process would shut out another."""
        until = time.monotonic() + self.patience
        connection.exec_driver_sql(f"PRAGMA busy_timeout={_LOOK_FOR_TURN}")
        while True:
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                break
            except OperationalError as error:
                if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
        connection.exec_driver_sql(f"PRAGMA busy_timeout={self.patience * 1000}")


def _of_the_database(error: DBAPIError) -> bool:
    """Whether it is the database's state that failed. Drivers say in several classes that the server or the file is gone."""
    if isinstance(error, OperationalError) or error.connection_invalidated:
        return True
    text = str(error.orig).lower()
    return any(word in text for word in ("closed", "disk", "terminat", "shutdown", "shutting down", "readonly", "read-only", "starting up", "malformed",
                                   "not a database"))


def parsed(url: str) -> URL:
    """The URL of a database as the setting gives it. Raises Refused where it is none, or of a kind not supported."""
    try:
        found = make_url(url)
        backend = found.get_backend_name()
    except (ArgumentError, ValueError):     # ValueError: a port that is no number
        raise _not_a_database(url) from None
    if backend == "sqlite" and found.database and found.database != ":memory:":
        return found
    if backend in ("postgresql", "postgres"):
        return found.set(drivername="postgresql+psycopg")
    raise _not_a_database(url)


def _not_a_database(url: str) -> Refused:
    shown = url.rpartition("@")[2].partition("?")[0]      # never a password
    return Refused([Problem(
        "setting", f"设置 MIANZHENG_DATABASE 应当是 sqlite:///文件、postgresql://… 或者 off，不能是“{shown}”。",
        f"The setting MIANZHENG_DATABASE takes sqlite:///FILE, postgresql://… or off, not “{shown}”.", field="MIANZHENG_DATABASE")])
