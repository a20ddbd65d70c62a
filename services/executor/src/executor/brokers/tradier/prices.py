"""Tradier's quotes, asked for every so often; in the sandbox they are 15 minutes old."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from chassis.telemetry import logger
from contracts.market import Bar, Quote
from contracts.providers import Stream
from executor.brokers.broker import BrokerUnavailableError, OrderRefusedError, OutcomeUnknownError
from executor.brokers.tradier.market import Market
from executor.feeds.feed import SourceUnavailableError, Standing

EVERY_SECONDS = 2.0
"""Half of what the sandbox allows for market data, so that questions of the moment find room."""


class TradierPrices:
    """A source without bars. `every` in wall seconds."""

    def __init__(self, market: Market, every: float = EVERY_SECONDS) -> None:
        self._market, self._every = market, every
        self._symbols: frozenset[str] = frozenset()

    def latest(self, symbol: str) -> Quote | None:
        try:
            return next(iter(self._market.quotes([symbol])), None)
        except (BrokerUnavailableError, OrderRefusedError, OutcomeUnknownError) as e:
            raise SourceUnavailableError(str(e)) from e

    async def subscribe(self, symbols: frozenset[str]) -> None:
        self._symbols = symbols

    def standing(self) -> Standing:
        return Standing(provider="tradier", feed="polled", stream=Stream())

    async def run(self, on_quote: Callable[[Quote], None], on_bar: Callable[[Bar], None]) -> None:
        del on_bar
        while True:
            await asyncio.sleep(self._every)
            if not self._symbols:
                continue
            try:
                quotes = await asyncio.to_thread(self._market.quotes, sorted(self._symbols))
            except (BrokerUnavailableError, OrderRefusedError, OutcomeUnknownError) as e:
                logger("prices").warning("no quotes", error=str(e))
            else:
                for quote in quotes:
                    on_quote(quote)
