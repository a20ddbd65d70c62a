"""Entries one after the other in many symbols, of which some are sold by signals, some stopped, some kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

import httpx
from msgspec import Struct, json

from interlock.drill.place import KEYS, Place
from interlock.stack.process import Identity

SYMBOLS = tuple(f"Q{letter}{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTU")
PRICE, STOP, BELOW = 100, 99, 98.9
SHARES = "10"
ROUND_OF_EXITS = 3
"""Each so many rounds over the symbols leave instead of enter."""
TRADES_PER_SECOND = 10
"""Of all symbols together: where a fill came in part, its rest waits for the next one."""

Say = Callable[[str], None]


class Load(Struct, frozen=True, kw_only=True):
    """`entries` are sent, so many steps a second; `kills` are ended with SIGKILL in the middle, one after the other."""

    entries: int
    per_second: float = 6.0
    faults: str = ""
    kills: tuple[str, ...] = ()


class Sent(Struct):
    entries: int = 0
    sales: int = 0
    stops: int = 0


def bars(file: Path) -> None:
    """Write a market that stands nearly still: what moves is moved by the bench."""
    with file.open("w", encoding="utf-8") as out:
        out.write("timestamp,symbol,open,high,low,close,volume\n")
        for minute in range(30):
            for symbol in SYMBOLS:
                out.write(
                    f"2013-10-07T13:{30 + minute}:00Z,{symbol},{PRICE},{PRICE}.05,{PRICE - 1}.95,{PRICE},1000000\n"
                )


@contextmanager
def trading(place: Place) -> Generator[None]:
    """Let others trade, in turn in all symbols, as long as it lasts."""
    ended = threading.Event()

    def trade() -> None:
        with httpx.Client(base_url=place.exchange_url, headers=KEYS, timeout=30, trust_env=False) as exchange:
            for symbol in cycle(SYMBOLS):
                if ended.wait(1 / TRADES_PER_SECOND):
                    return
                exchange.post("/exchange/simulate", params={"symbol": symbol, "price": PRICE})

    thread = threading.Thread(target=trade)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


class Trader:
    """Sends to the real API as a person's program would."""

    def __init__(self, place: Place, load: Load, say: Say) -> None:
        self._place, self._load, self._say = place, load, say
        self.sent = Sent()
        key = (place.folder / "home" / "api-key").read_text(encoding="utf-8").strip()
        self._api = httpx.Client(
            base_url=place.api_url, headers={"Authorization": f"Bearer {key}"}, timeout=30, trust_env=False
        )
        self._exchange = httpx.Client(base_url=place.exchange_url, headers=KEYS, timeout=30, trust_env=False)

    def trade(self) -> Sent:
        """Send everything at its pace; a process that is killed meanwhile is started again by its supervisor."""
        begun, kills = time.monotonic(), list(self._load.kills)
        for number in range(10**6):
            if self.sent.entries >= self._load.entries:
                return self.sent
            time.sleep(max(0.0, begun + number / self._load.per_second - time.monotonic()))
            self._step(*divmod(number, len(SYMBOLS)))
            if number % 60 == 59:
                self._say(f"  {self.sent.entries} entries, {self.sent.sales} sales, {self.sent.stops} falls sent")
            if kills and self.sent.entries >= self._load.entries * (1 - len(kills) / (len(self._load.kills) + 1)):
                self._kill(kills.pop(0))
        return self.sent

    def _step(self, round_: int, index: int) -> None:
        symbol, fate = SYMBOLS[index], index % 3
        leaves = round_ % ROUND_OF_EXITS == ROUND_OF_EXITS - 1
        if leaves and fate == 1:
            self._signal(symbol, "SELL", {})
            self.sent.sales += 1
        elif leaves and fate == 2:
            self._exchange.post("/exchange/simulate", params={"symbol": symbol, "price": BELOW})
            self.sent.stops += 1
        else:
            self._signal(symbol, "BUY", {"qty": SHARES, "stop_loss": str(STOP)})
            self.sent.entries += 1

    def _signal(self, symbol: str, action: str, more: dict[str, str]) -> None:
        body = {"symbol": symbol, "action": action, "confidence": 1.0, **more}
        self._api.post("/signals", json=body).raise_for_status()

    def _kill(self, name: str) -> None:
        file = self._place.folder / "home" / "run" / f"{name}.json"
        process = json.decode(file.read_bytes(), type=Identity).alive()
        if process is not None:
            process.kill()
            self._say(f"  {name} killed (SIGKILL)")

    def stop(self) -> None:
        self._api.close()
        self._exchange.close()
