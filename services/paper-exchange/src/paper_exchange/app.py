"""The exchange as one aiohttp application: everything it serves on its one port."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

from aiohttp import web

from paper_exchange import history, orders, rest, tape
from paper_exchange.access import Access
from paper_exchange.feed import Feed
from paper_exchange.floor import Floor
from paper_exchange.http import ACCESS, FLOOR, answer, errors, floor, guard
from paper_exchange.journal import Journal
from paper_exchange.loss import Losses
from paper_exchange.settings import Settings
from paper_exchange.tape import SECOND
from paper_exchange.trade_updates import TradeUpdates


def create(settings: Settings) -> web.Application:
    """Build the application; the market plays as long as it runs."""
    journal = Journal(Path(settings.exchange_state))
    played = tape.load(settings.exchange_bars)
    house = Floor(played, journal, settings.exchange_cash, settings.exchange_partial_fills)
    access = Access(settings.exchange_accounts)
    updates, feed = TradeUpdates(house, access), Feed(access)
    house.on_events, house.on_beat = updates.tell, feed.tell

    app = web.Application(middlewares=[errors, guard])
    app[FLOOR], app[ACCESS] = house, access
    app[orders.LOSSES] = Losses(settings.exchange_lose_response_every)
    app.add_routes([*orders.routes(), *rest.routes(), *history.routes()])
    app.add_routes([web.get("/healthz", _healthz), web.get("/readyz", _readyz), web.get("/metrics", _metrics)])
    app.add_routes([web.get("/stream", updates.serve)])
    app.add_routes([web.get(path, feed.serve) for path in ("/v2/iex", "/v2/sip")])

    async def life(_: web.Application) -> AsyncIterator[None]:
        playing = asyncio.create_task(house.play(settings.exchange_speed, loop=settings.exchange_loop))
        playing.add_done_callback(_ended)
        yield
        playing.cancel()
        with suppress(asyncio.CancelledError):
            await playing
        journal.stop()

    async def hang_up(_: web.Application) -> None:
        await updates.stop()
        await feed.stop()

    app.cleanup_ctx.append(life)
    app.on_shutdown.append(hang_up)
    return app


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
    return web.Response(text="".join(lines))
