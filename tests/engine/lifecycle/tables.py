"""Reads the tables of tests/tables as rows of words."""

from __future__ import annotations

import csv
from pathlib import Path

TABLES = Path(__file__).resolve().parent.parent.parent / "tables"


def rows(name: str) -> list[dict[str, str]]:
    with (TABLES / f"{name}.csv").open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))
