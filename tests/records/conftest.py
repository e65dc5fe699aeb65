"""What tests of the records start from: an empty database of each kind, and records opened on it with a clock one can set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.records.database import PATIENCE
from api.records.records import Policy, Records
from api.rule_files import bundled, open_rulebook
from tests.bundled import decider
from tests.records.postgres import Server, fresh_database, server

NOW = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)   # half past nine in China


@dataclass(slots=True)
class Hands:
    """A clock that stands still until its hands are set."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@contextmanager
def opened(url: str, clock: Hands, policy: Policy | None = None, patience: int = PATIENCE) -> Iterator[Records]:
    """Records with the bundled rulebook, closed at the end."""
    made = Records(url, decider(), open_rulebook(bundled()), clock, policy, "test", patience)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def hands() -> Hands:
    """The clock of `records`: set `hands.now`."""
    return Hands()


@pytest.fixture(scope="session")
def start_postgres() -> Iterator[Callable[[], Server]]:
    """Gives this process's PostgreSQL, started by the first test that asks; stopped at the end, however the tests end."""
    running = server()
    found: list[Server] = []

    def started() -> Server:
        if not found:
            found.append(running.__enter__())
        return found[0]

    yield started
    if found:
        running.__exit__(None, None, None)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'records.db'}"


@pytest.fixture
def postgres_url(start_postgres: Callable[[], Server]) -> Iterator[str]:
    """An empty PostgreSQL database."""
    with fresh_database(start_postgres()) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database, once of each kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def records(database_url: str, hands: Hands) -> Iterator[Records]:
    """Records opened on an empty database with the bundled rulebook, the clock `hands`; closed at the end."""
    with opened(database_url, hands) as made:
        yield made


@pytest.fixture
def postgres_records(postgres_url: str, hands: Hands) -> Iterator[Records]:
    """Records on PostgreSQL, for what only a server does."""
    with opened(postgres_url, hands) as made:
        yield made


@pytest.fixture
def sqlite_records(sqlite_url: str, hands: Hands) -> Iterator[Records]:
    """Records on SQLite, for what only a file does."""
    with opened(sqlite_url, hands) as made:
        yield made
