"""Values that every message is made of: ids, symbols, quantities, prices, sides."""

from __future__ import annotations

import uuid
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Annotated, TypeAlias

from msgspec import Meta

# Ids and accounts become tokens of a subject, so they may hold no dot, star, arrow or space.
SUBJECT_SAFE = r"^[A-Za-z0-9_-]{1,100}$"
SYMBOL_PATTERN = r"^[A-Z][A-Z0-9]{0,9}([./][A-Z0-9]{1,5})?$"

Token: TypeAlias = Annotated[str, Meta(pattern=SUBJECT_SAFE)]
Symbol: TypeAlias = Annotated[str, Meta(pattern=SYMBOL_PATTERN)]
MaybeToken: TypeAlias = Annotated[str, Meta(pattern=f"^$|{SUBJECT_SAFE}")]
MaybeSymbol: TypeAlias = Annotated[str, Meta(pattern=f"^$|{SYMBOL_PATTERN}")]

_NAMESPACE = uuid.UUID("6f1c7f8e-6a2e-5b4e-9d7b-0a1d2c3e4f50")


class Side(StrEnum):
    BUY = "buy"
    SELL = "sell"


class OrderType(StrEnum):
    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    TRAILING_STOP = "trailing_stop"


class TimeInForce(StrEnum):
    DAY = "day"
    GTC = "gtc"


class Mode(StrEnum):
    MANUAL = "manual"
    AUTO = "auto"


class TradingState(StrEnum):
    """ACTIVE trades. REDUCING enters nothing new. HALTED also takes back entries that are working. Exits always go."""

    ACTIVE = "ACTIVE"
    REDUCING = "REDUCING"
    HALTED = "HALTED"


def derived_id(cause: str, *parts: str | int) -> str:
    """Name an effect by its cause: the same cause and parts give the same id, always."""
    return str(uuid.uuid5(_NAMESPACE, "/".join((cause, *map(str, parts)))))


def round_to_tick(price: Decimal, rounding: str = ROUND_HALF_UP) -> Decimal:
    """Round to the price grid of US equities: cents from one dollar up, hundredths of a cent below."""
    tick = Decimal("0.01") if price >= 1 else Decimal("0.0001")
    return price.quantize(tick, rounding=rounding)


def large(text: str) -> str:
    """Write a word in capitals, but not one whose letters would become others: ß is no SS, and no order for it."""
    return text.upper() if text.isascii() else text


MOST_DECIMALS = 20


def decimals(number: Decimal) -> int:
    """Count the digits after the point: 1E-99999 is a number too, and written out it fills a page."""
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def plain(number: Decimal) -> str:
    """Write a number as Alpaca does: no exponent, no trailing zeros."""
    text = str(number)
    # Every rule of every verdict asks; an exponent stands only in what is very small, or ends in zeros.
    if "E" in text:
        text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
