"""What in the rest of its bundle stands in the way of granting a step (一件事一次办): an earlier step has not issued what this one rests on, or another
step keeps a copy for it that nobody has seen yet.

Read from the cases of the other steps as they are now, and from the decisions that stand in them. Nothing is decided here; refusing stays free.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlmodel import Session, col, select

from api.records import log
from api.records.acts import Conflict
from api.records.bundle_steps import Context, copy_of, held_by, of_case, steps_of
from api.records.tables import BundleStep, CaseFile
from engine.body import Entry
from engine.bundle_list import key_of, needed
from engine.bundles import item_of
from engine.given import APPLICANT
from engine.lifecycle.machines import CASE
from engine.rulebook import Rulebook

_SHARED: Final = "asked_once_in_bundle"
_ISSUED: Final = "issued_by_earlier_step"


@dataclass(frozen=True, slots=True)
class _Rest:
    """The rest of the bundle, as the step that is to be granted sees it. `cases`: by item; `document`: the application that was decided in the step."""

    session: Session
    rulebook: Rulebook
    bundle_case_id: str
    cases: Mapping[str, CaseFile]
    context: Context
    document: Mapping[str, Any]

    def name(self, item: str, chinese: bool) -> str:
        case = self.cases.get(item)
        found = item_of(self.rulebook, item, case.division if case is not None else None)
        return found.name if chinese else found.english

    @property
    def anew(self) -> str:
        return f"POST /v1/bundle-cases/{self.bundle_case_id}/decisions"


def before_grant_in_bundle(session: Session, case: CaseFile, rulebook: Rulebook, last: log.Recorded, entries: Iterable[Mapping[str, Any]]) -> None:
    """A step is granted once the earlier steps have issued what it rests on, and what others keep for it is there. `last`: the decision that stands in it,
    `entries`: those on which its outcome rests. Raises Conflict (`output-open`, `kept-open`), Erased."""
    context = of_case(session, rulebook, case, last)
    own = session.exec(select(BundleStep).where(col(BundleStep.case_id) == case.id)).first()
    if context is None or own is None:
        return
    steps = steps_of(session, own.bundle_case_id)
    rest = _Rest(session, rulebook, own.bundle_case_id, {step.item: other for step, other in steps if other is not None}, context, last.application)
    listed = list(entries)
    for one in listed:
        _issued(rest, one, last, [step.item for step, _ in steps if step.position < own.position and step.needed != "no"])
    for one in listed:
        if one["reason"] == _SHARED:
            _there(rest, one)


def _issued(rest: _Rest, entry: Mapping[str, Any], last: log.Recorded, earlier: list[str]) -> None:
    """Raises Conflict where an entry rests on what an earlier step issues and has not issued by now."""
    code, context = entry["material"], rest.context
    if code in context.outputs:
        state = context.outputs[code]
        otherwise = last.bundle.get("outputs", {}).get(code) == "expected" and entry["satisfied"] == "yes"      # on file already
        rests = needed(entry) if state == "failed" else entry["reason"] == _ISSUED and not otherwise
    else:
        state, rests = "unknown", code in context.perhaps_issued and entry["status"] == "undetermined"
    if not rests or state == "issued":
        return
    item = next((one for one in reversed(earlier) if code in item_of(rest.rulebook, one, None).outputs), "")
    case = rest.cases.get(item)
    zh, en = (CASE.state(case.state).zh, CASE.state(case.state).en) if case is not None else ("还不知道要不要办", "perhaps not needed")
    what = {"failed": ("没有办成，这个环节中止", "has come to nothing, so this step is suspended"),
            "expected": ("还没有产出，这个环节等它", "has not issued it yet, and this step waits for it"),
            "unknown": ("要不要办还不知道", "may not be needed at all")}[state]
    raise Conflict(
        "output-open", f"“{entry['name']}”由“{rest.name(item, True)}”环节产出，那个环节{what[0]}（现在是{zh}），不能准予；不能向申请人要。"
                       f"那个环节准予以后，或者情形变了的，先再判断：{rest.anew}。",
        f"“{entry['name_en']}” is issued by the step “{rest.name(item, False)}”, which {what[1]} (it is {en} now), so the case cannot be granted; the applicant "
        f"is not asked for it. Once that step is granted, or where things have changed, decide again: {rest.anew}.")


def _there(rest: _Rest, entry: Mapping[str, Any]) -> None:
    """Raises Conflict where a copy another step keeps is not met in the decision that stands there, or nobody keeps it any more."""
    key = key_of(entry["material"], entry.get("person") or APPLICANT)
    keeper = rest.cases.get(rest.context.asked_elsewhere.get(key, ""))
    if keeper is None:
        raise Conflict(
            "kept-open", f"“{entry['name']}”原来由别的环节收，现在没有哪个环节收，不能准予；先再判断，由还在办的环节收：{rest.anew}。",
            f"“{entry['name_en']}” was kept by another step and no step keeps it now, so the case cannot be granted; decide again, so that a step that is "
            f"still running asks for it: {rest.anew}.")
    recorded = log.decision(rest.session, keeper.decision_id)
    assert recorded is not None
    copy = copy_of(rest.rulebook, recorded, key, rest.document)
    if copy is not None and (copy["satisfied"] == "yes" or (keeper.state == "granted" and _received(rest, keeper, copy))):
        return
    zh, en = rest.name(keeper.item, True), rest.name(keeper.item, False)
    raise Conflict(
        "kept-open", f"“{entry['name']}”由“{zh}”环节收（办件 {keeper.id}），那里还没有，不能准予。"
                     f"在那个环节收下、看过（POST /v1/cases/{keeper.id}/materials），再判断以后准予：{rest.anew}。",
        f"“{entry['name_en']}” is kept by the step “{en}” (case {keeper.id}) and is not there yet, so the case cannot be granted. Take it in or look at it in "
        f"that step (POST /v1/cases/{keeper.id}/materials), decide again ({rest.anew}), then grant.")


def _received(rest: _Rest, keeper: CaseFile, copy: Entry) -> bool:
    """Whether a step that was granted, and is decided no more, has taken the copy in since."""
    return any(one.material == copy["material"] and (one.person or APPLICANT) == (copy.get("person") or APPLICANT) for one in held_by(rest.session, [keeper.id]))
