"""One example source server for the whole session; every test that names it finds it without faults and without memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.records.conftest import database_url, postgres_url, sqlite_url, start_postgres  # noqa: F401  (fixtures: an empty database of each kind)
from tests.sources.server import SourceServer


@pytest.fixture(scope="session")
def running_source_server() -> Iterator[SourceServer]:
    """The process, as the last test left it."""
    made = SourceServer()
    try:
        assert made.url
        yield made
    finally:
        made.close()


@pytest.fixture
def source_server(running_source_server: SourceServer) -> Iterator[SourceServer]:
    """A server without faults, counts and questions; without faults afterwards too."""
    running_source_server.clear()
    yield running_source_server
    running_source_server.clear()
