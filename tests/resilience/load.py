"""Callers who keep what they were told: requests from many connections at once, every answer written down, and what must be true of them later.

A request is told from all others by the applicant's name, which stands in the recorded application: so one can count how often it was
decided. Nothing here knows what goes wrong in between.
"""

from __future__ import annotations

import http.client
import itertools
import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlmodel import select

from api.records import log
from api.records.database import Database
from api.records.tables import CaseFile, Idempotency, LogContent
from tests.records.jobs import sample
from tests.resilience.service import SOON, Line, Service, once

DECIDE = "/v1/decisions?explain=off&on=2026-11-22"
SAMPLES = ("house_sale_fushun", "unemployment_commitment_dechang", "housing_fund_rent_fushun")
NUMBERS = ("210400199003070007", "620200201506010001", "430503195812310004", None)
REFUSED = 503
PAUSE = 0.05     # seconds until a caller who was refused comes again


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: its mark, its key if it has one, its body."""

    mark: str
    key: str | None
    body: bytes


@dataclass(slots=True)
class Ledger:
    """What callers know: what was answered and how, what was refused, what got no answer."""

    seed: int
    acknowledged: dict[Asked, dict[str, Any]] = field(default_factory=dict)
    refused: list[Asked] = field(default_factory=list)
    unanswered: list[Asked] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    replayed: int = 0
    _again: list[Asked] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _numbers: Any = field(default_factory=itertools.count)

    def next(self, rng: random.Random) -> Asked:
        """What got no answer is sent again if it has a key; otherwise something new."""
        with self._lock:
            if self._again:
                return self._again.pop()
            number = next(self._numbers)
        mark = f"测试{self.seed}-{number}"
        document = sample(rng.choice(SAMPLES))
        who, identity = dict(document["applicant"], name=mark), rng.choice(NUMBERS)
        who |= {"id_type": "resident_id", "id_number": identity} if identity else {"id_type": None, "id_number": None}
        document["applicant"] = who
        if rng.random() < 0.5:
            document["case"] = f"{self.seed}-{number}"
        return Asked(mark, f"key-{self.seed}-{number}" if rng.random() < 0.7 else None, orjson.dumps(document))

    def note(self, asked: Asked, status: int, raw: bytes, replayed: bool) -> int:
        """Write an answer down; how many there are of its kind."""
        with self._lock:
            self.replayed += replayed
            if status == 200:
                self.acknowledged[asked] = orjson.loads(raw)
                return len(self.acknowledged)
            if status == REFUSED:
                self.refused.append(asked)
            else:
                self.wrong.append(f"{status} {raw.decode(errors='replace')[:500]}")
            return len(self.refused)

    def lost(self, asked: Asked) -> None:
        """No answer came, or it was cut off."""
        with self._lock:
            self.unanswered.append(asked)

    def again(self) -> None:
        """Everything with a key that was not acknowledged is to be sent once more."""
        pending = {asked for asked in (*self.unanswered, *self.refused) if asked.key is not None} - self.acknowledged.keys()
        self._again = sorted(pending, key=lambda one: one.mark)

    @property
    def pending(self) -> int:
        """How much is waiting to be sent again."""
        return len(self._again)


class Callers:
    """Connections that send one request after another until told to stop, or until the service is gone; what was refused comes again.

    `on_answer(status, count)` is called after each answer, in the caller's thread, with the number of answers of its kind so far.
    """

    def __init__(self, services: Sequence[Service], ledger: Ledger, connections: int = 8,
                 on_answer: Callable[[int, int], None] = lambda status, count: None):
        self._ledger, self._on_answer = ledger, on_answer
        self._halt = threading.Event()
        ports = [one.port for one in services]
        self._threads = [threading.Thread(target=self._work, args=(ports[number % len(ports)], number), daemon=True) for number in range(connections)]
        for one in self._threads:
            one.start()

    def _work(self, port: int, number: int) -> None:
        rng = random.Random(f"{self._ledger.seed}/{number}/{len(self._ledger.acknowledged)}")
        line, refused = Line(port), None
        try:
            while not self._halt.is_set():
                asked = refused or self._ledger.next(rng)
                try:
                    answer = line.send("POST", DECIDE, asked.body, asked.key)
                except (OSError, http.client.HTTPException):
                    self._ledger.lost(asked)
                    return
                count = self._ledger.note(asked, answer.status, answer.raw, answer.headers["Idempotent-Replayed"] == "true")
                self._on_answer(answer.status, count)
                refused = asked if answer.status == REFUSED and asked.key is not None else None
                if answer.status == REFUSED:
                    self._halt.wait(PAUSE)
        finally:
            line.close()

    def stop(self) -> None:
        """Send nothing more; wait for what is under way."""
        self._halt.set()
        self.ended()

    def ended(self) -> None:
        """Wait until all connections are closed."""
        for one in self._threads:
            one.join(SOON)
        assert not any(one.is_alive() for one in self._threads)


def load_until(services: Sequence[Service], ledger: Ledger, enough: Callable[[int, int], bool], then: Callable[[], None] = lambda: None,
               connections: int = 8, go_on: bool = False) -> Callers:
    """Load the services until an answer is enough; then do something while the load goes on, in the very moment.

    `enough(status, count)`: of the kind of status, so many so far. Without `go_on` the callers stop after that.
    """
    reached, first = threading.Event(), threading.Lock()

    def look(status: int, count: int) -> None:
        if enough(status, count) and first.acquire(blocking=False):
            then()
            reached.set()

    callers = Callers(services, ledger, connections, look)
    assert reached.wait(SOON), (ledger.wrong[:3], [one.say()[-2000:] for one in services])
    if not go_on:
        callers.stop()
    return callers


def acknowledged(count: int) -> Callable[[int, int], bool]:
    """Enough: so many acknowledged."""
    return lambda status, so_far: status == 200 and so_far >= count


def refused(status: int, count: int) -> bool:
    """Enough: one that was refused for the database."""
    return status == REFUSED


def send_what_is_pending(service: Service, ledger: Ledger) -> None:
    """Send everything with a key that got no answer once more; each must be answered now."""
    ledger.again()
    waiting, line, rng = ledger.pending, Line(service.port), random.Random(0)
    for _ in range(waiting):
        asked = ledger.next(rng)
        answer = line.send("POST", DECIDE, asked.body, asked.key)
        ledger.note(asked, answer.status, answer.raw, answer.headers["Idempotent-Replayed"] == "true")
        assert answer.status == 200, answer.raw
    line.close()
    ledger.again()
    assert ledger.pending == 0


def check_answers(service: Service, ledger: Ledger) -> None:
    """Every acknowledged decision is told again as it was; every acknowledged key gives its decision."""
    assert ledger.wrong == []
    line = Line(service.port)
    for asked, told in ledger.acknowledged.items():
        found = line.send("GET", f"/v1/decisions/{told['id']}?explain=off")
        assert (found.status, found.json()) == (200, told)
        if asked.key is not None:
            again = line.send("POST", DECIDE, asked.body, asked.key)
            assert (again.status, again.headers["Idempotent-Replayed"], again.json()) == (200, "true", told)
    line.close()


def check_log(url: str, ledger: Ledger) -> log.Verified:
    """The chains verify; nothing that was acknowledged is missing, nothing was decided twice for one key."""
    database = Database(url)
    try:
        with database.reading() as session:
            found = log.verify(session)
            assert found.flaws == []
            times = Counter(orjson.loads(row.content).get("application", {}).get("applicant", {}).get("name")
                            for row in session.exec(select(LogContent)))
            keys = len(session.exec(select(Idempotency.key)).all())
            numbers = Counter((row.division, row.number) for row in session.exec(select(CaseFile)) if row.number)
    finally:
        database.close()
    for asked in ledger.acknowledged:
        assert times[asked.mark] == 1, f"{asked.mark} was decided {times[asked.mark]} times"
    for asked in (*ledger.unanswered, *ledger.refused):
        assert times[asked.mark] <= 1, f"{asked.mark} was decided {times[asked.mark]} times"
    assert keys == len({asked.key for asked in ledger.acknowledged if asked.key})
    assert set(numbers.values()) <= {1}
    assert len({told["id"] for told in ledger.acknowledged.values()}) == len(ledger.acknowledged)
    return found


def healthy(service: Service) -> None:
    """It runs and says so."""
    assert service.running and once(service, "GET", "/v1/health").status == 200
