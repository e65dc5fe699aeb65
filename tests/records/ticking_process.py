"""Another machine that looks for what has fallen due: `python -m tests.records.ticking_process URL DAY`.

It opens the records, says `ready`, waits for a line, looks, and prints as JSON what it raised. Used by `test_tick`.
"""

from __future__ import annotations

import json
import sys
from datetime import date

from api.records import tick
from tests.records.conftest import Hands, opened
from tests.records.deferring import at


def main(url: str, day: str) -> None:
    """Open, look, tell."""
    hands = Hands()
    at(hands, day)
    tick.TOGETHER = 5      # many small lots, so that two machines meet often
    with opened(url, hands) as records:
        print("ready", flush=True)
        sys.stdin.readline()
        report = tick.tick(records, date.fromisoformat(day))
    print(json.dumps({"raised": [[one.clock_id, one.what] for one in report.raised], "failed": [repr(one.error) for one in report.failed]}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
