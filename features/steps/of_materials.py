"""那么 about one material: route, rule, reason, offers, what remains to be done. Claims read the answer as a caller gets it."""

from __future__ import annotations

from typing import Any

from engine.phrases import Phrase, read
from engine.problems import Problem
from engine.vocabulary import CONCLUDED, ELECTIONS
from features.steps import answer
from features.steps.answer import Entry, route_name, unmet
from features.steps.story import Story
from features.steps.words import DAY, Forms, Mistake, credential, day, material, named, names, route, rule, wrong

OF_MATERIALS = Forms()


def reason_code(story: Story, word: str) -> str:
    return named("理由", "reason", {one.name: one.code for one in story.rulebook.vocabulary.reasons.values()}, word)


def action_code(story: Story, word: str) -> str:
    return named("后续", "action", {one.name: one.code for one in story.rulebook.vocabulary.actions.values()}, word)


def actor_code(story: Story, word: str) -> str:
    return named("主体", "actor", {one.name: one.code for one in story.rulebook.vocabulary.actors.values()}, word)


# —— 一份材料 ——

@OF_MATERIALS.form("材料 无房证明 走 数据共享，依据 优化营商环境条例-44-2-网络核验，理由 数据共享可得",
                   r"材料 (?P<word>\S+) 走 (?P<way>[^\s，]+)(?:，依据 (?P<id>[^\s，]+))?(?:，理由 (?P<reason>\S+))?")
def _takes(story: Story, step: str, word: str, way: str, id: str | None, reason: str | None) -> None:
    one = answer.entry(story, word, step)
    code, mode = route(story.rulebook, way)
    if one["route"] != code or (mode and one["mode"] != mode) or one["status"] in ("undetermined", "awaiting_authority"):
        raise unmet(story, one, f"“{word}”没有走“{way}”。")
    if id and one["rule"] != rule(story.whole_rulebook, id):
        raise unmet(story, one, f"“{word}”依据的规则不是 {id}。")
    if reason and one["reason"] != reason_code(story, reason):
        raise unmet(story, one, f"“{word}”的理由不是“{reason}”。")


@OF_MATERIALS.form("材料 无房证明 依据规则 抚顺-五取消-3", r"材料 (?P<word>\S+) 依据规则 (?P<id>\S+)")
def _by_rule(story: Story, step: str, word: str, id: str) -> None:
    one = answer.entry(story, word, step)
    if one["rule"] != rule(story.whole_rulebook, id):
        raise unmet(story, one, f"“{word}”依据的规则不是 {id}。")


@OF_MATERIALS.form("材料 无房证明 的 理由 是 数据共享可得", r"材料 (?P<word>\S+) 的 理由 是 (?P<reason>\S+)")
def _for_reason(story: Story, step: str, word: str, reason: str) -> None:
    one = answer.entry(story, word, step)
    if one["reason"] != reason_code(story, reason):
        raise unmet(story, one, f"“{word}”的理由不是“{reason}”。")


@OF_MATERIALS.form("材料 无房证明 同样成立的规则 有 证明事项清理-核查", r"材料 (?P<word>\S+) 同样成立的规则 (?P<no>有|没有) (?P<ids>\S+)")
def _grounds(story: Story, step: str, word: str, no: str, ids: str) -> None:
    one = answer.entry(story, word, step)
    for id in names(ids):
        if (rule(story.whole_rulebook, id) in one["grounds"]) != (no == "有"):
            raise unmet(story, one, f"“{word}”成立的规则里{'没有' if no == '有' else '有'} {id}。")


@OF_MATERIALS.form("材料 安全评价报告 没有走 告知承诺，因为 规则 告知承诺制-不适用-安全环保",
                   r"材料 (?P<word>\S+) 没有走 (?P<way>[^\s，]+)，因为 规则 (?P<ids>\S+)")
def _closed_by_rule(story: Story, step: str, word: str, way: str, ids: str) -> None:
    one, row = _considered(story, word, step, way)
    for id in names(ids):
        if rule(story.whole_rulebook, id) not in [why["rule"] for why in row["because"]]:
            raise unmet(story, one, f"“{word}”没有走“{way}”，但不是因为规则 {id}。")


@OF_MATERIALS.form("材料 无房证明 没有走 告知承诺，因为 申请人没有选",
                   r"材料 (?P<word>\S+) 没有走 (?P<way>[^\s，]+)，因为 申请人(?P<how>没有选|不选)")
def _not_chosen(story: Story, step: str, word: str, way: str, how: str) -> None:
    one, row = _considered(story, word, step, way)
    if row["state"] != {"没有选": "offered", "不选": "declined"}[how]:
        raise unmet(story, one, f"“{word}”没有走“{way}”，但不是因为申请人{how}。")


