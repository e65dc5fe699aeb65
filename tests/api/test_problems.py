"""Every error has one shape, says everything at once, in two languages, and quotes no identity number."""

from __future__ import annotations

import ast
import json
import logging
from datetime import time
from pathlib import Path

import pytest

from api.http.problems import KINDS, masked
from api.http.shapes import find, pointer_of
from api.settings import SETTINGS, Settings
from engine.problems import Refused
from tests.api.door import ROOT, app, assert_problem, call, codes, decide, fixture, get

NUMBER = "210400199003070007"
PLAIN = {"item": "housing_fund_rent", "deciding_division": "210400", "accepted_on": "2026-11-20"}


def post(content: bytes, **headers):
    return call("POST", "/v1/decisions", content=content, headers=headers)


@pytest.mark.parametrize(("method", "path", "status", "kind"), [
    ("GET", "/nowhere", 404, "not-found"), ("GET", "/v1", 404, "not-found"), ("GET", "/v1/items/", 404, "not-found"),
    ("GET", "/problems/none", 404, "not-found"),
    ("GET", "/v1/decisions", 405, "method-not-allowed"), ("DELETE", "/v1/items", 405, "method-not-allowed"),
    ("OPTIONS", "/v1/decisions", 405, "method-not-allowed"), ("BREW", "/v1/rules", 405, "method-not-allowed"),
    ("GET", "/v1/items?divison=210400", 422, "invalid-parameter"), ("GET", "/v1/rulebook?x=1", 422, "invalid-parameter")])
