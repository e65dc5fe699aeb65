"""The clock of a running service: a thread that looks every so often for what has fallen due, as `mianzheng tick` does.

One look at a time. A database that does not answer is told once and looked for again; whatever else goes wrong is logged and does not stop it. Nothing here
knows what falls due (see `api.records.tick`).
"""

from __future__ import annotations

import logging
import threading
from typing import Final

from api.records.database import Unavailable
from api.records.records import Records
from api.records.tick import Report, tick

_log = logging.getLogger("mianzheng")

#: How long a stop waits for the look that is under way, in seconds; it ends between two lots.
PATIENCE: Final = 10.0


class Ticking:
    """Looks at once when started, then every `every` seconds until stopped."""

    def __init__(self, records: Records, every: float):
        self._records, self._every = records, every
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mianzheng-ticking", daemon=True)
        self._lost = False
        self._known: set[str] = set()      # terms that failed and were told of

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, after the lot that is being written. May be called from any thread, also where it never began."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._look()
            self._stop.wait(self._every)

    def _look(self) -> None:
        try:
            report = tick(self._records, going=lambda: not self._stop.is_set())
        except Unavailable as error:
            if not self._lost:
                _log.warning("数据库没有应答（%s），到期的事等它恢复以后再看。 The database does not answer; what falls due is looked at once it is back.", error.reason)
            self._lost = True
        except Exception:
            _log.exception("看到期的事时出错，下次再看。 Looking for what is due went wrong; the next look comes.")
        else:
            if self._lost:
                _log.info("数据库恢复了，继续看到期的事。 The database is back.")
            self._lost = False
            self._tell(report)

    def _tell(self, report: Report) -> None:
        """What was raised, counted; a term that fails is told once, not at every look; silence where there is nothing."""
        if report.raised:
            counted = " · ".join(f"{what} {count}" for what, count in sorted(report.counts().items()))
            _log.info("到期 raised on %s: %s", report.day, counted)
        for one in report.failed:
            if one.clock_id not in self._known:
                _log.error("期限 %s（办件 %s）没有看成，其余照常。 The term could not be looked at; the others were.", one.clock_id, one.case_id, exc_info=one.error)
        self._known = {one.clock_id for one in report.failed}
