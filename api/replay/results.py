"""What comes out of a replay: one row for each application and material, in a Parquet file, and the counts for the summary.

Texts are written as dictionaries, for there are few of them. The file is written under another name and takes its own when it is whole.
Nothing here decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from api.replay.columns import Engine
from api.replay.registry import FIELDS, MEANINGS, NUMBER_AT, OUTCOMES, Registry

_WORDS: Final = pa.dictionary(pa.int32(), pa.string())
SCHEMA: Final = pa.schema([
    ("row", pa.int64()), ("id", pa.string()), ("accepted_on", pa.string()), ("as_of", pa.string()),
    *((name, _WORDS) for name in FIELDS[:12]), ("outcome", _WORDS), ("problems", pa.string()), ("way", _WORDS)])
_ALL_OUTCOMES: Final = (*OUTCOMES, "refused")


class Results:
    """Gathers answers, writes them and counts them. `out` None only counts. `id_column`: the caller's own column that is copied."""

    def __init__(self, out: Path | None, id_column: str | None = None, as_of: str | None = None):
        self.out, self._id, self._as_of = out, id_column, as_of
        self.partial = out.with_name(f"{out.name}.partial") if out else None
        self._writer = pq.ParquetWriter(self.partial, SCHEMA, compression="zstd") if self.partial else None
        self.by_number: Counter[int] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.ways: Counter[str] = Counter()          # materials, by the way they were answered
        self.problems: Counter[str] = Counter()      # refused rows, by code
        self.rows = self.written = 0
        self.skipped = 0        # recorded decisions without an application to read
        self._single: list[tuple[int, str | None, str | None, str | None, int, str, str | None]] = []

    def add(self, engine: Engine, entries: Sequence[str], registry: Registry, rows: Any) -> None:
        """The answers of the engine's table `result`, a column for each of `entries`."""
        wide = engine.fetch('SELECT * FROM result')
        if not wide.num_rows:
            return
        self.rows += wide.num_rows
        for place, count in _counts(wide["__level"]):
            self.outcomes[OUTCOMES[place]] += count
        row, columns = wide["__row"].combine_chunks(), {}
        if self._writer is not None:
            at = pc.subtract(row, rows.first)
            table = rows.table
            accepted = table["accepted_on"].combine_chunks().take(at)
            as_of = pa.nulls(len(row), pa.string()).fill_null(self._as_of) if self._as_of else pc.coalesce(
                table["as_of"].combine_chunks().take(at), accepted) if "as_of" in table.column_names else accepted
            columns = {"row": row, "id": table[self._id].combine_chunks().take(at) if self._id else pa.nulls(len(row), pa.string()),
                       "accepted_on": accepted, "as_of": as_of,
                       "outcome": pa.DictionaryArray.from_arrays(wide["__level"].combine_chunks().cast(pa.int32()), pa.array(_ALL_OUTCOMES))}
        for name in entries:
            packed = wide[name].combine_chunks()
            mine = columns
            if packed.null_count:
                there = packed.is_valid()
                packed, mine = packed.filter(there), {key: value.filter(there) for key, value in columns.items()}
            self._write(pc.divide(packed, NUMBER_AT), mine, registry)

    def row(self, number: int, row: Mapping[str, Any], answers: Sequence[int], outcome: str, problems: str | None, accepted: str | None,
            as_of: str | None) -> None:
        """The answers of one row that the single engine gave."""
        self.rows += 1
        self.outcomes[outcome] += 1
        for problem in (problems or "").split("; ") if problems else ():
            self.problems[problem.split(" ")[0]] += 1
        name = row.get(self._id) if self._id else None
        self._single.extend((number, name, accepted, as_of, answer // NUMBER_AT, outcome, problems) for answer in answers)

    def flush(self, registry: Registry) -> None:
        """Write what the single engine gave."""
        if not self._single:
            return
        number, name, accepted, as_of, answers, outcome, problems = zip(*self._single, strict=True)
        self._single = []
        columns = {"row": pa.array(number, pa.int64()), "id": pa.array(name, pa.string()), "accepted_on": pa.array(accepted, pa.string()),
                   "as_of": pa.array(as_of, pa.string()), "problems": pa.array(problems, pa.string()),
                   "outcome": pa.DictionaryArray.from_arrays(pa.array([_ALL_OUTCOMES.index(one) for one in outcome], pa.int32()), pa.array(_ALL_OUTCOMES))}
        self._write(pa.array(answers, pa.int64()), columns, registry)

    def _write(self, numbers: pa.Array, columns: Mapping[str, pa.Array], registry: Registry) -> None:
        for number, count in _counts(numbers):
            self.by_number[number] += count
            self.ways[str(registry.rows[number][12])] += count
        self.written += len(numbers)
        if self._writer is None:
            return
        places = numbers.cast(pa.int32())
        made = dict(columns)
        for place, name in enumerate(FIELDS):
            words = list(dict.fromkeys(one[place] for one in registry.rows))
            at = {word: None if word is None else index for index, word in enumerate(words)}
            codes = pa.array([at[one[place]] for one in registry.rows], pa.int32()).take(places)
            made[name] = pa.DictionaryArray.from_arrays(codes, pa.array([word or "" for word in words]))
        made.setdefault("problems", pa.nulls(len(numbers), pa.string()))
        self._writer.write_table(pa.table([made[one.name] for one in SCHEMA], schema=SCHEMA))

    def finish(self) -> None:
        """The file is whole and takes its name."""
        if self._writer is not None and self.partial is not None and self.out is not None:
            self._writer.close()
            self.partial.replace(self.out)
            self._writer = None

    def abandon(self) -> None:
        """The file is not whole: it goes."""
        if self._writer is not None and self.partial is not None:
            self._writer.close()
            self.partial.unlink(missing_ok=True)
            self._writer = None

    def summary(self, registry: Registry) -> list[dict[str, Any]]:
        """Counts by item, division, material and route (or status, where there is no route), in the order in which they were first met."""
        found: Counter[tuple[str | None, ...]] = Counter()
        for number, count in sorted(self.by_number.items()):
            row = dict(zip(FIELDS, registry.rows[number], strict=True))
            found[row["item"], row["division"], row["material"], row["establishes"], row["route"], row["status"]] += count
        return [{"item": key[0], "division": key[1], "material": key[2] or None, "establishes": key[3], "route": key[4], "status": key[5], "rows": count}
                for key, count in found.items()]

    def by_way(self) -> dict[str, int]:
        return {way: self.ways[way] for way in MEANINGS}


def _counts(column: pa.Array) -> list[tuple[int, int]]:
    return [(one["values"], one["counts"]) for one in pc.value_counts(column).to_pylist()]
