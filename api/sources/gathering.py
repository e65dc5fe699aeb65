"""Gathering what an application still needs to know: all its questions at once, what they lead to after them, until there is no more or the time is up.

Each question is put once. A source that failed is not asked again for this application, nor waited for a second time. What was not asked stays
unknown, which is the authority's work and never the applicant's. Nothing here decides what may be asked (see `engine.inquiries`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import uuid4

from api.sources import contract
from api.sources.adapters import ADAPTERS
from api.sources.channel import Told
from api.sources.sources import Sources
from engine.inquiries import Inquiry

#: Answers lead to further questions (not found here, then the authority's own check): so often at most.
ROUNDS: Final = 4
#: Questions put for one application at most: a list of a hundred persons shall not stand in everybody else's way. The others are the authority's to ask.
MOST: Final = 64
#: Why a question was not put.
NO_LINK, NO_NUMBER, BY_HAND = "no_link", "no_number", "by_hand"
#: Why there is an answer without a question: the certificate library has it.
LIBRARY: Final = "certificate_library"
#: Why an answer is unclear although the source was clear: the certificate library says the contrary.
DIFFER: Final = "registers_differ"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose data it is: kind of number, number in its one form, name if it was stated."""

    id_type: str
    id_number: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A question and what came of it. `at`: when, ISO 8601 in Beijing's time."""

    inquiry: Inquiry
    told: Told
    at: str

    def record(self) -> dict[str, Any]:
        """As it is kept and shown: which source was asked about what on which ground, and what it said. No number, no name."""
        asked, told = self.inquiry, self.told
        return {
            "material": asked.material, **({"person": asked.key.partition("/")[2]} if "/" in asked.key else {}), "kind": asked.kind, "source": asked.source.code,
            "provider": asked.source.provider, "item": asked.item, "ground": asked.ground, "rules": list(asked.rules), "result": told.result,
            **({"valid_to": told.valid_to} if told.valid_to else {}), **({"why": told.why} if told.why else {}), **({"cached": True} if told.cached else {}),
            "at": self.at}


@dataclass(slots=True)
class Gathered:
    """Everything that was asked for one application."""

    answers: list[Answer] = field(default_factory=list)

    def evidence(self) -> dict[str, Any]:
        """What becomes part of the evidence, and the record of what was asked; empty where nothing was asked."""
        queries = {one.inquiry.key: self._query(one) for one in self.answers if one.inquiry.kind == "query" and one.told.result is not None}
        checks = {one.inquiry.key: {"result": one.told.result} for one in self.answers if one.inquiry.kind == "check" and one.told.result is not None}
        # A gap leaves the files as the next place to look; whatever else was answered, nobody need look there.
        not_sought = [one.inquiry.key for one in self.answers if one.told.result is not None and not (one.told.result == "not_found" and one.inquiry.presence)]
        return {**({"queries": queries} if queries else {}), **({"checks": checks} if checks else {}),
                **({"not_sought": list(dict.fromkeys(not_sought))} if not_sought else {}),
                **({"inquiries": [one.record() for one in self.answers]} if self.answers else {})}

    @staticmethod
    def _query(one: Answer) -> dict[str, Any]:
        return {"result": one.told.result, **({"valid_to": one.told.valid_to} if one.told.valid_to else {}), "source": one.inquiry.source.code, "at": one.at}


#: The questions that are open, given what was gathered so far.
Questions = Callable[[Mapping[str, Any]], Iterable[Inquiry]]
#: What the certificate library says in place of a question; None: ask.
Library = Callable[[Inquiry], Told | None]


@dataclass(frozen=True, slots=True)
class Gathering:
    """How one application's questions are put. `until`: in the event loop's seconds; `fresh`: earlier answers do not count."""

    sources: Sources
    subjects: Mapping[str, Subject]
    day: date
    until: float
    now: Callable[[], datetime]
    library: Library = lambda inquiry: None
    weigh: Callable[[Inquiry, Told], Told] = lambda inquiry, told: told      # an answer held against what our own register says
    fresh: bool = False

    async def gather(self, questions: Questions) -> Gathered:
        """Ask until no question is left or the time is up."""
        found = Gathered()
        asked: set[tuple[str, str]] = set()
        failed: dict[str, Told] = {}
        loop = asyncio.get_running_loop()
        for _ in range(ROUNDS):
            fresh = _first_ways(one for one in questions(found.evidence()) if (one.key, one.kind) not in asked)
            fresh = fresh[:MOST - len(asked)]
            if not fresh or loop.time() >= self.until:
                break
            asked.update((one.key, one.kind) for one in fresh)
            told = await asyncio.gather(*self._tasks(fresh, failed))
            at = self.now().isoformat(timespec="seconds")
            for inquiry, answer in zip(fresh, told, strict=True):
                found.answers.append(Answer(inquiry, answer, answer.at or at))
                if answer.result == "down" or (answer.result is None and answer.why not in (NO_LINK, NO_NUMBER, BY_HAND)):
                    failed[inquiry.source.code] = answer
        return found

    def _tasks(self, inquiries: Iterable[Inquiry], failed: Mapping[str, Told]) -> list[asyncio.Future[Told]]:
        """One task for each question; what asks the same of the same source shares one."""
        tasks: dict[object, asyncio.Future[Told]] = {}
        found = []
        for one in inquiries:
            same = (one.source.code, one.person, one.fact, one.ground, one.kind, one.item)
            if same not in tasks:
                tasks[same] = asyncio.ensure_future(self._one(one, failed.get(one.source.code)))
            found.append(tasks[same])
        return found

    async def _one(self, inquiry: Inquiry, failed: Told | None) -> Told:
        known = self.library(inquiry)
        if known is not None:
            return known
        if failed is not None:      # asked for this application already: it is not waited for again
            return failed if inquiry.kind == "query" else Told(None, why=failed.why)
        subject = self.subjects.get(inquiry.person)
        if subject is None:
            return Told(None, why=NO_NUMBER)
        if inquiry.source.code not in self.sources.links:
            return Told(None, why=NO_LINK if inquiry.source.interface in ADAPTERS else BY_HAND)
        return self.weigh(inquiry, await self.sources.ask(self._said(inquiry, subject), self.until, fresh=self.fresh))

    def _said(self, inquiry: Inquiry, subject: Subject) -> contract.Inquiry:
        """The question as it is sent: no more than the source needs to answer it."""
        return contract.Inquiry(
            version=contract.VERSION, request=str(uuid4()), source=inquiry.source.code, kind="check" if inquiry.kind == "check" else "query", fact=inquiry.fact,
            person=contract.Asked(id_type=subject.id_type, id_number=subject.id_number, name=subject.name), on=self.day,
            purpose=contract.Purpose(item=inquiry.item, division=inquiry.place.chain[0], material=inquiry.material),
            ground=inquiry.ground)  # type: ignore[arg-type]


def _first_ways(inquiries: Iterable[Inquiry]) -> list[Inquiry]:
    """Of alternatives the first list that can still be asked about: where one paper is enough, nobody looks for the others as well."""
    listed = list(inquiries)
    first: dict[str, int] = {}
    for one in listed:
        first[one.group] = min(one.way, first.get(one.group, one.way))
    return [one for one in listed if not one.group or one.way == first[one.group]]
