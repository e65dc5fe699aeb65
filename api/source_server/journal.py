"""What was asked of this server: counted by source, and the last questions, so that a test can show what was never asked.

Whom a question was about is kept as the last four characters of the number and a digest salted anew at every start; never a name.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import deque
from dataclasses import dataclass
from typing import Any, Final

from api.sources.contract import Inquiry

#: How many questions are kept.
KEPT: Final = 1_000


@dataclass(slots=True)
class Count:
    """Requests to one source: all, under way, the most at one time."""

    requests: int = 0
    now: int = 0
    most: int = 0

    def begin(self) -> None:
        self.requests += 1
        self.now += 1
        self.most = max(self.most, self.now)


class Journal:
    """Counts and questions since the start or the last clearing."""

    def __init__(self) -> None:
        self._salt = secrets.token_bytes(32)
        self._counts: dict[str, Count] = {}
        self._all = Count()
        self._asked: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def begin(self, source: str) -> list[Count]:
        """A request has come; give what this returns to `end` when it is over."""
        begun = [self._counts.setdefault(source, Count()), self._all]
        for one in begun:
            one.begin()
        return begun

    def end(self, begun: list[Count]) -> None:
        """A request is over, however it ended."""
        for one in begun:
            one.now -= 1
        begun.clear()

    def asked(self, question: Inquiry) -> dict[str, Any]:
        """Keep a question; what became of it is to be written under `outcome`."""
        person = question.person
        entry: dict[str, Any] = {
            "source": question.source, "kind": question.kind, "material": question.purpose.material, "item": question.purpose.item,
            "division": question.purpose.division, "fact": question.fact, "ground": question.ground, "on": question.on.isoformat(),
            "id_type": person.id_type, "number": "***" + (person.id_number[-4:] if len(person.id_number) > 8 else ""),
            "person": self._digest(person.id_type, person.id_number), "named": person.name is not None, "outcome": None}
        self._asked.append(entry)
        return entry

    def counts(self) -> dict[str, Any]:
        """All counts."""
        return {"requests": self._all.requests, "now": self._all.now, "most_at_once": self._all.most,
                "sources": {code: {"requests": one.requests, "now": one.now, "most_at_once": one.most} for code, one in sorted(self._counts.items())}}

    def inquiries(self) -> list[dict[str, Any]]:
        """The questions kept, oldest first."""
        return list(self._asked)

    def clear_counts(self) -> None:
        """Count from nought; what is under way stays under way."""
        for one in (self._all, *self._counts.values()):
            one.requests, one.most = 0, one.now

    def clear_inquiries(self) -> None:
        """Forget the questions."""
        self._asked.clear()

    def _digest(self, kind: str, number: str) -> str:
        return hashlib.blake2b(f"{kind}\0{number}".encode(), key=self._salt, digest_size=8).hexdigest()
