"""Identity numbers are read as the table says (tests/tables/identities.csv); ages are counted as the Civil Code counts them."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine import identity
from engine.problems import Problem
from tests.bundled import rulebook

TABLE = Path(__file__).parent.parent / "tables" / "identities.csv"
calm = settings(deadline=None, max_examples=150)

# Written out from GB 11643 and GB 32100, so that the library's sums are not tested against themselves.
RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
USCC_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def resident_check(body: str) -> str:
    return "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, RESIDENT_WEIGHTS, strict=True)) % 11]


def uscc_check(body: str) -> str:
    total = sum(USCC_LETTERS.index(letter) * pow(3, place, 31) for place, letter in enumerate(body))
    return USCC_LETTERS[(31 - total % 31) % 31]


@st.composite
def resident_numbers(draw: st.DrawFn) -> str:
    born = draw(st.dates(date(1900, 1, 1), date(2026, 12, 31)))
    body = f"{draw(st.integers(100000, 999999))}{born:%Y%m%d}{draw(st.integers(0, 999)):03}"
    return body + resident_check(body)


@st.composite
def credit_codes(draw: st.DrawFn) -> str:
    body = draw(st.sampled_from(("91", "92", "93", "51", "52", "53", "11", "12"))) + f"{draw(st.integers(0, 999999)):06}" + draw(
        st.text(USCC_LETTERS, min_size=9, max_size=9))
    return body + uscc_check(body)


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def kind(word: str) -> str:
    return rulebook().vocabulary["person_id_type"].by_word[word].code


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['证件类型']}-{row['说明']}")
def test_a_number_is_taken_or_refused_as_the_table_says(row):
    read = identity.read(kind(row["证件类型"]), row["号码"])
    if not row["规范写法"]:
        assert isinstance(read, Problem) and read.code == "id-number"
    else:
        born = date.fromisoformat(row["出生日期"]) if row["出生日期"] else None
        assert read == identity.Identity(row["规范写法"], born)


def test_the_table_names_every_kind_of_number():
    assert {kind(row["证件类型"]) for row in rows()} == {value.code for value in rulebook().vocabulary["person_id_type"].values}


@calm
@given(resident_numbers())
def test_every_number_with_the_check_digit_of_the_standard_is_taken(number):
    assert identity.read("resident_id", number) == identity.Identity(number, date(int(number[6:10]), int(number[10:12]), int(number[12:14])))


@calm
@given(resident_numbers(), st.integers(0, 17), st.sampled_from("0123456789X"))
def test_any_single_wrong_digit_of_a_resident_number_is_refused(number, place, digit):
    assume(number[place] != digit)
    read = identity.read("resident_id", number[:place] + digit + number[place + 1:])
    assert isinstance(read, Problem) and read.code == "id-number"


@calm
@given(resident_numbers(), st.integers(0, 16))
def test_any_two_neighbouring_digits_changed_about_are_refused(number, place):
    changed = number[:place] + number[place + 1] + number[place] + number[place + 2:]
    assume(changed != number)
    assert isinstance(identity.read("resident_id", changed), Problem)


@calm
@given(credit_codes())
def test_every_credit_code_with_the_check_digit_of_the_standard_is_taken(code):
    assert identity.read("uscc", code) == identity.Identity(code)


@calm
@given(credit_codes(), st.integers(0, 17), st.sampled_from(USCC_LETTERS + "IOSVZ"))
def test_any_single_wrong_digit_of_a_credit_code_is_refused(code, place, letter):
    assume(code[place] != letter)
    read = identity.read("uscc", code[:place] + letter + code[place + 1:])
    assert isinstance(read, Problem) and read.code == "id-number"


@calm
@given(st.integers(100000, 999999), st.dates(date(1900, 1, 1), date(1999, 12, 31)), st.integers(0, 999))
def test_a_fifteen_digit_number_is_the_same_person_as_its_eighteen_digits(region, born, order):
    long = f"{region}{born:%Y%m%d}{order:03}"
    read = identity.read("resident_id", f"{region}{born:%y%m%d}{order:03}")
    assert read == identity.read("resident_id", long + resident_check(long)) == identity.Identity(long + resident_check(long), born)


def test_a_refusal_never_repeats_the_number():
    for row in rows():
        read = identity.read(kind(row["证件类型"]), row["号码"])
        if isinstance(read, Problem):
            assert row["号码"] not in read.text() + read.text("en")


@pytest.mark.parametrize(("born", "day", "age"), [
    ("1990-03-07", "2008-03-07", 17),   # the birthday itself still belongs to the year that ends on it (民法典 200, 201)
    ("1990-03-07", "2008-03-08", 18),
    ("2008-02-29", "2026-02-27", 17),
    ("2008-02-29", "2026-02-28", 17),   # a common year: the new age begins on 1 March
    ("2008-02-29", "2026-03-01", 18),
    ("2008-02-29", "2024-02-29", 15),   # a leap year: as for everybody else
    ("2008-02-29", "2024-03-01", 16),
    ("2012-11-22", "2026-11-22", 13),   # under fourteen for one more day
    ("2012-11-22", "2026-11-23", 14),
    ("2026-11-22", "2026-11-22", 0),
    ("2026-11-23", "2026-11-22", 0),
])
def test_age_is_whole_years_from_the_day_after_the_birthday(born, day, age):
    assert identity.age_on(date.fromisoformat(born), date.fromisoformat(day)) == age


@calm
@given(st.dates(date(1900, 1, 1), date(2026, 1, 1)), st.dates(date(1900, 1, 1), date(2060, 1, 1)))
def test_nobody_grows_younger_and_nobody_ages_two_years_in_a_day(born, day):
    today, tomorrow = identity.age_on(born, day), identity.age_on(born, date.fromordinal(day.toordinal() + 1))
    assert today <= tomorrow <= today + 1


@pytest.mark.parametrize(("one", "other", "same", "another"), [
    ("测试甲", "测试甲", True, False), ("测试甲", " 测 试甲 ", True, False), ("测试甲", "测试乙", False, True), ("测试·辛", "测试辛", True, False),
    ("阿依古丽•买买提", "阿依古丽·买买提", True, False), ("阿依古丽．买买提", "阿依古丽・买买提", True, False), ("Ｓｍｉｔｈ  John", "SMITH JOHN", True, False),
    ("SMITH JOHN", "SMITH JANE", False, True), ("陈大文", "CHAN TAI MAN", False, False),    # two scripts say nothing of each other
    ("𠮷野", "吉野", False, True), ("", "测试甲", False, False)])
def test_names_are_compared_without_spaces_width_and_the_dot(one, other, same, another):
    for first, second in ((one, other), (other, one)):
        assert identity.same_name(first, second) is same and identity.another_name(first, second) is another
