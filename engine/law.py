"""Law as the engine holds it: instruments and the rules in them, with their days of effect.

Days are half-open here (`start` <= day < `end`), turned once from the inclusive dates of the files. Nothing here reads a
file or decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from engine.conditions import ALWAYS, Condition
from engine.vocabulary import Action, Actor, Fact, Reason, Term

FOREVER: Final = date(9999, 12, 31)

#: Rank of a legal instrument, highest first (立法法 2023, 99–104; State Council decisions beside administrative regulations).
RANKS: Final = ("法律", "行政法规", "国务院决定", "地方性法规", "部门规章", "地方政府规章", "规范性文件", "非规范性材料")

#: How a rule file writes that the article is still to be found in the official text.
UNCONFIRMED_ARTICLE: Final = "条款待核"

DEFINITION: Final = "认定"
GRANT: Final = "准许"
BAR: Final = "排除"
BLOCK: Final = "阻止"
TERM: Final = "规定"


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time with its unit: 工作日, 自然日, 月 or 小时."""

    count: int
    unit: str


@dataclass(frozen=True, slots=True)
class Instrument:
    """One legal instrument (or background text) as its file states it."""

    title: str
    short: str
    english: str
    number: str                      # 文号
    organ: str
    rank: str
    divisions: tuple[str, ...]
    start: date
    end: date                        # exclusive
    citable: bool
    checked_on: date | None
    checked_by: str
    review: str                      # 待法务核对, empty if none
    file: str

    @property
    def order(self) -> int:
        """Position of the rank, 0 the highest."""
        return RANKS.index(self.rank)


@dataclass(frozen=True, slots=True)
class Background:
    """A statement of a source that carries no rule: list sizes, goals."""

    instrument: Instrument
    article: str
    gist: str
    amount: int | None
    unit: str


@dataclass(frozen=True, slots=True)
class Residual:
    """What remains to be done, by whom, and within which term (a term of the vocabulary or a fixed span)."""

    actor: Actor
    action: Action
    term: Term | None
    span: Span | None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `kind` is one of the five words above; fields that do not belong to the kind are empty."""

    id: str
    kind: str
    instrument: Instrument
    article: str
    gist: str
    start: date
    end: date                        # exclusive
    condition: Condition = ALWAYS
    route: str = ""                  # English code of the route (grant, bar)
    mode: str = ""                   # English code of the mode, or empty for all
    defines: Fact | None = None
    reason: Reason | None = None
    residuals: tuple[Residual, ...] = ()
    remedy: str = ""                 # block: what would lift it
    term: Term | None = None
    value: Span | str | None = None  # term: a span, or the code of a value
    review: str = ""                 # 待法务核对 of the rule itself
    file: str = ""
    line: int = 0
    idle: str = ""                   # 暂无适用: why it stands though nothing in the catalogue falls under it

    def in_force(self, day: date) -> bool:
        return self.start <= day < self.end

    @property
    def doubts(self) -> str:
        """What legal staff must still confirm about the rule or its instrument, empty if nothing."""
        return "；".join(dict.fromkeys(text for text in (self.review, self.instrument.review) if text))
