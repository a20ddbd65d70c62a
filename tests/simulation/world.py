"""A log, a broker and an executor between them, in time that leaps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import ROUND_DOWN, Decimal
from typing import TypeAlias, TypeVar

from chassis.memory import MemoryLog
from chassis.snapshots import MemoryStore
from contracts.accounts import DriftFound, DriftResolved
from contracts.control import Halted, OrderGivenUp, Resumed
from contracts.exits import CancelProtection, ClosePosition, ExitReason, MoveProtection, PlaceProtection
from contracts.log import Fact, Message, decode
from contracts.market import Quote
from contracts.orders import OrderChanged, OrderFilled
from contracts.providers import Stream
from contracts.signals import Source
from contracts.values import OrderType, Side, TimeInForce
from contracts.verdicts import OrderApproved
from executor.brokers.memory import PRICE, MemoryBroker
from executor.brokers.resting import FINEST
from executor.brokers.telling import Telling
from executor.budget import Budget
from executor.calls import Calls
from executor.feeds.feed import Listener, Questions, Standing
from executor.lines import StreamLine
from executor.live import Habits, Hear, Means, work
from tests.simulation.leap import LeapingLoop
from tests.simulation.wire import Latency, Wire

M = TypeVar("M", bound=Message)

Exits: TypeAlias = tuple[Decimal | None, Decimal | None]
"""The prices of a stop and of a target."""


class MemoryStream:
    """The fake broker's stream: up at once; `World.reconnect` is what a real one does after a gap."""

    def __init__(self, told: Telling, hear: Hear, missed: Callable[[], None]) -> None:
        self.listening, self.line = asyncio.Event(), StreamLine("memory")
        self._told, self._hear, self._missed = told, hear, missed

    async def run(self) -> None:
        self._told.listeners.append(self._hear)
        self._told.greeted.append(self._missed)
        self.listening.set()
        self._missed()
        try:
            await asyncio.Event().wait()
        finally:
            self._told.listeners.remove(self._hear)
            self._told.greeted.remove(self._missed)


class NoPrices:
    def latest(self, symbol: str) -> Quote | None:
        del symbol
        return None

    async def subscribe(self, symbols: frozenset[str]) -> None:
        del symbols

    def standing(self) -> Standing:
        return Standing(provider="none", feed="", stream=Stream())

    async def run(self, tell: Listener) -> None:
        del tell
        await asyncio.Event().wait()


