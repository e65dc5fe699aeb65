"""The tables. Instants are texts in UTC of fixed width, which sort as time does; days are days; ids are random and sort as they are made.

Personal data stands in `person`, `log_content`, `commitment.letter`, `certificate` and nowhere else: the chain and the state of a
case stay whole when they are erased. Nothing here reads or writes (see `writer` and the module of each subject).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import JSON, Column, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel


class KeptRulebook(SQLModel, table=True):
    """A rulebook that was ever used: its files, so that every decision can be made again."""

    __tablename__ = "rulebook"
    version: str = Field(primary_key=True)
    kept_at: str
    texts: bytes = Field(sa_column=Column(LargeBinary, nullable=False))      # zlib of the canonical JSON {path: text}


class LogChain(SQLModel, table=True):
    """The head of one writer's chain. `seen`: up to which entry a later chain's first entry vouches for it."""

    __tablename__ = "log_chain"
    writer: str = Field(primary_key=True)
    seq: int
    hash: str
    seen: int = -1


class LogEntry(SQLModel, table=True):
    """One entry of the log. `header` is exactly what `hash` is the SHA-256 of; the other columns repeat it for look-ups."""

    __tablename__ = "log_entry"
    __table_args__ = (Index("log_entry_case", "case_id", "at"),)
    writer: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    id: str = Field(unique=True)
    kind: str                                   # start, decision, act or erasure
    at: str
    case_id: str | None = None
    header: str
    hash: str


class DecisionBody(SQLModel, table=True):
    """The body of a decision by its SHA-256: the same answer is kept once."""

    __tablename__ = "decision_body"
    digest: str = Field(primary_key=True)
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))    # zlib of the JSON


class LogContent(SQLModel, table=True):
    """What an entry speaks of, personal data included. The header holds the SHA-256 of salt and content."""

    __tablename__ = "log_content"
    entry_id: str = Field(primary_key=True, foreign_key="log_entry.id")
    salt: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))    # canonical JSON
    body: str | None = Field(default=None, foreign_key="decision_body.digest", index=True)


class Idempotency(SQLModel, table=True):
    """A key a caller sent (hashed together with who sent it), what was asked with it, and which decision answered."""

    __tablename__ = "idempotency"
    key: str = Field(primary_key=True)
    fingerprint: str
    decision_id: str = Field(foreign_key="log_entry.id")


class Person(SQLModel, table=True):
    """Somebody with an identity number, in cases of ours. Erasing the row leaves the cases nobody's."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("id_number", "id_type", name="person_identity"),)
    id: str = Field(primary_key=True)
    id_type: str
    id_number: str                              # normalised: 18 digits, capital X
    name: str = ""


class CaseFile(SQLModel, table=True):
    """One case (办件). `number` is the caller's own; `state` is one of `engine.lifecycle.machines.CASE`."""

    __tablename__ = "case_file"
    __table_args__ = (UniqueConstraint("number", "division", name="case_number"), Index("case_file_opened", "opened_at", "id"))
    id: str = Field(primary_key=True)
    number: str | None = None
    item: str
    division: str
    accepting_division: str | None = None
    applicant_id: str | None = Field(default=None, foreign_key="person.id", index=True)
    received_on: date
    state: str = Field(default="received", index=True)
    rulebook: str = Field(foreign_key="rulebook.version")        # in use when it was received
    decision_id: str = Field(foreign_key="log_entry.id")         # the one that stands
    opened_at: str
    notice_decision: str | None = Field(default=None, foreign_key="log_entry.id")   # frozen in the one-time notice
    notice_hash: str | None = None
    notice_at: str | None = None


class Received(SQLModel, table=True):
    """A material handed in for a case: when, how, at what trust (A-D, 国办函〔2016〕108号), checked by whom."""

    __tablename__ = "received"
    __table_args__ = (UniqueConstraint("case_id", "material", "person", name="received_once"),
                      Index("received_on_file", "person_id", "material", "trust", "valid_to", "received_on"))     # all that `history` asks
    id: str = Field(primary_key=True)
    case_id: str = Field(foreign_key="case_file.id")
    material: str
    person: str = ""                            # id of the person inside the application; "" the applicant's
    person_id: str | None = Field(default=None, foreign_key="person.id")
    received_on: date
    at: str
    channel: str = "window"                     # window, online or post
    trust: str = "C"
    valid_to: date | None = None
    checked_by: str | None = None               # officer id
    checked_at: str | None = None


