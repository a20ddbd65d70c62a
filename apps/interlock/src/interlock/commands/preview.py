"""`interlock preview AAPL`: what the gate would say to a trade now."""

from __future__ import annotations

from decimal import Decimal

import click
from msgspec import Struct

from contracts.values import Side
from contracts.verdicts import Check, ExitApproved, OrderApproved, OrderDenied
from interlock.api import ask
from interlock.commands.showing import as_json, money, of_account, show
from interlock.table import table


class Preview(Struct):
    would: str
    verdict: OrderApproved | ExitApproved | OrderDenied | None
    notional: Decimal | None


@click.command()
@click.argument("symbol")
@click.option("--qty", help="Shares; without it the gate's own sizing decides.")
@click.option("--side", type=click.Choice([s.value for s in Side]), default=Side.BUY.value, show_default=True)
@of_account
@as_json
def preview(symbol: str, qty: str | None, side: str, account: dict[str, str], *, as_json: bool) -> None:
    """Show what a trade would come to, with every check.

    Nothing follows from it.
    """
    params: dict[str, str | int] = {**account, "symbol": symbol, "side": side}
    if qty is not None:
        params["qty"] = qty
    show(ask("GET", "/risk/preview", params=params), Preview, text, as_json=as_json)


def text(told: Preview) -> str:
    checks = told.verdict.checks if told.verdict else ()
    lines = [f"would: {told.would}"]
    if told.notional is not None:
        lines.append(f"worth: about {money(told.notional)} dollars at the price now")
    if isinstance(told.verdict, OrderApproved) and told.verdict.protection:
        lines.append(f"protection: {told.verdict.protection}")
    if checks:
        lines += ["", table(("", "CHECK", "IS", "LIMIT"), [_row(check) for check in checks])]
    return "\n".join(lines)


def _row(check: Check) -> list[str]:
    return ["ok" if check.passed else "NO", check.rule, check.value, check.limit]
