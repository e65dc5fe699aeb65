"""What a step of a bundle (一件事一次办) knows of the others: what earlier steps have issued, and what another step asks for in its place.

Read from the states of the step cases as they are now, so that a step that was granted or failed counts at once. Reads only; what a step
decides is `cases`' work, what the whole bundle decides `bundle_cases`'.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlmodel import Session, col, select

from api.records import log
from api.records.tables import BundleStep, CaseFile, Received
from engine import identity
from engine.body import Entry
from engine.bundle_list import STRICTNESS, entries, key_of, needed, of_another
from engine.bundles import item_of
from engine.given import AGENT, APPLICANT
from engine.lifecycle.machines import PENDING
from engine.rulebook import Rulebook


def output_of(state: str) -> str:
    """What became of a step's outputs, by the state of its case: issued, expected or failed."""
    return "issued" if state == "granted" else "expected" if state in PENDING else "failed"


@dataclass(frozen=True, slots=True)
class Context:
    """The rest of the bundle, as one step's decision takes it in and as the log keeps it with the decision.

    `asked_elsewhere`: by key (`material[/person]`), the item of the step that keeps it. `cases`: ids of all cases of the bundle, the own one included.
    """

    bundle: str
    asked_elsewhere: Mapping[str, str]
    perhaps_issued: Iterable[str]
    outputs: Mapping[str, str]
    cases: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As the log keeps it: without it the decision could not be made again."""
        return {"bundle": self.bundle, "asked_elsewhere": dict(self.asked_elsewhere), "perhaps_issued": sorted(self.perhaps_issued),
                "outputs": dict(self.outputs)}


def steps_of(session: Session, bundle_case_id: str) -> list[tuple[BundleStep, CaseFile | None]]:
    """The steps of a bundle in their order, each with its case where it has one."""
    rows = session.execute(select(BundleStep, CaseFile).outerjoin(CaseFile, col(CaseFile.id) == col(BundleStep.case_id)).where(
        col(BundleStep.bundle_case_id) == bundle_case_id).order_by(col(BundleStep.position)))
    return [(step, case) for step, case in rows]


def states_of(session: Session, rulebook: Rulebook, steps: Sequence[tuple[BundleStep, CaseFile | None]]) -> dict[str, str]:
    """By item of a needed step, what became of its outputs by now. A step that needs what has failed has failed too, however far its own case is.
    Raises Erased."""
    failed: set[str] = set()
    found: dict[str, str] = {}
    for step, case in steps:
        if case is None or step.needed != "yes":
            continue
        state = output_of(case.state)
        if state == "expected" and failed and any(one["material"] in failed and needed(one) for one in entries(_body(session, case))):
            state = "failed"
        found[step.item] = state
        issues = item_of(rulebook, step.item, case.division).outputs
        failed = failed | {*issues} if state == "failed" else failed - {*issues}
    return found


def _body(session: Session, case: CaseFile) -> dict[str, Any]:
    found = log.decision(session, case.decision_id)
    assert found is not None
    return dict(orjson.loads(found.body))


def of_case(session: Session, rulebook: Rulebook, case: CaseFile, last: log.Recorded, now: Mapping[str, Any] | None = None) -> Context | None:
    """The rest of the bundle a case is a step of; None for a case of its own. `last`: the decision that stands in it; `now`: the application that is to be
    decided, where it is another. Raises Erased."""
    own = session.exec(select(BundleStep).where(col(BundleStep.case_id) == case.id)).first()
    if own is None:
        return None
    steps = steps_of(session, own.bundle_case_id)
    outputs: dict[str, str] = {}
    perhaps: set[str] = set()
    states = states_of(session, rulebook, steps)
    for step, other in steps:
        if step.position >= own.position or step.needed == "no":
            continue
        issued = item_of(rulebook, step.item, other.division if other else case.division).outputs
        if other is not None and step.needed == "yes":
            outputs.update(dict.fromkeys(issued, states[step.item]))
        else:
            perhaps.update(issued)
    return Context(str(last.bundle.get("bundle", "")), _elsewhere(session, rulebook, case, steps, last, now or last.application),
                   perhaps - outputs.keys(), outputs,
                   tuple(other.id for _, other in steps if other is not None))


def _elsewhere(session: Session, rulebook: Rulebook, case: CaseFile, steps: Sequence[tuple[BundleStep, CaseFile | None]], last: log.Recorded,
               now: Mapping[str, Any]) -> dict[str, str]:
    """What other steps keep. What a step that has failed since kept, or keeps of somebody who is not meant any more, the first step still running that
    shares it takes over."""
    running = {step.item: other for step, other in steps if other is not None and step.needed == "yes" and output_of(other.state) != "failed"}
    shared = {other.id: _shared(session, last if other.id == case.id else None, other) for other in running.values() if other.state in PENDING}
    found = {}
    for key, keeper in dict(last.bundle.get("asked_elsewhere", {})).items():
        if keeper not in running or not _keeps(session, rulebook, running[keeper], case, key, now):
            keeper = next((item for item, other in running.items() if key in shared.get(other.id, ())), "")
        if keeper and running[keeper].id != case.id:
            found[key] = keeper
        elif keeper and keeper == last.bundle["asked_elsewhere"][key]:
            found[key] = keeper      # kept by this very step under another id of the same person
    return found


def _keeps(session: Session, rulebook: Rulebook, keeper: CaseFile, case: CaseFile, key: str, now: Mapping[str, Any]) -> bool:
    """Whether what a step keeps is of whoever is meant now. A step may itself keep what it has under another id of the same person."""
    if keeper.id == case.id:
        return True
    recorded = log.decision(session, keeper.decision_id)
    assert recorded is not None
    material, _, person = key.partition("/")
    return not of_another(rulebook, {"material": material, "person": person or None}, others_now(rulebook, recorded.application, now))


def copy_of(rulebook: Rulebook, recorded: log.Recorded, key: str, now: Mapping[str, Any]) -> Entry | None:
    """The copy a step asks for, by its decision: of the same material and person, under whatever id, as the application `now` means them; None where it
    asks for none. One that is met goes first."""
    material, _, person = key.partition("/")
    numbers = _numbers(rulebook, now)
    alike = {one for one in numbers if numbers[one] is not None and numbers[one] == numbers.get(person or APPLICANT)} | {person or APPLICANT}
    others = others_now(rulebook, recorded.application, now)
    found = [one for one in entries(orjson.loads(recorded.body)) if one["material"] == material and (one.get("person") or APPLICANT) in alike
             and one["route"] in STRICTNESS and not of_another(rulebook, one, others)]
    return next((one for one in found if one["satisfied"] == "yes"), found[0] if found else None)


def others_now(rulebook: Rulebook, before: Mapping[str, Any], now: Mapping[str, Any]) -> frozenset[str]:
    """The ids, the agent's included, under which somebody else stands now: another number, or a name that certainly is another (`identity.another_name`).

    Of whom no number is known is the same only while everything that is stated of them is. The applicant stays (a case stays one person's).
    """
    earlier, later = _people(before), _people(now)
    first, second = _numbers(rulebook, before), _numbers(rulebook, now)

    def same(one: str) -> bool:
        then, today = earlier.get(one), later.get(one)
        if then is None or today is None:
            return False
        if first[one] is None or second[one] is None:
            return all(str(then.get(name)) == str(today.get(name)) for name in ("id_type", "id_number", "name", "birth_date"))
        names = then.get("name"), today.get("name")
        return first[one] == second[one] and not (names[0] and names[1] and identity.another_name(str(names[0]), str(names[1])))

    return frozenset(one for one in {*earlier, *later} if one != APPLICANT and not same(one))


def _people(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {str(one["id"]): one for one in document.get("persons") or ()} | {who: document[who] for who in (APPLICANT, AGENT) if document.get(who)}


def _numbers(rulebook: Rulebook, document: Mapping[str, Any]) -> dict[str, tuple[str, str] | None]:
    """By id, kind and number in its one written form; None where none is stated that can be right."""
    kinds = rulebook.vocabulary.by_word["person_id_type"].by_word
    found: dict[str, tuple[str, str] | None] = {}
    for who, one in _people(document).items():
        kind = kinds.get(str(one.get("id_type")))
        read = identity.read(kind.code, str(one["id_number"])) if kind is not None and one.get("id_number") else None
        found[who] = (kind.code, read.number) if kind is not None and isinstance(read, identity.Identity) else None
    return found


def _shared(session: Session, recorded: log.Recorded | None, case: CaseFile) -> frozenset[str]:
    """Keys a step needs that are asked for elsewhere."""
    found = recorded or log.decision(session, case.decision_id)
    assert found is not None
    covered = {key_of(one["material"], one.get("person") or APPLICANT) for one in entries(orjson.loads(found.body)) if one["route"] == "covered"}
    return frozenset(covered & found.asked_elsewhere)


def held_by(session: Session, cases: Sequence[str]) -> list[Received]:
    """What was handed in to any of the cases, the earliest first."""
    return list(session.exec(select(Received).where(col(Received.case_id).in_(cases)).order_by(col(Received.at), col(Received.id))))


def taken_in(rulebook: Rulebook, body: Mapping[str, Any], codes: Iterable[str], elsewhere: Iterable[str]) -> list[str]:
    """Which of the materials handed in belong to a step: what it needs, without what another step keeps for it."""
    kept = frozenset(elsewhere)
    words = rulebook.vocabulary["material"].by_word
    own = {key_of(one["material"], one.get("person") or APPLICANT): one for group in _all(body) for one in group}
    found = []
    for code in codes:
        word, _, person = code.partition("/")
        key = key_of(words[word].code if word in words else word, person or APPLICANT)
        if key in own and not (key in kept and own[key]["route"] == "covered"):
            found.append(code)
    return found


def _all(body: Mapping[str, Any]) -> Iterable[list[Mapping[str, Any]]]:
    for one in (*body["materials"], *body["establishes"]):
        yield [one, *(member for way in one.get("alternatives", ()) for member in way["materials"])]
