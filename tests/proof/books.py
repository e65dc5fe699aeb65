"""Rulebooks and applications the proofs are tried on: one catalogue with every odd thing in it, rules drawn at random, hand-made small books.

The odd catalogue has situations, needs that read ages, copies per person, a group of alternatives, a container, an abolished material
whose fact another establishes, sources and credentials of some kinds of number only, and divisions and days that differ. Nothing here
proves anything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from itertools import count
from typing import Any

from hypothesis import strategies as st

from engine.application import Application
from engine.conditions import All, Condition, Not
from engine.conditions import Any as AnyOf
from engine.law import BAR, GRANT, Instrument, Rule
from engine.phrases import Phrase, read
from engine.problems import Refused
from engine.proof.witness import Seen, Watcher
from engine.reading import read_rulebook
from engine.rulebook import Rulebook
from tests.bundled import signers
from tests.engine.small import EVERYWHERE, HAND_IN, NOT_NEEDED, asked, credential, instrument, item, material, row, rule, situation, source, texts
from tests.engine.small import published as batch

Json = dict[str, Any]
_versions = count()


def fact(name: str, code: str, subject: str, type: str, **more: Any) -> Json:
    """A declared fact as the vocabulary writes it."""
    return {"名称": name, "英文": code, "英文名": code, "描述": subject, "类型": type, "来源": "申报", "问题": f"{name}？", "英文问题": f"{code}?"} | more


def values(*pairs: tuple[str, str]) -> list[Json]:
    return [{"名称": name, "英文": code, "英文名": code} for name, code in pairs]


def book(*laws: Json, facts: Sequence[Json] = (), invariants: Sequence[Json] = (), pairs: Sequence[Json] = (), since: str = "", **catalogue: Any) -> Rulebook:
    """A rulebook of the test's own law, catalogue, extra facts, 不变量, 对照 and 完整自."""
    found = texts(*laws, **catalogue)
    more = "".join(f"\n  - {json.dumps(one, ensure_ascii=False)}" for one in facts)
    found["vocabulary.yaml"] = found["vocabulary.yaml"].replace("\n事实:", f"\n事实:{more}", 1)
    kept: Json = json.loads(found["invariants.yaml"])
    if invariants or pairs:
        kept = {"不变量": [*invariants]}
    if pairs:
        kept["对照"] = [*pairs]
    if since:
        kept["完整自"] = since
    found["invariants.yaml"] = json.dumps(kept, ensure_ascii=False)
    return read_rulebook(found)


def invariant(name: str, given: Sequence[Any], then: Sequence[Any]) -> Json:
    return {"编号": name, "要点": f"{name}。", "当": [*given], "那么": [*then]}


def pair(name: str, first: Sequence[Any], second: Sequence[Any], given: Sequence[Any] = (), **how: Any) -> Json:
    """A 对照, by default 甲不重于乙."""
    return {"编号": name, "要点": f"{name}。", "甲": [*first], "乙": [*second]} | ({"当": [*given]} if given else {}) | (how or {"甲不重于乙": "是"})


# -- the odd catalogue ------------------------------------------------------------------------------------------------------

FACTS = (
    fact("收入", "income", "申请人", "数值", 单位="元", 英文单位="yuan"),
    fact("支出", "spending", "申请人", "数值", 单位="元", 英文单位="yuan"),
    fact("入住日期", "moved_in", "申请人", "日期", 无值={"名称": "未入住", "英文": "not_yet", "视同": "9999-12-31"}),
    fact("迁出日期", "moved_out", "申请人", "日期"),
    fact("住处", "dwelling", "申请", "选项", 值=values(("自有", "own"), ("租住", "rented"), ("借住", "lent"))),
    fact("去处", "destination", "申请", "选项", 值=values(("自有", "own"), ("租住", "rented"), ("别处", "elsewhere"))),
    fact("补助", "aids", "申请人", "多选", 值=values(("低保", "living"), ("医保", "medical"))),
    fact("残疾", "disabled", "相关人", "是否"),
    fact("撤回", "withdrawn", "申请", "是否", 未提出视为="不成立"),
    fact("页数", "pages", "材料", "数值", 单位="页", 英文单位="pages", 最小=0, 最大=10),
)
SITUATIONS = ("租房", "迁入", "改名")
MATERIALS = ("a", "b", "c", "d", "e", "f", "g", "h")


