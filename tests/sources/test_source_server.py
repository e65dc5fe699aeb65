"""The example source server: what it answers, what it refuses, each fault as it looks on the wire, and that it ends when told to."""

from __future__ import annotations

import json
import re
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from api.commands.printing import Language
from api.commands.source_server import Order
from api.commands.source_server import source_server as command
from api.source_server.faults import Faults, read_plan
from api.source_server.people import read_people
from api.source_server.register import register
from api.sources.contract import LONGEST, QueryReply
from api.sources.signing import Key, Signing
from engine.problems import Refused
from tests.bundled import rulebook
from tests.sources.server import ROOT, SOON, SourceServer, question

SECONDS = 5          # the promise is one; a busy machine is given more
HERE = "housing_fund_accounts"
YI, BING, TONG, XIN = "420704198001010007", "21040219900307000X", "620200201506010001", "210402199003070026"
MARRIAGE = {"source": "marriage_records", "material": "marriage_certificate", "fact": "marital_status"}
PERMIT = {"source": "residence_permit_records", "material": "residence_permit", "fact": "residence", "ground": "consent"}
PHOTO = {"source": "id_photo_records", "material": "id_photo", "fact": "image"}
DRIVING = {"source": "driving_licence_records", "material": "driving_licence", "fact": "driving_licence"}
ACCIDENTS = {"source": "traffic_accident_check", "material": "safe_driving_record", "fact": "safe_driving", "kind": "check"}


# ---- what it answers

@pytest.mark.parametrize(("more", "result", "valid_to"), [
    ({}, "valid", None),
    ({"name": None}, "valid", None),
    ({"number": YI, "name": "测试乙", **DRIVING}, "valid", "2030-04-09"),
    ({"number": YI, "name": "测试乙", **DRIVING, "on": "2030-04-09"}, "valid", "2030-04-09"),
    ({"number": YI, "name": "测试乙", **DRIVING, "on": "2030-04-10"}, "expired", "2030-04-09"),
    ({"number": YI, "name": "测试乙", **DRIVING, "on": "2010-04-09"}, "not_found", None),
    ({"number": YI, "name": "测试乙", **PERMIT, "on": "2026-05-31"}, "valid", None),
    ({"number": YI, "name": "测试乙", **PERMIT, "on": "2026-06-01"}, "revoked", None),
    ({"number": YI, "name": "测试丁", **MARRIAGE}, "valid", None),
    ({"name": "测 试　甲"}, "valid", None),
    ({"number": XIN, "name": "测试•辛", **MARRIAGE}, "valid", None),
    ({"name": "测试丙"}, "mismatch", None),
    ({**MARRIAGE}, "mismatch", None),
    ({"number": XIN, "name": "测试辛"}, "not_found", None),
    ({"number": "11010519491231002X", "name": "测试甲"}, "not_found", None),
    ({"number": XIN, "name": "测试辛", "source": "real_estate_register", "material": "real_estate_title", "fact": "real_estate_title"}, "unclear", None),
])
def test_a_query_is_answered_in_one_word(source_server, more, result, valid_to):
    answer = source_server.ask(**more)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["result"], answer.json().get("valid_to")) == (result, valid_to)
    assert set(answer.json()) <= set(QueryReply.model_fields)


@pytest.mark.parametrize(("number", "name", "result"), [
    (YI, "测试乙", "confirmed"), (BING, "测试丙", "refuted"), (XIN, "测试辛", "inconclusive"), (YI, "测试假", "inconclusive"),
    ("11010519491231002X", "测试无", "inconclusive")])
def test_a_check_confirms_refutes_or_cannot_tell(source_server, number, name, result):
    assert source_server.ask(number, name, **ACCIDENTS).json()["result"] == result


def living_answers():
    """Every answer that stands in a sample application and that a source gives: file, material, person, what it says."""
    book = rulebook()
    for file in sorted((ROOT / "fixtures" / "applications").glob("*.json")):
        sample = json.loads(file.read_text("utf-8"))
        people = {person["id"]: person for person in sample["persons"]} | {"": sample["applicant"]}
        for kind, said in (("query", "queries"), ("check", "checks")):
            for key, stated in sample.get("evidence", {}).get(said, {}).items():
                material, _, whose = key.partition("/")
                sources = book.materials[material].sources if kind == "query" else book.materials[material].checks
                if stated["result"] != "down":
                    yield pytest.param(sample, book.materials[material], book.sources[sources[0]], people[whose], kind, stated, id=f"{file.stem}:{key}")


