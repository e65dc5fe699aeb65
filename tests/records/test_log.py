"""Verifying the log: whatever somebody with the database in hand changes is found where it was done, and nothing else is reported."""

from __future__ import annotations

import json
import threading
import zlib
from dataclasses import dataclass

import pytest
from sqlalchemy import text
from sqlmodel import select

from api.records import log
from api.records.acts import APPLICANT, tell
from api.records.chain import NOTHING, canonical, content_digest, header, packed, sha256
from api.records.database import Database
from api.records.log import size, verify
from api.records.records import Records
from api.records.tables import LogEntry
from api.rule_files import bundled, open_rulebook
from tests.bundled import decider
from tests.records.jobs import applicant, new_case
from tests.records.raw import Hand, hand
from tests.records.writing import SOON, sound

SOMEBODY = "430503195812310004"


@dataclass(slots=True)
class Log:
    """A log of two chains, nobody writing: `a` begun first, `b` after it, so that the start of `b` vouches for `a`.

    a: 0 start, 1 and 2 decisions with one body, 3 an act, 4 a decision with another; b: 0 start, 1 a decision, 2 an act.
    """

    url: str
    a: str
    b: str

    def flaws(self, expected=None) -> list[tuple[str, str]]:
        """Place and code of every flaw, the chains called a and b."""
        database = Database(self.url)
        try:
            with database.reading(patient=True) as session:
                found = verify(session, expected).flaws
        finally:
            database.close()
        assert all(one.zh and one.en for one in found)
        return sorted((one.place.replace(self.a, "a").replace(self.b, "b"), one.code) for one in found)

    def heads(self):
        database = Database(self.url)
        try:
            with database.reading() as session:
                return verify(session).heads
        finally:
            database.close()

    def id(self, by: Hand, place: str) -> str:
        """The id of the entry at a place like a#1."""
        chain, _, seq = place.partition("#")
        return str(by.one("SELECT id FROM log_entry WHERE writer = ? AND seq = ?", getattr(self, chain), int(seq)))

    def forget(self, by: Hand, *places: str, content: bool = True) -> None:
        """Delete entries; `content`: with all that points to them."""
        for place in places:
            entry = self.id(by, place)
            if content:
                by.do("DELETE FROM log_content WHERE entry_id = ?", entry)
                for table in ("received", "clock"):
                    by.do(f"DELETE FROM {table} WHERE case_id IN (SELECT id FROM case_file WHERE decision_id = ?)", entry)
                by.do("DELETE FROM case_file WHERE decision_id = ?", entry)
            assert by.do("DELETE FROM log_entry WHERE id = ?", entry) == 1

    def cut(self, by: Hand, chain: str, seq: int) -> None:
        """Make the recorded end of a chain what stands there at a place."""
        writer = getattr(self, chain)
        found = by.one("SELECT hash FROM log_entry WHERE writer = ? AND seq = ?", writer, seq)
        assert by.do("UPDATE log_chain SET seq = ?, hash = ?, seen = ? WHERE writer = ?", seq, found, seq, writer) == 1


def opened(url, hands) -> Records:
    return Records(url, decider(), open_rulebook(bundled()), hands, program="test")


def writer_of(records: Records, entry_id: str) -> str:
    with records.reading() as session:
        return str(session.exec(select(LogEntry.writer).where(LogEntry.id == entry_id)).one())


@pytest.fixture
def two(database_url, hands):
    first = opened(database_url, hands)
    [one, *_] = [first.submit(job).result(SOON) for job in (new_case(first), new_case(first, applicant=applicant(SOMEBODY)))]
    first.do(lambda pages: tell(pages, one.case_id, ("test", "-"), "test", APPLICANT, {"note": "说明"}))
    first.submit(new_case(first, "housing_fund_rent_fushun")).result(SOON)
    a = writer_of(first, one.decision_id)
    first.close()
    second = opened(database_url, hands)
    last = second.submit(new_case(second, "company_setup_fushun")).result(SOON)
    second.do(lambda pages: tell(pages, last.case_id, ("test", "-"), "test", APPLICANT))
    b = writer_of(second, last.decision_id)
    second.close()
    return Log(database_url, a, b)


