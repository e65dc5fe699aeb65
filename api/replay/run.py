"""A population replayed: batch by batch, each row by columns where columns can settle it, else by the single engine.

Here rows are sorted under the plans of the engine (item, division, interval of the law) and their answers gathered. Rows that state
something no column understands, that are refused, or for which the law is read twice are decided one by one. Nothing here knows a file.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import orjson
import pyarrow as pa
from pydantic import ValidationError

from api.commands.decide import read_application
from api.http.shapes import body_mistakes
from api.replay.columns import TEXT, WHOLE, Engine, constant, named, sql
from api.replay.flow import Flow
from api.replay.paths import Paths
from api.replay.registry import MEANINGS, Registry, routes_of
from api.replay.results import Results
from engine.application import Application
from engine.decide import Decider
from engine.intake import Case, take
from engine.problems import Problem, Refused
from engine.rulebook import Rulebook

#: Below so many rows of one plan in a batch, making queries costs more than the single engine.
FEWEST: Final = 400
MAX_CASES: Final = 20_000       # cases kept while one plan's rows of a batch are answered
MAX_KEYS: Final = 200_000       # combinations of item, division and days remembered
Row = Mapping[str, Any]         # texts by column, and what our own columns (`__raw`) hold
_KEY: Final = ("item", "deciding_division", "accepted_on")


@dataclass(frozen=True, slots=True)
class Options:
    """`as_of`: the day of the decision for all rows, else each row's own. `fewest`: see FEWEST. `id_column`: copied into the result."""

    as_of: date | None = None
    id_column: str | None = None
    fewest: int = FEWEST


class Rows:
    """A batch held in memory: texts by column, numbered from `first`. `__raw` is the application as it was written, where it was nested."""

    def __init__(self, table: pa.Table, first: int):
        self.table, self.first = table, first

    def at(self, numbers: Sequence[int]) -> list[Row]:
        """The rows of some numbers."""
        return self.table.take(pa.array([number - self.first for number in numbers], pa.int64())).to_pylist()  # type: ignore[no-any-return]


class StoredRows:
    """The rows of a population that the engine itself holds under the name `batch`."""

    def __init__(self, engine: Engine):
        self._engine = engine

    def at(self, numbers: Sequence[int]) -> list[Row]:
        """The rows of some numbers, in their order."""
        self._engine.put("wanted", pa.table({"wanted": pa.array(numbers, pa.int64())}))
        found = self._engine.fetch("SELECT b.* FROM batch b JOIN wanted w ON b.__row = w.wanted").to_pylist()
        by_number = {row["__row"]: row for row in found}
        return [by_number[number] for number in numbers]


