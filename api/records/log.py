"""Reading the decision log: an entry with what it speaks of, and the walk that shows nothing was changed, lost or cut off.

`verify` believes nothing but hashes: every chain from its first entry, every content that was not lawfully erased, every body, every
rulebook. However long the log, it holds no more of it than what is out of place or waits for its counterpart. Nothing here writes (see
`writer`, `erasure`) and nothing decides (see `replay`).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from sqlmodel import Session, col, func, select

from api.records.chain import NOTHING, content_digest, sha256, unpacked
from api.records.history import together
from api.records.tables import CaseFile, DecisionBody, KeptRulebook, LogChain, LogContent, LogEntry
from engine.reading import version_of

CHUNK: Final = 500

Progress = Callable[[int], None]


class Erased(Exception):
    """What the entry spoke of was erased as the law provides."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision as the log holds it. `body` is the kept text, byte for byte."""

    id: str
    at: str
    case_id: str | None
    tells: Mapping[str, Any]
    application: Mapping[str, Any]
    evidence: Mapping[str, Any]
    own: Mapping[str, Any]
    body: bytes
    bundle: Mapping[str, Any] = field(default_factory=dict)      # of a step of a bundle: what of the other steps went into it

    @property
    def document(self) -> dict[str, Any]:
        """The application with all its evidence, as it was decided."""
        return with_outputs(together(self.application, self.evidence, self.own), self.bundle.get("outputs"))

    @property
    def asked_elsewhere(self) -> frozenset[str]:
        """Keys of materials that another step of the bundle asked for."""
        return frozenset(self.bundle.get("asked_elsewhere", ()))

    @property
    def perhaps_issued(self) -> frozenset[str]:
        """Outputs of earlier steps of the bundle that might not be needed."""
        return frozenset(self.bundle.get("perhaps_issued", ()))

    @property
    def supersedes(self) -> str | None:
        found = self.tells.get("supersedes")
        return str(found) if found else None


def with_outputs(document: dict[str, Any], outputs: Mapping[str, str] | None) -> dict[str, Any]:
    """The document with what earlier steps of a bundle issue; what was stated of it goes first."""
    if not outputs:
        return document
    evidence = dict(document.get("evidence") or {})
    return {**document, "evidence": {**evidence, "outputs": {**outputs, **evidence.get("outputs", {})}}}


def decision(session: Session, decision_id: str) -> Recorded | None:
    """The decision; None where there is none. Raises Erased where its content is gone."""
    entry = session.exec(select(LogEntry).where(col(LogEntry.id) == decision_id, col(LogEntry.kind) == "decision")).first()
    return None if entry is None else _recorded(session, entry)


def _recorded(session: Session, entry: LogEntry) -> Recorded:
    content = session.get(LogContent, entry.id)
    body = session.get(DecisionBody, content.body) if content is not None and content.body else None
    if content is None or body is None:
        raise Erased
    stated = orjson.loads(content.content)
    return Recorded(entry.id, entry.at, entry.case_id, orjson.loads(entry.header), stated["application"], stated["evidence"], stated["own"],
                    unpacked(body.content), stated.get("bundle", {}))


def decisions_of(session: Session, case_id: str) -> list[LogEntry]:
    """The entries of a case's decisions, the earliest first."""
    return list(session.exec(select(LogEntry).where(col(LogEntry.case_id) == case_id, col(LogEntry.kind) == "decision").order_by(
        col(LogEntry.at), col(LogEntry.writer), col(LogEntry.seq))))


def entries_of(session: Session, case_id: str) -> list[LogEntry]:
    """Everything the log tells of a case, the earliest first (全程留痕)."""
    return list(session.exec(select(LogEntry).where(col(LogEntry.case_id) == case_id).order_by(
        col(LogEntry.at), col(LogEntry.writer), col(LogEntry.seq))))


def every_decision(session: Session, since: str = "", sample: int | None = None) -> Iterator[str]:
    """The ids of all decisions from an instant on, the earliest first; with `sample`, of so many of them by chance, in any order."""
    found = select(LogEntry.id).where(col(LogEntry.kind) == "decision", col(LogEntry.at) >= since)
    ordered = found.order_by(col(LogEntry.at), col(LogEntry.writer), col(LogEntry.seq)) if sample is None else found.order_by(func.random()).limit(sample)
    yield from session.exec(ordered.execution_options(yield_per=CHUNK))


