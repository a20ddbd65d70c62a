"""REST v2: orders."""

from collections.abc import Iterable
from itertools import islice
from typing import TypeAlias

from aiohttp import web
from msgspec.structs import replace

from exchange import core
from exchange.accounts import Account
from exchange.book import Amendment, Order, Status, Ticket, ended
from exchange.refusals import Refusal, not_found, unacceptable
from exchange.turn import Answer
from paper_exchange import wire
from paper_exchange.http import (
    RefusedError,
    account,
    answer,
    choice,
    flag,
    floor,
    moment,
    named,
    refused,
    sent,
    symbols,
    whole,
)

MOST = 500
ORDINARY = 50

Place: TypeAlias = tuple[int, str]  # when an order was submitted, and its id where that is the same
FIRST, LAST = (-1, ""), (1 << 63, "")
LAST_ID = "~"  # after every id
EDGES = ("after", "until", "before_order_id", "after_order_id")


def routes() -> list[web.RouteDef]:
    return [
        web.post("/v2/orders", _submit),
        web.get("/v2/orders", _list),
        web.delete("/v2/orders", _cancel_all),
        web.get("/v2/orders:by_client_order_id", _by_client_order_id),
        web.get("/v2/orders/{id}", _get),
        web.patch("/v2/orders/{id}", _replace),
        web.delete("/v2/orders/{id}", _cancel),
    ]


async def _submit(request: web.Request) -> web.StreamResponse:
    ticket = await sent(request, Ticket)
    ticket = replace(ticket, symbol=named(request, ticket.symbol))
    one = account(request)
    return _answer(request, floor(request).submit(one.name, ticket))


async def _get(request: web.Request) -> web.StreamResponse:
    one = account(request)
    return answer(wire.order(one, _found(one, request.match_info["id"]), nested=flag(request, "nested")))


async def _by_client_order_id(request: web.Request) -> web.StreamResponse:
    one = account(request)
    name = request.query.get("client_order_id", "")
    return answer(wire.order(one, _found(one, one.client_order_ids.get(name, name)), nested=flag(request, "nested")))


async def _replace(request: web.Request) -> web.StreamResponse:
    amendment = await sent(request, Amendment)
    name, order_id = account(request).name, request.match_info["id"]
    outcome = floor(request).perform(lambda state, venue, at: core.replace(state, venue, name, order_id, amendment, at))
    return _answer(request, outcome)


async def _cancel(request: web.Request) -> web.StreamResponse:
    outcome = floor(request).cancel(account(request).name, request.match_info["id"])
    return refused(outcome) if isinstance(outcome, Refusal) else web.Response(status=204)


async def _cancel_all(request: web.Request) -> web.StreamResponse:
    return answer(cancel_all(request), 207)


def cancel_all(request: web.Request) -> list[wire.Json]:
    """Cancel every open order of the account; the members of a group go with the first of them."""
    name = account(request).name
    listed: list[wire.Json] = []
    for order_id in tuple(account(request).working):
        outcome = floor(request).cancel(name, order_id)
        if isinstance(outcome, Refusal):
            listed.append({"id": order_id, "status": outcome.status, "body": wire.refusal(outcome)})
        else:
            listed.append({"id": order_id, "status": web.HTTPOk.status_code})
    return listed


async def _list(request: web.Request) -> web.StreamResponse:
    one = account(request)
    nested = flag(request, "nested")
    direction = choice(request, "direction", "desc", ("asc", "desc"))
    found = sorted(_asked_for(request, one, nested=nested), key=_place)
    ordered = found if direction == "asc" else reversed(found)
    limit = whole(request, "limit", ORDINARY, MOST)
    return answer([wire.order(one, order, nested=nested) for order in islice(ordered, limit)])


def _asked_for(request: web.Request, one: Account, *, nested: bool) -> Iterable[Order]:
    status = choice(request, "status", "open", ("open", "closed", "all"))
    side, wanted = request.query.get("side"), symbols(request)
    start, end = _range(request, one)
    if request.query.get("asset_class", "us_equity") not in {"us_equity", "all"}:
        return
    ids = one.working if status == "open" else one.orders
    for order in map(one.orders.__getitem__, ids):
        unfit = (
            (nested and order.parent_id is not None)
            or not _stands(order, status)
            or not start < _place(order) < end
            or (side is not None and order.side != side)
            or (wanted and order.symbol not in wanted)
        )
        if not unfit:
            yield order


def _range(request: web.Request, one: Account) -> tuple[Place, Place]:
    """Read between which places of the list, neither included: two moments, or before or after another order."""
    given = {name for name in EDGES if name in request.query}
    if len(given) > 1 and given != {"after", "until"}:
        raise RefusedError(unacceptable(f"{' and '.join(sorted(given))} cannot be used together"))
    before, behind = request.query.get("before_order_id"), request.query.get("after_order_id")
    if before is not None:
        return FIRST, _place(_found(one, before))
    if behind is not None:
        return _place(_found(one, behind)), LAST
    after, until = moment(request, "after"), moment(request, "until")
    return FIRST if after is None else (after, LAST_ID), LAST if until is None else (until, "")


def _place(order: Order) -> Place:
    """Say where the order stands in the list."""
    return order.submitted_at, order.id


def _found(one: Account, order_id: str) -> Order:
    if order_id not in one.orders:
        raise RefusedError(not_found(f"order not found for {order_id}"))
    return one.orders[order_id]


def _answer(request: web.Request, outcome: Answer) -> web.Response:
    """Answer with the order that a command was about, and with its legs."""
    if isinstance(outcome, Refusal):
        return refused(outcome)
    one = account(request)
    parent, *legs = outcome.orders
    body = wire.order(one, parent, nested=False)
    body["legs"] = [wire.order(one, leg, nested=False) for leg in legs] or None
    return answer(body)


def _stands(order: Order, status: str) -> bool:
    """Whether the order is one of open, closed or all; a held leg is none of the open ones, as at Alpaca."""
    if status == "all":
        return True
    return ended(order) if status == "closed" else order.status is not Status.HELD and not ended(order)
