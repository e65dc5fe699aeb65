"""The OpenAPI document says everything, and what it says is true of the real answers."""

from __future__ import annotations

import json
from functools import cache
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator

from api.http.documents import APPLICATION
from tests.api.door import FIXTURES, ROOT, call, get
from tests.api.handbook import PAGE, block, current_answer
from tests.bundled import applications, rulebook


@cache
def document():
    return get("/openapi.json").json()


def schemas():
    return document()["components"]["schemas"]


def operations():
    return [(f"{method.upper()} {path}", one) for path, methods in document()["paths"].items() for method, one in methods.items()]


@cache
def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": document()["components"]})


def assert_fits(name: str, value) -> None:
    wrong = sorted(validator(name).iter_errors(value), key=lambda one: list(one.absolute_path))
    assert not wrong, "\n".join(f"{list(one.absolute_path)}: {one.message[:200]}" for one in wrong[:5])


def test_the_document_is_sound():
    Draft202012Validator.check_schema({"$defs": schemas()})
    assert document()["info"]["title"] and document()["info"]["version"]
    text = json.dumps(document())
    used = {one.split('"')[0] for one in text.split("#/components/schemas/")[1:]}
    assert used <= set(schemas())
    assert set(schemas()) - used == set()


@pytest.mark.parametrize("name", sorted(schemas()))
def test_every_field_is_described_and_exemplified_in_both_languages(name):
    schema = schemas()[name]
    assert schema.get("description"), name
    for field, one in schema["properties"].items():
        said = one.get("description", "")
        assert any("一" <= letter <= "鿿" for letter in said) or name == "Agent", f"{name}.{field}: {said}"
        assert any("a" <= letter <= "z" for letter in said), f"{name}.{field}: {said}"
        assert one.get("examples"), f"{name}.{field}"


@pytest.mark.parametrize("name", sorted(schemas()))
def test_every_example_fits_its_field(name):
    components = document()["components"]
    for field, one in schemas()[name]["properties"].items():
        for example in one["examples"]:
            wrong = list(Draft202012Validator({**one, "components": components}).iter_errors(example))
            assert not wrong, f"{name}.{field}: {wrong[0].message}"


@pytest.mark.parametrize(("name", "operation"), operations(), ids=[name for name, _ in operations()])
def test_every_operation_and_parameter_is_described(name, operation):
    assert operation["operationId"] and operation["summary"] and operation["description"] and operation["tags"]
    for one in operation["parameters"]:
        assert one["description"] and "example" in one, one["name"]
    for status, response in operation["responses"].items():
        assert response["description"]
        media = next(iter(response["content"]))
        assert media == ("application/json" if status in ("200", "201") else "application/problem+json")
        assert response["content"][media]["schema"]["$ref"]
    assert "500" in operation["responses"] or operation["operationId"] == "health"


#: One a line: whoever adds an operation adds a line.
OPERATION_IDS = (ROOT / "tests" / "api" / "operations.txt").read_text("utf-8").split()


def test_operation_ids_are_stable():
    assert sorted(one["operationId"] for _, one in operations()) == sorted(OPERATION_IDS)


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
@pytest.mark.parametrize("level", ["off", "summary", "full"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_answer_to_every_fixture_fits(path, level, language):
    application = json.loads(path.read_text("utf-8"))
    assert_fits("Application", application)
    response = call("POST", f"/v1/decisions?explain={level}", json=application, headers={"Accept-Language": language})
    assert_fits("Decision", response.json())


@pytest.mark.parametrize("day", ["2026-12-31", "2027-03-01"])
@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_the_answer_on_a_later_day_fits(path, day):
    assert_fits("Decision", call("POST", f"/v1/decisions?on={day}&explain=full", content=path.read_bytes()).json())


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(applications())
def test_the_answer_to_any_application_fits(application):
    response = call("POST", f"/v1/decisions?on={application.accepted_on}&explain=full", content=application.model_dump_json(exclude_none=True))
    assert response.status_code == 200, response.text
    assert_fits("Decision", response.json())


def test_a_batch_fits():
    listed = [*(json.loads(path.read_text("utf-8")) for path in FIXTURES), {}]
    assert_fits("BatchAnswer", call("POST", "/v1/decisions/batch", json={"applications": listed}).json())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_read_fits(language):
    headers = {"Accept-Language": language}
    codes = sorted({code for code, _ in rulebook().items})
    reads = [
        ("Health", "/v1/health"), ("Health", "/v1/ready"), ("ItemList", "/v1/items"), ("ItemList", "/v1/items?division=210400"),
        ("RulebookAnswer", "/v1/rulebook"), ("RuleList", "/v1/rules"), ("VocabularyAnswer", "/v1/vocabulary"),
        *(("ItemGuide", f"/v1/items/{code}") for code in codes),
        *(("MaterialList", f"/v1/items/{code}/materials?division=420700&on=2026-11-22") for code in codes),
        *(("RuleDetail", f"/v1/rules/{quote(rule.id, safe='')}") for rule in rulebook().rules)]
    for name, path in reads:
        response = get(path, headers=headers)
        assert response.status_code == 200, path
        assert_fits(name, response.json())


@pytest.mark.parametrize("path", ["/none", "/v1/items/none", "/v1/rules/none", "/v1/items?x=1", "/v1/decisions"])
def test_problems_fit(path):
    assert_fits("ProblemAnswer", get(path).json())


def test_the_documented_application_is_decided():
    body = next(one for name, one in operations() if name == "POST /v1/decisions")["requestBody"]["content"]["application/json"]
    response = call("POST", "/v1/decisions?on=2026-11-22", json=body["example"])
    assert response.status_code == 200, response.text


def test_the_handbook_names_every_endpoint_parameter_and_field():
    text = (ROOT / "docs" / "http.md").read_text("utf-8")
    for name, operation in operations():
        assert f"`{name}`" in text, name
        for one in operation["parameters"]:
            assert f"`{one['name']}`" in text, one["name"]
    for schema in ("Decision", "Material", "Application"):
        for field in schemas()[schema]["properties"]:
            assert f"`{field}`" in text, f"{schema}.{field}"


def test_the_example_in_the_handbook_is_what_the_service_answers():
    """`python -m tests.api.handbook` writes it anew after a change of rules or wording."""
    text = PAGE.read_text("utf-8")
    assert block(text, "request") == APPLICATION
    assert block(text, "answer") == current_answer()
