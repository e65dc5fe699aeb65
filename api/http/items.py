"""Service items: which there are, what a guide says, and which materials are needed before any applicant is known.

The last is an ordinary decision with everything unknown. Nothing here knows a rule.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.http import catalogue, documents
from api.http.answers import reading
from api.http.language import TAGS
from api.http.models import ItemGuide, ItemList, MaterialList
from api.http.parameters import DAY_EXAMPLES, Day, SituationAnswer
from api.http.problems import HttpProblem, Mistake, refused
from api.http.service import Service, language, service_of
from engine.application import Applicant, Application
from engine.catalogue import NATIONAL, Item
from engine.explain import printed
from engine.problems import Problem, Refused, nearest, unknown_word
from engine.rulebook import Rulebook

router = APIRouter(prefix="/v1/items", tags=["items"])

Division = Annotated[str | None, Field(
    min_length=1, max_length=20, description="区划代码（GB/T 2260，六位）：只看在那里办理的。 Division code: what is offered there.", examples=["210400"])]
Code = Annotated[str, Path(
    min_length=1, max_length=200, description="事项编码或者中文名称。 Code or Chinese name of the item.", examples=["housing_fund_rent"])]


#: What of a decision's material is said before any applicant is known.
_KEPT: Final = ("material", "name", "name_en", "role", "person", "route", "mode", "status", "reason", "rule", "grounds", "citations", "offers",
                "also_open", "branches", "explanation")


class PlaceQuery(BaseModel):
    """Where."""

    model_config = ConfigDict(extra="forbid")

    division: Division = None


class MaterialsQuery(BaseModel):
    """Where, when, and what is already known."""

    model_config = ConfigDict(extra="forbid")

    division: Division = None
    on: Day | None = Field(None, description="哪一天的规定，缺省是北京时间的今天。 The law of which day; today in China by default.", examples=DAY_EXAMPLES)
    situation: list[SituationAnswer] = Field([], max_length=100, description="已知的情形，可以重复：编码:true 或者 编码:false。 "
                                             "Situations already known, repeatable: code:true or code:false.", examples=[["married:true"]])
    applicant_kind: str | None = Field(None, min_length=1, max_length=80, description="申请人类型，编码或者中文名称。 Kind of applicant, code or Chinese name.",
                                       examples=["natural_person"])


@router.get("", operation_id="listItems", summary="有哪些事项 List service items", response_model=ItemList, responses=documents.problems(422, 503))
async def list_items(request: Request, query: Annotated[PlaceQuery, Query()]) -> Response:
    """写明区划的，按就近原则给出在那里办理的事项；不写的，给出每一处的每一份。

    With a division: the items offered there, as the nearest file has them. Without: every item of every division.
    """
    service, spoken = service_of(request), language(request)
    rulebook = service.rulebook
    if query.division is None:
        found = list(rulebook.items.values())
    else:
        _known_division(rulebook, query.division)
        codes = dict.fromkeys(code for code, _ in rulebook.items)
        found = [item for code in codes if (item := rulebook.item(code, query.division))]
    return reading({"rulebook": rulebook.version, "language": TAGS[spoken], "division": query.division, "count": len(found),
                    "items": [catalogue.item(one, rulebook, spoken) for one in found]}, spoken, request)


@router.get("/{code}", operation_id="readItem", summary="办事指南 The guide of an item", response_model=ItemGuide,
            responses=documents.problems(404, 422, 503))
async def read_item(request: Request, code: Code, query: Annotated[PlaceQuery, Query()]) -> Response:
    """名称、依据、时限、材料、服务对象、地址、常见问题七项，以及情形和要问的话。

    Name, legal bases, time limits, materials, audience, address, frequent questions; situations with their questions.
    """
    service, spoken = service_of(request), language(request)
    found = _item(service.rulebook, code, query.division)
    return reading({"rulebook": service.rulebook.version, "language": TAGS[spoken], **catalogue.guide(found, service.rulebook, spoken)}, spoken, request)


@router.get("/{code}/materials", operation_id="listMaterials", summary="还不知道申请人时的材料清单 The materials before any applicant is known",
            response_model=MaterialList, responses=documents.problems(404, 422, 503))
async def list_materials(request: Request, code: Code, query: Annotated[MaterialsQuery, Query()]) -> Response:
    """每份材料可能走哪些路径、取决于什么：就是一次什么都还不知道的判断。

    By which routes each material may go and on what that hangs: a decision with everything still unknown.
    """
    service, spoken = service_of(request), language(request)
    found = _item(service.rulebook, code, query.division)
    day = query.on or service.today()
    body = _decide(service, found, query, day)
    told = printed(body, service.rulebook, spoken, "summary")
    return reading({
        "rulebook": body["rulebook"], "language": TAGS[spoken], "item": found.code, "name": found.name, "name_en": found.english,
        "division": body["deciding_division"], "on": day.isoformat(), "count": len(body["materials"]),
        "materials": [_material(one, service.rulebook) for one in told["materials"]], "questions": told["questions"]}, spoken, request)


def _material(one: dict[str, Any], rulebook: Rulebook) -> dict[str, Any]:
    """A material of the decision with the facts on which its route hangs."""
    branches = one["branches"]
    facts = dict.fromkeys(phrase.split(" ", 1)[0] for branch in branches for phrase in branch["when"])
    words = rulebook.vocabulary
    return {**{name: one[name] for name in _KEPT if name in one}, "person": one.get("person"),
            "hangs_on": [{"fact": code, "name": words[code].name, "name_en": words[code].english,
                          "supplier": catalogue.SUPPLIERS[words[code].supplier]} for code in facts]}


def _decide(service: Service, item: Item, query: MaterialsQuery, day: date) -> dict[str, Any]:
    situation: dict[str, bool] = {}
    for word, value in query.situation:
        if situation.setdefault(word, value) is not value:
            raise refused("invalid-parameter", [Mistake(Problem(
                "duplicate-key", f"“{word}”写了两次，答案不同。", f"“{word}” is answered twice and differently.", field="query.situation"))])
    application = Application(
        item=item.code, deciding_division=query.division, accepted_on=day, situation=situation, applicant=Applicant(kind=query.applicant_kind))
    try:
        return service.decider.decide(application, day)
    except Refused as wrong:
        raise refused("invalid-parameter", [Mistake(replace(one, field=_parameter(one.field))) for one in wrong.problems]) from None


def _parameter(field: str) -> str:
    """Which parameter a field of the application came from."""
    head = field.split(".")[0]
    return {"deciding_division": "query.division", "item": "path.code", "situation": "query.situation", "applicant": "query.applicant_kind",
            "accepted_on": "query.on"}.get(head, field)


def _known_division(rulebook: Rulebook, division: str) -> None:
    if division not in rulebook.divisions:
        raise refused("invalid-parameter", [Mistake(
            unknown_word("unknown-division", "区划", "division", division, rulebook.divisions).at("", 0, "query.division"))])


def _item(rulebook: Rulebook, word: str, division: str | None) -> Item:
    """The item, as the division offers it. Raises `unknown-item`."""
    if division is not None:
        _known_division(rulebook, division)
    value = rulebook.vocabulary["item"].by_word.get(word.strip())
    if value is None:
        codes = tuple(dict.fromkeys(code for code, _ in rulebook.items))
        names = tuple(dict.fromkeys(item.name for item in rulebook.items.values()))
        near = nearest(word, codes) or nearest(word, names)
        raise HttpProblem("unknown-item", f"没有叫“{word}”的事项。", f"There is no service item called “{word}”.", [Mistake(
            Problem("unknown-item", f"没有叫“{word}”的事项。", f"There is no service item called “{word}”.", field="path.code", allowed=codes, nearest=near))])
    found = rulebook.item(value.code, division or NATIONAL) or (
        None if division else next((one for (code, _), one in rulebook.items.items() if code == value.code), None))
    if found is None:
        raise HttpProblem("unknown-item", f"“{value.name}”不在区划 {division} 办理。", f"“{value.english}” is not offered in {division}.", [Mistake(
            Problem("item-not-here", f"“{value.name}”不在区划 {division} 办理。", f"“{value.english}” is not offered in {division}.", field="query.division"))])
    return found
