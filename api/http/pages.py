"""The few pages for people: what this is, the interface, what each error means. Plain HTML, nothing loaded from elsewhere."""

from __future__ import annotations

import json
from typing import Any, Final

from fastapi import APIRouter, Request
from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.responses import Response

from api.http.language import TAGS
from api.http.problems import KINDS, HttpProblem
from api.http.service import language, service_of

router = APIRouter(include_in_schema=False)

_templates: Final = Environment(loader=PackageLoader("api.http"), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True)
_HEADERS: Final = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
                   "Referrer-Policy": "no-referrer", "Vary": "Accept-Language", "Cache-Control": "no-cache"}


def page(request: Request, name: str, **content: Any) -> Response:
    """A page from a template, in the caller's language."""
    spoken = language(request)
    html = _templates.get_template(name).render(zh=spoken == "zh", tag=TAGS[spoken], **content)
    return Response(html, headers={**_HEADERS, "Content-Language": TAGS[spoken]}, media_type="text/html; charset=utf-8")


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


_templates.filters["pretty"] = _pretty


@router.get("/")
async def home(request: Request) -> Response:
    """What it is, and where everything stands."""
    service = service_of(request)
    items = list({item.code: item for item in service.rulebook.items.values()}.values())
    return page(request, "home.html", rulebook=service.rulebook, items=items, restricted=service.settings.trusted_tokens is not None)


@router.get("/docs")
async def docs(request: Request) -> Response:
    """The interface, from the OpenAPI document."""
    made = request.app.openapi()
    operations = [{"path": path, "method": method.upper(), **one} for path, methods in made["paths"].items() for method, one in methods.items()]
    return page(request, "docs.html", document=made, operations=operations, name_of=_name_of, kinds=KINDS.values())


@router.get("/problems")
async def problem_list(request: Request) -> Response:
    """Every kind of problem."""
    return page(request, "problems.html", kinds=list(KINDS.values()))


@router.get("/problems/{code}")
async def problem(request: Request, code: str) -> Response:
    """One kind of problem: where its `type` leads."""
    kind = KINDS.get(code)
    if kind is None:
        raise HttpProblem("not-found")
    return page(request, "problems.html", kinds=[kind])


def _name_of(schema: dict[str, Any]) -> str:
    """A schema in a few words: its name, or its type."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(_name_of(one) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return f"[{_name_of(schema.get('items', {}))}]"
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"{{…: {_name_of(schema['additionalProperties'])}}}"
    return str(schema.get("format") or schema.get("type") or "…")
