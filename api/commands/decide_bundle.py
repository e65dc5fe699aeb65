"""`mianzheng decide` on a file that names a `bundle` (一件事) in place of an item: every step decided, the one list printed. Stores nothing."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

import orjson
from pydantic import ValidationError
from rich.table import Table
from rich.text import Text

from api.commands.printing import Language, out, print_json
from api.http.shapes import body_mistakes
from engine.application import BundleApplication
from engine.bundle_notice import bundle_notice, printed_bundle
from engine.bundles import decide_steps
from engine.decide import Decider
from engine.problems import Refused
from engine.rulebook import Rulebook
from engine.wording.words import Words

_COLOURS = {"accept": "green", "accept_on_commitment": "green", "accept_with_deferral": "green", "supplement": "yellow", "undetermined": "yellow",
            "blocked": "red"}


def names_bundle(document: Any) -> bool:
    """Whether a file is an application for a bundle. One that names an item too is, and is told that the item does not belong."""
    return isinstance(document, dict) and isinstance(document.get("bundle"), str)


def decide_bundle(document: dict[str, Any], rulebook: Rulebook, day: date, language: Language, level: str, as_json: bool, as_notice: bool) -> str:
    """Decide, print, and give the outcome. Raises Refused."""
    stated = {name: value for name, value in document.items() if name != "bundle"}
    try:
        application = BundleApplication.model_validate_json(orjson.dumps(stated), strict=True)
    except ValidationError as error:
        raise Refused([mistake.problem for mistake in body_mistakes(error, stated, BundleApplication)]) from None
    body = decide_steps(Decider(rulebook), document["bundle"], application, day).body
    people = {person.id: person.name for person in application.persons if person.name}
    if application.agent is not None and application.agent.name:
        people["agent"] = application.agent.name
    if as_notice:
        made = bundle_notice(body, rulebook, language.value, application.applicant.name or "", people)
        if as_json:
            print_json(asdict(made))
        else:
            print(made.text(), end="")
    elif as_json:
        print_json(printed_bundle(body, rulebook, language.value, level, people))
    else:
        _print(printed_bundle(body, rulebook, language.value, "summary" if level == "off" else level, people), rulebook, language, level, people)
    return str(body["outcome"])


def _print(answer: dict[str, Any], rulebook: Rulebook, language: Language, level: str, people: dict[str, str]) -> None:
    """The one list on the terminal: who keeps each material, who shares it, what becomes of it."""
    console, chinese = out(), language is Language.zh
    names = {one["item"]: one["name"] for one in answer["steps"]}
    words = Words(rulebook, answer["steps"][0]["decision"], language.value, people) if answer["steps"] else None
    bundle = rulebook.bundles[answer["bundle"]]
    where = f" · {words.division_name}" if words else ""
    console.print(Text(f"{bundle.name if chinese else bundle.english}{where} · {answer['as_of']}", style="bold"))
    console.print(Text(answer["outcome_text"], style=f"bold {_COLOURS[answer['outcome']]}"))
    console.print(Text(answer["head"]))
    console.print()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for zh, en in (("材料", "material"), ("路径", "route"), ("状态", "status"), ("满足", "met"), ("由哪个环节", "by which step"), ("用的环节", "needed by")):
        table.add_column(zh if chinese else en, overflow="fold")
    for row in answer["materials"]:
        if not row["needed_by"] and not row["perhaps_needed_by"]:
            continue
        assert words is not None
        mode = words.mode(row["route"], row["mode"])
        route = words.route(row["route"]) + (f"/{mode}" if mode else "") if row["route"] else "–"
        by = row["kept_by"] or row["produced_by"]
        style = "yellow" if row["asked"] and row["satisfied"] != "yes" else ""
        table.add_row(Text(words.whose(words.say(row["name"], row["name_en"]), row.get("person")), style=style), Text(route),
                      Text(_called(words, "status", row["status"])), Text(_called(words, "satisfied", row["satisfied"])),
                      Text(names[by] if by else "–", style="dim"),
                      Text(("、" if chinese else ", ").join(names[one] for one in (*row["needed_by"], *row["perhaps_needed_by"])), style="dim"))
    console.print(table)
    for zh, en, lines in (
            ("说明", "Explanations", [row["explanation"] for row in answer["materials"]] if level != "off" else []),
            ("要问申请人的（先问最前面的）", "Questions to the applicant, the next best first", [f"{one['text']} {one['why_text']}" for one in answer["questions"]]),
            ("由部门办理的", "What the authority does", [one["text"] for one in answer["awaiting"]])):
        if lines:
            console.print(Text(f"\n{zh if chinese else en}", style="bold"))
            for number, line in enumerate(lines, 1):
                console.print(Text(f"{number:>3}. {line}"))
    console.print(Text(f"\n{'规则库' if chinese else 'rulebook'} {answer['rulebook']}", style="dim"))


def _called(words: Words, fact: str, value: str) -> str:
    found = words.fact(fact)
    return found.label(value, words.language) if found else value
