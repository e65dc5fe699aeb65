"""Before a grant the sources are asked again; a provider who says that its source is back is believed; a check that failed is the source's outage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.sources.asking import Asking, routes, unasked
from tests.sources.server import SourceServer

DRIVER, RECORD, LICENCE = "coach_driver_source_down_ezhou", "safe_driving_record", "driving_licence"
QUERY, CHECK = "traffic_accident_records", "traffic_accident_check"
OFFICER = {"id": "FS-0421", "role": "综合窗口受理员"}
DOWN = {"fault": "error", "status": 503}
FRAGILE = {"breaker": {"failures": 1, "rest_s": 3_600}}


def driver() -> dict[str, Any]:
    """Nobody has promised anything, so that the record of accidents is the authority's to find."""
    return unasked(DRIVER, choices={})


async def move(to: Asking, case: str, name: str) -> Any:
    return await to.post(f"/v1/cases/{case}/moves", {"move": name, "officer": OFFICER})


async def restored(to: Asking, ticket: str) -> Any:
    return await to.post(f"/v1/tickets/{ticket}/answer", {"officer": {"id": "GA-0007", "role": "数据管理员"}, "found": "restored"})


def asked(answer: Any, source: str) -> dict[str, Any]:
    [one] = [row for row in answer["inquiries"] if row["source"] == source]
    return dict(one)


def outages(answer: Any) -> list[str]:
    return sorted(one["source"] for one in answer.get("tickets", ()) if one["kind"] == "outage")


def test_a_source_that_is_back_is_asked_before_the_grant_and_what_it_says_counts(source_server: SourceServer, tmp_path: Path) -> None:
    async def go(to: Asking) -> None:
        source_server.set_faults(driving_licence_records=DOWN)
        made = await to.decide(driver())
        assert routes(made)[LICENCE] == ("agency_followup", "settled")
        assert (await move(to, made["case"], "accept")).status_code == 200
        refused = await move(to, made["case"], "grant")
        assert refused.status_code == 409 and "“驾驶证”（公安机关的“机动车驾驶证信息”）还在等部门查明" in refused.json()["detail"]
        assert f'POST /v1/cases/{made["case"]}/decisions {{"evidence":{{"checks":{{"driving_licence":{{"result":"confirmed"}}}}}}}}' in refused.json()["detail"]
        source_server.clear()
        granted = await move(to, made["case"], "grant")
        assert granted.status_code == 200 and granted.json()["state"] == "granted"
        assert [one["state"] for one in granted.json()["tickets"]] == ["closed"] and len(granted.json()["decisions"]) == 3

    Asking(source_server.url, tmp_path).run(go)


def test_what_was_found_another_day_is_looked_at_again_and_only_then_granted(source_server: SourceServer, tmp_path: Path) -> None:
    async def go(to: Asking) -> None:
        first, other = await to.decide(driver()), await to.decide(driver())
        for made in (first, other):
            assert made["outcome"] == "accept"
            await move(to, made["case"], "accept")
        assert (await move(to, other["case"], "grant")).json()["state"] == "granted"
        assert len((await to.get(f"/v1/cases/{other['case']}")).json()["decisions"]) == 1      # of today, and nothing waits: nobody is asked again
        to.hands.now = to.hands.now.replace(day=to.hands.now.day + 1)
        source_server.set_faults(driving_licence_records=DOWN)
        assert (await move(to, first["case"], "grant")).status_code == 409
        assert (await move(to, first["case"], "refuse")).status_code == 200      # nobody is kept waiting to be refused

    Asking(source_server.url, tmp_path).run(go)


def test_a_provider_who_says_that_it_is_back_is_asked_at_once(source_server: SourceServer, tmp_path: Path) -> None:
    async def go(to: Asking) -> None:
        source_server.set_faults(driving_licence_records=DOWN)
        made = await to.decide(driver())
        [ticket] = [one for one in made["tickets"] if one["source"] == "driving_licence_records"]
        source_server.clear()
        left_alone = await to.decide(driver())
        assert asked(left_alone, "driving_licence_records")["why"] == "breaker_open"
        assert (await restored(to, ticket["id"])).status_code == 200
        again = await to.post(f"/v1/cases/{made['case']}/decisions", {})
        assert asked(again.json(), "driving_licence_records")["result"] == "valid" and again.json().get("tickets") is None
        assert source_server.counts()["sources"]["driving_licence_records"]["requests"] == 1
        listed = (await to.get("/v1/tickets?source=driving_licence_records")).json()["tickets"]
        assert [(one["id"], one["state"]) for one in listed] == [(ticket["id"], "closed")]      # no second one

    Asking(source_server.url, tmp_path, defaults=FRAGILE).run(go)


