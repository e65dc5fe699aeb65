"""The command line: which commands there are and what they take. Each command's work is a module of `api.commands`."""

from __future__ import annotations

import sys
from datetime import datetime
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from api.commands.printing import Language

app = typer.Typer(name="mianzheng", help="免证：以规则判断每份材料能否免交。 A rules-driven proof-free eligibility engine.",
                  no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def a_day(word: str | datetime) -> datetime:
    """A day of the calendar, as an option states it. Raises BadParameter."""
    try:
        return word if isinstance(word, datetime) else datetime.strptime(word, "%Y-%m-%d")
    except ValueError:
        raise typer.BadParameter(f"“{word}”不是日历上的日子；写作 2026-11-22。 No day of the calendar; write 2026-11-22.") from None


Json = Annotated[bool, typer.Option("--json", help="输出 JSON。 Print JSON.")]
Lang = Annotated[Language, typer.Option("--lang", help="语言。 Language of the output.")]


@app.callback()
def start() -> None:
    """免证：以规则判断每份材料能否免交。 A rules-driven proof-free eligibility engine."""


@app.command()
def check(
    rulebook: Annotated[Path | None, typer.Argument(
        metavar="[RULEBOOK_DIR]", help="规则目录；不写就是自带的。 The rulebook; the bundled one by default.")] = None,
    also: Annotated[Path | None, typer.Option("--also", metavar="DIR", help="叠在规则目录上面的目录。 A directory whose files are laid over the rulebook.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="只读一遍，不证明。 Only read, prove nothing.")] = False,
    days: Annotated[bool, typer.Option("--days", help="只列变更日：什么止，什么起。 Only the days on which something ends or begins.")] = False,
    notes: Annotated[bool, typer.Option("--notes", help="列出全部提示。 Print every note.")] = False,
    scenarios: Annotated[Path | None, typer.Option("--scenarios", metavar="FILE.feature", help="把全部反例写成场景。 Write all counter-examples as scenarios.")] = None,
    seconds: Annotated[float | None, typer.Option("--seconds", min=0.001, max=86400, metavar="N", help="一个问题最多几秒，缺省 10。 "
                                                  "Limit of one question, 10 by default.")] = None,
    on: Annotated[datetime | None, typer.Option("--on", parser=a_day, metavar="DATE", help="案头检查看哪一天，写作 2026-11-22；不写就是今天（北京时间）。 "
                                                "The day of the desk checks; today in Beijing by default.")] = None,
    as_json: Json = False,
    lang: Lang = Language.zh,
) -> None:
    """检查并证明规则库。 Check and prove a rulebook: exit status 0 holds, 1 something fails or is refused, 2 usage, 3 something is unknown, 130 interrupted."""
    from api.commands.check import Order
    from api.commands.check import check as work
    raise typer.Exit(work(Order(rulebook, also, on.date() if on else None, quick, days, notes, seconds, scenarios), as_json, lang))


@app.command()
def schema(
    kind: Annotated[str | None, typer.Argument(metavar="[KIND]", help="文件种类；不写就是全部。 The kind of file; all by default.")] = None,
    write: Annotated[bool, typer.Option("--write", help="写进规则目录的 schema/。 Write them to schema/ of the rulebook.")] = False,
    rules: Annotated[Path | None, typer.Option("--rules", help="规则目录；不写就是自带的。 The rulebook; the bundled one by default.")] = None,
    lang: Lang = Language.zh,
) -> None:
    """规则文件的 JSON Schema，供编辑器使用。 JSON Schemas of rule files, for editors."""
    from api.commands.schema import schema as work
    raise typer.Exit(work(kind, write, rules, lang))


class Level(StrEnum):
    """How much is explained."""

    off = "off"
    summary = "summary"
    full = "full"


Rules = Annotated[Path | None, typer.Option("--rules", help="规则目录；不写就是自带的。 The rulebook; the bundled one by default.")]
On = Annotated[datetime | None, typer.Option("--on", parser=a_day, metavar="DATE", help="决定日期，写作 2026-11-22；不写就是今天（北京时间）。 "
                                             "The day of the decision; today in Beijing by default.")]

Recorded = Annotated[str | None, typer.Option("--database", metavar="URL", help="记录的数据库；不写取 MIANZHENG_DATABASE。 Database of the records.")]


@app.command()
def decide(
    file: Annotated[str, typer.Argument(metavar="FILE", help="申请，JSON 文件；- 为标准输入。 The application, a JSON file; - for standard input.")],
    rules: Rules = None,
    on: On = None,
    lang: Lang = Language.zh,
    explain: Annotated[Level, typer.Option("--explain", help="说明的详略。 How much is explained.")] = Level.summary,
    as_json: Json = False,
    notice: Annotated[bool, typer.Option("--notice", help="打印一次性告知书。 Print the one-time notice.")] = False,
) -> None:
    """判断一件申请。 Decide one application: exit status 0 decided, 1 refused, 2 usage, 3 undetermined."""
    from api.commands.decide import decide as work
    raise typer.Exit(work(file, rules, on.date() if on else None, lang, explain.value, as_json, notice))


@app.command()
def explain(
    rule: Annotated[str, typer.Argument(metavar="RULE_ID|DECISION_ID", help="规则编号，例如 优化营商环境条例-44-2-证照；或者判断的编号。 "
                                        "The id of a rule, or of a recorded decision.")],
    rules: Rules = None,
    on: On = None,
    database: Recorded = None,
    lang: Lang = Language.zh,
    as_json: Json = False,
) -> None:
    """用话讲清一条规则，或者一次已记录的判断。 Explain one rule, or a recorded decision: exit status 0 printed, 1 no such rule or decision."""
    from api.commands.explain import explain as work
    raise typer.Exit(work(rule, rules, on.date() if on else None, lang, as_json, database))


class ListFormat(StrEnum):
    """What a published list is given as."""

    table = "table"
    json = "json"
    csv = "csv"
    xlsx = "xlsx"


@app.command()
def lists(
    kind: Annotated[str | None, typer.Argument(
        metavar="[KIND]", help="哪一种清单，例如 deferrals 或者 容缺受理清单；不写就是总览。 The kind of list; an overview by default.")] = None,
    division: Annotated[str, typer.Option("--division", help="区划代码，缺省是全国。 Division code, the nation by default.")] = "000000",
    on: Annotated[datetime | None, typer.Option("--on", parser=a_day, metavar="DATE", help="哪一天，写作 2026-11-22；不写就是今天（北京时间）。 "
                                                "Which day; today in Beijing by default.")] = None,
    draft: Annotated[bool, typer.Option("--draft", help="证明事项清单的草案，由目录推算，没有公布。 The draft of the list of proofs.")] = False,
    form: Annotated[ListFormat | None, typer.Option("--format", help="格式；缺省是表格，或者看文件名的结尾。 A table by default.")] = None,
    file: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="写进这个文件，已有的会换掉。 Write this file, replacing it.")] = None,
    rules: Rules = None,
    lang: Lang = Language.zh,
    as_json: Json = False,
) -> None:
    """公布的清单，与判断所依据的相同。 The published lists that decisions use: exit status 0 printed, 1 refused, 2 usage."""
    from api.commands.lists import lists as work
    raise typer.Exit(work(kind, division, on.date() if on else None, draft, form.value if form else None, as_json, file, rules, lang))


@app.command()
def tick(
    on: Annotated[datetime | None, typer.Option("--on", parser=a_day, metavar="DATE", help="看到哪一天为止，写作 2026-11-22；不写就是今天（北京时间）。 "
                                                "As of which day; today in Beijing by default.")] = None,
    database: Annotated[str | None, typer.Option("--database", metavar="URL", help="数据库；不写取 MIANZHENG_DATABASE。 The database of the records.")] = None,
    as_json: Json = False,
    lang: Lang = Language.zh,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看，不提出。 Only say what would be raised.")] = False,
) -> None:
    """提出已经到期的事，重复运行不会重复提出。 Raise what has fallen due: exit status 0 done, 1 refused, 2 usage. Safe to run twice."""
    from api.commands.tick import tick as work
    raise typer.Exit(work(on.date() if on else None, database, as_json, lang, dry_run))


@app.command()
def scenarios(
    features: Annotated[Path | None, typer.Argument(
        metavar="[FEATURES_DIR]", help="场景所在的目录；不写就是 features。 The directory of the scenarios; features by default.")] = None,
    rules: Rules = None,
    ids: Annotated[list[str] | None, typer.Option("--rule", metavar="ID", help="只看这条规则，可以写几次。 Only this rule; may be given several times.")] = None,
    as_json: Annotated[str | None, typer.Option("--json", metavar="FILE", help="JSON 报告写进这个文件，- 为标准输出。 The report as JSON.")] = None,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="报告写成一个网页。 Write the report as one page.")] = None,
    write: Annotated[Path | None, typer.Option("--write", metavar="DIR", help="给没有发现的变体起草场景，写进这个目录。 Draft missing scenarios here.")] = None,
    jobs: Annotated[int | None, typer.Option("--jobs", min=1, metavar="N", help="几个进程；不写就是核数。 How many processes.")] = None,
    floor: Annotated[float, typer.Option("--floor", min=0, max=100, help="要求的得分（%）。 The score asked for, per cent.")] = 95.0,
    seconds: Annotated[float, typer.Option("--seconds", min=0.1, metavar="N", help="证明一个问题最多几秒。 Seconds for one proof.")] = 3.0,
    enough: Annotated[bool, typer.Option("--enough", help="达到要求就不再证明。 Prove no more once the floor is reached.")] = False,
    lang: Lang = Language.zh,
) -> None:
    """场景看住了规则多少。 What scenarios hold of the rules: exit status 0 enough, 1 too little or refused, 2 usage, 3 unknown, 130 interrupted."""
    from api.commands.scenarios import scenarios as work
    raise typer.Exit(work(features, rules, ids or (), as_json, html, write, jobs, floor, seconds, enough, lang))


