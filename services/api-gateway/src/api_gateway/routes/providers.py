"""How the broker and the prices stand, as the executor sees them."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api_gateway.answers import answer, gives
from api_gateway.desk import Here
from api_gateway.failures import Refusal
from contracts.providers import Providers

router = APIRouter(tags=["status"])


@router.get("/diag/providers", responses=gives(Providers), summary="How the broker and the prices stand")
async def providers(here: Here) -> Response:
    told = await here.providers()
    if told is None:
        raise Refusal(503, "executor_silent", "the executor, which alone knows, has not said anything lately")
    return answer(told)
