"""`python -m benchmarks [NAME…] [--json FILE]`: run the parts named, or all, and print their figures as one table.

Progress goes to standard error, the table to standard output. The exit status is 1 when the engine and the hand-written
rules disagree, 2 when a name is unknown. Nothing else can fail: a slow machine is no mistake.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.agreement import Disagreement
from benchmarks.measure import Figure, as_dicts, say

#: The parts in the order in which they run; each is a module here with `run(progress) -> Figures`.
PARTS = ("load", "matcher", "decide", "catalogue", "threads", "http", "records", "evidence", "replay", "proofs")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the engine. Medians, in one run; compare the ratios.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"parts to run: {', '.join(PARTS)}; all by default")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the figures here too")
    given = parser.parse_args(arguments)
    unknown = [name for name in given.names if name not in PARTS]
    if unknown:
        print(f"no part is called {', '.join(unknown)}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    begun, load = time.perf_counter(), os.getloadavg()[0]
    found: list[Figure] = []
    for name in PARTS:
        if given.names and name not in given.names:
            continue
        try:
            found.extend(importlib.import_module(f"benchmarks.{name}").run(say(name)).found)
        except Disagreement as error:
            print(f"the engine and the rules written by hand disagree.\n{error}", file=sys.stderr)
            return 1
    took = time.perf_counter() - begun
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "system": platform.system(), "load_before": round(load, 2),
               "load_after": round(os.getloadavg()[0], 2), "seconds": round(took, 1)}
    print(table(found))
    print(f"\nPython {machine['python']}, {machine['cores']} cores, {took:.0f} s; load average {machine['load_before']} before, "
          f"{machine['load_after']} after. Times hold for this machine and this hour; ratios travel better.")
    if given.json:
        given.json.write_text(json.dumps({"machine": machine, "figures": as_dicts(found)}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


def table(figures: Sequence[Figure]) -> str:
    """The figures as aligned text, a heading for each part."""
    lines, part = [], ""
    width = max((len(one.what) for one in figures), default=0)
    for one in figures:
        if one.part != part:
            part = one.part
            lines.append(f"\n{part}")
        ratio = f"{one.ratio:,.2f} × {one.against}" if one.ratio is not None else ""
        lines.append(f"  {one.what:<{width}}  {number(one.value):>12} {one.unit:<14} {ratio:<28} {one.note}".rstrip())
    return "\n".join(lines).lstrip("\n")


def number(value: float) -> str:
    """Three significant figures or whole thousands."""
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.1f}" if abs(value) >= 100 else f"{value:.2f}"


if __name__ == "__main__":
    sys.exit(main())
