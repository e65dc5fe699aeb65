"""Databases for the tests of this folder, by URL: a SQLite file, a PostgreSQL shared by the process, and one of its own that may be stopped."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.records.conftest import database_url, postgres_url, sqlite_url, start_postgres
from tests.records.postgres import Server, server

__all__ = ["database_url", "own_postgres", "postgres_url", "sqlite_url", "start_postgres"]


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[Server]:
    """A PostgreSQL that a test may stop."""
    with server() as running:
        yield running
