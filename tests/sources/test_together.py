"""Thirty applications at once while one of five sources hangs: all are answered in time, and none waits for it twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

from tests.sources.asking import Asking, routes, unasked
from tests.sources.server import SourceServer

COUPLE = "housing_fund_rent_couple_ezhou"
HANGING, OTHERS = "marriage_records", ("housing_fund_accounts", "home_ownership", "spouse_home_ownership", "public_rental_housing")
AT_ONCE, FAILURES = 16, 5
#: Far more than thirty decisions take on a slow machine, far less than a source that hangs.
WITHIN_MS = 20_000


def _thirty(to: Asking) -> Any:
    """Thirty couples, one after the other told apart by nothing: every one is asked about, since nothing is remembered."""
    return asyncio.wait_for(asyncio.gather(*(to.decide(unasked(COUPLE)) for _ in range(30))), WITHIN_MS / 1000)


def test_all_are_answered_in_time_and_none_waits_twice(source_server: SourceServer, tmp_path: Path, database_url: str) -> None:
    source_server.set_faults(**{HANGING: {"fault": "half_open"}})
    asking = Asking(source_server.url, tmp_path, database=database_url, answer_within=WITHIN_MS, more=f"[sources.{HANGING}]\ntimeout_ms = 400",
                    defaults={"breaker": {"failures": FAILURES, "rest_s": 3_600}, "at_once": AT_ONCE})
    answers = asking.run(_thirty)
    assert len(answers) == 30
    for answer in answers:
        asked = {one["source"]: one for one in answer["inquiries"]}
        assert set(asked) == {HANGING, *OTHERS} and asked[HANGING]["result"] == "down" and asked[HANGING]["why"] in ("timeout", "breaker_open")
        assert all(asked[one]["result"] in ("valid", "not_found") for one in OTHERS)
        assert routes(answer)["marriage_certificate"] == ("agency_followup", "settled") and answer["outcome"] == "accept"
    counts = source_server.counts()["sources"]
    assert counts[HANGING]["requests"] <= AT_ONCE + FAILURES - 1, "those under way, and one for each failure before the breaker opens"
    assert all(counts[one]["requests"] == 30 for one in OTHERS)
    assert Counter(one["source"] for one in source_server.inquiries())[HANGING] == counts[HANGING]["requests"]


def test_the_limit_of_questions_at_once_holds(source_server: SourceServer, tmp_path: Path) -> None:
    source_server.set_faults(**{HANGING: {"fault": "delay", "ms": 20}})
    answers = Asking(source_server.url, tmp_path, answer_within=WITHIN_MS, more=f"[sources.{HANGING}]\nat_once = 3").run(_thirty)
    assert all(routes(answer)["marriage_certificate"] == ("shared", "settled") for answer in answers)
    assert 1 <= source_server.counts()["sources"][HANGING]["most_at_once"] <= 3


def test_one_outage_is_one_ticket_however_many_cases(source_server: SourceServer, tmp_path: Path) -> None:
    source_server.set_faults(**{HANGING: {"fault": "error", "status": 500}})
    answers = Asking(source_server.url, tmp_path, answer_within=WITHIN_MS).run(_thirty)
    assert len({ticket["id"] for answer in answers for ticket in answer["tickets"] if ticket["kind"] == "outage"}) == 1
