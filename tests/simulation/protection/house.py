"""A log, the exchange in the street, and between them the executor and the position manager, in time that leaps."""

from __future__ import annotations

import asyncio
from collections import Counter as Tally
from collections.abc import AsyncIterator, Coroutine, Sequence
from datetime import timedelta
from decimal import Decimal

from msgspec import structs

from chassis.memory import MemoryLog
from chassis.run import run
from chassis.snapshots import MemoryStore
from contracts.exits import CancelProtection, ClosePosition, PlaceProtection
from contracts.log import Fact, Message, Record, decode
from contracts.market import Quote, Tick
from contracts.orders import OrderFilled
from contracts.signals import Source
from contracts.values import OrderType, Side, TimeInForce
from contracts.verdicts import ExitApproved, OrderApproved
from exchange.book import Status
from exchange.split import Split
from executor.budget import Budget
from executor.calls import Calls
from executor.feeds.feed import Questions
from executor.live import Habits, Means, work
from position_manager.decider import position_manager
from position_manager.state import State
from tests.simulation.gist import gist
from tests.simulation.leap import LeapingLoop
from tests.simulation.protection.counter import Counter
from tests.simulation.protection.street import CENT, NAME, SYMBOL, Street
from tests.simulation.protection.truth import ZERO, Judge, Truth, look
from tests.simulation.wire import Latency, Wire
from tests.simulation.world import MemoryStream, NoPrices

PRICE = Decimal("168.50")
STOP, TARGET = Decimal("0.95"), Decimal("1.2")
ROUND_SECONDS, CALM_ROUNDS, LONGEST_ROUNDS = 2.0, 3, 300
TRACE = f"00-{'1' * 32}-{'2' * 16}-01"


class Aged(Wire):
    """A log whose prices and ticks before some sequence have aged out."""

    def __init__(self, log: MemoryLog, latency: Latency, before: int) -> None:
        super().__init__(log, latency)
        self._before = before

    async def read(
        self, subjects: Sequence[str], after: int = 0, until: int | None = None
    ) -> AsyncIterator[list[Record]]:
        async for chunk in super().read(subjects, after, until):
            left = [one for one in chunk if one.sequence > self._before or not isinstance(one.body, Quote | Tick)]
            if left:
                yield left


