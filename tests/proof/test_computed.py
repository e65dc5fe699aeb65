"""The computed facts in two forms, tested against each other: what Python makes of an application is what the solver makes of its leaves.

Every known statement of a random complete application is fixed; then exactly the sheet's values may be left of what is computed.
"""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from engine.application import Application
from engine.intake import take
from engine.problems import Refused
from engine.proof.computed import exact, general
from engine.proof.readings import Readings
from engine.proof.scenes import Scenes
from engine.proof.solver import Model, World
from engine.proof.witness import Watcher
from engine.vocabulary import FactValue
from tests.proof import said
from tests.proof.books import applications, judged, odd
from tests.proof.said import MADE, Places

# Not shrunk: an application shrinks for minutes.
some = settings(deadline=None, max_examples=20, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.reuse, Phase.generate))


@cache
def setting() -> tuple[Watcher, Places, World, Readings]:
    world = World()
    return Watcher(odd()), Places(Scenes(odd())), world, Readings(world, odd())


@some
@given(applications())
def test_the_solver_makes_of_the_statements_what_python_makes_of_them(raw):
    watcher, places, world, readings = setting()
    body, copies = judged(watcher, raw)
    words = odd().vocabulary.by_word
    assert body is None or copies
    for (key, follows), seen in copies.items():
        _, scene = places.of(seen, raw["deciding_division"], date.fromisoformat(raw["accepted_on"]), follows)
        person = key.partition("/")[2] or "applicant"
        leaves = [*exact(world, scene, odd()), *said.known(world, odd(), readings, seen.sheet, MADE), *said.shown(world, odd(), raw, scene, person,
            seen.sheet["holds_credential"])]
        made: dict[str, FactValue] = {code: seen.sheet[code] for code in MADE}
        assert None not in made.values(), (key, made)
        found = world.solve(world.every(leaves))
        assert isinstance(found, Model), (key, "what was stated cannot be, says the solver")
        assert {code: found.value(words[code]) for code in MADE} == made, key
        others = world.some(world.deny(world.is_value(words[code], value)) for code, value in made.items())
        assert world.solve(world.every((*leaves, others))) is False, (key, "the solver leaves another value open")


@pytest.mark.parametrize(("born", "day", "years"), [
    ("2008-02-29", "2026-02-28", 17), ("2008-02-29", "2026-03-01", 18), ("2008-02-29", "2024-02-29", 15), ("2008-02-29", "2024-03-01", 16),
    ("2008-02-28", "2026-02-28", 17), ("2008-02-28", "2026-03-01", 18), ("2007-12-31", "2025-12-31", 17), ("2007-12-31", "2026-01-01", 18),
    ("2026-11-22", "2026-11-22", 0), ("2026-11-22", "2027-11-22", 0), ("2026-11-22", "2027-11-23", 1), ("2000-01-01", "2100-01-01", 99), ("1900-03-01",
        "2000-02-29", 99)])
def test_an_age_is_counted_alike(born: str, day: str, years: int) -> None:
    from engine.identity import age_on
    world, words = World(), odd().vocabulary.by_word
    kept = [*general(world, odd()), world.is_value(words["birth_date"], date.fromisoformat(born)), world.is_value(words["as_of"], date.fromisoformat(day))]
    assert age_on(date.fromisoformat(born), date.fromisoformat(day)) == years
    assert world.possible(world.every((*kept, world.is_value(words["person_age"], years)))) is True
    assert world.possible(world.every((*kept, world.deny(world.is_value(words["person_age"], years))))) is False


def test_nobody_is_born_after_the_day() -> None:
    world, words = World(), odd().vocabulary.by_word
    born, day = world.is_value(words["birth_date"], date(2026, 1, 2)), world.is_value(words["as_of"], date(2026, 1, 1))
    assert world.possible(world.every((*general(world, odd()), born, day))) is False


@pytest.mark.parametrize(("state", "filed", "can"), [
    ("usable", "recorded", True), ("unchecked", "recorded", True), ("expired", "recorded", True), ("not_on_file", "recorded", False),
    ("usable", "not_recorded", False), ("not_on_file", "not_recorded", True)])
def test_what_is_on_file_goes_with_its_state(state: str, filed: str, can: bool) -> None:
    world, words = World(), odd().vocabulary.by_word
    both = [world.is_value(words["on_file_state"], state), world.is_value(words["on_file"], filed)]
    assert world.possible(world.every((*general(world, odd()), *both))) is can


@pytest.mark.parametrize("credit", ["good", "minor", "serious"])
@pytest.mark.parametrize("repaired", ["9999-12-31", "2020-01-01"])
def test_what_an_application_can_state_of_credit_is_not_left_out(credit: str, repaired: str) -> None:
    """However a repaired day gets into the records, the solver has it too."""
    stated = {"applicant_credit": credit, "credit_repaired_on": repaired}
    application = Application.model_validate({"item": "thing", "deciding_division": "210400", "accepted_on": "2022-01-01",
                                              "evidence": {"records": {"complete": True, "facts": stated}}})
    try:
        facts = take(odd(), application, application.accepted_on).facts
    except Refused:
        return
    world, words = World(), odd().vocabulary.by_word
    both = [world.is_value(words[code], facts[code]) for code in stated]
    assert world.possible(world.every((*general(world, odd()), *both))) is True
