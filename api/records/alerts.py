"""What the supervision (电子监察) must see: raising it once, and listing it.

An alert says where and what, never who: no name, no number, no note. Nothing here decides what deserves one.
"""

from __future__ import annotations

import uuid
from typing import Final

from sqlmodel import Session, col, select

from api.records.acts import NoSuchRecord
from api.records.tables import Alert
from api.records.writer import Pages

#: The most alerts one page lists.
PAGE: Final = 100


def raised(pages: Pages, case_id: str, kind: str, code: str, card: str, source: str, zh: str, en: str) -> None:
    """Raise an alert. The same `code` of the same `source` is raised once in its life (the table refuses a second)."""
    pages.add(Alert, id=str(uuid.uuid4()), at=pages.at, case_id=case_id, kind=kind, code=code, card=card, source=source, zh=zh, en=en)


def alerts(session: Session, *, case: str | None = None, card: str | None = None, kind: str | None = None, after: str | None = None) -> list[Alert]:
    """Alerts, the latest first, a page at a time. `after`: the id of the last of the page before. Raises NoSuchRecord for an unknown one."""
    found = select(Alert)
    for column, value in ((Alert.case_id, case), (Alert.card, card), (Alert.kind, kind)):
        if value is not None:
            found = found.where(col(column) == value)
    if after is not None:
        last = session.get(Alert, after)
        if last is None:
            raise NoSuchRecord("alert", after)
        found = found.where((col(Alert.at) < last.at) | ((col(Alert.at) == last.at) & (col(Alert.id) < last.id)))
    return list(session.exec(found.order_by(col(Alert.at).desc(), col(Alert.id).desc()).limit(PAGE)))
