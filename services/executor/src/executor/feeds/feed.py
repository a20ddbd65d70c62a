"""Prices on their way into the log: which symbols, how often, and the first one at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from chassis.telemetry import logger, span
from contracts.log import Fact, Record
from contracts.market import Bar, Quote, TradingStatus, mark
from contracts.providers import Prices, Stream
from executor.budget import Budget, Priority
from executor.calls import Perform
from executor.core import Follow
from executor.errands import Errands
from executor.feeds.halts import Halts
from executor.lines import CallLine

T = TypeVar("T")

FLUSH_SECONDS = 0.25
"""A symbol's quote goes into the log at most this often: deciders want the latest, not each."""

LOOK_SECONDS = 60.0
"""Where there is no price at all, it is looked for this often."""

FRESH, AGAIN_SECONDS = timedelta(seconds=30), 5.0
"""For a signal, a quote older than this (market time) is asked for anew, at most this often (seconds of the wall)."""

TRADE_COUNTS = timedelta(minutes=5)
"""A trade further back (market time) says nothing about a quote."""


class SourceUnavailableError(Exception):
    """A question about prices was not answered; `after`: for so many seconds to ask nothing."""

    def __init__(self, reason: str, after: float = 0.0) -> None:
        super().__init__(reason)
        self.after = after


class NotEntitledError(SourceUnavailableError):
    """The plan does not include it, and waiting does not change that."""


class QuestionRefusedError(SourceUnavailableError):
    """The question cannot be answered as it was put: of several symbols, one is none."""


class Standing(Struct, frozen=True, kw_only=True):
    """Who tells prices now, of which feed, and why it is not the one that was wanted."""

    provider: str
    feed: str
    stream: Stream
    fallback: str = ""


Heard: TypeAlias = Quote | Bar | TradingStatus
Listener: TypeAlias = Callable[[Heard], None]


class Source(Protocol):
    """Where prices come from. `latest` blocks, with a deadline; `run` listens for ever and tells what it hears."""

    def latest(self, symbol: str) -> Quote | None:
        """Ask for a symbol's quote; None where there is none. Raise `SourceUnavailableError`."""
        ...

    async def subscribe(self, symbols: frozenset[str]) -> None:
        """Tell of these symbols, and of no others, from now on."""
        ...

    async def run(self, tell: Listener) -> None:
        """Raise `NotEntitledError` where there is nothing to hear for us."""
        ...

    def standing(self) -> Standing: ...


class Questions:
    """Runs questions about prices within a budget of their own, and keeps account of them.

    A price goes before everything else, so nothing is kept free for others; what can wait needs `slots` to spare.
    """

    def __init__(self, perform: Perform, per_minute: int, slots: int) -> None:
        self._perform, self.line = perform, CallLine()
        self.budget = Budget(per_minute, slots, probes=False)

    async def __call__(self, call: Callable[[], T], priority: Priority = Priority.EXIT, /) -> T:
        async with self.budget.turn(priority):
            try:
                with self.line.timed((SourceUnavailableError,)):
                    return await self._perform(call)
            except SourceUnavailableError as e:
                if e.after:
                    self.budget.pause(e.after)
                raise


