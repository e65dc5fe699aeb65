"""A case as it is about to be decided again: what is stated now laid over what was stated before, and what our own side knows of it.

Reads only: the service asks its sources about it before anything is written, and the act that decides reads it again. Nothing here decides.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from pydantic import ValidationError
from sqlmodel import Session

from api.records import log, tickets
from api.records.acts import Conflict
from api.records.bundle_steps import Context, held_by, of_case
from api.records.chain import canonical
from api.records.decisions import parted
from api.records.history import APPLICANT, GATHERED, Identified, Known, identified, own_records, question, recall, together
from api.records.records import Records
from api.records.tables import CaseFile, Received
from engine.application import Application
from engine.decide import Decider
from engine.given import AGENT
from engine.rulebook import Rulebook

#: Fields of an application that a case fixes when it is opened.
FIXED: Final = ("item", "deciding_division", "accepted_on", "case")
#: Answers that say what is, so that a source which fails later the same day takes nothing away.
_CONCLUSIVE: Final = frozenset({"valid", "expired", "revoked", "not_found", "confirmed", "refuted"})


class Unfit(Exception):
    """The application that comes out does not have the right shape. Carries the error and the document."""

    def __init__(self, error: ValidationError, document: Mapping[str, Any]):
        self.error, self.document = error, document
        super().__init__("unfit")


@dataclass(frozen=True, slots=True)
class Anew:
    """Another decision of a case: what is stated, on which day, under which key.

    `whole`: the document is a whole application; otherwise its fields replace those of the last one and the others stay.
    `gathered`: what the sources said, asked for this decision.
    """

    case_id: str
    document: Mapping[str, Any]
    day: date
    whole: bool = False
    key: str | None = None
    fingerprint: str = ""
    gathered: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Restated:
    """The application as it now stands. `evidence`: the caller's; `earlier`: what the sources said earlier the same day."""

    application: Application
    document: Mapping[str, Any]
    evidence: Mapping[str, Any]
    people: tuple[Identified, ...]
    known: Known
    held: tuple[Received, ...]
    earlier: Mapping[str, Any]
    pinned: Decider | None
    own_records: Mapping[str, Any]
    bundle: Context | None = None        # of a step of a bundle: the rest of it

    def own(self, gathered: Mapping[str, Any]) -> dict[str, Any]:
        """What our own side adds, with what the sources say now."""
        return own_side(self.own_records, self.earlier, gathered)

    def whole(self, gathered: Mapping[str, Any]) -> Application:
        """The application that is decided, evidence included. Raises Unfit."""
        outputs = self.bundle.outputs if self.bundle else None
        return _application(log.with_outputs(together(self.document, self.evidence, self.own(gathered)), outputs))


def own_side(own_records: Mapping[str, Any], earlier: Mapping[str, Any], gathered: Mapping[str, Any]) -> dict[str, Any]:
    """Our records, what the sources say now, and what they clearly said earlier today where now they say nothing."""
    made = dict(own_records)
    for name in ("queries", "checks"):
        now: dict[str, Any] = dict(gathered.get(name) or {})
        before = {key: said for key, said in (earlier.get(name) or {}).items()
                  if key not in now or (said["result"] in _CONCLUSIVE and now[key]["result"] not in _CONCLUSIVE and now[key]["result"] != "mismatch")}
        if now or before:
            made[name] = {**now, **before}
    kept = {*(made.get("queries") or ()), *(made.get("checks") or ())}
    not_sought = [key for key in dict.fromkeys((*(gathered.get("not_sought") or ()), *(earlier.get("not_sought") or ()))) if key in kept]
    if not_sought:
        made["not_sought"] = not_sought
    asked = gathered.get("inquiries") or earlier.get("inquiries")
    return {**made, "inquiries": asked} if asked else made


