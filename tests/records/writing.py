"""Seeing the writer at work: keeping it busy so that jobs come together, reading back what was written."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import text
from sqlmodel import col, select

from api.records.acts import APPLICANT, tell
from api.records.log import Verified, verify
from api.records.records import Pages, Records
from api.records.tables import LogEntry
from api.records.writer import Writer

SOON = 30      # seconds after which a test that waits has failed


def telling(name: str) -> Callable[[Pages], str]:
    """An act that only tells of itself; gives the id of its entry."""
    return lambda pages: tell(pages, None, ("test", "-"), name, APPLICANT)


@contextmanager
def busy(writer: Writer, act: Callable[[Callable[[Pages], Any]], Any]) -> Iterator[None]:
    """While this lasts the writer stands in a transaction, and what is submitted gathers to be one batch."""
    entered, go = threading.Event(), threading.Event()

    def does(pages: Pages) -> None:
        entered.set()
        assert go.wait(SOON)

    future = act(does)
    try:
        assert entered.wait(SOON)
        yield
    finally:
        go.set()
        future.result(SOON)


def entries(records: Records, **columns: str) -> list[LogEntry]:
    """The log, in the order of chains and places; only entries with these columns."""
    query = select(LogEntry).order_by(col(LogEntry.writer), col(LogEntry.seq))
    for name, value in columns.items():
        query = query.where(getattr(LogEntry, name) == value)
    with records.reading() as session:
        return list(session.exec(query))


def sound(records: Records) -> Verified:
    """The log, walked from end to end without a flaw."""
    with records.reading() as session:
        found = verify(session)
    assert found.flaws == []
    return found


def wait_until_somebody_waits(records: Records) -> None:
    """Until another session of the PostgreSQL database stands before a lock."""
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    deadline = time.monotonic() + SOON
    while time.monotonic() < deadline:
        with records.reading() as session:
            if session.connection().execute(waiting).scalar():
                return
    raise AssertionError("nobody waits")
