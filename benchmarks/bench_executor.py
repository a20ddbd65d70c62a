"""The real executor in front of a broker that only notes when an order's POST would begin."""

from __future__ import annotations

import asyncio
import threading
import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from msgspec import Struct

from benchmarks.arrivals import Arrivals
from chassis.permissions import SNAPSHOTS
from chassis.service import Service, main
from chassis.settings import load
from contracts.accounts import Holding
from contracts.lifecycle import OrderStatus
from contracts.market import Quote, SplitAnnounced
from contracts.providers import Stream
from executor.brokers.broker import Asset, Balance, BrokerOrder, Capabilities, ClockReading, Ticket
from executor.budget import Budget
from executor.calls import Calls, Threads
from executor.feeds.feed import Listener, Questions, Standing
from executor.lines import StreamLine
from executor.live import CAUGHT_UP, MARKET_TIME, RECONCILED, Habits, Means, work

FORTUNE = Decimal(10) ** 15
PRICE = 100.0


class Settings(Struct, frozen=True, kw_only=True):
    arrivals: str


class BenchBroker:
    """Ends every order at once, as a broker does with one that finds no counterpart, so that no state piles up."""

    allowance = None
    capabilities = Capabilities(
        unique_client_ids=True, fractional=True, oco=True, bracket=frozenset(), trailing=True, extended_hours=True,
        refuses_wash_trades=False,
    )  # fmt: skip

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals
        self._one_at_a_time = threading.Lock()

    def submit(self, ticket: Ticket) -> BrokerOrder:
        with self._one_at_a_time:
            self._arrivals.add(uuid.UUID(ticket.client_order_id).bytes)
        return BrokerOrder(
            broker_order_id=ticket.client_order_id, client_order_id=ticket.client_order_id, symbol=ticket.symbol,
            side=ticket.side, qty=ticket.qty, type=ticket.type, time_in_force=ticket.time_in_force,
            status=OrderStatus.CANCELED, updated_at=datetime.now(UTC),
        )  # fmt: skip

    def cancel(self, broker_order_id: str) -> None:
        raise AssertionError(f"nothing rests here, but a cancel came: {broker_order_id}")

    def replace(self, broker_order_id: str, stop_price: Decimal) -> BrokerOrder:
        raise AssertionError(f"nothing rests here, but a stop was to move to {stop_price}: {broker_order_id}")

    def order_by_client_id(self, client_order_id: str) -> BrokerOrder | None:
        del client_order_id

    def order_by_id(self, broker_order_id: str) -> BrokerOrder | None:
        del broker_order_id

    def open_orders(self) -> Sequence[BrokerOrder]:
        return ()

    def recent_orders(self, after: datetime) -> Sequence[BrokerOrder]:
        del after
        return ()

    def splits(self, first: date, last: date) -> Sequence[SplitAnnounced]:
        del first, last
        return ()

    def positions(self) -> Sequence[Holding]:
        return ()

    def account(self) -> Balance:
        return Balance(status="ACTIVE", equity=FORTUNE, cash=FORTUNE, buying_power=FORTUNE)

    def clock(self) -> ClockReading:
        now = datetime.now(UTC)
        day = timedelta(days=1)
        return ClockReading(at=now, is_open=True, next_open=now + 2 * day, next_close=now + day)

    def asset(self, symbol: str) -> Asset:
        del symbol
        return Asset(tradable=True, fractionable=True, status="active")


class BenchSource:
    """A price for every symbol that is asked for."""

    async def run(self, tell: Listener) -> None:
        del tell
        await asyncio.Event().wait()

    async def subscribe(self, symbols: frozenset[str]) -> None:
        del symbols

    def standing(self) -> Standing:
        return Standing(provider="none", feed="", stream=Stream())

    def latest(self, symbol: str) -> Quote | None:
        return Quote(symbol=symbol, bid=PRICE - 0.01, ask=PRICE, at=datetime.now(UTC))


class NoStream:
    """An order stream that has nothing to tell."""

    def __init__(self) -> None:
        self.listening, self.line = asyncio.Event(), StreamLine("none")
        self.listening.set()

    async def run(self) -> None:
        await asyncio.Event().wait()


async def body(service: Service) -> None:
    service.health.wait_for(CAUGHT_UP, MARKET_TIME, RECONCILED)
    threads, others = Threads("broker"), Threads("feed", 2)
    broker = BenchBroker(Arrivals(Path(load(Settings).arrivals)))
    means = Means(
        log=service.log, store=service.bucket(SNAPSHOTS), questions=Questions(others, 0, 2),
        calls=Calls(broker, Budget(0), threads, lambda: True),
        listen=lambda _hear, _missed: NoStream(), source=BenchSource(),
    )  # fmt: skip
    try:
        await work(means, Habits(account="paper"), service.health.met)
    finally:
        threads.stop()
        others.stop()


if __name__ == "__main__":
    main("executor", lambda: body)