@pytest.mark.parametrize(("sample", "material", "source", "person", "kind", "stated"), list(living_answers()))
def test_it_says_what_the_sample_applications_say(source_server, sample, material, source, person, kind, stated):
    ground = "guardian_consent" if person["id_number"] == TONG and source.ground != "statutory_duty" else source.ground
    answer = source_server.ask(person["id_number"], person["name"], person["id_type"], source=source.code, material=material.code, fact=material.proves,
                               kind=kind, ground=ground, on=sample["accepted_on"], item="any", division=sample["deciding_division"])
    assert answer.status_code == 200, answer.text
    assert {name: answer.json().get(name) for name in stated} == stated


def test_the_reply_repeats_the_request_and_can_be_read_by_the_contract(source_server):
    source, body = question()
    answer = source_server.client.post(f"{source_server.url}/v1/sources/{source}", json=body)
    read = QueryReply.model_validate_json(answer.content)
    assert read.request == body["request"] and read.at is not None and len(answer.content) < LONGEST


# ---- what it refuses

@pytest.mark.parametrize(("more", "field"), [
    ({"change": {"extra": 1}}, "extra"), ({"change": {"version": 2}}, "version"), ({"change": {"on": "2026-02-30"}}, "on"),
    ({"change": {"person": {"id_type": "resident_id"}}}, "person.id_number"), ({"change": {"ground": "curiosity"}}, "ground"),
    ({"change": {"kind": "check"}}, "kind"), ({"address": "marriage_records"}, "source"), ({"fact": "marital_status"}, "fact"),
    ({"material": "marriage_certificate"}, "purpose.material"), ({"number": "91210400MA0000015D", "id_type": "uscc"}, "person.id_type"),
    ({"number": "210400199003070008"}, "person.id_number"), ({"number": "210402900307002", "name": None}, "person.id_number"),
    ({"number": "21040219900307000x"}, "person.id_number")])
def test_a_wrong_question_names_the_field(source_server, more, field):
    answer = source_server.ask(**more)
    assert answer.status_code == 422 and answer.headers["content-type"] == "application/problem+json"
    assert field in [one["field"] for one in answer.json()["errors"]], answer.text
    assert "210400199003070" not in answer.text


def test_a_source_nobody_has_is_not_found(source_server):
    answer = source_server.ask(address="marriage_record")
    assert answer.status_code == 404 and "marriage_records" in answer.json()["detail"]
    assert source_server.counts()["requests"] == 0


@pytest.mark.parametrize(("number", "ground", "more", "status"), [
    ("210400199003070007", "statutory_duty", {}, 200), ("210400199003070007", "consent", {}, 403), ("210400199003070007", "separate_consent", PHOTO, 200),
    ("210400199003070007", "consent", PHOTO, 403), ("210400199003070007", "guardian_consent", PHOTO, 403), (TONG, "separate_consent", PHOTO, 403),
    (TONG, "guardian_consent", PHOTO, 200), (TONG, "guardian_consent", PHOTO | {"on": "2029-06-01"}, 200),
    (TONG, "guardian_consent", PHOTO | {"on": "2029-06-02"}, 403), (TONG, "separate_consent", PHOTO | {"on": "2029-06-02"}, 200)])
def test_it_answers_on_its_own_ground_only(source_server, number, ground, more, status):
    answer = source_server.ask(number, None, **{**more, "ground": ground})
    assert answer.status_code == status
    seen = source_server.inquiries()
    assert [(one["ground"], one["outcome"] == "wrong-ground") for one in seen] == [(ground, status == 403)]


def test_it_keeps_whom_was_asked_about_only_masked(source_server):
    source_server.ask()
    source_server.ask(**MARRIAGE)
    source_server.ask(YI, "测试乙", **MARRIAGE)
    seen = source_server.inquiries()
    assert [one["number"] for one in seen] == ["***0007", "***0007", "***0007"]
    assert seen[0]["person"] == seen[1]["person"] != seen[2]["person"]
    assert "测试" not in json.dumps(seen, ensure_ascii=False) and "19900307" not in json.dumps(seen)
    assert {"source", "material", "item", "ground", "fact"} <= set(seen[0])