def test_wrong_addresses_methods_and_parameters(method, path, status, kind):
    response = call(method, path)
    assert_problem(response, status, kind)
    if status == 405:
        assert response.headers["allow"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_type_leads_to_a_page(kind):
    assert KINDS[kind].zh in get(f"/problems/{kind}").text


def test_the_character_with_the_code_0_is_refused_wherever_it_stands():
    for document in ({"item": "a\0"}, {"a\0": 1}, {"persons": [{"name": "测\0试"}]}):
        found = assert_problem(post(json.dumps(document).encode()), 400, "malformed-json")
        assert "\\u0000" in found["detail"]
    assert post(json.dumps({"item": "\\u0000"}).encode()).status_code != 400
    for path in ("/v1/items/%00", "/v1/items?division=%00", "/v1/decisions/a%00b"):
        assert_problem(get(path), 400, "bad-request")


@pytest.mark.parametrize(("content", "line", "column"), [
    (b"", 1, 1), (b"{", 1, 2), (b'{\n "a": }', 2, 7), (b'{"a": NaN}', 1, 7), (b'{"a": -Infinity}', 1, 8),
    (b"\xff\xfe", None, None), (b'{"a": "\\ud800"}', None, None), (b'{"a": 1,}', None, None), (b"\xef\xbb\xbf{}", None, None), (b"{}{}", None, None)], ids=repr)
def test_json_that_cannot_be_read_names_the_place(content, line, column):
    found = assert_problem(post(content), 400, "malformed-json")
    assert found["errors"][0]["line"] >= 1 and found["errors"][0]["column"] >= 1
    if line:
        assert (found["errors"][0]["line"], found["errors"][0]["column"]) == (line, column)


def test_a_key_written_twice_is_refused_at_any_depth():
    found = assert_problem(post(b'{"item": "a", "situation": {"x": true, "x": false}, "item": "b"}'), 400, "duplicate-key")
    assert [one["field"] for one in found["errors"]] == ["x", "item"]


@pytest.mark.parametrize("depth", [33, 1000, 1025, 100_000])
@pytest.mark.parametrize(("left", "right"), [(b"[", b"]"), (b'{"a":', b"}")], ids=repr)
def test_deep_nesting_is_refused(depth, left, right):
    assert_problem(post(left * depth + b"1" + right * depth), 400, "too-deep")


def test_thirty_two_levels_are_read():
    assert_problem(post(b"[" * 32 + b"1" + b"]" * 32), 422, "invalid-application")


def test_brackets_inside_texts_are_no_nesting():
    assert_problem(post(json.dumps({**PLAIN, "item": "[{" * 30}).encode()), 422, "invalid-application")


@pytest.mark.parametrize("headers", [{"Content-Type": "text/plain"}, {"Content-Type": "application/x-www-form-urlencoded"},
                                     {"Content-Type": "application/json; charset=gb18030"}, {"Content-Type": "application/json", "Content-Encoding": "gzip"}])
def test_other_media_types_are_refused(headers):
    assert_problem(post(json.dumps(PLAIN).encode(), **headers), 415, "unsupported-media-type")


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", 'APPLICATION/JSON;charset="UTF-8"', "application/json;"])
def test_json_in_utf8_is_taken(kind):
    assert post(json.dumps(PLAIN).encode(), **{"Content-Type": kind}).status_code == 200


def test_a_body_over_the_limit_is_refused_whether_or_not_its_length_is_told():
    small = app(Settings(max_body=100, max_batch_body=200))
    body = b" " * 101

    async def pieces():
        for _ in range(101):
            yield b" "

    assert_problem(call("POST", "/v1/decisions", small, content=body), 413, "body-too-large")
    assert_problem(call("POST", "/v1/decisions", small, content=pieces()), 413, "body-too-large")
    assert_problem(call("POST", "/v1/decisions", small, content=b"x" * 100), 400, "malformed-json")
    assert_problem(call("POST", "/v1/decisions/batch", small, content=b" " * 201), 413, "body-too-large")


def test_every_mistake_of_shape_is_told_at_once():
    found = assert_problem(decide({
        "itm": "x", "accepted_on": "2026-02-30", "situation": {"married": "yes"}, "applicant": [], "persons": [{"id": "p1"}],
        "facts": {"a": [1], "b": {"m": [1]}}, "presented": [{"credential": "", "status": "lost"}], "evidence": {"queries": {"a/b": {"result": "maybe"}}}}),
        422, "invalid-application")
    assert {(one["pointer"], one["code"]) for one in found["errors"]} == {
        ("/item", "missing-field"), ("/itm", "unknown-field"), ("/accepted_on", "wrong-date"), ("/situation/married", "wrong-type"),
        ("/applicant", "wrong-type"), ("/persons/0/role", "missing-field"), ("/facts/a", "wrong-type"), ("/facts/b/m", "wrong-type"),
        ("/presented/0/credential", "too-short"), ("/presented/0/status", "unknown-value"), ("/evidence/queries/a~1b/result", "unknown-value")}
    listed = {one["pointer"]: one for one in found["errors"]}
    assert listed["/itm"]["nearest"] == "item"
    assert listed["/presented/0/status"]["allowed"] == ["valid", "expired", "revoked"]


def test_every_mistake_of_meaning_is_told_at_once():
    found = assert_problem(decide({
        **PLAIN, "situation": {"maried": True}, "applicant": {"kind": "nobody", "id_type": "resident_id", "id_number": "210400199003070008"},
        "handed_in": ["nothing.at.all"], "choices": {"lease.x/p9": {}}}), 422, "invalid-application")
    assert {(one["pointer"], one["code"]) for one in found["errors"]} == {
        ("/situation/maried", "unknown-situation"), ("/applicant/kind", "unknown-value"), ("/applicant/id_number", "id-number"),
        ("/handed_in/0", "unknown-material"), ("/choices/lease.x~1p9", "unknown-material")}
    assert {one["code"]: one["nearest"] for one in found["errors"]}["unknown-situation"] == "married"


@pytest.mark.parametrize("value", ["true", 1, "yes"])
def test_values_are_not_coerced(value):
    assert codes(decide({**PLAIN, "situation": {"married": value}})) == ["wrong-type"]


def test_a_problem_is_told_in_the_callers_language_without_type_names():
    wrong = {"item": 3, "accepted_on": 4, "persons": {}, "facts": {"a": None}}
    for language, title in (("zh", "申请有误，没有作出判断"), ("en", "The application is not right; nothing was decided")):
        response = decide(wrong, headers={"Accept-Language": language})
        assert response.json()["title"] == title
        for word in ("str", "dict", "tuple", "int_", "bool", "NoneType", "pydantic", "Input should"):
            assert word not in response.text
    assert not any("一" <= letter <= "鿿" for one in decide(wrong, headers={"Accept-Language": "en"}).json()["errors"] for letter in one["message"])


@pytest.mark.parametrize("application", [
    {**PLAIN, "applicant": {"id_type": NUMBER}}, {**PLAIN, "item": NUMBER}, {**PLAIN, "situation": {NUMBER: True}}, {**PLAIN, NUMBER: 1},
    {**PLAIN, "applicant": {"id_number": int(NUMBER)}}, {**PLAIN, "accepted_on": NUMBER}, {**PLAIN, "facts": {"x": NUMBER, NUMBER: 1}},
    {**PLAIN, "handed_in": [f"lease/{NUMBER}"]}, {**PLAIN, "handed_in": ["lease/x"], "persons": [{"id": NUMBER, "role": "配偶"}]},
    {**PLAIN, "applicant": {"id_type": "resident_id", "id_number": NUMBER[:-1] + "8"}}, {**PLAIN, "item": "2104 0019 9003 0700 07"},
    {**PLAIN, "item": "E12345678"}, {**PLAIN, "applicant": {"kind": "91210400MA0ABCDE1X"}}])
def test_no_identity_number_is_quoted(application):
    response = decide(application)
    assert response.status_code == 422
    for number in (NUMBER, NUMBER[:-1] + "8", "2104 0019", "E12345678", "91210400MA0ABCDE1X"):
        assert number not in response.text


def test_no_identity_number_is_quoted_from_addresses_and_duplicate_keys():
    assert NUMBER not in get(f"/v1/items/{NUMBER}?{NUMBER}={NUMBER}").text
    assert NUMBER not in get(f"/{NUMBER}").text
    assert NUMBER not in post(f'{{"{NUMBER}": 1, "{NUMBER}": 2}}'.encode()).text


def test_masking_leaves_dates_codes_and_words():
    assert masked("2026-11-22、210400、sha256、housing_fund_rent、第12条") == "2026-11-22、210400、sha256、housing_fund_rent、第12条"
    assert masked("２１０４００１９９００３０７０００７") == "***"


def test_the_access_log_holds_no_number_and_no_query(caplog):
    app()
    log = logging.getLogger("uvicorn.access")
    with caplog.at_level(logging.INFO, "uvicorn.access"):
        log.info('%s - "%s %s HTTP/%s" %d', "127.0.0.1:1", "GET", f"/v1/items/{NUMBER}/%E5%85%AC%E5%8F%B8?on={NUMBER}", "1.1", 404)
    assert NUMBER not in caplog.text and "/v1/items/***/%E5%85%AC%E5%8F%B8" in caplog.text and "?" not in caplog.text


def test_an_error_nobody_foresaw_says_nothing_of_itself(caplog):
    broken = app()
    secret = f"boom {NUMBER}"

    class Broken:
        def decide(self, application, day):
            raise RuntimeError(secret)

    object.__setattr__(broken.state.service, "decider", Broken())
    with caplog.at_level(logging.ERROR, "mianzheng"):
        single = decide(PLAIN, to=broken)
        many = call("POST", "/v1/decisions/batch", broken, json={"applications": [PLAIN]})
    found = assert_problem(single, 500, "internal-error")
    inside = many.json()["results"][0]["problem"]
    assert many.status_code == 200 and inside["type"] == "/problems/internal-error"
    for text in (single.text, many.text, caplog.text):
        assert secret not in text and NUMBER not in text
    assert found["detail"].removeprefix("没有作出判断。事故编号 ").removesuffix("。") in caplog.text


def test_dotted_fields_find_their_place_when_keys_hold_dots():
    document = {"situation": {"a.b": 1, "a": {"b": 2}}, "persons": [{"id": "x"}], "m/n": {"~": 0}}
    assert pointer_of(find("situation.a.b", document)) == "/situation/a.b"
    assert pointer_of(find("persons.0.id", document)) == "/persons/0/id"
    assert pointer_of(find("m/n.~", document)) == "/m~1n/~0"
    assert pointer_of(find("persons.7.id", document)) == "/persons/7/id"


def test_every_code_is_documented():
    text = (ROOT / "docs" / "http.md").read_text("utf-8")
    door = [f"api/http/{name}.py" for name in ("shapes", "decisions", "items", "rulebook", "bodies")]
    engine = [f"engine/{name}.py" for name in ("intake", "given", "people", "identity", "vocabulary")]
    for code in sorted({*KINDS, *_codes(*door, *engine), *_codes_in("engine/phrases.py", "read_value")}):
        assert f"`{code}`" in text, f"{code} is not in docs/http.md"


def _codes(*files: str) -> list[str]:
    """The codes of problems a module can make: the first argument of Problem(…), unknown_word(…) and the like."""
    return [code for file in files for code in _made(ast.parse((ROOT / file).read_text("utf-8")))]


def _codes_in(file: str, function: str) -> list[str]:
    """The same of one function: the rest of the module is not reached from here."""
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    return [code for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function for code in _made(node)]


def _made(tree: ast.AST) -> list[str]:
    makers = ("Problem", "unknown_word", "wrong", "HttpProblem", "refused")
    return [node.args[0].value for node in ast.walk(tree)
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in makers and node.args
            and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)]


