"""Conditions as columns, and the engines that compute them: the only file that knows the data frame library.

A phrase is a nullable boolean column; 全部, 任一 and 非 are AND, OR and NOT. SQL's logic with NULL is Kleene's, so unknown needs no
column of its own. Expressions are built on tables known by name only and handed to an engine as its own SQL: DuckDB in this
process, or Spark. Values: yes/no as booleans, days as ISO texts (their order is that of the days), sets as `|a|b|`, numbers as integers.
Nothing here knows a route, an item or a file format.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final, Protocol

import ibis
import pyarrow as pa

from engine.conditions import All, Condition, Not
from engine.conditions import Any as AnyOf
from engine.phrases import Phrase
from engine.vocabulary import CHOICES, NUMBER, YES_NO, Fact, FactValue

Column = Any      # an expression of the data frame library; its own types say nothing more
Table = Any

TEXT, TRUTH, WHOLE = "string", "boolean", "int64"


class Unreadable(Exception):
    """A population that cannot be read: `reason` is what the engine says of it, one line; with `tables`, the name of a table that is none of them."""

    def __init__(self, reason: str, tables: tuple[str, ...] = ()):
        super().__init__(reason)
        self.reason, self.tables = reason, tables


# -- expressions ------------------------------------------------------------------------------------------------------


def named(name: str, kinds: Mapping[str, str]) -> Table:
    """A table an engine will know by this name, with the type of each of its columns."""
    return ibis.table(dict(kinds), name=name)


def constant(value: FactValue, kind: str) -> Column:
    """A value as a column; None is an unknown of the kind."""
    # Cast, for the library reads `= NULL` as IS NULL where it sees a bare NULL.
    return ibis.null().cast(kind) if value is None else ibis.literal(written(value), kind)


def kind_of(fact: Fact) -> str:
    """The type of a fact's column."""
    return TRUTH if fact.type == YES_NO else WHOLE if fact.type == NUMBER else TEXT


def written(value: FactValue) -> bool | int | str | None:
    """A run-time value as columns hold it."""
    if isinstance(value, frozenset):
        return f"|{'|'.join(sorted(value))}|"
    return value.isoformat() if isinstance(value, date) else value


def every(parts: Iterable[Column]) -> Column:
    """AND; true where there is nothing."""
    return _joined(list(parts), True)


def some(parts: Iterable[Column]) -> Column:
    """OR; false where there is nothing."""
    return _joined(list(parts), False)


def _joined(parts: list[Column], conjunction: bool) -> Column:
    if not parts:
        return ibis.literal(conjunction)
    found = parts[0]
    for part in parts[1:]:
        found = found & part if conjunction else found | part
    return found


def chosen(pairs: Sequence[tuple[Column, Column]], otherwise: Column) -> Column:
    """The column beside the first condition that is true; `otherwise` where none is (unknown is not true)."""
    return ibis.cases(*pairs, else_=otherwise) if pairs else otherwise


def mapped(column: Column, values: Mapping[str, FactValue], kind: str, otherwise: FactValue = None) -> Column:
    """Each known text with its value."""
    by_value: dict[FactValue, list[str]] = {}
    for word, value in values.items():
        by_value.setdefault(value, []).append(word)
    return chosen([(column.isin(words), constant(value, kind)) for value, words in by_value.items()], constant(otherwise, kind))


def text_of(column: Column, unknown: str = "?") -> Column:
    """A column as text, unknown written out, so that texts can be put together."""
    return column.cast(TEXT).fill_null(unknown)


def together(parts: Sequence[Column], between: str = "|") -> Column:
    """Texts put together, none of them unknown."""
    found = parts[0]
    for part in parts[1:]:
        found = found.concat(between, part)
    return found


def greatest(parts: Sequence[Column]) -> Column:
    return ibis.greatest(*parts) if len(parts) > 1 else parts[0]


def known(column: Column) -> Column:
    """Whether a truth is true: false where it is unknown."""
    return column.fill_null(False)


def position(letters: str, column: Column) -> Column:
    """Where a one-letter text stands among the letters, from 0; -1 where it does not."""
    return ibis.literal(letters).find(column)


def phrase_column(phrase: Phrase, lookup: Callable[[Fact], Column]) -> Column:
    """The truth of one phrase, denial included."""
    left, kind = lookup(phrase.fact), phrase.comparison.test
    right = lookup(phrase.right) if isinstance(phrase.right, Fact) else None
    values = () if isinstance(phrase.right, Fact) else tuple(written(value) for value in phrase.right)
    if kind == "holds":
        found = left
    elif kind == "includes":
        # Another set is never a member of a set: false where both are known.
        found = (left != left) & (right != right) if right is not None else some(left.contains(f"|{value}|") for value in values)
    elif kind == "one_of":
        found = left == right if right is not None else left.isin(values)
    else:
        against = right if right is not None else ibis.literal(values[0])
        found = left < against if kind in ("before", "less") else left > against if kind in ("after", "greater") else left == against
    return ~found if phrase.comparison.denies else found


