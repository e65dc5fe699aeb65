"""The real service under a scenario: the ASGI application with records in a file of its own and a clock that a 当 sets.

Keeps what the steps need to find again: the cases of the scenario, the last demand, what the last step was refused with.
It speaks HTTP like any caller and decides nothing; only the look at what has fallen due goes to the service's records directly, as the
service's own thread does.
"""

from __future__ import annotations

import asyncio
import atexit
import copy
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from fastapi import FastAPI

from api.http.app import create_app
from api.http.service import Service, open_records
from api.records.instants import BEIJING
from api.records.log import verify
from api.records.tick import tick
from api.settings import Settings
from features.steps.story import Story, decider, own_rules, rule_texts
from features.steps.words import Unmet, material, split_person, wrong

#: When things happen on a day for which a scenario gives no time, in Beijing.
MORNING = time(9, 30)

Found = dict[str, Any]


@dataclass
class Hands:
    """The clock of the service; it stands still until a step sets it."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now.astimezone(UTC)


@dataclass
class Life:
    """One scenario's service and what happened in it. `refused`: the problem the last step got; `owned_up`: a 那么 has spoken of it."""

    hands: Hands
    folder: TemporaryDirectory[str]
    app: FastAPI
    service: Service
    runner: asyncio.Runner
    cases: list[str] = field(default_factory=list)
    bundle: Found = field(default_factory=dict)             # the last answer about a bundle (一件事)
    consulted: Found = field(default_factory=dict)          # the answer to a consultation, where that was the last act
    demand: Found = field(default_factory=dict)
    refused: Found | None = None
    owned_up: bool = False
    stale: bool = True
    seen: Found = field(default_factory=dict)

    @property
    def today(self) -> date:
        return self.hands.now.date()

    @property
    def case_id(self) -> str:
        """The case the steps speak of: the one opened last."""
        if not self.cases:
            raise wrong("还没有办件；先写“当 2026-11-23 收件”。", "No case was opened yet.")
        return self.cases[-1]

    # -- asking the service -------------------------------------------------------------------------------------------

    def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request to the service. The application is shared by all lives, so it is told whose service it is now."""
        self.app.state.service = self.service

        async def go() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://hall") as client:
                return await client.request(method, f"/v1/{path}", **more)

        return self.runner.run(go())

    def act(self, path: str, said: Found, headers: Mapping[str, str] | None = None) -> Found | None:
        """An act. What it was refused with is kept for a 那么; a failure of the service itself is the scenario's."""
        self.stale, self.refused, self.owned_up, self.consulted = True, None, False, {}
        response = self.send("POST", path, json=said, headers=headers)
        if response.status_code >= 500:
            raise Unmet(f"服务出错：{response.status_code} {response.text}")
        if response.status_code >= 400:
            self.refused = response.json()
            return None
        return dict(response.json())

    def get(self, path: str) -> Found:
        """What the service tells. Raises Unmet where it does not."""
        response = self.send("GET", path)
        if response.status_code != 200:
            raise Unmet(f"看不到 {path}：{response.json().get('detail', response.text)}")
        return dict(response.json())

    @property
    def case(self) -> Found:
        """The whole story of the case, asked once after each step."""
        if self.stale or self.seen.get("id") != self.case_id:
            self.seen, self.stale = self.get(f"cases/{self.case_id}"), False
        return self.seen

    def why(self) -> str:
        """The words of the refusal, with those of every field."""
        assert self.refused is not None
        said = [self.refused["detail"], *(f"{one['field']}：{one['message']}" for one in self.refused["errors"])]
        return "；".join(said)

    # -- the clock ----------------------------------------------------------------------------------------------------

    def reach(self, day: date | None, at: time | None) -> None:
        """Set the clock to a day (None: the same), a time (None: the morning, or a minute after what happened last). It never goes back."""
        now = self.hands.now
        day = day or now.date()
        then = datetime.combine(day, at or MORNING, BEIJING)
        if at is None and then <= now and day == now.date():
            then = now + timedelta(minutes=1)
        if then < now:
            raise wrong(f"{then:%Y-%m-%d %H:%M} 早于前一步的 {now:%Y-%m-%d %H:%M}；步骤要照先后写。", "Steps have to stand in the order of time.")
        self.hands.now = then

    def look(self) -> None:
        """Raise what has fallen due, as the service's thread does."""
        self.stale, self.refused = True, None
        report = tick(self.service.records)
        if report.failed:
            raise Unmet(f"看到期的事时出错：{[repr(one.error) for one in report.failed]}")

    def sound(self) -> Any:
        """The log's chains walked from end to end."""
        with self.service.records.reading() as session:
            return verify(session)

    def close(self) -> None:
        self.runner.run(self.service.stop())
        self.runner.close()
        self.folder.cleanup()


