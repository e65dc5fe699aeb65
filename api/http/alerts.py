"""Alerts over HTTP: what the supervision (电子监察) must see, the latest first. For trusted callers; reads only."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.http import documents
from api.http.acting import Trusted, read
from api.http.answers import answer
from api.http.deferral_models import CARDS, KINDS, AlertList
from api.http.language import Language
from api.http.service import language
from api.records.alerts import PAGE, alerts
from api.records.story import plain
from api.records.tables import Alert

router = APIRouter(prefix="/v1/alerts", tags=["supervision"])


class AlertsQuery(BaseModel):
    """Which alerts."""

    model_config = ConfigDict(extra="forbid")

    case: str | None = Field(None, max_length=80, description="办件编号。 Id of the case.", examples=["0b7c9a52-6d5e-4a8c-8d53-61f6a2f0a7d4"])
    card: CARDS | None = Field(None, description="预警、黄牌、红牌。 Card.", examples=["red"])
    kind: KINDS | None = Field(None, description="违规、超时、期限届满、供数部门的答复。 Kind.", examples=["lateness"])
    after: str | None = Field(None, max_length=80, description="从这一条之后起。 Begin after this one.", examples=["9a1b2a1e-8f3a-4f0e-9d55-0a6b8a2a3c11"])


def _said(row: Alert, spoken: Language) -> dict[str, Any]:
    return {**plain(row, "zh", "en"), "text": row.zh if spoken == "zh" else row.en}


@router.get("", operation_id="listAlerts", summary="监察提示 Alerts of the supervision", response_model=AlertList,
            responses=documents.problems(400, 403, 404, 422, 503), openapi_extra={"security": [{}, {"trusted": []}]})
async def list_alerts(request: Request, records: Trusted, query: Annotated[AlertsQuery, Query()]) -> Response:
    """违规、超时、期限届满、供数部门的答复；新的在前，每页一百条。

    Violations, lateness, terms that ended, answers of data providers; the latest first, a hundred a page.
    """
    rows = await read(records, lambda session: alerts(session, **query.model_dump()))
    spoken = language(request)
    return answer({"alerts": [_said(row, spoken) for row in rows], "next": rows[-1].id if len(rows) == PAGE else None}, spoken)
