"""A service with records for every test that asks for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.hall import Hall


@pytest.fixture
def open_hall(tmp_path: Path) -> Iterator[Callable[..., Hall]]:
    opened: list[Hall] = []

    def make(rules: Path | None = None, **settings: Any) -> Hall:
        for one in opened:
            one.close()
        opened[:] = [Hall(f"sqlite:///{tmp_path / 'records.db'}", rules, **settings)]
        return opened[0]

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def hall(open_hall: Callable[..., Hall]) -> Hall:
    return open_hall()
