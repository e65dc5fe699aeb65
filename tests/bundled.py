"""The bundled rulebook and random applications to it, for tests that state laws of the whole engine."""

from __future__ import annotations

from datetime import date
from functools import cache

from hypothesis import strategies as st

from api.rule_files import bundled, open_rulebook
from engine.application import Application
from engine.catalogue import Item
from engine.decide import Decider
from engine.people import SIGNERS
from engine.reading import read_rulebook
from engine.rulebook import Rulebook

DIVISIONS = ("210400", "620200", "420700", "513424", "430500")
RESULTS = ("valid", "expired", "revoked", "not_found", "mismatch", "unclear", "down")
IDENTITIES = (
    ("resident_id", "210400199003070007"), ("resident_id", "620200201506010001"), ("resident_id", "430503195812310004"),
    ("hmt_residence_permit", "810000198801010004"), ("foreign_pr_card", "91184019900101000X"), ("passport", "E12345678"), (None, None))


@cache
def rulebook() -> Rulebook:
    return read_rulebook(open_rulebook(bundled()))


@cache
def decider() -> Decider:
    return Decider(rulebook())


def signers(acting: str | None) -> tuple[str, ...]:
    """Who can have signed where somebody of that kind acts, or nobody does."""
    return ("self", *(signer for signer, kind in SIGNERS.items() if kind == acting))


def acted(application: Application, **agent: object) -> Application:
    """The same application with somebody acting; a letter that somebody else would have signed is signed by the person."""
    stated = application.model_dump(mode="json", exclude_unset=True) | {"agent": agent}
    for choice in stated.get("choices", {}).values():
        if choice.get("signed_by") not in (None, *signers(str(agent["kind"]))):
            choice["signed_by"] = "self"
    return Application.model_validate(stated)


def some_of(names: list[str], values: st.SearchStrategy) -> st.SearchStrategy[dict]:
    """Answers to some of the names, the others left unknown."""
    if not names:
        return st.just({})
    return st.dictionaries(st.sampled_from(names), values, max_size=len(names))


def codes(item: Item) -> list[str]:
    found = []
    for one in item.requirements:
        found.extend([one.code] if one.material else [member.code for members in one.alternatives for member in members])
    return list(dict.fromkeys(found))


def roles(item: Item) -> list[str]:
    return sorted({one.per_person for one in item.requirements if one.per_person})


def days() -> st.SearchStrategy[date]:
    """Days around every change of the rulebook, within the years the law here is whole."""
    near = [day.fromordinal(day.toordinal() + n) for day in rulebook().changes if date(2021, 12, 1) < day < date(2026, 11, 1) for n in (-1, 0, 1)]
    return st.sampled_from([*near, date(2026, 11, 22)])


@st.composite
def applications(draw: st.DrawFn, choosing: bool = True) -> Application:
    """A random application to a random item of the bundled catalogue, much of it unknown."""
    division = draw(st.sampled_from(DIVISIONS))
    code = draw(st.sampled_from(sorted({code for code, _ in rulebook().items})))
    item = rulebook().item(code, division)
    assert item is not None
    persons = [{"id": f"p{n}", "role": draw(st.sampled_from(roles(item))), "id_type": kind, "id_number": number}
               for n, (kind, number) in enumerate(draw(st.lists(st.sampled_from(IDENTITIES), max_size=3)))] if roles(item) else []
    keys = [*codes(item), *(f"{one}/{person['id']}" for one in codes(item) for person in persons)]
    kind, number = draw(st.sampled_from(IDENTITIES))
    evidence: dict = {"queries": draw(some_of(keys, st.sampled_from(RESULTS).map(lambda result: {"result": result}))),
                      "checks": draw(some_of(keys, st.sampled_from(("confirmed", "refuted", "inconclusive")).map(lambda result: {"result": result})))}
    if draw(st.booleans()):
        filed = draw(st.lists(st.sampled_from(keys), max_size=3))
        evidence["on_file"] = {"complete": draw(st.booleans()), "entries": [
            {"material": key, "trust": draw(st.sampled_from("ABCD")), "received_on": "2021-11-01"} for key in filed]}
    if draw(st.booleans()):
        credit = draw(st.lists(st.fixed_dictionaries({
            "kind": st.sampled_from(("minor", "ordinary", "serious", "false_commitment")), "recorded_on": st.just("2021-01-01"),
            "repaired_on": st.none() | st.sampled_from(("2021-06-01", "2026-04-01", "2026-12-01"))}), max_size=2))
        evidence["records"] = {"complete": draw(st.booleans()), "credit": credit}
    agent = draw(st.none() | st.fixed_dictionaries({"kind": st.sampled_from(("authorised_agent", "guardian", "official_helper")),
                                                    "authorised": st.none() | st.booleans()}))
    choice = st.fixed_dictionaries({}, optional={
        "commitment": st.sampled_from(("yes", "no")), "deferral": st.sampled_from(("yes", "no")), "signed_by": st.sampled_from(signers(agent and agent["kind"]))})
    return Application.model_validate({
        "item": code, "deciding_division": division, "accepted_on": draw(days().filter(lambda day: item.start <= day < item.end)),
        "situation": draw(some_of([fact.code for fact in item.situations], st.booleans())),
        "applicant": {"kind": draw(st.none() | st.sampled_from(("natural_person", "enterprise"))), "id_type": kind, "id_number": number},
        "persons": persons, "roles_complete": draw(st.lists(st.sampled_from(roles(item)), unique=True)) if roles(item) else [],
        "agent": agent,
        "handed_in": draw(st.none() | st.lists(st.sampled_from(keys), max_size=4)),
        "choices": draw(some_of(keys, choice)) if choosing else {},
        "consents": draw(some_of(keys, st.booleans())),
        "facts": {"holds_credential": draw(some_of(keys, st.booleans()))}, "evidence": evidence,
    })
