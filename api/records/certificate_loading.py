"""Loading a file of certificates into the library: streaming, some thousand rows a transaction, every refused row told.

What was taken stays; what is there already changes nothing, so a loading that was interrupted is simply run again. Nothing here prints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any, Final

from api.records.certificate_acts import Key, Loading, Piece, Values, finish, key_of, load_piece, sorted_out
from api.records.certificate_files import Line, Source, rows
from api.records.certificate_rows import Fault, Reader, seen
from api.records.certificates import Past, contents
from api.records.chain import canonical, sha256
from api.records.ids import new_id
from api.records.records import Records
from engine.problems import Problem

#: Rows of one transaction: what an interruption may cost, and what the other writers of the service wait for.
TOGETHER: Final = 2_000

Tell = Callable[[int], None]
Refuse = Callable[[Fault], None]


@dataclass(slots=True)
class Report:
    """What came of a file. `taken` rows are new in the library, `changed` give what is there another status, `unchanged` were there, `refused` have faults.

    `notes` by code.
    """

    file: str
    dry_run: bool
    batch_id: str | None = None
    rows: int = 0
    taken: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    notes: dict[str, int] = field(default_factory=dict)
    faults: int = 0


@dataclass(slots=True)
class _Good:
    """A row without a fault of its own, and where it stands."""

    line: int
    values: Values


def load(records: Records, source: Source, refuse: Refuse, tell: Tell, report: Report) -> Report:
    """Load the file; `report` is kept up as it goes, so that an interruption can say how far it came.

    `refuse` is given every fault, with its line; `tell` how many bytes were read. Raises Refused where the file is no such file, Unavailable where the
    database stops answering: what was taken until then stays.
    """
    reader, today = Reader(records.rulebook), records.today()
    loading = Loading(new_id(), source.path.name, source.digest)
    dry: dict[Key, _Told] = {}
    lines = iter(rows(source))
    while piece := list(islice(lines, TOGETHER)):
        good = list(_read(reader, piece, today, refuse, report))
        made = _would(records, good, dry, today) if report.dry_run else records.do(
            load_piece(loading, [one.values for one in good], report.taken + report.changed, report.refused, today))
        _count(made, good, refuse, report)
        if (made.new or made.changed) and not report.dry_run:
            report.batch_id = loading.batch_id
        tell(piece[-1].read)
    if report.batch_id is not None:
        records.do(finish(loading, report.taken + report.changed, report.refused))
    return report


def _read(reader: Reader, piece: list[Line], today: date, refuse: Refuse, report: Report) -> Iterator[_Good]:
    """The rows that can be taken; of the others every fault is told."""
    for line in piece:
        report.rows += 1
        if line.row is None:
            _refused([line.fault] if line.fault is not None else [], line.line, refuse, report)
            continue
        read = reader.read(line.row, today)
        if read.values is None:
            _refused(read.faults, line.line, refuse, report)
            continue
        for note in read.notes:
            report.notes[note.problem.code] = report.notes.get(note.problem.code, 0) + 1
        yield _Good(line.line, read.values)


def _refused(faults: Any, line: int, refuse: Refuse, report: Report) -> None:
    report.refused += 1
    for fault in faults:
        report.faults += 1
        refuse(fault.at(line))


def _count(made: Piece, good: list[_Good], refuse: Refuse, report: Report) -> None:
    report.taken += len(made.new)
    report.changed += len(made.changed)
    report.unchanged += len(made.same)
    for place, conflict in made.otherwise.items():
        one = good[place]
        field, word = ("number", seen("number", one.values["number"])) if conflict.code == "other-certificate" else (
            "status_since", one.values["status_since"].isoformat()) if conflict.code == "status-day" else ("status", one.values["status"])
        _refused([Fault(Problem(conflict.code, conflict.zh, conflict.en, field=field), word)], one.line, refuse, report)


#: What the pieces before would have written of a version: a digest of all but its status, the status and its first day, those before.
_Told = tuple[str, str, date, Past]


def _would(records: Records, good: list[_Good], dry: dict[Key, _Told], today: date) -> Piece:
    """What would become of the rows. `dry`: what was new or changed in the pieces before."""
    values = [one.values for one in good]
    with records.reading() as session:
        known = contents(session, {(one["type"], one["number"]) for one in values})
    for row in values:
        if key_of(row) in dry:
            digest, status, since, past = dry[key_of(row)]
            known[key_of(row)] = {**row, "status": status, "status_since": since} | ({} if digest == _digest(row) else {"issuer": ""}), past
    made = sorted_out(values, known, today)
    for place in sorted((*made.new, *made.changed)):
        row = values[place]
        dry[key_of(row)] = _digest(row), row["status"], row["status_since"], made.past.get(place, ())
    return made


def _digest(row: Values) -> str:
    """Of everything but the status."""
    return sha256(canonical({name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()
                             if name not in ("status", "status_since")}))
