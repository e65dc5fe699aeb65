"""一件事：清单怎样写，各环节办到哪里。What can be said of a bundle's one list, of its steps as they move, and of fixing the list.

The forms join those of `then`, `life_acts` and `life_seen`. Claims about materials speak of the last decision of the whole bundle. Nothing here decides.
"""

from __future__ import annotations

from typing import Any

from engine.lifecycle.machines import CASE
from features.steps import answer
from features.steps.life_acts import ACTS, officer
from features.steps.life_seen import SEEN
from features.steps.life_service import Found, Life
from features.steps.story import Story
from features.steps.then import THEN
from features.steps.words import Unmet, named, names, split_person, wrong

_STEP = r"(?P<step>[^\s，]+)"
_WORD = r"(?P<word>[^\s，]+)"


def _item(story: Story, word: str) -> str:
    return named("事项", "item", {one.name: one.code for one in story.rulebook.items.values()}, word)


def _called(story: Story, code: str | None) -> str:
    return next((one.name for one in story.rulebook.items.values() if one.code == code), "没有")


def row(story: Story, word: str) -> Found:
    """The row of the list about a material, `人的材料` for one person's copy."""
    found = answer.body(story)
    if "counts" not in found:
        raise wrong("这不是一件事，没有清单。", "This is no bundle: it has no list.")
    labels = {label for one in found["materials"] for label in (one["name"], one["material"])}
    name, person = split_person(word, labels.__contains__)
    ids = set(story.all_ids(story.who(person))) if person else set()
    rows = [one for one in found["materials"] if name in (one["name"], one["material"]) and (not ids or one.get("person", "applicant") in ids)]
    if len(rows) != 1:
        raise Unmet(f"清单上“{word}”有 {len(rows)} 行；清单上有：{'、'.join(one['name'] for one in found['materials'])}。")
    return rows[0]


# —— 清单 ——

@THEN.form("清单上 法定代表人身份证明 由 公章刻制备案 环节收，税务信息确认、社会保险登记 共用",
           rf"清单上 {_WORD} 由 (?P<by>\S+) 环节收(?:，(?P<others>\S+) 共用)?")
def _kept(story: Story, step: str, word: str, by: str, others: str | None) -> None:
    found = row(story, word)
    if not found["asked"] or found["kept_by"] != _item(story, by):
        raise Unmet(f"清单上“{word}”由 {_called(story, found['kept_by'])} 收，要申请人办：{'是' if found['asked'] else '否'}。")
    lacking = [one for one in names(others or "") if _item(story, one) not in found["needed_by"]]
    if lacking:
        raise Unmet(f"用“{word}”的环节只有 {'、'.join(_called(story, one) for one in found['needed_by'])}。")


@THEN.form("清单上 营业执照 由 公司设立登记 环节产出，满足 是 等待中", rf"清单上 {_WORD} 由 (?P<by>\S+) 环节产出(?:，(?P<how>状态|满足) 是 (?P<state>\S+))?")
def _issued(story: Story, step: str, word: str, by: str, how: str | None, state: str | None) -> None:
    found = row(story, word)
    if found["produced_by"] != _item(story, by) or found["asked"]:
        raise Unmet(f"清单上“{word}”由 {_called(story, found['produced_by'])} 产出，要申请人办：{'是' if found['asked'] else '否'}。")
    if how:
        fact = story.rulebook.vocabulary["status" if how == "状态" else "satisfied"]
        if found[fact.code] != fact.by_word[state or ""].code:
            raise Unmet(f"清单上“{word}”的{how}是“{fact.label(found[fact.code])}”。")


@THEN.form("清单上 法定代表人身份证明 和 登记人员身份证明 出示同一证件", r"清单上 (?P<word>\S+) 和 (?P<other>\S+) 出示同一证件")
def _one_showing(story: Story, step: str, word: str, other: str) -> None:
    rows = [row(story, one) for one in (word, other)]
    served = [(one["material"], one["shown_with"].partition("/")[0]) for one in rows if "shown_with" in one]
    if {frozenset(pair) for pair in served} != {frozenset(one["material"] for one in rows)}:
        raise Unmet(f"“{word}”和“{other}”要分开出示。")


@THEN.form("清单上没有问两次的", r"清单上没有问两次的")
def _asked_once(story: Story, step: str) -> None:
    found = answer.body(story)
    keys = [(one["fact"], one.get("role"), one.get("material"), one.get("person")) for one in found["questions"]]
    if not keys or len(keys) != len(set(keys)):
        raise Unmet(f"问的是：{keys}。")


# —— 环节 ——

@ACTS.form("看 税务信息确认 环节", rf"看 {_STEP} 环节")
def _turn(story: Story, life: Life, step: str) -> None:
    life.cases.append(_step(story, life, step)["case"])


@ACTS.form("单独再判断这个环节", r"单独再判断这个环节")
def _alone(story: Story, life: Life) -> None:
    life.act(f"cases/{life.case_id}/decisions", {})


@ACTS.form("窗口 以 市场监管部门 的名义定下清单", r"(?P<who>[^\s，]+) 以 (?P<unit>\S+) 的名义定下清单")
def _fix(story: Story, life: Life, who: str, unit: str) -> None:
    life.act(f"bundle-cases/{_bundle(life)}/list", {"officer": officer(who), "unit": unit})


def _bundle(life: Life) -> str:
    if not life.bundle:
        raise wrong("还没有一件事的办件；先写“假如 一件事 是 …”，再“当 2026-11-23 收件”。", "No bundle was opened yet.")
    return str(life.bundle["bundle_case"])


def _step(story: Story, life: Life, word: str) -> dict[str, Any]:
    code = _item(story, word)
    found = next(one for one in life.get(f"bundle-cases/{_bundle(life)}")["steps"] if one["item"] == code)
    if found["case"] is None:
        raise Unmet(f"“{word}”环节没有办件。")
    return dict(found)


@SEEN.form("社会保险登记 环节 是 已由申请人撤回", rf"{_STEP} 环节 是 (?P<state>\S+)")
def _state(story: Story, life: Life, step: str, state: str) -> None:
    actual = _step(story, life, step)["state"]
    if actual != named("状态", "state", {one.zh: one.code for one in CASE.states}, state):
        raise Unmet(f"“{step}”环节是“{CASE.state(actual).zh}”。")


@SEEN.form("一件事 还要再判断", r"一件事 (?P<how>还要再判断|不用再判断)")
def _again(story: Story, life: Life, how: str) -> None:
    if life.get(f"bundle-cases/{_bundle(life)}")["decide_again"] != (how == "还要再判断"):
        raise Unmet(f"一件事{'不用再判断' if how == '还要再判断' else '还要再判断'}。")


@SEEN.form("一件事的清单 定下了", r"一件事的清单 (?P<how>定下了|还没有定)")
def _fixed(story: Story, life: Life, how: str) -> None:
    found = life.get(f"bundle-cases/{_bundle(life)}/list")
    if (found["hash"] is not None) != (how == "定下了"):
        raise Unmet(f"清单{'还没有定' if how == '定下了' else '定下了'}。")


@SEEN.form("一件事的清单 有一行写着 公章刻制备案、共用", r"一件事的清单 有一行写着 (?P<text>.+)")
def _line(story: Story, life: Life, text: str) -> None:
    lines = [line for part in life.get(f"bundle-cases/{_bundle(life)}/list")["sections"] for line in part["lines"]]
    if not any(all(word in line for word in names(text)) for line in lines):
        raise Unmet("清单没有这样一行：\n" + "\n".join(f"  {line}" for line in lines))


__all__ = ["row"]
