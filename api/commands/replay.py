"""`mianzheng replay`: the rulebook over a table of applications, results to Parquet, counts on the terminal. Stores nothing else."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from api.commands.printing import Language, err, out, print_json, print_problems, problem_json
from api.replay import source
from api.replay.columns import DuckEngine, SparkEngine, Unreadable
from api.replay.paths import LISTS, Paths
from api.replay.registry import Registry
from api.replay.results import Results
from api.replay.run import Options, Replay, StoredRows
from api.replay.source import Unusable
from api.replay.stored_results import StoredResults
from api.rule_files import bundled, open_rulebook
from engine.problems import Problem, Refused, nearest
from engine.reading import read_rulebook
from engine.rulebook import Rulebook
from engine.wording.words import Words

DONE, REFUSED, USAGE, INTERRUPTED = 0, 1, 2, 130


@dataclass(frozen=True, slots=True)
class Order:
    """What the command line asks for; see `mianzheng replay --help`."""

    population: str
    rules: Path | None = None
    table: str | None = None
    query: str | None = None
    out: Path | None = None
    id_column: str | None = None
    engine: str = "duckdb"
    as_of: date | None = None
    limit: int | None = None
    memory: str | None = None
    recorded: bool = False      # the database is our own records


def replay(order: Order, as_json: bool, language: Language) -> int:
    """The exit status: 0 every row has a result, 1 the rulebook or the table is refused, 2 usage, 130 interrupted."""
    begun = time.perf_counter()
    results: list[Results] = []
    try:
        kind = source.kind_of(order.population)
        _writable(order)
        rulebook = read_rulebook(open_rulebook(order.rules or bundled()))
        work = _on_spark if order.engine == "spark" else _embedded
        done = work(order, kind, rulebook, results, language)
        if results[0].rows == 0:
            raise Unusable(Problem("empty-population", f"“{order.population}”里没有一件申请。", f"There is no application in “{order.population}”."), False)
        results[0].finish()
    except Unusable as error:
        _abandon(results)
        _refuse((error.problem,), as_json, language)
        return USAGE if error.usage else REFUSED
    except Refused as refused:
        _abandon(results)
        _refuse(refused.problems, as_json, language)
        return REFUSED
    except KeyboardInterrupt:
        _abandon(results)
        print("已中断，没有留下结果文件。" if language is Language.zh else "Interrupted; no result file is left.", file=sys.stderr)
        return INTERRUPTED
    except OSError as error:
        _abandon(results)
        _refuse((_unwritable(order, error),), as_json, language)
        return USAGE
    except BaseException:
        _abandon(results)
        raise
    _say(done, results[0], order, time.perf_counter() - begun, as_json, language)
    return DONE


def template(item: str, rules: Path | None, as_json: bool, language: Language) -> int:
    """Print the columns a table of applications for an item may have. The exit status: 0 printed, 1 no such item or rulebook refused."""
    try:
        rulebook = read_rulebook(open_rulebook(rules or bundled()))
        value = rulebook.vocabulary["item"].by_word.get(item)
        if value is None:
            words = [word for one in rulebook.vocabulary["item"].values for word in (one.name, one.code)]
            raise Refused([Problem("unknown-item", f"没有叫“{item}”的事项。", f"There is no item called “{item}”.", nearest=nearest(item, words))])
    except Refused as refused:
        _refuse(refused.problems, as_json, language)
        return REFUSED
    paths = Paths(rulebook)
    found = paths.all(next(one for (code, _), one in rulebook.items.items() if code == value.code))
    kinds = {name: "list" if name in LISTS else "boolean" if paths.is_truth(name) else "text" for name in found}
    if as_json:
        print_json([{"column": name, "type": kinds[name]} for name in found])
    else:
        for name in found:
            print(name)
    return DONE


# -- the two ways of computing ----------------------------------------------------------------------------------------


def _embedded(order: Order, kind: str, rulebook: Rulebook, results: list[Results], language: Language) -> Replay:
    opened = _opened(order, kind, Paths(rulebook))
    _check_columns(opened.names, order, rulebook)
    total = opened.count()
    registry = Registry()
    id_column = source.DECISION if order.recorded else order.id_column
    results.append(Results(order.out, id_column, order.as_of.isoformat() if order.as_of else None))
    engine = DuckEngine(order.memory)
    run = Replay(rulebook, engine, results[0], registry, Options(order.as_of, id_column))
    try:
        with _progress(min(total, order.limit or total), language) as advance:
            for rows in opened.batches(order.limit):
                run.batch(rows)
                advance(rows.table.num_rows)
        if order.recorded and order.limit is None:
            results[0].skipped = total - results[0].rows
    finally:
        engine.close()
    return run


def _opened(order: Order, kind: str, paths: Paths) -> source.Source:
    if not order.recorded:
        return source.open_source(order.population, kind, order.table, order.query, paths)
    if kind != "database" or order.table is not None or order.query is not None or order.id_column is not None:
        raise Unusable(Problem("which-table", "--recorded 用于记录的数据库的地址；不和 --table、--query、--id 一起用。",
                               "--recorded takes the address of the database of the records, without --table, --query and --id."))
    return source.open_records(order.population, paths)


def _on_spark(order: Order, kind: str, rulebook: Rulebook, results: list[Results], language: Language) -> Replay:
    if kind == "database" or order.limit is not None:
        raise Unusable(Problem("not-on-spark", "--engine spark 只读 Parquet、CSV 和 JSON lines，也不用 --limit；数据库请先导出为 Parquet。",
                               "--engine spark reads Parquet, CSV and JSON lines, without --limit; export a database to Parquet first."))
    engine: SparkEngine | None = None
    paths = Paths(rulebook)
    try:
        engine = SparkEngine()
        with tempfile.TemporaryDirectory(prefix="mianzheng-") as folder, _progress(None, language) as advance:
            path = Path(order.population)
            if kind == "lines":
                source.store_lines(path, paths, Path(folder), None)
                if not any(Path(folder).iterdir()):
                    raise Unusable(Problem("empty-population", f"“{path}”里没有一件申请。", f"There is no application in “{path}”."), False)
                path = Path(folder)
            try:
                columns = engine.read("batch", path, "csv" if kind == "csv" else "parquet")
            except Unreadable as error:
                raise source.unreadable(order.population, error) from None
            own = frozenset(columns)
            _check_columns(() if kind == "lines" else tuple(own), order, rulebook)
            apart = engine.fetch("SELECT __row FROM batch WHERE NOT __whole")["__row"].to_pylist()
            names = frozenset(name for name in own if paths.is_path(name) or name in ("as_of", order.id_column))
            results.append(StoredResults(order.out, names, order.id_column, order.as_of.isoformat() if order.as_of else None))
            run = Replay(rulebook, engine, results[0], Registry(), Options(order.as_of, order.id_column))
            run.stored(StoredRows(engine), frozenset(name for name in names if paths.is_path(name) or name == "as_of"), apart)
            advance(results[0].rows)
            return run
    except ImportError:
        raise Unusable(Problem("no-spark", "没有安装 pyspark。请安装“mianzheng[spark]”，并准备 Java 17 或 21。",
                               "pyspark is not installed. Install “mianzheng[spark]”, and have Java 17 or 21.")) from None
    finally:
        if engine is not None:
            engine.close()


def _check_columns(names: tuple[str, ...], order: Order, rulebook: Rulebook) -> None:
    """Every column must be a path of the contract or the caller's own id."""
    if not names:
        return
    problems = Paths(rulebook).problems(names, (order.id_column,) if order.id_column else ())
    if order.id_column is not None and order.id_column not in names:
        problems.insert(0, Problem("unknown-column", f"没有“{order.id_column}”这一列（--id）。", f"There is no column “{order.id_column}” (--id).",
                                   nearest=nearest(order.id_column, names)))
    missing = [name for name in ("item", "accepted_on") if name not in names]
    problems += [Problem("missing-column", f"缺少“{name}”这一列。", f"The column “{name}” is missing.", field=name) for name in missing]
    if problems:
        raise Refused(problems)


