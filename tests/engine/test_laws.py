"""What must hold for every application to the bundled rulebook, stated as sentences."""

from __future__ import annotations

from datetime import date

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from engine.application import Application
from tests.bundled import RESULTS, applications, decider, rulebook

many = settings(deadline=None, max_examples=120, suppress_health_check=list(HealthCheck))
WEIGHT = {route.code: route.weight for route in rulebook().ladder}
NO_DEMAND = {"not_required", "abolished"}


def decided(application: Application, as_of: date | None = None) -> dict:
    return decider().decide(application, as_of or application.accepted_on)


def singles(body: dict) -> list[dict]:
    """Every material decided, members of alternatives included."""
    found = []
    for one in body["materials"]:
        found.extend([member for way in one["alternatives"] for member in way["materials"]] if "alternatives" in one else [one])
    return found


def by_key(body: dict) -> dict[tuple, dict]:
    return {(one["material"], one.get("person")): one for one in singles(body)}


@many
@given(applications())
def test_every_outcome_cites_a_rule_and_every_rule_its_article(application):
    for one in singles(decided(application)):
        if one["status"] in ("settled", "awaiting_authority") or (one["status"] == "waiting" and one["route"]):
            assert one["rule"] and one["grounds"][0] == one["rule"] and one["reason"]
            cited = [entry for entry in one["citations"] if entry.get("rule") == one["rule"]]
            assert cited and cited[0]["article"] and cited[0]["instrument"]


@many
@given(applications())
def test_no_material_is_undecidable(application):
    assert [one["name"] for one in singles(decided(application)) if one["status"] == "undecidable"] == []


@many
@given(applications(), st.data())
def test_more_facts_never_reopen_what_was_settled(application, data):
    before = by_key(decided(application))
    more = reveal(application, data)
    after = by_key(decided(more))
    for key, one in before.items():
        if one["status"] == "settled" and key in after:
            now = after[key]
            same = now["route"] == one["route"] or {now["route"], one["route"]} <= NO_DEMAND
            assert same and now["status"] == "settled", (key, one["route"], now["route"], now["status"])


def reveal(application: Application, data: st.DataObject) -> Application:
    """The same application with more that is known: nothing said before is changed."""
    raw = application.model_dump(mode="json", exclude_none=True)
    item = rulebook().item(application.item, application.deciding_division or "")
    assert item is not None
    for fact in item.situations:
        if data.draw(st.booleans()):
            raw["situation"].setdefault(fact.code, data.draw(st.booleans()))
    for key in [*before_keys(item), *(f"{one}/{p['id']}" for one in before_keys(item) for p in raw["persons"])]:
        if data.draw(st.booleans()):
            raw["evidence"]["queries"].setdefault(key, {"result": data.draw(st.sampled_from(RESULTS))})
        if data.draw(st.booleans()):
            raw["consents"].setdefault(key, data.draw(st.booleans()))
    if "records" not in raw["evidence"]:
        raw["evidence"]["records"] = {"complete": True}
    if "on_file" not in raw["evidence"]:
        raw["evidence"]["on_file"] = {"complete": True}
    return Application.model_validate(raw)


def before_keys(item) -> list[str]:
    return [one.code for one in item.requirements if one.material]


@many
@given(applications(), st.data())
def test_an_unknown_fact_never_waives_and_never_demands(application, data):
    """What is settled with unknowns stands under every completion of them."""
    before, after = by_key(decided(application)), by_key(decided(reveal(reveal(application, data), data)))
    for key, one in before.items():
        if one["status"] == "settled" and key in after:
            assert (after[key]["route"] == "submit") == (one["route"] == "submit"), key


@many
@given(applications())
def test_an_undetermined_material_names_its_branches_and_what_decides(application):
    body = decided(application)
    asked = {tuple(question["why"]["materials"]) for question in body["questions"]}
    for one in singles(body):
        if one["status"] in ("undetermined", "awaiting_authority") and one["branches"]:
            assert len({(branch["route"], branch["mode"]) for branch in one["branches"]}) > 1
            assert all(branch["when"] for branch in one["branches"])
    assert body["outcome"] != "undetermined" or asked or any(one["status"] == "undecidable" for one in singles(body))


@many
@given(applications())
def test_an_elective_is_never_taken_unless_chosen_and_never_offered_after_refusal(application):
    for one in singles(decided(application)):
        key = one["material"] if one.get("person") in (None, "applicant") else f"{one['material']}/{one['person']}"
        choice = application.choices.get(key)
        for route in ("commitment", "deferral"):
            answer = getattr(choice, route, None)
            if one["route"] == route:
                assert answer == "yes"
            if answer == "no":
                assert route not in {offer["route"] for offer in one["offers"]}


@many
@given(applications(choosing=False), st.sampled_from(("commitment", "deferral")))
def test_declining_an_elective_never_makes_another_material_heavier(application, route):
    plain = decided(application)
    keys = {offer_key(one) for one in singles(plain) if any(offer["route"] == route for offer in one["offers"])}
    assume(keys)
    declined = decided(application.model_copy(update={"choices": Application.model_validate(
        {**application.model_dump(mode="json", exclude_none=True), "choices": {key: {route: "no"} for key in keys}}).choices}))
    for key, one in by_key(plain).items():
        now = by_key(declined)[key]
        assert (one["route"], one["status"]) == (now["route"], now["status"])


def offer_key(one: dict) -> str:
    return one["material"] if one.get("person") in (None, "applicant") else f"{one['material']}/{one['person']}"


@many
@given(applications())
def test_the_same_inputs_give_identical_bytes(application):
    import json

    from engine.decide import Decider
    first = json.dumps(decided(application), ensure_ascii=False)
    assert json.dumps(decided(application), ensure_ascii=False) == first
    assert json.dumps(Decider(rulebook()).decide(application, application.accepted_on), ensure_ascii=False) == first


@many
@given(applications())
def test_a_barred_applicant_is_never_offered_a_commitment_and_risk_excludes_it(application):
    body = decided(application)
    for one in singles(body):
        material = rulebook().materials[one["material"]]
        item = rulebook().item(application.item, application.deciding_division or "")
        assert item is not None
        requirement = next(r for r in [*item.requirements, *(m for g in item.requirements for ms in g.alternatives for m in ms)]
                           if r.code == material.code)
        if requirement.risks and not {"消防法-15-承诺", "证照分离-承诺"} & set(one["grounds"]) and one["route"] == "commitment":
            assert one["mode"] == "licence_commitment"


@many
@given(applications())
def test_principal_materials_are_never_accepted_first(application):
    for one in singles(decided(application)):
        if one["role"] == "principal":
            assert (one["route"], one["mode"]) != ("deferral", "accept_first")
            assert ("deferral", "accept_first") not in {(offer["route"], offer["mode"]) for offer in one["offers"]}


@many
@given(applications(), st.integers(1, 400))
def test_a_later_day_never_makes_a_pending_case_heavier(application, wait):
    """The law is read twice for a case accepted earlier, and the lighter counts (facts being the same)."""
    as_of = min(date.fromordinal(application.accepted_on.toordinal() + wait), date(2026, 12, 31))
    body = decided(application, as_of)
    for one in singles(body):
        law = one.get("law")
        if law and law["taken"] == "current":
            accepted, current = law["accepted"]["route"], law["current"]["route"]
            assert accepted is None or current is None or WEIGHT[current] <= WEIGHT[accepted]
