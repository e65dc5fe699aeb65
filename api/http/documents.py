"""Pieces of the OpenAPI document that several endpoints share: problems as responses, bodies, the example application.

Nothing here answers a request.
"""

from __future__ import annotations

from typing import Any, Final, Literal

from api.http.problems import KINDS, MEDIA_TYPE

Level = Literal["off", "summary", "full"]

#: A small application, complete enough to be decided.
APPLICATION: Final[dict[str, Any]] = {
    "item": "social_card_issue", "deciding_division": "210400", "accepted_on": "2026-11-20", "situation": {"card_without_photo": True},
    "applicant": {"kind": "natural_person", "name": "测试甲", "id_type": "resident_id", "id_number": "210400199003070007"},
    "presented": [{"credential": "resident_id_card", "holder": "applicant", "valid_to": "2036-05-01"}], "handed_in": [],
    "evidence": {"on_file": {"complete": True}, "records": {"complete": True}}}

#: A small application for a bundle.
BUNDLE_APPLICATION: Final[dict[str, Any]] = {
    "deciding_division": "420700", "accepted_on": "2026-11-20",
    "situation": {"already_registered_childbirth": True, "wants_insurance": False, "wants_social_card": False},
    "applicant": {"kind": "natural_person", "name": "测试甲", "id_type": "resident_id", "id_number": "210400199003070007"},
    "evidence": {"on_file": {"complete": True}, "records": {"complete": True}}}

_EXAMPLE_FIELDS: Final[dict[str, Any]] = {
    "invalid-application": [{"field": "situation.by_agnet", "pointer": "/situation/by_agnet", "code": "unknown-situation",
                             "message": "没有叫“by_agnet”的情形。", "allowed": ["by_agent"], "nearest": "by_agent"}],
    "invalid-parameter": [{"field": "query.on", "pointer": None, "code": "wrong-date", "message": "这不是一个存在的日期；写作 2026-11-22。",
                           "allowed": [], "nearest": None}],
    "malformed-json": [{"field": "", "pointer": "", "code": "malformed-json", "message": "第 3 行第 12 列读不下去。", "allowed": [], "nearest": None,
                        "line": 3, "column": 12}]}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The responses of an endpoint for these statuses and 500, each with an example per kind."""
    found: dict[int | str, dict[str, Any]] = {}
    for status in (*statuses, 500):
        kinds = [kind for kind in KINDS.values() if kind.status == status]
        found[status] = {
            "description": "；".join(kind.zh for kind in kinds) + " " + "; ".join(kind.en for kind in kinds),
            "content": {MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/ProblemAnswer"},
                "examples": {kind.code: {"summary": kind.en, "value": {
                    "type": f"/problems/{kind.code}", "title": kind.zh, "status": status, "detail": kind.meaning_zh, "instance": "/v1/decisions",
                    "errors": _EXAMPLE_FIELDS.get(kind.code, [])}} for kind in kinds}}}}
    return found


def json_body(schema: str, example: dict[str, Any]) -> dict[str, Any]:
    """A JSON request body of a named schema."""
    return {"requestBody": {"required": True, "description": "JSON，UTF-8。 JSON in UTF-8.", "content": {
        "application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}, "example": example}}}}
