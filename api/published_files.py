"""Published lists as files for people: one table, as CSV or as an Excel workbook, made from the same JSON that machines read.

Every line of a CSV and the head of a workbook name the division, the day, the state and the rulebook's version, so that a file
taken out of its place still says what it is. No cell ever runs as a formula. The same list always gives the same bytes.
Nothing here looks into a rulebook or decides.
"""

from __future__ import annotations

import csv
import os
import re
import unicodedata
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from openpyxl import Workbook  # type: ignore[import-untyped]
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side  # type: ignore[import-untyped]
from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]

from engine.wording.days import length

Json = Mapping[str, Any]

CSV: Final = "text/csv"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

#: A cell that begins with one of these could be taken for a formula (half and full width).
_FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
_UNWRITABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_WIDEST, _NARROWEST = 44, 8


@dataclass(frozen=True, slots=True)
class Table:
    """A list for people: what it is (`head`), the same said on every line (`context`), columns, lines, and its batches."""

    title: str
    head: tuple[tuple[str, str], ...]
    context: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    batch_title: str
    batch_columns: tuple[str, ...]
    batch_lines: tuple[tuple[str, ...], ...]


Cell = Callable[[Json, bool], str]
Column = tuple[str, str, Cell]


def _plain(key: str) -> Cell:
    return lambda row, chinese: str(row[key] or "")


def _named(key: str) -> Cell:
    return lambda row, chinese: str(row[f"{key}_name" if chinese else f"{key}_name_en"] or "")


def _term(key: str) -> Cell:
    return lambda row, chinese: length(row[key]["count"], row[key]["unit"], chinese) if row[key] else ""


def _consequence(row: Json, chinese: bool) -> str:
    found = row["consequence"]
    return "" if found is None else f"{found['text']}（{found['rule']}）" if chinese else f"{found['text']} ({found['rule']})"


def _yes(key: str) -> Cell:
    return lambda row, chinese: "" if row[key] is None else ("是" if chinese else "yes") if row[key] else ("否" if chinese else "no")


def _notes(row: Json, chinese: bool) -> str:
    joint = "；" if chinese else "; "
    told = [note["text"] for note in row["notes"]]
    return joint.join((*told, *row["abolished_by"]))


_ITEM: Final[tuple[Column, ...]] = (("事项编码", "Item code", _plain("item")), ("事项", "Item", _named("item")))
_MATERIAL: Final[tuple[Column, ...]] = (
    *_ITEM, ("材料编码", "Material code", _plain("material")), ("材料", "Material", _named("material")), ("设定依据", "Legal basis", _plain("basis")),
    ("索要单位", "Asked for by", _plain("asked_by")), ("开具单位", "Issued by", _plain("issued_by")), ("办理指南", "Guide", _plain("guide")))
_DEFERRAL: Final[tuple[Column, ...]] = (
    ("容缺期限", "Published term", _term("term")), ("适用期限", "Term applied", _term("term_applied")), ("逾期后果", "If late", _consequence))
_CREDENTIAL: Final[tuple[Column, ...]] = (
    ("证件编码", "Credential code", _plain("credential")), ("证件", "Credential", _named("credential")), ("应用场景", "Where it is used", _plain("scene")))
_BATCH: Final[tuple[Column, ...]] = (
    ("公布区划代码", "Published in, code", _plain("division")), ("公布区划", "Published in", _plain("division_name")), ("批次", "Batch", _plain("batch")),
    ("公布日期", "Published on", _plain("published")), ("合成数据", "Synthetic", _yes("synthetic")))
_LAST: Final[tuple[Column, ...]] = (("待法务核对", "To be confirmed by legal staff", _plain("review")), ("备注", "Remarks", _notes))
_OF_BATCH: Final[tuple[Column, ...]] = (
    *_BATCH, ("失效日期", "Last day", _plain("in_force_until")), ("行数", "Rows", lambda row, chinese: str(row["count"])),
    ("公布依据", "Ground", _plain("basis")), ("待法务核对", "To be confirmed by legal staff", _plain("review")))


def _columns(answer: Json) -> tuple[Column, ...]:
    """The columns of a kind of list."""
    kind = answer["list"]
    own = _CREDENTIAL if kind in ("shareable", "showable") else _ITEM if kind == "promise_approvals" else _MATERIAL
    return (*own, *(_DEFERRAL if kind == "deferrals" else ()), *(() if answer["draft"] else _BATCH), *_LAST)


def table(answer: Json) -> Table:
    """The table of one list, from its JSON, in the JSON's language."""
    chinese = answer["language"] != "en"
    side = 0 if chinese else 1
    columns = _columns(answer)
    headings = [(zh, en)[side] for zh, en, _ in columns]
    title = answer["name"] if chinese else answer["name_en"]
    if answer["draft"]:
        title = f"{title}（{answer['state_text']}）" if chinese else f"{title} ({answer['state_text']})"
    context = ((("清单", "List")[side], title), (("区划代码", "Division code")[side], answer["division"]), (("区划", "Division")[side], answer["division_name"]),
               (("日期", "Day")[side], answer["on"]), (("状态", "State")[side], answer["state_text"]), (("规则库版本", "Rulebook")[side], answer["rulebook"]))
    head = (((("区划", "Division")[side]), f"{answer['division_name']}（{answer['division']}）" if chinese else f"{answer['division_name']} ({answer['division']})"),
            *context[3:], (("行数", "Rows")[side], str(answer["count"])), (("说明", "What it means")[side], answer["meaning"]))
    return Table(title, head, context, tuple(headings),
                 tuple(tuple(cell(row, chinese) for _, _, cell in columns) for row in answer["rows"]), ("批次", "Batches")[side],
                 tuple((zh, en)[side] for zh, en, _ in _OF_BATCH),
                 tuple(tuple(cell(row, chinese) for _, _, cell in _OF_BATCH) for row in answer["batches"]))


