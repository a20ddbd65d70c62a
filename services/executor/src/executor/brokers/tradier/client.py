"""Tradier as a broker."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import msgspec

from chassis.telemetry import logger
from contracts.accounts import Holding
from contracts.lifecycle import TERMINAL, OrderStatus
from contracts.market import SplitAnnounced
from contracts.values import TimeInForce, plain
from executor.brokers.broker import (
    Allowance,
    Asset,
    Balance,
    BrokerOrder,
    BrokerUnavailableError,
    Capabilities,
    ClockReading,
    OrderRefusedError,
    OutcomeUnknownError,
    Ticket,
)
from executor.brokers.outcomes import NOT_FOUND
from executor.brokers.symbols import is_named
from executor.brokers.tradier import parse, tickets
from executor.brokers.tradier.access import Access
from executor.brokers.tradier.http import Http, reading
from executor.brokers.tradier.market import Market

CONNECT_SECONDS, READ_SECONDS = 3.0, 10.0
CAPABILITIES = Capabilities(
    unique_client_ids=False,
    fractional=False,
    oco=True,
    extended_hours=True,
    trailing=False,
    refuses_wash_trades=False,
    bracket=tickets.GROUP_ENTRIES,
    replace=True,
)
TAGS = {"includeTags": "true"}
SESSIONS = {"premarket": "pre", "postmarket": "post"}
"""Tradier has no order for the whole long day, only one for the part of it that it is placed in."""


class Tradier:
    """`events_url` is empty where there is no stream of account events."""

    def __init__(self, access: Access, connect: float = CONNECT_SECONDS, read: float = READ_SECONDS) -> None:
        self._http = Http(access, (connect, read))
        self.market = Market(self._http)
        self._home, self._number = f"accounts/{access.account}", access.account
        self._status, self.events_url = "", access.events_url

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    @property
    def allowance(self) -> Allowance | None:
        return self._http.allowance

    def submit(self, ticket: Ticket) -> BrokerOrder:
        """Place an order. Tradier answers with no more than its number, so it is looked at too."""
        form = tickets.form(ticket, self._duration(ticket))
        body = self._http.ask("POST", f"{self._home}/orders", form=form)
        with reading():
            number = parse.inside(body, "order", parse.WirePlaced).id
        try:
            seen = self.order_by_id(str(number))
        except (BrokerUnavailableError, OrderRefusedError) as e:
            raise OutcomeUnknownError(f"order {number} was accepted but not shown: {e}") from e
        if seen is None:
            raise OutcomeUnknownError(f"order {number} was accepted but is not shown yet")
        return seen

    def cancel(self, broker_order_id: str) -> None:
        self._http.ask("DELETE", f"{self._home}/orders/{broker_order_id}")

    def replace(self, broker_order_id: str, stop_price: Decimal) -> BrokerOrder:
        """Change a stop, which keeps its number; of a group, the leg."""
        form = {"type": "stop", "stop": plain(stop_price)}
        self._http.ask("PUT", f"{self._home}/orders/{broker_order_id}", form=form)
        try:
            shown = [one for seen in self.orders() for one in (seen, *seen.legs)]
        except (BrokerUnavailableError, OrderRefusedError) as e:
            raise OutcomeUnknownError(f"order {broker_order_id} was changed but not shown: {e}") from e
        for one in shown:
            if one.broker_order_id == broker_order_id:
                return one
        raise OutcomeUnknownError(f"order {broker_order_id} was changed but is not shown")

    def order_by_client_id(self, client_order_id: str) -> BrokerOrder | None:
        """Look for the tag among the orders of the day and those still open, which is all that Tradier lists."""
        return next((order for order in self.orders() if order.client_order_id == client_order_id), None)

    def order_by_id(self, broker_order_id: str) -> BrokerOrder | None:
        try:
            body = self._http.ask("GET", f"{self._home}/orders/{broker_order_id}", query=TAGS)
        except OrderRefusedError as e:
            if e.status == NOT_FOUND:
                return None
            raise
        with reading():
            wire = parse.inside(body, "order", parse.WireOrder)
            seen = parse.order(wire)
        if seen.status is OrderStatus.REJECTED:
            logger("tradier").warning("rejected", client_order_id=wire.tag, reason=wire.reason_description)
        return seen

    def orders(self) -> Sequence[BrokerOrder]:
        """List all orders that Tradier shows."""
        return [parse.order(wire) for wire in self._wires()]

    def open_orders(self) -> Sequence[BrokerOrder]:
        return [o for o in self.orders() if any(one.status not in TERMINAL for one in (o, *o.legs))]

    def recent_orders(self, after: datetime) -> Sequence[BrokerOrder]:
        return [parse.order(wire) for wire in self._wires() if wire.create_date > after]

    def splits(self, first: date, last: date) -> Sequence[SplitAnnounced]:
        """Give none: Tradier announces no splits."""
        del first, last
        return ()

    def positions(self) -> Sequence[Holding]:
        body = self._http.ask("GET", f"{self._home}/positions")
        with reading():
            found = parse.many(body, "positions", "position", parse.WirePosition)
        held = [one for one in found if one.quantity and is_named(one.symbol)]
        prices = self._prices([one.symbol for one in held])
        return [parse.holding(one, prices.get(one.symbol, Decimal(0))) for one in held]

    def account(self) -> Balance:
        body = self._http.ask("GET", f"{self._home}/balances")
        with reading():
            return parse.balance(parse.inside(body, "balances", parse.WireBalances), self._account_status())

    def clock(self) -> ClockReading:
        return self.market.clock()

    def asset(self, symbol: str) -> Asset | None:
        return self.market.asset(symbol)

    def events_session(self) -> str:
        """Open a session of account events: good for one connection, within five minutes."""
        body = self._http.ask("POST", "accounts/events/session")
        with reading():
            return parse.inside(body, "stream", parse.WireSession).sessionid

    def _duration(self, ticket: Ticket) -> str:
        if not ticket.extended_hours or ticket.time_in_force is TimeInForce.GTC:
            return str(ticket.time_in_force)
        try:
            state = self.market.state()
        except (OutcomeUnknownError, OrderRefusedError) as e:
            raise BrokerUnavailableError(f"nothing was sent, for the session is not known: {e}") from e
        return SESSIONS.get(state, str(ticket.time_in_force))

    def _wires(self) -> list[parse.WireOrder]:
        body = self._http.ask("GET", f"{self._home}/orders", query=TAGS)
        with reading():
            found = parse.many(body, "orders", "order", msgspec.Raw)
        return [wire for wire in map(_readable, found) if wire is not None]

    def _prices(self, symbols: Sequence[str]) -> dict[str, Decimal]:
        """Ask what holdings are worth; they are told without it rather than not at all."""
        if not symbols:
            return {}
        try:
            return self.market.last_prices(symbols)
        except (BrokerUnavailableError, OrderRefusedError, OutcomeUnknownError) as e:
            logger("tradier").warning("positions without prices", error=str(e))
            return {}

    def _account_status(self) -> str:
        if not self._status:
            body = self._http.ask("GET", "user/profile")
            with reading():
                found = parse.many(body, "profile", "account", parse.WireAccount)
            ours = [one.status for one in found if one.account_number == self._number]
            self._status = ours[0] if ours else "unknown"
        return self._status


def _readable(raw: msgspec.Raw) -> parse.WireOrder | None:
    """Read one order of a list: a stranger's that cannot be read must not hide ours."""
    try:
        wire = msgspec.json.decode(raw, type=parse.WireOrder)
    except msgspec.DecodeError as e:
        logger("tradier").warning("an order cannot be read", error=str(e))
        return None
    return wire if parse.is_readable(wire) else None
