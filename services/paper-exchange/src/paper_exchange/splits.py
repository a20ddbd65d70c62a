"""Splits: announced by `/exchange/splits`, told of as Alpaca tells of corporate actions."""

from datetime import date, timedelta
from decimal import Decimal

from aiohttp import web
from msgspec import Struct

from exchange.book import identity
from exchange.numbers import plain, usable
from exchange.refusals import malformed, not_found, unacceptable
from exchange.split import Split
from paper_exchange.floor import Floor
from paper_exchange.http import RefusedError, answer, choice, floor, needed_day, sent, words
from paper_exchange.times import in_new_york
from paper_exchange.wire import Json

LONGEST = timedelta(days=90)
KINDS = frozenset({"dividend", "merger", "spinoff", "split"})
DATES = ("declaration_date", "ex_date", "record_date", "payable_date")
HIGHEST = 1000


class _Wish(Struct, frozen=True):
    symbol: str
    old_rate: Decimal
    new_rate: Decimal
    ex_date: date


def routes() -> list[web.RouteDef]:
    return [
        web.get("/exchange/splits", _show),
        web.post("/exchange/splits", _announce),
        web.get("/v2/corporate_actions/announcements", _announcements),
        web.get("/v2/corporate_actions/announcements/{id}", _announcement),
    ]


async def _show(request: web.Request) -> web.StreamResponse:
    return answer([shape(one) for one in floor(request).state.splits.values()])


async def _announce(request: web.Request) -> web.StreamResponse:
    wish, house = await sent(request, _Wish), floor(request)
    if wish.symbol not in house.venue.assets:
        raise RefusedError(not_found(f"asset not found for {wish.symbol[:20]}"))
    for name, rate in (("old_rate", wish.old_rate), ("new_rate", wish.new_rate)):
        if not (usable(rate) and rate <= HIGHEST):
            raise RefusedError(
                unacceptable(f"{name} was {plain(rate)[:20]}, expected a number above 0 and up to {HIGHEST}")
            )
    if wish.old_rate == wish.new_rate:
        raise RefusedError(unacceptable("old_rate and new_rate were equal, expected a ratio that changes something"))
    split = _split(house, wish)
    if split.id in house.state.splits:
        raise RefusedError(unacceptable(f"a split of {split.symbol} on {split.ex_date} is announced already"))
    house.announce(split)
    return answer(shape(split))


def _split(house: Floor, wish: _Wish) -> Split:
    now, sessions = house.moment().now, house.sessions
    today, coming = date.fromisoformat(in_new_york(now)[:10]), sessions[sessions.index(now)]
    day = wish.ex_date.isoformat()
    # The session that comes is being played already; days far ahead would have to be reckoned first.
    listed = sessions.between(day, day) if wish.ex_date <= today + LONGEST else ()
    if not listed or day <= coming.date:
        expected = f"expected a trading day after {coming.date}, within {LONGEST.days} days"
        raise RefusedError(unacceptable(f"ex_date was {day}, {expected}"))
    name = identity(house.state.seed, "split", wish.symbol, day)
    return Split(name, wish.symbol, wish.old_rate, wish.new_rate, day, today.isoformat(), listed[0].midnight)


async def _announcements(request: web.Request) -> web.StreamResponse:
    kinds = {word.lower() for word in words(request, "ca_types")}
    if not kinds or not kinds <= KINDS:
        raise RefusedError(malformed(f"ca_types must be one or more of {', '.join(sorted(KINDS))}"))
    since, until = needed_day(request, "since"), needed_day(request, "until")
    if not timedelta() <= until - since <= LONGEST:
        raise RefusedError(malformed(f"since and until were {since} and {until}, expected 90 days at most"))
    by, symbol = choice(request, "date_type", "declaration_date", DATES), request.query.get("symbol", "")
    listed = map(shape, floor(request).state.splits.values()) if "split" in kinds else ()
    named = (one for one in listed if symbol in ("", one["initiating_symbol"]))
    return answer([one for one in named if since.isoformat() <= str(one[by]) <= until.isoformat()])


async def _announcement(request: web.Request) -> web.StreamResponse:
    name = request.match_info["id"]
    split = floor(request).state.splits.get(name)
    if split is None:
        raise RefusedError(not_found(f"corporate action announcement not found for {name}"))
    return answer(shape(split))


def shape(split: Split) -> dict[str, Json]:
    """Write a split as an announcement of Alpaca."""
    reverse = split.new_rate < split.old_rate
    return {
        "id": split.id,
        "corporate_action_id": f"{split.symbol.replace('.', '_')}_{split.ex_date.replace('-', '')}",
        "ca_type": "split",
        "ca_sub_type": "reverse_split" if reverse else "stock_split",
        "initiating_symbol": split.symbol,
        "initiating_original_cusip": "",
        "target_symbol": split.symbol,
        "target_original_cusip": "",
        "declaration_date": split.announced_on,
        "ex_date": split.ex_date,
        "record_date": split.ex_date,
        "payable_date": split.ex_date,
        "cash": "0",
        "old_rate": plain(split.old_rate),
        "new_rate": plain(split.new_rate),
    }
