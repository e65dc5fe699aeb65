"""Which of the two languages a caller reads: Chinese unless `Accept-Language` prefers English.

Nothing here prints a sentence; it only chooses.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal

Language = Literal["zh", "en"]

#: What stands in `Content-Language` and in the field `language`.
TAGS: Final[dict[Language, str]] = {"zh": "zh-CN", "en": "en"}


@lru_cache(maxsize=256)
def choose(accept_language: str) -> Language:
    """The preferred language of an `Accept-Language` header; Chinese for an absent, wild or unreadable one."""
    best: Language = "zh"
    weight = 0.0
    for part in accept_language.lower().split(",")[:32]:
        tag, _, parameters = part.strip().partition(";")
        found: Language | None = "zh" if tag == "*" or tag.split("-")[0] == "zh" else "en" if tag.split("-")[0] == "en" else None
        if found is None:
            continue
        quality = 1.0
        name, _, value = parameters.strip().partition("=")
        if name.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                continue
        if not 0.0 <= quality <= 1.0:
            continue
        if quality > weight:
            best, weight = found, quality
    return best
