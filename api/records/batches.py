"""Work that comes one by one and is done together: a queue, a thread, and whatever is waiting is taken at once.

While one batch is being done the next gathers, so the busier it gets the larger the batches. Nothing here knows what the work is.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final, Generic, TypeVar

from api.records.database import Unavailable

MOST_WAITING: Final = 10_000     # more are refused at once instead of being answered too late
MOST_TOGETHER: Final = 256

T = TypeVar("T")
Batch = list[tuple[T, Future[Any]]]


class Batches(Generic[T]):
    """`serve` gets a batch and must settle every future in it. The thread starts with the first work.

    `moment`: seconds that more work may take to come before a batch is taken, when it came together just before.
    """

    def __init__(self, name: str, serve: Callable[[Batch[T]], None], moment: float = 0.0):
        self._name, self._serve, self._moment = name, serve, moment
        self._queue: queue.Queue[tuple[T, Future[Any]] | None] = queue.Queue(MOST_WAITING)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closed = False

    def submit(self, work: T) -> Future[Any]:
        """Queue the work. The future holds Unavailable at once where nothing more is taken."""
        future: Future[Any] = Future()
        with self._lock:
            if self._closed:
                future.set_exception(Unavailable("closed"))
                return future
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            try:
                self._queue.put_nowait((work, future))     # under the lock: never behind the mark that `close` leaves
            except queue.Full:
                future.set_exception(Unavailable("queue full"))
        return future

    def close(self) -> None:
        """Do what is queued, then stop. What comes later is refused."""
        with self._lock:
            self._closed, thread = True, self._thread
        if thread is not None:
            self._queue.put(None)
            thread.join()

    def _run(self) -> None:
        last, together = False, 0
        while not last:
            gathered = [self._queue.get()]
            if together > 1:
                time.sleep(self._moment)
            while len(gathered) < MOST_TOGETHER and gathered[-1] is not None:
                try:
                    gathered.append(self._queue.get_nowait())
                except queue.Empty:
                    break
            last = gathered[-1] is None
            batch = [one for one in gathered if one is not None and one[1].set_running_or_notify_cancel()]
            together = len(batch)
            if batch:
                self._all(batch)

    def _all(self, batch: Batch[T]) -> None:
        """Serve; whatever goes wrong, nobody waits for ever."""
        try:
            self._serve(batch)
        except BaseException as error:
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
