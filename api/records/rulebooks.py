"""The rulebooks that were ever used, kept with the decisions made under them.

A decision is made again under exactly the files it was made under. Nothing here reads a directory or decides.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

import orjson
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from api.records.chain import canonical, packed, unpacked
from api.records.database import Database
from api.records.tables import KeptRulebook
from engine.decide import Decider
from engine.reading import read_rulebook
from engine.rulebook import Rulebook

MOST: Final = 4     # deciders of earlier rulebooks held at a time


class UnknownRulebook(Exception):
    """The version was never kept here, or what is kept is not it. Carries it."""

    def __init__(self, version: str):
        self.version = version
        super().__init__(version)


def read_kept(session: Session, version: str) -> Rulebook:
    """The rulebook of a version. Raises UnknownRulebook where it is not kept or what is kept is not it, Refused where this program cannot read it."""
    kept = session.get(KeptRulebook, version)
    try:
        made = read_rulebook(orjson.loads(unpacked(kept.texts))) if kept is not None else None
    except (zlib.error, TypeError, ValueError, AttributeError):
        made = None
    if made is None or made.version != version:
        raise UnknownRulebook(version)
    return made


class Rulebooks:
    """Deciders by version: the current one and those of earlier versions, read back from the database."""

    def __init__(self, database: Database, current: Decider, texts: Mapping[str, str]):
        self._database, self.current, self._texts = database, current, texts
        self._earlier: dict[str, Decider] = {}
        self._lock = threading.Lock()

    def keep(self, at: str) -> None:
        """Keep the current rulebook, unless it is kept already. Raises Unavailable."""
        version = self.current.rulebook.version
        # IntegrityError: another process, started at the same moment, keeps the same one; it is the same by its version
        with suppress(IntegrityError), self._database.writing() as session:
            if session.get(KeptRulebook, version) is None:
                session.add(KeptRulebook(version=version, kept_at=at, texts=packed(canonical(dict(self._texts)))))

    def decider(self, version: str, session: Session | None = None) -> Decider:
        """The decider of a version. Raises UnknownRulebook and Unavailable."""
        if version == self.current.rulebook.version:
            return self.current
        with self._lock:
            found = self._earlier.get(version)
        if found is not None:
            return found
        if session is None:
            with self._database.reading() as own:
                made = Decider(read_kept(own, version))
        else:
            made = Decider(read_kept(session, version))
        with self._lock:
            while len(self._earlier) >= MOST:
                self._earlier.pop(next(iter(self._earlier)))
            self._earlier[version] = made
        return made
