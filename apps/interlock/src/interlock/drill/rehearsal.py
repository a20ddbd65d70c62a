"""The rehearsal: positions, entries on their way, the kill switch, and what the exchange itself has left."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import msgspec
from msgspec import Struct

from interlock.commands.leaving import Progress
from interlock.drill.place import LOOK_SECONDS, SYMBOLS, Place, until

OPEN_SECONDS, BUY_SECONDS = 120.0, 90.0
SHARES = "10"

Say = Callable[[str], None]


class Waited(Struct, frozen=True):
    """How long a share of a fill had no order at the exchange that protects or sells it, in market seconds."""

    fills: int
    p50: float | None
    p99: float | None
    most: float | None


class _Status(Struct):
    session: str
    coverage: Waited


class _Position(Struct):
    symbol: str
    qty: Decimal
    is_covered: bool


class _Positions(Struct):
    positions: list[_Position]


class _Asked(Struct):
    command_id: str
    time: datetime


class _Commanded(Struct):
    commands: list[_Asked]


class _Held(Struct):
    symbol: str
    qty: Decimal


class _Order(Struct):
    symbol: str
    client_order_id: str


class Step(Struct, frozen=True):
    """`after` the kill switch, in seconds."""

    after: float
    text: str


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of it. `told` is how long it took by the log, `left` what the exchange has, asked past everything.

    `waited` is what `interlock status` tells of the same time: how long shares stood without protection.
    """

    flat: bool
    told: float
    positions: int
    steps: tuple[Step, ...]
    left: tuple[str, ...]
    waited: Waited

    @property
    def passed(self) -> bool:
        return self.flat and not self.left


def rehearse(place: Place, faults: str, within: float, say: Say) -> Outcome:
    """Buy, let everything be protected, let things go wrong, buy more, kill, and look."""
    until("the market is open", lambda: _is_open(place), OPEN_SECONDS)
    for symbol in SYMBOLS:
        _buy(place, symbol)
    held = until("every position is protected", lambda: _protected(place), BUY_SECONDS)
    say(f"{len(held)} positions, each with its stop and its target at the exchange")
    if faults:
        place.ask_exchange("PUT", "/exchange/faults", {"faults": faults})
        say(f"from here on things go wrong: {faults}")
    for symbol in SYMBOLS:
        _buy(place, symbol)
    asked = msgspec.json.decode(place.ask("POST", "/commands/kill-switch", {"why": "a drill"}), type=_Commanded)
    say("the kill switch, with more entries on their way")
    last = followed(place, asked.commands[0].command_id, within, say)
    steps = tuple(Step(round((s.time - last.time).total_seconds(), 3), s.text) for s in last.steps)
    remains = left(place)
    return Outcome(
        flat=last.flat,
        told=last.seconds,
        positions=len(held),
        steps=steps,
        left=remains,
        waited=_status(place).coverage,
    )


def _status(place: Place) -> _Status:
    return msgspec.json.decode(place.ask("GET", "/status"), type=_Status)


def _is_open(place: Place) -> bool:
    return _status(place).session == "open"


def _buy(place: Place, symbol: str) -> None:
    place.ask("POST", "/manual-trade", {"symbol": symbol, "side": "buy", "qty": SHARES, "why": "a drill"})


def _protected(place: Place) -> list[_Position]:
    found = msgspec.json.decode(place.ask("GET", "/positions"), type=_Positions).positions
    return found if len(found) == len(SYMBOLS) and all(one.is_covered for one in found) else []


def followed(place: Place, name: str, within: float, say: Say) -> Progress:
    """Watch a command until it is done, and tell each step."""
    end, shown = time.monotonic() + within, 0
    while True:
        one = msgspec.json.decode(place.ask("GET", f"/commands/{name}"), type=Progress)
        for step in one.steps[shown:]:
            say(f"  {(step.time - one.time).total_seconds():7.2f} s  {step.text}")
        shown = len(one.steps)
        if one.done or time.monotonic() > end:
            return one
        time.sleep(LOOK_SECONDS)


def left(place: Place) -> tuple[str, ...]:
    """Ask the exchange itself, past all services and without faults, what it has of positions and open orders."""
    # What went wrong on purpose must not stand in the way of this look.
    place.ask_exchange("DELETE", "/exchange/faults")
    held = msgspec.json.decode(place.ask_exchange("GET", "/v2/positions"), type=list[_Held])
    orders = msgspec.json.decode(place.ask_exchange("GET", "/v2/orders?status=open&limit=500"), type=list[_Order])
    return (*(f"{one.qty:f} {one.symbol}" for one in held), *(f"an order for {one.symbol}" for one in orders))
