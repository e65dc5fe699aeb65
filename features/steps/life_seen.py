"""那么：办件到了哪一步，谁看见什么。What a 那么 can claim of the life after the answer, form by form.

Claims read what the service answers, as any caller gets it. The 那么 about materials and questions speak of the decision that stands:
`refresh` puts it into the story. Nothing here acts.
"""

from __future__ import annotations

import re
from typing import Any

from engine.lifecycle.machines import CASE, COMMITMENT, DEFERRAL, DEMAND
from engine.lifecycle.moves import Machine
from features.steps.life_acts import credit, demand_id, refusal_told
from features.steps.life_service import Found, Life, row_of, running
from features.steps.story import Story
from features.steps.words import DAY, Forms, Unmet, day, named, names, value, wrong

SEEN = Forms()

CARDS = {"预警": "warning", "黄牌": "yellow", "红牌": "red", "不亮牌": "none"}
VIOLATIONS = {"决定之外": "outside_decision", "重复索要": "repeat_demand", "告知后追加": "after_notice"}
_ALERTS = {**VIOLATIONS, "视为受理": "deemed_accepted", "容缺逾期": "overdue", "违背补交承诺": "promise_broken", "应当重新判断": "decide_again"}
_TERMS = {"一次性告知": "notice", "承诺办结": "promised", "法定办结": "legal", "核查承诺": "check", "补交": "supplement", "整改": "rectify", "补核": "follow_up"}
_EARLIER = re.compile(r"第 (?P<number>\d+) 次判断里，(?P<text>.+)")
_WORD = r"(?P<word>[^\s，]+)"
_DUE = rf"(?:，(?:到 (?P<due>{DAY})|(?P<none>没有到期日)))?"


def _word(known: dict[str, str], code: str) -> str:
    return next((word for word, one in known.items() if one == code), code)


def _state(machine: Machine, word: str) -> str:
    return named("状态", "state", {one.zh: one.code for one in machine.states}, word)


def _is(machine: Machine, actual: str, word: str, what: str) -> None:
    if actual != _state(machine, word):
        raise Unmet(f"{what}是“{machine.state(actual).zh}”，不是“{word}”。")


# —— 这一步、办件 ——

@SEEN.form("这一步 被拒绝，因为 提出争议以后还没有作出新的判断", r"这一步 被拒绝，因为 (?P<words>.+)")
def _refused(story: Story, life: Life, words: str) -> None:
    if life.refused is None:
        raise Unmet("这一步没有被拒绝。")
    life.owned_up = True
    if words not in life.why():
        raise Unmet(f"拒绝的理由是：{life.why()}")


@SEEN.form("办件 是 已一次性告知", r"(?P<which>办件|前一个办件) 是 (?P<state>\S+)")
def _case(story: Story, life: Life, which: str, state: str) -> None:
    if which == "办件":
        _is(CASE, life.case["state"], state, which)
        return
    if len(life.cases) < 2:
        raise wrong("只有一个办件。", "There is one case only.")
    _is(CASE, life.get(f"cases/{life.cases[-2]}")["state"], state, which)


@SEEN.form("已有 2 次判断", r"已有 (?P<count>\d+) 次判断")
def _decisions(story: Story, life: Life, count: str) -> None:
    made = life.case["decisions"]
    if len(made) != int(count):
        raise Unmet(f"有 {len(made)} 次判断。")
    if [one["supersedes"] for one in made] != [None, *(one["id"] for one in made[:-1])]:
        raise Unmet("历次判断没有一次接一次。")


@SEEN.form("历次判断 重算 结果相同", r"历次判断 重算 结果相同")
def _replayed(story: Story, life: Life) -> None:
    for one in life.case["decisions"]:
        answer = life.send("POST", f"decisions/{one['id']}/replay").json()
        if not answer.get("identical"):
            raise Unmet(f"重算不同：{answer.get('differences', answer)}")


@SEEN.form("办件的内容 已经读不到", r"办件的内容 (?P<how>已经读不到|还读得到)")
def _readable(story: Story, life: Life, how: str) -> None:
    kinds = {life.send("GET", f"decisions/{one['id']}").json().get("type", "") for one in life.case["decisions"]}
    if kinds != {"/problems/erased" if how == "已经读不到" else ""}:
        raise Unmet(f"办件的内容{'还读得到' if kinds == {''} else '读不到'}：{kinds}")


@SEEN.form("日志 核验得过", r"日志 核验得过")
def _sound(story: Story, life: Life) -> None:
    found = life.sound()
    if found.flaws:
        raise Unmet(f"日志核验不过：{found.flaws}")


@SEEN.form("在走的期限 有 一次性告知，到 2026-10-10", rf"在走的期限 (?P<no>有|没有) (?P<name>[^\s，]+){_DUE}")
def _clock(story: Story, life: Life, no: str, name: str, due: str | None, none: str | None) -> None:
    kind = named("期限", "term", _TERMS, name)
    running_ = [one for one in life.case["clocks"] if one["kind"] == kind and one["state"] == "running"]
    if bool(running_) != (no == "有"):
        listed = "、".join(sorted(f"{_word(_TERMS, one['kind'])} 到 {one['due'] or '没有到期日'}" for one in life.case["clocks"] if one["state"] == "running"))
        raise Unmet(f"{'没有' if no == '有' else ''}在走的“{name}”；在走的：{listed or '没有'}。")
    if (due or none) and [one["due"] for one in running_] != [day(due).isoformat() if due else None]:
        raise Unmet(f"“{name}”到 {'、'.join(one['due'] or '没有到期日' for one in running_)}。")


