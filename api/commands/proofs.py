"""What `check` found, made ready to be shown: places by name, counter-examples as scenarios or, where no scenario can say them, as JSON.

A counter-example comes from the proof; here it is decided once more and written down. Nothing here proves, prints or opens a file.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final

from api.gherkin import claims_of, feature_text, scenario_text
from engine.application import Application
from engine.catalogue import NATIONAL
from engine.conditions import Condition, truth
from engine.conditions import facts as facts_of
from engine.decide import Decider
from engine.law import FOREVER
from engine.problems import Refused
from engine.proof.checking import Finding, Report, places
from engine.proof.scenes import Scene
from engine.proof.witness import Seen, Watcher, Witness, vary
from engine.review import Changeover
from engine.review import Finding as DeskFinding
from engine.rulebook import PairedInvariant, Rulebook
from engine.truth import FAILS
from engine.vocabulary import CHOICE, YES_NO, Fact, FactValue

Json = dict[str, Any]

#: Divisions named in one line; of more, only the number is told.
_NAMED: Final = 3
#: Second readings tried for one comparison.
_MOST_TRIED: Final = 512
_TAKEN: Final = ("settled", "waiting")


@dataclass(frozen=True, slots=True)
class Example:
    """One counter-example. `scenario` is empty where the house's phrases cannot say it; `refused` then says why, in both languages.

    `comments` stand before the scenario: what it breaks. `said`: how the engine answers now, in sentences of 那么.
    """

    scene: Scene
    witness: Witness
    scenario: str
    said: tuple[str, ...]
    comments: tuple[str, ...]
    refused: tuple[str, str] = ("", "")


class Examples:
    """The counter-examples of one report. `extra_directory`: what a scenario lays over the rulebook, written from the project's root."""

    def __init__(self, rulebook: Rulebook, extra_directory: str = ""):
        self.rulebook, self.extra = rulebook, extra_directory
        self._decider = Decider(rulebook)

    def of(self, finding: Finding) -> list[Example]:
        """Every counter-example of a finding, the one with the shortest application first; the second reading of a comparison after its first."""
        found: list[Example] = []
        for scene, witness in sorted(finding.witnesses, key=lambda one: len(json.dumps(one[1].application, ensure_ascii=False))):
            pair = next((one for one in self.rulebook.pairs if one.id == finding.subject), None) if finding.code == "comparison" else None
            if pair is None:
                found.append(self._example(finding, scene, witness, (_gist(finding),)))
            else:
                found += self._pair(finding, pair, scene, witness)
        return found

    def _example(self, finding: Finding, scene: Scene, witness: Witness, comments: tuple[str, ...], suffix: str = "") -> Example:
        body = self._decide(self._decider, witness)
        if body is None:
            return Example(scene, witness, "", (), comments, _REFUSED)
        said = tuple(self._said(self.rulebook, body, witness))
        title = f"{finding.subject}：{scene.item.name} · {scene.requirement.name}{suffix}"
        try:
            text = scenario_text(self.rulebook, witness.application, witness.as_of, title=title, claims=said, extra_directory=self.extra,
                                 asked_elsewhere=witness.asked_elsewhere)
        except Refused as refused:
            return Example(scene, witness, "", said, comments, (" ".join(one.zh for one in refused.problems), " ".join(one.en for one in refused.problems)))
        return Example(scene, witness, "\n".join((*(f"  # {line}" for line in comments), text)), said, comments)

    @staticmethod
    def _decide(decider: Decider, witness: Witness) -> Mapping[str, Any] | None:
        try:
            return decider.decide(Application.model_validate(dict(witness.application)), witness.as_of, asked_elsewhere=witness.asked_elsewhere)
        except (Refused, ValueError):
            return None

    @staticmethod
    def _said(rulebook: Rulebook, body: Mapping[str, Any], witness: Witness) -> list[str]:
        """How the material stands; how the application stands where no sentence can name the material."""
        return claims_of(rulebook, body, witness.material, witness.application) or claims_of(rulebook, body, "", witness.application)

    # -- the second reading of a comparison -------------------------------------------------------------------------------

    def _pair(self, finding: Finding, pair: PairedInvariant, scene: Scene, witness: Witness) -> list[Example]:
        other = self._second(pair, witness)
        if pair.second_law:
            said = self._national_said(other) if other is not None else []
            lines = [f"只用全国规则（乙）：{line}" for line in said]
            return [self._example(finding, scene, witness, (_gist(finding), *lines))]
        if other is None:
            return [self._example(finding, scene, witness, (_gist(finding),))]
        return [self._example(finding, scene, witness, (_gist(finding), "这是甲；只差一处的乙见下一个场景。"), "（甲）"),
                self._example(finding, scene, other, (f"“{pair.id}”的乙，与上一个场景比。",), "（乙）")]

    @cached_property
    def _watchers(self) -> tuple[Watcher, Watcher]:
        """Under the whole rulebook and under national rules alone."""
        book = self.rulebook
        rules = tuple(rule for rule in book.rules if NATIONAL in rule.instrument.divisions)
        return Watcher(book), Watcher(replace(book, version=f"{book.version}-national", rules=rules))

    def _national_said(self, witness: Witness) -> list[str]:
        decider = self._watchers[1]
        body = self._decide(decider, witness)
        return [] if body is None else self._said(decider.rulebook, body, witness)

    def _second(self, pair: PairedInvariant, witness: Witness) -> Witness | None:
        """The same application with other values of the facts that 甲 and 乙 name, such that the comparison fails; None if none was found."""
        first = self._watchers[0].look(witness)
        watcher = self._watchers[1 if pair.second_law else 0]
        if first is None:
            return None
        facts = facts_of(pair.first) | facts_of(pair.second)
        for values in itertools.islice(_values(list(facts.values()), pair.second), _MOST_TRIED):
            other = witness
            for fact, value in values:
                other = vary(other, fact, value)
            seen = watcher.look(other)
            if seen is not None and self._fails(pair, first, seen):
                return other
        return None

    def _fails(self, pair: PairedInvariant, first: Seen, second: Seen) -> bool:
        if not (second.verdict.route and first.verdict.route and second.verdict.status in _TAKEN):
            return False
        if FAILS in (second.truth(pair.given), second.truth(pair.second)):
            return False
        if pair.no_heavier:
            weights = {route.code: route.weight for route in self.rulebook.ladder}
            return weights[first.verdict.route] > weights[second.verdict.route]
        return second.truth(pair.then_second) == FAILS


