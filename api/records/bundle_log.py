"""What the log keeps of a bundle's decisions (一件事一次办): one entry each, which names the decisions of the steps it is made of.

The entry is an act whose subject is the bundle. Its body holds the one list; the answers of steps that have cases stand with their own
decisions and are put together again when it is read. Nothing here decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlmodel import Session, col, select

from api.records import log
from api.records.acts import APPLICANT, NoSuchRecord
from api.records.chain import body_bytes, canonical, content_digest, new_salt, packed, sha256, unpacked
from api.records.history import together
from api.records.ids import new_id
from api.records.tables import BundleCase, DecisionBody, LogContent, LogEntry
from api.records.writer import Pages

SUBJECT: Final = "bundle"


@dataclass(frozen=True, slots=True)
class BundleRecorded:
    """A decision of a bundle as the log holds it. `decisions`: by item, the ids of the steps' decisions; `states`: what each step had issued then."""

    id: str
    at: str
    bundle_case_id: str
    tells: Mapping[str, Any]
    application: Mapping[str, Any]
    evidence: Mapping[str, Any]
    own: Mapping[str, Any]
    decisions: Mapping[str, str]
    states: Mapping[str, str]
    kept: Mapping[str, Any]

    @property
    def document(self) -> dict[str, Any]:
        """The application with all its evidence, as it was decided."""
        return together(self.application, self.evidence, self.own)

    @property
    def supersedes(self) -> str | None:
        found = self.tells.get("supersedes")
        return str(found) if found else None

    def body(self, session: Session) -> dict[str, Any]:
        """The whole answer, each step with its decision. Raises Erased."""
        steps = [one if "decision" in one else {**one, "decision": _body_of(session, self.decisions[one["item"]])} for one in self.kept["steps"]]
        return {**self.kept, "steps": steps}


def _body_of(session: Session, decision_id: str) -> dict[str, Any]:
    recorded = log.decision(session, decision_id)
    if recorded is None:
        raise NoSuchRecord("decision", decision_id)
    return dict(orjson.loads(recorded.body))


@dataclass(frozen=True, slots=True)
class BundleMade:
    """A decision of a bundle before it is written. `stated`: application, evidence and own, as a decision keeps them."""

    bundle_case_id: str
    stated: Mapping[str, Any]
    body: Mapping[str, Any]
    decisions: Mapping[str, str]
    states: Mapping[str, str]
    program: str
    supersedes: str | None = None


def write(pages: Pages, made: BundleMade) -> str:
    """Write the entry; gives its id. Everything the steps wrote is written before it."""
    pages.flush()
    entry_id, salt = new_id(), new_salt()
    kept = {**made.body, "steps": [{name: value for name, value in one.items() if name != "decision" or one["item"] not in made.decisions}
                                   for one in made.body["steps"]]}
    text = body_bytes(kept)
    digest = sha256(text)
    if pages.session.get(DecisionBody, digest) is None:
        pages.add(DecisionBody, digest=digest, content=packed(text))
    content = canonical({**made.stated, "decisions": dict(made.decisions), "states": dict(made.states)})
    pages.tell(entry_id, "act", content_digest(salt, content), None, {
        "subject": [SUBJECT, made.bundle_case_id], "move": "decide", "from": "", "to": "", "by": APPLICANT.as_dict(), "program": made.program,
        "rulebook": made.body["rulebook"], "as_of": made.body["as_of"], "outcome": made.body["outcome"], "decisions": dict(made.decisions),
        "body": digest, **({"supersedes": made.supersedes} if made.supersedes else {})})
    pages.add(LogContent, entry_id=entry_id, salt=salt, content=content, body=digest)
    return entry_id


def bundle_decision(session: Session, entry_id: str) -> BundleRecorded:
    """The decision. Raises NoSuchRecord, and Erased where its content is gone."""
    entry = session.exec(select(LogEntry).where(col(LogEntry.id) == entry_id, col(LogEntry.kind) == "act")).first()
    header = orjson.loads(entry.header) if entry is not None else {}
    if entry is None or header["subject"][0] != SUBJECT or "body" not in header:
        raise NoSuchRecord("bundle_case", entry_id)
    content = session.get(LogContent, entry.id)
    body = session.get(DecisionBody, content.body) if content is not None and content.body else None
    if content is None or body is None:
        raise log.Erased
    said = orjson.loads(content.content)
    return BundleRecorded(entry.id, entry.at, header["subject"][1], header, said["application"], said["evidence"], said["own"], said["decisions"],
                          said["states"], orjson.loads(unpacked(body.content)))


def entries_of(session: Session, bundle_case: BundleCase) -> Iterator[str]:
    """The ids of the decisions of a bundle, the one that stands first: each names the one it supersedes."""
    found: str | None = bundle_case.entry_id
    while found is not None:
        yield found
        header = session.exec(select(LogEntry.header).where(col(LogEntry.id) == found)).first()
        found = orjson.loads(header).get("supersedes") if header else None
