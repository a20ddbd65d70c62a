"""REST v2: orders."""

from collections.abc import Iterable
from itertools import islice

import msgspec
from aiohttp import web

from exchange.accounts import Account
from exchange.book import Order, Status, Ticket, ended
from exchange.refusals import Refusal, malformed, not_found
from paper_exchange import wire
from paper_exchange.http import RefusedError, account, answer, flag, floor, moment, refused, symbols, whole
from paper_exchange.loss import Losses

LOSSES = web.AppKey("losses", Losses)
MOST = 500
ORDINARY = 50


def routes() -> list[web.RouteDef]:
    return [
        web.post("/v2/orders", _submit),
        web.get("/v2/orders", _list),
        web.delete("/v2/orders", _cancel_all),
        web.get("/v2/orders:by_client_order_id", _by_client_order_id),
        web.get("/v2/orders/{id}", _get),
        web.delete("/v2/orders/{id}", _cancel),
    ]


def _ticket(body: bytes) -> Ticket:
    """Read the body; a member that is null or empty is one that was not sent."""
    try:
        sent = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        meant = {name: value for name, value in sent.items() if bytes(value) not in {b"null", b'""'}}
        return msgspec.json.decode(msgspec.json.encode(meant), type=Ticket)
    except msgspec.ValidationError as error:
        raise RefusedError(malformed(str(error).lower())) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RefusedError(Refusal(400, 40010000, "request body format is invalid")) from error


async def _submit(request: web.Request) -> web.StreamResponse:
    ticket = _ticket(await request.read())
    one = account(request)
    outcome = floor(request).submit(one.name, ticket)
    if isinstance(outcome, Refusal):
        return refused(outcome)
    if request.app[LOSSES].strikes() and request.transport is not None:
        request.transport.abort()
    parent, *legs = outcome.orders
    body = wire.order(one, parent, nested=False)
    body["legs"] = [wire.order(one, leg, nested=False) for leg in legs] or None
    return answer(body)


async def _get(request: web.Request) -> web.StreamResponse:
    one = account(request)
    order_id = request.match_info["id"]
    found = one.orders.get(order_id)
    if found is None:
        return refused(not_found(f"order not found for {order_id}"))
    return answer(wire.order(one, found, nested=flag(request, "nested")))


async def _by_client_order_id(request: web.Request) -> web.StreamResponse:
    one = account(request)
    name = request.query.get("client_order_id", "")
    order_id = one.client_order_ids.get(name)
    if order_id is None:
        return refused(not_found(f"order not found for {name}"))
    return answer(wire.order(one, one.orders[order_id], nested=flag(request, "nested")))


async def _cancel(request: web.Request) -> web.StreamResponse:
    outcome = floor(request).cancel(account(request).name, request.match_info["id"])
    return refused(outcome) if isinstance(outcome, Refusal) else web.Response(status=204)


async def _cancel_all(request: web.Request) -> web.StreamResponse:
    return answer(cancel_all(request), 207)


def cancel_all(request: web.Request) -> list[wire.Json]:
    """Cancel every open order of the account; the members of a group go with the first of them."""
    one = account(request)
    listed: list[wire.Json] = [{"id": order_id, "status": 200} for order_id in one.working]
    for order_id in tuple(one.working):
        floor(request).cancel(one.name, order_id)
    return listed


async def _list(request: web.Request) -> web.StreamResponse:
    one = account(request)
    nested = flag(request, "nested")
    found = sorted(_asked_for(request, one, nested=nested), key=lambda order: order.submitted_at)
    direction = request.query.get("direction", "desc")
    ordered = found if direction == "asc" else reversed(found)
    limit = whole(request, "limit", ORDINARY, MOST)
    return answer([wire.order(one, order, nested=nested) for order in islice(ordered, limit)])


def _asked_for(request: web.Request, one: Account, *, nested: bool) -> Iterable[Order]:
    after, until = moment(request, "after"), moment(request, "until")
    status, side, wanted = request.query.get("status", "open"), request.query.get("side"), symbols(request)
    if status not in {"open", "closed", "all"}:
        raise RefusedError(malformed(f"status was {status[:20]}, expected open, closed or all"))
    ids = one.working if status == "open" else one.orders
    for order in map(one.orders.__getitem__, ids):
        unfit = (
            (nested and order.parent_id is not None)
            or not _stands(order, status)
            or (after is not None and order.submitted_at <= after)
            or (until is not None and order.submitted_at >= until)
            or (side is not None and order.side != side)
            or (wanted and order.symbol not in wanted)
        )
        if not unfit:
            yield order


def _stands(order: Order, status: str) -> bool:
    """Whether the order is one of open, closed or all; a held leg is none of the open ones, as at Alpaca."""
    if status == "all":
        return True
    return ended(order) if status == "closed" else order.status is not Status.HELD and not ended(order)
