"""`interlock positions`: what is held, and what protects it."""

from __future__ import annotations

from decimal import Decimal

import click
from msgspec import Struct

from interlock.api import ask
from interlock.commands.showing import as_json, money, number, of_account, show
from interlock.table import table

HEADS = ("SYMBOL", "QTY", "ENTRY", "PRICE", "VALUE", "P/L", "STOP", "TARGET", "PROTECTED")


class Protection(Struct):
    covered_qty: Decimal
    stop_prices: list[Decimal]
    target_prices: list[Decimal]


class Position(Struct):
    symbol: str
    qty: Decimal
    avg_entry_price: Decimal
    current_price: Decimal
    market_value: Decimal
    unrealized_pl: Decimal
    protection: Protection
    is_covered: bool


class Positions(Struct):
    positions: list[Position]


@click.command()
@of_account
@as_json
def positions(account: dict[str, str], *, as_json: bool) -> None:
    """Show open positions with the exits that rest at the broker."""
    show(ask("GET", "/positions", params=account), Positions, text, as_json=as_json)


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
