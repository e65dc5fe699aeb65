"""What is wrong with a rule file, a scenario or an application, said so that its reader can mend it.

A problem names its place (file, line, field), quotes the user's word, says what is allowed and which valid word is
nearest, in Chinese and English. It never carries an exception's text or a Python type name.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. `code` is stable (kebab-case, documented in docs/errors.md); `zh` and `en` are whole sentences."""

    code: str
    zh: str
    en: str
    file: str = ""
    line: int = 0
    field: str = ""
    allowed: tuple[str, ...] = ()
    nearest: str = ""

    def at(self, file: str, line: int, field: str = "") -> Problem:
        """The same problem, placed: 1-based `line` of `file`; `field` is the path of keys inside the file."""
        return replace(self, file=self.file or file, line=self.line or line, field=self.field or field)

    def text(self, language: str = "zh") -> str:
        """One line to print: place, sentence, nearest word, what is allowed (cut after twelve)."""
        chinese = language.startswith("zh")
        place = ":".join(part for part in (self.file, str(self.line) if self.line else "") if part)
        where = " ".join(part for part in (place, f"[{self.field}]" if self.field else "") if part)
        parts = [f"{where} " if where else "", self.zh if chinese else self.en]
        if self.nearest:
            parts.append(f"您是不是要写“{self.nearest}”？" if chinese else f" Did you mean “{self.nearest}”?")
        if self.allowed:
            shown = "、".join(self.allowed[:12]) if chinese else ", ".join(self.allowed[:12])
            more = len(self.allowed) - 12
            rest = (f" 等 {len(self.allowed)} 项" if chinese else f" and {more} more") if more > 0 else ""
            parts.append(f"可以写：{shown}{rest}。" if chinese else f" Allowed: {shown}{rest}.")
        return "".join(parts)


class Refused(Exception):
    """Something was refused before anything was decided. Carries every problem found, in order of place."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.text() for problem in self.problems))


def nearest(word: str, allowed: Iterable[str]) -> str:
    """The valid word most like `word` (difflib ratio of at least 0.5), or an empty text."""
    letters, length = set(word), len(word)
    # A ratio of 0.5 needs shared letters and lengths within a factor of three: the rest is not worth comparing.
    likely = [one for one in allowed if length <= 3 * len(one) and len(one) <= 3 * length and not letters.isdisjoint(one)]
    found = difflib.get_close_matches(word, likely, n=1, cutoff=0.5)
    return found[0] if found else ""


def unknown_word(code: str, what_zh: str, what_en: str, word: str, allowed: Iterable[str]) -> Problem:
    """A word that is not among those allowed, with the nearest valid one."""
    choices = tuple(allowed)
    return Problem(
        code, f"没有叫“{word}”的{what_zh}。", f"There is no {what_en} called “{word}”.",
        allowed=choices, nearest=nearest(word, choices),
    )