def _writable(order: Order) -> None:
    if order.out is None:
        return
    if order.engine == "spark" and order.out.exists():
        raise Unusable(Problem("exists-already", f"“{order.out}”已经存在；Spark 的结果是一个新目录。", f"“{order.out}” exists; on Spark the result is a new folder."))
    if order.out.is_dir() or not order.out.parent.is_dir():
        raise Unusable(Problem("unwritable", f"不能写“{order.out}”：{'它是目录' if order.out.is_dir() else '没有这个目录'}。",
                               f"“{order.out}” cannot be written: {'it is a folder' if order.out.is_dir() else 'there is no such folder'}."))


def _unwritable(order: Order, error: OSError) -> Problem:
    return Problem("unwritable", f"不能写“{order.out or error.filename}”：{error.strerror}。", f"“{order.out or error.filename}” cannot be written: {error.strerror}.")


def _abandon(results: list[Results]) -> None:
    for one in results:
        with suppress(OSError):
            one.abandon()


def _refuse(problems: tuple[Problem, ...], as_json: bool, language: Language) -> None:
    if as_json:
        print_json({"refused": True, "problems": [problem_json(problem) for problem in problems]})
    else:
        print_problems(problems, language)


# -- what is said -----------------------------------------------------------------------------------------------------


class _progress:
    """A bar with count and rate on standard error, where that is a terminal."""

    def __init__(self, total: int | None, language: Language):
        console = err()
        speed = TextColumn("{task.fields[rate]}")
        self._bar = Progress(SpinnerColumn(), BarColumn(), MofNCompleteColumn(), speed, TimeElapsedColumn(), console=console, transient=True,
                             disable=not console.is_terminal)
        self._task = self._bar.add_task("", total=total, rate="")
        self._begun, self._unit = time.perf_counter(), "件/秒" if language is Language.zh else "rows/s"

    def __enter__(self) -> Callable[[int], None]:
        self._bar.start()
        return self._advance

    def _advance(self, rows: int) -> None:
        self._bar.advance(self._task, rows)
        done = self._bar.tasks[0].completed
        self._bar.update(self._task, rate=f"{done / max(time.perf_counter() - self._begun, 1e-9):,.0f} {self._unit}")

    def __exit__(self, *_: object) -> None:
        self._bar.stop()


