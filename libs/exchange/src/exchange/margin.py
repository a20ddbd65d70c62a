"""Maintenance: the equity that positions ask for, by Alpaca's table."""

from collections.abc import Mapping
from decimal import Decimal

from exchange.accounts import Account, Position, price_of
from exchange.assets import Asset
from exchange.fills import Print


def maintenance_margin(account: Account, prints: Mapping[str, Print], assets: Mapping[str, Asset]) -> Decimal:
    each = (
        abs(position.qty) * _margin(position, price_of(position, prints), assets[position.symbol])
        for position in account.positions.values()
    )
    return sum(each, Decimal(0))


def _margin(position: Position, price: Decimal, asset: Asset) -> Decimal:
    """Dollars of a share."""
    part = asset.margin if asset.is_marginable else Decimal(1)
    if position.qty > 0:
        return price * (part if price >= Decimal("2.50") else 1)
    return max(Decimal(5), price * part) if price >= Decimal(5) else max(Decimal("2.50"), price)