@OF_MATERIALS.form("材料 无房证明 没有走 数据共享，因为 数据源状态 是 已接通", r"材料 (?P<word>\S+) 没有走 (?P<way>[^\s，]+)，因为 (?P<phrase>.+)")
def _closed_by_phrase(story: Story, step: str, word: str, way: str, phrase: str) -> None:
    one, row = _considered(story, word, step, way)
    wanted = read(phrase, story.rulebook.vocabulary)
    if isinstance(wanted, Problem):
        raise Mistake(wanted)
    if not any(wanted.code in why["phrases"] for why in row["because"]):
        raise unmet(story, one, f"“{word}”没有走“{way}”，但不是因为“{phrase}”这一句。")


def _considered(story: Story, word: str, step: str, way: str) -> tuple[Entry, dict[str, Any]]:
    one = answer.entry(story, word, step)
    code, _ = route(story.rulebook, way)
    for row in one["considered"]:
        if row["route"] == code:
            return one, row
    raise unmet(story, one, f"“{word}”走的是 {route_name(story.rulebook, one['route'])}，不比“{way}”重。")


@OF_MATERIALS.form("材料 任职文件 提供 容缺后补/容缺受理，依据 国发5号-容缺-1，期限 2026-11-23，逾期后果 视为撤回",
                   r"材料 (?P<word>\S+) (?P<how>提供|有条件地提供) (?P<way>[^\s，]+)(?:，依据 (?P<id>[^\s，]+))?"
           rf"(?:，期限 (?P<due>{DAY}))?(?:，逾期后果 (?P<consequence>\S+))?")
def _offered(story: Story, step: str, word: str, how: str, way: str, id: str | None, due: str | None, consequence: str | None) -> None:
    one = answer.entry(story, word, step)
    code, mode = route(story.rulebook, way)
    rows = [row for row in one["offers"] if row["route"] == code and mode in ("", row["mode"])]
    if not rows:
        raise unmet(story, one, f"“{word}”没有提供“{way}”。")
    row = rows[0]
    if row["conditional"] != (how != "提供"):
        raise unmet(story, one, f"“{word}”{'有条件地' if row['conditional'] else '无条件地'}提供“{way}”。")
    if id and row["rule"] != rule(story.whole_rulebook, id):
        raise unmet(story, one, f"提供“{way}”依据的规则是 {row['rule']}，不是 {id}。")
    if due and row.get("due") != day(due).isoformat():
        raise unmet(story, one, f"“{way}”的期限是 {row.get('due')}，不是 {due}。")
    if consequence:
        values = {one.name: one.code for one in story.rulebook.vocabulary.terms["逾期后果"].values}
        if row["consequence"] != named("逾期后果", "consequence", values, consequence):
            raise unmet(story, one, f"“{way}”的逾期后果是 {row['consequence']}，不是“{consequence}”。")


@OF_MATERIALS.form("材料 无房证明 不提供 告知承诺", r"材料 (?P<word>\S+) 不提供 (?P<way>\S+)")
def _not_offered(story: Story, step: str, word: str, way: str) -> None:
    one = answer.entry(story, word, step)
    code, mode = route(story.rulebook, way)
    if any(row["route"] == code and mode in ("", row["mode"]) for row in one["offers"]):
        raise unmet(story, one, f"“{word}”提供“{way}”。")


@OF_MATERIALS.form("材料 无房证明 也可以走 提交", r"材料 (?P<word>\S+) 也可以走 (?P<way>\S+)")
def _also(story: Story, step: str, word: str, way: str) -> None:
    one = answer.entry(story, word, step)
    if route(story.rulebook, way)[0] not in one["also_open"]:
        raise unmet(story, one, f"“{word}”不能走“{way}”；还开着的有 {one['also_open']}。")


@OF_MATERIALS.form("材料 任职文件 的 补交材料 期限 是 2026-10-10", rf"材料 (?P<word>\S+) 的 (?P<action>\S+) 期限 是 (?P<due>{DAY})")
def _due(story: Story, step: str, word: str, action: str, due: str) -> None:
    one = answer.entry(story, word, step)
    code = action_code(story, action)
    found = [row.get("due") for row in one["residuals"] if row["action"] == code]
    if day(due).isoformat() not in found:
        raise unmet(story, one, f"“{word}”的“{action}”期限是 {found or '没有'}，不是 {due}。")


@OF_MATERIALS.form("材料 无房证明 的 核查承诺 期限 待定，缺 2027 年的日历",
                   r"材料 (?P<word>\S+) 的 (?P<action>\S+) 期限 待定，缺 (?P<year>\d{4}) 年的日历")
def _due_missing(story: Story, step: str, word: str, action: str, year: str) -> None:
    one = answer.entry(story, word, step)
    code = action_code(story, action)
    rows = [row for row in one["residuals"] if row["action"] == code]
    if not any(row.get("due", "") is None and row.get("due_missing") == f"calendar-{year}" for row in rows):
        raise unmet(story, one, f"“{word}”的“{action}”期限不是因为缺 {year} 年的日历而待定：{rows}。")


