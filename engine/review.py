"""What a desk check of a rulebook finds without any proof: citations out of force, gaps between versions, texts not compared for long, guides
with nothing under a heading; and the days on which something begins or ends.

All of it is read off the dates and names in the rulebook. The day of the check comes as an argument. Nothing here changes a rule, asks
what a rule decides, or knows what a text that is not in the rulebook says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from engine.catalogue import Basis, Item, PublishedList, Requirement
from engine.conditions import facts
from engine.law import DEFINITION, FOREVER, Instrument, Rule
from engine.rulebook import Invariant, PairedInvariant, Rulebook
from engine.vocabulary import DEFINED, Fact

#: problem: somebody has to mend it. note: somebody has to look at it; it may be as the law wants it.
Severity = Literal["problem", "note"]

Days = tuple[date, date]      # half-open


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found. `code` is stable (docs/errors.md); `subject` names what it is about; `line` 0: the whole file."""

    severity: Severity
    code: str
    file: str
    line: int
    subject: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that begins or ends: a rule, a list, an item, a connection of a source, the basis of a material or item."""

    kind: str                 # rule, list, item, source, basis
    file: str
    line: int
    subject: str              # id or code
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Changeover:
    """A day on which something changes. `ends`: what the day before was the last day of; `begins`: what this is the first day of."""

    day: date
    ends: tuple[Change, ...]
    begins: tuple[Change, ...]


def review(rulebook: Rulebook, day: date) -> tuple[Finding, ...]:
    """Every finding on `day`, problems first, then by file and line."""
    found = [*_rules(rulebook), *_definitions(rulebook), *_versions(rulebook), *_bases(rulebook, day), *_lists(rulebook), *_guides(rulebook),
             *_invariants(rulebook), *_comparisons(rulebook, day)]
    return tuple(sorted(dict.fromkeys(found), key=lambda one: (one.severity != "problem", one.file, one.line, one.code, one.subject)))


# -- days ---------------------------------------------------------------------------------------------------------------------

def uncovered(days: Days, spans: Iterable[Days]) -> list[Days]:
    """The parts of `days` that no span covers, in order."""
    left, at = [], days[0]
    for start, end in sorted(spans):
        if start > at and at < days[1]:
            left.append((at, min(start, days[1])))
        at = max(at, end)
    return [*left, (at, days[1])] if at < days[1] else left


def _zh(days: Days) -> str:
    """Days inside a Chinese sentence, with the spaces they need."""
    return f"自 {days[0]} 起" if days[1] >= FOREVER else f" {days[0]} 至 {days[1] - timedelta(days=1)} "


def _en(days: Days) -> str:
    return f"from {days[0]}" if days[1] >= FOREVER else f"from {days[0]} to {days[1] - timedelta(days=1)}"


def _next_year(day: date) -> date:
    return date(day.year + 1, 3, 1) if (day.month, day.day) == (2, 29) else day.replace(year=day.year + 1)


# -- rules and what they rest on ----------------------------------------------------------------------------------------------

def _rules(rulebook: Rulebook) -> Iterator[Finding]:
    for rule in rulebook.rules:
        for days in uncovered((rule.start, rule.end), [(rule.instrument.start, rule.instrument.end)]):
            yield Finding("problem", "rule-without-instrument", rule.file, rule.line, rule.id,
                          f"规则“{rule.id}”{_zh(days)}有效，而《{rule.instrument.title}》这时没有施行。",
                          f"The rule “{rule.id}” is in force {_en(days)}, when “{rule.instrument.english}” is not.")


def _definitions(rulebook: Rulebook) -> Iterator[Finding]:
    """Days on which a rule reads a concept that no rule in force defines where it applies: it never holds then.

    Where the definition came later than the rules that read it, one note for all of them; where it ended or never was, a problem of each.
    """
    defining: dict[str, list[Rule]] = {}
    for rule in rulebook.rules:
        if rule.kind == DEFINITION and rule.defines is not None:
            defining.setdefault(rule.defines.code, []).append(rule)
    early: dict[Fact, list[Rule]] = {}
    for rule in rulebook.rules:
        for code, fact in facts(rule.condition).items():
            if fact.supplier != DEFINED:
                continue
            here = [(one.start, one.end) for one in defining.get(code, ()) if _reaches(rulebook, one.instrument, rule.instrument)]
            for days in uncovered((rule.start, rule.end), here):
                if here and days[1] == min(start for start, _ in here):
                    early.setdefault(fact, []).append(rule)
                    continue
                yield Finding("problem", "concept-undefined", rule.file, rule.line, rule.id,
                              f"规则“{rule.id}”用到“{fact.name}”，而{_zh(days)}没有一条有效的规则认定它，它总不成立。",
                              f"The rule “{rule.id}” reads “{code}”, which no rule in force defines {_en(days)}: it never holds then.")
    for fact, rules in early.items():
        first = min(defining[fact.code], key=lambda one: one.start)
        names = list(dict.fromkeys(one.id for one in rules))
        yield Finding("note", "concept-defined-later", first.file, first.line, fact.name,
                      f"“{fact.name}”自 {first.start} 才有规则认定，在那以前总不成立；用到它的 {len(names)} 条规则更早施行：{'、'.join(names)}。",
                      f"“{fact.code}” is defined from {first.start} only and never holds before; {len(names)} rules that read it are older: {', '.join(names)}.")


def _reaches(rulebook: Rulebook, upper: Instrument, lower: Instrument) -> bool:
    """Whether an instrument applies wherever another does."""
    return all(any(one in upper.divisions for one in rulebook.chain(division)) for division in lower.divisions)


def _versions(rulebook: Rulebook) -> Iterator[Finding]:
    by_id: dict[str, list[Rule]] = {}
    for rule in rulebook.rules:
        by_id.setdefault(rule.id, []).append(rule)
    for versions in by_id.values():
        versions.sort(key=lambda one: one.start)
        for earlier, later in pairwise(versions):
            if earlier.end < later.start:
                days = (earlier.end, later.start)
                yield Finding("problem", "version-gap", later.file, later.line, later.id,
                              f"规则“{later.id}”的两个版本之间有空档：{_zh(days)}没有一个版本有效；前一个版本在第 {earlier.line} 行。",
                              f"Between two versions of “{later.id}” there is a gap: none is in force {_en(days)}; the earlier one is on line {earlier.line}.")


# -- bases --------------------------------------------------------------------------------------------------------------------

def _bases(rulebook: Rulebook, day: date) -> Iterator[Finding]:
    for item in rulebook.items.values():
        yield from _outliving(item.bases, item.file, 0, item.name)
        for days in uncovered((item.start, item.end), [(one.start, one.end) for one in item.bases]) if item.bases else ():
            yield Finding("problem", "item-without-basis", item.file, 0, item.name,
                          f"事项“{item.name}”{_zh(days)}没有一件有效的设定依据。", f"The item “{item.english}” has no basis in force {_en(days)}.")
        for requirement in item.requirements:
            yield from _requirement(item, requirement)
            for one in requirement.establishes:
                yield from _requirement(item, one)
    for bundle in rulebook.bundles.values():
        yield from _outliving(bundle.bases, "", 0, bundle.name)
        if bundle.bases and not any(one.start <= day < one.end for one in bundle.bases):
            yield Finding("problem", "bundle-without-basis", "", 0, bundle.name,
                          f"一件事“{bundle.name}”在 {day} 没有一件有效的依据。", f"The bundle “{bundle.english}” has no basis in force on {day}.")


def _requirement(item: Item, requirement: Requirement) -> Iterator[Finding]:
    """A material whose bases leave a gap, or end before the item does. None at all is written out (依据: 无) and no oversight."""
    subject = f"{item.name} · {requirement.name}"
    yield from _outliving(requirement.bases, item.file, requirement.line, subject)
    if not requirement.bases:
        return
    first = max(item.start, min(one.start for one in requirement.bases))
    for days in uncovered((first, item.end), [(one.start, one.end) for one in requirement.bases]) if first < item.end else ():
        again = days[1] < item.end
        yield Finding("problem" if again else "note", "basis-gap" if again else "basis-ended", item.file, requirement.line, subject,
                      f"材料“{requirement.name}”{_zh(days)}没有有效的依据" + ("，后来又有了：核对中间是不是漏了一件。" if again else "，这时不得索要。"),
                      f"The material “{requirement.english}” has no basis in force {_en(days)}"
                      + (", and has one again later: see whether a text is missing between." if again else " and may not be demanded then."))


def _outliving(bases: Sequence[Basis], file: str, line: int, subject: str) -> Iterator[Finding]:
    for basis in bases:
        for days in uncovered((basis.start, basis.end), [(basis.instrument.start, basis.instrument.end)]):
            yield Finding("problem", "basis-without-instrument", file, line, subject,
                          f"“{subject}”{_zh(days)}依据《{basis.instrument.title}》{basis.article}，而它这时没有施行。",
                          f"“{subject}” rests on “{basis.instrument.english}” {_en(days)}, when it is not in force.")


def _lists(rulebook: Rulebook) -> Iterator[Finding]:
    """Lists, and rows of lists, that go on after every text they cite has ended. Only texts of the rulebook are recognised, by their names."""
    named = sorted({(word, one.title): one for one in rulebook.instruments for word in (one.title, one.short) if word}.items(),
                   key=lambda pair: -len(pair[0][0]))
    for one in rulebook.lists:
        seen: set[str] = set()
        for text in (one.basis, *(row.get("设定依据", "") for row in one.details)):
            cited = _cited(text, [(word, instrument) for (word, _), instrument in named])
            if text in seen or not cited:
                continue
            seen.add(text)
            end = max(instrument.end for instrument in cited)
            if end < one.end:
                titles = "、".join(f"《{instrument.title}》" for instrument in cited)
                yield Finding("problem", "list-outlives-basis", one.file, 0, f"{one.kind} {one.batch}",
                              f"{one.kind}{one.batch}{_zh((max(end, one.start), one.end))}仍然有效，而它引用的{titles}已经失效（“{text}”）。",
                              f"The list “{one.kind} {one.batch}” goes on {_en((max(end, one.start), one.end))}, when what it cites has ended (“{text}”).")


def _cited(text: str, named: Sequence[tuple[str, Instrument]]) -> list[Instrument]:
    """The instruments a free text names, the longest name first; a name inside a longer one does not count."""
    found = []
    for word, instrument in named:
        if word in text:
            found.append(instrument)
            text = text.replace(word, " ")
    return found


# -- guides, invariants, comparisons with the official text -------------------------------------------------------------------

def _guides(rulebook: Rulebook) -> Iterator[Finding]:
    """The elements every published guide must have (德昌 三（二）3; 在线政务服务若干规定第六条), as far as an item file holds them."""
    for item in rulebook.items.values():
        elements = (
            ("事项名称", "name", item.name), ("设定依据", "basis", item.bases), ("法定时限", "legal time", item.legal_time.count),
            ("承诺时限", "promised time", item.promised_time.count), ("服务对象", "audience", item.audience), ("主管部门", "authority", item.authority.strip()),
            ("办理地址", "address", item.address.strip()), ("常见问题", "questions", any(answer.strip() for _, answer in item.faq)))
        missing = [(zh, en) for zh, en, value in elements if not value]
        if missing:
            yield Finding("problem", "guide-lacks", item.file, 0, item.name,
                          f"事项“{item.name}”的办事指南缺少：{'、'.join(zh for zh, _ in missing)}。",
                          f"The guide of “{item.english}” lacks: {', '.join(en for _, en in missing)}.")
        if not item.requirements:
            yield Finding("note", "guide-without-materials", item.file, 0, item.name,
                          f"事项“{item.name}”一份材料也没有列；确实不要材料的，就是这样写。", f"The item “{item.english}” lists no material; right if none is asked for.")


def _invariants(rulebook: Rulebook) -> Iterator[Finding]:
    listed: tuple[Invariant | PairedInvariant, ...] = (*rulebook.invariants, *rulebook.pairs)
    for one in listed:
        if not one.source.strip():
            yield Finding("problem", "invariant-without-source", one.file or "invariants.yaml", one.line, one.id,
                          f"不变量“{one.id}”没有写依据。", f"The invariant “{one.id}” cites nothing.")


def _comparisons(rulebook: Rulebook, day: date) -> Iterator[Finding]:
    """When each text was last compared with the official one. A text that had ended by then does not change any more."""
    unknown: dict[str, list[str]] = {}
    for one in rulebook.instruments:
        if one.checked_on is None:
            unknown.setdefault(one.file, []).append(one.title)
        elif one.checked_on > day:
            yield Finding("problem", "comparison-in-future", one.file, 0, one.title,
                          f"《{one.title}》的最近核对写的是 {one.checked_on}，还没有到。",
                          f"“{one.english}” says it was last compared on {one.checked_on}, which is to come.")
        elif day > _next_year(one.checked_on) and one.end > one.checked_on:
            yield Finding("note", "comparison-overdue", one.file, 0, one.title,
                          f"《{one.title}》上一次与原文核对是 {one.checked_on}，到 {day} 已经超过一年。",
                          f"“{one.english}” was last compared with the official text on {one.checked_on}, more than a year before {day}.")
    for file, titles in unknown.items():
        yield Finding("note", "comparison-missing", file, 0, file,
                      f"{len(titles)} 件依据文件没有写最近核对：{'、'.join(f'《{title}》' for title in titles[:3])}{' 等' if len(titles) > 3 else ''}。",
                      f"{len(titles)} cited texts state no day of comparison with the official text.")


# -- change-over days ---------------------------------------------------------------------------------------------------------

def changeovers(rulebook: Rulebook) -> tuple[Changeover, ...]:
    """Every day on which something begins or ends, in order, with what does. The days are the rulebook's `changes`, without the end of time."""
    ends: dict[date, list[Change]] = {}
    begins: dict[date, list[Change]] = {}
    for (start, end), change in _changes(rulebook):
        begins.setdefault(start, []).append(change)
        ends.setdefault(end, []).append(change)
    return tuple(Changeover(day, tuple(dict.fromkeys(ends.get(day, ()))), tuple(dict.fromkeys(begins.get(day, ()))))
                 for day in sorted({*ends, *begins} - {FOREVER}))