def test_every_setting_is_documented():
    text = (ROOT / "docs" / "http.md").read_text("utf-8")
    for setting in SETTINGS:
        assert f"`{setting.name}`" in text


class TestSettings:
    def test_the_defaults(self):
        found = Settings.from_environment({"MIANZHENG_DATABASE": "off", "MIANZHENG_TICK_EVERY": "0"})
        assert found == Settings()
        assert Settings.from_environment({}).tick_every == 60

    def test_records_are_kept_in_the_users_data_folder_by_default(self, tmp_path):
        assert Settings.from_environment({"XDG_DATA_HOME": str(tmp_path)}).database == f"sqlite:///{tmp_path}/mianzheng/records.db"
        for folder in ("", "relative"):   # the base directory specification: a relative path is ignored
            found = Settings.from_environment({"XDG_DATA_HOME": folder}).database
            assert found == f"sqlite:///{Path.home()}/.local/share/mianzheng/records.db"

    def test_everything_can_be_set(self):
        assert Settings.from_environment({
            "MIANZHENG_RULES": "/r", "MIANZHENG_HOST": "::1", "MIANZHENG_PORT": "0", "MIANZHENG_TRUSTED_TOKENS": " a, b,", "MIANZHENG_MAX_BODY": "5",
            "MIANZHENG_MAX_BATCH_BODY": "6", "MIANZHENG_DATABASE": "postgresql://h/d", "MIANZHENG_OWN_RECORDS": "complete",
            "MIANZHENG_HALL_CLOSES": "17:00", "MIANZHENG_LATENESS": "2, 1,5", "MIANZHENG_REPEAT_CARD": "yellow", "MIANZHENG_TICK_EVERY": "5",
            "MIANZHENG_PATIENCE": "7"}) == Settings(
                Path("/r"), "::1", 0, frozenset({"a", "b"}), 5, 6, "postgresql://h/d", True, time(17, 0), (2, 1, 5), "yellow", 5, 7)

    def test_every_wrong_setting_is_named_at_once(self):
        with pytest.raises(Refused) as refusal:
            Settings.from_environment({
                "MIANZHENG_PORT": "80x", "MIANZHENG_MAX_BODY": "0", "MIANZHENG_TRUSTED_TOKENS": ",", "MIANZHENG_OWN_RECORDS": "some",
                "MIANZHENG_HALL_CLOSES": "25:00", "MIANZHENG_LATENESS": "1,3,2", "MIANZHENG_REPEAT_CARD": "pink", "MIANZHENG_TICK_EVERY": "-1",
                "MIANZHENG_PATIENCE": "0"})
        assert sorted(one.field for one in refusal.value.problems) == [
            "MIANZHENG_HALL_CLOSES", "MIANZHENG_LATENESS", "MIANZHENG_MAX_BODY", "MIANZHENG_OWN_RECORDS", "MIANZHENG_PATIENCE", "MIANZHENG_PORT", "MIANZHENG_REPEAT_CARD",
            "MIANZHENG_TICK_EVERY", "MIANZHENG_TRUSTED_TOKENS"]
        assert all("“" in one.zh or "MIANZHENG_TRUSTED_TOKENS" in one.zh for one in refusal.value.problems)

    def test_tokens_are_not_printed(self):
        assert "secret" not in repr(Settings.from_environment({"MIANZHENG_TRUSTED_TOKENS": "secret", "MIANZHENG_DATABASE": "postgresql://u:secret@h/d"}))


def test_fixtures_hold_no_problem():
    assert decide(fixture("housing_fund_rent_fushun")).status_code == 200


def test_an_application_of_absurd_size_is_refused_at_once():
    many = {f"unknown_{n}": True for n in range(501)}
    for wrong, pointer, code in (({"situation": many}, "/situation", "too-many"), ({"handed_in": list(many)}, "/handed_in", "too-many"),
                                 (many, "", "too-many"), ({"situation": {"k" * 5000: True}}, "/situation", "too-long"),
                                 ({"choices": {f"m{n}": {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5} for n in range(400)}}, "", "too-many")):
        response = decide({**PLAIN, **wrong})
        assert_problem(response, 422, "invalid-application")
        assert [(one["pointer"], one["code"]) for one in response.json()["errors"]] == [(pointer, code)]
        assert len(response.content) < 1_000


def test_more_than_a_hundred_mistakes_are_counted_and_the_first_listed():
    found = assert_problem(decide({**PLAIN, "situation": {f"unknown_{n}": True for n in range(130)}}), 422, "invalid-application")
    assert len(found["errors"]) == 100
    assert "130" in found["detail"]
