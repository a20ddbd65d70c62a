"""REST v2: the activities of an account: its executions, and the deposit it began with."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import TypeAlias

from aiohttp import web

from exchange.accounts import Account, Fill
from exchange.book import identity
from exchange.numbers import plain
from exchange.refusals import malformed, unacceptable
from paper_exchange.http import RefusedError, account, answer, choice, moment, needed_day, whole, words
from paper_exchange.portfolio import deposit
from paper_exchange.tape import NEW_YORK, SECOND
from paper_exchange.times import DAY, in_new_york, microstamp, midnight, stamp
from paper_exchange.wire import Json

PAGE = 100
FILL, DEPOSIT = "FILL", "JNLC"
CATEGORIES = {"": {FILL, DEPOSIT}, "trade_activity": {FILL}, "non_trade_activity": {DEPOSIT}}

Activity: TypeAlias = Fill | Account  # an account stands for the deposit that opened it


def routes() -> list[web.RouteDef]:
    return [
        web.get("/v2/account/activities", _list),
        web.get("/v2/account/activities/{type}", _list),
    ]


async def _list(request: web.Request) -> web.StreamResponse:
    one = account(request)
    start, end = _range(request)
    newest_first = choice(request, "direction", "desc", ("asc", "desc")) == "desc"
    found = (
        _shape(each, one)
        for each in _in_order(one, _kinds(request), newest_first=newest_first)
        if start < _at(each) < end
    )
    token = request.query.get("page_token")
    if token is not None:
        while next(found, {"id": token})["id"] != token:
            pass
    return answer(list(islice(found, whole(request, "page_size", PAGE, PAGE))))


def activity(fill: Fill, account: Account) -> dict[str, Json]:
    """Write an execution as an account activity."""
    done = fill.leaves_qty == 0
    local = datetime.fromtimestamp(fill.at // SECOND, NEW_YORK).strftime("%Y%m%d%H%M%S")
    return {
        "activity_type": FILL,
        "id": f"{local}{fill.at // 10**6 % 1000:03d}::{fill.id}",
        "transaction_time": microstamp(fill.at),
        "type": "fill" if done else "partial_fill",
        "price": plain(fill.price),
        "qty": plain(fill.qty),
        "side": fill.side.value,
        "symbol": fill.symbol,
        "leaves_qty": plain(fill.leaves_qty),
        "order_id": fill.order_id,
        "cum_qty": plain(fill.cum_qty),
        "order_status": account.orders[fill.order_id].status.value if done else "partially_filled",
    }


def _deposited(one: Account) -> dict[str, Json]:
    day = in_new_york(one.created_at)[:10]
    return {
        "activity_type": DEPOSIT,
        "id": f"{day.replace('-', '')}000000000::{identity(one.id, 'deposit')}",
        "date": day,
        "created_at": stamp(one.created_at),
        "net_amount": plain(deposit(one)),
        "description": "",
        "status": "executed",
        "currency": "USD",
    }


def _kinds(request: web.Request) -> set[str]:
    """Read which kinds of activity are wanted, from the path or the query."""
    path = request.match_info.get("type")
    listed = {path} if path else {word.upper() for word in words(request, "activity_types")}
    category = request.query.get("category", "")
    if category and listed:
        raise RefusedError(malformed("category and activity_types cannot be used together"))
    if category not in CATEGORIES:
        raise RefusedError(malformed(f"category was {category[:20]}, expected trade_activity or non_trade_activity"))
    return listed or CATEGORIES[category]


def _range(request: web.Request) -> tuple[int, int]:
    """Read between which moments, neither included; a date is one day of New York."""
    after, until = moment(request, "after"), moment(request, "until")
    if "date" not in request.query:
        return -1 if after is None else after, 1 << 63 if until is None else until
    if after is not None or until is not None:
        raise RefusedError(unacceptable("date cannot be used together with after or until"))
    begins = midnight(needed_day(request, "date"))
    return begins - 1, begins + DAY


def _in_order(one: Account, kinds: set[str], *, newest_first: bool) -> Iterator[Activity]:
    first = (one,) if DEPOSIT in kinds else ()
    fills = one.fills if FILL in kinds else []
    if newest_first:
        yield from reversed(fills)
        yield from first
    else:
        yield from first
        yield from fills


def _at(one: Activity) -> int:
    return one.at if isinstance(one, Fill) else one.created_at


def _shape(one: Activity, account: Account) -> dict[str, Json]:
    return activity(one, account) if isinstance(one, Fill) else _deposited(one)
