"""`records`: what it costs to record: the service with its log in SQLite and in PostgreSQL, as a share of the same service without a log.

Three services run side by side (uvicorn, one worker each, loopback) and are loaded in turn, so that each is compared with what the
machine gave in the same minute. Both databases wait for the disk at every commit. Then: how many decisions shared a commit, bytes
on disk, walking the log, deciding it again. Client, service and database share the machine's cores. Not measured: a network between
service and database, many years of records.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, func, select
from stdnum.cn import ric

from api.records import log
from api.records.records import Records
from api.records.replay import replay
from api.records.tables import LogEntry
from benchmarks import workload
from benchmarks.http import answers, drive, free_port, request
from benchmarks.measure import Figures, Progress, settle, share
from engine.decide import Decider
from tests.records.postgres import fresh_database, server

PART = "records"
CONNECTIONS = (1, 16, 64)
LEVELS = ("off", "summary")
REQUESTS, SECONDS, DOCUMENTS, ROUNDS = 2_000, 3.0, 400, 3
STORED, REPLAYED = 1_500, 1_000     # decisions whose bytes are counted, decided again
OFF = "log off"
DIVISIONS = ("210400", "620200", "420700", "513424", "430500")


def run(progress: Progress) -> Figures:
    figures = Figures(PART)
    settle()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for path, text in workload.texts().items():
            place = folder / "rules" / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
        postgres = stack.enter_context(server(durable=True))
        urls = {"SQLite": f"sqlite:///{folder / 'records.db'}", "PostgreSQL": stack.enter_context(fresh_database(postgres))}
        ports = {name: stack.enter_context(_service(folder / "rules", url)) for name, url in {OFF: "off", **urls}.items()}
        _rates(figures, ports, urls, progress)
        for name, url in urls.items():
            _reading(figures, name, url, progress)
        _bytes(figures, folder, progress)
    return figures


@contextmanager
def _service(rules: Path, database: str) -> Iterator[int]:
    """A service that answers; its port."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "--factory", "api.http.app:create_app", "--host", "127.0.0.1", "--port", str(port),
         "--log-level", "warning", "--no-access-log"],
        env={**os.environ, "MIANZHENG_RULES": str(rules), "MIANZHENG_TRUSTED_TOKENS": "", "MIANZHENG_DATABASE": database, "MIANZHENG_TICK_EVERY": "0"},
        cwd=Path(__file__).resolve().parent.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)
    try:
        if not answers(process, port):
            raise RuntimeError(f"the service does not start with {database.partition(':')[0]}")
        yield port
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _rates(figures: Figures, ports: dict[str, int], urls: dict[str, str], progress: Progress) -> None:
    people = _people()
    for level in LEVELS:
        asyncio.run(_warm(ports, _requests(level, DOCUMENTS, people)))
        for connections in CONNECTIONS:
            rates: dict[str, list[float]] = {name: [] for name in ports}
            times: dict[str, list[float]] = {name: [] for name in ports}
            began = _now()
            for _, name in itertools.product(range(ROUNDS), ports):
                progress(f"explain={level}, {connections} at a time, {name}")
                rate, each, _ = asyncio.run(drive(ports[name], _requests(level, REQUESTS, people), connections, REQUESTS, SECONDS))
                rates[name].append(rate)
                times[name] += each
            without = statistics.median(rates[OFF])
            for name, found in rates.items():
                what = f"explain={level}, {connections} at a time, {name}"
                figures.add(what, statistics.median(found), "decisions/s", against=(OFF, without) if name != OFF else None,
                            note=f"median {statistics.median(times[name]) / 1000:.1f} ms, 99th percentile {share(times[name], 0.99) / 1000:.1f} ms"
                                 + (f"; {_together(urls[name], began):.1f} decisions a commit" if name in urls else ""))


async def _warm(ports: dict[str, int], requests: list[bytes]) -> None:
    """Every application once to every service: what follows are second sights."""
    for port in ports.values():
        await drive(port, requests, 8, len(requests), 60.0)


