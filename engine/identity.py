"""Identity numbers: resident ID (GB 11643), unified social credit code (GB 32100), project code (GB/T 40058).

Check digits by python-stdnum. A region prefix is never a reason to refuse a number: codes of abolished divisions live on
in old cards. Where no public check rule exists (passports) only the shape is looked at. And whether two names are the same one.
No number and no name is kept or logged here.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from stdnum.cn import ric, uscc

from engine.problems import Problem

#: Kinds whose numbers share the resident ID's shape and check digit (GB 11643; MOD 11-2).
_RESIDENT_LIKE = {
    "resident_id": "居民身份证号码",
    "hmt_residence_permit": "港澳台居民居住证号码",
    "foreign_pr_card": "外国人永久居留身份证号码",
}
#: Cards issued before December 2023: nationality (three letters), place of issue (4 digits), date of birth (YYMMDD), order, check digit. Only the
#: length is from the authority (国家移民管理局, 新版外国人永久居留身份证机读信息规则); the parts follow published readers of the number (待法务核对),
#: so they never refuse one, and the check digit, of which no public rule is known, is not looked at.
_OLD_PR_CARD = re.compile(r"[A-Z]{3}[0-9]{4}(?P<born>[0-9]{6})[0-9]{2}")
#: Nobody born in 2024 or later has an old card: from 24 on a two-digit year is certainly one of the nineteen-hundreds.
_FIRST_SURE_YEAR = 24
_PROJECT = re.compile(r"[0-9]{4}-[0-9]{6}-[0-9]{2}-[0-9]{2}-[0-9]{6}")
_PASSPORT = re.compile(r"[A-Z0-9]{5,20}")
_USCC = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}")
_IGNORED = re.compile(r"[\s·•‧∙⋅・．.]")      # spaces, and the many ways of writing the dot inside a name
_HAN = re.compile(r"[㐀-䶿一-鿿豈-﫿\U00020000-\U000323af]")


@dataclass(frozen=True, slots=True)
class Identity:
    """A number in its one written form, and the date of birth it contains, if any."""

    number: str
    birth_date: date | None = None


def read(kind: str, number: str) -> Identity | Problem:
    """Check and normalise a number.

    `kind` is a code of the fact person_id_type. 15-digit resident numbers become 18-digit ones (19 + check digit), a final
    lower-case x a capital one. Returns the problem `id-number` when the number cannot be right.
    """
    text = re.sub(r"\s", "", number).upper()
    if kind in _RESIDENT_LIKE:
        return _resident(kind, text)
    if kind == "uscc":
        if not _USCC.fullmatch(text):
            return _wrong("统一社会信用代码应为18位，由数字和大写字母组成（不含 I、O、S、V、Z）",
                          "a unified social credit code has 18 digits or capital letters")
        if uscc.calc_check_digit(text[:17]) != text[17]:
            return _wrong("统一社会信用代码的校验位不对，请核对有没有录错", "the check digit of the unified social credit code is wrong; look for a typing mistake")
        return Identity(text)
    if kind == "project_code":
        if not _PROJECT.fullmatch(text):
            return _wrong("投资项目代码写作 2020-210400-00-01-000001 的样子", "a project code looks like 2020-210400-00-01-000001")
        return Identity(text)
    if kind in ("passport", "hmt_travel_permit") and not _PASSPORT.fullmatch(text):
        return _wrong("证件号码只能由5到20位字母和数字组成", "a document number has 5 to 20 letters and digits")
    return Identity(text)


def _resident(kind: str, text: str) -> Identity | Problem:
    name = _RESIDENT_LIKE[kind]
    old = _OLD_PR_CARD.fullmatch(text) if kind == "foreign_pr_card" else None
    if old:
        return Identity(text, _born_in_old_card(old["born"]))
    if kind == "resident_id" and len(text) == 15 and text.isascii() and text.isdigit():
        text = text[:6] + "19" + text[6:]
        text += ric.calc_check_digit(text + "0")
    if len(text) != 18 or not (text[:17].isascii() and text[:17].isdigit()) or text[17] not in "0123456789X":
        return _wrong(f"{name}应为18位（末位可以是 X）", "the number has 18 digits, the last of which may be X")
    prefix = {"hmt_residence_permit": ("81", "82", "83"), "foreign_pr_card": ("9",)}.get(kind)
    if prefix and not text.startswith(prefix):
        return _wrong(f"{name}应以 {'、'.join(prefix)} 开头", f"the number starts with {', '.join(prefix)}")
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return _wrong(f"{name}里的出生日期不存在", "the number contains a date of birth that does not exist")
    if ric.calc_check_digit(text[:17] + "0") != text[17]:
        return _wrong(f"{name}的校验位不对，请核对有没有录错", "the check digit is wrong; look for a typing mistake")
    return Identity(text, born)


def _born_in_old_card(digits: str) -> date | None:
    """The date of birth in the number of an old card (YYMMDD), where the century is sure and there is such a day; else None."""
    if int(digits[:2]) < _FIRST_SURE_YEAR:
        return None
    try:
        return date(1900 + int(digits[:2]), int(digits[2:4]), int(digits[4:6]))
    except ValueError:
        return None


def _wrong(zh: str, en: str) -> Problem:
    return Problem("id-number", f"{zh}。", f"{en[0].upper()}{en[1:]}.")


def age_on(born: date, day: date) -> int:
    """Whole years of age on a day.

    A year of age is complete from the day after the birthday: the day of birth is not counted and the year runs to the end
    of the corresponding day (民法典 200, 201). Somebody born on 29 February has the new age from 1 March of a common year.
    """
    years = day.year - born.year
    if (day.month, day.day) <= (born.month, born.day):
        years -= 1
    return max(years, 0)


def plain_name(name: str) -> str:
    """A name as it is compared: full and half width, spaces and the dot between parts of a name make no difference, nor do capitals."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", name)).casefold()


def same_name(one: str, other: str) -> bool:
    """Whether two names are written alike (`plain_name`)."""
    return plain_name(one) == plain_name(other)


def another_name(one: str, other: str) -> bool:
    """Whether two names are certainly not the same: written otherwise, and both with Chinese characters or both without.

    陈大文 and CHAN TAI MAN may be one person: a passport and a residence permit write a name in two scripts, so those say nothing of each other.
    """
    return not same_name(one, other) and bool(_HAN.search(one)) == bool(_HAN.search(other))
