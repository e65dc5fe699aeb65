"""Running scenarios over mutants, in several processes, each mutant until the first scenario notices.

Every process loads rulebook and step library for itself. What comes out depends on the mutants and the scenarios alone, not on how many
processes there are or which is quicker.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

from api.scenarios.equivalence import PATIENCE, Equivalence, Judged
from api.scenarios.library import Library, load
from api.scenarios.mutants import Mutant, applied, mutants
from api.scenarios.sparing import Changed
from api.scenarios.tracing import Traced, traced
from engine.decide import Decider

Order = tuple[str, tuple[tuple[str, tuple[int, ...]], ...]]     # a rule, and for each of its mutants by key the scenarios to run
Asked = tuple[str, str, bool]                                   # a rule, the key of a mutant of it, whether the solver may be asked
_CHUNK = 12                                                     # scenarios traced by one call

Given = TypeVar("Given")
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Tried:
    """How one mutant fared. `killer`: the number of the scenario that noticed, or None; `said`: what its failing step says; `ran`: how many were run."""

    key: str
    killer: int | None
    said: str
    ran: int


def trace(library: Library, numbers: Iterable[int]) -> list[Traced]:
    """What each of the scenarios looks at."""
    return [traced(library, number) for number in numbers]


def attempt(library: Library, order: Order) -> list[Tried]:
    """Every mutant of one rule: its scenarios in order, until one notices. Scenarios that noticed an earlier mutant of the rule come first."""
    rule_id, asked = order
    book = library.book()
    rule = next(one for one in book.rules if one.id == rule_id)
    known = {one.key: one for one in mutants(rule, book.ladder)}
    killers: list[int] = []
    found = []
    for key, numbers in asked:
        first = [number for number in killers if number in numbers]
        tried = _one(library, known[key], [*first, *(number for number in numbers if number not in first)])
        found.append(tried)
        if tried.killer is not None and tried.killer not in killers:
            killers.insert(0, tried.killer)
    return found


def _one(library: Library, mutant: Mutant, numbers: Sequence[int]) -> Tried:
    made: dict[tuple[str, str], Decider] = {}

    def deciders(base: str = "", extra: str = "") -> Decider:
        if (base, extra) not in made:
            unchanged = library.decider(base, extra)
            made[base, extra] = Changed(unchanged, applied(unchanged.rulebook, mutant), mutant)
        return made[base, extra]

    ran = 0
    try:
        for number in numbers:
            ran += 1
            try:
                said = library.run(library.examples[number], deciders)
            except Exception as error:     # a mutant may break what no rulebook that loads can break; that too is noticed
                said = repr(error)
            if said:
                return Tried(mutant.key, number, said.splitlines()[0], ran)
    finally:
        for one in made.values():
            one.close()
    return Tried(mutant.key, None, "", ran)


# -- processes ------------------------------------------------------------------------------------------------------------

_library: list[Library] = []      # of this process, when it works for another
_provers: list[Equivalence] = []
_patience: list[int] = []


def _begin(directory: Path, rules: Path | None, milliseconds: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)      # the one that started it is asked to stop, and stops it
    _library[:], _patience[:] = [load(directory, rules)], [milliseconds]


def _trace(numbers: Sequence[int]) -> list[Traced]:
    return trace(_library[0], numbers)


def _attempt(order: Order) -> list[Tried]:
    return attempt(_library[0], order)


def _judge(asked: Asked) -> Judged:
    if not _provers:
        _provers.append(Equivalence(_library[0].book(), _patience[0]))
    return judge(_library[0], _provers[0], asked)


def judge(library: Library, prover: Equivalence, asked: Asked) -> Judged:
    """What the prover says of a mutant."""
    rule_id, key, ask = asked
    book = library.book()
    rule = next(one for one in book.rules if one.id == rule_id)
    return prover.judge(next(one for one in mutants(rule, book.ladder) if one.key == key), ask)


class Crew:
    """As many processes as asked for; with one job everything runs in this one. A context manager: leaving it ends them at once."""

    def __init__(self, library: Library, rules: Path | None = None, jobs: int = 1, milliseconds: int = PATIENCE):
        """`rules`: the rulebook the library was loaded with; `milliseconds`: the solver's time for one question."""
        self._library, self._milliseconds = library, milliseconds
        self._pool: ProcessPoolExecutor | None = None
        self._prover: Equivalence | None = None
        if jobs > 1:
            self._pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _begin,
                                             (library.directory.resolve(), rules and rules.resolve(), milliseconds))

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, kind: object, *more: object) -> None:
        if self._pool is not None:
            if kind is not None:
                for one in list((getattr(self._pool, "_processes", None) or {}).values()):
                    one.terminate()
            self._pool.shutdown(wait=True, cancel_futures=True)     # waits for its own thread too: nothing is left to write at the end

    def trace(self, progress: Callable[[int], None]) -> list[Traced]:
        """What every scenario of the library looks at, in the library's order."""
        numbers = range(len(self._library.examples))
        chunks = [tuple(numbers[start:start + _CHUNK]) for start in range(0, len(numbers), _CHUNK)]
        found = {chunk: done for chunk, done in self._each(chunks, _trace, lambda chunk: trace(self._library, chunk), lambda chunk: progress(len(chunk)))}
        return [one for chunk in chunks for one in found[chunk]]

    def attempt(self, orders: Sequence[Order], progress: Callable[[int], None]) -> dict[str, Tried]:
        """How every mutant fared, by key."""
        found: dict[str, Tried] = {}
        for _, done in self._each(orders, _attempt, lambda order: attempt(self._library, order), lambda order: progress(len(order[1]))):
            found |= {one.key: one for one in done}
        return found

    def judge(self, asked: Sequence[Asked], progress: Callable[[int], None]) -> dict[str, Judged]:
        """What the prover says of mutants, by key."""
        if not asked:
            return {}
        if self._pool is None and self._prover is None:
            self._prover = Equivalence(self._library.book(), self._milliseconds)
        done = self._each(asked, _judge, lambda one: judge(self._library, cast(Equivalence, self._prover), one), lambda one: progress(1))
        return {one.key: one for _, one in done}

    def _each(self, work: Sequence[Given], there: Callable[[Given], Found], here: Callable[[Given], Found],
              done: Callable[[Given], None]) -> Iterator[tuple[Given, Found]]:
        """Each piece of work with its result, in the order in which they are done."""
        if self._pool is None:
            for one in work:
                yield one, here(one)
                done(one)
            return
        asked: dict[Future[Found], Given] = {self._pool.submit(there, one): one for one in work}
        left = set(asked)
        while left:
            ready, left = wait(left, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in ready:
                yield asked[future], future.result()
                done(asked[future])
