"""当、那么：发给供数部门的工单，申请人对数据的异议。What a 当 and a 那么 can say of tickets to data providers and of disputed data.

Registered beside the other forms; each act is one request to the real service. Nothing here decides.
"""

from __future__ import annotations

from engine.lifecycle.machines import TICKET
from features.steps.life_acts import ACTS, officer
from features.steps.life_seen import SEEN
from features.steps.life_service import Found, Life, copy_of, evidence
from features.steps.story import Story
from features.steps.words import Unmet, named

KINDS = {"查询中断": "outage", "结果不明": "unclear", "信息不符": "mismatch", "查无记录": "gap", "校核纠错": "correction"}
_FOUND = {"数据已更正": "corrected", "数据无误": "confirmed", "查询已恢复": "restored", "确无记录": "no_record"}
_WORD = r"(?P<word>[^\s，]+)"
_WHO = r"(?P<who>[^\s，]+)"


def tickets_of(story: Story, life: Life, word: str) -> list[Found]:
    """The tickets of the case about a material, the earliest first."""
    code, person = copy_of(story, word)
    return [one for one in life.case["tickets"] if (one["material"], one["person"]) == (code, person)]


def last_of(story: Story, life: Life, word: str) -> Found:
    found = tickets_of(story, life, word)
    if not found:
        raise Unmet(f"这个办件没有“{word}”的工单。")
    return found[-1]


# —— 当 ——

@ACTS.form("窗口 登记申请人对 结婚证 的数据有异议，理由 登记的不是我本人", rf"{_WHO} 登记申请人对 {_WORD} 的数据有异议，理由 (?P<reason>.+)")
def _dispute(story: Story, life: Life, who: str, word: str, reason: str) -> None:
    code, person = copy_of(story, word)
    life.act(f"cases/{life.case_id}/disputes", {"officer": officer(who), "material": code, "person": person, "reason": reason, "evidence": evidence(story)})


@ACTS.form("窗口 登记申请人撤回对 结婚证 的异议", rf"{_WHO} 登记申请人撤回对 {_WORD} 的异议")
def _take_back(story: Story, life: Life, who: str, word: str) -> None:
    code, person = copy_of(story, word)
    life.act(f"cases/{life.case_id}/disputes/withdraw", {"officer": officer(who), "material": code, "person": person, "evidence": evidence(story)})


@ACTS.form("供数部门 答复 结婚证 的工单，数据已更正", rf"{_WHO} 答复 {_WORD} 的工单，(?P<found>{'|'.join(_FOUND)})")
def _answer(story: Story, life: Life, who: str, word: str, found: str) -> None:
    life.act(f"tickets/{last_of(story, life, word)['id']}/answer", {"officer": officer(who), "found": _FOUND[found]})


@ACTS.form("窗口 了结 结婚证 的工单", rf"{_WHO} 了结 {_WORD} 的工单")
def _close(story: Story, life: Life, who: str, word: str) -> None:
    life.act(f"tickets/{last_of(story, life, word)['id']}/close", {"officer": officer(who)})


# —— 那么 ——

@SEEN.form("结婚证 的工单 是 待供数部门答复，发给 民政部门，因为 查询中断",
           rf"{_WORD} 的工单 是 (?P<state>[^\s，]+)(?:，发给 (?P<provider>[^\s，]+))?(?:，因为 (?P<kind>[^\s，]+))?")
def _ticket(story: Story, life: Life, word: str, state: str, provider: str | None, kind: str | None) -> None:
    row = last_of(story, life, word)
    wanted = named("状态", "state", {one.zh: one.code for one in TICKET.states}, state)
    reason = named("工单", "ticket", KINDS, kind) if kind else row["kind"]
    if (row["state"], row["provider"], row["kind"]) != (wanted, provider or row["provider"], reason):
        why = next(name for name, code in KINDS.items() if code == row["kind"])
        raise Unmet(f"“{word}”的工单是“{TICKET.state(row['state']).zh}”，发给{row['provider']}，因为{why}。")


@SEEN.form("没有 结婚证 的工单", rf"没有 {_WORD} 的工单")
def _no_ticket(story: Story, life: Life, word: str) -> None:
    if tickets_of(story, life, word):
        raise Unmet(f"“{word}”有工单：{[one['kind'] for one in tickets_of(story, life, word)]}")


@SEEN.form("发出过 1 张工单", r"发出过 (?P<count>\d+) 张工单")
def _count(story: Story, life: Life, count: str) -> None:
    listed = life.get("tickets")["tickets"]
    if len(listed) != int(count):
        raise Unmet(f"发出过 {len(listed)} 张工单：{[(one['source'], one['kind'], one['state']) for one in listed]}")


@SEEN.form("答复里说 不用您补材料", r"答复里说 (?P<words>.+)")
def _said(story: Story, life: Life, words: str) -> None:
    text = life.get(f"decisions/{life.case['decision_id']}").get("tickets_text", "")
    if words not in text:
        raise Unmet(f"答复里说的是：{text or '没有说到工单'}")


@SEEN.form("办件 应当重新判断", r"办件 (?P<how>应当重新判断|不用重新判断)")
def _again(story: Story, life: Life, how: str) -> None:
    if life.case["decide_again"] != (how == "应当重新判断"):
        raise Unmet(f"办件{'应当' if life.case['decide_again'] else '不用'}重新判断。")
