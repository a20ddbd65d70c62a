"""Prices into the log: the latest at once where a signal asks, then a few a second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from msgspec import structs

from chassis.memory import MemoryLog
from contracts.log import Fact
from contracts.market import Bar, Quote, TradingStatus
from contracts.providers import Stream
from executor.core import Follow
from executor.feeds.feed import Feed, Heard, Listener, Questions, SourceUnavailableError, Standing
from tests.simulation.world import World

AT = datetime(2013, 10, 7, 13, 31, tzinfo=UTC)
T = TypeVar("T")


def quote(bid: float, ask: float, symbol: str = "SPY", last: float = 0.0) -> Quote:
    return Quote(symbol=symbol, bid=bid, ask=ask, at=AT, last=last)


class Tape:
    """A source that says what it is given and remembers what it was asked for."""

    def __init__(self) -> None:
        self.heard = asyncio.Queue[Heard]()
        self.wanted: list[frozenset[str]] = []
        self.asked: list[str] = []
        self.is_silent = False
        self.answers: dict[str, Quote] = {}

    def latest(self, symbol: str) -> Quote | None:
        self.asked.append(symbol)
        if self.is_silent:
            raise SourceUnavailableError("timed out")
        return self.answers.get(symbol, quote(1, 2, symbol)) if symbol != "NONE" else None

    async def subscribe(self, symbols: frozenset[str]) -> None:
        self.wanted.append(symbols)

    def standing(self) -> Standing:
        return Standing(provider="tape", feed="", stream=Stream())

    async def run(self, tell: Listener) -> None:
        while True:
            tell(await self.heard.get())


async def at_once(call: Callable[[], T], /) -> T:
    return call()


class Market:
    """Market time, and the log that tells what was said before."""

    def __init__(self, at: datetime = AT) -> None:
        self.at, self.log = at, MemoryLog("executor")

    def now(self) -> datetime:
        return self.at


async def play(
    tape: Tape, script: Callable[[Feed], None], wanted: Callable[[], frozenset[str]], market: Market | None = None
) -> list[Fact]:
    put: list[Fact] = []
    market = market or Market()
    feed = Feed(tape, put.append, Questions(at_once, 0, 2), wanted, market.now, market.log.last)
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


def later(seconds: float, call: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_later(seconds, call)


def asking(after: float) -> Callable[[Feed], None]:
    """Let a signal name SPY after so many seconds."""
    return lambda feed: later(after, lambda: feed.follow(Follow("SPY", 7, "")))


def spy() -> frozenset[str]:
    return frozenset({"SPY"})


def test_a_signal_has_an_old_quote_asked_for_anew_but_not_again_and_again(world: World):
    async def scenario() -> None:
        tape, market = Tape(), Market(AT + timedelta(seconds=31))
        tape.heard.put_nowait(quote(5, 6))
        tape.answers["SPY"] = fresh = structs.replace(quote(7, 8), at=market.at)

        def script(feed: Feed) -> None:
            asking(0.5)(feed)
            later(0.8, lambda: setattr(market, "at", market.at + timedelta(seconds=31)))
            asking(0.9)(feed)

        put = await play(tape, script, spy, market)
        assert (tape.asked, [fact.body for fact in put]) == (["SPY"], [quote(5, 6), fresh])

    world.play(scenario)


def test_a_signal_leaves_a_fresh_quote_of_two_sides_alone(world: World):
    async def scenario() -> None:
        tape, market = Tape(), Market(AT + timedelta(seconds=30))
        tape.heard.put_nowait(quote(5, 6))
        await play(tape, asking(0.5), spy, market)
        assert tape.asked == []

    world.play(scenario)


def test_a_side_alone_has_the_last_trade_asked_for(world: World):
    async def scenario() -> None:
        tape = Tape()
        tape.heard.put_nowait(quote(0, 6))
        tape.answers["SPY"] = quote(0, 6, last=5.9)
        put = await play(tape, asking(0.5), spy)
        assert [fact.body for fact in put] == [quote(0, 6), quote(0, 6, last=5.9)]

    world.play(scenario)


def test_an_answer_that_is_older_than_what_the_stream_told_meanwhile_is_not_told(world: World):
    async def scenario() -> None:
        tape, market = Tape(), Market(AT + timedelta(minutes=1))
        tape.heard.put_nowait(quote(5, 6))
        tape.answers["SPY"] = structs.replace(quote(7, 8), at=AT - timedelta(seconds=1))
        put = await play(tape, asking(0.5), spy, market)
        assert (tape.asked, [fact.body for fact in put]) == (["SPY"], [quote(5, 6)])

    world.play(scenario)


def bar(symbol: str = "SPY", at: datetime = AT) -> Bar:
    return Bar(symbol=symbol, timeframe="1Min", open=1, high=3, low=1, close=2.5, volume=10, at=at)


def test_a_trade_counts_for_five_minutes(world: World):
    async def scenario() -> None:
        tape = Tape()
        for symbol, seconds in (("A", 300), ("B", 301)):
            tape.heard.put_nowait(bar(symbol))
            tape.heard.put_nowait(structs.replace(quote(2, 3, symbol), at=AT + timedelta(seconds=seconds)))
        put = await play(tape, lambda _: None, lambda: frozenset({"A", "B"}))
        assert [fact.body.last for fact in put if isinstance(fact.body, Quote)] == [2.5, 0.0]

    world.play(scenario)


HALT = TradingStatus(symbol="SPY", halted=True, reason="Trading Halt: News Pending (T1)", at=AT)
END = TradingStatus(symbol="SPY", halted=False, reason="Trading Resumption", at=AT + timedelta(minutes=5))


def statuses(put: list[Fact]) -> list[TradingStatus]:
    return [fact.body for fact in put if isinstance(fact.body, TradingStatus)]


def test_a_halt_and_its_end_are_told_once_each(world: World):
    told = structs.replace(HALT, reason="Trading Halt: News Released (T2)")

    async def scenario() -> None:
        tape = Tape()
        for one in (END, HALT, HALT, told, told, bar(), END, END):
            tape.heard.put_nowait(one)
        assert statuses(await play(tape, lambda _: None, spy)) == [HALT, told, END]

    world.play(scenario)


def test_a_minute_that_began_after_a_halt_ends_it(world: World):
    async def scenario() -> None:
        tape, market = Tape(), Market(AT + timedelta(minutes=9))
        for one in (HALT, bar(at=AT), bar(at=AT + timedelta(minutes=7))):
            tape.heard.put_nowait(one)
        reason = "it traded again in the minute of 2013-10-07 13:38:00 UTC, the end of the halt was not heard"
        end = TradingStatus(symbol="SPY", halted=False, reason=reason, at=market.at)
        assert statuses(await play(tape, lambda _: None, spy, market)) == [HALT, end]

    world.play(scenario)


def test_a_halt_that_an_earlier_process_told_of_stands_until_it_ends(world: World):
    async def scenario() -> None:
        tape, market = Tape(), Market(AT + timedelta(minutes=5))
        await market.log.append([Fact(HALT)])
        later(0.5, lambda: tape.heard.put_nowait(END))
        assert statuses(await play(tape, lambda _: None, spy, market)) == [END]

    world.play(scenario)


def test_a_halt_that_lasts_is_told_again_twice_a_day(world: World):
    async def scenario() -> None:
        tape, market = Tape(), Market(AT + timedelta(hours=12))
        tape.heard.put_nowait(HALT)
        later(0.6, lambda: setattr(market, "at", market.at + timedelta(seconds=1)))
        told = statuses(await play(tape, lambda _: None, spy, market))
        assert told == [HALT, structs.replace(HALT, at=market.at)]

    world.play(scenario)
