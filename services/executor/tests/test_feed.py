"""Prices into the log: the latest at once where a signal asks, then a few a second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from contracts.log import Fact
from contracts.market import Bar, Quote
from contracts.providers import Stream
from executor.core import Follow
from executor.feeds.feed import Feed, Questions, SourceUnavailableError, Standing
from tests.simulation.world import World

AT = datetime(2013, 10, 7, 13, 31, tzinfo=UTC)
T = TypeVar("T")


def quote(bid: float, ask: float, symbol: str = "SPY", last: float = 0.0) -> Quote:
    return Quote(symbol=symbol, bid=bid, ask=ask, at=AT, last=last)


class Tape:
    """A source that says what it is given and remembers what it was asked for."""

    def __init__(self) -> None:
        self.heard = asyncio.Queue[Quote | Bar]()
        self.wanted: list[frozenset[str]] = []
        self.asked: list[str] = []
        self.is_silent = False

    def latest(self, symbol: str) -> Quote | None:
        self.asked.append(symbol)
        if self.is_silent:
            raise SourceUnavailableError("timed out")
        return quote(1, 2, symbol) if symbol != "NONE" else None

    async def subscribe(self, symbols: frozenset[str]) -> None:
        self.wanted.append(symbols)

    def standing(self) -> Standing:
        return Standing(provider="tape", feed="", stream=Stream())

    async def run(self, on_quote: Callable[[Quote], None], on_bar: Callable[[Bar], None]) -> None:
        while True:
            heard = await self.heard.get()
            if isinstance(heard, Quote):
                on_quote(heard)
            else:
                on_bar(heard)


async def at_once(call: Callable[[], T], /) -> T:
    return call()


async def play(tape: Tape, script: Callable[[Feed], None], wanted: Callable[[], frozenset[str]]) -> list[Fact]:
    put: list[Fact] = []
    feed = Feed(tape, put.append, Questions(at_once, 0, 2), wanted)
    running = asyncio.create_task(feed.run())
    script(feed)
    await asyncio.sleep(1.1)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return put


def test_many_quotes_become_the_last_of_each_symbol(world: World):
    put: list[Fact] = []

    async def scenario() -> None:
        tape = Tape()
        for cents in range(100):
            tape.heard.put_nowait(quote(100 + cents, 101 + cents))
        tape.heard.put_nowait(quote(5, 6, "QQQ"))
        put.extend(await play(tape, lambda _: None, lambda: frozenset({"SPY", "QQQ"})))

    world.play(scenario)
    assert [fact.body for fact in put] == [quote(199, 200), quote(5, 6, "QQQ")]


def test_where_the_ask_is_missing_the_last_price_stands_in(world: World):
    bar = Bar(symbol="SPY", timeframe="1Min", open=1, high=3, low=1, close=2.5, volume=10, at=AT)
    put: list[Fact] = []

    async def scenario() -> None:
        tape = Tape()
        tape.heard.put_nowait(bar)
        tape.heard.put_nowait(quote(2, 0))
        put.extend(await play(tape, lambda _: None, lambda: frozenset({"SPY"})))

    world.play(scenario)
    assert [fact.body for fact in put] == [bar, quote(2, 0, last=2.5)]


def test_crossed_sides_are_told_as_they_are_with_the_last_price(world: World):
    bar = Bar(symbol="SPY", timeframe="1Min", open=1, high=3, low=1, close=2.5, volume=10, at=AT)
    put: list[Fact] = []

    async def scenario() -> None:
        tape = Tape()
        tape.heard.put_nowait(bar)
        tape.heard.put_nowait(quote(3, 2))
        put.extend(await play(tape, lambda _: None, lambda: frozenset({"SPY"})))

    world.play(scenario)
    assert [fact.body for fact in put] == [bar, quote(3, 2, last=2.5)]


def test_a_quote_that_says_nothing_is_not_told_and_the_source_is_asked_once(world: World):
    put: list[Fact] = []

    async def scenario() -> None:
        tape = Tape()
        loop = asyncio.get_running_loop()
        for after in (0.0, 0.3, 0.6):
            loop.call_later(after, tape.heard.put_nowait, quote(0, 0))
            loop.call_later(after, tape.heard.put_nowait, quote(0, 0, "NONE"))
        put.extend(await play(tape, lambda _: None, lambda: frozenset({"SPY", "NONE"})))
        assert sorted(tape.asked) == ["NONE", "SPY"]

    world.play(scenario)
    assert [fact.body for fact in put] == [quote(1, 2)]


def test_a_signal_brings_the_latest_price_once_as_its_effect(world: World):
    put: list[Fact] = []

    async def scenario() -> None:
        tape = Tape()

        def script(feed: Feed) -> None:
            feed.follow(Follow("SPY", 7, f"00-{'a' * 32}-{'b' * 16}-01"))
            feed.follow(Follow("SPY", 8, ""))
            feed.follow(Follow("NONE", 9, ""))

        put.extend(await play(tape, script, lambda: frozenset({"SPY"})))
        assert tape.asked == ["SPY", "NONE"]

    world.play(scenario)
    assert [(fact.body, fact.cause, fact.trace[3:35]) for fact in put] == [(quote(1, 2), 7, "a" * 32)]


def test_a_question_that_fails_is_asked_again_by_the_next_signal(world: World):
    put: list[Fact] = []

    async def scenario() -> None:
        tape = Tape()
        tape.is_silent = True
        assert await play(tape, lambda feed: feed.follow(Follow("SPY", 7, "")), frozenset) == []
        tape.is_silent = False
        put.extend(await play(tape, lambda feed: feed.follow(Follow("SPY", 8, "")), frozenset))

    world.play(scenario)
    assert [fact.cause for fact in put] == [8]


def test_what_is_wanted_is_subscribed_when_it_changes_and_only_then(world: World):
    wanted = [frozenset({"SPY"})]

    async def scenario() -> None:
        tape = Tape()
        asyncio.get_running_loop().call_later(0.6, wanted.append, frozenset({"SPY", "QQQ"}))
        await play(tape, lambda _: None, lambda: wanted[-1])
        assert tape.wanted == wanted

    world.play(scenario)
