"""What is held, ordered, traded and wished for, and why."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api_gateway.answers import (
    Balances,
    Orders,
    Positions,
    Signals,
    Trade,
    Trades,
    answer,
    gives,
)
from api_gateway.desk import Desk, Here
from api_gateway.failures import Refusal, not_found
from api_gateway.fields import Id, OneSymbol
from api_gateway.holdings import planned
from api_gateway.holdings import positions as protected
from api_gateway.story import Story
from contracts import lifecycle
from contracts.accounts import AccountSnapshot
from contracts.history import HistoryAsked
from contracts.orders import OrderChanged, OrderFilled

router = APIRouter(tags=["trading"])


class Which(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    ALL = "all"


Limit = Annotated[int, Query(ge=1, le=1000, description="How many at most")]


@router.get("/account", responses=gives(AccountSnapshot), summary="The account as the broker last reported it")
async def account(here: Here) -> Response:
    return answer(_snapshot(here))


@router.get("/account/balances", responses=gives(Balances), summary="Equity, cash, buying power")
async def balances(here: Here) -> Response:
    seen = _snapshot(here)
    return answer(Balances(seen.account, seen.equity, seen.cash, seen.buying_power, seen.at))


@router.get(
    "/positions",
    responses=gives(Positions),
    summary="Open positions, their exits, and what would happen next",
)
async def positions(here: Here) -> Response:
    plans = await here.plans() or {}
    seen = _snapshot(here)
    held = protected(seen, here.view.fills, here.view.orders.values())
    return answer(Positions(seen.at, planned(held, plans)))


def _snapshot(here: Desk) -> AccountSnapshot:
    if here.view.snapshot is None:
        raise Refusal(503, "no_account_yet", "the broker has not reported the account yet")
    return here.view.snapshot


@router.get("/orders", responses=gives(Orders), summary="Orders, newest first")
async def orders(here: Here, status: Which = Which.ALL, symbol: OneSymbol = None, limit: Limit = 100) -> Response:
    found = [o for o in here.view.newest_orders() if _fits(o, status) and symbol in (None, o.symbol)]
    return answer(Orders(tuple(found[:limit])))


def _fits(order: OrderChanged, which: Which) -> bool:
    return which is Which.ALL or (order.status in lifecycle.OPEN) == (which is Which.OPEN)


@router.get("/orders/{id}", responses=gives(OrderChanged), summary="One order, by our id or the broker's")
async def order(here: Here, id: Id) -> Response:  # noqa: A002 - the name of the parameter is part of the interface
    return answer(here.order(id) or not_found("order", id))


@router.get(
    "/orders/{id}/why",
    responses=gives(Story),
    summary="The whole chain: signal, verdict with every rule, orders, fills, exits",
)
async def why(here: Here, id: Id) -> Response:  # noqa: A002 - the name of the parameter is part of the interface
    """Take any id of the story: an order's (ours or the broker's), a signal's, a verdict's, an exit's."""
    told = await here.history.story(id, here.view.sequence)
    return answer(told or not_found("order, signal or verdict", id))


@router.get("/trades", responses=gives(Trades), summary="Executions from the audit, newest first")
async def trades(here: Here, before: Annotated[int, Query(ge=0)] = 0, limit: Limit = 100) -> Response:
    question = HistoryAsked(kinds=(OrderFilled.__name__,), account=here.view.account, before=before, limit=limit)
    found = await here.history.ask(question)
    fills = tuple(Trade(r.sequence, r.body) for r in found.records if isinstance(r.body, OrderFilled))
    following = fills[-1].sequence if len(found.records) == limit else None
    return answer(Trades(fills, following, found.through))


@router.get(
    "/signals",
    responses=gives(Signals),
    summary="Signals with their verdicts, newest first; with refused=true what was refused at the door",
)
async def signals(here: Here, *, refused: bool = False, limit: Limit = 100) -> Response:
    view = here.view
    return answer(Signals(refused=view.newest_refusals(limit)) if refused else Signals(view.newest_signals(limit)))
