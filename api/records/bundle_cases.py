"""一件事一次办 in the records: opening a bundle with a case for every step, deciding it again, fixing its one list.

One transaction opens the cases of all steps that are surely needed, each with its decision like any other case, or none of them. Deciding
again takes the states of the step cases in: granted is issued, refused or withdrawn is failed. A step that fell away is withdrawn without
any mark; one that was decided already stays as it is. Nothing here decides (see `engine.bundles`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import orjson
from pydantic import ValidationError
from sqlmodel import Session, col, select

from api.records import log, tickets
from api.records.acts import APPLICANT, By, Conflict, case_of, found, tell
from api.records.bundle_log import SUBJECT, BundleMade, BundleRecorded, bundle_decision, write
from api.records.bundle_restating import laid_over, still_held, without_others
from api.records.bundle_steps import Context, held_by, others_now, output_of, steps_of, taken_in
from api.records.cases import Fresh, go, same_applicant, stand
from api.records.chain import canonical, sha256
from api.records.decisions import CaseExists, Decided, NewCase, Prepare, people_of, same_request
from api.records.electives import register
from api.records.history import GATHERED, Identified, Known, identified, own_records, question, recall, together
from api.records.ids import new_id
from api.records.notices import as_dict, freeze
from api.records.records import Records
from api.records.restating import Unfit, changed_people, overtaken, own_side, without
from api.records.tables import BundleCase, BundleStep, CaseFile, Idempotency, Received
from api.records.writer import Pages
from engine.application import BundleApplication
from engine.bundle_notice import bundle_notice
from engine.bundles import Begun, StepDecision, bundle_of, decide_steps
from engine.lifecycle.machines import PENDING
from engine.lifecycle.tickets import owed
from engine.notice import Notice
from engine.problems import Problem, Refused

#: Fields of an application that a bundle fixes when it is opened.
FIXED: Final = ("deciding_division", "deciding_divisions", "accepted_on", "case")
#: The longest number of the caller's: the numbers of the step cases are it, a stroke and a place.
LONGEST_NUMBER: Final = 72
_NONE: Final[Mapping[str, str | None]] = {}


@dataclass(frozen=True, slots=True)
class Stated:
    """An application for a bundle, as it is to be decided. `document`: without evidence; `held`: what was handed in to any of its cases;
    `own_records`: of `own`, what is known without asking anybody."""

    bundle: str
    document: Mapping[str, Any]
    evidence: Mapping[str, Any]
    own: Mapping[str, Any]
    people: tuple[Identified, ...]
    day: date
    held: tuple[Received, ...] = ()
    key: str | None = None
    fingerprint: str = ""
    own_records: Mapping[str, Any] = field(default_factory=dict)
    known: Known = field(default_factory=Known)

    def whole(self) -> BundleApplication:
        """The application that is decided, evidence included. Raises Unfit."""
        return whole_of(together(self.document, self.evidence, self.own))

    @property
    def number(self) -> str | None:
        found = self.document.get("case")
        return str(found) if found else None


@dataclass(frozen=True, slots=True)
class Settled:
    """A decision of a bundle that was recorded. `steps`: by item, the ids of the case and of its decision. `replayed`: answered before, under the key."""

    entry_id: str
    bundle_case_id: str
    at: str
    application: BundleApplication | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    steps: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    supersedes: str | None = None
    replayed: bool = False
    own: Mapping[str, Any] = field(default_factory=dict)      # what our own side added to the evidence


def whole_of(document: Mapping[str, Any]) -> BundleApplication:
    """The document as an application. Raises Unfit."""
    try:
        return BundleApplication.model_validate_json(canonical(document), strict=True)
    except ValidationError as error:
        raise Unfit(error, document) from None


# -- opening ------------------------------------------------------------------------------------------------------------

def open_bundle(records: Records, stated: Stated) -> Callable[[Pages], Settled]:
    """The act of opening a bundle. Raises Refused, Unfit, KeyReused, Erased, and Conflict where the number is in use."""
    def does(pages: Pages) -> Settled:
        earlier = _answered(pages, stated)
        if earlier is not None:
            return earlier
        number, full = stated.number, stated.whole()
        _free(pages.session, number, full.deciding_division)
        people = people_of(pages, stated.people)
        pages.flush()
        bundle_id = new_id()
        made, written, entry_id = _decide(records, pages, bundle_id, stated, full, {}, {}, None)
        division = full.deciding_division or next((str(one.body["deciding_division"]) for one in made), "")
        pages.add(BundleCase, id=bundle_id, number=number, bundle=bundle_of(records.rulebook, stated.bundle).code, division=division,
                  applicant_id=people.get("applicant"), received_on=full.accepted_on, opened_at=pages.at, entry_id=entry_id)
        pages.flush()
        sure = {one.item: one.sure for one in made}
        for position, step in enumerate(bundle_of(records.rulebook, stated.bundle).steps):
            pages.add(BundleStep, bundle_case_id=bundle_id, item=step.item, position=position, needed=_needed(sure.get(step.item)),
                      case_id=written.get(step.item, (None, ""))[0])
        return _settled(pages, stated, bundle_id, entry_id, full, written, None)

    return does


def _needed(sure: bool | None) -> str:
    return "no" if sure is None else "yes" if sure else "unknown"


def _answered(pages: Pages, stated: Stated) -> Settled | None:
    """What the key got the first time. Raises KeyReused and Erased."""
    earlier = pages.session.get(Idempotency, stated.key) if stated.key is not None else None
    if earlier is None:
        return None
    same_request(earlier, stated.fingerprint)
    recorded = bundle_decision(pages.session, earlier.decision_id)
    return Settled(recorded.id, recorded.bundle_case_id, recorded.at, replayed=True)


def _free(session: Session, number: str | None, division: str | None) -> None:
    """Raises Conflict where the caller's number belongs to another bundle, Refused where it is too long."""
    if number is None:
        return
    if len(number) > LONGEST_NUMBER:
        raise Refused([Problem("too-long", f"一件事的办件编号最多 {LONGEST_NUMBER} 个字，各环节的编号还要在后面加上次序。",
                               f"The number of a bundle has at most {LONGEST_NUMBER} characters; those of its steps add their place.", field="case")])
    if session.exec(select(BundleCase.id).where(col(BundleCase.number) == number, col(BundleCase.division) == division)).first() is not None:
        raise _taken()


