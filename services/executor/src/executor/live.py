"""One executor at work: catch up with the log, hold the book against the broker, then follow."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from msgspec import Struct, structs

from chassis import snapshots
from chassis.log import Log
from chassis.publish import Publisher
from chassis.telemetry import logger
from contracts.commands import FlattenAsked
from contracts.log import Fact
from contracts.market import Tick
from contracts.providers import Broker, Providers
from executor import core
from executor.account import after_fills
from executor.announcements import Announcements
from executor.assets import Assets
from executor.brokers.broker import BrokerOrder, Execution
from executor.budget import Priority
from executor.calls import Calls
from executor.checks import Checks
from executor.core import Follow
from executor.desk import MAX_RETRIES, Desk
from executor.feeds.clock import MarketClock, keep_time
from executor.feeds.days import Days, History
from executor.feeds.feed import Feed, Questions, Source
from executor.history import Keeper, catch_up, inputs
from executor.ledger import Ledger
from executor.lines import StreamLine
from executor.pace import Pace
from executor.silence import Silence
from executor.watch import Watch

CAUGHT_UP, MARKET_TIME, RECONCILED = "log caught up", "market time", "book reconciled"
TELL_SECONDS = 2.0
ELSEWHERE = "another account's executor tells prices"
LISTEN_SECONDS = 5.0
"""So long the start waits for the order stream; without it reconciliation alone tells what happens."""


class Stream(Protocol):
    """The broker's own word about orders as they happen."""

    listening: asyncio.Event
    line: StreamLine

    async def run(self) -> None: ...


Hear = Callable[[BrokerOrder, Execution | None], None]
Listen = Callable[[Hear, Callable[[], None]], Stream]
"""Makes a stream from who takes what it tells and who is told when something may have been missed."""


Tell = Callable[[Providers], Awaitable[None]]
"""Takes how the providers stand, every few seconds."""


class Means(Struct, frozen=True, kw_only=True):
    """What an executor works with."""

    log: Log
    store: snapshots.Store
    calls: Calls
    listen: Listen
    source: Source
    questions: Questions
    history: History | None = None
    tell: Tell | None = None


class Habits(Struct, frozen=True, kw_only=True):
    """How it works; see `executor.settings` for the units. Who `feeds` tells prices and market time to all."""

    account: str
    feeds: bool = True
    symbols: tuple[str, ...] = ()
    max_symbols: int = 30
    market_speed: float = 1.0
    reconcile_seconds: float = 60.0
    max_retries: int = MAX_RETRIES
    pace: Pace = Pace()


async def work(means: Means, habits: Habits, met: Callable[[str], None] = lambda _: None) -> None:
    """Work until cancelled or until something fails; `met` hears of each step of the start."""
    sequence, book = await catch_up(means.log, means.store, habits.account)
    met(CAUGHT_UP)
    publisher = Publisher(means.log)
    publishing = asyncio.create_task(publisher.run())
    ledger = Ledger(book, lambda fact: publisher.put([fact]), publisher.offer)
    keeper = Keeper(means.log, means.store, publisher, ledger, sequence)
    executor = Executor(means, habits, ledger, keeper, lambda fact: publisher.put([fact]), await _last_tick(means.log))
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_failing_with(publishing))
            await executor.start(group, met)
    finally:
        await executor.desk.stop()
        await keeper.leave()
        publishing.cancel()
        await asyncio.gather(publishing, return_exceptions=True)


