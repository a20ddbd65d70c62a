"""REST v2: orders, one at a time, and canceling them all."""

from aiohttp import web
from msgspec.structs import replace

from exchange import core
from exchange.accounts import Account
from exchange.book import Amendment, Order, Ticket
from exchange.refusals import Refusal, not_found
from exchange.turn import Answer
from paper_exchange import wire
from paper_exchange.http import RefusedError, account, answer, flag, floor, named, refused, sent


def routes() -> list[web.RouteDef]:
    return [
        web.post("/v2/orders", _submit),
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
    return answer(wire.order(one, found(one, request.match_info["id"]), nested=flag(request, "nested")))


async def _by_client_order_id(request: web.Request) -> web.StreamResponse:
    one = account(request)
    name = request.query.get("client_order_id", "")
    if name not in one.client_order_ids:
        raise RefusedError(not_found(f"order not found for {name}"))
    return answer(wire.order(one, one.orders[one.client_order_ids[name]], nested=flag(request, "nested")))


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


def found(one: Account, order_id: str) -> Order:
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
