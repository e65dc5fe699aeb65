"""A bundle asks the sources once for all of its steps, and asks anew when it is decided again."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from tests.api.door import ROOT
from tests.sources.asking import Asking
from tests.sources.server import SourceServer


def _sample() -> dict[str, Any]:
    document = json.loads((ROOT / "fixtures" / "bundles" / "birth_of_a_child_ezhou.json").read_text("utf-8"))
    del document["bundle"]
    document["evidence"].pop("queries")
    return document      # type: ignore[no-any-return]


def test_each_question_is_put_once_for_all_steps_and_recorded_with_each(source_server: SourceServer, tmp_path: Path) -> None:
    async def does(service: Asking) -> tuple[Any, Any, Any]:
        made = await service.post("/v1/bundles/birth_of_a_child/decisions", _sample())
        first = Counter((one["source"], one["material"]) for one in source_server.inquiries())
        again = await service.post(f"/v1/bundle-cases/{made.json()['bundle_case']}/decisions", {})
        step = next(one for one in again.json()["steps"] if one["item"] == "birth_household_registration")
        replayed = await service.post(f"/v1/decisions/{step['decision_id']}/replay", {})
        return made, first, (again, replayed)

    made, first, (again, replayed) = Asking(source_server.url, tmp_path).run(does)
    assert made.status_code == again.status_code == 200, made.text + again.text
    assert first and set(first.values()) == {1}, first
    assert {one["source"] for one in made.json()["inquiries"]} == {source for source, _ in first}
    status = {one["material"]: one["status"] for one in made.json()["materials"]}
    assert status["marriage_certificate"] == "settled" and replayed.json()["identical"]
    assert len(source_server.inquiries()) > sum(first.values()), "a bundle is looked at again whenever it is decided again"


def test_a_step_decided_by_itself_asks_nobody_about_what_another_step_issues(source_server: SourceServer, tmp_path: Path) -> None:
    """营业执照 comes from the first step: the register of businesses cannot know it yet, and is not asked by the steps that wait for it."""
    document = json.loads((ROOT / "fixtures" / "bundles" / "open_a_company_fushun.json").read_text("utf-8"))
    del document["bundle"]
    document["evidence"].pop("queries", None)
    document["applicant"] = {**document["applicant"], "id_type": "uscc", "id_number": "91210400MA0000015D"}

    async def does(service: Asking) -> list[str]:
        made = await service.post("/v1/bundles/open_a_company/decisions", document)
        assert made.status_code == 200, made.text
        step = next(one for one in made.json()["steps"] if one["item"] == "tax_information")
        source_server.clear()
        again = await service.post(f"/v1/cases/{step['case']}/decisions?explain=off", {})
        assert again.status_code == 200, again.text
        assert [one["reason"] for one in again.json()["materials"] if one["material"] == "business_licence"] == ["issued_by_earlier_step"]
        return [one["source"] for one in source_server.inquiries()]

    assert "business_registry" not in Asking(source_server.url, tmp_path).run(does)
