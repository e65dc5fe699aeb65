"""`mianzheng explain`: one rule for a lawyer, in words: where it stands, what it says, when, and what it can reach. Or a recorded decision."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from rich.text import Text

from api.commands.printing import Language, out, print_json, print_problems
from api.rule_files import bundled, open_rulebook
from engine.conditions import NEVER, All, Condition, Not, simplify
from engine.conditions import Any as AnyOf
from engine.law import FOREVER, Rule, Span
from engine.phrases import Phrase
from engine.problems import Refused, unknown_word
from engine.reading import read_rulebook
from engine.rulebook import Rulebook
from engine.standing import Place, material_facts
from engine.truth import PENDING, Truth, negate, of

_DECISION: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def explain(rule_id: str, rules: Path | None, on: date | None, language: Language, as_json: bool, database: str | None = None) -> int:
    """The exit status: 0 printed, 1 no such rule or recorded decision, or a refused rulebook. Ids of decisions are UUIDs, those of rules never."""
    if _DECISION.fullmatch(rule_id):
        from api.commands.recorded import show
        return show(rule_id, database, language, "full", as_json)
    try:
        rulebook = read_rulebook(open_rulebook(rules or bundled()))
    except Refused as refused:
        print_problems(refused.problems, language)
        return 1
    versions = [rule for rule in rulebook.rules if rule.id == rule_id]
    if not versions:
        print_problems([unknown_word("unknown-rule", "规则", "rule", rule_id, (rule.id for rule in rulebook.rules))], language)
        return 1
    day = on or datetime.now(ZoneInfo("Asia/Shanghai")).date()
    made = [described(rule, rulebook, language.value, day) for rule in versions]
    if as_json:
        print_json(made)
    else:
        for one in made:
            _print(one, language)
    return 0


def described(rule: Rule, rulebook: Rulebook, language: str, day: date) -> dict[str, Any]:
    """Everything about one version of a rule, texts in the language."""
    chinese = language.startswith("zh")
    route = rulebook.routes.get(rule.route)
    mode = next((one for one in route.modes if one.code == rule.mode), None) if route else None
    value = rule.value
    reason = rule.reason
    return {
        "id": rule.id, "kind": rule.kind, "instrument": rule.instrument.title, "instrument_en": rule.instrument.english, "number": rule.instrument.number,
        "organ": rule.instrument.organ, "rank": rule.instrument.rank, "divisions": list(rule.instrument.divisions), "article": rule.article,
        "gist": rule.gist, "from": rule.start.isoformat(), "until": None if rule.end == FOREVER else (rule.end - timedelta(days=1)).isoformat(),
        "route": route.name if route and chinese else route.english if route else None, "mode": (mode.name if chinese else mode.english) if mode else None,
        "defines": (rule.defines.name if chinese else rule.defines.english) if rule.defines else None,
        "term": (rule.term.name if chinese else rule.term.english) if rule.term else None,
        "value": f"{value.count} {value.unit}" if isinstance(value, Span) else value, "remedy": rule.remedy or None,
        "reason": (reason.sentence if chinese else reason.english) if reason else None,
        "residuals": [f"{one.actor.name if chinese else one.actor.english}{'：' if chinese else ': '}{one.action.sentence if chinese else one.action.english}"
                      for one in rule.residuals],
        "condition": list(_tree(rule.condition, language)), "review": rule.doubts or None, "idle": rule.idle or None, "file": rule.file, "line": rule.line,
        "reaches": reached(rule, rulebook, day, chinese),
    }


def _tree(condition: Condition, language: str, depth: int = 0) -> list[str]:
    """The condition as indented lines."""
    pad = "  " * depth
    if isinstance(condition, Phrase):
        return [pad + condition.text(language)]
    if isinstance(condition, Not):
        return [pad + ("非：" if language.startswith("zh") else "not:"), *_tree(condition.part, language, depth + 1)]
    if not condition.parts:
        return [pad + ("（总是成立）" if language.startswith("zh") else "(always holds)")] if isinstance(condition, All) else []
    heads = ("全部：", "all of:") if isinstance(condition, All) else ("任一：", "any of:")
    assert isinstance(condition, (All, AnyOf))
    return [pad + heads[0 if language.startswith("zh") else 1], *(line for part in condition.parts for line in _tree(part, language, depth + 1))]


def reached(rule: Rule, rulebook: Rulebook, day: date, chinese: bool = True) -> list[dict[str, Any]]:
    """The materials for which the catalogue does not close the rule already, on the day, with the divisions where that is so.

    A rule of the nation may hang on what only a city has published or connected, so every division below its own is looked at.
    """
    if not rule.in_force(day):
        return []
    found: dict[tuple[str, str], list[str]] = {}
    for division in _divisions(rule, rulebook):
        place = Place(rulebook, rulebook.chain(division), day, day)
        for code in dict.fromkeys(code for code, _ in rulebook.items):
            item = rulebook.item(code, division)
            for requirement in item.requirements if item else ():
                for member in (requirement, *(one for members in requirement.alternatives for one in members)):
                    if item is not None and member.material is not None and _may_hold(rule, material_facts(member, item, place)):
                        names = (item.name, member.name) if chinese else (item.english, member.english)
                        where = found.setdefault(names, [])
                        if division not in where:
                            where.append(division)
    return [{"item": item, "material": material, "divisions": where} for (item, material), where in found.items()]


def _divisions(rule: Rule, rulebook: Rulebook) -> list[str]:
    """The rule's own divisions, and those below them of which the catalogue says something of its own."""
    told = {division for _, division in rulebook.items} | {one.division for one in rulebook.lists} | {
        connection.division for source in rulebook.sources.values() for connection in source.connections}
    own = [division for division in rule.instrument.divisions if division in rulebook.divisions]
    below = sorted(division for division in told if division in rulebook.divisions and not set(own).isdisjoint(rulebook.chain(division)))
    return list(dict.fromkeys((*own, *below)))


