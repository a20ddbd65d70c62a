"""Fills, cancels, refusals, doubts and restarts in any order, against a model of the broker that knows the truth."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from msgspec import Struct

from contracts.exits import CancelProtection, ClosePosition, ExitReason, PlaceProtection
from contracts.lifecycle import OrderStatus as S
from position_manager.core import Outbound, evolve
from position_manager.state import State

if TYPE_CHECKING:
    from .conftest import Manager

D = Decimal
# Shrinking a story of sixty steps takes minutes.
PHASES = (Phase.explicit, Phase.generate)
BUYS = st.sampled_from(["1", "2", "5", "0.5", "2.5"])
PICK = st.integers(0, 99)


class Resting(Struct):
    """An order as the broker has it: `doubt` while the executor does not know; `sold` by the target and by the stop."""

    intent: PlaceProtection | ClosePosition
    working: bool = True
    doubt: bool = False
    triggered: bool = False
    sold: Decimal = D(0)
    by_leg: Decimal = D(0)

    @property
    def remaining(self) -> Decimal:
        return self.intent.qty - self.sold - self.by_leg if self.working else D(0)

    @property
    def grouped(self) -> bool:
        return isinstance(self.intent, PlaceProtection) and self.intent.target_price is not None


class Races(RuleBasedStateMachine):
    """`facts` are on their way to the manager, `late` ones come after what they should have come before."""

    def __init__(self, manager: Manager) -> None:
        super().__init__()
        self.manager = manager
        self.held = D(0)
        self.orders = dict[str, Resting]()
        self.intents = deque[tuple[Outbound, bool]]()
        self.facts, self.late = deque[Callable[[], tuple[Outbound, ...]]](), deque[Callable[[], tuple[Outbound, ...]]]()
        self.fills = dict[str, Decimal]()
        self.surprised = False

    def believed(self) -> tuple[Decimal, Decimal]:
        return self.manager.quantities().get("SPY", (D(0), D(0)))

    def hear(self, outputs: tuple[Outbound, ...]) -> None:
        self.intents.extend((output, self.believed()[0] == self.held) for output in outputs)

    def tell(self, order: Resting, status: S, *, leg: bool = False, sold: Decimal | None = None) -> None:
        count = str((order.by_leg if leg else order.sold) if sold is None else sold)
        self.facts.append(lambda: self.manager.order(order.intent, status, count, leg=leg))

    def some(self, pick: int, *, doubtful: bool = False) -> Resting | None:
        found = [o for o in self.orders.values() if (o.doubt if doubtful else o.working)]
        return found[pick % len(found)] if found else None

    @rule(qty=BUYS)
    def buy(self, qty: str) -> None:
        self.held += D(qty)
        name = f"e{len(self.fills)}"
        self.fills[name] = D(qty)
        self.facts.append(lambda: self.manager.bought(qty, order=name))

    @precondition(lambda self: self.facts or self.intents)
    @rule()
    def let_all_arrive(self) -> None:
        self.deliver(10**6)
        for _ in range(len(self.intents)):
            self.perform("accept")
        self.deliver(10**6)

    @precondition(lambda self: self.intents)
    @rule(outcome=st.sampled_from(["accept", "accept", "accept", "reject", "unknown", "lost"]))
    def perform(self, outcome: str) -> None:
        intent, informed = self.intents.popleft()
        if isinstance(intent, CancelProtection):
            order = self.orders.get(intent.client_order_id)
            if order and order.working and outcome != "lost":
                self.end_of(order, S.CANCELED)
            return
        assert intent.exit_id not in self.orders
        order = self.orders[intent.exit_id] = Resting(intent, working=False)
        free = self.held - sum(o.remaining for o in self.orders.values())
        if intent.qty > free:
            assert not informed, "the manager asked for more than is free and could have known it"
            outcome = "reject"
        order.working = outcome in {"accept", "unknown"}
        order.doubt = outcome in {"unknown", "lost"}
        self.tell(order, S.SUBMITTING)
        if outcome == "accept":
            self.rest(order)
        else:
            self.tell(order, S.REJECTED if outcome == "reject" else S.UNKNOWN)

    def rest(self, order: Resting) -> None:
        self.tell(order, S.NEW)
        if order.grouped:
            self.tell(order, S.HELD, leg=True)

    @precondition(lambda self: self.some(0, doubtful=True))
    @rule(pick=PICK, accept=st.booleans())
    def resolve(self, pick: int, *, accept: bool) -> None:
        if (order := self.some(pick, doubtful=True)) is None:
            return
        order.doubt = False
        free = self.held - sum(o.remaining for o in self.orders.values())
        order.working = order.working or (accept and order.intent.qty <= free)
        if order.working:
            self.rest(order)
        else:
            self.tell(order, S.REJECTED)

    @precondition(lambda self: self.some(0))
    @rule(pick=PICK, share=st.sampled_from(["0.5", "1", "all"]), leg=st.booleans(), fill_first=st.booleans())
    def trade(self, pick: int, share: str, *, leg: bool, fill_first: bool) -> None:
        if (order := self.some(pick)) is None or order.doubt:
            return
        qty = order.remaining if share == "all" else min(D(share), order.remaining)
        leg = order.triggered or (leg and order.grouped)
        if leg and not order.triggered:
            order.triggered = True
            self.tell(order, S.CANCELED)
        self.sell(order, qty, leg=leg)
        done = not order.remaining
        cum = str(order.by_leg if leg else order.sold)
        if fill_first:
            self.facts.append(lambda: self.manager.sold(order.intent, str(qty), cum, leg=leg))
        self.tell(order, S.FILLED if done else S.PARTIALLY_FILLED, leg=leg)
        if not fill_first:
            self.facts.append(lambda: self.manager.sold(order.intent, str(qty), cum, leg=leg))
        if done:
            order.working = False
            if order.grouped and not leg:
                self.tell(order, S.CANCELED, leg=True)

    def sell(self, order: Resting, qty: Decimal, *, leg: bool) -> None:
        self.held -= qty
        if leg:
            order.by_leg += qty
        else:
            order.sold += qty

    def end_of(self, order: Resting, status: S) -> None:
        order.working = order.doubt = False
        if order.grouped:
            self.tell(order, S.CANCELED, leg=True)
        self.tell(order, status)

    @precondition(lambda self: self.some(0))
    @rule(pick=PICK, status=st.sampled_from([S.CANCELED, S.EXPIRED]))
    def end_by_itself(self, pick: int, status: S) -> None:
        if order := self.some(pick):
            self.end_of(order, status)

    @precondition(lambda self: self.some(0))
    @rule(pick=PICK)
    def end_with_a_fill_that_is_told_of_late(self, pick: int) -> None:
        if (order := self.some(pick)) is None or order.triggered:
            return
        self.surprised = True
        before, qty = order.sold, min(D(1), order.remaining)
        self.sell(order, qty, leg=False)
        cum = str(order.sold)
        order.working = order.doubt = False
        if order.grouped:
            self.tell(order, S.CANCELED, leg=True)
        self.tell(order, S.CANCELED, sold=before)
        self.late.append(lambda: self.manager.sold(order.intent, str(qty), cum))

    @precondition(lambda self: self.some(0))
    @rule(pick=PICK)
    def a_person_cancels_and_sells_by_hand(self, pick: int) -> None:
        if order := self.some(pick):
            self.surprised = True
            self.held -= min(D(1), order.remaining)
            self.end_of(order, S.CANCELED)
            self.intents = deque((intent, False) for intent, _ in self.intents)

    @precondition(lambda self: self.facts)
    @rule(count=st.integers(1, 20))
    def deliver(self, count: int) -> None:
        while self.facts and count:
            self.hear(self.facts.popleft()())
            count -= 1

    @precondition(lambda self: self.late and not self.facts)
    @rule()
    def deliver_late(self) -> None:
        self.hear(self.late.popleft()())

    @rule()
    def snapshot(self) -> None:
        held = str(self.held)
        self.facts.append(lambda: self.manager.snapshot(held))

    @rule(is_open=st.booleans(), seconds=st.sampled_from([1, 1, 1, 3 * 86_400]))
    def tick(self, *, is_open: bool, seconds: int) -> None:
        self.hear(self.manager.tick(is_open=is_open, seconds=seconds))

    @rule(bid=st.sampled_from([120, 165, 205]))
    def quote(self, bid: float) -> None:
        self.hear(self.manager.quote(bid))

    @rule(qty=st.sampled_from([None, "1", "0.5", "3"]), number=st.integers(0, 10**9))
    def sell_signal(self, qty: str | None, number: int) -> None:
        self.hear(self.manager.sell_signal(qty, approval=f"x{number}"))

    @rule()
    def restart_from_a_snapshot(self) -> None:
        kept = msgspec.json.decode(msgspec.json.encode(self.manager.state), type=State)
        assert kept == self.manager.state
        self.manager.state = kept

    @rule()
    def restart_from_the_log(self) -> None:
        state = State(account="paper")
        for fact in self.manager.log:
            state = evolve(state, fact)
        assert state == self.manager.state
        self.manager.state = state

    @invariant()
    def never_short(self) -> None:
        assert self.held >= 0
        assert self.held >= sum(o.remaining for o in self.orders.values()) or self.surprised

    @invariant()
    def working_sells_never_exceed_what_is_held(self) -> None:
        held, open_qty = self.believed()
        assert open_qty <= held or self.surprised

    def teardown(self) -> None:
        """Let everything come to rest with a broker that takes all orders: then all that is held is protected."""
        self.quote(165)
        quiet, rounds = 0, 0
        # Nothing waits longer than 60 ticks.
        while quiet < 65:
            quiet, rounds = quiet + 1, rounds + 1
            assert rounds < 1000, "it never comes to rest"
            if rounds % 25 == 0:
                self.snapshot()
                self.deliver(10**6)
            self.tick(is_open=True, seconds=1)
            self.fill_closes()
            while self.facts or self.late or self.intents or any(o.doubt for o in self.orders.values()):
                self.work_off()
                quiet = 0
        resting = sum(o.remaining for o in self.orders.values() if isinstance(o.intent, PlaceProtection))
        assert (self.held, self.held) == self.believed()
        assert self.held == resting
        self.each_fill_is_protected_once()

    def work_off(self) -> None:
        self.deliver(10**6)
        if self.late:
            self.deliver_late()
        self.resolve(0, accept=True)
        if self.intents:
            self.perform("accept")
        self.fill_closes()

    def fill_closes(self) -> None:
        for pick, order in enumerate([o for o in self.orders.values() if o.working]):
            if isinstance(order.intent, ClosePosition) or order.triggered:
                self.trade(pick, "all", leg=False, fill_first=True)
                return

    def each_fill_is_protected_once(self) -> None:
        ids = [intent.exit_id for intent in self.manager.wanted]
        assert len(ids) == len(set(ids))
        first = dict.fromkeys((f"{name}-{qty}".replace(".", "_") for name, qty in self.fills.items()), D(0))
        for intent in self.manager.wanted:
            if isinstance(intent, PlaceProtection) and intent.reason is ExitReason.ENTRY_FILLED:
                first[intent.execution_id] += intent.qty
        for (name, qty), placed in zip(self.fills.items(), first.values(), strict=True):
            assert placed <= qty, name
            # A fill that meets an overdue position, or a fraction at its target, is sold at once.
            assert placed >= int(qty) or self.surprised or self.manager.overdue, name


def test_in_any_order_of_events_what_is_held_ends_protected_and_nothing_is_sold_twice(
    make_manager: Callable[[], Manager],
):

    class OfOneManager(Races):
        def __init__(self) -> None:
            super().__init__(make_manager())

    run_state_machine_as_test(
        OfOneManager,
        settings=settings(max_examples=350, stateful_step_count=60, deadline=None, derandomize=True, phases=PHASES),
    )
