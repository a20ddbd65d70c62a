"""What the broker says may be done with a symbol, told when somebody first names it and anew each New York day."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from itertools import islice

from chassis.telemetry import logger, span
from contracts.days import new_york
from contracts.log import Fact, Record, symbol_token
from contracts.market import AssetReported
from executor.brokers.broker import Asset, BrokerUnavailableError, OrderRefusedError, OutcomeUnknownError
from executor.budget import Priority
from executor.calls import Calls
from executor.core import Follow
from executor.errands import Errands
from executor.pace import Pace

TRIES = 6
"""About as long as a signal waits for the answer; the next signal asks again."""

MOST = 500
"""So many symbols are asked for again when a day begins: those that were named last."""

LOOK_SECONDS = 5.0


class Assets:
    """`last` finds the last record of a subject: what was told today by an earlier process is not asked again."""

    def __init__(
        self, calls: Calls, put: Callable[[Fact], None], last: Callable[[str], Awaitable[Record | None]],
        now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._calls, self._put, self._last, self._now = calls, put, last, now
        self._told: dict[str, date] = {}
        self._asking = Errands()

    def follow(self, ask: Follow) -> None:
        """Ask about a symbol unless today's word is told or on its way; tell it as the effect of who named it."""
        if self._told.get(ask.symbol) != self._today() and ask.symbol not in self._asking:
            self._asking.begin(ask.symbol, lambda: self._find_out(ask))

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._asking.watch())
                group.create_task(self._every_day())
        finally:
            await self._asking.stop()

    async def _every_day(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            today = self._today()
            for symbol in [symbol for symbol, day in self._told.items() if day != today]:
                self.follow(Follow(symbol, 0, ""))

    async def _find_out(self, ask: Follow) -> None:
        today = self._today()
        before = None if ask.symbol in self._told else await self._last(f"assets.{symbol_token(ask.symbol)}")
        if before is None or not isinstance(before.body, AssetReported) or _day(before.body.at) != today:
            for wait in islice(Pace(first=1.0).waits(), TRIES):
                if await self._asked(ask):
                    break
                await asyncio.sleep(wait)
            else:
                return
        self._told.pop(ask.symbol, None)
        self._told[ask.symbol] = today
        if len(self._told) > MOST:
            del self._told[next(iter(self._told))]

    async def _asked(self, ask: Follow) -> bool:
        try:
            asset = await self._calls(Priority.READ, self._calls.broker.asset, ask.symbol)
        except (BrokerUnavailableError, OutcomeUnknownError, OrderRefusedError) as e:
            logger("assets").warning("no answer about an asset", symbol=ask.symbol, error=str(e))
            return False
        self._put(Fact(reported(ask.symbol, asset, self._now()), ask.cause, span("executor asset", ask.trace)))
        return True

    def _today(self) -> date:
        return _day(self._now())


def reported(symbol: str, asset: Asset | None, at: datetime) -> AssetReported:
    if asset is None:
        return AssetReported(symbol=symbol, known=False, tradable=False, fractionable=False, shortable=False, at=at)
    return AssetReported(
        symbol=symbol, known=True, tradable=asset.tradable, fractionable=asset.fractionable, shortable=asset.shortable,
        at=at, name=asset.name, exchange=asset.exchange, status=asset.status,
    )  # fmt: skip


def _day(at: datetime) -> date:
    return new_york(at).date()
