"""How a material stands under a problem, as formulas: which routes are open, which one is taken, in which mode.

The same combination as `engine.combine`, for every application at once. Choices are variables like any other fact: an
elective is taken only when chosen, passed over when declined or unanswered. Nothing here asks the solver.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any as Formula
from typing import Final

from engine.conditions import Condition
from engine.conditions import facts as facts_of
from engine.phrases import Phrase
from engine.proof.computed import SHOWN_AS, exact
from engine.proof.scenes import Problem, Scene
from engine.proof.solver import World
from engine.rulebook import Route, Rulebook
from engine.vocabulary import CHOICE, CONCLUDED, Fact, Value

YES, NO, UNANSWERED = "yes", "no", "unanswered"
_CHOICES: Final = (Value("选择", YES, "chosen"), Value("不选择", NO, "declined"), Value("未答复", UNANSWERED, "not answered"))


#: The route of a paper that may not be asked for.
ABOLISHED: Final = "abolished"


class Unprovable(Exception):
    """An invariant speaks of something proofs do not read; `fact` says what."""

    def __init__(self, fact: Fact):
        super().__init__(fact.code)
        self.fact = fact


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A material's standing: formulas by route, and by route and mode. `suspended`: an earlier step failed, nothing is said."""

    open: Mapping[str, Formula]
    taken: Mapping[str, Formula]
    modes: Mapping[tuple[str, str], Formula]     # the route is taken in this mode
    nothing: Formula                             # no route is taken
    suspended: Formula


