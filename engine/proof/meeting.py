"""What of two rulebooks stands beside what: the scenes of one material, cut until each piece is one scene of each side.

Divisions are those that neither side tells apart, days those in which neither changes. Nothing here compares.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from engine.proof.scenes import Problem, Scene, Scenes


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """One material at places and days that neither rulebook tells apart. A side is None where it does not ask for the material."""

    old: Scene | None
    new: Scene | None
    problems: tuple[Problem | None, Problem | None]
    divisions: frozenset[str]
    start: date
    end: date

    @property
    def scene(self) -> Scene:
        one = self.new or self.old
        assert one is not None
        return one


_Rows = Mapping[frozenset[str], list[tuple[Scene, Problem]]]


def indexed(scenes: Scenes) -> dict[tuple[str, ...], dict[frozenset[str], list[tuple[Scene, Problem]]]]:
    """The scenes by item, material, what it follows and its group; then by divisions, in the order of days."""
    found: dict[tuple[str, ...], dict[frozenset[str], list[tuple[Scene, Problem]]]] = {}
    for problem in (*scenes.problems, *scenes.pending):
        for scene in problem.scenes:
            key = (scene.item.code, scene.requirement.code, scene.follows, scene.group.code if scene.group else "",
                   scene.requirement.per_person, str(scene.copy), "pending" if scene.pending else "")
            found.setdefault(key, {}).setdefault(frozenset(scene.divisions), []).append((scene, problem))
    for by_divisions in found.values():
        for rows in by_divisions.values():
            rows.sort(key=lambda row: row[0].start)
    return found


def meet(old: _Rows, new: _Rows, wanted: frozenset[str], steady: tuple[_Rows, ...] | None) -> Iterator[Pair]:
    """Both sides' scenes of one material, cut so that each pair is one scene of each side (or of one).

    `steady` (pending cases): the scenes of single days; they stand for a side in which nothing changes between acceptance and decision.
    """
    tables = [{division: rows for divisions, rows in side.items() for division in divisions} for side in (old, new, *(steady or ()))]
    kinds: dict[tuple[int, ...], set[str]] = {}
    for division in wanted:
        kinds.setdefault(tuple(id(table.get(division)) for table in tables), set()).add(division)
    for divisions in kinds.values():
        one = min(divisions)
        rows = [table.get(one, []) for table in tables]
        yield from _sweep(rows[0], rows[1], frozenset(divisions), rows[2:])


_Row = tuple[Scene, Problem]


def _sweep(old: list[_Row], new: list[_Row], divisions: frozenset[str], steady: list[list[_Row]]) -> Iterator[Pair]:
    """Day by day of the law, and for pending cases also day by day of the facts."""
    days = sorted({day for scene, _ in (*old, *new) for day in (scene.start, scene.end)})
    sides = [sorted(rows, key=lambda row: row[0].start) for rows in (old, new)]
    places = [0, 0]
    for start, end in pairwise(days):
        here: list[list[_Row]] = []
        for side, rows in enumerate(sides):
            while places[side] < len(rows) and rows[places[side]][0].end <= start:
                places[side] += 1
            here.append([row for row in _from(rows, places[side], start)])
        seen = sorted({day for rows in here for scene, _ in rows for day in (scene.seen_from, scene.seen_to) if day is not None})
        cuts: list[date | None] = [*seen[:-1]] or [None]
        for seen_from in cuts:
            one, other = (_at(rows, seen_from) for rows in here)
            if steady and (one or other):
                one, other = (row or next(iter(_from(steady[side], 0, start)), None) for side, row in enumerate((one, other)))
            if one or other:
                yield Pair(one[0] if one else None, other[0] if other else None, (one[1] if one else None, other[1] if other else None),
                            divisions, start, end)


def _from(rows: list[_Row], place: int, start: date) -> Iterator[_Row]:
    while place < len(rows) and rows[place][0].start <= start:
        if rows[place][0].end > start:
            yield rows[place]
        place += 1


def _at(rows: list[_Row], seen_from: date | None) -> _Row | None:
    if seen_from is None:
        return rows[0] if rows else None
    return next((row for row in rows if row[0].seen_from is not None and row[0].seen_to is not None and row[0].seen_from <= seen_from < row[0].seen_to), None)