def _changes(rulebook: Rulebook) -> Iterator[tuple[Days, Change]]:
    for rule in rulebook.rules:
        yield (rule.start, rule.end), Change("rule", rule.file, rule.line, rule.id, f"规则 {rule.id}（{rule.gist}）", f"rule {rule.id}")
    for one in rulebook.lists:
        yield (one.start, one.end), Change("list", one.file, 0, f"{one.kind} {one.batch}", f"{_place(rulebook, one)}{one.kind} {one.batch}",
                                           f"list {one.kind} {one.batch}")
    for item in rulebook.items.values():
        where = rulebook.divisions[item.division]
        yield (item.start, item.end), Change("item", item.file, 0, item.code, f"事项 {item.name}（{where.name}）", f"item {item.english} ({where.english})")
        for requirement in item.requirements:
            for part in (requirement, *(member for members in requirement.alternatives for member in members)):
                for basis in part.bases:
                    yield (basis.start, basis.end), Change(
                        "basis", item.file, requirement.line, f"{item.code}/{part.code}",
                        f"事项 {item.name} 的材料 {part.name} 的依据《{basis.instrument.title}》{basis.article}",
                        f"the basis of {part.english} in {item.english}: {basis.instrument.english}")
    for source in rulebook.sources.values():
        for link in source.connections:
            where = rulebook.divisions[link.division]
            yield (link.start, link.end), Change("source", "", 0, source.code, f"数据源 {source.name} 在{where.name}接通",
                                                 f"source {source.english} connected in {where.english}")


def _place(rulebook: Rulebook, one: PublishedList) -> str:
    return rulebook.divisions[one.division].name
