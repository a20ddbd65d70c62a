"""A NATS connection that hides nothing: no late sends, no silent death, one subscription for all answers."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

import nats
import nats.errors
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from chassis.jetstream.wire import Handler, Hearing, Incoming, QuickClient
from chassis.telemetry import logger

CONNECT_SECONDS = 15.0
WATCHDOG_SECONDS = 1.0
WATCHDOG_MISSES = 3
NO_RESPONDERS = "503"


class UnansweredError(Exception):
    """No answer came: it may have happened or not. Never raised for a refusal."""


class BusDeadError(Exception):
    """The connection is closed for good or hangs: only a new process helps."""


class Connection:
    """Publishes with a reply subject below one inbox, whose single subscription resolves every answer.

    nats-py's own request costs a future, a timer and an inbox each; this costs a dictionary entry.
    """

    def __init__(self, service: str) -> None:
        self.service = service
        self.client = QuickClient()
        self.inbox = f"_INBOX_{service}"
        self._numbers = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[Incoming]] = {}
        self._trouble = "no answer"
        self._refused: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._dead: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.violations: list[str] = []

    async def open(self, url: str) -> None:
        """Connect, or raise `UnansweredError` when it is refused or not there in `CONNECT_SECONDS`."""
        connecting = asyncio.create_task(self._connect(url))
        await asyncio.wait((connecting, self._refused), timeout=CONNECT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not connecting.done():
            connecting.cancel()
            await asyncio.gather(connecting, return_exceptions=True)
            await self.close()
            trouble = "wrong user or password" if self._refused.done() else self._trouble
            raise UnansweredError(f"nats at {url.rpartition('@')[2]}: {trouble}")
        connecting.result()
        await self.hear(f"{self.inbox}.reply.*", self._on_reply)

    async def _connect(self, url: str) -> None:
        await self.client.connect(
            url,
            name=self.service,
            # A publish that waits for a reconnect would be a late order: refuse it at once instead.
            pending_size=-1,
            ping_interval=1,
            max_outstanding_pings=2,
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.25,  # pyright: ignore[reportArgumentType] - declared int, slept as any number
            connect_timeout=2,
            allow_reconnect=True,
            inbox_prefix=self.inbox.encode(),
            error_cb=self._on_error,
            closed_cb=self._on_closed,
            disconnected_cb=self._on_disconnected,
        )

    async def close(self) -> None:
        if not self._dead.done():
            self._dead.cancel()
        await self.client.close()

    @property
    def is_connected(self) -> bool:
        return self.client.is_connected

    async def listen(self, subject: str, callback: Callable[[Msg], Awaitable[None]]) -> Subscription:
        """Subscribe without a bound on what waits: nats-py drops messages at its bound."""
        try:
            return await self.client.subscribe(  # pyright: ignore[reportUnknownMemberType] - an untyped future among its arguments
                subject, cb=callback, pending_msgs_limit=-1, pending_bytes_limit=-1
            )
        except (nats.errors.Error, OSError) as e:
            raise UnansweredError(f"{subject}: {e or type(e).__name__}") from e

    async def hear(self, subject: str, handler: Handler) -> Hearing:
        """Subscribe with a handler that is called as each message comes; it must not raise."""
        try:
            return await self.client.hear(subject, handler)
        except (nats.errors.Error, OSError) as e:
            raise UnansweredError(f"{subject}: {e or type(e).__name__}") from e

    async def leave(self, hearing: Hearing) -> None:
        """End a subscription."""
        with suppress(nats.errors.Error, OSError):  # the connection is gone, and the subscription with it
            await self.client.leave(hearing)

    async def send(self, subject: str, data: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Publish without waiting for anything."""
        self._post(subject, "", data, headers)

    async def ask(
        self, subject: str, data: bytes, headers: Mapping[str, str] | None = None, seconds: float = 2.0
    ) -> Incoming:
        """Publish and wait for the one answer; raise `UnansweredError` where none comes in `seconds`."""
        number = str(next(self._numbers))
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Incoming] = loop.create_future()
        self._waiting[number] = future
        timer = loop.call_later(seconds, _give_up, future, subject)
        try:
            self._post(subject, f"{self.inbox}.reply.{number}", data, headers)
            answer = await future
        finally:
            timer.cancel()
            del self._waiting[number]
        if answer.head and answer.headers().get("Status") == NO_RESPONDERS:
            raise UnansweredError(f"{subject}: nobody answers there")
        return answer

    def _post(self, subject: str, reply: str, data: bytes, headers: Mapping[str, str] | None) -> None:
        try:
            self.client.post(subject, reply, data, headers)
        except (nats.errors.Error, OSError) as e:
            raise UnansweredError(f"{subject}: {e or type(e).__name__}") from e

    async def serve(self, subject: str, answer: Callable[[bytes], Awaitable[bytes]]) -> None:
        """Answer every question on a subject; an answer that fails ends the process."""

        async def on_question(message: Msg) -> None:
            try:
                data = await answer(message.data)
            except Exception as e:  # noqa: BLE001 - nats-py would only log it; a bug must end the process
                self._fail(e)
            else:
                await self.send(message.reply, data)

        await self.listen(subject, on_question)
        # nats-py's ping overtakes what waits in its buffer; the second one cannot.
        await self.client.flush()
        await self.client.flush()

    async def watch(self) -> None:
        """Return never; raise `BusDeadError` when the connection is beyond repair."""
        misses = 0
        while True:
            done, _ = await asyncio.wait((self._dead,), timeout=WATCHDOG_SECONDS)
            if done:
                self._dead.result()
            misses = 0 if await self._pulse() else misses + 1
            if misses >= WATCHDOG_MISSES:
                raise BusDeadError(f"NATS says connected, but did not answer {misses} times")

    async def _pulse(self) -> bool:
        # While it reconnects it is not dead; that it hangs while it says connected is what nobody else notices.
        if not self.client.is_connected:
            return True
        try:
            await self.client.rtt(timeout=1)
        except (nats.errors.Error, OSError, TimeoutError):
            return not self.client.is_connected
        return True

    def _on_reply(self, message: Incoming) -> None:
        future = self._waiting.get(message.subject.rpartition(".")[2])
        if future is not None and not future.done():
            future.set_result(message)

    # Whatever these three raise would kill nats-py's read or reconnect loop without a word, so they only note.

    async def _on_error(self, error: Exception) -> None:
        text = self._trouble = (str(error) or type(error).__name__).lower()
        # nats-py tries a wrong password again for ever.
        if "authorization violation" in text and not self._refused.done():
            self._refused.set_result(None)
        if "permissions violation" in text:
            self.violations.append(text)
        logger("nats").warning("nats error", error=text)

    async def _on_closed(self) -> None:
        self._fail(BusDeadError("the connection to NATS was closed"))

    def _fail(self, error: Exception) -> None:
        if not self._dead.done():
            self._dead.set_exception(error)

    async def _on_disconnected(self) -> None:
        logger("nats").warning("disconnected from nats")
        # nats-py lets them wait for their time-out, and what is sent after the reconnect would overtake them.
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(UnansweredError("disconnected before the answer"))


def _give_up(future: asyncio.Future[Incoming], subject: str) -> None:
    if not future.done():
        future.set_exception(UnansweredError(f"{subject}: no answer in time"))


async def connect(url: str, service: str) -> Connection:
    """Connect as `service`; the URL carries its user and password."""
    connection = Connection(service)
    await connection.open(url)
    return connection
