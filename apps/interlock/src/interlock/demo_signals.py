"""A WebSocket signal server for the demo: it listens to the paper exchange's market and tells what it makes of it."""

from __future__ import annotations

import asyncio
import sys

import msgspec
import uvloop
from msgspec import Struct
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import WebSocketException

from chassis.service import until_stopped
from chassis.settings import SettingsError, load
from chassis.telemetry import logger, set_up
from interlock.demo_signals_rule import MinuteBar, Momentum, Signal

RETRY_SECONDS = 1.0
WELCOME = b'{"type":"welcome"}'
# An account has one connection to the stream, and that of `paper` is the executor's.
AUTH = b'{"action":"auth","key":"demo-signals","secret":"demo-signals"}'
SUBSCRIBE = b'{"action":"subscribe","bars":["*"]}'


class Settings(Struct, frozen=True, kw_only=True):
    demo_signals_port: int
    exchange_port: int = 8090
    log_level: str = "INFO"


class Said(Struct, frozen=True):
    """One message of the market's stream, as far as it concerns us."""

    T: str
    S: str = ""
    c: object = None
    t: object = None
    msg: str = ""


_decode = msgspec.json.Decoder(list[Said]).decode


def bars(frame: bytes) -> list[MinuteBar]:
    """Pick the bars out of a frame of the stream; raise `PermissionError` where it refuses us."""
    said = _decode(frame)
    if refused := [one.msg for one in said if one.T == "error"]:
        raise PermissionError(f"the market's stream refused: {refused[0]}")
    return [msgspec.convert({"S": one.S, "c": one.c, "t": one.t}, MinuteBar) for one in said if one.T == "b"]


class Crier:
    """Tells every listener the same."""

    def __init__(self) -> None:
        self._listeners: set[ServerConnection] = set()

    async def serve(self, listener: ServerConnection) -> None:
        await listener.send(WELCOME, text=True)
        self._listeners.add(listener)
        try:
            await listener.wait_closed()
        finally:
            self._listeners.discard(listener)

    def tell(self, signal: Signal) -> None:
        broadcast(self._listeners, msgspec.json.encode(signal).decode())
        logger("demo").info(
            "signal", symbol=signal.symbol, action=signal.action, confidence=signal.confidence,
            listeners=len(self._listeners),
        )  # fmt: skip


async def listen(url: str, crier: Crier) -> None:
    """Follow the market for ever, coming back after each lost connection."""
    rule = Momentum()
    while True:
        try:
            await _listen_once(url, rule, crier)
        except (OSError, TimeoutError, WebSocketException) as e:
            logger("demo").warning("not connected to the market", url=url, error=str(e))
        await asyncio.sleep(RETRY_SECONDS)


async def _listen_once(url: str, rule: Momentum, crier: Crier) -> None:
    async with connect(url, proxy=None) as market:
        await market.send(AUTH, text=True)
        await market.send(SUBSCRIBE, text=True)
        while True:
            for bar in bars(await market.recv(decode=False)):
                if signal := rule.hear(bar):
                    crier.tell(signal)


async def run(port: int, market: str) -> None:
    crier = Crier()
    async with serve(crier.serve, "127.0.0.1", port):
        await listen(market, crier)


def main() -> int:
    try:
        settings = load(Settings)
    except SettingsError as e:
        print(f"demo-signals: {e}", file=sys.stderr)  # noqa: T201 - before there is a logger
        return 1
    set_up("demo-signals", "", settings.log_level, "paper", export=False)
    market = f"ws://127.0.0.1:{settings.exchange_port}/v2/iex"
    uvloop.run(until_stopped(run(settings.demo_signals_port, market)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
