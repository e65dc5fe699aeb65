"""`catalogue`: does a decision cost more when the catalogue grows? 10, 100 and 1,000 copies of the ten-material item.

The copies share the ten materials and differ in code, name and list rows; they are laid over the bundled rulebook in memory.
Measured per size, each in a process of its own: reading the rulebook, the memory that adds, one application when they are
spread over all items, at repeated and at first sight, and the memory of a decider that has met every item. Not measured:
items that differ in kind (their rules are the same ones), or more rules.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks import workload
from benchmarks.measure import Figures, Progress, each, once, per_call, resident, settle
from benchmarks.memories import forget
from engine.decide import MAX_PLANS, Decider
from engine.reading import read_rulebook

PART = "catalogue"
SIZES = (10, 100, 1_000)
APPLICATIONS, FIRST = 2_000, 200

_ITEM = "catalogue/items/000000-national/benchmark_ten.yaml"


def texts(size: int) -> dict[str, str]:
    """The bundled texts with `size` copies of the item."""
    found = workload.texts()
    item = found.pop(_ITEM)
    for number in range(size):
        found[_ITEM.replace("ten", f"ten_{number}")] = item.replace(workload.ITEM_NAME, f"{workload.ITEM_NAME}{number}号").replace(
            f"编码: {workload.ITEM}\n", f"编码: {workload.ITEM}_{number}\n")
    for path in [path for path in found if path.startswith("catalogue/lists/") and "-benchmark-" in path]:
        head, row = found[path].split("行:\n")
        found[path] = head + "行:\n" + "".join(row.replace(workload.ITEM_NAME, f"{workload.ITEM_NAME}{number}号") for number in range(size))
    return found


def run(progress: Progress) -> Figures:
    figures = Figures(PART)
    smallest: dict[str, float] = {}
    for size in SIZES:
        progress(f"{size:,} items")
        done = subprocess.run([sys.executable, "-m", "benchmarks.catalogue", str(size)], capture_output=True, text=True, check=False,
                              cwd=Path(__file__).resolve().parent.parent)
        if done.returncode:
            progress(f"{size:,} items: could not be measured: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'no reason given'}")
            continue
        for name, (value, unit, note) in json.loads(done.stdout).items():
            label = f"{size:,} items: {name}"
            if size == SIZES[0]:
                smallest[name] = figures.add(label, value, unit, note=note)
            else:
                figures.add(label, value, unit, against=(f"{SIZES[0]} items", smallest.get(name, 0.0)), note=note)
    return figures


def measured(size: int) -> dict[str, tuple[float, str, str]]:
    """The figures of one size, in a process of its own."""
    given = texts(size)
    before = resident()
    loading, rulebook = once(lambda: read_rulebook(given), 1 if size >= 1_000 else 3)
    held = resident() - before
    documents = [{**one, "item": f"{workload.ITEM}_{number % size}"} for number, one in enumerate(workload.documents(APPLICATIONS, known=True))]
    applications = workload.applications(documents)
    decider = Decider(rulebook)
    before = resident()
    cold = each(lambda one: decider.decide(one, workload.DAY), applications[:min(size, MAX_PLANS)])
    planned = resident() - before
    fitting = applications[:max(APPLICATIONS // size, 1) * size] if size <= MAX_PLANS else [
        one for number, one in enumerate(applications) if number % size < MAX_PLANS]
    settle()
    repeated = per_call(lambda one: decider.decide(one, workload.DAY), fitting, batches=5)
    fresh = each(lambda one: decider.decide(one, workload.DAY), fitting[:FIRST], lambda: forget(decider))
    over = f"{min(size, MAX_PLANS):,} plans" + (f", of {size:,} items: {MAX_PLANS} are kept" if size > MAX_PLANS else "")
    found = {
        "reading the rulebook": (loading, "ms", f"{len(given)} files"),
        "memory of the rulebook": (held, "MB", ""),
        "memory of its plans": (planned, "MB", over),
        "first application of each item": (statistics.median(cold), "µs", "its plan is made; law and networks are compiled once"),
        "repeated sight": (repeated, "µs", f"spread over {over}"),
        "first sight": (statistics.median(fresh), "µs", "verdicts and truth vectors forgotten"),
    }
    if size > MAX_PLANS:
        for one in applications[:size]:
            decider.decide(one, workload.DAY)
        anew = each(lambda one: decider.decide(one, workload.DAY), applications[:size])
        found["all items in turn"] = (statistics.median(anew), "µs", "each plan has been given up before its item comes again")
    return found


def main(arguments: list[str]) -> dict[str, Any]:
    return measured(int(arguments[0]))


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1:])))