# —— CSV ——

def as_csv(answer: Json) -> bytes:
    """UTF-8 with a byte order mark, lines as RFC 4180 has them. A list without a row is one line that says so."""
    made = table(answer)
    lines = made.lines or (("",) * (len(made.columns) - 1) + (answer["meaning"],),)
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*(name for name, _ in made.context), *made.columns])
    writer.writerows([harmless(cell) for cell in (*(value for _, value in made.context), *line)] for line in lines)
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8")


def harmless(cell: str) -> str:
    """The cell so that no spreadsheet runs it: an apostrophe before what could begin a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) or cell.lstrip().startswith(_FORMULA) else cell


# —— Excel ——

def as_xlsx(answer: Json) -> bytes:
    """A workbook: the list with its head, and its batches on a second sheet."""
    made = table(answer)
    book = Workbook()
    sheet = book.active
    sheet.title = _sheet_name(made.title)
    _cell(sheet, 1, 1, made.title).font = Font(bold=True, size=14, color="C00000" if answer["draft"] else "000000")
    for position, (name, value) in enumerate(made.head, 2):
        _cell(sheet, position, 1, name).font = Font(bold=True)
        _cell(sheet, position, 2, value)
    _grid(sheet, len(made.head) + 3, made.columns, made.lines)
    if made.batch_lines:
        _grid(book.create_sheet(_sheet_name(made.batch_title)), 1, made.batch_columns, made.batch_lines)
    book.properties.creator = "Mianzheng"
    book.properties.title = made.title
    raw = BytesIO()
    book.save(raw)
    return _same_bytes(raw.getvalue(), answer["on"])


def _sheet_name(title: str) -> str:
    return re.sub(r"[\[\]:*?/\\]", " ", title)[:31]


def _cell(sheet: Any, row: int, column: int, value: str) -> Any:
    """A cell of text and nothing but text, whatever it begins with."""
    cell = sheet.cell(row, column)
    cell.value = _UNWRITABLE.sub("", value) or None
    if cell.value is not None:
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(_FORMULA)
    return cell


def _grid(sheet: Any, top: int, columns: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    """A heading that stays in sight and filters, and the lines under it."""
    edge = Side(style="thin", color="BFBFBF")
    border = Border(edge, edge, edge, edge)
    for position, name in enumerate(columns, 1):
        cell = _cell(sheet, top, position, name)
        cell.font, cell.fill, cell.border = Font(bold=True), PatternFill("solid", fgColor="DDE6F0"), border
        cell.alignment = Alignment(vertical="center", wrap_text=True)
    for row, line in enumerate(lines, top + 1):
        for position, value in enumerate(line, 1):
            cell = _cell(sheet, row, position, value)
            cell.border, cell.alignment = border, Alignment(vertical="top", wrap_text=True)
    for position, name in enumerate(columns, 1):
        widest = max(map(_width, (name, *(line[position - 1] for line in lines))))
        sheet.column_dimensions[get_column_letter(position)].width = min(_WIDEST, max(_NARROWEST, widest + 2))
    sheet.freeze_panes = f"A{top + 1}"
    sheet.auto_filter.ref = f"A{top}:{get_column_letter(len(columns))}{top + len(lines)}"
    sheet.print_title_rows = f"{top}:{top}"
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _width(text: str) -> int:
    """Columns a text takes on a screen: Chinese letters take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _same_bytes(raw: bytes, day: str) -> bytes:
    """The workbook without the time at which it was written: the same list gives the same bytes."""
    made = BytesIO()
    stamp = f"{day}T00:00:00Z".encode()
    with zipfile.ZipFile(BytesIO(raw)) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(source.namelist(), key=lambda one: (one != "[Content_Types].xml", one)):
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:(created|modified)[^>]*>)[^<]*", lambda found: found[1] + stamp, content)
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, content)
    return made.getvalue()


# —— names and files ——

def file_name(answer: Json, ending: str) -> tuple[str, str]:
    """The name of a file, in ASCII and in Chinese: kind, division, day, and that it is a draft."""
    plain = "-".join((answer["list"].replace("_", "-"), *(("draft",) if answer["draft"] else ()), answer["division"], answer["on"]))
    full = f"{answer['division_name']}{answer['name']}{'（草案）' if answer['draft'] else ''}{answer['on']}"
    return f"{plain}.{ending}", f"{full}.{ending}"


def disposition(answer: Json, ending: str) -> str:
    """The header Content-Disposition: a plain name for old programs and the full one (RFC 6266, RFC 5987)."""
    plain, full = file_name(answer, ending)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(full, safe='')}"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file all at once: it holds the old content or the new, never a part. Raises OSError."""
    if path.exists() and not path.is_file():        # a device or a pipe is written to, never replaced
        path.write_bytes(content)
        return
    target = Path(os.path.realpath(path))
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with open(beside, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            os.chmod(beside, target.stat().st_mode & 0o777)
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)