def how_many(session: Session, since: str = "") -> int:
    """How many decisions there are from an instant on."""
    return int(session.exec(select(func.count()).select_from(LogEntry).where(col(LogEntry.kind) == "decision", col(LogEntry.at) >= since)).one())


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something in the log that cannot be. `place`: where, an entry's place in its chain (chain#number), or a chain. `code` never changes."""

    place: str
    code: str
    zh: str
    en: str


@dataclass(slots=True)
class Verified:
    """What the walk saw. `heads`: last place and hash of every chain, for keeping elsewhere."""

    chains: int = 0
    entries: int = 0
    decisions: int = 0
    erased: int = 0
    flaws: list[Flaw] = field(default_factory=list)
    heads: dict[str, tuple[int, str]] = field(default_factory=dict)


def size(session: Session) -> int:
    """How many steps `verify` makes: one an entry, one a body."""
    return sum(session.exec(select(func.count()).select_from(table)).one() for table in (LogEntry, DecisionBody))


def verify(session: Session, expected: Mapping[str, tuple[int, str]] | None = None, progress: Progress = lambda done: None) -> Verified:
    """Walk every chain. `expected`: heads kept elsewhere, which must still be found. Reads all of it, in one snapshot of the database.

    The session must be a patient one (`Database.reading`): the walk takes as long as the log is.
    """
    walk = _Walk(session)
    done = 0
    for lines in session.execute(_LINES.execution_options(yield_per=CHUNK)).partitions():
        for line in lines:
            walk.entry(_Line(*line))
        progress(done := done + len(lines))
    for bodies in session.execute(select(DecisionBody.digest, DecisionBody.content).execution_options(yield_per=CHUNK)).partitions():
        for digest, content in bodies:
            walk.body(digest, content)
        progress(done := done + len(bodies))
    walk.end(expected or {})
    return walk.result


@dataclass(frozen=True, slots=True)
class _Line:
    """An entry as its columns have it, and its content where there is one."""

    writer: str
    seq: int
    id: str
    kind: str
    at: str
    case_id: str | None
    header: str
    hash: str
    salt: bytes | None
    content: bytes | None
    body: str | None

    @property
    def place(self) -> str:
        return f"{self.writer}#{self.seq}"


_LINES: Final = select(  # type: ignore[call-overload]
    LogEntry.writer, LogEntry.seq, LogEntry.id, LogEntry.kind, LogEntry.at, LogEntry.case_id, LogEntry.header, LogEntry.hash,
    LogContent.salt, LogContent.content, LogContent.body).outerjoin(LogContent, col(LogContent.entry_id) == col(LogEntry.id)).order_by(
        col(LogEntry.writer), col(LogEntry.seq))


