"""`/exchange/simulate`: one trade at a price of one's own."""

from decimal import Decimal, InvalidOperation

from aiohttp import web

from exchange.book import Session
from exchange.numbers import plain
from exchange.refusals import not_found, unacceptable
from paper_exchange import times
from paper_exchange.http import RefusedError, answer, floor

HIGHEST = 1_000_000


def routes() -> list[web.RouteDef]:
    return [web.post("/exchange/simulate", _simulate)]


async def _simulate(request: web.Request) -> web.StreamResponse:
    house, symbol = floor(request), request.query.get("symbol", "")
    price = _price(request.query.get("price", ""))
    if symbol not in house.venue.assets:
        raise RefusedError(not_found(f"asset not found for {symbol[:20]}"))
    if symbol in house.state.halted or house.moment().session is Session.CLOSED:
        raise RefusedError(unacceptable(f"{symbol} is not trading now"))
    shown = house.simulate(symbol, price)
    return answer({"symbol": symbol, "price": plain(shown.price), "timestamp": times.stamp(shown.at)})


def _price(text: str) -> Decimal:
    try:
        price = Decimal(text)
    except InvalidOperation:
        price = Decimal(0)
    if not (price.is_finite() and 0 < price <= HIGHEST and price == round(price, 4)):
        raise RefusedError(unacceptable(f"price was {text[:20]}, expected dollars with at most four decimals"))
    return price
