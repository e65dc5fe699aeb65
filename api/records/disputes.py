"""The correction path (校核纠错): the applicant says that the data found are wrong, or takes that back, and the case is decided again.

While the dispute stands the applicant's own document counts and the provider of the data has a ticket; which route the material takes is the
engine's. What an office holds against data is another thing (`demands.dispute`). Nothing here judges who is right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlmodel import Session

from api.records import log
from api.records.acts import By, Conflict, NoSuchRecord, case_of, tell
from api.records.cases import Standing
from api.records.electives import decided_again
from api.records.records import Records
from api.records.restating import Anew
from api.records.tables import CaseFile
from api.records.tickets import SUBJECT, correction_of
from api.records.writer import Pages
from engine.application import Application
from engine.given import AGENT, APPLICANT
from engine.lifecycle.tickets import code_of, disputed
from engine.problems import Refused, unknown_word

FACT: Final = "data_disputed"


@dataclass(frozen=True, slots=True)
class Disputed:
    """Whose copy of which material, and why. `person`: empty for the applicant; `taken_back`: the dispute ends.

    `evidence`: the caller's, of the day; `gathered`: what the sources said, asked for this decision.
    """

    case_id: str
    material: str
    person: str = ""
    reason: str = ""
    taken_back: bool = False
    evidence: Mapping[str, Any] | None = None
    gathered: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"{self.material}/{self.person}" if self.person else self.material


def restated(records: Records, session: Session, said: Disputed, today: date) -> Anew:
    """The case as it is to be decided again. Raises NoSuchRecord, Erased; Refused for nobody's copy; Conflict where it is disputed already, or is not."""
    case = session.get(CaseFile, said.case_id)
    if case is None:
        raise NoSuchRecord("case_file", said.case_id)
    last = log.decision(session, case.decision_id)
    assert last is not None
    listed = [str(one["id"]) for one in last.application.get("persons") or ()]
    if said.person and said.person not in (*listed, *([AGENT] if last.application.get("agent") else ())):
        raise Refused([unknown_word("unknown-person", "相关人", "person", said.person, (APPLICANT, *sorted(listed))).at("", 0, "person")])
    standing = disputed(records.rulebook, Application.model_validate(last.document))
    zh, en = _named(records, said)
    if said.key in standing and not said.taken_back:
        raise Conflict("already-disputed", f"对{zh}的数据已经提出异议。", f"The data of {en} are disputed already.")
    if said.key not in standing and said.taken_back:
        raise Conflict("not-disputed", f"对{zh}的数据没有提出过异议。", f"The data of {en} are not disputed.")
    facts = dict(last.application.get("facts") or {})
    stated = {**(facts.pop(records.rulebook.vocabulary[FACT].name, None) or {}), **(facts.pop(FACT, None) or {})}
    now = {code_of(records.rulebook, word): one for word, one in stated.items()} | {said.key: not said.taken_back}
    document: dict[str, Any] = {"facts": {**facts, FACT: now}}
    if said.evidence is not None:
        document["evidence"] = dict(said.evidence)
    return Anew(said.case_id, document, today, gathered=said.gathered)


def _named(records: Records, said: Disputed) -> tuple[str, str]:
    """The copy in words; whose it is by the id inside the application, never by name."""
    material = records.rulebook.materials.get(said.material)
    zh, en = (material.name, material.english) if material else (said.material, said.material)
    whose = (f"（{said.person}）", f" ({said.person})") if said.person else ("", "")
    return f"“{zh}”{whose[0]}", f"“{en}”{whose[1]}"


def act(records: Records, said: Disputed, by: By, today: date) -> Callable[[Pages], Standing]:
    """The act of disputing data for the applicant, or of taking a dispute back: the case is decided again, in one transaction with the ticket.

    Raises as `restated`; Refused, Unfit; Conflict where the case is closed, or no data of the material are the authority's to obtain here.
    """
    def does(pages: Pages) -> Standing:
        case_of(pages.session, said.case_id)
        before = correction_of(pages.session, said.case_id, said.material, said.person)
        made = decided_again(records, restated(records, pages.session, said, today))(pages)
        assert isinstance(made, Standing)
        ticket = before if said.taken_back else correction_of(pages.session, said.case_id, said.material, said.person)
        if ticket is not None:
            tell(pages, said.case_id, (SUBJECT, ticket.id), "take_back" if said.taken_back else "dispute", by,
                 {"reason": said.reason, "material": said.material, "person": said.person, "decision": made.receipt.decision_id}, ticket.state, ticket.state)
        elif not said.taken_back:
            zh, en = _named(records, said)
            raise Conflict("nothing-to-dispute", f"这个办件里没有由部门查询的{zh}的数据，没有可以异议的；材料本来就由申请人自己办，或者不需要。",
                           f"No data of {en} are obtained by the authority in this case, so there is nothing to dispute: "
                           "the material is the applicant's own, or not needed.")
        return made

    return does
