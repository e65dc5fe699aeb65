"""Which of several lists of documents counts, as the table that legal staff agreed to says (tests/tables/alternatives.csv)."""

from __future__ import annotations

import csv
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import alternatives
from engine.outcome import Judged
from tests.bundled import rulebook
from tests.engine.small import (
    EVERYWHERE,
    HAND_IN,
    NOT_NEEDED,
    asked,
    book,
    credential,
    decide,
    instrument,
    item,
    material,
    one,
    rule,
    source,
)

TABLE = Path(__file__).parent.parent / "tables" / "alternatives.csv"
WEIGHTS = {route.code: route.weight for route in rulebook().ladder}
ROUTES = {route.name: route.code for route in rulebook().ladder}


def word(fact: str, name: str) -> str:
    return rulebook().vocabulary[fact].by_word[name].code


def member(number: int, text: str) -> dict:
    """`出示证件 等待中`, `数据共享 否定`, `未定：出示证件｜提交`."""
    entry: dict = {"material": f"m{number}", "name": f"m{number}", "route": None, "mode": None, "status": "settled", "finding": None,
                   "satisfied": "waiting", "residuals": [{"of": f"m{number}"}], "branches": []}
    state, _, branches = text.partition("：")
    if branches or " " not in text:
        entry["status"] = word("status", state)
        entry["branches"] = [{"when": [str(n)], "route": ROUTES[route], "mode": None} for n, route in enumerate(branches.split("｜"))] if branches else []
        if state == "待前序" and branches:
            entry |= {"route": ROUTES[branches], "branches": []}
        return entry
    route, satisfied = text.split(" ")
    if satisfied == "否定":
        return entry | {"route": ROUTES[route], "finding": "negative", "satisfied": "no"}
    return entry | {"route": ROUTES[route], "satisfied": word("satisfied", satisfied)}


def gathered(*lists: str) -> tuple[dict, list[Judged]]:
    numbers = iter(range(100))
    made = [[member(next(numbers), text) for text in one.split("＋")] for one in lists]
    group = SimpleNamespace(code="group", name="一组", english="group", role="principal", alternatives=tuple(
        tuple(SimpleNamespace(code=entry["material"]) for entry in entries) for entries in made))
    judged = [Judged(entry["material"], SimpleNamespace(group=group, requirement=SimpleNamespace(code=entry["material"])), None, entry)  # type: ignore[arg-type]
              for entries in made for entry in entries]
    found = alternatives.gather(judged, WEIGHTS)
    assert len(found) == 1
    return found[0], judged


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


@pytest.mark.parametrize("line", rows(), ids=lambda line: f"{line['甲单']}-{line['乙单']}")
def test_the_list_that_counts_is_the_table_s(line):
    entry, judged = gathered(line["甲单"], line["乙单"])
    assert entry["status"] == word("status", line["状态"])
    assert entry["route"] == (ROUTES[line["路径"]] if line["路径"] else None)
    assert entry["satisfied"] == word("satisfied", line["满足"])
    settled = entry["status"] == "settled"
    assert [way["chosen"] for way in entry["alternatives"]] == ([line["走哪单"] == "甲", line["走哪单"] == "乙"] if settled else [False, False])
    open_ = alternatives.unsettled_members(judged, [entry])
    assert open_ == ([] if settled else judged)       # nothing more is asked once the group is settled


@pytest.mark.parametrize("line", rows(), ids=lambda line: f"{line['甲单']}-{line['乙单']}")
def test_the_order_of_the_lists_makes_no_difference(line):
    there, _ = gathered(line["甲单"], line["乙单"])
    back, _ = gathered(line["乙单"], line["甲单"])
    assert (there["status"], there["route"], there["satisfied"]) == (back["status"], back["route"], back["satisfied"])


SETTLED = st.builds(lambda route, state: f"{route} {state}", st.sampled_from(["已有覆盖", "数据共享", "出示证件", "告知承诺", "部门补核", "提交"]),
                    st.sampled_from(["已满足", "等待中", "未满足"]))


