"""What people decide about the machine: mode, halt, resume."""

from __future__ import annotations

from datetime import datetime, timedelta

from fastapi import APIRouter, Response

from api_gateway.answers import CHANGED, Allowing, Controlled, gives
from api_gateway.bodies import HaltWanted, LockWanted, ModeWanted, Resolution, ResumeWanted
from api_gateway.deciding import CALLER, allow, decide, market_time, new_id, seen
from api_gateway.desk import Desk, Here
from api_gateway.failures import Refusal, not_found
from api_gateway.fields import Id
from api_gateway.standing import Choice, chosen, token
from contracts.control import Halted, ModeSet, OrderGivenUp, Resumed
from contracts.lifecycle import OrderStatus
from contracts.values import TradingState, derived_id

router = APIRouter(tags=["control"])


@router.post("/set-mode", responses=gives(Controlled), summary="Let a person (manual) or the machine (auto) execute")
async def set_mode(here: Here, wanted: ModeWanted) -> Response:
    fact = ModeSet(control_id=new_id(), scope=here.scope, mode=wanted.mode, by=CALLER, why=wanted.why)
    return await decide(here, fact)


@router.post("/halt", responses=gives(Controlled), summary="Stop entries at once; exits go on")
async def halt(here: Here, wanted: HaltWanted | None = None) -> Response:
    """HALTED also takes back entries that are working, REDUCING lets them be. Needs no body: then everything halts."""
    wanted = wanted or HaltWanted()
    return await decide(here, halted(here, wanted, wanted.level))


def halted(here: Desk, wanted: HaltWanted | LockWanted, level: TradingState) -> Halted:
    return Halted(
        control_id=new_id(), scope=here.scope, by=CALLER, why=wanted.why, level=level, strategy=wanted.strategy,
        symbol=wanted.symbol, until=_until(here, wanted), at=here.view.now,
    )  # fmt: skip


def _until(here: Desk, wanted: HaltWanted | LockWanted) -> datetime | None:
    if wanted.minutes is not None:
        return market_time(here) + timedelta(minutes=wanted.minutes)
    now = here.view.now
    if wanted.until is not None and now is not None and wanted.until <= now:
        detail = f"until was {wanted.until:%F %T}, expected a time after {now:%F %T} UTC, which market time is"
        raise Refusal(422, "past", detail)
    return wanted.until


@router.post("/resume", responses=gives(Allowing) | CHANGED, summary="Allow entries again, in two steps")
async def resume(here: Here, wanted: ResumeWanted | None = None) -> Response:
    """Without `confirm` nothing is done: the answer lists what would end, and names it in `confirm`.

    Sent again with that, it ends exactly these. What came in between voids the name (409 `changed_meanwhile`), and what
    comes later stands. A gate that is off is switched on by `/risk/activate`.
    """
    wanted = wanted or ResumeWanted()
    choice = Choice(here.scope, wanted.id, wanted.strategy, wanted.symbol)
    return await lift(here, choice, wanted.confirm, wanted.why)


async def lift(here: Desk, choice: Choice, confirm: str, why: str) -> Response:
    lifts = chosen(seen(here), choice)
    name = token(choice, lifts)
    fact = Resumed(
        control_id=derived_id(name, "done"), scope=choice.scope, by=CALLER, why=why, strategy=choice.strategy,
        symbol=choice.symbol, lifts=tuple(sorted(one.id for one in lifts)),
    )  # fmt: skip
    return await allow(here, confirm, name, lifts, [fact])


@router.post(
    "/orders/{id}/resolve",
    responses=gives(Controlled),
    summary="Let go of an order in doubt that never arrived at the broker; it is asked once more",
)
async def resolve(here: Here, id: Id, found: Resolution) -> Response:  # noqa: A002 - the name is part of the interface
    """Look at the broker first: an order that is let go of and arrives after all may be one too many."""
    order = here.order(id) or not_found("order", id)
    if order.status is not OrderStatus.UNKNOWN:
        raise Refusal(409, "not_in_doubt", f"the order was {order.status}, expected one that is unknown")
    return await decide(
        here,
        OrderGivenUp(
            control_id=new_id(), scope=order.account, client_order_id=order.client_order_id, by=CALLER, why=found.why
        ),
    )
