"""Halts of a real paper exchange, through its stream."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import requests

from contracts.market import TradingStatus
from executor.brokers.alpaca.access import Access
from executor.feeds.alpaca import AlpacaData
from executor.feeds.feed import Heard


async def test_the_exchanges_halts_are_heard_and_so_are_their_ends(exchange: str):
    key = f"halts-{uuid4()}"
    source = AlpacaData(Access(exchange, key, key), exchange, f"ws{exchange.removeprefix('http')}/v2/iex")
    heard = asyncio.Queue[Heard]()
    await source.subscribe(frozenset({"SPY"}))
    listening = asyncio.create_task(source.run(heard.put_nowait))
    async with asyncio.timeout(30):
        # A price shows that the subscription stands.
        await heard.get()
        halted = await asyncio.to_thread(_halt, exchange, key)
        assert halted == requests.codes.ok
        told = [await _status(heard) for _ in range(2)]
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    assert [(one.symbol, one.halted, one.reason) for one in told] == [
        ("SPY", True, "Trading Halt: News Pending (P)"),
        ("SPY", False, "Resume"),
    ]
    assert told[0].at < told[1].at


def _halt(exchange: str, key: str) -> int:
    """Halt a symbol for a minute of the market."""
    keys = {"APCA-API-KEY-ID": key, "APCA-API-SECRET-KEY": key}
    body = {"symbol": "SPY", "how": "60"}
    return requests.post(f"{exchange}/exchange/faults/halt", json=body, headers=keys, timeout=10).status_code


async def _status(heard: asyncio.Queue[Heard]) -> TradingStatus:
    while not isinstance(one := await heard.get(), TradingStatus):
        continue
    return one
