"""A source that fails makes nothing heavier for the applicant, and its provider gets a ticket: every source of every item wherever it is connected.

That the rules never send an outage to the applicant is proved (rules/invariants.yaml, 数据源中断不转嫁, 中断不加重). Here the whole chain is walked: the
application, the decision, what it owes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

from engine.application import Application
from engine.catalogue import Item, Requirement, Source
from engine.lifecycle.tickets import owed
from tests.bundled import decider, rulebook

DAY = date(2026, 11, 20)
BY_RESULT = {"down": "outage", "unclear": "unclear", "mismatch": "mismatch"}
PERSON = {"id_type": "resident_id", "id_number": "420704198001010007"}
FIRM = {"id_type": "uscc", "id_number": "91513424MA0000015F"}


def members(item: Item) -> Iterator[Requirement]:
    for one in item.requirements:
        yield from [one] if one.material else (member for way in one.alternatives for member in way)


def cells() -> Iterator[tuple[Item, str, Source, list[Requirement]]]:
    """Item, division, source, the materials of the item that the source could tell there."""
    for (code, home), item in sorted(rulebook().items.items()):
        if not item.start <= DAY < item.end:
            continue
        for division in sorted({one.division for source in rulebook().sources.values() for one in source.connections}):
            if rulebook().item(code, division) is not item or home not in rulebook().chain(division):
                continue
            for source in rulebook().sources.values():
                told = [one for one in members(item) if one.material and source.code in one.material.sources]
                if source.kind == "查询" and told and any(one.division in rulebook().chain(division) for one in source.connections):
                    yield item, division, source, told


def stated(item: Item, division: str, source: Source, told: list[Requirement], result: str, disputed: bool = False) -> Application:
    """Everything that could be needed is, everybody consents, nothing is on file or shown; the source says one thing of all it is asked."""
    who = FIRM if source.id_types and "uscc" in source.id_types else PERSON
    roles = sorted({one.per_person for one in item.requirements if one.per_person} - {"申请人", "本人"})
    persons = [{"id": f"p{n}", "role": role, **PERSON} for n, role in enumerate(roles)]
    keys = [key for one in told for key in (one.code, *(f"{one.code}/{person['id']}" for person in persons))]
    return Application.model_validate_json(json.dumps({
        "item": item.code, "deciding_division": division, "accepted_on": DAY.isoformat(), "situation": {fact.code: True for fact in item.situations},
        "applicant": {"kind": "enterprise" if who is FIRM else "natural_person", **who}, "persons": persons, "roles_complete": roles, "presented": [],
        "handed_in": [], "consents": dict.fromkeys(keys, True), "facts": {"data_disputed": dict.fromkeys(keys, True)} if disputed else {},
        "evidence": {"queries": {key: {"result": result} for key in keys}, "records": {"complete": True}, "on_file": {"complete": True}}}), strict=True)


def routes(application: Application, told: list[Requirement]) -> dict[str, tuple[str | None, str]]:
    """Where each copy the source could tell came out: route and status. Of alternatives, the lists that were not passed over."""
    body: dict[str, Any] = decider().decide(application, DAY)
    found = (member for one in (*body["materials"], *body["establishes"])
             for member in (one, *(each for way in one.get("alternatives", ()) if way["chosen"] or one["status"] != "settled" for each in way["materials"])))
    codes = {one.code for one in told}
    return {f"{one['material']}/{one.get('person') or 'applicant'}": (one["route"], one["status"]) for one in found if one["material"] in codes}


def test_wherever_a_working_source_would_waive_a_failing_one_demands_nothing_and_owes_a_ticket():
    waived = disputes = 0
    for item, division, source, told in cells():
        works = routes(stated(item, division, source, told, "valid"), told)
        spared = {key for key, (route, status) in works.items() if (route, status) == ("shared", "settled")}
        for result, kind in BY_RESULT.items():
            failing = stated(item, division, source, told, result)
            came_out, due = routes(failing, told), owed(decider(), failing, DAY)
            here = f"{item.code} {division} {source.code} {result}"
            assert not {key for key in spared & set(came_out) if came_out[key][1] == "settled" and came_out[key][0] in ("submit", "deferral")}, here
            asked_for = {f"{one.material}/{one.person or 'applicant'}" for one in due if one.kind == kind and one.source == source.code}
            followed = {key for key in spared & set(came_out) if came_out[key][0] == "agency_followup"}
            assert asked_for >= followed, here
            assert {one.kind for one in due} <= {kind} and {one.provider for one in due} <= {source.provider}, here
            waived += len(spared)
        contested = stated(item, division, source, told, "valid", disputed=True)
        corrections = {f"{one.material}/{one.person or 'applicant'}" for one in owed(decider(), contested, DAY) if one.kind == "correction"}
        assert spared <= corrections and not {
            key for key, (route, _) in routes(contested, told).items() if route in ("shared", "agency_followup")}, f"{item.code} {division}"
        disputes += len(spared)
    assert waived > 300 and disputes > 100
