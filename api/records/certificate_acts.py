"""Writing into the certificate library: whole pieces of a file, or one certificate by hand, each told in the log.

What is there is never replaced: a change is a newer version, or a later status of the same one. The log says which certificate and
which status, never whose. Nothing here reads a file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import update
from sqlmodel import col, select

from api.records.acts import By, Conflict, found, tell
from api.records.certificates import ENDED, STATUSES, contents
from api.records.chain import canonical, sha256
from api.records.ids import new_id
from api.records.tables import Certificate, CertificateBatch
from api.records.writer import Pages

#: Who loads a file: the command, run by whoever runs the machine.
LOADER: Final = By("loader")

Values = Mapping[str, Any]    # the columns of one version
Key = tuple[str, str, int]    # type, number, version

_CHINESE: Final = {code: zh for code, zh, _ in STATUSES}


def key_of(values: Values) -> Key:
    """What there is once of a certificate."""
    return values["type"], values["number"], values["version"]


@dataclass(slots=True)
class Piece:
    """What became of some rows: positions of those that were new, there already, or said otherwise than what is there."""

    new: list[int] = field(default_factory=list)
    same: list[int] = field(default_factory=list)
    otherwise: list[int] = field(default_factory=list)


def sorted_out(rows: Sequence[Values], known: Mapping[Key, Values]) -> Piece:
    """Which rows are new beside what is known, and beside each other."""
    made, seen = Piece(), dict(known)
    for place, row in enumerate(rows):
        there = seen.setdefault(key_of(row), row)
        (made.new if there is row else made.same if dict(there) == dict(row) else made.otherwise).append(place)
    return made


@dataclass(frozen=True, slots=True)
class Loading:
    """One loading: the id of its batch, the file's name and digest."""

    batch_id: str
    file: str
    digest: str


def load_piece(loading: Loading, rows: Sequence[Values], loaded: int, refused: int) -> Callable[[Pages], Piece]:
    """The act of taking some rows, all that are new or none. `loaded`, `refused`: counts of this loading before these rows."""
    def does(pages: Pages) -> Piece:
        made = sorted_out(rows, contents(pages.session, {(row["type"], row["number"]) for row in rows}))
        if not made.new:
            return made
        _count(pages, loading, loaded + len(made.new), refused + len(made.otherwise))
        for place in made.new:
            pages.add(Certificate, id=new_id(), batch_id=loading.batch_id, **rows[place])
        tell(pages, None, ("certificate_batch", loading.batch_id), "load", LOADER, {"file": loading.file, "digest": loading.digest, "loaded": len(made.new)})
        return made

    return does


def _count(pages: Pages, loading: Loading, loaded: int, refused: int) -> None:
    """The batch with its counts; written with the first row that is new, so that loading what is there leaves nothing."""
    there = pages.session.get(CertificateBatch, loading.batch_id)
    if there is None:
        pages.add(CertificateBatch, id=loading.batch_id, file=loading.file, digest=loading.digest, loaded_at=pages.at, loaded=loaded, refused=refused)
        return
    there.loaded, there.refused = loaded, refused
    pages.session.add(there)


def finish(loading: Loading, loaded: int, refused: int) -> Callable[[Pages], None]:
    """The act of writing the last counts."""
    def does(pages: Pages) -> None:
        pages.session.execute(update(CertificateBatch).where(col(CertificateBatch.id) == loading.batch_id).values(loaded=loaded, refused=refused))

    return does


def enter(values: Values, by: By, today: date) -> Callable[[Pages], tuple[Certificate, str]]:
    """The act of entering one version by hand, or the new status of one that is there. Gives the row and `entered`, `status_changed` or `unchanged`.

    Raises Conflict where the version is there and says otherwise, where it was ended before, or where the day of the status goes back or has not come.
    """
    def does(pages: Pages) -> tuple[Certificate, str]:
        session = pages.session
        kind, number, version = key_of(values)
        row_id = session.exec(select(Certificate.id).where(
            col(Certificate.type) == kind, col(Certificate.number) == number, col(Certificate.version) == version)).first()
        if row_id is None:
            return _entered(pages, values, by), "entered"
        row = found(session, Certificate, row_id)
        there = {name: getattr(row, name) for name in values}
        if there == dict(values):
            return row, "unchanged"
        apart = {name for name in values if there[name] != values[name]}
        if not apart <= {"status", "status_since"}:
            raise Conflict("other-certificate", f"同一证照的第 {version} 版已经在库里，内容不同；变更了的证照写新的版本。",
                           f"Version {version} of this certificate is there and says otherwise; a certificate that changed is a new version.")
        if row.status in ENDED:
            raise Conflict("ended", f"这一版已经{_CHINESE[row.status]}，状态不再变；恢复了的证照写新的版本。",
                           f"This version was {row.status} and stays so; a certificate that was restored is a new version.")
        if not row.status_since <= values["status_since"] <= today:
            raise Conflict("status-day", f"新状态的起始日期 {values['status_since']} 应当不早于现有状态的 {row.status_since}，不晚于今天。",
                           f"The new status begins on {values['status_since']}; that must not be before {row.status_since} nor after today.")
        before, row.status, row.status_since = row.status, values["status"], values["status_since"]
        session.add(row)
        tell(pages, None, ("certificate", row.id), "status", by, {"since": row.status_since.isoformat()}, before, row.status)
        return row, "status_changed"

    return does


def _entered(pages: Pages, values: Values, by: By) -> Certificate:
    said = {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
    batch = CertificateBatch(id=new_id(), file="", digest=sha256(canonical(said)), loaded_at=pages.at, loaded=1, refused=0)
    pages.session.add(batch)
    pages.session.flush()     # the certificate points to it
    row = Certificate(id=new_id(), batch_id=batch.id, **values)
    pages.session.add(row)
    tell(pages, None, ("certificate", row.id), "enter", by, {"type": row.type, "version": row.version}, "", row.status)
    return row