def test_signatures_are_asked_for_where_there_is_a_key(tmp_path):
    secret = b"a shared secret of more than thirty-two bytes"
    (tmp_path / "key").write_bytes(secret)
    server = SourceServer("--key-file", str(tmp_path / "key"), "--key-id", "hall", "--lang", "en")
    try:
        assert server.ask().status_code == 401
        with httpx.Client(auth=Signing(Key("hall", secret)), trust_env=False) as signed, httpx.Client(auth=Signing(Key("hall", secret[::-1]))) as wrong:
            assert server.ask(client=signed).json()["result"] == "valid"
            assert server.ask(client=wrong).status_code == 401
        assert "synthetic" in server.said[0]
    finally:
        server.close()


# ---- what goes wrong on request

def test_errors_come_with_their_status(source_server):
    for status in (403, 404, 429, 500, 502, 503):
        source_server.set_faults(every={"fault": "error", "status": status})
        answer = source_server.ask()
        assert answer.status_code == status and answer.headers["content-type"] == "application/problem+json"
        assert ("retry-after" in answer.headers) == (status in (429, 503))


def test_garbage_is_garbage(source_server):
    def given(how):
        source_server.set_faults(every={"fault": "garbage", "how": how})
        source, body = question()
        answer = source_server.client.post(f"{source_server.url}/v1/sources/{source}", json=body)
        assert answer.status_code == 200
        return body["request"], answer

    for how in ("not_json", "truncated"):
        with pytest.raises(ValueError):
            given(how)[1].json()
    asked, answer = given("wrong_request")
    assert answer.json()["request"] != asked
    assert given("unknown_word")[1].json()["result"] == "perhaps"
    assert len(given("huge")[1].content) > 10 * 2**20
    assert given("wrong_type")[1].headers["content-type"].startswith("text/html")
    asked, answer = given("whole_record")
    assert answer.json()["request"] == asked and "record" in answer.json()


def test_unclear_says_nothing(source_server):
    source_server.set_faults(every={"fault": "unclear"})
    assert source_server.ask().json()["result"] == "unclear"
    assert source_server.ask(YI, "测试乙", **ACCIDENTS).json()["result"] == "inconclusive"


def test_a_delay_delays_and_then_answers(source_server):
    source_server.set_faults(every={"fault": "delay", "ms": 150})
    with pytest.raises(httpx.ReadTimeout):
        source_server.client.post(f"{source_server.url}/v1/sources/{HERE}", json=question()[1], timeout=0.05)
    begun = time.monotonic()
    assert source_server.ask().json()["result"] == "valid"
    assert time.monotonic() - begun >= 0.15


def test_half_open_never_answers_and_ends_with_the_caller(source_server):
    source_server.set_faults(housing_fund_accounts={"fault": "half_open"})
    with pytest.raises(httpx.ReadTimeout):
        source_server.client.post(f"{source_server.url}/v1/sources/{HERE}", json=question()[1], timeout=0.1)
    settled(source_server)
    assert source_server.ask(**MARRIAGE).status_code == 200
    assert source_server.counts()["sources"][HERE] == {"requests": 1, "now": 0, "most_at_once": 1}


def test_slow_drip_sends_something_and_never_ends(source_server):
    source_server.set_faults(every={"fault": "slow_drip", "every_ms": 5})
    with source_server.client.stream("POST", f"{source_server.url}/v1/sources/{HERE}", json=question()[1]) as answer:
        assert answer.status_code == 200
        drops = answer.iter_raw()
        assert [next(drops) for _ in range(3)] == [b" ", b" ", b" "]
    settled(source_server)


def test_a_reset_is_a_reset_and_not_an_end(source_server):
    source_server.set_faults(every={"fault": "reset"})
    with pytest.raises(httpx.ReadError) as caught:
        source_server.ask()
    chain, errors = caught.value, []
    while chain is not None:
        errors.append(chain)
        chain = chain.__cause__ or chain.__context__
    assert any(isinstance(one, ConnectionResetError) for one in errors)


