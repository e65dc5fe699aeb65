"""The service's counts, as Prometheus reads them."""

from __future__ import annotations

from fastapi import APIRouter, Request
from prometheus_client import generate_latest
from starlette.responses import Response

from api.http.service import service_of

router = APIRouter(include_in_schema=False)


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """The counts of this process since its start."""
    return Response(generate_latest(service_of(request).metrics.registry), headers={
        "Cache-Control": "no-store", "Content-Type": "text/plain; version=0.0.4; charset=utf-8"})
