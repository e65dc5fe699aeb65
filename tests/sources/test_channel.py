"""One channel: the breaker opens, rests, lets one question try, and closes again; what is remembered and for how long."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any

import circuitbreaker
import httpx
import pytest

from api.sources.channel import Channel, Told
from api.sources.contract import Asked, Inquiry, Purpose
from api.sources.links import Breaker, Link, Manner
from api.sources.memory import Memory

ASKED = Inquiry(version=1, request="r-1", source="marriage_records", kind="query", fact="marital_status",
                person=Asked(id_type="resident_id", id_number="210400199003070007", name="测试甲"), on=date(2026, 11, 22),
                purpose=Purpose(item="housing_fund_rent", division="420700", material="marriage_certificate"), ground="statutory_duty")
CHECK = ASKED.model_copy(update={"kind": "check"})


class Hands:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def _said(document: dict[str, Any]) -> httpx.Response:
    """An answer as it comes over the line, not yet read."""
    return httpx.Response(200, headers={"Content-Type": "application/json"}, stream=httpx.ByteStream(json.dumps(document).encode()))


def _channel(answer: Callable[[httpx.Request], httpx.Response], **manner: Any) -> Channel:
    link = Link("marriage_records", "http://civil.example/ask", Manner(**manner))
    return Channel(link, lambda: httpx.AsyncClient(transport=httpx.MockTransport(answer)))


async def _ask(channel: Channel, inquiry: Inquiry = ASKED) -> Told:
    return await channel.ask(inquiry, asyncio.get_running_loop().time() + 60)


def test_the_breaker_opens_rests_tries_one_and_closes(monkeypatch: pytest.MonkeyPatch) -> None:
    hands, works, seen = Hands(), [False], []
    monkeypatch.setattr(circuitbreaker, "monotonic", hands)

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return _said({"version": 1, "request": "r-1", "result": "valid"}) if works[0] else httpx.Response(500)

    async def story() -> None:
        channel = _channel(answer, breaker=Breaker(failures=3, rest_s=30))
        assert [(await _ask(channel)).why for _ in range(4)] == ["status", "status", "status", "breaker_open"]
        assert (channel.state, len(seen)) == ("open", 3)
        hands.now += 31
        assert channel.state == "half_open" and (await _ask(channel)).why == "status" and channel.state == "open"
        hands.now += 31
        works[0] = True
        told = await asyncio.gather(*(_ask(channel) for _ in range(5)))
        assert [one.result for one in told].count("valid") >= 1 and {one.result for one in told} <= {"valid", "down"}
        assert channel.state == "closed" and (await _ask(channel)) == Told("valid")

    asyncio.run(story())


def test_while_one_question_tries_the_others_do_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    hands = Hands()
    monkeypatch.setattr(circuitbreaker, "monotonic", hands)
    hold, seen = asyncio.Event(), []

    async def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if len(seen) > 1:
            await hold.wait()
            return _said({"version": 1, "request": "r-1", "result": "valid"})
        return httpx.Response(500)

    async def story() -> None:
        channel = Channel(Link("marriage_records", "http://civil.example/ask", Manner(timeout_ms=60_000, breaker=Breaker(failures=1, rest_s=30))),
                          lambda: httpx.AsyncClient(transport=httpx.MockTransport(answer)))
        await _ask(channel)
        hands.now += 31
        probe = asyncio.ensure_future(_ask(channel))
        while len(seen) < 2:
            await asyncio.sleep(0)
        assert (await _ask(channel)).why == "breaker_open" and len(seen) == 2
        hold.set()
        assert (await probe).result == "valid" and channel.state == "closed"

    asyncio.run(story())


def test_a_check_that_fails_has_found_nothing() -> None:
    """A query that fails is `down`, and the rules know what follows; a check that fails is still to be made."""
    told = asyncio.run(_ask(_channel(lambda request: httpx.Response(500)), CHECK))
    assert (told.result, told.why) == (None, "status")


def test_a_check_is_answered_with_its_own_words() -> None:
    async def both() -> tuple[Told, Told]:
        right = await _ask(_channel(lambda request: _said({"version": 1, "request": "r-1", "result": "confirmed"})), CHECK)
        wrong = await _ask(_channel(lambda request: _said({"version": 1, "request": "r-1", "result": "valid"})), CHECK)
        return right, wrong

    right, wrong = asyncio.run(both())
    assert right.result == "confirmed" and (wrong.result, wrong.why) == (None, "garbage")


def test_nothing_but_the_word_and_the_day_is_kept() -> None:
    whole = {"version": 1, "request": "r-1", "result": "valid", "valid_to": "2036-05-01", "at": "2026-11-22T09:30:00+08:00", "address": "某路1号", "spouse": "测试乙"}
    told = asyncio.run(_ask(_channel(lambda request: _said(whole))))
    assert told == Told("valid", "2036-05-01", "2026-11-22T09:30:00+08:00")


@pytest.mark.parametrize("change", [{"person": Asked(id_type="resident_id", id_number="210400199003070007", name="测试乙")}, {"on": date(2026, 11, 23)},
                                    {"ground": "consent"}, {"purpose": Purpose(item="house_sale_transfer", division="420700", material="marriage_certificate")}])
def test_an_answer_serves_the_same_person_day_purpose_and_ground_only(change: dict[str, Any]) -> None:
    memory = Memory(Hands())
    memory.keep(memory.key(ASKED), Told("valid"), 60)
    assert memory.get(memory.key(ASKED.model_copy(update={"request": "r-2"}))) == Told("valid")
    assert memory.get(memory.key(ASKED.model_copy(update=change))) is None


def test_an_answer_is_forgotten_in_time_and_what_says_nothing_is_never_kept() -> None:
    hands = Hands()
    memory = Memory(hands)
    key = memory.key(ASKED)
    memory.keep(key, Told("valid"), 60)
    hands.now += 59
    assert memory.get(key) is not None
    hands.now += 2
    assert memory.get(key) is None
    for told in (Told("down", why="timeout"), Told("unclear"), Told(None, why="busy"), Told("inconclusive")):
        memory.keep(key, Told("valid"), 60)
        memory.keep(key, told, 60)
        assert memory.get(key) is None
    memory.keep(key, replace(Told("valid"), valid_to="2026-12-01"), 0)
    assert memory.get(key) is None


@pytest.mark.parametrize("error", [ssl.SSLError("certificate required"), OSError("no route"), RuntimeError("a fault below"), httpx.DecodingError("garbage"),
                                   httpx.ReadError("reset"), UnicodeDecodeError("utf-8", b"", 0, 1, "")])
def test_no_fault_below_reaches_the_decision(error: Exception) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error

    assert asyncio.run(_ask(_channel(answer))).result in ("down", "unclear")


async def _answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A source that answers every question, one after the other, until the caller leaves."""
    body = b'{"version":1,"request":"r-1","result":"valid"}'
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
            await reader.readexactly(length)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            await writer.drain()
    writer.close()


