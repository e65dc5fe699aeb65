"""`proofs`: what `check` and `diff` cost, and how that grows with ten times the rules and items.

The larger rulebook is the bundled one ten times over, in memory: every item under ten codes, with its rows in the lists, and every
rule ten times, each copy speaking of its own tenth of the items. Seconds of the processor, medians. Not measured: reading files.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from api.rule_files import bundled, open_rulebook
from benchmarks.measure import Figures, Progress
from engine.conditions import All
from engine.phrases import BY_WORD, Phrase
from engine.proof.checking import check
from engine.proof.difference import compare
from engine.proof.scenes import Scenes
from engine.reading import read_rulebook
from engine.rulebook import Rulebook

PART = "proofs"
TIMES = 10
ROUNDS = 3

#: A rule whose absence changes outcomes in many items, and one whose absence is proved to change none.
MISSED, UNMISSED = "证明事项清理-补核", "在线政务服务若干规定-7-查到"


def run(progress: Progress) -> Figures:
    figures = Figures(PART)
    book = read_rulebook(open_rulebook(bundled()))
    large = times(book, TIMES)
    progress("check, the bundled rulebook")
    small = figures.add("check: the bundled rulebook", _seconds(lambda: check(book), ROUNDS), "s",
                        note=f"{len(book.rules)} rules, {len({code for code, _ in book.items})} items")
    scenes = figures.add("  of it, scenes", _seconds(lambda: Scenes(book), ROUNDS), "s", note=_size(Scenes(book)))
    progress(f"check, {TIMES} times the rules and items")
    figures.add(f"check: {TIMES} times the rules and items", _seconds(lambda: check(large), 1), "s", against=("the bundled rulebook", small),
                note=f"{len(large.rules)} rules, {len({code for code, _ in large.items})} items")
    begun = time.process_time()
    made = Scenes(large)
    figures.add("  of it, scenes", time.process_time() - begun, "s", against=("the bundled rulebook", scenes), note=_size(made))
    progress("diff")
    figures.add("diff: no difference, proved", _seconds(lambda: compare(book, _without(book, UNMISSED)), ROUNDS), "s", note=f"without {UNMISSED}")
    begun = time.process_time()
    changes = compare(book, _without(book, MISSED)).changes
    figures.add("diff: every class that changes, with witnesses", time.process_time() - begun, "s", note=f"without {MISSED}: {len(changes)} classes")
    return figures


def times(book: Rulebook, number: int) -> Rulebook:
    """The rulebook several times over: items under new codes, and a copy of each rule that speaks of its share of them only."""
    fact = book.vocabulary["item"]

    def code(one: str, copy: int) -> str:
        return one if copy == 0 else f"{one}_{copy}"

    items = {(code(item, copy), division): replace(found, code=code(item, copy))
             for copy in range(number) for (item, division), found in book.items.items()}
    rules = tuple(
        replace(rule, id=f"{rule.id}#{copy}", condition=All((
            Phrase(fact, BY_WORD["属于"], tuple(dict.fromkeys(code(item, copy) for item, _ in book.items))), rule.condition)))
        for copy in range(number) for rule in book.rules)
    lists = tuple(replace(one, rows={(code(item, copy), material): span for copy in range(number) for (item, material), span in one.rows.items()})
                  for one in book.lists)
    return replace(book, version=f"{book.version}-{number}", items=items, rules=rules, lists=lists)


def _without(book: Rulebook, rule: str) -> Rulebook:
    return replace(book, version=f"{book.version}-{rule}", rules=tuple(one for one in book.rules if one.id != rule))


def _seconds(work: Callable[[], object], rounds: int) -> float:
    """Processor seconds of one call, the median of some rounds."""
    taken: list[float] = []
    for _ in range(rounds):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return statistics.median(taken)


def _size(scenes: Scenes) -> str:
    def count(rows: Iterable[object]) -> int:
        return sum(1 for _ in rows)

    return f"{count(one for problem in scenes.problems for one in problem.scenes):,} scenes, {len(scenes.problems):,} problems"
