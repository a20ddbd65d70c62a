"""Daily bars on their way into the log: of each symbol that somebody measures stops by, told once a day."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Protocol

from chassis.telemetry import logger
from contracts.days import new_york
from contracts.log import Fact
from contracts.market import Bar
from executor.budget import Priority
from executor.feeds.feed import Questions, SourceUnavailableError

ASKED_AT = timedelta(hours=9)
"""New York: by then the prices before a split of this day are told as they are after it, and nothing trades yet."""

REACH = timedelta(days=28)
"""Whatever the holidays, these hold more sessions than an average is made of."""

LOOK_SECONDS, AGAIN_SECONDS = 1.0, 30.0


class History(Protocol):
    """Where bars of the past are asked for. `days` blocks, with a deadline; `at_once` symbols are one request."""

    @property
    def at_once(self) -> int: ...

    def days(self, symbols: Sequence[str], first: date, last: date) -> list[Bar]:
        """Give each symbol's days in their order, prices before a split as they are after it.

        Raise `SourceUnavailableError`.
        """
        ...


class Days:
    """`wanted` says of which symbols; `now` is market time."""

    def __init__(
        self, history: History, put: Callable[[Fact], None], ask: Questions, wanted: Callable[[], frozenset[str]],
        now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._history, self._put, self._ask, self._wanted, self._now = history, put, ask, wanted, now
        self._told: dict[str, date] = {}
        self._named = asyncio.Event()

    def look(self) -> None:
        """Look at once: a symbol that was just named may be bought in a moment."""
        self._named.set()

    async def run(self) -> None:
        while True:
            self._named.clear()
            if not await self._asked():
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._named.wait()

    async def _asked(self) -> bool:
        """Tell what is missing; say whether it could be found out."""
        at = new_york(self._now())
        today, last = (at - ASKED_AT).date(), at.date() - timedelta(days=1)
        wanted = self._wanted()
        self._told = {symbol: day for symbol, day in self._told.items() if symbol in wanted and day == today}
        missing = sorted(wanted - self._told.keys())
        most = self._history.at_once
        for start in range(0, len(missing), most):
            symbols = missing[start : start + most]
            try:
                bars = await self._ask(lambda s=symbols: self._history.days(s, last - REACH, last), Priority.READ)
            except SourceUnavailableError as e:
                logger("days").warning("no daily bars", symbols=len(symbols), error=str(e))
                return False
            for bar in bars:
                # A day that is not over ranges less than a whole one.
                if new_york(bar.at).date() <= last:
                    self._put(Fact(bar))
            self._told.update(dict.fromkeys(symbols, today))
        return True
