"""Files of certificates, row by row: CSV in UTF-8 (with or without BOM) or GB18030, with Chinese or English heads, and JSON lines.

Read twice, never held whole: first for its encoding and its digest, then for its rows. Nothing here knows what a row means.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from api.records.certificate_rows import CHINESE, NAMES, REQUIRED, Fault, seen
from engine.problems import Problem, Refused, nearest

CSV, JSONL = "csv", "jsonl"
FORMATS: Final[Mapping[str, str]] = {".csv": CSV, ".jsonl": JSONL, ".ndjson": JSONL}

_PIECE: Final = 1 << 20
_LONGEST: Final = 65_536       # characters of one row


def _fault(code: str, zh: str, en: str) -> Fault:
    return Fault(Problem(code, zh, en), "")


_TOO_LONG: Final = _fault("too-long", "这一行太长。", "The line is too long.")


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was looked through once: what it is, in which encoding, its SHA-256, its size in bytes."""

    path: Path
    form: str
    encoding: str
    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class Line:
    """One row: where it begins (from 1), what stands in it or why it cannot be read, and how many bytes were read by then."""

    line: int
    row: Mapping[str, Any] | None
    fault: Fault | None
    read: int


def look(path: Path, form: str | None = None) -> Source:
    """The file, its encoding found out. `form`: csv or jsonl, by the file's ending where None. Raises Refused."""
    if path.is_dir():
        raise Refused([Problem("unreadable-file", f"“{path}”是目录；请写一个文件。", f"“{path}” is a directory; give a file.")])
    chosen = form or FORMATS.get(path.suffix.lower())
    if chosen is None:
        raise Refused([Problem("unknown-format", f"看不出“{path.name}”是哪种文件；用 --format 写明 csv 或者 jsonl。",
                               f"It cannot be told what “{path.name}” is; say csv or jsonl with --format.", allowed=(CSV, JSONL))])
    digest, size = hashlib.sha256(), 0
    decoders = {name: codecs.getincrementaldecoder(name)() for name in ("utf-8", "gb18030")}
    try:
        with open(path, "rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
                size += len(piece)
                _decode(decoders, piece)
        _decode(decoders, b"", final=True)
    except OSError:
        raise Refused([Problem("unreadable-file", f"“{path}”打不开；核对路径和权限。", f"“{path}” cannot be opened; check path and permissions.")]) from None
    if not decoders:
        raise Refused([Problem("not-text", f"“{path.name}”既不是 UTF-8 也不是 GB18030 的文字；请另存为 UTF-8。",
                               f"“{path.name}” is text in neither UTF-8 nor GB18030; save it as UTF-8.")])
    if not size:
        raise Refused([Problem("empty-file", f"“{path.name}”是空的：一行也没有。", f"“{path.name}” is empty.")])
    encoding = next(iter(decoders))
    return Source(path, chosen, "utf-8-sig" if encoding == "utf-8" else encoding, digest.hexdigest(), size)


def _decode(decoders: dict[str, codecs.IncrementalDecoder], piece: bytes, final: bool = False) -> None:
    """Drop the encodings the piece cannot be in."""
    for name in list(decoders):
        try:
            decoders[name].decode(piece, final)
        except UnicodeDecodeError:
            del decoders[name]


def rows(source: Source) -> Iterator[Line]:
    """Every row that is not blank. Raises Refused where the heads of a CSV do not do."""
    with open(source.path, "rb") as raw, io.TextIOWrapper(raw, source.encoding, newline="") as text:
        yield from (_csv if source.form == CSV else _json)(text, raw)


def _csv(text: IO[str], raw: IO[bytes]) -> Iterator[Line]:
    heads: list[str] | None = None
    for begin, line in enumerate(_lines(text), 1):
        if line is None:
            yield Line(begin, None, _TOO_LONG, raw.tell())
            continue
        try:
            cells = next(csv.reader((line,), strict=True))      # one line, one row: no cell of a certificate goes over a line
        except csv.Error:
            if heads is None:
                raise Refused([Problem("not-csv", "表头读不下去：引号没有成对。", "The head cannot be read: quotes are not paired.", line=1)]) from None
            yield Line(begin, None, _fault("not-csv", "这一行读不下去：引号没有成对；一份证照写在一行里，一格里不换行。",
                                           "The row cannot be read: quotes are not paired. A certificate is one line; no cell goes over a line."), raw.tell())
            continue
        if heads is None:
            heads = [word.strip() for word in cells]
            _check(heads)
        elif len(cells) == len(heads):
            if any(cell.strip() for cell in cells):
                yield Line(begin, dict(zip(heads, cells, strict=True)), None, raw.tell())
        elif any(cell.strip() for cell in cells):
            yield Line(begin, None, _fault("wrong-columns", f"这一行有 {len(cells)} 格，表头有 {len(heads)} 格；看一看逗号和引号。",
                                           f"The row has {len(cells)} cells and the head {len(heads)}; look at commas and quotes."), raw.tell())


def _check(heads: list[str]) -> None:
    """Raises Refused with everything that is wrong with the heads."""
    problems = []
    names = [NAMES.get(head, "") for head in heads]
    for place, head in enumerate(heads):
        if not names[place]:
            chinese = any("一" <= letter <= "鿿" for letter in head)
            allowed = tuple(CHINESE.values() if chinese else CHINESE)
            problems.append(Problem("unknown-column", f"表头里的“{seen('', head)}”不认识。", f"The head “{seen('', head)}” is unknown.", line=1, allowed=allowed,
                                    nearest=nearest(head, allowed)))
        elif names[place] in names[:place]:
            problems.append(Problem("duplicate-key", f"“{CHINESE[names[place]]}”在表头里写了两次。", f"“{names[place]}” stands in the head twice.", line=1))
    problems += [Problem("missing-column", f"表头里没有“{CHINESE[name]}”（{name}）。", f"The head has no “{name}”.", line=1)
                 for name in REQUIRED if name not in names]
    if problems:
        raise Refused(problems)


def _json(text: IO[str], raw: IO[bytes]) -> Iterator[Line]:
    for number, line in enumerate(_lines(text), 1):
        if line is None:
            yield Line(number, None, _TOO_LONG, raw.tell())
        elif line.strip():
            row, fault = _object(line)
            yield Line(number, row, fault, raw.tell())


def _lines(text: IO[str]) -> Iterator[str | None]:
    """The lines; None for one that is too long to be a certificate."""
    while line := text.readline(_LONGEST + 1):
        whole = len(line) <= _LONGEST
        while line and not line.endswith("\n") and len(line) > _LONGEST:
            line = text.readline(_LONGEST + 1)
        yield line if whole else None


def _object(line: str) -> tuple[dict[str, Any] | None, Fault | None]:
    """One JSON object with known keys and plain values, or what is wrong with it."""
    try:
        made = json.loads(line, object_pairs_hook=_once, parse_constant=_no_number)
    except _Twice as twice:
        return None, _fault("duplicate-key", f"“{seen('', twice.key)}”写了两次，只留一次。", f"“{seen('', twice.key)}” is written twice; keep one.")
    except (ValueError, RecursionError):
        return None, _fault("malformed-json", "这一行不是 JSON；一行写一个对象。", "The line is not JSON; one object a line.")
    if not isinstance(made, dict):
        return None, _fault("malformed-json", "这一行应当是对象 {…}。", "The line should be an object {…}.")
    names = [NAMES.get(str(key).strip(), "") for key in made]
    for place, key in enumerate(made):
        if not names[place]:
            allowed = tuple(CHINESE.values() if any("一" <= letter <= "鿿" for letter in key) else CHINESE)
            return None, Fault(Problem("unknown-column", f"没有叫“{seen('', key)}”的字段。", f"There is no field called “{seen('', key)}”.", allowed=allowed,
                                       nearest=nearest(key, allowed)), seen("", key))
        if names[place] in names[:place]:
            return None, _fault("duplicate-key", f"“{CHINESE[names[place]]}”写了两次。", f"“{names[place]}” is written twice.")
        if isinstance(made[key], (dict, list, float)):
            return None, Fault(Problem("wrong-type", f"“{CHINESE[names[place]]}”应当是文字。", f"“{names[place]}” should be a text.", field=names[place]), "")
    return {str(key).strip(): value for key, value in made.items()}, None


class _Twice(Exception):
    """A key that stands in one object twice."""

    def __init__(self, key: str):
        self.key = key
        super().__init__("")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in pairs:
        if key in made:
            raise _Twice(key)
        made[key] = value
    return made


def _no_number(word: str) -> Any:
    """NaN and Infinity are no JSON."""
    raise ValueError(word)
