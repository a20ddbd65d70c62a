"""Keeps programs alive: starts them stage by stage, starts again what dies, stops all in reverse."""

from __future__ import annotations

import asyncio
import os
import time
from asyncio.subprocess import Process
from collections.abc import Callable

import httpx

from interlock.stack.home import Home
from interlock.stack.process import last_lines, log_file, log_size, spawn, stop
from interlock.stack.program import Program, Stage, Task
from interlock.stack.ready import why_not
from interlock.stack.refusal import StackError

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
STEADY_SECONDS = 30.0
DEATHS_BEFORE_READY = 5
ASK_EVERY = 0.1
REMIND_EVERY = 10.0

Say = Callable[[str], None]


class Child:
    """A program and the process that it is at the moment; before `since`, its log tells of earlier runs."""

    def __init__(self, program: Program, since: int) -> None:
        self.program, self.since = program, since
        self.process: Process | None = None
        self.ready = asyncio.Event()


class Supervisor:
    """Runs stages until it is cancelled or one of them cannot start; whatever happens, no child outlives it."""

    def __init__(self, home: Home, say: Say) -> None:
        self._home, self._say = home, say
        self._stages: list[list[Child]] = []

    async def run(self, stages: tuple[Stage, ...], when_ready: Callable[[], None]) -> None:
        """Raise `StackError` when something dies again and again before it was ever ready."""
        try:
            async with httpx.AsyncClient(trust_env=False) as client, asyncio.TaskGroup() as group:
                for stage in stages:
                    await self._start(stage, client, group)
                when_ready()
                await asyncio.Event().wait()
        except* StackError as failed:
            raise StackError(str(failed.exceptions[0])) from None
        finally:
            await self._stop()

    async def _start(self, stage: Stage, client: httpx.AsyncClient, group: asyncio.TaskGroup) -> None:
        children = [Child(program, log_size(self._home, program.name)) for program in stage.programs]
        self._stages.append(children)
        for child in children:
            group.create_task(self._keep(child, client))
        await asyncio.gather(*(child.ready.wait() for child in children))
        for task in stage.tasks:
            await self._perform(task)

    async def _perform(self, task: Task) -> None:
        since = log_size(self._home, task.name)
        process = await spawn(self._home, task)
        try:
            code = await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
            (self._home.run / f"{task.name}.json").unlink(missing_ok=True)
        if code != 0:
            raise StackError(f"{task.name} failed:\n{last_lines(self._home, task.name, since)}")
        self._say(f"{task.name} done")

    async def _keep(self, child: Child, client: httpx.AsyncClient) -> None:
        deaths, pause = 0, FIRST_PAUSE
        while True:
            began = time.monotonic()
            end = await self._live(child, client)
            deaths += not child.ready.is_set()
            if deaths and child.process is not None and child.process.returncode == os.EX_CONFIG:
                lines = last_lines(self._home, child.program.name, child.since)
                raise StackError(f"{child.program.name} refuses its settings:\n{lines}")
            if deaths >= DEATHS_BEFORE_READY:
                raise StackError(self._obituary(child, end))
            pause = FIRST_PAUSE if time.monotonic() - began > STEADY_SECONDS else pause
            self._say(f"{child.program.name} {end}, starting it again in {pause:.1f} s")
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _live(self, child: Child, client: httpx.AsyncClient) -> str:
        """Run it once and say how that ended."""
        try:
            child.process = await spawn(self._home, child.program)
        except OSError as e:
            # A disk that is full for a while must not end what runs on.
            return f"cannot be started ({(e.strerror or 'unknown').lower()})"
        watch = asyncio.create_task(self._await_ready(child, client))
        try:
            code = await child.process.wait()
        finally:
            watch.cancel()
        return f"ended ({f'signal {-code}' if code < 0 else f'exit code {code}'})"

    async def _await_ready(self, child: Child, client: httpx.AsyncClient) -> None:
        name, asked = child.program.name, time.monotonic()
        while reason := await why_not(client, child.program.ready):
            if time.monotonic() - asked > REMIND_EVERY:
                self._say(f"{name} still waits for {reason}")
                asked = time.monotonic()
            await asyncio.sleep(ASK_EVERY)
        child.ready.set()
        self._say(f"{name} ready")

    def _obituary(self, child: Child, end: str) -> str:
        name = child.program.name
        log, lines = log_file(self._home, name), last_lines(self._home, name, child.since)
        return f"{name} {end} {DEATHS_BEFORE_READY} times before it was ready; {log} ends with:\n{lines}"

    async def _stop(self) -> None:
        for children in reversed(self._stages):
            await asyncio.gather(*(self._stop_one(child) for child in children))
        self._stages.clear()

    async def _stop_one(self, child: Child) -> None:
        name, process = child.program.name, child.process
        if process is None or process.returncode is not None:
            return
        forced = await stop(process, child.program.stop)
        self._say(f"{name} killed, it did not end by itself" if forced else f"{name} stopped")
        (self._home.run / f"{name}.json").unlink(missing_ok=True)
