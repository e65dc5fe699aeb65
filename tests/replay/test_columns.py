"""A condition as a column says what its plain three-valued reading says, on any sheet of facts."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.replay.columns import DuckEngine, condition_column, constant, kind_of, named, sql
from engine.conditions import truth
from tests.engine.strategies import FACTS, conditions, sheets

ENGINE = DuckEngine()
KLEENE = {True: "t", False: "f", None: "u"}


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.lists(conditions(), min_size=1, max_size=4), st.lists(sheets(), min_size=1, max_size=3))
def test_a_column_is_kleene_s_truth(found, facts):
    table = None
    for number, sheet in enumerate(facts):
        row = named("one", {"x": "int64"}).select(row=constant(number, "int64"), **{fact.code: constant(sheet[fact.code], kind_of(fact)) for fact in FACTS})
        table = row if table is None else table.union(row)
    ENGINE.make("one", "SELECT 1 AS x")
    ENGINE.make("sheets", sql(table, ENGINE))
    sheets_ = named("sheets", {"row": "int64", **{fact.code: kind_of(fact) for fact in FACTS}})
    query = sheets_.select("row", **{f"c{n}": condition_column(one, lambda fact: sheets_[fact.code]) for n, one in enumerate(found)})
    rows = ENGINE.fetch(sql(query, ENGINE)).sort_by("row").to_pylist()
    for sheet, row in zip(facts, rows, strict=True):
        assert [KLEENE[row[f"c{n}"]] for n in range(len(found))] == [truth(one, lambda fact, sheet=sheet: sheet[fact.code]) for one in found]
