"""What the doors have in hand: the view as it grows, the way into the log, the questions to the audit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, cast

from fastapi import Depends, Request

from api_gateway.failures import answered
from api_gateway.history import History
from api_gateway.view import SUBJECTS, Verdict, View, fold
from chassis.log import Log, Outcome
from chassis.presence import Presence
from chassis.telemetry import span
from contracts.log import Fact, Message, Record
from contracts.providers import Providers

VERDICT_SECONDS = 5.0
SEEN_SECONDS = 2.0

ListPresence = Callable[[], Awaitable[list[Presence]]]
AskProviders = Callable[[], Awaitable[Providers | None]]


class Desk:
    def __init__(
        self, view: View, log: Log, profile: str, history: History, list_presence: ListPresence, ask: AskProviders
    ) -> None:
        self.view, self.log, self.profile, self.history = view, log, profile, history
        self._list_presence, self._ask_providers = list_presence, ask
        self._grew = asyncio.Event()
        self.listeners = 0
        self.leaving = asyncio.Event()

    async def follow(self, until: int | None = None) -> None:
        """Keep the view at the log's end; with `until`, bring it there and return."""
        async for chunk in self.log.read(SUBJECTS, self.view.sequence, until):
            for record in chunk:
                fold(self.view, record)
            self._grew.set()
            self._grew = asyncio.Event()

    async def head(self) -> int:
        async with answered("log"):
            return await self.log.head()

    async def last(self, subject: str) -> Record | None:
        async with answered("log"):
            return await self.log.last(subject)

    async def present(self) -> list[Presence]:
        async with answered("bus"):
            return await self._list_presence()

    async def providers(self) -> Providers | None:
        """Give the executor's last word about the broker and the prices; None where it is too long ago."""
        async with answered("bus"):
            return await self._ask_providers()

    async def write(self, message: Message) -> Outcome:
        """Store one fact of the outside world and wait until the view has it; refuse with 503 where the log is away."""
        fact = Fact(message, trace=span(f"api-gateway {type(message).__name__}"))
        # Given up on means never sent again: a person's wish must not come true minutes later.
        async with answered("log"):
            outcome = (await self.log.append([fact]))[0]
        await self._until(lambda: self.view.sequence >= outcome.sequence, SEEN_SECONDS)
        return outcome

    async def verdict(self, signal_id: str) -> Verdict | None:
        """Wait a moment for a signal's verdict."""
        await self._until(lambda: self._verdict(signal_id) is not None, VERDICT_SECONDS)
        return self._verdict(signal_id)

    def _verdict(self, signal_id: str) -> Verdict | None:
        judged = self.view.signals.get(signal_id)
        return None if judged is None else judged.verdict

    async def _until(self, met: Callable[[], bool], seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not met():
                    await self._grew.wait()
        except TimeoutError:
            return


def _desk(request: Request) -> Desk:
    return cast("Desk", request.app.state.desk)


Here = Annotated[Desk, Depends(_desk)]
