"""`make bench-risk`: verdicts in-process, with nothing and with 500 positions open, early and late in a history."""

from __future__ import annotations

import time
from datetime import timedelta
from decimal import Decimal
from itertools import count

from msgspec import Struct, field, structs

from benchmarks.measure import Latency, latency
from contracts.control import LimitsSet, ModeSet, SectorsSet
from contracts.lifecycle import OrderStatus
from contracts.limits import Limits
from contracts.log import Message, decode, encode
from contracts.market import AssetReported, Quote, Tick
from contracts.orders import OrderChanged, OrderFilled, Purpose, execution_id
from contracts.signals import Signal
from contracts.values import Mode, OrderType, Side, TimeInForce
from contracts.verdicts import OrderApproved, OrderDenied
from risk.core import decide, evolve
from risk.example import ACCOUNT, NOON, SIGNAL
from risk.rules import ENTRY_RULES
from risk.state import State

OPEN, SYMBOLS, ROUNDS, PART = 500, 600, 60_000, 10_000
FORTUNE = Decimal(10) ** 8
ROOMY = Limits(
    max_concurrent=SYMBOLS, max_open_orders=SYMBOLS, max_orders_per_second=0, max_orders_per_day=0, duplicate_seconds=0,
    max_daily_loss=Decimal(0), max_drawdown=Decimal(0), max_symbol_notional=Decimal(10_000),
    max_gross_notional=FORTUNE, max_order_notional=Decimal(10_000), max_sector_fraction=Decimal(1),
)  # fmt: skip


class Bench(Struct):
    """A gate, the time it has been asked in, and how long each verdict took (milliseconds).

    `beside` is how long the verdict then took to JSON and back: what any machine makes of the same fact.
    """

    state: State
    at: int = 0
    took: list[float] = field(default_factory=list[float])
    beside: list[float] = field(default_factory=list[float])
    approved: int = 0
    numbers: count[int] = field(default_factory=count)

    def tell(self, event: Message) -> None:
        for output in decide(self.state, event):
            evolve(self.state, output)
        evolve(self.state, event)

    def tick(self) -> None:
        self.at += 1
        now = NOON + timedelta(milliseconds=self.at)
        self.tell(Tick(at=now, is_open=True, next_open=NOON + timedelta(days=1), next_close=NOON + timedelta(hours=4)))

    def ask(self, symbol: str) -> OrderApproved | OrderDenied:
        now = self.state.now or NOON
        signal: Signal = structs.replace(SIGNAL, signal_id=f"s{next(self.numbers)}", symbol=symbol, at=now)
        begun = time.perf_counter_ns()
        (verdict,) = decide(self.state, signal)
        self.took.append((time.perf_counter_ns() - begun) / 1e6)
        begun = time.perf_counter_ns()
        decode(encode(verdict))
        self.beside.append((time.perf_counter_ns() - begun) / 1e6)
        evolve(self.state, signal)
        evolve(self.state, verdict)
        if not isinstance(verdict, OrderApproved | OrderDenied):
            raise TypeError(f"the verdict was {verdict}")
        return verdict

    def fill(self, order_id: str, symbol: str, side: Side) -> None:
        """Tell of an order that was filled at once."""
        purpose = Purpose.ENTRY if side is Side.BUY else Purpose.CLOSE
        qty, price, at = Decimal(1), Decimal(100), self.state.now or NOON
        self.tell(OrderFilled(
            account="paper", execution_id=execution_id(order_id, qty), client_order_id=order_id, purpose=purpose,
            symbol=symbol, side=side, qty=qty, price=price, cum_qty=qty, at=at,
        ))  # fmt: skip
        self.tell(OrderChanged(
            account="paper", client_order_id=order_id, n=2, purpose=purpose, status=OrderStatus.FILLED, symbol=symbol,
            side=side, qty=qty, type=OrderType.MARKET, time_in_force=TimeInForce.DAY, at=at, filled_qty=qty,
        ))  # fmt: skip

    def turn(self, symbol: str) -> None:
        """Ask for one more share, and let what was approved be bought and sold again."""
        self.tick()
        verdict = self.ask(symbol)
        if isinstance(verdict, OrderApproved):
            self.approved += 1
            self.fill(verdict.approval_id, symbol, Side.BUY)
            self.fill(f"x{verdict.approval_id}", symbol, Side.SELL)


def gate(held: int) -> Bench:
    bench = Bench(State(account="paper"))
    bench.tell(ModeSet(control_id="m", scope="all", mode=Mode.AUTO, by="bench"))
    bench.tell(LimitsSet(control_id="l", scope="all", limits=ROOMY, by="bench"))
    bench.tell(SectorsSet(control_id="s", scope="all", sectors=dict.fromkeys(symbols(), "any"), by="bench"))
    bench.tell(structs.replace(ACCOUNT, equity=FORTUNE, cash=FORTUNE, buying_power=FORTUNE, last_equity=FORTUNE))
    bench.tick()
    for symbol in symbols():
        bench.tell(Quote(symbol=symbol, bid=99.9, ask=100, last=99.95, at=NOON))
        bench.tell(AssetReported(symbol=symbol, known=True, tradable=True, fractionable=True, shortable=True, at=NOON))
    for symbol in symbols()[:held]:
        verdict = bench.ask(symbol)
        if not isinstance(verdict, OrderApproved):
            raise TypeError(f"a position could not be opened: {verdict.code}: {verdict.reason}")
        bench.fill(verdict.approval_id, symbol, Side.BUY)
    bench.took.clear()
    return bench


def symbols() -> list[str]:
    return [f"S{number}" for number in range(SYMBOLS)]


class Part(Struct, frozen=True):
    """Verdicts of one part of a history, and JSON beside them: how fast the machine is changes in the meantime."""

    verdict: Latency
    json: Latency

    @property
    def ratio(self) -> float:
        return self.verdict.p50 / self.json.p50


def measure(held: int) -> tuple[Part, Part]:
    """Give the first and the last part of a long history."""
    bench, names = gate(held), symbols()
    for number in range(ROUNDS):
        bench.turn(names[number % SYMBOLS])
    if bench.approved < ROUNDS // 2:
        raise AssertionError(f"only {bench.approved} of {ROUNDS} were approved")
    first, last = slice(0, PART), slice(-PART, None)
    return (
        Part(latency(bench.took[first]), latency(bench.beside[first])),
        Part(latency(bench.took[last]), latency(bench.beside[last])),
    )


def main() -> None:
    print(f"{len(ENTRY_RULES)} rules; {ROUNDS:,} signals, each approved one bought and sold again")
    print("beside each verdict: the same verdict to JSON and back")
    ratios: list[float] = []
    for held in (0, OPEN):
        for name, part in zip(("first", "last"), measure(held), strict=True):
            p50, p99 = part.verdict.p50, part.verdict.p99
            print(f"{held:>4} open, {name:>5} {PART:,}: p50 {p50} ms, p99 {p99} ms, {1e3 / p50:,.0f}/s", end="; ")
            print(f"{part.ratio:.2f} JSONs")
            ratios.append(part.ratio)
    none_early, none_late, many_early, many_late = ratios
    print(f"late / early: {none_late / none_early:.2f} and {many_late / many_early:.2f}", end="; ")
    print(f"{OPEN} open / none: {many_late / none_late:.2f}")


if __name__ == "__main__":
    main()
