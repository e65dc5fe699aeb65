"""What an application comes to, said to the solver: each known fact of a sheet as a formula, and the scene a judged material belongs to.

Nothing here imports the solver; questions go through its `World`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from engine.facts import Unit
from engine.proof.computed import SHOWN_AS
from engine.proof.readings import Readings
from engine.proof.scenes import Problem, Scene, Scenes
from engine.proof.solver import World
from engine.proof.witness import Seen
from engine.rulebook import Rulebook
from engine.vocabulary import CONCLUDED, DEFINED, FactValue

#: Facts that one scene makes of what an application states.
MADE = ("material_needed", "source_state", "source_ground", "shown_state", "person_age")


class Places:
    """Finds the problem and the scene of a judged material."""

    def __init__(self, scenes: Scenes):
        self.scenes = scenes
        self._of: dict[int, list[tuple[Problem, Scene]]] = defaultdict(list)
        for problem in scenes.problems:
            for scene in problem.scenes:
                self._of[id(scene.requirement)].append((problem, scene))

    def all(self, requirement: object, division: str, day: date) -> list[tuple[Problem, Scene]]:
        """Every scene that covers a material there and then."""
        return [(problem, scene) for problem, scene in self._of[id(requirement)]
                if division in scene.divisions and (scene.start <= day < scene.end or (scene.end.year == 9999 and day == scene.end))]

    def of(self, seen: Seen, division: str, day: date, follows: str = "") -> tuple[Problem, Scene]:
        """The one scene of a judged material."""
        group = seen.plan.group
        found = [(problem, scene) for problem, scene in self.all(seen.plan.requirement, division, day) if scene.follows == follows and scene.group is group]
        assert len(found) == 1, [(scene.start, scene.end, scene.divisions) for _, scene in found]
        return found[0]


def shown_as(raw: Mapping[str, Any], unit: Unit, person: str) -> str | None:
    """What was laid on the counter for the material: something valid of the person's, else what was shown first.

    Of an agent without authority a valid one counts like any other; None while nobody knows the authority.
    """
    codes = {one.code for one in unit.credentials}
    everybody = {"applicant", "agent", *(one["id"] for one in raw.get("persons", ()))}
    states = []
    for one in raw.get("presented") or ():
        if one["credential"] in codes and (one["holder"] == person or one["holder"] not in everybody):
            states.append(one["status"] if one["holder"] == person else "not_theirs")
    agent = raw.get("agent") or {}
    if "valid" in states and person != "agent" and agent.get("authorised") is False:
        return states[0]
    if "valid" in states and person != "agent" and agent.get("kind") == "authorised_agent" and agent.get("authorised") is None:
        return None
    return "valid" if "valid" in states else states[0] if states else "nothing"


def known(world: World, rulebook: Rulebook, readings: Readings, sheet: Mapping[str, FactValue], without: tuple[str, ...] = ()) -> Iterator[Any]:
    """Every known fact of the sheet as a formula, choices included; what is None is left open."""
    words = rulebook.vocabulary.by_word
    for code, value in sheet.items():
        fact = words.get(code)
        if fact is not None and value is not None and fact.supplier not in (CONCLUDED, DEFINED) and code not in without:
            yield world.is_value(fact, value)
    for fact in readings.choices.values():
        yield world.is_value(fact, sheet.get(fact.code, "unanswered"))


def shown(world: World, rulebook: Rulebook, raw: Mapping[str, Any], scene: Scene, person: str, held: FactValue) -> Iterator[Any]:
    """What was shown. Showing is an act that may still be done: without a list nothing was shown yet.

    `held` None: nobody said whether the person holds a credential; one that everybody holds is presumed to be held.
    """
    if scene.unit.credentials:
        if held is None and any(one.universal for one in scene.unit.credentials):
            yield world.is_value(rulebook.vocabulary["holds_credential"], True)
        how = shown_as(raw, scene.unit, person)
        if how is not None:
            yield world.is_value(SHOWN_AS, how)
