"""Several sources, best first: where a plan does not include one, the next one tells the prices, and it is said why."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from chassis.telemetry import logger
from contracts.market import Quote
from executor.feeds.feed import Listener, NotEntitledError, Source, Standing

AGAIN_SECONDS = 60.0
"""So long it takes until the last source is tried again: nothing is left to fall back on."""


class FallingBack:
    def __init__(self, *sources: Source) -> None:
        self._sources, self._at = sources, 0
        self._symbols: frozenset[str] = frozenset()
        self._why = ""

    def latest(self, symbol: str) -> Quote | None:
        *better, last = self._sources[self._at :]
        for source in better:
            try:
                return source.latest(symbol)
            except NotEntitledError as e:
                logger("prices").warning("not in the plan", provider=source.standing().provider, reason=str(e))
        return last.latest(symbol)

    async def subscribe(self, symbols: frozenset[str]) -> None:
        self._symbols = symbols
        await self._sources[self._at].subscribe(symbols)

    async def run(self, tell: Listener) -> None:
        while True:
            source = self._sources[self._at]
            await source.subscribe(self._symbols)
            try:
                await source.run(tell)
            except NotEntitledError as e:
                refused = source.standing()
                self._why = f"{refused.provider} {refused.feed}: {e}"
                logger("prices").error("falling back", refused=self._why)
                if self._at + 1 < len(self._sources):
                    self._at += 1
                else:
                    await asyncio.sleep(AGAIN_SECONDS)

    def standing(self) -> Standing:
        now = self._sources[self._at].standing()
        return replace(now, fallback="; ".join(filter(None, (self._why, now.fallback))))
