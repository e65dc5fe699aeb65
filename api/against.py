"""Applications that were made, each decided by two rulebooks: how many come out differently, by item and division.

They come from a file of JSON lines, a folder of applications, or the records of a service, one after the other, however many there
are. What a rulebook refuses and what was lawfully erased is counted, never guessed. Nothing here writes.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any, Final

import orjson

from api.commands.decide import read_application
from api.commands.log import opened
from api.records import log
from api.records.chain import canonical
from engine.application import Application
from engine.decide import Decider
from engine.problems import Problem, Refused
from engine.rulebook import Rulebook

Json = Mapping[str, Any]

_SQLITE: Final = b"SQLite format 3\0"
_LINES: Final = (".jsonl", ".ndjson")
#: Places told where something could not be read.
_TOLD: Final = 5


@dataclass(slots=True)
class Row:
    """Applications of one item in one division. `worse`: something is heavier; `better`: something is lighter and nothing heavier."""

    decided: int = 0
    changed: int = 0
    worse: int = 0
    better: int = 0
    other: int = 0
    refused_before: int = 0      # by the old rulebook alone
    refused_after: int = 0       # by the new rulebook alone
    refused: int = 0             # by both


@dataclass(slots=True)
class Counted:
    """What came of all of them. `erased`: content gone as the law provides; `unreadable`: nothing a rulebook could be asked; `places` the first of these."""

    rows: dict[tuple[str, str], Row] = field(default_factory=dict)
    erased: int = 0
    unreadable: int = 0
    places: list[str] = field(default_factory=list)

    @property
    def total(self) -> Row:
        """All rows together."""
        return Row(*(sum(getattr(row, one.name) for row in self.rows.values()) for one in fields(Row)))


@dataclass(frozen=True, slots=True)
class Stated:
    """One application with the day of its decision; `place` says where it stands. Without `application` it is erased or unreadable."""

    place: str
    application: Application | None
    as_of: date | None = None
    erased: bool = False
    rest: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())     # of a step of a bundle: asked for elsewhere, perhaps issued


@contextmanager
def applications(what: str) -> Iterator[tuple[Iterator[Stated], int]]:
    """The applications of a file, a folder, a database file or the URL of a database, and how many there are. Raises Refused."""
    if "://" in what:
        with _recorded(what) as found:
            yield found
        return
    path = Path(what)
    if path.is_dir():
        names = sorted(one for one in path.rglob("*") if one.suffix in (".json", *_LINES) and one.is_file())
        if not names:
            raise Refused([Problem("no-applications", f"“{what}”里没有申请；放 .json 或者 .jsonl 文件。",
                                   f"There are no applications in “{what}”; put .json or .jsonl files there.")])
        yield (one for name in names for one in _of_file(name)), sum(_how_many(name) for name in names)
        return
    try:
        with open(path, "rb") as file:
            start = file.read(len(_SQLITE))
    except OSError:
        raise Refused([Problem("no-applications", f"“{what}”打不开；写申请的文件、目录，或者数据库的地址。",
                               f"“{what}” cannot be opened; give a file or folder of applications, or the URL of a database.")]) from None
    if start == _SQLITE:
        with _recorded(f"sqlite:///{path}") as found:
            yield found
    else:
        yield _of_file(path), _how_many(path)


def _how_many(path: Path) -> int:
    if path.suffix not in _LINES:
        return 1
    with open(path, "rb") as file:
        return sum(1 for line in file if line.strip())


def _of_file(path: Path) -> Iterator[Stated]:
    if path.suffix not in _LINES:
        yield _stated(str(path), path.read_bytes())
        return
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield _stated(f"{path}:{number}", line)


def _stated(place: str, raw: bytes) -> Stated:
    """An application, or an application with its day: `{"application": {…}, "as_of": "2026-11-22"}`."""
    try:
        document = orjson.loads(raw)
        if isinstance(document, dict) and isinstance(document.get("application"), dict):
            return Stated(place, read_application(orjson.dumps(document["application"])), date.fromisoformat(document["as_of"]) if "as_of" in document else None)
        return Stated(place, read_application(raw))
    except (Refused, ValueError, TypeError):
        return Stated(place, None)


@contextmanager
def _recorded(url: str) -> Iterator[tuple[Iterator[Stated], int]]:
    """Every recorded decision's application, with the evidence and on the day it was decided on."""
    with opened(url) as records, records.reading(patient=True) as session:
        def each() -> Iterator[Stated]:
            for decision_id in log.every_decision(session):
                try:
                    found = log.decision(session, decision_id)
                    if found is not None:
                        application = Application.model_validate_json(canonical(found.document), strict=True)
                        yield Stated(decision_id, application, date.fromisoformat(found.tells["as_of"]), rest=(found.asked_elsewhere, found.perhaps_issued))
                except log.Erased:
                    yield Stated(decision_id, None, erased=True)
                except (ValueError, KeyError, TypeError, AttributeError, zlib.error):
                    yield Stated(decision_id, None)

        yield each(), log.how_many(session)


