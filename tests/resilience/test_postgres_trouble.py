"""PostgreSQL in trouble under load: stopped, crashed, full, slow. A clear 503, nothing told that is not so, and recovery by itself."""

from __future__ import annotations

import os
import random
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.records.jobs import sample
from tests.records.postgres import Server, fresh_database
from tests.resilience.load import (
    DECIDE,
    Ledger,
    acknowledged,
    check_answers,
    check_log,
    healthy,
    load_until,
    refused,
    send_what_is_pending,
)
from tests.resilience.service import PATIENCE, SOON, Service, once, serving

#: Requests under way at once while the database does not move.
MANY = 200


@pytest.fixture
def url(own_postgres: Server) -> Iterator[str]:
    with fresh_database(own_postgres) as made:
        yield made


@pytest.fixture
def service(url: str) -> Iterator[Service]:
    with serving(url) as made:
        yield made


def postmaster(running: Server) -> int:
    """The server's own process."""
    with psycopg.connect(running.url()) as connection:
        [folder] = connection.execute("SHOW data_directory").fetchone()
    return int(Path(folder, "postmaster.pid").read_text("ascii").split()[0])


def recovers(service: Service, ledger: Ledger, url: str) -> None:
    """It takes decisions again without a restart; all that was acknowledged is there; what was refused can be sent again."""
    load_until([service], ledger, acknowledged(len(ledger.acknowledged) + 20))
    send_what_is_pending(service, ledger)
    check_answers(service, ledger)
    check_log(url, ledger)
    assert service.running


def unavailable(service: Service, path: str = DECIDE) -> None:
    answer = once(service, "POST", path, sample())
    assert (answer.status, answer.json()["type"], answer.headers["Retry-After"]) == (503, "/problems/records-unavailable", "5")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["stopped", "crashed"])
def test_a_server_that_stops_under_load_and_comes_back(own_postgres, service, url, how):
    """SIGINT: stop now, in order (fast). SIGQUIT: drop everything (immediate), as in a crash."""
    ledger, main = Ledger(21 + how), psutil.Process(postmaster(own_postgres))
    callers = load_until([service], ledger, acknowledged(60), lambda: os.kill(main.pid, how), go_on=True)
    main.wait(SOON)
    callers.stop()
    assert ledger.unanswered == []
    unavailable(service)
    unavailable(service, f"{DECIDE}&record=false")
    healthy(service)
    assert ledger.refused
    callers = load_until([service], ledger, refused, go_on=True)
    own_postgres.start()
    callers.stop()
    recovers(service, ledger, url)


def test_a_server_whose_disk_is_full(own_postgres, service, url):
    """What the server says then (SQLSTATE 53100, disk_full), said by a trigger: no part of the suite fills a disk."""
    ledger, name = Ledger(23), url.partition("?")[0].rpartition("/")[2]
    full = ("CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION "
            "'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$; "
            "CREATE TRIGGER full_disk BEFORE INSERT ON log_content EXECUTE FUNCTION full_disk()")
    load_until([service], ledger, acknowledged(40), lambda: own_postgres.run(full, name), go_on=True).stop()
    for _ in range(3):
        unavailable(service)
    assert once(service, "POST", f"{DECIDE}&record=false", sample()).status == 200
    healthy(service)
    callers = load_until([service], ledger, refused, go_on=True)
    own_postgres.run("DROP TRIGGER full_disk ON log_content", name)
    callers.stop()
    recovers(service, ledger, url)


def test_a_table_that_somebody_holds(service, url):
    """Every caller is told within the time a request waits, however many there are; nothing piles up."""
    ledger = Ledger(24)
    load_until([service], ledger, acknowledged(40))
    with psycopg.connect(url) as holder:
        holder.execute(b"LOCK TABLE log_chain IN ACCESS EXCLUSIVE MODE")
        wave(service)       # what a first wave of so many connections takes is taken once
        before = service.memory()
        slowest = max(wave(service) for _ in range(2))
        assert slowest < 3 * PATIENCE + 5, f"an answer took {slowest:.1f} s"
        assert service.memory() - before < 20, "memory grows with every wave of requests"
        healthy(service)
    recovers(service, ledger, url)


def wave(service: Service) -> float:
    """Many requests at once, each refused; the seconds the slowest took."""
    took, wrong = [], []
    start = threading.Barrier(MANY)

    def send(number: int) -> None:
        start.wait(SOON)
        begun = time.monotonic()
        answer = once(service, "POST", DECIDE, sample(case=f"w{number}"))
        took.append(time.monotonic() - begun)
        if (answer.status, answer.headers["Retry-After"]) != (503, "5"):
            wrong.append(answer.raw)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(MANY)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(SOON)
    assert (len(took), wrong) == (MANY, [])
    return max(took)


def test_callers_go_away_while_the_database_does_not_move(service, url):
    """Who hung up is not waited for, and does no harm to the next."""
    ledger, rng = Ledger(25), random.Random(25)
    load_until([service], ledger, acknowledged(10))
    with psycopg.connect(url) as holder:
        holder.execute(b"LOCK TABLE log_entry IN ACCESS EXCLUSIVE MODE")
        for _ in range(20):
            asked = ledger.next(rng)
            key = f"Idempotency-Key: {asked.key}\r\n" if asked.key else ""
            with socket.create_connection(("127.0.0.1", service.port), SOON) as one:
                one.sendall(f"POST {DECIDE} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n{key}"
                            f"Content-Length: {len(asked.body)}\r\n\r\n".encode() + asked.body)
            ledger.lost(asked)
        healthy(service)
    recovers(service, ledger, url)
    assert "Traceback" not in service.say()
