"""Lawful erasure (个人信息保护法 47): what the log speaks of goes, the chain stays whole and says who erased what on which ground.

Files of administrative licensing are archives (档案法 and the rules made under it say for how long), so an erasure is an act of an officer and names
its ground; it is refused while anything about the person is still pending. Cases, days, states, routes and officers stay: they name nobody. Other
people's files are never touched; where they speak of an erased person is told. Nothing here judges whether the ground is good.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from sqlalchemy import delete, update
from sqlmodel import Session, SQLModel, col, select

from api.records import bundle_log
from api.records.acts import By, Conflict, NoSuchRecord
from api.records.database import Database
from api.records.decisions import ERASED_KEY
from api.records.history import Number
from api.records.ids import new_id
from api.records.instants import spoken
from api.records.log import CHUNK, Erased
from api.records.records import Records
from api.records.tables import BundleCase, BundleStep, CaseFile, Commitment, Credit, DecisionBody, Deferral, Idempotency, LogContent, LogEntry, Person, Received
from api.records.writer import Pages
from engine import identity
from engine.lifecycle.machines import CASE, COMMITMENT, DEFERRAL, PENDING
from engine.problems import Problem, Refused
from engine.rulebook import Rulebook

#: States in which somebody still has to do something.
OPEN_COMMITMENT: Final = frozenset({"signed", "false", "rectifying"})
OPEN_DEFERRAL: Final = frozenset({"promised", "overdue", "rectifying"})

#: Where something is erased: what must not keep it.
TOUCHED: Final[tuple[type[SQLModel], ...]] = (LogContent, DecisionBody, Idempotency, Person, CaseFile, Received, Commitment, Credit, BundleCase)


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be erased: exactly one of a decision, a case, or all cases of a person by the person's number."""

    decision: str | None = None
    case: str | None = None
    person: Number | None = None


@dataclass(slots=True)
class Scope:
    """What an erasure takes: ids of cases, entries, commitments, credit records; the person's own id where it is about a person."""

    cases: list[CaseFile] = field(default_factory=list)
    entries: list[str] = field(default_factory=list)
    commitments: list[str] = field(default_factory=list)
    credit: list[str] = field(default_factory=list)
    bundles: list[BundleCase] = field(default_factory=list)      # whose answers speak of the cases
    person_id: str | None = None
    whole: bool = True                   # whole cases: they become nobody's


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was erased. `entry_id`: the entry that says so. `entries`: whose content went; the rest are numbers of rows."""

    entry_id: str
    at: str
    entries: tuple[str, ...]
    cases: tuple[str, ...]
    bodies: int
    letters: int
    people: int
    credit: int


def as_dict(made: Erasure) -> dict[str, Any]:
    """The erasure as it is answered."""
    return {"id": made.entry_id, "at": spoken(made.at), "entries": list(made.entries), "cases": list(made.cases), "bodies": made.bodies,
            "letters": made.letters, "people": made.people, "credit": made.credit}


def finish(database: Database, target: Target) -> dict[str, Any]:
    """What is left to do once an erasure is committed: clear the files, and look where else the person's number stands. Raises Unavailable."""
    wiped = database.wipe([str(table.__tablename__) for table in TOUCHED])
    if target.person is None:
        return {"left": [], "wiped": wiped}
    with database.reading(patient=True) as session:
        return {"left": still_named(session, target.person), "wiped": wiped}


def scope(session: Session, target: Target, lock: bool = False) -> Scope:
    """What the erasure of the target takes. `lock`: nobody else acts in the cases until the transaction ends.

    Raises NoSuchRecord; Conflict where a case is pending, or a commitment or a deferred material still open; Erased where nothing is left to erase.
    """
    if target.decision is not None:
        made = _of_decision(session, target.decision, lock)
    elif target.case is not None:
        made = _of_cases(session, _cases(session, col(CaseFile.id) == target.case, lock))
        if not made.cases:
            raise NoSuchRecord("case_file", target.case)
    else:
        made = _of_person(session, target.person or ("", ""), lock)
    _nothing_open(session, made)
    if not made.entries and not made.commitments and made.person_id is None:
        raise Erased
    return made