# —— 告知书 ——

@SEEN.form("告知书 有一行写着 结婚证、已婚", r"告知书 (?P<no>有|没有)一行写着 (?P<words>\S+)")
def _notice(story: Story, life: Life, no: str, words: str) -> None:
    lines = [line for part in life.get(f"cases/{life.case_id}/notice")["sections"] for line in part["lines"]]
    if any(all(word in line for word in names(words)) for line in lines) != (no == "有"):
        raise Unmet(f"告知书{'没有' if no == '有' else '有'}这样的一行：\n  " + "\n  ".join(lines))


# —— 要求、监察提示 ——

@SEEN.form("这项要求 被阻止，红牌，因为 决定之外", rf"这项要求 被阻止，(?P<card>{'|'.join(CARDS)})，因为 (?P<reasons>\S+)")
def _blocked(story: Story, life: Life, card: str, reasons: str) -> None:
    found = _demand(life)
    wanted = {named("违规", "violation", VIOLATIONS, one) for one in names(reasons)}
    actual = {one["code"] for one in found["violations"]}
    if found["state"] != "blocked" or found["card"] != CARDS[card] or actual != wanted:
        raise Unmet(_told_demand(found))


@SEEN.form("这项要求 违反 优化营商环境条例第四十四条第三款", r"这项要求 违反 (?P<basis>\S+)")
def _breaks(story: Story, life: Life, basis: str) -> None:
    found = _demand(life)
    if not any(basis in one["basis"] for one in found["violations"]):
        raise Unmet(f"违反的是 {'、'.join(one['basis'] for one in found['violations']) or '没有'}。")


@SEEN.form("这项要求 在决定之内", r"这项要求 在决定之内")
def _allowed(story: Story, life: Life) -> None:
    found = _demand(life)
    if found["violations"] or found["blocked"] or found["line"] is None:
        raise Unmet(_told_demand(found))


@SEEN.form("这项要求 是 已满足", r"这项要求 是 (?P<state>\S+)")
def _demand_state(story: Story, life: Life, state: str) -> None:
    _is(DEMAND, _demand(life)["state"], state, "这项要求")


@SEEN.form("登记过 2 项要求，都是 已满足", r"登记过 (?P<count>\d+) 项要求，都是 (?P<state>\S+)")
def _all_demands(story: Story, life: Life, count: str, state: str) -> None:
    states = [one["state"] for one in life.case["demands"]]
    if states != [_state(DEMAND, state)] * int(count):
        raise Unmet(f"登记过 {len(states)} 项要求：{'、'.join(DEMAND.state(one).zh for one in states)}。")


@SEEN.form("这项要求 对申请人说 不用您交", r"这项要求 对申请人说 (?P<words>.+)")
def _read_out(story: Story, life: Life, words: str) -> None:
    if words not in _demand(life)["for_applicant"]:
        raise Unmet(f"对申请人说：{_demand(life)['for_applicant']}")


def _demand(life: Life) -> Found:
    return life.get(f"demands/{demand_id(life)}")


def _told_demand(found: Found) -> str:
    why = "".join(one["zh"] for one in found["violations"])
    words = "、".join(_word(VIOLATIONS, one["code"]) for one in found["violations"]) or "没有违规"
    return f"这项要求是“{DEMAND.state(found['state']).zh}”，{_word(CARDS, found['card'])}，{words}。{why}"


@SEEN.form("监察提示 有 红牌，决定之外", rf"监察提示 (?P<no>有|没有) (?P<card>{'|'.join(CARDS)})(?:，(?P<about>\S+))?")
def _alert(story: Story, life: Life, no: str, card: str, about: str | None) -> None:
    code = named("提示", "alert", _ALERTS, about) if about else ""
    if any(one["card"] == CARDS[card] and (not code or one["code"] == code) for one in life.case["alerts"]) != (no == "有"):
        raise Unmet(_told_alerts(life))


@SEEN.form("监察提示 有一条写着 承诺办结时限已于2026年11月24日届满", r"监察提示 有一条写着 (?P<words>.+)")
def _alert_says(story: Story, life: Life, words: str) -> None:
    if not any(words in one["zh"] for one in life.case["alerts"]):
        raise Unmet(_told_alerts(life))


@SEEN.form("监察提示 共 2 条", r"监察提示 共 (?P<count>\d+) 条")
def _alert_count(story: Story, life: Life, count: str) -> None:
    if len(life.case["alerts"]) != int(count):
        raise Unmet(_told_alerts(life))


@SEEN.form("没有监察提示", r"没有监察提示")
def _no_alert(story: Story, life: Life) -> None:
    if life.case["alerts"]:
        raise Unmet(_told_alerts(life))


