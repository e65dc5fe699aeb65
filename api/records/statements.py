"""The few statements that every decision needs, given to the driver as text: SQLAlchemy's own way costs more time than the database.

Many rows go in one statement, and many keys are looked up by one. Values are parameters always. Nothing here knows a subject.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, Final

from sqlalchemy import JSON, Connection, Date, Table, insert
from sqlmodel import Session, SQLModel

#: Parameters of one statement; both databases take twice as many.
MOST_PARAMETERS: Final = 15_000


def add_rows(session: Session, model: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the rows. A column that a row does not name gets its default."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    connection = session.connection()
    shape = _shape(table)
    if shape is None:
        for row in rows:
            connection.execute(insert(table), row)
        return
    as_text = connection.dialect.name == "sqlite"
    at_once = MOST_PARAMETERS // len(shape)
    for first in range(0, len(rows), at_once):
        chunk = rows[first:first + at_once]
        values = [_plain(row.get(name, default)) if is_day and as_text else row.get(name, default)
                  for row in chunk for name, default, is_day in shape]
        one = f"({_marks(connection, len(shape))})"
        names = ", ".join(f'"{name}"' for name, _, _ in shape)
        connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({names}) VALUES {", ".join([one] * len(chunk))}', tuple(values))


@cache
def _shape(table: Table) -> tuple[tuple[str, Any, bool], ...] | None:
    """Name and default of every column, and whether it holds a day; None where the driver does not know a column's type."""
    if any(isinstance(column.type, JSON) for column in table.columns):
        return None
    return tuple((column.name, column.default.arg if column.default is not None else None, isinstance(column.type, Date))  # type: ignore[attr-defined]
                 for column in table.columns)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


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