class Executor:
    def __init__(
        self, means: Means, habits: Habits, ledger: Ledger, keeper: Keeper, put: Callable[[Fact], None],
        told: datetime | None,
    ) -> None:  # fmt: skip
        self._means, self._habits, self._ledger, self._keeper, self._put = means, habits, ledger, keeper, put
        self._clock = MarketClock(habits.market_speed, told)
        calls, now = means.calls, self._clock.now
        lookback = timedelta(seconds=2 * habits.reconcile_seconds * habits.market_speed)
        self.desk = Desk(ledger, calls, now, habits.pace, habits.max_retries)
        self._checks = Checks(ledger, self._clock.tick)
        self._watch = Watch(ledger, calls, now, habits.reconcile_seconds, lookback, self._checks)
        self._feed = Feed(means.source, put, means.questions, self._wanted, now, means.log.last)
        history = means.history
        self._days = None if history is None else Days(history, put, means.questions, self._ranged, now)
        self._assets = Assets(calls, put, means.log.last, now)
        self._announcements = Announcements(ledger, calls, now)
        self._stream = means.listen(self._hear, self._watch.ask)

    async def start(self, group: asyncio.TaskGroup, met: Callable[[str], None]) -> None:
        """Begin every part, trading only once the book has been held against the broker."""
        calls = self._means.calls
        ask = lambda: calls(Priority.READ, calls.broker.clock)  # noqa: E731 - a call with its arguments
        known = asyncio.Event()
        group.create_task(keep_time(self._clock, ask, lambda tick: self._on_tick(tick, known)))
        group.create_task(self._stream.run())
        if self._means.tell is not None:
            group.create_task(self._tell_standing(self._means.tell))
        await known.wait()
        met(MARKET_TIME)
        await self._listening()
        # What a split explains must not look like something that nobody can explain.
        await self._announcements.ask()
        await self._watch.patiently()
        met(RECONCILED)
        for one in core.asks_on_start(self._ledger.book, self._clock.now()):
            self.desk.perform(one)
        for part in (self._follow(), self.desk.run(), self._watch.run(), self._keeper.run()):
            group.create_task(part)
        if self._habits.feeds:
            group.create_task(self._feed.run())
            if self._days is not None:
                group.create_task(self._days.run())
        group.create_task(self._assets.run())
        group.create_task(self._announcements.run())
        group.create_task(Silence(self._ledger, calls).run())
        group.create_task(after_fills(self._ledger, calls, self._clock.now))

    async def _listening(self) -> None:
        try:
            async with asyncio.timeout(LISTEN_SECONDS):
                await self._stream.listening.wait()
        except TimeoutError:
            logger("executor").warning("starting without the order stream")

    async def _follow(self) -> None:
        book = self._ledger.book
        async for chunk in self._means.log.read(inputs(book.account), self._keeper.sequence):
            for record in chunk:
                self._keeper.take(record)
                if isinstance(record.body, FlattenAsked):
                    self._checks.begin()
                    self._watch.ask()
                for ask in core.asks(book, record):
                    if not isinstance(ask, Follow):
                        self.desk.perform(ask)
                    elif self._habits.feeds:
                        self._feed.follow(ask)
                        if self._days is not None:
                            self._days.look()
                        self._assets.follow(ask)

    def _hear(self, seen: BrokerOrder, execution: Execution | None) -> None:
        # A leg can be told of before the answer that names its parent; a stranger's order is for the reconciliation.
        # Whoever waits for the account to be flat wants to know at once.
        if not self._ledger.hear(seen, execution) or (execution is not None and self._ledger.book.flattens):
            self._watch.ask()

    def _on_tick(self, tick: Tick, known: asyncio.Event) -> None:
        if self._habits.feeds:
            self._put(Fact(tick))
        known.set()

    async def _tell_standing(self, tell: Tell) -> None:
        calls = self._means.calls
        while True:
            broker = Broker(rest=calls.line.told(), budget=calls.budget.told(), orders=self._stream.line.told())
            prices = self._feed.told()
            if not self._habits.feeds:
                prices = structs.replace(prices, provider="", feed="", fallback=ELSEWHERE)
            await tell(
                Providers(
                    account=self._habits.account, at=datetime.now(UTC), broker=broker, prices=prices,
                    clock_age=self._clock.age,
                )
            )  # fmt: skip
            await asyncio.sleep(TELL_SECONDS)

    def _wanted(self) -> frozenset[str]:
        return core.wanted(self._ledger.book, self._habits.symbols, self._habits.max_symbols)

    def _ranged(self) -> frozenset[str]:
        return self._wanted() if core.is_ranged(self._ledger.book) else frozenset()


async def _last_tick(log: Log) -> datetime | None:
    last = await log.last("clock.tick")
    return last.body.at if last is not None and isinstance(last.body, Tick) else None


async def _failing_with(task: asyncio.Task[None]) -> None:
    await asyncio.wait((task,))
    task.result()
