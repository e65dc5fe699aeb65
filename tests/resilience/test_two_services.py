"""Two services on one database: both write, neither loses, and what is sent to both at once is decided once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack

import orjson
import pytest
from sqlmodel import select

from api.records.database import Database
from api.records.log import decisions_of, verify
from api.records.tables import CaseFile
from tests.records.jobs import sample
from tests.resilience.load import DECIDE, Ledger, acknowledged, check_answers, check_log, load_until
from tests.resilience.service import SOON, Line, Service, serving

TIMES = 25


@pytest.fixture
def two(database_url: str) -> Iterator[list[Service]]:
    """Two services on the database, both ready."""
    with ExitStack() as stack:
        found = [stack.enter_context(serving(database_url, MIANZHENG_PATIENCE="5")) for _ in range(2)]
        for one in found:
            assert one.port
        yield found


def both_at_once(two, bodies, key=None):
    """The same requests to both services, each pair in the same moment; pairs of (status, answer)."""
    start, found = threading.Barrier(2), [[], []]

    def send(place):
        line = Line(two[place].port)
        for number, body in enumerate(bodies):
            start.wait(SOON)
            answer = line.send("POST", DECIDE, body, key and f"{key}{number}")
            found[place].append((answer.status, answer.json()))
        line.close()

    threads = [threading.Thread(target=send, args=(place,)) for place in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(SOON)
    assert len(found[0]) == len(found[1]) == len(bodies)
    return list(zip(*found, strict=True))


def test_two_services_write_at_once_and_the_same_is_decided_once(two, database_url):
    ledger = Ledger(7)
    load_until(two, ledger, acknowledged(250), connections=12)
    assert (ledger.refused, ledger.unanswered) == ([], [])
    check_answers(two[0], ledger)
    found = check_log(database_url, ledger)
    assert found.chains == 2 and found.decisions == len(ledger.acknowledged)
    assert min(seq for seq, _ in found.heads.values()) >= 40, "one of the two hardly wrote: the test shows nothing"

    bodies = [orjson.dumps(sample(applicant={"kind": "natural_person", "name": f"同键{number}"})) for number in range(TIMES)]
    for (one_status, one), (other_status, other) in both_at_once(two, bodies, "same-key-"):
        assert (one_status, other_status) == (200, 200)
        assert one == other

    bodies = [orjson.dumps(sample(case=f"同号{number}")) for number in range(TIMES)]
    pairs = both_at_once(two, bodies)
    assert {status for pair in pairs for status, _ in pair} <= {200, 409}
    database = Database(database_url)
    with database.reading() as session:
        found = [case for case in session.exec(select(CaseFile)) if str(case.number).startswith("同号")]
        cases = {case.number: case for case in found}
        assert len(found) == len(cases) == TIMES
        for number, pair in enumerate(pairs):
            told = {answer["id"] for status, answer in pair if status == 200}
            recorded = decisions_of(session, cases[f"同号{number}"].id)
            assert {entry.id for entry in recorded} == told and told
            assert {answer["case"] for status, answer in pair if status == 200} == {cases[f"同号{number}"].id}
            assert sum(orjson.loads(entry.header).get("supersedes") is None for entry in recorded) == 1
            assert cases[f"同号{number}"].decision_id in told
        flaws = verify(session).flaws
    database.close()
    assert flaws == []
