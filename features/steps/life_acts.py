"""当：答复以后，哪一天谁做了什么。What a 当 can say of the life after the answer, form by form.

Every act is dated and is one request to the real service; what the service refuses is kept for a 那么. Nothing here decides, and no form
knows an item, a material or a rule by name.
"""

from __future__ import annotations

import re
from datetime import date, time
from typing import Any

from engine.lifecycle.machines import CASE, DEFERRAL
from features.steps.given import given
from features.steps.life_service import Found, Life, copy_of, evidence, opened, row_of, running, stated
from features.steps.story import Story
from features.steps.words import DAY, Forms, Unmet, day, named, value, wrong

ACTS = Forms()

_DATED = re.compile(rf"(?:(?P<day>{DAY})|同日)(?: (?P<at>\d{{2}}:\d{{2}}))? (?P<text>.+)")

#: Who acts: number, role, and the stage at which a demand of theirs stands.
OFFICERS: dict[str, tuple[str, str, str]] = {
    "窗口": ("CK-0101", "综合窗口受理员", "window"),
    "另一窗口": ("CK-0102", "综合窗口受理员", "window"),
    "咨询台": ("ZX-0001", "咨询引导员", "consultation"),
    "审批科": ("SP-0201", "审批科审核员", "back_office"),
    "首席代表": ("SD-0017", "首席代表", "back_office"),
    "出件口": ("CJ-0301", "出件员", "delivery"),
    "监管科": ("JG-0401", "事中事后监管员", "back_office"),
    "信用科": ("XY-0501", "信用管理员", "back_office"),
    "档案科": ("DA-0601", "档案管理员", "back_office"),
    "供数部门": ("GS-0701", "数据管理员", "back_office"),
}
_APPLICANT = "申请人"
_CHANNELS = {"": "window", "网上传来的 ": "online", "邮寄来的 ": "post"}
_KINDS = {"提交": "hand_in", "出示": "show", "签署": "sign", "说明": "answer"}
_SIGNERS = {"本人": "self", "代理人": "agent", "法定监护人": "guardian", "代办人员": "helper"}
_RESULTS = {"属实": "confirmed", "不实": "refuted", "查不清": "inconclusive"}
_WHO = r"(?P<who>[^\s，]+)"
_WORD = r"(?P<word>[^\s，]+)"


def _moves(machine: Any, *without: str) -> dict[str, str]:
    """The moves a person makes, by the words of the table."""
    return {one.zh: one.name for one in machine.moves if one.name not in without}


_CASE = _moves(CASE, "receive", "freeze", "deem")
_OVERDUE = _moves(DEFERRAL, "promise", "supplement", "lapse", "correct", "extend")


def officer(who: str) -> Found:
    """An officer as the doors take one."""
    found = OFFICERS.get(who)
    if found is None:
        raise wrong(f"没有叫“{who}”的经办人。", f"There is no officer “{who}”.", OFFICERS, who)
    return {"id": found[0], "role": found[1]}


def by(who: str) -> Found:
    """The officer, where it is not the applicant."""
    return {} if who == _APPLICANT else {"officer": officer(who)}


# —— 收件、再判断 ——

@ACTS.form("收件", r"收件")
def _receive(story: Story, life: Life) -> None:
    if not story.item and not story.bundle:
        raise wrong("还没有写事项；先写“假如 事项 是 …”。", "No item is named yet.")
    if story.as_of is not None:
        raise wrong("办件的判断以当天为准，不写“决定日期”。", "A case is decided as of the day of the act: leave 决定日期 out.")
    story.accepted_on = life.today
    if story.bundle:
        life.bundle = life.act(f"bundles/{story.bundle}/decisions", {name: one for name, one in stated(story).items() if name != "item"}) or {}
        life.cases.extend(one["case"] for one in life.bundle.get("steps", ())[:1])
        return
    answer = life.act("decisions", stated(story))
    if answer is not None:
        life.cases.append(answer["case"])


@ACTS.form("到了", r"到了")
def _arrives(story: Story, life: Life) -> None:
    life.look()


@ACTS.form("补充说明 已婚 成立", r"补充说明 (?P<text>.+)")
def _states(story: Story, life: Life, text: str) -> None:
    before = stated(story)
    given(story, text)
    changed = {name: one for name, one in stated(story).items() if one != before.get(name)}
    if "evidence" in changed:
        raise wrong(f"“{text}”由部门掌握，不由申请人说明；写“部门查得 {text}”。", "The authority supplies this: write 部门查得.")
    if not changed:
        raise wrong(f"“{text}”早就说过了，没有变化。", "Nothing changes by this.")
    _again(story, life, changed)


