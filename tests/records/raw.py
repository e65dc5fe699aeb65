"""A hand in the database past the program: what somebody with the file or the server's password can do. Foreign keys do not hold it back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg


class Hand:
    """Runs SQL with `?` for parameters, on either kind of database."""

    def __init__(self, connection: Any, mark: str):
        self._connection, self._mark = connection, mark

    def do(self, sql: str, *parameters: Any) -> int:
        """Change something; gives how many rows."""
        return int(self._connection.execute(sql.replace("?", self._mark), parameters).rowcount)

    def see(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Rows."""
        return [tuple(bytes(one) if isinstance(one, memoryview) else one for one in row)
                for row in self._connection.execute(sql.replace("?", self._mark), parameters).fetchall()]

    def one(self, sql: str, *parameters: Any) -> Any:
        """The only column of the only row."""
        [[found]] = self.see(sql, *parameters)
        return found


@contextmanager
def hand(url: str) -> Iterator[Hand]:
    """A hand in the database; what it did is committed at the end."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        try:
            with connection:
                yield Hand(connection, "?")
        finally:
            connection.close()
    else:
        with psycopg.connect(url) as connection:
            connection.execute("SET session_replication_role = replica")
            yield Hand(connection, "%s")


def files(url: str) -> bytes:
    """Every byte of an embedded database: the file and what stands beside it."""
    path = Path(url.removeprefix("sqlite:///"))
    return b"".join(one.read_bytes() for one in sorted(path.parent.glob(f"{path.name}*")))


def everything(url: str) -> bytes:
    """Every value of every table, as a query shows it."""
    with hand(url) as by:
        names = [row[0] for row in by.see("SELECT name FROM sqlite_master WHERE type = 'table'" if url.startswith("sqlite") else
                                          "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        return b"\n".join(_bytes(value) for name in names for row in by.see(f"SELECT * FROM {name}") for value in row)


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


__all__: Sequence[str] = ["Hand", "everything", "files", "hand"]
