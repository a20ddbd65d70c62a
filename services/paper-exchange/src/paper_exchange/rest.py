"""REST v2: account, positions, assets, clock, calendar, activities."""

from decimal import Decimal, InvalidOperation
from itertools import islice

from aiohttp import web

from exchange.accounts import Account, Position, owned
from exchange.book import Order, Ticket
from exchange.fills import SHARE
from exchange.numbers import places, usable
from exchange.refusals import Refusal, malformed, not_found, unacceptable
from exchange.turn import Answer
from paper_exchange import holdings, times, wire
from paper_exchange.http import RefusedError, account, answer, flag, floor, moment, refused, whole
from paper_exchange.orders import cancel_all

PAGE = 100


def routes() -> list[web.RouteDef]:
    return [
        web.get("/v2/account", _account),
        web.get("/v2/account/activities", _activities),
        web.get("/v2/account/activities/FILL", _fills),
        web.get("/v2/positions", _positions),
        web.delete("/v2/positions", _close_all),
        web.get("/v2/positions/{symbol}", _position),
        web.delete("/v2/positions/{symbol}", _close),
        web.get("/v2/assets", _assets),
        web.get("/v2/assets/{symbol:.+}", _asset),
        web.get("/v2/clock", _clock),
        web.get("/v2/calendar", _calendar),
    ]


async def _account(request: web.Request) -> web.StreamResponse:
    house = floor(request)
    return answer(holdings.account(account(request), house.state, house.moment().now))


async def _activities(request: web.Request) -> web.StreamResponse:
    kinds = request.query.get("activity_types", "FILL").split(",")
    return await _fills(request) if "FILL" in kinds else answer([])


async def _fills(request: web.Request) -> web.StreamResponse:
    one = account(request)
    newest_first = request.query.get("direction", "desc") == "desc"
    after, until = moment(request, "after"), moment(request, "until")
    fills = reversed(one.fills) if newest_first else iter(one.fills)
    listed = (
        wire.activity(fill, one)
        for fill in fills
        if (after is None or fill.at > after) and (until is None or fill.at < until)
    )
    token = request.query.get("page_token")
    if token is not None:
        while next(listed, {"id": token})["id"] != token:
            pass
    return answer(list(islice(listed, whole(request, "page_size", PAGE, PAGE))))


async def _positions(request: web.Request) -> web.StreamResponse:
    one = account(request)
    return answer([_shape(request, one, held) for held in one.positions.values()])


async def _position(request: web.Request) -> web.StreamResponse:
    one = account(request)
    held = one.positions.get(_symbol(request))
    return refused(not_found("position does not exist")) if held is None else answer(_shape(request, one, held))


async def _close(request: web.Request) -> web.StreamResponse:
    one = account(request)
    held = one.positions.get(_symbol(request))
    if held is None:
        return refused(not_found("position does not exist"))
    return _answer(one, _sell(request, held, _share(request, held)))


async def _close_all(request: web.Request) -> web.StreamResponse:
    one = account(request)
    if flag(request, "cancel_orders"):
        cancel_all(request)
    closed: list[wire.Json] = []
    for held in tuple(one.positions.values()):
        outcome = _sell(request, held, owned(one, held.symbol))
        response = _answer(one, outcome)
        body = wire.refusal(outcome) if isinstance(outcome, Refusal) else _first(one, outcome.orders)
        closed.append({"symbol": held.symbol, "status": response.status, "body": dict(body)})
    return answer(closed, 207)


async def _assets(request: web.Request) -> web.StreamResponse:
    wanted = request.query.get("status", "active") == "active"
    kind = request.query.get("asset_class", "us_equity") == "us_equity"
    listed = floor(request).tape.symbols if wanted and kind else ()
    return answer([holdings.asset(symbol) for symbol in listed])


async def _asset(request: web.Request) -> web.StreamResponse:
    symbol = _symbol(request)
    if symbol not in floor(request).venue.assets:
        return refused(not_found(f"asset not found for {symbol}"))
    return answer(holdings.asset(symbol))


async def _clock(request: web.Request) -> web.StreamResponse:
    house = floor(request)
    at = house.moment()
    index = house.sessions.index(at.now)
    opening = house.sessions[index + 1 if at.is_open else index].opens
    return answer(
        {
            "timestamp": times.in_new_york(at.now),
            "is_open": at.is_open,
            "next_open": times.in_new_york(opening),
            "next_close": times.in_new_york(at.closes_at),
        }
    )


async def _calendar(request: web.Request) -> web.StreamResponse:
    start, end = request.query.get("start", "0001-01-01"), request.query.get("end", "9999-12-31")
    sessions = floor(request).sessions
    listed = [
        {
            "date": day.date,
            "open": times.in_new_york(day.opens)[11:16],
            "close": times.in_new_york(day.closes)[11:16],
            "session_open": "0400",
            "session_close": "2000",
            "settlement_date": sessions[sessions.index(day.closes)].date,
        }
        for day in sessions.between(start[:10], end[:10])
    ]
    return answer(listed)


def _symbol(request: web.Request) -> str:
    """Read the symbol of the path, which may be an asset's id."""
    text = request.match_info["symbol"]
    return next((name for name in floor(request).tape.symbols if wire.asset_id(name) == text), text)


def _shape(request: web.Request, one: Account, held: Position) -> dict[str, wire.Json]:
    house = floor(request)
    return holdings.position(one, held, house.state.prints, house.closing_price(held.symbol))


def _sell(request: web.Request, held: Position, qty: Decimal) -> Answer:
    ticket = Ticket(symbol=held.symbol, side="sell", type="market", time_in_force="day", qty=qty)
    return floor(request).submit(account(request).name, ticket)


def _answer(one: Account, outcome: Answer) -> web.Response:
    return refused(outcome) if isinstance(outcome, Refusal) else answer(_first(one, outcome.orders))


def _first(one: Account, orders: tuple[Order, ...]) -> dict[str, wire.Json]:
    return wire.order(one, orders[0], nested=False)


def _share(request: web.Request, held: Position) -> Decimal:
    """Read how much of the position to close: a quantity, a percentage, or all of it."""
    qty, percentage = request.query.get("qty"), request.query.get("percentage")
    if qty is not None and percentage is not None:
        raise RefusedError(unacceptable("only one of qty or percentage is accepted"))
    if qty is not None:
        return _number("qty", qty)
    if percentage is None:
        return held.qty
    part = _number("percentage", percentage)
    if part > 100:  # noqa: PLR2004 - per cent
        raise RefusedError(malformed("percentage must be between 0 and 100"))
    shares = held.qty * part / 100
    return shares // 1 if places(held.qty) == 0 else shares.quantize(SHARE, "ROUND_DOWN")


def _number(name: str, text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise RefusedError(malformed(f"{name} was {text[:20]}, expected a number")) from error
    if not usable(value):
        raise RefusedError(malformed(f"{name} must be > 0"))
    return value
