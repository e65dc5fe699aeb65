"""`mianzheng decide`: one application from a file (for a bundle see `decide_bundle`), decided and explained on the terminal or as JSON. Stores nothing."""

from __future__ import annotations

import sys
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.commands.decide_bundle import decide_bundle, names_bundle
from api.commands.printing import Language, out, print_json, print_problems, problem_json
from api.http.bodies import parse
from api.http.problems import HttpProblem
from api.http.shapes import body_mistakes
from api.rule_files import bundled, open_rulebook
from engine.application import Application
from engine.decide import Decider
from engine.explain import printed
from engine.notice import notice
from engine.problems import Problem, Refused
from engine.reading import read_rulebook
from engine.wording import elsewhere
from engine.wording.words import Words

DECIDED, REFUSED, USAGE, UNDETERMINED = 0, 1, 2, 3
_COLOURS = {"accept": "green", "accept_on_commitment": "green", "accept_with_deferral": "green", "supplement": "yellow", "undetermined": "yellow",
            "blocked": "red"}


def decide(file: str, rules: Path | None, on: date | None, language: Language, level: str, as_json: bool, as_notice: bool) -> int:
    """The exit status: 0 decided, 1 the input is refused, 2 the file cannot be used, 3 undetermined."""
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError:
        return _unusable(file, language)
    try:
        rulebook = read_rulebook(open_rulebook(rules or bundled()))
        day = on or datetime.now(ZoneInfo("Asia/Shanghai")).date()
        document = _parsed(raw)
        if names_bundle(document):
            return UNDETERMINED if decide_bundle(document, rulebook, day, language, level, as_json, as_notice) == "undetermined" else DECIDED
        application = read_application(raw)
        body = Decider(rulebook).decide(application, day)
    except Refused as refused:
        if as_json:
            print_json({"refused": True, "problems": [problem_json(problem) for problem in refused.problems]})
        else:
            print_problems(refused.problems, language)
        return REFUSED
    people = {person.id: person.name for person in application.persons if person.name}
    if application.agent is not None and application.agent.name:
        people["agent"] = application.agent.name
    if as_notice:
        made = notice(printed(body, rulebook, language.value, "summary", people), rulebook, language.value, application.applicant.name or "", people)
        if as_json:
            print_json(asdict(made))
        else:
            print(made.text(), end="")
    elif as_json:
        print_json(printed(body, rulebook, language.value, level, people))
    else:
        answer = printed(body, rulebook, language.value, "summary" if level == "off" else level, people)
        print_answer(answer, Words(rulebook, answer, language.value, people), level)
    return UNDETERMINED if body["outcome"] == "undetermined" else DECIDED


def read_application(raw: bytes) -> Application:
    """An application from JSON text. Raises Refused with every mistake of syntax or shape."""
    document = _parsed(raw)
    try:
        return Application.model_validate_json(raw, strict=True)
    except ValidationError as error:
        raise Refused([mistake.problem for mistake in body_mistakes(error, document, Application)]) from None


def _parsed(raw: bytes) -> Any:
    try:
        return parse(raw)
    except HttpProblem as problem:
        found = [mistake.problem.at("", mistake.line) for mistake in problem.mistakes]
        raise Refused(found or [Problem(problem.kind.code, problem.zh, problem.en)]) from None


def _unusable(file: str, language: Language) -> int:
    path = Path(file)
    what = ("是目录，要给一个文件", "is a directory; give a file") if path.is_dir() else ("打不开，请看权限", "cannot be opened; check its permissions") \
        if path.exists() else ("不存在", "does not exist")
    print(f"“{file}”{what[0]}。" if language is Language.zh else f"“{file}” {what[1]}.", file=sys.stderr)
    return USAGE


def print_answer(answer: dict[str, Any], words: Words, level: str) -> None:
    """A printed decision on the terminal. `level`: off, summary or full; the answer is printed at summary at least."""
    console = out()
    console.print(Text(f"{words.item_name} · {words.division_name} · {answer['as_of']}", style="bold"))
    console.print(Text(answer["outcome_text"], style=f"bold {_COLOURS[answer['outcome']]}"))
    for block in answer["blocks"]:
        console.print(Text(f"  ✗ {block['text']}", style="red"))
    console.print()
    _table(console, answer, words)
    if level != "off":
        _section(console, words.say("说明", "Explanations"), [one["explanation"] for one in (*answer["materials"], *answer["establishes"])])
    if level == "full":
        _section(console, words.say("为什么不走更轻的路径", "Why no lighter route"),
                 [f"“{words.say(one['name'], one['name_en'])}”{words.say('：', ': ')}{closed['text']}" for one in answer["materials"] for closed in one["considered"]])
    _section(console, words.say("要问申请人的（先问最前面的）", "Questions to the applicant, the next best first"),
             [f"{one['text']} {one['why_text']}" for one in answer["questions"]])
    _section(console, words.say("由部门办理的", "What the authority does"), [one["text"] for one in answer["awaiting"]])
    _section(console, words.say("异地办理", "Handling elsewhere"), elsewhere.lines(answer["elsewhere"], words) if "elsewhere" in answer else [])
    _section(console, words.say("告知与期限", "Notice and terms"), [one["text"] for one in answer["notices"]])
    console.print(Text(f"\n{words.say('规则库', 'rulebook')} {answer['rulebook']}", style="dim"))


def _table(console: Console, answer: dict[str, Any], words: Words) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for zh, en in (("材料", "material"), ("路径", "route"), ("状态", "status"), ("满足", "met"), ("规则", "rule")):
        table.add_column(words.say(zh, en), overflow="fold")
    status, met = rulebook_fact(words, "status"), rulebook_fact(words, "satisfied")
    for one in (*answer["materials"], *answer["establishes"]):
        mode = words.mode(one["route"], one["mode"])
        route = words.route(one["route"]) + (f"/{mode}" if mode else "") if one["route"] else "–"
        style = "yellow" if one["satisfied"] != "yes" else ""
        table.add_row(Text(words.whose(words.say(one["name"], one["name_en"]), one.get("person")), style=style), Text(route),
                      status(one["status"]), met(one["satisfied"]), Text(one["rule"] or "–", style="dim"))
    console.print(table)


def rulebook_fact(words: Words, code: str) -> Any:
    """How the values of an outcome fact are called."""
    fact = words.fact(code)
    return (lambda value: fact.label(value, words.language)) if fact else str


def _section(console: Console, title: str, lines: list[str]) -> None:
    if lines:
        console.print(Text(f"\n{title}", style="bold"))
        for number, line in enumerate(lines, 1):
            console.print(Text(f"{number:>3}. {line}"))
