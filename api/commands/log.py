"""`mianzheng log verify` and `mianzheng log replay`: that the decision log is whole, and that every decision comes out of it again.

Both read only, in one snapshot, and may run beside a service. Neither makes a database, brings one up to date or mends what it finds.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Final

import orjson
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from api.commands.printing import Language, err, out, print_json, print_problems, problem_json
from api.program import PROGRAM
from api.published_files import write_whole
from api.records import log
from api.records.database import Database, Unavailable, parsed
from api.records.instants import BEIJING, instant
from api.records.migrations import must_be_newest
from api.records.records import Session
from api.records.replay import Replayed
from api.records.replay import replay as decide_again
from api.records.rulebooks import Rulebooks, UnknownRulebook
from api.rule_files import bundled, open_rulebook
from api.settings import Settings
from engine.decide import Decider
from engine.problems import Problem, Refused
from engine.reading import read_rulebook

DONE, FLAWED, USAGE = 0, 1, 2

#: The most flaws or differences that are printed for people; `--json` has all of them.
SHOWN: Final = 100

Heads = dict[str, tuple[int, str]]


def settings_of(database: str | None) -> Settings:
    """The settings, the option before the environment. Raises Refused, also where nothing is recorded or there is no such file."""
    settings = Settings.from_environment(dict(os.environ) | ({"MIANZHENG_DATABASE": database} if database is not None else {}))
    if settings.database is None:
        raise Refused([Problem("records-off", "MIANZHENG_DATABASE=off：没有记录。用 --database 写明数据库。",
                               "MIANZHENG_DATABASE is off: there are no records. Name a database with --database.", field="MIANZHENG_DATABASE")])
    url = parsed(settings.database)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file():
        raise Refused([Problem("no-database", f"没有数据库文件“{url.database}”；核对路径，服务运行过才有。",
                               f"There is no database file “{url.database}”; check the path. A service that ran has made it.", field="MIANZHENG_DATABASE")])
    return settings


def unreachable() -> Refused:
    """The database did not answer."""
    return Refused([Problem("database-unreachable", "数据库没有应答；看一看 MIANZHENG_DATABASE 和数据库是否在运行，再运行一次。",
                            "The database does not answer; check MIANZHENG_DATABASE and whether it runs, then run this again.", field="MIANZHENG_DATABASE")])


@contextmanager
def opened(database: str | None) -> Iterator[Database]:
    """The database that the option or the environment names, as it is. Raises Refused, also where it stops answering."""
    settings = settings_of(database)
    assert settings.database is not None
    made = Database(settings.database, settings.patience)
    try:
        must_be_newest(made)
        yield made
    except Unavailable:
        raise unreachable() from None
    finally:
        made.close()


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error where that is a terminal; nothing elsewhere."""
    console = err()
    if not console.is_terminal:
        yield lambda done: None
        return
    with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console, transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)


def refused(error: Refused, language: Language, as_json: bool = False) -> int:
    """Say why not; the exit status."""
    if as_json:
        print_json({"refused": True, "problems": [problem_json(one) for one in error.problems]})
    else:
        print_problems(error.problems, language)
    return FLAWED


def wrong_usage(zh: str, en: str, language: Language, code: str = "wrong-options") -> int:
    """Say what is wrong with the command; the exit status."""
    print_problems([Problem(code, zh, en)], language)
    return USAGE


# -- verify ----------------------------------------------------------------------------------------------------------

def verify(expect: Path | None, heads: Path | None, database: str | None, as_json: bool, language: Language) -> int:
    """The exit status: 0 sound, 1 flawed or refused, 2 a mistake of usage. Heads of a flawed log are not written."""
    try:
        expected = read_heads(expect) if expect is not None else {}
    except Refused as wrong:
        print_problems(wrong.problems, language)
        return USAGE
    try:
        words = "核验" if language is Language.zh else "verifying"
        with opened(database) as records, records.reading(patient=True) as session, progress(words, log.size(session)) as tell:
            found = log.verify(session, expected, tell)
        if heads is not None and not found.flaws:
            write_heads(heads, found.heads)
    except Refused as error:
        return refused(error, language, as_json)
    if as_json:
        print_json({"sound": not found.flaws, "chains": found.chains, "entries": found.entries, "decisions": found.decisions, "erased": found.erased,
                    "flaws": [{"place": one.place, "code": one.code, "zh": one.zh, "en": one.en} for one in found.flaws], "heads": _as_json(found.heads)})
    else:
        _print_verified(found, heads, bool(expected), language)
    return FLAWED if found.flaws else DONE


