"""Everything `check` proves of a rulebook, in one report: what holds, what does not with a witness, what is not known.

Nothing here prints, and nothing here reads a clock: progress is told to whoever asks, in steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from engine.conditions import ALWAYS
from engine.law import GRANT, Rule
from engine.proof import obligations, rules
from engine.proof.prover import Found, Prover, Question
from engine.proof.scenes import Scene
from engine.proof.solver import PATIENCE
from engine.proof.witness import Witness
from engine.rulebook import Invariant, PairedInvariant, Rulebook

#: problem: it does not hold. unknown: the solver did not answer in time. note: it holds, and somebody may want to look.
Grade = Literal["problem", "unknown", "note"]

#: Told before each step: what is looked at next (Chinese, English), its number, how many steps there are.
Tell = Callable[[str, str, int, int], None]

_STEPS: Final = (
    ("展开事项、区划和日期", "items, divisions and days"), ("每份材料都有路径", "every material has a route"), ("不变量", "invariants"),
    ("对照", "comparisons"), ("规则成立得了、打得开", "rules that can hold and grants that can open"),
    ("重复的规则", "rules that say the same"), ("白问的事实", "facts asked in vain"))


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found. `subject` is the rule, the invariant or the kind of check; `places` the scenes it concerns, the first few with witnesses."""

    grade: Grade
    code: str
    subject: str
    file: str
    line: int
    zh: str
    en: str
    places: tuple[Scene, ...] = ()
    witnesses: tuple[tuple[Scene, Witness], ...] = ()


@dataclass(frozen=True, slots=True)
class Proved:
    """One statement that holds, and over how much: `count` things it was proved of."""

    code: str
    zh: str
    en: str
    count: int


@dataclass(frozen=True, slots=True)
class Report:
    """`holds`: nothing fails and nothing is unknown. Scenes are material × kind of division × days; problems those that differ in law."""

    findings: tuple[Finding, ...]
    proved: tuple[Proved, ...]
    scenes: int
    problems: int
    questions: int

    @property
    def fails(self) -> bool:
        return any(one.grade == "problem" for one in self.findings)

    @property
    def unknown(self) -> bool:
        return any(one.grade == "unknown" for one in self.findings)

    @property
    def holds(self) -> bool:
        return not self.fails and not self.unknown


def check(rulebook: Rulebook, milliseconds: int = PATIENCE, tell: Tell | None = None, prover: Prover | None = None) -> Report:
    """Prove everything. `milliseconds`: how long one question may take."""
    steps = len(_STEPS)

    def step(number: int) -> None:
        if tell is not None:
            tell(*_STEPS[number], number + 1, steps)

    step(0)
    prover = prover or Prover(rulebook, milliseconds)
    findings: list[Finding] = []
    proved: list[Proved] = []
    step(1)
    _undecidable(prover, findings, proved)
    step(2)
    alone, both, stuck = obligations.provable(prover)
    _invariants(prover, alone, findings, proved)
    step(3)
    _pairs(prover, both, findings, proved)
    for name, fact in stuck.items():
        file, line = _place_of(rulebook, name)
        findings.append(Finding("unknown", "unprovable", name, file, line,
                                f"“{name}”说到“{fact.name}”，证明不了这样的话；改用路径、方式或者状态（无法判断、中止）。",
                                f"“{name}” speaks of “{fact.code}”, which proofs do not read; use route, mode or status (undecidable, suspended)."))
    step(4)
    standings = rules.standings(prover)
    _rules(prover, standings, findings, proved)
    _grants(standings, findings, proved)
    step(5)
    _alike(prover, findings, proved)
    step(6)
    _in_vain(prover, findings, proved)
    order = {"problem": 0, "unknown": 1, "note": 2}
    findings.sort(key=lambda one: (order[one.grade], one.file, one.line, one.subject))
    scenes = prover.scenes
    return Report(tuple(findings), tuple(proved), sum(len(one.scenes) for one in scenes.problems), len(scenes.problems), prover.asked)