def restated(records: Records, session: Session, case: CaseFile, anew: Anew) -> Restated:
    """Raises Conflict (another item, division or day), Unfit, Erased."""
    last = log.decision(session, case.decision_id)
    assert last is not None
    stale, others = overtaken(records.rulebook, tickets.overtaken(session, case)), changed_people(last.application, anew.document)
    same_day = last.tells["as_of"] == anew.day.isoformat() and not anew.whole
    application, evidence = _stated(case, last, anew, without(last.evidence, stale, others) if same_day else {})
    people = identified(records.rulebook, application)
    document, _ = parted(application)
    bundle = of_case(session, records.rulebook, case, last, document)
    cases = bundle.cases if bundle else (case.id,)
    [known] = recall(session, [question(records.rulebook, application, people)], cases)
    held = tuple(held_by(session, cases))
    codes = [*(document.get("handed_in") or ()), *(f"{one.material}/{one.person}" if one.person else one.material for one in held)]
    if codes:
        document["handed_in"] = list(dict.fromkeys(codes))
    earlier = without({name: last.own[name] for name in GATHERED if name in last.own}, stale, others) if same_day else {}
    pinned = records.rulebooks.decider(case.rulebook, session) if case.rulebook != records.rulebook.version else None
    return Restated(application, document, evidence, people, known, held, earlier, pinned,
                    own_records(records.rulebook, people, known, complete=records.policy.complete, application=application, day=anew.day), bundle)


def overtaken(rulebook: Rulebook, gone: Collection[str]) -> Callable[[str], bool]:
    """Whether a key of the evidence, however it is written, is one of those whose provider has since answered."""
    words = rulebook.vocabulary["material"].by_word

    def stale(key: str) -> bool:
        word, _, person = key.partition("/")
        code = words[word].code if word in words else word
        return (f"{code}/{person}" if person and person != APPLICANT else code) in gone

    return stale


def changed_people(before: Mapping[str, Any], now: Mapping[str, Any]) -> frozenset[str]:
    """The ids under which somebody else stands, or may stand, now: what was answered of the one says nothing of the other."""
    def people(document: Mapping[str, Any]) -> dict[str, Any]:
        # What is stated now was not looked at yet: whatever has the wrong shape is told when it is.
        listed = document.get("persons")
        found = {str(one.get("id")): one for one in (listed if isinstance(listed, list) else ()) if isinstance(one, dict)}
        return {**found, **{who: document[who] for who in (APPLICANT, AGENT) if isinstance(document.get(who), dict)}}

    def told(one: Any) -> tuple[Any, ...]:
        return tuple(str((one or {}).get(name)) for name in ("id_type", "id_number", "name", "birth_date"))

    earlier, later = people(before), people({**before, **now})
    return frozenset(one for one in {*earlier, *later} if told(earlier.get(one)) != told(later.get(one)))


def without(evidence: Mapping[str, Any], stale: Callable[[str], bool], others: Collection[str]) -> dict[str, Any]:
    """Evidence without the answers that no longer hold: queries of which `stale` says that a provider has since corrected them, and
    whatever was answered about an id under which somebody else stands now."""
    def about_another(key: str) -> bool:
        return (key.partition("/")[2] or APPLICANT) in others

    kept = dict(evidence)
    if kept.get("queries"):
        kept["queries"] = {key: said for key, said in kept["queries"].items() if not stale(key) and not about_another(key)}
    if kept.get("checks"):
        kept["checks"] = {key: said for key, said in kept["checks"].items() if not about_another(key)}
    if kept.get("inquiries"):
        kept["inquiries"] = [one for one in kept["inquiries"] if (one.get("person") or APPLICANT) not in others and not (
            one["result"] is None and stale(f"{one['material']}/{one.get('person') or APPLICANT}"))]
    return kept


def _stated(case: CaseFile, last: log.Recorded, anew: Anew, kept: Mapping[str, Any]) -> tuple[Application, dict[str, Any]]:
    """The application as it now stands, and the evidence: `kept` of the same day, and that of an earlier day is no fact of this one."""
    fixed = {name: last.application[name] for name in FIXED if name in last.application} | {
        "deciding_division": case.division, "accepted_on": case.received_on.isoformat()}
    for name, value in fixed.items():
        said = anew.document.get(name)
        if said is not None and said != value and not (name == "item" and said in (case.item, value)):
            raise Conflict("case-fixed", f"办件的“{name}”是“{value}”，不能改成“{said}”；要改请另行申请。",
                           f"The case has “{value}” for “{name}”, which cannot become “{said}”; make a new application.")
    stated = {name: value for name, value in anew.document.items() if name != "evidence"}
    document = (dict(stated) if anew.whole else {**last.application, **stated}) | fixed
    evidence = {**kept, **dict(anew.document.get("evidence") or {})}
    return _application({**document, "evidence": evidence} if evidence else document), evidence


def _application(document: Mapping[str, Any]) -> Application:
    try:
        return Application.model_validate_json(canonical(document), strict=True)
    except ValidationError as error:
        raise Unfit(error, document) from None
