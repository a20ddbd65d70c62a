"""What can be traded, and how."""

from decimal import Decimal

from msgspec import Struct


class Asset(Struct, frozen=True):
    symbol: str
    name: str = ""
    listed_on: str = "ARCA"
    is_tradable: bool = True
    is_marginable: bool = True
    is_shortable: bool = True
    is_easy_to_borrow: bool = True
    is_fractionable: bool = True
    is_fractionable_after_hours: bool = True
    margin: Decimal = Decimal("0.30")  # the part of a long position's value that maintenance asks for
