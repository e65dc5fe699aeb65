"""Real processes on one database, opened by all at the same moment: nothing acknowledged is missing, nothing shared is there twice."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlmodel import func, select

from api.records import migrations
from api.records.log import verify
from api.records.tables import CaseFile, Idempotency
from tests.records.another_process import SHARED
from tests.records.conftest import opened
from tests.records.writing import entries, sound

ROOT = Path(__file__).resolve().parents[2]
COUNT = 240
PATIENT = 120     # seconds after which a process has failed


@contextmanager
def processes(url: str, *names: str, count: int) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that stand before the closed database."""
    running = [subprocess.Popen([sys.executable, "-m", "tests.records.another_process", url, name, str(count)], cwd=ROOT, text=True,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for name in names]
    try:
        for one in running:
            assert one.stdout is not None and one.stdout.readline() == "ready\n", one.communicate()
        yield running
    finally:
        for one in running:
            one.kill()
            one.communicate()


def go(running: list[subprocess.Popen[str]]) -> None:
    """Let all begin."""
    for one in running:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()


def told(running: list[subprocess.Popen[str]]) -> list[list]:
    """What each says was acknowledged."""
    found = []
    for one in running:
        out, error = one.communicate(timeout=PATIENT)
        assert one.returncode == 0, error
        found.append(json.loads(out))
    return found


def test_what_two_processes_acknowledged_is_there_once(database_url, hands):
    with processes(database_url, "left", "right", count=COUNT) as running:
        go(running)
        left, right = told(running)
    with opened(database_url, hands) as records:
        kept = {entry.id: entry.case_id for entry in entries(records, kind="decision")}
        new = [one for one in (*left, *right) if one is not None and not one[2]]
        assert {decision: case for decision, case, _ in new} == kept and len(new) == len(kept)
        shared = range(0, COUNT, SHARED)
        for place in shared:
            mine, theirs = left[place], right[place]
            assert mine[0] == theirs[0] and sorted((mine[2], theirs[2])) == [False, True]      # one wrote it, the other was given it again
            assert (left[place + 1] is None) != (right[place + 1] is None)                     # one has the number, the other was refused
        assert len(kept) == 2 * COUNT - 2 * len(shared)
        with records.reading() as session:
            assert [session.exec(select(func.count()).select_from(table)).one() for table in (CaseFile, Idempotency)] == [len(kept), len(shared)]
        found = sound(records)
        assert found.decisions == len(kept) and found.chains >= 2
        assert {json.loads(entry.header)["program"] for entry in entries(records, kind="decision")} == {"left", "right"}


def test_several_processes_opening_an_empty_database_at_once_all_open_it(database_url, hands):
    with processes(database_url, "one", "two", "three", "four", count=1) as running:
        go(running)
        assert len({decision for [[decision, _, _]] in told(running)}) == 1      # all with the same key
    with opened(database_url, hands) as records:
        assert migrations.current(records.database) == migrations.newest()
        sound(records)


def test_the_log_verifies_at_every_moment_while_others_write(database_url, hands):
    with opened(database_url, hands) as records, processes(database_url, "left", "right", count=COUNT) as running:
        go(running)
        deadline = time.monotonic() + PATIENT
        grown = []
        while any(one.poll() is None for one in running) and time.monotonic() < deadline:
            with records.reading() as session:
                found = verify(session)
            assert found.flaws == []
            grown.append(found.entries)
        assert grown == sorted(grown)
        told(running)
        sound(records)
