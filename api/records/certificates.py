"""The certificate library (电子证照库): what it holds of whom, and in which state a certificate is on a day.

Every version of a certificate stays, and every status it ever had; of one type and number the newest issued by the day counts. A status
counts from the day it names. Nothing here loads, changes or decides: `certificate_loading` and `certificate_acts` write, `credentials` says what it means.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from sqlmodel import Session, col, select

from api.records.acts import NoSuchRecord
from api.records.instants import spoken
from api.records.statements import day, look_up
from api.records.tables import Certificate, CertificateBatch
from engine import identity
from engine.catalogue import Credential
from engine.shown import own_number

Holder = tuple[str, str]      # kind of number, the number in its one written form
Named = tuple[str, str]       # type of certificate, its own number
Past = tuple[tuple[str, date], ...]
State = Literal["valid", "expired", "revoked", "frozen", "not_yet"]

#: The statuses of REQ-41 (GB/T 36903): code, Chinese, English.
STATUSES: Final = (
    ("valid", "有效", "valid"), ("expired", "过期", "expired"), ("cancelled", "注销", "cancelled"), ("withdrawn", "吊销", "withdrawn"),
    ("annulled", "撤销", "annulled"), ("frozen", "冻结", "frozen"))
#: Statuses that end a certificate.
ENDED: Final = frozenset({"cancelled", "withdrawn", "annulled"})
#: The most rows one page lists.
PAGE: Final = 100
#: Numbers of certificates looked for by one statement.
_AT_ONCE: Final = 10_000

#: What a row says, its id and loading apart.
COLUMNS: Final = ("type", "number", "version", "holder_id_type", "holder_number", "holder_name", "issuer", "issued_on", "valid_from", "valid_to",
                   "status", "status_since", "seal", "synthetic")
#: As read, with what `status` was before; those who compare rows leave that out.
_READ: Final = (*COLUMNS, "past")
_DAYS: Final = frozenset({"issued_on", "valid_from", "valid_to", "status_since"})


@dataclass(frozen=True, slots=True)
class Held:
    """One version of a certificate. `valid_to`: its last day, None without end. `status` counts from `status_since`. `sealed`: it has an electronic seal.

    `past`: the statuses it had before, each with its first day, the earliest first.
    """

    type: str
    number: str
    version: int
    holder: Holder
    holder_name: str
    issuer: str
    issued_on: date
    valid_from: date
    valid_to: date | None
    status: str
    status_since: date
    sealed: bool
    past: Past = ()

    @property
    def named(self) -> Named:
        """What tells it from others, whatever its version."""
        return self.type, self.number

    def state_on(self, on: date) -> State:
        """Its state on a day. Before its status began it was valid, unless its own days say otherwise; what was ended stays so, expired or not."""
        status = self.status_on(on)
        if status in ENDED:
            return "revoked"
        if (self.valid_to is not None and on > self.valid_to) or status == "expired":
            return "expired"
        if status == "frozen":
            return "frozen"
        return "not_yet" if on < self.valid_from else "valid"

    def status_on(self, on: date) -> str:
        """The status entered for the day; valid before the first."""
        return next((status for status, since in ((self.status, self.status_since), *reversed(self.past)) if on >= since), "valid")

    def begun(self, on: date) -> bool:
        """Whether the version says anything of the day: it is valid by then, or has ended without ever being so."""
        return on >= self.valid_from or self.status_on(on) != "valid"


def written(number: str, credential: Credential | None = None) -> str:
    """A certificate's number in its one written form: capital letters, no white space, full-width letters and brackets as plain ones.

    Where the number is the holder's own (`credential`), as `engine.identity` writes that: fifteen digits become eighteen.
    """
    read = own_number(credential, number) if credential is not None else None
    if isinstance(read, identity.Identity):
        return read.number
    return "".join(unicodedata.normalize("NFKC", number).split()).upper()


# -- looking up -------------------------------------------------------------------------------------------------------

def as_of(versions: Iterable[Held], on: date) -> tuple[Held, ...]:
    """Of each type and number the newest version issued by the day, the latest issued first.

    One that was renewed ahead of time counts until the new version begins.
    """
    newest: dict[Named, Held] = {}
    for one in versions:
        before = newest.get(one.named)
        if one.issued_on <= on and (before is None or (before.begun(on), before.version) < (one.begun(on), one.version)):
            newest[one.named] = one
    return tuple(sorted(newest.values(), key=lambda one: (-one.issued_on.toordinal(), one.type, one.number)))


def of_holder(versions: Iterable[Held], holder: Holder, on: date) -> tuple[Held, ...]:
    """What of these counts on the day and is that holder's: a certificate that went to somebody else is no longer theirs."""
    return tuple(one for one in as_of(versions, on) if one.holder == holder)


