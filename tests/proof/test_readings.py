"""How a material stands as a formula is how the engine judges it: for complete applications one outcome is left, the engine's."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine.proof.scenes import Scenes
from engine.rulebook import Rulebook
from tests.bundled import rulebook as bundled
from tests.proof.books import DIVISIONS, applications, judged, odd, rulebooks
from tests.proof.outcomes import Asked, holds_of, of_bundled
from tests.proof.said import Places

# Not shrunk: a rulebook and an application shrink for minutes, and the message tells both in short.
some = settings(deadline=None, max_examples=15, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.reuse, Phase.generate))


@some
@given(rulebooks(), applications())
def test_the_reading_of_a_complete_application_is_the_engines_verdict(rulebook, raw):
    asked = Asked(rulebook)
    _, copies = judged(asked.watcher, raw)
    for (key, follows), seen in copies.items():
        taken = asked.outcome(seen.verdict)
        if taken is None:
            continue            # hangs on another material of the application
        reading, kept = asked.at(raw, key, follows, seen)
        told = holds_of(asked.world, reading, taken)
        assert asked.world.possible(asked.world.every(kept)) is True, (key, "what was stated cannot be, says the solver")
        assert asked.world.possible(asked.world.every((*kept, asked.world.deny(told)))) is False, (key, taken)


def covered_once(rulebook: Rulebook, places: Places, division: str, day: date) -> None:
    for code in {code for code, _ in rulebook.items}:
        found = rulebook.item(code, division)
        if found is None or day < found.start:
            continue
        for one in found.requirements:
            for listed in ([one] if one.material else []), *one.alternatives:
                for member in listed:
                    for requirement in (member, *member.establishes):
                        rows = [scene for _, scene in places.all(requirement, division, day) if scene.item is found]
                        expected = 1 if day < found.end else len(rows)     # past its end an item is read for pending cases only
                        assert len(rows) == expected <= 1, (code, requirement.code, division, day, len(rows))


@settings(deadline=None, max_examples=12, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(bundled().divisions)), st.data())
def test_every_place_and_day_of_the_bundled_rulebook_is_one_scene(division, data):
    change = data.draw(st.sampled_from(bundled().changes[:-1]))
    covered_once(bundled(), of_bundled().places, division, change + timedelta(days=data.draw(st.integers(-1, 1))))


@settings(deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))
@given(rulebooks(), st.sampled_from(DIVISIONS), st.data())
def test_every_place_and_day_is_one_scene_and_one_problem(rulebook, division, data):
    places = Places(Scenes(rulebook))
    for change in data.draw(st.lists(st.sampled_from(rulebook.changes[:-1]), min_size=1, max_size=4)):
        covered_once(rulebook, places, division, change + timedelta(days=data.draw(st.integers(-1, 1))))


def test_scenes_end_where_what_they_say_ends() -> None:
    """On every day of a scene the catalogue says what the scene says: its first, its last and the days around a change inside none."""
    from engine.standing import Place, material_facts
    for problem in Scenes(odd()).problems:
        for scene in problem.scenes:
            for day in (scene.start, scene.last if scene.last.year < 9999 else scene.start):
                now = material_facts(scene.requirement, scene.item, Place(odd(), scene.chain, day, day))
                assert {code: value for code, value in now.items() if scene.static.get(code) != value} == {}, (scene.item.code, scene.requirement.code, day)
