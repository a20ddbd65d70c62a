"""What is known of a provider, in time that leaps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise
from typing import TypeVar

import pytest

from contracts.providers import Calls, Stream
from executor.feeds.feed import Questions, SourceUnavailableError
from executor.lines import CallLine, StreamLine
from executor.reconnect import StreamRefusedError, keep_connected
from tests.simulation.world import World


def test_latencies_are_those_of_the_last_hundred_answers_and_a_no_is_an_answer(world: World):
    line = CallLine()
    told: list[Calls] = []

    async def call(seconds: float, error: Exception | None = None) -> None:
        with line.timed((TimeoutError,), (ValueError,)):
            await asyncio.sleep(seconds)
            if error is not None:
                raise error

    async def scenario() -> None:
        told.append(line.told())
        await call(50)
        for _ in range(98):
            await call(0.25)
        with pytest.raises(ValueError, match="no"):
            await call(0.25, ValueError("no"))
        await call(0.25)
        with pytest.raises(TimeoutError):
            await call(5, TimeoutError("timed out"))
        await asyncio.sleep(3)
        told.append(line.told())

    world.play(scenario)
    assert told == [
        Calls(),
        Calls(
            reachable=False, calls=102, failed=1, p50_ms=250, p99_ms=250, last_answer_age=8, last_error="timed out",
            last_error_age=3,
        ),
    ]  # fmt: skip


def test_a_stream_tells_since_when_it_is_up_and_what_ended_it_before(world: World):
    line = StreamLine("a stream")
    told: list[Stream] = []

    async def scenario() -> None:
        line.up()
        line.down("closed by the server")
        await asyncio.sleep(2)
        line.up()
        await asyncio.sleep(3)
        line.heard()
        await asyncio.sleep(1)
        told.append(line.told())

    world.play(scenario)
    assert told == [
        Stream(
            name="a stream", connected_for=4, frame_age=1, connects=2, last_error="closed by the server",
            last_error_age=6,
        )
    ]  # fmt: skip


T = TypeVar("T")


async def at_once(call: Callable[[], T], /) -> T:
    return call()


Session = Callable[[Callable[[], None]], None]


def attempts(world: World, session: Session, lasting: float, until: float) -> list[float]:
    moments: list[float] = []

    async def one(up: Callable[[], None]) -> None:
        moments.append(asyncio.get_running_loop().time())
        session(up)
        await asyncio.sleep(lasting)

    async def scenario() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(until):
                await keep_connected(StreamLine("a stream"), one)

    world.play(scenario)
    return moments


def refused(_: Callable[[], None]) -> None:
    raise StreamRefusedError("406")


def taken(up: Callable[[], None]) -> None:
    up()


@pytest.mark.parametrize("session", [refused, taken], ids=["refused", "taken and dropped"])
def test_a_server_that_drops_everybody_is_not_stormed(world: World, session: Session):
    moments = attempts(world, session, lasting=0, until=3600)
    waits = [b - a for a, b in pairwise(moments)]
    assert 120 <= len(moments) <= 260
    assert all(15 <= wait <= 30 for wait in waits[6:])
    assert len({round(wait, 6) for wait in waits}) == len(waits)


def test_after_a_session_that_lasted_the_next_one_comes_soon(world: World):
    moments = attempts(world, taken, lasting=100, until=3600)
    assert all(b - a <= 101 for a, b in pairwise(moments))


def test_where_too_much_was_asked_about_prices_nobody_asks_for_as_long_as_it_was_told(world: World):
    asked: list[float] = []

    def question() -> None:
        asked.append(asyncio.get_running_loop().time())
        if len(asked) == 1:
            raise SourceUnavailableError("http 429", after=30)

    async def scenario() -> None:
        questions = Questions(at_once, 200, 2)
        with pytest.raises(SourceUnavailableError):
            await questions(question)
        await questions(question)
        assert questions.line.told().calls == 2

    world.play(scenario)
    assert asked == [0, 30]