class _Walk:
    """One pass over the log."""

    def __init__(self, session: Session):
        self.session, self.result = session, Verified()
        self.writer, self.seq, self.previous = "", -1, NOTHING
        self.missing: dict[str, str] = {}            # entries whose content is gone, until an erasure names them
        self.lawful: dict[str, str] = {}             # entries an erasure names, until they are met without content
        self.named: list[tuple[str, str, int, str]] = []    # heads that a first entry or a caller vouches for
        self.wrong_bodies: list[str] = []
        self.rulebooks: set[str] = set()

    def flaw(self, place: str, code: str, zh: str, en: str) -> None:
        self.result.flaws.append(Flaw(place, code, zh, en))

    def entry(self, line: _Line) -> None:
        """The next entry, in the order of chains and places."""
        if line.writer != self.writer:
            self.writer, self.seq, self.previous = line.writer, -1, NOTHING
            self.result.chains += 1
        if line.seq != self.seq + 1:
            self.flaw(line.place, "gap", f"前面缺少第 {self.seq + 1} 条。", f"Entry {self.seq + 1} is missing before it.")
        raw = str(line.header).encode()     # SQLite keeps whatever it is given
        if sha256(raw) != line.hash:
            self.flaw(line.place, "changed-header", "正文与它的摘要不符：被改动过。", "Its text does not match its hash: it was changed.")
        else:
            try:
                self._header(line, orjson.loads(raw))
            except (KeyError, TypeError, ValueError, AttributeError):
                self.flaw(line.place, "unreadable", "正文不是这个程序写的样子，读不下去。", "Its text is nothing this program writes and cannot be read.")
        self.seq, self.previous = line.seq, line.hash
        self.result.heads[line.writer] = (line.seq, line.hash)
        self.result.entries += 1

    def _header(self, line: _Line, header: Mapping[str, Any]) -> None:
        if header["previous"] != self.previous and line.seq == self.seq + 1:     # after a gap the entry before it is not there to compare
            self.flaw(line.place, "broken-link", "与前一条对不上。", "It does not follow from the entry before it.")
        told = (header["writer"], header["seq"], header["id"], header["kind"], header["at"], header.get("case"))
        if told != (line.writer, line.seq, line.id, line.kind, line.at, line.case_id):
            self.flaw(line.place, "changed-columns", "查询用的栏目与正文不一致。", "Its columns differ from its text.")
        if header["kind"] == "start":
            self.named.extend((line.place, writer, seq, hash_) for writer, (seq, hash_) in header["heads"].items())
        elif header["kind"] == "erasure":
            for entry_id in header["entries"]:
                self._erased(entry_id, line.place)
        else:
            if header["kind"] == "decision":
                self.result.decisions += 1
                self._rulebooks(header, line.place)
            self._content(line, header)

    def _content(self, line: _Line, header: Mapping[str, Any]) -> None:
        if line.content is None or line.salt is None:
            if self.lawful.pop(line.id, None) is None:
                self.missing[line.id] = line.place
            else:
                self.result.erased += 1
            return
        if content_digest(line.salt, line.content) != header["content"]:
            self.flaw(line.place, "changed-content", "内容与摘要不符：被改动过。", "What it speaks of does not match its digest: it was changed.")
        if line.body != header.get("body"):
            self.flaw(line.place, "other-body", "判断的正文被换成了另一份，或者不见了。", "The body of the decision was exchanged for another, or is gone.")

    def _erased(self, entry_id: str, place: str) -> None:
        if self.missing.pop(entry_id, None) is None:
            self.lawful[entry_id] = place
        else:
            self.result.erased += 1

    def _rulebooks(self, header: Mapping[str, Any], place: str) -> None:
        """Every rulebook a decision names is kept and is the one it says it is."""
        for version in filter(None, (header["rulebook"], header["pinned"])):
            if version not in self.rulebooks:
                self.rulebooks.add(version)
                if not self._kept(version):
                    self.flaw(place, "rulebook", f"没有保存规则库 {version}，或者保存的不是它。", f"The rulebook {version} is not kept, or what is kept is not it.")

    def _kept(self, version: str) -> bool:
        texts = self.session.exec(select(KeptRulebook.texts).where(col(KeptRulebook.version) == version)).first()
        try:
            return texts is not None and version_of(orjson.loads(unpacked(texts))) == version
        except (zlib.error, TypeError, ValueError, AttributeError):
            return False

    def body(self, digest: str, content: bytes) -> None:
        """A kept body, by the digest under which it is kept."""
        try:
            right = sha256(unpacked(content)) == digest
        except (zlib.error, TypeError):
            right = False
        if not right:
            self.wrong_bodies.append(digest)

    def end(self, expected: Mapping[str, tuple[int, str]]) -> None:
        """What only the whole shows: bodies and contents gone without an erasure, chains cut short."""
        for place in self.missing.values():
            self.flaw(place, "missing-content", "内容不见了，也没有依法删除的记录。", "Its content is gone and no erasure names it.")
        self._bodies()
        self._leftovers()
        for writer, seq, hash_ in self.session.execute(select(LogChain.writer, LogChain.seq, LogChain.hash).order_by(col(LogChain.writer))):
            found = self.result.heads.get(writer)
            if found is None or found[0] < seq:
                self._cut(writer, writer, seq)
            elif found != (seq, hash_):
                self.flaw(writer, "beyond-head", f"链 {writer} 的末尾与登记的末尾不符：后面被接上了别的，或者登记被改过。",
                          f"The end of chain {writer} is not the recorded one: something was added after it, or the record was changed.")
        heads = set(self.session.exec(select(LogChain.writer)))
        for writer in self.result.heads:
            if writer not in heads:
                self.flaw(writer, "no-head", f"链 {writer} 没有登记末尾：登记被删除过。", f"The end of chain {writer} is not recorded: the record was deleted.")
        self.named.extend(("--expect", writer, seq, hash_) for writer, (seq, hash_) in expected.items())
        for place, writer, seq, hash_ in self.named:
            if self.session.exec(select(LogEntry.hash).where(col(LogEntry.writer) == writer, col(LogEntry.seq) == seq)).first() != hash_:
                self._cut(place, writer, seq)

    def _cut(self, place: str, writer: str, seq: int) -> None:
        self.flaw(place, "cut-chain", f"链 {writer} 的第 {seq} 条不见了或者被换过：链被截断。",
                  f"Entry {seq} of chain {writer} is gone or was replaced: the chain was cut.")

    def _bodies(self) -> None:
        """Every body that a decision has is there, and is what its digest says."""
        used = select(LogEntry.writer, LogEntry.seq).join(LogContent, col(LogContent.entry_id) == col(LogEntry.id)).order_by(
            col(LogEntry.writer), col(LogEntry.seq))
        for digest in self.wrong_bodies:
            place = self.session.execute(used.where(col(LogContent.body) == digest).limit(1)).first()
            self.flaw(f"{place[0]}#{place[1]}" if place else digest, "changed-body", "判断的正文与摘要不符：被改动过；正文相同的判断这是第一份。",
                      "The body of the decision does not match its digest: it was changed. This is the first decision that has it.")
        gone = used.outerjoin(DecisionBody, col(DecisionBody.digest) == col(LogContent.body)).where(
            col(LogContent.body).is_not(None), col(DecisionBody.digest).is_(None))
        for writer, seq in self.session.execute(gone):
            self.flaw(f"{writer}#{seq}", "missing-body", "判断的正文不见了。", "The body of the decision is gone.")

    def _leftovers(self) -> None:
        """What nothing in the log belongs to any more, and what was said to be erased and is still there."""
        lost = select(LogContent.entry_id).outerjoin(LogEntry, col(LogEntry.id) == col(LogContent.entry_id)).where(col(LogEntry.id).is_(None))
        for entry_id in self.session.exec(lost):
            self.flaw(entry_id, "lost-entry", f"内容还在，条目 {entry_id} 却不见了。", f"The content is there, but its entry {entry_id} is gone.")
        named = select(CaseFile.id, CaseFile.decision_id).outerjoin(LogEntry, col(LogEntry.id) == col(CaseFile.decision_id)).where(
            col(LogEntry.id).is_(None))
        for case_id, entry_id in self.session.execute(named):
            self.flaw(entry_id, "lost-decision", f"办件 {case_id} 现行的判断 {entry_id} 不在记录里。",
                      f"The decision {entry_id} that stands in case {case_id} is not in the log.")
        for ids in _chunks(self.lawful):
            there = set(self.session.exec(select(LogEntry.id).where(col(LogEntry.id).in_(ids))))
            kept = set(self.session.exec(select(LogContent.entry_id).where(col(LogContent.entry_id).in_(ids))))
            for entry_id in ids:
                if entry_id in kept:
                    self.flaw(self.lawful[entry_id], "not-erased", f"条目 {entry_id} 的内容说是删除了，却还在。",
                              f"The content of entry {entry_id} was said to be erased and is still there.")
                elif entry_id not in there:
                    self.flaw(self.lawful[entry_id], "lost-entry", f"删除了内容的条目 {entry_id} 不见了。", f"The entry {entry_id} whose content was erased is gone.")


def _chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    listed = list(ids)
    for start in range(0, len(listed), CHUNK):
        yield listed[start:start + CHUNK]
