"""The writer: what is acknowledged is in the log, what is refused leaves nothing, and no job disturbs another."""

from __future__ import annotations

import json
import threading

import pytest
from sqlalchemy import delete, text, update
from sqlmodel import col, select

from api.records.database import Contended, Unavailable
from api.records.decisions import Prepare
from api.records.records import Records
from api.records.tables import KeptRulebook, LogChain, LogContent, LogEntry
from api.records.writer import Act, Writer
from tests.records.jobs import new_case
from tests.records.writing import SOON, busy, entries, sound, telling


def keep(version):
    """An act with a row of its own, which can be looked for."""
    def does(pages):
        pages.add(KeptRulebook, version=version, kept_at=pages.at, texts=b"")
        return telling(version)(pages)

    return does


def kept(records):
    with records.reading() as session:
        return {version for version in session.exec(select(KeptRulebook.version)) if len(version) < 20}


def told(records):
    """The names of what was told, chain by chain."""
    return [json.loads(one.header)["move"] for one in entries(records, kind="act")]


def refuse(does):
    """Do it, then refuse."""
    def refusing(pages):
        does(pages)
        pages.flush()
        raise LookupError("no")

    return refusing


def unavailable(pages):
    raise Unavailable("test")


def test_many_threads_what_is_acknowledged_is_in_the_log_and_the_chain_has_no_gap(records):
    acknowledged: dict[int, list[str]] = {}
    start = threading.Barrier(8)

    def work(number):
        start.wait(SOON)
        futures = [records.act(telling(f"{number}.{place}")) for place in range(40)]
        acknowledged[number] = [future.result(SOON) for future in futures]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(SOON)
    seqs = {one.id: one.seq for one in entries(records, kind="act")}
    assert set(seqs) == {one for ids in acknowledged.values() for one in ids} and len(seqs) == 320
    for ids in acknowledged.values():
        assert [seqs[one] for one in ids] == sorted(seqs[one] for one in ids)      # in the order in which each thread submitted
    found = sound(records)
    assert (found.chains, found.entries) == (1, 321)
    [chain] = {one.writer for one in entries(records)}
    assert found.heads[chain][0] == 320


def test_jobs_that_came_together_are_told_in_their_order(records):
    with busy(records.writer, records.act):
        futures = [records.act(telling(f"{one:03}")) for one in range(100)]
    assert [future.result(SOON) for future in futures] == [one.id for one in entries(records, kind="act")]
    assert told(records) == sorted(told(records))


def test_a_refused_job_leaves_nothing_and_does_not_disturb_the_others(records):
    with busy(records.writer, records.act):
        before, case = records.act(keep("before")), records.submit(new_case(records))
        refused, also = records.act(refuse(keep("refused"))), records.act(refuse(telling("also")))
        after = records.act(keep("after"))
    for one in (refused, also):
        with pytest.raises(LookupError):
            one.result(SOON)
    assert before.result(SOON) and case.result(SOON).case_id and after.result(SOON)
    assert kept(records) == {"before", "after"} and told(records) == ["before", "after"]
    assert sound(records).chains == 1


def test_a_job_that_meets_what_is_there_is_isolated(records):
    records.do(keep("there"))
    with busy(records.writer, records.act):
        before, twice, after = records.act(keep("before")), records.act(keep("there")), records.act(keep("after"))
    with pytest.raises(Unavailable):
        twice.result(SOON)
    assert before.result(SOON) and after.result(SOON)
    assert kept(records) == {"there", "before", "after"} and told(records) == ["there", "before", "after"]
    assert sound(records).chains == 1       # nothing was committed, so nothing is uncertain


class Broken:
    """A job of the kind that is not alone, with a mistake that shows only after its first row."""

    alone = False

    def __init__(self, does):
        self.decided, self.people, self.key, self.number, self._does = None, (), None, None, does

    def write(self, pages):
        return self._does(pages)


@pytest.mark.parametrize("mistake", [
    pytest.param(lambda pages: keep("broken")(pages) + 1, id="type"),
    pytest.param(lambda pages: pages.session.connection().exec_driver_sql("SELECT ?"), id="statement"),
    pytest.param(lambda pages: pages.session.exec(select(KeptRulebook).where(col(KeptRulebook.version) == "none")).one(), id="lookup")])
@pytest.mark.parametrize("alone", [True, False])
def test_a_job_with_a_mistake_is_isolated(records, monkeypatch, mistake, alone):
    monkeypatch.setattr(Prepare, "__call__", lambda self, session, jobs: None)
    with busy(records.writer, records.act):
        before, broken, after = records.act(keep("before")), records.submit(Act(mistake) if alone else Broken(mistake)), records.act(keep("after"))
    assert broken.exception(SOON) is not None
    assert before.result(SOON) and after.result(SOON)
    assert kept(records) == {"before", "after"} and told(records) == ["before", "after"]
    sound(records)


