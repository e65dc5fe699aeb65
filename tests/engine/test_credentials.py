"""Credentials shown (亮证), as laws over random applications: whose they are, on which day, in which form, shown by whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.application import Application
from tests import bundled
from tests.bundled import acted, decider, rulebook

calm = settings(deadline=None, max_examples=40)
IDENTITY = [one for one in rulebook().materials["identity_proof"].credentials]
shown = st.tuples(st.sampled_from(IDENTITY), st.lists(st.sampled_from(sorted(rulebook().credentials)), max_size=4, unique=True)).map(
    lambda both: list(dict.fromkeys((both[0], *both[1]))))


@st.composite
def applications(draw: st.DrawFn) -> Application:
    """Random applications of which enough is known that what is shown is what counts: nothing on file, nothing recorded, every situation told."""
    stated = draw(bundled.applications()).model_dump(mode="json", exclude_unset=True)
    item = rulebook().item(stated["item"], stated["deciding_division"])
    assert item is not None
    situation = {fact.code: draw(st.booleans()) for fact in item.situations}
    stated.pop("handed_in", None)     # what was handed in meets a need in its own way
    return Application.model_validate(stated | {"situation": situation, "evidence": {"on_file": {"complete": True}, "records": {"complete": True}}})


def with_shown(application: Application, credentials: list[str], holder: str = "applicant", **more: object) -> Application:
    """The application with these credentials shown and no others."""
    stated = application.model_dump(mode="json", exclude_unset=True) | {"presented": [{"credential": one, "holder": holder, **more} for one in credentials]}
    return Application.model_validate(stated)


def answer(application: Application) -> dict[str, Any]:
    return decider().decide(application, application.accepted_on)


def met_by_showing(body: dict[str, Any], party: str = "") -> Iterator[str]:
    """The materials met because something was shown."""
    for one in (*body["materials"], *body["establishes"]):
        for entry in (one, *(member for way in one.get("alternatives", ()) for member in way["materials"])):
            if entry["route"] == "shown" and entry["satisfied"] == "yes" and (not party or entry.get("person", "applicant") == party):
                yield entry["material"]


@calm
@given(applications(), shown)
def test_paper_and_electronic_count_alike(application, credentials):
    assert answer(with_shown(application, credentials, medium="physical")) == answer(with_shown(application, credentials, medium="electronic"))


@calm
@given(applications(), shown)
def test_the_last_day_of_validity_counts_and_the_next_does_not(application, credentials):
    day = application.accepted_on
    without_end = answer(with_shown(application, credentials))
    assert answer(with_shown(application, credentials, valid_to=day.isoformat())) == without_end
    over = answer(with_shown(application, credentials, valid_to=(day - timedelta(days=1)).isoformat()))
    assert over == answer(with_shown(application, credentials, status="expired"))
    assert not list(met_by_showing(over))


@calm
@given(applications(), shown, st.sampled_from(["revoked", "expired"]))
def test_what_is_not_in_force_meets_nothing(application, credentials, status):
    assert not list(met_by_showing(answer(with_shown(application, credentials, status=status))))


@calm
@given(applications(), shown)
def test_somebody_elses_credential_meets_nothing(application, credentials):
    assert not list(met_by_showing(answer(with_shown(application, credentials, holder="a relative who is not in the application"))))


@calm
@given(applications(), shown)
def test_an_agent_without_authority_shows_nothing_for_the_principal_and_an_authorised_one_does(application, credentials):
    def by(**agent: object) -> dict[str, Any]:
        return answer(with_shown(acted(application, kind="authorised_agent", **agent), credentials))

    authorised = by(authorised=True)
    assert not list(met_by_showing(by(authorised=False), "applicant"))
    assert not list(met_by_showing(by(), "applicant"))
    over = (application.accepted_on - timedelta(days=1)).isoformat()
    assert list(met_by_showing(by(authorised=True, authorised_until=over), "applicant")) == []
    assert by(authorised=True, authorised_until=application.accepted_on.isoformat()) == authorised


@calm
@given(applications(), shown)
def test_a_helper_and_a_guardian_carry_the_persons_credential_unless_they_are_said_to_have_no_authority(application, credentials):
    for kind in ("official_helper", "guardian"):
        said, unsaid, denied = (tuple(met_by_showing(answer(with_shown(acted(application, kind=kind, authorised=authority), credentials)), "applicant"))
                                for authority in (True, None, False))
        assert said == unsaid and denied == ()
