"""The catalogue as the engine holds it: divisions, materials, credentials, sources, items, lists, bundles, calendar.

Plain immutable records with half-open days. Nothing here reads a file or decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from engine.conditions import ALWAYS, Condition
from engine.law import Instrument, Span
from engine.vocabulary import Fact

NATIONAL = "000000"


@dataclass(frozen=True, slots=True)
class Division:
    """A division of GB/T 2260. `parent` is empty for the nation."""

    code: str
    name: str
    english: str
    parent: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Basis:
    """Where the law asks for a material or an item: instrument, article, days (half-open, within the instrument's)."""

    instrument: Instrument
    article: str
    start: date
    end: date
    review: str = ""


@dataclass(frozen=True, slots=True)
class Credential:
    """A certificate a person can show or an authority can share. `shown`/`shared`: 全国, 清单 or 否."""

    code: str
    name: str
    english: str
    holder: str                      # 自然人 or 组织
    universal: bool                  # everybody of `id_types` has one: no question is needed
    id_types: tuple[str, ...]        # codes of person_id_type whose holders can have it; empty = any
    shown: str
    shared: str
    note: str = ""
    review: str = ""
    holders_number: bool = False     # its number is the holder's own identity number, of the one kind in `id_types`


@dataclass(frozen=True, slots=True)
class Connection:
    division: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Source:
    """A data source (`kind` 查询) or a standing way of checking (`kind` 核验)."""

    code: str
    name: str
    english: str
    provider: str
    kind: str
    sharing: str                     # 无条件共享 有条件共享 不予共享
    ground: str                      # code of source_ground
    id_types: tuple[str, ...]        # codes of person_id_type it can be asked about; empty = any
    connections: tuple[Connection, ...]
    synthetic: bool = False
    review: str = ""
    interface: str = "standard"      # standard: a program can ask it; by_hand: people do
    certificates: tuple[str, ...] = ()   # codes of credentials whose electronic certificate says the same


@dataclass(frozen=True, slots=True)
class Material:
    """A kind of document and what it proves. Codes are those of the vocabulary's values."""

    code: str
    name: str
    english: str
    kind: str
    issuer: str
    proves: str
    direction: str                   # presence or absence
    risks: frozenset[str]
    credentials: tuple[str, ...]     # codes
    sources: tuple[str, ...]         # codes, kind 查询
    checks: tuple[str, ...]          # codes, kind 核验
    commitment_modes: frozenset[str]
    issuer_cannot_verify: bool
    in_person: bool
    form: str                        # 原件 复印件 电子 不限
    self_made: bool
    validity: Span | None
    contains: tuple[str, ...]        # codes
    note: str = ""
    review: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """The commitment letter's fields that the catalogue supplies (国办发〔2020〕42号).

    `public_scope` and `public_within` (where and how long it is publicised) are filled exactly when it is `public`.
    """

    content: str
    public: bool
    consequence: str
    check_by: str
    check_within: Span | None
    public_scope: str = ""
    public_within: Span | None = None


@dataclass(frozen=True, slots=True)
class Requirement:
    """One material of one item, or (`alternatives` filled, `material` None) a group of alternatives.

    `alternatives`: lists of member requirements; between lists the lightest counts, inside a list the heaviest.
    """

    code: str
    name: str
    english: str
    material: Material | None
    role: str                        # principal or secondary
    needed: Condition = ALWAYS
    per_person: str = ""             # role, 每人一份
    bases: tuple[Basis, ...] = ()
    agent_may_commit: bool = False
    letter: Letter | None = None
    deferral: Span | None = None
    alternatives: tuple[tuple[Requirement, ...], ...] = ()
    risks: frozenset[str] = frozenset()            # the item's own, else the material's
    commitment_modes: frozenset[str] = frozenset()
    review: str = ""
    line: int = 0
    establishes: tuple[Requirement, ...] = ()      # what still establishes the fact once the material is abolished


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """通办: that halls elsewhere may help with an item, by which modes, on which days. It never says what is needed.

    `scope`: inter_provincial, sichuan_chongqing, provincial or city_wide; `modes`: online, collected_elsewhere, joint.
    """

    scope: str
    modes: tuple[str, ...]
    start: date
    end: date
    bases: tuple[Basis, ...]
    synthetic: bool = False
    review: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A service item as one division offers it (overrides of narrower divisions already applied)."""

    code: str
    name: str
    english: str
    division: str
    kind: str                        # codes of item_kind, item_status, reform_mode
    status: str
    reform: str
    audience: tuple[str, ...]
    authority: str
    bases: tuple[Basis, ...]
    legal_time: Span
    promised_time: Span
    address: str
    faq: tuple[tuple[str, str], ...]
    default_division: str
    work_safety: bool
    state_secret: bool
    correctable_later: bool
    application_free: bool
    start: date
    end: date
    situations: tuple[Fact, ...]
    requirements: tuple[Requirement, ...]
    outputs: tuple[str, ...]         # material codes
    review: str = ""
    file: str = ""
    elsewhere: tuple[Elsewhere, ...] = ()          # 通办


@dataclass(frozen=True, slots=True)
class PublishedList:
    """One batch of a published list. `rows`: (item code or 全部, material or credential code) -> term or None."""

    kind: str
    division: str
    batch: str
    start: date
    end: date
    synthetic: bool
    basis: str
    rows: Mapping[tuple[str, str], Span | None]
    details: tuple[Mapping[str, str], ...] = ()
    file: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    item: str                        # code
    needed: Condition = ALWAYS


@dataclass(frozen=True, slots=True)
class Bundle:
    """一件事: a chain of items with one de-duplicated list."""

    code: str
    name: str
    english: str
    division: str
    lead: str
    situations: tuple[Fact, ...]
    steps: tuple[Step, ...]
    bases: tuple[Basis, ...]


@dataclass(frozen=True, slots=True)
class Year:
    """A year's published calendar: days off, and Saturdays and Sundays worked."""

    holidays: frozenset[date]
    worked: frozenset[date]


@dataclass(frozen=True, slots=True)
class Calendar:
    years: Mapping[int, Year]
    local: Mapping[tuple[str, int], frozenset[date]] = field(default_factory=dict)
