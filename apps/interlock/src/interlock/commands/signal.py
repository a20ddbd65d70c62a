"""`interlock signal BUY AAPL`: send a signal and see the verdict."""

from __future__ import annotations

import click
from msgspec import Struct

from contracts.signals import Action, Signal
from contracts.verdicts import ExitApproved, OrderApproved, OrderDenied
from interlock.api import ask
from interlock.commands.showing import as_json, number, of_account, show

Verdict = OrderApproved | ExitApproved | OrderDenied


class Submitted(Struct):
    signal: Signal
    verdict: Verdict | None
    others: dict[str, Verdict] = {}


@click.command()
@click.argument("action", type=click.Choice([a.value for a in Action], case_sensitive=False))
@click.argument("symbol")
@click.option("--confidence", type=click.FloatRange(0, 1), required=True, help="How sure the sender is, 0 to 1.")
@click.option("--qty", help="Shares; without it the gate's own sizing decides.")
@click.option("--why", default="", help="A word for the record.")
@of_account
@as_json
def signal(  # noqa: PLR0913 - each parameter is an option of the command
    action: str, symbol: str, confidence: float, qty: str | None, why: str, account: dict[str, str], *, as_json: bool
) -> None:
    """Send a signal to the gate and show its verdict. In manual mode it counts as your trade.

    It is for the first account, unless --account names another, or all.
    """
    body: dict[str, object] = {"action": action.upper(), "symbol": symbol, "confidence": confidence, "why": why}
    if qty is not None:
        body["qty"] = qty
    show(ask("POST", "/signals", body=body, params=account), Submitted, text, as_json=as_json)


def text(answer: Submitted) -> str:
    name = answer.signal.signal_id
    first = _said(answer.verdict, name)
    if not answer.others:
        return first
    whose = "" if answer.verdict is None else f"{answer.verdict.account}: "
    return "\n".join((whose + first, *(f"{one}: {_said(verdict, name)}" for one, verdict in answer.others.items())))


def _said(verdict: Verdict | None, name: str) -> str:
    match verdict:
        case OrderApproved(side=side, qty=qty, symbol=symbol, approval_id=order):
            return f"approved: {side} {number(qty)} {symbol}, order {order}"
        case ExitApproved(symbol=symbol):
            return f"approved: leave {symbol}; see `interlock why {name}`"
        case OrderDenied(code=code, reason=reason, value=value, limit=limit):
            return f"denied: {reason or code} ({value}, limit {limit}); see `interlock why {name}`"
        case None:
            return f"no verdict yet; see `interlock why {name}`"
