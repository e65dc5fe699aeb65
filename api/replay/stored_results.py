"""Results of a population that the engine itself holds: the engine writes them, a folder of Parquet files, and counts them.

Only the rows of the single engine and the counts pass through this process, so that a population that outgrows one machine need not
fit into it. Nothing here decides.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from api.replay.columns import TEXT, WHOLE, SparkEngine, chosen, constant, named, sql
from api.replay.registry import FIELDS, NUMBER_AT, OUTCOMES, Registry
from api.replay.results import SCHEMA, Results

_PLAIN = pa.schema([(one.name, pa.int64() if one.name == "row" else pa.string()) for one in SCHEMA])


class StoredResults(Results):
    """Like Results, with a folder for a file. `names`: the columns of the engine's table `batch`."""

    def __init__(self, folder: Path | None, names: frozenset[str], id_column: str | None = None, as_of: str | None = None):
        super().__init__(None, id_column, as_of)
        self.out, self.partial = folder, folder.with_name(f"{folder.name}.partial") if folder else None
        self._names, self._files = names, 0
        if self.partial is not None:
            shutil.rmtree(self.partial, ignore_errors=True)
            self.partial.mkdir()

    def add(self, engine: Any, entries: Sequence[str], registry: Registry, rows: Any) -> None:
        """The answers of the engine's table `result`, written by the engine."""
        assert isinstance(engine, SparkEngine)
        engine.put("registry", pa.table({
            "number": pa.array(range(len(registry.rows)), pa.int64()),
            **{name: pa.array([row[place] for row in registry.rows], pa.string()) for place, name in enumerate(FIELDS)}}))
        result = named("result", {"__row": WHOLE, "__level": WHOLE, **dict.fromkeys(entries, WHOLE)})
        answers = named("registry", {"number": WHOLE, **dict.fromkeys(FIELDS, TEXT)})
        batch = named("batch", {"__row": WHOLE, **dict.fromkeys(sorted(self._names), TEXT)})
        for level, count in zip(*(engine.fetch(sql(result.group_by("__level").aggregate(n=result.count()), engine))[name].to_pylist() for name in ("__level", "n")),
                                strict=True):
            self.outcomes[OUTCOMES[level]] += count
            self.rows += count
        found = None
        for name in entries:
            one = result.filter(result[name].notnull()).select("__row", "__level", number=lambda t, name=name: t[name] // NUMBER_AT)
            found = one if found is None else found.union(one)
        if found is None:
            return
        counted = engine.fetch(sql(found.group_by("number").aggregate(n=found.count()), engine))
        for number, count in zip(counted["number"].to_pylist(), counted["n"].to_pylist(), strict=True):
            self.by_number[number] += count
            self.ways[str(registry.rows[number][12])] += count
            self.written += count
        if self.partial is None:
            return
        texts = {"accepted": batch["accepted_on"], "day": constant(self._as_of, TEXT) if self._as_of else batch["as_of"].fill_null(batch["accepted_on"])
                 if "as_of" in self._names else batch["accepted_on"], "name": batch[self._id] if self._id else constant(None, TEXT)}
        stated = batch.select(__number=batch["__row"], **texts)
        joined = found.inner_join(answers, found["number"] == answers["number"])
        joined = joined.inner_join(stated, joined["__row"] == stated["__number"])
        outcome = chosen([(joined["__level"] == place, constant(one, TEXT)) for place, one in enumerate(OUTCOMES)], constant(None, TEXT))
        engine.write(sql(joined.select(
            row=joined["__row"], id=joined["name"], accepted_on=joined["accepted"], as_of=joined["day"], **{name: joined[name] for name in FIELDS[:12]},
            outcome=outcome, problems=constant(None, TEXT), way=joined["way"]), engine), self.partial)

    def _write(self, numbers: pa.Array, columns: Mapping[str, pa.Array], registry: Registry) -> None:
        """What the single engine gave: a file of its own in the folder."""
        for number in numbers.to_pylist():
            self.by_number[number] += 1
            self.ways[str(registry.rows[number][12])] += 1
        self.written += len(numbers)
        if self.partial is None:
            return
        made = {name: pa.array([registry.rows[number][place] for number in numbers.to_pylist()], pa.string()) for place, name in enumerate(FIELDS)}
        made |= columns
        made.setdefault("problems", pa.nulls(len(numbers), pa.string()))
        self._files += 1
        pq.write_table(pa.table([made[one.name].cast(one.type) for one in _PLAIN], schema=_PLAIN), self.partial / f"engine-{self._files:06}.parquet")

    def finish(self) -> None:
        """The folder is whole and takes its name."""
        if self.partial is not None and self.out is not None:
            shutil.rmtree(self.out, ignore_errors=True)
            self.partial.rename(self.out)

    def abandon(self) -> None:
        """The folder is not whole: it goes."""
        if self.partial is not None:
            shutil.rmtree(self.partial, ignore_errors=True)
