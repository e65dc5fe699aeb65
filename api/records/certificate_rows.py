"""What one row of a file of certificates says, and everything that is wrong with it: names of columns, words, days, numbers, whose it can be.

Every fault names its column, quotes the word and says what is allowed. Identity numbers are never quoted in full. Nothing here reads a
file or a table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from api.records.certificates import STATUSES, veiled, written
from engine import identity
from engine.catalogue import Credential
from engine.given import as_written
from engine.problems import Problem, nearest
from engine.rulebook import Rulebook
from engine.vocabulary import Value

#: The columns: name, Chinese names (the first is the one to write), whether there must be something in it.
COLUMNS: Final[tuple[tuple[str, tuple[str, ...], bool], ...]] = (
    ("type", ("证照类型", "证照", "证件"), True),
    ("number", ("证照编号", "证照号码", "编号"), True),
    ("version", ("版本", "版本号"), False),
    ("holder_id_type", ("持证人证件类型", "证件类型"), True),
    ("holder_number", ("持证人证件号码", "证件号码"), True),
    ("holder_name", ("持证人", "持证主体", "持证人名称", "持证人姓名"), True),
    ("issuer", ("颁发机构", "发证机关", "签发机关"), True),
    ("issued_on", ("颁发日期", "发证日期", "签发日期"), True),
    ("valid_from", ("有效期起", "有效期自"), False),
    ("valid_to", ("有效期至", "有效期止"), False),
    ("status", ("状态", "证照状态"), False),
    ("status_since", ("状态起始日期", "状态自"), False),
    ("seal", ("电子印章", "印章编号"), False),
    ("synthetic", ("合成", "合成数据"), False),
)
NAMES: Final[Mapping[str, str]] = {word: name for name, words, _ in COLUMNS for word in (name, *words)}
CHINESE: Final[Mapping[str, str]] = {name: words[0] for name, words, _ in COLUMNS}
REQUIRED: Final = tuple(name for name, _, needed in COLUMNS if needed)

#: Numbers that organisations have, not people.
ORGANISATIONS: Final = frozenset({"uscc", "name_reservation", "project_code"})

_ENDLESS: Final = frozenset({"长期", "永久", "无", "long-term", "none", "9999-12-31"})
_YES, _NO = frozenset({"是", "yes", "true", "1"}), frozenset({"否", "no", "false", "0"})
_STATUS: Final[Mapping[str, str]] = {word: code for code, *words in STATUSES for word in (code, *words)}
_LONGEST: Final = {"number": 80, "issuer": 200, "holder_name": 200, "seal": 200}
_DAY: Final = re.compile(r"(\d{4})(?:-(\d{2})-(\d{2})|/(\d{1,2})/(\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d{2})(\d{2}))")
_UNWRITABLE: Final = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_NEVER_QUOTED: Final = frozenset({"holder_number", "holder_name", "number"})


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row is refused, or (as a note) what one should know of a row that is taken. `word`: what stood there, fit to be seen."""

    problem: Problem
    word: str

    def at(self, line: int) -> Fault:
        """The same, in its line."""
        return Fault(self.problem.at("", line), self.word)


@dataclass(frozen=True, slots=True)
class Read:
    """A row that was read: the columns of the table, or faults; and notes where it is taken."""

    values: Mapping[str, Any] | None
    faults: tuple[Fault, ...] = ()
    notes: tuple[Fault, ...] = ()


def seen(field: str, word: str) -> str:
    """The word as it may be quoted: what could be somebody's number only by head and tail, names by their first letter."""
    word = _UNWRITABLE.sub("?", word)
    if field == "holder_name":
        return f"{word[:1]}**" if word else ""
    if field in _NEVER_QUOTED or sum(letter.isdigit() for letter in word) >= 9:
        return veiled(word)
    return word if len(word) <= 60 else f"{word[:60]}…"


