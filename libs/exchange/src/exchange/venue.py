"""What does not change while the exchange runs: what it lists, and how kindly it treats orders."""

from decimal import Decimal

from msgspec import Struct

from exchange.assets import Asset


class Venue(Struct, frozen=True):
    assets: dict[str, Asset]
    partial_fill_every: int = 0  # every n-th divisible order is filled in two executions; 0: none
    partial_fills: Decimal = Decimal(0)  # the part of the divisible fills that come as a part of random size
    slippage: Decimal = Decimal(0)  # basis points that the quote moves against who takes it
    latency: int = 0  # nanoseconds of market time until an order, a cancel or a replacement takes effect
