"""The types of certificates of a rulebook, and whether each may be shown and shared in a division on a day. Pure; decides nothing."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from engine.rulebook import Rulebook
from engine.standing import SHARED_LIST, SHOWN_LIST, Place, lists_in_force, may_be_shown, shareable

#: Where a credential may be shown or shared, as the rulebook says it.
WHERE: Final = {"全国": "everywhere", "清单": "listed", "否": "nowhere"}


def types(rulebook: Rulebook, division: str, day: date) -> dict[str, Any]:
    """Every type with what the lists in force there and then say of it. The division must be one of the rulebook's."""
    place = Place(rulebook, rulebook.chain(division), day, day)
    kinds = rulebook.vocabulary["person_id_type"].by_word
    rows = [{
        "type": one.code, "name": one.name, "name_en": one.english, "holder": "organisation" if one.holder == "组织" else "person",
        "id_types": [{"code": code, "name": kinds[code].name} for code in one.id_types],
        "shown": WHERE[one.shown], "may_be_shown": may_be_shown(one, place), "shared": WHERE[one.shared], "shareable": shareable(one, place)}
        for one in rulebook.credentials.values()]
    named = rulebook.divisions[division]
    return {"rulebook": rulebook.version, "division": division, "division_name": named.name, "division_name_en": named.english, "on": day.isoformat(),
            "lists": [{"list": kind, "batch": one.batch, "division": one.division, "synthetic": one.synthetic}
                      for kind, name in (("showable", SHOWN_LIST), ("shareable", SHARED_LIST)) for one in lists_in_force(name, place, day)],
            "types": rows}
