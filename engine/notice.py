"""The one-time notice (一次性告知书): everything that is asked of the applicant, at once, and nothing that is not.

Made from a printed body; knows no law of its own and decides nothing. What still hangs on a fact stands in it as a
conditional line; anything in no line may not be asked for later unless a stated fact changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.rulebook import Rulebook
from engine.wording import cited, days, elsewhere, suspended
from engine.wording.material import explanation, offers
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


def notice(printed: Mapping[str, Any], rulebook: Rulebook, language: str, applicant: str = "", people: Mapping[str, str] | None = None) -> Notice:
    """The notice of a printed body (see `explain.printed`, level summary or full).

    `applicant`: the name to address it to. `people`: names of persons by their id, where the reader may know them.
    """
    words = Words(rulebook, printed, language, people)
    entries = [*printed["materials"], *printed["establishes"]]
    waits = suspended.only_waits(printed)      # for an earlier step that failed: nothing is asked for and nothing is done meanwhile
    parts: dict[str, list[Mapping[str, Any]]] = {"do": [], "held": [], "open": [], "done": [], "free": [], "authority": []}
    for one in entries:
        part = _part(one)
        parts["held" if waits and part in ("do", "open", "authority") else part].append(one)
    sections = [
        (words.say("不能受理的原因", "What stands against acceptance"), [one["text"] for one in printed["blocks"]]),
        (words.say("需要您做的", "What you have to do"), _lines(parts["do"], words)),
        (words.say("先不办的", "What is suspended"), [_held(one, words) for one in parts["held"]]),
        (words.say("还要您告诉我们的", "What we still need to know from you"),
         [words.paragraph((one["text"], one["why_text"])) for one in printed["questions"] if not waits]),
        (words.say("要看情况的", "What depends on the facts"), _lines(parts["open"], words)),
        (words.say("您可以选择的", "What you may choose"), [] if waits else _choices(entries, words)),
        (words.say("您已经办好的", "What you have already done"), _lines(parts["done"], words)),
        (words.say("不用您提交的", "What you need not hand in"), _lines(parts["free"], words)),
        (words.say("由部门办理的", "What the authority does"), _by_authority([] if waits else printed["awaiting"], parts["authority"], words)),
        (words.say("异地办理", "Handling elsewhere"), elsewhere.lines(printed["elsewhere"], words) if "elsewhere" in printed else []),
        (words.say("依据", "Grounds"), _grounds(printed["blocks"], entries, words)),
        (words.say("期限", "Terms"), [one["text"] for one in printed["notices"] if not waits]),
        (words.say("您的权利", "Your rights"), _rights(words)),
    ]
    division = words.say(f"{words.division_name}（{printed['deciding_division']}）", f"{words.division_name} ({printed['deciding_division']})")
    head = [
        (words.say("事项", "Item"), words.item_name), (words.say("决定机关所在区划", "Deciding division"), division),
        (words.say("日期", "Date"), days.day(printed["as_of"], words.chinese)), (words.say("结论", "Outcome"), printed["outcome_text"]),
        (words.say("规则库版本", "Rulebook"), printed["rulebook"])]
    if applicant:
        head.insert(0, (words.say("申请人", "Applicant"), applicant))
    kept = [(title, lines) for title, lines in sections if lines]
    numbered = [Section(f"{words.say(f'{_NUMBERS[number]}、', f'{number + 1}. ')}{title}", tuple(lines)) for number, (title, lines) in enumerate(kept)]
    return Notice(words.say("一次性告知书", "One-time notice"), tuple(head), tuple(numbered))


_NUMBERS: Final = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二", "十三")
_APPLICANT_ACTS: Final = frozenset({"shown", "commitment", "deferral", "submit"})


def _part(entry: Mapping[str, Any]) -> str:
    """Which part of the notice a material stands in: each in exactly one. A deferred material stays something to do."""
    if entry["status"] == "undetermined":
        return "open"
    if entry["status"] != "settled":
        return "authority"
    if entry["finding"] == "negative":
        return "do"
    if entry["route"] in _APPLICANT_ACTS:
        return "done" if entry["satisfied"] == "yes" and entry["route"] != "deferral" else "do"
    return "free"


def _lines(entries: Iterable[Mapping[str, Any]], words: Words) -> list[str]:
    """What becomes of each material; choices and grounds have their own parts of the notice."""
    return [explanation(one, words, full=False, alone=False) for one in entries]


def _held(entry: Mapping[str, Any], words: Words) -> str:
    """A material of a step that waits for an earlier one."""
    name = words.whose(str(words.say(entry["name"], entry["name_en"])), entry.get("person"))
    return suspended.material(entry, name, words) if entry["status"] == "suspended" else suspended.held(name, (words.item_name,), words)


def _choices(entries: Iterable[Mapping[str, Any]], words: Words) -> list[str]:
    return [f"“{words.whose(words.say(one['name'], one['name_en']), one.get('person'))}”{words.say('：', ': ')}{text}"
            for one in entries for text in offers(one, words)]


def _by_authority(awaiting: Iterable[Mapping[str, Any]], entries: list[Mapping[str, Any]], words: Words) -> list[str]:
    """The authority's tasks, and the materials that hang on them."""
    return [*(one["text"] for one in awaiting), *_lines(entries, words)]


def _grounds(blocks: Iterable[Mapping[str, Any]], entries: Iterable[Mapping[str, Any]], words: Words) -> list[str]:
    """Every place in the law once, with its marks and the materials it is cited for; then the marks of the materials themselves."""
    marks: dict[str, dict[str, None]] = {}
    cited_for: dict[str, dict[str, None]] = {}
    own: dict[str, dict[str, None]] = {}
    for block in blocks:
        for one in block["citations"]:
            marks.setdefault(cited.place(one, words), {}).update(dict.fromkeys(filter(None, (cited.mark(one, words),))))
    for entry in entries:
        name = str(words.say(entry["name"], entry["name_en"]))
        for one in cited.leading(entry["citations"]):
            place = cited.place(one, words)
            marks.setdefault(place, {}).update(dict.fromkeys(filter(None, (cited.mark(one, words),))))
            cited_for.setdefault(place, {})[name] = None
        if entry.get("review"):
            own.setdefault(str(entry["review"]), {})[name] = None
    found = []
    for place, notes in marks.items():
        note = words.say("；", "; ").join(notes)
        names = words.all_of(f"“{name}”" for name in cited_for.get(place, ()))
        found.append(words.sentence(place, words.say(f"（{note}）", f"({note})") if note else "", words.say(f"：{names}", f"– {names}") if names else ""))
    found.extend(words.sentence(words.all_of(f"“{name}”" for name in names), words.say(f"待法务核对：{review}", f"to be confirmed by legal staff: {review}"))
                 for review, names in own.items())
    return found


def _rights(words: Words) -> list[str]:
    """What the applicant may rely on; follows from how decisions are made here, not from a law cited."""
    return [
        words.say("本告知书以外的材料不再要求；您说明的情况有变化的除外。", "Nothing beyond this notice will be demanded unless what you stated changes."),
        words.say("告知承诺、容缺后补由您自愿选择，不选择没有任何不利影响。", "Commitments and deferrals are your free choice; declining has no disadvantage."),
        words.say("您认为查询到的数据不对的，可以提出异议，并以您自己的材料为准。", "If you think data are wrong you may dispute them; your own document then counts."),
        words.say("出示证件的，原件和电子证照在这里同等对待。", "Where a credential is shown, the original and the electronic certificate count alike here."),
    ]
