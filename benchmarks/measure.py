"""Measuring: medians of batches by a nanosecond clock, memory of the process, and figures that carry their unit.

Garbage collection is off inside a timed batch and runs before it, so that no batch pays for the waste of another; what a
run with collection on would add is measured where it matters (`decide`). Nothing here knows what is measured.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number. `ratio` compares it with `against` in the same run; `note` says what the reader must know."""

    part: str
    what: str
    value: float
    unit: str
    ratio: float | None = None
    against: str = ""
    note: str = ""


@dataclass(slots=True)
class Figures:
    """The figures of one part, in the order in which they were measured."""

    part: str
    found: list[Figure] = field(default_factory=list)

    def add(self, what: str, value: float, unit: str, *, against: tuple[str, float] | None = None, note: str = "") -> float:
        """Keep one figure and give its value back. `against` names another measured value and is divided by."""
        ratio = value / against[1] if against and against[1] else None
        self.found.append(Figure(self.part, what, value, unit, ratio, against[0] if against else "", note))
        return value


def settle() -> None:
    """Put everything made so far out of the collector's sight, so that collections between batches are short."""
    gc.collect()
    gc.freeze()


@contextmanager
def quiet() -> Iterator[None]:
    """Garbage collection off, after one full collection."""
    was = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def per_call(work: Callable[[Any], object], given: Sequence[Any], batches: int = 9, warm_up: bool = True) -> float:
    """Median over batches of the mean microseconds of `work(one)`, every batch going through all of `given` once."""
    if warm_up:
        for one in given:
            work(one)
    found = []
    for _ in range(batches):
        with quiet():
            start = time.perf_counter_ns()
            for one in given:
                work(one)
            took = time.perf_counter_ns() - start
        found.append(took / len(given) / 1_000)
    return statistics.median(found)


def each(work: Callable[[Any], object], given: Sequence[Any], before: Callable[[], object] = lambda: None) -> list[float]:
    """Microseconds of every single call; `before` runs untimed ahead of each."""
    found = []
    with quiet():
        for one in given:
            before()
            start = time.perf_counter_ns()
            work(one)
            found.append((time.perf_counter_ns() - start) / 1_000)
    return found


def once(work: Callable[[], Any], times: int = 5) -> tuple[float, Any]:
    """Median milliseconds of `work()`, and what the last call gave."""
    found, result = [], None
    for _ in range(times):
        result = None
        with quiet():
            start = time.perf_counter_ns()
            result = work()
            found.append((time.perf_counter_ns() - start) / 1_000_000)
    return statistics.median(found), result


def share(sorted_or_not: Sequence[float], part: float) -> float:
    """The value below which a share of the measurements lies."""
    ordered = sorted(sorted_or_not)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def resident() -> float:
    """Megabytes of memory the process holds now; 0 where the system does not say."""
    gc.collect()
    try:
        for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


def say(part: str) -> Progress:
    """A progress line on standard error for each step of a part."""
    begun = time.perf_counter()

    def line(text: str) -> None:
        print(f"[{part}] {time.perf_counter() - begun:6.1f} s  {text}", file=sys.stderr, flush=True)

    return line


def as_dicts(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    return [asdict(one) for one in figures]