class Commitment(SQLModel, table=True):
    """A commitment (告知承诺). `letter` is the frozen letter as JSON; `state` of `machines.COMMITMENT`."""

    __tablename__ = "commitment"
    __table_args__ = (UniqueConstraint("case_id", "material", "person", "round", name="commitment_once"),)
    id: str = Field(primary_key=True)
    case_id: str = Field(foreign_key="case_file.id")
    decision_id: str = Field(foreign_key="log_entry.id")
    material: str
    person: str = ""
    round: int = 1                              # a commitment withdrawn or declined may be offered again
    mode: str | None = None
    state: str = Field(default="offered", index=True)
    letter: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    letter_hash: str
    offered_at: str
    signed_by: str | None = None                # self, agent, guardian or helper
    signed_at: str | None = None
    electronic: bool | None = None              # how it was signed; null: not signed
    checked_at: str | None = None


class Deferral(SQLModel, table=True):
    """A material that may follow (容缺受理、承诺审批). `due` null while the year has no calendar; `state` of `machines.DEFERRAL`."""

    __tablename__ = "deferral"
    __table_args__ = (UniqueConstraint("case_id", "material", "person", "round", name="deferral_once"),)
    id: str = Field(primary_key=True)
    case_id: str = Field(foreign_key="case_file.id")
    decision_id: str = Field(foreign_key="log_entry.id")
    material: str
    person: str = ""
    round: int = 1                              # one that was released may be promised again when it is needed again
    mode: str | None = None
    state: str = Field(default="promised", index=True)
    promised_at: str
    due: date | None = None
    due_rule: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    consequence: str | None = None              # code of overdue_consequence where the division has one
    supplemented_at: str | None = None


class Demand(SQLModel, table=True):
    """Something a window or back office asked the applicant for. `state` of `machines.DEMAND`."""

    __tablename__ = "demand"
    id: str = Field(primary_key=True)
    case_id: str = Field(foreign_key="case_file.id", index=True)
    decision_id: str = Field(foreign_key="log_entry.id")
    at: str
    stage: str                                  # consultation, window, back_office, handover or delivery
    officer: str | None = None                  # null: reported by the applicant, the officer unknown
    role: str | None = None
    reported_by: str = "authority"              # authority or applicant
    kind: str                                   # hand_in, show, sign, answer or other
    material: str | None = None
    person: str = ""
    fact: str | None = None
    entry_id: str = Field(foreign_key="log_entry.id")        # tells of it; what was said in free words stands in its content
    state: str = Field(default="recorded", index=True)
    violations: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))


class Credit(SQLModel, table=True):
    """A credit record of a person; one of a false commitment names it. Unusable from `repaired_on`."""

    __tablename__ = "credit"
    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    kind: str                                   # minor, ordinary, serious or false_commitment
    recorded_on: date
    repaired_on: date | None = None
    source: str
    commitment_id: str | None = Field(default=None, foreign_key="commitment.id")


class Clock(SQLModel, table=True):
    """A term that is running. `due` null while its year has no calendar: it is computed once there is one."""

    __tablename__ = "clock"
    __table_args__ = (UniqueConstraint("subject", "subject_id", "kind", name="clock_once"),)
    id: str = Field(primary_key=True)
    case_id: str = Field(foreign_key="case_file.id", index=True)
    subject: str                                # case, commitment, deferral, ticket or material
    subject_id: str
    kind: str                                   # notice, promised, legal, check, supplement, rectify or follow_up
    start: date
    count: int
    unit: str                                   # hour, working_day, natural_day or month
    due: date | None = Field(default=None, index=True)
    state: str = Field(default="running", index=True)    # running or stopped
    level: str = "none"                         # none, warning, yellow or red: what was raised last


class Alert(SQLModel, table=True):
    """Something the supervision (电子监察) must see: a violation, lateness, a term that did its work."""

    __tablename__ = "alert"
    __table_args__ = (UniqueConstraint("source", "code", name="alert_once"),)
    id: str = Field(primary_key=True)
    at: str
    case_id: str = Field(foreign_key="case_file.id", index=True)
    kind: str                                   # violation, lateness, term or ticket
    code: str
    card: str                                   # none, warning, yellow or red
    source: str                                 # what raised it: an id of a clock (with the day due) or of a demand or deferral
    zh: str
    en: str


