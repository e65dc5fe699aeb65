"""Answers of a short while ago: for the same person, purpose, ground and day only, and never what the source did not clearly say.

Keys are salted digests, so that no identity number lies about; a new day never finds an old answer, so no answer outlives its validity.
In memory only. Nothing here asks.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from typing import Any, Final

from cachetools import TLRUCache

from api.sources.channel import Told
from api.sources.contract import Inquiry

MOST: Final = 20_000


class Memory:
    """What was answered. `clock`: seconds that only go forward."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._salt = os.urandom(16)
        self._kept: TLRUCache[bytes, tuple[Told, int]] = TLRUCache(MOST, ttu=_until, timer=clock)

    def key(self, inquiry: Inquiry) -> bytes:
        """What makes two questions one: everything but the id of the request."""
        said = inquiry.model_copy(update={"request": "-"}).model_dump_json()
        return hashlib.blake2b(said.encode(), key=self._salt, digest_size=16).digest()

    def get(self, key: bytes) -> Told | None:
        found = self._kept.get(key)
        return found[0] if found is not None else None

    def keep(self, key: bytes, told: Told, seconds: int) -> None:
        """Keep a conclusive answer for so many seconds; forget what was kept where it is not."""
        if told.conclusive and seconds > 0:
            self._kept[key] = (told, seconds)
        else:
            self._kept.pop(key, None)


def _until(key: Any, value: tuple[Told, int], now: float) -> float:
    return now + value[1]