def change_header(two, by):
    by.do("UPDATE log_entry SET header = REPLACE(header, '\"division\"', '\"Division\"') WHERE id = ?", two.id(by, "a#1"))


def change_header_and_hash(two, by):
    raw = by.one("SELECT header FROM log_entry WHERE id = ?", two.id(by, "a#1")).replace("210400", "210401").encode()
    by.do("UPDATE log_entry SET header = ?, hash = ? WHERE id = ?", raw.decode(), sha256(raw), two.id(by, "a#1"))


def rewrite_chain(two, by):
    """Everything after the change fits it, the recorded end too."""
    previous = by.one("SELECT hash FROM log_entry WHERE id = ?", two.id(by, "a#0"))
    for seq in range(1, 5):
        entry = two.id(by, f"a#{seq}")
        told = json.loads(by.one("SELECT header FROM log_entry WHERE id = ?", entry))
        raw = canonical({**told, "previous": previous} | ({"outcome": "blocked"} if seq == 1 else {}))
        previous = sha256(raw)
        by.do("UPDATE log_entry SET header = ?, hash = ? WHERE id = ?", raw.decode(), previous, entry)
    two.cut(by, "a", 4)


def write_nonsense(two, by):
    for entry, raw in ((two.id(by, "a#1"), "[]"), (two.id(by, "b#2"), "{")):
        by.do("UPDATE log_entry SET header = ?, hash = ? WHERE id = ?", raw, sha256(raw.encode()), entry)
    two.cut(by, "b", 2)


def change_application(two, by):
    content = by.one("SELECT content FROM log_content WHERE entry_id = ?", two.id(by, "a#1"))
    by.do("UPDATE log_content SET content = ? WHERE entry_id = ?", content.replace("测试甲".encode(), "测试乙".encode()), two.id(by, "a#1"))


def change_salt(two, by):
    by.do("UPDATE log_content SET salt = ? WHERE entry_id = ?", bytes(16), two.id(by, "a#4"))


def change_note(two, by):
    by.do("UPDATE log_content SET content = ? WHERE entry_id = ?", '{"note":"没有说明"}'.encode(), two.id(by, "a#3"))


def body_of(two, by, place):
    return by.one("SELECT body FROM log_content WHERE entry_id = ?", two.id(by, place))


def change_body(two, by):
    digest = body_of(two, by, "a#1")
    content = zlib.decompress(by.one("SELECT content FROM decision_body WHERE digest = ?", digest))
    by.do("UPDATE decision_body SET content = ? WHERE digest = ?", packed(content.replace(b"210400", b"210401")), digest)


def break_body(two, by):
    by.do("UPDATE decision_body SET content = ? WHERE digest = ?", b"?", body_of(two, by, "a#4"))


def delete_body(two, by):
    by.do("DELETE FROM decision_body WHERE digest = ?", body_of(two, by, "a#1"))


def point_elsewhere(two, by):
    by.do("UPDATE log_content SET body = ? WHERE entry_id = ?", body_of(two, by, "a#4"), two.id(by, "a#1"))


def point_nowhere(two, by):
    by.do("UPDATE log_content SET body = NULL WHERE entry_id = ?", two.id(by, "a#2"))


def swap_columns(two, by):
    one, other = (by.one("SELECT case_id FROM log_entry WHERE id = ?", two.id(by, place)) for place in ("a#1", "a#2"))
    by.do("UPDATE log_entry SET case_id = ? WHERE id = ?", other, two.id(by, "a#1"))
    by.do("UPDATE log_entry SET case_id = ? WHERE id = ?", one, two.id(by, "a#2"))


def change_time(two, by):
    by.do("UPDATE log_entry SET at = '2026-11-21T01:30:00.000000Z' WHERE id = ?", two.id(by, "a#2"))


def change_kind(two, by):
    by.do("UPDATE log_entry SET kind = 'act' WHERE id = ?", two.id(by, "a#2"))


def delete_middle(two, by):
    two.forget(by, "a#2")


def delete_only_the_entry(two, by):
    two.forget(by, "a#2", content=False)


def delete_tail(two, by):
    two.forget(by, "a#4")
    two.cut(by, "a", 3)


