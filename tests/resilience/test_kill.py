"""kill -9 under load, again and again: nothing acknowledged is lost, nothing is decided twice, the chains verify."""

from __future__ import annotations

import os
import random

from tests.resilience.load import Ledger, acknowledged, check_answers, check_log, load_until, send_what_is_pending
from tests.resilience.service import serving

#: How often the service is killed; more in a long run: MIANZHENG_TEST_KILLS=200 pytest tests/resilience/test_kill.py
KILLS = int(os.environ.get("MIANZHENG_TEST_KILLS", "6"))
SEED = int(os.environ.get("MIANZHENG_TEST_SEED", "20261122"))


def test_what_was_acknowledged_survives_kill_minus_nine(database_url):
    rng, ledger = random.Random(SEED), Ledger(SEED)
    kills_with_work_under_way = 0
    for _ in range(KILLS):
        with serving(database_url) as service:
            enough = len(ledger.acknowledged) + rng.randint(1, 60)
            load_until([service], ledger, acknowledged(enough), service.kill, go_on=True).ended()
            service.wait()
            kills_with_work_under_way += bool(ledger.unanswered)
            ledger.again()
    assert kills_with_work_under_way, "no kill met a request under way: the test shows nothing"
    with serving(database_url) as service:
        send_what_is_pending(service, ledger)
        check_answers(service, ledger)
    found = check_log(database_url, ledger)
    assert found.chains >= KILLS and found.decisions >= len(ledger.acknowledged)
