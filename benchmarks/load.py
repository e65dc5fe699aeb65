"""`load`: milliseconds to load the bundled rulebook: reading files, parsing YAML, checking and joining, versioning.

Medians of five. The phases are measured each by itself, so their sum is a little off the whole. Not measured: importing Python
modules, and the first touch of files that the system does not hold in memory.
"""

from __future__ import annotations

from api.rule_files import bundled, open_rulebook
from benchmarks.measure import Figures, Progress, once, settle
from engine import yaml_text
from engine.decide import Decider
from engine.reading import read_rulebook
from engine.reading.kinds import read_files
from engine.reading.marks import version
from engine.reading.report import Report

PART = "load"


def run(progress: Progress) -> Figures:
    figures = Figures(PART)
    settle()
    progress("the whole")
    whole, rulebook = once(lambda: read_rulebook(open_rulebook(bundled())))
    texts = open_rulebook(bundled())
    lines = sum(text.count("\n") for text in texts.values())
    figures.add("loading the bundled rulebook", whole, "ms", note=f"{len(texts)} files, {lines:,} lines, {len(rulebook.rules)} rules")
    all_of_it = ("the whole", whole)
    progress("phases")
    figures.add("  reading files", once(lambda: open_rulebook(bundled()))[0], "ms", against=all_of_it)
    parsing = figures.add("  parsing YAML", once(lambda: [yaml_text.read(text) for path, text in texts.items() if path.endswith(".yaml")])[0],
                          "ms", against=all_of_it)
    shapes, files = once(lambda: read_files(texts, Report()))
    figures.add("  shapes of files", max(shapes - parsing, 0.0), "ms", against=all_of_it, note="pydantic")
    hashing = figures.add("  version", once(lambda: version(files))[0], "ms", against=all_of_it, note="hash of the canonical content")
    figures.add("  checking and joining", max(once(lambda: read_rulebook(texts))[0] - shapes - hashing, 0.0), "ms", against=all_of_it,
                note="words, rules, items, lists, guards")
    figures.add("a decider for it", once(lambda: Decider(rulebook))[0], "ms", against=all_of_it, note="compiles nothing before it is asked")
    return figures
