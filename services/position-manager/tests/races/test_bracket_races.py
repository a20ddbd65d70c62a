"""Entries that bring their exits, in any order of events: what is held ends protected once, nothing is sold twice."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

import msgspec
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from msgspec import Struct

from contracts.exits import CancelProtection, ClosePosition, PlaceProtection
from contracts.lifecycle import OrderStatus as S
from contracts.orders import OrderChanged, OrderFilled, Purpose, execution_id
from contracts.values import OrderType, Side, TimeInForce
from position_manager.core import evolve
from position_manager.plan import Intent
from position_manager.state import State

if TYPE_CHECKING:
    from ..conftest import Manager  # noqa: TID252 - folders of tests are no packages

D = Decimal
PHASES = (Phase.explicit, Phase.generate)
PICK = st.integers(0, 99)
QTY = D(10)
SOMETIMES = (
    "alone", "complete at once", "complete later", "cut short", "complete while taken back", "exits canceled",
    "exit sold", "both exits sold", "leaving",
)  # fmt: skip


class Entry(Struct):
    """An entry for ten shares as the broker has it; `exits` are what its target and its stop have sold."""

    name: str
    grouped: bool
    bought: Decimal = D(0)
    works: bool = True
    exits_work: bool = False
    asked_to_end: bool = False
    told: bool = False

    sold: dict[str, Decimal] = msgspec.field(default_factory=lambda: {"target": D(0), "stop": D(0)})

    @property
    def remaining(self) -> Decimal:
        return self.bought - sum(self.sold.values(), D(0)) if self.exits_work else D(0)


class Broker:
    """Knows the truth at once, and tells of it in the executor's order: fill, entry, exits. `facts` are under way.

    `intents` are on their way here, each with whether the manager knew the truth when it sent it.
    """

    def __init__(self, manager: Manager) -> None:
        self.manager = manager
        self.held = D(0)
        self.entries = dict[str, Entry]()
        self.orders = dict[str, PlaceProtection | ClosePosition]()
        self.facts = deque[OrderChanged | OrderFilled]()
        self.intents = deque[tuple[Intent, bool]]()
        self.happened = Counter[str]()
        self._n = 0

    @property
    def claimed(self) -> Decimal:
        groups = (entry.remaining for entry in self.entries.values())
        return sum(groups, sum((order.qty for order in self.orders.values()), D(0)))

    @property
    def working(self) -> list[Entry]:
        return [entry for entry in self.entries.values() if entry.works]

    @property
    def coming(self) -> list[Entry]:
        return [entry for entry in self.working if entry.bought]

    @property
    def ending(self) -> list[Entry]:
        return [entry for entry in self.working if entry.asked_to_end]

    @property
    def complete(self) -> list[Entry]:
        return [entry for entry in self.entries.values() if entry.exits_work]

    def believed(self) -> tuple[Decimal, Decimal]:
        return self.manager.quantities().get("SPY", (D(0), D(0)))

    def hear(self, outputs: tuple[Intent, ...]) -> None:
        self.intents.extend((output, self.believed()[0] == self.held) for output in outputs)

    def deliver(self, count: int) -> None:
        for _ in range(min(count, len(self.facts))):
            self.hear(self.manager.take(self.facts.popleft()))

    def tell(self, entry: Entry, status: S, exit_: str = "", order: str = "") -> None:
        self._n += 1
        filled = entry.sold[exit_] if exit_ else D(0) if order else entry.bought
        name = f"{entry.name}-{exit_}" if exit_ else entry.name
        self.facts.append(
            OrderChanged(
                account="paper", client_order_id=name, n=self._n, purpose=Purpose.PROTECT if exit_ else Purpose.ENTRY,
                status=status, symbol="SPY", side=Side.SELL if exit_ else Side.BUY, qty=QTY, type=OrderType.MARKET,
                time_in_force=TimeInForce.GTC, at=self.manager.at, filled_qty=filled, grouped=entry.grouped,
                parent=entry.name if exit_ else "", broker_order_id=f"b-{name}",
            )
        )  # fmt: skip

    def fill(self, entry: Entry, qty: Decimal, exit_: str = "") -> None:
        name = f"{entry.name}-{exit_}" if exit_ else entry.name
        cum = entry.sold[exit_] if exit_ else entry.bought
        self.facts.append(
            OrderFilled(
                account="paper", execution_id=execution_id(name, cum), client_order_id=name,
                purpose=Purpose.PROTECT if exit_ else Purpose.ENTRY, symbol="SPY",
                side=Side.SELL if exit_ else Side.BUY, qty=qty, price=D("168.50"), cum_qty=cum, at=self.manager.at,
                parent=entry.name if exit_ else "",
            )
        )  # fmt: skip

    def introduce(self, entry: Entry, status: S) -> None:
        self.tell(entry, status)
        if entry.grouped and not entry.told:
            entry.told = True
            for exit_ in entry.sold:
                self.tell(entry, S.HELD, exit_)

    def buy(self, entry: Entry, qty: Decimal) -> None:
        qty = min(qty, QTY - entry.bought)
        entry.bought += qty
        self.held += qty
        done = entry.bought == QTY
        self.fill(entry, qty)
        self.introduce(entry, S.FILLED if done else S.PARTIALLY_FILLED)
        if not done:
            return
        entry.works = False
        if entry.grouped:
            self.happened["complete at once" if qty == QTY else "complete later"] += 1
            self.happened["complete while taken back"] += entry.asked_to_end
            entry.exits_work = True
            self.tell(entry, S.NEW, "target")

    def end(self, entry: Entry) -> None:
        entry.works = False
        self.happened["cut short"] += entry.grouped and entry.bought > 0
        self.introduce(entry, S.CANCELED)
        for exit_ in entry.sold if entry.grouped else ():
            self.tell(entry, S.CANCELED, exit_)

    def end_exits(self, entry: Entry) -> None:
        entry.exits_work = False
        self.happened["exits canceled"] += 1
        for exit_ in entry.sold:
            self.tell(entry, S.CANCELED, exit_)

    def sell(self, entry: Entry, qty: Decimal, exit_: str) -> None:
        qty = min(qty, entry.remaining)
        entry.sold[exit_] += qty
        self.held -= qty
        self.happened["both exits sold" if all(entry.sold.values()) else "exit sold"] += 1
        self.fill(entry, qty, exit_)
        if entry.remaining:
            self.tell(entry, S.PARTIALLY_FILLED, exit_)
            return
        entry.exits_work = False
        self.tell(entry, S.FILLED, exit_)
        self.tell(entry, S.CANCELED, "stop" if exit_ == "target" else "target")

    def perform(self, *, lost: bool) -> None:
        intent, informed = self.intents.popleft()
        if isinstance(intent, CancelProtection):
            self.cancel(intent.client_order_id, lost=lost)
            return
        if intent.qty > self.held - self.claimed:
            assert not informed, "the manager asked for more than is free and could have known it"
            self.hear(self.manager.order(intent, S.REJECTED))
            return
        self.orders[intent.exit_id] = intent
        self.hear(self.manager.order(intent, S.NEW))
        if isinstance(intent, PlaceProtection):
            self.hear(self.manager.order(intent, S.HELD, leg=True))

    def cancel(self, name: str, *, lost: bool) -> None:
        """Take an entry that works back, else the exits of a complete one, else what was placed after a fill."""
        if entry := self.entries.get(name):
            entry.asked_to_end = True
        if lost:
            return
        if entry is None:
            if placed := self.orders.pop(name, None):
                self.hear(self.manager.end(placed))
        elif entry.works:
            self.end(entry)
        elif entry.exits_work:
            self.end_exits(entry)

    def sell_at_market(self) -> None:
        for name, order in list(self.orders.items()):
            if isinstance(order, ClosePosition):
                del self.orders[name]
                self.held -= order.qty
                self.hear(self.manager.sold(order, str(order.qty), str(order.qty)))
                self.hear(self.manager.order(order, S.FILLED, str(order.qty)))


def one_of(entries: list[Entry], pick: int) -> Entry:
    return entries[pick % len(entries)]


class Brackets(RuleBasedStateMachine):
    happened: ClassVar[Counter[str]]

    def __init__(self, manager: Manager) -> None:
        super().__init__()
        self.broker, self.manager = Broker(manager), manager

    @rule(grouped=st.sampled_from([True, True, True, False]), told=st.booleans())
    def approve(self, *, grouped: bool, told: bool) -> None:
        entry = Entry(f"e{len(self.broker.entries)}", grouped)
        self.manager.approved(entry.name, None, None, exits=("160.00", "202.00"))
        self.broker.entries[entry.name] = entry
        self.broker.happened["alone"] += not grouped
        if told:
            self.broker.introduce(entry, S.NEW)

    @precondition(lambda self: self.broker.working)
    @rule(pick=PICK, qty=st.sampled_from([D(1), D(4), D(6), QTY, QTY]))
    def buy(self, pick: int, qty: Decimal) -> None:
        self.broker.buy(one_of(self.broker.working, pick), qty)

    @precondition(lambda self: self.broker.working)
    @rule(pick=PICK)
    def an_entry_ends_by_itself(self, pick: int) -> None:
        self.broker.end(one_of(self.broker.working, pick))

    @precondition(lambda self: self.broker.coming)
    @rule(lost=st.booleans(), comes=st.booleans())
    def the_rest_does_not_come_in_time(self, *, lost: bool, comes: bool) -> None:
        self.broker.deliver(10**6)
        self.tick(is_open=True, count=6)
        for _ in range(len(self.broker.intents)):
            self.broker.perform(lost=lost)
        for entry in self.broker.ending if comes else ():
            self.broker.buy(entry, QTY)

    @precondition(lambda self: self.broker.complete)
    @rule(pick=PICK, qty=st.sampled_from([D(1), D(3), QTY]), exit_=st.sampled_from(["target", "stop"]))
    def an_exit_sells(self, pick: int, qty: Decimal, exit_: str) -> None:
        self.broker.sell(one_of(self.broker.complete, pick), qty, exit_)

    @precondition(lambda self: self.broker.complete)
    @rule(pick=PICK)
    def both_exits_sell(self, pick: int) -> None:
        entry = one_of(self.broker.complete, pick)
        self.broker.sell(entry, D(1), "target")
        if entry in self.broker.complete:
            self.broker.sell(entry, D(1), "stop")

    @precondition(lambda self: self.broker.complete)
    @rule(pick=PICK)
    def a_person_cancels_the_exits(self, pick: int) -> None:
        self.broker.end_exits(one_of(self.broker.complete, pick))

    @precondition(lambda self: self.broker.intents)
    @rule(lost=st.booleans())
    def perform(self, *, lost: bool) -> None:
        self.broker.perform(lost=lost)

    @precondition(lambda self: self.broker.facts)
    @rule(count=st.integers(1, 12))
    def deliver(self, count: int) -> None:
        self.broker.deliver(count)

    @rule(is_open=st.sampled_from([True, True, True, False]), count=st.sampled_from([1, 1, 2, 6]))
    def tick(self, *, is_open: bool, count: int) -> None:
        for _ in range(count):
            self.broker.hear(self.manager.tick(is_open=is_open))

    @precondition(lambda self: self.broker.held)
    @rule(qty=st.sampled_from([None, "2", "5"]), number=st.integers(0, 10**9))
    def leave(self, qty: str | None, number: int) -> None:
        self.broker.happened["leaving"] += 1
        self.broker.hear(self.manager.sell_signal(qty, approval=f"x{number}"))

    @precondition(lambda self: self.broker.orders)
    @rule()
    def sell_at_market(self) -> None:
        self.broker.sell_at_market()

    @rule()
    def restart(self) -> None:
        kept = msgspec.json.decode(msgspec.json.encode(self.manager.state), type=State)
        state = State(account="paper")
        for fact in self.manager.log:
            state = evolve(state, fact)
        assert kept == state == self.manager.state
        self.manager.state = kept

    @invariant()
    def nothing_is_offered_twice(self) -> None:
        assert self.broker.held >= self.broker.claimed
        held, open_qty = self.broker.believed()
        assert open_qty <= held

    def teardown(self) -> None:
        """Let everything come to rest: then each share is protected once, and the manager says so."""
        quiet, rounds = 0, 0
        while quiet < 100:
            quiet, rounds = quiet + 1, rounds + 1
            assert rounds < 2000, "it never comes to rest"
            self.tick(is_open=True, count=1)
            self.broker.sell_at_market()
            while self.broker.facts or self.broker.intents:
                quiet = 0
                self.broker.deliver(10**6)
                if self.broker.intents:
                    self.broker.perform(lost=False)
        assert self.broker.believed() == (self.broker.held, self.broker.claimed) == (self.broker.held,) * 2
        assert self.manager.state.gaps == {}
        ids = [intent.exit_id for intent in self.manager.wanted]
        assert len(ids) == len(set(ids))
        self.happened.update(self.broker.happened)


def test_in_any_order_of_events_what_an_entry_brought_protects_it_once(make_manager: Callable[[], Manager]):
    class OfOneBroker(Brackets):
        happened: ClassVar = Counter[str]()

        def __init__(self) -> None:
            super().__init__(make_manager())

    run_state_machine_as_test(
        OfOneBroker,
        settings=settings(max_examples=150, stateful_step_count=50, deadline=None, derandomize=True, phases=PHASES),
    )
    assert [name for name in SOMETIMES if not OfOneBroker.happened[name]] == []