class Feed:
    """`put` takes facts on their way to the log; `wanted` says whose prices are wanted just now; `now`: market time.

    `recall` finds the last record of a subject.
    """

    def __init__(
        self, source: Source, put: Callable[[Fact], None], questions: Questions, wanted: Callable[[], frozenset[str]],
        now: Callable[[], datetime], recall: Callable[[str], Awaitable[Record | None]],
    ) -> None:  # fmt: skip
        self._source, self._put, self._ask, self._wanted, self._now = source, put, questions, wanted, now
        self._halts = Halts(put, recall, now)
        self._heard: dict[str, float] = {}
        self._looked: dict[str, float] = {}
        self._followed: frozenset[str] = frozenset()
        self._told: dict[str, Quote] = {}
        self._pending: dict[str, Quote] = {}
        self._trades: dict[str, tuple[float, datetime]] = {}
        self._asking = Errands()

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._source.run(self._hear))
                group.create_task(self._flush())
                group.create_task(self._asking.watch())
        finally:
            await self._asking.stop()

    def follow(self, ask: Follow) -> None:
        """Ask for the latest price, unless what the log has of this symbol will do; tell it as the signal's effect."""
        if ask.symbol not in self._asking and self._is_worth_asking(ask.symbol):
            self._looked[ask.symbol] = asyncio.get_running_loop().time()
            self._asking.begin(ask.symbol, lambda: self._tell_latest(ask.symbol, ask.cause, ask.trace))

    def _is_worth_asking(self, symbol: str) -> bool:
        told = self._told.get(symbol)
        if told is None:
            return True
        will_do = self._now() - told.at <= FRESH and (told.last or _is_two_sided(told))
        return not will_do and self._last_looked(symbol) >= AGAIN_SECONDS

    def _last_looked(self, symbol: str) -> float:
        """Say how many seconds ago the source was asked."""
        return asyncio.get_running_loop().time() - self._looked.get(symbol, -LOOK_SECONDS)

    async def _tell_latest(self, symbol: str, cause: int = 0, trace: str = "") -> None:
        try:
            quote = await self._ask(lambda: self._source.latest(symbol))
        except SourceUnavailableError as e:
            logger("feed").warning("no answer about a price", symbol=symbol, error=str(e))
            return
        told = self._told.get(symbol)
        # What the stream has told meanwhile is newer than the answer.
        if quote is not None and (told is None or told.at <= quote.at):
            self._tell(self._whole(quote), cause, span("executor quote", trace))

    def _tell(self, quote: Quote, cause: int = 0, trace: str = "") -> None:
        if not mark(quote):
            self._look_for_a_price(quote.symbol)
            return
        self._told[quote.symbol] = quote
        self._heard[quote.symbol] = asyncio.get_running_loop().time()
        self._put(Fact(quote, cause, trace))

    def _look_for_a_price(self, symbol: str) -> None:
        """Ask the source what the quotes do not say: with both sides empty and no trade known there is no price."""
        if symbol not in self._asking and self._last_looked(symbol) >= LOOK_SECONDS:
            self._looked[symbol] = asyncio.get_running_loop().time()
            self._asking.begin(symbol, lambda: self._tell_latest(symbol))

    def _hear(self, heard: Heard) -> None:
        match heard:
            case Quote():
                self._pending[heard.symbol] = heard
            case Bar():
                self._trades[heard.symbol] = (heard.close, heard.at)
                self._put(Fact(heard))
                self._halts.traded(heard)
            case TradingStatus():
                self._halts.heard(heard)

    async def _flush(self) -> None:
        while True:
            await self._keep_subscribed()
            await asyncio.sleep(FLUSH_SECONDS)
            pending, self._pending = self._pending, {}
            for quote in pending.values():
                self._tell(self._whole(quote))
            self._halts.tell_again()

    def told(self) -> Prices:
        """Say how prices come, for people."""
        now, standing = asyncio.get_running_loop().time(), self._source.standing()
        ages = {symbol: now - self._heard[symbol] for symbol in self._followed if symbol in self._heard}
        oldest = max(ages, key=lambda symbol: ages[symbol], default="")
        return Prices(
            provider=standing.provider, feed=standing.feed, fallback=standing.fallback, stream=standing.stream,
            rest=self._ask.line.told(), budget=self._ask.budget.told(), priced=len(ages),
            unpriced=tuple(sorted(self._followed - ages.keys())), oldest=oldest,
            oldest_age=round(ages[oldest], 3) if oldest else None,
        )  # fmt: skip

    async def _keep_subscribed(self) -> None:
        wanted = self._wanted()
        if wanted != self._followed:
            fresh, self._followed = wanted - self._followed, wanted
            for known in (self._told, self._heard, self._looked, self._trades):
                for symbol in known.keys() - wanted:
                    del known[symbol]
            for symbol in sorted(fresh):
                await self._halts.recall(symbol)
            await self._source.subscribe(wanted)

    def _whole(self, quote: Quote) -> Quote:
        """Tell the last trade with a quote, where the provider did not.

        On a feed of one venue a side is often empty, or the sides cross; and what an entry would pay is held against
        the last trade.
        """
        if quote.last:
            self._trades[quote.symbol] = (quote.last, quote.at)
            return quote
        price, at = self._trades.get(quote.symbol, (0.0, quote.at))
        return replace(quote, last=price) if price and quote.at - at <= TRADE_COUNTS else quote


def _is_two_sided(quote: Quote) -> bool:
    return 0 < quote.bid <= quote.ask