@ACTS.form("部门查得 材料 结婚证 的 查询结果 是 查到有效", r"部门查得 (?P<text>.+)")
def _finds(story: Story, life: Life, text: str) -> None:
    before = stated(story)
    given(story, text)
    if [name for name, one in stated(story).items() if one != before.get(name)] != ["evidence"]:
        raise wrong(f"“{text}”不是部门查得的事实，或者没有变化；申请人的写“补充说明 {text}”。", "This is not for the authority to find, or nothing changes.")
    _again(story, life, {})


@ACTS.form("再判断一次，部门没有再查", r"再判断一次(?P<no>，部门没有再查)?")
def _once_more(story: Story, life: Life, no: str | None) -> None:
    if no:
        _decided(life, {})
    else:
        _again(story, life, {})


def _again(story: Story, life: Life, changed: Found) -> None:
    _decided(life, {**changed, "evidence": evidence(story)})


def _decided(life: Life, said: Found) -> None:
    """Decide again: of a bundle all its steps, else the case."""
    if life.bundle:
        life.bundle = life.act(f"bundle-cases/{life.bundle['bundle_case']}/decisions", said) or life.bundle
    else:
        life.act(f"cases/{life.case_id}/decisions", said)


# —— 办件 ——

@ACTS.form("窗口 作出一次性告知", rf"{_WHO} 作出一次性告知")
def _notice(story: Story, life: Life, who: str) -> None:
    life.act(f"cases/{life.case_id}/notice", by(who))


@ACTS.form("审批科 准予", rf"{_WHO} (?P<move>{'|'.join(_CASE)})")
def _moves_case(story: Story, life: Life, who: str, move: str) -> None:
    life.act(f"cases/{life.case_id}/moves", {"move": _CASE[move], **by(who)})


@ACTS.form("窗口 收到补交的 任职文件", rf"{_WHO} 收到(?P<how>网上|邮寄)?补交的 {_WORD}")
def _supplement(story: Story, life: Life, who: str, how: str | None, word: str) -> None:
    row = row_of(story, "deferrals", word)
    channel = {"网上": "online", "邮寄": "post"}.get(how or "", "window")
    life.act(f"deferrals/{row['id']}/supplement", {"officer": officer(who), "channel": channel, "trust": "B", "evidence": evidence(story)})


@ACTS.form("窗口 收到 住房租赁合同，可信等级 B，有效期至 2027-10-08",
           rf"{_WHO} 收到 ?(?P<how>网上传来的 |邮寄来的 )?{_WORD}，可信等级 (?P<trust>[ABCD])(?:，有效期至 (?P<until>{DAY}))?")
def _hand_in(story: Story, life: Life, who: str, how: str | None, word: str, trust: str, until: str | None) -> None:
    code, person = copy_of(story, word)
    life.act(f"cases/{life.case_id}/materials", {
        "officer": officer(who), "material": code, "person": person, "channel": _CHANNELS[how or ""], "trust": trust,
        **({"valid_to": day(until).isoformat()} if until else {})})


@ACTS.form("窗口 核对 住房租赁合同 的原件", rf"{_WHO} 核对 {_WORD} 的原件")
def _original(story: Story, life: Life, who: str, word: str) -> None:
    code, person = copy_of(story, word)
    life.act(f"cases/{life.case_id}/materials/{code}/check", {"officer": officer(who), "person": person})


# —— 承诺 ——

@ACTS.form("窗口 出具 无房证明 的承诺书", rf"{_WHO} 出具 {_WORD} 的承诺书(?:，将由 (?P<signer>\S+) 签署)?")
def _offer(story: Story, life: Life, who: str, word: str, signer: str | None) -> None:
    code, person = copy_of(story, word)
    life.act("commitments", {"case": life.case_id, "material": code, "person": person, **by(who), **({"signed_by": _signer(signer)} if signer else {})})


@ACTS.form("本人 签署 无房证明 的承诺书", rf"(?P<signer>{'|'.join(_SIGNERS)}) 签署 {_WORD} 的承诺书(?P<screen>，电子签名)?")
def _sign(story: Story, life: Life, signer: str, word: str, screen: str | None) -> None:
    _of_commitment(story, word, "sign", signed_by=_signer(signer), electronic=screen is not None, evidence=evidence(story))


def _signer(word: str) -> str:
    return named("签署人", "signer", _SIGNERS, word)


@ACTS.form("申请人 撤回 无房证明 的承诺", rf"{_WHO} (?P<how>撤回|不选择) {_WORD} 的承诺")
def _not_commit(story: Story, life: Life, who: str, how: str, word: str) -> None:
    _of_commitment(story, word, "withdraw" if how == "撤回" else "decline", **by(who), evidence=evidence(story))


