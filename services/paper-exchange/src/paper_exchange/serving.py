"""The exchange as a server: from its settings until the process is told to stop."""

import asyncio
import signal
from collections.abc import Callable

from aiohttp import web

from paper_exchange.app import create
from paper_exchange.floor import Floor
from paper_exchange.http import FLOOR
from paper_exchange.settings import Settings


async def serve(settings: Settings, begun: Callable[[Floor, str], None]) -> None:
    """Serve until SIGINT or SIGTERM; `begun` is told of the market and of the host and port where it is reached."""
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    app = create(settings)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.exchange_host, settings.exchange_port).start()
        host, port = runner.addresses[0][:2]
        begun(app[FLOOR], f"{host}:{port}")
        await stopping.wait()
    finally:
        await runner.cleanup()
