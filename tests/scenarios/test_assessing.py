"""Mutants tried: one that every scenario lets pass, one that is noticed, one that means nothing; and what is told of the whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from api.scenarios.assessing import assess
from api.scenarios.equivalence import DIFFERENT, EQUIVALENT, UNKNOWN, Equivalence, Judged
from api.scenarios.mutants import mutants
from api.scenarios.page import page
from api.scenarios.report import as_json
from api.scenarios.trying import Crew
from tests.engine.small import rule
from tests.scenarios.little import HOLDING, assessed, law, library, rulebook, said

ALONE = ("持证",)


def plain():
    """The little rulebook without the rule that makes another superfluous."""
    found = rulebook()
    return replace(found, rules=tuple(one for one in found.rules if one.id != "多余"))


def states(found):
    return {one.mutant.key.partition(":")[2]: "killed" if one.killed else one.judged.verdict for one in found.fates}


def test_scenarios_notice_what_they_claim_and_let_the_rest_pass():
    found = assessed(*HOLDING, rules=ALONE, book_=plain())
    assert states(found) == {
        "negated:0": "killed", "dropped:0": EQUIVALENT, "negated:1": "killed", "dropped:1": "killed", "begins:-1": DIFFERENT, "begins:+1": DIFFERENT,
        "removed": "killed", "route:shared": "killed"}
    assert (found.killed, len(found.counted), len(found.survivors)) == (5, 7, 2)
    assert found.score == pytest.approx(100 * 5 / 7)
    assert [found.status(floor) for floor in (0, 71, 72)] == [0, 0, 1]


def test_the_days_are_noticed_once_somebody_looks_at_them():
    days = [said("前一天", "", date(2019, 12, 31), holds=True), said("当天", "covered", date(2020, 1, 1), holds=True)]
    found = assessed(*HOLDING, days[1], rules=ALONE, book_=plain())
    assert (states(found)["begins:-1"], states(found)["begins:+1"]) == (DIFFERENT, "killed")
    assert [one.judged.day for one in found.survivors] == [date(2019, 12, 31)]


def test_a_mutant_that_means_nothing_leaves_the_score_and_is_listed():
    found = assessed(*HOLDING, rules=("多余",))
    equal = {name for name, state in states(found).items() if state == EQUIVALENT}
    # the other rule opens the route whatever this one says of the kind of material, which is a proof in every application
    assert "dropped:2" in equal and "removed" not in equal      # without it the answer names one ground less
    assert len(found.counted) == len(found.fates) - len(equal)
    report = as_json(found, 95)
    assert report["counts"]["equivalent"] == len(equal)
    assert {one["key"] for one in report["rules"][0]["mutants"] if one["state"] == EQUIVALENT} == {f"多余:{name}" for name in equal}


def test_a_mutant_nobody_can_notice_is_a_survivor_with_a_witness():
    found = assessed(said("不需要的不涉及", "not_required", married=False), rules=ALONE, book_=plain())
    gone = next(one for one in found.survivors if one.mutant.kind == "removed")
    assert gone.judged.item == "thing" and gone.judged.application["item"] == "thing" and gone.judged.before[0] == "covered"
    assert found.unseen and found.status(0) == 1


def test_what_is_unknown_stays_in_the_score_and_is_marked():
    found = assessed(*HOLDING, rules=ALONE, book_=plain())
    unknown = replace(found, fates=tuple(replace(one, judged=Judged(one.mutant.key, UNKNOWN)) if one.judged and one.judged.verdict == DIFFERENT else one
                                         for one in found.fates))
    assert unknown.score == found.score and unknown.best == 100 and len([one for one in unknown.fates if one.unknown]) == 2
    assert [unknown.status(floor) for floor in (71, 72, 100)] == [0, 3, 3]
    assert "不知道有没有差别" in page(unknown, 95, "zh") and "is unknown" in page(unknown, 95, "en")


def test_once_it_is_enough_the_prover_is_asked_no_more():
    found = library(*HOLDING, book_=plain())
    fates = {}
    for enough in (None, 60, 80):
        with Crew(found) as crew:
            whole = assess(found, crew, lambda *told: None, ALONE, enough)
        fates[enough] = states(whole)
        assert whole.score == pytest.approx(100 * 5 / (8 if enough == 60 else 7))
    assert fates[60]["dropped:0"] == fates[60]["begins:-1"] == UNKNOWN
    assert fates[80] == fates[None]


def test_of_blocks_and_terms_nothing_is_proved_unless_no_item_is_concerned():
    found = law(rule("期限", "规定", "补正告知期限", 值="5", 单位="工作日"))
    own = next(one for one in found.rules if one.id == "期限")
    known = {one.key.partition(":")[2]: Equivalence(found).judge(one).verdict for one in mutants(own, found.ladder)}
    assert known == {"begins:-1": EQUIVALENT, "begins:+1": UNKNOWN, "removed": UNKNOWN, "term:4": UNKNOWN, "term:6": UNKNOWN}


def test_the_same_comes_out_again_and_in_whatever_order_the_scenarios_stand():
    first, again = (as_json(assessed(*HOLDING, rules=ALONE, book_=plain()), 95) for _ in range(2))
    assert first == again
    turned = assessed(*reversed(HOLDING), rules=ALONE, book_=plain())
    assert states(turned) == states(assessed(*HOLDING, rules=ALONE, book_=plain()))


def test_a_scenario_that_fails_already_notices_nothing():
    found = assessed(said("说错了", "submit", holds=True), rules=ALONE, book_=plain())
    assert found.killed == 0 and found.failing and found.status(0) == 1
    assert "没有通过的场景" in page(found, 95, "zh")


def test_a_scenario_that_hangs_on_the_version_is_kept_apart():
    examples = (said("持证的免交", "covered", holds=True),)
    made = library(*examples, book_=plain())

    def run(example, deciders):
        return "" if deciders("", "").rulebook.version == plain().version else "另一个版本"

    odd = replace(made, run=run)
    with Crew(odd) as crew:
        found = assess(odd, crew, lambda *told: None, ALONE)
    assert found.bound == (0,) and not found.failing and found.killed == 0


def test_nothing_to_change_is_a_full_score():
    found = assessed(*HOLDING, rules=("没有这条",), book_=plain())
    assert (found.fates, found.score, found.best) == ((), 100.0, 100.0)
    assert "没有规则" in page(found, 95, "zh") and "There is no rule" in page(found, 95, "en")


def test_the_page_is_whole_in_itself_and_shows_phrases_with_what_was_seen():
    text = page(assessed(*HOLDING, rules=ALONE, book_=plain()), 95, "zh")
    assert "http" not in text and "src=" not in text and "<script" not in text
    for words in ("持证", "材料需要 成立", "持有证件 成立", "没有场景发现：", "施行早一天：2019-12-31", "得分 71.4%"):
        assert words in text, words
    assert text.count('class="phrase decided"') == 3      # the two phrases, and the legend
