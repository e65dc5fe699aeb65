"""What else a change of the rules means: terms by item, place and day; what stops an application; other grounds for the same outcome."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from engine.application import Application
from engine.decide import Decider
from engine.law import FOREVER, Span
from engine.proof.blocks import blocks
from engine.proof.difference import compare
from engine.proof.terms import bases, calendar_years, grounds, said, stretches, terms
from engine.reading import read_rulebook
from engine.rulebook import Rulebook
from tests.bundled import rulebook
from tests.engine.small import HAND_IN, NOT_NEEDED, asked, book, instrument, item, material, published, row, rule, situation

PAPER = material("paper", "示例证明")
GOOD = rule("能查", "准许", "数据共享", "查询结果 是 查到有效", "材料需要 成立", 理由="数据共享可得", 后续=[{"谁": "受理部门", "做什么": "查询数据"}])


def small(*rules: dict, items: list[dict] | None = None, law: dict | None = None, laws: tuple[dict, ...] = (), **catalogue: Any) -> Rulebook:
    """示例办法 with what every item needs and the rules of the test; other laws beside it."""
    made = instrument("示例办法", HAND_IN, NOT_NEEDED, *rules, **(law or {}))
    return book(made, *laws, items=items or [item(asked("示例证明"))], materials=catalogue.pop("materials", [PAPER]), **catalogue)


def term(count: str, *when: object, number: str = "告知", name: str = "补正告知期限", **more: object) -> dict:
    return rule(number, "规定", name, *when, 值=count, 单位="工作日", **more)


def block(*when: object, number: str = "不办", **more: object) -> dict:
    return rule(number, "阻止", "改正以后再来", *when, **{"理由": "禁止期内"} | more)


# -- terms ---------------------------------------------------------------------------------------------------------------

def test_a_term_that_says_the_same_is_no_difference() -> None:
    assert terms(small(term("5")), small(term("5"))) == []


def test_another_value_is_told_with_its_days_and_rules() -> None:
    [found] = terms(small(term("5")), small(term("7")))
    assert (found.term, found.item, found.material) == ("notice_term", "thing", "")
    assert (found.before, found.after) == ((Span(5, "工作日"), "告知"), (Span(7, "工作日"), "告知"))
    assert (found.start, found.end) == (date(2000, 1, 1), FOREVER) and "210400" in found.divisions and "000000" in found.divisions


def test_a_term_that_is_new_or_gone() -> None:
    [new], [gone] = terms(small(), small(term("5"))), terms(small(term("5")), small())
    assert (new.before, new.after) == (None, (Span(5, "工作日"), "告知")) and (gone.before, gone.after) == (new.after, None)


def test_a_term_of_one_city_changes_there_only() -> None:
    def city(count: str) -> Rulebook:
        return small(term("10"), laws=(instrument("抚顺办法", term(count, number="抚顺告知"), rank="规范性文件", division="210400"),))

    [found] = terms(city("5"), city("3"))
    assert {"210400", "210402"} <= found.divisions and not found.divisions & {"000000", "210000", "420700"}


def test_a_term_changes_on_the_days_on_which_its_rule_is_another() -> None:
    later = small(term("5", 失效="2026-12-31"), term("7", 施行="2027-01-01"))
    [found] = terms(small(term("5")), later)
    assert (found.start, found.end) == (date(2027, 1, 1), FOREVER) and found.after == (Span(7, "工作日"), "告知")


def test_a_term_whose_condition_tells_materials_apart_is_told_by_material() -> None:
    def book_of(count: str) -> Rulebook:
        return small(term(count, "材料 是 示例证明", name="承诺核查期限", number="核查"), items=[item(asked("示例证明"), asked("别的证明"))],
                     materials=[PAPER, material("other", "别的证明")])

    [found] = terms(book_of("5"), book_of("7"))
    assert (found.material, found.before, found.after) == ("paper", (Span(5, "工作日"), "核查"), (Span(7, "工作日"), "核查"))


def test_spans_of_the_item_and_of_its_materials() -> None:
    week, month = ({"数": number, "单位": "工作日"} for number in ("5", "20"))
    [promised] = terms(small(), small(items=[item(asked("示例证明"), 承诺时限=week)]))
    assert (promised.term, promised.before, promised.after) == ("promised_time", (Span(10, "工作日"), ""), (Span(5, "工作日"), ""))

    def listed(span: dict) -> Rulebook:
        return small(lists=[published("容缺受理清单", row("示例证明", 期限=span), division="210400", start="2020-01-01")])

    [deferral] = terms(listed(week), listed(month))
    assert (deferral.term, deferral.material, deferral.start) == ("deferral_span", "paper", date(2020, 1, 1)) and "000000" not in deferral.divisions


def test_days_on_which_an_item_is_offered() -> None:
    [found] = terms(small(), small(items=[item(asked("示例证明"), 失效="2026-12-31")]))
    assert (found.term, found.before, found.after) == ("offered", ("2000-01-01/9999-12-31", ""), ("2000-01-01/2027-01-01", ""))


# -- what stops an application ---------------------------------------------------------------------------------------------

WITH_SITUATION = {"items": [item(asked("示例证明"), 情形=[situation("owed", "欠缴"), situation("late", "逾期")])]}


def test_the_same_blocks_written_in_another_order_are_no_difference() -> None:
    one, other = small(block("欠缴 成立", "逾期 成立"), **WITH_SITUATION), small(block("逾期 成立", "欠缴 成立"), **WITH_SITUATION)
    assert blocks(one, other) == [] and grounds(one, other) == []


@pytest.mark.parametrize("turn", ["worse", "better"])
def test_an_application_newly_stopped_is_shown_and_one_stopped_no_longer(turn: str) -> None:
    sides = small(block("欠缴 成立", "逾期 成立"), **WITH_SITUATION), small(block("欠缴 成立"), **WITH_SITUATION)
    old, new = sides if turn == "worse" else sides[::-1]
    [found] = blocks(old, new)
    assert found.turn == turn and found.sure and found.witness is not None
    assert found.witness.application["situation"] == {"owed": True, "late": False}
    stopped = [bool(Decider(one).decide(Application.model_validate(found.witness.application), found.witness.as_of)["blocks"]) for one in (old, new)]
    assert stopped == [turn == "better", turn == "worse"]
    assert (found.old_rules, found.new_rules) == (((), ("不办",)) if turn == "worse" else (("不办",), ()))


def test_both_newly_stopped_and_no_longer_stopped() -> None:
    found = blocks(small(block("欠缴 成立"), **WITH_SITUATION), small(block("逾期 成立"), **WITH_SITUATION))
    assert {one.turn for one in found} == {"worse", "better"} and all(one.witness for one in found)


def test_a_block_that_says_the_same_in_other_words_is_no_difference() -> None:
    old = small(block({"任一": ["欠缴 成立", "逾期 成立"]}), **WITH_SITUATION)
    new = small(block("欠缴 成立"), block("逾期 成立", "欠缴 不成立", number="另一条"), **WITH_SITUATION)
    assert blocks(old, new) == []


def test_blocks_on_records_and_days() -> None:
    stops = [small(block(f"许可禁止期至 {than} 决定日期")) for than in ("不早于", "晚于")]
    [found] = blocks(*stops)
    assert found.turn == "better" and found.witness is not None
    assert found.witness.application["evidence"]["records"]["facts"]["permit_ban_until"] == found.witness.as_of.isoformat()


def test_a_block_of_one_city_stops_applications_there_only() -> None:
    def city(*rules: dict) -> Rulebook:
        return small(laws=(instrument("抚顺办法", term("5"), *rules, rank="地方性法规", division="210400"),), **WITH_SITUATION)

    [found] = blocks(city(), city(block("欠缴 成立")))
    assert {"210400", "210402"} <= found.divisions and not found.divisions & {"000000", "420700"}
    assert found.witness is not None and found.witness.application["deciding_division"] in found.divisions


def test_without_time_a_block_is_neither_shown_nor_excluded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.proof.solver.World.solve", lambda self, question, milliseconds: None)
    found = blocks(small(block("欠缴 成立"), **WITH_SITUATION), small(block("逾期 成立"), **WITH_SITUATION))
    assert found and not any(one.sure or one.witness for one in found)


# -- grounds -------------------------------------------------------------------------------------------------------------

def only(rule_id: str, old: Rulebook, new: Rulebook) -> Any:
    [found] = grounds(old, new)
    assert found.rule == rule_id
    return found


@pytest.mark.parametrize(("change", "aspect"), [
    ({"理由": "部门可以核验"}, "reason"), ({"条款": "第二条"}, "citation"), ({"失效": "2027-01-01"}, "days"),
    ({"后续": [{"谁": "受理部门", "做什么": "人工补核"}]}, "residuals")])
def test_what_a_ground_says_of_itself(change: dict, aspect: str) -> None:
    found = only("能查", small(GOOD), small(GOOD | change))
    assert (found.what, found.aspects, found.places) == ("changed", (aspect,), (("thing", "paper"),))


def test_a_second_ground_for_the_same_outcome() -> None:
    second = GOOD | {"编号": "也能查"}
    assert compare(small(GOOD), small(GOOD, second)).none
    assert only("也能查", small(GOOD), small(GOOD, second)).what == "new" and only("也能查", small(GOOD, second), small(GOOD)).what == "gone"


def test_what_changes_anyway_is_not_told_twice() -> None:
    assert grounds(small(), small(GOOD)) and not grounds(small(), small(GOOD), {("thing", "paper")})


def test_a_rule_that_the_catalogue_closes_everywhere_is_no_ground() -> None:
    never = rule("不会", "准许", "数据共享", "材料 是 别的证明", 理由="数据共享可得", 暂无适用="目录里没有事项要这份材料")
    papers = [PAPER, material("other", "别的证明")]
    assert grounds(small(materials=papers), small(never, materials=papers)) == []


def test_neither_order_nor_repetition_of_phrases_counts() -> None:
    turned = GOOD | {"当": ["材料需要 成立", "查询结果 是 查到有效", "材料需要 成立"]}
    assert grounds(small(GOOD), small(turned)) == []
    conditions = [next(one.condition for one in small(made).rules if one.id == "能查") for made in (GOOD, turned)]
    assert said(conditions[0]) == said(conditions[1])


def test_what_a_block_says_of_itself() -> None:
    found = only("不办", small(block("欠缴 成立"), **WITH_SITUATION), small(block("欠缴 成立", 理由="授权被拒绝"), **WITH_SITUATION))
    assert (found.aspects, found.places) == (("reason",), (("thing", ""),))


def test_other_bases_of_a_material() -> None:
    other = {"依据": [{"文件": "示例规章", "条款": "第三条"}, {"文件": "示例条例", "条款": "第二条"}]}
    [found] = bases(small(), small(items=[item(asked("示例证明", **other))]))
    assert (found.item, found.material, found.gone) == ("thing", "paper", ())
    assert [(one.instrument.title, one.article) for one in found.new] == [("示例规章", "第三条")]


# -- the bundled rulebook ------------------------------------------------------------------------------------------------

def test_the_bundled_rulebook_beside_itself_read_again() -> None:
    from api.rule_files import bundled, open_rulebook
    again = read_rulebook(open_rulebook(bundled()))
    assert terms(rulebook(), again) == [] and blocks(rulebook(), again) == [] and grounds(rulebook(), again) == [] and bases(rulebook(), again) == []
    places = [(one.old.code, division) for one in stretches(rulebook(), again) for division in one.divisions]
    assert len(places) == len(set(places))
    assert set(places) == {(code, division) for code, _ in rulebook().items for division in rulebook().divisions if rulebook().item(code, division)}


def test_years_with_other_working_days() -> None:
    one = rulebook()
    year = max(one.calendar.years)
    other = replace(one, calendar=replace(one.calendar, years={key: found for key, found in one.calendar.years.items() if key != year}))
    assert calendar_years(one, one) == [] and calendar_years(one, other) == [year]
    fewer = replace(one.calendar.years[year], worked=frozenset())
    moved = replace(one, calendar=replace(one.calendar, years={**one.calendar.years, year: fewer}, local={("210400", year - 1): frozenset((date(year - 1, 5, 8),))}))
    assert calendar_years(one, moved) == [year - 1, year]