def _taken() -> Conflict:
    return Conflict("number-taken", "这个办件编号已经用过；已有的一件事用 /v1/bundle-cases/{id}/decisions 再作判断，新的申请请换一个编号。",
                    "This number is in use; a bundle is decided again by /v1/bundle-cases/{id}/decisions, a new application takes a new number.")


def _settled(pages: Pages, stated: Stated, bundle_id: str, entry_id: str, full: BundleApplication, written: Mapping[str, tuple[str, str]],
             supersedes: str | None) -> Settled:
    if stated.key is not None:
        pages.add(Idempotency, key=stated.key, fingerprint=stated.fingerprint, decision_id=entry_id)
    pages.flush()
    body = bundle_decision(pages.session, entry_id).body(pages.session)
    return Settled(entry_id, bundle_id, pages.at, full, body, written, supersedes, own=stated.own)


# -- deciding all steps -------------------------------------------------------------------------------------------------

def _decide(records: Records, pages: Pages, bundle_id: str, stated: Stated, full: BundleApplication, cases: Mapping[str, CaseFile],
            begun: Mapping[str, Begun], supersedes: str | None, earlier: Mapping[str, str | None] = _NONE,
            ) -> tuple[tuple[StepDecision, ...], dict[str, tuple[str, str]], str]:
    """Decide and write: every pending case anew, every missing one opened. Gives the steps, their cases and decisions, and the bundle's entry.

    `earlier`: by item, the number of the case of a step that fell away before.
    """
    result = decide_steps(records.rulebooks.current, stated.bundle, full, stated.day, begun)
    code = str(result.body["bundle"])
    places = {step.item: place for place, step in enumerate(records.rulebook.bundles[code].steps, 1)}
    jobs: dict[str, NewCase] = {}
    written: dict[str, tuple[str, str]] = {}
    for one in result.steps:
        case = cases.get(one.item)
        if one.closed and case is not None:
            written[one.item] = (case.id, case.decision_id)
        elif one.sure:
            number = case.number if case is not None else _number(stated.number, places[one.item], earlier.get(one.item))
            pinned = begun[one.item].pinned if one.item in begun else None
            made = Decided(_document(stated, one, number), stated.evidence, stated.own, one.body, records.program,
                           case.rulebook if case is not None and pinned else None, Context(code, one.kept, one.perhaps, one.outputs).as_dict())
            if case is not None:
                same_applicant(case, {person.id: person for person in stated.people}, pages)
                standing = stand(records, pages, case, Fresh(made, one.application, stated.people, stated.held, stated.day, pinned))
                pages.flush()
                register(records, pages, case, one.body, one.application)
                written[one.item] = (case.id, standing.receipt.decision_id)
            else:
                codes = taken_in(records.rulebook, one.body, [key for key in stated.document.get("handed_in") or () if key not in _keys(stated.held)], one.kept)
                jobs[one.item] = NewCase(made, stated.people, records.rulebook, received=codes)
    written |= _opened(records, pages, jobs, {one.item: one for one in result.steps}, stated.day)
    outputs = {item: begun[item].output if item in begun else "expected" for item in written}
    entry_id = write(pages, BundleMade(bundle_id, {"application": stated.document, "evidence": stated.evidence, "own": stated.own}, result.body,
                                       {item: decision for item, (_, decision) in written.items()}, outputs, records.program, supersedes))
    return result.steps, written, entry_id