@OF_MATERIALS.form("材料 结婚证 的 后续 有 受理部门 查询数据", r"材料 (?P<word>\S+) 的 后续 (?P<no>有|没有) (?P<actor>\S+) (?P<action>\S+)")
def _residual(story: Story, step: str, word: str, no: str, actor: str, action: str) -> None:
    one = answer.entry(story, word, step)
    pair = (actor_code(story, actor), action_code(story, action))
    if (pair in [(row["actor"], row["action"]) for row in one["residuals"]]) != (no == "有"):
        raise unmet(story, one, f"“{word}”的后续里{'没有' if no == '有' else '有'}“{actor} {action}”。")


@OF_MATERIALS.form("材料 身份证明 可以出示 居民身份证、护照", r"材料 (?P<word>\S+) 可以出示 (?P<words>\S+)")
def _showable(story: Story, step: str, word: str, words: str) -> None:
    one = answer.entry(story, word, step)
    shown = {code for row in one["residuals"] for code in row.get("credentials", ())}
    wanted = {credential(story.rulebook, name) for name in names(words)}
    if shown != wanted:
        raise unmet(story, one, f"“{word}”可以出示的是 {sorted(shown)}，不是 {sorted(wanted)}。")


@OF_MATERIALS.form("材料 监护关系材料 选用 未成年人户口簿", r"材料 (?P<word>\S+) 选用 (?P<words>\S+)")
def _alternative(story: Story, step: str, word: str, words: str) -> None:
    one = answer.entry(story, word, step)
    wanted = [material(story.rulebook, name) for name in names(words)]
    chosen = [[row["material"] for row in alternative["materials"]] for alternative in one.get("alternatives", ()) if alternative["chosen"]]
    if chosen != [wanted]:
        raise unmet(story, one, f"“{word}”选用的是 {chosen or '还没有定'}。")


@OF_MATERIALS.form("材料 任职文件 引用 容缺受理清单 第一批", r"材料 (?P<word>\S+) 引用 (?P<text>.+)")
def _cites(story: Story, step: str, word: str, text: str) -> None:
    one = answer.entry(story, word, step)
    cited = [f"{row['list']} {row['batch']}" if "list" in row else row["instrument"]
             for row in (*one["citations"], *(found for offer in one["offers"] for found in offer["citations"]))]
    if text not in cited:
        raise unmet(story, one, f"“{word}”没有引用“{text}”；引用了 {'、'.join(dict.fromkeys(cited))}。")


@OF_MATERIALS.form("材料 户口簿 按 现在 的规定", r"材料 (?P<word>\S+) 按 (?P<when>受理时|现在) 的规定")
def _law(story: Story, step: str, word: str, when: str) -> None:
    one = answer.entry(story, word, step)
    if one.get("law", {}).get("taken") != {"受理时": "accepted", "现在": "current"}[when]:
        raise unmet(story, one, f"“{word}”不是按{when}的规定：{one.get('law', '两次规定没有差别')}。")


@OF_MATERIALS.form("材料 结婚证 如果 已婚 成立 就走 数据共享", r"材料 (?P<word>\S+) 如果 (?P<phrase>.+) 就走 (?P<way>\S+)")
def _branch(story: Story, step: str, word: str, phrase: str, way: str) -> None:
    one = answer.entry(story, word, step)
    wanted = read(phrase, story.rulebook.vocabulary)
    if isinstance(wanted, Problem):
        raise Mistake(wanted)
    code, _ = route(story.rulebook, way)
    if not any(wanted.code in row["when"] and row["route"] == code for row in one["branches"]):
        raise unmet(story, one, f"“{word}”没有“如果 {phrase} 就走 {way}”这一支。")


@OF_MATERIALS.form("材料 无房证明 的 路径 是 数据共享", r"材料 (?P<word>\S+) 的 (?P<phrase>.+)")
def _material_phrase(story: Story, step: str, word: str, phrase: str) -> None:
    holds(story, conclusion(story, phrase), answer.entry(story, word, step))


def conclusion(story: Story, text: str) -> Phrase:
    found = read(text, story.rulebook.vocabulary)
    if isinstance(found, Problem):
        raise Mistake(found)
    chosen = ELECTIONS.values()
    if found.fact.supplier != CONCLUDED or found.fact.code in chosen:
        why = "是申请人的选择，写成“假如 材料 … 选择 …”" if found.fact.code in chosen else "不是结论"
        raise wrong(f"“{found.fact.name}”{why}，不能用在“那么”里。", f"“{found.fact.code}” is no conclusion.",
                    (fact.name for fact in story.rulebook.vocabulary.facts if fact.supplier == CONCLUDED and fact.code not in chosen))
    return found


def holds(story: Story, phrase: Phrase, one: Entry) -> None:
    """A phrase over one entry. What has no value yet is of no named value: 路径 不是 提交 holds where there is no route."""
    value = one[phrase.fact.code] or ("none" if phrase.fact.code == "finding" else None)
    if (value is not None and bool(phrase.test(value))) == phrase.comparison.denies:
        said = phrase.fact.label(value) if value else "还没有"
        raise unmet(story, one, f"“{one['name']}”的 {phrase.text()} 不成立：{phrase.fact.name}是“{said}”。")
