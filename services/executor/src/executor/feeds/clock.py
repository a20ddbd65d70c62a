"""Market time: read from the broker, interpolated between readings, never running back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from chassis.telemetry import logger
from contracts.market import Tick
from executor.brokers.broker import BrokerUnavailableError, ClockReading, OrderRefusedError, OutcomeUnknownError

ASK_SECONDS, ASK_SECONDS_WHEN_FAST = 15.0, 5.0
TICK_SECONDS = 1.0
TRUSTED_READINGS = 3
"""Market time stands still when so many readings in a row have failed: nobody knows then whether the market goes on."""


class MarketClock:
    """`speed` is market seconds per wall second; `floor` is a moment that was told already."""

    def __init__(self, speed: float = 1.0, floor: datetime | None = None) -> None:
        self.speed = speed
        self.ask_seconds = ASK_SECONDS if speed <= 1 else ASK_SECONDS_WHEN_FAST
        self._reading: ClockReading | None = None
        self._read_at = 0.0
        self._told = floor

    @property
    def is_known(self) -> bool:
        return self._reading is not None

    @property
    def age(self) -> float | None:
        """Say how many seconds of the wall old the last reading is."""
        return None if self._reading is None else round(asyncio.get_running_loop().time() - self._read_at, 3)

    def heard(self, reading: ClockReading, at: float) -> None:
        """Take a reading that was true at `at` of the loop's clock."""
        self._reading, self._read_at = reading, at

    def now(self) -> datetime:
        return self.tick().at

    def tick(self) -> Tick:
        reading = self._reading
        if reading is None:
            raise RuntimeError("market time was asked for before it was known")
        age = asyncio.get_running_loop().time() - self._read_at
        at = reading.at + timedelta(seconds=min(age, TRUSTED_READINGS * self.ask_seconds) * self.speed)
        self._told = at if self._told is None else max(at, self._told)
        is_open = reading.is_open and self._told < reading.next_close
        return Tick(at=self._told, is_open=is_open, next_open=reading.next_open, next_close=reading.next_close)

    def is_stale(self) -> bool:
        """Say whether to ask: it is time, or the session has changed since."""
        reading = self._reading
        if reading is None or asyncio.get_running_loop().time() - self._read_at >= self.ask_seconds:
            return True
        turn = reading.next_close if reading.is_open else reading.next_open
        return self.now() >= turn


async def keep_time(
    clock: MarketClock, ask: Callable[[], Awaitable[ClockReading]], put: Callable[[Tick], None]
) -> None:
    """Tell a tick every wall second, for ever; a slow answer does not hold up the ticks."""
    reading: asyncio.Task[None] | None = None
    last: Tick | None = None
    try:
        while True:
            if reading is not None and reading.done():
                reading.result()
                reading = None
            if reading is None and clock.is_stale():
                reading = asyncio.create_task(_read(clock, ask))
            if reading is not None and not clock.is_known:
                await reading
            if clock.is_known and (tick := clock.tick()) != last:
                put(tick)
                last = tick
            await asyncio.sleep(TICK_SECONDS)
    finally:
        if reading is not None:
            reading.cancel()


async def _read(clock: MarketClock, ask: Callable[[], Awaitable[ClockReading]]) -> None:
    loop = asyncio.get_running_loop()
    asked = loop.time()
    try:
        reading = await ask()
    except (BrokerUnavailableError, OutcomeUnknownError, OrderRefusedError) as e:
        logger("clock").warning("no answer about market time", error=str(e))
    else:
        # The server looked at its clock somewhere between; halfway is wrong by half the way at most.
        clock.heard(reading, (asked + loop.time()) / 2)
