"""Tickets to data providers in sentences, in both languages: what the applicant is told, what an office is told.

Says what was decided and recorded; decides nothing and names no person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from engine.rulebook import Rulebook

_HAPPENED: Final[Mapping[str, tuple[str, str]]] = {
    "outage": ("“{source}”查询中断，已向{provider}发出工单", "“{source}” could not be queried; a ticket went to its provider"),
    "unclear": ("“{source}”的查询结果不明，已请{provider}核实", "The answer of “{source}” was not clear; its provider is asked to look into it"),
    "mismatch": ("“{source}”与您的信息对不上，已请{provider}核实", "“{source}” does not match what you stated; its provider is asked to look into it"),
    "gap": ("“{source}”里没有查到记录，已请{provider}核对是否漏了数据", "“{source}” holds no record; its provider is asked whether data are missing"),
    "correction": ("您对“{source}”有异议，已请{provider}校核；校核期间以您自己的材料为准",
                   "You dispute “{source}”; its provider is asked to check it, and meanwhile your own document counts")}
_BY_HAND: Final = ("由部门补核，不用您补材料", "the authority follows it up by hand and you need not hand anything in for it")
_ANSWERED: Final[Mapping[str, tuple[str, str]]] = {
    "corrected": ("已经更正数据", "has corrected its data"), "restored": ("已经恢复查询", "answers again"),
    "no_record": ("答复确无记录", "says that there is no record"), "confirmed": ("答复数据无误", "says that the data stand")}


def told(tickets: Sequence[Mapping[str, Any]], body: Mapping[str, Any], rulebook: Rulebook, language: str) -> str:
    """What the applicant is told of the tickets of a decision; empty where there are none.

    Only of a material that the decision leaves to the authority's follow-up is it said that nothing has to be handed in.
    """
    chinese = language.startswith("zh")
    found = []
    for one in tickets:
        source = rulebook.sources.get(one["source"])
        name = (source.name if chinese else source.english) if source else one["source"]
        said = _HAPPENED[one["kind"]][not chinese].format(source=name, provider=one["provider"])
        if one["kind"] != "correction" and _followed_up(body, one["material"], one.get("person")):
            said = f"{said}{'，' if chinese else '; '}{_BY_HAND[not chinese]}"
        found.append(f"{said}{'。' if chinese else '.'}")
    return ("" if chinese else " ").join(dict.fromkeys(found))


def _followed_up(body: Mapping[str, Any], material: str, person: str | None) -> bool:
    entries = [one for entry in (*body["materials"], *body["establishes"])
               for one in (entry, *(member for way in entry.get("alternatives", ()) for member in way["materials"]))]
    return any(one["material"] == material and one.get("person", "applicant") == (person or "applicant") and one["route"] == "agency_followup"
               for one in entries)


def about(rulebook: Rulebook, kind: str, source: str, provider: str, answer: str, granted: bool = False) -> tuple[str, str]:
    """Why a case is to be decided again, in Chinese and English; of a case that was granted, why somebody should look at the grant.

    `kind`: of the ticket; `source`: code of the source it is about.
    """
    known = rulebook.sources.get(source)
    zh, en = _ANSWERED[answer]
    if granted:
        return (f"{provider}{zh}（“{known.name if known else source}”），办件已经准予；请看决定是否受影响，撤销、更正由人定。",
                f"The provider of “{known.english if known else source}” {en}; the case is granted already: see whether the grant stands. "
                "Revoking or correcting it is for people.")
    more = ("；申请人撤回异议的，按更正后的数据办", "; where the applicant takes the dispute back, the corrected data count") if kind == "correction" else ("", "")
    return (f"{provider}{zh}（“{known.name if known else source}”），请对办件重新判断{more[0]}。",
            f"The provider of “{known.english if known else source}” {en}; decide the case again{more[1]}.")
