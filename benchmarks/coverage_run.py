"""One setting measured: a stack of its own, trading, until all is protected, until all is sold; what the log says."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import msgspec
import psutil
from msgspec import Struct

from benchmarks.coverage_load import SYMBOLS, Load, Say, Sent, Trader, bars, trading
from benchmarks.waits import STEPS, Waits, Way, share, waits, ways
from chassis.jetstream import JetStreamLog, connect
from chassis.permissions import PROVISIONER
from contracts.log import Record
from interlock.commands.leaving import Commanded
from interlock.drill.place import KEYS, LOOK_SECONDS, Place, own, until
from interlock.drill.rehearsal import followed, left
from interlock.stack.process import Identity
from interlock.stack.refusal import StackError

QUIET_SECONDS, FLAT_SECONDS = 90.0, 60.0
SAME = 0.0015
"""The API rounds to milliseconds."""
MANY = "1000000"
SETTINGS = {
    "SYMBOLS": ",".join(SYMBOLS),
    "EXCHANGE_CASH": "10000000",
    "EXCHANGE_PARTIAL_FILL_SHARE": "0.2",
    "RISK_MAX_CONCURRENT": MANY,
    "MAX_ENTRIES_PER_SYMBOL": MANY,
    "RISK_MAX_OPEN_ORDERS": MANY,
    "MAX_ORDERS_PER_DAY": "0",
    "MAX_DAILY_LOSS": "1",
    "MAX_DRAWDOWN": "1",
    # Nothing but signals, stops and faults is to move shares.
    "BREAK_EVEN_PCT": "0",
}


class Setting(Struct, frozen=True):
    """`alone`: no entry brings its exits along."""

    name: str
    load: Load
    alone: bool = False


class Measured(Struct, frozen=True, kw_only=True):
    """What came of a setting, by our own count of the log; `api` is what `GET /status` tells of the same.

    `settled` and `flat` are seconds, from the last signal until all was protected and from the kill switch until all
    was gone; None where it did not come to that. `steps` are p50 and p99 of a fill's way, in milliseconds.
    """

    name: str
    sent: Sent
    waits: Waits
    api: Waits
    settled: float | None
    flat: float | None
    left: tuple[str, ...]
    steps: dict[str, tuple[float, float]]

    @property
    def passed(self) -> bool:
        return self.agrees and self.settled is not None and self.flat is not None and not self.left

    @property
    def agrees(self) -> bool:
        mine, theirs = self.waits, self.api
        pairs = ((mine.most, theirs.most), (mine.share_seconds, theirs.share_seconds))
        return mine.told == theirs.told and mine.open == theirs.open and all(abs(a - b) < SAME for a, b in pairs)


class _Coverage(Struct):
    now: list[object]
    share_seconds: float
    fills: int
    p50: float | None
    p99: float | None
    most: float | None


class _Status(Struct):
    session: str
    coverage: _Coverage
    open_orders: int = 0


class _Held(Struct):
    symbol: str
    qty: Decimal


class _Order(Struct):
    symbol: str
    side: str
    qty: Decimal
    filled_qty: Decimal


class _Clock(Struct):
    timestamp: datetime


def measure(setting: Setting, folder: Path, say: Say) -> Measured:
    file = folder / "bars.csv"
    bars(file)
    settings = {**SETTINGS, "EXCHANGE_BARS": str(file), "NATIVE_BRACKET": str(int(not setting.alone))}
    with own(dict(os.environ), 1, **settings) as place:
        until("the market is open", lambda: _status(place).session == "open", 60)
        ahead = _ahead(place)
        with trading(place):
            sent = _traded(place, setting.load, say)
            say("  all sent; now until nothing stands without protection")
            settled = _settled(place, say)
            flat = _flatten(place, say)
        remains, told = left(place), _status(place).coverage
        records = asyncio.run(_read(place))
    return Measured(
        name=setting.name, sent=sent, waits=waits(records), api=_waits(told), settled=settled, flat=flat, left=remains,
        steps=_steps([*ways(records, ahead)]),
    )  # fmt: skip


def _traded(place: Place, load: Load, say: Say) -> Sent:
    if load.faults:
        place.ask_exchange("PUT", "/exchange/faults", {"faults": load.faults})
    trader = Trader(place, load, say)
    try:
        return trader.trade()
    finally:
        trader.stop()


def _settled(place: Place, say: Say) -> float | None:
    """Wait until position manager and exchange say that all is protected; give the seconds, None if they did not."""
    begun = time.monotonic()
    while (took := time.monotonic() - begun) < QUIET_SECONDS:
        with suppress(StackError):  # what goes wrong on purpose meets this question too
            if not (open_ := [*_status(place).coverage.now, *bare(place).items()]):
                return took
            if int(took) % 15 == 14:
                say(f"  without protection: {open_}")
        time.sleep(LOOK_SECONDS)
    return None


def bare(place: Place) -> dict[str, Decimal]:
    """Ask the exchange itself for the shares that no stop protects and no order sells, by symbol."""
    held = msgspec.json.decode(place.ask_exchange("GET", "/v2/positions"), type=list[_Held])
    orders = msgspec.json.decode(place.ask_exchange("GET", "/v2/orders?status=open&limit=500"), type=list[_Order])
    covered = dict[str, Decimal]()
    for order in orders:
        # Of a group, its target is listed alone: its stop is held until then.
        if order.side == "sell":
            covered[order.symbol] = covered.get(order.symbol, Decimal(0)) + order.qty - order.filled_qty
    found = {one.symbol: one.qty - covered.get(one.symbol, Decimal(0)) for one in held}
    return {symbol: qty for symbol, qty in found.items() if qty > 0}


def _status(place: Place) -> _Status:
    return msgspec.json.decode(place.ask("GET", "/status"), type=_Status)


def _waits(told: _Coverage) -> Waits:
    return Waits(
        fills=told.fills, told=told.fills, p50=told.p50 or 0.0, p99=told.p99 or 0.0, most=told.most or 0.0,
        share_seconds=told.share_seconds, open=len(told.now),
    )  # fmt: skip


def _ahead(place: Place) -> timedelta:
    """Say how far the wall's clock is ahead of the exchange's: the least of some answers."""
    found = list[timedelta]()
    with httpx.Client(base_url=place.exchange_url, headers=KEYS, trust_env=False) as client:
        for _ in range(20):
            body = client.get("/v2/clock").content
            found.append(datetime.now(UTC) - msgspec.json.decode(body, type=_Clock).timestamp)
    return min(found)


def _flatten(place: Place, say: Say) -> float | None:
    # To flatten alone would keep what entries still buy.
    asked = msgspec.json.decode(place.ask("POST", "/commands/kill-switch", {"why": "a bench"}), type=Commanded)
    last = followed(place, asked.commands[0].command_id, FLAT_SECONDS, lambda _: None)
    for one in last.remaining:
        say(f"  {one}")
    return last.seconds if last.flat else None


async def _read(place: Place) -> list[Record]:
    home = place.folder / "home"
    password = (home / "secrets" / f"nats-{PROVISIONER}").read_text(encoding="utf-8").strip()
    note = msgspec.json.decode((home / "run" / "risk.json").read_bytes(), type=Identity)
    address = psutil.Process(note.pid).environ()["NATS_URL"].rpartition("@")[2]
    connection = await connect(f"nats://{PROVISIONER}:{password}@{address}", PROVISIONER)
    try:
        log = JetStreamLog(connection)
        return [record async for chunk in log.read((">",), 0, await log.head()) for record in chunk]
    finally:
        await connection.close()


def _steps(found: Sequence[Way]) -> dict[str, tuple[float, float]]:
    if not found:
        return {}
    took = {name: sorted(step(way).total_seconds() * 1e3 for way in found) for name, step in STEPS}
    return {name: (share(each, 0.5), share(each, 0.99)) for name, each in took.items()}