def _may_hold(rule: Rule, facts: Mapping[str, Any]) -> bool:
    def known(phrase: Phrase) -> Truth:
        if any(fact.code not in facts for fact in phrase.facts):
            return PENDING
        value = of(phrase.test(facts[phrase.fact.code], facts.get(getattr(phrase.right, "code", ""))))
        return negate(value) if phrase.comparison.denies else value

    return simplify(rule.condition, known) != NEVER


_KINDS: Final = {"认定": "definition", "准许": "grant", "排除": "bar", "阻止": "block", "规定": "term"}


def _print(one: dict[str, Any], language: Language) -> None:
    console, chinese = out(), language is Language.zh

    def say(zh: str, en: str) -> str:
        return zh if chinese else en

    console.print(Text(one["id"], style="bold"))
    chinese_title = f"《{one['instrument']}》（{one['number']}）{one['article']}"
    title = chinese_title if chinese else f"{one['instrument_en']}: {chinese_title}"
    rows = [
        (say("出处", "source"), title), (say("制定机关", "organ"), f"{one['organ']} · {one['rank']} · {'、'.join(one['divisions'])}"),
        (say("要点", "gist"), one["gist"]), (say("有效", "in force"), f"{one['from']} {say('至', 'to')} {one['until'] or say('今', 'today')}"),
        (say("类别", "kind"), " ".join(filter(None, (say(one["kind"], _KINDS[one["kind"]]), one["route"], one["mode"], one["defines"], one["term"], one["value"])))),
        (say("理由", "reason"), one["reason"]), (say("怎样解决", "remedy"), one["remedy"]), (say("后续", "what remains"), say("；", "; ").join(one["residuals"])),
        (say("待法务核对", "to be confirmed"), one["review"]), (say("暂无适用", "holds nowhere in the catalogue"), one["idle"]),
        (say("文件", "file"), f"{one['file']}:{one['line']}")]
    for name, value in rows:
        if value:
            console.print(Text(f"  {name}{say('：', ': ')}", style="dim") + Text(str(value)))
    console.print(Text(f"  {say('条件：', 'condition:')}", style="dim"))
    for line in one["condition"]:
        console.print(Text(f"    {line}"))
    if one["kind"] in ("准许", "排除"):
        console.print(Text(f"  {say('管到', 'reaches')} {len(one['reaches'])} {say('份材料：', 'materials:')}", style="dim"))
        by_item: dict[str, list[str]] = {}
        for row in one["reaches"]:
            by_item.setdefault(row["item"], []).append(row["material"])
        for item, materials in by_item.items():
            console.print(Text(f"    {item}{say('：', ': ')}{say('、', ', ').join(materials)}"))
    console.print()
