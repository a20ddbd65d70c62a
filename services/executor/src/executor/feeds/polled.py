"""Prices that are asked for every so often, where a provider has no stream of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from chassis.telemetry import logger
from contracts.market import Bar, Quote
from contracts.providers import Stream
from executor.feeds.feed import NotEntitledError, SourceUnavailableError, Standing

EVERY_SECONDS = 2.0
"""Half of what Tradier's sandbox allows for market data, so that questions of the moment find room."""


class Quotes(Protocol):
    """Blocking questions. Each may raise `SourceUnavailableError`, or `NotEntitledError`, which ends the asking."""

    def latest(self, symbol: str) -> Quote | None: ...
    def all(self, symbols: frozenset[str]) -> list[Quote]: ...


class Polled:
    """A source without bars. `every` in wall seconds."""

    def __init__(self, provider: str, quotes: Quotes, every: float = EVERY_SECONDS) -> None:
        self._provider, self._quotes, self._every = provider, quotes, every
        self._symbols: frozenset[str] = frozenset()

    def latest(self, symbol: str) -> Quote | None:
        return self._quotes.latest(symbol)

    async def subscribe(self, symbols: frozenset[str]) -> None:
        self._symbols = symbols

    def standing(self) -> Standing:
        return Standing(provider=self._provider, feed="polled", stream=Stream())

    async def run(self, on_quote: Callable[[Quote], None], on_bar: Callable[[Bar], None]) -> None:
        del on_bar
        while True:
            wait = await self._asked(on_quote) if self._symbols else self._every
            await asyncio.sleep(wait)

    async def _asked(self, on_quote: Callable[[Quote], None]) -> float:
        """Ask once; say in how many seconds to ask again."""
        try:
            quotes = await asyncio.to_thread(self._quotes.all, self._symbols)
        except NotEntitledError:
            raise
        except SourceUnavailableError as e:
            logger("prices").warning("no quotes", provider=self._provider, error=str(e))
            return max(self._every, e.after)
        for quote in quotes:
            on_quote(quote)
        return self._every