def _number(number: str | None, place: int, earlier: str | None) -> str | None:
    """The number of a step's case: the bundle's and its place; of a step that fell away and is needed after all, counted on (FS-1/4-2)."""
    if number is None:
        return None
    first = f"{number}/{place}"
    return first if earlier is None else f"{first}-{int(earlier.removeprefix(first).lstrip('-') or 1) + 1}"


def _opened(records: Records, pages: Pages, jobs: Mapping[str, NewCase], steps: Mapping[str, StepDecision], day: date) -> dict[str, tuple[str, str]]:
    """The cases of the steps that have none, each as any case is opened. Raises Conflict where a number is in use."""
    pages.flush()
    Prepare()(pages.session, list(jobs.values()))
    written = {}
    try:
        receipts = {item: job.write(pages) for item, job in jobs.items()}
    except CaseExists:
        raise _taken() from None
    pages.flush()
    for item, receipt in receipts.items():
        case, application = case_of(pages.session, str(receipt.case_id)), steps[item].application
        register(records, pages, case, steps[item].body, application)
        due = owed(records.rulebooks.current, application, day, None, frozenset(steps[item].kept), steps[item].perhaps,
                   tickets.unchecked(jobs[item].decided.own))
        tickets.after_opening(pages, case, tickets.Made(records.rulebook, application, day, due))
        written[item] = (case.id, receipt.decision_id)
    return written


def _document(stated: Stated, step: StepDecision, number: str | None) -> dict[str, Any]:
    """The application of one step, as its own case keeps it."""
    shared = {name: value for name, value in stated.document.items() if name not in ("deciding_divisions", "case")}
    division = step.application.deciding_division
    return {**shared, "item": step.item, "accepted_on": step.application.accepted_on.isoformat(), "situation": dict(step.application.situation),
            **({"deciding_division": division} if division else {}), **({"case": number} if number else {})}


def _keys(held: tuple[Received, ...]) -> frozenset[str]:
    return frozenset(f"{one.material}/{one.person}" if one.person else one.material for one in held)


# -- deciding again -----------------------------------------------------------------------------------------------------

@dataclass(frozen=True, slots=True)
class BundleAnew:
    """Another decision of a bundle: the fields that changed, on which day, under which key. `gathered`: what the sources said."""

    bundle_case_id: str
    document: Mapping[str, Any]
    day: date
    key: str | None = None
    fingerprint: str = ""
    gathered: Mapping[str, Any] = field(default_factory=dict)