class World:
    """A log, a broker, and an executor between them that can be stopped and started, in time that leaps."""

    def __init__(self, broker: MemoryBroker | None = None) -> None:
        self.broker = broker or MemoryBroker()
        self.log, self.store = MemoryLog("executor", self.broker.now), MemoryStore()
        self._bodies: list[Message] = []
        self.latency = Latency(append=lambda: 0.0, call=lambda: 0.005)

    def play(self, scenario: Callable[[], Awaitable[None]]) -> None:
        with asyncio.Runner(loop_factory=LeapingLoop) as runner:
            runner.run(_awaited(scenario))

    @asynccontextmanager
    async def executor(self, settle: float = 1.0, *, killed: bool = False) -> AsyncGenerator[None]:
        """Run an executor meanwhile, `settle` seconds longer; leave it in order or kill it."""
        wire = Wire(self.log, self.latency)
        means = Means(
            log=wire, store=self.store, questions=Questions(wire.perform, 0, 2), source=NoPrices(),
            calls=Calls(self.broker, Budget(0), wire.perform, lambda: True),
            listen=lambda hear, missed: MemoryStream(self.broker.stream, hear, missed),
        )  # fmt: skip
        task = asyncio.create_task(work(means, Habits(account="paper")))
        await asyncio.sleep(settle)
        try:
            yield
            if task.done():
                task.result()
        finally:
            if killed:
                wire.cut()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def add(self, body: Message) -> None:
        await self.log.append([Fact(body, trace=f"00-{'1' * 32}-{'2' * 16}-01")])

    async def enter(self, name: str) -> None:
        """Buy three SPY, filled a second later."""
        await self.approve(name)
        await asyncio.sleep(1)
        self.broker.fill(name)

    async def approve(
        self,
        name: str,
        symbol: str = "SPY",
        qty: int = 3,
        seconds: float = 3600,
        exits: Exits = (None, None),
        strategy: str = "",
    ) -> None:
        at, (stop, target) = self.broker.now(), exits
        await self.add(
            OrderApproved(
                approval_id=name, signal_id=f"s-{name}", account="paper", source=Source.WS, symbol=symbol,
                side=Side.BUY, qty=Decimal(qty), type=OrderType.MARKET, time_in_force=TimeInForce.DAY,
                reference_price=PRICE, at=at, expires_at=at + timedelta(seconds=seconds), checks=(),
                stop_loss=stop, take_profit=target, strategy=strategy,
            )
        )  # fmt: skip

    async def spend(self, name: str, notional: Decimal, symbol: str = "SPY", seconds: float = 3600) -> None:
        """Approve an entry for dollars."""
        at, qty = self.broker.now(), (notional / PRICE).quantize(FINEST, ROUND_DOWN)
        await self.add(
            OrderApproved(
                approval_id=name, signal_id=f"s-{name}", account="paper", source=Source.WS, symbol=symbol,
                side=Side.BUY, qty=qty, notional=notional, type=OrderType.MARKET, time_in_force=TimeInForce.DAY,
                reference_price=PRICE, at=at, expires_at=at + timedelta(seconds=seconds), checks=(),
            )
        )  # fmt: skip

    async def protect(self, name: str, symbol: str = "SPY", qty: int = 3, target: Decimal | None = PRICE * 2) -> None:
        await self.add(
            PlaceProtection(
                exit_id=name, account="paper", symbol=symbol, qty=Decimal(qty), stop_price=PRICE / 2,
                target_price=target, time_in_force=TimeInForce.GTC, reason=ExitReason.ENTRY_FILLED,
                execution_id="", at=self.broker.now(),
            )
        )  # fmt: skip

    async def take_back(self, name: str, target: str, symbol: str = "SPY") -> None:
        await self.add(
            CancelProtection(
                exit_id=name, account="paper", symbol=symbol, client_order_id=target, reason=ExitReason.SIGNAL,
                at=self.broker.now(),
            )
        )  # fmt: skip

    async def raise_stop(self, name: str, target: str, stop_price: Decimal, symbol: str = "SPY") -> None:
        await self.add(
            MoveProtection(
                exit_id=name, account="paper", symbol=symbol, client_order_id=target, stop_price=stop_price,
                reason=ExitReason.BREAK_EVEN, at=self.broker.now(),
            )
        )  # fmt: skip

    async def close(self, name: str, symbol: str = "SPY", qty: int = 3) -> None:
        await self.add(
            ClosePosition(
                exit_id=name, account="paper", symbol=symbol, qty=Decimal(qty), reason=ExitReason.SIGNAL,
                cause_id="s", at=self.broker.now(),
            )
        )  # fmt: skip

    async def halt(self) -> None:
        await self.add(Halted(control_id=self._next(), scope="all", by="test", why=""))

    async def resume(self) -> None:
        await self.add(Resumed(control_id=self._next(), scope="all", by="test", why=""))

    async def give_up(self, name: str) -> None:
        gone = OrderGivenUp(control_id=self._next(), scope="paper", client_order_id=name, by="anna", why="looked")
        await self.add(gone)

    def _next(self) -> str:
        return f"k{len(self.log.records)}"

    def told(self, *kinds: type[M]) -> list[M]:
        self._bodies += [decode(record.data) for record in self.log.records[len(self._bodies) :]]
        return [body for body in self._bodies if isinstance(body, kinds)]

    def story(self, name: str) -> list[str]:
        """Give the statuses that an order went through."""
        return [str(m.status) for m in self.told(OrderChanged) if m.client_order_id == name]

    def drifts(self) -> list[tuple[str, str, str, str]]:
        """Give kind, symbol, ours and theirs of each drift that was told."""
        return [(d.difference, d.symbol, d.ours, d.theirs) for d in self.told(DriftFound)]

    def resolved(self) -> list[tuple[str, str]]:
        """Give kind and symbol of each drift that was told to be gone."""
        return [(d.difference, d.symbol) for d in self.told(DriftResolved)]

    def fills(self, name: str) -> list[tuple[Decimal, Decimal, Decimal]]:
        """Give quantity, price and whole quantity of each execution of an order."""
        return [(m.qty, m.price, m.cum_qty) for m in self.told(OrderFilled) if m.client_order_id == name]


async def _awaited(scenario: Callable[[], Awaitable[None]]) -> None:
    await scenario()