log = typer.Typer(help="决定日志：核验、重算、查看、依法删除。 The decision log: verify, replay, show, erase.", no_args_is_help=True)
app.add_typer(log, name="log")


@log.command("verify")
def log_verify(
    expect: Annotated[Path | None, typer.Option("--expect", metavar="FILE", help="另存的链尾，必须都还在。 Heads kept elsewhere, which must still be there.")] = None,
    heads: Annotated[Path | None, typer.Option("--heads", metavar="FILE", help="把链尾写进这个文件，另行保存。 Write the heads, to be kept elsewhere.")] = None,
    database: Recorded = None,
    as_json: Json = False,
    lang: Lang = Language.zh,
) -> None:
    """核验决定日志没有被改动、丢失、截断。 Verify the log: exit status 0 sound, 1 flawed or refused, 2 usage."""
    from api.commands.log import verify as work
    raise typer.Exit(work(expect, heads, database, as_json, lang))


@log.command("replay")
def log_replay(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="判断的编号；不写就是全部。 Ids of decisions; all by default.")] = None,
    since: Annotated[datetime | None, typer.Option("--since", parser=a_day, metavar="DATE", help="从哪一天（北京时间）起。 From which day on.")] = None,
    sample: Annotated[int | None, typer.Option("--sample", min=1, metavar="N", help="随机抽查多少次。 So many of them, by chance.")] = None,
    database: Recorded = None,
    as_json: Json = False,
    lang: Lang = Language.zh,
) -> None:
    """按当时的规则库重算，须逐字节相同。 Decide again: exit status 0 all identical, 1 otherwise or refused, 2 usage."""
    from api.commands.log import replay as work
    raise typer.Exit(work(ids or (), since.date() if since else None, sample, database, as_json, lang))


