"""Fills, cancels, refusals, doubts and restarts in any order: what is held ends protected, nothing is sold twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

import msgspec
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from contracts.control import LimitsSet, Resumed
from contracts.exits import ExitReason, PlaceProtection
from contracts.lifecycle import OrderStatus as S
from contracts.limits import Limits
from position_manager.core import evolve
from position_manager.state import State

if TYPE_CHECKING:
    from .conftest import Broker

# Shrinking a story of sixty steps takes minutes.
PHASES = (Phase.explicit, Phase.generate)
PICK = st.integers(0, 99)

POLICIES = (
    Limits(),
    Limits(break_even=Decimal(0), give_back=Decimal(0)),
    Limits(trail_fraction=Decimal("0.01")),
    Limits(trail_fraction=Decimal("0.05"), trail_activation=Decimal("0.1"), give_back=Decimal(0)),
    Limits(scale_out=("0.05:0.5", "0.1:0.25"), stop_dollars=Decimal(2)),
    Limits(exit_collar=Decimal(0), give_back_activation=Decimal(0)),
)
FOLLOWING = (
    Limits(),
    Limits(ratchet=Decimal("0.01")),
    Limits(ratchet=Decimal("0.002"), trail_fraction=Decimal("0.02"), stop_fraction=Decimal("0.1")),
)
OUTCOMES = ("raised", "told late", "no", "rejected")
FLAT = Limits(flat_minutes_before_close=30)


class Races(RuleBasedStateMachine):
    """`happened` is counted over all runs."""

    happened: ClassVar[Counter[str]]

    def __init__(self, broker: Broker) -> None:
        super().__init__()
        self.broker, self.manager = broker, broker.manager
        self.killed = False
        self.flat = False

    @rule(qty=st.sampled_from(["1", "2", "5", "0.5", "2.5"]))
    def buy(self, qty: str) -> None:
        self.broker.buy(qty)

    @precondition(lambda self: self.broker.facts or self.broker.intents)
    @rule()
    def let_all_arrive(self) -> None:
        self.broker.deliver(10**6)
        for _ in range(len(self.broker.intents)):
            self.broker.perform("accept")
        self.broker.deliver(10**6)

    @precondition(lambda self: self.broker.intents)
    @rule(outcome=st.sampled_from(["accept", "accept", "accept", "reject", "unknown", "lost"]))
    def perform(self, outcome: str) -> None:
        self.broker.perform(outcome)

    @precondition(lambda self: self.broker.some(0, doubtful=True))
    @rule(pick=PICK, accept=st.booleans())
    def resolve(self, pick: int, *, accept: bool) -> None:
        if order := self.broker.some(pick, doubtful=True):
            self.broker.resolve(order, accept=accept)

    @precondition(lambda self: self.broker.some(0))
    @rule(pick=PICK, share=st.sampled_from(["0.5", "1", "all"]), leg=st.booleans(), fill_first=st.booleans())
    def trade(self, pick: int, share: str, *, leg: bool, fill_first: bool) -> None:
        order = self.broker.some(pick)
        if order and not order.doubt:
            by_leg = order.triggered or (leg and order.grouped)
            self.broker.trade(order, share, leg=by_leg, fill_first=fill_first)

    @precondition(lambda self: self.broker.some(0))
    @rule(pick=PICK, status=st.sampled_from([S.CANCELED, S.EXPIRED]))
    def end_by_itself(self, pick: int, status: S) -> None:
        if order := self.broker.some(pick):
            self.broker.end(order, status)

    @precondition(lambda self: self.broker.some(0))
    @rule(pick=PICK, as_order=st.booleans())
    def end_with_a_fill_that_is_told_of_late(self, pick: int, *, as_order: bool) -> None:
        order = self.broker.some(pick)
        if order and not order.triggered:
            self.broker.end_with_a_late_fill(order, as_order=as_order)

    @precondition(lambda self: self.broker.some(0))
    @rule(pick=PICK)
    def a_person_cancels_and_sells_by_hand(self, pick: int) -> None:
        if order := self.broker.some(pick):
            self.broker.sell_by_hand(order)

    @precondition(lambda self: self.broker.some(0))
    @rule(pick=PICK, qty=st.sampled_from(["1", "2", "0.5"]))
    def a_person_cancels_and_offers_by_hand(self, pick: int, qty: str) -> None:
        if (order := self.broker.some(pick)) and not order.triggered:
            self.broker.offer_by_hand(order, Decimal(qty))
            self.happened["offered"] += 1

    @precondition(lambda self: self.broker.offers)
    @rule(qty=st.sampled_from(["0.5", "1", "9"]))
    def a_strangers_offer_is_taken(self, qty: str) -> None:
        self.broker.fill_offer(self.broker.offers[0], Decimal(qty))
        self.happened["taken"] += 1

    @precondition(lambda self: self.broker.offers)
    @rule()
    def a_strangers_offer_ends(self) -> None:
        self.broker.end_offer(self.broker.offers[0])
        self.happened["withdrawn"] += 1

    @precondition(lambda self: not self.broker.held and not self.broker.orders)
    @rule(qty=st.sampled_from(["1", "3"]))
    def a_stranger_has_shares_before_we_buy(self, qty: str) -> None:
        self.broker.beyond = Decimal(qty)

    @precondition(lambda self: self.broker.facts)
    @rule(count=st.integers(1, 20))
    def deliver(self, count: int) -> None:
        self.broker.deliver(count)

    @precondition(lambda self: self.broker.late and not self.broker.facts)
    @rule()
    def deliver_late(self) -> None:
        self.broker.hear(self.broker.late.popleft()())

    @rule()
    def snapshot(self) -> None:
        self.broker.snapshot()

    @rule(is_open=st.booleans(), seconds=st.sampled_from([1, 1, 1, 3 * 86_400]))
    def tick(self, *, is_open: bool, seconds: int) -> None:
        self.broker.hear(self.manager.tick(is_open=is_open, seconds=seconds))

    @rule(bid=st.sampled_from([0, 120, 165, 168.5, 171.5, 172, 180, 205]), last=st.sampled_from([0, 0, 168.5, 172]))
    def quote(self, bid: float, last: float) -> None:
        self.broker.hear(self.manager.quote(bid, last))

    @rule(limits=st.sampled_from([*POLICIES, *POLICIES, FLAT]))
    def set_limits(self, limits: Limits) -> None:
        self.flat |= limits == FLAT
        self.broker.hear(self.manager.take(LimitsSet(control_id="c", scope="all", limits=limits, by="ann")))

    @rule(qty=st.sampled_from([None, "1", "0.5", "3"]), number=st.integers(0, 10**9))
    def sell_signal(self, qty: str | None, number: int) -> None:
        self.broker.hear(self.manager.sell_signal(qty, approval=f"x{number}"))

    @rule(number=st.integers(0, 10**9), kill=st.sampled_from([False, False, True]))
    def a_person_orders_to_leave_everything(self, number: int, *, kill: bool) -> None:
        self.killed = self.killed or kill
        self.broker.hear(self.manager.flatten(f"c{number}", halt="h1" if kill else ""))

    @rule()
    def a_person_ends_the_kill_switch(self) -> None:
        self.broker.hear(self.manager.take(Resumed(control_id="r1", scope="all", by="ann", why="")))

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
        assert self.broker.held >= 0
        assert self.broker.free >= 0 or self.broker.surprised

    @invariant()
    def working_sells_never_exceed_what_is_held(self) -> None:
        held, open_qty = self.broker.believed()
        assert open_qty <= held or self.broker.surprised

    def teardown(self) -> None:
        """Let everything come to rest with a broker that takes all orders: then all that is held is protected."""
        self.quote(165, 0)
        self.come_to_rest()
        self.all_that_strangers_leave_is_protected()
        if self.broker.offers:
            for offer in tuple(self.broker.offers):
                self.broker.end_offer(offer)
            self.come_to_rest()
        held, orders = self.broker.held, self.broker.orders.values()
        assert self.broker.believed() == (held, held)
        assert held == sum(o.remaining for o in orders if isinstance(o.intent, PlaceProtection))
        self.each_stop_is_known_where_it_rests()
        self.each_fill_was_protected_once()

    def each_stop_is_known_where_it_rests(self) -> None:
        position = self.manager.state.positions.get("SPY")
        for part in position.parts if position else ():
            order = self.broker.orders[part.order]
            assert isinstance(order.intent, PlaceProtection)
            assert part.stop_price == (order.moved[1] if order.moved else order.intent.stop_price)

    def all_that_strangers_leave_is_protected(self) -> None:
        position = self.manager.state.positions.get("SPY")
        for part in position.parts if position else ():
            assert part.order or self.broker.free < min(part.qty, 1)

    def come_to_rest(self) -> None:
        quiet, rounds = 0, 0
        # Nothing waits longer than 60 ticks, nor than three counts of the account, of which two lack shares.
        while quiet < 80:
            quiet, rounds = quiet + 1, rounds + 1
            assert rounds < 1000, "it never comes to rest"
            if rounds % 25 == 0:
                self.broker.snapshot()
                self.broker.deliver(1)
            self.tick(is_open=True, seconds=1)
            self.broker.fill_what_sells_at_market()
            while self.broker.busy:
                self.broker.work_off()
                quiet = 0

    def each_fill_was_protected_once(self) -> None:
        ids = [intent.exit_id for intent in self.manager.wanted]
        assert len(ids) == len(set(ids))
        first = dict.fromkeys(
            (f"{name}-{qty}".replace(".", "_") for name, qty in self.broker.fills.items()), Decimal(0)
        )
        for intent in self.manager.wanted:
            if isinstance(intent, PlaceProtection) and intent.reason is ExitReason.ENTRY_FILLED:
                first[intent.execution_id] += intent.qty
        for (name, qty), placed in zip(self.broker.fills.items(), first.values(), strict=True):
            assert placed <= qty, name
            # A fill that meets an overdue position, the end of the day or the kill switch, is sold at once.
            at_once = self.manager.overdue or self.flat or self.killed
            assert placed >= int(qty) or self.broker.surprised or at_once, name


def test_in_any_order_of_events_what_is_held_ends_protected_and_nothing_is_sold_twice(
    make_broker: Callable[[], Broker],
):
    class OfOneBroker(Races):
        happened: ClassVar = Counter[str]()

        def __init__(self) -> None:
            super().__init__(make_broker())

    run_state_machine_as_test(
        OfOneBroker,
        settings=settings(max_examples=350, stateful_step_count=60, deadline=None, derandomize=True, phases=PHASES),
    )
    assert min(OfOneBroker.happened[what] for what in ("offered", "taken", "withdrawn")) > 0


class Raising(Races):
    """Stops follow what is watched, and of others there is nobody."""

    @initialize(limits=st.sampled_from(FOLLOWING))
    def begin(self, limits: Limits) -> None:
        self.follow(limits)

    @rule(limits=st.sampled_from(FOLLOWING))
    def set_limits(self, limits: Limits) -> None:
        self.follow(limits)

    # Rules of the others no more.
    a_person_cancels_and_offers_by_hand = None  # pyright: ignore[reportAssignmentType] - nobody calls it
    a_stranger_has_shares_before_we_buy = None  # pyright: ignore[reportAssignmentType] - nobody calls it

    def follow(self, limits: Limits) -> None:
        self.broker.hear(self.manager.take(LimitsSet(control_id="c", scope="all", limits=limits, by="ann")))

    @precondition(lambda self: self.broker.held)
    @rule(bid=st.sampled_from([171.5, 172, 180]), outcome=st.sampled_from(["rejected", "raised", "later"]))
    def the_price_rises_while_nothing_is_under_way(self, bid: float, outcome: str) -> None:
        self.let_all_arrive()
        self.broker.hear(self.manager.quote(bid, 0))
        self.broker.hear(self.manager.tick())
        if self.broker.wishes and outcome != "later":
            self.a_stop_is_to_be_raised(outcome)

    @precondition(lambda self: self.broker.wishes)
    @rule(outcome=st.sampled_from(OUTCOMES))
    def a_stop_is_to_be_raised(self, outcome: str) -> None:
        self.happened[self.broker.answer(outcome)] += 1

    @rule(is_open=st.sampled_from([True, True, True, False]), seconds=st.just(1))
    def tick(self, *, is_open: bool, seconds: int) -> None:
        super().tick(is_open=is_open, seconds=seconds)


def test_wherever_stops_are_raised_meanwhile_it_ends_so_too_and_each_is_known_where_it_rests(
    make_broker: Callable[[], Broker],
):
    class OfOneBroker(Raising):
        happened: ClassVar = Counter[str]()

        def __init__(self) -> None:
            super().__init__(make_broker())

    run_state_machine_as_test(
        OfOneBroker,
        settings=settings(max_examples=200, stateful_step_count=60, deadline=None, derandomize=True, phases=PHASES),
    )
    assert [what for what in ("raised", "no", "rejected", "too late") if not OfOneBroker.happened[what]] == []