class CertificateBatch(SQLModel, table=True):
    """One loading of the certificate library: which file, when, how many rows were taken and refused."""

    __tablename__ = "certificate_batch"
    id: str = Field(primary_key=True)
    file: str
    digest: str                                 # SHA-256 of the file
    loaded_at: str
    loaded: int
    refused: int


class Certificate(SQLModel, table=True):
    """One version of an electronic certificate (电子证照): whose, which, by whom issued, valid until when, in which state since when."""

    __tablename__ = "certificate"
    __table_args__ = (UniqueConstraint("type", "number", "version", name="certificate_version"),
                      Index("certificate_holder", "holder_number", "holder_id_type", "type"))
    id: str = Field(primary_key=True)
    type: str                                   # code of the credential in the rulebook
    number: str
    version: int = 1
    holder_id_type: str
    holder_number: str                          # normalised: 18 digits, capital X
    holder_name: str
    issuer: str
    issued_on: date
    valid_from: date
    valid_to: date | None = None                # last day of validity; null: without end
    status: str                                 # valid, expired, cancelled, withdrawn, annulled or frozen
    status_since: date                          # the first day of that state
    past: str = ""                              # the states before, each with its first day: `frozen 2026-11-01;valid 2026-11-20`
    seal: str | None = None                     # identifier of the electronic seal; null: not sealed, so no evidence
    synthetic: bool = False
    batch_id: str = Field(foreign_key="certificate_batch.id", index=True)


class Ticket(SQLModel, table=True):
    """A ticket to the authority that answers for a source (谁主管、谁提供、谁负责); `state` of `machines.TICKET`. `open_key`: of what there is one
    open ticket at a time; null once it is answered or closed."""

    __tablename__ = "ticket"
    id: str = Field(primary_key=True)
    source: str = Field(index=True)
    provider: str
    division: str
    kind: str                                   # outage, unclear, mismatch, gap or correction
    state: str = Field(default="open", index=True)       # open, answered or closed
    answer: str | None = None                   # corrected, confirmed, restored or no_record
    open_key: str | None = Field(default=None, unique=True)
    opened_at: str
    answered_at: str | None = None
    closed_at: str | None = None


class TicketCase(SQLModel, table=True):
    """A material of a case that a ticket is about."""

    __tablename__ = "ticket_case"
    __table_args__ = (UniqueConstraint("ticket_id", "case_id", "material", "person", name="ticket_case_once"),)
    id: str = Field(primary_key=True)
    ticket_id: str = Field(foreign_key="ticket.id")
    case_id: str = Field(foreign_key="case_file.id", index=True)
    decision_id: str = Field(foreign_key="log_entry.id")
    material: str
    person: str = ""                            # id of the person inside the application; "" the applicant's
    at: str


class BundleCase(SQLModel, table=True):
    """One application for a bundle (一件事一次办). `number` is the caller's own; `list_hash`: of the list of materials once the lead unit has fixed it."""

    __tablename__ = "bundle_case"
    __table_args__ = (UniqueConstraint("number", "division", name="bundle_number"), Index("bundle_opened", "opened_at", "id"))
    id: str = Field(primary_key=True)
    number: str | None = None
    bundle: str
    division: str
    applicant_id: str | None = Field(default=None, foreign_key="person.id", index=True)
    received_on: date
    opened_at: str
    entry_id: str = Field(foreign_key="log_entry.id")            # tells of the decision that stands
    list_entry: str | None = Field(default=None, foreign_key="log_entry.id")     # the one whose list is fixed
    list_hash: str | None = None
    fixed_at: str | None = None


class BundleStep(SQLModel, table=True):
    """One step of a bundle. `case_id` null: not begun, since nobody knows yet whether it is needed."""

    __tablename__ = "bundle_step"
    bundle_case_id: str = Field(primary_key=True, foreign_key="bundle_case.id")
    item: str = Field(primary_key=True)
    position: int
    needed: str                                 # yes, no or unknown
    case_id: str | None = Field(default=None, foreign_key="case_file.id", unique=True)


#: The tables of the log, which point to none but each other.
LOG_TABLES: tuple[type[SQLModel], ...] = (LogEntry, DecisionBody, LogContent)

#: Every table, those others point to first.
TABLES: tuple[type[SQLModel], ...] = (
    KeptRulebook, LogChain, LogEntry, DecisionBody, LogContent, Idempotency, Person, CaseFile, Received, Commitment, Deferral, Demand, Credit,
    Clock, Alert, CertificateBatch, Certificate, Ticket, TicketCase, BundleCase, BundleStep)
