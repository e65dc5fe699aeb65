"""The rounds of gathering: what is asked after what, whatever came of it. No source is asked here; what each would say is given."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from api.records.history import together
from api.sources.channel import Told
from api.sources.contract import Inquiry as Asked
from api.sources.gathering import Gathered, Gathering
from engine.application import Application
from engine.inquiries import Inquiry, inquiries
from tests.bundled import decider
from tests.sources.asking import unasked

DAY = date(2026, 11, 22)


class Said:
    """Sources that say what they are told to. `links`: those that can be asked at all."""

    def __init__(self, **answers: Told):
        self.links: Mapping[str, Any] = answers
        self.asked: list[str] = []

    async def ask(self, inquiry: Asked, until: float, *, fresh: bool = False) -> Told:
        self.asked.append(inquiry.source)
        found: Told = self.links[inquiry.source]
        return found


def _gathered(name: str, sources: Said, **changes: Any) -> Gathered:
    from api.http.gathering import subjects

    document = unasked(name, **changes)
    evidence = document.pop("evidence", {})
    people = subjects(decider().rulebook, Application.model_validate(document))

    def still_open(so_far: Mapping[str, Any]) -> tuple[Inquiry, ...]:
        return inquiries(decider(), decider().read(Application.model_validate(together(document, evidence, so_far)), DAY))

    async def go() -> Gathered:
        until = asyncio.get_running_loop().time() + 60
        return await Gathering(sources, people, DAY, until, lambda: datetime(2026, 11, 22, 9, 30)).gather(still_open)  # type: ignore[arg-type]

    return asyncio.run(go())


CHILD = {"presented": [], "facts": {"holds_credential": {"minor_household_book": False, "birth_medical_certificate": False}}}


def test_where_the_first_of_several_papers_cannot_be_asked_about_the_next_is() -> None:
    """户口簿 or 出生医学证明: that the register of households has no address is no reason to leave the register of births unasked."""
    sources = Said(birth_records=Told("valid"))
    found = _gathered("social_card_child_jiayuguan", sources, **CHILD, consents={})
    assert sources.asked == ["birth_records"]
    assert {one.inquiry.source.code: (one.told.result, one.told.why) for one in found.answers} == {
        "household_register": (None, "no_link"), "birth_records": ("valid", "")}