def test_half_an_answer_is_less_than_announced(source_server):
    source_server.set_faults(every={"fault": "half_answer"})
    with socket.create_connection(("127.0.0.1", source_server.port), SOON) as line:
        body = json.dumps(question()[1]).encode()
        line.sendall(b"POST /v1/sources/%s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (HERE.encode(), len(body)) + body)
        got = b"".join(iter(lambda: line.recv(4096), b""))
    head, _, sent = got.partition(b"\r\n\r\n")
    announced = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    assert 0 < len(sent) < announced
    with pytest.raises(httpx.RemoteProtocolError):
        source_server.ask()


def test_a_list_is_used_up_one_request_at_a_time_by_each_source(source_server):
    source_server.set_faults(every=[{"fault": "error", "status": 503}, {"fault": "none"}, {"fault": "unclear"}], marriage_records=[])
    assert [source_server.ask().status_code for _ in range(2)] == [503, 200]
    assert source_server.ask().json()["result"] == "unclear"
    assert source_server.ask().json()["result"] == "valid"
    assert source_server.ask(YI, None, **MARRIAGE).json()["result"] == "valid"
    assert source_server.ask(YI, "测试乙", **DRIVING).status_code == 503
    assert source_server.client.get(f"{source_server.url}/control/faults").json()["counted"] == {HERE: 4, "marriage_records": 1, "driving_licence_records": 1}


def test_a_share_is_counted_and_never_by_chance():
    def hits(share):
        plan = read_plan({"*": {"fault": "unclear", "share": share}}, {})
        assert not isinstance(plan, list)
        faults = Faults(plan)
        return "".join("x" if faults.next("any").fault == "unclear" else "." for _ in range(10))

    assert [hits(share) for share in (0, 0.1, 0.5, 0.3, 1)] == [
        "..........", ".........x", ".x.x.x.x.x", "...x..x..x", "xxxxxxxxxx"]


@pytest.mark.parametrize(("plan", "field"), [
    ({"marriage_record": {"fault": "reset"}}, "marriage_record"), ({"*": {"fault": "resett"}}, "*.fault"), ({"*": {"fault": "error", "status": 418}}, "*.status"),
    ({"*": {"fault": "delay"}}, "*.ms"), ({"*": {"fault": "reset", "share": 2}}, "*.share"), ({"*": [{"fault": "reset", "share": 0.5}]}, "*.0.share"),
    ({"*": {"fault": "reset", "status": 500}}, "*.status"), ({"*": "reset"}, "*")])
def test_wrong_faults_change_nothing_and_are_told(source_server, plan, field):
    source_server.set_faults(every={"fault": "unclear"})
    answer = source_server.client.put(f"{source_server.url}/control/faults", json=plan)
    assert answer.status_code == 422 and [one["field"] for one in answer.json()["errors"]] == [field]
    assert source_server.ask().json()["result"] == "unclear"


def test_it_counts_how_many_wait_at_one_time(source_server):
    source_server.set_faults(housing_fund_accounts={"fault": "half_open"})
    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(httpx.post, f"{source_server.url}/v1/sources/{HERE}", json=question()[1], timeout=0.3, trust_env=False) for _ in range(6)]
        assert all(isinstance(one.exception(SOON), httpx.ReadTimeout) for one in asked)
    settled(source_server)
    assert source_server.counts()["sources"][HERE]["most_at_once"] == 6
    assert [one["fault"] for one in source_server.inquiries()] == ["half_open"] * 6


# ---- what it is, and how it ends

def test_it_says_what_it_is_and_holds_something_for_every_source(source_server):
    about = source_server.client.get(source_server.url).json()
    assert about["synthetic"] is True and "合成" in about["zh"]
    listed = source_server.client.get(f"{source_server.url}/v1/sources").json()
    assert {one["source"] for one in listed} == set(rulebook().sources)
    assert [one["source"] for one in listed if not one["people"]] == []
    assert source_server.client.get(f"{source_server.url}/problems/wrong-ground").json()["status"] == 403
    assert source_server.client.get(f"{source_server.url}/nowhere").status_code == 404