def _cases(session: Session, which: Any, lock: bool) -> list[CaseFile]:
    found = select(CaseFile).where(which).order_by(col(CaseFile.id))
    return list(session.exec(found.with_for_update().execution_options(populate_existing=True) if lock else found))


def _of_cases(session: Session, cases: list[CaseFile]) -> Scope:
    """Everything the log tells of the cases, and their letters."""
    made = Scope(cases)
    for ids in _chunks(case.id for case in cases):
        kept = select(LogEntry.id).join(LogContent, col(LogContent.entry_id) == col(LogEntry.id)).where(col(LogEntry.case_id).in_(ids))
        made.entries += session.exec(kept.order_by(col(LogEntry.writer), col(LogEntry.seq)))
        made.commitments += session.exec(select(Commitment.id).where(col(Commitment.case_id).in_(ids), col(Commitment.letter).is_not(None)))
        made.bundles += session.exec(select(BundleCase).where(col(BundleCase.id).in_(
            select(BundleStep.bundle_case_id).where(col(BundleStep.case_id).in_(ids)))).order_by(col(BundleCase.id)))
    about = [entry_id for row in {one.id: one for one in made.bundles}.values() for entry_id in bundle_log.entries_of(session, row)]
    made.entries += [entry_id for entry_id in about if session.get(LogContent, entry_id) is not None]
    return made


def _of_decision(session: Session, decision_id: str, lock: bool) -> Scope:
    """The decision, the notice that was frozen of it, the letters written from it, and what was noted of those."""
    entry = session.exec(select(LogEntry).where(col(LogEntry.id) == decision_id, col(LogEntry.kind) == "decision")).first()
    if entry is None or entry.case_id is None:
        raise NoSuchRecord("log_entry", decision_id)
    made = _of_cases(session, _cases(session, col(CaseFile.id) == entry.case_id, lock))
    made.whole = False
    made.commitments = list(session.exec(select(Commitment.id).where(
        col(Commitment.decision_id) == decision_id, col(Commitment.letter).is_not(None))))
    about = list(session.execute(select(LogEntry.id, LogEntry.kind, LogEntry.header, LogContent.content).join(
        LogContent, col(LogContent.entry_id) == col(LogEntry.id)).where(col(LogEntry.id).in_(made.entries)).order_by(col(LogEntry.writer), col(LogEntry.seq))))
    made.entries = [one for one, kind, header, content in about if one == decision_id or (kind == "act" and (
        orjson.loads(header)["subject"][1] in made.commitments or _about(orjson.loads(content), decision_id)))]
    return made


def _about(content: Mapping[str, Any], decision_id: str) -> bool:
    """Whether an act rests on the decision, or is a bundle's answer made of it."""
    return content.get("decision") == decision_id or decision_id in (content.get("decisions") or {}).values()


def _of_person(session: Session, number: Number, lock: bool) -> Scope:
    """All cases in which the person is the applicant, and the person's credit records."""
    row = session.exec(select(Person).where(col(Person.id_type) == number[0], col(Person.id_number) == number[1])).first()
    if row is None:
        raise NoSuchRecord("person", "***")
    made = _of_cases(session, _cases(session, col(CaseFile.applicant_id) == row.id, lock))
    made.person_id = row.id
    made.credit = list(session.exec(select(Credit.id).where(col(Credit.person_id) == row.id)))
    if made.credit:
        nowhere = select(LogEntry.id, LogEntry.header).join(LogContent, col(LogContent.entry_id) == col(LogEntry.id)).where(
            col(LogEntry.case_id).is_(None), col(LogEntry.kind) == "act")
        made.entries += [entry_id for entry_id, header in session.execute(nowhere) if orjson.loads(header)["subject"][1] in made.credit]
    return made


