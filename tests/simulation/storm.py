"""One seeded run: intents, a market and people who trade by hand, while broker, stream, log and process fail."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import partial

from chassis.snapshots import MemoryStore
from contracts.lifecycle import OPEN, OrderStatus
from contracts.log import decode
from contracts.market import SplitAnnounced
from contracts.values import OrderType
from executor.book import Book
from executor.brokers.broker import Asset
from executor.brokers.memory import PRICE, START, MemoryBroker
from executor.brokers.resting import Resting
from executor.history import catch_up
from tests.simulation import stops
from tests.simulation.gist import gist
from tests.simulation.mischief import ACTS, SYMBOLS, choose, filled_after_its_end
from tests.simulation.stops import FOREVER, STRATEGIES, Stop
from tests.simulation.world import World

INTENTS = 12
SETTLE_SECONDS = 130.0
"""After this, without faults, everything must be known: two reconciliations and a second look."""
LATE_SECONDS = 600.0
CALM_SECONDS = 0.005


class Kind(Enum):
    """How a broker takes an id that it knows: refuses it; takes it, though it says otherwise; takes it and says so.

    The second shows every order that was sent again without need, the third is never to be sent an order again.
    """

    MINDS_IDS = "minds used ids"
    SHOWS_DOUBLES = "shows doubles"
    TAKES_DOUBLES = "takes doubles"


KINDS = tuple(Kind)

GROUPS = (frozenset[OrderType](), frozenset({OrderType.MARKET}))
"""The types of an entry that brings its exits along, of brokers by turns."""

STOP, TARGET = Decimal(100), Decimal(300)

EVERY_DOLLAR_STORM = 3
"""In one of so many storms entries are for dollars, and one asset has no parts of shares."""

EVERY_SPLIT_STORM = 4
"""In one of so many storms a symbol is split; the broker's count follows within a minute."""

SPLITS = tuple(
    SplitAnnounced(
        action_id=f"{symbol}-{new}-{old}", symbol=symbol, old_rate=Decimal(old), new_rate=Decimal(new),
        ex_date=START.date() + timedelta(days=1),
    )
    for symbol in SYMBOLS
    for old, new in ((1, 2), (2, 3), (4, 1))
)  # fmt: skip

DOLLARS = (Decimal(500), Decimal("1000.01"), Decimal("168.49"), Decimal(100))
PRICES = (PRICE, PRICE - 20, PRICE + 20)
WHOLE_ONLY = "AAPL"


