"""`interlock signal BUY AAPL`: send a signal and see the verdict."""

from __future__ import annotations

import click
from msgspec import Struct

from contracts.signals import Action, Signal
from contracts.verdicts import ExitApproved, OrderApproved, OrderDenied
from interlock.api import ask
from interlock.commands.showing import as_json, number, show


class Submitted(Struct):
    signal: Signal
    verdict: OrderApproved | ExitApproved | OrderDenied | None


@click.command()
@click.argument("action", type=click.Choice([a.value for a in Action], case_sensitive=False))
@click.argument("symbol")
@click.option("--confidence", type=click.FloatRange(0, 1), required=True, help="How sure the sender is, 0 to 1.")
@click.option("--qty", help="Shares; without it the gate's own sizing decides.")
@click.option("--why", default="", help="A word for the record.")
@as_json
def signal(action: str, symbol: str, confidence: float, qty: str | None, why: str, *, as_json: bool) -> None:
    """Send a signal to the gate and show its verdict. In manual mode it counts as your trade."""
    body: dict[str, object] = {"action": action.upper(), "symbol": symbol, "confidence": confidence, "why": why}
    if qty is not None:
        body["qty"] = qty
    show(ask("POST", "/signals", body=body), Submitted, text, as_json=as_json)


def text(answer: Submitted) -> str:
    name = answer.signal.signal_id
    match answer.verdict:
        case OrderApproved(side=side, qty=qty, symbol=symbol, approval_id=order):
            return f"approved: {side} {number(qty)} {symbol}, order {order}"
        case ExitApproved(symbol=symbol):
            return f"approved: leave {symbol}; see `interlock why {name}`"
        case OrderDenied(code=code, reason=reason, value=value, limit=limit):
            return f"denied: {reason or code} ({value}, limit {limit}); see `interlock why {name}`"
        case None:
            return f"no verdict yet; see `interlock why {name}`"
