"""The few statements that every decision needs, given to the driver as text: SQLAlchemy's own way costs more time than the database.

Many rows go in one statement, and many keys are looked up by one. Values are parameters always. Nothing here knows a subject.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import cache
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import JSON, Connection, Table, insert
from sqlmodel import Session, SQLModel

#: Parameters of one statement; both databases take twice as many.
MOST_PARAMETERS: Final = 15_000

sqlite3.register_adapter(date, date.isoformat)     # as SQLAlchemy writes days


def add_rows(session: Session, model: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the rows. A column that a row does not name gets its default."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    connection, shape = session.connection(), _shape(table)
    if shape is None:
        for row in rows:
            connection.execute(insert(table), row)
        return
    whole = itemgetter(*shape)
    one = f"({_marks(connection, len(shape))})"
    names = ", ".join(f'"{name}"' for name in shape)
    into = f'INSERT INTO "{table.name}" ({names}) VALUES '
    at_once = MOST_PARAMETERS // len(shape)
    for first in range(0, len(rows), at_once):
        chunk = rows[first:first + at_once]
        values = [value for row in chunk for value in whole(row if len(row) == len(shape) else {**shape, **row})]
        connection.exec_driver_sql(into + ", ".join([one] * len(chunk)), tuple(values))


@cache
def _shape(table: Table) -> dict[str, Any] | None:
    """Every column with its default; None where the driver cannot write a column as it is."""
    if any(isinstance(column.type, JSON) for column in table.columns):
        return None
    return {column.name: column.default.arg if column.default is not None else None for column in table.columns}  # type: ignore[attr-defined]


def _marks(connection: Connection, count: int) -> str:
    return ", ".join(["?" if connection.dialect.paramstyle == "qmark" else "%s"] * count)


def look_up(session: Session, columns: str, table: str, key: str, values: Collection[str], rest: str = "", more: Sequence[str] = ()) -> Sequence[Any]:
    """The rows whose `key` is among the values. `rest`: what follows in the statement, `?` standing for each of `more`. Days may come as texts."""
    if not values:
        return ()
    session.flush()
    connection = session.connection()
    mark = _marks(connection, 1)
    return connection.exec_driver_sql(f"SELECT {columns} FROM {table} WHERE {key} IN ({_marks(connection, len(values))}) {rest.replace('?', mark)}",
                                      (*sorted(values), *more)).fetchall()


def day(value: date | str) -> date:
    """The day in a row that was looked up."""
    return date.fromisoformat(value) if isinstance(value, str) else value
