"""A service with records, its clock in hand, for tests of what happens after the answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import FastAPI

from api.http.app import create_app
from api.rule_files import open_rulebook
from api.settings import Settings
from engine.reading import read_rulebook
from tests.api.door import call, fixture
from tests.bundled import rulebook
from tests.records.conftest import Hands

RENT, SALE = "housing_fund_rent_fushun", "house_sale_fushun"
OFFICER = {"id": "FS-0421", "role": "综合窗口受理员"}
GROUND = "个人信息保护法第四十七条第一款第二项，保存期限已届满"
ELDER = {"kind": "natural_person", "name": "测试壬", "id_type": "resident_id", "id_number": "430503195812310004"}
UNKNOWN = "00000000-0000-4000-8000-000000000000"
KEY = {"Idempotency-Key": "k-1"}


class Hall:
    """A service with records, its clock in hand."""

    def __init__(self, url: str, rules: Path | None = None, **settings: Any):
        self.hands = Hands()
        made = read_rulebook_of(rules) if rules else rulebook()
        self.app: FastAPI = create_app(Settings(database=url, rules=rules, **settings), clock=self.hands, rules=made)
        self.url = url

    def close(self) -> None:
        self.app.state.service.close()

    def call(self, method: str, path: str, **more: Any) -> Any:
        return call(method, path, to=self.app, **more)

    def get(self, path: str, **more: Any) -> Any:
        return self.call("GET", path, **more)

    def decide(self, name: str = RENT, query: str = "", headers: Any = None, **changes: Any) -> Any:
        return self.call("POST", f"/v1/decisions{query}", json={**fixture(name), **changes}, headers=headers)

    def again(self, case: str, document: Any, query: str = "", **more: Any) -> Any:
        return self.call("POST", f"/v1/cases/{case}/decisions{query}", json=document, **more)

    def move(self, case: str, name: str) -> Any:
        return self.call("POST", f"/v1/cases/{case}/moves", json={"move": name, "officer": OFFICER})

    def erase(self, **target: Any) -> Any:
        return self.call("POST", "/v1/erasures", json={"ground": GROUND, "officer": OFFICER, **target})


def read_rulebook_of(folder: Path) -> Any:
    """The rulebook of a folder."""
    return read_rulebook(open_rulebook(folder))


def batch(hall: Hall, *documents: Any, **more: Any) -> Any:
    """Several applications at once."""
    return hall.call("POST", "/v1/decisions/batch", json={"applications": list(documents)}, **more)
