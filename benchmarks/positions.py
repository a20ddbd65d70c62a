"""`make bench-positions`: quotes through the position manager in-process, with 1 and with 500 positions open."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from msgspec import Struct, field

from benchmarks.measure import Latency, latency
from contracts.exits import PlaceProtection
from contracts.lifecycle import OrderStatus
from contracts.log import Message
from contracts.market import Quote, Tick
from contracts.orders import OrderChanged, OrderFilled, Purpose, execution_id
from contracts.values import OrderType, Side, TimeInForce
from position_manager.core import decide, evolve
from position_manager.state import State

OPEN, QUOTES = 500, 50_000
NOON = datetime(2013, 10, 7, 16, 0, tzinfo=UTC)
QTY, ENTRY = Decimal(10), Decimal(100)


class Manager(Struct):
    """A position manager, what it wrote, and how long each quote took (milliseconds)."""

    state: State
    wrote: int = 0
    took: list[float] = field(default_factory=list[float])

    def take(self, event: Message) -> tuple[Message, ...]:
        outputs = decide(self.state, event)
        self.state = evolve(self.state, event)
        for output in outputs:
            self.state = evolve(self.state, output)
        self.wrote += len(outputs)
        return outputs

    def tick(self, seconds: int) -> None:
        at = NOON + timedelta(seconds=seconds)
        self.take(Tick(at=at, is_open=True, next_open=NOON + timedelta(days=1), next_close=NOON + timedelta(hours=4)))

    def quote(self, symbol: str, price: float, number: int) -> None:
        at = NOON + timedelta(milliseconds=number)
        quote = Quote(symbol=symbol, bid=price, ask=price + 0.01, last=price, at=at)
        begun = time.perf_counter_ns()
        self.take(quote)
        self.took.append((time.perf_counter_ns() - begun) / 1e6)

    def buy(self, symbol: str) -> None:
        """Fill an entry, and let its protection rest at the broker."""
        order = f"e-{symbol}"
        asked = self.take(OrderFilled(
            account="paper", execution_id=execution_id(order, QTY), client_order_id=order, purpose=Purpose.ENTRY,
            symbol=symbol, side=Side.BUY, qty=QTY, price=ENTRY, cum_qty=QTY, at=NOON,
        ))  # fmt: skip
        for intent in asked:
            if isinstance(intent, PlaceProtection):
                self.take(OrderChanged(
                    account="paper", client_order_id=intent.exit_id, n=1, purpose=Purpose.PROTECT,
                    status=OrderStatus.NEW, symbol=symbol, side=Side.SELL, qty=intent.qty, type=OrderType.LIMIT,
                    time_in_force=TimeInForce.GTC, at=NOON,
                ))  # fmt: skip


def measure(held: int) -> tuple[Latency, float, int]:
    """Give a quote's latency, quotes a second, and how many facts they led to: prices climb a cent at a time."""
    manager = Manager(State(account="paper"))
    symbols = [f"S{number}" for number in range(held)]
    manager.tick(0)
    for symbol in symbols:
        manager.buy(symbol)
    manager.wrote = 0
    walk, prices = Random(7), dict.fromkeys(symbols, 100.0)
    for number in range(QUOTES):
        symbol = symbols[number % held]
        prices[symbol] = round(max(98.0, prices[symbol] + walk.choice((-0.01, 0.01))), 2)
        manager.quote(symbol, prices[symbol], number)
    if len(manager.state.positions) != held:
        raise AssertionError(f"{held - len(manager.state.positions)} positions were lost on the way")
    return latency(manager.took), QUOTES / (sum(manager.took) / 1e3), manager.wrote


def main() -> None:
    print(f"{QUOTES:,} quotes in turn over all positions, each with a stop and a target that rest; milliseconds")
    one, few, _ = measure(1)
    many, most, wrote = measure(OPEN)
    print(f"   1 open: p50 {one.p50} p99 {one.p99}; {few:,.0f} quotes/s")
    print(f" {OPEN} open: p50 {many.p50} p99 {many.p99}; {most:,.0f} quotes/s, {wrote} facts written")
    print(f"      this many open / one: {many.p50 / one.p50:.2f}")


if __name__ == "__main__":
    main()
