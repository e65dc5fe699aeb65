"""Alternatives: where one of several lists of documents is enough (居住证 or 户口簿 or 租赁合同).

Inside a list the heaviest route of its members counts, between lists the lightest, of equals the one that lacks least; a list
already met is taken first. A list with a member that may not be demanded, or whose finding is negative, is no way to the goal
while another is. The group pends while a pending list could still be lighter. Nothing here knows a rule's condition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.body import Entry
from engine.outcome import Judged

#: Statuses of a group that is not settled, the one to show first.
_UNSETTLED = ("undetermined", "awaiting_authority", "waiting", "suspended", "undecidable")


def gather(judged: Sequence[Judged], weights: Mapping[str, int]) -> list[Entry]:
    """The entries of the answer, the members of each group put together under it."""
    found: list[Entry] = []
    groups: dict[str, list[Judged]] = {}
    for one in judged:
        if one.plan.group is None:
            found.append(one.entry)
        elif one.plan.group.code in groups:
            groups[one.plan.group.code].append(one)
        else:
            groups[one.plan.group.code] = [one]
            found.append({"group": one.plan.group.code})
    return [_group(groups[one["group"]], weights) if "group" in one else one for one in found]


def _group(members: Sequence[Judged], weights: Mapping[str, int]) -> Entry:
    group = members[0].plan.group
    assert group is not None
    by_code = {one.plan.requirement.code: one.entry for one in members}
    lists = [[by_code[member.code] for member in members_of if member.code in by_code] for members_of in group.alternatives]
    chosen, status = _choose(lists, weights)
    leading = max(lists[chosen], key=lambda one: weights.get(one["route"] or "", -1))
    settled = status == "settled"
    return {
        **leading, "material": group.code, "name": group.name, "name_en": group.english, "role": group.role,
        "route": leading["route"] if settled else None, "mode": leading["mode"] if settled else None, "status": status,
        "finding": leading["finding"] if settled else None, "satisfied": _satisfied(lists[chosen]) if settled else "waiting",
        "residuals": [residual for one in lists[chosen] for residual in one["residuals"]] if settled else [],
        "branches": [] if settled else _branches(members),
        "alternatives": [{"chosen": settled and position == chosen, "materials": one} for position, one in enumerate(lists)],
    }


def unsettled_members(judged: Sequence[Judged], entries: Sequence[Entry]) -> list[Judged]:
    """What is still worth asking about: everything but the members of groups that are settled already."""
    settled = {one["material"] for one in entries if "alternatives" in one and one["status"] == "settled"}
    return [one for one in judged if one.plan.group is None or one.plan.group.code not in settled]


def _branches(members: Sequence[Judged]) -> list[Entry]:
    """The members' branches, each said once."""
    found: list[Entry] = []
    for one in members:
        found.extend(branch for branch in one.entry["branches"] if branch not in found)
    return found


def _choose(lists: Sequence[Sequence[Entry]], weights: Mapping[str, int]) -> tuple[int, str]:
    """Which list is taken, and whether that is settled or still waits for somebody."""
    usable = [n for n, one in enumerate(lists) if not any(m["route"] == "abolished" or m["finding"] == "negative" or m["status"] == "undecidable" for m in one)]
    if not usable:
        usable = list(range(len(lists)))
    met = [n for n in usable if _satisfied(lists[n]) == "yes" and not any(_unsettled(m) for m in lists[n])]
    if met:
        return min(met, key=lambda n: _weight(lists[n], weights)), "settled"
    settled = [n for n in usable if not any(_unsettled(m) for m in lists[n])]
    pending = [n for n in usable if n not in settled]
    best = min(settled, key=lambda n: (_weight(lists[n], weights), sum(m["satisfied"] != "yes" for m in lists[n])), default=None)
    rivals = [n for n in pending if best is None or _lightest(lists[n], weights) < _weight(lists[best], weights)]
    if best is not None and not rivals:
        return best, "settled"
    waits = {m["status"] for n in rivals for m in lists[n]}
    status = next((one for one in _UNSETTLED if one in waits), "undetermined")
    return min(rivals, key=lambda n: _lightest(lists[n], weights)), status


def _unsettled(member: Entry) -> bool:
    return member["status"] != "settled" and not (member["status"] == "waiting" and member["route"])


def _weight(members: Sequence[Entry], weights: Mapping[str, int]) -> int:
    return max((weights[m["route"]] for m in members if m["route"]), default=len(weights))


def _lightest(members: Sequence[Entry], weights: Mapping[str, int]) -> int:
    """The lightest a pending list could still become: its heaviest member at each one's lightest branch."""
    def floor(member: Entry) -> int:
        routes = [branch["route"] for branch in member["branches"] if branch["route"]] or [member["route"]]
        return min((weights[route] for route in routes if route), default=0)

    return max((floor(member) for member in members), default=0)


def _satisfied(members: Sequence[Entry]) -> str:
    states = [member["satisfied"] for member in members]
    return "no" if "no" in states else "waiting" if "waiting" in states else "yes"