class Reader:
    """Reads the rows of one rulebook: its types of certificates, its kinds of identity numbers."""

    def __init__(self, rulebook: Rulebook):
        self.credentials: Mapping[str, Credential] = rulebook.credential_words
        self.id_types: Mapping[str, Value] = rulebook.vocabulary.by_word["person_id_type"].by_word
        self._kinds = tuple(rulebook.credentials.values())
        self._id_kinds = tuple(rulebook.vocabulary["person_id_type"].values)

    def read(self, row: Mapping[str, Any], today: date) -> Read:
        """What the row says. Everything that is wrong with it is found at once."""
        one = _Row(self, {NAMES[key]: "" if value is None else str(value).strip() for key, value in row.items() if key in NAMES}, today)
        values = one.values()
        return Read(None, tuple(one.faults)) if one.faults else Read(values, (), tuple(one.notes))

    def no_type(self, word: str) -> Problem:
        """The problem that the rulebook has no such type of certificate."""
        names = tuple(as_written(word, self._kinds))
        return Problem("unknown-certificate-type", f"规则库里没有“{seen('type', word)}”这种证照。", f"The rulebook has no certificate called “{seen('type', word)}”.",
                       allowed=names, nearest=nearest(word, names))

    def no_id_type(self, word: str) -> Problem:
        """The problem that there is no such kind of identity number."""
        names = tuple(as_written(word, self._id_kinds))
        return Problem("unknown-value", f"没有“{seen('', word)}”这种证件类型。", f"There is no kind of identity number called “{seen('', word)}”.",
                       allowed=names, nearest=nearest(word, names))