def odd_catalogue() -> Json:
    """What the odd rulebook has besides law."""
    asks = item(
        asked("材料甲", 需要=["租房 成立"], 仍须查明=[{"材料": "材料庚", "依据": [{"文件": "示例条例", "条款": "第二条"}]}]),
        asked("材料乙", 角色="副件"),
        asked("材料丙", 需要=[{"任一": ["当事人年龄 小于 18", "迁入 成立"]}]),
        asked("材料丁", 需要=["租房 成立"], 每人一份="配偶"),
        {"名称": "任选组", "编码": "either", "英文名": "either", "任选": [["材料戊"], ["材料己"]], "角色": "主件", "需要": ["改名 成立"],
         "依据": [{"文件": "示例规章", "条款": "第三条"}]},
        asked("材料辛", 角色="副件", 需要=["代理情况 是 委托代理人"], 每人一份="代理人"),
        情形=[situation(code, name) for code, name in zip(("renting", "moving", "renaming"), SITUATIONS, strict=True)])
    other = item(asked("材料乙", 需要=[{"任一": ["租房 成立", "住处 是 租住"]}]), asked("材料甲"), code="other", name="别的事项", division="210400",
                 情形=[situation("renting", "租房")])
    return {
        "items": [asks, other],
        "materials": [
            material("a", "材料甲", 数据源=["open_db"], 证件=["示例身份证"]), material("b", "材料乙", 数据源=["consent_db"], 证件=["示例身份证", "示例许可证"]),
            material("c", "材料丙", 包含=["材料乙"], 类别="申请表"), material("d", "材料丁", 数据源=["consent_db", "open_db"], 证件=["示例许可证"]),
            material("e", "材料戊", 证件=["示例许可证"], 核验渠道=["check_db"]), material("f", "材料己", 数据源=["late_db"]),
            material("g", "材料庚", 类别="证照"), material("h", "材料辛", 证件=["示例身份证"])],
        "sources": [
            source("open_db", EVERYWHERE, 适用证件类型="居民身份证号码、护照号码"),
            source("consent_db", ("210400", "2018-01-01", "2022-12-31"), 查询依据="同意", 适用证件类型="居民身份证号码"),
            source("late_db", ("420700", "2021-03-01", "至今"), 查询依据="单独同意"), source("check_db", EVERYWHERE, 种类="核验")],
        "credentials": [credential("id_card", "示例身份证", 普遍持有="是", 适用证件类型="居民身份证号码"), credential("licence", "示例许可证", 出示="清单")],
        "lists": [batch("亮证清单", {"证件": "示例许可证"}, division="210400", start="2020-07-01"),
                  batch("证明事项清单", row("材料甲"), division="420700", start="2019-05-01")],
    }


LAWS = (("国家法", "行政法规", "000000", "2000-01-01", "至今"), ("国家旧法", "部门规章", "000000", "2010-01-01", "2021-06-30"),
        ("抚顺法", "规范性文件", "210400", "2019-01-01", "至今"), ("鄂州法", "规范性文件", "420700", "2016-02-29", "2023-12-31"))


@cache
def odd() -> Rulebook:
    """The odd rulebook with the two rules every book has; the other instruments stand empty."""
    laws = [instrument(name, *((HAND_IN, NOT_NEEDED) if number == 0 else (rule(f"占位{number}", "排除", "告知承诺", "材料需要 成立", 理由="没有法定依据"),)),
                       rank=rank, division=division, start=start, last=last) for number, (name, rank, division, start, last) in enumerate(LAWS)]
    return book(*laws, facts=FACTS, **odd_catalogue())


