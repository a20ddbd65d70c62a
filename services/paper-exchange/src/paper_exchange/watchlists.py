"""REST v2: watchlists, by id or by name."""

from aiohttp import web
from msgspec import Struct
from msgspec.structs import replace

from exchange import records
from exchange.accounts import Account, Watchlist
from exchange.book import identity
from exchange.refusals import malformed, not_found, unacceptable
from paper_exchange.assets import asset
from paper_exchange.http import RefusedError, account, answer, floor, named, sent
from paper_exchange.times import stamp
from paper_exchange.wire import Json

LONGEST_NAME = 64
ONE, BY_NAME = "/v2/watchlists/{id}", "/v2/watchlists:by_name"


class Wishes(Struct, frozen=True):
    """A watchlist as asked for; None leaves a member as it is."""

    name: str | None = None
    symbols: tuple[str, ...] | None = None


class Addition(Struct, frozen=True):
    symbol: str


def routes() -> list[web.RouteDef]:
    each = (
        (method, path, handler)
        for path in (ONE, BY_NAME)
        for method, handler in (("GET", _get), ("PUT", _update), ("POST", _add), ("DELETE", _delete))
    )
    return [
        web.get("/v2/watchlists", _list),
        web.post("/v2/watchlists", _create),
        *(web.route(*route) for route in each),
        web.delete(f"{ONE}/{{symbol:.+}}", _remove),
    ]


async def _list(request: web.Request) -> web.StreamResponse:
    one = account(request)
    return answer([_shape(one, each) for each in one.watchlists.values()])


async def _get(request: web.Request) -> web.StreamResponse:
    return _answer(request, _found(request))


async def _create(request: web.Request) -> web.StreamResponse:
    wishes = await sent(request, Wishes)
    one, now = account(request), floor(request).moment().now
    name = _free(one, wishes.name or "", None)
    made = Watchlist(identity(one.id, "watchlist", now, name), name, _known(request, wishes.symbols or ()), now, now)
    return _kept(request, made)


async def _update(request: web.Request) -> web.StreamResponse:
    wishes = await sent(request, Wishes)
    found = _found(request)
    if wishes == Wishes():
        raise RefusedError(malformed("name or symbols is required"))
    name = found.name if wishes.name is None else _free(account(request), wishes.name, found)
    symbols = found.symbols if wishes.symbols is None else _known(request, wishes.symbols)
    return _kept(request, replace(found, name=name, symbols=symbols))


async def _add(request: web.Request) -> web.StreamResponse:
    addition = await sent(request, Addition)
    found = _found(request)
    return _kept(request, replace(found, symbols=_known(request, (*found.symbols, addition.symbol))))


async def _remove(request: web.Request) -> web.StreamResponse:
    found, symbol = _found(request), named(request, request.match_info["symbol"])
    if symbol not in found.symbols:
        raise RefusedError(not_found(f"asset not found for {symbol}"))
    return _kept(request, replace(found, symbols=tuple(one for one in found.symbols if one != symbol)))


async def _delete(request: web.Request) -> web.StreamResponse:
    name, found = account(request).name, _found(request)
    floor(request).perform(lambda state, _, __: records.unwatch(state, name, found.id))
    return web.Response(status=204)


def _found(request: web.Request) -> Watchlist:
    """Give the watchlist that the path names by its id, or the query by its name."""
    wanted = request.match_info.get("id") or request.query.get("name", "")
    for one in account(request).watchlists.values():
        if wanted == (one.id if "id" in request.match_info else one.name):
            return one
    raise RefusedError(not_found(f"watchlist not found for {wanted}"))


def _free(one: Account, name: str, renamed: Watchlist | None) -> str:
    """Give the name when a watchlist may have it."""
    if not 0 < len(name) <= LONGEST_NAME:
        raise RefusedError(malformed(f"watchlist name must have 1 to {LONGEST_NAME} characters"))
    if any(each.name == name for each in one.watchlists.values() if each is not renamed):
        raise RefusedError(malformed("watchlist name must be unique"))
    return name


def _known(request: web.Request, symbols: tuple[str, ...]) -> tuple[str, ...]:
    """Give the symbols when they can all be watched, and each once."""
    found = tuple(named(request, symbol) for symbol in symbols)
    for symbol in found:
        if symbol not in floor(request).venue.assets:
            raise RefusedError(unacceptable(f'asset "{symbol}" not found'))
        if found.count(symbol) > 1:
            raise RefusedError(unacceptable(f"duplicate symbol {symbol}"))
    return found


def _kept(request: web.Request, one: Watchlist) -> web.Response:
    house, name = floor(request), account(request).name
    kept = replace(one, updated_at=house.moment().now)
    house.perform(lambda state, _, __: records.watch(state, name, kept))
    return _answer(request, kept)


def _answer(request: web.Request, one: Watchlist) -> web.Response:
    known = floor(request).venue.assets
    listed = [asset(known[symbol]) for symbol in one.symbols if symbol in known]  # by the bars that are played now
    return answer({**_shape(account(request), one), "assets": listed})


def _shape(account: Account, one: Watchlist) -> dict[str, Json]:
    return {
        "id": one.id,
        "account_id": account.id,
        "created_at": stamp(one.created_at),
        "updated_at": stamp(one.updated_at),
        "name": one.name,
    }
