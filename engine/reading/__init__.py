"""From the texts of a rulebook directory to one checked Rulebook, or to every problem in it.

Texts come in as arguments: nothing here opens a file. All mistakes of all files are reported in one run; only when the
vocabulary or the ladder itself is broken are the others left out, because nothing could be said about them.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.problems import Refused
from engine.reading import catalogue, guards, invariants, items, law, lists
from engine.reading.draft import Draft
from engine.reading.kinds import REQUIRED, read_files
from engine.reading.marks import marks, version
from engine.reading.report import Report
from engine.reading.vocabulary import read_words
from engine.rulebook import Route, Rulebook
from engine.vocabulary import Vocabulary


def read_rulebook(texts: Mapping[str, str]) -> Rulebook:
    """Read a rulebook: `texts` by path relative to its directory, with forward slashes. Raises Refused."""
    report = Report()
    files = read_files(texts, report)
    _stop_if_broken(report)
    words = read_words(files, report)
    _stop_if_broken(report)
    draft = Draft(files, report, words)
    catalogue.read_divisions(draft)
    law.read_instruments(draft)
    catalogue.read_credentials(draft)
    catalogue.read_sources(draft)
    catalogue.read_materials(draft)
    items.read_heads(draft)
    draft.complete()
    law.read_rules(draft)
    alone, pairs = invariants.read_invariants(draft)
    offered = items.read_items(draft)
    published = lists.read_lists(draft)
    lists.read_bundles(draft)
    calendar = lists.read_calendar(draft)
    guards.check(draft, alone, pairs)
    if report.problems:
        raise Refused(report.ordered())
    return Rulebook(
        version(files), draft.vocabulary, words.ladder, tuple(dict.fromkeys(draft.instruments.by_word.values())), tuple(draft.background),
        tuple(rule for _, rule in draft.rules), alone, {one.code: one for one in draft.divisions.by_word.values()},
        {one.code: one for one in draft.materials.by_word.values()}, {one.code: one for one in draft.credentials.by_word.values()},
        {one.code: one for one in draft.sources.by_word.values()}, offered, published,
        {one.code: one for one in draft.bundles.by_word.values()}, calendar, marks(files), {route.code: route for route in words.ladder}, pairs,
        invariants.complete_from(draft))


def version_of(texts: Mapping[str, str]) -> str:
    """The version these texts would have as a rulebook, whether or not a rulebook can be read from them: the hash of their content."""
    return version(read_files(texts, Report()))


def read_vocabulary(texts: Mapping[str, str]) -> tuple[Vocabulary, tuple[Route, ...]]:
    """The vocabulary and the ladder alone, without situations and the catalogue's names. Raises Refused."""
    report = Report()
    files = read_files({path: texts[path] for path in REQUIRED if path in texts}, report)
    _stop_if_broken(report)
    words = read_words(files, report)
    _stop_if_broken(report)
    draft = Draft(files, report, words)
    draft.complete()
    return draft.vocabulary, words.ladder


def _stop_if_broken(report: Report) -> None:
    base = [problem for problem in report.ordered() if problem.file in REQUIRED]
    if base:
        raise Refused(base)
