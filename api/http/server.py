"""Starting the server: what `mianzheng serve` does. Listens until it is told to stop."""

from __future__ import annotations

import logging
import sys

import uvicorn

from api.http.app import create_app, listed
from api.http.service import load, settle
from api.records.records import WAITS
from api.settings import Settings
from engine.problems import Refused


def serve(settings: Settings | None = None) -> int:
    """Serve until stopped. The exit status is 1 when the settings or the rulebook are refused; the problems stand on standard error."""
    try:
        chosen = settings or Settings.from_environment()
        app = create_app(chosen, rules=load(chosen))      # opens the records and reads the settings of the sources
    except Refused as refusal:
        print(listed(refusal.problems), file=sys.stderr)
        return 1
    logging.basicConfig(level=logging.INFO, format="%(levelname)s:     %(message)s")
    settle()
    server = uvicorn.Server(uvicorn.Config(
        app, host=chosen.host, port=chosen.port, server_header=False,
        timeout_graceful_shutdown=chosen.patience * WAITS + 1))      # who keeps a line open with half a request is not waited for
    server.run()
    return 0 if server.started else 1