@ACTS.form("监管科 核查 无房证明 的承诺，不实", rf"{_WHO} 核查 {_WORD} 的承诺，(?P<result>{'|'.join(_RESULTS)})")
def _check(story: Story, life: Life, who: str, word: str, result: str) -> None:
    _of_commitment(story, word, "check", officer=officer(who), result=_RESULTS[result], how="assistance")


@ACTS.form("监管科 责令整改 无房证明 的承诺，限 10 个工作日", rf"{_WHO} 责令整改 {_WORD} 的承诺，限 (?P<days>\d+) 个工作日")
def _order(story: Story, life: Life, who: str, word: str, days: str) -> None:
    _of_commitment(story, word, "order", officer=officer(who), working_days=int(days), note="按承诺的内容改正")


@ACTS.form("监管科 认定整改到位 无房证明 的承诺", rf"{_WHO} 认定整改到位 {_WORD} 的承诺")
def _rectified(story: Story, life: Life, who: str, word: str) -> None:
    _of_commitment(story, word, "rectify", officer=officer(who))


@ACTS.form("监管科 因 无房证明 的承诺不实撤销决定", rf"{_WHO} 因 {_WORD} 的承诺不实撤销决定")
def _revoked(story: Story, life: Life, who: str, word: str) -> None:
    _of_commitment(story, word, "revoke", officer=officer(who), note="承诺不实")


def _of_commitment(story: Story, word: str, step: str, **said: Any) -> None:
    running(story).act(f"commitments/{row_of(story, 'commitments', word)['id']}/{step}", said)


# —— 容缺 ——

@ACTS.form("申请人 承诺补交 任职文件", rf"{_WHO} 承诺补交 {_WORD}")
def _promise(story: Story, life: Life, who: str, word: str) -> None:
    code, person = copy_of(story, word)
    life.act("deferrals", {"case": life.case_id, "material": code, "person": person, **by(who), "evidence": evidence(story)})


@ACTS.form("审批科 因不可抗力延长 任职文件 的补交期限，受影响 2026-09-29 至 2026-09-30",
           rf"{_WHO} 因不可抗力延长 {_WORD} 的补交期限，受影响 (?P<first>{DAY}) 至 (?P<last>{DAY})")
def _extend(story: Story, life: Life, who: str, word: str, first: str, last: str) -> None:
    life.act(f"deferrals/{row_of(story, 'deferrals', word)['id']}/extend", {
        "officer": officer(who), "from": day(first).isoformat(), "to": day(last).isoformat(), "reason": "不可抗力"})


@ACTS.form("审批科 因 任职文件 逾期撤销受理", rf"{_WHO} 因 {_WORD} 逾期(?P<move>{'|'.join(_OVERDUE)})(?:，限到 (?P<until>{DAY}))?")
def _overdue(story: Story, life: Life, who: str, word: str, move: str, until: str | None) -> None:
    life.act(f"deferrals/{row_of(story, 'deferrals', word)['id']}/moves", {
        "officer": officer(who), "move": _OVERDUE[move], "note": "期满没有补交", **({"until": day(until).isoformat()} if until else {})})


# —— 要求 ——

@ACTS.form("审批科 要求提交 结婚证", rf"{_WHO} 要求(?P<kind>{'|'.join(_KINDS)}) (?P<word>\S+)")
def _demand(story: Story, life: Life, who: str, kind: str, word: str) -> None:
    _asked(life, "demands", {"case": life.case_id, "stage": OFFICERS.get(who, ("", "", "window"))[2], "officer": officer(who), **_asking(story, kind, word)})


@ACTS.form("窗口 另外要求 到社区盖章", rf"{_WHO} 另外要求 (?P<text>.+)")
def _demand_more(story: Story, life: Life, who: str, text: str) -> None:
    _asked(life, "demands", {"case": life.case_id, "stage": OFFICERS.get(who, ("", "", "window"))[2], "officer": officer(who), "kind": "other", "text": text})


@ACTS.form("申请人 反映被要求提交 结婚证", rf"申请人 反映被要求(?P<kind>{'|'.join(_KINDS)}) (?P<word>\S+)")
def _report(story: Story, life: Life, kind: str, word: str) -> None:
    _asked(life, "demands/report", {"decision": life.case["decision_id"], **_asking(story, kind, word)})


def _asking(story: Story, kind: str, word: str) -> Found:
    if _KINDS[kind] == "answer":
        return {"kind": "answer", "fact": word}
    code, person = copy_of(story, word)
    return {"kind": _KINDS[kind], "material": code, "person": person}


def _asked(life: Life, path: str, said: Found) -> None:
    life.demand = life.act(path, said) or {}