def phrase(text: str, rulebook: Rulebook | None = None) -> Phrase:
    """A phrase of the grammar."""
    found = read(text, (rulebook or odd()).vocabulary)
    assert isinstance(found, Phrase), found
    return found


#: What random rules speak of: every type, every supplier, catalogue facts and days; facts compared with facts.
PHRASES = (
    "材料需要 成立", "材料需要 不成立", "数据源状态 是 已接通", "数据源状态 属于 不适用、未接通", "查询依据 是 同意", "查询依据 属于 法定职责、无",
        "查询依据 是 监护人同意",
    "查询结果 是 查到有效", "查询结果 属于 数据源中断、结果不明", "核验结果 是 核验属实", "核验渠道 成立", "出示状态 属于 尚未出示、出示有效", "出示状态 不是 未持有",
    "出示状态 是 未经授权", "在案状态 是 在案可用", "在案材料 是 有记录", "前序产出 属于 已产出、待产出", "被他件包含 成立", "同批另收 成立", "其他主件齐备 成立",
    "持有证件 成立", "同意查询 成立", "数据有异议 成立", "承诺签署人 是 本人", "申请人信用 属于 严重失信、虚假承诺", "信用修复日期 不晚于 决定日期",
        "许可禁止期至 早于 申请日期",
    "权属不符 成立", "当事人证件类型 是 居民身份证号码", "当事人证件类型 属于 护照号码、统一社会信用代码", "当事人年龄 小于 18", "当事人年龄 不小于 60",
        "出生日期 早于 1990-02-28",
    "申请人类型 是 自然人", "代理情况 是 委托代理人", "代理授权有效 成立", "材料 属于 材料甲、材料丁", "材料类别 是 证明", "材料角色 是 副件", "依据位阶 是 行政法规",
    "证明事项清单状态 是 在列", "可替代证件 成立", "决定日期 不早于 2020-02-29", "申请日期 早于 2021-01-01", "决定日期 早于 2022-05-05", "收入 大于 30",
        "收入 不大于 支出",
    "支出 等于 0", "入住日期 早于 迁出日期", "迁出日期 不早于 2020-02-29", "入住日期 晚于 决定日期", "住处 是 租住", "住处 不是 去处", "去处 属于 自有、别处",
        "补助 包含 低保", "补助 不包含 医保",
    "残疾 成立", "撤回 成立", "页数 小于 3", "页数 等于 10", "租房 成立", "迁入 不成立")

#: A lighter route and a mode, as rules name them.
OPENED = (("not_required", ""), ("abolished", ""), ("covered", ""), ("shared", ""), ("agency_check", ""), ("shown", ""), ("commitment", ""),
          ("commitment", "proof_commitment"), ("commitment", "agreement"), ("agency_followup", ""), ("deferral", ""), ("deferral", "accept_first"), ("submit", ""))


def conditions() -> st.SearchStrategy[Condition]:
    """Small conditions over the odd vocabulary."""
    leaf = st.sampled_from(PHRASES).map(phrase)
    return st.recursive(leaf, lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: All(tuple(parts))), st.lists(inner, min_size=2, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
        inner.map(Not)), max_leaves=4)


@st.composite
def rules(draw: st.DrawFn, number: int = 0) -> Rule:
    """One grant or bar of one of the four instruments, in force while its instrument is or for a part of that."""
    law: Instrument = draw(st.sampled_from(odd_instruments()))
    kind, (route, mode) = draw(st.sampled_from((GRANT, GRANT, BAR))), draw(st.sampled_from(OPENED))
    if kind == GRANT and not mode:
        mode = {"commitment": "licence_commitment", "deferral": "approve_first"}.get(route, "")     # a grant names its mode, a bar may bar them all
    reason = next(iter(odd().vocabulary.reasons.values()))
    return Rule(f"r{number}", kind, law, "第一条", "试。", law.start, law.end, draw(conditions()), route, mode, reason=reason,
                file=law.file, line=number)


