"""`interlock positions`: what is held, what protects it, and what would happen next."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import click
from msgspec import Struct

from interlock.api import ask
from interlock.commands.showing import as_json, moment, money, number, of_account, show
from interlock.table import table

HEADS = ("SYMBOL", "QTY", "ENTRY", "PRICE", "VALUE", "P/L", "STOP", "TARGET", "PROTECTED")
STEPS = ("WHEN", "SHARES", "WHAT", "POLICY", "WHY")


class Protection(Struct):
    covered_qty: Decimal
    stop_prices: list[Decimal]
    target_prices: list[Decimal]


class Step(Struct):
    what: str
    when: str
    policy: str
    why: str
    qty: Decimal
    price: Decimal | None
    at: datetime | None


class Position(Struct):
    symbol: str
    qty: Decimal
    avg_entry_price: Decimal
    current_price: Decimal
    market_value: Decimal
    unrealized_pl: Decimal
    protection: Protection
    is_covered: bool
    plan: list[Step] | None = None


class Positions(Struct):
    positions: list[Position]


@click.command()
@of_account
@click.option("--plan", is_flag=True, help="What would happen next to each, at which price or time, and why.")
@as_json
def positions(account: dict[str, str], *, plan: bool, as_json: bool) -> None:
    """Show open positions with the exits that rest at the broker."""
    show(ask("GET", "/positions", params=account), Positions, planned if plan else text, as_json=as_json)


def planned(answer: Positions) -> str:
    return "\n\n".join(map(_plan, answer.positions)) or "no positions"


def _plan(held: Position) -> str:
    head = f"{held.symbol}: {number(held.qty)} at {number(held.avg_entry_price)}, now {number(held.current_price)}"
    if held.plan is None:
        return f"{head}\nno plan: no entry of ours bought it, or the position manager is silent"
    return f"{head}\n{table(STEPS, [_step(step) for step in held.plan], 'SHARES')}"


def _step(step: Step) -> list[str]:
    place = moment(step.at) if step.price is None else f"{number(step.price)} or {step.when}"
    return [place or step.when, number(step.qty), step.what.replace("_", " "), step.policy, step.why]


def text(answer: Positions) -> str:
    rows = [_row(position) for position in answer.positions]
    return table(HEADS, rows, "QTY ENTRY PRICE VALUE P/L STOP TARGET") if rows else "no positions"


def _row(held: Position) -> list[str]:
    resting = held.protection
    covered = "yes" if held.is_covered else f"{number(resting.covered_qty)} of {number(held.qty)}"
    return [
        held.symbol,
        number(held.qty),
        number(held.avg_entry_price),
        number(held.current_price),
        money(held.market_value),
        money(held.unrealized_pl),
        " ".join(map(number, resting.stop_prices)) or "-",
        " ".join(map(number, resting.target_prices)) or "-",
        covered,
    ]