def every_version(session: Session, holders: Collection[Holder]) -> dict[Holder, tuple[Held, ...]]:
    """By holder, every version of every certificate that was ever theirs, those that are somebody else's now included. One statement."""
    wanted = set(holders)
    columns = ", ".join(f"one.{name}" for name in _READ)
    rows = look_up(session, f"mine.holder_id_type, mine.holder_number, {columns}",
                   "certificate AS mine JOIN certificate AS one ON one.type = mine.type AND one.number = mine.number",
                   "mine.holder_number", {number for _, number in wanted})
    found: dict[Holder, dict[tuple[Named, int], Held]] = {}
    for kind, number, *row in rows:
        if (kind, number) in wanted:
            held = _held(row)
            found.setdefault((kind, number), {})[held.named, held.version] = held
    return {holder: tuple(one.values()) for holder, one in found.items()}


def of_holders(session: Session, holders: Collection[Holder], on: date) -> dict[Holder, tuple[Held, ...]]:
    """By holder, what counts of theirs on the day. One statement, however many holders; who has nothing is not in it."""
    found = {holder: of_holder(versions, holder, on) for holder, versions in every_version(session, holders).items()}
    return {holder: held for holder, held in found.items() if held}


def every_version_of(session: Session, named: Collection[Named]) -> dict[Named, tuple[Held, ...]]:
    """By type and number, every version. One statement, or one for ten thousand numbers."""
    found: dict[Named, list[Held]] = {}
    for row in _rows_of(session, named):
        held = _held(row)
        found.setdefault(held.named, []).append(held)
    return {one: tuple(versions) for one, versions in found.items()}


def _rows_of(session: Session, named: Collection[Named]) -> Iterator[Sequence[Any]]:
    """The rows of the certificates, by `_READ`."""
    wanted = set(named)
    kinds, numbers = {kind for kind, _ in wanted}, sorted({number for _, number in wanted})
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start:start + _AT_ONCE]
        for row in look_up(session, ", ".join(_READ), "certificate", "type", kinds, f"AND number IN ({', '.join('?' * len(some))})", some):
            if (row[0], row[1]) in wanted:
                yield row


def by_number(session: Session, kind: str, number: str, on: date) -> Held | None:
    """The certificate of that type and number as it stands on the day."""
    return next(iter(as_of(every_version_of(session, [(kind, number)]).get((kind, number), ()), on)), None)


def _held(row: Sequence[Any]) -> Held:
    *columns, past = row
    values = values_of(columns) | {"past": past_of(past)}
    seal, _, number = values.pop("seal"), values.pop("synthetic"), values.pop("holder_number")
    return Held(holder=(values.pop("holder_id_type"), number), sealed=bool(seal), **values)


def values_of(row: Sequence[Any]) -> dict[str, Any]:
    """A row that was looked up by `COLUMNS`, by name, days as days."""
    return {name: (bool(value) if name == "synthetic" else day(value) if name in _DAYS and value is not None else value)
            for name, value in zip(COLUMNS, row, strict=True)}


def past_of(text: str) -> Past:
    """The statuses a version had before, as the table holds them: `frozen 2026-11-01;valid 2026-11-20`."""
    return tuple((status, date.fromisoformat(since)) for status, since in (one.split(" ") for one in text.split(";") if one))


