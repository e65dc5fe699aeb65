"""SIGTERM under load: what is under way is answered or refused, nothing acknowledged is lost, and it ends soon."""

from __future__ import annotations

import signal
import socket
import time

import psycopg
import pytest

from tests.resilience.load import Ledger, acknowledged, check_answers, check_log, load_until, refused, send_what_is_pending
from tests.resilience.service import PATIENCE, SOON, serving

SECONDS = 5
ENDED = -signal.SIGTERM      # how a process ends that was asked to, after its work


def test_it_ends_under_load_and_nothing_acknowledged_is_lost(database_url):
    ledger = Ledger(31)
    with serving(database_url) as service:
        begun = []

        def end():
            begun.append(time.monotonic())
            service.terminate()

        load_until([service], ledger, acknowledged(80), end, connections=16, go_on=True).ended()
        assert service.wait() == ENDED
        assert time.monotonic() - begun[0] < SECONDS
        assert "Traceback" not in service.say() and "shutdown complete" in service.say()
    # Each connection learns at most once that it is over; what was under way was answered.
    assert len(ledger.unanswered) <= 16 and ledger.refused == []
    with serving(database_url) as service:
        send_what_is_pending(service, ledger)
        check_answers(service, ledger)
    assert check_log(database_url, ledger).chains == 2


def test_it_ends_while_the_database_does_not_move(postgres_url):
    ledger = Ledger(32)
    with serving(postgres_url) as service:
        load_until([service], ledger, acknowledged(10))
        with psycopg.connect(postgres_url) as holder:
            holder.execute(b"LOCK TABLE log_entry IN ACCESS EXCLUSIVE MODE")
            callers = load_until([service], ledger, refused, go_on=True)
            begun = time.monotonic()
            service.terminate()
            assert service.wait() == ENDED
            assert time.monotonic() - begun < 3 * PATIENCE + SECONDS
            callers.ended()
    with serving(postgres_url) as service:
        send_what_is_pending(service, ledger)
        check_answers(service, ledger)
    check_log(postgres_url, ledger)


@pytest.mark.parametrize("sent", [b"", b"POST /v1/decisions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"],
                         ids=["nothing", "half a request"])
def test_it_ends_although_a_caller_keeps_the_line_open(sqlite_url, sent):
    with serving(sqlite_url) as service, socket.create_connection(("127.0.0.1", service.port), SOON) as one:
        one.sendall(sent)
        load_until([service], Ledger(33), acknowledged(5))
        begun = time.monotonic()
        service.terminate()
        service.wait()
        assert time.monotonic() - begun < 3 * PATIENCE + SECONDS
