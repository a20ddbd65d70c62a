"""Prices that are asked for every so often, where a provider has no stream of them."""

from __future__ import annotations

import asyncio
from typing import Protocol

from chassis.telemetry import logger
from contracts.market import Quote
from contracts.providers import Stream
from executor.feeds.feed import Listener, NotEntitledError, SourceUnavailableError, Standing

EVERY_SECONDS = 2.0
"""Half of what Tradier's sandbox allows for market data, so that questions of the moment find room."""


class Quotes(Protocol):
    """Blocking questions. Each may raise `SourceUnavailableError`, or `NotEntitledError`, which ends the asking."""

    def latest(self, symbol: str) -> Quote | None: ...
    def all(self, symbols: frozenset[str]) -> list[Quote]: ...


class Polled:
    """A source without bars and without halts. `every` in wall seconds."""

    def __init__(self, provider: str, quotes: Quotes, every: float = EVERY_SECONDS) -> None:
        self._provider, self._quotes, self._every = provider, quotes, every
        self._symbols: frozenset[str] = frozenset()

    def latest(self, symbol: str) -> Quote | None:
        return self._quotes.latest(symbol)

    async def subscribe(self, symbols: frozenset[str]) -> None:
        self._symbols = symbols

    def standing(self) -> Standing:
        return Standing(provider=self._provider, feed="polled", stream=Stream())

    async def run(self, tell: Listener) -> None:
        while True:
            wait = await self._asked(tell) if self._symbols else self._every
            await asyncio.sleep(wait)

    async def _asked(self, tell: Listener) -> float:
        """Ask once; say in how many seconds to ask again."""
        try:
            quotes = await asyncio.to_thread(self._quotes.all, self._symbols)
        except NotEntitledError:
            raise
        except SourceUnavailableError as e:
            logger("prices").warning("no quotes", provider=self._provider, error=str(e))
            return max(self._every, e.after)
        for quote in quotes:
            tell(quote)
        return self._every
