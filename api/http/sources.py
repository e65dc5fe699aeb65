"""The sources over HTTP: who provides them, on which ground they may be asked, where they are connected, whether they can be asked and answer.

For trusted callers; reads only.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.http import documents
from api.http.answers import answer
from api.http.parameters import DAY_EXAMPLES, Day
from api.http.problems import HttpProblem, Mistake, refused
from api.http.service import Service, language, service_of
from engine.catalogue import Source
from engine.law import FOREVER
from engine.problems import unknown_word

router = APIRouter(prefix="/v1/sources", tags=["sources"])

SHARING: Final = {"无条件共享": "unconditional", "有条件共享": "conditional", "不予共享": "not_shared"}
State = Literal["closed", "open", "half_open"]


class ConnectionShown(BaseModel):
    """Where it is connected, from which day to which (inclusive; null: still)."""

    division: str = Field(description="区划 Division.", examples=["210400"])
    since: str = Field(description="自哪天 First day.", examples=["2020-07-01"])
    until: str | None = Field(description="到哪天；null 是至今 Last day; null: still.", examples=[None])


class SourceShown(BaseModel):
    """One source or standing way of checking."""

    code: str = Field(description="编码 Code.", examples=["marriage_records"])
    name: str = Field(description="名称 Name.", examples=["婚姻登记信息"])
    name_en: str = Field(description="英文名 English name.", examples=["Marriage register"])
    provider: str = Field(description="提供单位 Who provides it and answers for it.", examples=["民政部门"])
    kind: Literal["query", "check"] = Field(description="查询、核验 A query or the authority's own check.", examples=["query"])
    sharing: Literal["unconditional", "conditional", "not_shared"] = Field(description="共享类型 Sharing class.", examples=["conditional"])
    ground: str = Field(description="查询依据 Legal ground.", examples=["statutory_duty"])
    id_types: list[str] = Field(description="适用证件类型；空为不限 Kinds of number it can be asked about; empty: any.", examples=[["resident_id"]])
    certificates: list[str] = Field(description="等效的电子证照 Certificates that say the same.", examples=[["marriage_certificate"]])
    connections: list[ConnectionShown] = Field(description="接通的区划 Where it is connected.")
    synthetic: bool = Field(description="接通情况是否合成数据 Whether the connections are synthetic.", examples=[True])
    review: str | None = Field(description="待法务核对 What legal staff must confirm.", examples=[None])
    connected: bool | None = Field(None, description="那天在所问区划是否接通 Connected in the division asked about on that day.", examples=[True])
    reachable: bool = Field(description="是否设置了接口，可以自动查询 Whether an address is set, so that it can be asked.", examples=[True])
    breaker: State | None = Field(description="熔断：closed 正常、open 暂不查询、half_open 试查；没有接口为 null Breaker; null without an address.",
                                  examples=["closed"])


class SourcesShown(BaseModel):
    """The sources of the rulebook."""

    sources: list[SourceShown] = Field(description="数据源 The sources.")
    answer_within_ms: int = Field(description="一件申请的答复时限，毫秒 Time within which an application is answered, in milliseconds.", examples=[800])


class SourcesQuery(BaseModel):
    """Which sources."""

    model_config = ConfigDict(extra="forbid")

    division: str | None = Field(None, max_length=20, description="只看在这个区划接通的。 Only those connected in this division.", examples=["210400"])
    on: Day | None = Field(None, description="哪一天，缺省是今天。 Which day, today by default.", examples=DAY_EXAMPLES)


@router.get("", operation_id="listSources", summary="数据源和它们的状态 Sources and their state", response_model=SourcesShown,
            responses=documents.problems(403, 422, 503), openapi_extra={"security": [{}, {"trusted": []}]})
async def list_sources(request: Request, query: Annotated[SourcesQuery, Query()]) -> Response:
    """谁提供、凭什么查、在哪里接通、现在能不能查到。 Who provides it, on which ground, where it is connected, and whether it answers now."""
    service = service_of(request)
    if not service.trusts(request.headers.get("authorization")):
        raise HttpProblem("untrusted-caller")
    rulebook, chain = service.rulebook, None
    if query.division is not None:
        if query.division not in rulebook.divisions:
            problem = unknown_word("unknown-division", "区划", "division", query.division, rulebook.divisions)
            raise refused("invalid-parameter", [Mistake(problem.at("", 0, "query.division"))])
        chain = rulebook.chain(query.division)
    day = query.on or service.today()

    def connected(source: Source) -> bool:
        return any((chain is None or one.division in chain) and one.start <= day < one.end for one in source.connections)

    shown = [_shown(service, one) | ({"connected": True} if chain is not None else {})
             for one in rulebook.sources.values() if chain is None or connected(one)]
    return answer({"sources": shown, "answer_within_ms": service.settings.answer_within}, language(request))


def _shown(service: Service, source: Source) -> dict[str, Any]:
    state = service.sources.state(source.code) if service.sources is not None else None
    return {
        "code": source.code, "name": source.name, "name_en": source.english, "provider": source.provider,
        "kind": "query" if source.kind == "查询" else "check", "sharing": SHARING[source.sharing], "ground": source.ground, "id_types": list(source.id_types),
        "certificates": list(source.certificates),
        "connections": [{"division": one.division, "since": one.start.isoformat(), "until": None if one.end >= FOREVER else (one.end - timedelta(days=1)).isoformat()}
                        for one in source.connections],
        "synthetic": source.synthetic, "review": source.review or None, "reachable": state is not None, "breaker": state}