class Storm:
    """A run of `seed`. `asked` are the intents, `happened` counts what befell it, `stops` when entries were stopped.

    A `gentle` one is as storms were at first: all entries are stopped or none, none is taken back or for dollars.
    `books` are rebuilt after it: from the log alone, and from the last snapshot and what came after it.
    """

    def __init__(self, seed: int, *, gentle: bool = False) -> None:
        self.dice = random.Random(seed)
        self.whims = None if gentle else random.Random(f"stops {seed}")
        self.kind = self.dice.choice(KINDS)
        self.groups = GROUPS[seed % len(GROUPS)]
        self.split = None if gentle or seed % EVERY_SPLIT_STORM else random.Random(f"split {seed}").choice(SPLITS)
        # Where an id may be used again, a broker must not be slower than "no such order" is disbelieved.
        self.slowest = CALM_SECONDS
        self.stormy = 0.5 if self.kind is Kind.SHOWS_DOUBLES else 5.0
        self.world = World(
            MemoryBroker(
                is_forgetful=self.kind is not Kind.MINDS_IDS,
                unique_client_ids=self.kind is not Kind.TAKES_DOUBLES,
                bracket=self.groups,
                splits=self.split is not None,
            )
        )
        if self.split is not None:
            self.world.broker.announced.append(self.split)
        self.world.latency.call = self._seconds
        self.world.latency.append = lambda: self.dice.choice((0.0, 0.0, 0.02, 1.0))
        self.in_dollars = not gentle and seed % EVERY_DOLLAR_STORM == 0
        if self.in_dollars:
            self.world.broker.assets[WHOLE_ONLY] = Asset(tradable=True)
        self.asked: list[str] = []
        self.stops: list[Stop] = []
        self.happened: Counter[str] = Counter()
        self.ended = START
        self.books: list[Book] = []
        self.notes: list[tuple[datetime, str]] = []

    def play(self) -> None:
        random.seed(self.dice.random())  # waits between tries are drawn from it
        self.world.play(self._run)
        self.happened += self.world.broker.fates.struck

    def _seconds(self) -> float:
        return self.dice.uniform(0, self.slowest) if self.dice.random() < 0.1 else CALM_SECONDS

    async def _run(self) -> None:
        async with self.world.executor(settle=10):
            pass  # what a person did before the first reading is in that reading
        self.world.broker.fates.begin(self.dice)
        self.slowest = self.stormy
        raging = [asyncio.create_task(one) for one in (self._market(), self._mischief(), self._split())]
        asking = asyncio.create_task(self._intents())
        for _ in range(self.dice.randrange(4)):
            killed = self.dice.random() < 0.7
            async with self.world.executor(0, killed=killed):
                await asyncio.sleep(self.dice.uniform(0, 20))
            self._note("killed" if killed else "stopped")
        await self._stand("stands-meanwhile")
        async with self.world.executor():
            await asking
            for one in raging:
                one.cancel()
            self._heal()
            await asyncio.sleep(SETTLE_SECONDS)
            if self.dice.random() < 0.15:
                await self._late_fill()
        self.ended = self.world.broker.now()
        for store in (MemoryStore(), self.world.store):
            self.books.append((await catch_up(self.world.log, store, "paper"))[1])

    def _note(self, what: str) -> None:
        self.happened[what] += 1
        self.notes.append((self.world.broker.now(), what))

    def timeline(self) -> list[str]:
        """Tell the run, a line for each thing that happened and each fact about an order or a drift."""
        told = [(r.time, f"{r.subject} {gist(decode(r.data))}") for r in self.world.log.records]
        sent = [(at, f"sent {ticket.client_order_id} {ticket.symbol}") for at, ticket in self.world.broker.sent]
        return [f"{at:%T.%f} {line}" for at, line in sorted([*told, *sent, *self.notes])]

    def _heal(self) -> None:
        self.world.broker.fates.heal()
        self.world.broker.stream.reconnect()
        self.slowest = CALM_SECONDS
        self.world.latency.append = lambda: 0.0

    async def _late_fill(self) -> None:
        """Let a fill reach an order that ended long ago, and no stream tell of it."""
        await asyncio.sleep(LATE_SECONDS)
        broker = self.world.broker
        broker.stream.is_mute = True
        if filled_after_its_end(broker, self.dice):
            self._note("filled ten minutes after its end")
            await asyncio.sleep(SETTLE_SECONDS)

    async def _intents(self) -> None:
        for number in range(INTENTS):
            await asyncio.sleep(self.dice.uniform(0, 4))
            symbol, name = self.dice.choice(SYMBOLS), f"o{number}"
            self.asked.append(name)
            match self.dice.randrange(5):
                case 0 | 1:
                    await self._protect(name, symbol)
                case 2:
                    await self.world.close(name, symbol)
                case _:
                    await self._enter(name, symbol)
            if self.dice.random() < 0.1:
                await self._halt(f"halt{number}")
        await self._stand("stands")

    async def _enter(self, name: str, symbol: str) -> None:
        seconds = self.dice.choice((10, 30, 3600))
        strategy = self.whims.choice(STRATEGIES) if self.whims else ""
        if self.in_dollars and self.dice.random() < 0.7:
            await self.world.spend(name, self.dice.choice(DOLLARS), symbol, seconds)
            return
        if not self.groups:
            await self.world.approve(name, symbol, seconds=seconds, strategy=strategy)
            return
        exits = self.dice.choice((STOP, None)), self.dice.choice((TARGET, None))
        await self.world.approve(name, symbol, seconds=seconds, exits=exits, strategy=strategy)
        if any(exits):
            await self._raise(name, symbol)
            await self._take_back(name, symbol)

    async def _protect(self, name: str, symbol: str) -> None:
        await self.world.protect(name, symbol, target=self.dice.choice((None, TARGET)))
        await self._raise(name, symbol)
        await self._take_back(name, symbol)

    async def _raise(self, name: str, symbol: str) -> None:
        """Want the stop of a protection higher, once or again and again."""
        if (whims := self.whims) is None:
            return
        for number in range(whims.choice((0, 0, 1, 2))):
            await asyncio.sleep(whims.uniform(0, 3))
            await self.world.raise_stop(f"m{name}-{number}", name, STOP + 10 * whims.randint(0, 5), symbol)

    async def _take_back(self, name: str, symbol: str) -> None:
        if self.dice.random() < 0.5:
            await asyncio.sleep(self.dice.uniform(0, 10))
            await self.world.take_back(f"c{name}", name, symbol)

    async def _halt(self, name: str) -> None:
        """Stop entries for a while, in which more of them are asked for."""
        begun, seconds, whims = self.world.broker.now(), self.dice.uniform(1, 20), self.whims
        body = stops.gentle(name) if whims is None else stops.stop(whims, name, begun, seconds)
        await self.world.add(body)
        if whims is not None:
            await self._enter(self._named(f"{name}o"), self.dice.choice(SYMBOLS))
        await asyncio.sleep(seconds)
        now = self.world.broker.now()
        if whims is None:
            self.stops.append(Stop(body, begun, now))
            await self.world.resume()
        elif (until := getattr(body, "until", None)) is None:
            end = stops.ending(whims, body)
            self.stops = stops.ended([*self.stops, Stop(body, begun, FOREVER)], end, now)
            await self.world.add(end)
        else:
            self.stops.append(Stop(body, begun, until))
        self._note("halt")

    async def _stand(self, name: str) -> None:
        """Stop something for good, or nothing."""
        if (whims := self.whims) is None or whims.random() < 0.6:
            return
        await asyncio.sleep(whims.uniform(0, 10))
        now = self.world.broker.now()
        body = stops.stop(whims, name, now, LATE_SECONDS * 10)
        self.stops.append(Stop(body, now, FOREVER))
        await self.world.add(body)

    def _named(self, name: str) -> str:
        self.asked.append(name)
        return name

    async def _market(self) -> None:
        """Take orders as a market would: now and then, some of them in parts; one symbol rests for a while."""
        broker, halted = self.world.broker, ""
        while True:
            await asyncio.sleep(self.dice.uniform(0.1, 2))
            if self.dice.random() < 0.05:
                halted = self.dice.choice(SYMBOLS)
                self._note("halted symbol")
            if name := choose(broker, self.dice, partial(_trades, broker, halted)):
                self.happened[f"filled while {broker.orders[name].status}"] += 1
                price = PRICE if broker.orders[name].ticket.notional is None else self.dice.choice(PRICES)
                broker.fill(name, Decimal(self.dice.randint(1, 3)), price)

    async def _split(self) -> None:
        """Let the broker's count follow a split, once there is something to follow it."""
        broker, split = self.world.broker, self.split
        if split is None:
            return
        waits = random.Random(split.action_id)
        held = Decimal(0)
        while not held:
            await asyncio.sleep(waits.uniform(1, 20))
            held = broker.held().get(split.symbol, Decimal(0))
        came = held * split.new_rate / split.old_rate - held
        broker.moved[split.symbol] = broker.moved.get(split.symbol, Decimal(0)) + came
        self._note("split")

    async def _mischief(self) -> None:
        acts, weights = zip(*ACTS, strict=True)
        while True:
            await asyncio.sleep(self.dice.uniform(0.5, 8))
            (act,) = self.dice.choices(acts, weights)
            if act(self.world.broker, self.dice):
                self._note(act.__name__.replace("_", " "))


def _trades(broker: MemoryBroker, halted: str, order: Resting) -> bool:
    """Say whether the market may take an order: an exit only once its entry is complete."""
    if order.status not in OPEN - {OrderStatus.HELD} or order.ticket.symbol == halted:
        return False
    head = broker.orders.get(order.group, order)
    return head.ticket.side is order.ticket.side or head.status is OrderStatus.FILLED