@cache
def odd_instruments() -> tuple[Instrument, ...]:
    by_title = {one.title: one for one in odd().instruments}
    return tuple(by_title[name] for name, *_ in LAWS)


@dataclass(frozen=True, slots=True, repr=False)
class Drawn(Rulebook):
    """A random rulebook, told in short where a test fails."""

    def __repr__(self) -> str:
        return f"<{told(self)}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))


def with_rules(rulebook: Rulebook, found: Sequence[Rule]) -> Rulebook:
    """The rulebook with these rules and no others."""
    said = {one.name: getattr(rulebook, one.name) for one in fields(rulebook) if one.init}
    return Drawn(**{**said, "version": f"test-{next(_versions)}", "rules": tuple(found)})


@st.composite
def rulebooks(draw: st.DrawFn, most: int = 6) -> Rulebook:
    """The odd catalogue under the two rules every book has and some random ones."""
    more = [draw(rules(number)) for number in range(draw(st.integers(1, most)))]
    return with_rules(odd(), (*odd().rules[:2], *more))


# -- applications ----------------------------------------------------------------------------------------------------------

_DAYS = tuple(map(date.fromisoformat, ("2016-02-28", "2018-06-01", "2019-12-31", "2020-02-28", "2020-02-29", "2021-01-01", "2021-06-30", "2021-07-01",
    "2022-05-04", "2022-05-05",
                                       "2023-03-01", "2024-02-29")))
_BIRTHS = ("1989-01-01", "1990-02-28", "2000-02-29", "2002-02-28", "2004-02-29", "2006-02-28", "2010-03-01", "2012-02-29")
DIVISIONS = ("000000", "210400", "420700", "620200")


