"""What the engine says of a copy of a material, asked of the solver: outcomes as formulas, everything stated put in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

from engine.branches import Fork, leaves
from engine.judge import Verdict
from engine.proof.computed import exact
from engine.proof.readings import Reading, Readings
from engine.proof.scenes import Scenes
from engine.proof.solver import World
from engine.proof.witness import Seen, Watcher
from engine.rulebook import Rulebook
from tests.bundled import rulebook as bundled
from tests.proof import said
from tests.proof.said import Places

#: Route and mode; ("", "") where no route is open; ("suspended", "") where an earlier step failed.
Outcome = tuple[str, str]
NO_DEMAND = frozenset({("not_required", ""), ("abolished", "")})


def holds_of(world: World, reading: Reading, outcomes: Iterable[Outcome]) -> Any:
    """One of the outcomes comes about."""
    found = []
    for route, mode in outcomes:
        if route == "suspended":
            found.append(reading.suspended)
        elif route:
            found.append(world.every((reading.modes.get((route, mode), world.false), world.deny(reading.suspended))))
        else:
            found.append(world.every((reading.nothing, world.deny(reading.suspended))))
    return world.some(found)


def came_to(world: World, reading: Reading, routes: Iterable[str]) -> Any:
    """One of the routes is taken, in whatever mode."""
    wanted = set(routes)
    modes = {(route, mode) for route, mode in reading.modes if route in wanted}
    return holds_of(world, reading, modes | {(route, "") for route in wanted & {"", "suspended"}})


class Asked:
    """A rulebook decided by the engine and read by the solver."""

    def __init__(self, rulebook: Rulebook):
        self.rulebook = rulebook
        self.watcher = Watcher(rulebook)
        self.places = Places(Scenes(rulebook))
        self.world = World()
        self.readings = Readings(self.world, rulebook)

    def outcome(self, verdict: Verdict) -> set[Outcome] | None:
        """What a verdict says: one outcome (or the two that demand nothing), None if it hangs on something."""
        if verdict.status == "suspended":
            return {("suspended", "")}
        if verdict.status == "undecidable":
            return {("", "")}
        if isinstance(verdict.tree, Fork):
            return None
        return {(verdict.route, verdict.mode)}

    def branches(self, verdict: Verdict) -> set[Outcome] | None:
        """Everything a verdict leaves possible; None if its branches were too many to be looked at."""
        found = self.outcome(verdict)
        if found is None:
            tree = verdict.tree
            assert isinstance(tree, Fork)
            found = {outcome for _, outcome in leaves(tree)} if tree.ways else None
        return found if found is None or found.isdisjoint(NO_DEMAND) else found | NO_DEMAND     # nobody has to know which

    def at(self, raw: Mapping[str, Any], key: str, follows: str, seen: Seen) -> tuple[Reading, list[Any]]:
        """The reading of the copy's problem, and everything that is known of the copy as formulas."""
        problem, scene = self.places.of(seen, raw["deciding_division"], date.fromisoformat(raw["accepted_on"]), follows)
        person = key.partition("/")[2] or "applicant"
        kept = [*exact(self.world, scene, self.rulebook), *said.known(self.world, self.rulebook, self.readings, seen.sheet)]
        return self.readings.of(problem), [*kept, *said.shown(self.world, self.rulebook, raw, scene, person, seen.sheet.get("holds_credential"))]


@cache
def of_bundled() -> Asked:
    """The bundled rulebook, made ready once."""
    return Asked(bundled())