def _print_verified(found: log.Verified, heads: Path | None, compared: bool, language: Language) -> None:
    console, chinese = out(), language is Language.zh
    if chinese:
        console.print(Text(f"{found.chains} 条链 · {found.entries} 个条目 · {found.decisions} 次判断 · {found.erased} 个条目的内容已依法删除", style="bold"))
    else:
        console.print(Text(f"{_count(found.chains, 'chain')} · {_count(found.entries, 'entry', 'entries')} · {_count(found.decisions, 'decision')} · "
                           f"content of {_count(found.erased, 'entry', 'entries')} erased as the law provides", style="bold"))
    if found.flaws:
        grid = _grid(("位置", "问题", "代码") if chinese else ("place", "what is wrong", "code"))
        for one in found.flaws[:SHOWN]:
            grid.add_row(Text(one.place), Text(one.zh if chinese else one.en, style="red"), Text(one.code, style="dim"))
        console.print(grid)
        _more(len(found.flaws), language)
        count = len(found.flaws)
        console.print(Text(f"有 {count} 处问题：日志被改动过或者不完整。" if chinese else
                           f"{_count(count, 'flaw')}: the log was changed or is not whole.", style="bold red"))
        if heads is not None:
            console.print(Text(f"没有写“{heads}”：有问题的日志，不能用它的链尾作凭据。" if chinese else
                               f"“{heads}” was not written: the heads of a flawed log vouch for nothing.", style="yellow"))
        return
    console.print(Text("没有发现问题。" if chinese else "No flaw found.", style="green"))
    if compared:
        console.print(Text("另存的链尾都还在。" if chinese else "Every head kept elsewhere is still there."))
    if heads is not None:
        console.print(Text(f"链尾写进“{heads}”；请另外保存在管数据库的人改不了的地方。" if chinese else
                           f"Heads written to “{heads}”; keep it where those who run the database cannot change it."))


def read_heads(file: Path) -> Heads:
    """Heads as `write_heads` wrote them. Raises Refused."""
    try:
        document = orjson.loads(file.read_bytes())
        return {str(writer): (_whole(one["seq"]), _text(one["hash"])) for writer, one in document["heads"].items()}
    except OSError:
        raise Refused([Problem("unreadable-file", f"“{file}”打不开；核对路径和权限。", f"“{file}” cannot be opened; check path and permissions.")]) from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Refused([Problem("not-heads", f"“{file}”不是 mianzheng log verify --heads 写的链尾；换一个文件。",
                               f"“{file}” does not hold heads written by mianzheng log verify --heads; give another file.")]) from None


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def write_heads(file: Path, heads: Mapping[str, tuple[int, str]]) -> None:
    """The heads as JSON, written whole or not at all. Raises Refused."""
    made = {"at": datetime.now(BEIJING).isoformat(timespec="seconds"), "program": PROGRAM, "heads": _as_json(heads)}
    try:
        write_whole(file, orjson.dumps(made, option=orjson.OPT_INDENT_2) + b"\n")
    except OSError:
        raise Refused([Problem("unwritable", f"写不进“{file}”；看一看目录在不在、有没有权限。",
                               f"“{file}” cannot be written; check that its directory exists and its permissions.")]) from None


def _as_json(heads: Mapping[str, tuple[int, str]]) -> dict[str, Any]:
    return {writer: {"seq": seq, "hash": hash_} for writer, (seq, hash_) in sorted(heads.items())}


# -- replay ----------------------------------------------------------------------------------------------------------

def replay(ids: Sequence[str], since: date | None, sample: int | None, database: str | None, as_json: bool, language: Language) -> int:
    """The exit status: 0 all identical, 1 otherwise or refused, 2 a mistake of usage. What was erased is passed over, unless it is named."""
    if ids and (since is not None or sample is not None):
        return wrong_usage("写了判断的编号，就不用 --since 和 --sample。", "Give either ids of decisions, or --since and --sample.", language)
    start = instant(datetime.combine(since, time(), BEIJING).astimezone(UTC)) if since is not None else ""
    results: list[dict[str, Any]] = []
    counts = {"identical": 0, "different": 0, "failed": 0, "erased": 0}
    try:
        with opened(database) as records:
            rulebooks = _rulebooks(records)
            with records.reading(patient=True) as session:
                wanted = list(dict.fromkeys(ids)) or log.every_decision(session, start, sample)
                total = len(set(ids)) or min(log.how_many(session, start), sample if sample is not None else 1 << 62)
                with progress("重算" if language is Language.zh else "replaying", total) as tell:
                    for done, decision_id in enumerate(wanted, 1):
                        one = _once(session, rulebooks, decision_id, named=bool(ids))
                        counts[one["result"]] += 1
                        if one["result"] in ("different", "failed") or ids:
                            results.append(one)
                        tell(done)
    except Refused as error:
        return refused(error, language, as_json)
    if as_json:
        print_json({"program": PROGRAM, **counts, "decisions": results})
    else:
        _print_replayed(counts, results, language)
    return FLAWED if counts["different"] or counts["failed"] or (ids and counts["erased"]) else DONE


