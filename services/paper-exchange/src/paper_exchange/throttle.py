"""The rate limit at the door: each call is counted, and each answer tells what is left."""

from aiohttp import web

from exchange.refusals import Refusal
from paper_exchange.http import ACCESS, OPEN_PATHS, Handler, refused
from paper_exchange.rates import Rates

RATES = web.AppKey("rates", Rates)
COUNTED, DATA_PATHS = ("/v1", "/v2"), ("/v1beta", "/v2/stocks")
TOO_MANY = Refusal(429, 42910000, "rate limit exceeded")


@web.middleware
async def throttle(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count the calls of each account, refuse what is too many, and tell how many are left."""
    name = request.app[ACCESS].account_of(request.headers)
    if name is None or request.path in OPEN_PATHS or not request.path.startswith(COUNTED):
        return await handler(request)
    allowance = request.app[RATES].call(name, is_data=request.path.startswith(DATA_PATHS))
    if allowance is None:
        return await handler(request)
    response = refused(TOO_MANY) if allowance.remaining < 0 else await handler(request)
    response.headers.update(allowance.headers)
    return response
