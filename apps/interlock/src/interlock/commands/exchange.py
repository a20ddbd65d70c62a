"""`interlock exchange`: the paper exchange alone, for any bot that speaks Alpaca's protocol."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from functools import partial
from pathlib import Path

import click

from chassis.settings import SettingsError, load
from exchange.journal import JournalError
from interlock.stack import ports
from interlock.stack.refusal import StackError
from paper_exchange.floor import Floor
from paper_exchange.plan import Plan
from paper_exchange.serving import serve
from paper_exchange.settings import Settings
from paper_exchange.tape import NEW_YORK, SECOND, Hours

HOST = "127.0.0.1"
WIDTH = 100
SOME = click.FloatRange(0, 1e9, min_open=True)  # "inf" is a float too
FILE = click.Path(exists=True, dir_okay=False)
COUNT = click.IntRange(0)
HOURS, PLANS = (click.Choice([one.value for one in kind]) for kind in (Hours, Plan))

_progress: set[asyncio.Task[None]] = set()  # a task that nobody holds may be collected while it runs


@click.command()
@click.option("--bars", type=FILE, help="CSV file of minute or daily bars.  [default: two recorded days]")
@click.option("--hours", type=HOURS, default=Hours.EXTENDED.value, show_default=True, help="Of each day.")
@click.option("--speed", type=SOME, default=60, show_default=True, help="Market seconds per second.")
@click.option("--loop/--once", default=True, show_default=True, help="Play the days again and again, or once.")
@click.option("--port", type=click.IntRange(0, 65535), default=8090, show_default=True, help="0: any free one.")
@click.option("--state", default=".interlock/exchange-alone", show_default=True, help="Folder that survives a restart.")
@click.option("--accounts", default="", help="key:secret:account, …  [default: any name, as key and as secret]")
@click.option("--cash", type=SOME, default=100_000, show_default=True, help="Dollars of a new account.")
@click.option("--feed", type=PLANS, default=Plan.IEX.value, show_default=True, help="Market-data plan.")
@click.option(
    "--requests-per-minute", type=COUNT, default=200, show_default=True, help="Rate limit of trading; 0: none."
)
@click.option("--latency-ms", type=COUNT, default=0, show_default=True, help="Until an order or a cancel takes effect.")
@click.option(
    "--slippage-bps",
    type=click.FloatRange(0),
    default=0,
    show_default=True,
    help="By which the quote moves against who takes it.",
)
@click.option(
    "--partial-fill-share", type=click.FloatRange(0, 1), default=0, show_default=True, help="Of the fills, in parts."
)
@click.option("--seed", default="", help="Makes ids and chances of a new state repeat.")
@click.option("--faults", default="", help="What goes wrong: seed=7,lost_response=0.05,…: docs/exchange-faults.md.")
def exchange(port: int, **options: str | float | None) -> None:
    """Run the paper exchange alone until Ctrl-C.

    It is an Alpaca for your own bot, hostile if you like.
    """
    told = {f"EXCHANGE_{name.upper()}": str(value) for name, value in options.items() if value is not None}
    try:
        settings = load(Settings, {**told, "EXCHANGE_HOST": HOST, "EXCHANGE_PORT": str(port)})
        if port:
            ports.check(HOST, port, "--port")
        asyncio.run(serve(settings, partial(_begun, settings)))
    except (SettingsError, StackError, JournalError, OSError, ValueError) as error:
        sys.exit(f"interlock: {error}")
    click.echo(f"\nstopped; the same command goes on from {Path(settings.exchange_state).absolute()}")


def _begun(settings: Settings, floor: Floor, place: str) -> None:
    click.echo(_screen(settings, floor, place))
    task = asyncio.get_running_loop().create_task(_show(floor))
    _progress.add(task)
    task.add_done_callback(_progress.discard)


def _screen(settings: Settings, floor: Floor, place: str) -> str:
    days, symbols = floor.tape.days, floor.tape.symbols
    first = ", ".join(symbols[:5]) + (f" and {len(symbols) - 5} more" if symbols[5:] else "")
    known = "as in --accounts" if settings.exchange_accounts else "any name twice: demo and demo open the account demo"
    faults = floor.mishaps.faults
    return f"""The paper exchange listens on http://{place}. Set in your bot:

  key and secret   {known}
  trading          http://{place}            (alpaca-py: TradingClient(…, url_override=…))
  trade updates    ws://{place}/stream
  market data      http://{place}
  its stream       ws://{place}/v2/{settings.exchange_feed}

  market           {len(days)} recorded days of {first}; {settings.exchange_hours} hours, {settings.exchange_speed:g}x
  faults           {faults.plan if faults.on else "none"}; http://{place}/exchange/faults shows and changes them
  state            {settings.exchange_state}: delete it to begin anew

Ctrl-C stops it.
"""


async def _show(floor: Floor) -> None:
    """Say how things stand: on a terminal every second in one line, elsewhere when a part of the day begins."""
    last = ""
    while True:
        at = floor.moment()
        local = datetime.fromtimestamp(at.now // SECOND, NEW_YORK)
        part = f"{local.date()} {at.session}"
        if sys.stdout.isatty():
            click.echo("\r" + _line(floor, local).ljust(WIDTH)[:WIDTH], nl=False)
        elif part != last and floor.playing:
            click.echo(_line(floor, local))
            last = part
        await asyncio.sleep(1)


def _line(floor: Floor, local: datetime) -> str:
    accounts = floor.state.accounts.values()
    counts = {
        "accounts": len(accounts),
        "orders": sum(len(account.orders) for account in accounts),
        "fills": sum(len(account.fills) for account in accounts),
        "faults": sum(floor.mishaps.faults.counts.values()),
    }
    told = ", ".join(f"{name} {count}" for name, count in counts.items())
    return f"{local:%Y-%m-%d %H:%M} New York, {floor.moment().session}: {told}"
