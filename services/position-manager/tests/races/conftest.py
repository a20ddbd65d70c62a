"""A model of the broker that knows the truth, and tells the manager of it late and in its own order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from msgspec import Struct

from contracts.exits import CancelProtection, ClosePosition, MoveProtection, PlaceProtection
from contracts.lifecycle import OrderStatus as S
from contracts.orders import OrderChanged, OrderFilled, Purpose, execution_id
from contracts.values import OrderType, Side, TimeInForce
from position_manager.plan import Intent

if TYPE_CHECKING:
    from ..conftest import Manager, Moved  # noqa: TID252 - folders of tests are no packages

D = Decimal
Telling = Callable[[], tuple[Intent, ...]]


class Resting(Struct):
    """An order as the broker has it: `doubt` while the executor does not know; `sold` by the target and by the stop.

    `moved` is what took the place of its stop.
    """

    intent: PlaceProtection | ClosePosition
    working: bool = False
    doubt: bool = False
    triggered: bool = False
    sold: Decimal = D(0)
    by_leg: Decimal = D(0)
    moved: Moved | None = None

    @property
    def remaining(self) -> Decimal:
        return self.intent.qty - self.sold - self.by_leg if self.working else D(0)

    @property
    def grouped(self) -> bool:
        return isinstance(self.intent, PlaceProtection) and self.intent.target_price is not None


class Offered(Struct):
    """A sale of a stranger that rests, and what it has sold."""

    name: str
    qty: Decimal
    sold: Decimal = D(0)

    @property
    def remaining(self) -> Decimal:
        return self.qty - self.sold


class Broker:
    """`held` are our shares, `beyond` what a stranger has, who sells these first; `offers` are theirs that rest.

    `facts` are on their way to the manager, `late` ones come after what they should have come before.

    `intents` are on their way here, each with whether the manager knew the truth when it sent it. `surprised`: once
    something happened that no manager can know in time.
    """

    def __init__(self, manager: Manager) -> None:
        self.manager = manager
        self.held = self.beyond = D(0)
        self.offers, self.offered = list[Offered](), 0
        self.orders = dict[str, Resting]()
        self.intents = deque[tuple[Intent, bool]]()
        self.facts, self.late = deque[Telling](), deque[Telling]()
        self.fills = dict[str, Decimal]()
        self.answered = 0
        self.surprised = False

    @property
    def busy(self) -> bool:
        coming = self.facts or self.late or self.intents or self.wishes
        return bool(coming or any(o.doubt for o in self.orders.values()))

    @property
    def wishes(self) -> list[MoveProtection]:
        """Stops that are to be raised, as far as that was not answered."""
        return self.manager.moves[self.answered :]

    @property
    def free(self) -> Decimal:
        ours = sum((order.remaining for order in self.orders.values()), D(0))
        return self.held + self.beyond - ours - self.claimed

    @property
    def claimed(self) -> Decimal:
        return sum((offer.remaining for offer in self.offers), D(0))

    @property
    def is_known(self) -> bool:
        """Say whether the manager knows what is held and what strangers may sell."""
        position = self.manager.state.positions.get("SPY")
        if position is None:
            return not self.held
        theirs = position.strangers
        return position.held == self.held and theirs.claimed == self.claimed and theirs.beyond <= self.beyond

    def believed(self) -> tuple[Decimal, Decimal]:
        """Say what the manager holds and has in open orders, as it thinks."""
        return self.manager.quantities().get("SPY", (D(0), D(0)))

    def some(self, pick: int, *, doubtful: bool = False) -> Resting | None:
        found = [o for o in self.orders.values() if (o.doubt if doubtful else o.working)]
        return found[pick % len(found)] if found else None

    def hear(self, outputs: tuple[Intent, ...]) -> None:
        self.intents.extend((output, self.is_known) for output in outputs)

    def deliver(self, count: int) -> None:
        for _ in range(min(count, len(self.facts))):
            self.hear(self.facts.popleft()())

    def tell(self, order: Resting, status: S, *, leg: bool = False, sold: Decimal | None = None) -> None:
        count = str((order.by_leg if leg else order.sold) if sold is None else sold)
        moved = order.moved if leg or not order.grouped else None
        self.facts.append(lambda: self.manager.order(order.intent, status, count, leg=leg, moved=moved))

    def answer(self, outcome: str) -> str:
        """Raise a stop or do not; say what came of the wish."""
        move, self.answered = self.wishes[0], self.answered + 1
        order = self.orders.get(move.client_order_id)
        if order is None or not order.working or not isinstance(order.intent, PlaceProtection):
            return "too late"
        before = order.moved or ("", order.intent.stop_price)
        after = (f"{move.client_order_id}-{self.answered}", move.stop_price)
        assert move.stop_price > before[1], "a stop was to be lowered"
        resting = S.HELD if order.grouped else S.NEW
        if outcome == "no" or order.sold or order.by_leg:
            self.say(order.intent, before, resting, "42210000")
            return "no"
        if outcome == "rejected":
            self.say(order.intent, after, S.PENDING_NEW)
            self.say(order.intent, after, S.REJECTED)
            return outcome
        order.moved = after
        if outcome == "raised":
            self.say(order.intent, after, S.PENDING_NEW)
        self.say(order.intent, before, S.REPLACED)
        self.say(order.intent, after, resting)
        return "raised"

    def say(self, placed: PlaceProtection, stop: Moved, status: S, code: str = "") -> None:
        name, price = stop
        self.facts.append(lambda: self.manager.stop(placed, status, str(price), name, code))

    def buy(self, qty: str) -> None:
        self.held += D(qty)
        name = f"e{len(self.fills)}"
        self.fills[name] = D(qty)
        self.facts.append(lambda: self.manager.bought(qty, order=name))

    def perform(self, outcome: str) -> None:
        intent, informed = self.intents.popleft()
        if isinstance(intent, CancelProtection):
            order = self.orders.get(intent.client_order_id)
            if order and order.working and outcome != "lost":
                self.end(order, S.CANCELED)
            return
        assert intent.exit_id not in self.orders
        if intent.qty > self.free:
            assert not informed, "the manager asked for more than is free and could have known it"
            outcome = "reject"
        order = self.orders[intent.exit_id] = Resting(intent)
        self.tell(order, S.SUBMITTING)
        order.working = outcome in {"accept", "unknown"}
        order.doubt = outcome in {"unknown", "lost"}
        if outcome == "accept":
            self.rest(order)
        else:
            self.tell(order, S.REJECTED if outcome == "reject" else S.UNKNOWN)

    def rest(self, order: Resting) -> None:
        self.tell(order, S.NEW)
        if order.grouped:
            self.tell(order, S.HELD, leg=True)

    def resolve(self, order: Resting, *, accept: bool) -> None:
        order.doubt = False
        order.working = order.working or (accept and order.intent.qty <= self.free)
        if order.working:
            self.rest(order)
        else:
            self.tell(order, S.REJECTED)

    def trade(self, order: Resting, share: str, *, leg: bool, fill_first: bool) -> None:
        """Sell by the target or, with `leg`, by the stop, which ends the target first."""
        qty = self.sell(order, share, leg=leg)
        if leg and not order.triggered:
            order.triggered = True
            self.tell(order, S.CANCELED)
        done = not order.remaining
        cum = str(order.by_leg if leg else order.sold)
        moved = order.moved if leg or not order.grouped else None
        fact = lambda: self.manager.sold(order.intent, str(qty), cum, leg=leg, moved=moved)  # noqa: E731 - a fact under way, as in tell
        if fill_first:
            self.facts.append(fact)
        self.tell(order, S.FILLED if done else S.PARTIALLY_FILLED, leg=leg)
        if not fill_first:
            self.facts.append(fact)
        if done:
            order.working = False
            if order.grouped and not leg:
                self.tell(order, S.CANCELED, leg=True)

    def sell(self, order: Resting, share: str, *, leg: bool) -> Decimal:
        qty = order.remaining if share == "all" else min(D(share), order.remaining)
        # Where more of ours is sold than there is, as after a fill that was told late, the account sells a stranger's.
        theirs = min(max(qty - self.held, D(0)), self.beyond)
        self.held -= qty - theirs
        self.beyond -= theirs
        if leg:
            order.by_leg += qty
        else:
            order.sold += qty
        return qty

    def end(self, order: Resting, status: S, *, sold: Decimal | None = None) -> None:
        order.working = order.doubt = False
        if order.grouped:
            self.tell(order, S.CANCELED, leg=True)
        self.tell(order, status, sold=sold)

    def end_with_a_late_fill(self, order: Resting, *, as_order: bool) -> None:
        """Sell one share and end, tell of the end first."""
        self.surprised = True
        before, qty = order.sold, self.sell(order, "1", leg=False)
        cum, moved = str(order.sold), None if order.grouped else order.moved
        self.end(order, S.CANCELED, sold=before)
        if as_order:
            self.late.append(lambda: self.manager.order(order.intent, S.PARTIALLY_FILLED, cum, moved=moved))
        else:
            self.late.append(lambda: self.manager.sold(order.intent, str(qty), cum, moved=moved))

    def sell_by_hand(self, order: Resting) -> None:
        """Let a person cancel an order of ours and sell one of its shares."""
        self.surprised = True
        self.part_with(min(D(1), order.remaining))
        self.end(order, S.CANCELED)
        self.forestall()

    def forestall(self) -> None:
        """Let what is on its way here have been sent by a manager that could not know better."""
        self.intents = deque((intent, False) for intent, _ in self.intents)

    def part_with(self, qty: Decimal) -> None:
        theirs = min(qty, self.beyond)
        self.beyond -= theirs
        self.held -= qty - theirs

    def offer_by_hand(self, order: Resting, qty: Decimal) -> None:
        """Let a person cancel an order of ours and have a sale of some of its shares rest in its place."""
        self.surprised = True
        self.end(order, S.CANCELED)
        self.forestall()
        self.offered += 1
        offer = Offered(f"hand{self.offered}", qty)
        if qty <= self.free:
            self.offers.append(offer)
            self.tell_of(offer, S.NEW)

    def fill_offer(self, offer: Offered, qty: Decimal) -> None:
        self.surprised = True
        qty = min(qty, offer.remaining)
        self.part_with(qty)
        offer.sold += qty
        self.forestall()
        fill = OrderFilled(
            account="paper", execution_id=execution_id(offer.name, offer.sold), client_order_id=offer.name,
            purpose=Purpose.EXTERNAL, symbol="SPY", side=Side.SELL, qty=qty, price=D(170), cum_qty=offer.sold,
            at=self.manager.at,
        )  # fmt: skip
        self.facts.append(lambda: self.manager.take(fill))
        self.tell_of(offer, S.PARTIALLY_FILLED if offer.remaining else S.FILLED)
        if not offer.remaining:
            self.offers.remove(offer)

    def end_offer(self, offer: Offered) -> None:
        self.offers.remove(offer)
        self.tell_of(offer, S.CANCELED)

    def tell_of(self, offer: Offered, status: S) -> None:
        told = OrderChanged(
            account="paper", client_order_id=offer.name, n=1, purpose=Purpose.EXTERNAL, status=status, symbol="SPY",
            side=Side.SELL, qty=offer.qty, type=OrderType.LIMIT, time_in_force=TimeInForce.GTC, at=self.manager.at,
            filled_qty=offer.sold,
        )  # fmt: skip
        self.facts.append(lambda: self.manager.take(told))

    def snapshot(self) -> None:
        held = str(self.held + self.beyond)
        self.facts.append(lambda: self.manager.snapshot(held))

    def work_off(self) -> None:
        """Do a bit of everything that waits, and be kind."""
        self.deliver(len(self.facts))
        if self.late:
            self.hear(self.late.popleft()())
        if order := self.some(0, doubtful=True):
            self.resolve(order, accept=True)
        if self.intents:
            self.perform("accept")
        if self.wishes:
            self.answer("raised")
        self.fill_what_sells_at_market()

    def fill_what_sells_at_market(self) -> None:
        for order in self.orders.values():
            if order.working and not order.doubt and (isinstance(order.intent, ClosePosition) or order.triggered):
                self.trade(order, "all", leg=order.triggered, fill_first=True)


@pytest.fixture
def make_broker(make_manager: Callable[[], Manager]) -> Callable[[], Broker]:
    return lambda: Broker(make_manager())
