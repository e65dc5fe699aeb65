"""The certificate library as callers and operators meet it: the doors, the command, and a whole journey from a file to decisions."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from api.cli import app
from api.commands import certificates as command
from tests.api.door import assert_problem, codes
from tests.api.hall import OFFICER, UNKNOWN, Hall
from tests.api.test_openapi import assert_fits

FILES = Path(__file__).resolve().parents[2] / "fixtures" / "certificates"
FUSHUN, DECHANG, REFUSED = FILES / "fushun.csv", FILES / "dechang.jsonl", FILES / "refused.csv"
GENG = {"id_type": "resident_id", "id_number": "513424200802290006"}
JOB, CARE = "unemployment_commitment_dechang", "care_elsewhere_shaoyang"
CARD = {"type": "就业创业证", "number": "DC-JYCY-000009", "holder_id_type": "resident_id", "holder_number": GENG["id_number"], "holder_name": "测试庚",
        "issuer": "德昌县人力资源和社会保障局（合成）", "issued_on": "2026-10-09", "seal": "SEAL-513424-02", "synthetic": True, "officer": OFFICER}


def run(hall: Hall | None, *words: object, **more) -> tuple[int, str, str]:
    """Exit status, standard output, standard error of `mianzheng certificates`."""
    database = ["--database", hall.url] if hall is not None else []
    result = CliRunner().invoke(app, ["certificates", *map(str, words), *database], **more)
    assert "Traceback" not in result.output + result.stderr
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def post(hall: Hall, path: str = "", **body):
    return hall.call("POST", f"/v1/certificates{path}", json=body)


@pytest.fixture
def loaded(hall: Hall) -> Hall:
    for file in (FUSHUN, DECHANG):
        assert run(hall, "load", file)[0] == 0
    return hall


# —— the doors ——

def test_types_say_what_may_be_shown_and_shared_there_and_then(hall):
    answer = hall.get("/v1/certificates/types?division=513424&on=2026-11-22").json()
    assert_fits("CertificateTypes", answer)
    by_type = {one["type"]: one for one in answer["types"]}
    assert sum(one["shareable"] for one in answer["types"]) == 15      # 德昌 三(四)8, 9
    listed = [one for one in answer["types"] if one["may_be_shown"] and one["shown"] == "listed"]
    assert len(listed) == 12 and by_type["resident_id_card"]["may_be_shown"] and by_type["social_security_card"]["may_be_shown"]
    assert [(one["list"], one["division"]) for one in answer["lists"]] == [("showable", "513424"), ("shareable", "513424")]
    assert not any(one["shareable"] for one in hall.get("/v1/certificates/types").json()["types"])
    assert_problem(hall.get("/v1/certificates/types?division=1"), 422, "invalid-parameter")


def test_certificates_are_found_by_number_and_nobody_is_named(loaded):
    answer = post(loaded, "/search", **GENG)
    assert_fits("CertificateList", answer.json())
    assert len(answer.json()["certificates"]) == 7
    assert GENG["id_number"] not in answer.text and "测试庚" not in answer.text
    card = next(one for one in answer.json()["certificates"] if one["type"] == "resident_id_card")
    assert (card["number"], card["holder"], card["state"], card["sealed"]) == ("5134***06", "5134***06", "valid", True)
    assert loaded.get(f"/v1/certificates/{card['id']}").json() == card
    assert post(loaded, "/search", **{**GENG, "on": "2008-03-02"}).json()["certificates"] == []
    nurse = post(loaded, "/search", type="护士执业证书", number="201651000001").json()["certificates"]
    assert [(one["version"], one["state"]) for one in nurse] == [(2, "valid")]
    early = post(loaded, "/search", type="nurse_licence", number="201651000001", on="2026-08-31").json()["certificates"]
    assert [(one["version"], one["state"]) for one in early] == [(1, "valid")]


@pytest.mark.parametrize(("body", "code"), [
    ({}, "one-of"), ({"id_type": "resident_id"}, "one-of"), ({"number": "x"}, "one-of"), ({**GENG, "type": "nurse_licence", "number": "x"}, "one-of"),
    ({**GENG, "number": "x"}, "one-of"), ({"type": "护士职业证", "number": "x"}, "unknown-certificate-type"),
    ({"id_type": "resident_id", "id_number": "513424200802290007"}, "id-number"), ({"id_type": "身份证", "id_number": "1"}, "unknown-value")])
def test_a_search_that_says_too_much_or_too_little_is_told_so(hall, body, code):
    response = post(hall, "/search", **body)
    assert_problem(response, 422, "invalid-application")
    assert codes(response) == [code] and "513424200802290007" not in response.text


def test_one_is_entered_its_status_changed_and_the_same_changes_nothing(hall):
    first = post(hall, **CARD)
    assert (first.status_code, first.json()["outcome"], first.json()["type"]) == (201, "entered", "employment_card")
    assert_fits("CertificateEntered", first.json())
    assert [(one.status_code, one.json()["outcome"]) for one in [post(hall, **CARD)]] == [(200, "unchanged")]
    ended = post(hall, **CARD, status="withdrawn", status_since="2026-11-20")
    assert (ended.status_code, ended.json()["outcome"], ended.json()["state"], ended.json()["id"]) == (200, "status_changed", "revoked", first.json()["id"])
    assert_problem(post(hall, **CARD), 409, "conflict")
    assert_problem(post(hall, **{**CARD, "issuer": "别的机构"}), 409, "conflict")
    assert post(hall, **{**CARD, "version": 2}).status_code == 201
    batches = hall.get("/v1/certificates/batches").json()
    assert_fits("BatchList", batches)
    assert [(one["file"], one["loaded"]) for one in batches["batches"]] == [("", 1), ("", 1)] and batches["next"] is None
    assert hall.get(f"/v1/certificates/batches?after={batches['batches'][0]['id']}").json()["batches"] == batches["batches"][1:]


def test_every_fault_of_one_entered_is_told_at_its_field(hall):
    wrong = post(hall, **{**CARD, "type": "就业创业正", "holder_number": "513424200802290007", "status": "frozen", "issued_on": "2027-01-01"})
    assert_problem(wrong, 422, "invalid-application")
    assert sorted((one["field"], one["code"]) for one in wrong.json()["errors"]) == [
        ("holder_number", "id-number"), ("issued_on", "wrong-day"), ("status_since", "missing-value"), ("type", "unknown-certificate-type")]
    assert "513424200802290007" not in wrong.text
    assert_problem(hall.get(f"/v1/certificates/{UNKNOWN}"), 404, "unknown-record")
    assert_problem(hall.get(f"/v1/certificates/batches?after={UNKNOWN}"), 404, "unknown-record")


def test_strangers_and_a_service_without_records_are_told_so(open_hall):
    hall = open_hall(trusted_tokens=frozenset({"t"}))
    for method, path in (("GET", "/types"), ("GET", "/batches"), ("GET", f"/{UNKNOWN}"), ("POST", "/search"), ("POST", "")):
        assert_problem(hall.call(method, f"/v1/certificates{path}", **({"json": {}} if method == "POST" else {})), 403, "untrusted-caller")


# —— the command ——

def test_a_file_is_loaded_and_its_refused_rows_are_reported(hall, tmp_path):
    report = tmp_path / "refused.csv"
    status, out, err = run(hall, "load", REFUSED, "--refused", report)
    assert (status, err) == (1, "")
    assert "20 行，收下 1，本来就有 0，退回 19" in out and "还有 1 处" in out and "您是不是要写“结婚证”" in "".join(out.split())
    lines = list(csv.reader(report.open(encoding="utf-8-sig", newline="")))
    assert (lines[0][0], len(lines)) == ("行", 22)
    assert {one[0] for one in lines[1:]} == {str(number) for number in range(3, 22)}
    assert "210400199003070008" not in out + report.read_text("utf-8")
    status, out, _ = run(hall, "load", REFUSED, "--json", "--lang", "en")
    told = json.loads(out)
    assert (status, told["unchanged"], told["refused"], told["faults"], len(told["shown"])) == (1, 1, 19, 21, 20)


def test_a_dry_run_loads_nothing_and_makes_no_database(hall, tmp_path):
    assert "只核对，没有载入" in run(hall, "load", FUSHUN, "--dry-run")[1]
    assert post(hall, "/search", **GENG).json()["certificates"] == []
    nowhere = f"sqlite:///{tmp_path / 'new.db'}"
    status, _, err = run(None, "load", FUSHUN, "--dry-run", "--database", nowhere)
    assert status == 2 and "no-database" in err and not (tmp_path / "new.db").exists()
    assert run(None, "load", FUSHUN, "--database", nowhere)[0] == 0 and (tmp_path / "new.db").exists()


@pytest.mark.parametrize(("words", "code"), [
    (("nothing.csv",), "unreadable-file"), ((FILES,), "unreadable-file"), ((FILES / ".." / "README.md",), "unknown-format"), ((FUSHUN, "--format", "jsonl"), ""),
    ((DECHANG, "--format", "csv"), "missing-column"), ((FUSHUN, "--refused", "/nowhere/at/all.csv"), "unwritable"), ((FUSHUN, "--rules", "nowhere"), "no-rulebook")])
def test_what_cannot_be_loaded_at_all_is_a_mistake_of_usage(hall, words, code):
    status, out, err = run(hall, "load", *words)
    assert (status, code in err) == ((2, True) if code else (1, True)), out + err


def test_an_interruption_says_how_far_it_came_and_a_terminal_sees_a_bar(hall, monkeypatch):
    monkeypatch.setattr(command, "err", lambda: Console(stderr=True, force_terminal=True))
    status, _, err = run(hall, "load", DECHANG)
    assert status == 0 and "载入" in err

    def interrupted(records, source, refuse, tell, report):
        report.rows = report.taken = 4
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "take", interrupted)
    status, out, _ = run(hall, "load", DECHANG)
    assert status == 130 and "收下 4" in out and "再运行一次" in out


def test_find_shows_states_and_no_whole_number(loaded):
    status, out, _ = run(loaded, "find", "--holder", GENG["id_number"], "--on", "2026-11-22")
    said = "".join(out.split())
    assert status == 0 and "就业创业证" in said and GENG["id_number"] not in said and "有效，没有" in said
    assert run(loaded, "find", "--holder", "-", "--on", "2026-11-22", input=GENG["id_number"] + "\n")[1] == out
    told = json.loads(run(loaded, "find", "--number", "JY25134240000001", "--type", "食品经营许可证", "--on", "2026-11-22", "--json")[1])
    assert [(one["state"], one["status"]) for one in told["certificates"]] == [("frozen", "frozen")]
    assert run(loaded, "find", "--number", "nothing", "--lang", "en")[:2][0] == 1
    said = "".join(run(loaded, "find", "--number", "210402900307002", "--on", "2026-11-22")[1].split())
    assert "颁发机构合成居民身份证" in said and "已失效" in said and "是" in said      # fifteen digits are the same number
    status, _, err = run(loaded, "find", "--number", "x", "--on", "2025-02-30")
    assert status == 2 and "不是日历上的日子" in "".join(err.split()) and "formats" not in err
    assert run(loaded, "find")[0] == 2
    status, _, err = run(loaded, "find", "--number", "x", "--type", "结昏证")
    assert status == 1 and "您是不是要写“结婚证”" in err
    assert run(loaded, "find", "--holder", " ")[0] in (1, 2)


def test_types_are_printed_for_people_and_machines(hall):
    status, out, _ = run(None, "types", "--division", "513424", "--on", "2026-11-22")
    assert status == 0 and "德昌县 · 2026-11-22" in out and "第一批" in out
    assert "Dechang" in run(None, "types", "--division", "513424", "--on", "2026-11-22", "--lang", "en")[1]
    assert json.loads(run(None, "types", "--division", "513424", "--on", "2026-11-22", "--json")[1]) == hall.get(
        "/v1/certificates/types?division=513424&on=2026-11-22").json()
    assert run(None, "types", "--division", "1")[0] == 1


# —— a journey ——

def route(answer, code):
    return next(one["route"] for one in answer.json()["materials"] if one["material"] == code)


def test_from_a_file_to_decisions_and_back(loaded):
    card = {"credential": "resident_id_card", "holder": "applicant", "number": GENG["id_number"], "medium": "electronic"}
    good = loaded.decide(JOB, presented=[card], query="?explain=off")
    proof = next(one["material"] for one in good.json()["materials"] if one["route"] == "shown")
    found = post(loaded, "/search", type="resident_id_card", number=GENG["id_number"]).json()["certificates"]
    assert [one["state"] for one in found] == ["valid"]
    # the card is cancelled: from the next decision on it proves nothing, and a card of somebody else never did
    ended = {**CARD, "type": "resident_id_card", "number": GENG["id_number"], "issuer": "德昌县公安局（合成）", "issued_on": "2024-03-04", "valid_to": "2034-03-04",
             "seal": "SEAL-513424-01", "status": "cancelled", "status_since": "2026-11-21"}
    assert post(loaded, **ended).json()["outcome"] == "status_changed"
    bad = loaded.decide(JOB, presented=[card], query="?explain=full")
    assert route(bad, proof) != "shown"
    assert route(loaded.decide(JOB, presented=[{**card, "number": None}], query="?record=false"), proof) != "shown"
    again = loaded.again(bad.json()["case"], {"presented": [{"credential": "social_security_card", "number": "DC-SBK-000001", "medium": "electronic"}]})
    assert again.status_code == 200 and route(again, proof) == "shown"
    theirs = loaded.decide(JOB, presented=[{"credential": "social_security_card", "number": "FS-SBK-000001"}], query="?record=false")
    assert route(theirs, proof) != "shown"
    for one in (good, bad, again):
        assert loaded.call("POST", f"/v1/decisions/{one.json()['id']}/replay").json()["identical"] is True
        assert loaded.get(f"/v1/decisions/{one.json()['id']}").json()["outcome"] == one.json()["outcome"]


def test_whom_the_library_knows_is_not_asked(hall):
    def asked(answer):
        return [one["fact"] for one in answer.json()["questions"]]

    assert "holds_credential" in asked(hall.decide(CARE, facts={}, presented=[], query="?record=false"))
    assert post(hall, **{**CARD, "type": "居住证", "number": "GD-JZZ-000001", "holder_number": "430503195812310004", "holder_name": "测试己"}).status_code == 201
    assert "holds_credential" not in asked(hall.decide(CARE, facts={}, presented=[], query="?record=false"))
    denied = hall.decide(CARE, facts={"holds_credential": {"residence_elsewhere_certificate": False}}, presented=[], query="?record=false")
    assert route(denied, "residence_elsewhere_certificate") == "commitment"