def test_it_ends_at_once_although_callers_hang():
    server = SourceServer()
    try:
        server.set_faults(housing_fund_accounts={"fault": "half_open"}, driving_licence_records={"fault": "slow_drip"},
                          marriage_records={"fault": "delay", "ms": 60_000})
        errors: list[Exception] = []

        def hang(more):
            source, body = question(**more)
            try:
                httpx.post(f"{server.url}/v1/sources/{source}", json=body, timeout=SOON, trust_env=False)
            except httpx.TransportError as error:
                errors.append(error)

        callers = [threading.Thread(target=hang, args=(more,)) for more in ({}, DRIVING, MARRIAGE)]
        for caller in callers:
            caller.start()
        idle = socket.create_connection(("127.0.0.1", server.port), SOON)
        half = socket.create_connection(("127.0.0.1", server.port), SOON)
        half.sendall(b"POST /v1/sources/marriage_records HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{")
        deadline = time.monotonic() + SOON
        while server.counts()["now"] < 4 and time.monotonic() < deadline:
            pass
        begun = time.monotonic()
        server.terminate()
        status = server.wait()
        assert time.monotonic() - begun < SECONDS
        assert status == -signal.SIGTERM and server.said[1:] == []      # nothing had to be cancelled: that would have been said
        for caller in callers:
            caller.join(SOON)
        assert len(errors) == 3
        idle.close()
        half.close()
    finally:
        server.close()


def test_what_it_cannot_use_is_told_before_it_listens(tmp_path, source_server, capsys):
    people, faults, key = tmp_path / "people.json", tmp_path / "faults.json", tmp_path / "key"
    people.write_text(json.dumps({"synthetic": True, "people": [
        {"id_type": "resident_id", "id_number": "210400199003070008", "names": ["测试甲"], "records": {"marriage_record": {"from": "2020-01-01"}}}]}), "utf-8")
    faults.write_text('{"*": {"fault": "rest"}}', "utf-8")
    key.write_bytes(b"short")
    for order, status, words in (
            (Order("127.0.0.1", 0, data=people), 1, ("people.json", "people.0.id_number", "marriage_records")),
            (Order("127.0.0.1", 0, data=tmp_path / "none"), 1, ("打不开",)),
            (Order("127.0.0.1", 0, faults=faults), 1, ("faults.json", "“reset”")), (Order("127.0.0.1", 0, key_id="x"), 2, ("--key-file",)),
            (Order("127.0.0.1", 0, key_id="x", key_file=key), 1, ("32",)), (Order("127.0.0.1", source_server.port), 1, (str(source_server.port), "--port 0"))):
        assert command(order, Language.zh) == status
        printed = capsys.readouterr()
        assert all(word in printed.err for word in words) and not printed.out, printed.err


def test_people_may_lie_in_a_file_or_in_a_directory(tmp_path):
    sources = register(rulebook())
    for name, number in (("one.json", "210400199003070007"), ("two.json", YI)):
        (tmp_path / name).write_text(json.dumps({"synthetic": True, "people": [
            {"id_type": "resident_id", "id_number": number, "names": ["测试"], "records": {HERE: {"from": "2020-01-01"}}}]}), "utf-8")
    assert read_people(tmp_path, sources).held_by(HERE) == 2
    assert read_people(tmp_path / "one.json", sources).held_by(HERE) == 1
    (tmp_path / "three.json").write_text((tmp_path / "one.json").read_text("utf-8"), "utf-8")
    with pytest.raises(Refused) as refused:
        read_people(tmp_path, sources)
    assert [problem.code for problem in refused.value.problems] == ["stated-twice"]


def test_no_data_but_synthetic_ones_are_shipped():
    shipped = json.loads((Path(ROOT) / "api" / "source_server" / "people.json").read_text("utf-8"))
    assert shipped["synthetic"] is True
    assert all("测试" in person["names"][0] for person in shipped["people"])


def settled(server: SourceServer) -> None:
    """Until nobody waits for an answer any more."""
    deadline = time.monotonic() + SOON
    while server.counts()["now"]:
        assert time.monotonic() < deadline


def test_the_examples_in_the_documents_are_true(source_server, tmp_path):
    people, plan = (json.loads(found) for found in re.findall(r"```json\n(.*?)```", (ROOT / "docs" / "source-server.md").read_text("utf-8"), re.DOTALL))
    (tmp_path / "people.json").write_text(json.dumps(people), "utf-8")
    assert len(read_people(tmp_path, register(rulebook()))) == 1
    assert source_server.client.put(f"{source_server.url}/control/faults", json=plan).json()["faults"] == plan
    source_server.clear()
    asked = json.loads(re.findall(r"```json\n(.*?)```", (ROOT / "docs" / "sharing.md").read_text("utf-8"), re.DOTALL)[0])
    answer = source_server.client.post(f"{source_server.url}/v1/sources/{asked['source']}", json=asked)
    assert (answer.status_code, answer.json()["result"]) == (200, "valid")
