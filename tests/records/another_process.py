"""Another process that writes decisions: `python -m tests.records.another_process URL NAME COUNT`.

It says `ready` once it is about to open the database, waits for a line, opens it, records its decisions from several threads, some of
them under keys and case numbers that others use too, and prints as JSON what was acknowledged. Used by `test_two_processes`.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor

from api.records.decisions import CaseExists
from api.records.records import Records
from api.rule_files import bundled, open_rulebook
from tests.bundled import decider
from tests.records.conftest import Hands
from tests.records.jobs import new_case
from tests.records.writing import SOON

THREADS = 4
SHARED = 20     # every so manieth decision has a key that all processes use, and the one after it such a case number


def main(url: str, name: str, count: int) -> None:
    """Open, record, tell."""
    made, texts = decider(), open_rulebook(bundled())
    print("ready", flush=True)
    sys.stdin.readline()
    records = Records(url, made, texts, Hands(), program=name)
    jobs = [new_case(records, **naming(place, name)) for place in range(count)]
    with ThreadPoolExecutor(THREADS) as threads:
        told = list(threads.map(lambda job: outcome(records, job), jobs))
    records.close()
    print(json.dumps(told), flush=True)


def naming(place: int, name: str) -> dict[str, str]:
    """What a decision is called, by its place."""
    if place % SHARED == 0:
        return {"key": f"shared-{place}", "fingerprint": "same"}
    if place % SHARED == 1:
        return {"case": f"SHARED-{place}"}
    return {"case": f"{name}-{place}"}


def outcome(records: Records, job):
    """Decision, case and whether it was there; none where the number was taken."""
    try:
        receipt = records.submit(job).result(SOON)
    except CaseExists:
        return None
    return [receipt.decision_id, receipt.case_id, receipt.replayed]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
