"""那么：判断的结果应当是怎样的。What a 那么 can claim of the application as a whole; `of_materials` has the claims about one material.

Anything no form takes is read as a phrase over the conclusions. Claims read the answer's body as a caller gets it.
"""

from __future__ import annotations

import re

from engine.phrases import read
from engine.problems import Problem
from features.steps import answer
from features.steps.elsewhere import ELSEWHERE
from features.steps.given import material_key
from features.steps.of_materials import OF_MATERIALS, action_code, conclusion, holds, reason_code
from features.steps.story import Story
from features.steps.words import DAY, Forms, Mistake, Unmet, day, material, named, names, rule, wrong

THEN = Forms()
_STEP = re.compile(r"在 (?P<step>\S+) 环节，(?P<text>.+)")
_APPLICANT_ROUTES = ("shown", "commitment", "deferral", "submit")


# —— 整件申请 ——

@THEN.form("申请被拒收，字段 applicant.id_number", r"申请被拒收，字段 (?P<field>[^\s，]+)(?:，问题 (?P<code>\S+))?")
def _refused(story: Story, step: str, field: str, code: str | None) -> None:
    if not any(one.field == field and code in (None, one.code) for one in story.refused):
        said = "、".join(f"{one.field}（{one.code}）" for one in story.refused) or "没有被拒收"
        raise Unmet(f"应当因字段 {field} 被拒收，实际：{said}。")


@THEN.form("申请被阻止，依据 不动产登记暂行条例-权属不符，理由 权属不一致", r"申请被阻止，依据 (?P<id>[^\s，]+)，理由 (?P<reason>\S+)")
def _blocked(story: Story, step: str, id: str, reason: str) -> None:
    blocks = answer.body(story, step)["blocks"]
    if (rule(story.whole_rulebook, id), reason_code(story, reason)) not in [(one["rule"], one["reason"]) for one in blocks]:
        raise Unmet(f"应当被 {id} 阻止，实际：{'、'.join(one['rule'] for one in blocks) or '没有被阻止'}。")


@THEN.form("申请没有被阻止", r"申请没有被阻止")
def _not_blocked(story: Story, step: str) -> None:
    blocks = answer.body(story, step)["blocks"]
    if blocks:
        raise Unmet(f"不应当被阻止，实际被 {'、'.join(one['rule'] for one in blocks)} 阻止。")


@THEN.form("申请人还要办的 只有 身份证明、公司章程", r"申请人还要办的 只有 (?P<words>\S+)")
def _left(story: Story, step: str, words: str) -> None:
    left = [one for one in answer.body(story, step)["materials"] if one["satisfied"] != "yes" and one["route"] in _APPLICANT_ROUTES]
    wanted = [answer.entry(story, word, step) for word in names(words)]
    extra = [one["name"] for one in left if not any(one is other for other in wanted)]
    missing = [one["name"] for one in wanted if not any(one is other for other in left)]
    if extra or missing:
        raise Unmet(f"申请人还要办的是 {'、'.join(one['name'] for one in left) or '没有'}；多了 {extra}，少了 {missing}。")


@THEN.form("申请人什么也不用再办", r"申请人什么也不用再办")
def _nothing_left(story: Story, step: str) -> None:
    left = [one["name"] for one in answer.body(story, step)["materials"] if one["satisfied"] != "yes" and one["route"] in _APPLICANT_ROUTES]
    if left:
        raise Unmet(f"申请人还要办：{'、'.join(left)}。")


@THEN.form("材料清单 不含 户口簿", r"材料清单 不含 (?P<word>\S+)")
def _not_listed(story: Story, step: str, word: str) -> None:
    code = material(story.rulebook, word)
    if any(one["material"] == code for one in answer.entries(answer.body(story, step))):
        raise Unmet(f"材料清单里有“{word}”。")


@THEN.form("每份材料 的 路径 不是 提交", r"每份材料 的 (?P<phrase>.+)")
def _every(story: Story, step: str, phrase: str) -> None:
    for one in answer.body(story, step)["materials"]:
        holds(story, conclusion(story, phrase), one)


@THEN.form("一次性告知 期限 是 2026-11-27，依据 行政许可法-32", rf"一次性告知 期限 是 (?P<due>{DAY})，依据 (?P<id>\S+)")
def _notice(story: Story, step: str, due: str, id: str) -> None:
    found = [(one["due"], one["rule"]) for one in answer.body(story, step)["notices"]]
    if (day(due).isoformat(), rule(story.whole_rulebook, id)) not in found:
        raise Unmet(f"一次性告知的期限和依据是 {found}。")


@THEN.form("一次性告知 期限 待定，缺 2027 年的日历", r"一次性告知 期限 待定，缺 (?P<year>\d{4}) 年的日历")
def _notice_missing(story: Story, step: str, year: str) -> None:
    found = answer.body(story, step)["notices"]
    if not any(one["due"] is None and one.get("due_missing") == f"calendar-{year}" for one in found):
        raise Unmet(f"一次性告知的期限不是因为缺 {year} 年的日历而待定：{found}。")


@THEN.form("没有一次性告知的期限", r"没有一次性告知的期限")
def _no_notice(story: Story, step: str) -> None:
    if answer.body(story, step)["notices"]:
        raise Unmet(f"一次性告知：{answer.body(story, step)['notices']}。")