class Readings:
    """Makes readings; equal parts of different problems are made once."""

    def __init__(self, world: World, rulebook: Rulebook):
        self.world, self.rulebook = world, rulebook
        words = rulebook.vocabulary.by_word
        self.choices: dict[str, Fact] = {
            route.code: words.get(f"{route.code}_choice") or Fact(
                f"{route.name}选择", f"{route.code}_choice", f"the choice of {route.english}", "材料", CHOICE, CONCLUDED, _CHOICES)
            for route in rulebook.ladder if route.elective}
        self._open: dict[object, Formula] = {}
        self._taken: dict[object, tuple[Formula, Formula]] = {}
        self._readings: dict[int, tuple[Problem, Reading]] = {}
        self._alike: dict[tuple[object, ...], Reading] = {}       # readings of the same formulas are one
        self._speaks: dict[int, tuple[bool, Condition]] = {}
        self._said: dict[tuple[int, int], Formula] = {}
        self._suspended = self._suspension()

    def _suspension(self) -> Formula:
        words, world = self.rulebook.vocabulary.by_word, self.world
        if "earlier_output" not in words or "failed" not in words["earlier_output"].by_code:
            return world.false
        needed = world.variable(words["material_needed"]) if "material_needed" in words else world.true
        return world.every((world.is_value(words["earlier_output"], "failed"), needed))

    def of(self, problem: Problem) -> Reading:
        found = self._readings.get(id(problem))
        if found is None:
            found = self._readings[id(problem)] = problem, self._make(problem)
        return found[1]

    def _make(self, problem: Problem) -> Reading:
        world = self.world
        open_: dict[str, Formula] = {}
        taken: dict[str, Formula] = {}
        modes: dict[tuple[str, str], Formula] = {}
        rest = world.true                    # no lighter route is taken
        for route in self.rulebook.ladder:
            by_mode = {mode: self._openness(problem, [r.id for r in grants], [r.id for r in bars])
                       for mode, (grants, bars) in problem.by_route[route.code].items()}
            open_[route.code] = self._some(by_mode.values())
            taken[route.code], rest_after = self._step(rest, route, open_[route.code])
            before = world.false
            for mode, state in by_mode.items():
                modes[route.code, mode] = self._every(taken[route.code], state, self._deny(before)) if len(by_mode) > 1 else taken[route.code]
                before = self._some((before, state))
            rest = rest_after
        key = *modes, *map(id, open_.values()), *map(id, taken.values()), *map(id, modes.values())
        return self._alike.setdefault(key, Reading(open_, taken, modes, rest, self._suspended))

    def _openness(self, problem: Problem, grants: list[str], bars: list[str]) -> Formula:
        key = tuple([id(problem.residual[one]) for one in grants]), tuple([id(problem.residual[one]) for one in bars if one in problem.residual])
        found = self._open.get(key)
        if found is None:
            world = self.world
            found = self._open[key] = world.every((
                world.some(world.formula(problem.residual[one]) for one in grants),
                *(world.deny(world.formula(problem.residual[one])) for one in bars if one in problem.residual)))
        return found

    def _some(self, states: Iterable[Formula]) -> Formula:
        listed = list(states)
        key = ("some", *map(id, listed))
        if key not in self._open:
            self._open[key] = self.world.some(listed)
            self._open["parts", *key] = listed                 # kept, so that their ids stay their own
        return self._open[key]

    def _every(self, *parts: Formula) -> Formula:
        key = ("every", *map(id, parts))
        if key not in self._open:
            self._open[key] = self.world.every(parts)
            self._open["parts", *key] = parts                  # kept, so that their ids stay their own
        return self._open[key]

    def _deny(self, part: Formula) -> Formula:
        key = "deny", id(part)
        if key not in self._open:
            self._open[key] = self.world.deny(part)
            self._open["parts", *key] = part
        return self._open[key]

    def _step(self, rest: Formula, route: Route, state: Formula) -> tuple[Formula, Formula]:
        """The route is taken if no lighter one is, it is open, and it was chosen where it is the applicant's to choose."""
        key = id(rest), id(state), route.code if route.elective else ""
        found = self._taken.get(key)
        if found is None:
            world = self.world
            ways = world.every((state, world.is_value(self.choices[route.code], YES))) if route.elective else state
            found = self._taken[key] = world.every((rest, ways)), world.every((rest, world.deny(ways)))
            self._open["kept", len(self._taken)] = (rest, state)     # kept, so that their ids stay their own
        return found

    def conclusion(self, reading: Reading, phrase: Phrase) -> Formula | None:
        """What a phrase about the outcome comes to; None if the phrase is about something else. Raises Unprovable."""
        fact, world = phrase.fact, self.world
        if fact.supplier != CONCLUDED or fact in self.choices.values():
            return None
        if isinstance(phrase.right, Fact):
            raise Unprovable(fact)
        if fact.code == "route":
            bare = world.some(reading.taken[str(code)] for code in phrase.right if code in reading.taken)
        elif fact.code == "mode":
            bare = world.some(state for (_, mode), state in reading.modes.items() if mode and mode in phrase.right)
        elif fact.code == "status":
            states = {"undecidable": world.every((reading.nothing, world.deny(reading.suspended))), "suspended": reading.suspended}
            if not set(map(str, phrase.right)) <= states.keys():
                raise Unprovable(fact)
            bare = world.some(states[str(code)] for code in phrase.right)
        else:
            raise Unprovable(fact)
        return world.deny(bare) if phrase.comparison.denies else bare

    def says(self, reading: Reading, condition: Condition) -> Formula:
        """A condition that may speak of the outcome. Raises Unprovable."""
        speaks = self._speaks.get(id(condition))
        if speaks is None:
            speaks = any(fact.supplier == CONCLUDED for fact in facts_of(condition).values()), condition      # kept, so that its id stays its own
            self._speaks[id(condition)] = speaks
        if not speaks[0]:
            return self.world.formula(condition)
        key = id(condition), id(reading)
        found = self._said.get(key)
        if found is None:
            found = self._said[key] = self.world.formula(condition, lambda phrase: self.conclusion(reading, phrase))
            self._open["said", key] = condition                # kept, so that its id stays its own
        return found


def bounds(world: World, readings: Readings, scene: Scene) -> list[Formula]:
    """What holds in one scene of every application: its computed facts; and that the paper is abolished whose fact the material establishes."""
    kept = exact(world, scene, readings.rulebook)
    if scene.parent is not None:
        taken = readings.of(scene.parent).taken.get(ABOLISHED, world.false)
        own = [fact for fact in readings.rulebook.vocabulary.facts if fact.subject == "材料" and fact.supplier != CONCLUDED]
        kept.append(world.aside(taken, [*own, *readings.choices.values(), SHOWN_AS]))     # the other material's facts are its own
    return kept
