"""REST v2: the list of orders, page by page."""

from collections.abc import Iterable
from itertools import islice
from typing import TypeAlias

from aiohttp import web

from exchange.accounts import Account
from exchange.book import Order, Status, ended
from exchange.refusals import unacceptable
from paper_exchange import wire
from paper_exchange.http import RefusedError, account, answer, choice, flag, moment, symbols, whole
from paper_exchange.orders import found

MOST = 500
ORDINARY = 50

Place: TypeAlias = tuple[int, str]  # when an order was submitted, and its id where that is the same
FIRST, LAST = (-1, ""), (1 << 63, "")
LAST_ID = "~"  # after every id
EDGES = ("after", "until", "before_order_id", "after_order_id")


def routes() -> list[web.RouteDef]:
    return [web.get("/v2/orders", _list)]


async def _list(request: web.Request) -> web.StreamResponse:
    one = account(request)
    nested = flag(request, "nested")
    direction = choice(request, "direction", "desc", ("asc", "desc"))
    listed = sorted(_asked_for(request, one, nested=nested), key=_place)
    ordered = listed if direction == "asc" else reversed(listed)
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
        return FIRST, _place(found(one, before))
    if behind is not None:
        return _place(found(one, behind)), LAST
    after, until = moment(request, "after"), moment(request, "until")
    return FIRST if after is None else (after, LAST_ID), LAST if until is None else (until, "")


def _place(order: Order) -> Place:
    """Say where the order stands in the list."""
    return order.submitted_at, order.id


def _stands(order: Order, status: str) -> bool:
    """Whether the order is one of open, closed or all; a held leg is none of the open ones, as at Alpaca."""
    if status == "all":
        return True
    return ended(order) if status == "closed" else order.status is not Status.HELD and not ended(order)
