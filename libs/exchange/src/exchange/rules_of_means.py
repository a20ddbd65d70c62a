"""Rules about the account: it buys what it can pay and sells what it has."""

from collections.abc import Mapping
from decimal import Decimal

from exchange import accounts
from exchange.accounts import Account
from exchange.book import Side, Ticket
from exchange.fills import Print
from exchange.numbers import plain
from exchange.refusals import Refusal, forbidden, unacceptable


def buying_power(ticket: Ticket, account: Account, prints: Mapping[str, Print]) -> Refusal | None:
    if ticket.side != Side.BUY:
        return None
    cost = _cost(ticket, prints)
    if cost is None:
        return unacceptable(f'asset "{ticket.symbol}" has no price yet')
    power = accounts.buying_power(account, prints)
    if cost <= power:
        return None
    return forbidden(
        "insufficient buying power",
        buying_power=plain(accounts.money(power)),
        cost_basis=plain(accounts.money(cost)),
    )


def shares(ticket: Ticket, account: Account) -> Refusal | None:
    if ticket.side != Side.SELL or ticket.qty is None:
        return None
    free = accounts.available(account, ticket.symbol)
    if ticket.qty <= free:
        return None
    asked, left = plain(ticket.qty), plain(free)
    return forbidden(
        f"insufficient qty available for order (requested: {asked}, available: {left})",
        available=left,
        existing_qty=plain(accounts.owned(account, ticket.symbol)),
        held_for_orders=plain(accounts.held_for_orders(account, ticket.symbol)),
        symbol=ticket.symbol,
    )


def _cost(ticket: Ticket, prints: Mapping[str, Print]) -> Decimal | None:
    if ticket.notional is not None:
        return ticket.notional
    price = ticket.limit_price or ticket.stop_price
    if price is None and ticket.symbol in prints:
        price = prints[ticket.symbol].ask
    return None if price is None or ticket.qty is None else ticket.qty * price
