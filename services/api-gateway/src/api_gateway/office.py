"""What the desks of all accounts share: the log, the views as they grow, the questions to the bus."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from msgspec import Struct

from api_gateway.failures import answered
from api_gateway.limits.held import Held
from api_gateway.plans.problem import Problem
from api_gateway.view import SUBJECTS, Verdict, View, fold
from chassis.log import Log, Outcome
from chassis.presence import Presence
from chassis.telemetry import span
from contracts.log import Fact, Message, Record
from contracts.plans import Plans
from contracts.providers import Providers

SEEN_SECONDS = 2.0


class Bus(Struct, frozen=True):
    """What is asked beside the log: the audit, who is there, an account's providers, its plans."""

    history: Callable[[bytes], Awaitable[bytes]]
    present: Callable[[], Awaitable[list[Presence]]]
    providers: Callable[[str], Awaitable[Providers | None]]
    plans: Callable[[str], Awaitable[Plans | None]]


class Office:
    """`accounts` are all that are traded, the first one is meant where none is named.

    `problems` are those of files that were edited while this runs and that changed nothing, by file.
    """

    def __init__(self, accounts: tuple[str, ...], log: Log, profile: str, bus: Bus) -> None:
        self.accounts, self.log, self.profile, self.bus = accounts, log, profile, bus
        self.views = {account: View(account) for account in accounts}
        self.problems: dict[str, tuple[Problem, ...]] = {}
        self._grew = asyncio.Event()
        self.listeners = 0
        self.leaving = asyncio.Event()

    @property
    def sequence(self) -> int:
        """Say up to which record the views are."""
        return self.views[self.accounts[0]].sequence

    @property
    def held(self) -> Held:
        """Give the limits of all accounts; every view has them."""
        return self.views[self.accounts[0]].held

    def verdict(self, account: str, signal_id: str) -> Verdict | None:
        judged = self.views[account].signals.get(signal_id)
        return None if judged is None else judged.verdict

    async def follow(self, until: int | None = None) -> None:
        """Keep the views at the log's end; with `until`, bring them there and return."""
        async for chunk in self.log.read(SUBJECTS, self.sequence, until):
            for record in chunk:
                for view in self.views.values():
                    fold(view, record)
            self._grew.set()
            self._grew = asyncio.Event()

    async def head(self) -> int:
        async with answered("log"):
            return await self.log.head()

    async def present(self) -> list[Presence]:
        async with answered("bus"):
            return await self.bus.present()

    async def last(self, subject: str) -> Record | None:
        async with answered("log"):
            return await self.log.last(subject)

    async def write(self, message: Message) -> Outcome:
        """Store one fact of the outside world and wait until it is seen; refuse with 503 where the log is away."""
        fact = Fact(message, trace=span(f"api-gateway {type(message).__name__}"))
        # Given up on means never sent again: a person's wish must not come true minutes later.
        async with answered("log"):
            outcome = (await self.log.append([fact]))[0]
        await self.seen(outcome.sequence)
        return outcome

    async def seen(self, sequence: int) -> None:
        """Wait a moment until the views have a record."""
        await self.until(lambda: self.sequence >= sequence, SEEN_SECONDS)

    async def until(self, met: Callable[[], bool], seconds: float) -> None:
        """Wait for what the log may bring, but not for ever."""
        try:
            async with asyncio.timeout(seconds):
                while not met():
                    await self._grew.wait()
        except TimeoutError:
            return
