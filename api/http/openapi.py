"""The OpenAPI document: FastAPI's own, with the input contract, one problem shape, and an example for every field.

An example that is not written out is put together from the examples of the parts. Nothing here answers a request.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from api.http import documents
from api.http.acting import statements
from api.http.decisions import MAX_BATCH
from api.http.models import ProblemAnswer
from api.http.problems import MEDIA_TYPE
from engine.application import Application, BundleApplication

_REF: Final = "#/components/schemas/"

TITLE: Final = "免证 Mianzheng"
SUMMARY: Final = "以规则判断每份材料能否免交 · A rules-driven proof-free eligibility engine"
DESCRIPTION: Final = (
    "一次调用，逐份材料说明由哪条路径免交或者须提交、理由、依据、后续，以及还不知道的事实。错误只有一种形状：application/problem+json。 "
    "One call says for every required material by which route it is waived or that it must be handed in, why, under which article, what remains and "
    "what is unknown. Every error has one shape: application/problem+json. 语言 Language: Accept-Language zh-CN (default) or en.")
TAGS: Final = [
    {"name": "decisions", "description": "判断 Decisions"}, {"name": "items", "description": "事项与办事指南 Service items and guides"},
    {"name": "rulebook", "description": "规则库与词表 Rulebook and vocabulary"}, {"name": "cases", "description": "办件 Cases"},
    {"name": "bundles", "description": "一件事一次办 Bundles"},
    {"name": "commitments", "description": "告知承诺 Commitments"}, {"name": "credit", "description": "信用记录 Credit records"},
    {"name": "deferrals", "description": "容缺后补 Deferred materials"}, {"name": "supervision", "description": "电子监察：索要与提示 Demands and alerts"},
    {"name": "certificates", "description": "电子证照库 The certificate library"},
    {"name": "erasures", "description": "依法删除 Lawful erasure"}, {"name": "service", "description": "服务状态 State of the service"}]


def document(app: FastAPI) -> dict[str, Any]:
    """The document, made once."""
    if app.openapi_schema is not None:
        return app.openapi_schema
    made = get_openapi(title=TITLE, version=app.version, summary=SUMMARY, description=DESCRIPTION, routes=app.routes, tags=TAGS)
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    _, inputs = models_json_schema([
        (Application, "validation"), (BundleApplication, "validation"), (ProblemAnswer, "serialization"), *((one, "validation") for one in statements())],
                                   ref_template=_REF + "{model}")
    for name, schema in inputs["$defs"].items():
        schemas.setdefault(name, schema)
    schemas["Application"]["example"] = documents.APPLICATION
    schemas["BundleApplication"]["example"] = documents.BUNDLE_APPLICATION
    schemas["Batch"] = {
        "type": "object", "title": "Batch", "description": "多件申请 Many applications.", "additionalProperties": False, "required": ["applications"],
        "properties": {"applications": {
            "type": "array", "maxItems": MAX_BATCH, "items": {"$ref": f"{_REF}Application"}, "examples": [[documents.APPLICATION]],
            "description": f"申请，至多 {MAX_BATCH} 件 Applications, at most {MAX_BATCH}."}}}
    schemas["CaseDecision"] = {**schemas["Application"], "title": "CaseDecision", "required": [], "example": {"situation": {"married": True}},
                               "description": "又一次判断：只写变了的字段 Another decision: only what changed."}
    schemas["BundleCaseDecision"] = {**schemas["BundleApplication"], "title": "BundleCaseDecision", "required": [],
                                     "example": {"situation": {"wants_insurance": True}},
                                     "description": "对一件事又一次判断：只写变了的字段 Another decision of a bundle: only what changed."}
    made["components"]["securitySchemes"] = {"trusted": {
        "type": "http", "scheme": "bearer", "description": "服务设了 MIANZHENG_TRUSTED_TOKENS 时，提交 evidence 和办理办件、承诺、容缺、索要、信用记录需要。 "
        "Where the service names trusted callers: needed to state `evidence`, and for cases, commitments, deferrals, demands and credit records."}}
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for schema in schemas.values():
        schema["properties"] = {name: _complete(field, schemas) for name, field in schema.get("properties", {}).items()}
    for operation in _operations(made):
        operation["responses"].setdefault("400", dict(documents.problems(400)[400]))     # an address that cannot be one
        _say_language(operation)
        for status, response in operation["responses"].items():
            if MEDIA_TYPE in response["content"] or status == "422":   # whole again: FastAPI leaves out what is null, and has a 422 of its own
                ours = documents.problems(int(status))[int(status)]
                response |= {"content": ours["content"], "description": ours["description"]}
    app.openapi_schema = made
    return made


def _operations(made: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in made["paths"].values():
        yield from (one for method, one in path.items() if method in ("get", "post"))


def _say_language(operation: dict[str, Any]) -> None:
    """Every operation answers in the caller's language and says so; a parameter's example stands with the parameter too."""
    parameters = operation.setdefault("parameters", [])
    for one in parameters:
        examples = one["schema"].get("examples")
        if examples and "example" not in one:
            one["example"] = examples[0]
        one.setdefault("description", one["schema"].get("description", ""))
    parameters.append({
        "name": "Accept-Language", "in": "header", "required": False, "description": "zh-CN（缺省）或者 en。 zh-CN by default, or en.",
        "schema": {"type": "string", "default": "zh-CN", "examples": ["zh-CN"]}, "example": "zh-CN"})
    operation["responses"] = dict(sorted(operation["responses"].items()))
    for status in ("200", "201"):
        if status in operation["responses"]:
            operation["responses"][status]["description"] = "答复 The answer."
    for response in operation["responses"].values():
        response.setdefault("headers", {})["Content-Language"] = {
            "description": "句子的语言 Language of the sentences.", "schema": {"type": "string", "enum": ["zh-CN", "en"], "examples": ["zh-CN"]},
            "example": "zh-CN"}


def _complete(field: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    """A property with an example, its own or put together, and without a default that is no value of it."""
    if field.get("default", 0) is None and "anyOf" not in field:
        field.pop("default")
    examples = field.get("examples")
    if not examples or examples[0] in ([], {}):
        field["examples"] = [_example(field, schemas, ())]
    if "description" not in field and "$ref" in field:
        field["description"] = schemas[field["$ref"].removeprefix(_REF)].get("description", "")
    return field


def _example(schema: dict[str, Any], schemas: dict[str, Any], inside: tuple[str, ...]) -> Any:
    """A value of the schema; a schema inside itself is left empty."""
    written = schema.get("examples")
    if written and written[0] not in ([], {}):
        return written[0]
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_REF)
        target = schemas[name]
        if name in inside:
            return {}
        if "example" in target:
            return target["example"]
        required = target.get("required", ())
        return {key: _example(one, schemas, (*inside, name)) for key, one in target.get("properties", {}).items() if key in required}
    for alternatives in ("anyOf", "allOf", "oneOf"):
        if alternatives in schema:
            return _example(schema[alternatives][0], schemas, inside)
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    kind = schema.get("type")
    if kind == "array":
        item = schema.get("items", {})
        return [] if item.get("$ref", "").removeprefix(_REF) in inside else [_example(item, schemas, inside)]
    if kind == "object":
        inner = schema.get("additionalProperties")
        return {"marriage_certificate": _example(inner, schemas, inside)} if isinstance(inner, dict) else {}
    return {"string": "…", "integer": 1, "number": 1, "boolean": True}.get(str(kind))
