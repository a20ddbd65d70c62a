"""What becomes of orders at Tradier: they are looked at every so often, and at once when an account event tells.

An event names neither the symbol nor our tag, so it is only a reason to look; and what was missed while nobody
listened shows in the next look.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import msgspec
from msgspec import Struct
from websockets.asyncio.client import connect

from chassis.telemetry import logger
from executor.brokers.broker import (
    BrokerOrder,
    BrokerUnavailableError,
    Execution,
    OrderRefusedError,
    OutcomeUnknownError,
)
from executor.brokers.tradier.client import Tradier
from executor.budget import Priority
from executor.calls import Calls
from executor.lines import StreamLine
from executor.reconnect import HANDSHAKE_SECONDS, StreamRefusedError, frames, keep_connected

ACCOUNT_EVENTS = "account_events"
SOON_SECONDS = 0.2
"""Events that come within this are answered by one look."""


class AccountEvents:
    """`every` in wall seconds; `hear` takes each order that is new or looks otherwise than before."""

    def __init__(
        self, calls: Calls, tradier: Tradier, hear: Callable[[BrokerOrder, Execution | None], None], every: float
    ) -> None:
        self.listening, self.line = asyncio.Event(), StreamLine(ACCOUNT_EVENTS)
        self._calls, self._tradier, self._hear, self._every = calls, tradier, hear, every
        self._told = asyncio.Event()
        self._known: dict[str, BrokerOrder] = {}

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch())
            if self._tradier.events_url:
                group.create_task(keep_connected(self.line, self._session))

    async def _watch(self) -> None:
        while True:
            self._told.clear()
            await self._look()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every):
                    await self._told.wait()
                    await asyncio.sleep(SOON_SECONDS)

    async def _look(self) -> None:
        try:
            orders = await self._calls(Priority.READ, self._tradier.orders)
        except (BrokerUnavailableError, OutcomeUnknownError, OrderRefusedError) as e:
            logger(ACCOUNT_EVENTS).warning("the orders are not shown", error=str(e))
            return
        before, self._known = self._known, {order.broker_order_id: order for order in orders}
        for order in orders:
            if order != before.get(order.broker_order_id):
                self._hear(order, None)
        self.listening.set()

    async def _session(self, up: Callable[[], None]) -> None:
        asked = {"events": ["order"], "sessionid": await self._opened(), "excludeAccounts": []}
        async with connect(self._tradier.events_url, open_timeout=HANDSHAKE_SECONDS) as socket:
            await socket.send(msgspec.json.encode(asked).decode())
            up()
            self._told.set()
            async for frame in frames(socket, self.line):
                if not _is_heartbeat(frame):
                    self._told.set()

    async def _opened(self) -> str:
        try:
            return await self._calls(Priority.READ, self._tradier.events_session)
        except (BrokerUnavailableError, OutcomeUnknownError, OrderRefusedError) as e:
            raise StreamRefusedError(f"no session of account events: {e}") from e


class _Event(Struct, frozen=True):
    event: str = ""


def _is_heartbeat(frame: str | bytes) -> bool:
    try:
        return msgspec.json.decode(frame, type=_Event).event == "heartbeat"
    except msgspec.DecodeError:
        return False
