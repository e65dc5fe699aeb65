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

Json = Annotated[bool, typer.Option("--json", help="输出 JSON。 Print JSON.")]
Lang = Annotated[Language, typer.Option("--lang", help="语言。 Language of the output.")]


@app.callback()
def start() -> None:
    """免证：以规则判断每份材料能否免交。 A rules-driven proof-free eligibility engine."""


@app.command()
def check(
    rulebook: Annotated[Path | None, typer.Argument(
        metavar="[RULEBOOK_DIR]", help="规则目录；不写就是自带的。 The rulebook; the bundled one by default.")] = None,
    as_json: Json = False,
    lang: Lang = Language.zh,
) -> None:
    """检查规则库。 Check a rulebook: exit status 0 sound, 1 refused."""
    from api.commands.check import check as work
    raise typer.Exit(work(rulebook, as_json, lang))


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
On = Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], metavar="DATE", help="决定日期，写作 2026-11-22；不写就是今天（北京时间）。 "
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
    on: Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], metavar="DATE", help="哪一天，写作 2026-11-22；不写就是今天（北京时间）。 "
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
    on: Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], metavar="DATE", help="看到哪一天为止，写作 2026-11-22；不写就是今天（北京时间）。 "
                                                "As of which day; today in Beijing by default.")] = None,
    database: Annotated[str | None, typer.Option("--database", metavar="URL", help="数据库；不写取 MIANZHENG_DATABASE。 The database of the records.")] = None,
    as_json: Json = False,
    lang: Lang = Language.zh,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看，不提出。 Only say what would be raised.")] = False,
) -> None:
    """提出已经到期的事，重复运行不会重复提出。 Raise what has fallen due: exit status 0 done, 1 refused, 2 usage. Safe to run twice."""
    from api.commands.tick import tick as work
    raise typer.Exit(work(on.date() if on else None, database, as_json, lang, dry_run))


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
    since: Annotated[datetime | None, typer.Option("--since", formats=["%Y-%m-%d"], metavar="DATE", help="从哪一天（北京时间）起。 From which day on.")] = None,
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


@app.command()
def serve(
    host: Annotated[str | None, typer.Option("--host", help="监听地址；不写取 MIANZHENG_HOST 或者 127.0.0.1。 Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535, help="监听端口；不写取 MIANZHENG_PORT 或者 8000。 Port to listen on.")] = None,
    rules: Rules = None,
) -> None:
    """启动 HTTP 服务。 Serve the HTTP API until stopped."""
    from api.commands.serve import serve as work
    raise typer.Exit(work(host, port, rules))


def main() -> None:
    """Run the command line. A terminal that cannot show Chinese gets escapes instead of a failure."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    app()
