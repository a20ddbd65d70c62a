"""What the broker says about symbols, into the log: once a day for each that somebody names."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from contracts.market import AssetReported
from contracts.previews import PreviewAsked
from contracts.signals import Action, Signal, Source
from executor.brokers.broker import Asset
from executor.brokers.memory import START
from tests.simulation.world import World

TRIES = 6


def signal(name: str, symbol: str = "SPY") -> Signal:
    return Signal(signal_id=name, source=Source.WS, symbol=symbol, action=Action.BUY, confidence=0.9, at=START)


def test_a_symbol_is_looked_up_when_it_is_named_first(world: World):
    world.broker.assets["SPY"] = Asset(
        tradable=True, fractionable=True, shortable=False, status="active", name="SPDR S&P 500", exchange="ARCA"
    )

    async def scenario() -> None:
        async with world.executor():
            await world.add(signal("s1"))
            await world.add(signal("s2"))
            await asyncio.sleep(1)
            await world.add(signal("s3"))
            await asyncio.sleep(1)

    world.play(scenario)
    (told,) = world.told(AssetReported)
    assert told == AssetReported(
        symbol="SPY", known=True, tradable=True, fractionable=True, shortable=False, at=told.at, status="active",
        name="SPDR S&P 500", exchange="ARCA",
    )  # fmt: skip


def test_a_preview_names_a_symbol_too_and_what_the_broker_does_not_know_is_said(world: World):
    async def scenario() -> None:
        async with world.executor():
            await world.add(PreviewAsked(preview_id="p1", account="paper", signal=signal("s1", "NONE")))
            await asyncio.sleep(1)

    world.play(scenario)
    (told,) = world.told(AssetReported)
    assert told == AssetReported(
        symbol="NONE", known=False, tradable=False, fractionable=False, shortable=False, at=told.at
    )


def test_the_next_process_asks_again_on_the_next_new_york_day_only(world: World):
    days: list[timedelta] = []

    async def scenario() -> None:
        for _ in range(2):
            async with world.executor():
                await world.add(signal(f"s{len(world.log.records)}"))
                await asyncio.sleep(1)
        async with world.executor():
            await world.add(signal("s-last"))
            # From half past nine in the morning until midnight.
            await asyncio.sleep(15 * 3600)
        await asyncio.sleep(24 * 3600)
        async with world.executor():
            await world.add(signal("s-after"))
            await asyncio.sleep(10)
        days.extend(one.at - START for one in world.told(AssetReported))

    world.play(scenario)
    first, second, third = days
    assert first < timedelta(seconds=10)
    assert timedelta(hours=14.5) <= second < timedelta(hours=14.5, seconds=10)
    assert timedelta(hours=39) <= third < timedelta(hours=39, minutes=1)


def test_a_question_that_fails_is_asked_again_for_about_as_long_as_a_signal_waits(world: World):
    world.broker.fates.script["asset"] = ["down", "lost", *["down"] * TRIES]

    async def scenario() -> None:
        async with world.executor():
            await world.add(signal("s1"))
            await asyncio.sleep(180)
            assert (world.told(AssetReported), len(world.broker.fates.script["asset"])) == ([], 2)
            await world.add(signal("s2"))
            await asyncio.sleep(30)

    world.play(scenario)
    assert [(one.symbol, one.tradable) for one in world.told(AssetReported)] == [("SPY", True)]
