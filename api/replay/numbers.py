"""Identity numbers and days as columns: which of them are surely right in their one written form, and what they tell.

The column form of `engine.identity` for the forms that need no normalising; any other number (fifteen digits, blanks, a small x) is not
called wrong here but left to the single engine, as is every number that may be wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from api.replay.columns import Column, chosen, constant, every, position, some
from engine.vocabulary import FactValue

DIGITS: Final = "0123456789"
_RESIDENT_WEIGHTS: Final = tuple(2 ** (17 - place) % 11 for place in range(17))      # GB 11643, MOD 11-2
_USCC_LETTERS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS: Final = tuple(3 ** place % 31 for place in range(17))                 # GB 32100, MOD 31
_PROJECT: Final = "^[0-9]{4}-[0-9]{6}-[0-9]{2}-[0-9]{2}-[0-9]{6}$"
_PLAIN: Final = "^[A-Z0-9]{5,20}$"
_PREFIXES: Final = {"hmt_residence_permit": "^8[123]", "foreign_pr_card": "^9"}
_RESIDENTS: Final = ("resident_id", *_PREFIXES)


def is_day(column: Column) -> Column:
    """Whether a text is a day of the calendar written like 2026-11-22."""
    day = column.substr(5)
    leap = column.re_search("^([0-9]{2}(0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00)-")
    return column.re_search("^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$") & ~column.re_search("^0000") & ~day.isin(
        ("02-30", "02-31", "04-31", "06-31", "09-31", "11-31")) & ((day != "02-29") | leap)


def written_birth(number: Column) -> Column:
    """The day of birth a resident's number contains, written as a day."""
    return number.substr(6, 4).concat("-", number.substr(10, 2), "-", number.substr(12, 2))


def _sum(number: Column, letters: str, weights: Sequence[int]) -> Column:
    found = position(letters, number.substr(0, 1)) * weights[0]
    for place, weight in enumerate(weights[1:], 1):
        found = found + position(letters, number.substr(place, 1)) * weight
    return found


def is_sound(kind: Column, number: Column, kinds: Sequence[str]) -> Column:
    """Whether a number is surely right for its kind and in its one written form. False where it may not be; `kinds` are those there are."""
    resident = number.re_search("^[0-9]{17}[0-9X]$") & is_day(written_birth(number)) & (
        position("10X98765432", number.substr(17, 1)) == _sum(number, DIGITS, _RESIDENT_WEIGHTS) % 11)
    code = number.re_search("^[0-9A-HJ-NPQRTUWXY]{18}$") & (
        position(_USCC_LETTERS, number.substr(17, 1)) == (31 - _sum(number, _USCC_LETTERS, _USCC_WEIGHTS) % 31) % 31)
    ways = [kind.isin([one for one in kinds if one in _RESIDENTS]) & resident & every(
        (kind != one) | number.re_search(prefix) for one, prefix in _PREFIXES.items() if one in kinds)]
    shapes: dict[str, list[str]] = {}
    for one in kinds:
        if one == "uscc":
            ways.append((kind == one) & code)
        elif one not in _RESIDENTS:
            shapes.setdefault(_PROJECT if one == "project_code" else _PLAIN, []).append(one)
    ways += [kind.isin(ones) & number.re_search(shape) for shape, ones in shapes.items()]
    return some(ways).fill_null(False)


def birth_of(kind: Column, number: Column) -> Column:
    """The day of birth that a sound number contains; NULL for kinds that contain none."""
    return chosen([(kind.isin(_RESIDENTS) & number.re_search("^[0-9]{17}[0-9X]$"), written_birth(number))], constant(None, "string"))


def age_on(born: Column, day: Column) -> Column:
    """Whole years of age on a day, complete from the day after the birthday (民法典 200, 201). Both are days as texts."""
    def year(column: Column) -> Column:
        return chosen([(column.re_search("^[0-9]{4}"), column.substr(0, 4))], constant("0", "string")).cast("int64")

    years = year(day) - year(born)
    before = day.substr(5) <= born.substr(5)
    found = chosen([(before, years - 1)], years)
    return chosen([(born.isnull() | day.isnull(), constant(None, "int64")), (found < 0, constant(0, "int64"))], found)


def is_text(column: Column, longest: int) -> Column:
    """Whether the contract takes a text there: something in it besides blanks, not too long."""
    # No backslash in a pattern: engines read it differently inside a text.
    return every([column.re_search("[0-9A-Za-z一-鿿]"), column.length() <= longest])


def plainly(word: str) -> str:
    """A pattern that means the word itself."""
    return "".join(f"[{letter}]" if letter in ".*+?()[{|$" else letter for letter in word)


def whole(column: Column) -> Column:
    """A text of digits as a number; NULL where it is none."""
    right = column.re_search("^-?[0-9]{1,15}$")
    none: FactValue = None
    return chosen([(right, chosen([(right, column)], constant("0", "string")).cast("int64"))], constant(none, "int64"))
