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
from api.records.certificates import contents
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
    """What came of a file. `taken` rows are new in the library, `unchanged` were there, `refused` rows have faults; `notes` by code."""

    file: str
    dry_run: bool
    batch_id: str | None = None
    rows: int = 0
    taken: int = 0
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
    dry: dict[Key, str] = {}
    lines = iter(rows(source))
    while piece := list(islice(lines, TOGETHER)):
        good = list(_read(reader, piece, today, refuse, report))
        made = _would(records, good, dry) if report.dry_run else records.do(
            load_piece(loading, [one.values for one in good], report.taken, report.refused))
        _count(made, good, refuse, report)
        if report.taken and not report.dry_run:
            report.batch_id = loading.batch_id
        tell(piece[-1].read)
    if report.batch_id is not None:
        records.do(finish(loading, report.taken, report.refused))
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
    report.unchanged += len(made.same)
    for place in made.otherwise:
        one = good[place]
        _refused([Fault(Problem(
            "other-certificate", f"同一证照的第 {one.values['version']} 版已经有了（库里或者前面的行），内容不同；变更了的证照写新的版本。",
            f"Version {one.values['version']} of this certificate is there already (in the library or in a row above) and says otherwise; "
            "a certificate that changed is a new version.", field="number"), seen("number", one.values["number"]))], one.line, refuse, report)


def _would(records: Records, good: list[_Good], dry: dict[Key, str]) -> Piece:
    """What would become of the rows. `dry`: digests of what was new in the pieces before."""
    values = [one.values for one in good]
    with records.reading() as session:
        known = contents(session, {(one["type"], one["number"]) for one in values})
    for row in values:
        if key_of(row) in dry and dry[key_of(row)] == _digest(row):
            known.setdefault(key_of(row), dict(row))
        elif key_of(row) in dry:
            known.setdefault(key_of(row), {})
    made = sorted_out(values, known)
    dry.update({key_of(values[place]): _digest(values[place]) for place in made.new})
    return made


def _digest(row: Values) -> str:
    return sha256(canonical({name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}))
