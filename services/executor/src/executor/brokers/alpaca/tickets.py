"""Our orders as alpaca-py's requests."""

from __future__ import annotations

from typing import Any

from alpaca.trading.enums import OrderClass, OrderSide
from alpaca.trading.enums import TimeInForce as AlpacaTimeInForce
from alpaca.trading.requests import (
    LimitOrderRequest,
    MarketOrderRequest,
    OrderRequest,
    StopLimitOrderRequest,
    StopLossRequest,
    StopOrderRequest,
    TakeProfitRequest,
)

from contracts.values import OrderType
from executor.brokers.broker import OrderRefusedError, Ticket

_REQUESTS: dict[OrderType, type[OrderRequest]] = {
    OrderType.MARKET: MarketOrderRequest,
    OrderType.LIMIT: LimitOrderRequest,
    OrderType.STOP: StopOrderRequest,
    OrderType.STOP_LIMIT: StopLimitOrderRequest,
}


def simple(ticket: Ticket) -> OrderRequest:
    prices: dict[str, Any] = {"limit_price": ticket.limit_price, "stop_price": ticket.stop_price}
    return _request(
        _REQUESTS[ticket.type], ticket, {name: price for name, price in prices.items() if price is not None}
    )


def oco(ticket: Ticket) -> OrderRequest:
    group: dict[str, Any] = {
        "order_class": OrderClass.OCO,
        "take_profit": TakeProfitRequest(limit_price=float(ticket.limit_price or 0)),
        "stop_loss": StopLossRequest(stop_price=float(ticket.stop_price or 0)),
    }
    return _request(LimitOrderRequest, ticket, group)


def _request(kind: type[OrderRequest], ticket: Ticket, rest: dict[str, Any]) -> OrderRequest:
    """Fill in a request; what alpaca-py itself refuses was never sent."""
    try:
        return kind(
            symbol=ticket.symbol, qty=float(ticket.qty), side=OrderSide(ticket.side),
            time_in_force=AlpacaTimeInForce(ticket.time_in_force), client_order_id=ticket.client_order_id, **rest,
        )  # fmt: skip
    except ValueError as e:
        raise OrderRefusedError("invalid", str(e)) from e