class _Row:
    """One row being read."""

    def __init__(self, reader: Reader, words: Mapping[str, str], today: date):
        self.reader, self.words, self.today = reader, words, today
        self.faults: list[Fault] = []
        self.notes: list[Fault] = []

    def values(self) -> dict[str, Any]:
        for name in REQUIRED:
            if not self.words.get(name):
                self._wrong(name, Problem("missing-value", f"“{CHINESE[name]}”没有写。", f"“{name}” is empty."))
        for name, word in self.words.items():
            if _UNWRITABLE.search(word):
                self._wrong(name, Problem("invalid", f"“{CHINESE[name]}”里有看不见的控制字符，请删掉。", f"“{name}” holds control characters; delete them."))
        for name, most in _LONGEST.items():
            if len(self.words.get(name, "")) > most:
                self._wrong(name, Problem("too-long", f"“{CHINESE[name]}”超过 {most} 个字。", f"“{name}” has more than {most} characters."))
        credential = self._type()
        holder = self._holder(credential)
        days = self._days()
        seal = self.words.get("seal") or None
        if seal is None and not self.faults:
            self._note("seal", Problem("no-seal", "没有电子印章：收入库里，但不作为证据。", "Without an electronic seal: taken, but it proves nothing."))
        return {"type": credential.code if credential else "", "number": self._number(credential, holder), "version": self._version(),
                "holder_id_type": holder[0], "holder_number": holder[1], "holder_name": self.words.get("holder_name", ""),
                "issuer": self.words.get("issuer", ""), **days, "seal": seal, "synthetic": self._synthetic()}

    def _wrong(self, field: str, problem: Problem) -> None:
        self.faults.append(Fault(problem.at("", 0, field), seen(field, self.words.get(field, ""))))

    def _note(self, field: str, problem: Problem) -> None:
        self.notes.append(Fault(problem.at("", 0, field), seen(field, self.words.get(field, ""))))

    def _type(self) -> Credential | None:
        word = self.words.get("type", "")
        found = self.reader.credentials.get(word)
        if found is None and word:
            self._wrong("type", self.reader.no_type(word))
        return found

    def _holder(self, credential: Credential | None) -> tuple[str, str]:
        """The kind of number and the number, if they can be right and go with the certificate."""
        word, number = self.words.get("holder_id_type", ""), self.words.get("holder_number", "")
        kind = self.reader.id_types.get(word)
        if kind is None:
            if word:
                self._wrong("holder_id_type", self.reader.no_id_type(word))
            return "", ""
        if credential is not None:
            self._fits(credential, kind)
        if not number:
            return kind.code, ""
        read = identity.read(kind.code, number)
        if isinstance(read, Problem):
            self._wrong("holder_number", read)
            return kind.code, ""
        return kind.code, read.number

    def _number(self, credential: Credential | None, holder: tuple[str, str]) -> str:
        """The certificate's number in its one written form. Old ones may bear another number than their holder's: that is only a note."""
        word = self.words.get("number", "")
        number = written(word, credential)
        if credential is not None and credential.holders_number and number and holder[1] and number != holder[1]:
            self._note("number", Problem(
                "unusual-number", f"“{credential.name}”的编号就是持证人的证件号码，这里两个不一样：收下，请核对。",
                f"The number of “{credential.english}” is its holder's own; here the two differ; taken, but look again."))
        return number

    def _fits(self, credential: Credential, kind: Value) -> None:
        """Whether a holder of that kind of number can have the certificate. Where the rulebook names no kinds it is only a note."""
        organisation = kind.code in ORGANISATIONS
        if credential.id_types:
            if kind.code not in credential.id_types:
                names = tuple(value.name for value in self.reader._id_kinds if value.code in credential.id_types)
                self._wrong("holder_id_type", Problem(
                    "wrong-holder", f"“{credential.name}”不发给持“{kind.name}”的。", f"“{credential.english}” is not issued to holders of {kind.english}.",
                    allowed=names))
        elif organisation != (credential.holder == "组织"):
            self._note("holder_id_type", Problem(
                "unusual-holder", f"“{credential.name}”的持证人一般是{credential.holder}，这里是“{kind.name}”：收下，请核对。",
                f"“{credential.english}” is usually held by {'an organisation' if credential.holder == '组织' else 'a person'}; taken, but look again."))

    def _version(self) -> int:
        word = self.words.get("version", "")
        if not word:
            return 1
        if not (word.isascii() and word.isdigit() and len(word) <= 9 and int(word) >= 1):
            self._wrong("version", Problem("wrong-version", "版本是不小于 1 的整数；不写就是 1。", "A version is a whole number from 1 on; 1 where none stands."))
            return 1
        return int(word)

    def _synthetic(self) -> bool:
        word = self.words.get("synthetic", "").lower()
        if word and word not in _YES | _NO:
            self._wrong("synthetic", Problem("unknown-value", "“合成”写“是”或者“否”。", "“synthetic” is yes or no.", allowed=("是", "否")))
        return word in _YES

    # -- days and status --

    def _day(self, name: str) -> date | None:
        """The day in the column; None where there is none, or where it is no day."""
        word = self.words.get(name, "")
        found = _DAY.fullmatch(word) if word else None
        try:
            if found is not None:
                year, *rest = found.groups()
                month, of_month = (part for part in rest if part is not None)
                return date(int(year), int(month), int(of_month))
        except ValueError:
            found = None
        if word and found is None:
            self._wrong(name, Problem("wrong-date", f"“{CHINESE[name]}”不是存在的日期；写作 2026-11-22。", f"“{name}” is no day that exists; write 2026-11-22."))
        return None

    def _days(self) -> dict[str, Any]:
        issued = self._day("issued_on")
        start = self._day("valid_from") or issued
        end = None if self.words.get("valid_to", "") in _ENDLESS else self._day("valid_to")
        end = None if end == date.max else end
        status, since = self._status(start, end)
        for name, early, late, zh, en in (
                ("valid_to", start, end, "有效期至早于有效期起", "It ends before it begins"),
                ("status_since", issued, since if status != "valid" else None, "状态起始日期早于颁发日期", "The status begins before the certificate was issued"),
                ("issued_on", issued, self.today, "颁发日期还没有到", "The day of issue has not come yet")):
            if early is not None and late is not None and late < early:
                self._wrong(name, Problem("wrong-day", f"{zh}，请核对。", f"{en}; check the days."))
        return {"issued_on": issued, "valid_from": start, "valid_to": end, "status": status, "status_since": since}

    def _status(self, start: date | None, end: date | None) -> tuple[str, date | None]:
        """The status and its first day. A certificate in force is so from its issue, an expired one from the day after its last; the others have to say it."""
        word = self.words.get("status", "")
        since = self._day("status_since")
        status = _STATUS.get(word) if word else "valid"
        if status is None:
            names = tuple(zh if any("一" <= letter <= "鿿" for letter in word) else code for code, zh, _ in STATUSES)
            self._wrong("status", Problem("unknown-status", f"没有“{seen('status', word)}”这种状态。", f"There is no status “{seen('status', word)}”.",
                                          allowed=names, nearest=nearest(word, names)))
            return "", since
        if self.words.get("status_since"):
            return status, since
        if status == "valid":
            return status, self._quietly("issued_on")
        if status == "expired" and end is not None:
            return status, end + timedelta(days=1)
        self._wrong("status_since", Problem("missing-value", "写了这种状态，也要写从哪天起（状态起始日期）。", "This status needs the day it began (status_since)."))
        return status, None

    def _quietly(self, name: str) -> date | None:
        """The day again, without telling a second time what is wrong with it."""
        before = len(self.faults)
        found = self._day(name)
        del self.faults[before:]
        return found