def condition_column(condition: Condition, lookup: Callable[[Fact], Column]) -> Column:
    """The truth of a condition: true holds, false fails, NULL pends. `lookup` gives each fact's column."""
    if isinstance(condition, Phrase):
        return phrase_column(condition, lookup)
    if isinstance(condition, Not):
        return ~condition_column(condition.part, lookup)
    parts = [condition_column(part, lookup) for part in condition.parts]
    return every(parts) if isinstance(condition, All) else some(parts)


def openness(grants: Iterable[Column], bars: Iterable[Column]) -> Column:
    """Open iff some grant holds and no bar holds."""
    found = list(bars)
    return some(grants) & ~some(found) if found else some(grants)


def set_kind(fact: Fact) -> bool:
    return fact.type == CHOICES


assert AnyOf is not None      # the third joint of the tree: what is neither a phrase, 非 nor 全部 is 任一


# -- engines ----------------------------------------------------------------------------------------------------------


class Engine(Protocol):
    """Where SQL is computed. Tables are known by name; making one again replaces it."""

    @property
    def dialect(self) -> str:
        """The name of the engine's own SQL."""

    def make(self, name: str, *queries: str) -> None:
        """Compute the last of the queries and keep its rows under a name; it reads those before it as `l0`, `l1` … (see Layers)."""

    def view(self, name: str, query: str) -> None:
        """Give a query a name; it is computed by whoever reads it."""

    def put(self, name: str, rows: pa.Table) -> None:
        """Give rows of ours a name."""

    def fetch(self, query: str) -> pa.Table:
        """The rows of a query."""

    def close(self) -> None:
        """Give back what is held."""


def sql(expression: Table, engine: Engine) -> str:
    """An expression in the engine's own SQL."""
    return str(ibis.to_sql(expression, dialect=engine.dialect, pretty=False))


class Layers:
    """A query in layers: each is computed once and read by the next, however often its columns are named there."""

    def __init__(self, engine: Engine):
        self._engine = engine
        self._parts: list[str] = []

    def add(self, expression: Table) -> Table:
        """One more layer; what comes next is built on the table given back."""
        name = f"l{len(self._parts)}"
        self._parts.append(sql(expression, self._engine))
        return named(name, {column: str(kind) for column, kind in expression.schema().items()})

    def query(self, expression: Table) -> tuple[str, ...]:
        """The layers' queries, `expression` being the last; each reads those before it as `l0`, `l1` …"""
        return (*self._parts, sql(expression, self._engine))


class DuckEngine:
    """DuckDB in this process. `limit`: how much memory it may take before it writes to disk, as DuckDB says it (`2GB`)."""

    dialect: Final = "duckdb"

    def __init__(self, limit: str | None = None):
        self._connection = ibis.duckdb.connect()
        self._raw = self._connection.con
        self._raw.execute("SET enable_progress_bar = false")
        if limit:
            self._raw.execute(f"SET memory_limit = '{limit}'")

    def make(self, name: str, *queries: str) -> None:
        *layers, last = queries
        before = ", ".join(f"l{place} AS ({query})" for place, query in enumerate(layers))
        self._raw.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {f"WITH {before} " if before else ""}{last}')

    def view(self, name: str, query: str) -> None:
        self._raw.execute(f'CREATE OR REPLACE TEMP VIEW "{name}" AS {query}')

    def put(self, name: str, rows: pa.Table) -> None:
        self._raw.register(name, rows)      # read where they lie, not copied

    def fetch(self, query: str) -> pa.Table:
        return self._raw.sql(query).to_arrow_table()

    def close(self) -> None:
        self._connection.disconnect()


_COLLAPSE: Final = "org.apache.spark.sql.catalyst.optimizer.CollapseProject"


