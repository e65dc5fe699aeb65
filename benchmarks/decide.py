"""`decide`: microseconds for one application of ten materials, in process, against the same rules written by hand.

Measured on random applications to the ten-material item with everything known: repeated sight (every verdict remembered);
first sight (every verdict and every truth vector forgotten before each application, plans and networks compiled); a realistic
mix (each application once, in the order of arrival, some facts unknown) with its share of verdicts not seen before; cold (the
first application of a new decider); with JSON in and out; with printed explanations; and a case accepted under earlier law,
for which the law is read twice. Not measured: HTTP, evidence gathering, writing records. The hand-written rules give route
and determining rule only, from data already parsed, and check nothing: no engine can be expected to reach them.
"""

from __future__ import annotations

import gc
import importlib
import json
import statistics
import time
from collections import Counter
from functools import partial
from typing import Any

import orjson

from benchmarks import agreement, plain, workload
from benchmarks.measure import Figures, Progress, each, per_call, settle, share
from benchmarks.memories import counted, forget, forget_verdicts
from engine.application import Application
from engine.decide import Decider
from engine.intake import take

PART = "decide"
CHECKED, OPENED = 10_000, 1_500      # applications held against the hand-written rules: all known, some facts left out
REPEATED, FIRST, MIX, COLD = 500, 400, 10_000, 5
EARLIER = "2026-03-02"               # before the law on credit repair changed: the law is read twice


def run(progress: Progress) -> Figures:
    figures = Figures(PART)
    _agree(figures, progress)
    decider = Decider(workload.rulebook())
    documents = workload.documents(REPEATED, known=True)
    applications = workload.applications(documents)
    texts = [json.dumps(one, ensure_ascii=False).encode() for one in documents]

    settle()

    def decide(application: Application) -> dict[str, Any]:
        return decider.decide(application, workload.DAY)

    progress("rules by hand")
    by_hand = figures.add("rules by hand: route and rule", per_call(plain.decide, documents, batches=41), "µs", note="plain Python, parsed data, no checks")
    hand = ("by hand", by_hand)
    figures.add("rules by hand: route alone", per_call(plain.routes, documents, batches=41), "µs", against=hand)

    progress("repeated sight")
    repeated = figures.add("repeated sight, whole body", per_call(decide, applications), "µs", against=hand, note="every verdict remembered")
    figures.add("  of it: taking the application in", per_call(lambda one: take(decider.rulebook, one, workload.DAY), applications), "µs", against=hand)
    cases = [take(decider.rulebook, one, workload.DAY) for one in applications]
    figures.add("  of it: verdicts, routes only", per_call(lambda case: decider._pass(case, workload.DAY), cases), "µs", against=hand)
    figures.add("  the same one application again and again", per_call(decide, applications[:1] * 500), "µs", against=hand)
    gc.enable()
    begun = time.perf_counter_ns()
    for application in applications:
        decide(application)
    figures.add("  with garbage collection on", (time.perf_counter_ns() - begun) / len(applications) / 1_000, "µs", against=("off", repeated))

    progress("first sight")
    fresh = each(decide, applications[:FIRST], lambda: forget(decider))
    figures.add("first sight, whole body: median", statistics.median(fresh), "µs", against=hand, note="every verdict and truth vector forgotten")
    figures.add("first sight: 99th percentile", share(fresh, 0.99), "µs", against=hand)
    decide(applications[0])
    fresh = each(decide, applications[:FIRST], lambda: forget_verdicts(decider))
    figures.add("  truth vectors remembered", statistics.median(fresh), "µs", against=hand, note="no network is asked")

    progress("a realistic mix")
    _mix(figures, hand)

    progress("cold")
    cold = []
    for application in applications[:COLD]:
        new = Decider(workload.rulebook())
        cold.extend(each(lambda one, new=new: new.decide(one, workload.DAY), [application]))  # type: ignore[misc]
    figures.add("cold: first application of a decider", statistics.median(cold) / 1_000, "ms", note="plan made, law compiled, networks built")

    progress("earlier law")
    pending = workload.applications([{**one, "accepted_on": EARLIER} for one in documents])
    figures.add("case accepted under earlier law", per_call(decide, pending), "µs", against=("repeated sight", repeated), note="the law is read twice")

    progress("JSON in and out")
    parsing = per_call(Application.model_validate_json, texts)
    figures.add("JSON to Application (pydantic)", parsing, "µs", against=hand)
    bodies = [decide(one) for one in applications]
    figures.add("body to JSON (orjson)", per_call(orjson.dumps, bodies), "µs", against=hand,
                note=f"{statistics.median(len(orjson.dumps(one)) for one in bodies) / 1024:.0f} KiB")
    figures.add("JSON in, JSON out: repeated sight", per_call(
        lambda text: orjson.dumps(decide(Application.model_validate_json(text))), texts), "µs", against=hand)
    figures.add("JSON in, JSON out: rules by hand", per_call(lambda text: orjson.dumps(plain.decide(orjson.loads(text))), texts), "µs", against=hand)
    _printed(figures, decider, bodies, ("repeated sight", repeated), progress)
    return figures


