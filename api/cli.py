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
    rule: Annotated[str, typer.Argument(metavar="RULE_ID", help="规则编号，例如 优化营商环境条例-44-2-证照。 The id of a rule.")],
    rules: Rules = None,
    on: On = None,
    lang: Lang = Language.zh,
    as_json: Json = False,
) -> None:
    """用话讲清一条规则。 Explain one rule: exit status 0 printed, 1 no such rule."""
    from api.commands.explain import explain as work
    raise typer.Exit(work(rule, rules, on.date() if on else None, lang, as_json))


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
