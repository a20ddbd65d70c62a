"""Which symbols the exchange has halted, as far as it was heard.

No provider can be asked which symbols are halted, and its stream says a change once. So the end of a halt can be
missed, while the connection is lost or the executor is away. A halt therefore stands until the stream names its end or
a minute bar begins after it: nothing trades in a halt, so where something did, it is over, and that is told with its
reason. Until then it is told again twice a day, since whoever reads lets a halt lapse of which nobody speaks any more.
A halt that began unheard shows in quotes that grow old.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from msgspec.structs import replace

from chassis.telemetry import span
from contracts.log import Fact, Record, symbol_token
from contracts.market import Bar, TradingStatus

AGAIN = timedelta(hours=12)


class Halts:
    """`last` finds the last record of a subject."""

    def __init__(
        self, put: Callable[[Fact], None], last: Callable[[str], Awaitable[Record | None]], now: Callable[[], datetime]
    ) -> None:
        self._put, self._last, self._now = put, last, now
        self._standing: dict[str, TradingStatus] = {}

    async def recall(self, symbol: str) -> None:
        """Take up what was told of a symbol before, by whatever process."""
        told = await self._last(f"statuses.{symbol_token(symbol)}")
        if told is not None and isinstance(told.body, TradingStatus) and told.body.halted:
            self._standing.setdefault(symbol, told.body)

    def heard(self, status: TradingStatus) -> None:
        """Take the exchange's word; what is known already is not told again."""
        known = self._standing.get(status.symbol)
        if status.halted and (known is None or known.reason != status.reason):
            self._standing[status.symbol] = status
            self._tell(status)
        elif not status.halted and known is not None:
            self._end(status)

    def traded(self, bar: Bar) -> None:
        """Take a bar as a sign that a halt is over whose end was not heard."""
        known = self._standing.get(bar.symbol)
        if known is not None and bar.at > known.at:
            why = f"it traded again in the minute of {bar.at:%F %T} UTC, the end of the halt was not heard"
            self._end(TradingStatus(symbol=bar.symbol, halted=False, reason=why, at=self._now()))

    def tell_again(self) -> None:
        """Say once more what still stands and was said long ago."""
        if self._standing:
            now = self._now()
            for symbol, status in self._standing.items():
                if now - status.at > AGAIN:
                    self._standing[symbol] = replace(status, at=now)
                    self._tell(self._standing[symbol])

    def _end(self, status: TradingStatus) -> None:
        del self._standing[status.symbol]
        self._tell(status)

    def _tell(self, status: TradingStatus) -> None:
        self._put(Fact(status, 0, span("executor trading status")))