class House:
    """`judge` sees each step of the exchange. `believed` is what the position manager knows."""

    def __init__(self) -> None:
        self.loop = LeapingLoop()
        self.street = Street()
        self.counter = Counter(self.street)
        self.judge = Judge()
        self.log = MemoryLog("position-manager", self.street.now)
        self.stores = {"executor": MemoryStore(), "position-manager": MemoryStore()}
        self.latency = Latency(append=lambda: 0.0, call=lambda: 0.005)
        self.believed = State(account=NAME)
        self.price = PRICE
        self._running: dict[str, tuple[asyncio.Task[None], Wire]] = {}
        self._names = Tally[str]()
        self._read = 0
        self._told: list[Message] = []

    def open(self) -> None:
        self.do(self._begin())
        self.pass_time(0.5)
        self.do(self.quote(self.price))

    async def _begin(self) -> None:
        self.street.begin()
        self.street.show(self.price)
        self.street.on_step = self._see
        self.street.on_split = self._divide
        for name in self.stores:
            self._start(name)

    def _divide(self, split: Split) -> None:
        self.price = (self.price * split.old_rate / split.new_rate).quantize(CENT)

    def _see(self) -> None:
        if self.street.is_eve:
            # What protected is taken back, and what will is not known yet.
            self.judge.trouble = self.loop.time()
        self.judge.see(self.truth, self.loop.time())

    @property
    def truth(self) -> Truth:
        return look(self.street.books)

    def _start(self, name: str, before: int = 0) -> None:
        wire = Aged(self.log, self.latency, before)
        body = self._executor(wire) if name == "executor" else self._position_manager(wire)
        self._running[name] = (self.loop.create_task(body), wire)

    def _executor(self, wire: Wire) -> Coroutine[None, None, None]:
        means = Means(
            log=wire, store=self.stores["executor"], questions=Questions(wire.perform, 0, 2), source=NoPrices(),
            calls=Calls(self.counter, Budget(0), wire.perform, lambda: True),
            listen=lambda hear, missed: MemoryStream(self.counter.stream, hear, missed),
        )  # fmt: skip
        return work(means, Habits(account=NAME))

    def _position_manager(self, wire: Wire) -> Coroutine[None, None, None]:
        decider = position_manager(NAME)

        def evolve(state: State, fact: Message) -> State:
            self.believed = decider.evolve(state, fact)
            return self.believed

        return run(structs.replace(decider, evolve=evolve), wire, self.stores["position-manager"])

    def restart(self, name: str, *, killed: bool, forgetful: bool = False) -> None:
        """Let a process end, in order or not, and another begin; a forgetful one has the log and nothing else."""
        self._stop(name, killed=killed)
        before = 0
        if forgetful:
            self.stores[name].values.clear()
            before = len(self.log.records)
        self.do(self._begin_anew(name, before))

    async def _begin_anew(self, name: str, before: int) -> None:
        self._start(name, before)

    def _stop(self, name: str, *, killed: bool) -> None:
        task, wire = self._running.pop(name)
        if killed:
            wire.cut()
        task.cancel()
        self.loop.run_until_complete(asyncio.gather(task, return_exceptions=True))

    def close(self) -> None:
        for name in tuple(self._running):
            self._stop(name, killed=True)
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))
        self.loop.close()

    def pass_time(self, seconds: float) -> None:
        self.do(asyncio.sleep(seconds))
        for task, _ in self._running.values():
            if task.done():
                task.result()
        self._see()
        if self.judge.broken:
            error = AssertionError(self.judge.broken[0])
            error.add_note("\n".join(self.timeline()))
            raise error

    def do(self, act: Coroutine[None, None, None]) -> None:
        self.loop.run_until_complete(act)

    def timeline(self) -> list[str]:
        """Tell the last of what the log says, but the ticks."""
        told = [record for record in self.log.records if not record.subject.startswith(("clock", "quotes", "account"))]
        return [f"{one.time:%T.%f} {one.subject} {gist(decode(one.data))}" for one in told[-400:]]

    def come_to_rest(self) -> None:
        """Let time pass, with a broker that does not fail any more, until nothing is left to be done."""
        self.do(self._heal())
        calm = 0
        for _ in range(LONGEST_ROUNDS):
            self.do(self.quote(self.price))
            self.pass_time(ROUND_SECONDS)
            calm = calm + 1 if self.is_at_rest() else 0
            if calm == CALM_ROUNDS:
                self.books_agree()
                return
        raise AssertionError(f"it never comes to rest: {self.truth}, {self.known()}")

    async def _heal(self) -> None:
        self.counter.fates.script.clear()
        self.counter.come_back()
        self.street.resume()
        if not self.street.is_open:
            self.street.ring()
        for order in tuple(self.street.books.orders.values()):
            if order.status is Status.PENDING_CANCEL and order.due is None:
                self.street.release(order.id, refused=False)

    # What comes into the log from others.

    def name(self, kind: str) -> str:
        self._names[kind] += 1
        return f"{kind}{self._names[kind]}"

    async def add(self, body: Message) -> None:
        await self.log.append([Fact(body, trace=TRACE)])

    async def quote(self, price: Decimal, bid: float | None = None, ask: float | None = None) -> None:
        """Let a trade print and be told of."""
        self.price = price
        self.street.show(price)
        at, last = self.street.now(), float(price)
        bid, ask = last - 0.01 if bid is None else bid, last + 0.01 if ask is None else ask
        await self.add(Quote(symbol=SYMBOL, bid=bid, ask=ask, last=last, at=at))

    async def buy(
        self, qty: Decimal, stop: Decimal | None = None, target: Decimal | None = None, *, bracket: bool = False
    ) -> None:
        """Approve an entry, with its levels named or not; a bracket brings its exits along."""
        name, at = self.name("entry"), self.street.now()
        loss, profit = (stop or self.price * STOP, target or self.price * TARGET) if bracket else (None, None)
        await self.add(
            OrderApproved(
                approval_id=name, signal_id=f"s-{name}", account=NAME, source=Source.WS, symbol=SYMBOL,
                side=Side.BUY, qty=qty, type=OrderType.MARKET, time_in_force=TimeInForce.DAY,
                reference_price=self.price, at=at, expires_at=at + timedelta(hours=1), checks=(),
                stop_price=stop, target_price=target, stop_loss=loss, take_profit=profit,
            )
        )  # fmt: skip

    async def leave(self, qty: Decimal | None = None) -> None:
        name = self.name("leave")
        await self.add(
            ExitApproved(
                approval_id=name, signal_id=f"s-{name}", account=NAME, source=Source.WS, symbol=SYMBOL,
                at=self.street.now(), checks=(), qty=qty,
            )
        )  # fmt: skip

    def told(self) -> list[Message]:
        fresh = self.log.records[self._read :]
        self._read += len(fresh)
        self._told += [decode(record.data) for record in fresh]
        return self._told

    def wanted(self) -> list[PlaceProtection | CancelProtection | ClosePosition]:
        return [one for one in self.told() if isinstance(one, PlaceProtection | CancelProtection | ClosePosition)]

    def known(self) -> tuple[Decimal, Decimal]:
        """Say how many shares the position manager thinks are held, and how many our orders may sell."""
        position = self.believed.positions.get(SYMBOL)
        return (ZERO, ZERO) if position is None else (position.held, position.open_qty)

    def is_at_rest(self) -> bool:
        """Say whether nothing is to be done: what is held is covered, and those who must know of it do."""
        truth = self.truth
        is_covered = not truth.bare if truth.offered else truth.covered == truth.held
        return self.known() == (truth.held, truth.claimed) and truth.claimed == truth.covered and is_covered

    def books_agree(self) -> None:
        """See that the log tells of each execution once: that its sums are the exchange's."""
        booked = dict[str, Decimal]()
        for fill in (one for one in self.told() if isinstance(one, OrderFilled)):
            booked[fill.client_order_id] = booked.get(fill.client_order_id, ZERO) + fill.qty
        orders = self.street.books.orders.values()
        assert booked == {one.client_order_id: one.filled_qty for one in orders if one.filled_qty}
