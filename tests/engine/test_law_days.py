"""Which day's law counts: that of the acceptance day and today's, the lighter for each material, and both are told."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from engine.application import Application
from engine.decide import Decider
from engine.explain import printed
from engine.rulebook import Rulebook
from tests.bundled import decider, rulebook
from tests.engine.small import DAY, HAND_IN, NOT_NEEDED, application, asked, book, decide, instrument, item, material, one, rule

TABLES = Path(__file__).parent.parent / "tables"


def rows() -> list[dict[str, str]]:
    with (TABLES / "change_days.csv").open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def stated(name: str, accepted: str) -> Application:
    """Somebody who holds an identity card, of whom no register has anything but one record of bad faith, repaired on 2026-04-01."""
    person = {"id_type": "resident_id", "id_number": "210400199003070007"}
    couple = [{"id": "p1", "role": "男女双方", **person}, {"id": "p2", "role": "男女双方", "id_type": "resident_id", "id_number": "420704198001010007"}]
    keys = ["household_book/p1", "household_book/p2"] if name == "结婚登记" else ["employment_end_certificate"]
    return Application.model_validate({
        "item": name, "deciding_division": "513424", "accepted_on": accepted, "applicant": {"kind": "自然人", **person},
        "persons": couple if name == "结婚登记" else [], "roles_complete": ["男女双方"],
        "situation": {"was_employed": True, "graduate": False} if name == "失业登记" else {},
        "choices": {"employment_end_certificate": {"commitment": "yes", "signed_by": "self"}},
        "facts": {"holds_credential": dict.fromkeys(keys, False)},
        "evidence": {"on_file": {"complete": True}, "queries": {key: {"result": "not_found"} for key in keys},
                     "records": {"complete": True, "credit": [{"kind": "serious", "recorded_on": "2025-01-01", "repaired_on": "2026-04-01"}]}}})


@pytest.mark.parametrize("line", rows(), ids=lambda line: f"{line['材料']}-{line['受理日']}-{line['决定日']}")
def test_around_a_change_the_law_of_the_acceptance_day_counts_unless_today_s_is_lighter(line):
    body = decider().decide(stated(line["事项"], line["受理日"]), date.fromisoformat(line["决定日"]))
    code = rulebook().vocabulary["material"].by_word[line["材料"]].code
    entry = next(found for found in body["materials"] if found["material"] == code)
    assert (entry["route"], entry["rule"]) == (line["路径"], line["规则"])
    assert entry.get("law", {}).get("taken") == {"决定日": "current", "受理日": "accepted", "": None}[line["取哪一天的法"]]
    if "law" in entry:
        assert [entry["law"][which]["day"] for which in ("accepted", "current")] == [line["受理日"], line["决定日"]]
        assert body["law"] == {"accepted": rulebook().version, "current": rulebook().version}


OLD, NEW = date(2026, 6, 30), date(2026, 7, 1)


def changing(before: list[dict], after: list[dict]) -> Rulebook:
    """One law until 30 June 2026, another from 1 July."""
    return book(instrument("旧法", *before, last="2026-06-30"), instrument("新法", *after, start="2026-07-01"), instrument("示例法", HAND_IN, NOT_NEEDED),
                items=[item(asked("甲"), asked("乙"))], materials=[material("a", "甲"), material("b", "乙")])


ABOLISH = rule("甲不要了", "准许", "取消", "材料 是 甲")
SPARE = rule("乙不要了", "准许", "取消", "材料 是 乙")


@pytest.mark.parametrize(("before", "after", "accepted", "as_of", "route", "taken"), [
    ([], [ABOLISH], OLD, OLD, "submit", None), ([], [ABOLISH], OLD, NEW, "abolished", "current"), ([], [ABOLISH], NEW, NEW, "abolished", None),
    ([ABOLISH], [], OLD, OLD, "abolished", None), ([ABOLISH], [], OLD, NEW, "abolished", "accepted"), ([ABOLISH], [], NEW, NEW, "submit", None),
    ([ABOLISH], [ABOLISH | {"编号": "甲还是不要"}], OLD, NEW, "abolished", None),
])
def test_a_later_law_counts_where_it_is_lighter_and_never_where_it_is_heavier(before, after, accepted, as_of, route, taken):
    entry = one(decide(changing(before, after), as_of, day=accepted), "a")
    assert (entry["route"], entry.get("law", {}).get("taken")) == (route, taken)


def test_the_lighter_law_is_chosen_material_by_material():
    body = decide(changing([ABOLISH], [SPARE]), NEW, day=OLD)
    assert {entry["material"]: (entry["route"], entry["law"]["taken"]) for entry in body["materials"]} == {
        "a": ("abolished", "accepted"), "b": ("abolished", "current")}


def test_a_later_law_that_may_be_lighter_is_asked_about_and_comes_to_nothing_heavier_than_the_earlier_one_settles():
    maybe = rule("也许", "准许", "取消", "材料 是 甲", "申请人类型 是 自然人")
    sure = rule("有覆盖", "准许", "已有覆盖", "材料 是 甲")
    found = changing([sure], [maybe])
    entry = one(decide(found, NEW, day=OLD), "a")
    assert (entry["status"], entry["law"]["taken"], {branch["route"] for branch in entry["branches"]}) == ("undetermined", "current", {"abolished", "covered"})
    for kind, route, taken in (("natural_person", "abolished", "current"), ("enterprise", "covered", "accepted")):
        entry = one(decide(found, NEW, day=OLD, applicant={"kind": kind}), "a")
        assert (entry["route"], entry["status"], entry["law"]["taken"]) == (route, "settled", taken)


def test_every_day_between_two_changes_is_told_as_it_is():
    """A plan serves many days; the answer names the two days of this case."""
    found = Decider(changing([], [ABOLISH]))
    for accepted, as_of in ((OLD, NEW), (date(2026, 6, 1), date(2026, 8, 1)), (OLD, NEW)):
        law = one(found.decide(application(accepted), as_of), "a")["law"]
        assert (law["accepted"]["day"], law["current"]["day"]) == (accepted.isoformat(), as_of.isoformat())


# —— a case accepted under an older rulebook ——

def version(*names: str, extra: list[dict] = []) -> Rulebook:  # noqa: B006
    return book(instrument("示例法", HAND_IN, NOT_NEEDED, *extra), items=[item(*(asked(name) for name in names))],
                materials=[material("a", "甲"), material("b", "乙")])


def test_the_rulebook_pinned_at_acceptance_decides_beside_today_s_and_both_are_named():
    older, newer = version("甲", "乙"), version("甲", "乙", extra=[ABOLISH])
    body = decide(newer, pinned=Decider(older))
    assert body["law"] == {"accepted": older.version, "current": newer.version} and older.version != newer.version
    assert (one(body, "a")["route"], one(body, "a")["law"]["taken"]) == ("abolished", "current")
    assert (one(body, "b")["route"], "law" in one(body, "b")) == ("submit", False)
    assert one(decide(older, pinned=Decider(newer)), "a")["law"]["taken"] == "accepted"
    assert "law" not in decide(newer, pinned=Decider(newer))


def test_a_material_today_s_item_no_longer_has_is_not_required_and_cites_no_rule_that_demands_it():
    body = decide(version("甲"), pinned=Decider(version("甲", "乙")))
    entry = one(body, "b")
    assert (entry["route"], entry["status"], entry["satisfied"], entry["reason"]) == ("not_required", "settled", "yes", "no_longer_required")
    assert (entry["rule"], entry["grounds"], entry["citations"], entry["residuals"]) == (None, [], [], [])
    assert entry["law"]["accepted"] == {"day": DAY.isoformat(), "rulebook": version("甲", "乙").version, "route": "submit", "rule": "提交"}
    assert printed(body, version("甲", "乙"))["materials"][1]["explanation"]


def test_a_material_only_today_s_item_has_is_not_asked_for_in_a_pending_case():
    assert [entry["material"] for entry in decide(version("甲", "乙"), pinned=Decider(version("甲")))["materials"]] == ["a"]
