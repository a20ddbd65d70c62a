"""A dry run: the real broker's clock and list of assets, and an account that exists here only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from msgspec.structs import replace

import exchange.assets
from contracts.accounts import Holding
from contracts.market import SplitAnnounced
from contracts.values import OrderType
from exchange import core
from exchange.accounts import Account, buying_power, equity, multiplier
from exchange.book import ENDED, Amendment, Order
from exchange.margin import maintenance_margin
from exchange.refusals import Refusal
from executor.brokers.broker import (
    Allowance,
    Asset,
    Balance,
    BrokerOrder,
    BrokerUnavailableError,
    Capabilities,
    ClockReading,
    OrderRefusedError,
    Ticket,
)
from executor.brokers.dry.play import NAME, Play
from executor.brokers.dry.shapes import asked, at, holding, shape, split

CAPABILITIES = Capabilities(
    unique_client_ids=True, fractional=True, oco=True, trailing=True, extended_hours=True,
    refuses_wash_trades=True, notional=True, replace=True,
    bracket=frozenset({OrderType.MARKET, OrderType.LIMIT}),
)  # fmt: skip
_DUPLICATE = "client_order_id must be unique"
_WHOLE_ONLY = "not fractionable"


class Real(Protocol):
    """What is asked of the real broker: nothing that could trade."""

    @property
    def capabilities(self) -> Capabilities: ...

    @property
    def allowance(self) -> Allowance | None: ...

    def splits(self, first: date, last: date) -> Sequence[SplitAnnounced]: ...
    def account(self) -> Balance: ...
    def clock(self) -> ClockReading: ...
    def asset(self, symbol: str) -> Asset | None: ...


class DryRun:
    """Begins with the equity of the real account, all of it cash."""

    def __init__(self, real: Real, play: Play) -> None:
        self._real, self._play = real, play

    @property
    def capabilities(self) -> Capabilities:
        return replace(CAPABILITIES, splits=self._real.capabilities.splits)

    @property
    def allowance(self) -> Allowance | None:
        return self._real.allowance

    def submit(self, ticket: Ticket) -> BrokerOrder:
        play = self._play
        if ticket.symbol not in play.venue.assets:
            self.asset(ticket.symbol)
        answer = play.perform(lambda now: core.submit(play.state, play.venue, NAME, asked(ticket), now))
        if isinstance(answer, Refusal):
            if ticket.symbol not in play.state.prints:
                raise BrokerUnavailableError(f"no quote of {ticket.symbol} has come yet", after=1.0)
            raise _refused(answer)
        # The answer is the order as it was taken: what became of it at once, the stream tells.
        return shape(self._own(), answer.orders[0])

    def cancel(self, broker_order_id: str) -> None:
        play = self._play
        answer = play.perform(lambda now: core.cancel(play.state, play.venue, NAME, broker_order_id, now))
        if isinstance(answer, Refusal):
            raise _refused(answer)

    def replace(self, broker_order_id: str, stop_price: Decimal) -> BrokerOrder:
        play, wanted = self._play, Amendment(stop_price=stop_price)
        answer = play.perform(lambda now: core.replace(play.state, play.venue, NAME, broker_order_id, wanted, now))
        if isinstance(answer, Refusal):
            raise _refused(answer)
        return shape(self._own(), answer.orders[0])

    def order_by_client_id(self, client_order_id: str) -> BrokerOrder | None:
        account = self._own()
        found = account.client_order_ids.get(client_order_id)
        return None if found is None else self._shown(account.orders[found])

    def order_by_id(self, broker_order_id: str) -> BrokerOrder | None:
        found = self._own().orders.get(broker_order_id)
        return None if found is None else self._shown(found)

    def open_orders(self) -> Sequence[BrokerOrder]:
        return [self._shown(order) for order in self._heads() if order.status not in ENDED]

    def recent_orders(self, after: datetime) -> Sequence[BrokerOrder]:
        return [self._shown(order) for order in self._heads() if at(order.submitted_at) > after]

    def splits(self, first: date, last: date) -> Sequence[SplitAnnounced]:
        """Let the account be split as the real broker announces it."""
        found = self._real.splits(first, last)
        for one in found:
            self._play.announce(split(one))
        return found

    def positions(self) -> Sequence[Holding]:
        return [holding(one, self._play.state.prints) for one in self._own().positions.values()]

    def account(self) -> Balance:
        account, prints = self._own(), self._play.state.prints
        return Balance(
            status="ACTIVE", equity=equity(account, prints), cash=account.cash,
            buying_power=buying_power(account, prints), last_equity=account.last_equity,
            multiplier=multiplier(account, prints),
            maintenance_margin=maintenance_margin(account, prints, self._play.venue.assets),
        )  # fmt: skip

    def clock(self) -> ClockReading:
        reading = self._real.clock()
        self._play.read_clock(reading)
        if not self._play.is_open:
            self._play.open(self._real.account().equity)
        return reading

    def _own(self) -> Account:
        if not self._play.is_open:
            self.clock()
        return self._play.look()

    def asset(self, symbol: str) -> Asset | None:
        found = self._real.asset(symbol)
        if found is not None:
            self._play.list(
                exchange.assets.Asset(symbol, is_tradable=found.tradable, is_fractionable=found.fractionable)
            )
        return found

    def _heads(self) -> list[Order]:
        return [order for order in tuple(self._own().orders.values()) if order.parent_id is None]

    def _shown(self, order: Order) -> BrokerOrder:
        return shape(self._own(), order)


def _refused(answer: Refusal) -> OrderRefusedError:
    return OrderRefusedError(
        str(answer.code), answer.message, status=answer.status, duplicate=_DUPLICATE in answer.message,
        whole_only=_WHOLE_ONLY in answer.message,
    )  # fmt: skip
