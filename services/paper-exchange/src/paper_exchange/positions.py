"""REST v2: positions, and closing them."""

from decimal import Decimal, InvalidOperation

from aiohttp import web

from exchange.accounts import Account, Position, available, price_of
from exchange.book import Side, Ticket
from exchange.fills import SHARE
from exchange.numbers import places, plain, usable
from exchange.refusals import Refusal, malformed, not_found, unacceptable
from exchange.turn import Answer
from paper_exchange import wire
from paper_exchange.floor import Floor
from paper_exchange.http import RefusedError, account, answer, flag, floor, refused, symbol
from paper_exchange.orders import cancel_all
from paper_exchange.wire import Json

ALL = Decimal(100)  # per cent
PLACES = 9


def routes() -> list[web.RouteDef]:
    return [
        web.get("/v2/positions", _list),
        web.delete("/v2/positions", _close_all),
        web.get("/v2/positions/{symbol:.+}", _get),
        web.delete("/v2/positions/{symbol:.+}", _close),
    ]


async def _list(request: web.Request) -> web.StreamResponse:
    one = account(request)
    return answer([shape(one, held, floor(request)) for held in one.positions.values()])


async def _get(request: web.Request) -> web.StreamResponse:
    return answer(shape(account(request), _held(request), floor(request)))


async def _close(request: web.Request) -> web.StreamResponse:
    held = _held(request)
    outcome = _closed(request, held, _share(request, held))
    return refused(outcome) if isinstance(outcome, Refusal) else answer(_first(account(request), outcome))


async def _close_all(request: web.Request) -> web.StreamResponse:
    one = account(request)
    if flag(request, "cancel_orders"):
        cancel_all(request)
    closed: list[Json] = []
    for held in tuple(one.positions.values()):
        outcome = _closed(request, held, abs(held.qty))
        status = outcome.status if isinstance(outcome, Refusal) else web.HTTPOk.status_code
        closed.append({"symbol": held.symbol, "status": status, "body": _first(one, outcome)})
    return answer(closed, 207)


def shape(one: Account, held: Position, house: Floor) -> dict[str, Json]:
    """Write a position in the key order that Alpaca uses."""
    asset, closing_price = house.venue.assets[held.symbol], house.closing_price(held.symbol)
    price = price_of(held, house.state.prints)
    value, cost = held.qty * price, held.qty * held.avg_entry_price
    return {
        "asset_id": wire.asset_id(held.symbol),
        "symbol": held.symbol,
        "exchange": asset.listed_on,
        "asset_class": "us_equity",
        "asset_marginable": asset.is_marginable,
        "qty": plain(held.qty),
        "qty_available": plain(available(one, held.symbol)),
        "avg_entry_price": plain(held.avg_entry_price),
        "side": "long" if held.qty > 0 else "short",
        "market_value": _six(value),
        "cost_basis": _six(cost),
        "unrealized_pl": _six(value - cost),
        "unrealized_plpc": _ratio(value - cost, cost),
        "unrealized_intraday_pl": _six(value - held.day_cost),
        "unrealized_intraday_plpc": _ratio(value - held.day_cost, held.day_cost),
        "current_price": plain(price),
        "lastday_price": plain(closing_price),
        "change_today": _ratio(price - closing_price, closing_price),
    }


def _held(request: web.Request) -> Position:
    held = account(request).positions.get(symbol(request))
    if held is None:
        raise RefusedError(not_found("position does not exist"))
    return held


def _closed(request: web.Request, held: Position, qty: Decimal) -> Answer:
    side = Side.SELL if held.qty > 0 else Side.BUY
    ticket = Ticket(symbol=held.symbol, side=side, type="market", time_in_force="day", qty=qty)
    return floor(request).submit(account(request).name, ticket)


def _first(one: Account, outcome: Answer) -> dict[str, Json]:
    if isinstance(outcome, Refusal):
        return wire.refusal(outcome)
    return wire.order(one, outcome.orders[0], nested=False)


def _share(request: web.Request, held: Position) -> Decimal:
    """Read how much of the position to close: a quantity, a percentage, or all of it."""
    qty, percentage = request.query.get("qty"), request.query.get("percentage")
    if qty is not None and percentage is not None:
        raise RefusedError(unacceptable("only one of qty or percentage is accepted"))
    if qty is not None:
        return _number("qty", qty)
    if percentage is None:
        return abs(held.qty)
    part = _number("percentage", percentage)
    if part > ALL:
        raise RefusedError(malformed("percentage must be between 0 and 100"))
    shares = abs(held.qty) * part / ALL
    return shares // 1 if places(held.qty) == 0 else shares.quantize(SHARE, "ROUND_DOWN")


def _number(name: str, text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise RefusedError(malformed(f"{name} was {text[:20]}, expected a number")) from error
    if not usable(value) or places(value) > PLACES:
        raise RefusedError(malformed(f"{name} must be > 0, with no more than {PLACES} decimals"))
    return value


def _six(value: Decimal) -> str:
    return plain(value.quantize(Decimal("0.000001")))


def _ratio(part: Decimal, whole: Decimal) -> str:
    """Write a gain as a part of what it was made with; a short position's cost is negative."""
    return plain((part / abs(whole)).quantize(Decimal("0.00001"))) if whole else "0"