def _agree(figures: Figures, progress: Progress) -> None:
    """Stops the run with the example where the engine and the hand-written rules disagree."""
    decider = Decider(workload.rulebook())
    progress(f"holding {CHECKED:,} applications against the rules by hand")
    compared = agreement.check_known(decider, workload.documents(CHECKED, known=True, seed=workload.SEED + 2))
    figures.add("agree with the rules by hand, all known", compared, "materials")
    progress(f"holding {OPENED:,} applications with open facts against the rules by hand")
    compared, completed, wider = agreement.check_open(decider, OPENED)
    figures.add("agree with the rules by hand, some unknown", compared, "materials", note=f"over {completed:,} completions decided by hand")
    figures.add("  engine names an outcome no completion reaches", wider, "materials", note="cautious, not wrong")


def _mix(figures: Figures, hand: tuple[str, float]) -> None:
    """10,000 applications arriving one after another at a decider that is new; once timed, once counted."""
    for known, name in ((True, "all known"), (False, "some unknown")):
        applications = workload.applications(workload.documents(MIX, known=known, seed=workload.SEED + 3))
        decider, again = Decider(workload.rulebook()), Decider(workload.rulebook())
        took = each(lambda one, decider=decider: decider.decide(one, workload.DAY), applications)  # type: ignore[misc]
        routes: Counter[str] = Counter()
        made = []
        for half in (applications[:MIX // 2], applications[MIX // 2:]):
            with counted() as count:
                for one in half:
                    routes.update(entry["route"] or entry["status"] for entry in again.decide(one, workload.DAY)["materials"])
            made.append(100 * count[0] / (len(half) * len(workload.CODES)))
        figures.add(f"mix, {name}: median", statistics.median(took), "µs", against=hand, note=f"{MIX:,} applications, each once, at a new decider")
        figures.add(f"mix, {name}: mean", statistics.fmean(took), "µs", against=hand)
        figures.add(f"mix, {name}: 99th percentile", share(took, 0.99), "µs", against=hand)
        figures.add(f"mix, {name}: mean of the second half", statistics.fmean(took[MIX // 2:]), "µs", against=hand)
        figures.add(f"mix, {name}: verdicts not seen before", sum(made) / 2, "%", note=f"{made[1]:.1f} % in the second half")
        figures.add(f"mix, {name}: routes that occur", len(routes), "routes", note=workload.tally(routes))


def _printed(figures: Figures, decider: Decider, bodies: list[dict[str, Any]], repeated: tuple[str, float], progress: Progress) -> None:
    """Sentences added to a body, where the printing is there."""
    try:
        printed = importlib.import_module("engine.explain").printed
    except (ImportError, AttributeError):
        progress("explanations: engine.explain is not there; left out")
        return
    for language in ("zh", "en"):
        for level in ("summary", "full"):
            progress(f"explanations: {level}, {language}")
            took = per_call(partial(_print, printed, decider, language, level), bodies[:200], batches=5)
            figures.add(f"explanation added: {level}, {language}", took, "µs", against=repeated)


def _print(printed: Any, decider: Decider, language: str, level: str, body: dict[str, Any]) -> object:
    return printed(body, decider.rulebook, language, level)
