"""What the stack runs: programs to keep alive, and tasks to run once."""

from __future__ import annotations

import signal
from collections.abc import Mapping

from msgspec import Struct


class Program(Struct, frozen=True, kw_only=True):
    """A process to keep alive.

    `ready`: a URL that answers 200 when it is, `tcp://host:port` or `postgresql://host:port`.
    `leashed`: its command itself sees to it that it dies with us.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    ready: str
    stop: signal.Signals = signal.SIGTERM
    leashed: bool = False


class Task(Struct, frozen=True, kw_only=True):
    """A process that must end well before the next stage begins; safe to repeat."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    stop: signal.Signals = signal.SIGTERM
    leashed: bool = False


class Stage(Struct, frozen=True, kw_only=True):
    """Programs that start side by side; when they are ready, the tasks run."""

    programs: tuple[Program, ...]
    tasks: tuple[Task, ...] = ()
