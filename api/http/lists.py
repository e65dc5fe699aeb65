"""Published lists over HTTP: which kinds there are, and one list as JSON, CSV or an Excel workbook.

The JSON is made here once; files and the command line are made from it, so that no two of them can differ. What is on a list is
`engine.published`'s question; nothing here decides.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final, Literal

import orjson
from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.http import catalogue, documents
from api.http.answers import MEDIA_TYPE, kept, reading
from api.http.language import TAGS, Language
from api.http.lists_models import ListContent, ListOverview
from api.http.parameters import DAY_EXAMPLES, Day
from api.http.problems import HttpProblem, Mistake, refused
from api.http.service import language, service_of
from api.published_files import CSV, XLSX, as_csv, as_xlsx, disposition
from engine.catalogue import NATIONAL
from engine.problems import Problem, unknown_word
from engine.published import KINDS, Batch, ListKind, Published, Row, draft, kind_of, no_draft, published
from engine.rulebook import Rulebook

router = APIRouter(prefix="/v1/lists", tags=["rulebook"])

Json = dict[str, Any]
Texts = tuple[str, str]
Format = Literal["json", "csv", "xlsx"]

_FORMATS: Final[dict[str, Format]] = {MEDIA_TYPE: "json", CSV: "csv", XLSX: "xlsx"}

STATES: Final[dict[str, Texts]] = {
    "published": ("已公布", "published"), "empty": ("已公布，没有一行", "published, without a row"), "unpublished": ("未公布", "unpublished"),
    "draft": ("草案，未公布", "draft, not published")}

#: What a list means for decisions where it is published, and where it is not.
_MEANINGS: Final[dict[str, tuple[Texts, Texts]]] = {
    "proofs": (
        ("清单之外的证明算“不在列”，不得索要。", "A proof outside the list counts as not listed and may not be demanded."),
        ("未公布不等于空清单：判断时不以“清单之外”取消任何证明，只看设定依据。",
         "Unpublished is not empty: no proof is abolished for being outside the list; only its legal basis counts.")),
    "commitments": (
        ("以列入目录为条件的告知承诺，只对在列的证明开放；在列只是条件之一。",
         "A commitment that depends on the catalogue is open for listed proofs only; being listed is one condition among others."),
        ("未公布不等于空目录：以列入目录为条件的告知承诺，在这里都不开放。",
         "Unpublished is not empty: no commitment that depends on the catalogue is open here.")),
    "deferrals": (
        ("以列入清单为条件的容缺受理，只对在列的事项和材料开放；没有适用期限的不开放。",
         "A deferral that depends on the list is open for the listed pairs of item and material only, and closed where no term applies."),
        ("未公布不等于空清单：以列入清单为条件的容缺受理，在这里都不开放。", "Unpublished is not empty: no deferral that depends on the list is open here.")),
    "shareable": (
        ("清单用来说明共享的依据；能不能共享，看数据源在这里是否接通，不看在不在列。",
         "The list is cited where data are shared; whether they can be shared hangs on connected sources, not on the list."),
        ("未公布不等于空清单：说明共享时没有清单可引；能不能共享，仍看数据源是否接通。",
         "Unpublished is not empty: there is no list to cite; whether data can be shared still hangs on connected sources.")),
    "showable": (
        ("凭清单出示的证件，只有在列的可以出示；全国可以出示的不看清单。",
         "Of the credentials that are showable by list, only those listed may be shown; those showable everywhere need no list."),
        ("未公布不等于空清单：凭清单出示的证件，在这里都不能以出示代替材料；全国可以出示的不受影响。",
         "Unpublished is not empty: credentials that are showable by list may not be shown here; those showable everywhere are not touched.")),
    "promise_approvals": (
        ("以列入清单为条件的承诺审批，只对在列的事项开放；在列只是条件之一。",
         "Approval on promise that depends on the list is open for listed items only; being listed is one condition among others."),
        ("未公布不等于空清单：以列入清单为条件的承诺审批，在这里都不开放。", "Unpublished is not empty: no approval on promise that depends on the list is open here.")),
}
_SYNTHETIC_PROOFS: Final = ("公布的都是合成清单：在列的算在列，不在列的仍按“清单未公布”处理，不因此取消。",
                            "All batches are synthetic: what is listed counts as listed, what is not counts as unpublished and is not abolished for it.")
_DRAFT: Final = ("由目录推算的草案，供优化营商环境条例第四十四条要求的公布之用；没有公布，不影响判断，须经法务核对后由行政机关公布。",
                 "A draft made from the catalogue, for the publication that article 44 of the Regulation on Optimising the Business Environment orders. It is not "
                 "published and no decision uses it; legal staff review it and the authority publishes it.")

NOTES: Final[dict[str, Texts]] = {
    "item_not_offered": ("这个事项这一天不在这里办理，这一行对判断没有作用", "the item is not offered here on this day; the row has no effect"),
    "item_cancelled": ("这个事项已经取消", "the item has been cancelled"),
    "material_not_asked": ("这个事项不要求这份材料，这一行对判断没有作用", "the item does not ask for this material; the row has no effect"),
    "named_as_group": ("写的是任选组的名称；判断逐份看材料，这一行没有作用", "a group of alternatives is named; decisions look at single materials, so it has no effect"),
    "no_term": ("没有适用的容缺期限，判断时不开放容缺", "no term applies, so deferral stays closed"),
    "promised_sooner": ("事项的承诺时限更短，补交最迟不过承诺时限", "the item's promised time is shorter; the material is due within it"),
    "showable_nowhere": ("目录写明这种证件不能出示证明，这一行没有作用", "the catalogue says that this credential is not showable; the row has no effect"),
    "showable_everywhere": ("全国都可以出示，不看清单", "showable everywhere, list or no list"),
    "abolished_by_rule": ("下列规则已经取消这份证明，不论谁申请", "these rules abolish this proof whoever applies"),
    "alternative": ("几份材料任选其一", "one of several alternatives"),
    "in_place_of_abolished": ("原材料取消以后，以它查明事实", "establishes the fact once another paper is abolished"),
}


# —— the JSON ——

def content(one: Published, spoken: Language) -> Json:
    """One list as JSON."""
    return {
        **_line(one, spoken), "rulebook": one.version, "language": TAGS[spoken], **_where(one, spoken), "draft": one.draft,
        "batches": [{**_of_batch(batch, spoken), **catalogue.days(batch.start, batch.end), "basis": batch.basis, "count": batch.count,
                     "review": _joined(batch.review)} for batch in one.batches],
        "rows": [_row(row, spoken) for row in one.rows]}


def overview(rulebook: Rulebook, division: str, day: date, spoken: Language) -> Json:
    """Every kind of list in a division on a day, without its rows."""
    found = [published(rulebook, kind, division, day) for kind in KINDS]
    return {"rulebook": rulebook.version, "language": TAGS[spoken], **_where(found[0], spoken), "count": len(found),
            "lists": [_line(one, spoken) for one in found]}


def unknown_division(division: str, rulebook: Rulebook) -> Problem | None:
    """The problem that there is no such division, if so."""
    if division in rulebook.divisions:
        return None
    return unknown_word("unknown-division", "区划", "division", division, rulebook.divisions)


def _side(spoken: Language, texts: Texts) -> str:
    return texts[0] if spoken == "zh" else texts[1]


def _where(one: Published, spoken: Language) -> Json:
    return {"division": one.division.code, "division_name": _side(spoken, (one.division.name, one.division.english)), "on": one.day.isoformat()}


def _line(one: Published, spoken: Language) -> Json:
    kind = one.kind
    return {"list": kind.code, "name": kind.title, "name_rules": kind.name, "name_en": kind.english, "state": one.state,
            "state_text": _side(spoken, STATES[one.state]), "meaning": _side(spoken, _meaning(one)), "others": one.others or None,
            "synthetic": any(batch.synthetic for batch in one.batches), "batch_count": len(one.batches), "count": len(one.rows)}


def _meaning(one: Published) -> Texts:
    if one.draft:
        return _DRAFT
    where, nowhere = _MEANINGS[one.kind.code]
    if not one.batches:
        return nowhere
    return _SYNTHETIC_PROOFS if one.others == "unpublished" else where


def _of_batch(batch: Batch | None, spoken: Language) -> Json:
    if batch is None:
        return dict.fromkeys(("batch", "division", "division_name", "published", "synthetic"))
    return {"batch": batch.name, "division": batch.division.code, "division_name": _side(spoken, (batch.division.name, batch.division.english)),
            "published": batch.start.isoformat(), "synthetic": batch.synthetic}


def _row(row: Row, spoken: Language) -> Json:
    names: Json = {}
    for key, value in (("item", row.item), ("material", row.material), ("credential", row.credential)):
        names |= {key: value.code if value else None, f"{key}_name": value.name if value else None, f"{key}_name_en": value.english if value else None}
    texts = {"scene": row.scene, "basis": row.basis, "asked_by": row.asked_by, "issued_by": row.issued_by, "guide": row.guide}
    late = row.consequence
    return {
        **_of_batch(row.batch, spoken), **names, **{key: text or None for key, text in texts.items()}, "bases": [catalogue.basis(one) for one in row.bases],
        "term": catalogue.span(row.term), "term_applied": catalogue.span(row.term_applied),
        "consequence": None if late is None else {
            "code": late.code, "text": _side(spoken, (late.name, late.english)), "rule": row.consequence_rule},
        "review": _joined(row.review), "notes": [{"code": code, "text": _side(spoken, NOTES[code])} for code in row.notes],
        "abolished_by": list(row.abolished_by)}


def _joined(texts: tuple[str, ...]) -> str | None:
    return "；".join(texts) or None


# —— the endpoints ——

class WhereQuery(BaseModel):
    """Where and when."""

    model_config = ConfigDict(extra="forbid")

    division: str = Field(NATIONAL, min_length=1, max_length=20, description="区划代码，缺省是全国；上级公布的批次一并计入。 "
                          "Division code, the nation by default; batches of the divisions above count too.", examples=["210400"])
    on: Day | None = Field(None, description="哪一天，缺省是北京时间的今天。 Which day; today in China by default.", examples=DAY_EXAMPLES)


class ListQuery(WhereQuery):
    """Where, when, which version of it, and as what."""

    draft: bool = Field(False, description="true 给出由目录推算的草案，只有 proofs 有；不与公布的清单混在一起。 "
                        "true: the draft made from the catalogue, of `proofs` only; never mixed with what is published.", examples=[False])
    format: Format | None = Field(None, description="json、csv 或者 xlsx；写了就不看 Accept。 json, csv or xlsx; outweighs Accept.", examples=["json"])


Kind = Annotated[str, Path(min_length=1, max_length=80, description="哪一种清单，编码或者中文名称。 Kind of list, code or Chinese name.", examples=["deferrals"])]

_FILES: Final[dict[int | str, Json]] = {200: {"content": {
    CSV: {"schema": {"type": "string", "description": "UTF-8，有 BOM。 UTF-8 with a BOM."}},
    XLSX: {"schema": {"type": "string", "format": "binary", "description": "Excel 工作簿。 An Excel workbook."}}}}}


@router.get("", operation_id="listLists", summary="有哪些清单 The kinds of published lists", response_model=ListOverview,
            responses=documents.problems(422, 503))
async def list_lists(request: Request, query: Annotated[WhereQuery, Query()]) -> Response:
    """六种清单在一个区划、一天的状态和行数。

    The six kinds of lists with their state and number of rows, in a division on a day.
    """
    service, spoken = service_of(request), language(request)
    _known(query.division, service.rulebook)
    return reading(overview(service.rulebook, query.division, query.on or service.today(), spoken), spoken, request)


@router.get("/{kind}", operation_id="readList", summary="一种清单，JSON、CSV 或者 Excel One published list as JSON, CSV or Excel",
            response_model=ListContent, responses=_FILES | documents.problems(404, 422, 503))
async def read_list(request: Request, kind: Kind, query: Annotated[ListQuery, Query()]) -> Response:
    """判断所依据的同一份清单：每行写明批次、公布日期、公布的区划、是否合成。没有有效批次的写明“未公布”，不同于空清单。

    The very list that decisions use, each row with its batch, day of publication, division and whether it is synthetic. Where no batch is in force the
    list says that it is unpublished, which is not the same as empty.
    """
    service, spoken = service_of(request), language(request)
    wanted = _kind(kind)
    _known(query.division, service.rulebook)
    day = query.on or service.today()
    if query.draft:
        problem = no_draft(wanted)
        if problem is not None:
            raise refused("invalid-parameter", [Mistake(problem.at("", 0, "query.draft"))])
        made = draft(service.rulebook, query.division, day)
    else:
        made = published(service.rulebook, wanted, query.division, day)
    return _sent(content(made, spoken), query.format or accepted(request.headers.get("accept", "")), spoken, request)


def _sent(answer: Json, form: Format, spoken: Language, request: Request) -> Response:
    more = {"Vary": "Accept, Accept-Language"}
    if form == "json":
        return kept(orjson.dumps(answer), MEDIA_TYPE, spoken, request, more)
    more["Content-Disposition"] = disposition(answer, form)
    if form == "csv":
        return kept(as_csv(answer), f"{CSV}; charset=utf-8; header=present", spoken, request, more)
    return kept(as_xlsx(answer), XLSX, spoken, request, more)


def accepted(accept: str) -> Format:
    """The format an `Accept` header prefers: the best weight, JSON first among equals and where none of the three is named."""
    weights: dict[Format, float] = {}
    for media, form in _FORMATS.items():
        closest = (-1, 0.0)
        for name, weight in _ranges(accept):
            fit = 2 if name == media else 1 if name == f"{media.partition('/')[0]}/*" else 0 if name == "*/*" else -1
            if fit > closest[0]:
                closest = (fit, weight)
        weights[form] = closest[1]
    best = max(weights.values())
    return next(form for form, weight in weights.items() if weight == best) if best > 0 else "json"


def _ranges(accept: str) -> list[tuple[str, float]]:
    """The media ranges of an `Accept` header with their weights; an unreadable weight counts as none."""
    found = []
    for part in accept.lower().split(",")[:32]:
        name, *parameters = (one.strip() for one in part.split(";"))
        weight = 1.0
        for one in parameters:
            key, _, value = one.partition("=")
            if key.strip() == "q":
                try:
                    weight = float(value)
                except ValueError:
                    weight = 0.0
        found.append((name, weight if 0.0 <= weight <= 1.0 else 0.0))
    return found


def _kind(word: str) -> ListKind:
    """The kind of list. Raises `unknown-list`."""
    found = kind_of(word)
    if isinstance(found, Problem):
        raise HttpProblem("unknown-list", found.zh, found.en, [Mistake(found.at("", 0, "path.kind"))])
    return found


def _known(division: str, rulebook: Rulebook) -> None:
    problem = unknown_division(division, rulebook)
    if problem is not None:
        raise refused("invalid-parameter", [Mistake(problem.at("", 0, "query.division"))])
