"""通办: an application taken in by a hall elsewhere. Says how far apart the two divisions are, by which modes the item may be handled
there on the day, and what each side does.

The deciding division's law decides and the accepting hall never does, so nothing here reads or changes what a material comes to.
An item that is not listed for the hall demands nothing more: the other ways stand beside it, the applicant's own journey last.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from engine.catalogue import NATIONAL, Elsewhere, Item
from engine.divisions import within
from engine.rulebook import Rulebook

Entry = dict[str, Any]

#: 直辖市: one city each, though their districts have several four-digit prefixes.
_MUNICIPALITIES: Final = frozenset({"11", "12", "31", "50"})
#: Taiwan, Hong Kong, Macao: the national lists speak to the provinces, autonomous regions and municipalities of the mainland.
_BEYOND: Final = frozenset({"71", "81", "82"})
#: Which published scopes reach a pair of divisions: 川渝 is a pair of provinces, and a city lies within its province.
_REACHED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "inter_provincial": ("inter_provincial",),
    "sichuan_chongqing": ("sichuan_chongqing", "inter_provincial"),
    "provincial": ("provincial",),
    "city_wide": ("city_wide", "provincial"),
}
MODES: Final = ("online", "collected_elsewhere", "joint")
#: Ways to ask about where no list lets the hall help; the journey to the deciding division is the last of them and a condition of nothing.
#: No catalogue says whether an item is taken online or by post, so neither is promised; nobody asks where somebody must appear in person.
OTHER_WAYS: Final = ("online", "post", "own_hall")
_IN_PERSON: Final = ("own_hall",)

#: By mode, who does what (国办发〔2020〕35号: 全程网办, 异地代收代办, 多地联办): actor, action, the routes whose materials it is about.
_HALL: Final = "accepting_hall"
_AUTHORITY: Final = "deciding_authority"
_PAPERS: Final = ("submit", "deferral")
_AT_THE_HALL: Final = (
    (_HALL, "check_identity", ()), (_HALL, "look_at_credential", ("shown",)), (_HALL, "take_letter", ("commitment",)),
    (_HALL, "collect", _PAPERS), (_HALL, "check_original", _PAPERS), (_HALL, "scan_and_send", ("commitment", *_PAPERS)))
_TASKS: Final[Mapping[str, tuple[tuple[str, str, tuple[str, ...]], ...]]] = {
    "online": (
        ("applicant", "apply_online", ()), (_HALL, "assist_only", ()), (_AUTHORITY, "look_at_credential", ("shown",)),
        (_AUTHORITY, "take_letter", ("commitment",)), (_AUTHORITY, "collect", _PAPERS)),
    "collected_elsewhere": _AT_THE_HALL,
    "joint": (*_AT_THE_HALL, (_AUTHORITY, "pass_between_authorities", ())),
}
_ALWAYS: Final = ((_AUTHORITY, "decide", ()), (_AUTHORITY, "send_result", ()))


def scope(rulebook: Rulebook, deciding: str, accepting: str | None) -> str | None:
    """How far apart a hall is from the deciding division: inter_provincial, sichuan_chongqing, provincial or city_wide.

    None where nothing is handled elsewhere: no hall named, the same division, one above the other (a county's hall for its city).
    Both are six-digit codes; the rulebook knows `deciding`, and of a hall it does not know the digits speak.
    """
    if accepting is None or accepting in rulebook.chain(deciding) or deciding == NATIONAL:
        return None
    if within(accepting, deciding) or within(deciding, accepting):     # by their digits: no rule file need name the hall
        return None
    here, there = deciding[:2], accepting[:2]
    if here != there:
        return "sichuan_chongqing" if {here, there} == {"50", "51"} else "inter_provincial"
    return "city_wide" if here in _MUNICIPALITIES or (deciding[:4] == accepting[:4] and deciding[2:4] != "90") else "provincial"


def listed(item: Item, reach: str) -> tuple[Elsewhere, ...]:
    """What the item says of halls at that distance, whatever the day."""
    return tuple(one for one in item.elsewhere if one.scope in _REACHED_BY[reach])


def section(rulebook: Rulebook, item: Item, deciding: str, accepting: str | None, mode: str | None, day: date,
            materials: Iterable[Mapping[str, Any]]) -> Entry | None:
    """What is said of handling elsewhere; None where the application is not handled elsewhere.

    `day`: the day of acceptance, when the hall takes the application in. `mode`: the one the caller names, if any. `materials`: the
    entries of the answer as they stand; they are read only, to name what is shown, signed or handed in.
    """
    reach = scope(rulebook, deciding, accepting)
    if reach is None:
        return None
    entries = () if accepting is not None and {accepting[:2], deciding[:2]} & _BEYOND else listed(item, reach)
    in_force = [one for one in entries if one.start <= day < one.end]
    modes = [one for one in MODES if any(one in entry.modes for entry in in_force)]
    offered = "unpublished" if not entries else "yes" if (mode in modes if mode else modes) else "no"
    played = [mode] if mode in modes else modes
    used = [entry for entry in in_force if not played or set(played) & set(entry.modes)]
    found: Entry = {
        "scope": reach, "accepting_division": accepting, "mode": mode, "offered": offered, "modes": modes,
        "tasks": [*(one for mode in played for one in _tasks(_TASKS[mode], mode, materials)), *_tasks(_ALWAYS, None, materials)],
        "other_ways": [] if offered == "yes" else [{"way": way} for way in (_IN_PERSON if _in_person(rulebook, materials) else OTHER_WAYS)],
        "synthetic": any(entry.synthetic for entry in used),
        "citations": [citation for entry in used for citation in _citations(entry, day)]}
    reviews = "；".join(dict.fromkeys(entry.review for entry in used if entry.review))
    return {**found, "review": reviews} if reviews else found


def _tasks(rows: Iterable[tuple[str, str, tuple[str, ...]]], mode: str | None, materials: Iterable[Mapping[str, Any]]) -> Iterable[Entry]:
    for actor, action, routes in rows:
        made: Entry = {"actor": actor, "action": action, "mode": mode}
        if routes:
            made["materials"] = [_key(one) for one in materials if one["status"] == "settled" and one["route"] in routes]
        yield made


def _in_person(rulebook: Rulebook, materials: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a material that is needed here must be given in person (须本人到场), alternatives included unless another list is taken."""
    for one in materials:
        members = [member for way in one.get("alternatives", ()) if way["chosen"] or one["status"] != "settled" for member in way["materials"]] or [one]
        for member in members:
            found = rulebook.materials.get(member["material"])
            if found is not None and found.in_person and member["route"] not in ("not_required", "abolished"):
                return True
    return False


def _key(entry: Mapping[str, Any]) -> str:
    person = entry.get("person")
    return str(entry["material"]) if person in (None, "applicant") else f"{entry['material']}/{person}"


def _citations(entry: Elsewhere, day: date) -> Iterable[Entry]:
    for basis in entry.bases:
        if basis.start <= day < basis.end:
            made: Entry = {"basis": True, "instrument": basis.instrument.title, "number": basis.instrument.number, "article": basis.article,
                           "rank": basis.instrument.rank}
            doubts = "；".join(text for text in (basis.review, basis.instrument.review) if text)
            if doubts:
                made["review"] = doubts
            yield made