@log.command("show")
def log_show(
    decision: Annotated[str, typer.Argument(metavar="ID", help="判断的编号。 Id of the decision.")],
    database: Recorded = None,
    lang: Lang = Language.zh,
    explain: Annotated[Level, typer.Option("--explain", help="说明的详略。 How much is explained.")] = Level.summary,
    as_json: Json = False,
) -> None:
    """再看一次已记录的判断。 Show a recorded decision: exit status 0 printed, 1 no such decision, erased or refused."""
    from api.commands.recorded import show as work
    raise typer.Exit(work(decision, database, lang, explain.value, as_json))


@log.command("erase")
def log_erase(
    ground: Annotated[str, typer.Option("--ground", help="依据：法律条文或者文书编号，不写姓名和号码。 Law and article, or a reference; no names.")],
    officer: Annotated[str, typer.Option("--officer", help="工号。 Officer's id.")],
    role: Annotated[str, typer.Option("--role", help="角色。 The officer's role.")],
    decision: Annotated[str | None, typer.Option("--decision", metavar="ID", help="一次判断。 One decision.")] = None,
    case: Annotated[str | None, typer.Option("--case", metavar="ID", help="一个办件。 One case.")] = None,
    person: Annotated[str | None, typer.Option("--person", metavar="ID_TYPE", help="一个人的全部办件；写证件类型，号码另问。 All cases of a person: the kind of number; "
                                               "the number is asked for.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="不再确认。 Do not ask.")] = False,
    database: Recorded = None,
    as_json: Json = False,
    lang: Lang = Language.zh,
) -> None:
    """依法删除内容，链保留。 Erase as the law provides: exit status 0 erased, 1 refused or not confirmed, 2 usage."""
    from api.commands.erase import Order
    from api.commands.erase import erase as work
    raise typer.Exit(work(Order(decision, case, person, ground, officer, role, yes), database, as_json, lang))


class ReplayEngine(StrEnum):
    """What computes a replay."""

    duckdb = "duckdb"
    spark = "spark"


@app.command()
def replay(
    population: Annotated[str | None, typer.Argument(
        metavar="[POPULATION]", help="申请的表：.parquet、.csv、.jsonl，或者数据库的地址。 A table of applications: a file or the address of a database.")] = None,
    table: Annotated[str | None, typer.Option("--table", metavar="NAME", help="数据库里的表。 A table of the database.")] = None,
    query: Annotated[str | None, typer.Option("--query", metavar="SQL", help="数据库里的查询。 A query to the database.")] = None,
    file: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="结果写进这个 Parquet 文件，已有的会换掉。 Write the results to this Parquet file.")] = None,
    recorded: Annotated[bool, typer.Option("--recorded", help="数据库是本系统的记录：每个决定按当时的日期和证据重算。 "
                                           "The database is the service's own records: every decision, on its day.")] = False,
    id_column: Annotated[str | None, typer.Option("--id", metavar="COLUMN", help="抄进结果的一列。 A column to copy into the results.")] = None,
    engine: Annotated[ReplayEngine, typer.Option("--engine", help="用什么计算。 What computes.")] = ReplayEngine.duckdb,
    as_of: Annotated[datetime | None, typer.Option("--as-of", parser=a_day, metavar="DATE", help="决定日期；不写取 as_of 列，没有就取申请日期。 "
                                                   "The day of the decision; the column as_of or the day of application by default.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="只看前多少行。 The first rows only.")] = None,
    memory: Annotated[str | None, typer.Option("--memory", metavar="SIZE", help="DuckDB 的内存上限，例如 2GB。 How much memory DuckDB may take.")] = None,
    template: Annotated[str | None, typer.Option("--template", metavar="ITEM", help="列出一个事项的列名。 List the columns of an item.")] = None,
    rules: Rules = None,
    as_json: Json = False,
    lang: Lang = Language.zh,
) -> None:
    """让规则库重算一张申请表。 The rulebook over a table of applications: exit status 0 done, 1 refused, 2 usage, 130 interrupted."""
    from api.commands.replay import Order
    from api.commands.replay import replay as work
    from api.commands.replay import template as columns
    if template is not None:
        raise typer.Exit(columns(template, rules, as_json, lang))
    if population is None:
        raise typer.BadParameter("要写 POPULATION，或者 --template。 Give POPULATION, or --template.")
    raise typer.Exit(work(Order(population, rules, table, query, file, id_column, engine.value, as_of.date() if as_of else None, limit, memory,
                          recorded), as_json, lang))


@app.command()
def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="以前的：规则目录，或者 git 的版本（HEAD~1、标签、版本:目录）。 "
                                       "A rulebook directory, or a git revision: REV or REV:path.")],
    new: Annotated[str | None, typer.Argument(metavar="[NEW]", help="现在的，写法相同；不写就是工作目录的规则。 "
                                              "The same; the rules of the working directory by default.")] = None,
    item: Annotated[str | None, typer.Option("--item", metavar="ITEM", help="只看一个事项。 One item only.")] = None,
    scenarios: Annotated[Path | None, typer.Option("--scenarios", metavar="FILE", help="把例子写成场景，已有的文件会换掉。 Write the examples as scenarios.")] = None,
    against: Annotated[str | None, typer.Option("--against", metavar="FILE_OR_LOG", help="再数一数已有的申请有多少变了：JSON lines 文件、目录，或者记录的数据库。 "
                                                "Count applications that change: a file, a folder, or the database of the records.")] = None,
    seconds: Annotated[float, typer.Option("--seconds", min=0.001, metavar="N", help="每问求解器一次最多几秒。 Seconds for one question to the solver.")] = 10.0,
    as_json: Json = False,
    lang: Lang = Language.zh,
) -> None:
    """两版规则在意思上差在哪里。 What a change of the rules means: exit status 0 no difference (proved), 1 different, 2 usage or refused, 3 unknown."""
    from api.commands.diff import Order
    from api.commands.diff import diff as work
    raise typer.Exit(work(Order(old, new, item, scenarios, against, seconds), as_json, lang))