def test_a_check_that_failed_is_an_outage_of_its_own_source(source_server: SourceServer, tmp_path: Path) -> None:
    async def go(to: Asking) -> None:
        source_server.set_faults(traffic_accident_records=DOWN, traffic_accident_check={"fault": "error", "status": 500})
        made = await to.decide(driver())
        assert routes(made)[RECORD] == ("agency_check", "awaiting_authority") and asked(made, CHECK)["result"] is None
        assert outages(made) == [CHECK, QUERY]
        [waits] = [one for one in made["awaiting"] if one.get("material") == RECORD]
        assert (waits["kind"], waits["source"], waits["provider"]) == ("check", CHECK, "公安机关")
        assert made["outcome"] == "accept"
        replayed = await to.post(f"/v1/decisions/{made['id']}/replay", {})
        assert replayed.json()["identical"]
        again = await to.post(f"/v1/cases/{made['case']}/decisions", {})
        assert again.json()["tickets"] == made["tickets"]      # still the same two
        source_server.set_faults(traffic_accident_records=DOWN)
        checked = (await to.post(f"/v1/cases/{made['case']}/decisions", {})).json()
        assert routes(checked)[RECORD] == ("agency_check", "settled") and outages(checked) == [QUERY]
        [closed] = (await to.get(f"/v1/tickets?source={CHECK}")).json()["tickets"]
        assert (closed["state"], closed["answer"]) == ("closed", "restored")

    Asking(source_server.url, tmp_path).run(go)


def test_a_finding_made_by_hand_leaves_the_outage_to_its_provider(source_server: SourceServer, tmp_path: Path) -> None:
    async def go(to: Asking) -> None:
        source_server.set_faults(traffic_accident_records=DOWN, traffic_accident_check={"fault": "garbage", "how": "not_json"})
        made = await to.decide(driver())
        await move(to, made["case"], "accept")
        refused = await move(to, made["case"], "grant")
        assert refused.status_code == 409 and "交通责任事故部门间核查" in refused.json()["detail"]
        by_hand = (await to.post(f"/v1/cases/{made['case']}/decisions", {"evidence": {"checks": {RECORD: {"result": "confirmed"}}}})).json()
        assert routes(by_hand)[RECORD] == ("agency_check", "settled")
        [open_] = (await to.get(f"/v1/tickets?source={CHECK}")).json()["tickets"]
        assert open_["state"] == "open"
        assert (await move(to, made["case"], "grant")).status_code == 200
        told = await restored(to, open_["id"])
        assert told.json()["state"] == "answered"
        assert (await to.get(f"/v1/alerts?case={made['case']}")).json()["alerts"] == []      # that the line is back changes no datum

    Asking(source_server.url, tmp_path).run(go)


def test_an_answered_outage_of_a_check_has_the_case_decided_again(source_server: SourceServer, tmp_path: Path) -> None:
    async def go(to: Asking) -> None:
        source_server.set_faults(traffic_accident_records=DOWN, traffic_accident_check=DOWN)
        made = await to.decide(driver())
        [ticket] = [one for one in made["tickets"] if one["source"] == CHECK]
        to.hands.now = to.hands.now.replace(minute=to.hands.now.minute + 1)
        await restored(to, ticket["id"])
        assert (await to.get(f"/v1/cases/{made['case']}")).json()["decide_again"] is True
        to.hands.now = to.hands.now.replace(minute=to.hands.now.minute + 1)
        failing = (await to.post(f"/v1/cases/{made['case']}/decisions", {})).json()
        [second] = [one for one in failing["tickets"] if one["source"] == CHECK and one["id"] != ticket["id"]]
        assert second["kind"] == "outage"      # asked, and down once more
        source_server.clear()
        assert routes((await to.post(f"/v1/cases/{made['case']}/decisions", {})).json())[RECORD][1] == "settled"

    Asking(source_server.url, tmp_path).run(go)
