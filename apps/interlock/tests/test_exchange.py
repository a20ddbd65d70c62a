"""`interlock exchange`: the first screen, a bot at its addresses, a restart, and what is said of mistakes."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from interlock.cli import main

BARS = "timestamp,symbol,open,high,low,close,volume\n" + "".join(
    f"2013-10-07T{hour:02d}:{minute:02d}:00Z,BOT,10,11,9,10,100\n" for hour in range(8, 24) for minute in range(60)
)
ORDER = {"symbol": "BOT", "qty": "1", "side": "buy", "type": "limit", "time_in_force": "gtc", "limit_price": "5"}
DEMO = {"APCA-API-KEY-ID": "demo", "APCA-API-SECRET-KEY": "demo"}


@pytest.fixture
def bars(tmp_path: Path) -> Path:
    file = tmp_path / "bars.csv"
    file.write_text(BARS)
    return file


@contextmanager
def running(folder: Path, *options: str) -> Generator[tuple[str, httpx.Client]]:
    """Start it as people do; give its first screen and a client for it."""
    command = [sys.executable, "-m", "interlock", "exchange", "--port", "0", "--state", str(folder / "state"), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder)
    assert process.stdout
    lines = iter(process.stdout.readline, "")
    try:
        screen = ""
        for line in lines:
            screen += line
            if "Ctrl-C" in line:
                break
        found = re.search(r"trading +(http://\S+)", screen)
        assert found, screen
        with httpx.Client(base_url=found[1], headers=DEMO) as client:
            while not client.get("/readyz").is_success:
                time.sleep(0.05)
            yield screen, client
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert "the same command goes on from" in process.stdout.read()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_the_first_screen_says_what_to_set_in_a_bot(tmp_path: Path, bars: Path):
    with running(tmp_path, "--bars", str(bars), "--faults", "seed=7,slow=0.5@0.01") as (screen, client):
        place = f"{client.base_url.host}:{client.base_url.port}"
        for said in (
            "any name twice",
            f"http://{place} ",
            f"ws://{place}/stream\n",
            f"ws://{place}/v2/iex\n",
            "1 recorded days of BOT; extended hours, 60x",
            "seed=7,slow=0.5@0.01",
            "state: delete it to begin anew",
        ):
            assert said in screen
        assert client.get("/v2/account").json()["cash"] == "100000"


def test_orders_are_there_after_a_restart(tmp_path: Path, bars: Path):
    options = ("--bars", str(bars), "--accounts", "key:secret:mine", "--hours", "regular")
    keys = {"APCA-API-KEY-ID": "key", "APCA-API-SECRET-KEY": "secret"}
    with running(tmp_path, *options) as (screen, client):
        assert "as in --accounts" in screen
        assert client.get("/v2/account").status_code == 401
        placed = client.post("/v2/orders", json=ORDER, headers=keys).json()["id"]
        before = client.get("/v2/clock", headers=keys).json()["timestamp"]
    with running(tmp_path, *options) as (_, client):
        assert [one["id"] for one in client.get("/v2/orders", headers=keys).json()] == [placed]
        assert client.get("/v2/clock", headers=keys).json()["timestamp"] >= before


def said(*options: str) -> str:
    """What a start that fails says."""
    result = CliRunner().invoke(main, ["exchange", *options])
    assert result.exit_code != 0
    return result.output or str(result.exception)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--speed", "0"), "'--speed': 0.0 is not in the range 0<x<=1000000000.0"),
        (("--hours", "always"), "'always' is not one of 'regular', 'extended'"),
        (("--partial-fill-share", "2"), "2.0 is not in the range 0<=x<=1"),
        (("--faults", "earthquake=1"), "interlock: there is no fault 'earthquake', expected one of"),
        (("--bars", "nowhere.csv"), "'--bars': File 'nowhere.csv' does not exist"),
        (("--accounts", "key"), "interlock: EXCHANGE_ACCOUNTS was key…, expected key:secret:account"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(tmp_path: Path, options: tuple[str, ...], expected: str):
    assert expected in said("--port", "0", "--state", str(tmp_path), *options)


def test_a_row_that_is_no_bar_is_told_with_its_line(tmp_path: Path, bars: Path):
    bars.write_text(BARS + "2013-10-08T13:30:00Z,BOT,1,2,3,4,5\n")
    told = said("--port", "0", "--state", str(tmp_path), "--bars", str(bars))
    assert told.startswith("interlock: line 962 of the bars: open 1 and close 4 were expected between low 3 and high 2")


def test_a_port_that_is_taken_is_told(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"interlock: port {port} is taken" in said("--port", port, "--state", str(tmp_path))
