"""The gateway as a process of its own: it starts, configures, serves, stops, and says why it cannot start."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

import httpx

from chassis.jetstream import Connection, JetStreamLog
from contracts.control import EarningsSet, LimitsSet, ModeSet, SectorsSet, SessionsSet
from contracts.limits import Limits
from contracts.values import Mode

EXAMPLES = Path(__file__).parents[3] / "config"
KEY = "a-key-of-the-tests-0123456789"

Connect = Callable[[str], Awaitable[Connection]]


class NatsServer(Protocol):
    def url(self, user: str) -> str: ...


@contextmanager
def started(environ: dict[str, str]) -> Generator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "api_gateway"]
    with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def answering(port: int, process: subprocess.Popen[str]) -> None:
    """Wait until it says its mode."""
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {KEY}"}, timeout=20) as client:
        while process.poll() is None:
            try:
                mode = await client.get(f"http://127.0.0.1:{port}/mode")
            except httpx.ConnectError:
                await asyncio.sleep(0.05)
            else:
                assert mode.json() == {"mode": "auto"}
                return


async def test_it_configures_serves_and_stops_and_the_next_start_writes_nothing(
    bus: Connect, nats_server: NatsServer, tmp_path: Path
):
    (tmp_path / "key").write_text(KEY)
    (tmp_path / "key").chmod(0o600)
    log, port = JetStreamLog(await bus("audit")), free_port()
    environ = {
        "NATS_URL": nats_server.url("api-gateway"),
        "API_KEY_FILE": str(tmp_path / "key"),
        "API_PORT": str(port),
        "TRADE_MODE": "auto",
        "MAX_DAYS": "3",
        "SESSION_POLICY_FILE": str(EXAMPLES / "session_policies.example.yaml"),
        "EARNINGS_CALENDAR": str(EXAMPLES / "earnings.example.csv"),
        "SECTORS_FILE": str(EXAMPLES / "sectors.example.csv"),
    }
    for _ in range(2):
        with started(environ) as process:
            await answering(port, process)
            process.send_signal(signal.SIGTERM)
            _, said = await asyncio.to_thread(process.communicate)
        assert process.returncode == 0, said
        assert "Traceback" not in said
        written = [r.body async for chunk in log.read(("control.>",), 0, await log.head()) for r in chunk]
        *plans, limits, of_environment, mode_set = written
        # The calendar's days are past or near, whenever this runs.
        assert [type(plan) for plan in plans if not isinstance(plan, EarningsSet)] == [SessionsSet, SectorsSet]
        assert isinstance(limits, LimitsSet)
        assert isinstance(of_environment, LimitsSet)
        assert isinstance(mode_set, ModeSet)
        assert (limits.limits, of_environment.fields, mode_set.mode) == (Limits(), ("max_days",), Mode.AUTO)
        assert of_environment.limits == Limits(max_days=3)


def test_why_it_cannot_start_is_one_sentence(tmp_path: Path):
    limits = tmp_path / "limits.toml"
    limits.write_text("[limits]\nmin_cash = -1\n[symbols.spy]\n")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        cases = [
            ({"API_PORT": port}, "missing in the environment: API_KEY_FILE"),
            ({"API_PORT": port, "TRADING_API_KEY": KEY}, f"API_PORT {port} on 127.0.0.1 is taken"),
            ({"API_PORT": "0", "TRADING_API_KEY": KEY}, "missing in the environment: NATS_URL"),
            (
                {"TRADING_API_KEY": KEY, "LIMITS_FILE": f"{limits}x"},
                f"{limits}x: cannot be read: no such file or directory",
            ),
            (
                {"TRADING_API_KEY": KEY, "LIMITS_FILE": str(limits)},
                f"{limits}:2: [limits] min_cash was -1, expected a number from 0 to 1000000000; {limits}:3: ",
            ),
            ({"TRADING_API_KEY": KEY, "QTY_SPY": "all"}, "QTY_SPY was 'all', expected a number from 0 to 1000000"),
            (
                {"API_PORT": port, "TRADING_API_KEY": KEY, "SESSION_POLICY_FILE": "none.yaml"},
                "none.yaml: cannot be read: no such file or directory",
            ),
        ]
        with ExitStack() as stack:
            running = [stack.enter_context(started(environ)) for environ, _ in cases]
            for process, (_, says) in zip(running, cases, strict=True):
                _, said = process.communicate()
                assert (process.returncode, said.count("\n")) == (os.EX_CONFIG, 1)
                assert said.startswith(f"api-gateway: {says}")