def delete_last_tail_alone(two, by):
    two.forget(by, "b#2")


def delete_chain(two, by):
    two.forget(by, *(f"a#{seq}" for seq in range(5)))
    by.do("DELETE FROM log_chain WHERE writer = ?", two.a)


def delete_entries_of_chain(two, by):
    two.forget(by, *(f"b#{seq}" for seq in range(3)))


def delete_head(two, by):
    by.do("DELETE FROM log_chain WHERE writer = ?", two.a)


def change_head(two, by):
    by.do("UPDATE log_chain SET hash = ? WHERE writer = ?", NOTHING, two.b)


def append(two, by):
    """A well-made entry, which nobody of us wrote."""
    last = by.one("SELECT hash FROM log_entry WHERE id = ?", two.id(by, "b#2"))
    raw, salt = header(two.b, 3, last, "x", "act", "2026-11-22T01:30:00.000000Z", content_digest(bytes(16), b"{}"), {}), bytes(16)
    by.do("INSERT INTO log_entry (writer, seq, id, kind, at, header, hash) VALUES (?, 3, 'x', 'act', '2026-11-22T01:30:00.000000Z', ?, ?)",
          two.b, raw.decode(), sha256(raw))
    by.do("INSERT INTO log_content (entry_id, salt, content) VALUES ('x', ?, ?)", salt, b"{}")


def delete_rulebook(two, by):
    by.do("DELETE FROM rulebook")


def change_rulebook(two, by):
    texts = json.loads(zlib.decompress(by.one("SELECT texts FROM rulebook")))
    changed = {path: said.replace("不再索要证明", "还可以索要证明") for path, said in texts.items()}
    assert changed != texts
    by.do("UPDATE rulebook SET texts = ?", packed(canonical(changed)))


def break_rulebook(two, by):
    by.do("UPDATE rulebook SET texts = ?", packed(b'{"vocabulary.yaml": 1}'))


def delete_content(two, by):
    by.do("DELETE FROM log_content WHERE entry_id = ?", two.id(by, "a#1"))


def swap_entries(two, by):
    one, other = two.id(by, "a#1"), two.id(by, "a#2")
    by.do("UPDATE log_entry SET seq = 99 WHERE id = ?", one)
    by.do("UPDATE log_entry SET seq = 1 WHERE id = ?", other)
    by.do("UPDATE log_entry SET seq = 2 WHERE id = ?", one)


@pytest.mark.parametrize(("tamper", "found"), [
    (change_header, [("a#1", "changed-header")]),
    (change_header_and_hash, [("a#2", "broken-link")]),
    (rewrite_chain, [("b#0", "cut-chain")]),
    (write_nonsense, [("a#1", "unreadable"), ("a#2", "broken-link"), ("b#2", "unreadable")]),
    (change_application, [("a#1", "changed-content")]),
    (change_salt, [("a#4", "changed-content")]),
    (change_note, [("a#3", "changed-content")]),
    (change_body, [("a#1", "changed-body")]),
    (break_body, [("a#4", "changed-body")]),
    (delete_body, [("a#1", "missing-body"), ("a#2", "missing-body")]),
    (point_elsewhere, [("a#1", "other-body")]),
    (point_nowhere, [("a#2", "other-body")]),
    (swap_columns, [("a#1", "changed-columns"), ("a#2", "changed-columns")]),
    (change_time, [("a#2", "changed-columns")]),
    (change_kind, [("a#2", "changed-columns")]),
    (delete_middle, [("a#3", "gap")]),
    (delete_only_the_entry, [("a#3", "gap"), ("{a#2}", "lost-decision"), ("{a#2}", "lost-entry")]),
    (delete_tail, [("b#0", "cut-chain")]),
    (delete_last_tail_alone, [("b", "cut-chain")]),
    (delete_chain, [("b#0", "cut-chain")]),
    (delete_entries_of_chain, [("b", "cut-chain")]),
    (delete_head, [("a", "no-head")]),
    (change_head, [("b", "beyond-head")]),
    (append, [("b", "beyond-head")]),
    (delete_rulebook, [("first#1", "rulebook")]),
    (change_rulebook, [("first#1", "rulebook")]),
    (break_rulebook, [("first#1", "rulebook")]),
    (delete_content, [("a#1", "missing-content")]),
    (swap_entries, [("a#1", "broken-link"), ("a#1", "changed-columns"), ("a#2", "broken-link"), ("a#2", "changed-columns"), ("a#3", "broken-link")]),
], ids=lambda one: one.__name__ if callable(one) else "")
def test_whatever_is_changed_is_found_where_it_was_done_and_nothing_else_is_reported(two, tamper, found):
    with hand(two.url) as by:
        ids = {"{a#2}": two.id(by, "a#2"), "first#1": "a#1" if two.a < two.b else "b#1"}
        tamper(two, by)
    assert two.flaws() == sorted((ids.get(place, place), code) for place, code in found)


