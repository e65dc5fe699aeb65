"""The answer of a story: finding an entry in it, and telling in Chinese what it says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.application import Application
from engine.intake import take
from engine.law import Span
from engine.phrases import read
from engine.problems import Problem
from engine.rulebook import Rulebook
from engine.standing import term_value
from features.steps.story import Story
from features.steps.words import Unmet, split_person, wrong

Entry = dict[str, Any]


def body(story: Story, step: str = "") -> dict[str, Any]:
    """The body of the answer (of one step of a bundle), or why there is none."""
    if story.refused:
        raise Unmet("申请被拒收，没有作出判断：\n" + "\n".join(f"  字段 {one.field}：{one.zh}" for one in story.refused))
    if story.body is None:
        raise wrong("还没有判断；先写“当 判断这份申请”。", "Nothing was decided yet.")
    if not story.bundle:
        if step:
            raise wrong("这不是一件事，不能写环节。", "This is no bundle: it has no steps.")
        return story.body
    if not step:
        return story.body
    known = {item.name: item.code for item in story.rulebook.items.values()}
    for one in story.body["steps"]:
        if one["item"] == known.get(step, step):
            return one["decision"]
    raise Unmet(f"没有“{step}”这个环节；有：{'、'.join(one['item'] for one in story.body['steps'])}。")


def entries(found: dict[str, Any]) -> Iterator[Entry]:
    """Every entry, members of alternatives after their group."""
    for one in found.get("materials", ()):
        yield one
        for alternative in one.get("alternatives", ()):
            yield from alternative["materials"]


def entry(story: Story, word: str, step: str = "") -> Entry:
    """The entry of a material (or group) by name or code, `人的材料` for one person's copy."""
    found = body(story, step)
    if "materials" not in found:
        raise wrong("一件事要写明哪个环节：在 … 环节，…", "Say which step of the bundle.")
    own = list(entries(found))
    stated = {label for one in own for label in (one["name"], one["material"])}
    # What still establishes the fact of an abolished material is spoken of like any other.
    listed = [*own, *(one for one in found["establishes"] if stated.isdisjoint((one["name"], one["material"])))]
    labels = {label for one in listed for label in (one["name"], one["material"])}
    name, person = split_person(word, labels.__contains__)
    who = story.who(person) if person else ""
    rows = [one for one in listed if name in (one["name"], one["material"]) and (not who or one.get("person", "applicant") == who)]
    if not rows:
        allowed = list(dict.fromkeys(one["name"] for one in listed))
        raise wrong(f"这个事项的材料里没有“{word}”。", f"The item has no material “{word}”.", allowed, word)
    if len(rows) > 1 and not all(one is rows[0] for one in rows):
        people = [_person(story, one) for one in rows]
        raise wrong(f"“{word}”每人一份，要写明是谁的：{people[0]}的{word}。", f"“{word}” is asked for once per person.", people)
    return rows[0]


def _person(story: Story, one: Entry) -> str:
    who = one.get("person")
    return next((p["name"] for p in story.persons if p["id"] == who), "申请人" if who == "applicant" else who or "?")


def route_name(rulebook: Rulebook, code: str | None, mode: str | None = None) -> str:
    route = rulebook.routes.get(code or "")
    if route is None:
        return "（没有路径）"
    name = next((one.name for one in route.modes if one.code == mode), "")
    return f"{route.name}/{name}" if name else route.name


def phrase_text(story: Story, code: str) -> str:
    again = read(code, story.rulebook.vocabulary)
    return code if isinstance(again, Problem) else again.text()


def reason_name(story: Story, code: str | None) -> str:
    return next((one.name for one in story.rulebook.vocabulary.reasons.values() if one.code == code), "无")


def label(story: Story, fact: str, code: Any) -> str:
    return story.rulebook.vocabulary[fact].label(code)


def tell(story: Story, one: Entry) -> str:
    """What the answer says of one material, for a failing 那么."""
    book = story.rulebook
    lines = [f"  “{one['name']}”：{route_name(book, one['route'], one['mode'])}，状态 {label(story, 'status', one['status'])}，"
             f"满足 {label(story, 'satisfied', one['satisfied'])}，结果性质 {label(story, 'finding', one['finding'] or 'none')}",
             f"  依据 {one['rule'] or '无'}，理由 {reason_name(story, one['reason'])}；成立的规则：{'、'.join(one['grounds']) or '无'}"]
    for row in one["offers"]:
        lines.append(f"  {'有条件地' if row['conditional'] else ''}提供 {route_name(book, row['route'], row['mode'])}，依据 {row['rule']}")
    for row in one["considered"]:
        because = "；".join(f"{why['rule']}（{'、'.join(phrase_text(story, code) for code in why['phrases'])}）" for why in row["because"])
        state = {"closed": "不开", "declined": "申请人不选", "offered": "可选未选", "pending": "未定"}[row["state"]]
        lines.append(f"  {route_name(book, row['route'])}：{state}{'，' + because if because else ''}")
    for row in one["branches"]:
        lines.append(f"  如果 {'，'.join(phrase_text(story, code) for code in row['when'])} → {route_name(book, row['route'], row['mode'])}")
    for row in one["residuals"]:
        who, what = (next((one.name for one in known.values() if one.code == row[key]), row[key])
                     for key, known in (("actor", story.rulebook.vocabulary.actors), ("action", story.rulebook.vocabulary.actions)))
        lines.append(f"  后续：{who} {what}{' 期限 ' + (row['due'] or '待定') if 'due' in row else ''}")
    return "\n".join(lines)


def unmet(story: Story, one: Entry, sentence: str) -> Unmet:
    return Unmet(f"{sentence}\n{tell(story, one)}")


def whole(story: Story, step: str, sentence: str) -> str:
    """What the answer says of the whole application, for a failing 那么 about it."""
    found = body(story, step)
    if "materials" not in found:
        return sentence
    lines = [sentence]
    for one in found["materials"]:
        lines.append(f"  {one['name']}：{route_name(story.rulebook, one['route'], one['mode'])}，{label(story, 'status', one['status'])}，"
                     f"{label(story, 'satisfied', one['satisfied'])}")
    lines += [f"  阻止：{one['rule']}" for one in found["blocks"]]
    lines += [f"  要问：{one['fact']} {one.get('material') or one.get('person') or one.get('role') or ''}" for one in found["questions"]]
    return "\n".join(lines)


def term(story: Story, code: str) -> tuple[str, str] | None:
    """The value of a term for the story's item on the day of the application, with the rule it comes from."""
    case = take(story.rulebook, Application.model_validate(story.application()), story.as_of or story.accepted_on)
    plan = story.decider.plan(case, story.accepted_on)
    found = term_value(code, plan.place, plan.facts)
    if found is None:
        return None
    value, rule = found
    if isinstance(value, Span):
        return f"{value.count} {value.unit}", rule.id
    return next(one.name for one in rule.term.values if one.code == value), rule.id  # type: ignore[union-attr]
