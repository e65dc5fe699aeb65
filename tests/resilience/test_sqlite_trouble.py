"""SQLite in trouble under load: its disk full, its file locked or gone. A clear 503, nothing told that is not so, and recovery by itself."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.records.database import Database
from api.records.log import verify
from tests.records.jobs import sample
from tests.resilience.load import DECIDE, Ledger, acknowledged, check_answers, check_log, healthy, load_until, refused, send_what_is_pending
from tests.resilience.service import PATIENCE, Service, once, serving

#: Nothing can be appended to a database: less than one page of it.
FULL = 4_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "records.db"


@pytest.fixture
def url(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.fixture
def service(url: str) -> Iterator[Service]:
    with serving(url) as made:
        yield made


def unavailable(service: Service, method: str = "POST", path: str = DECIDE, document=None) -> float:
    """The request is refused for the database, in both languages, with when to come again. Gives the seconds it took."""
    said = {}
    begun = time.monotonic()
    for language, words in (("zh-CN", "Idempotency-Key 重发"), ("en", "same Idempotency-Key")):
        answer = once(service, method, path, document if method == "GET" else sample(), language=language)
        said = answer.json()
        assert (answer.status, said["type"], answer.headers["Content-Type"]) == (503, "/problems/records-unavailable", "application/problem+json")
        assert answer.headers["Retry-After"] == "5" and answer.headers["Content-Language"] == language and words in said["detail"]
    return (time.monotonic() - begun) / 2


def recovers(service: Service, ledger: Ledger, url: str) -> None:
    """It takes decisions again without a restart; all that was acknowledged is there; what was refused can be sent again."""
    before = len(ledger.acknowledged)
    load_until([service], ledger, acknowledged(before + 20))
    send_what_is_pending(service, ledger)
    check_answers(service, ledger)
    check_log(url, ledger)
    assert service.running and ledger.unanswered == []


def test_a_full_disk(service, path, url):
    ledger = Ledger(11)
    load_until([service], ledger, acknowledged(60), lambda: service.limit_files(FULL), go_on=True).stop()
    for _ in range(5):
        unavailable(service)
    told = next(iter(ledger.acknowledged.values()))
    # What only reads goes on: nothing has to be written for it.
    assert once(service, "GET", f"/v1/decisions/{told['id']}?explain=off").json() == told
    assert once(service, "POST", f"{DECIDE}&record=false", sample()).json()["id"] is None
    healthy(service)
    callers = load_until([service], ledger, refused, go_on=True)
    service.limit_files(None)
    callers.stop()
    recovers(service, ledger, url)


def test_a_file_that_another_process_has_locked(service, path, url):
    ledger = Ledger(12)
    load_until([service], ledger, acknowledged(30))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    callers = load_until([service], ledger, refused, go_on=True)
    assert unavailable(service) < 3 * PATIENCE + 1
    assert once(service, "POST", f"{DECIDE}&record=false", sample()).status == 200      # others may read what one writes
    healthy(service)
    other.execute("ROLLBACK")
    other.close()
    callers.stop()
    recovers(service, ledger, url)


def test_a_file_that_is_moved_away_and_put_back(service, path, url):
    ledger, away = Ledger(13), path.with_name("away.db")
    load_until([service], ledger, acknowledged(60), lambda: path.rename(away), go_on=True).stop()
    unavailable(service)
    told = next(iter(ledger.acknowledged.values()))
    unavailable(service, "GET", f"/v1/decisions/{told['id']}")
    unavailable(service, path=f"{DECIDE}&record=false")      # what our records know of the applicant belongs to the decision
    healthy(service)
    assert not path.exists(), "a new database was begun in place of the one that is gone"
    callers = load_until([service], ledger, refused, go_on=True)
    away.rename(path)
    callers.stop()
    recovers(service, ledger, url)


def test_a_copy_is_put_in_place_of_the_file(service, path, url):
    """The log of changes to the old file is not read as one of the copy's: it verifies, and holds what it held and what came since."""
    earlier, between, since = Ledger(14), Ledger(15), Ledger(16)
    load_until([service], earlier, acknowledged(40))
    original, copy = sqlite3.connect(path), sqlite3.connect(path.with_name("copy.db"))
    original.backup(copy)
    copy.close()
    original.close()
    load_until([service], between, acknowledged(40), lambda: path.with_name("copy.db").replace(path), go_on=True).stop()
    load_until([service], since, acknowledged(30))
    for ledger in (earlier, since):
        check_answers(service, ledger)
    database = Database(url)
    with database.reading() as session:
        found = verify(session)
    database.close()
    assert found.flaws == [] and found.chains >= 2
    assert len(earlier.acknowledged) + len(since.acknowledged) <= found.decisions