def opened(story: Story, day: date, at: time | None) -> Life:
    """The story's service, opened by the first act on an empty file of its own."""
    if story.life is None:
        hall = _hall(story.base, story.extra)
        folder = TemporaryDirectory(prefix="mianzheng-")
        file = Path(shutil.copy(hall.empty, folder.name))
        hands = Hands(datetime.combine(day, at or MORNING, BEIJING))
        service = copy.copy(hall.service)      # a service of its own with the story's decider: what that remembers of the rules takes long to make
        for name, own in (("clock", hands), ("decider", story.decider), ("rulebook", story.rulebook)):
            object.__setattr__(service, name, own)
        object.__setattr__(service, "records", open_records(Settings(rules=hall.rules, database=f"sqlite:///{file}"), service.decider, hands))
        story.life = Life(hands, folder, hall.app, service, asyncio.Runner())
        for does in story.at_opening:
            does(story.life)
    else:
        story.life.reach(day, at)
    return story.life


@dataclass(frozen=True)
class Hall:
    """What is made once for a rulebook: the application, its service (closed), a file with empty tables, where the rules lie (None: the bundled ones)."""

    app: FastAPI
    service: Service
    empty: Path
    rules: Path | None


@cache
def _hall(base: str, extra: str) -> Hall:
    folder = TemporaryDirectory(prefix="mianzheng-hall-")
    atexit.register(folder.cleanup)
    place = Path(folder.name)
    rules = place / "rules" if own_rules(base, extra) else None
    if rules is not None:
        for name, text in rule_texts(base, extra).items():
            (rules / name).parent.mkdir(parents=True, exist_ok=True)
            (rules / name).write_text(text, encoding="utf-8")
    empty = place / "records.db"
    app = create_app(Settings(rules=rules, database=f"sqlite:///{empty}"), rules=decider(base, extra).rulebook)
    service = app.state.service
    service.close()
    return Hall(app, service, empty, rules)


def running(story: Story) -> Life:
    """The story's service, which an earlier 当 must have opened."""
    if story.life is None:
        raise wrong("还没有收件；先写“当 2026-11-23 收件”。", "Nothing was received yet.")
    return story.life


# -- what is sent -------------------------------------------------------------------------------------------------------

def stated(story: Story) -> Found:
    """The application as it would be sent: what the story says, without what it leaves open."""
    document = copy.deepcopy(story.application())
    document["evidence"] = evidence(story)
    return document


def evidence(story: Story) -> Found:
    """What the authority knows on the day, as the scenario says it. Facts are as of the day, so each later act states it again."""
    return {name: value for name, value in copy.deepcopy(story.application()["evidence"]).items() if value is not None and value != {}}


def copy_of(story: Story, word: str) -> tuple[str, str]:
    """`测试乙的身份证明` as the code of the material and the id of the person, empty for the applicant."""
    known = story.rulebook.vocabulary["material"].by_word
    name, person = split_person(word, known.__contains__)
    who = story.who(person) if person else "applicant"
    return material(story.rulebook, name), "" if who == "applicant" else who


def row_of(story: Story, part: str, word: str) -> Found:
    """The last commitment or deferral of the case about a material. `part`: the key of the case's story."""
    code, person = copy_of(story, word)
    rows = [one for one in running(story).case[part] if (one["material"], one["person"]) == (code, person)]
    if not rows:
        raise Unmet(f"这个办件没有“{word}”的{ {'commitments': '承诺', 'deferrals': '容缺'}[part]}。")
    return rows[-1]