def _nothing_open(session: Session, made: Scope) -> None:
    """Raises Conflict naming every case, commitment and deferred material that is not finished."""
    siblings = [case for row in made.bundles for case in session.exec(select(CaseFile).join(BundleStep, col(BundleStep.case_id) == col(CaseFile.id)).where(
        col(BundleStep.bundle_case_id) == row.id).order_by(col(BundleStep.position)))]
    concerned = {case.id: case for case in (*made.cases, *siblings)}.values()     # a bundle goes on with what its other steps stated
    zh = [f"办件 {case.id}（{CASE.state(case.state).zh}）" for case in concerned if case.state in PENDING]
    en = [f"case {case.id} ({CASE.state(case.state).en})" for case in concerned if case.state in PENDING]
    for ids in _chunks(case.id for case in made.cases):
        for machine, rows in (
                (COMMITMENT, select(Commitment.id, Commitment.state).where(col(Commitment.case_id).in_(ids), col(Commitment.state).in_(OPEN_COMMITMENT))),
                (DEFERRAL, select(Deferral.id, Deferral.state).where(col(Deferral.case_id).in_(ids), col(Deferral.state).in_(OPEN_DEFERRAL)))):
            for row_id, state in sorted(session.execute(rows)):
                zh.append(f"{machine.subject_zh} {row_id}（{machine.state(state).zh}）")
                en.append(f"{machine.subject_en} {row_id} ({machine.state(state).en})")
    if zh:
        raise Conflict("not-finished", f"还没有办完：{'、'.join(zh)}；办完或者撤回以后才能删除。",
                       f"Not finished yet: {', '.join(en)}; nothing can be erased before that is finished or withdrawn.")


def erase(records: Records, target: Target, ground: str, by: By) -> Callable[[Pages], Erasure]:
    """The act of erasing. `ground`: law and article, or the reference of a court or an authority; it stays for ever and so may name nobody.

    Raises what `scope` raises, and Refused where the ground holds a name or a number of the people erased.
    """
    def does(pages: Pages) -> Erasure:
        session = pages.session
        pages.flush()
        made = scope(session, target, lock=True)
        spoken_of, digests = _people(session, records.rulebook, made)
        _names_nobody(ground, spoken_of)
        entry_id = new_id()
        subject = ["person", made.person_id] if made.person_id else ["decision", target.decision] if target.decision else ["case", target.case]
        pages.tell(entry_id, "erasure", "", None if made.person_id else made.cases[0].id, {
            "subject": subject, "move": "erase", "from": "", "to": "", "by": by.as_dict(), "ground": ground, "entries": made.entries})
        for ids in _chunks(made.entries):
            session.execute(delete(LogContent).where(col(LogContent.entry_id).in_(ids)))
            session.execute(update(Idempotency).where(col(Idempotency.decision_id).in_(ids)).values(fingerprint=ERASED_KEY))
        bodies = _bodies(session, digests)
        records.prepare.erased(bodies)
        _forget(session, made)
        people = _nobodys(session, spoken_of)
        return Erasure(entry_id, pages.at, tuple(made.entries), tuple(case.id for case in made.cases), len(bodies), len(made.commitments), people,
                       len(made.credit))

    return does


def _people(session: Session, rulebook: Rulebook, made: Scope) -> tuple[dict[Number, str], list[str]]:
    """Everybody with a number in what goes, with the name stated or known; and the digests of its bodies."""
    people: dict[Number, str] = {}
    digests: dict[str, None] = {}
    for ids in _chunks(made.entries):
        for content, digest in session.execute(select(LogContent.content, LogContent.body).where(col(LogContent.entry_id).in_(ids))):
            if digest:
                digests[digest] = None
                for number, name in numbers_in(rulebook, orjson.loads(content)["application"]):
                    people[number] = people.get(number) or name
    known = {made.person_id} | {case.applicant_id for case in made.cases if made.whole}
    for ids in _chunks(case.id for case in made.cases if made.whole):
        known |= set(session.exec(select(Received.person_id).where(col(Received.case_id).in_(ids))))
    for ids in _chunks(one for one in known if one is not None):
        for row in session.exec(select(Person).where(col(Person.id).in_(ids))):
            people[(row.id_type, row.id_number)] = people.get((row.id_type, row.id_number)) or row.name
    return people, list(digests)


def numbers_in(rulebook: Rulebook, application: Mapping[str, Any]) -> Iterator[tuple[Number, str]]:
    """The people with a number that can be right, and their names: applicant, related persons, agent; however old the application is."""
    kinds = rulebook.vocabulary.by_word["person_id_type"].by_word
    for one in (application.get("applicant"), *application.get("persons", ()), application.get("agent")):
        kind = kinds.get((one or {}).get("id_type") or "")
        if one and kind is not None and one.get("id_number"):
            read = identity.read(kind.code, one["id_number"])
            if isinstance(read, identity.Identity):
                yield (kind.code, read.number), one.get("name") or ""


