"""Instants as the database keeps them: UTC, microseconds, one width, so that texts sort as time does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

#: China has one time and no summer time.
BEIJING: Final = timezone(timedelta(hours=8), "Asia/Shanghai")


def instant(moment: datetime) -> str:
    """The moment as it is kept: 2026-11-22T01:30:00.000000Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(kept: str) -> datetime:
    """What `instant` kept, in Beijing's time."""
    return datetime.strptime(kept, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC).astimezone(BEIJING)


def spoken(kept: str) -> str:
    """An instant as answers give it: ISO 8601 to the second, Beijing's time."""
    return moment(kept).isoformat(timespec="seconds")
