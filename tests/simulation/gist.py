"""A fact in a few words, for the timeline of a storm."""

from __future__ import annotations

from contracts.accounts import DriftFound, DriftResolved
from contracts.control import GateSwitched, Halted, Resumed
from contracts.exits import CancelProtection, ClosePosition, MoveProtection, PlaceProtection
from contracts.locks import Locked
from contracts.log import Message
from contracts.orders import OrderChanged, OrderFilled


def gist(body: Message) -> str:
    match body:
        case OrderChanged():
            why = f" ({body.reason})" if body.reason else ""
            return f"{body.status} {body.symbol} {body.filled_qty}/{body.qty}{why}"
        case OrderFilled():
            return f"{body.qty} {body.symbol}, {body.cum_qty} in all"
        case DriftFound():
            return f"{body.difference} {body.symbol} {body.client_order_id} {body.ours!r} != {body.theirs!r}"
        case DriftResolved():
            return f"{body.difference} {body.symbol} {body.client_order_id} resolved"
        case Halted() | Locked() | Resumed() | GateSwitched():
            return str(body)
        case _:
            return _wanted(body)


def _wanted(body: Message) -> str:
    match body:
        case PlaceProtection() | ClosePosition():
            return f"{body.reason} {body.qty} {body.symbol}"
        case MoveProtection():
            return f"{body.reason}: raise the stop of {body.client_order_id} to {body.stop_price}"
        case CancelProtection():
            return f"{body.reason}: take {body.client_order_id} back"
        case _:
            return ""