def decide_bundle_anew(records: Records, anew: BundleAnew) -> Callable[[Pages], Settled]:
    """The act of deciding a bundle again. Raises NoSuchRecord, Conflict (closed, or a fixed field), Unfit, Refused, Erased, KeyReused."""
    def does(pages: Pages) -> Settled:
        session = pages.session
        row = found(session, BundleCase, anew.bundle_case_id)
        for _, case in steps_of(session, row.id):
            if case is not None:
                case_of(session, case.id)      # locked, in one order
        stated = restated_bundle(records, session, row, anew)
        earlier = _answered(pages, stated)
        if earlier is not None:
            return earlier
        steps = {step.item: (step, case) for step, case in steps_of(session, row.id)}
        running = {item: case for item, (step, case) in steps.items() if case is not None and step.needed != "no"}
        if running and not any(case.state in PENDING for case in running.values()) and all(step.needed != "unknown" for step, _ in steps.values()):
            raise Conflict("bundle-closed", "一件事的各环节都已经办结，不能再作判断；要再办请另行申请。",
                           "Every step of the bundle is closed, so it cannot be decided again; make a new application.")
        full, supersedes = stated.whole(), row.entry_id
        begun = {item: _begun(records, session, case, stated.document) for item, case in running.items()} | {
            item: Begun(accepted_on=anew.day) for item, (_, case) in steps.items() if item not in running}
        made, written, entry_id = _decide(records, pages, row.id, stated, full, running, begun, supersedes, {
            item: case.number for item, (_, case) in steps.items() if case is not None and item not in running})
        pages.flush()       # the entry first: the bundle points to it by now
        row.entry_id = entry_id
        session.add(row)
        sure = {one.item: one.sure for one in made}
        for item, (step, case) in steps.items():
            step.needed = _needed(sure.get(item))
            if item in written:
                step.case_id = written[item][0]
            elif step.needed == "no" and case is not None and case.state in PENDING:
                go(records, case.id, "withdraw", APPLICANT, "一件事里这个环节不再需要")(pages)
            session.add(step)
        return _settled(pages, stated, row.id, entry_id, full, written, supersedes)

    return does


def _begun(records: Records, session: Session, case: CaseFile, now: Mapping[str, Any]) -> Begun:
    pinned = records.rulebooks.decider(case.rulebook, session) if case.rulebook != records.rulebook.version else None
    body, others = None, frozenset[str]()
    if case.state not in PENDING:
        recorded = log.decision(session, case.decision_id)
        assert recorded is not None
        body, others = orjson.loads(recorded.body), others_now(records.rulebook, recorded.application, now)
    return Begun(output_of(case.state), body, case.received_on, pinned, others)


def restated_bundle(records: Records, session: Session, row: BundleCase, anew: BundleAnew) -> Stated:
    """The application as it now stands: what is stated now laid over what was stated before. Raises Conflict, Unfit, Erased."""
    last = bundle_decision(session, row.entry_id)
    for name in FIXED:
        said, value = anew.document.get(name), last.application.get(name)
        if said is not None and said != value:
            raise Conflict("case-fixed", f"一件事的“{name}”是“{value or '没有写'}”，不能改成“{said}”；要改请另行申请。",
                           f"The bundle has “{value or 'nothing'}” for “{name}”, which cannot become “{said}”; make a new application.")
    cases = [case for _, case in steps_of(session, row.id) if case is not None]
    stale = overtaken(records.rulebook, frozenset(key for case in cases for key in tickets.overtaken(session, case)))
    same_day, others = last.tells["as_of"] == anew.day.isoformat(), changed_people(last.application, anew.document)
    evidence = {**(without(last.evidence, stale, others) if same_day else {}), **dict(anew.document.get("evidence") or {})}
    stated = laid_over(records.rulebook, row.bundle, last.application, {name: value for name, value in anew.document.items() if name != "evidence"})
    whole_of(stated)      # its shape, before anything is read in it
    document = without_others(records.rulebook, last.application, stated, anew.document)
    application = whole_of({**document, "evidence": evidence} if evidence else document)
    held = tuple(held_by(session, [case.id for case in cases]))
    codes = [*(document.get("handed_in") or ()), *still_held(session, records.rulebook, row, held, document)]
    if codes:
        document["handed_in"] = sorted(dict.fromkeys(codes))
    people = identified(records.rulebook, application)
    [known] = recall(session, [question(records.rulebook, application, people)], [case.id for case in cases])
    earlier = without({name: last.own[name] for name in GATHERED if name in last.own}, stale, others) if same_day else {}
    own = own_records(records.rulebook, people, known, complete=records.policy.complete, application=application, day=anew.day)
    return Stated(row.bundle, document, evidence, own_side(own, earlier, anew.gathered), people, anew.day, held, anew.key, anew.fingerprint, own,
                  known)


