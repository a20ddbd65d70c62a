"""The demo's signals come from the market's bars alone."""

from __future__ import annotations

import asyncio
import json
import socket
from datetime import UTC, datetime, timedelta

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from interlock.demo_signals import bars, run
from interlock.demo_signals_rule import WINDOW, MinuteBar, Momentum, Signal

OPEN = datetime(2013, 10, 7, 13, 30, tzinfo=UTC)
CALM = (100.0, 100.1, 100.0, 100.1)


def heard(*closes: float) -> list[Signal]:
    rule = Momentum()
    made = (rule.hear(MinuteBar("SPY", close, OPEN + n * timedelta(minutes=1))) for n, close in enumerate(closes))
    return [signal for signal in made if signal]


def signal(action: str, confidence: float, minute: int) -> Signal:
    at = OPEN + minute * timedelta(minutes=1)
    return Signal(symbol="SPY", action=action, confidence=confidence, timestamp=at)


def test_a_price_that_leaves_its_mean_upwards_is_a_buy_dated_with_the_bars_end() -> None:
    assert heard(*CALM, 100.25) == [signal("BUY", 0.87, 5)]


def test_a_price_that_leaves_its_mean_downwards_is_a_sell() -> None:
    assert heard(*CALM, 99.85) == [signal("SELL", 0.87, 5)]


def test_a_price_that_stays_on_its_side_says_nothing_more() -> None:
    assert len(heard(*CALM, 100.3, 100.5, 100.7)) == 1


def test_a_crossing_by_less_than_noise_is_a_hold_of_little_confidence() -> None:
    assert heard(*CALM, 100.06) == [signal("HOLD", 0.25, 5)]


def test_before_the_window_is_full_nothing_is_said() -> None:
    assert heard(*CALM) == []
    assert len(CALM) == WINDOW


def test_a_market_that_stands_still_says_nothing() -> None:
    assert heard(*[100.0] * 20) == []
    assert [one.action for one in heard(*[100.0] * 5, 101.0)] == ["HOLD"]


def test_only_bars_are_taken_from_a_frame() -> None:
    frame = b'[{"T":"q","S":"SPY","bp":1},{"T":"b","S":"SPY","c":167.4,"t":"2013-10-07T13:30:00Z","v":9}]'
    assert bars(frame) == [MinuteBar("SPY", 167.4, OPEN)]


def test_a_stream_that_refuses_us_is_an_error() -> None:
    with pytest.raises(PermissionError, match="auth failed"):
        bars(b'[{"T":"error","code":402,"msg":"auth failed"}]')


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def test_what_the_market_does_is_told_to_every_listener() -> None:
    listening = asyncio.Event()

    async def market(socket: ServerConnection) -> None:
        said = [json.loads(await socket.recv()) for _ in range(2)]
        assert [one["action"] for one in said] == ["auth", "subscribe"]
        await listening.wait()
        for minute, close in enumerate((*CALM, 100.25)):
            at = (OPEN + minute * timedelta(minutes=1)).isoformat()
            await socket.send(json.dumps([{"T": "b", "S": "SPY", "c": close, "t": at}]))
        await socket.wait_closed()

    port = free_port()
    told: object = None
    async with serve(market, "127.0.0.1", 0) as exchange:
        place = f"ws://127.0.0.1:{next(iter(exchange.sockets)).getsockname()[1]}"
        running = asyncio.create_task(run(port, place))
        async for one in connect(f"ws://127.0.0.1:{port}"):
            assert json.loads(await one.recv()) == {"type": "welcome"}
            listening.set()
            told = json.loads(await one.recv())
            break
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert told == {
        "type": "signal", "symbol": "SPY", "action": "BUY", "confidence": 0.87,
        "timestamp": "2013-10-07T13:35:00Z", "strategy": "demo-momentum",
    }  # fmt: skip
