"""Phrases: read in both languages, tested on values, printed back; and what is said when one does not fit.

Every example is written in the words of the minimal rulebook.
"""

from __future__ import annotations

from datetime import date

import pytest

from engine.phrases import COMPARISONS, Phrase, read
from engine.problems import Problem
from engine.reading import read_rulebook
from engine.vocabulary import Fact, FactValue, NoneValue, Vocabulary
from tests.engine.reading.rulebooks import MINIMAL, texts

VOCABULARY = read_rulebook(texts(MINIMAL)).vocabulary


def phrase(text: str, vocabulary: Vocabulary = VOCABULARY) -> Phrase:
    found = read(text, vocabulary)
    assert isinstance(found, Phrase), found
    return found


def problem(text: str) -> Problem:
    found = read(text, VOCABULARY)
    assert isinstance(found, Problem), found
    return found


@pytest.mark.parametrize(("chinese", "english"), [
    ("失信 成立", "bad_credit holds"),
    ("失信 不成立", "bad_credit fails"),
    ("查询结果 是 查到有效", "query_result is valid"),
    ("查询结果 不属于 查到有效、查无记录", "query_result not_in valid、not_found"),
    ("查询结果 属于 查到有效、查无记录", "query_result in valid,not_found"),
    ("风险标签 包含 公共安全", "risk_tags includes public_safety"),
    ("风险标签 不包含 公共安全", "risk_tags excludes public_safety"),
    ("决定日期 不早于 2026-11-22", "as_of on_or_after 2026-11-22"),
    ("决定日期 晚于 出生日期", "as_of after birth_date"),
    ("当事人年龄 不小于 18", "person_age at_least 18"),
    ("当事人年龄 小于 18周岁", "person_age less_than 18 years"),
    ("事项 是 登记", "item is registration"),
])
def test_a_phrase_means_the_same_in_both_languages(chinese: str, english: str) -> None:
    assert phrase(chinese) == phrase(english)


@pytest.mark.parametrize("text", [
    "失信 成立", "查询结果 不属于 查到有效、查无记录", "决定日期 不早于 2026-11-22", "决定日期 晚于 出生日期", "当事人年龄 不小于 18",
    "材料 是 情况证明"])
def test_printing_gives_the_phrase_back(text: str) -> None:
    assert phrase(text).text("zh") == text
    assert phrase(phrase(text).text("zh")) == phrase(text)


def test_english_is_a_sentence() -> None:
    assert phrase("当事人年龄 不小于 18").text("en") == "the person's age is at least 18 years"
    assert phrase("失信 不成立").text("en") == "a record of bad faith does not hold"


@pytest.mark.parametrize(("text", "left", "right", "expected"), [
    ("失信 成立", True, None, True), ("失信 成立", False, None, False), ("失信 成立", None, None, None),
    ("查询结果 是 查到有效", "valid", None, True), ("查询结果 是 查到有效", "not_found", None, False), ("查询结果 是 查到有效", None, None, None),
    ("查询结果 属于 查到有效、查无记录", "not_found", None, True),
    ("风险标签 包含 公共安全", frozenset({"public_safety"}), None, True), ("风险标签 包含 公共安全", frozenset(), None, False),
    ("决定日期 早于 2026-11-22", date(2026, 11, 21), None, True), ("决定日期 早于 2026-11-22", date(2026, 11, 22), None, False),
    ("决定日期 晚于 出生日期", date(2026, 11, 22), date(2026, 11, 22), False), ("决定日期 晚于 出生日期", date(2026, 11, 22), None, None),
    ("当事人年龄 等于 18", 18, None, True), ("当事人年龄 大于 18", 18, None, False), ("当事人年龄 小于 18", 17, None, True),
])
def test_the_bare_test(text: str, left: FactValue, right: FactValue, expected: bool | None) -> None:
    assert phrase(text).test(left, right) is expected


def test_a_denial_shares_its_atom_with_what_it_denies() -> None:
    for comparison in COMPARISONS:
        if comparison.denies:
            assert any(other.test == comparison.test and other.many == comparison.many and not other.denies and other.type == comparison.type
                       for other in COMPARISONS)
    assert phrase("失信 成立").atom == phrase("失信 不成立").atom
    assert phrase("查询结果 属于 查到有效、查无记录").atom == phrase("查询结果 不属于 查无记录、查到有效").atom
    assert phrase("查询结果 是 查到有效").atom != phrase("查询结果 是 查无记录").atom


def test_an_open_date_has_its_own_word() -> None:
    open_end = NoneValue("长期", "no_end", date(9999, 12, 31))
    fact = Fact("证件有效期至", "valid_until", "the last day of validity", "材料", "日期", "申报", none=open_end)
    vocabulary = Vocabulary.of([fact], {}, {}, {}, {})
    long = phrase("证件有效期至 不早于 长期", vocabulary)
    assert long.right == (date(9999, 12, 31),)
    assert long.text("zh") == "证件有效期至 不早于 长期"


@pytest.mark.parametrize(("text", "code", "nearest"), [
    ("", "phrase-shape", ""), ("失信", "phrase-shape", ""), ("失信 成立 是", "phrase-shape", ""), ("查询结果 是", "phrase-shape", ""),
    ("查询结果 属于 查到有效 查无记录", "phrase-shape", ""), ("失信用 成立", "unknown-fact", "失信"),
    ("query_resul is valid", "unknown-fact", "query_result"),
    ("失信 不成", "unknown-comparison", "不成立"), ("失信 是 良好", "comparison-type", ""), ("查询结果 是 有效", "unknown-value", "查到有效"),
    ("查询结果 是 查到有效、查无记录", "value-type", "属于"), ("决定日期 早于 今天", "value-type", ""), ("决定日期 早于 2026-2-3", "value-type", ""),
    ("当事人年龄 大于 十八", "value-type", ""), ("查询结果 是 决定日期", "value-type", ""), ("失信：成立", "full-width-colon", ""),
])
def test_a_word_that_does_not_fit_is_refused_with_the_nearest_one(text: str, code: str, nearest: str) -> None:
    assert (problem(text).code, problem(text).nearest) == (code, nearest)


def test_a_chinese_word_is_answered_in_chinese_and_a_code_in_codes() -> None:
    assert "查询结果" in problem("查询结论 是 查到有效").allowed
    assert "query_result" in problem("query is valid").allowed
    assert problem("查询结果 是 查得").allowed == ("查到有效", "查无记录")
    assert problem("query_result is fine").allowed == ("valid", "not_found")


@pytest.mark.parametrize("text", ["当事人年龄 大于 --5", "当事人年龄 大于 ５", "决定日期 不早于 2026-W47-5", "决定日期 不早于 20261122"])
def test_a_number_and_a_day_are_written_in_one_way(text: str) -> None:
    assert problem(text).code == "value-type"
