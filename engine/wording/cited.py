"""Citations in words: 《文件》（文号）第…条, with the mark of what legal staff must still confirm and of synthetic lists.

Says only what the answer cites; knows no law of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from engine.law import UNCONFIRMED_ARTICLE
from engine.wording import days
from engine.wording.words import Entry, Words

_NO_NUMBER: Final = ("", "无")
_UNCONFIRMED_NUMBER: Final = "待核"


def place(citation: Entry, words: Words) -> str:
    """Where it stands in the law, or which batch of which list: no marks."""
    if "list" in citation:
        return _batch(citation, words)
    instrument = words.instruments.get(citation["instrument"])
    title, number, article = citation["instrument"], citation.get("number") or "", citation["article"]
    if number in _NO_NUMBER:
        number = ""
    elif number == _UNCONFIRMED_NUMBER:
        number = "文号待核"
    if words.chinese:
        article = f"（{article}）" if article == UNCONFIRMED_ARTICLE else article
        return f"《{title}》{f'（{number}）' if number else ''}{article}"
    if article == UNCONFIRMED_ARTICLE:
        article = "article to be confirmed"
    number = "number to be confirmed" if number == "文号待核" else number
    english = instrument.english if instrument and instrument.english else ""
    if not english:
        return f"《{title}》{f' ({number})' if number else ''} {article}"
    return f"{english} (《{title}》{f', {number}' if number else ''}) {article}"


def _batch(citation: Entry, words: Words) -> str:
    division = words.rulebook.divisions.get(citation["division"])
    where = words.say(division.name, division.english) if division else citation["division"]
    published = days.day(citation["published"], words.chinese)
    return words.say(f"{where}{citation['list']}{citation['batch']}（{published}起）", f"{where} {citation['list']} {citation['batch']} (from {published})")


def mark(citation: Entry, words: Words) -> str:
    """（待法务核对：…） or （合成清单）; empty where nothing is marked."""
    if citation.get("synthetic"):
        return words.say("合成清单", "synthetic list")
    review = citation.get("review")
    return words.say(f"待法务核对：{review}", f"to be confirmed by legal staff: {review}") if review else ""


def text(citation: Entry, words: Words) -> str:
    """One citation with its mark."""
    marked = mark(citation, words)
    return f"{place(citation, words)}{words.say(f'（{marked}）', f' ({marked})') if marked else ''}"


def texts(citations: Iterable[Entry], words: Words) -> list[str]:
    """Several citations, each place in the law once, however many rules cite it; marks are put together."""
    marks: dict[str, dict[str, None]] = {}
    for one in citations:
        found = marks.setdefault(place(one, words), {})
        if mark(one, words):
            found[mark(one, words)] = None
    joint = words.say("；", "; ")
    return [f"{where}{words.say(f'（{joint.join(found)}）', f' ({joint.join(found)})') if found else ''}" for where, found in marks.items()]


def leading(citations: Iterable[Entry]) -> list[Entry]:
    """The determining rule, the basis and the lists: what a citizen is told; the other grounds say the same again."""
    listed = list(citations)
    first = next((one for one in listed if "rule" in one), None)
    return [one for one in listed if one is first or "rule" not in one]


def grounds(citations: Iterable[Entry], words: Words, everything: bool) -> str:
    """The sentence that names the grounds: all of them, or the leading ones."""
    listed = list(citations) if everything else leading(citations)
    return words.sentence(words.say("依据：", "Grounds:"), words.say("；", "; ").join(texts(listed, words))) if listed else ""