_REFUSED: Final = ("引擎不受理这样的申请。", "The engine refuses such an application.")


def _gist(finding: Finding) -> str:
    return " ".join(finding.zh.split())


def _values(facts: Sequence[Fact], condition: Condition) -> Iterator[tuple[tuple[Fact, FactValue], ...]]:
    """Values of the facts under which the condition does not fail; facts that are no choice keep what they have."""
    free = [fact for fact in facts if fact.type in (CHOICE, YES_NO)]
    lists: list[list[FactValue]] = [[value.code for value in fact.values] if fact.type == CHOICE else [True, False] for fact in free]
    for values in itertools.product(*lists):
        stated: dict[str, FactValue] = dict(zip((fact.code for fact in free), values, strict=True))
        if truth(condition, lambda fact, stated=stated: stated.get(fact.code)) != FAILS:  # type: ignore[misc]
            yield tuple(zip(free, values, strict=True))


def feature_of(rulebook: Rulebook, examples: Sequence[Example], title: str = "反例") -> str:
    """All scenarios as one feature file; an empty text if there are none."""
    written = [one.scenario for one in examples if one.scenario]
    if not written:
        return ""
    return feature_text(title, written, f"规则库 {rulebook.version} 的反例。“那么”写的是引擎现在的回答，也就是不应当有的结果；改好规则以后，这些场景要改成应有的结果。")


# -- places -------------------------------------------------------------------------------------------------------------------

