"""A tiny state machine: states, the moves between them, and a whole sentence for every move that is not allowed.

For records that live on after a decision. It knows no case, no law and no storage: the tables are in `engine.lifecycle.machines`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Final

#: The state before the record exists: the moves that create a record start here.
NEW: Final = ""


@dataclass(frozen=True, slots=True)
class State:
    """Where a record stands. `zh` follows the subject (承诺已撤回), `en` follows “is” (the commitment is withdrawn)."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Move:
    """One step. `zh` follows 不能 (不能撤回), `en` follows “cannot” (cannot withdraw it). One name may have several rows
    with different ends as long as no start repeats."""

    name: str
    zh: str
    en: str
    starts: frozenset[str]
    end: str


class IllegalMove(Exception):
    """A move that is not open from where the record stands. `zh` and `en` are whole sentences that need no context.

    `allowed`: names of the moves that are open instead, in the table's order. The doors answer 409 with it.
    """

    def __init__(self, subject: str, state: str, move: str, allowed: Iterable[str], zh: str, en: str):
        self.subject, self.state, self.move, self.allowed = subject, state, move, tuple(allowed)
        self.zh, self.en = zh, en
        super().__init__(zh)

    def text(self, language: str = "zh") -> str:
        return self.zh if language.startswith("zh") else self.en


@dataclass(frozen=True, slots=True)
class Machine:
    """The states and moves of one kind of record. A table that contradicts itself is refused when it is made."""

    subject: str
    subject_zh: str
    subject_en: str
    states: tuple[State, ...]
    moves: tuple[Move, ...]
    _by_code: dict[str, State] = field(init=False, repr=False, compare=False, default_factory=dict)
    _ends: dict[tuple[str, str], Move] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._by_code[NEW] = State(NEW, "尚未建立", "not recorded yet")
        for state in self.states:
            if state.code in self._by_code:
                raise ValueError(f"{self.subject}: the state {state.code} stands twice")
            self._by_code[state.code] = state
        for move in self.moves:
            if move.end not in self._by_code or move.end == NEW or not move.starts:
                raise ValueError(f"{self.subject}: {move.name} leads nowhere")
            for start in move.starts:
                if start not in self._by_code or (start, move.name) in self._ends:
                    raise ValueError(f"{self.subject}: {move.name} from {start or 'nothing'} is unknown or stands twice")
                self._ends[start, move.name] = move

    @property
    def names(self) -> tuple[str, ...]:
        """Every move by name, in the table's order."""
        return tuple(dict.fromkeys(move.name for move in self.moves))

    def state(self, code: str) -> State:
        """The state with its names. A code outside the table is a mistake of the store: `LookupError`."""
        try:
            return self._by_code[code]
        except KeyError:
            raise LookupError(f"{self.subject} has no state {code}") from None

    def allowed(self, state: str) -> tuple[Move, ...]:
        """The moves that are open from the state, in the table's order."""
        here = self.state(state).code
        return tuple(move for move in self.moves if here in move.starts)

    def after(self, state: str, move: str) -> str:
        """The state after the move; `IllegalMove` where the table does not have it."""
        self.state(state)
        found = self._ends.get((state, move))
        if found is None:
            raise self.refusal(state, move)
        return found.end

    def refusal(self, state: str, move: str, because_zh: str = "", because_en: str = "", doors: Collection[str] | None = None) -> IllegalMove:
        """Why the move is not open and what is. `because_…`: a reason from outside the table, clauses that say it all.

        `doors`: the moves somebody can ask for; None: all of the table. What only follows from something else is no advice.
        """
        here = self.state(state)
        wanted = next((one for one in self.moves if one.name == move), None)
        open_now = [one for one in self.allowed(state) if one.name != move and (doors is None or one.name in doors)]
        zh, en = because_zh or f"{self.subject_zh}{here.zh}", because_en or f"the {self.subject_en} is {here.en}"
        if not because_zh:
            zh += f"，不能{wanted.zh}" if wanted else f"，没有叫“{move}”的操作"
            en += f", so one cannot {wanted.en}" if wanted else f"; there is no move called “{move}”"
        zh += f"；现在可以做的：{'、'.join(one.zh for one in open_now)}。" if open_now else "；没有可以再做的。"
        en += f". What can be done now: {', '.join(one.en for one in open_now)}." if open_now else ". Nothing more can be done."
        return IllegalMove(self.subject, state, move, dict.fromkeys(one.name for one in open_now), zh, en[0].upper() + en[1:])
