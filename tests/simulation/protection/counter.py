"""The counter of the exchange in the street: a broker whose answers fail as the fates say."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from contracts.accounts import Holding
from contracts.market import SplitAnnounced
from contracts.values import OrderType
from exchange import core
from exchange.accounts import buying_power, equity
from exchange.book import ENDED, Amendment, Order
from exchange.refusals import Refusal
from exchange.turn import Answer, Event
from executor.brokers.broker import (
    Allowance,
    Asset,
    Balance,
    BrokerOrder,
    BrokerUnavailableError,
    Capabilities,
    ClockReading,
    Execution,
    OrderRefusedError,
    OutcomeUnknownError,
    Ticket,
)
from executor.brokers.dry.shapes import asked, at, holding, shape
from executor.brokers.fates import Fates, fail
from executor.brokers.telling import Telling
from tests.simulation.protection.street import HOURS, NAME, SYMBOL, Street

CAPABILITIES = Capabilities(
    unique_client_ids=True, fractional=True, oco=True, trailing=True, extended_hours=True, refuses_wash_trades=True,
    notional=True, replace=True, splits=True, bracket=frozenset({OrderType.MARKET, OrderType.LIMIT}),
)  # fmt: skip

STUCK_SECONDS, DECLINED_SECONDS, LATE_SECONDS = 20.0, 1.0, 2.0


class Counter:
    """What the fates' scripts name befalls the next calls; `is_down`: nobody gets through."""

    def __init__(self, street: Street) -> None:
        self.street = street
        self.fates = Fates()
        self.stream = Telling(self.fates)
        self.is_down = False
        street.on_events = self._tell

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    @property
    def allowance(self) -> Allowance | None:
        return None

    def now(self) -> datetime:
        return self.street.now()

    def go_down(self) -> None:
        self.is_down = self.stream.is_mute = True

    def come_back(self) -> None:
        self.is_down = False
        self.stream.reconnect()

    def _tell(self, events: tuple[Event, ...]) -> None:
        for event in events:
            fill = event.fill
            execution = None if fill is None else Execution(execution_id=fill.id, qty=fill.qty, price=fill.price)
            self.stream.tell(shape(self.street.books, event.order), execution)

    def submit(self, ticket: Ticket) -> BrokerOrder:
        self._reach()
        fate = self.fates.draw("submit", ())
        if fate == "late":
            asyncio.get_running_loop().call_later(LATE_SECONDS, self._accept, ticket, fate)
        fail(fate)
        answer = self._accept(ticket, fate)
        if fate == "unheard":
            raise OutcomeUnknownError("the connection was lost after the order was taken")
        if isinstance(answer, Refusal):
            raise _refused(answer)
        return shape(self.street.books, answer.orders[0])

    def _accept(self, ticket: Ticket, fate: str) -> Answer:
        doomed = fate == "doomed"
        return self.street.take(
            core.submit(self.street.state, self.street.venue, NAME, asked(ticket), self.street.moment(), doomed=doomed)
        )

    def cancel(self, broker_order_id: str) -> None:
        self._reach()
        fate = self.fates.draw("cancel", ())
        fail(fate)
        stuck = fate in {"stuck", "declined"}
        answer = self.street.take(
            core.cancel(self.street.state, self.street.venue, NAME, broker_order_id, self.street.moment(), stuck=stuck)
        )
        if stuck:
            wait = STUCK_SECONDS if fate == "stuck" else DECLINED_SECONDS
            let_go = lambda: self.street.release(broker_order_id, refused=fate == "declined")  # noqa: E731 - a call to come
            asyncio.get_running_loop().call_later(wait, let_go)
        if fate == "unheard":
            raise OutcomeUnknownError("the connection was lost after the cancel was taken")
        if isinstance(answer, Refusal):
            raise _refused(answer)

    def replace(self, broker_order_id: str, stop_price: Decimal) -> BrokerOrder:
        self._reach()
        fate = self.fates.draw("replace", ())
        fail(fate)
        wanted, street = Amendment(stop_price=stop_price), self.street
        answer = street.take(core.replace(street.state, street.venue, NAME, broker_order_id, wanted, street.moment()))
        if fate == "unheard":
            raise OutcomeUnknownError("the connection was lost after the order was replaced")
        if isinstance(answer, Refusal):
            raise _refused(answer)
        return shape(street.books, answer.orders[0])

    def order_by_client_id(self, client_order_id: str) -> BrokerOrder | None:
        self._read()
        found = self.street.books.client_order_ids.get(client_order_id)
        return None if found is None else shape(self.street.books, self.street.books.orders[found])

    def order_by_id(self, broker_order_id: str) -> BrokerOrder | None:
        self._read()
        found = self.street.books.orders.get(broker_order_id)
        return None if found is None else shape(self.street.books, found)

    def open_orders(self) -> Sequence[BrokerOrder]:
        self._read()
        return [shape(self.street.books, order) for order in self._heads() if order.status not in ENDED]

    def recent_orders(self, after: datetime) -> Sequence[BrokerOrder]:
        self._read()
        return [shape(self.street.books, order) for order in self._heads() if at(order.submitted_at) > after]

    def positions(self) -> Sequence[Holding]:
        self._read()
        return [holding(one, self.street.state.prints) for one in self.street.books.positions.values()]

    def account(self) -> Balance:
        self._read()
        account, prints = self.street.books, self.street.state.prints
        return Balance(
            status="ACTIVE", equity=equity(account, prints), cash=account.cash,
            buying_power=buying_power(account, prints),
        )  # fmt: skip

    def clock(self) -> ClockReading:
        self._reach()
        street = self.street
        return ClockReading(
            at=self.now(), is_open=street.is_open, next_open=street.next_open,
            next_close=street.bell if street.is_open else street.next_open + HOURS,
        )  # fmt: skip

    def splits(self, first: date, last: date) -> Sequence[SplitAnnounced]:
        self._read()
        days = {one.id: date.fromisoformat(one.ex_date) for one in self.street.state.splits.values()}
        return [
            SplitAnnounced(
                action_id=one.id, symbol=one.symbol, old_rate=one.old_rate, new_rate=one.new_rate, ex_date=days[one.id]
            )
            for one in self.street.state.splits.values()
            if first <= days[one.id] <= last
        ]

    def asset(self, symbol: str) -> Asset | None:
        self._read()
        return Asset(tradable=True, fractionable=True, shortable=True, status="active") if symbol == SYMBOL else None

    def _heads(self) -> list[Order]:
        return [order for order in self.street.books.orders.values() if order.parent_id is None]

    def _reach(self) -> None:
        if self.is_down:
            raise BrokerUnavailableError("connection refused")

    def _read(self) -> None:
        self._reach()
        fail(self.fates.draw("read", ()))


def _refused(answer: Refusal) -> OrderRefusedError:
    duplicate = "client_order_id must be unique" in answer.message
    return OrderRefusedError(str(answer.code), answer.message, status=answer.status, duplicate=duplicate)
