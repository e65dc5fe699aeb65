"""Mutants tried: one that every scenario lets pass, one that is noticed, one that means nothing; and what is told of the whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from api.scenarios.assessing import assess
from api.scenarios.equivalence import DIFFERENT, EQUIVALENT, UNKNOWN, Equivalence, Judged
from api.scenarios.mutants import applied, mutants
from api.scenarios.page import page
from api.scenarios.report import as_json, where
from api.scenarios.sparing import Changed
from api.scenarios.trying import Crew
from engine.decide import Decider
from engine.intake import take
from tests.engine.small import DAY, application, rule
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


def verdicts(book, rule_id):
    own = next(one for one in book.rules if one.id == rule_id)
    return {one.key.partition(":")[2]: Equivalence(book).judge(one) for one in mutants(own, book.ladder)}


def test_a_term_that_comes_to_another_value_is_a_difference_found_without_the_solver():
    book = law(rule("期限", "规定", "补正告知期限", 值="5", 单位="工作日"))
    known = verdicts(book, "期限")
    assert {key: one.verdict for key, one in known.items()} == {
        "begins:-1": EQUIVALENT, "begins:+1": DIFFERENT, "removed": DIFFERENT, "term:4": DIFFERENT, "term:6": DIFFERENT}
    assert (known["term:6"].before, known["term:6"].after) == (("5 工作日", "期限"), ("6 工作日", "期限"))
    assert "5 工作日 → 6 工作日" in where(known["term:6"], book, True) and where(known["removed"], book, False).endswith("→ not settled")


def test_a_block_that_stops_others_is_a_difference_whatever_else_stops_them():
    stops = rule("阻", "阻止", "改正", "申请人类型 是 自然人", 理由="权属不一致")
    book = law(stops, rule("都阻", "阻止", "改正", 理由="权属不一致"))
    known = verdicts(book, "阻")
    assert {key for key, one in known.items() if one.verdict == DIFFERENT} >= {"negated:0", "dropped:0", "removed"}
    gone = known["removed"]
    assert (gone.before[0], gone.after[0]) == ("stopped", "passed") and gone.application["applicant"]["kind"] == "natural_person"
    assert where(gone, book, True).endswith("阻止 → 不阻止")


def test_what_the_change_does_not_reach_is_spared_and_the_same_comes_out():
    book = law(rule("持证", "准许", "已有覆盖", "材料需要 成立", "持有证件 成立"), rule("别的", "准许", "已有覆盖", "材料需要 成立", "材料类别 是 中介报告"))
    cases = [application(example.day, **example.stated) for example in (*HOLDING, said("没有说", None, married=None, holds=None))]
    base = Decider(book)
    for case in cases:
        base.decide(case, DAY)
    spared = set()
    for mutant in (one for own in book.rules for one in mutants(own, book.ladder)):
        changed = applied(book, mutant)
        deciders = Decider(changed), Changed(base, changed, mutant)
        for case in cases:
            found = [[one | {"considered": None} for one in decider.decide(case, DAY)["materials"]] for decider in deciders]
            assert found[0] == found[1], mutant.key      # only why another route stays closed may be told as before
        plans = [decider.plan(take(decider.rulebook, cases[0], DAY), DAY) for decider in (base, deciders[1])]
        spared |= {mutant.key} if plans[0].units[0].judge is plans[1].units[0].judge else set()
    assert spared >= {"别的:removed", "别的:dropped:0"} and spared.isdisjoint({"别的:negated:1", "别的:dropped:1", "持证:removed"})


def test_cheap_proofs_come_first():
    found = library(*HOLDING, book_=plain())
    with Crew(found) as crew:
        asked = []
        crew.judge = lambda wanted, progress, judge=crew.judge: asked.append(list(wanted)) or judge(wanted, progress)
        whole = assess(found, crew, lambda *told: None, ALONE)
    first = {one[1]: Equivalence(plain()).judge(one_mutant, False).cost for one in asked[1] for one_mutant in mutants(
        next(own for own in plain().rules if own.id == one[0]), plain().ladder) if one_mutant.key == one[1]}
    assert list(first.values()) == sorted(first.values()) and all(first.values()) and whole.survivors


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