@app.command()
def serve(
    host: Annotated[str | None, typer.Option("--host", help="监听地址；不写取 MIANZHENG_HOST 或者 127.0.0.1。 Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535, help="监听端口；不写取 MIANZHENG_PORT 或者 8000。 Port to listen on.")] = None,
    rules: Rules = None,
) -> None:
    """启动 HTTP 服务。 Serve the HTTP API until stopped."""
    from api.commands.serve import serve as work
    raise typer.Exit(work(host, port, rules))


certificates = typer.Typer(help="电子证照库：载入、查看、证照类型。 The certificate library: load, find, types.", no_args_is_help=True)
app.add_typer(certificates, name="certificates")


class CertificateFormat(StrEnum):
    """What a file of certificates is."""

    csv = "csv"
    jsonl = "jsonl"


@certificates.command("load")
def certificates_load(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV（UTF-8 或者 GB18030）或者一行一个对象的 JSON。 CSV in UTF-8 or GB18030, or JSON lines.")],
    form: Annotated[CertificateFormat | None, typer.Option("--format", help="格式；不写看文件名的结尾。 By the file's ending by default.")] = None,
    refused: Annotated[Path | None, typer.Option("--refused", metavar="REPORT.csv", help="把退回的每一处写进这个文件。 Write every fault to this file.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只核对，不载入。 Only check.")] = False,
    rules: Rules = None,
    database: Recorded = None,
    as_json: Json = False,
    lang: Lang = Language.zh,
) -> None:
    """把一个文件载入电子证照库，可以重复运行。 Load a file into the library: exit status 0 all taken, 1 some refused, 2 usage, 130 interrupted."""
    from api.commands.certificates import load as work
    raise typer.Exit(work(file, form.value if form else None, refused, dry_run, rules, database, as_json, lang))


@certificates.command("find")
def certificates_find(
    holder: Annotated[str | None, typer.Option("--holder", metavar="NUMBER", help="持证人号码；写 - 从标准输入读。 The holder's number; - reads it from "
                                               "standard input.")] = None,
    number: Annotated[str | None, typer.Option("--number", metavar="NO", help="证照编号。 Number of the certificate.")] = None,
    kind: Annotated[str | None, typer.Option("--type", metavar="T", help="只看这种证照。 This type only.")] = None,
    on: On = None,
    rules: Rules = None,
    database: Recorded = None,
    as_json: Json = False,
    lang: Lang = Language.zh,
) -> None:
    """查证照和它在那天的状态。 Certificates and their state on a day: exit status 0 found, 1 none or refused, 2 usage."""
    from api.commands.certificates import find as work
    raise typer.Exit(work(holder, number, kind, on.date() if on else None, rules, database, as_json, lang))


@certificates.command("types")
def certificates_types(
    division: Annotated[str, typer.Option("--division", help="区划代码，缺省是全国。 Division code, the nation by default.")] = "000000",
    on: On = None,
    rules: Rules = None,
    as_json: Json = False,
    lang: Lang = Language.zh,
) -> None:
    """证照类型，这里可不可以出示、共享。 The types, and whether each may be shown and shared there: exit status 0 printed, 1 refused."""
    from api.commands.certificates import types as work
    raise typer.Exit(work(division, on.date() if on else None, rules, as_json, lang))


@app.command("source-server")
def source_server(
    host: Annotated[str, typer.Option("--host", help="监听地址。 Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="监听端口；0 由系统挑。 Port to listen on; 0 lets the system pick.")] = 8100,
    data: Annotated[Path | None, typer.Option("--data", metavar="FILE_OR_DIR", help="合成的人和记录，JSON；不写就是自带的。 Synthetic people and records; "
                                              "those shipped by default.")] = None,
    faults: Annotated[Path | None, typer.Option("--faults", metavar="FILE.json", help="一开始就注入的故障。 Faults to begin with.")] = None,
    key_file: Annotated[Path | None, typer.Option("--key-file", metavar="FILE", help="要求 RFC 9421 签名，这是密钥。 Ask for signatures; the key.")] = None,
    key_id: Annotated[str | None, typer.Option("--key-id", metavar="ID", help="密钥的名字。 The key's name.")] = None,
    rules: Rules = None,
    lang: Lang = Language.zh,
) -> None:
    """示例数据源服务：全部合成，可以注入故障，只供试用和测试。 The example source server: synthetic people, faults on request, for trying and testing only."""
    from api.commands.source_server import Order
    from api.commands.source_server import source_server as work
    raise typer.Exit(work(Order(host, port, rules, data, faults, key_file, key_id), lang))


def main() -> None:
    """Run the command line. A terminal that cannot show Chinese gets escapes instead of a failure."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    app()
