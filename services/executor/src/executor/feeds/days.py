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
from executor.feeds.feed import QuestionRefusedError, Questions, SourceUnavailableError

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
        today, wanted = (at - ASKED_AT).date(), self._wanted()
        self._told = {symbol: day for symbol, day in self._told.items() if symbol in wanted and day == today}
        missing = sorted(wanted - self._told.keys())
        most = self._history.at_once
        for start in range(0, len(missing), most):
            symbols = missing[start : start + most]
            try:
                await self._tell(symbols, at.date() - timedelta(days=1))
            except SourceUnavailableError as e:
                logger("days").warning("no daily bars", symbols=len(symbols), error=str(e))
                return False
            self._told.update(dict.fromkeys(symbols, today))
        return True

    async def _tell(self, symbols: Sequence[str], last: date) -> None:
        """Tell the days of some symbols; one that the source takes for none does not hide the others."""
        try:
            bars = await self._ask(lambda: self._history.days(symbols, last - REACH, last), Priority.READ)
        except QuestionRefusedError as e:
            if len(symbols) == 1:
                logger("days").warning("no daily bars of a symbol", symbol=symbols[0], error=str(e))
                return
            for symbol in symbols:
                await self._tell([symbol], last)
            return
        for bar in bars:
            # A day that is not over ranges less than a whole one.
            if new_york(bar.at).date() <= last:
                self._put(Fact(bar))
