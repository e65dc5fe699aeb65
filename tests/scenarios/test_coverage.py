"""What scenarios have seen of each phrase, and whether it alone ever decided (MC/DC), on hand-made tables."""

from __future__ import annotations

from datetime import date

import pytest

from api.scenarios.coverage import PhraseSeen, RuleSeen, coverage
from api.scenarios.reading import Reading, Readings, Standing
from api.scenarios.tracing import traced
from engine.rulebook import Rulebook
from tests.engine.small import DAY, rule
from tests.scenarios.little import Said, assessed, law, library, said


def seen_of(rule_id: str, *examples: Said, book_: Rulebook | None = None) -> RuleSeen:
    found = library(*examples, book_=book_)
    sightings = [one for number in range(len(examples)) for one in traced(found, number).sightings]
    return coverage(found.book(), sightings, Readings(found.book))[rule_id]


def marks(one: PhraseSeen) -> str:
    """h f p d: held, failed, pended, decided; a dash where it was not seen so."""
    return "".join(letter if value is not None else "-" for letter, value in zip(
        "hfpd", (one.seen.held, one.seen.failed, one.seen.pended, one.decided), strict=True))


@pytest.mark.parametrize(("examples", "rule_seen", "expected"), [
    ([], "---", ["----", "----", "----"]),
    # it holds: each phrase alone would have undone it
    ([dict(person="natural_person", consents=True)], "h--", ["h--d", "h--d", "h--d"]),
    # it fails by the second phrase alone; the first and the third decide nothing
    ([dict(person="enterprise", consents=True)], "-f-", ["h---", "-f-d", "h---"]),
    # two phrases fail: neither alone decides
    ([dict(person="enterprise", consents=False)], "-f-", ["h---", "-f--", "-f--"]),
    # the consent is not known: it pends and has no opposite; of the others each would settle it
    ([dict(person="natural_person")], "--p", ["h--d", "h--d", "--p-"]),
    ([dict(person="enterprise", consents=False), dict(person="natural_person", consents=True)], "hf-", ["h--d", "hf-d", "hf-d"]),
])
def test_phrases_of_a_rule_on_a_hand_made_table(examples, rule_seen, expected):
    scenarios = [said(str(number), None, holds=False, **one) for number, one in enumerate(examples)]
    found = seen_of("大人", *scenarios)
    seen = (found.seen.held, found.seen.failed, found.seen.pended)
    assert "".join(letter if value is not None else "-" for letter, value in zip("hfp", seen, strict=True)) == rule_seen
    assert [marks(one) for one in found.phrases] == expected


def test_the_first_scenario_that_saw_it_is_named():
    found = seen_of("大人", said("一", None, holds=False, person="enterprise", consents=True), said("二", None, holds=False, person="natural_person", consents=True))
    assert (found.seen.failed, found.seen.held, found.phrases[1].seen.held, found.phrases[1].decided) == (0, 1, 1, 0)


def test_a_phrase_decides_nothing_where_another_rule_opens_the_same_route():
    found = seen_of("多余", said("一", "covered", holds=True))
    assert [marks(one) for one in found.phrases] == ["h---", "h---", "h---"]


def test_a_phrase_decides_nothing_below_a_lighter_route_that_is_open():
    found = seen_of("大人", said("一", "covered", holds=True, person="natural_person", consents=True))
    assert [marks(one) for one in found.phrases] == ["h---", "h---", "h---"]


def concept() -> Rulebook:
    return law(
        rule("受限", "认定", "承诺受限申请人", "申请人类型 是 自然人", "持有证件 成立"),
        rule("也受限", "认定", "承诺受限申请人", "同意查询 成立"),
        rule("用它", "准许", "已有覆盖", "承诺受限申请人 成立", "材料需要 成立"))


def test_phrases_of_a_definition_decide_through_the_rules_that_use_it():
    alone = [said("一", "covered", holds=True, person="natural_person", consents=False)]
    assert [marks(one) for one in seen_of("受限", *alone, book_=concept()).phrases] == ["h--d", "h--d"]
    assert [marks(one) for one in seen_of("也受限", *alone, book_=concept()).phrases] == ["-f--"]      # the concept holds already
    assert [marks(one) for one in seen_of("用它", *alone, book_=concept()).phrases] == ["h--d", "h--d"]
    both = [said("一", "covered", holds=True, person="natural_person", consents=True)]
    assert [marks(one) for one in seen_of("受限", *both, book_=concept()).phrases] == ["h---", "h---"]
    assert [marks(one) for one in seen_of("用它", *both, book_=concept()).phrases] == ["h--d", "h--d"]


def test_blocks_are_read_on_the_application_and_terms_by_the_value_that_counts():
    found = law(rule("阻", "阻止", "改正", "申请人类型 是 自然人", 理由="权属不一致"),
                rule("长", "规定", "补正告知期限", "事项类型 是 行政登记", 值="9", 单位="工作日"),
                rule("短", "规定", "补正告知期限", "涉及安全生产 成立", 值="5", 单位="工作日"))
    stated = [said("一", "submit", person="natural_person")]
    assert [marks(one) for one in seen_of("阻", *stated, book_=found).phrases] == ["h--d"]
    assert [marks(one) for one in seen_of("长", *stated, book_=found).phrases] == ["h--d"]      # without it there is no term
    assert [marks(one) for one in seen_of("短", *stated, book_=found).phrases] == ["-f-d"]      # with it the term is shorter


def test_a_rule_out_of_force_is_not_seen():
    assert seen_of("大人", said("一", None, day=date(2019, 12, 31), person="natural_person", consents=True)).unseen


def test_a_watched_scenario_decides_as_any_other():
    examples = [said("一", "covered", holds=True), said("二", "submit", holds=True)]
    assert [traced(library(*examples), number).failure for number in (0, 1)] == ["", "二：covered"]
    found = assessed(*examples)
    assert found.failing == ((1, "二：covered"),) and found.status(0) == 1


def test_the_plain_reading_agrees_with_the_engine_about_the_route():
    examples = [said(str(number), None, married=married, holds=holds, person=person, consents=consents) for number, (married, holds, person, consents) in enumerate(
        (m, h, p, c) for m in (True, False) for h in (True, False) for p in ("natural_person", "enterprise") for c in (True, False))]
    found = library(*examples)
    for number, example in enumerate(examples):
        sightings = [one for one in traced(found, number).sightings if one.material]
        assert sightings
        for one in sightings:
            standing = Standing(Reading(found.book(), one.chain, DAY), one.sheet, {"commitment": None, "deferral": None})
            assert traced(found, number).failure == f"{example.name}：{standing.outcome[0]}"