class SparkEngine:
    """Spark, on this machine unless its own settings (PYSPARK_SUBMIT_ARGS, spark-defaults) say otherwise. Raises ImportError without pyspark."""

    dialect: Final = "pyspark"

    def __init__(self, master: str = "local[*]"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pyspark.sql import SparkSession
            self.session = (
                SparkSession.builder.master(master).appName("mianzheng").config("spark.ui.enabled", "false")
                .config("spark.sql.session.timeZone", "UTC").config("spark.sql.execution.arrow.pyspark.enabled", "true")
                .config("spark.sql.ansi.enabled", "true").config("spark.driver.memory", "2g").config("spark.sql.shuffle.partitions", "8")
                .config("spark.sql.codegen.wholeStage", "false").config("spark.sql.optimizer.excludedRules", _COLLAPSE)
                .config("spark.ui.showConsoleProgress", "false").getOrCreate())
        self.session.sparkContext.setLogLevel("ERROR")
        self._kept: dict[str, Any] = {}

    def read(self, name: str, path: Path, kind: str) -> tuple[str, ...]:
        """Make the rows of a file or folder known by a name, every column as text and numbered in `__row`; gives the columns' names.

        A row with a line break in it is not `__whole`: patterns read a line's end differently here.
        """
        from pyspark.sql import functions
        reader = self.session.read
        frame = reader.option("header", True).csv(str(path)) if kind == "csv" else reader.option("mergeSchema", True).parquet(str(path))
        nested = [field.name for field in frame.schema.fields if field.dataType.typeName() in ("array", "struct", "map")]
        if nested:
            raise Unreadable(f"{nested[0]}: nested")
        names = [one for one in frame.columns if one not in ("__row", "__whole", "__raw")]
        broken = functions.concat_ws(" ", *(functions.col(f"`{one}`").cast("string") for one in names)).rlike(r"\v")
        whole = ~broken & functions.col("__whole") if "__whole" in frame.columns else ~broken
        raw = [functions.col("__raw").cast("string").alias("__raw")] if "__raw" in frame.columns else []
        number = [functions.col("__row")] if "__row" in frame.columns else [(functions.monotonically_increasing_id() + 1).alias("__row")]
        self._keep(name, frame.select(*number, *(functions.col(f"`{one}`").cast("string").alias(one) for one in names), *raw, whole.alias("__whole")))
        return tuple(names)

    def write(self, query: str, folder: Path) -> None:
        """Add the rows of a query to a folder of Parquet files."""
        self.session.sql(query).write.mode("append").parquet(str(folder))

    def make(self, name: str, *queries: str) -> None:
        # Each layer is kept: Spark would put them into one another, and their expressions would grow beyond all measure.
        for place, query in enumerate(queries[:-1]):
            self._keep(f"l{place}", self.session.sql(query))
        self._keep(name, self.session.sql(queries[-1]))
        for place in range(len(queries) - 1):
            del self._kept[f"l{place}"]

    def view(self, name: str, query: str) -> None:
        self.session.sql(query).createOrReplaceTempView(name)

    def put(self, name: str, rows: pa.Table) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._keep(name, self.session.createDataFrame(rows))

    def fetch(self, query: str) -> pa.Table:
        return self.session.sql(query).toArrow()

    def _keep(self, name: str, frame: Any) -> None:
        # A checkpoint forgets how the rows came about: else each later query would be planned with all queries before it.
        kept = frame.localCheckpoint()
        kept.createOrReplaceTempView(name)
        self._kept[name] = kept

    def close(self) -> None:
        self.session.stop()


# -- reading a population ---------------------------------------------------------------------------------------------


class Population:
    """A table of applications, streamed: names of its columns, how many rows, and its rows as texts."""

    def __init__(self, rows: Table, connection: Any):
        self._connection = connection
        nested = [name for name, kind in rows.schema().items() if kind.is_nested() or kind.is_binary()]
        if nested:
            raise Unreadable(f"{nested[0]}: nested")
        self.names: Final = tuple(rows.columns)
        self._rows = rows

    def count(self) -> int:
        if self._connection.name == "duckdb":
            return int(self._connection.con.sql(self._connection.compile(self._rows.count())).fetchall()[0][0])
        return int(self._rows.count().execute())

    def batches(self, size: int, limit: int | None) -> Iterator[pa.RecordBatch]:
        """The rows, at most `size` at a time, every value as text."""
        texts = self._rows.select(**{name: self._rows[name].cast(TEXT) for name in self.names})
        wanted = texts if limit is None else texts.limit(limit)
        if self._connection.name == "duckdb":      # straight from DuckDB, which hands its rows over as they come
            yield from self._connection.con.sql(self._connection.compile(wanted)).to_arrow_reader(size)
        else:
            yield from wanted.to_pyarrow_batches(chunk_size=size)


def open_file(path: Path, kind: str) -> Population:
    """A Parquet or CSV file (or a folder or pattern of Parquet files)."""
    connection = ibis.duckdb.connect()
    try:
        if kind == "csv":
            return Population(connection.read_csv(str(path), all_varchar=True, header=True), connection)
        return Population(connection.read_parquet(str(path / "*.parquet") if path.is_dir() else str(path)), connection)
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(_first_line(error)) from None


def open_database(url: str, table: str | None, query: str | None) -> Population:
    """A table or the rows of a query in a database: `duckdb:///…`, `sqlite:///…`, `postgresql://…`."""
    try:
        if url.startswith("duckdb:"):
            connection = ibis.duckdb.connect(url.split("://", 1)[1].removeprefix("/") if url.startswith("duckdb:///") else url.split("://", 1)[1], read_only=True)
        else:
            connection = ibis.connect(url)
        if table is not None and table not in (there := tuple(connection.list_tables())):
            raise Unreadable(table, there or ("–",))
        return Population(connection.sql(query) if query is not None else connection.table(str(table)), connection)
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(_first_line(error)) from None


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [""])[0][:300]