def _told_alerts(life: Life) -> str:
    lines = [f"  {_word(CARDS, one['card'])} {_word(_ALERTS, one['code'])}：{one['zh']}" for one in life.case["alerts"]]
    return "\n".join((f"监察提示共 {len(lines)} 条：", *lines))


# —— 承诺、容缺、信用 ——

@SEEN.form("无房证明 的承诺 是 已签署", rf"{_WORD} 的承诺 是 (?P<state>\S+)")
def _commitment(story: Story, life: Life, word: str, state: str) -> None:
    _is(COMMITMENT, row_of(story, "commitments", word)["state"], state, f"“{word}”的承诺")


@SEEN.form("无房证明 的承诺书 写着 测试甲", rf"{_WORD} 的承诺书 写着 (?P<words>.+)")
def _letter(story: Story, life: Life, word: str, words: str) -> None:
    text = life.get(f"commitments/{row_of(story, 'commitments', word)['id']}/letter")["letter"]["text"]
    if words not in text:
        raise Unmet(f"承诺书没有写“{words}”：\n{text}")


@SEEN.form("任职文件 的容缺 是 已承诺补交", rf"{_WORD} 的容缺 是 (?P<state>\S+)")
def _deferral(story: Story, life: Life, word: str, state: str) -> None:
    _is(DEFERRAL, row_of(story, "deferrals", word)["state"], state, f"“{word}”的容缺")


@SEEN.form("任职文件 的容缺 到 2026-09-30", rf"{_WORD} 的容缺 (?:到 (?P<due>{DAY})|没有到期日，缺 (?P<year>\d{{4}}) 年的日历)")
def _deferral_due(story: Story, life: Life, word: str, due: str | None, year: str | None) -> None:
    row = row_of(story, "deferrals", word)
    if row["due"] != (day(due).isoformat() if due else None) or (year and row["due_rule"].get("missing") != f"calendar-{year}"):
        raise Unmet(f"“{word}”的容缺到 {row['due']}，{row['due_rule']}。")


@SEEN.form("任职文件 的容缺 逾期后果 是 撤销受理", rf"{_WORD} 的容缺 (?:逾期后果 是 (?P<consequence>\S+)|(?P<none>没有公布逾期后果))")
def _consequence(story: Story, life: Life, word: str, consequence: str | None, none: str | None) -> None:
    known = {one.name: one.code for one in next(term for term in story.rulebook.vocabulary.terms.values() if term.code == "overdue_consequence").values}
    wanted = named("逾期后果", "consequence", known, consequence) if consequence else None
    actual = row_of(story, "deferrals", word)["consequence"]
    if actual != wanted:
        raise Unmet(f"“{word}”的逾期后果是 {_word(known, actual) if actual else '没有公布'}。")


@SEEN.form("申请人有 虚假承诺 记录，未修复", r"申请人(?P<no>有|没有) (?P<kind>\S+) 记录(?:，(?P<state>未修复|已修复))?")
def _record(story: Story, life: Life, no: str, kind: str, state: str | None) -> None:
    code = value(story.rulebook.vocabulary["applicant_credit"], kind).code
    rows = credit(story, life)
    found = any(one["kind"] == code and (state is None or (one["repaired_on"] is not None) == (state == "已修复")) for one in rows)
    if found != (no == "有"):
        raise Unmet(f"申请人的信用记录：{[(one['kind'], one['recorded_on'], one['repaired_on']) for one in rows] or '没有'}。")


@SEEN.form("申请人没有任何信用记录", r"申请人没有任何信用记录")
def _no_record(story: Story, life: Life) -> None:
    if credit(story, life):
        raise Unmet(f"申请人的信用记录：{credit(story, life)}。")


# —— 现行的、以前的判断 ——

def refresh(story: Story, life: Life) -> None:
    """Put the decision that stands into the story, in Chinese as a caller gets it; nothing where it was erased or there is no case."""
    story.body = life.bundle or life.consulted or None
    if life.cases and not story.body:
        answer = life.send("GET", f"decisions/{life.case['decision_id']}?explain=full")
        story.body = answer.json() if answer.status_code == 200 else None


def see(story: Story, text: str, otherwise: Any) -> None:
    """One 那么 of a story that has a life. `otherwise`: the 那么 about a decision, for what is none of the forms here."""
    earlier, found = _EARLIER.fullmatch(text), SEEN.find(text)
    life = story.life
    if life is None:
        if found is not None or earlier is not None:
            running(story)
        otherwise(story, text)
        return
    if not text.startswith("这一步 "):
        refusal_told(life)
    if found is not None:
        form, groups = found
        form.act(story, life, **groups)
    elif earlier is not None:
        made = life.case["decisions"]
        if not 1 <= int(earlier["number"]) <= len(made):
            raise Unmet(f"只有 {len(made)} 次判断。")
        story.body = life.get(f"decisions/{made[int(earlier['number']) - 1]['id']}?explain=full")
        otherwise(story, earlier["text"])
    else:
        refresh(story, life)
        otherwise(story, text)
