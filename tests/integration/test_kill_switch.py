"""The kill switch on real processes: with shares and orders of strangers, and while the broker is gone."""

from __future__ import annotations

import os
import subprocess
import sys
from decimal import Decimal
from typing import Any

import msgspec
import psutil
import pytest

from interlock.drill.place import Place, own, until
from interlock.stack.process import Identity

pytestmark = pytest.mark.timeout(240)

SECONDS = 60.0
Json = dict[str, Any]


def told(place: Place, path: str) -> Json:
    return msgspec.json.decode(place.ask("GET", path))


def interlock(place: Place, *words: str) -> tuple[int, list[str]]:
    environ = {**os.environ, "INTERLOCK_HOME": str(place.folder / "home")}
    command = [sys.executable, "-m", "interlock", *words]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=150)
    return done.returncode, done.stdout.splitlines()


def buy(place: Place, symbol: str) -> None:
    place.ask("POST", "/manual-trade", {"symbol": symbol, "side": "buy", "qty": "10"})


def by_hand(place: Place, **order: str) -> None:
    place.ask_exchange(
        "POST", "/exchange/person/orders", {"qty": "7", "time_in_force": "gtc", "type": "market", **order}
    )


def held(place: Place) -> dict[str, Decimal]:
    found: list[Json] = msgspec.json.decode(place.ask_exchange("GET", "/v2/positions"))
    return {one["symbol"]: Decimal(one["qty"]) for one in found}


def crash(place: Place, program: str) -> None:
    note = (place.folder / "home" / "run" / f"{program}.json").read_bytes()
    psutil.Process(msgspec.json.decode(note, type=Identity).pid).kill()


def are_protected(place: Place, *symbols: str) -> bool:
    found: list[Json] = told(place, "/positions")["positions"]
    return sorted(one["symbol"] for one in found if one["is_covered"]) == sorted(symbols)


def test_strangers_are_left_alone_unless_they_are_meant_and_a_broker_that_comes_back_is_asked_on():
    with own(dict(os.environ), 60) as place:
        until("the market is open", lambda: told(place, "/status")["session"] == "open", SECONDS)
        buy(place, "SPY")
        until("what was bought is protected", lambda: are_protected(place, "SPY"), SECONDS)
        by_hand(place, symbol="BAC", side="buy")
        until("a person's shares are there", lambda: held(place).get("BAC") == 7, SECONDS)
        by_hand(place, symbol="BAC", side="sell", type="stop", stop_price="10")

        code, said = interlock(place, "kill", "first")
        strangers = "7 BAC: no entry of ours bought 7: they are sold with external=true only"
        assert (code, said[-2:]) == (1, ["paper is not flat:", f"  {strangers}"])
        assert held(place) == {"BAC": 7}

        crash(place, "paper-exchange")
        code, said = interlock(place, "kill", "second", "--external")
        assert code == 0, said
        assert said[-1].startswith("paper is flat: the broker says so, after ")
        assert held(place) == {}
        assert msgspec.json.decode(place.ask_exchange("GET", "/v2/orders?status=open")) == []
        assert told(place, "/status")["state"] == "HALTED"
        assert told(place, "/status")["coverage"]["now"] == []


def test_whoever_dies_in_the_middle_it_goes_on_and_ends_flat():
    with own(dict(os.environ), 60) as place:
        until("the market is open", lambda: told(place, "/status")["session"] == "open", SECONDS)
        for symbol in ("SPY", "IBM"):
            buy(place, symbol)
        until("what was bought is protected", lambda: are_protected(place, "SPY", "IBM"), SECONDS)
        asked = msgspec.json.decode(place.ask("POST", "/commands/kill-switch"), type=Json)
        for program in ("position-manager", "executor", "risk", "nats-server"):
            crash(place, program)
        (one,) = asked["commands"]
        code, said = interlock(place, "flatten", "--look", one["command_id"])
        assert (code, said[-1].startswith("paper is flat: ")) == (0, True), said
        assert held(place) == {}