def test_after_the_database_failed_a_new_chain_names_the_heads_of_the_others(records):
    records.do(keep("first"))
    with busy(records.writer, records.act):
        lost, failing = records.act(keep("lost")), records.act(unavailable)
    for one in (lost, failing):
        with pytest.raises(Unavailable):
            one.result(SOON)
    records.do(keep("second"))
    assert kept(records) == {"first", "second"}
    first, second = [next(one for one in entries(records, kind="act") if json.loads(one.header)["move"] == name) for name in ("first", "second")]
    assert (first.seq, second.seq) == (1, 1) and first.writer != second.writer
    [start] = [one for one in entries(records, writer=second.writer) if one.seq == 0]
    assert json.loads(start.header)["heads"] == {first.writer: [1, first.hash]}
    found = sound(records)
    assert (found.chains, found.entries) == (2, 4)
    with records.reading() as session:
        assert {one.writer: one.seen for one in session.exec(select(LogChain))} == {first.writer: 1, second.writer: -1}


def test_a_head_that_was_vouched_for_is_not_named_again(records):
    for name in ("one", "two", "three"):
        records.do(telling(name))
        with pytest.raises(Unavailable):
            records.do(unavailable)
    heads = sorted(len(json.loads(one.header)["heads"]) for one in entries(records, kind="start"))
    assert heads == [0, 1, 1]
    sound(records)


def test_a_database_put_back_from_a_copy_gets_a_new_chain_and_no_gap(records):
    """The writer's last entries are not in the copy: going on after them would look as if they had been cut out."""
    records.do(telling("kept"))
    head = entries(records)[-1]
    records.do(telling("lost"))
    with records.database.writing() as session:
        lost = select(LogEntry.id).where(col(LogEntry.seq) > head.seq)
        session.execute(delete(LogContent).where(col(LogContent.entry_id).in_(lost)))
        session.execute(delete(LogEntry).where(col(LogEntry.seq) > head.seq))
        session.execute(update(LogChain).values(seq=head.seq, hash=head.hash))
    records.do(telling("after"))
    assert sorted(told(records)) == ["after", "kept"]
    assert sound(records).chains == 2


def test_closing_writes_what_is_queued(database_url, records):
    other = Writer(records.database, records.clock, Prepare())
    with busy(other, lambda does: other.submit(Act(does))):
        futures = [other.submit(Act(telling(f"{one:02}"))) for one in range(30)]
        closing = threading.Thread(target=other.close)
        closing.start()
    closing.join(SOON)
    assert not closing.is_alive() and all(future.done() for future in futures)
    assert {future.result(0) for future in futures} == {one.id for one in entries(records, kind="act")}
    with pytest.raises(Unavailable, match="closed"):
        other.submit(Act(telling("late"))).result(0)
    sound(records)


def test_opening_twice_writes_into_two_chains(database_url, records, hands):
    again = Records(database_url, records.rulebooks.current, {}, hands)
    try:
        for one in (records, again, records, again):
            one.do(telling("told"))
    finally:
        again.close()
    assert (sound(records).chains, len(told(records))) == (2, 4)


def test_two_writers_in_each_others_way_are_both_served(postgres_url, hands, postgres_records):
    """PostgreSQL ends a deadlock by sending one of them away; it tries again."""
    records = postgres_records
    for version in ("left", "right"):
        records.do(keep(version))
    other = Writer(records.database, records.clock, Prepare())
    met = threading.Barrier(2)
    tries: list[str] = []

    def change(first, then):
        def does(pages):
            pages.session.connection().execute(text("SET LOCAL deadlock_timeout = '20ms'"))
            tries.append(first)
            for version in (first, then):
                pages.session.execute(update(KeptRulebook).where(col(KeptRulebook.version) == version).values(kept_at=first))
                if tries.count(first) == 1 and version == first:
                    met.wait(SOON)
            return telling(first)(pages)

        return Act(does)

    try:
        futures = [records.submit(change("left", "right")), other.submit(change("right", "left"))]
        assert all(future.result(SOON) for future in futures)
    finally:
        other.close()
    assert len(tries) == 3
    assert sorted(told(records)) == ["left", "left", "right", "right"]
    sound(records)


def test_what_is_contended_for_ever_is_told_so(records):
    def contended(pages):
        raise Contended("test")

    with busy(records.writer, records.act):
        never, other = records.act(contended), records.act(telling("other"))
    with pytest.raises(Unavailable):
        never.result(SOON)
    assert other.result(SOON) and told(records) == ["other"]
