"""Codes of administrative divisions (GB/T 2260): which are well formed, and which lies within which, by their digits alone.

For halls anywhere in the country, of which the rule files need not know the name. Never says whether a division exists today: codes
of abolished ones live on in papers and systems.
"""

from __future__ import annotations

import re
from typing import Final

#: The first two digits: provinces, autonomous regions, municipalities, Taiwan, Hong Kong, Macao.
PROVINCES: Final = frozenset((
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44", "45", "46",
    "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82"))
_SIX: Final = re.compile(r"[0-9]{6}")


def is_division(code: str) -> bool:
    """Whether a text is a well-formed code: six digits, those of a province first, no county of a city 00."""
    return _SIX.fullmatch(code) is not None and code[:2] in PROVINCES and not (code[2:4] == "00" and code[4:] != "00")


def within(inner: str, outer: str) -> bool:
    """Whether one division is, or lies in, another, by their digits: 210402 in 210400 in 210000. Both are well formed."""
    return outer in (inner, f"{inner[:4]}00", f"{inner[:2]}0000")
