"""The rulebook as a reader sees it: its version and what it holds, rules with their conditions, the vocabulary.

Reads only; nothing here decides or changes a rule.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.http import catalogue, documents
from api.http.acting import read
from api.http.answers import answer, reading
from api.http.language import TAGS
from api.http.models import Health, RulebookAnswer, RuleDetail, RuleList, VocabularyAnswer
from api.http.parameters import DAY_EXAMPLES, Day
from api.http.problems import HttpProblem, Mistake, refused
from api.http.service import language, service_of
from api.program import PROGRAM
from api.records import story
from engine.law import Rule
from engine.problems import Problem, nearest, unknown_word
from engine.rulebook import Rulebook

router = APIRouter(prefix="/v1")


class RulesQuery(BaseModel):
    """Which rules."""

    model_config = ConfigDict(extra="forbid")

    route: str | None = Field(None, min_length=1, max_length=80, description="只看这条路径的，编码或者中文名称。 Rules of this route, code or Chinese name.",
                              examples=["commitment"])
    kind: Literal["grant", "bar", "block", "definition", "term"] | None = Field(
        None, description="只看这一种：准许、排除、阻止、认定、规定。 Rules of this kind.", examples=["bar"])
    division: str | None = Field(None, min_length=1, max_length=20, description="只看在这个区划适用的。 Rules that apply in this division.",
                                 examples=["210400"])
    on: Day | None = Field(None, description="只看这一天有效的。 Rules in force on this day.", examples=DAY_EXAMPLES)
    q: str | None = Field(None, min_length=1, max_length=100, description="编号、要点、条款或者文件里含有的字。 Text found in id, gist, article or instrument.",
                          examples=["容缺"])


class Nothing(BaseModel):
    """No parameter is taken."""

    model_config = ConfigDict(extra="forbid")


@router.get("/rulebook", operation_id="readRulebook", tags=["rulebook"], summary="规则库的版本与内容 Version and content of the rulebook",
            response_model=RulebookAnswer, responses=documents.problems(422, 503))
async def read_rulebook(request: Request, query: Annotated[Nothing, Query()]) -> Response:
    """版本、各类数量、须由人确认的地方、合成数据、每一个变更日。

    Version, counts, what people must still confirm, synthetic data, every day on which something changes.
    """
    service, spoken = service_of(request), language(request)
    return reading({"language": TAGS[spoken], **_overview(service.rulebook)}, spoken, request)


def _overview(rulebook: Rulebook) -> dict[str, Any]:
    kinds = [rule.kind for rule in rulebook.rules]
    return {
        "rulebook": rulebook.version, "program": PROGRAM,
        "counts": {
            "instruments": len(rulebook.instruments), "rules": len(kinds), "grants": kinds.count("准许"), "bars": kinds.count("排除"),
            "blocks": kinds.count("阻止"), "definitions": kinds.count("认定"), "terms": kinds.count("规定"), "invariants": len(rulebook.invariants),
            "pairs": len(rulebook.pairs), "facts": len(rulebook.vocabulary.facts), "divisions": len(rulebook.divisions), "items": len(rulebook.items),
            "materials": len(rulebook.materials), "credentials": len(rulebook.credentials), "sources": len(rulebook.sources),
            "lists": len(rulebook.lists), "bundles": len(rulebook.bundles), "calendar_years": len(rulebook.calendar.years),
            "marks": len(rulebook.marks)},
        "synthetic": {"sources": [one.code for one in rulebook.sources.values() if one.synthetic],
                      "lists": [{"list": one.kind, "division": one.division, "batch": one.batch} for one in rulebook.lists if one.synthetic]},
        "calendar_years": sorted(rulebook.calendar.years), "changes": [day.isoformat() for day in rulebook.changes],
        "marks": [{"file": one.file, "line": one.line, "subject": one.subject, "text": one.text} for one in rulebook.marks]}


@router.get("/rules", operation_id="listRules", tags=["rulebook"], summary="查规则 Find rules", response_model=RuleList, responses=documents.problems(422, 503))
async def list_rules(request: Request, query: Annotated[RulesQuery, Query()]) -> Response:
    """按路径、种类、区划、日期、文字筛选，依文件次序。

    Filtered by route, kind, division, day and text, in the order of the files.
    """
    service, spoken = service_of(request), language(request)
    found = [catalogue.rule(one, spoken) for one in _filtered(service.rulebook, query)]
    return reading({"rulebook": service.rulebook.version, "language": TAGS[spoken], "count": len(found), "rules": found}, spoken, request)


def _filtered(rulebook: Rulebook, query: RulesQuery) -> list[Rule]:
    mistakes = []
    route = query.route
    if route is not None:
        codes = {one.code: one.code for one in rulebook.ladder} | {one.name: one.code for one in rulebook.ladder}
        if route not in codes:
            mistakes.append(Mistake(unknown_word("unknown-route", "路径", "route", route, (one.code for one in rulebook.ladder)).at("", 0, "query.route")))
        route = codes.get(route)
    if query.division is not None and query.division not in rulebook.divisions:
        mistakes.append(Mistake(unknown_word("unknown-division", "区划", "division", query.division, rulebook.divisions).at("", 0, "query.division")))
    if mistakes:
        raise refused("invalid-parameter", mistakes)
    places = frozenset(rulebook.chain(query.division)) if query.division else None
    wanted = query.q.casefold() if query.q else ""

    def fits(rule: Rule) -> bool:
        instrument = rule.instrument
        text = "\n".join((rule.id, rule.gist, rule.article, instrument.title, instrument.short, instrument.english, instrument.number)).casefold()
        return (route in (None, rule.route) and query.kind in (None, catalogue.RULE_KINDS[rule.kind]) and wanted in text
                and (places is None or not places.isdisjoint(instrument.divisions)) and (query.on is None or rule.in_force(query.on)))

    return [rule for rule in rulebook.rules if fits(rule)]


RuleId: Final = InPath(min_length=1, max_length=200, description="规则编号；是中文的，放在地址里要转码。 Id of the rule; Chinese, so URL-encoded.",
                     examples=["优化营商环境条例-40"])


@router.get("/rules/{rule_id}", operation_id="readRule", tags=["rulebook"], summary="一条规则的全文 One rule in full", response_model=RuleDetail,
            responses=documents.problems(404, 422, 503))
async def read_rule(request: Request, rule_id: Annotated[str, RuleId], query: Annotated[Nothing, Query()]) -> Response:
    """一个编号可以先后有几个版本，依施行日排列。

    One id may have several versions, ordered by their first day.
    """
    service, spoken = service_of(request), language(request)
    versions = sorted((rule for rule in service.rulebook.rules if rule.id == rule_id), key=lambda rule: rule.start)
    if not versions:
        ids = tuple(dict.fromkeys(rule.id for rule in service.rulebook.rules))
        zh, en = f"没有编号为“{rule_id}”的规则。", f"There is no rule “{rule_id}”."
        raise HttpProblem("unknown-rule", zh, en, [Mistake(Problem("unknown-rule", zh, en, field="path.rule_id", nearest=nearest(rule_id, ids)))])
    return reading({"rulebook": service.rulebook.version, "language": TAGS[spoken], "id": rule_id,
                    "versions": [catalogue.rule_in_full(one, spoken) for one in versions]}, spoken, request)


@router.get("/vocabulary", operation_id="readVocabulary", tags=["rulebook"], summary="词表 The vocabulary", response_model=VocabularyAnswer,
            responses=documents.problems(422, 503))
async def read_vocabulary(request: Request, query: Annotated[Nothing, Query()]) -> Response:
    """能说的一切：事实（名称、类型、值、由谁提供、怎么问）、比较、路径、理由、后续、主体、规定。

    Everything that can be said: facts with their types, values, suppliers and questions; comparisons, routes, reasons, actions, actors, terms.
    """
    service, spoken = service_of(request), language(request)
    return reading({"rulebook": service.rulebook.version, "language": TAGS[spoken], **catalogue.vocabulary(service.rulebook)}, spoken, request)


@router.get("/health", operation_id="health", tags=["service"], summary="进程是否活着 Is the process alive", response_model=Health)
async def health(request: Request) -> Response:
    """不看规则库；活着就是 200。 Looks at nothing else; alive is 200."""
    return answer({"status": "ok", "program": PROGRAM, "rulebook": None}, language(request))


@router.get("/ready", operation_id="ready", tags=["service"], summary="能否作出判断 Can it decide", response_model=Health, responses=documents.problems(503))
async def ready(request: Request) -> Response:
    """规则库读好了、数据库有回应就是 200，否则 503。 200 once the rulebook is loaded and the database answers, else 503."""
    service = service_of(request)
    if service.records is not None:
        await read(service.records, story.newest)
    return answer({"status": "ok", "program": PROGRAM, "rulebook": service.rulebook.version}, language(request))