def test_a_sound_log_is_said_to_be_sound(two):
    assert two.flaws() == []
    assert two.flaws(two.heads()) == []
    assert {writer: seq for writer, (seq, _) in two.heads().items()} == {two.a: 4, two.b: 2}


def cut_last(two, by):
    two.forget(by, "b#2")
    two.cut(by, "b", 1)


def delete_last(two, by):
    two.forget(by, *(f"b#{seq}" for seq in range(3)))
    by.do("DELETE FROM log_chain WHERE writer = ?", two.b)


def delete_all(two, by):
    delete_last(two, by)
    delete_chain(two, by)


@pytest.mark.parametrize(("tamper", "found"), [(cut_last, 1), (delete_last, 1), (delete_all, 2)])
def test_the_end_of_the_last_chain_is_missed_only_by_who_kept_its_head(two, tamper, found):
    heads = two.heads()
    with hand(two.url) as by:
        tamper(two, by)
    assert two.flaws() == []
    assert two.flaws(heads) == [("--expect", "cut-chain")] * found


def test_a_head_kept_earlier_is_still_there_when_the_log_has_grown(two, hands):
    heads = two.heads()
    third = opened(two.url, hands)
    third.submit(new_case(third)).result(SOON)
    third.close()
    assert two.flaws(heads) == []
    assert two.flaws({two.a: (heads[two.a][0], NOTHING)}) == [("--expect", "cut-chain")]


def test_a_start_that_was_exchanged_is_found_by_who_kept_it(two):
    assert two.flaws({"never": (0, NOTHING)}) == [("--expect", "cut-chain")]


# -- while the service writes ----------------------------------------------------------------------------------------

def test_the_log_is_sound_at_every_moment_while_it_is_written(records):
    stop, failed = threading.Event(), []

    def write():
        try:
            while not stop.is_set():
                records.submit(new_case(records)).result(SOON)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=write) for _ in range(2)]
    for one in threads:
        one.start()
    counts = [sound(records).entries for _ in range(8)]
    stop.set()
    for one in threads:
        one.join(SOON)
    assert not failed and counts == sorted(counts) and sound(records).entries > counts[0]


def test_a_walk_sees_one_moment_whatever_is_written_meanwhile(records, monkeypatch):
    monkeypatch.setattr(log, "CHUNK", 1)
    for _ in range(3):
        records.submit(new_case(records)).result(SOON)
    before, steps = sound(records).entries, []

    def meanwhile(done):
        steps.append(done)
        records.submit(new_case(records, "company_setup_fushun")).result(SOON)

    with records.database.reading(patient=True) as session:
        total = size(session)
        found = verify(session, progress=meanwhile)
    assert found.flaws == [] and found.entries == before and steps == list(range(1, total + 1))
    assert sound(records).entries == before + len(steps)


def test_a_walk_may_take_as_long_as_it_needs_and_changes_nothing(postgres_url):
    database = Database(postgres_url)
    with database.reading(patient=True) as session:
        shown = {name: session.execute(text(f"SHOW {name}")).scalar() for name in (
            "statement_timeout", "transaction_isolation", "transaction_read_only")}
    with database.reading() as session:
        after = session.execute(text("SHOW statement_timeout")).scalar()
    database.close()
    assert shown == {"statement_timeout": "0", "transaction_isolation": "repeatable read", "transaction_read_only": "on"}
    assert after == "5s"
