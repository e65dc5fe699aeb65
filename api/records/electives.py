"""What the applicant chose in the application itself: a commitment signed at intake, a deferral promised at intake.

A decision that rests on a signature owes its letter and its check, one that rests on a promise its term: they are recorded with the decision, in the
same transaction, or the decision is not recorded. Nothing here decides whether either was open (see `engine.decide`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from sqlmodel import col, select

from api.records import clocks, tickets
from api.records.acts import APPLICANT as THE_APPLICANT
from api.records.acts import case_of, move
from api.records.cases import Standing, decide_anew
from api.records.commitment_letters import Copy, stands
from api.records.commitments import latest, signed_at_intake
from api.records.decisions import NewCase, Prepare, Receipt
from api.records.deferral_acts import promised
from api.records.deferrals import APPLICANT, ROUTE, entries
from api.records.records import Records
from api.records.restating import Anew
from api.records.tables import CaseFile, Deferral
from api.records.writer import Pages
from engine.application import Application
from engine.lifecycle.letters import Signer
from engine.lifecycle.machines import COMMITMENT, PENDING, withdraw_commitment
from engine.lifecycle.tickets import Owed

#: A commitment in one of these states was answered for already; stating the signature again changes nothing.
_ANSWERED: Final = frozenset({"signed", "kept", "false", "rectifying", "rectified", "revoked"})

Body = Mapping[str, Any]


def taken(body: Body) -> bool:
    """Whether the decision rests on a signature or a promise. A look at routes only: it is asked of every decision."""
    return any(_commits(one) or _defers(one) for one in entries(body))


def _commits(entry: Mapping[str, Any]) -> bool:
    return stands(entry) and entry["satisfied"] == "yes"


def _defers(entry: Mapping[str, Any]) -> bool:
    return bool(entry["route"] == ROUTE and entry["status"] == "settled")


def opened(records: Records, job: NewCase, application: Application, due: tuple[Owed, ...] = ()) -> Callable[[Pages], Receipt]:
    """The act of opening a case with a decision that rests on a signature or a promise, or owes tickets to data providers (`due`).

    Raises as `NewCase.write`, Conflict and Refused.
    """
    def does(pages: Pages) -> Receipt:
        Prepare()(pages.session, [job])
        receipt = job.write(pages)
        if not receipt.replayed:
            pages.flush()
            case = case_of(pages.session, str(receipt.case_id))
            register(records, pages, case, job.decided.body, application)
            as_of = date.fromisoformat(job.decided.body["as_of"])
            receipt = replace(receipt, tickets=tickets.after_opening(pages, case, tickets.Made(job.rulebook, application, as_of, due)))
        return receipt

    return does


def decided_again(records: Records, anew: Anew) -> Callable[[Pages], Standing | Receipt]:
    """The act of deciding a case again, with what the new statement signs, promises or takes back. Raises as `decide_anew`, Conflict and Refused."""
    def does(pages: Pages) -> Standing | Receipt:
        result = decide_anew(records, anew)(pages)
        if isinstance(result, Standing):
            pages.flush()
            register(records, pages, case_of(pages.session, anew.case_id), result.body, result.application)
        return result

    return does


def register(records: Records, pages: Pages, case: CaseFile, body: Body, application: Application) -> None:
    """Record what the decision that stands rests on and is not recorded yet; take back what the applicant no longer chooses. Raises Conflict, Refused."""
    today = date.fromisoformat(body["as_of"])
    chosen = _choices(records, application)
    for entry in entries(body):
        person = entry.get("person") or ""
        copy = Copy(entry["material"], "" if person == APPLICANT else str(person))
        choice = chosen.get(copy)
        if choice is None:
            continue
        row = latest(pages.session, case.id, copy)
        if _commits(entry) and choice.signed_by is not None and (row is None or row.state not in _ANSWERED):
            signer: Signer = choice.signed_by
            signed_at_intake(records, pages, case, copy, signer, (body, application), today, row)
        elif choice.commitment == "no" and row is not None and case.state in PENDING and row.state in ("offered", "signed"):
            _taken_back(pages, case, row)
        if _defers(entry) and pages.session.exec(select(Deferral.id).where(
                col(Deferral.case_id) == case.id, col(Deferral.material) == copy.material, col(Deferral.person) == copy.person,
                col(Deferral.state) != "released")).first() is None:
            promised(records, pages, case, entry, (copy.material, copy.person), THE_APPLICANT, {"promised_by": "self"})


def _taken_back(pages: Pages, case: CaseFile, row: Any) -> None:
    """The applicant states that it is not chosen: one not signed is declined, a signed one withdrawn, without any mark."""
    name = "decline" if row.state == "offered" else "withdraw"
    if name == "withdraw":
        withdraw_commitment(row.state, case.state)
    move(pages, COMMITMENT, row, name, THE_APPLICANT, case.id, {"decision": case.decision_id})
    clocks.stop(pages.session, (COMMITMENT.subject, row.id))


def _choices(records: Records, application: Application) -> dict[Copy, Any]:
    """What was chosen, by copy, however the material was named."""
    words = records.rulebook.vocabulary.by_word["material"].by_word
    found = {}
    for key, choice in application.choices.items():
        word, _, person = key.partition("/")
        known = words.get(word)
        if known is not None:
            found[Copy(known.code, "" if person == APPLICANT else person)] = choice
    return found