def _say(run: Replay, results: Results, order: Order, seconds: float, as_json: bool, language: Language) -> None:
    summary, ways = results.summary(run.registry), results.by_way()
    found: dict[str, Any] = {
        "rulebook": run.rulebook.version, "applications": results.rows, "seconds": round(seconds, 3), "rows_per_second": round(results.rows / max(seconds, 1e-9)),
        "outcomes": dict(results.outcomes), "problems": dict(results.problems), "answers": results.written, "ways": ways, "asked": run.asked,
        "out": str(order.out) if order.out else None, "skipped": results.skipped, "materials": summary}
    if as_json:
        print_json(found)
        return
    chinese, console = language is Language.zh, out()
    words = Words(run.rulebook, {}, language.value, {})
    routes = {route.code: words.route(route.code) for route in run.rulebook.ladder}
    names = {value.code: value.name if chinese else value.english for fact in ("item", "material") for value in run.rulebook.vocabulary[fact].values}
    outcome, status = run.rulebook.vocabulary.by_word.get("outcome"), run.rulebook.vocabulary.by_word.get("status")
    refused = "不予受理：填写有误" if chinese else "refused: wrong input"
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for zh, en in (("事项", "item"), ("材料", "material"), ("路径", "route"), ("件数", "rows"), ("占比", "share")):
        table.add_column(zh if chinese else en, justify="right" if en in ("rows", "share") else "left", overflow="fold")
    totals: dict[tuple[str, str | None, str | None], int] = {}
    for row in summary:
        totals[row["item"], row["material"], row["establishes"]] = totals.get((row["item"], row["material"], row["establishes"]), 0) + row["rows"]
    merged: dict[tuple[str, str | None, str | None, str], int] = {}
    for row in summary:
        label = refused if row["status"] == "refused" else routes[row["route"]] if row["route"] else status.label(row["status"], language.value) \
            if status else row["status"]
        key = (row["item"], row["material"], row["establishes"], label)
        merged[key] = merged.get(key, 0) + row["rows"]
    before: tuple[object, ...] = ()
    for (item, material, establishes, label), count in sorted(merged.items(), key=lambda pair: (pair[0][0], pair[0][1] or "", pair[0][2] or "", -pair[1])):
        here = (item, material, establishes)
        name = f"{names.get(material or '', material or '–')}{f'（{names.get(establishes, establishes)}）' if establishes else ''}"
        table.add_row(Text(names.get(item, item) if here[:1] != before[:1] else ""), Text(name if here != before else ""), Text(label), f"{count:,}",
                      f"{count / totals[here]:.1%}")
        before = here
    console.print(table)
    console.print()
    said = {code: outcome.label(code, language.value) if outcome and code != "refused" else refused for code in results.outcomes}
    counted = [f"{said[code]} {count:,}" for code, count in results.outcomes.most_common()]
    console.print(Text(("结论：" if chinese else "Outcomes: ") + ("，" if chinese else ", ").join(counted)))
    if results.problems:
        counted = [f"{code} {count:,}" for code, count in results.problems.most_common(8)]
        console.print(Text(("填写错误：" if chinese else "Problems: ") + ", ".join(counted), style="yellow"))
    if chinese:
        console.print(Text(f"共 {results.rows:,} 件申请，{results.written:,} 行结果；按列 {ways['columns']:,} 行，查表 {ways['table']:,} 行（问引擎 {run.asked:,} 次），"
                           f"逐件 {ways['engine']:,} 行；{seconds:.1f} 秒，每秒 {results.rows / max(seconds, 1e-9):,.0f} 件。"))
    else:
        console.print(Text(f"{results.rows:,} applications, {results.written:,} rows of results; {ways['columns']:,} by columns, {ways['table']:,} by table "
                           f"({run.asked:,} questions to the engine), {ways['engine']:,} one by one; {seconds:.1f} s, {results.rows / max(seconds, 1e-9):,.0f} rows/s."))
    if results.skipped:
        console.print(Text(f"另有 {results.skipped:,} 个决定的内容已经依法删除或者读不出来，不在结果里。" if chinese else
                           f"The content of {results.skipped:,} more decisions was lawfully erased or cannot be read; they are not in the results.", style="yellow"))
    if order.out:
        console.print(Text(("结果写在 " if chinese else "Results are in ") + str(order.out)))
    console.print(Text(f"{'规则库' if chinese else 'rulebook'} {run.rulebook.version}", style="dim"))
