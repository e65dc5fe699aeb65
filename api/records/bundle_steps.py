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
from engine.bundle_list import entries, key_of
from engine.bundles import item_of
from engine.given import APPLICANT
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


def of_case(session: Session, rulebook: Rulebook, case: CaseFile, last: log.Recorded) -> Context | None:
    """The rest of the bundle a case is a step of; None for a case of its own. `last`: the decision that stands in it. Raises Erased."""
    own = session.exec(select(BundleStep).where(col(BundleStep.case_id) == case.id)).first()
    if own is None:
        return None
    steps = steps_of(session, own.bundle_case_id)
    outputs: dict[str, str] = {}
    perhaps: set[str] = set()
    for step, other in steps:
        if step.position >= own.position or step.needed == "no":
            continue
        issued = item_of(rulebook, step.item, other.division if other else case.division).outputs
        if other is not None and step.needed == "yes":
            outputs.update(dict.fromkeys(issued, output_of(other.state)))
        else:
            perhaps.update(issued)
    return Context(str(last.bundle.get("bundle", "")), _elsewhere(session, case, steps, last), perhaps - outputs.keys(), outputs,
                   tuple(other.id for _, other in steps if other is not None))


def _elsewhere(session: Session, case: CaseFile, steps: Sequence[tuple[BundleStep, CaseFile | None]], last: log.Recorded) -> dict[str, str]:
    """What other steps keep. What a step that has failed since kept, the first step still running that shares it takes over."""
    running = {step.item: other for step, other in steps if other is not None and step.needed == "yes" and output_of(other.state) != "failed"}
    shared = {other.id: _shared(session, last if other.id == case.id else None, other) for other in running.values() if other.state in PENDING}
    found = {}
    for key, keeper in dict(last.bundle.get("asked_elsewhere", {})).items():
        if keeper not in running:
            keeper = next((item for item, other in running.items() if key in shared.get(other.id, ())), "")
        if keeper and running[keeper].id != case.id:
            found[key] = keeper
        elif keeper and keeper == last.bundle["asked_elsewhere"][key]:
            found[key] = keeper      # kept by this very step under another id of the same person
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
