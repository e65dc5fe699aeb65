"""`threads`: applications decided per second by one decider shared by 1, 2, 4 and 8 threads.

Python runs one thread at a time (the GIL), so more threads cannot decide more; what is measured is that they do not decide
much less, and that nothing breaks. Throughput over several cores takes several processes. Medians of five runs of fixed work.
"""

from __future__ import annotations

import statistics
import threading
import time

from benchmarks import workload
from benchmarks.measure import Figures, Progress, quiet, settle
from benchmarks.memories import forget
from engine.application import Application
from engine.decide import Decider

PART = "threads"
THREADS = (1, 2, 4, 8)
REPEATED, FIRST, RUNS = 8_000, 160, 5


def run(progress: Progress) -> Figures:
    figures = Figures(PART)
    decider = Decider(workload.rulebook())
    applications = workload.applications(workload.documents(500, known=True))
    for one in applications:
        decider.decide(one, workload.DAY)
    settle()
    for name, count in (("repeated sight", REPEATED), ("first sight", FIRST)):
        alone = 0.0
        for threads in THREADS:
            progress(f"{name}, {threads} threads")
            rates = []
            for _ in range(RUNS):
                if name == "first sight":
                    forget(decider)
                rates.append(_rate(decider, [applications[number % len(applications)] for number in range(count)], threads, name == "first sight"))
            rate = figures.add(f"{name}, {threads} thread{'s' if threads > 1 else ''}", statistics.median(rates), "applications/s",
                               against=("1 thread", alone) if alone else None)
            alone = alone or rate
    return figures


def _rate(decider: Decider, applications: list[Application], threads: int, fresh: bool) -> float:
    """Applications per second when the work is dealt out to threads that start together."""
    ready = threading.Barrier(threads + 1)
    failed: list[BaseException] = []

    def work(part: list[Application]) -> None:
        ready.wait()
        try:
            for one in part:
                if fresh:
                    forget(decider)
                decider.decide(one, workload.DAY)
        except BaseException as error:
            failed.append(error)

    running = [threading.Thread(target=work, args=(applications[number::threads],)) for number in range(threads)]
    with quiet():
        for one in running:
            one.start()
        ready.wait()
        begun = time.perf_counter()
        for one in running:
            one.join()
        took = time.perf_counter() - begun
    if failed:
        raise failed[0]
    return len(applications) / took
