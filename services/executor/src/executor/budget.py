"""Who may ask the broker next: one request budget for the account, exits first."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from enum import IntEnum

from contracts.providers import Budget as Told
from executor.brokers.broker import Allowance
from executor.metrics import BUDGET_LEFT


class Priority(IntEnum):
    EXIT = 0
    CANCEL = 1
    PROTECT = 2
    ENTRY = 3
    READ = 4


KEPT_FREE = {Priority.EXIT: 0.0, Priority.CANCEL: 0.0, Priority.PROTECT: 0.05, Priority.ENTRY: 0.1, Priority.READ: 0.2}
"""The share of the budget that each priority leaves to those above it, so that bulk work cannot starve an exit."""

SLOTS, RESERVED = 8, 2
"""Calls in flight, and how many of them only exits and cancels may use: a hanging broker holds entries, not exits."""


PROBE_SECONDS = 2.0
"""So long after the broker said that it is too much, an exit or a cancel asks alone whether it still is."""

SHORTEST_WAIT = 0.001

SAME_WINDOW_SECONDS = 2.0
"""A broker names its window's end in whole seconds: ends that differ by less are one."""


class Budget:
    """At most `per_minute` requests a minute (0: no limit), spread evenly after a first burst.

    A broker that names its limit and its window's end is believed instead: nothing grows back before, all of it then.
    Only exits and cancels do not take its word that it is too much: one at a time `probes` whether that still holds,
    after twice as long each time that it does, at once where it does not.
    """

    def __init__(self, per_minute: int, slots: int = SLOTS, *, probes: bool = True) -> None:
        self._most = float(per_minute)
        self._left = self._most
        self._slots, self._busy = slots, 0
        self._counted_at: float | None = None
        self._closed_until = 0.0
        self._probes = probes
        self._probe: asyncio.Future[None] | None = None
        self._probe_at, self._probe_wait = 0.0, PROBE_SECONDS
        self._refusals = 0
        self._resets_at: float | None = None
        self._waiting: list[tuple[Priority, int, asyncio.Future[None]]] = []
        self._arrivals = 0
        self._timer: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def turn(self, priority: Priority) -> AsyncGenerator[None]:
        """Wait for a request's turn and hold it while the request runs."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._arrivals += 1
        heapq.heappush(self._waiting, (priority, self._arrivals, turn))
        self._grant()
        refusals = self._refusals
        try:
            await turn
            refusals = self._refusals
            yield
        finally:
            if turn.done() and not turn.cancelled():
                self._busy -= 1
            if self._probe is turn:
                self._probed(is_refused=self._refusals > refusals)
            turn.cancel()
            self._grant()

    def heard(self, allowance: Allowance) -> None:
        """Believe the broker: of a new window in all, of one known already where less is left than we thought.

        Answers may come in another order than they were given in, and what is in flight may not be counted yet.
        """
        if not self._most:
            return
        self._refill()
        remaining, now = float(allowance.remaining), asyncio.get_running_loop().time()
        if not allowance.resets_in:
            self._left = min(self._left, remaining)
            return
        resets_at, known = now + allowance.resets_in, self._resets_at
        if known is None or resets_at > known + SAME_WINDOW_SECONDS:
            self._most, self._resets_at = float(allowance.limit), resets_at
            self._left = max(0.0, remaining - max(0, self._busy - 1))
        elif resets_at > known - SAME_WINDOW_SECONDS:
            self._left = min(self._left, remaining)

    def told(self) -> Told:
        self._refill()
        now = asyncio.get_running_loop().time()
        return Told(
            left=round(max(0.0, self._left), 1), limit=self._most,
            resets_in=None if self._resets_at is None else round(self._resets_at - now, 1),
            paused=round(max(0.0, self._closed_until - now), 1),
            waiting=sum(not turn.done() for _, _, turn in self._waiting),
        )  # fmt: skip

    def pause(self, seconds: float) -> None:
        """Ask nothing for a while, but for probes: the broker said that it is too much."""
        now = asyncio.get_running_loop().time()
        if now >= self._closed_until:
            self._probe_at, self._probe_wait = now + PROBE_SECONDS, PROBE_SECONDS
        self._refusals += 1
        self._closed_until = max(self._closed_until, now + seconds)

    def _probed(self, *, is_refused: bool) -> None:
        self._probe = None
        self._probe_wait = self._probe_wait * 2 if is_refused else PROBE_SECONDS
        self._probe_at = asyncio.get_running_loop().time() + (self._probe_wait if is_refused else 0.0)

    def _grant(self) -> None:
        self._refill()
        while self._waiting:
            priority, _, turn = self._waiting[0]
            if turn.done():
                heapq.heappop(self._waiting)
                continue
            if not self._fits(priority):
                break
            heapq.heappop(self._waiting)
            self._left -= 1
            self._busy += 1
            if asyncio.get_running_loop().time() < self._closed_until:
                self._probe = turn
            turn.set_result(None)
        BUDGET_LEFT.set(self._left)

    def _fits(self, priority: Priority) -> bool:
        free = self._slots - self._busy - (RESERVED if priority > Priority.CANCEL else 0)
        if free <= 0:
            return False
        wait = self._wait(priority)
        if wait > 0:
            self._wake_in(wait)
        return wait <= 0

    def _wait(self, priority: Priority) -> float:
        """Say in how many seconds there is a request left for this priority, or it may probe."""
        now = asyncio.get_running_loop().time()
        allowed = self._allowed(priority, now)
        is_hurried = self._probes and priority <= Priority.CANCEL
        may_probe = is_hurried and now < self._closed_until and self._probe is None
        return min(allowed, self._probe_at - now) if may_probe else allowed

    def _allowed(self, priority: Priority, now: float) -> float:
        closed = self._closed_until - now
        if not self._most:
            return closed
        short = min(KEPT_FREE[priority] * self._most + 1, self._most) - self._left
        if short > 0 and self._resets_at is not None:
            return max(closed, self._resets_at - now)
        return max(closed, short * 60 / self._most)

    def _refill(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._resets_at is not None:
            if now >= self._resets_at:
                self._left, self._resets_at = self._most, None
        elif self._counted_at is not None:
            self._left = min(self._most, self._left + (now - self._counted_at) * self._most / 60)
        self._counted_at = now

    def _wake_in(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        # A wait that rounding has left over would not move the clock.
        self._timer = asyncio.get_running_loop().call_later(max(seconds, SHORTEST_WAIT), self._grant)
