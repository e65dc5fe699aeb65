"""Ids of what is recorded: random, so that nobody guesses one, and sorting as they are made, so that new rows lie together on the disk.

Nothing here knows what an id names.
"""

from __future__ import annotations

import os
import time


def new_id() -> str:
    """A UUID of version 7 (RFC 9562): the millisecond, then 74 random bits."""
    moment, chance = f"{time.time_ns() // 1_000_000:012x}", os.urandom(10).hex()
    return f"{moment[:8]}-{moment[8:]}-7{chance[:3]}-{'89ab'[int(chance[3], 16) & 3]}{chance[4:7]}-{chance[7:19]}"
