"""A broker with a memory, and with faults on request: for tests, held to the same protocol as the real ones."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from contracts.accounts import Holding
from contracts.lifecycle import TERMINAL, OrderStatus
from contracts.market import SplitAnnounced
from contracts.values import OrderType, Side
from executor.brokers import groups
from executor.brokers.broker import (
    Allowance,
    Asset,
    Balance,
    BrokerOrder,
    Capabilities,
    ClockReading,
    Execution,
    OrderRefusedError,
    Ticket,
)
from executor.brokers.fates import Fates, fail, refuse_parts, unheard
from executor.brokers.resting import Resting, by_hand, holding, legs, moved, resting
from executor.brokers.telling import Telling

START = datetime(2013, 10, 7, 13, 30, tzinfo=UTC)
PRICE, CASH = Decimal("168.50"), Decimal(100_000)


class MemoryBroker:
    """Accepts everything, remembers it, and does what the fates say to the answers.

    With `is_forgetful`, it does not mind ids that it knows, as Alpaca would: then every blind resend makes a second
    order, and `doubled` names it. `late` are orders that a fill reached after their end, `moved` are shares that came
    or went without an order, `paid` is cash likewise. What is not in `assets` may be traded in every way.
    """

    def __init__(
        self, *, is_forgetful: bool = False, unique_client_ids: bool = True, notional: bool = True,
        bracket: frozenset[OrderType] = frozenset(), replace: bool = True, splits: bool = True,
    ) -> None:  # fmt: skip
        self.fates = Fates()
        self.stream = Telling(self.fates)
        self.orders: dict[str, Resting] = {}
        self.sent: list[tuple[datetime, Ticket]] = []
        self.questions: list[str] = []
        self.cancels: list[tuple[datetime, str]] = []
        self.moves: list[tuple[str, Decimal]] = []
        self.doubled: list[str] = []
        self.late: set[str] = set()
        self.moved: dict[str, Decimal] = {}
        self.paid = Decimal(0)
        self.announced: list[SplitAnnounced] = []
        self.assets: dict[str, Asset | None] = {"NONE": None}
        self.late_by = 2.0
        self.begun = 0.0
        self.allowance: Allowance | None = None
        self._is_forgetful = is_forgetful
        self._can = Capabilities(
            unique_client_ids=unique_client_ids, fractional=True, oco=True, bracket=bracket, trailing=False,
            extended_hours=True, refuses_wash_trades=False, notional=notional, replace=replace, splits=splits,
        )  # fmt: skip

    @property
    def capabilities(self) -> Capabilities:
        return self._can

    @property
    def posts(self) -> list[str]:
        return [ticket.client_order_id for _, ticket in self.sent]

    def now(self) -> datetime:
        return START + timedelta(seconds=asyncio.get_running_loop().time() - self.begun)

    def submit(self, ticket: Ticket) -> BrokerOrder:
        if ticket.type is OrderType.TRAILING_STOP:
            raise OrderRefusedError("invalid", "the order was a trailing stop, which is not taken here")
        self.sent.append((self.now(), ticket))
        fate = self.fates.draw("submit", ("down", "busy", "lost", "late", "unheard", "filled", "lagging"))
        refuse_parts(self.assets.get(ticket.symbol), ticket, fate)
        if fate == "late":
            asyncio.get_running_loop().call_later(self.late_by, self._arrive, ticket)
        fail(fate)
        order = self._accept(ticket)
        if fate == "lagging":
            order.shown += timedelta(seconds=self.fates.seconds(1, 2.5))
        if fate == "filled":
            self.fill(ticket.client_order_id, Decimal(1))
        unheard(fate)
        return self._shape(order)

    def cancel(self, broker_order_id: str) -> None:
        self.cancels.append((self.now(), broker_order_id))
        fate = self.fates.draw("cancel", ("down", "lost", "unheard", "stuck"))
        fail(fate)
        order = self._known(broker_order_id)
        if order.status in TERMINAL:
            raise OrderRefusedError("42210000", f'order is already in "{order.status}" state', status=422)
        for one in groups.group_of(self.orders, order):
            self._become(one, OrderStatus.PENDING_CANCEL if fate == "stuck" else OrderStatus.CANCELED)
            if fate == "stuck":
                seconds = self.fates.seconds(5, 120)
                asyncio.get_running_loop().call_later(seconds, self._become, one, OrderStatus.CANCELED)
        unheard(fate)

    def replace(self, broker_order_id: str, stop_price: Decimal) -> BrokerOrder:
        self.moves.append((broker_order_id, stop_price))
        fate = self.fates.draw("replace", ("down", "lost", "unheard", "refused"))
        fail(fate)
        order = self._known(broker_order_id)
        if order.status in TERMINAL | {OrderStatus.PENDING_CANCEL} or order.ticket.stop_price == stop_price:
            raise OrderRefusedError("42210000", "unable to replace order", status=422)
        name = f"raised-{len(self.orders)}-{order.ticket.client_order_id}"[:60]
        self.replace_by_hand(order.ticket.client_order_id, name, stop_price)
        unheard(fate)
        return self._shape(self.orders[name])

    def order_by_client_id(self, client_order_id: str) -> BrokerOrder | None:
        self.questions.append(client_order_id)
        self._answer("read")
        order = self.orders.get(client_order_id)
        return self._shape(order) if order is not None and order.shown <= self.now() else None

    def order_by_id(self, broker_order_id: str) -> BrokerOrder | None:
        self._answer("read")
        found = self._find(broker_order_id)
        return None if found is None else self._shape(found)

    def open_orders(self) -> Sequence[BrokerOrder]:
        self._answer("read")
        return [self._shape(o) for o in groups.listed(self.orders, self.now()) if o.status not in TERMINAL]

    def recent_orders(self, after: datetime) -> Sequence[BrokerOrder]:
        self._answer("read")
        return [self._shape(o) for o in groups.listed(self.orders, self.now()) if o.submitted > after]

    def splits(self, first: date, last: date) -> Sequence[SplitAnnounced]:
        self._answer("splits")
        return [one for one in self.announced if first <= one.ex_date <= last]

    def positions(self) -> Sequence[Holding]:
        self._answer("read")
        return [holding(symbol, qty, PRICE) for symbol, qty in self.held().items()]

    def account(self) -> Balance:
        self._answer("read")
        cash = CASH + self.paid - sum(order.signed(order.spent) for order in self.orders.values())
        return Balance(status="ACTIVE", equity=CASH, cash=cash, buying_power=CASH * 4)

    def clock(self) -> ClockReading:
        self._answer("clock")
        day = timedelta(days=1)
        return ClockReading(at=self.now(), is_open=True, next_open=START + day, next_close=START + day / 2)

    def asset(self, symbol: str) -> Asset | None:
        self._answer("asset")
        return self.assets.get(symbol, Asset(tradable=True, fractionable=True, shortable=True, status="active"))

    def held(self) -> dict[str, Decimal]:
        sums = defaultdict(Decimal, self.moved)
        for order in self.orders.values():
            sums[order.ticket.symbol] += order.signed(order.filled)
        return {symbol: qty for symbol, qty in sums.items() if qty}

    def fill(self, client_order_id: str, qty: Decimal | None = None, price: Decimal = PRICE) -> None:
        """Let the market take (a part of) an order, be it ended; in a group the others shrink, and end with it."""
        order = self.orders[client_order_id]
        if late := order.status in TERMINAL:
            self.late.add(client_order_id)
        left = order.left(price)
        came = min(qty or left, left)
        order.filled, order.spent, order.at = order.filled + came, order.spent + came * price, self.now()
        whole = came == left
        if whole or not late:
            order.status = OrderStatus.FILLED if whole else OrderStatus.PARTIALLY_FILLED
        self._stream(order, Execution(execution_id=f"e-{client_order_id}-{order.filled}", qty=came, price=price))
        for other, status in groups.after_fill(self.orders, order, came, self.now(), whole=whole, late=late):
            self._become(other, status)

    def end(self, client_order_id: str, status: OrderStatus) -> None:
        """Let an order be rejected, expire, or be canceled by a person."""
        for one in groups.group_of(self.orders, self.orders[client_order_id]):
            self._become(one, status)

    def forget(self, client_order_id: str) -> None:
        """Know nothing any more of an order and of what lives of its group."""
        group = groups.group_of(self.orders, self.orders[client_order_id])
        for one in (one for one in group if one.status not in TERMINAL):
            del self.orders[one.ticket.client_order_id]

    def place_by_hand(self, client_order_id: str, side: Side = Side.BUY, symbol: str = "QQQ") -> None:
        """Let a person place an order."""
        self._accept(by_hand(client_order_id, side, symbol))

    def replace_by_hand(self, client_order_id: str, by: str, stop_price: Decimal) -> None:
        """Let a person move the stop of a working order: another order takes its place in its group."""
        old = self.orders[client_order_id]
        ticket = moved(old, by, stop_price)
        self.orders[by] = new = resting(ticket, self.now(), old.group)
        new.replaces, old.replaced_by = old.broker_order_id, new.broker_order_id
        if self.orders[old.group].ticket.side is not ticket.side:
            new.status = old.status
        self._become(old, OrderStatus.REPLACED)
        self._stream(new)

    def _arrive(self, ticket: Ticket) -> None:
        if self._is_forgetful or ticket.client_order_id not in self.orders:
            self._accept(ticket)

    def _accept(self, ticket: Ticket) -> Resting:
        name = ticket.client_order_id
        if name in self.orders:
            if not self._is_forgetful:
                raise OrderRefusedError("40010001", "client_order_id must be unique", status=422, duplicate=True)
            self.doubled.append(name)
        order = self.orders[name] = resting(ticket, self.now(), name)
        for leg in legs(ticket):
            held = self.orders[leg.client_order_id] = resting(leg, self.now(), name)
            held.parent, held.status = name, OrderStatus.HELD
        self._stream(order)
        return order

    def _answer(self, call: str) -> None:
        fail(self.fates.draw(call, ("down", "lost")))

    def _become(self, order: Resting, status: OrderStatus) -> None:
        if order.status not in TERMINAL and order.ticket.client_order_id in self.orders:
            order.status, order.at = status, self.now()
            self._stream(order)

    def _known(self, broker_order_id: str) -> Resting:
        if (order := self._find(broker_order_id)) is None:
            raise OrderRefusedError("40410000", "order not found", status=404)
        return order

    def _find(self, broker_order_id: str) -> Resting | None:
        return groups.found(self.orders, broker_order_id, self.now())

    def _shape(self, order: Resting) -> BrokerOrder:
        return groups.shown(self.orders, order)

    def _stream(self, order: Resting, execution: Execution | None = None) -> None:
        self.stream.tell(self._shape(order), execution)
