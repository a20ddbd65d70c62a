"""`python -m paper_exchange`: the exchange as a process."""

import asyncio
import signal
import sys

from aiohttp import web

from chassis.settings import SettingsError, load
from paper_exchange.app import create
from paper_exchange.journal import JournalError
from paper_exchange.settings import Settings


async def _serve(settings: Settings) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    runner = web.AppRunner(create(settings), access_log=None, shutdown_timeout=2)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.exchange_host, settings.exchange_port).start()
        host, port = runner.addresses[0][:2]
        sys.stdout.write(f"paper-exchange listens on http://{host}:{port}\n")
        sys.stdout.write(f"faults: {settings.exchange_faults or 'none'}\n")
        sys.stdout.flush()
        await stopping.wait()
    finally:
        await runner.cleanup()


def main() -> None:
    try:
        asyncio.run(_serve(load(Settings)))
    except (SettingsError, JournalError, OSError, ValueError) as error:
        sys.exit(f"paper-exchange: {error}")


if __name__ == "__main__":
    main()
