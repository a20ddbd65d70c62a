"""The exchange as one aiohttp application: everything it serves on its one port."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from decimal import Decimal
from functools import partial
from pathlib import Path

from aiohttp import web

from exchange.journal import Journal
from exchange.venue import Venue
from paper_exchange import (
    account,
    activities,
    assets,
    calendar,
    elsewhere,
    fakepaca,
    history,
    order_list,
    orders,
    portfolio_history,
    positions,
    recording,
    simulation,
    splits,
    watchlists,
)
from paper_exchange.access import Access
from paper_exchange.data_query import PLAN
from paper_exchange.faults import control, plan
from paper_exchange.faults.faults import Faults
from paper_exchange.faults.requests import faulty
from paper_exchange.feed import Feed, Terms
from paper_exchange.floor import Floor
from paper_exchange.http import ACCESS, FLOOR, answer, errors, floor, guard
from paper_exchange.listings import listed
from paper_exchange.rates import Rates
from paper_exchange.settings import Settings
from paper_exchange.tape import SECOND
from paper_exchange.throttle import RATES, throttle
from paper_exchange.trade_updates import TradeUpdates

MILLISECOND = 10**6  # nanoseconds
RESOURCES = (
    account, activities, assets, calendar, elsewhere, history, order_list, orders, portfolio_history, positions,
    simulation, splits, watchlists,
)  # fmt: skip


def create(settings: Settings) -> web.Application:
    """Build the application; the market plays as long as it runs."""
    faults = Faults(plan.parse(settings.exchange_faults))
    journal = Journal(Path(settings.exchange_state), settings.exchange_seed)
    played = recording.load(settings.exchange_bars, settings.exchange_hours)
    house = Floor(played, _venue(settings, played.symbols), journal, settings.exchange_cash, faults)
    access = Access(settings.exchange_accounts)
    app = web.Application(middlewares=[faulty, throttle, errors, guard])
    app[FLOOR], app[ACCESS] = house, access
    app[RATES] = Rates(settings.exchange_requests_per_minute, time.time)
    app[PLAN] = settings.exchange_feed
    for resource in (*RESOURCES, control):
        app.add_routes(resource.routes())
    app.add_routes([web.get("/healthz", _healthz), web.get("/readyz", _readyz), web.get("/metrics", _metrics)])
    _add_streams(app, settings)

    async def life(_: web.Application) -> AsyncIterator[None]:
        playing = asyncio.create_task(house.play(settings.exchange_speed, loop=settings.exchange_loop))
        playing.add_done_callback(_ended)
        yield
        playing.cancel()
        with suppress(asyncio.CancelledError):
            await playing
        house.rest()
        journal.stop()

    app.cleanup_ctx.append(life)
    return app


def _venue(settings: Settings, symbols: Iterable[str]) -> Venue:
    return Venue(
        assets={symbol: listed(symbol) for symbol in symbols},
        partial_fill_every=settings.exchange_partial_fills,
        partial_fills=Decimal(str(settings.exchange_partial_fill_share)),
        slippage=Decimal(str(settings.exchange_slippage_bps)),
        latency=int(settings.exchange_latency_ms * settings.exchange_speed * MILLISECOND),
    )


def _add_streams(app: web.Application, settings: Settings) -> None:
    house, access = app[FLOOR], app[ACCESS]
    per_account, heartbeat = settings.exchange_streams_per_account, settings.exchange_heartbeat
    updates = TradeUpdates(house, access, settings.exchange_frames, per_account, heartbeat)
    terms = Terms(settings.exchange_feed, per_account, heartbeat)
    feed, rehearsal = Feed(house, access, terms), Feed(house, access, terms)
    house.on_events.append(updates.tell)
    house.on_beat += [feed.tell, partial(fakepaca.tell, rehearsal)]
    house.on_status.append(feed.tell_status)
    streams = {"/stream": updates, "/v2/iex": feed, "/v2/sip": feed, "/v2/test": rehearsal}
    app.add_routes([web.get(path, stream.serve) for path, stream in streams.items()])

    async def hang_up(_: web.Application) -> None:
        for stream in (updates, feed, rehearsal):
            await stream.stop()

    app.on_shutdown.append(hang_up)


def _ended(playing: asyncio.Task[None]) -> None:
    """Let the failure of the market be the end of the process: without it no price is true."""
    if not playing.cancelled() and playing.exception() is not None:
        error = playing.exception()
        loop = asyncio.get_running_loop()
        loop.call_exception_handler({"message": "the market stopped", "exception": error, "task": playing})
        raise SystemExit(1)


async def _healthz(_: web.Request) -> web.StreamResponse:
    return answer({"status": "ok"})


async def _readyz(request: web.Request) -> web.StreamResponse:
    ready = floor(request).playing
    return answer({"ready": ready}, 200 if ready else 503)


async def _metrics(request: web.Request) -> web.StreamResponse:
    state = floor(request).state
    accounts = state.accounts.values()
    values = {
        "interlock_exchange_market_time_seconds": state.time / SECOND,
        "interlock_exchange_orders": sum(len(account.orders) for account in accounts),
        "interlock_exchange_open_orders": sum(len(account.working) for account in accounts),
        "interlock_exchange_fills": sum(len(account.fills) for account in accounts),
    }
    lines = (f"# TYPE {name} gauge\n{name} {value}\n" for name, value in values.items())
    return web.Response(text="".join(lines) + control.metrics(floor(request).mishaps.faults))
