"""Writes the example of docs/http.md anew from what the service answers: `python -m tests.api.handbook`.

A test holds the example against the service; run this after a change of rules or wording.
"""

from __future__ import annotations

import json
from typing import Any

from api.http.documents import APPLICATION
from tests.api.door import ROOT, call

PAGE = ROOT / "docs" / "http.md"

#: What changes from answer to answer and from rulebook to rulebook.
CHANGING = {"id": "5b0f4c1e-8f3a-4f0e-9d55-0a6b8a2a3c11", "case": "0b7c9a52-6d5e-4a8c-8d53-61f6a2f0a7d4",
            "decided_at": "2026-11-22T09:30:00+08:00", "rulebook": "sha256:…"}


def ends(text: str, mark: str) -> tuple[int, int]:
    """Where the JSON block after a mark begins and ends."""
    start = text.index(f"<!-- {mark} -->\n```json\n") + len(f"<!-- {mark} -->\n```json\n")
    return start, text.index("\n```", start)


def block(text: str, mark: str) -> Any:
    """The JSON after a mark."""
    start, end = ends(text, mark)
    return json.loads(text[start:end])


def current_answer() -> dict[str, Any]:
    """What the service answers to the documented application."""
    answer: dict[str, Any] = call("POST", "/v1/decisions?on=2026-11-22", json=APPLICATION).json()
    return {**answer, **CHANGING}


def write() -> None:
    """Put both blocks into the page."""
    text = PAGE.read_text("utf-8")
    for mark, value in (("request", APPLICATION), ("answer", current_answer())):
        start, end = ends(text, mark)
        text = text[:start] + json.dumps(value, ensure_ascii=False, indent=2) + text[end:]
    PAGE.write_text(text, "utf-8")


if __name__ == "__main__":
    write()