@ACTS.form("审批科 提出争议，数据 结婚证，理由 查到的登记与申请人出示的不一致", rf"{_WHO} 提出争议，数据 (?P<data>[^\s，]+)，理由 (?P<reason>.+)")
def _dispute(story: Story, life: Life, who: str, data: str, reason: str) -> None:
    _of_demand(life, "dispute", officer=officer(who), reason=reason, conflict=data)


@ACTS.form("首席代表 放行这项要求", rf"{_WHO} (?P<how>放行这项要求|驳回争议)")
def _resolve(story: Story, life: Life, who: str, how: str) -> None:
    _of_demand(life, "resolve", officer=officer(who), outcome="released" if how.startswith("放行") else "rejected", note="数据已经核对")


@ACTS.form("窗口 撤回这项要求", rf"{_WHO} (?P<how>撤回这项要求|登记这项要求已满足)")
def _end_demand(story: Story, life: Life, who: str, how: str) -> None:
    _of_demand(life, "withdraw" if how.startswith("撤回") else "meet", officer=officer(who))


def _of_demand(life: Life, step: str, **said: Any) -> None:
    life.act(f"demands/{demand_id(life)}/{step}", said)


def demand_id(life: Life) -> str:
    """The demand recorded last."""
    if not life.demand:
        raise wrong("还没有登记过要求；先写“当 … 审批科 要求提交 …”。", "No demand was recorded yet.")
    return str(life.demand["id"])


# —— 信用、档案 ——

def whose(story: Story) -> Found:
    """The applicant's number, as the doors to credit records take it."""
    return {name: story.applicant[name] for name in ("id_type", "id_number") if name in story.applicant}


@ACTS.form("信用科 登记 严重失信 记录", rf"{_WHO} 登记 (?P<kind>\S+) 记录(?:，(?P<on>{DAY}) 记载)?")
def _record(story: Story, life: Life, who: str, kind: str, on: str | None) -> None:
    life.act("credit-records", {
        **whose(story), "kind": value(story.rulebook.vocabulary["applicant_credit"], kind).code, "recorded_on": on or life.today.isoformat(),
        "source": "信用平台", "officer": officer(who)})


@ACTS.form("信用科 登记信用修复", rf"{_WHO} 登记信用修复(?:，(?P<on>{DAY}) 修复)?")
def _repair(story: Story, life: Life, who: str, on: str | None) -> None:
    rows = credit(story, life)
    if not rows:
        raise Unmet("申请人没有信用记录，没有可以修复的。")
    life.act(f"credit-records/{rows[0]['id']}/repair", {"repaired_on": on or life.today.isoformat(), "ground": "认定单位的修复决定", "officer": officer(who)})


def credit(story: Story, life: Life) -> list[Found]:
    """The applicant's credit records, the latest first."""
    response = life.send("POST", "credit-records/search", json=whose(story))
    if response.status_code != 200:
        raise Unmet(f"查不了信用记录：{response.json().get('detail')}")
    return list(response.json()["records"])


@ACTS.form("档案科 依法删除这个办件，依据 个人信息保护法第四十七条", rf"{_WHO} 依法删除这个办件，依据 (?P<ground>.+)")
def _erase(story: Story, life: Life, who: str, ground: str) -> None:
    life.act("erasures", {"case": life.case_id, "ground": ground, "officer": officer(who)})


# —— 哪一天 ——

def happen(story: Story, text: str) -> bool:
    """One dated 当. False: the text is none. A refusal of the step before that no 那么 has spoken of is told first."""
    dated = _DATED.fullmatch(text)
    found = ACTS.find(dated["text"] if dated else text)
    if dated is None:
        if found is not None:
            raise wrong(f"要写明哪一天：2026-11-23 {text}，或者 同日 {text}。", "Say on which day.")
        return False
    if found is None:
        raise wrong(f"日期后面没有“{dated['text']}”这种说法。", f"There is no act “{dated['text']}”.", [form.example for form in ACTS], dated["text"])
    if story.life is not None:
        refusal_told(story.life)
    try:
        at = time.fromisoformat(dated["at"]) if dated["at"] else None
    except ValueError:
        raise wrong(f"“{dated['at']}”不是时刻；写作 17:45。", f"“{dated['at']}” is no time of day; write it like 17:45.") from None
    life = opened(story, _day(story, dated["day"]), at)
    form, groups = found
    form.act(story, life, **groups)
    return True


def _day(story: Story, word: str | None) -> date:
    if word is not None:
        return day(word)
    return running(story).today


def refusal_told(life: Life) -> None:
    """Raises Unmet for a refused step that no 那么 has spoken of."""
    if life.refused is not None and not life.owned_up:
        raise Unmet(f"这一步被拒绝：{life.why()}")
