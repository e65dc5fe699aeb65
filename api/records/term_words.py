"""What is said of a term that fell due, in both languages. Words only: nothing here looks, counts or acts. No person is ever named."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from api.records.tables import Deferral, Ticket
from engine.lifecycle.deferrals import APPROVE_FIRST, consequence
from engine.lifecycle.machines import DEFERRAL
from engine.wording import days

#: The kinds of terms.
TERMS: Final[Mapping[str, tuple[str, str]]] = {
    "notice": ("一次性告知的期限", "the term of the one-time notice"), "promised": ("承诺办结时限", "the promised time of the item"),
    "legal": ("法定办结时限", "the legal time of the item"), "check": ("核查承诺的期限", "the term for checking a commitment"),
    "supplement": ("容缺补交期限", "the term for a deferred material"), "rectify": ("限期改正的期限", "the term of an order to rectify"),
    "follow_up": ("部门补核的期限", "the term for the authority's follow-up")}

_CARDS: Final[Mapping[str, tuple[str, str]]] = {"none": ("不亮牌", "no card"), "warning": ("预警", "warning"), "yellow": ("黄牌", "yellow card"),
                                                        "red": ("红牌", "red card")}


def card(code: str) -> tuple[str, str]:
    """A card by name."""
    return _CARDS[code]


def said(kind: str, what: str, level: str, due: date, row: Deferral | None, material: tuple[str, str], ticket: Ticket | None = None) -> tuple[str, str]:
    """Whole sentences about a term. `what` as in `tick.Raised`; `row`: the deferral whose term it is, `material` its name in both languages;
    `ticket`: the ticket whose term it is, which is its provider's."""
    term = TERMS.get(kind, (kind, kind))
    if ticket is not None:
        term = f"{ticket.provider}答复数据工单（{ticket.source}）的期限", f"the term for {ticket.provider} to answer a ticket about {ticket.source}"
    zh, en = days.day(due, True), days.day(due, False)
    if what == "due":
        return f"放假安排已经公布，{term[0]}到{zh}。", f"The calendar is published: {term[1]} ends on {en}."
    if what == "deemed_accepted":
        return (f"到{zh}没有作出一次性告知，依行政许可法第三十二条第一款第四项，自收到申请材料之日起视为受理（{_CARDS[level][0]}）。"
                "视为受理不等于准予，也不免交任何材料；涉密、安全的事项同样适用，由法务核对。",
                f"No one-time notice was given by {en}; by 行政许可法 32(4) the application counts as accepted from the day it was received ({_CARDS[level][1]}). "
                "This grants nothing and waives no material; it holds for items of state secrets or safety too (for legal staff to confirm).")
    if what == "overdue":
        assert row is not None
        follows_zh, follows_en = _follows(row)
        return (f"容缺后补的“{material[0]}”到{zh}没有补交，已经逾期。{follows_zh}不自动发生，也不因逾期免交。",
                f"“{material[1]}”, which was deferred, did not come by {en} and is overdue. {follows_en} Nothing happens by itself, and nothing is waived by it.")
    about = (f"“{material[0]}”的{term[0]}", f"{term[1]} (“{material[1]}”)") if row is not None else term
    if what == "warning":
        return f"预警：{about[0]}是{zh}。", f"Warning: {about[1]} ends or ended on {en}."
    return f"{_CARDS[what][0]}：{about[0]}已于{zh}届满，仍未办结。", f"{_CARDS[what][1].capitalize()}: {about[1]} ended on {en} and it is not done."


def _follows(row: Deferral) -> tuple[str, str]:
    """What a person may do about it, by what the division publishes."""
    move = consequence(row.mode or "", row.consequence)
    if move is None:
        return "本地没有公布逾期后果，由人决定；", "No consequence is published here; a person decides."
    words = next(one for one in DEFERRAL.moves if one.name == move)
    if row.mode == APPROVE_FIRST:
        return (f"决定已经先作出，可以{words.zh}，期满不改的再撤销决定，由人书面说明理由后作出；",
                f"The decision is out: a person may {words.en} in writing and revoke it only after that.")
    return f"本地公布的后果是{words.zh}，由人书面说明理由后作出；", f"What is published here is to {words.en}, which a person does with written reasons."
