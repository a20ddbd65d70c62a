"""Prices on their way into the log: which symbols, how often, and the first one at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from chassis.telemetry import logger, span
from contracts.log import Fact
from contracts.market import Bar, Quote
from executor.calls import Perform
from executor.core import Follow
from executor.errands import Errands

FLUSH_SECONDS = 0.25
"""A symbol's quote goes into the log at most this often: deciders want the latest, not each."""


class SourceUnavailableError(Exception):
    """A question about prices was not answered."""


class Source(Protocol):
    """Where prices come from. `latest` blocks, with a deadline; `run` listens for ever and tells what it hears."""

    def latest(self, symbol: str) -> Quote | None:
        """Ask for a symbol's quote; None where there is none. Raise `SourceUnavailableError`."""
        ...

    async def subscribe(self, symbols: frozenset[str]) -> None:
        """Tell of these symbols, and of no others, from now on."""
        ...

    async def run(self, on_quote: Callable[[Quote], None], on_bar: Callable[[Bar], None]) -> None: ...


class Feed:
    """`put` takes facts on their way to the log; `wanted` says whose prices are wanted just now."""

    def __init__(
        self, source: Source, put: Callable[[Fact], None], perform: Perform, wanted: Callable[[], frozenset[str]]
    ) -> None:
        self._source, self._put, self._perform, self._wanted = source, put, perform, wanted
        self._followed: frozenset[str] = frozenset()
        self._priced: set[str] = set()
        self._pending: dict[str, Quote] = {}
        self._last: dict[str, float] = {}
        self._asking = Errands()

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._source.run(self._on_quote, self._on_bar))
                group.create_task(self._flush())
                group.create_task(self._asking.watch())
        finally:
            await self._asking.stop()

    def follow(self, ask: Follow) -> None:
        """Ask for the latest price, if the log has none of this symbol yet, and tell it as the signal's effect."""
        if ask.symbol not in self._priced and ask.symbol not in self._asking:
            self._asking.begin(ask.symbol, lambda: self._tell_latest(ask))

    async def _tell_latest(self, ask: Follow) -> None:
        try:
            quote = await self._perform(lambda: self._source.latest(ask.symbol))
        except SourceUnavailableError as e:
            logger("feed").warning("no answer about a price", symbol=ask.symbol, error=str(e))
            return
        if quote is not None:
            self._priced.add(quote.symbol)
            self._put(Fact(quote, ask.cause, span("executor quote", ask.trace)))

    def _on_quote(self, quote: Quote) -> None:
        self._pending[quote.symbol] = quote

    def _on_bar(self, bar: Bar) -> None:
        self._last[bar.symbol] = bar.close
        self._put(Fact(bar))

    async def _flush(self) -> None:
        while True:
            await self._keep_subscribed()
            await asyncio.sleep(FLUSH_SECONDS)
            pending, self._pending = self._pending, {}
            for quote in pending.values():
                self._priced.add(quote.symbol)
                self._put(Fact(self._whole(quote)))

    async def _keep_subscribed(self) -> None:
        wanted = self._wanted()
        if wanted != self._followed:
            self._followed = wanted
            self._priced &= wanted
            await self._source.subscribe(wanted)

    def _whole(self, quote: Quote) -> Quote:
        """On a feed of one venue a side is often empty; the last price then stands in."""
        if quote.ask and quote.bid:
            return quote
        last = quote.last or self._last.get(quote.symbol, 0.0)
        return Quote(symbol=quote.symbol, bid=quote.bid, ask=quote.ask, at=quote.at, last=last)
