"""The combination of grants, bars and choices is the table that legal staff agreed to (tests/tables)."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import combine
from engine.truth import FAILS, HOLDS, PENDING

TABLES = Path(__file__).parent.parent / "tables"
TRUTHS = {"成立": HOLDS, "不成立": FAILS, "未定": PENDING, "开": HOLDS, "关": FAILS}
ANSWERS = {"要": True, "不要": False, "没说": None}
truths = st.sampled_from([HOLDS, FAILS, PENDING])


def rows(name: str) -> list[dict[str, str]]:
    with (TABLES / name).open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


@pytest.mark.parametrize("row", rows("combination.csv"), ids=lambda row: "-".join(row.values()))
def test_a_route_is_open_as_the_table_says(row):
    assert combine.openness([TRUTHS[row["准许"]]], [TRUTHS[row["排除"]]]) == TRUTHS[row["路径"]]


@pytest.mark.parametrize("row", rows("electives.csv"), ids=lambda row: "-".join(row.values()))
def test_an_elective_is_taken_offered_or_passed_over_as_the_table_says(row):
    open_ = {"light": TRUTHS[row["轻路径"]], "heavy": TRUTHS[row["重路径"]]}
    standing = combine.stand([("light", True), ("heavy", False)], open_, {"light": ANSWERS[row["申请人的选择"]]})
    way = "等" if standing.pending else {"light": "轻", "heavy": "重", "": "无"}[standing.route]
    offer = "轻" if standing.offered else "有条件的轻" if standing.offered_if else ""
    assert (way, offer) == (row["走哪一条"], row["还提供什么"])


def test_the_tables_are_whole():
    assert len(rows("combination.csv")) == 9
    assert len({tuple(row.values())[:2] for row in rows("combination.csv")}) == 9


@given(st.lists(truths), st.lists(truths))
def test_a_bar_always_beats_a_grant(grants, bars):
    assert combine.openness(grants, [*bars, HOLDS]) == FAILS


@given(st.lists(truths), st.lists(truths), st.randoms())
def test_order_of_rules_does_not_matter(grants, bars, random):
    mixed, barred = list(grants), list(bars)
    random.shuffle(mixed)
    random.shuffle(barred)
    assert combine.openness(mixed, barred) == combine.openness(grants, bars)


@given(st.lists(st.tuples(truths, st.booleans(), st.sampled_from([True, False, None])), min_size=1, max_size=10))
def test_a_lighter_pending_route_is_never_passed_over_in_silence(routes):
    ladder = [(str(n), elective) for n, (_, elective, _) in enumerate(routes)]
    standing = combine.stand(ladder, {str(n): state for n, (state, _, _) in enumerate(routes)}, {str(n): choice for n, (*_, choice) in enumerate(routes)})
    named = {standing.route, *standing.pending, *standing.offered, *standing.offered_if, *standing.declined}
    for n, (state, _, _) in enumerate(routes):
        if state != FAILS and (not standing.route or n <= int(standing.route)):
            assert str(n) in named


@given(st.lists(st.tuples(truths, st.booleans(), st.sampled_from([True, False, None])), min_size=1, max_size=10))
def test_an_elective_is_never_taken_unless_it_was_chosen(routes):
    ladder = [(str(n), elective) for n, (_, elective, _) in enumerate(routes)]
    choices = {str(n): choice for n, (*_, choice) in enumerate(routes)}
    standing = combine.stand(ladder, {str(n): state for n, (state, _, _) in enumerate(routes)}, choices)
    if standing.route and dict(ladder)[standing.route]:
        assert choices[standing.route] is True
