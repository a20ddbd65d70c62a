"""Which of a broker's symbols the vocabulary has a name for."""

from __future__ import annotations

import msgspec

from contracts.values import Symbol


def is_named(symbol: str) -> bool:
    """Say whether it has: equities and crypto pairs yes, options no."""
    try:
        msgspec.convert(symbol, Symbol)
    except msgspec.ValidationError:
        return False
    return True
