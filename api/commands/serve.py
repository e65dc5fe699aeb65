"""`mianzheng serve`: the HTTP service with its settings, options before environment. Listens until it is told to stop."""

from __future__ import annotations

import os
from pathlib import Path


def serve(host: str | None, port: int | None, rules: Path | None) -> int:
    """The exit status: 0 stopped, 1 the settings or the rulebook are refused."""
    for name, value in (("MIANZHENG_HOST", host), ("MIANZHENG_PORT", port), ("MIANZHENG_RULES", rules)):
        if value is not None:
            os.environ[name] = str(value)
    from api.http.server import serve as run
    return run()
