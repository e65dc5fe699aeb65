"""The certificate library in place of a question: only where it says yes, is sealed, and may be shared in the deciding division."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.records.holding import row, taken, written
from tests.sources.asking import Asking, routes, unasked
from tests.sources.server import SourceServer

CATERING = "catering_permit_dechang_register_down"
USCC = "91513424MA0000015F"


def _licence(**changes: Any) -> dict[str, Any]:
    return row(type="business_licence", number=USCC, holder_id_type="uscc", holder_number=USCC, holder_name="德昌测试餐饮有限公司", issuer="合成机关", **changes)


def _decided(source_server: SourceServer, folder: Path, document: dict[str, Any], *rows: dict[str, Any]) -> dict[str, Any]:
    asking = Asking(source_server.url, folder)
    report, faults = taken(asking.service.records, written(folder / "certificates.jsonl", *rows))
    assert report.taken == len(rows), faults
    return asking.run(lambda to: to.decide(document))


def test_a_certificate_in_force_spares_the_question(source_server: SourceServer, tmp_path: Path) -> None:
    source_server.set_faults(business_registry={"fault": "error", "status": 500})
    answer = _decided(source_server, tmp_path, unasked(CATERING), _licence())
    assert routes(answer)["business_licence"] == ("shared", "settled") and source_server.counts()["requests"] == 0
    [asked] = [one for one in answer["inquiries"] if one["source"] == "business_registry"]
    assert (asked["result"], asked["why"], asked["ground"]) == ("valid", "certificate_library", "statutory_duty")


@pytest.mark.parametrize("changes", [{"seal": ""}, {"valid_to": "2026-02-01"}])
def test_anything_but_a_yes_is_asked(source_server: SourceServer, tmp_path: Path, changes: dict[str, Any]) -> None:
    """A certificate that has ended may have been renewed: the library is no proof that there is none."""
    answer = _decided(source_server, tmp_path, unasked(CATERING), _licence(**changes))
    assert routes(answer)["business_licence"] == ("shared", "settled") and source_server.counts()["sources"]["business_registry"]["requests"] == 1


def test_a_certificate_under_another_name_spares_no_question(source_server: SourceServer, tmp_path: Path) -> None:
    _decided(source_server, tmp_path, unasked(CATERING), {**_licence(), "holder_name": "别的公司"})
    assert source_server.counts()["sources"]["business_registry"]["requests"] == 1


def test_where_no_list_lets_it_be_shared_it_is_asked(source_server: SourceServer, tmp_path: Path) -> None:
    elsewhere = unasked(CATERING, deciding_division="210400")
    answer = _decided(source_server, tmp_path, elsewhere, _licence())
    assert routes(answer)["business_licence"][0] == "shared" and source_server.counts()["sources"]["business_registry"]["requests"] == 1


def test_another_holders_certificate_says_nothing(source_server: SourceServer, tmp_path: Path) -> None:
    other = {**_licence(), "number": "93430500MA00000152", "holder_number": "93430500MA00000152"}
    _decided(source_server, tmp_path, unasked(CATERING), other)
    assert source_server.counts()["sources"]["business_registry"]["requests"] == 1


@pytest.mark.parametrize("status", ["cancelled", "frozen"])
def test_where_the_registers_differ_nobody_is_spared_and_nothing_demanded(source_server: SourceServer, tmp_path: Path, status: str) -> None:
    """The source says valid, our library says ended: the authorities find out which of them is right."""
    answer = _decided(source_server, tmp_path, unasked(CATERING), _licence(status=status, status_since="2026-03-01"))
    assert routes(answer)["business_licence"] == ("agency_followup", "settled")
    [asked] = [one for one in answer["inquiries"] if one["source"] == "business_registry"]
    assert (asked["result"], asked["why"]) == ("unclear", "registers_differ")
    assert [ticket["kind"] for ticket in answer["tickets"]] == ["unclear"]


def test_a_licence_in_force_beside_an_ended_one_is_in_force(source_server: SourceServer, tmp_path: Path) -> None:
    ended = {**_licence(status="cancelled", status_since="2026-03-01"), "number": "91513424MA0000015F-OLD"}
    answer = _decided(source_server, tmp_path, unasked(CATERING), ended, _licence())
    assert routes(answer)["business_licence"] == ("shared", "settled")
