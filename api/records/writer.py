"""The one way in: jobs queue up, one thread writes all that are waiting in one transaction (group commit).

A job's result is handed back only after the commit: what was acknowledged is in the log. While one commit runs the next jobs
gather, so durability costs one wait for many. A job that is refused leaves no trace and does not disturb the others. Each process
has a chain of its own; after any failure of the database a new one is begun, for nobody knows whether the last commit arrived.
Nothing here knows what a job writes.
"""

from __future__ import annotations

import logging
import os
import secrets
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter
from typing import Any, Final, Generic, Protocol, TypeVar

from sqlalchemy import Table, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlmodel import Session, SQLModel, col, select

from api.records import chain
from api.records.batches import Batches
from api.records.database import Contended, Database, Unavailable
from api.records.instants import instant
from api.records.statements import add_rows
from api.records.tables import LOG_TABLES, TABLES, LogChain, LogEntry

_log = logging.getLogger("mianzheng")
Clock = Callable[[], datetime]
T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")
#: How long the writer waits for more when several came at once just before, in seconds: a commit for sixteen costs little more than one for five.
MOMENT: Final = 0.002
_CHAIN: Table = LogChain.__table__  # type: ignore[attr-defined]


@dataclass(slots=True)
class Pages:
    """What a job has in its hands: the session, the time of writing, and the pages of the log to write on.

    `add` gathers rows that nothing in the same job has to read back; they are written in the order of the tables.
    """

    session: Session
    at: str
    now: datetime
    writer: str
    seq: int
    previous: str
    rows: dict[type[SQLModel], list[dict[str, Any]]] = field(default_factory=dict)

    def add(self, table: type[SQLModel], **row: Any) -> None:
        """One row to be written with the others."""
        self.rows.setdefault(table, []).append(row)

    def tell(self, entry_id: str, kind: str, digest: str, case_id: str | None, tells: Mapping[str, Any]) -> None:
        """The next entry of the chain. `digest`: of its content; `tells`: what may be known for ever."""
        header = chain.header(self.writer, self.seq, self.previous, entry_id, kind, self.at, digest,
                              {"case": case_id, **tells} if case_id else tells)
        self.previous = chain.sha256(header)
        self.add(LogEntry, writer=self.writer, seq=self.seq, id=entry_id, kind=kind, at=self.at, case_id=case_id, header=header.decode(),
                 hash=self.previous)
        self.seq += 1

    def extent(self) -> tuple[int, int]:
        """How much there is: told, and gathered but not yet written."""
        return self.seq, sum(map(len, self.rows.values()))

    def flush(self) -> None:
        """Write what was gathered: the log first, since everything else may point to it, then what the session holds, then the rest."""
        with self.session.no_autoflush:
            self._insert(LOG_TABLES)
        self.session.flush()
        self._insert(TABLES)

    def _insert(self, tables: Sequence[type[SQLModel]]) -> None:
        for table in tables:
            found = self.rows.pop(table, None)
            if found:
                add_rows(self.session, table, found)


class Job(Protocol[T_co]):
    """Something to be written. `alone`: it reads what others write and may refuse, so it gets a savepoint of its own."""

    @property
    def alone(self) -> bool: ...

    def write(self, pages: Pages) -> T_co:
        """Write, and give what the caller is told once it is committed. Raising refuses the job."""
        ...


@dataclass(frozen=True, slots=True)
class Act(Generic[T]):
    """A job out of a function: reads, may refuse, writes."""

    does: Callable[[Pages], T]
    alone: bool = True

    def write(self, pages: Pages) -> T:
        return self.does(pages)


class Prepared(Protocol):
    """What a batch's jobs share, looked up once for all of them before they write."""

    def __call__(self, session: Session, jobs: Sequence[Any]) -> None: ...

    def forget(self) -> None:
        """A transaction was lost: what was taken to be written may not be."""