@settings(deadline=None, max_examples=150)
@given(st.lists(st.lists(SETTLED, min_size=1, max_size=3).map("＋".join), min_size=1, max_size=4))
def test_the_lightest_of_the_heaviest_counts_among_those_met_if_any_is(lists):
    entry, _ = gathered(*lists)
    heaviest = [max(WEIGHTS[member(0, text)["route"]] for text in one.split("＋")) for one in lists]
    met = [n for n, one in enumerate(lists) if all(text.endswith("已满足") for text in one.split("＋"))]
    assert entry["status"] == "settled" and WEIGHTS[entry["route"]] == min(heaviest[n] for n in met or range(len(lists)))
    assert sum(way["chosen"] for way in entry["alternatives"]) == 1


def test_the_residuals_are_those_of_the_list_taken_and_none_while_it_is_open():
    entry, _ = gathered("出示证件 等待中＋数据共享 等待中", "提交 等待中")
    assert entry["residuals"] == [{"of": "m0"}, {"of": "m1"}]
    entry, _ = gathered("未定：出示证件｜提交", "提交 等待中")
    assert entry["residuals"] == [] and [branch["route"] for branch in entry["branches"]] == ["shown", "submit"]


def test_a_group_keeps_its_place_its_name_and_its_role():
    found = book(instrument("示例法", HAND_IN, NOT_NEEDED, rule("出示", "准许", "出示证件", "出示状态 属于 尚未出示、出示有效")),
                 items=[item(asked("丙"), GROUP, asked("丁"))], materials=MATERIALS, credentials=CREDENTIALS, sources=[source("s", EVERYWHERE)])
    body = decide(found)
    assert [entry["material"] for entry in body["materials"]] == ["c", "group", "d"]
    assert (body["materials"][1]["name"], body["materials"][1]["name_en"], body["materials"][1]["role"]) == ("一组", "group", "secondary")


GROUP = {"名称": "一组", "编码": "group", "英文名": "group", "角色": "副件", "依据": [{"文件": "示例条例", "条款": "第二条"}], "任选": [["甲"], ["乙", "丁"]]}
MATERIALS = [material("a", "甲", 证件=["驾驶证"]), material("b", "乙"), material("c", "丙"), material("d", "丁")]
CREDENTIALS = [credential("licence", "驾驶证")]


def test_a_member_still_open_is_asked_about_and_one_in_hand_ends_the_questions():
    found = book(instrument("示例法", HAND_IN, NOT_NEEDED, rule("出示", "准许", "出示证件", "出示状态 属于 尚未出示、出示有效")),
                 items=[item(GROUP)], materials=MATERIALS, credentials=CREDENTIALS, sources=[source("s", EVERYWHERE)])
    body = decide(found)
    assert (one(body, "group")["status"], [(q["fact"], q["material"]) for q in body["questions"]]) == ("undetermined", [("holds_credential", "a")])
    body = decide(found, handed_in=["b", "d"])
    assert (one(body, "group")["route"], one(body, "group")["satisfied"], body["questions"], body["outcome"]) == ("submit", "yes", [], "accept")
    body = decide(found, facts={"holds_credential": {"a": False}}, handed_in=["b"])
    assert (one(body, "group")["route"], one(body, "group")["satisfied"], body["outcome"]) == ("submit", "no", "supplement")


@pytest.mark.parametrize("lists", [[["甲"], ["乙", "丁"]], [["乙", "丁"], ["甲"]]])
def test_of_lists_alike_the_one_that_lacks_least_is_asked_for(lists):
    found = book(instrument("示例法", HAND_IN, NOT_NEEDED), items=[item(GROUP | {"任选": lists})], materials=MATERIALS[:2] + MATERIALS[3:],
                 credentials=CREDENTIALS)
    taken = next(way for way in one(decide(found, handed_in=[]), "group")["alternatives"] if way["chosen"])
    assert [entry["material"] for entry in taken["materials"]] == ["a"]       # one paper is less than two