def _names_nobody(ground: str, people: Mapping[Number, str]) -> None:
    """The ground stays in the chain for ever. Raises Refused."""
    said = _bare(ground)
    if any(_bare(number) in said or (len(name) > 1 and _bare(name) in said) for (_, number), name in people.items()):
        raise Refused([Problem(
            "personal-ground", "删除的理由永久保留，不能写被删除的人的姓名或者证件号码；请只写法律条文或者文书编号。",
            "The ground is kept for ever and may not name the people erased, nor their numbers; give the article of the law or the reference of the document.",
            field="ground")])


def _bodies(session: Session, digests: Sequence[str]) -> list[str]:
    """Erase the bodies that nothing has any more."""
    gone: list[str] = []
    for ids in _chunks(digests):
        needed = set(session.exec(select(LogContent.body).where(col(LogContent.body).in_(ids))))
        free = [one for one in ids if one not in needed]
        session.execute(delete(DecisionBody).where(col(DecisionBody.digest).in_(free)))
        gone += free
    return gone


def _forget(session: Session, made: Scope) -> None:
    """What stands beside the log: letters, free texts, whose the cases were, credit records."""
    for ids in _chunks(made.commitments):
        session.execute(update(Commitment).where(col(Commitment.id).in_(ids)).values(letter=None, letter_hash=""))
    entries = set(made.entries)
    for case in made.cases:
        if case.notice_decision in entries:
            case.notice_hash = None      # of a text with a name in it
        if made.whole:
            case.applicant_id = None
        session.add(case)
    for row in made.bundles:
        if row.list_entry in entries:
            row.list_hash = None
        if made.whole:
            row.applicant_id = None
        session.add(row)
    session.flush()
    for ids in _chunks([case.id for case in made.cases] if made.whole else []):
        session.execute(update(Received).where(col(Received.case_id).in_(ids)).values(person_id=None))
    if made.person_id is not None:
        session.execute(update(Received).where(col(Received.person_id) == made.person_id).values(person_id=None))
        session.execute(delete(Credit).where(col(Credit.person_id) == made.person_id))


def _nobodys(session: Session, people: Iterable[Number]) -> int:
    """Erase the people whom no case, material or credit record has any more; gives how many."""
    gone = 0
    for id_type, id_number in people:
        row = session.exec(select(Person).where(col(Person.id_type) == id_type, col(Person.id_number) == id_number)).first()
        if row is not None and not any(session.exec(select(table.id).where(column == row.id).limit(1)).first() for table, column in (
                (CaseFile, col(CaseFile.applicant_id)), (Received, col(Received.person_id)), (Credit, col(Credit.person_id)),
                (BundleCase, col(BundleCase.applicant_id)))):
            session.delete(row)
            session.flush()
            gone += 1
    return gone


def still_named(session: Session, number: Number) -> list[str]:
    """Where else the number stands: cases of other people (ids; of an entry without a case, the entry's). Reads all of the log; be patient."""
    full = number[1].encode()
    short = number[1][:6] + number[1][8:17] if number[0] == "resident_id" and number[1][6:8] == "19" else None
    found: dict[str, None] = {}
    wanted = select(LogEntry.case_id, LogEntry.id, LogContent.content).join(LogContent, col(LogContent.entry_id) == col(LogEntry.id))
    for rows in session.execute(wanted.execution_options(yield_per=CHUNK)).partitions():
        for case_id, entry_id, content in rows:
            said = _bare(content.decode())
            if full.decode() in said or (short is not None and f'"{short}"' in said):
                found[case_id or entry_id] = None
    return sorted(found)


def _bare(said: str) -> str:
    """A text as numbers are compared: no white space, capital letters."""
    return re.sub(r"\\[tnrf]", "", "".join(said.split())).upper()


def _chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    listed = list(ids)
    for start in range(0, len(listed), CHUNK):
        yield listed[start:start + CHUNK]
