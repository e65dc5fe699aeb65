"""The command line: which commands there are and what they take. Each command's work is a module of `api.commands`."""

from __future__ import annotations

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


def main() -> None:
    """Run the command line."""
    app()