# -- the one list -------------------------------------------------------------------------------------------------------

def outdated(session: Session, row: BundleCase, recorded: BundleRecorded) -> bool:
    """Whether a step moved or was decided by itself since the bundle was decided: then deciding again may say something else."""
    return any(case is not None and step.item in recorded.decisions and (
        recorded.decisions[step.item] != case.decision_id or recorded.states[step.item] != output_of(case.state)) for step, case in steps_of(session, row.id)
        if step.needed != "no")


def list_of(records: Records, session: Session, recorded: BundleRecorded, language: str) -> Notice:
    """The list of a recorded decision, under the rulebook it was decided under. Raises UnknownRulebook, Erased."""
    application = BundleApplication.model_validate_json(canonical(recorded.document), strict=True)
    people = {person.id: person.name for person in application.persons if person.name}
    rulebook = records.rulebooks.decider(str(recorded.tells["rulebook"]), session).rulebook
    return bundle_notice(recorded.body(session), rulebook, language, application.applicant.name or "", people)


def fix_list(records: Records, bundle_case_id: str, by: By, unit: str, decision_id: str | None = None) -> Callable[[Pages], BundleCase]:
    """The act of fixing the one list, once: its hash and time, and the one-time notice of every step that has none yet.

    `unit`: the officer's, which must be the lead unit. Raises NoSuchRecord, Refused, Erased, and Conflict where it is fixed already, where another
    decision stands by now than the one read, where a step has moved since, or where something is not known yet.
    """
    def does(pages: Pages) -> BundleCase:
        session = pages.session
        row = found(session, BundleCase, bundle_case_id)
        recorded = bundle_decision(session, row.entry_id)
        lead = str(recorded.kept["lead"])
        if unit != lead:
            raise Refused([Problem("not-the-lead-unit", f"清单由牵头单位“{lead}”一次定下；“{unit}”是配合单位，不能定。",
                                   f"The lead unit “{lead}” fixes the list; “{unit}” takes part and cannot.", field="unit", allowed=(lead,))])
        if row.fixed_at is not None:
            raise Conflict("list-fixed", "清单已经定下，只能定一次；各环节不得再加材料。", "The list is fixed already, and only once; no step may add to it.")
        if decision_id is not None and row.entry_id != decision_id:
            raise Conflict("superseded", "这次判断已经被新的判断取代，请看过新的再定清单。", "The decision has been superseded; read the new one before fixing the list.")
        if outdated(session, row, recorded):
            raise Conflict("outdated", "有环节在这次判断以后办过或者另外判断过，请先对一件事再判断一次。",
                           "A step has moved or was decided by itself since; decide the bundle again first.")
        open_ = [one["fact"] for one in recorded.kept["questions"]]
        unsure = [one["item"] for one in recorded.kept["steps"] if one["needed"] == "unknown"]
        if open_ or unsure:
            facts = [records.rulebook.vocabulary.by_word.get(word) for word in dict.fromkeys(open_)]
            zh, en = ("、".join(f"“{one.name}”" for one in facts if one), ", ".join(f"“{one.english}”" for one in facts if one))
            raise Conflict("list-open", f"还有要申请人说明的{f'（{zh}）' if zh else ''}，清单还不能一次定下；问清以后再判断"
                                        f"（POST /v1/bundle-cases/{row.id}/decisions），再定清单。",
                           f"The applicant still has to say something{f' ({en})' if en else ''}, so the list cannot be fixed for good; ask, decide again "
                           f"(POST /v1/bundle-cases/{row.id}/decisions), then fix it.")
        row.list_entry, row.list_hash, row.fixed_at = row.entry_id, sha256(canonical(as_dict(list_of(records, session, recorded, "zh")))), pages.at
        session.add(row)
        tell(pages, None, (SUBJECT, row.id), "fix", by, {"decision": row.entry_id, "hash": row.list_hash})
        for _, case in steps_of(session, row.id):
            if case is not None and case.state == "received":
                freeze(records, case.id, by)(pages)
        return row

    return does
