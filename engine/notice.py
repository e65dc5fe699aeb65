"""The one-time notice (一次性告知书): everything that is asked of the applicant, at once, and nothing that is not.

Made from a printed body; knows no law of its own and decides nothing. What still hangs on a fact stands in it as a
conditional line; anything in no line may not be asked for later unless a stated fact changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.rulebook import Rulebook
from engine.wording import days
from engine.wording.words import Words


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the notice: its heading and its lines."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """The notice as a structure; `text` prints it."""

    heading: str
    head: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]

    def text(self) -> str:
        """Plain text, one line a statement."""
        lines = [self.heading, ""]
        lines.extend(f"{name}：{value}" if ord(self.heading[0]) > 255 else f"{name}: {value}" for name, value in self.head)
        for section in self.sections:
            lines.extend(("", section.title))
            lines.extend(f"  {number}. {line}" for number, line in enumerate(section.lines, 1))
        return "\n".join(lines) + "\n"


def notice(printed: Mapping[str, Any], rulebook: Rulebook, language: str, applicant: str = "") -> Notice:
    """The notice of a printed body (see `explain.printed`, level summary or full). `applicant`: the name to address it to."""
    words = Words(rulebook, printed, language)
    entries = [*printed["materials"], *printed["establishes"]]
    open_ = [one for one in entries if one["status"] == "undetermined"]
    by_authority = [one for one in entries if one["status"] in ("awaiting_authority", "waiting", "suspended")]
    acting = [one for one in entries if one not in open_ and one["route"] in ("shown", "commitment", "deferral", "submit") and one["satisfied"] != "yes"]
    done = [one for one in entries if one not in open_ and one["route"] in ("shown", "commitment", "deferral", "submit") and one["satisfied"] == "yes"]
    free = [one for one in entries if one not in open_ and one not in by_authority and one not in acting and one not in done]
    offered = [f"“{words.say(one['name'], one['name_en'])}”{words.say('：', ': ')}{offer['text']}" for one in entries for offer in one["offers"]]
    sections = [
        (words.say("一、不能受理的原因", "What stands against acceptance"), [one["text"] for one in printed["blocks"]]),
        (words.say("需要您做的", "What you have to do"), _lines(acting)),
        (words.say("还要您告诉我们的", "What we still need to know from you"), [f"{one['text']}{words.say('', ' ')}{one['why_text']}" for one in printed["questions"]]),
        (words.say("要看情况的", "What depends on the facts"), _lines(open_)),
        (words.say("您可以选择的", "What you may choose"), offered),
        (words.say("您已经办好的", "What you have already done"), _lines(done)),
        (words.say("不用您提交的", "What you need not hand in"), _lines(free)),
        (words.say("由部门办理的", "What the authority does"), [*(one["text"] for one in printed["awaiting"]), *_lines(by_authority)]),
        (words.say("期限", "Terms"), [one["text"] for one in printed["notices"]]),
        (words.say("您的权利", "Your rights"), _rights(words)),
    ]
    head = [
        (words.say("事项", "Item"), words.item_name), (words.say("决定机关所在区划", "Deciding division"), f"{words.division_name}（{printed['deciding_division']}）"
                                                      if words.chinese else f"{words.division_name} ({printed['deciding_division']})"),
        (words.say("日期", "Date"), days.day(printed["as_of"], words.chinese)), (words.say("结论", "Outcome"), printed["outcome_text"]),
        (words.say("规则库版本", "Rulebook"), printed["rulebook"])]
    if applicant:
        head.insert(0, (words.say("申请人", "Applicant"), applicant))
    kept = [(title.removeprefix("一、"), lines) for title, lines in sections if lines]
    numbered = [Section(f"{words.say(f'{_NUMBERS[number]}、', f'{number + 1}. ')}{title}", tuple(lines)) for number, (title, lines) in enumerate(kept)]
    return Notice(words.say("一次性告知书", "One-time notice"), tuple(head), tuple(numbered))


_NUMBERS = "一二三四五六七八九十"


def _lines(entries: list[dict[str, Any]]) -> list[str]:
    return [one["explanation"] for one in entries]


def _rights(words: Words) -> list[str]:
    """What the applicant may rely on; follows from how decisions are made here, not from a law cited."""
    return [
        words.say("本告知书以外的材料不再要求；您说明的情况有变化的除外。", "Nothing beyond this notice will be demanded unless what you stated changes."),
        words.say("告知承诺、容缺后补由您自愿选择，不选择没有任何不利影响。", "Commitments and deferrals are your free choice; declining has no disadvantage."),
        words.say("您认为查询到的数据不对的，可以提出异议，并以您自己的材料为准。", "If you think data are wrong you may dispute them; your own document then counts."),
        words.say("证件原件、电子证照效力相同；大厅不得只收其中一种。", "Physical and electronic certificates count alike; you may use either."),
    ]