def _rulebooks(database: Database) -> Rulebooks:
    """Rulebooks out of the database; the bundled one saves reading it again. Raises Refused."""
    texts = open_rulebook(bundled())
    return Rulebooks(database, Decider(read_rulebook(texts)), texts)


def _once(session: Session, rulebooks: Rulebooks, decision_id: str, named: bool) -> dict[str, Any]:
    """What came of deciding one again."""
    def failed(zh: str, en: str) -> dict[str, Any]:
        return {"decision": decision_id, "result": "failed", "zh": zh, "en": en}

    try:
        recorded = log.decision(session, decision_id)
        if recorded is None:
            return failed("没有这个编号的判断。", "There is no decision with this id.")
        return _told(decide_again(recorded, rulebooks))
    except log.Erased:
        return {"decision": decision_id, "result": "erased"}
    except UnknownRulebook as error:
        return failed(f"没有保存它的规则库 {error.version}，或者保存的不是它。", f"Its rulebook {error.version} is not kept, or what is kept is not it.")
    except Refused as error:
        first = error.problems[0]
        return failed(f"这个版本的程序不接受它的申请或者规则库：{first.text('zh')}",
                      f"This version of the program refuses its application or rulebook: {first.text('en')}")
    except (ValueError, KeyError, TypeError, AttributeError, zlib.error):
        return failed("保存的内容读不出来：被改动过，或者不是这个程序写的。", "What is kept cannot be read: it was changed, or another program wrote it.")


def _told(result: Replayed) -> dict[str, Any]:
    return {"decision": result.decision_id, "result": "identical" if result.identical else "different", "rulebook": result.rulebook,
            "recorded_digest": result.recorded_digest, "digest": result.digest, "recorded_program": result.recorded_program,
            "differences": [{"pointer": place, "recorded": one, "now": other} for place, one, other in result.differences]}


def _print_replayed(counts: Mapping[str, int], results: Sequence[Mapping[str, Any]], language: Language) -> None:
    console, chinese = out(), language is Language.zh
    total = sum(counts.values())
    if chinese:
        console.print(Text(f"重算 {total} 次判断：{counts['identical']} 次逐字节相同，{counts['different']} 次不同，{counts['failed']} 次算不出，"
                           f"{counts['erased']} 次的内容已依法删除", style="bold"))
    else:
        console.print(Text(f"Replayed {_count(total, 'decision')}: {counts['identical']} identical byte for byte, {counts['different']} different, "
                           f"{counts['failed']} not decidable, {counts['erased']} erased as the law provides", style="bold"))
    grid = _grid(("判断", "位置", "记录的", "重算的") if chinese else ("decision", "place", "recorded", "now"))
    rows = [row for one in results for row in _rows(one, chinese)]
    for row in rows[:SHOWN]:
        grid.add_row(*(Text(cell) for cell in row))
    if rows:
        console.print(grid)
        _more(len(rows), language)
    if not counts["different"] and not counts["failed"]:
        console.print(Text("没有不同。" if chinese else "No difference.", style="green"))


def _rows(one: Mapping[str, Any], chinese: bool) -> list[tuple[str, str, str, str]]:
    if one["result"] == "different":
        return [(one["decision"], found["pointer"] or "/", _short(found["recorded"]), _short(found["now"])) for found in one["differences"]] or [
            (one["decision"], "/", one["recorded_digest"], one["digest"])]     # the same document, written in other bytes
    if one["result"] == "failed":
        return [(one["decision"], "", one["zh"] if chinese else one["en"], "")]
    return []


def _short(value: Any) -> str:
    said = orjson.dumps(value).decode()
    return said if len(said) <= 120 else said[:119] + "…"


def _grid(heads: Sequence[str]) -> Table:
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    grid.add_column(heads[0], no_wrap=True)     # to be copied
    for name in heads[1:]:
        grid.add_column(name, overflow="fold")
    return grid


def _more(count: int, language: Language) -> None:
    if count > SHOWN:
        out().print(Text(f"…… 还有 {count - SHOWN} 行，--json 全部列出。" if language is Language.zh else f"… {count - SHOWN} more; --json lists all.", style="dim"))


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
