"""REST v2: assets."""

from aiohttp import web

from exchange.assets import Asset
from exchange.refusals import malformed, not_found
from paper_exchange.http import RefusedError, answer, choice, floor, symbol, words
from paper_exchange.wire import Json, asset_id

STATUSES = ("active", "inactive", "all")
ATTRIBUTES = frozenset(
    {
        "ptp_no_exception", "ptp_with_exception", "ipo", "has_options", "options_late_close", "fractional_eh_enabled",
        "overnight_tradable", "overnight_halted",
    }
)  # fmt: skip


def routes() -> list[web.RouteDef]:
    return [
        web.get("/v2/assets", _list),
        web.get("/v2/assets/{symbol:.+}", _get),
    ]


def asset(one: Asset) -> dict[str, Json]:
    return {
        "id": asset_id(one.symbol),
        "class": "us_equity",
        "exchange": one.listed_on,
        "symbol": one.symbol,
        "name": one.name,
        "status": "active",
        "tradable": one.is_tradable,
        "marginable": one.is_marginable,
        "maintenance_margin_requirement": int(one.margin * 100),
        "margin_requirement_long": str(int(one.margin * 100)),
        "margin_requirement_short": "100",
        "shortable": one.is_shortable,
        "easy_to_borrow": one.is_easy_to_borrow,
        "borrow_status": "easy_to_borrow" if one.is_easy_to_borrow else "hard_to_borrow",
        "fractionable": one.is_fractionable,
        "attributes": [*_attributes(one)],
    }


async def _list(request: web.Request) -> web.StreamResponse:
    status = choice(request, "status", "all", STATUSES)
    kind, venue = request.query.get("asset_class", "us_equity"), request.query.get("exchange")
    wanted = set(words(request, "attributes"))
    if not wanted <= ATTRIBUTES:
        raise RefusedError(malformed(f"attributes was {min(wanted - ATTRIBUTES)[:20]}, expected {_listed()}"))
    if status == "inactive" or kind != "us_equity":
        return answer([])
    found = (one for one in floor(request).venue.assets.values() if venue in (None, one.listed_on))
    return answer([asset(one) for one in found if not wanted or wanted & set(_attributes(one))])


async def _get(request: web.Request) -> web.StreamResponse:
    name = symbol(request)
    known = floor(request).venue.assets
    if name not in known:
        raise RefusedError(not_found(f"asset not found for {name}"))
    return answer(asset(known[name]))


def _attributes(one: Asset) -> tuple[str, ...]:
    return ("fractional_eh_enabled",) if one.is_fractionable and one.is_fractionable_after_hours else ()


def _listed() -> str:
    return ", ".join(sorted(ATTRIBUTES))
