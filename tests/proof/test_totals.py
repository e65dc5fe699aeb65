"""What is settled with unknowns is what every completion comes to; what is left open names every outcome that can come.

The completions are the solver's: every one of them at once. A failure prints the application and the completion that was missed.
Routes are compared, not modes: of several modes the first that surely holds is named, though an earlier one may still come.
"""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, settings

from engine.application import Application
from engine.proof.solver import Model
from engine.rulebook import Rulebook
from tests.bundled import applications as bundled_applications
from tests.proof.books import Json, applications, judged, rulebooks
from tests.proof.outcomes import Asked, came_to, of_bundled

# Not shrunk: a rulebook and an application shrink for minutes, and the message tells both in short.
some = settings(deadline=None, max_examples=20, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.reuse, Phase.generate))


def no_completion_is_missed(asked: Asked, raw: Json) -> int:
    """How many copies were looked at."""
    _, copies = judged(asked.watcher, raw)
    looked = 0
    for (key, follows), seen in copies.items():
        possible = asked.branches(seen.verdict)
        if possible is None:
            continue
        reading, kept = asked.at(raw, key, follows, seen)
        world = asked.world
        found = world.solve(world.every((*kept, world.deny(came_to(world, reading, {route for route, _ in possible})))))
        if isinstance(found, Model):
            unknown = {code: found.value(fact) for code in seen.sheet if seen.sheet[code] is None and (fact := found.fact(code)) is not None}
            came = [outcome for outcome, formula in reading.modes.items() if found.true(formula)]
            raise AssertionError(f"{key}: the engine says {seen.verdict.status} {sorted(possible)}, yet {came or 'nothing'} comes of {unknown}")
        assert found is False
        looked += 1
    return looked


@some
@given(rulebooks(), applications(known=False))
def test_what_is_settled_or_left_open_covers_every_completion(rulebook: Rulebook, raw: Json) -> None:
    no_completion_is_missed(Asked(rulebook), raw)


@settings(some, max_examples=10)
@given(bundled_applications())
def test_the_same_of_the_bundled_rulebook(application: Application) -> None:
    no_completion_is_missed(of_bundled(), application.model_dump(mode="json", exclude_none=True))
