"""Asks the solver many questions at once, and turns every yes into a witness the engine confirms.

A question is first asked of the problem alone, with the computed facts free: no there is no everywhere. Only where the answer is
yes is it asked again scene by scene, with the computed facts as that scene makes them. Nothing here knows what is being proved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any as Formula
from typing import Final

from engine.conditions import Condition, phrases
from engine.conditions import facts as facts_of
from engine.proof.computed import BEHIND, SHOWN_AS, general
from engine.proof.readings import Readings, bounds
from engine.proof.scenes import Problem, Scene, Scenes
from engine.proof.solver import PATIENCE, Model, World
from engine.proof.witness import Seen, Watcher, Witness, build, shrink
from engine.rulebook import Rulebook
from engine.vocabulary import DAY, Fact

#: Questions asked together; if none of them can be yes, one answer does for all.
_TOGETHER: Final = 400

#: Scenes in which the engine is asked to show what the solver found, before it is reported without a witness.
_TRIES: Final = 12

#: Witnesses shown for one subject. The others are counted.
SHOWN: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Whether some application at a problem makes `formula` true.

    `shows` takes the solver's model and gives the test whether an application, decided by the engine, is such a case.
    """

    subject: str
    problem: Problem
    formula: Formula
    shows: Callable[[Model], Callable[[Witness], bool]]
    also: tuple[Condition, ...] = ()       # conditions the formula reads besides the problem's rules
    differing: tuple[Fact, ...] = ()       # facts that have other values in a second reading the formula speaks of


@dataclass(slots=True, eq=False)
class Found:
    """What came of one subject: where it can happen, with witnesses for the first few; `unknown` questions were not answered."""

    subject: str
    witnesses: list[tuple[Scene, Witness]] = field(default_factory=list)
    unshown: list[Scene] = field(default_factory=list)     # the solver says yes, the engine was not made to show it
    scenes: list[Scene] = field(default_factory=list)      # every scene of the problems concerned
    unknown: list[Scene] = field(default_factory=list)