@st.composite
def applications(draw: st.DrawFn, known: bool = True) -> Json:
    """A random application to the odd rulebook as a caller writes it; with `known` everything is stated, else some of it."""
    def state(holder: Json, key: str, value: st.SearchStrategy[Any]) -> None:
        if known or draw(st.booleans()):
            holder[key] = draw(value)

    def said(keys: Sequence[str], value: st.SearchStrategy[Any]) -> Json:
        made: Json = {}
        for key in keys:
            state(made, key, value)
        return made

    def person(**more: str) -> Json:
        made: Json = dict(more)
        state(made, "id_type", st.sampled_from(("resident_id", "passport", "uscc")))
        state(made, "birth_date", st.sampled_from(_BIRTHS))
        return made

    code = draw(st.sampled_from(("thing", "thing", "other")))
    division = draw(st.sampled_from(DIVISIONS)) if code == "thing" else "210400"
    persons = [person(id=f"p{number}", role="配偶") for number in range(draw(st.integers(0, 2)))]
    agent = draw(st.none() | st.sampled_from(("authorised_agent", "guardian", "official_helper")))
    keys = [*MATERIALS, *(f"d/{one['id']}" for one in persons), *(["h/agent"] if agent in ("authorised_agent", "guardian") else [])]
    people = ["applicant", *(one["id"] for one in persons), *(["agent"] if agent else [])]
    yes_no, texts_ = st.booleans(), st.sampled_from
    facts: Json = said(("withdrawn",), yes_no)
    facts |= said(("income", "spending"), texts_((-1, 0, 29, 30, 31, 60))) | said(("moved_in", "moved_out"), texts_(("2020-02-28", "2020-02-29", "2020-03-01",
        "2024-12-31")))
    facts |= said(("dwelling",), texts_(("own", "rented", "lent"))) | said(("destination",), texts_(("own", "rented", "elsewhere")))
    facts |= said(("aids",), texts_(("living", "medical"))) | {"pages": said(keys, texts_((0, 2, 3, 10))), "holds_credential": said(keys, yes_no),
                                                             "data_disputed": said(keys, yes_no), "disabled": said(people, yes_no)}
    if agent is None:
        state(facts, "agent_authorised", yes_no)
    choices = said(keys, st.fixed_dictionaries({}, optional={
        "commitment": texts_(("yes", "no")), "deferral": texts_(("yes", "no")), "signed_by": texts_(signers(agent))}))
    evidence: Json = {
        "queries": said(keys, st.fixed_dictionaries({"result": texts_(("valid", "expired", "not_found", "unclear", "down"))})),
        "checks": said(keys, st.fixed_dictionaries({"result": texts_(("confirmed", "refuted", "inconclusive"))})),
        "outputs": draw(st.dictionaries(texts_(keys), texts_(("issued", "expected")), max_size=2))}
    entry = st.fixed_dictionaries({"material": texts_(keys), "trust": texts_("ABCD"), "received_on": st.just("2015-01-01")},
                                  optional={"valid_to": texts_(("2016-01-01", "2030-01-01"))})
    state(evidence, "on_file", st.fixed_dictionaries({"complete": st.just(True) if known else yes_no, "entries": st.lists(entry, max_size=2)}))
    credit = st.fixed_dictionaries({"kind": texts_(("minor", "serious", "false_commitment")), "recorded_on": st.just("2015-06-01")},
                                   optional={"repaired_on": texts_(("2016-01-01", "2021-01-01"))})
    state(evidence, "records", st.fixed_dictionaries({"complete": st.just(True), "credit": st.lists(credit, max_size=2), "facts": st.fixed_dictionaries(
        {}, optional={"title_mismatch": yes_no, "permit_ban_until": texts_(("2015-01-01", "2030-01-01"))})}))
    made: Json = {"item": code, "deciding_division": division, "accepted_on": draw(texts_(_DAYS)).isoformat(), "applicant": person(), "persons": persons,
                  "roles_complete": ["配偶"], "facts": facts, "choices": choices, "consents": said(keys, yes_no), "evidence": evidence,
                  "situation": said(("renting", "moving", "renaming") if code == "thing" else ("renting",), yes_no)}
    state(made["applicant"], "kind", texts_(("natural_person", "enterprise")))
    state(made, "handed_in", st.lists(texts_(keys), max_size=5, unique=True))
    shown = st.fixed_dictionaries({"credential": texts_(("id_card", "licence")), "holder": texts_((*people, "somebody")), "status": texts_(("valid", "expired",
        "revoked"))})
    state(made, "presented", st.lists(shown, max_size=2))
    if agent:
        made["agent"] = person(kind=agent)
        state(made["agent"], "authorised", yes_no)
    return made


def judged(watcher: Watcher, raw: Mapping[str, Any]) -> tuple[Json | None, dict[tuple[str, str], Seen]]:
    """The body and how every copy of every material was judged, by (key, the abolished material it stands in for)."""
    try:
        application = Application.model_validate(raw)
        body = watcher.decide(application, application.accepted_on)
    except Refused:
        return None, {}
    found: dict[tuple[str, str], Seen] = {}
    for plan in watcher._plans.values():
        for outer in plan.units:
            for unit, follows in ((outer, ""), *((inner, outer.requirement.code) for inner in outer.establishes)):
                seen: dict[str, Seen] = unit.__dict__.get("seen", {})
                found.update({(key, follows): one for key, one in seen.items()})
                seen.clear()
    return body, found


def told(rulebook: Rulebook) -> str:
    """The rules of a random rulebook in short, for the message of a test that fails."""
    def words(condition: Condition) -> str:
        if isinstance(condition, Phrase):
            return condition.text()
        if isinstance(condition, Not):
            return f"非({words(condition.part)})"
        return ("且" if isinstance(condition, All) else "或").join(f"({words(part)})" for part in condition.parts)

    return "\n".join(f"{one.id} {one.kind} {one.route}/{one.mode} [{one.instrument.title} {one.start} {one.end}] {words(one.condition)}" for one in rulebook.rules)
