"""Looking at bundles (一件事一次办): which there are, and how far each step has come.

Reads only. What earlier steps issue is told from the states of their cases as they are now.
"""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, col, select

from api.records.acts import NoSuchRecord
from api.records.bundle_cases import outdated
from api.records.bundle_log import bundle_decision
from api.records.bundle_steps import states_of, steps_of
from api.records.instants import spoken
from api.records.story import PAGE, plain
from api.records.tables import BundleCase, LogEntry
from engine.bundles import item_of
from engine.rulebook import Rulebook


def bundle_case(session: Session, bundle_case_id: str) -> BundleCase:
    """The bundle. Raises NoSuchRecord."""
    found = session.get(BundleCase, bundle_case_id)
    if found is None:
        raise NoSuchRecord("bundle_case", bundle_case_id)
    return found


def head(row: BundleCase) -> dict[str, Any]:
    """A bundle in a list."""
    made = plain(row, "applicant_id", "entry_id", "list_entry")
    return {**made, "decision_id": row.entry_id, "list_decision": row.list_entry}


def listed(session: Session, *, bundle: str | None = None, division: str | None = None, number: str | None = None, after: str | None = None) -> list[BundleCase]:
    """Bundles, the latest opened first. `after`: the id of the last of the page before."""
    found = select(BundleCase)
    for column, value in ((BundleCase.bundle, bundle), (BundleCase.division, division), (BundleCase.number, number)):
        if value is not None:
            found = found.where(col(column) == value)
    if after is not None:
        last = bundle_case(session, after)
        found = found.where((col(BundleCase.opened_at) < last.opened_at) | ((col(BundleCase.opened_at) == last.opened_at) & (col(BundleCase.id) < last.id)))
    return list(session.exec(found.order_by(col(BundleCase.opened_at).desc(), col(BundleCase.id).desc()).limit(PAGE)))


def view(session: Session, rulebook: Rulebook, bundle_case_id: str) -> dict[str, Any]:
    """Everything about a bundle but its answer. `decide_again`: a step moved or was decided by itself since. Raises NoSuchRecord, Erased."""
    row = bundle_case(session, bundle_case_id)
    recorded = bundle_decision(session, row.entry_id)
    steps, found = [], steps_of(session, row.id)
    states = states_of(session, rulebook, found)
    for step, case in found:
        entry = session.exec(select(LogEntry).where(col(LogEntry.id) == case.decision_id)).first() if case is not None else None
        issues = item_of(rulebook, step.item, case.division if case else row.division).outputs
        steps.append({
            "item": step.item, "position": step.position + 1, "needed": step.needed, "case": case.id if case else None,
            "case_number": case.number if case else None, "state": case.state if case else None, "decision": case.decision_id if case else None,
            "decided_at": spoken(entry.at) if entry else None, "notice_at": spoken(case.notice_at) if case and case.notice_at else None,
            "outputs": [{"material": code, "state": states[step.item]} for code in issues] if step.item in states else []})
    return {**head(row), "lead": recorded.kept["lead"], "outcome": recorded.kept["outcome"], "decided_at": spoken(recorded.at),
            "counts": recorded.kept["counts"], "decide_again": outdated(session, row, recorded), "steps": steps}
