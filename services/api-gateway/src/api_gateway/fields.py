"""What single values of a request may be, in bodies, paths and queries."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated

from fastapi import Path, Query
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from contracts.signals import Action
from contracts.values import SUBJECT_SAFE, SYMBOL_PATTERN, Side, large

_MOST_SHARES = 1_000_000
_DEAREST = 10_000_000
MOST_SIGNALS = 100_000


def upper(value: object) -> object:
    return large(value) if isinstance(value, str) else value


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _utc(value: object) -> object:
    # A sender that names no zone means UTC, as on the signal server's wire.
    if isinstance(value, str) and value:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return value
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return value


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as e:
        raise ValueError("expected a time within the years 1 to 9999 of UTC") from e


def _like(pattern: str, expected: str) -> AfterValidator:
    """Refuse other text with a word that people understand, where a type would show them the pattern."""

    def check(text: str) -> str:
        if re.fullmatch(pattern, text) is None:
            raise ValueError(f"expected {expected}")
        return text

    return AfterValidator(check)


_IS_SYMBOL = _like(SYMBOL_PATTERN, "a symbol such as SPY or BRK.B")
_IS_SYMBOL_OR_EMPTY = _like(f"|{SYMBOL_PATTERN}", "a symbol such as SPY or BRK.B, or nothing")
# Words are shown in one line, and on terminals, which take commands between them.
_IS_PLAIN = _like(r"[^\x00-\x1f\x7f]*", "words without line breaks and other control characters")

Symbol = Annotated[str, BeforeValidator(upper), _IS_SYMBOL, Field(examples=["AAPL"])]
MaybeSymbol = Annotated[str, BeforeValidator(upper), _IS_SYMBOL_OR_EMPTY]
Qty = Annotated[Decimal, Field(gt=0, le=_MOST_SHARES, decimal_places=9, allow_inf_nan=False, examples=["1"])]
Price = Annotated[Decimal, Field(gt=0, le=_DEAREST, decimal_places=9, allow_inf_nan=False, examples=["170.25"])]
Token = Annotated[str, _like(SUBJECT_SAFE, "at most 100 letters, digits, - and _")]
Id = Annotated[Token, Path()]
Why = Annotated[str, Field(max_length=500), _IS_PLAIN]
NeededWhy = Annotated[str, Field(min_length=1, max_length=500), _IS_PLAIN]
Name = Annotated[str, Field(max_length=100), _IS_PLAIN]
Moment = Annotated[AwareDatetime, BeforeValidator(_utc), AfterValidator(_in_utc)]
SideNamed = Annotated[Side, BeforeValidator(_lower)]
ActionNamed = Annotated[Action, BeforeValidator(upper)]
OneSymbol = Annotated[Symbol | None, Query()]
