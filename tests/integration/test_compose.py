"""docker-compose.yml, built and run where a Docker engine answers."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from contracts.channels import SERVICES
from tools.compose_secrets import write

ROOT = Path(__file__).parents[2]
BUILT = (*SERVICES, "paper-exchange", "provision", "migrate")


class Stack:
    """One compose project with passwords of its own."""

    def __init__(self, folder: Path) -> None:
        self.name = f"interlock-test-{secrets.token_hex(4)}"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        write(folder / "secrets", "paper")
        self._told = {
            "INTERLOCK_SECRETS": str(folder / "secrets"), "INTERLOCK_VERSION": "test", "API_PORT": str(self.port),
            "SYMBOLS": "SPY",
        }  # fmt: skip
        self._files = ["-f", str(ROOT / "docker-compose.yml"), *self._override(folder)]
        key = next(
            line.partition("=")[2]
            for line in (folder / "secrets" / "paper" / "api-gateway").read_text().splitlines()
            if line.startswith("TRADING_API_KEY=")
        )
        self.api = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}", headers={"Authorization": f"Bearer {key}"}, timeout=10
        )

    def _override(self, folder: Path) -> list[str]:
        # An engine without its default bridge can only build in the network of its host.
        if docker("network", "ls", "--quiet", "--filter", "name=^bridge$").strip():
            return []
        file = folder / "build.json"
        file.write_bytes(msgspec.json.encode({"services": {name: {"build": {"network": "host"}} for name in BUILT}}))
        return ["-f", str(file)]

    def compose(self, *arguments: str) -> str:
        return docker(
            "compose", "-p", self.name, "--env-file", os.devnull, "--project-directory", str(ROOT),
            *self._files, *arguments, **self._told,
        )  # fmt: skip

    def until(self, path: str, met: Callable[[Any], bool]) -> Any:  # noqa: ANN401 - whatever the API's JSON is
        """Ask until the answer is as wanted; the test's own time-out ends it."""
        while True:
            answer = self.api.get(path).raise_for_status().json()
            if met(answer):
                return answer
            time.sleep(0.3)


def docker(*arguments: str, **environment: str) -> str:
    done = subprocess.run(
        ("docker", *arguments), env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(arguments)}\n{done.stdout[-3000:]}\n{done.stderr[-5000:]}"
    return done.stdout


def missing() -> str:
    if shutil.which("docker") is None:
        return "no docker client"
    for command, what in ((("compose", "version"), "no docker compose"), (("info",), "no docker engine answers")):
        if subprocess.run(("docker", *command), capture_output=True, check=False).returncode:
            return what
    return ""


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    if why := missing():
        pytest.skip(why)
    made = Stack(tmp_path)
    try:
        yield made
    finally:
        made.api.close()
        made.compose("down", "--volumes", "--timeout", "15")


@pytest.mark.timeout(900)
def test_in_containers_a_trade_is_filled_protected_told_of_and_survives_a_restart(stack: Stack):
    stack.compose("build")
    stack.compose("up", "--wait", "--wait-timeout", "240")

    stack.until("/status", lambda status: status["session"] == "open" and not status["missing"])
    made = (
        stack.api.post("/manual-trade", json={"symbol": "SPY", "action": "BUY", "qty": "2"}).raise_for_status().json()
    )
    assert made["verdict"]["kind"] == "OrderApproved"
    held = stack.until("/positions", lambda answer: any(p["is_covered"] for p in answer["positions"]))["positions"]
    assert [(p["symbol"], p["qty"], p["protection"]["covered_qty"]) for p in held] == [("SPY", "2", "2")]

    stack.compose("down", "--timeout", "15")
    stack.compose("up", "--wait", "--wait-timeout", "240")

    again = stack.until("/positions", lambda answer: answer["positions"])["positions"]
    assert [(p["symbol"], p["qty"], p["is_covered"]) for p in again] == [("SPY", "2", True)]
    trades = stack.api.get("/trades").raise_for_status().json()["trades"]
    assert [trade["fill"]["client_order_id"] for trade in trades] == [made["verdict"]["approval_id"]]
    assert stack.compose("exec", "-T", "risk", "id", "-u").strip() == "65532"
    assert "read-only" in stack.compose("exec", "-T", "risk", "sh", "-c", "touch /app/x 2>&1 || true").lower()
