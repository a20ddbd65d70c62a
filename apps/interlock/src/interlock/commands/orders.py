"""`interlock orders`: what was ordered, newest first."""

from __future__ import annotations

import click
from msgspec import Struct

from contracts.orders import OrderChanged
from interlock.api import ask
from interlock.commands.showing import as_json, moment, number, of_account, show
from interlock.table import table

HEADS = ("ID", "CHANGED (MARKET)", "SYMBOL", "FOR", "SIDE", "TYPE", "QTY", "FILLED", "PRICE", "STATUS")


class Orders(Struct):
    orders: list[OrderChanged]


@click.command()
@click.argument("which", type=click.Choice(["open", "closed", "all"]), default="all")
@click.option("--symbol", help="Only this symbol.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many at most.")
@of_account
@as_json
def orders(which: str, symbol: str | None, limit: int, account: dict[str, str], *, as_json: bool) -> None:
    """Show orders, newest first: open, closed or all."""
    params: dict[str, str | int] = {**account, "status": which, "limit": limit}
    if symbol:
        params["symbol"] = symbol.upper()
    show(ask("GET", "/orders", params=params), Orders, text, as_json=as_json)


def text(answer: Orders) -> str:
    return table(HEADS, [_row(order) for order in answer.orders], "QTY FILLED PRICE") if answer.orders else "no orders"


def _row(order: OrderChanged) -> list[str]:
    return [
        order.client_order_id,
        moment(order.at),
        order.symbol,
        order.purpose,
        order.side,
        order.type,
        number(order.qty),
        number(order.filled_qty),
        number(order.filled_avg_price or order.limit_price or order.stop_price),
        f"{order.status} {order.code}".rstrip(),
    ]
