"""Alpaca's REST through alpaca-py, with its own retries off and a deadline on every call."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import TypeVar, cast

import msgspec
import requests
from alpaca.common.exceptions import APIError
from alpaca.trading.client import TradingClient
from alpaca.trading.enums import QueryOrderStatus
from alpaca.trading.requests import GetOrderByIdRequest, GetOrdersRequest, OrderRequest, ReplaceOrderRequest

from chassis.telemetry import logger
from contracts.accounts import Holding
from contracts.market import SplitAnnounced
from contracts.values import OrderType
from executor.brokers.alpaca import announcements, parse, tickets
from executor.brokers.alpaca.access import Access
from executor.brokers.alpaca.errors import meaning
from executor.brokers.broker import (
    Allowance,
    Asset,
    Balance,
    BrokerOrder,
    Capabilities,
    ClockReading,
    OrderRefusedError,
    OutcomeUnknownError,
    Ticket,
)
from executor.brokers.outcomes import NOT_FOUND, lost, seconds_until
from executor.brokers.symbols import is_named

CONNECT_SECONDS, READ_SECONDS = 3.0, 10.0
MOST_ORDERS = 500
"""Alpaca's largest page."""

CAPABILITIES = Capabilities(
    unique_client_ids=True,
    fractional=True,
    oco=True,
    extended_hours=True,
    notional=True,
    splits=True,
    replace=True,
    trailing=True,
    refuses_wash_trades=True,
    bracket=frozenset({OrderType.MARKET, OrderType.LIMIT, OrderType.STOP, OrderType.STOP_LIMIT}),
)

W = TypeVar("W")


class Client(TradingClient):
    """alpaca-py's client with a deadline, which it passes none, and without its own second tries.

    It would send a POST again by itself on 429 and 504; here every failure is the caller's to judge.
    """

    def __init__(
        self, access: Access, seconds: tuple[float, float], heard: Callable[[requests.Response], None]
    ) -> None:
        super().__init__(access.key, access.secret, raw_data=True, url_override=access.url)
        self._seconds = seconds

        def note(response: requests.Response, **_: object) -> None:
            heard(response)

        self._session.hooks["response"].append(note)

    def _one_request(self, method: str, url: str, opts: dict[str, object], retry: int) -> dict[str, object]:
        del retry
        answer = super()._one_request(  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] - alpaca-py says only dict
            method, url, {**opts, "timeout": self._seconds}, retry=0
        )
        return cast("dict[str, object]", answer)


class Alpaca:
    """One client for each thread: a requests session is not made to be shared."""

    def __init__(self, access: Access, connect: float = CONNECT_SECONDS, read: float = READ_SECONDS) -> None:
        self._access = access
        self._seconds = (connect, read)
        self._own = threading.local()
        self._allowance: Allowance | None = None

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    @property
    def allowance(self) -> Allowance | None:
        return self._allowance

    def submit(self, ticket: Ticket) -> BrokerOrder:
        return self._send(tickets.request(ticket))

    def cancel(self, broker_order_id: str) -> None:
        self._call(lambda client: client.cancel_order_by_id(broker_order_id))

    def replace(self, broker_order_id: str, stop_price: Decimal) -> BrokerOrder:
        request = ReplaceOrderRequest(stop_price=float(stop_price))
        answer = self._call(lambda client: client.replace_order_by_id(broker_order_id, request))
        return parse.order(_read(answer, parse.WireOrder))

    def order_by_client_id(self, client_order_id: str) -> BrokerOrder | None:
        found = self._look(lambda client: client.get_order_by_client_id(client_order_id))
        # This question shows no legs; the other one does.
        return self.order_by_id(found.broker_order_id) if found is not None else None

    def order_by_id(self, broker_order_id: str) -> BrokerOrder | None:
        return self._look(lambda client: client.get_order_by_id(broker_order_id, GetOrderByIdRequest(nested=True)))

    def open_orders(self) -> Sequence[BrokerOrder]:
        return self._list(GetOrdersRequest(status=QueryOrderStatus.OPEN, limit=MOST_ORDERS, nested=True))

    def recent_orders(self, after: datetime) -> Sequence[BrokerOrder]:
        return self._list(GetOrdersRequest(status=QueryOrderStatus.ALL, limit=MOST_ORDERS, after=after, nested=True))

    def splits(self, first: date, last: date) -> Sequence[SplitAnnounced]:
        return announcements.splits(_read(self._call(partial(_announced, first, last)), list[object]))

    def positions(self) -> Sequence[Holding]:
        raw = self._call(lambda client: client.get_all_positions())
        held = _read(raw, list[parse.WireHolding])
        return [parse.holding(one) for one in held if is_named(one.symbol)]

    def account(self) -> Balance:
        return parse.balance(_read(self._call(lambda client: client.get_account()), parse.WireAccount))

    def clock(self) -> ClockReading:
        return parse.clock(_read(self._call(lambda client: client.get_clock()), parse.WireClock))

    def asset(self, symbol: str) -> Asset | None:
        try:
            raw = self._call(lambda client: client.get_asset(symbol))
        except OrderRefusedError as e:
            if e.status == NOT_FOUND:
                return None
            raise
        return parse.asset(_read(raw, parse.WireAsset))

    def _send(self, request: OrderRequest) -> BrokerOrder:
        return parse.order(_read(self._call(lambda client: client.submit_order(request)), parse.WireOrder))

    def _look(self, ask: Callable[[TradingClient], object]) -> BrokerOrder | None:
        try:
            raw = self._call(ask)
        except OrderRefusedError as e:
            if e.status == NOT_FOUND:
                return None
            raise
        return parse.order(_read(raw, parse.WireOrder))

    def _list(self, request: GetOrdersRequest) -> list[BrokerOrder]:
        found = _read(self._call(lambda client: client.get_orders(request)), list[dict[str, object]])
        return [parse.order(order) for order in map(_readable, found) if order is not None]

    def _call(self, ask: Callable[[TradingClient], object]) -> object:
        try:
            return ask(self._client())
        except APIError as e:
            raise meaning(e) from e
        except requests.RequestException as e:
            raise lost(e) from e

    def _client(self) -> Client:
        client: Client | None = getattr(self._own, "client", None)
        if client is None:
            client = self._own.client = Client(self._access, self._seconds, self._note)
        return client

    def _note(self, response: requests.Response) -> None:
        limit, left, reset = (
            response.headers.get(f"X-RateLimit-{name}", "") for name in ("Limit", "Remaining", "Reset")
        )
        if limit.isdigit() and left.isdigit():
            self._allowance = Allowance(int(left), int(limit), seconds_until(reset))


def _announced(first: date, last: date, client: TradingClient) -> object:
    # alpaca-py's own method for it only adds a warning: it is deprecated for one of the market-data service.
    return client.get(announcements.PATH, announcements.query(first, last))  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - alpaca-py says only dict


def _read(raw: object, kind: type[W]) -> W:
    """Read an answer; one that cannot be read says nothing about what was done."""
    try:
        return msgspec.convert(raw, kind, strict=False)
    except msgspec.ValidationError as e:
        raise OutcomeUnknownError(f"the answer cannot be read: {e}") from e


def _readable(raw: dict[str, object]) -> parse.WireOrder | None:
    """Read one order of a list: a stranger's that cannot be read must not hide ours."""
    try:
        order = _read(raw, parse.WireOrder)
    except OutcomeUnknownError as e:
        logger("alpaca").warning("an order cannot be read", broker_order_id=raw.get("id"), error=str(e))
        return None
    return order if parse.is_readable(order) else None
