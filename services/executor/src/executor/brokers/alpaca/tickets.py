"""Our orders as alpaca-py's requests."""

from __future__ import annotations

from typing import Any

from alpaca.trading.enums import OrderClass as AlpacaOrderClass
from alpaca.trading.enums import OrderSide, PositionIntent
from alpaca.trading.enums import TimeInForce as AlpacaTimeInForce
from alpaca.trading.requests import (
    LimitOrderRequest,
    MarketOrderRequest,
    OrderRequest,
    StopLimitOrderRequest,
    StopLossRequest,
    StopOrderRequest,
    TakeProfitRequest,
    TrailingStopOrderRequest,
)

from contracts.values import OrderType
from executor.brokers.broker import OrderClass, OrderRefusedError, Ticket

_REQUESTS: dict[OrderType, type[OrderRequest]] = {
    OrderType.MARKET: MarketOrderRequest,
    OrderType.LIMIT: LimitOrderRequest,
    OrderType.STOP: StopOrderRequest,
    OrderType.STOP_LIMIT: StopLimitOrderRequest,
    OrderType.TRAILING_STOP: TrailingStopOrderRequest,
}


def request(ticket: Ticket) -> OrderRequest:
    """Word an order; what alpaca-py itself refuses was never sent."""
    oco = ticket.order_class is OrderClass.OCO
    kind = LimitOrderRequest if oco else _REQUESTS[ticket.type]
    return _request(kind, ticket, {**_prices(ticket), **_group(ticket), **_intent(ticket)})


def _intent(ticket: Ticket) -> dict[str, Any]:
    # Without it, a sale that comes when the shares are gone opens a short position.
    return {"position_intent": PositionIntent(f"{ticket.side}_to_close")} if ticket.closes else {}


def _amount(ticket: Ticket) -> dict[str, float]:
    return {"qty": float(ticket.qty)} if ticket.notional is None else {"notional": float(ticket.notional)}


def _prices(ticket: Ticket) -> dict[str, Any]:
    names = ("limit_price", "stop_price", "trail_percent")
    prices: dict[str, Any] = {name: getattr(ticket, name) for name in names}
    return {name: price for name, price in prices.items() if price is not None}


def _group(ticket: Ticket) -> dict[str, Any]:
    if ticket.order_class is OrderClass.SIMPLE:
        return {"extended_hours": True} if ticket.extended_hours else {}
    exits: dict[str, Any] = {"order_class": AlpacaOrderClass(ticket.order_class)}
    if ticket.take_profit is not None:
        exits["take_profit"] = TakeProfitRequest(limit_price=float(ticket.take_profit))
    if ticket.stop_loss is not None:
        exits["stop_loss"] = StopLossRequest(stop_price=float(ticket.stop_loss))
    return exits


def _request(kind: type[OrderRequest], ticket: Ticket, rest: dict[str, Any]) -> OrderRequest:
    try:
        return kind(
            symbol=ticket.symbol, side=OrderSide(ticket.side), client_order_id=ticket.client_order_id,
            time_in_force=AlpacaTimeInForce(ticket.time_in_force), **_amount(ticket), **rest,
        )  # fmt: skip
    except ValueError as e:
        raise OrderRefusedError("invalid", str(e)) from e