# -- deciding twice -----------------------------------------------------------------------------------------------------

def count(stated: Iterator[Stated], old: Rulebook, new: Rulebook, items: frozenset[str] | None = None,
          tell: Callable[[int], None] = lambda done: None) -> Counted:
    """Decide each by both rulebooks. `items`: codes to look at, all if None; `tell` hears how many are done."""
    found = Counted()
    deciders = Decider(old), Decider(new)
    weights = {route.code: route.weight for book in (old, new) for route in book.ladder}
    names = {word: code for book in (old, new) for (code, _), item in book.items.items() for word in (code, item.name)}
    for done, one in enumerate(stated, 1):
        if one.application is not None:
            code = names.get(one.application.item, one.application.item)
            if items is None or code in items:
                _count(found, one, one.application, code, deciders, weights)
        elif one.erased:
            found.erased += 1
        else:
            found.unreadable += 1
            found.places += [one.place] if len(found.places) < _TOLD else []
        tell(done)
    return found


def _count(found: Counted, one: Stated, application: Application, code: str, deciders: tuple[Decider, Decider], weights: Mapping[str, int]) -> None:
    bodies = [_body(decider, application, one.as_of or application.accepted_on, one.rest) for decider in deciders]
    body = bodies[1] or bodies[0]
    division = str(body["deciding_division"]) if body is not None else application.deciding_division or ""
    row = found.rows.setdefault((code, division), Row())
    if bodies[0] is None or bodies[1] is None:
        row.refused += bodies[0] is None and bodies[1] is None
        row.refused_before += bodies[0] is None and bodies[1] is not None
        row.refused_after += bodies[0] is not None and bodies[1] is None
        return
    row.decided += 1
    turns = set(turned(bodies[0], bodies[1], weights))
    row.changed += bool(turns)
    turn = next((one for one in ("worse", "better", "other") if one in turns), "")
    if turn:
        setattr(row, turn, getattr(row, turn) + 1)


def _body(decider: Decider, application: Application, as_of: date, rest: tuple[frozenset[str], frozenset[str]]) -> Json | None:
    try:
        return decider.decide(application, as_of, None, *rest)
    except Refused:
        return None


def turned(old: Json, new: Json, weights: Mapping[str, int]) -> Iterator[str]:
    """For everything in which two answers differ whether it is worse, better or other: the application as a whole, then each material."""
    if bool(old["blocks"]) != bool(new["blocks"]):
        yield "worse" if new["blocks"] else "better"
    elif old["outcome"] != new["outcome"]:
        yield "other"
    sides = [{(one["material"], one.get("person"), ""): one for one in body["materials"]} | {
        (one["material"], one.get("person"), one["for"]): one for one in body["establishes"]} for body in (old, new)]
    for key in dict.fromkeys((*sides[0], *sides[1])):
        before, after = (_stands(side.get(key)) for side in sides)
        if before == after:
            continue
        if not (before[0] and after[0]) or weights.get(before[0]) == weights.get(after[0]):
            yield "other"
        else:
            yield "worse" if weights.get(after[0], len(weights)) > weights.get(before[0], len(weights)) else "better"


def _stands(entry: Json | None) -> tuple[str, str, Sequence[tuple[str, str]]]:
    """Route and mode where they are settled, else what it may come to."""
    if entry is None:
        return "not_required", "", ()
    if entry["status"] in ("settled", "waiting") and entry["route"]:
        return entry["route"], entry["mode"] or "", ()
    return "", entry["status"], sorted({(str(branch["route"]), str(branch["mode"])) for branch in entry["branches"]})
