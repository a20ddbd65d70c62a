"""A stack for a rehearsal: own folder, own ports, its own paper exchange, and nothing of the person's environment."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import httpx
import msgspec
from msgspec import Struct

from interlock.stack import ports
from interlock.stack.refusal import StackError
from interlock.stack.up import State

T = TypeVar("T")

SYMBOLS = ("SPY", "IBM", "BAC")
START_SECONDS, STOP_SECONDS, LOOK_SECONDS = 120.0, 60.0, 0.2
KEYS = {"APCA-API-KEY-ID": "paper", "APCA-API-SECRET-KEY": "paper"}
# A broker's keys or an address of the person's own must not reach a rehearsal.
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "LD_LIBRARY_PATH", "SYSTEMROOT")
# The gate lets as much in as the rehearsal wants; what is rehearsed is the way out.
SETTINGS = {
    "SYMBOLS": ",".join(SYMBOLS),
    "TRADING_WINDOW_START": "00:00",
    "TRADING_WINDOW_END": "23:59",
    "DUPLICATE_SECONDS": "0",
    "MAX_POSITION_PCT": "1",
    "MAX_ENTRIES_PER_SYMBOL": "1000",
    "RISK_MAX_OPEN_ORDERS": "1000",
    "MAX_ORDERS_PER_SECOND": "0",
    "REQUESTS_PER_MINUTE": "0",
    "EXCHANGE_REQUESTS_PER_MINUTE": "0",
    # Orders and cancels take their time, and fills come in parts: so does the way out.
    "EXCHANGE_LATENCY_MS": "100",
    "EXCHANGE_PARTIAL_FILL_SHARE": "0.5",
}


class Place(Struct, frozen=True):
    folder: Path
    api_url: str
    exchange_url: str

    def ask(self, method: str, path: str, body: object = None) -> bytes:
        """Ask the API; raise `StackError` where it refuses or does not answer."""
        key = (self.folder / "home" / "api-key").read_text(encoding="utf-8").strip()
        return _answer(method, self.api_url + path, body, {"Authorization": f"Bearer {key}"})

    def ask_exchange(self, method: str, path: str, body: object = None) -> bytes:
        """Ask the exchange itself, past everything that is rehearsed."""
        return _answer(method, self.exchange_url + path, body, KEYS)


def _answer(method: str, url: str, body: object, headers: dict[str, str]) -> bytes:
    try:
        answer = httpx.request(method, url, json=body, headers=headers, timeout=15, trust_env=False)
    except httpx.HTTPError as e:
        raise StackError(f"{url} did not answer: {str(e).lower() or type(e).__name__}") from e
    if not answer.is_success:
        raise StackError(f"{url} refused: {answer.text}")
    return answer.content


def until(what: str, look: Callable[[], T], seconds: float) -> T:
    """Look again and again until there is something to see."""
    end = time.monotonic() + seconds
    while not (seen := look()):
        if time.monotonic() > end:
            raise StackError(f"not within {seconds:g} s: {what}")
        time.sleep(LOOK_SECONDS)
    return seen


@contextmanager
def own(environ: dict[str, str], speed: float, **settings: str) -> Generator[Place]:
    """Start a stack and give it when it is ready; stop it afterwards, and keep its folder where something failed.

    `settings` are variables that win over those of a rehearsal.
    """
    folder = Path(tempfile.mkdtemp(prefix="interlock-drill-"))
    api, exchange = ports.free(2, ())
    told = {
        **SETTINGS, **settings, "INTERLOCK_HOME": str(folder / "home"), "API_PORT": str(api),
        "EXCHANGE_PORT": str(exchange), "EXCHANGE_SPEED": f"{speed:g}",
    }  # fmt: skip
    # With a file of its own it plays no demo, whose signals would buy on.
    (folder / ".env").write_text("")
    kept = {name: environ[name] for name in KEPT if name in environ}
    with (folder / "up.log").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "interlock", "up"], env=kept | told, cwd=folder, stdout=output, stderr=output,
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    try:
        until("everything is ready", lambda: _is_ready(process, folder), START_SECONDS)
        yield Place(folder, f"http://127.0.0.1:{api}", f"http://127.0.0.1:{exchange}")
    except StackError as e:
        raise StackError(f"{e}; what it did is in {folder}") from e
    else:
        _stop(process)
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        _stop(process)


def _is_ready(process: subprocess.Popen[bytes], folder: Path) -> bool:
    if process.poll() is not None:
        raise StackError(f"the stack did not start: {(folder / 'up.log').read_text().strip()}")
    try:
        file = folder / "home" / "run" / "stack.json"
        return msgspec.json.decode(file.read_bytes(), type=State).ready
    except (OSError, msgspec.MsgspecError):
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_SECONDS)
