"""What somebody did in a case: checked against the machine of its subject and told in the log, with who did it.

Every act is an entry of its writer's chain, in the same transaction as what it changes. Notes stand in the content, which can be
erased; subject, move, states and officer stand in the header, which cannot. Nothing here knows which act means what.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlmodel import Session, SQLModel, col, select

from api.records.chain import canonical, content_digest, new_salt
from api.records.ids import new_id
from api.records.tables import CaseFile, LogContent
from api.records.writer import Pages
from engine.lifecycle.moves import Machine


@dataclass(frozen=True, slots=True)
class By:
    """Who acts. `party`: `officer`, `applicant` or `clock` (a term that fell due); officers have an id and a role (实名)."""

    party: str
    officer: str | None = None
    role: str | None = None

    def as_dict(self) -> dict[str, str]:
        return {"party": self.party} | ({"officer": self.officer} if self.officer else {}) | ({"role": self.role} if self.role else {})


APPLICANT: Final = By("applicant")
CLOCK: Final = By("clock")


class NoSuchRecord(Exception):
    """There is nothing with the id. Carries what was looked for (a table's name) and the id."""

    def __init__(self, subject: str, record_id: str):
        self.subject, self.record_id = subject, record_id
        super().__init__(record_id)


class Conflict(Exception):
    """What stands in the records forbids the act. `zh`, `en`: whole sentences, what to do included."""

    def __init__(self, code: str, zh: str, en: str):
        self.code, self.zh, self.en = code, zh, en
        super().__init__(code)


Row = TypeVar("Row", bound=SQLModel)


def found(session: Session, table: type[Row], record_id: str) -> Row:
    """The record, locked until the transaction ends so that two acts cannot both start from one state. Raises NoSuchRecord."""
    # populate_existing: what this transaction read before it had the lock may have changed since
    row = session.exec(select(table).where(col(table.id) == record_id)  # type: ignore[attr-defined]
                       .with_for_update().execution_options(populate_existing=True)).first()
    if row is None:
        raise NoSuchRecord(str(table.__tablename__), record_id)
    return row


def move(pages: Pages, machine: Machine, row: Any, name: str, by: By, case_id: str, note: Mapping[str, Any] | None = None) -> str:
    """Make the move and tell it; gives the new state. Raises IllegalMove.

    `row`: what moves; it has `id` and `state`. `note`: what the log keeps of it apart from the chain.
    """
    before = row.state
    row.state = machine.after(before, name)
    tell(pages, case_id, (machine.subject, row.id), name, by, note, before, row.state)
    pages.session.add(row)
    return str(row.state)


def tell(pages: Pages, case_id: str | None, subject: tuple[str, str], name: str, by: By, note: Mapping[str, Any] | None = None,
         before: str = "", after: str = "") -> str:
    """An entry about an act; gives its id."""
    entry_id = new_id()
    content, salt = canonical(dict(note or {})), new_salt()
    pages.tell(entry_id, "act", content_digest(salt, content), case_id, {
        "subject": list(subject), "move": name, "from": before, "to": after, "by": by.as_dict()})
    pages.add(LogContent, entry_id=entry_id, salt=salt, content=content, body=None)
    return entry_id


def case_of(session: Session, case_id: str) -> CaseFile:
    """The case, locked. Raises NoSuchRecord."""
    return found(session, CaseFile, case_id)
