"""What the certificate library says in place of a query to a source.

It may be incomplete: what is not in it was not looked for anywhere, so it never says that there is nothing. Pure; which types stand for
which source is the rulebook's to say, and which may be shared here the caller's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import Literal, NamedTuple

from api.records.certificates import Held, Holder, of_holder
from engine import identity


class LibraryAnswer(NamedTuple):
    """As `evidence.queries` says it: the result, the last day of validity (None: without end), and the number of the certificate found."""

    result: Literal["valid", "expired", "revoked", "unclear"]
    valid_to: date | None
    number: str


def library_answers(held: Iterable[Held], types: Collection[str], day: date, *, holder: Holder, name: str | None = None) -> LibraryAnswer | None:
    """What the certificates of the holder say on the day; None: nothing, ask the source.

    `held`: every version (`Known.certificates`); what went to somebody else says nothing of the holder. `types`: codes that stand for the source and may be shared here
    (`engine.standing.shareable`). `name`: as stated, compared as the sources compare it; a certificate under another name says nothing.
    Of several in force the one that lasts longest; else the newest: expired, revoked, or unclear where it is frozen. Without a seal it says
    nothing, nor does one that is not in force yet.
    """
    said = [(one, one.state_on(day)) for one in of_holder(held, holder, day) if one.type in types and one.sealed
            and (name is None or identity.same_name(name, one.holder_name))]
    in_force = [one for one, state in said if state == "valid"]
    if in_force:
        best = max(in_force, key=lambda one: (one.valid_to or date.max, one.issued_on, one.number))
        return LibraryAnswer("valid", best.valid_to, best.number)
    for one, state in said:      # the latest issued first
        if state == "expired" or state == "revoked":
            return LibraryAnswer(state, one.valid_to, one.number)
        if state == "frozen":
            return LibraryAnswer("unclear", one.valid_to, one.number)
    return None