@THEN.form("规定 送达期限 是 10 工作日，依据 行政许可法-44", r"规定 (?P<name>\S+) 是 (?P<value>[^，]+)，依据 (?P<id>\S+)")
def _term(story: Story, step: str, name: str, value: str, id: str) -> None:
    found = answer.term(story, named("规定", "term", {one.name: one.code for one in story.rulebook.vocabulary.terms.values()}, name))
    if found != (value, rule(story.whole_rulebook, id)):
        raise Unmet(f"规定“{name}”是 {found or '没有'}，不是 {(value, id)}。")


@THEN.form("没有规定 送达期限", r"没有规定 (?P<name>\S+)")
def _no_term(story: Story, step: str, name: str) -> None:
    found = answer.term(story, named("规定", "term", {one.name: one.code for one in story.rulebook.vocabulary.terms.values()}, name))
    if found is not None:
        raise Unmet(f"规定“{name}”是 {found}。")


@THEN.form("没有 社会保险登记 环节", r"没有 (?P<name>\S+) 环节")
def _no_step(story: Story, step: str, name: str) -> None:
    code = named("事项", "item", {one.name: one.code for one in story.rulebook.items.values()}, name)
    if any(one["item"] == code for one in answer.body(story).get("steps", ())):
        raise Unmet(f"有“{name}”这个环节。")


# —— 要问的、部门要做的 ——

@THEN.form("第一个要问的是 已婚", r"第一个要问的是 (?P<text>.+)")
def _first_question(story: Story, step: str, text: str) -> None:
    asked = _asked(story, step)
    if not asked or asked[0] != _question(story, text):
        raise Unmet(f"第一个要问的是 {asked[0] if asked else '没有'}，不是“{text}”。要问的：{asked}。")


@THEN.form("没有要问的", r"没有要问的")
def _no_question(story: Story, step: str) -> None:
    if _asked(story, step):
        raise Unmet(f"要问的：{_asked(story, step)}。")


@THEN.form("应当问 材料 学历证书 的 同意查询", r"(?P<no>应当问|不问) (?P<text>.+)")
def _question_there(story: Story, step: str, no: str, text: str) -> None:
    if (_question(story, text) in _asked(story, step)) != (no == "应当问"):
        raise Unmet(f"{'没有问' if no == '应当问' else '问了'}“{text}”。要问的：{_asked(story, step)}。")


def _asked(story: Story, step: str) -> list[tuple[str, str]]:
    """Questions as (fact, about whom or what)."""
    return [(one["fact"], one.get("material") or one.get("role") or one.get("person") or "") for one in answer.body(story, step)["questions"]]


def _question(story: Story, text: str) -> tuple[str, str]:
    if text.startswith("谁是 "):
        return "roles_complete", text.removeprefix("谁是 ")
    about, _, word = text.rpartition(" 的 ")
    fact = story.rulebook.vocabulary.fact(word)
    if isinstance(fact, Problem):
        raise Mistake(fact)
    if about.startswith("材料 "):
        return fact.code, material_key(story, about.removeprefix("材料 "))
    return fact.code, story.who(about) if about else ("applicant" if fact.subject == "相关人" else "")


@THEN.form("部门还要 查询 材料 结婚证", r"部门(?P<no>还要|不用) (?P<task>\S+) 材料 (?P<word>\S+)")
def _task(story: Story, step: str, no: str, task: str, word: str) -> None:
    key = material_key(story, word)
    rows = [one for one in answer.body(story, step)["awaiting"] if one.get("material") == key]
    if task in ("查询", "核验"):
        found = any(one.get("fact") == {"查询": "query_result", "核验": "check_result"}[task] for one in rows)
    else:
        code = action_code(story, task)
        found = any(one.get("task") == code for one in rows)
    if found != (no == "还要"):
        raise Unmet(f"部门{'不用' if no == '还要' else '还要'}{task}“{word}”；部门要做的：{answer.body(story, step)['awaiting']}。")


@THEN.form("部门还要查明 许可禁止期至", r"部门还要查明 (?P<word>\S+)")
def _record(story: Story, step: str, word: str) -> None:
    fact = story.rulebook.vocabulary.fact(word)
    if isinstance(fact, Problem):
        raise Mistake(fact)
    if not any(one.get("fact") == fact.code for one in answer.body(story, step)["awaiting"]):
        raise Unmet(f"部门不用查明“{word}”；部门要做的：{answer.body(story, step)['awaiting']}。")


@THEN.form("部门没有要做的", r"部门没有要做的")
def _no_task(story: Story, step: str) -> None:
    if answer.body(story, step)["awaiting"]:
        raise Unmet(f"部门要做的：{answer.body(story, step)['awaiting']}。")


def then(story: Story, text: str) -> None:
    """One 那么, of the whole application or of one step of a bundle."""
    step = ""
    inside = _STEP.fullmatch(text)
    if inside:
        step, text = inside["step"], inside["text"]
    found = THEN.find(text) or ELSEWHERE.find(text) or OF_MATERIALS.find(text)
    if found is not None:
        form, groups = found
        form.act(story, step, **groups)
        return
    phrase = read(text, story.rulebook.vocabulary)
    if isinstance(phrase, Problem):
        raise Mistake(phrase, hint=THEN.like(text) or ELSEWHERE.like(text) or OF_MATERIALS.like(text))
    phrase = conclusion(story, text)
    if phrase.fact.subject != "申请":
        raise wrong(f"“{phrase.fact.name}”说的是一份材料，要写明是哪一份：材料 … 的 {text}", f"“{phrase.fact.code}” is about a material: say which.")
    outcome = answer.body(story, step)["outcome"]
    if phrase.test(outcome) == phrase.comparison.denies:
        raise Unmet(answer.whole(story, step, f"申请结论是“{phrase.fact.label(outcome)}”，不满足“{text}”。"))