class Writer:
    """Writes for one process; `close` waits for what is queued."""

    def __init__(self, database: Database, clock: Clock, prepare: Prepared):
        self._database, self._clock, self._prepare = database, clock, prepare
        self._chain: tuple[str, int, str] | None = None     # writer, next seq, hash of the entry before
        self.watch: Callable[[int, float, bool], None] = lambda jobs, seconds, succeeded: None     # told of every commit
        self._batches: Batches[Job[Any]] = Batches("mianzheng-writer", self._serve, MOMENT)

    def submit(self, job: Job[T]) -> Future[T]:
        """Queue the job. The future holds its result after the commit, or Unavailable, or what the job raised."""
        return self._batches.submit(job)

    def close(self) -> None:
        """Write what is queued, then stop."""
        self._batches.close()

    def _serve(self, batch: list[tuple[Job[Any], Future[Any]]]) -> None:
        """Write a batch; where two processes met on one row, once more; then, or where a job is broken, each job for itself.

        In both cases nothing was committed, so the chain goes on where it stood.
        """
        trouble: Exception = Unavailable("conflict")
        for _ in range(2):
            start = perf_counter()
            try:
                results = self._write([job for job, _ in batch])
            except (IntegrityError, Contended):
                self._prepare.forget()
                continue
            except Unavailable as error:
                self._lost()
                self.watch(len(batch), perf_counter() - start, False)
                self._fail(batch, error)
                return
            except Exception as error:
                self._prepare.forget()
                trouble = error
                break
            self.watch(len(batch), perf_counter() - start, True)
            for (_, future), result in zip(batch, results, strict=True):
                if isinstance(result, Exception):
                    future.set_exception(result)
                else:
                    future.set_result(result)
            return
        if len(batch) == 1:
            self._fail(batch, trouble)
            return
        for one in batch:
            self._serve([one])

    def _fail(self, batch: list[tuple[Job[Any], Future[Any]]], error: Exception) -> None:
        if isinstance(error, Unavailable):
            _log.error("记录写不进去：%s（%d 件未作答） The log cannot be written (%s unanswered)", error.reason, len(batch), len(batch))
        for _, future in batch:
            future.set_exception(error)

    def _lost(self) -> None:
        self._chain = None
        self._prepare.forget()

    def _write(self, jobs: Sequence[Job[Any]]) -> list[Any]:
        if self._chain is None:
            self._chain = self._begin()
        writer, seq, previous = self._chain
        now = self._clock()
        results: list[Any] = []
        with self._database.writing() as session:
            pages = Pages(session, instant(now), now, writer, seq, previous)
            together = [job for job in jobs if not job.alone]
            if together:
                self._prepare(session, together)
            for job in jobs:
                results.append(self._one(job, pages) if job.alone else _refusable(job, pages))
            pages.flush()
            if pages.seq != seq:
                head = update(_CHAIN).where(_CHAIN.c.writer == writer, _CHAIN.c.hash == previous)
                if session.connection().execute(head.values(seq=pages.seq - 1, hash=pages.previous)).rowcount != 1:
                    self._chain = None     # the database was put back from a copy: what we wrote last is not in it
                    raise Contended("chain")
        self._chain = (writer, pages.seq, pages.previous)
        return results

    @staticmethod
    def _one(job: Job[Any], pages: Pages) -> Any:
        """A job in a savepoint: refused, it leaves nothing behind."""
        pages.flush()
        seq, previous = pages.seq, pages.previous
        try:
            with pages.session.begin_nested():
                result = job.write(pages)
                pages.flush()
            return result
        except IntegrityError:
            raise
        except Exception as refusal:
            if _is_database(refusal):
                raise
            pages.rows.clear()
            pages.seq, pages.previous = seq, previous
            return refusal

    def _begin(self) -> tuple[str, int, str]:
        """A new chain. Its first entry names the heads of all others, so that none of them can be cut short unseen."""
        writer = f"{os.getpid()}-{secrets.token_hex(6)}"
        now = self._clock()
        with self._database.writing() as session:
            others = session.exec(select(LogChain).where(col(LogChain.seq) > col(LogChain.seen)).order_by(col(LogChain.writer)).with_for_update())
            heads = {}
            for other in others:
                heads[other.writer] = [other.seq, other.hash]
                other.seen = other.seq
            pages = Pages(session, instant(now), now, writer, 0, chain.NOTHING)
            pages.add(LogChain, writer=writer, seq=0, hash="")
            pages.tell(str(uuid.uuid4()), "start", "", None, {"heads": heads})
            pages.rows[LogChain][0]["hash"] = pages.previous
            pages.flush()
        return writer, pages.seq, pages.previous


def _refusable(job: Job[Any], pages: Pages) -> Any:
    """A job whose refusal comes before its first row."""
    before = pages.extent()
    try:
        return job.write(pages)
    except Exception as refusal:
        if _is_database(refusal) or pages.extent() != before:
            raise
        return refusal


def _is_database(error: Exception) -> bool:
    return isinstance(error, SQLAlchemyError | Unavailable)
