"""A broker with a memory and faults, time that leaps, and the paper exchange as a process."""

from __future__ import annotations

import asyncio
import os
import selectors
import subprocess
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import pytest

from chassis.memory import MemoryLog
from chassis.snapshots import MemoryStore
from contracts.control import Halted, Resumed
from contracts.exits import CancelProtection, ClosePosition, ExitReason, PlaceProtection
from contracts.log import Fact, Message, decode
from contracts.market import Bar, Quote
from contracts.orders import OrderChanged, OrderFilled
from contracts.signals import Source
from contracts.values import OrderType, Side, TimeInForce
from contracts.verdicts import OrderApproved
from executor.brokers.memory import PRICE, MemoryBroker
from executor.budget import Budget
from executor.calls import Calls
from executor.live import Habits, Hear, Means, work

T = TypeVar("T")
M = TypeVar("M", bound=Message)


class Leap(selectors.DefaultSelector):
    """Does not wait: time leaps to the moment that somebody waits for."""

    elapsed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("everybody waits, and nobody for a moment in time")
        self.elapsed += max(timeout, 0.0)
        return super().select(0)


class LeapingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._leap = Leap()
        super().__init__(self._leap)

    def time(self) -> float:
        return self._leap.elapsed


class QuietStream:
    """The fake broker's stream: up at once, and never again in need of a reconciliation by itself."""

    def __init__(self, broker: MemoryBroker, hear: Hear, missed: Callable[[], None]) -> None:
        self.listening = asyncio.Event()
        self._broker, self._hear, self._missed = broker, hear, missed

    async def run(self) -> None:
        self._broker.listeners.append(self._hear)
        self.listening.set()
        self._missed()
        try:
            await asyncio.Event().wait()
        finally:
            self._broker.listeners.remove(self._hear)


class NoPrices:
    def latest(self, symbol: str) -> Quote | None:
        del symbol
        return None

    async def subscribe(self, symbols: frozenset[str]) -> None:
        del symbols

    async def run(self, on_quote: Callable[[Quote], None], on_bar: Callable[[Bar], None]) -> None:
        del on_quote, on_bar
        await asyncio.Event().wait()


class World:
    """A log, a broker, and an executor between them that can be stopped and started, in time that leaps."""

    def __init__(self, broker: MemoryBroker | None = None) -> None:
        self.broker = broker or MemoryBroker()
        self.log, self.store = MemoryLog("executor"), MemoryStore()
        self.answer_seconds = 0.01

    async def perform(self, call: Callable[[], T], /) -> T:
        await asyncio.sleep(self.answer_seconds)
        return call()

    def play(self, scenario: Callable[[], Awaitable[None]]) -> None:
        with asyncio.Runner(loop_factory=LeapingLoop) as runner:
            runner.run(_awaited(scenario))

    @asynccontextmanager
    async def executor(self) -> AsyncGenerator[None]:
        means = Means(
            log=self.log, store=self.store, perform=self.perform, source=NoPrices(),
            calls=Calls(self.broker, Budget(0), self.perform, lambda: True),
            listen=lambda hear, missed: QuietStream(self.broker, hear, missed),
        )  # fmt: skip
        task = asyncio.create_task(work(means, Habits(account="paper")))
        await asyncio.sleep(1)
        try:
            yield
            if task.done():
                task.result()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def add(self, body: Message) -> None:
        await self.log.append([Fact(body, trace=f"00-{'1' * 32}-{'2' * 16}-01")])

    async def approve(self, name: str, symbol: str = "SPY", qty: int = 3, seconds: float = 3600) -> None:
        at = self.broker.now()
        await self.add(
            OrderApproved(
                approval_id=name, signal_id=f"s-{name}", account="paper", source=Source.WS, symbol=symbol,
                side=Side.BUY, qty=Decimal(qty), type=OrderType.MARKET, time_in_force=TimeInForce.DAY,
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

    def _next(self) -> str:
        return f"k{len(self.log.records)}"

    def told(self, kind: type[M]) -> list[M]:
        bodies = (decode(record.data) for record in self.log.records)
        return [body for body in bodies if isinstance(body, kind)]

    def story(self, name: str) -> list[str]:
        """Give the statuses that an order went through."""
        return [str(m.status) for m in self.told(OrderChanged) if m.client_order_id == name]

    def fills(self, name: str) -> list[tuple[Decimal, Decimal, Decimal]]:
        """Give quantity, price and whole quantity of each execution of an order."""
        return [(m.qty, m.price, m.cum_qty) for m in self.told(OrderFilled) if m.client_order_id == name]


async def _awaited(scenario: Callable[[], Awaitable[None]]) -> None:
    await scenario()


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def make_world() -> Callable[[MemoryBroker], World]:
    return World


StartExchange = Callable[..., str]


@contextmanager
def exchange_process(state: Path, settings: dict[str, str]) -> Generator[str]:
    environment = {**os.environ, "EXCHANGE_PORT": "0", "EXCHANGE_STATE": str(state), **settings}
    with subprocess.Popen([sys.executable, "-m", "paper_exchange"], env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().decode().split()[-1]
        finally:
            process.terminate()


@pytest.fixture
def start_exchange(tmp_path: Path) -> Generator[StartExchange]:
    """Start a paper exchange with settings of one's own and give its URL."""
    with ExitStack() as stack:

        def start(**settings: str) -> str:
            return stack.enter_context(exchange_process(tmp_path / "exchange", settings))

        yield start
