"""The records of a running service or command: database, writer, recall and kept rulebooks, opened together and closed together.

Everything that reads or writes records gets this one object. Opening brings the tables up to date. Nothing here decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final, TypeVar

from sqlmodel import Session

from api.records.database import PATIENCE, Database, Unavailable
from api.records.decisions import Prepare
from api.records.history import Known, Question, Recall
from api.records.instants import BEIJING, instant
from api.records.migrations import upgrade
from api.records.rulebooks import Rulebooks
from api.records.writer import Act, Clock, Job, Pages, Writer
from engine.decide import Decider
from engine.lifecycle.lateness import Thresholds
from engine.rulebook import Rulebook

T = TypeVar("T")

#: A caller waits for its answer this many times as long as the database may take for one statement.
WAITS: Final = 3
WAIT: Final = float(PATIENCE * WAITS)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a hall sets for itself. `complete`: these records are all the hall has. `closes`: when the counter closes."""

    complete: bool = False
    closes: time = time(17, 30)
    thresholds: Thresholds = Thresholds(1, 0, 3)   # noqa: RUF009 (immutable)
    repeat_card: str = "red"


class Records:
    """Open with the current decider and the texts of its rulebook."""

    def __init__(self, url: str, decider: Decider, texts: Mapping[str, str], clock: Clock, policy: Policy | None = None, program: str = "",
                 patience: int = PATIENCE):
        """`patience`: seconds one statement may wait. Raises Refused where the URL, the folder or the state of the tables is wrong, Unavailable where nobody answers."""
        self.database = Database(url, patience)
        self.database.create()
        upgrade(self.database)
        self.clock, self.policy, self.program = clock, policy or Policy(), program
        self.rulebooks = Rulebooks(self.database, decider, texts)
        self.rulebooks.keep(instant(clock()))
        self.prepare = Prepare()
        self.writer = Writer(self.database, clock, self.prepare)
        self.recall = Recall(self.database)

    @property
    def wait(self) -> float:
        """How long a caller waits for its answer, in seconds; then it is told that there is none."""
        return float(self.database.patience * WAITS)

    @property
    def rulebook(self) -> Rulebook:
        """The rulebook in use today."""
        return self.rulebooks.current.rulebook

    def now(self) -> datetime:
        """The time in Beijing."""
        return self.clock().astimezone(BEIJING)

    def today(self) -> date:
        """The day in Beijing."""
        return self.now().date()

    def ask(self, question: Question) -> Future[Known]:
        """What the records know of people and of a case number."""
        return self.recall.ask(question)

    def submit(self, job: Job[T]) -> Future[T]:
        """Write; the result comes after the commit."""
        return self.writer.submit(job)

    def act(self, does: Callable[[Pages], T]) -> Future[T]:
        """Write what a function of Pages does, which may read first and may refuse; the result comes after the commit."""
        return self.writer.submit(Act(does))

    def do(self, does: Callable[[Pages], T]) -> T:
        """`act`, from a thread that may wait. Raises what the function raises, and Unavailable."""
        future = self.act(does)
        try:
            return future.result(self.wait)
        except TimeoutError:
            future.cancel()     # where it has not begun it shall not be done after all
            raise Unavailable("no answer in time") from None

    def reading(self) -> AbstractContextManager[Session]:
        """A session that reads."""
        return self.database.reading()

    def close(self) -> None:
        """Write what is queued and give everything back."""
        self.writer.close()
        self.recall.close()
        self.database.close()


__all__ = ["Pages", "Policy", "Records", "Session"]