class Replay:
    """The rulebook over rows. Keeps plans, queries and answers from batch to batch."""

    def __init__(self, rulebook: Rulebook, engine: Engine, results: Results, registry: Registry, options: Options):
        self.rulebook, self.engine, self.results, self.registry, self.options = rulebook, engine, results, registry, options
        self.decider, self.paths = Decider(rulebook), Paths(rulebook)
        self._plans: dict[tuple[object, ...], tuple[int, Application]] = {}
        self._of_key: dict[tuple[str | None, ...], int] = {}
        self._flows: dict[tuple[int, frozenset[str]], Flow] = {}
        self._samples: list[tuple[Case, str]] = []

    def batch(self, rows: Rows) -> None:
        """Decide the rows of a batch and give their answers to the results."""
        table = rows.table
        names = frozenset(name for name in table.column_names if self.paths.is_path(name) or name == "as_of")
        numbers = pa.array(range(rows.first, rows.first + table.num_rows), pa.int64())
        kept = sorted(names)
        self.engine.put("batch", pa.table([numbers, *(table[name] for name in kept)], ["__row", *kept]))
        whole = table["__whole"].to_pylist() if "__whole" in table.column_names else None
        apart = {rows.first + place for place, one in enumerate(whole) if not one} if whole else set()
        self.stored(rows, names, apart)

    def stored(self, rows: Rows | StoredRows, names: frozenset[str], apart: Iterable[int] = ()) -> None:
        """Decide the rows of the engine's table `batch`. `apart`: numbers of rows that columns would not understand."""
        path_names, apart = names - {"as_of"}, set(apart)
        batch = named("batch", {"__row": WHOLE, **dict.fromkeys(sorted(names), TEXT)})
        day = constant(self.options.as_of, TEXT) if self.options.as_of else batch["as_of"].fill_null(
            batch["accepted_on"] if "accepted_on" in names else constant(None, TEXT)) if "as_of" in names else batch["accepted_on"] \
            if "accepted_on" in names else constant(None, TEXT)
        parts = {name: batch[name] if name in names else constant(None, TEXT) for name in _KEY}
        keyed = batch.mutate(__as_of=day, **{f"__k_{name}": column for name, column in parts.items()})
        by = [f"__k_{name}" for name in _KEY] + ["__as_of"]
        found = self.engine.fetch(sql(keyed.group_by(by).aggregate(rows=keyed.count()), self.engine))
        keys = list(zip(*(found[name].to_pylist() for name in by), strict=True))
        plans = [self._plan_of(key) for key in keys]
        counts: dict[int, int] = {}
        for plan, count in zip(plans, found["rows"].to_pylist(), strict=True):
            counts[plan] = counts.get(plan, 0) + count
        large = {plan for plan, count in counts.items() if plan >= 0 and count >= self.options.fewest and self._flow(plan, path_names).supported}
        columns = {f"x{place}": pa.array([key[place] or "" for key in keys], pa.string()) for place in range(4)}
        self.engine.put("plans", pa.table({**columns, "plan": pa.array([plan if plan in large else -1 for plan in plans], pa.int64())}))
        self.engine.put("apart", pa.table({"number": pa.array(sorted(apart), pa.int64())}))
        sorted_ = named("plans", {**{f"x{place}": TEXT for place in range(4)}, "plan": WHOLE})
        aside = named("apart", {"number": WHOLE})
        joined = keyed.inner_join(sorted_, [keyed[name].fill_null("") == sorted_[f"x{place}"] for place, name in enumerate(by)])
        joined = joined.left_join(aside, joined["__row"] == aside["number"])
        for plan in sorted(large):
            mine = joined.filter((joined["plan"] == plan) & joined["number"].isnull()).select("__row", "__as_of", *sorted(path_names))
            self.engine.view("chosen", sql(mine, self.engine))
            cases: dict[int, Case] = {}      # one row often stands for the keys of several materials
            said = self._flow(plan, path_names).run(lambda wanted, cases=cases: self._cases(rows, wanted, cases))  # type: ignore[misc]
            self.results.add(self.engine, said.entries, self.registry, rows)
            self._one_by_one(rows, said.odd)
        rest = joined.filter((joined["plan"] < 0) | joined["number"].notnull()).select("__row")
        self._one_by_one(rows, self.engine.fetch(sql(rest, self.engine))["__row"].to_pylist())

    @property
    def asked(self) -> int:
        """How many keys were asked of the single engine."""
        return sum(flow.asked for flow in self._flows.values())

    # -- plans ----------------------------------------------------------------------------------------------------------

    def _plan_of(self, key: tuple[str | None, ...]) -> int:
        """The number of the plan rows fall under, -1 where only the single engine can tell: refused, or the law is read twice."""
        if key not in self._of_key:
            if len(self._of_key) >= MAX_KEYS:
                self._of_key.clear()
            self._of_key[key] = self._find_plan(*key)
        return self._of_key[key]

    def _find_plan(self, item: str | None, division: str | None, accepted: str | None, as_of: str | None) -> int:
        try:
            stated = {name: value for name, value in zip(_KEY, (item, division, accepted), strict=True) if value is not None}
            day = date.fromisoformat(as_of or "")
            case = take(self.rulebook, Application.model_validate_json(orjson.dumps(stated), strict=True), day)
        except (Refused, ValidationError, ValueError):
            return -1
        slots = [bisect_right(self.rulebook.changes, one) for one in (case.application.accepted_on, day)]
        if day.isoformat() != as_of or slots[0] != slots[1]:
            return -1
        known = (case.item.code, case.chain[0], slots[0])
        if known not in self._plans:
            self._plans[known] = (len(self._samples), case.application)
            self._samples.append((case, as_of))
        return self._plans[known][0]

    def _flow(self, plan: int, names: frozenset[str]) -> Flow:
        key = (plan, names)
        if key not in self._flows:
            case, day = self._samples[plan]
            made = self.decider.plan(case, case.application.accepted_on)
            self._flows[key] = Flow(made, self.decider, self.paths, names, self.registry, self.engine, day)
        return self._flows[key]

    # -- the single engine ----------------------------------------------------------------------------------------------

    def _application(self, row: Row) -> Application:
        """A row's application. Raises Refused with every mistake of shape."""
        raw = row.get("__raw")
        if raw is not None:
            return read_application(raw if isinstance(raw, bytes) else raw.encode())
        document = self.paths.document(row)
        try:
            return Application.model_validate_json(orjson.dumps(document), strict=True)
        except ValidationError as error:
            raise Refused([mistake.problem for mistake in body_mistakes(error, document, Application)]) from None

    def _day(self, row: Row, application: Application) -> date:
        if self.options.as_of is not None:
            return self.options.as_of
        text = row.get("as_of")
        if text is None:
            return application.accepted_on
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise Refused([Problem("wrong-day", f"决定日期“{text}”不是日期；写作 2026-11-22。", f"The day of the decision “{text}” is no day; write it like 2026-11-22.",
                                   field="as_of")]) from None

    def _cases(self, rows: Rows | StoredRows, wanted: Sequence[int], found: dict[int, Case]) -> Mapping[int, Case]:
        """Cases of rows whose statements columns understood; `found` are those made before."""
        if len(found) > MAX_CASES:
            found.clear()
        new = [number for number in wanted if number not in found]
        for number, row in zip(new, rows.at(new) if new else (), strict=True):
            application = self._application(row)
            found[number] = take(self.rulebook, application, self._day(row, application))
        return found

    def _one_by_one(self, rows: Rows | StoredRows, numbers: Sequence[int]) -> None:
        for start in range(0, len(numbers), 10_000):
            some = numbers[start:start + 10_000]
            for number, row in zip(some, rows.at(some), strict=True):
                self.results.row(number, row, *self._decided(row))
        self.results.flush(self.registry)

    def _decided(self, row: Row) -> tuple[list[int], str, str | None, str | None, str | None]:
        """A row's answers by number, its outcome, its problems, its two days."""
        try:
            application = self._application(row)
            day = self._day(row, application)
            body = self.decider.decide(application, day)
        except Refused as refused:
            said = "; ".join(f"{problem.code}{f' {problem.field}' if problem.field else ''}" for problem in refused.problems)
            owner = f"{row.get('item') or ''}\t{row.get('deciding_division') or ''}\t"
            nothing: dict[str, Any] = {"route": None, "mode": None, "status": "refused", "finding": None, "satisfied": "no", "rule": None, "reason": None}
            return [self.registry.of(owner, "", nothing, (), MEANINGS[2])], "refused", said, row.get("accepted_on"), row.get("as_of")
        owner = f"{body['item']}\t{body['deciding_division']}\t"
        found = [self.registry.of(owner, one["material"], one, routes_of(one["branches"]), MEANINGS[2]) for one in body["materials"]]
        found += [self.registry.of(owner + one["for"], one["material"], one, routes_of(one["branches"]), MEANINGS[2]) for one in body["establishes"]]
        return found, body["outcome"], None, body["accepted_on"], body["as_of"]
