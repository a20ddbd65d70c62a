"""What people decide about the machine: mode, halt, resume."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Response

from api_gateway.answers import Controlled, answer, gives
from api_gateway.bodies import Id, ModeWanted, Reason, Resolution
from api_gateway.desk import Desk, Here
from api_gateway.failures import Refusal, not_found
from api_gateway.routes.submit import CALLER
from api_gateway.stops import state_of
from contracts.control import Halted, ModeSet, OrderGivenUp, Resumed
from contracts.lifecycle import OrderStatus

router = APIRouter(tags=["control"])

SCOPE = "all"


@router.post("/set-mode", responses=gives(Controlled), summary="Let a person (manual) or the machine (auto) execute")
async def set_mode(here: Here, wanted: ModeWanted) -> Response:
    return await _decide(here, ModeSet(control_id=_id(), scope=SCOPE, mode=wanted.mode, by=CALLER, why=wanted.why))


@router.post("/halt", responses=gives(Controlled), summary="Stop all entries at once; exits go on")
async def halt(here: Here, reason: Reason | None = None) -> Response:
    return await _decide(here, Halted(control_id=_id(), scope=SCOPE, by=CALLER, why=reason.why if reason else ""))


@router.post("/resume", responses=gives(Controlled), summary="Allow entries again")
async def resume(here: Here, reason: Reason | None = None) -> Response:
    return await _decide(here, Resumed(control_id=_id(), scope=SCOPE, by=CALLER, why=reason.why if reason else ""))


@router.post(
    "/orders/{id}/resolve",
    responses=gives(Controlled),
    summary="Let go of an order in doubt that never arrived at the broker; it is asked once more",
)
async def resolve(here: Here, id: Id, found: Resolution) -> Response:  # noqa: A002 - the name is part of the interface
    """Look at the broker first: an order that is let go of and arrives after all may be one too many."""
    order = here.view.order(id) or not_found("order", id)
    if order.status is not OrderStatus.UNKNOWN:
        raise Refusal(409, "not_in_doubt", f"the order was {order.status}, expected one that is unknown")
    return await _decide(
        here,
        OrderGivenUp(
            control_id=_id(), scope=order.account, client_order_id=order.client_order_id, by=CALLER, why=found.why
        ),
    )


def _id() -> str:
    return str(uuid.uuid4())


async def _decide(here: Desk, fact: ModeSet | Halted | Resumed | OrderGivenUp) -> Response:
    outcome = await here.write(fact)
    return answer(Controlled(outcome.sequence, here.view.mode, state_of(here.view.stops)))