def _requests(level: str, count: int, people: Iterator[str]) -> list[bytes]:
    """So many requests, each of somebody who never came before."""
    bodies = itertools.islice(itertools.cycle(_bodies()), count)
    return [request("POST", f"/v1/decisions?explain={level}&on={workload.DAY}", body % next(people).encode()) for body in bodies]


@cache
def _bodies() -> tuple[bytes, ...]:
    """Applications of single persons with a place for the number; nothing is chosen, for a commitment writes a letter more and a deferral a term."""
    made = []
    for document in workload.documents(3 * DOCUMENTS, known=True):
        if document["applicant"].get("id_type") == "resident_id":
            document["choices"], document["applicant"]["id_number"] = {}, "NUMBER"
            made.append(_bytes_of(document).replace(b"%", b"%%").replace(b"NUMBER", b"%b"))
    return tuple(made)


def _people() -> Iterator[str]:
    """Numbers of adults who are nobody: order code 000, check digit right."""
    days = [date(1940, 1, 1) + timedelta(days=one) for one in range(24_000)]
    random.Random(workload.SEED).shuffle(days)
    for division, day in itertools.product(DIVISIONS, days):
        number = f"{division}{day:%Y%m%d}000"
        yield number + ric.calc_check_digit(number + "0")


def _bytes_of(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")


@contextmanager
def _records(url: str) -> Iterator[Records]:
    """The records a service wrote, opened here. Opening writes nothing but what is missing."""
    made = Records(url, Decider(workload.rulebook()), workload.texts(), lambda: datetime.now(UTC))
    try:
        yield made
    finally:
        made.close()


def _together(url: str, since: str) -> float:
    """How many decisions shared a commit: entries of one commit have one time."""
    with _records(url) as records, records.reading() as session:
        commits = session.exec(select(func.count()).where(col(LogEntry.kind) == "decision", col(LogEntry.at) >= since).group_by(
            col(LogEntry.writer), col(LogEntry.at)))
        return statistics.mean(commits)


def _reading(figures: Figures, name: str, url: str, progress: Progress) -> None:
    with _records(url) as records, records.reading() as session:
        progress(f"walking the log in {name}")
        begun = time.perf_counter()
        walked = log.verify(session)
        figures.add(f"log verify, {name}", walked.entries / (time.perf_counter() - begun), "entries/s",
                    note=f"{walked.entries:,} entries, {len(walked.flaws)} flaws")
        progress(f"deciding again from {name}")
        ids = list(itertools.islice(log.every_decision(session), REPLAYED))
        begun = time.perf_counter()
        same = sum(_same(records, session, one) for one in ids)
        figures.add(f"log replay, {name}", len(ids) / (time.perf_counter() - begun), "decisions/s", note=f"{same:,} of {len(ids):,} identical")


def _same(records: Records, session: Session, decision_id: str) -> bool:
    recorded = log.decision(session, decision_id)
    assert recorded is not None
    return replay(recorded, records.rulebooks).identical


def _bytes(figures: Figures, folder: Path, progress: Progress) -> None:
    """Growth of a SQLite file by one application sent again and again, and by as many different ones."""
    different: list[dict[str, Any]] = [one | {"choices": {}} for one in workload.documents(STORED, known=False)]
    for what, documents in (("one application again and again", [different[0]] * STORED), ("all different", different)):
        progress(f"bytes on disk, {what}")
        path = folder / f"bytes-{len(what)}.db"
        with _service(folder / "rules", f"sqlite:///{path}") as port:
            before = path.stat().st_size
            requests = [request("POST", f"/v1/decisions?explain=off&on={workload.DAY}", _bytes_of(one)) for one in documents]
            asyncio.run(drive(port, requests, 16, len(requests), 60.0))
        # the service has ended: the write-ahead log is in the file
        figures.add(f"on disk, {what}", (path.stat().st_size - before) / STORED, "bytes", note=f"SQLite, a decision with its case; request of "
                    f"{statistics.mean(len(_bytes_of(one)) for one in documents):,.0f} bytes")

