"""The faults of REST: what a request meets on its way in, and its answer on its way out."""

import asyncio
import time
from http import HTTPStatus

import msgspec
from aiohttp import web

from exchange.accounts import Account
from exchange.book import Order
from paper_exchange.faults.faults import Strike, Target
from paper_exchange.faults.table import Place, at
from paper_exchange.http import ACCESS, OPEN_PATHS, Handler, answer, floor, refused
from paper_exchange.rates import MINUTE, Allowance
from paper_exchange.throttle import TOO_MANY
from paper_exchange.wire import UNREADABLE

CONTROL = "/exchange/"  # what is below it never fails by these faults

NOTICED = 0.1  # seconds until it is seen that a client has given up
ON_THE_WAY_IN = at(Place.REQUEST)
OF_A_CHANGE = at(Place.CHANGE)
OF_AN_ANSWER = at(Place.ANSWER)


class _Named(msgspec.Struct, frozen=True):
    symbol: str = ""
    client_order_id: str | None = None


@web.middleware
async def faulty(request: web.Request, handler: Handler) -> web.StreamResponse:
    faults = floor(request).mishaps.faults
    if not faults.on or request.path in OPEN_PATHS or request.path.startswith(CONTROL):
        return await handler(request)
    target = await _target(request)
    struck = faults.strike(ON_THE_WAY_IN, target)
    if struck is not None:
        return await _instead(request, struck)
    response = await handler(request)
    if not isinstance(response, web.Response) or response.status >= HTTPStatus.MULTIPLE_CHOICES:
        return response
    names = OF_AN_ANSWER if request.method == "GET" else (*OF_A_CHANGE, *OF_AN_ANSWER)
    struck = faults.strike(names, target)
    return response if struck is None else await _spoilt(request, response, struck)


async def _target(request: web.Request) -> Target:
    """Say what the request is about, as far as it says so itself or names an order that is known."""
    name = request.app[ACCESS].account_of(request.headers) or ""
    account = floor(request).state.accounts.get(name)
    order = None if account is None else _order(request, account)
    if order is not None:
        return Target(name, order.symbol, order.client_order_id, request.method, request.path)
    try:
        said = msgspec.json.decode(await request.read(), type=_Named)
    except UNREADABLE:
        said = _Named()
    symbol = request.match_info.get("symbol", said.symbol)
    return Target(name, symbol, said.client_order_id or "", request.method, request.path)


def _order(request: web.Request, account: Account) -> Order | None:
    order_id = request.match_info.get("id") or account.client_order_ids.get(request.query.get("client_order_id", ""))
    return account.orders.get(order_id or "")


async def _instead(request: web.Request, struck: Strike) -> web.Response:
    """Answer a request that nobody looks at."""
    match struck.fault:
        case "hang":
            await _silence(request, struck.seconds)
            return _cut(request)
        case "rate_limit":
            return _too_many(headers=struck.variant == "headers")
        case "unauthorized":
            return answer({"message": "unauthorized."}, HTTPStatus.UNAUTHORIZED)
        case "error_before":
            return _failure(struck.variant)
        case _:
            return _cut(request)


async def _spoilt(request: web.Request, response: web.Response, struck: Strike) -> web.Response:
    """Spoil the answer to a request that was carried out."""
    match struck.fault:
        case "slow":
            await asyncio.sleep(struck.seconds)
            return response
        case "hang_after":
            await _silence(request, struck.seconds)
            return _cut(request)
        case "error_after":
            return _failure(struck.variant)
        case "garbled":
            body = response.body if isinstance(response.body, bytes) else b""
            return web.Response(body=body[: len(body) // 2] or b"{", content_type="application/json")
        case _:
            return _cut(request)


async def _silence(request: web.Request, seconds: float) -> None:
    """Hold the request until its sender has gone, or for so long."""
    for _ in range(round(seconds / NOTICED)):
        if request.transport is None or request.transport.is_closing():
            return
        await asyncio.sleep(NOTICED)


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _too_many(*, headers: bool) -> web.Response:
    response = refused(TOO_MANY)
    if headers:
        response.headers.update(Allowance(limit=200, remaining=0, reset=int(time.time()) + MINUTE).headers)
    return response


def _failure(variant: str) -> web.Response:
    """Answer as a server does that has failed, or as the proxy before it."""
    status = HTTPStatus(int(variant.removesuffix("html")))
    if variant.endswith("html"):
        title = f"{status} {status.phrase}"
        page = f"<html>\n<head><title>{title}</title></head>\n<body><h1>{title}</h1></body>\n</html>\n"
        return web.Response(text=page, status=status, content_type="text/html")
    return answer({"code": status * 100_000 + 10_000, "message": f"{status.phrase.lower()} occurred"}, status)
