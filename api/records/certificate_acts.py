"""Writing into the certificate library: whole pieces of a file, or one certificate by hand, each told in the log.

What is there is never replaced: a change is a newer version, or a later status of the same one. The log says which certificate and
which status, never whose. Nothing here reads a file.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import update
from sqlmodel import col, select

from api.records.acts import By, Conflict, found, tell
from api.records.certificates import COLUMNS, ENDED, STATUSES, Past, contents, past_of, past_text
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
    """What became of some rows: positions of those that were new, a new status of what is there, there already, or said otherwise, and why.

    `past`: of those that changed, the statuses before.
    """

    new: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    same: list[int] = field(default_factory=list)
    otherwise: dict[int, Conflict] = field(default_factory=dict)
    past: dict[int, Past] = field(default_factory=dict)


def sorted_out(rows: Sequence[Values], known: Mapping[Key, tuple[Values, Past]], today: date) -> Piece:
    """Which rows are new beside what is known, and beside each other. A row that differs in its status alone is a new status, as by hand."""
    made, seen = Piece(), dict(known)
    for place, row in enumerate(rows):
        there = seen.get(key_of(row))
        if there is None:
            made.new.append(place)
            seen[key_of(row)] = row, ()
        elif dict(there[0]) == dict(row):
            made.same.append(place)
        else:
            try:
                made.past[place] = past_with(*there, row, today)
            except Conflict as conflict:
                made.otherwise[place] = conflict
                continue
            made.changed.append(place)
            seen[key_of(row)] = row, made.past[place]
    return made


def past_with(there: Values, past: Past, values: Values, today: date) -> Past:
    """The statuses before, once the version that is there has the status of `values`. A status that was announced and has not begun is replaced.

    Raises Conflict where `values` say otherwise in more than the status, where the version has ended, or where the new status begins before the present one.
    """
    version = values["version"]
    if any(there[name] != values[name] for name in values if name not in ("status", "status_since")):
        raise Conflict("other-certificate", f"同一证照的第 {version} 版已经有了，除了状态，内容也不同；变更了的证照写新的版本。",
                       f"Version {version} of this certificate is there and says otherwise, not in its status alone; a certificate that changed is a new version.")
    begun = (*past, (there["status"], there["status_since"])) if there["status_since"] <= today else past
    status, since = begun[-1] if begun else ("valid", values["issued_on"])
    if status in ENDED:
        raise Conflict("ended", f"这一版已经{_CHINESE[status]}，状态不再变；恢复了的证照写新的版本。",
                       f"This version was {status} and stays so; a certificate that was restored is a new version.")
    if values["status_since"] < since:
        if values["status"] == "valid" and values["status_since"] == values["issued_on"]:
            raise Conflict("status-day", f"这一版从 {since} 起{_CHINESE[status]}；恢复有效的，也要写从哪天起（状态起始日期），不早于 {since}。",
                           f"This version has been {status} since {since}; to make it valid again say since when (status_since), not before {since}.")
        raise Conflict("status-day", f"新状态的起始日期 {values['status_since']} 应当不早于现有状态的 {since}。",
                       f"The new status begins on {values['status_since']}; that must not be before {since}, when the present one began.")
    return begun


@dataclass(frozen=True, slots=True)
class Loading:
    """One loading: the id of its batch, the file's name and digest."""

    batch_id: str
    file: str
    digest: str


def _locked(pages: Pages, keys: Collection[Key]) -> dict[Key, Certificate]:
    """The rows, locked until the transaction ends, always in the same order."""
    if not keys:
        return {}
    types, numbers = {key[0] for key in keys}, {key[1] for key in keys}
    rows = pages.session.exec(
        select(Certificate).where(col(Certificate.type).in_(sorted(types)), col(Certificate.number).in_(sorted(numbers)))
        .order_by(col(Certificate.id)).with_for_update().execution_options(populate_existing=True))
    return {key: row for row in rows if (key := (row.type, row.number, row.version)) in keys}


def _as_known(row: Certificate) -> tuple[Values, Past]:
    return {name: getattr(row, name) for name in COLUMNS}, past_of(row.past)


def _set_status(pages: Pages, row: Certificate, values: Values, past: Past, by: By, batch_id: str | None = None) -> None:
    """Write the new status; what was before stays in `past`. `batch_id`: the loading it came with, None by hand."""
    before, row.status, row.status_since, row.past = row.status, values["status"], values["status_since"], past_text(past)
    pages.session.add(row)
    tell(pages, None, ("certificate", row.id), "status", by, {"since": row.status_since.isoformat()} | ({"batch": batch_id} if batch_id else {}),
         before, row.status)


def load_piece(loading: Loading, rows: Sequence[Values], loaded: int, refused: int, today: date) -> Callable[[Pages], Piece]:
    """The act of taking some rows, all that are new or a new status, or none. `loaded`, `refused`: counts of this loading before these rows."""
    def does(pages: Pages) -> Piece:
        known = contents(pages.session, {(row["type"], row["number"]) for row in rows})
        made = sorted_out(rows, known, today)
        locked = _locked(pages, {key_of(rows[place]) for place in made.changed} & known.keys())
        if locked:      # as they stand now that nobody else can change them
            made = sorted_out(rows, {**known, **{key: _as_known(row) for key, row in locked.items()}}, today)
        if not made.new and not made.changed:
            return made
        taken = len(made.new) + len(made.changed)
        _count(pages, loading, loaded + taken, refused + len(made.otherwise))
        changed = {key_of(rows[place]): place for place in made.changed}      # of several the last
        for place in made.new:
            last = changed.pop(key_of(rows[place]), place)
            pages.add(Certificate, id=new_id(), batch_id=loading.batch_id, past=past_text(made.past.get(last, ())), **rows[last])
        tell(pages, None, ("certificate_batch", loading.batch_id), "load", LOADER, {"file": loading.file, "digest": loading.digest, "loaded": taken})
        for key, place in changed.items():
            _set_status(pages, locked[key], rows[place], made.past[place], LOADER, loading.batch_id)
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

    Raises Conflict as `past_with`.
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
        _set_status(pages, row, values, past_with(there, past_of(row.past), values, today), by)
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
