"""Market time: interpolated, never running back, asked for again when the session turns."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from contracts.market import Tick
from executor.brokers.broker import BrokerUnavailableError, ClockReading
from executor.feeds.clock import MarketClock, keep_time
from tests.simulation.world import World

OPENS = datetime(2013, 10, 7, 13, 30, tzinfo=UTC)
CLOSES = datetime(2013, 10, 7, 20, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def reading(at: datetime) -> ClockReading:
    is_open = OPENS <= at < CLOSES
    return ClockReading(
        at=at, is_open=is_open, next_open=OPENS + DAY if at >= OPENS else OPENS,
        next_close=CLOSES if at < CLOSES else CLOSES + DAY,
    )  # fmt: skip


class Exchange:
    """An exchange's clock, which may fall silent."""

    def __init__(self, start: datetime, speed: float = 1.0) -> None:
        self.start, self.speed = start, speed
        self.asked = 0
        self.is_silent = False

    async def ask(self) -> ClockReading:
        self.asked += 1
        if self.is_silent:
            raise BrokerUnavailableError("down")
        elapsed = timedelta(seconds=asyncio.get_running_loop().time() * self.speed)
        return reading(self.start + elapsed)


def ticks(
    world: World, exchange: Exchange, clock: MarketClock, seconds: float, change: float | None = None
) -> list[Tick]:
    told: list[Tick] = []

    async def scenario() -> None:
        keeping = asyncio.create_task(keep_time(clock, exchange.ask, told.append))
        if change is not None:
            await asyncio.sleep(change)
            exchange.is_silent = True
            await asyncio.sleep(seconds - change)
        else:
            await asyncio.sleep(seconds)
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)

    world.play(scenario)
    return told


def test_a_tick_comes_every_second_and_few_questions_are_asked(world: World):
    exchange = Exchange(OPENS)
    told = ticks(world, exchange, MarketClock(), 60)
    assert 58 <= len(told) <= 61
    assert exchange.asked <= 5
    assert all(timedelta(0) < b.at - a.at < timedelta(seconds=1.5) for a, b in pairwise(told))


def test_a_fast_market_runs_its_speed_between_the_readings(world: World):
    told = ticks(world, Exchange(OPENS, 60), MarketClock(60), 60)
    passed = told[-1].at - told[0].at
    assert abs(passed - timedelta(minutes=len(told) - 1)) < timedelta(seconds=70)


def test_it_never_runs_back_neither_after_a_restart_nor_behind_a_reading(world: World):
    floor = OPENS + timedelta(seconds=30)
    told = ticks(world, Exchange(OPENS), MarketClock(floor=floor), 60)
    assert told[0].at == floor
    assert [t.at for t in told] == sorted(t.at for t in told)
    assert told[-1].at > floor + timedelta(seconds=25)


def test_at_the_close_the_market_is_closed_at_once(world: World):
    told = ticks(world, Exchange(CLOSES - timedelta(seconds=7)), MarketClock(), 30)
    assert all(t.is_open == (t.at < CLOSES) for t in told)
    assert told[-1].next_close == CLOSES + DAY


def test_at_the_open_it_asks_before_it_calls_the_market_open(world: World):
    told = ticks(world, Exchange(OPENS - timedelta(seconds=7)), MarketClock(), 30)
    assert not told[0].is_open
    assert next(t for t in told if t.is_open).at - OPENS < timedelta(seconds=2)


def test_when_nobody_answers_for_long_market_time_stands_still(world: World):
    told = ticks(world, Exchange(OPENS), MarketClock(), 600, change=10)
    assert told[-1].at - OPENS < timedelta(seconds=60)


def test_until_the_first_answer_nothing_is_told(world: World):
    exchange = Exchange(OPENS)
    exchange.is_silent = True
    assert ticks(world, exchange, MarketClock(), 60) == []
