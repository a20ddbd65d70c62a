"""A broker with a memory, and with faults on request: for tests, held to the same protocol as the real ones."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeAlias

from msgspec import Struct

from contracts.accounts import Holding
from contracts.lifecycle import TERMINAL, OrderStatus
from contracts.values import OrderType, Side, TimeInForce
from executor.brokers.broker import (
    Allowance,
    Balance,
    BrokerOrder,
    BrokerUnavailableError,
    Capabilities,
    ClockReading,
    Execution,
    OrderClass,
    OrderRefusedError,
    OutcomeUnknownError,
    Ticket,
)

START = datetime(2013, 10, 7, 13, 30, tzinfo=UTC)
PRICE = Decimal("168.50")
FAULTY = 0.3
"""With dice, so large a part of the calls goes wrong."""

Hear: TypeAlias = Callable[[BrokerOrder, Execution | None], None]


class Resting(Struct):
    """An order as the broker remembers it."""

    ticket: Ticket
    broker_order_id: str
    status: OrderStatus
    at: datetime
    parent: str = ""
    filled: Decimal = Decimal(0)
    spent: Decimal = Decimal(0)


class MemoryBroker:
    """Accepts everything, remembers it, and does what `script` or the `dice` say to the answers.

    With `is_forgetful`, it does not mind ids that it knows, as Alpaca would: then every blind resend makes a second
    order, and `doubled` names it.
    """

    def __init__(self, dice: random.Random | None = None, *, is_forgetful: bool = False) -> None:
        self.orders: dict[str, Resting] = {}
        self.posts: list[str] = []
        self.questions: list[str] = []
        self.doubled: list[str] = []
        self.script: dict[str, list[str]] = {}
        self.late_by = 2.0
        self.listeners: list[Hear] = []
        self.allowance: Allowance | None = None
        self._dice, self._is_forgetful = dice, is_forgetful

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            unique_client_ids=True, fractional=True, oco=True, bracket=True, trailing=False,
            extended_hours=True,
        )  # fmt: skip

    def now(self) -> datetime:
        return START + timedelta(seconds=asyncio.get_running_loop().time())

    def heal(self) -> None:
        self._dice = None

    def submit(self, ticket: Ticket) -> BrokerOrder:
        self.posts.append(ticket.client_order_id)
        fate = self._fate("submit", ("down", "busy", "lost", "late", "unheard"))
        if fate == "late":
            asyncio.get_running_loop().call_later(self.late_by, self._arrive, ticket)
        self._fail(fate)
        order = self._accept(ticket)
        if fate == "unheard":
            raise OutcomeUnknownError("the connection was lost after the order was accepted")
        return self._shape(order)

    def cancel(self, broker_order_id: str) -> None:
        self._answer("cancel")
        order = self._find(broker_order_id)
        if order is None:
            raise OrderRefusedError("40410000", "order not found", status=404)
        if order.status in TERMINAL:
            raise OrderRefusedError("42210000", f'order is already in "{order.status}" state', status=422)
        for one in self._group(order):
            self._end(one, OrderStatus.CANCELED)

    def order_by_client_id(self, client_order_id: str) -> BrokerOrder | None:
        self.questions.append(client_order_id)
        self._answer("read")
        return self._shape(self.orders[client_order_id]) if client_order_id in self.orders else None

    def order_by_id(self, broker_order_id: str) -> BrokerOrder | None:
        self._answer("read")
        found = self._find(broker_order_id)
        return None if found is None else self._shape(found)

    def open_orders(self) -> Sequence[BrokerOrder]:
        self._answer("read")
        return [self._shape(o) for o in self.orders.values() if not o.parent and o.status not in TERMINAL]

    def recent_orders(self, after: datetime) -> Sequence[BrokerOrder]:
        self._answer("read")
        return [self._shape(o) for o in self.orders.values() if not o.parent and o.at > after]

    def positions(self) -> Sequence[Holding]:
        self._answer("read")
        return [
            Holding(symbol=symbol, qty=qty, avg_entry_price=PRICE, market_value=PRICE * qty,
                    unrealized_pl=Decimal(0), current_price=PRICE)
            for symbol, qty in self.held().items()
        ]  # fmt: skip

    def account(self) -> Balance:
        self._answer("read")
        return Balance(status="ACTIVE", equity=Decimal(100_000), cash=Decimal(100_000), buying_power=Decimal(400_000))

    def clock(self) -> ClockReading:
        self._answer("clock")
        day = timedelta(days=1)
        return ClockReading(at=self.now(), is_open=True, next_open=START + day, next_close=START + day / 2)

    def held(self) -> dict[str, Decimal]:
        sums: dict[str, Decimal] = {}
        for order in self.orders.values():
            signed = order.filled if order.ticket.side is Side.BUY else -order.filled
            sums[order.ticket.symbol] = sums.get(order.ticket.symbol, Decimal(0)) + signed
        return {symbol: qty for symbol, qty in sums.items() if qty}

    def fill(self, client_order_id: str, qty: Decimal | None = None, price: Decimal = PRICE) -> None:
        """Let the market take (a part of) an order; in a group the others end."""
        order = self.orders[client_order_id]
        came = min(qty or order.ticket.qty, order.ticket.qty - order.filled)
        order.filled, order.spent, order.at = order.filled + came, order.spent + came * price, self.now()
        whole = order.filled == order.ticket.qty
        order.status = OrderStatus.FILLED if whole else OrderStatus.PARTIALLY_FILLED
        execution_id = f"e-{client_order_id}-{order.filled}"
        self._stream(order, Execution(execution_id=execution_id, qty=came, price=price))
        for other in self._group(order):
            if other is not order and whole:
                self._end(other, OrderStatus.CANCELED)

    def place_by_hand(self, client_order_id: str, side: Side = Side.BUY, symbol: str = "QQQ") -> None:
        """Let a person place an order."""
        ticket = Ticket(
            client_order_id=client_order_id, symbol=symbol, side=side, qty=Decimal(2), type=OrderType.MARKET,
            time_in_force=TimeInForce.DAY,
        )  # fmt: skip
        self._accept(ticket)

    def _arrive(self, ticket: Ticket) -> None:
        if self._is_forgetful or ticket.client_order_id not in self.orders:
            self._accept(ticket)

    def _accept(self, ticket: Ticket) -> Resting:
        name = ticket.client_order_id
        if name in self.orders:
            if not self._is_forgetful:
                raise OrderRefusedError("40010001", "client_order_id must be unique", status=422, duplicate=True)
            self.doubled.append(name)
        order = self.orders[name] = Resting(ticket, f"b-{name}", OrderStatus.NEW, self.now())
        if ticket.order_class is OrderClass.OCO:
            leg = Ticket(
                client_order_id=f"leg-{name}", symbol=ticket.symbol, side=ticket.side, qty=ticket.qty,
                type=OrderType.STOP, time_in_force=ticket.time_in_force, stop_price=ticket.stop_loss,
            )  # fmt: skip
            self.orders[leg.client_order_id] = Resting(leg, f"b-leg-{name}", OrderStatus.HELD, self.now(), parent=name)
        self._stream(order)
        return order

    def _answer(self, call: str) -> None:
        self._fail(self._fate(call, ("down", "lost")))

    def _fate(self, call: str, faults: tuple[str, ...]) -> str:
        if self.script.get(call):
            return self.script[call].pop(0)
        return self._dice.choice(faults) if self._dice is not None and self._dice.random() < FAULTY else ""

    def _fail(self, fate: str) -> None:
        match fate:
            case "down":
                raise BrokerUnavailableError("connection refused")
            case "busy":
                raise BrokerUnavailableError("too many requests", after=1.0)
            case "lost" | "late":
                raise OutcomeUnknownError("timed out")
            case "refused":
                raise OrderRefusedError("40310000", "insufficient buying power", status=403)
            case _:
                return

    def _end(self, order: Resting, status: OrderStatus) -> None:
        if order.status not in TERMINAL:
            order.status, order.at = status, self.now()
            self._stream(order)

    def _find(self, broker_order_id: str) -> Resting | None:
        return next((o for o in self.orders.values() if o.broker_order_id == broker_order_id), None)

    def _group(self, order: Resting) -> list[Resting]:
        head = order.parent or order.ticket.client_order_id
        return [o for o in self.orders.values() if head in (o.ticket.client_order_id, o.parent)]

    def _shape(self, order: Resting) -> BrokerOrder:
        ticket = order.ticket
        legs = [o for o in self.orders.values() if o.parent == ticket.client_order_id]
        return BrokerOrder(
            broker_order_id=order.broker_order_id, client_order_id=ticket.client_order_id, symbol=ticket.symbol,
            side=ticket.side, qty=ticket.qty, type=ticket.type, time_in_force=ticket.time_in_force,
            status=order.status, updated_at=order.at, filled_qty=order.filled,
            filled_avg_price=order.spent / order.filled if order.filled else None,
            limit_price=ticket.take_profit if legs else ticket.limit_price, stop_price=ticket.stop_price,
            legs=tuple(self._shape(leg) for leg in legs),
        )  # fmt: skip

    def _stream(self, order: Resting, execution: Execution | None = None) -> None:
        """Tell the listeners, or lose it, or tell it twice, or late: there is no promise on that socket."""
        shape = self._shape(order)
        fate = self._fate("stream", ("dropped", "doubled", "late"))
        for hear in self.listeners:
            for delay in {"dropped": (), "doubled": (0.01, 0.02), "late": (3.0,)}.get(fate, (0.0,)):
                asyncio.get_running_loop().call_later(delay, hear, shape, execution)
