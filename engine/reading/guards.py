"""How rules stand to one another: versions, definitions, and the two promises of the law from above.

A local text never restores a demand that national law removed; a definition from below never weakens a bar from above.
Nothing here reads a file or decides a case: it looks at the rules that were read.
"""

from __future__ import annotations

from engine.catalogue import NATIONAL
from engine.conditions import facts
from engine.law import BAR, DEFINITION, GRANT, Instrument, Rule
from engine.reading.catalogue import cycles
from engine.reading.draft import Draft
from engine.reading.report import Place
from engine.reading.shapes import InvariantsFile
from engine.rulebook import Invariant, PairedInvariant
from engine.vocabulary import DEFINED, Fact

#: Routes that an instrument below national level may bar: the applicant loses a choice, and no demand comes back.
LOCALLY_BARRED = ("commitment", "deferral")


def check(draft: Draft, invariants: tuple[Invariant, ...], pairs: tuple[PairedInvariant, ...]) -> None:
    """Report every rule that cannot stand beside the others."""
    definitions = _definitions(draft)
    _versions(draft)
    _cycles(draft, definitions)
    _undefined(draft, definitions, invariants, pairs)
    for place, rule in draft.rules:
        if rule.kind == BAR:
            _local_bar(draft, place, rule)
            _weak_definitions(draft, place, rule, definitions)


def _definitions(draft: Draft) -> dict[str, list[tuple[Place, Rule]]]:
    found: dict[str, list[tuple[Place, Rule]]] = {}
    for place, rule in draft.rules:
        if rule.kind == DEFINITION and rule.defines is not None:
            found.setdefault(rule.defines.code, []).append((place, rule))
    return found


def _versions(draft: Draft) -> None:
    """Entries of one id are versions: in one instrument, and never two on one day."""
    by_id: dict[str, list[tuple[Place, Rule]]] = {}
    for place, rule in draft.rules:
        by_id.setdefault(rule.id, []).append((place, rule))
    for entries in by_id.values():
        first_place, first = entries[0]
        for number, (place, rule) in enumerate(entries[1:], 1):
            if rule.instrument is not first.instrument:
                draft.report.say(place / "编号", "rule-id-repeated", f"编号“{rule.id}”已经用在 {first.file} 第 {first_place.line} 行；换一个。",
                                 f"The id “{rule.id}” is already used on line {first_place.line} of {first.file}; choose another.")
                continue
            for earlier_place, earlier in entries[:number]:
                if earlier.instrument is rule.instrument and earlier.start < rule.end and rule.start < earlier.end:
                    draft.report.say(place / "编号", "overlapping-versions",
                                     f"编号“{rule.id}”的两个版本日期重叠，另一个在第 {earlier_place.line} 行；前一个写明“失效”。",
                                     f"Two versions of “{rule.id}” are in force on one day, the other on line {earlier_place.line}; "
                                     "state the last day of the earlier.")
                    break


def _cycles(draft: Draft, definitions: dict[str, list[tuple[Place, Rule]]]) -> None:
    arrows = {code: tuple(fact for _, rule in rules for fact in facts(rule.condition) if fact in definitions) for code, rules in definitions.items()}
    for cycle in cycles(arrows):
        names = " → ".join(draft.vocabulary[code].name for code in cycle)
        place = definitions[cycle[0]][0][0]
        draft.report.say(place / DEFINITION, "definition-cycle", f"认定绕了一圈：{names}。",
                         f"The definitions go round in a circle: {' → '.join(cycle)}.")


def _undefined(draft: Draft, definitions: dict[str, list[tuple[Place, Rule]]], invariants: tuple[Invariant, ...],
               pairs: tuple[PairedInvariant, ...]) -> None:
    used: list[tuple[Place, str, dict[str, Fact]]] = [(place, "当", facts(rule.condition)) for place, rule in draft.rules]
    for file, model in draft.models(InvariantsFile):   # one file at most
        for (place, _), one in zip(file.each("不变量", model.invariants), invariants, strict=True):
            used.extend(((place, "当", facts(one.given)), (place, "那么", facts(one.then))))
        used.extend((place, "当", facts(pair.given)) for (place, _), pair in zip(file.each("对照", model.pairs), pairs, strict=True))
    for place, key, named in used:
        for code, fact in named.items():
            if fact.supplier == DEFINED and code not in definitions and not draft.instruments.is_lost(fact.name):
                draft.report.say(place / key, "undefined-concept", f"用到了“{fact.name}”，却没有一条规则认定它。",
                                 f"“{code}” is used here, but no rule defines it.")


def _local_bar(draft: Draft, place: Place, rule: Rule) -> None:
    instrument = rule.instrument
    if NATIONAL in instrument.divisions or not rule.route or rule.route in LOCALLY_BARRED:
        return
    for _, grant in draft.rules:
        above = grant.instrument
        if grant.kind != GRANT or grant.route != rule.route or above is instrument or _inside(draft, above, instrument):
            continue
        name = draft.words.routes.by_word[rule.route].name
        draft.report.say(
            place / BAR, "local-bar",
            f"地方文件不能排除“{name}”：《{above.title}》（规则“{grant.id}”）准许它，排除就等于恢复索要；地方只能排除告知承诺和容缺后补。",
            f"A local instrument may not bar “{rule.route}”: “{above.english}” (rule “{grant.id}”) grants it, and barring it would "
            "restore the demand; only commitment and deferral may be barred locally.")
        return


def _inside(draft: Draft, lower: Instrument, upper: Instrument) -> bool:
    """Every division of `lower` lies in the subtree of one of `upper`'s."""
    return all(any(one in upper.divisions for one in draft.chain(division)) for division in lower.divisions)


def _weak_definitions(draft: Draft, place: Place, bar: Rule, definitions: dict[str, list[tuple[Place, Rule]]]) -> None:
    wanted = [fact for fact in facts(bar.condition) if fact in definitions]
    seen: set[str] = set()
    while wanted:
        code = wanted.pop(0)
        if code in seen:
            continue
        seen.add(code)
        for defined_at, definition in definitions[code]:
            wanted.extend(fact for fact in facts(definition.condition) if fact in definitions)
            lower, upper = definition.instrument, bar.instrument
            narrower = not _inside(draft, upper, lower)
            if narrower or lower.order > upper.order:
                why_zh, why_en = ("适用的区划更窄", "covers less ground") if narrower else ("位阶更低", "is lower in rank")
                draft.report.say(
                    defined_at / DEFINITION, "weaker-definition",
                    f"“{draft.vocabulary[code].name}”用在 {bar.file} 第 {place.line} 行的排除“{bar.id}”里，"
                    f"而《{lower.title}》比《{upper.title}》{why_zh}：下面的认定不能改变上面的排除。",
                    f"“{code}” is used in the bar “{bar.id}” on line {place.line} of {bar.file}, but “{lower.english}” {why_en} than "
                    f"“{upper.english}”: a definition from below cannot change a bar from above.")
