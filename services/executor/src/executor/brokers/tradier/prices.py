"""Tradier's quotes; in the sandbox they are 15 minutes old."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from contracts.market import Quote
from executor.brokers.broker import BrokerUnavailableError, OrderRefusedError, OutcomeUnknownError
from executor.brokers.tradier.market import Market
from executor.feeds.feed import SourceUnavailableError


class TradierQuotes(Struct, frozen=True):
    market: Market

    def latest(self, symbol: str) -> Quote | None:
        return next(iter(self._asked([symbol])), None)

    def all(self, symbols: frozenset[str]) -> list[Quote]:
        return self._asked(sorted(symbols))

    def _asked(self, symbols: Sequence[str]) -> list[Quote]:
        try:
            return self.market.quotes(symbols)
        except BrokerUnavailableError as e:
            raise SourceUnavailableError(str(e), e.after) from e
        except (OrderRefusedError, OutcomeUnknownError) as e:
            raise SourceUnavailableError(str(e)) from e
