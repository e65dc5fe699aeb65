"""Batches: what waits is taken together, nobody waits for ever, and a full or closed queue says so at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from api.records import batches
from api.records.batches import Batches
from api.records.database import Unavailable

SOON = 20      # seconds after which a test that waits has failed


class Gate:
    """Serves only while it is open; remembers what came together."""

    def __init__(self) -> None:
        self.busy, self.open = threading.Event(), threading.Event()
        self.together: list[list[int]] = []

    def __call__(self, batch: list[tuple[int, Future]]) -> None:
        self.busy.set()
        assert self.open.wait(SOON)
        self.together.append([work for work, _ in batch])
        for work, future in batch:
            future.set_result(work * 10)


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    made.open.set()


def test_what_comes_while_a_batch_is_served_is_served_together(gate):
    queue: Batches[int] = Batches("test", gate)
    first = queue.submit(0)
    assert gate.busy.wait(SOON)
    others = [queue.submit(one) for one in range(1, 9)]
    gate.open.set()
    assert [one.result(SOON) for one in (first, *others)] == [one * 10 for one in range(9)]
    assert gate.together == [[0], list(range(1, 9))]
    queue.close()


def test_no_batch_is_larger_than_the_most(gate, monkeypatch):
    monkeypatch.setattr(batches, "MOST_TOGETHER", 3)
    queue: Batches[int] = Batches("test", gate)
    first = queue.submit(0)
    assert gate.busy.wait(SOON)
    futures = [queue.submit(one) for one in range(1, 8)]
    gate.open.set()
    queue.close()
    assert first.done() and all(one.done() for one in futures)
    assert gate.together == [[0], [1, 2, 3], [4, 5, 6], [7]]


def test_a_full_queue_refuses_at_once(gate, monkeypatch):
    monkeypatch.setattr(batches, "MOST_WAITING", 2)
    queue: Batches[int] = Batches("test", gate)
    served = queue.submit(0)
    assert gate.busy.wait(SOON)
    waiting = [queue.submit(1), queue.submit(2)]
    refused = queue.submit(3)
    with pytest.raises(Unavailable, match="full"):
        refused.result(0)
    gate.open.set()
    assert [one.result(SOON) for one in (served, *waiting)] == [0, 10, 20]
    queue.close()


def test_closing_serves_what_is_queued_and_refuses_what_comes_later(gate):
    queue: Batches[int] = Batches("test", gate)
    first = queue.submit(0)
    assert gate.busy.wait(SOON)
    second = queue.submit(1)
    closing = threading.Thread(target=queue.close)
    closing.start()
    gate.open.set()
    closing.join(SOON)
    assert not closing.is_alive() and (first.result(0), second.result(0)) == (0, 10)
    with pytest.raises(Unavailable, match="closed"):
        queue.submit(2).result(0)
    queue.close()


def test_closing_what_was_never_used_is_no_matter():
    Batches("test", lambda batch: None).close()


def test_whatever_goes_wrong_the_others_learn_of_it_and_the_next_batch_is_served():
    def serve(batch: list[tuple[int, Future]]) -> None:
        for work, future in batch:
            if work < 0:
                raise ZeroDivisionError
            future.set_result(work)

    queue: Batches[int] = Batches("test", serve)
    with pytest.raises(ZeroDivisionError):
        queue.submit(-1).result(SOON)
    assert queue.submit(5).result(SOON) == 5
    queue.close()


def test_who_gave_up_waiting_is_not_served(gate):
    queue: Batches[int] = Batches("test", gate)
    queue.submit(0)
    assert gate.busy.wait(SOON)
    given_up, other = queue.submit(1), queue.submit(2)
    assert given_up.cancel()
    gate.open.set()
    assert other.result(SOON) == 20
    assert gate.together == [[0], [2]]
    queue.close()


def test_nothing_is_left_waiting_however_closing_and_coming_meet():
    for _ in range(50):
        queue: Batches[int] = Batches("test", lambda batch: [future.set_result(None) for _, future in batch])
        start = threading.Barrier(5)
        futures: list[Future] = []

        def come(queue=queue, start=start, futures=futures) -> None:
            start.wait(SOON)
            futures.extend([queue.submit(one) for one in range(20)])

        threads = [threading.Thread(target=come) for _ in range(4)]
        for one in threads:
            one.start()
        start.wait(SOON)
        queue.close()
        for one in threads:
            one.join(SOON)
        assert len(futures) == 80
        for future in futures:
            assert future.exception(SOON) is None or isinstance(future.exception(0), Unavailable)
