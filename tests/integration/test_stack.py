"""`make up` and `make down` on real processes."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from interlock.stack.postgres import unprivileged
from tests.integration.conftest import Stack, running, until

pytestmark = pytest.mark.timeout(240)


def trades(stack: Stack) -> list[object]:
    answer = stack.ask("GET", "/trades")
    return answer.json()["trades"] if answer.is_success else []


def hears_the_market(stack: Stack) -> bool:
    answer = stack.ask("GET", "/diag/providers")
    return answer.is_success and answer.json()["prices"]["stream"]["connects"] > 0


def plans(stack: Stack) -> list[object]:
    answer = stack.ask("GET", "/positions")
    return [held["plan"] for held in answer.json()["positions"] if held["plan"]] if answer.is_success else []


def test_the_demo_trades_and_going_down_leaves_no_process(stack: Stack):
    stack.start()
    stack.wait_ready()
    until("a trade", lambda: trades(stack), 60)
    until("what would happen next to a position", lambda: plans(stack), 60)
    until("the executor hears the market, though the demo listens too", lambda: hears_the_market(stack), 60)

    second = stack.run("up")
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr.startswith(f"interlock: already running in {stack.home}")

    before = stack.processes()
    assert len(before) > len(stack.pids())
    down = stack.run("down")
    assert (down.returncode, down.stdout) == (0, "stopped\n")
    assert running(before) == []
    assert stack.process is not None
    assert stack.process.wait(10) == 0
    assert list((stack.home / "run").iterdir()) == []
    assert stack.run("down").stdout == f"nothing runs in {stack.home}\n"

    other = stack.run("up", ALPACA_API_KEY="PK1")
    assert (other.returncode, other.stdout) == (1, "")
    assert "holds the log of account paper at the paper exchange" in other.stderr


def test_after_the_supervisor_was_killed_up_recovers_and_ctrl_c_leaves_no_process(stack: Stack):
    stack.start()
    stack.wait_ready()
    key, before = (stack.home / "api-key").read_text(), stack.processes()
    stack.signal(signal.SIGKILL)

    stack.start()
    stack.wait_ready()

    assert running(before) == []
    assert (stack.home / "api-key").read_text() == key
    assert stack.ask("GET", "/status").is_success

    after = stack.processes()
    assert stack.process is not None
    os.killpg(stack.process.pid, signal.SIGINT)
    assert stack.process.wait(60) == 0
    assert running(after) == []


def test_with_a_dotenv_the_mode_is_manual_and_a_killed_service_comes_back(stack: Stack):
    (stack.folder / ".env").write_text("SYMBOLS=SPY\nTRAED_MODE=auto\n")
    stack.start()
    stack.wait_ready()

    assert "TRAED_MODE in .env is unknown" in stack.output.read_text()
    assert "demo-signals" not in stack.pids()
    assert stack.ask("GET", "/mode").json()["mode"] == "manual"

    risk = stack.pids()["risk"]
    psutil.Process(risk).kill()
    until("risk runs again", lambda: stack.output.read_text().count("risk ready") == 2)
    assert stack.pids()["risk"] != risk


@pytest.mark.parametrize("variable", ["API_PORT", "EXCHANGE_PORT"])
def test_a_taken_port_is_one_sentence(stack: Stack, variable: str):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        failed = stack.run("up", **{variable: str(port)})

    assert failed.returncode == 1
    assert failed.stderr == (
        f"interlock: port {port} is taken by {psutil.Process().name()}, process {os.getpid()}: "
        f"stop that, or set {variable} to another port\n"
    )


def test_a_missing_nats_server_is_one_sentence(stack: Stack):
    bare = stack.folder / "bin"
    bare.mkdir()
    (bare / "python").symlink_to(sys.executable)
    command, environ = stack.command("up", PATH=str(bare), PYTHONPATH=os.pathsep.join(sys.path))

    failed = subprocess.run(
        [str(bare / "python"), *command[1:]], env=environ, cwd=stack.folder, capture_output=True, text=True, check=False
    )

    assert (failed.returncode, failed.stderr) == (1, "interlock: nats-server is missing: run `make install`\n")


@pytest.fixture
def nobodys_folder() -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("the other tests run as an ordinary user already")
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    os.chown(folder, 65534, 65534)
    yield folder
    shutil.rmtree(folder)


def test_an_ordinary_user_can_run_it(nobodys_folder: Path):
    stack = Stack(nobodys_folder)
    command, environ = stack.command("up", HOME=str(nobodys_folder))
    # These words also let it reach a checkout below a private folder, such as root's own.
    command = [*unprivileged(), *command]
    with stack.output.open("wb") as output:
        stack.process = subprocess.Popen(
            command, env=environ, cwd=stack.folder, stdout=output, stderr=output, start_new_session=True
        )
    try:
        stack.wait_ready()
        before = stack.processes()
        assert {process.uids().effective for process in before} == {65534}
    finally:
        stack.signal(signal.SIGTERM)
    assert running(before) == []
