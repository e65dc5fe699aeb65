"""那么：异地办理说了什么。What a 那么 can claim of handling elsewhere, and of its leaving every material as it is."""

from __future__ import annotations

from typing import Any

from engine.application import Application
from engine.wording.elsewhere import SCOPES
from engine.wording.words import key_of
from features.steps import answer
from features.steps.story import Story
from features.steps.words import Forms, Unmet, elsewhere_word, names

ELSEWHERE = Forms()

_OFFERED = {"yes": ("已公布", "published"), "unpublished": ("没有公布", "not published"), "no": ("不在公布的方式或者期间内", "not in what is published")}
_ACTORS = {"applicant": ("申请人", "the applicant"), "accepting_hall": ("受理大厅", "the accepting hall"),
           "deciding_authority": ("决定机关", "the deciding authority")}
_ACTIONS = {
    "apply_online": ("网上申请", ""), "assist_only": ("只帮填报", ""), "check_identity": ("核对身份", ""), "look_at_credential": ("查看证件", ""),
    "take_letter": ("收承诺书", ""), "collect": ("收材料", ""), "check_original": ("核对原件", ""), "scan_and_send": ("扫描传送", ""),
    "pass_between_authorities": ("内部流转", ""), "decide": ("作决定", ""), "send_result": ("送达结果", "")}
_WAYS = {"online": ("网上", ""), "post": ("邮寄", ""), "own_hall": ("到决定地大厅", "")}
#: What an applicant may ever be asked to do; none of it is a journey.
_APPLICANT_ACTS = frozenset({"show_credential", "sign_letter", "hand_in", "promise_supplement", "supplement"})


def _section(story: Story, step: str) -> dict[str, Any]:
    found: dict[str, Any] | None = answer.body(story, step).get("elsewhere")
    if found is None:
        raise Unmet("没有异地办理：收件的就是决定地的大厅。")
    return found


@ELSEWHERE.form("异地办理 是 跨省通办，已公布", r"异地办理 是 (?P<scope>[^\s，]+)，(?P<offered>\S+)")
def _scope(story: Story, step: str, scope: str, offered: str) -> None:
    found = _section(story, step)
    wanted = elsewhere_word(SCOPES, scope, "范围", "scope"), elsewhere_word(_OFFERED, offered, "说法", "word")
    if (found["scope"], found["offered"]) != wanted:
        raise Unmet(f"异地办理是“{SCOPES[found['scope']][0]}，{_OFFERED[found['offered']][0]}”。")


@ELSEWHERE.form("没有异地办理", r"没有异地办理")
def _none(story: Story, step: str) -> None:
    if "elsewhere" in answer.body(story, step):
        raise Unmet(f"异地办理是“{SCOPES[_section(story, step)['scope']][0]}”。")


@ELSEWHERE.form("异地办理 由 受理大厅 查看证件 材料 身份证明", r"异地办理 (?P<no>由|不由) (?P<actor>\S+) (?P<action>\S+)(?: 材料 (?P<words>\S+))?")
def _task(story: Story, step: str, no: str, actor: str, action: str, words: str | None) -> None:
    wanted = elsewhere_word(_ACTORS, actor, "主体", "actor"), elsewhere_word(_ACTIONS, action, "做法", "act")
    keys = [key_of(answer.entry(story, word, step)) for word in names(words or "")]
    tasks = _section(story, step)["tasks"]
    met = any((one["actor"], one["action"]) == wanted and all(key in one.get("materials", ()) for key in keys) for one in tasks)
    if met != (no == "由"):
        said = "；".join(f"{_ACTORS[one['actor']][0]} {_ACTIONS[one['action']][0]} {'、'.join(one.get('materials', ()))}".strip() for one in tasks)
        raise Unmet(f"异地办理的分工：{said}。")


@ELSEWHERE.form("异地办理 也可以 网上、邮寄、到决定地大厅", r"异地办理 也可以 (?P<words>\S+)")
def _ways(story: Story, step: str, words: str) -> None:
    found = [one["way"] for one in _section(story, step)["other_ways"]]
    if found != [elsewhere_word(_WAYS, word, "办法", "way") for word in names(words)]:
        raise Unmet(f"异地办理的其他办法：{'、'.join(_WAYS[one][0] for one in found) or '没有'}。")


@ELSEWHERE.form("异地办理 引用 国务院办公厅关于加快推进政务服务“跨省通办”的指导意见", r"异地办理 引用 (?P<title>\S+)")
def _cites(story: Story, step: str, title: str) -> None:
    found = [one["instrument"] for one in _section(story, step)["citations"]]
    if title not in found:
        raise Unmet(f"异地办理引用的是：{'、'.join(found) or '没有'}。")


@ELSEWHERE.form("要的材料 和在决定地办理 一样", r"要的材料 和在决定地办理 一样")
def _same(story: Story, step: str) -> None:
    made = answer.body(story, step)
    at_home = Application.model_validate({**story.application(), "accepting_division": None, "elsewhere_mode": None})
    other = story.decider.decide(at_home, story.as_of or story.accepted_on, asked_elsewhere=frozenset(story.asked_elsewhere))
    differing = [one["name"] for one, two in zip(made["materials"], other["materials"], strict=True) if one != two]
    if differing or made["outcome"] != other["outcome"] or made["questions"] != other["questions"]:
        raise Unmet(f"和在决定地办理不一样：{'、'.join(differing) or '结论或者提问'}。")


@ELSEWHERE.form("没有一步 要申请人回去取材料", r"没有一步 要申请人回去取材料")
def _no_journey(story: Story, step: str) -> None:
    asked = [(one["name"], residual["action"]) for one in answer.entries(answer.body(story, step)) for residual in one["residuals"]
             if residual["actor"] == "applicant" and residual["action"] not in _APPLICANT_ACTS]
    ways = [one["way"] for one in _section(story, step)["other_ways"]]
    journeys = [one["action"] for one in _section(story, step)["tasks"] if one["actor"] == "applicant" and one["action"] != "apply_online"]
    if asked or journeys or ("own_hall" in ways and ways[-1] != "own_hall"):
        raise Unmet(f"申请人要做的不止出示、签承诺、提交、补交：{asked or journeys or ways}。")
