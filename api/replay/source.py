"""Where a population comes from: Parquet, CSV, JSON lines, a database or our own records, streamed in batches of texts.

Nested applications (JSON lines) are laid out flat here and kept as they were written beside it, so that the single engine reads the very
same. Nothing here knows what a value means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from api.against import applications
from api.replay import columns
from api.replay.columns import Population, Unreadable
from api.replay.paths import Paths
from api.replay.run import Rows
from engine.problems import Problem, nearest

KINDS: Final = {".parquet": "parquet", ".csv": "csv", ".jsonl": "lines", ".ndjson": "lines"}
DATABASES: Final = ("duckdb", "sqlite", "postgresql", "postgres")
BATCH: Final = 100_000
DECISION: Final = "decision"     # the column of the decision's id, where the population is our own records


class Unusable(Exception):
    """A population that cannot be replayed. `usage`: the command line is at fault, not what is in the table."""

    def __init__(self, problem: Problem, usage: bool = True):
        super().__init__(problem.zh)
        self.problem, self.usage = problem, usage


def kind_of(population: str) -> str:
    """`parquet`, `csv`, `lines` or `database`. Raises Unusable for a file that is missing, closed or of an unknown kind."""
    scheme, mark, _ = population.partition("://")
    if mark:
        if scheme not in DATABASES:
            raise Unusable(Problem("unknown-format", f"不能读“{scheme}://”的数据库。", f"Databases called “{scheme}://” cannot be read.",
                                   allowed=tuple(f"{one}://" for one in DATABASES), nearest=nearest(scheme, DATABASES)))
        file = population.partition("://")[2].removeprefix("/").partition("?")[0]
        if scheme in ("duckdb", "sqlite") and not Path(file).is_file():
            raise Unusable(Problem("no-population", f"没有数据库文件“{file}”；相对路径是三条斜线，绝对路径是四条。",
                                   f"There is no database file “{file}”; a relative path has three slashes, an absolute one four."))
        return "database"
    path = Path(population)
    if not path.exists():
        raise Unusable(Problem("no-population", f"“{population}”不存在。", f"“{population}” does not exist."))
    kind = KINDS.get(path.suffix.lower(), "parquet" if path.is_dir() and any(path.glob("*.parquet")) else "")
    if not kind or (path.is_dir() and kind != "parquet"):
        raise Unusable(Problem("unknown-format", f"看不出“{population}”是什么格式；以文件名的结尾区分。",
                               f"The format of “{population}” is not known; it is told by the end of the name.", allowed=tuple(KINDS)))
    try:
        if path.is_file():
            path.open("rb").close()
    except OSError:
        raise Unusable(Problem("no-population", f"“{population}”打不开，请看权限。", f"“{population}” cannot be opened; check its permissions.")) from None
    return kind


class Source:
    """A population that was opened: its columns, how many rows it has, its rows in batches."""

    def __init__(self, names: tuple[str, ...], count: Callable[[], int], batches: Callable[[int | None], Iterator[Rows]]):
        self.names, self.count, self.batches = names, count, batches


def open_source(population: str, kind: str, table: str | None, query: str | None, paths: Paths, size: int = BATCH) -> Source:
    """Open a population. Raises Unusable."""
    if kind == "lines":
        path = Path(population)
        return Source((), lambda: sum(1 for line in path.open("rb") if line.strip()), lambda limit: lines(path, paths, size, limit))
    if kind == "database" and (table is None) == (query is None):
        raise Unusable(Problem("which-table", "数据库要写 --table 或者 --query，二者选一；本系统自己的记录写 --recorded。",
                               "A database needs either --table or --query; the service's own records need --recorded."))
    if kind != "database" and (table is not None or query is not None):
        raise Unusable(Problem("which-table", "--table 和 --query 只用于数据库。", "--table and --query are for databases only."))
    try:
        found = columns.open_database(population, table, query) if kind == "database" else columns.open_file(Path(population), kind)
    except Unreadable as error:
        raise unreadable(population, error) from None
    return Source(found.names, lambda: _counted(found, population), lambda limit: _tables(found, population, size, limit))


def open_records(url: str, paths: Paths, size: int = BATCH) -> Source:
    """Every decision of our own records as a population: its application with its evidence, on the day it was decided on, its id in DECISION.

    What was lawfully erased or cannot be read is no row. Raises Refused where there are no records.
    """
    def batches(limit: int | None) -> Iterator[Rows]:
        with applications(url) as (found, _):
            made = (one for one in found if one.application is not None)
            first = 1
            while some := list(islice(made, size if limit is None else min(size, limit - first + 1))):
                table = _laid_out([one.application.model_dump_json(exclude_unset=True).encode() for one in some if one.application], paths)
                days = [one.as_of.isoformat() if one.as_of else None for one in some]
                yield Rows(table.append_column("as_of", pa.array(days, pa.string())).append_column(DECISION, pa.array([one.place for one in some])), first)
                first += len(some)

    def count() -> int:
        with applications(url) as (_, how_many):
            return how_many

    return Source((), count, batches)


def unreadable(population: str, error: Unreadable) -> Unusable:
    """What to say of a table that an engine cannot read."""
    if error.tables:
        return Unusable(Problem("unreadable-population", f"“{_hidden(population)}”里没有叫“{error.reason}”的表。",
                                f"There is no table “{error.reason}” in “{_hidden(population)}”.", allowed=error.tables,
                                nearest=nearest(error.reason, error.tables)), False)
    if error.reason.endswith(": nested"):
        name = error.reason.removesuffix(": nested")
        return Unusable(Problem("nested-column", f"“{name}”这一列是嵌套或者二进制的；请按路径拆成几列，清单写成 JSON 文字。",
                                f"The column “{name}” is nested or binary; make a column of each path, and JSON text of a list.", field=name), False)
    return Unusable(Problem("unreadable-population", f"“{_hidden(population)}”读不了：{error.reason}",
                            f"“{_hidden(population)}” cannot be read: {error.reason}"), False)


def _hidden(population: str) -> str:
    """An address without what it tells of users and passwords."""
    scheme, mark, rest = population.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if mark else population


def _counted(found: Population, population: str) -> int:
    try:
        return found.count()
    except Exception as error:
        raise unreadable(population, Unreadable((str(error).strip().splitlines() or [""])[0][:300])) from None


def _tables(found: Population, population: str, size: int, limit: int | None) -> Iterator[Rows]:
    first = 1
    held: list[pa.RecordBatch] = []
    stream = found.batches(size, limit)
    while True:
        try:
            batch = next(stream, None)
        except Exception as error:
            raise unreadable(population, Unreadable((str(error).strip().splitlines() or [""])[0][:300])) from None
        if batch is not None:
            held.append(batch)
        if held and (batch is None or sum(one.num_rows for one in held) >= size):
            table = pa.Table.from_batches(held)
            held = []
            if table.num_rows:
                yield Rows(table.cast(pa.schema([(name, pa.string()) for name in table.column_names])), first)
            first += table.num_rows
        if batch is None:
            return


def lines(path: Path, paths: Paths, size: int, limit: int | None) -> Iterator[Rows]:
    """The applications of a file of JSON lines. A line that is no application is a row all the same, for the single engine to refuse."""
    first, raw = 1, []
    with path.open("rb") as file:
        for line in file:
            if line.strip():
                raw.append(line.strip())
            if limit is not None and first - 1 + len(raw) >= limit:
                break
            if len(raw) >= size:
                yield Rows(_laid_out(raw, paths), first)
                first, raw = first + len(raw), []
    if raw:
        yield Rows(_laid_out(raw, paths), first)


def _laid_out(raw: list[bytes], paths: Paths) -> pa.Table:
    found, whole = [], []
    for line in raw:
        try:
            flat, all_of_it = paths.flat(orjson.loads(line))
        except orjson.JSONDecodeError:
            flat, all_of_it = {}, False
        if all_of_it and line.count(b'":') != _keys(orjson.loads(line)):
            all_of_it = False      # a key that stands twice, or a text that looks like one: the single engine reads the line itself
        found.append(flat)
        whole.append(all_of_it)
    names = dict.fromkeys(("accepted_on", "item", "deciding_division", *(name for flat in found for name in flat)))
    texts = {name: pa.array([flat.get(name) for flat in found], pa.string()) for name in names}
    return pa.table({**texts, "__raw": pa.array(raw, pa.binary()), "__whole": pa.array(whole, pa.bool_())})


def _keys(part: object) -> int:
    if isinstance(part, dict):
        return len(part) + sum(_keys(value) for value in part.values())
    return sum(_keys(value) for value in part) if isinstance(part, list) else 0


def store_lines(path: Path, paths: Paths, folder: Path, limit: int | None) -> None:
    """JSON lines as Parquet files of flat rows, for an engine that reads files itself."""
    for number, rows in enumerate(lines(path, paths, BATCH, limit)):
        numbers = pa.array(range(rows.first, rows.first + rows.table.num_rows), pa.int64())
        pq.write_table(rows.table.append_column("__row", numbers), folder / f"{number:06}.parquet")
