"""A process of the chassis as the supervisor sees it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from chassis.jetstream import Connection
from chassis.jetstream.bucket import Bucket
from chassis.permissions import PRESENCE, SNAPSHOTS

PROGRAM = """
import asyncio
from chassis.service import Service, main

async def body(service: Service) -> None:
    service.health.wait_for("breakfast")
    await asyncio.sleep(0.3)
    service.health.met("breakfast")
    if "{fate}" == "bug":
        raise ZeroDivisionError("a bug")
    await asyncio.get_running_loop().create_future()

main("risk", lambda: body, by_account=True)
"""


class Server(Protocol):
    def url(self, user: str) -> str: ...


@contextmanager
def process(folder: Path, fate: str = "", **environ: str) -> Generator[subprocess.Popen[bytes]]:
    program = folder / "program.py"
    program.write_text(PROGRAM.replace("{fate}", fate))
    with (folder / "out.log").open("wb") as out:
        started = subprocess.Popen([sys.executable, str(program)], env=environ, stdout=out, stderr=out)
        try:
            yield started
        finally:
            started.kill()
            started.wait()


def said(folder: Path) -> str:
    return (folder / "out.log").read_text()


def answer(port: int, path: str) -> tuple[int, bytes]:
    for _ in range(200):
        try:
            with urlopen(f"http://127.0.0.1:{port}{path}", timeout=2) as response:
                return response.status, response.read()
        except HTTPError as e:
            return e.code, e.read()
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"nobody answers on port {port}")


def ready(port: int) -> None:
    for _ in range(200):
        if answer(port, "/readyz")[0] == 200:
            return
        time.sleep(0.05)
    raise AssertionError("not ready")


async def test_a_process_tells_its_health_its_readiness_and_its_metrics_and_stops_when_told(
    bus: Callable[[str], Awaitable[Connection]], nats_server: Server, tmp_path: Path, free_port: int
):
    await bus("provision")
    environ = {"NATS_URL": nats_server.url("risk"), "HEALTH_PORT": str(free_port), "ACCOUNT": "growth"}
    with process(tmp_path, **environ) as started:
        health = json.loads(answer(free_port, "/healthz")[1])
        ready(free_port)
        metrics = answer(free_port, "/metrics")[1]
        started.send_signal(signal.SIGTERM)
        code = started.wait(15)

    assert (health["service"], health["status"]) == ("risk", "ok")
    assert b"interlock_log_sequence" in metrics
    assert re.search(rb'interlock_service_info{account="growth",service="risk",version="[^"]+"} 1.0', metrics)
    there = await Bucket(await bus("api-gateway"), PRESENCE).get("risk.growth")
    assert json.loads(there or b"{}")["account"] == "growth"
    assert code == 0
    events = [json.loads(line)["event"] for line in said(tmp_path).splitlines()]
    assert {json.loads(line)["account"] for line in said(tmp_path).splitlines()} == {"growth"}
    assert events[0] == "started"
    assert events[-1] == "stopped"


async def test_a_bug_ends_the_process_and_says_where(
    bus: Callable[[str], Awaitable[Connection]], nats_server: Server, tmp_path: Path
):
    await bus("provision")
    with process(tmp_path, "bug", NATS_URL=nats_server.url("risk")) as started:
        assert started.wait(20) == 1

    assert "ZeroDivisionError: a bug" in said(tmp_path)


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        pytest.param({}, "risk: missing in the environment: NATS_URL\n", id="nothing set"),
        pytest.param(
            {"NATS_URL": "nats://x", "LOG_LEVEL": "loud"},
            "risk: LOG_LEVEL was 'loud', expected one of DEBUG, INFO, WARNING, ERROR, CRITICAL\n",
            id="a level that is none",
        ),
    ],
)
def test_a_bad_environment_is_one_sentence(environ: dict[str, str], sentence: str, tmp_path: Path):
    with process(tmp_path, **environ) as started:
        assert started.wait(20) == os.EX_CONFIG

    assert said(tmp_path) == sentence


async def test_a_bucket_keeps_the_last_value_of_a_key(bus: Callable[[str], Awaitable[Connection]]):
    bucket = Bucket(await bus("risk"), SNAPSHOTS)

    assert await bucket.get("risk") is None
    await bucket.put("risk", b"one")
    await bucket.put("risk", b"two")
    assert await bucket.get("risk") == b"two"
