"""一件事一次办: a chain of items decided together, with one de-duplicated list.

Each step is decided like any application; what an earlier step issues covers a later need (expected until it is issued), and
per material and person the strictest need is asked once, the others are covered by it. Nothing here reads a rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from engine.application import Application
from engine.conditions import facts as facts_of
from engine.conditions import truth
from engine.decide import Body, Decider
from engine.problems import Problem, Refused, unknown_word
from engine.truth import FAILS, HOLDS
from engine.vocabulary import Fact, FactValue

#: Applicant's burden, the strictest first: what is handed in serves whoever only wants to see it.
_STRICTNESS = ("submit", "deferral", "commitment", "shown")
_OUTCOMES = ("blocked", "undetermined", "supplement", "accept_with_deferral", "accept_on_commitment", "accept")


def decide_bundle(decider: Decider, code: str, application: Application, as_of: date) -> Body:
    """Decide every step of a bundle for one application (whose `item` is not read).

    Raises Refused for an unknown bundle or situation and for whatever a step refuses.
    """
    rulebook = decider.rulebook
    bundle = rulebook.bundles.get(code) or next((one for one in rulebook.bundles.values() if one.name == code), None)
    if bundle is None:
        raise Refused([unknown_word("unknown-bundle", "一件事", "bundle", code, rulebook.bundles).at("", 0, "bundle")])
    items = {step.item: next(item for (item_code, _), item in rulebook.items.items() if item_code == step.item) for step in bundle.steps}
    known = {fact.code: fact for fact in (*bundle.situations, *(fact for item in items.values() for fact in item.situations))}
    words = known | {fact.name: fact for fact in known.values()}
    wrong = [Problem("stated-twice", f"“{known[code].name}”写了两次（名称和代码是同一个），只留一次。",
                     f"“{code}” is stated twice (the name and the code are the same thing); keep one.").at("", 0, f"situation.{known[code].name}")
             for code in known if code in application.situation and known[code].name != code and known[code].name in application.situation]
    wrong += [unknown_word("unknown-situation", "情形", "situation", word, known).at("", 0, f"situation.{word}")
             for word in application.situation if word not in words]
    if wrong:
        raise Refused(wrong)
    answers = {words[word].code: value for word, value in application.situation.items()}

    def lookup(fact: Fact) -> FactValue:
        return answers.get(fact.code)

    materials = rulebook.vocabulary["material"].by_word
    stated = {materials[word].code for word in application.evidence.outputs if word in materials}   # by name or by code: what is known goes first
    asked_steps: list[Fact] = []
    wanted = []
    outputs: dict[str, str] = {}
    perhaps: frozenset[str] = frozenset()       # outputs of steps of which nobody knows yet whether they are needed
    for step in bundle.steps:
        needed = truth(step.needed, lookup)
        if needed == FAILS:
            continue
        if needed != HOLDS:
            asked_steps.extend(fact for fact in facts_of(step.needed).values() if lookup(fact) is None)
        item = items[step.item]
        situation = {fact.code: answers[fact.code] for fact in item.situations if fact.code in answers}
        evidence = application.evidence.model_copy(update={"outputs": {
            **{code: state for code, state in outputs.items() if code not in stated}, **application.evidence.outputs}})
        changed = application.model_copy(update={"item": step.item, "situation": situation, "evidence": evidence})
        wanted.append((step.item, needed == HOLDS, changed, perhaps - outputs.keys()))
        if needed == HOLDS:
            outputs.update(dict.fromkeys(item.outputs, "expected"))
        else:
            perhaps |= frozenset(item.outputs)
    bodies = {name: decider.decide(one, as_of, perhaps_issued=maybe) for name, _, one, maybe in wanted}
    # A step that may fall away keeps nothing for the others.
    keeper = _keepers({name: bodies[name] for name, sure, _, _ in wanted if sure})
    steps: list[dict[str, Any]] = []
    for name, sure, one, maybe in wanted:
        spare = frozenset(key for key, owner in keeper.items() if owner != name)
        body = decider.decide(one, as_of, asked_elsewhere=spare, perhaps_issued=maybe) if spare else bodies[name]
        steps.append({"item": name, "needed": "yes" if sure else "unknown", "decision": body})
    return {
        "rulebook": rulebook.version, "as_of": as_of.isoformat(), "bundle": bundle.code, "lead": bundle.lead,
        "outcome": min((step["decision"]["outcome"] for step in steps), key=_OUTCOMES.index, default="accept") if not asked_steps else "undetermined",
        "steps": steps, "questions": [{"fact": fact.code, "values": ["true", "false"]} for fact in dict.fromkeys(asked_steps)]}


def _keepers(bodies: Mapping[str, Body]) -> dict[str, str]:
    """For each material and person that several steps ask the applicant for: the step that keeps it, the strictest first."""
    asked: dict[str, list[tuple[int, bool, int, str]]] = {}
    for position, (item, body) in enumerate(bodies.items()):
        for one in body["materials"]:
            if one["route"] in _STRICTNESS:
                key = one["material"] if one.get("person", "applicant") in ("applicant", None) else f"{one['material']}/{one['person']}"
                asked.setdefault(key, []).append((_STRICTNESS.index(one["route"]), one["role"] != "principal", position, item))
    return {key: min(rows)[3] for key, rows in asked.items()}