class Prover:
    """One rulebook, its scenes, and the solver's world for it."""

    def __init__(self, rulebook: Rulebook, milliseconds: int = PATIENCE, scenes: Scenes | None = None):
        """`milliseconds`: how long one question may take."""
        self.rulebook, self.milliseconds = rulebook, milliseconds
        self.scenes = scenes or Scenes(rulebook)
        self.world = World()
        self.readings = Readings(self.world, rulebook)
        self.general = general(self.world, rulebook)
        self.asked = 0
        self._watcher: Watcher | None = None
        self._leaves: dict[str, set[str]] | None = None
        self._aside: dict[object, tuple[Formula, Formula]] = {}

    @property
    def watcher(self) -> Watcher:
        if self._watcher is None:
            self._watcher = Watcher(self.rulebook)
        return self._watcher

    def hunt(self, questions: Iterable[Question], where: Callable[[Scene], bool] = lambda scene: True) -> dict[str, Found]:
        """By subject, what was found; subjects of which nothing was found are left out: for them every answer was no.

        `where` says which scenes are meant.
        """
        found: dict[str, Found] = {}
        for question, answer in self._answers(questions):
            one = found.setdefault(question.subject, Found(question.subject))
            if answer is None:
                one.unknown.extend(scene for scene in question.problem.scenes if where(scene))
            else:
                self._look_closer(question, one, where)
        return {subject: one for subject, one in found.items() if one.witnesses or one.unshown or one.unknown}

    def can(self, questions: Iterable[Question]) -> Iterator[Question]:
        """The questions whose answer may be yes, computed facts left free."""
        return (question for question, _ in self._answers(questions))

    def _answers(self, questions: Iterable[Question]) -> Iterator[tuple[Question, Model | None]]:
        same: dict[int, list[Question]] = {}
        for question in questions:
            self.asked += 1
            if question.formula is not self.world.false:
                same.setdefault(id(question.formula), []).append(question)
        groups = list(same.values())
        for start in range(0, len(groups), _TOGETHER):
            for group, answer in self._ask(groups[start:start + _TOGETHER]):
                for question in group:
                    yield question, answer

    def _ask(self, groups: Sequence[list[Question]]) -> Iterator[tuple[list[Question], Model | None]]:
        """The groups whose formula can be true, with a model, or with None where that is not known."""
        rest = list(groups)
        while rest:
            answer = self.world.solve(self.world.every((*self.general, self.world.some(group[0].formula for group in rest))), self.milliseconds)
            if answer is False:
                return
            if not isinstance(answer, Model):
                if len(rest) == 1:
                    yield rest[0], None
                    return
                half = len(rest) // 2
                yield from self._ask(rest[:half])
                yield from self._ask(rest[half:])
                return
            true = [group for group in rest if answer.true(group[0].formula)]
            for group in true:
                yield group, answer
            rest = [group for group in rest if group not in true]

    def _look_closer(self, question: Question, found: Found, where: Callable[[Scene], bool]) -> None:
        """Asks again in each scene of the problem, until enough witnesses are shown."""
        hit = False
        for scene in different(filter(where, question.problem.scenes), (*question.problem.residual.values(), *question.also)):
            if len(found.witnesses) >= SHOWN or any(
                    one.item.code == scene.item.code and one.requirement.code == scene.requirement.code for one, _ in found.witnesses):
                hit = True       # another place of what is shown already
                break
            answer = self.world.solve(self.world.every((*self._bounds(question, scene), question.formula)), self.milliseconds)
            if answer is False:
                continue
            if not isinstance(answer, Model):
                found.unknown.append(scene)
                continue
            hit = True
            witness = self.witness(question, scene, answer)
            if witness is None:
                found.unshown.append(scene)
                if len(found.unshown) >= _TRIES:
                    break
            else:
                found.witnesses.append((scene, witness))
        if hit:
            found.scenes.extend(filter(where, question.problem.scenes))

    def _bounds(self, question: Question, scene: Scene) -> list[Formula]:
        kept = bounds(self.world, self.readings, scene)
        if question.differing:
            kept += [self.aside(one, question.differing) for one in kept]      # the second reading computes its facts too
        return kept

    def witness(self, question: Question, scene: Scene, model: Model) -> Witness | None:
        """The smallest application the engine confirms, if it confirms the model's."""
        first = build(model, scene, question.problem, self.rulebook, question.also)

        holds = question.shows(model)
        return shrink(first, holds) if holds(first) else None

    def seen(self, test: Callable[[Seen], bool]) -> Callable[[Model], Callable[[Witness], bool]]:
        """A test of one judged material, as questions want it."""
        def holds(witness: Witness) -> bool:
            found = self.watcher.look(witness)
            return found is not None and test(found)
        return lambda model: holds

    def aside(self, formula: Formula, differing: Iterable[Fact]) -> Formula:
        """The formula read in the second of two readings that differ in some facts, and in what is computed from them."""
        facts = self._differing(differing)
        key = id(formula), tuple(fact.code for fact in facts)
        if key not in self._aside:
            self._aside[key] = self.world.aside(formula, facts), formula      # kept, so that its id stays its own
        return self._aside[key][0]

    def _differing(self, facts: Iterable[Fact]) -> list[Fact]:
        """The facts, and those computed from them: a second reading computes its own."""
        words = self.rulebook.vocabulary.by_word
        found = {fact.code: fact for fact in facts}
        grown = True
        while grown:
            grown = False
            for code, leaves in self._behind.items():
                if code in words and code not in found and not leaves.isdisjoint(found):
                    found[code] = words[code]
                    grown = True
        if {"holds_credential", "person_id_type", "agent_kind", "agent_authorised"} & found.keys():
            found[SHOWN_AS.code] = SHOWN_AS
        return list(found.values())

    def touched(self, facts: Iterable[Fact]) -> frozenset[str]:
        """The codes of the facts and of everything computed from them."""
        return frozenset(fact.code for fact in self._differing(facts))

    @property
    def _behind(self) -> dict[str, set[str]]:
        """By computed fact, what it is computed from (`engine.facts`); what a material's 需要 may read, for whether it is needed."""
        if self._leaves is None:
            asked = {id(scene.requirement): scene.requirement for problem in self.scenes.problems for scene in problem.scenes}
            needs = {code for requirement in asked.values() for code in facts_of(requirement.needed)}
            self._leaves = {**BEHIND, "material_needed": needs}
        return self._leaves


def dated(condition: Condition) -> bool:
    """Whether a condition compares a day with a day of the calendar: then it matters between which two changes it is read.

    Days that are only compared with one another (修复日期 and 决定日期) stand in every order between any two changes.
    """
    return any(phrase.fact.type == DAY and not isinstance(phrase.right, Fact) for phrase in phrases(condition))


def kind_of(scene: Scene) -> tuple[int, ...]:
    """What tells scenes of one problem apart besides their days: item, material, sources and credentials, and the law of the paper it follows."""
    return id(scene.item), id(scene.requirement), id(scene.group), id(scene.table), id(scene.parent)


def different(scenes: Iterable[Scene], read: Iterable[Condition]) -> Iterator[Scene]:
    """The scenes that can answer differently, latest first: one of those that only differ in what is not read."""
    days = any(dated(condition) for condition in read)
    needs: dict[int, bool] = {}
    met: set[object] = set()
    for scene in sorted(scenes, key=lambda scene: scene.start, reverse=True):
        own = needs.get(id(scene.requirement))
        if own is None:
            own = needs[id(scene.requirement)] = dated(scene.requirement.needed)
        key = kind_of(scene), (scene.start, scene.seen_from) if days or own else None
        if key not in met:
            met.add(key)
            yield scene