def _place_of(rulebook: Rulebook, name: str) -> tuple[str, int]:
    """File and line of an invariant or a comparison."""
    written: dict[str, tuple[str, int]] = {one.id: (one.file, one.line) for one in rulebook.invariants}
    written |= {pair.id: (pair.file, pair.line) for pair in rulebook.pairs}
    return written[name]


def _undecidable(prover: Prover, findings: list[Finding], proved: list[Proved]) -> None:
    since = prover.rulebook.complete_from
    questions = list(obligations.undecidable(prover))

    def meant(scene: Scene) -> bool:
        return scene.start >= since and not scene.after_all

    found = prover.hunt([one for one in questions if any(map(meant, one.problem.scenes))], meant)
    before = _before(prover, [one for one in questions if any(scene.start < since for scene in one.problem.scenes)], since)
    for one in found.values():
        findings.append(Finding(
            "problem" if one.witnesses or one.unshown else "unknown", "undecidable", "无法判断", "", 0,
            "有的材料一条路径也没有：既不能免，也不能要。", "Some material has no route at all: it is neither waived nor may it be demanded.",
            tuple(one.scenes or one.unknown), tuple(one.witnesses)))
    if not found:
        words = ("每份材料在任何一天、任何情形下都有路径", "every material has a route on every day, in every situation")
        if since > date.min:
            words = f"{words[0]}（自 {since} 起）", f"{words[1]} (from {since})"
        proved.append(Proved("undecidable", *words, len({(s.item.code, s.requirement.code) for p in prover.scenes.problems for s in p.scenes})))
    if before:
        items = sorted({scene.item.name for scene in before})
        findings.append(Finding(
            "note", "undecidable-before", "无法判断", "invariants.yaml", 0,
            f"{since} 以前，本目录的法律还不完整，{len(items)} 个事项有材料无法判断（不索要，由人看）：{'、'.join(items[:6])}{'等' if len(items) > 6 else ''}。",
            f"Before {since}, when the law here is not complete yet, materials of {len(items)} items cannot be decided (nothing is demanded, people look)."))


def _before(prover: Prover, questions: Sequence[Question], since: date) -> list[Scene]:
    """The scenes before the law is complete in which a material may have no route."""
    if since <= date.min:
        return []
    return [scene for question in prover.can(questions) for scene in question.problem.scenes if scene.start < since]


def _invariants(prover: Prover, alone: Sequence[Invariant], findings: list[Finding], proved: list[Proved]) -> None:
    questions = list(obligations.invariants(prover, tuple(alone)))
    found = prover.hunt(questions)
    broken = [one for one in alone if one.id in found]
    for one in broken:
        findings.append(_failed(found[one.id], "invariant", one, f"不变量“{one.id}”不成立：{one.gist}。", f"The invariant “{one.id}” does not hold."))
    met = {question.subject for question in prover.can([one for one in obligations.premises(prover, tuple(alone))])}
    for one in alone:
        if one.id not in met:
            findings.append(Finding("note", "invariant-idle", one.id, one.file, one.line,
                                    f"不变量“{one.id}”现在没有一件申请碰得到：目录里没有它说的情形。",
                                    f"No application meets the condition of the invariant “{one.id}”: the catalogue has no such case."))
    proved.append(Proved("invariants", "不变量对任何申请都成立", "invariants hold for every application", len(alone) - len(broken)))


def _pairs(prover: Prover, both: Sequence[PairedInvariant], findings: list[Finding], proved: list[Proved]) -> None:
    found = prover.hunt(obligations.pairs(prover, tuple(both)))
    broken = [one for one in both if one.id in found]
    for one in broken:
        findings.append(_failed(found[one.id], "comparison", one, f"对照“{one.id}”不成立：{one.gist}。", f"The comparison “{one.id}” does not hold."))
    proved.append(Proved("comparisons", "对照对任何申请都成立", "comparisons hold for every application", len(both) - len(broken)))


