"""What is known of the ways to a provider: how its calls went, and how its stream stands."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from statistics import quantiles
from typing import TypeAlias

from contracts.providers import Calls, Stream
from executor.metrics import STREAM_UP

Errors: TypeAlias = tuple[type[Exception], ...]

REMEMBERED = 100
"""Answers whose latency is told."""

MILLISECONDS = 1000


class Trouble:
    """The last error, and when it was."""

    def __init__(self) -> None:
        self.text, self._at = "", 0.0

    def note(self, text: str) -> None:
        self.text, self._at = text, _now()

    @property
    def age(self) -> float | None:
        return _age(self._at) if self.text else None


class CallLine:
    def __init__(self) -> None:
        self._seconds = deque[float](maxlen=REMEMBERED)
        self._trouble = Trouble()
        self._calls = self._failed = 0
        self._answered: float | None = None
        self._reachable: bool | None = None

    @contextmanager
    def timed(self, silent: Errors, refused: Errors = ()) -> Generator[None]:
        """Take the time of one call; one that raises `silent` had no answer, one that raises `refused` had a no."""
        begun, self._calls = _now(), self._calls + 1
        try:
            yield
        except silent as e:
            self._failed, self._reachable = self._failed + 1, False
            self._trouble.note(str(e))
            raise
        except refused:
            self._note(begun)
            raise
        else:
            self._note(begun)

    def _note(self, begun: float) -> None:
        self._answered, self._reachable = _now(), True
        self._seconds.append(self._answered - begun)

    def told(self) -> Calls:
        cuts = quantiles(self._seconds, n=100, method="inclusive") if len(self._seconds) > 1 else [*self._seconds] * 99
        return Calls(
            reachable=self._reachable, calls=self._calls, failed=self._failed,
            p50_ms=_ms(cuts[49]) if cuts else None, p99_ms=_ms(cuts[98]) if cuts else None,
            last_answer_age=None if self._answered is None else _age(self._answered),
            last_error=self._trouble.text, last_error_age=self._trouble.age,
        )  # fmt: skip


class StreamLine:
    def __init__(self, name: str) -> None:
        self.name = name
        self._trouble = Trouble()
        self._since: float | None = None
        self._heard: float | None = None
        self._connects = 0

    @property
    def lasted(self) -> float:
        return 0.0 if self._since is None else _age(self._since)

    def up(self) -> None:
        self._since, self._connects = _now(), self._connects + 1
        STREAM_UP.labels(self.name).set(1)

    def heard(self) -> None:
        self._heard = _now()

    def down(self, reason: str) -> None:
        self._since = None
        self._trouble.note(reason)
        STREAM_UP.labels(self.name).set(0)

    def told(self) -> Stream:
        return Stream(
            name=self.name, connected_for=None if self._since is None else _age(self._since),
            frame_age=None if self._heard is None else _age(self._heard), connects=self._connects,
            last_error=self._trouble.text, last_error_age=self._trouble.age,
        )  # fmt: skip


def _now() -> float:
    return asyncio.get_running_loop().time()


def _age(at: float) -> float:
    return round(_now() - at, 3)


def _ms(seconds: float) -> float:
    return round(seconds * MILLISECONDS, 3)