def past_text(past: Past) -> str:
    """See `past_of`."""
    return ";".join(f"{status} {since.isoformat()}" for status, since in past)


def contents(session: Session, named: Collection[Named]) -> dict[tuple[str, str, int], tuple[dict[str, Any], Past]]:
    """By type, number and version, everything the library says, and the statuses before; for those who write."""
    return {(one["type"], one["number"], one["version"]): (one, past_of(past))
            for *columns, past in _rows_of(session, named) for one in (values_of(columns),)}


# -- showing ----------------------------------------------------------------------------------------------------------

def veiled(number: str) -> str:
    """A number that may be seen: its head and its tail."""
    if not number:
        return ""
    return f"{number[:4]}***{number[-2:]}" if len(number) >= 12 else f"{number[:1]}***"


def as_dict(row: Certificate, on: date, names: Mapping[str, str]) -> dict[str, Any]:
    """A certificate as it is answered: no name and no identity number in full. `names`: of the types."""
    held = held_of(row)
    own = held.number == held.holder[1]      # an identity card's number is the holder's
    return {"id": row.id, "type": row.type, "type_name": names.get(row.type, row.type), "number": veiled(row.number) if own else row.number,
            "version": row.version, "holder_id_type": row.holder_id_type, "holder": veiled(row.holder_number), "issuer": row.issuer,
            "issued_on": row.issued_on.isoformat(), "valid_from": row.valid_from.isoformat(),
            "valid_to": row.valid_to.isoformat() if row.valid_to else None, "status": row.status, "status_since": row.status_since.isoformat(),
            "state": held.state_on(on), "sealed": held.sealed, "synthetic": row.synthetic, "batch_id": row.batch_id}


def held_of(row: Certificate) -> Held:
    """The row as those who ask meet it."""
    return _held([getattr(row, name) for name in _READ])


def one(session: Session, certificate_id: str) -> Certificate:
    """The row. Raises NoSuchRecord."""
    row = session.get(Certificate, certificate_id)
    if row is None:
        raise NoSuchRecord("certificate", certificate_id)
    return row


def found(session: Session, on: date, kinds: Collection[str], holder_numbers: Collection[str] = (), wanted: Collection[Named] | None = None) -> list[Certificate]:
    """Rows of these types that count on the day, by the holder's number or (`wanted`) the certificate's own, the latest issued first."""
    whose = col(Certificate.holder_number).in_(sorted(holder_numbers)) if wanted is None else col(Certificate.number).in_(sorted({one for _, one in wanted}))
    rows = [row for row in session.exec(select(Certificate).where(col(Certificate.type).in_(sorted(kinds)), whose))
            if wanted is None or (row.type, row.number) in wanted]
    named = {(row.type, row.number) for row in rows}
    counting = {(held.named, held.version) for held in as_of(
        (held for versions in every_version_of(session, named).values() for held in versions), on)}
    kept = [row for row in rows if ((row.type, row.number), row.version) in counting]
    return sorted(kept, key=lambda row: (-row.issued_on.toordinal(), row.type, row.number))


def batches(session: Session, after: str | None = None) -> list[CertificateBatch]:
    """Loadings, the latest first. `after`: the last of the page before. Raises NoSuchRecord for it."""
    wanted = select(CertificateBatch)
    if after is not None:
        last = session.get(CertificateBatch, after)
        if last is None:
            raise NoSuchRecord("certificate_batch", after)
        wanted = wanted.where((col(CertificateBatch.loaded_at) < last.loaded_at)
                              | ((col(CertificateBatch.loaded_at) == last.loaded_at) & (col(CertificateBatch.id) < last.id)))
    return list(session.exec(wanted.order_by(col(CertificateBatch.loaded_at).desc(), col(CertificateBatch.id).desc()).limit(PAGE)))


def batch_as_dict(batch: CertificateBatch) -> dict[str, Any]:
    """A loading as it is answered."""
    return {"id": batch.id, "file": batch.file, "digest": batch.digest, "loaded_at": spoken(batch.loaded_at), "loaded": batch.loaded,
            "refused": batch.refused}