def _failed(found: Found, code: str, one: Invariant | PairedInvariant, zh: str, en: str) -> Finding:
    fails = bool(found.witnesses or found.unshown)
    if not fails:
        zh, en = f"“{one.id}”在时限内没有证明出来。", f"“{one.id}” was not proved within the time limit."
    return Finding("problem" if fails else "unknown", code, one.id, one.file, one.line, zh, en,
                   tuple(found.scenes or found.unknown), tuple(found.witnesses))


def _rules(prover: Prover, standings: Sequence[rules.Standing], findings: list[Finding], proved: list[Proved]) -> None:
    """Rules that can hold nowhere, and rules that hold always by accident."""
    alive = 0
    for one in standings:
        rule, holds = one.rule, one.holds
        if holds is None:
            findings.append(_of(rule, "unknown", "rule-dead", f"规则“{rule.id}”成立得了成立不了，在时限内没有答案。",
                                f"Whether the rule “{rule.id}” can ever hold was not answered in time."))
        elif holds:
            alive += 1
            if rule.idle:
                findings.append(_of(rule, "problem", "rule-not-idle", f"规则“{rule.id}”写着“暂无适用”，可是目录里已经有它适用的材料；删去这一行。",
                                    f"The rule “{rule.id}” says that nothing in the catalogue falls under it, but something does; remove the line."))
        else:
            never = rules.contradicts_itself(prover, rule)
            if never:
                findings.append(_of(rule, "problem", "rule-dead", f"规则“{rule.id}”的条件自相矛盾，什么时候都成立不了。",
                                    f"The condition of the rule “{rule.id}” contradicts itself: it can never hold."))
            elif rule.idle:
                findings.append(_of(rule, "note", "rule-idle", f"规则“{rule.id}”暂无适用：{rule.idle}",
                                    f"Nothing in the catalogue falls under the rule “{rule.id}” (marked 暂无适用)."))
            else:
                findings.append(_of(rule, "problem", "rule-dead", f"规则“{rule.id}”在目录的任何事项、区划、日期都不会成立；改条件，或者写明“暂无适用”的原因。",
                                    f"The rule “{rule.id}” holds for no item, division and day of the catalogue; change its condition or say why (暂无适用)."))
        fails = one.fails if holds is not False else True
        if fails is False:
            findings.append(_of(rule, "problem", "rule-always", f"规则“{rule.id}”写了条件，可是在目录里处处成立，条件等于没有写。",
                                f"The rule “{rule.id}” has a condition, yet holds everywhere in the catalogue: the condition does nothing."))
        elif fails is None:
            findings.append(_of(rule, "unknown", "rule-always", f"规则“{rule.id}”是不是处处成立，在时限内没有答案。",
                                f"Whether the rule “{rule.id}” always holds was not answered in time."))
    proved.append(Proved("rules", "规则至少在一处成立得了", "rules can hold somewhere", alive))
    if all(one.fails is True for one in standings if one.holds is not False):
        proved.append(Proved("not-always", "写了条件的规则没有一条处处成立", "rules with a condition do not hold everywhere", sum(
            one.rule.condition != ALWAYS for one in standings)))


def _grants(standings: Sequence[rules.Standing], findings: list[Finding], proved: list[Proved]) -> None:
    opened = 0
    for one in standings:
        rule, opens = one.rule, one.opens
        if rule.kind != GRANT or not one.holds:
            continue
        opened += opens is True
        if opens is False:
            findings.append(_of(rule, "problem", "grant-shadowed", f"准许“{rule.id}”处处都被排除盖住，一次也打不开。",
                                f"Bars close the grant “{rule.id}” wherever it holds: it never opens anything."))
        elif opens is None:
            findings.append(_of(rule, "unknown", "grant-shadowed", f"准许“{rule.id}”打不打得开，在时限内没有答案。",
                                f"Whether the grant “{rule.id}” can open was not answered in time."))
    proved.append(Proved("grants", "准许没有被排除完全盖住", "grants are not wholly shadowed by bars", opened))


