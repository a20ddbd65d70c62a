"""What the doors have in hand: the view as it grows, the way into the log, the question to the audit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, cast

from fastapi import Depends, Request

from api_gateway.failures import Refusal
from api_gateway.view import SUBJECTS, Verdict, View, fold
from chassis.jetstream.connection import UnansweredError
from chassis.log import Log, Outcome
from chassis.presence import Presence
from chassis.telemetry import span
from contracts.history import HistoryAnswered, HistoryAsked, decode_answer, encode
from contracts.log import Fact, Message, Record

ANSWER_SECONDS = 5.0
VERDICT_SECONDS = 5.0
SEEN_SECONDS = 2.0
AUDIT_SECONDS = 2.0
RETRY_SECONDS = 0.05

AskHistory = Callable[[bytes], Awaitable[bytes]]
ListPresence = Callable[[], Awaitable[list[Presence]]]


class Desk:
    def __init__(
        self, view: View, log: Log, profile: str, ask_history: AskHistory, list_presence: ListPresence
    ) -> None:
        self.view, self.log, self.profile = view, log, profile
        self._ask_history, self._list_presence = ask_history, list_presence
        self._grew = asyncio.Event()
        self.listeners = 0

    async def follow(self, until: int | None = None) -> None:
        """Keep the view at the log's end; with `until`, bring it there and return."""
        async for chunk in self.log.read(SUBJECTS, self.view.sequence, until):
            for record in chunk:
                fold(self.view, record)
            self._grew.set()
            self._grew = asyncio.Event()

    async def head(self) -> int:
        async with _answered("log"):
            return await self.log.head()

    async def last(self, subject: str) -> Record | None:
        async with _answered("log"):
            return await self.log.last(subject)

    async def present(self) -> list[Presence]:
        async with _answered("bus"):
            return await self._list_presence()

    async def write(self, message: Message) -> Outcome:
        """Store one fact of the outside world and wait until the view has it; refuse with 503 where the log is away."""
        fact = Fact(message, trace=span(f"api-gateway {type(message).__name__}"))
        # Given up on means never sent again: a person's wish must not come true minutes later.
        async with _answered("log"):
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

    async def history(self, question: HistoryAsked) -> HistoryAnswered:
        """Ask the audit; refuse with 503 where it does not answer."""
        try:
            answer = decode_answer(await self._ask_history(encode(question)))
        except UnansweredError as e:
            raise Refusal(503, "audit_unreachable", f"the audit did not answer: {e}") from e
        if answer.error:
            raise Refusal(503, "audit_failed", f"the audit could not answer: {answer.error}")
        return answer

    async def story(self, name: str) -> HistoryAnswered:
        """Ask for a story once the audit has stored what people can already see here."""
        seen, until = self.view.sequence, time.monotonic() + AUDIT_SECONDS
        while True:
            answer = await self.history(HistoryAsked(id=name, story=True, account=self.view.account))
            if answer.through >= seen or time.monotonic() > until:
                return answer
            await asyncio.sleep(RETRY_SECONDS)

    async def _until(self, met: Callable[[], bool], seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not met():
                    await self._grew.wait()
        except TimeoutError:
            return


@asynccontextmanager
async def _answered(what: str) -> AsyncGenerator[None]:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            yield
    except TimeoutError as e:
        raise Refusal(
            503, f"{what}_unreachable", f"the {what} did not answer in {ANSWER_SECONDS:g} s; what was asked may be done"
        ) from e


def _desk(request: Request) -> Desk:
    return cast("Desk", request.app.state.desk)


Here = Annotated[Desk, Depends(_desk)]
