"""Every sample application is answered as was agreed. To see or write what differs: `python -m tests.goldens [--write]`."""

from __future__ import annotations

import pytest

from tests.goldens import answer, golden, names, path, stale, text


@pytest.mark.parametrize("name", names())
def test_a_sample_is_answered_as_agreed(name):
    agreed = golden(name)
    assert agreed is not None, "no golden yet: python -m tests.goldens --write, after reading it"
    assert answer(name) == agreed


@pytest.mark.parametrize("name", names())
def test_a_golden_is_written_as_the_program_writes_it(name):
    assert path(name).read_text(encoding="utf-8") == text(golden(name) or {})


def test_every_golden_has_its_sample():
    assert stale() == []


def test_the_goldens_meet_every_route_and_every_outcome():
    """A route or an outcome that no sample meets would be nobody's agreement."""
    agreed = [golden(name) or {} for name in names()]
    routes = {one["route"] for told in agreed for one in told["materials"].values()}
    assert {"not_required", "abolished", "covered", "shared", "agency_check", "shown", "commitment", "agency_followup", "deferral", "submit"} <= routes
    assert {told["outcome"] for told in agreed} >= {"blocked", "undetermined", "supplement", "accept_with_deferral", "accept"}