def _alike(prover: Prover, findings: list[Finding], proved: list[Proved]) -> None:
    twice = unsure = 0
    elsewhere: dict[int, list[Rule]] = {}
    for one, other, sure in rules.alike(prover):
        if sure is None:
            unsure += one.instrument is other.instrument
            findings.append(_of(one, "unknown", "rules-alike", f"规则“{one.id}”和“{other.id}”说的是不是一样，在时限内没有答案。",
                                f"Whether “{one.id}” and “{other.id}” say the same was not answered in time."))
        elif one.instrument is other.instrument:
            twice += 1
            findings.append(_of(other, "problem", "rules-alike", f"规则“{other.id}”和同一文件第 {one.line} 行的“{one.id}”说的是一样的；留一条。",
                                f"“{other.id}” says the same as “{one.id}” on line {one.line} of the same file; keep one."))
        elif one.id not in {rule.id for rules_ in elsewhere.values() for rule in rules_[1:]}:
            elsewhere.setdefault(id(one), [one]).append(other)
    for first, *others in elsewhere.values():
        named = "、".join(f"“{rule.id}”（{_cited(rule)}）" for rule in others)
        findings.append(_of(first, "note", "rules-alike-elsewhere", f"规则“{first.id}”（{_cited(first)}）和别的文件说的一样：{named}。",
                            f"“{first.id}” says the same as rules of other instruments: {', '.join(rule.id for rule in others)}."))
    if not twice and not unsure:
        proved.append(Proved("alike", "同一文件里没有两条规则说一样的话", "no two rules of one instrument say the same", len(prover.rulebook.rules)))


def _cited(rule: Rule) -> str:
    return f"{rule.instrument.short or rule.instrument.title}{rule.article}"


def _in_vain(prover: Prover, findings: list[Finding], proved: list[Proved]) -> None:
    clean = 0
    for rule in prover.rulebook.rules:
        facts = rules.pends_in_vain(rule.condition)
        clean += facts == ()
        if facts is None:
            findings.append(_of(rule, "unknown", "pends-in-vain", f"规则“{rule.id}”会不会白白悬着，情形太多，没有看完；把条件写简单些。",
                                f"Whether “{rule.id}” pends in vain was not found out: too many cases; simplify the condition."))
        elif facts:
            names = "、".join(fact.name for fact in facts)
            findings.append(_of(rule, "note", "pends-in-vain", f"规则“{rule.id}”在不知道{names}的时候悬而未决，其实怎样都一样；把条件写简单些。",
                                f"“{rule.id}” pends while {', '.join(fact.code for fact in facts)} is unknown, although every answer agrees; simplify the condition."))
    proved.append(Proved("in-vain", "条件没有白白悬着的", "conditions never pend in vain", clean))


def _of(rule: Rule, grade: Grade, code: str, zh: str, en: str) -> Finding:
    return Finding(grade, code, rule.id, rule.file, rule.line, zh, en)


def places(scenes: Iterable[Scene]) -> list[tuple[str, str, tuple[str, ...], date, date]]:
    """Scenes put together for people: item, material, divisions, from and to (exclusive), latest first."""
    found: dict[tuple[str, str], tuple[set[str], date, date]] = {}
    for scene in scenes:
        key = scene.item.code, scene.requirement.code
        divisions, start, end = found.get(key, (set(), scene.start, scene.end))
        found[key] = divisions | set(scene.divisions), min(start, scene.start), max(end, scene.end)
    return [(item, material, tuple(sorted(divisions)), start, end) for (item, material), (divisions, start, end) in found.items()]
