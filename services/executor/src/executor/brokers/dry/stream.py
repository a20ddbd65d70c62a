"""What the played orders do, told as a broker's stream would; and the prices that they are played at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from contracts.market import Quote
from exchange.turn import Event
from executor.brokers.broker import BrokerOrder, Execution
from executor.brokers.dry.play import Play
from executor.brokers.dry.shapes import shape
from executor.feeds.feed import Heard, Listener, Source, Standing
from executor.lines import StreamLine


class Played:
    """The stream of a dry run; it never breaks."""

    def __init__(self, play: Play, hear: Callable[[BrokerOrder, Execution | None], None]) -> None:
        self._play, self._hear = play, hear
        self.listening = asyncio.Event()
        self.line = StreamLine("dry run")

    async def run(self) -> None:
        loop = asyncio.get_running_loop()

        # Orders are played in the threads of the broker's calls.
        def later(events: tuple[Event, ...]) -> None:
            loop.call_soon_threadsafe(self._tell, events)

        self._play.on_events = later
        self.line.up()
        self.listening.set()
        await loop.create_future()

    def _tell(self, events: tuple[Event, ...]) -> None:
        self.line.heard()
        for event in events:
            fill = event.fill
            execution = None if fill is None else Execution(execution_id=fill.id, qty=fill.qty, price=fill.price)
            self._hear(shape(self._play.look(), event.order), execution)


class Overheard:
    """A source of prices, of which the played orders hear every quote."""

    def __init__(self, source: Source, play: Play) -> None:
        self._source, self._play = source, play

    def latest(self, symbol: str) -> Quote | None:
        quote = self._source.latest(symbol)
        if quote is not None:
            self._play.hear(quote)
        return quote

    async def subscribe(self, symbols: frozenset[str]) -> None:
        await self._source.subscribe(symbols)

    async def run(self, tell: Listener) -> None:
        def overhear(heard: Heard) -> None:
            if isinstance(heard, Quote):
                self._play.hear(heard)
            tell(heard)

        await self._source.run(overhear)

    def standing(self) -> Standing:
        return self._source.standing()
