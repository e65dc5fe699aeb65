"""A long log is walked in little memory."""

from __future__ import annotations

import tracemalloc

from sqlalchemy import insert

from api.records import log
from api.records.chain import NOTHING, canonical, content_digest, header, packed, sha256
from api.records.log import verify
from api.records.records import Records
from api.records.tables import DecisionBody, LogChain, LogContent, LogEntry
from api.rule_files import bundled, open_rulebook
from tests.bundled import decider
from tests.records.writing import sound


def opened(url, hands) -> Records:
    return Records(url, decider(), open_rulebook(bundled()), hands, program="test")


def lengthen(records, count):
    """A chain of decisions, each with a body of its own."""
    previous, entries, contents, bodies = NOTHING, [], [], []
    version, at, writer = records.rulebook.version, "2026-11-22T01:30:00.000000Z", f"long-{count}"
    for seq in range(count):
        entry_id, body, salt = f"{count}-{seq}", f'{{"of":{seq}}}{" " * 200}'.encode(), bytes(16)
        content = canonical({"n": seq})
        tells = {"rulebook": version, "pinned": None, "body": sha256(body)}
        raw = header(writer, seq, previous, entry_id, "decision", at, content_digest(salt, content), tells)
        previous = sha256(raw)
        entries.append({"writer": writer, "seq": seq, "id": entry_id, "kind": "decision", "at": at, "case_id": None, "header": raw.decode(), "hash": previous})
        bodies.append({"digest": sha256(body), "content": packed(body)})
        contents.append({"entry_id": entry_id, "salt": salt, "content": content, "body": sha256(body)})
    with records.database.writing() as session:
        session.execute(insert(LogEntry), entries)
        session.execute(insert(DecisionBody), bodies)
        session.execute(insert(LogContent), contents)
        session.execute(insert(LogChain), [{"writer": writer, "seq": count - 1, "hash": previous, "seen": -1}])


def test_a_long_log_is_walked_in_little_memory(sqlite_url, hands, monkeypatch):
    records = opened(sqlite_url, hands)
    monkeypatch.setattr(log, "version_of", lambda texts: records.rulebook.version)     # takes a while, once for all decisions
    lengthen(records, 12_000)
    sound(records)      # what is read in once and kept
    held = []
    with records.database.reading(patient=True) as session:
        tracemalloc.start()
        try:
            found = verify(session, progress=lambda done: held.append(tracemalloc.get_traced_memory()[0]))
        finally:
            tracemalloc.stop()
    records.close()
    assert found.flaws == [] and found.decisions == 12_000
    assert max(held[8:]) < held[7] + 300_000      # 20 bytes an entry or a body would be seen