@pytest.mark.parametrize("warm", [False, True])
def test_broken_off_at_whatever_moment_the_source_can_still_be_asked(warm: bool) -> None:
    """A caller who hangs up, or a limit that is reached, may meet any step of a request; nothing of it may stay behind."""
    async def story() -> None:
        server = await asyncio.start_server(_answers, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        for steps in range(30):
            channel = Channel(Link("marriage_records", url, Manner(timeout_ms=5_000, breaker=Breaker(failures=1_000))),
                              lambda: httpx.AsyncClient(timeout=None, trust_env=False, limits=httpx.Limits(max_connections=1)))
            if warm:
                assert (await _ask(channel)).result == "valid"
            asking = asyncio.ensure_future(_ask(channel))
            for _ in range(steps):
                await asyncio.sleep(0)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            assert [(await _ask(channel)).result for _ in range(2)] == ["valid", "valid"], steps
            await channel.close()
        server.close()

    asyncio.run(story())


@pytest.mark.parametrize("packing", ["gzip", "gzip, gzip", "br"])
def test_a_packed_answer_is_not_unpacked(packing: str) -> None:
    """1.8 KB of gzip in gzip are a gigabyte."""
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Encoding": packing, "Content-Type": "application/json"}, stream=httpx.ByteStream(b"never read"))

    assert asyncio.run(_ask(_channel(answer))) == Told("unclear", why="garbage")


def test_an_address_with_its_key_stands_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    link = Link("marriage_records", "http://civil.example/ask?key=secret", Manner())
    channel = Channel(link, lambda: httpx.AsyncClient(transport=httpx.MockTransport(lambda request: httpx.Response(500))))
    with caplog.at_level("INFO"):       # as the service has it
        asyncio.run(_ask(channel))
    assert "secret" not in caplog.text


def test_our_own_standing_still_is_not_held_against_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the timer itself fires late, nobody knows whether the answer was there: it says something of us."""
    monkeypatch.setattr("api.sources.channel.LAG", -60.0)      # as if it always fired a minute late

    async def story() -> Told:
        never = asyncio.Event()

        async def answer(request: httpx.Request) -> httpx.Response:
            await never.wait()
            raise AssertionError

        channel = Channel(Link("marriage_records", "http://civil.example/ask", Manner(timeout_ms=10, breaker=Breaker(failures=1))),
                          lambda: httpx.AsyncClient(transport=httpx.MockTransport(answer)))
        told = await _ask(channel)
        assert channel.state == "closed"
        return told

    assert asyncio.run(story()) == Told(None, why="late")


def test_no_cookie_goes_with_the_next_question() -> None:
    seen: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("cookie"))
        return httpx.Response(200, headers={"Content-Type": "application/json", "Set-Cookie": "who=210400199003070007; Path=/"},
                              stream=httpx.ByteStream(b'{"version":1,"request":"r-1","result":"valid"}'))

    async def twice() -> None:
        channel = _channel(answer)
        await _ask(channel)
        await _ask(channel)

    asyncio.run(twice())
    assert seen == [None, None]