def where(finding: Finding, rulebook: Rulebook, chinese: bool) -> list[str]:
    """One line a material: item · material · divisions by name · days."""
    items, materials = rulebook.vocabulary["item"].by_code, rulebook.vocabulary["material"].by_code

    def name(value: Any) -> str:
        return str(value.name if chinese else value.english)

    return [" · ".join((name(items[item]), name(materials[material]), _divisions(divisions, rulebook, chinese), days_text(start, end, chinese)))
            for item, material, divisions, start, end in places(finding.places)]


def _divisions(codes: Sequence[str], rulebook: Rulebook, chinese: bool) -> str:
    if len(codes) == len(rulebook.divisions) > 1:
        return f"全部 {len(codes)} 地" if chinese else f"all {len(codes)} divisions"
    names = [one.name if chinese else one.english for one in (rulebook.divisions[code] for code in codes[:_NAMED])]
    said = ("、" if chinese else ", ").join(names)
    if len(codes) <= _NAMED:
        return said
    return f"{said}等 {len(codes)} 地" if chinese else f"{said} and {len(codes) - _NAMED} more"


def days_text(start: date, end: date, chinese: bool) -> str:
    """Days from `start` to before `end`, both said inclusively."""
    if end >= FOREVER:
        return f"{start} 起" if chinese else f"from {start}"
    last = end - timedelta(days=1)
    return str(start) if last == start else f"{start} 至 {last}" if chinese else f"{start} to {last}"


# -- cases that an extra directory adds ---------------------------------------------------------------------------------------

def beside_extra(report: Report) -> Report:
    """The report where files were laid over the rulebook: that a rule marked 暂无适用 wakes is what they are for, and no problem."""
    found = tuple(replace(
        one, grade="note", zh=f"规则“{one.subject}”写着“暂无适用”，加上另加的目录，有材料归它管。",
        en=f"The rule “{one.subject}” is marked 暂无适用; with the files laid over the rulebook something falls under it.")
        if one.code == "rule-not-idle" else one for one in report.findings)
    return replace(report, findings=tuple(sorted(found, key=lambda one: _GRADES.index(one.grade))))


_GRADES: Final = ("problem", "unknown", "note")


# -- for machines -------------------------------------------------------------------------------------------------------------

def finding_json(finding: Finding, examples: Sequence[Example]) -> Json:
    """A finding of the proofs, with every place and counter-example."""
    return {
        "grade": finding.grade, "code": finding.code, "subject": finding.subject, "file": finding.file, "line": finding.line,
        "zh": finding.zh, "en": finding.en,
        "places": [{"item": item, "material": material, "divisions": list(divisions), **_days_json(start, end)}
                   for item, material, divisions, start, end in places(finding.places)],
        "examples": [example_json(one) for one in examples]}


def example_json(one: Example) -> Json:
    """A counter-example: the application as a caller would send it, and its scenario (null where none can say it; `refused` says why)."""
    return {
        "item": one.scene.item.code, "material": one.witness.material, "divisions": list(one.scene.divisions),
        **_days_json(one.scene.start, one.scene.end), "as_of": one.witness.as_of.isoformat(), "application": dict(one.witness.application),
        "asked_elsewhere": sorted(one.witness.asked_elsewhere), "answer": list(one.said), "scenario": one.scenario or None,
        "refused": {"zh": one.refused[0], "en": one.refused[1]} if one.refused[0] else None}


def desk_json(one: DeskFinding) -> Json:
    """A finding of the desk checks; its severity stands as `grade`, as in findings of the proofs."""
    return {"grade": one.severity, "code": one.code, "subject": one.subject, "file": one.file, "line": one.line, "zh": one.zh, "en": one.en}


def changeover_json(one: Changeover) -> Json:
    """A day on which something changes. `ends`: what the day before was the last day of."""
    def changes(part: Sequence[Any]) -> list[Json]:
        return [{"kind": change.kind, "file": change.file, "line": change.line, "subject": change.subject, "zh": change.zh, "en": change.en} for change in part]

    return {"day": one.day.isoformat(), "ends": changes(one.ends), "begins": changes(one.begins)}


def _days_json(start: date, end: date) -> Json:
    """First and last day; a last day of null is none."""
    return {"from": start.isoformat(), "to": None if end >= FOREVER else (end - timedelta(days=1)).isoformat()}
