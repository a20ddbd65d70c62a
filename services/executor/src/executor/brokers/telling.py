"""The stream of a broker for tests: there is no promise on that socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeAlias

from executor.brokers.broker import BrokerOrder, Execution
from executor.brokers.fates import Fates

Hear: TypeAlias = Callable[[BrokerOrder, Execution | None], None]


class Telling:
    """It tells `listeners` unless it `is_mute`, and `greeted` hear when it is up again."""

    def __init__(self, fates: Fates) -> None:
        self.is_mute = False
        self.listeners: list[Hear] = []
        self.greeted: list[Callable[[], None]] = []
        self._fates = fates

    def reconnect(self) -> None:
        """Speak again after a gap, and let those who listen know of the gap."""
        self.is_mute = False
        for greet in self.greeted:
            greet()

    def tell(self, seen: BrokerOrder, execution: Execution | None) -> None:
        """Tell the listeners, or lose it, or tell it twice, or late."""
        fate = "mute" if self.is_mute else self._fates.draw("stream", ("dropped", "doubled", "late"))
        late = self._fates.seconds(3, 20)
        delays = {"mute": (), "dropped": (), "doubled": (0.01, 0.02), "late": (late,)}.get(fate, (0.0,))
        for hear in self.listeners:
            for delay in delays:
                asyncio.get_running_loop().call_later(delay, hear, seen, execution)
