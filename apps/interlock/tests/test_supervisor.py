from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import psutil
import pytest

from interlock.stack import leftovers
from interlock.stack.home import Home, prepare
from interlock.stack.ports import free
from interlock.stack.process import Identity, identify, log_file, rotate
from interlock.stack.program import Program, Stage, Task
from interlock.stack.refusal import StackError
from interlock.stack.supervisor import Supervisor

LISTEN = "import socket, sys, time; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); time.sleep(600)"


def made(folder: Path) -> Home:
    home = Home(folder / "home")
    prepare(home)
    return home


def python(name: str, code: str, port: int) -> Program:
    return Program(
        name=name,
        command=(sys.executable, "-c", code, str(port)),
        environment=dict(os.environ),
        ready=f"tcp://127.0.0.1:{port}",
    )


def note(home: Home, name: str) -> Identity:
    return msgspec.json.decode((home.run / f"{name}.json").read_bytes(), type=Identity)


@asynccontextmanager
async def running(home: Home, said: list[str], *stages: Stage) -> AsyncGenerator[None]:
    ready = asyncio.Event()
    work = asyncio.create_task(Supervisor(home, said.append).run(stages, ready.set))
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait((work, waiting), return_when=asyncio.FIRST_COMPLETED)
    try:
        yield
    finally:
        waiting.cancel()
        work.cancel()
        await asyncio.wait((work,))


async def test_stages_start_in_order_with_their_tasks_and_stop_in_reverse(tmp_path: Path):
    home, said = made(tmp_path), list[str]()
    one, two = free(2, ())
    task = Task(name="task", command=(sys.executable, "-c", "print('did')"), environment=dict(os.environ))

    stages = (
        Stage(programs=(python("one", LISTEN, one),), tasks=(task,)),
        Stage(programs=(python("two", LISTEN, two),)),
    )
    async with running(home, said, *stages):
        pids = [note(home, name).pid for name in ("one", "two")]
        assert all(map(psutil.pid_exists, pids))

    assert said == ["one ready", "task done", "two ready", "two stopped", "one stopped"]
    assert (home.logs / "task.log").read_text() == "did\n"
    assert not any(map(psutil.pid_exists, pids))
    assert list(home.run.iterdir()) == []


async def test_what_is_killed_is_started_again(tmp_path: Path):
    home, said = made(tmp_path), list[str]()

    async with running(home, said, Stage(programs=(python("one", LISTEN, free(1, ())[0]),))):
        first = note(home, "one").pid
        os.kill(first, signal.SIGKILL)
        while said.count("one ready") < 2:
            await asyncio.sleep(0.02)
        assert note(home, "one").pid != first

    assert said[1] == "one ended (signal 9), starting it again in 0.2 s"


async def test_what_dies_five_times_before_it_is_ready_fails_the_start_with_the_end_of_its_log(tmp_path: Path):
    home, said = made(tmp_path), list[str]()
    neighbour = python("neighbour", LISTEN, free(1, ())[0])
    broken = python("broken", "import sys; sys.exit('the key is wrong')", free(1, ())[0])

    with pytest.raises(StackError, match=r"broken ended \(exit code 1\) 5 times before it was ready") as failed:
        await Supervisor(home, said.append).run((Stage(programs=(neighbour, broken)),), lambda: said.append("never"))

    assert str(failed.value).endswith("    the key is wrong")
    assert said[-1] == "neighbour stopped"
    assert "never" not in said


async def test_what_refuses_its_settings_fails_the_start_at_once_and_earlier_runs_are_not_told_of(tmp_path: Path):
    home, said = made(tmp_path), list[str]()
    log_file(home, "broken").write_text("the port was wrong\n")
    refuses = "import os, sys; sys.stderr.write('the key is wrong'); sys.exit(os.EX_CONFIG)"
    broken = python("broken", refuses, free(1, ())[0])

    with pytest.raises(StackError, match=r"^broken refuses its settings:\n    the key is wrong$"):
        await Supervisor(home, said.append).run((Stage(programs=(broken,)),), lambda: said.append("never"))

    assert said == []


async def test_every_mistake_of_refused_settings_is_shown_however_many_there_are(tmp_path: Path):
    home = made(tmp_path)
    refuses = "import os, sys; sys.stderr.write('a number was wrong; ' * 50 + 'and the last'); sys.exit(os.EX_CONFIG)"

    with pytest.raises(StackError, match=r"and the last$"):
        await Supervisor(home, print).run((Stage(programs=(python("broken", refuses, free(1, ())[0]),)),), print)


async def test_a_task_that_fails_fails_the_start(tmp_path: Path):
    task = Task(name="migrate", command=(sys.executable, "-c", "import sys; sys.exit('no such table')"), environment={})

    with pytest.raises(StackError, match=r"migrate failed:\n    no such table"):
        await Supervisor(made(tmp_path), print).run((Stage(programs=(), tasks=(task,)),), lambda: None)


async def test_a_missing_binary_is_one_sentence(tmp_path: Path):
    gone = Program(name="bus", command=("/nowhere/nats-server",), environment={}, ready="tcp://127.0.0.1:1")

    with pytest.raises(StackError, match="bus cannot be started: /nowhere/nats-server is missing"):
        await Supervisor(made(tmp_path), print).run((Stage(programs=(gone,)),), lambda: None)


def test_what_a_killed_supervisor_left_is_ended_and_nothing_else(tmp_path: Path):
    home = made(tmp_path)
    left, other = [subprocess.Popen([sys.executable, "-c", LISTEN, str(port)]) for port in free(2, ())]
    mine, theirs = identify("left", left.pid), identify("other", other.pid)
    assert mine is not None
    assert theirs is not None
    # The number is the same, the start is not: another process has got it since.
    reused = msgspec.structs.replace(theirs, started=theirs.started - 60)
    for identity in (mine, reused, Identity("gone", 2**22 + 1, 1.0)):
        (home.run / f"{identity.name}.json").write_bytes(msgspec.json.encode(identity))
    (home.run / "torn.json").write_text('{"name": "to')

    ended = leftovers.clear(home)

    assert ended == ["left"]
    assert left.poll() is not None
    assert other.poll() is None
    assert list(home.run.iterdir()) == []
    other.kill()
    other.wait()


def test_a_large_log_is_put_aside_at_the_start(tmp_path: Path):
    home = made(tmp_path)
    (home.logs / "large.log").write_bytes(b"x" * 10_000_001)
    (home.logs / "small.log").write_bytes(b"x")

    rotate(home)

    assert sorted(file.name for file in home.logs.iterdir()) == ["large.log.1", "small.log"]


async def test_a_child_that_cannot_be_written_down_is_ended_and_tried_again(tmp_path: Path):
    home, said = made(tmp_path), list[str]()
    (port,) = free(1, ())
    (home.run / "one.json.part").mkdir()

    with pytest.raises(StackError, match=r"one cannot be started \(is a directory\) 5 times before it was ready"):
        await Supervisor(home, said.append).run((Stage(programs=(python("one", LISTEN, port),)),), lambda: None)

    assert [p.info["pid"] for p in psutil.process_iter(["cmdline"]) if str(port) in (p.info["cmdline"] or [])] == []
