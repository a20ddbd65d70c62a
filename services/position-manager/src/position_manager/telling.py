"""Tells what would happen next to each position, beside the log: only the last word counts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from msgspec import structs

from chassis.decider import Decider
from chassis.jetstream.bucket import Bucket
from chassis.jetstream.connection import UnansweredError
from contracts.log import Message
from contracts.plans import encode
from position_manager.outlook import plans
from position_manager.state import State

SECONDS = 2.0
STANDING_SECONDS = 15
"""For so long the last word stands when no more comes."""


class Seen:
    """Follows the state of a decider while the chassis runs it: None until the first fact."""

    def __init__(self, decider: Decider[State]) -> None:
        self.state: State | None = None
        self._evolve = decider.evolve
        self.decider = structs.replace(decider, evolve=self._evolved)

    def _evolved(self, state: State, fact: Message) -> State:
        self.state = self._evolve(state, fact)
        return self.state


async def tell(seen: Seen, bucket: Bucket, is_ready: Callable[[], bool], seconds: float = SECONDS) -> None:
    """Write the plans again and again, for ever."""
    while True:
        if seen.state is not None and is_ready():
            # While the bus is away there is nobody to tell; the next word will be heard.
            with suppress(UnansweredError):
                await bucket.write(seen.state.account, encode(plans(seen.state)), ttl=STANDING_SECONDS)
        await asyncio.sleep(seconds)
