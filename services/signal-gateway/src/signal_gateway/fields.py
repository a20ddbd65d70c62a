"""The fields of a message, each read strictly or refused. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from contracts.signals import Action
from contracts.values import SYMBOL_PATTERN, plain
from signal_gateway.refusals import Code, RefusedError

Content: TypeAlias = dict[str, object]

_QTY_LIMIT, _PRICE_LIMIT, _DECIMALS = Decimal(10) ** 9, Decimal(10) ** 7, 9
_BATCH_LIMIT, _BATCH_LENGTH = 100_000, 100
_SHOWN = 100
_KINDS: dict[type[object], str] = {
    dict: "an object",
    list: "a list",
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
}


def symbol(content: Content) -> str:
    given = text(content, "symbol").strip()
    # Some letters outside ASCII have a capital inside it.
    if not given.isascii() or not re.fullmatch(SYMBOL_PATTERN, given.upper()):
        raise RefusedError(Code.BAD_SYMBOL, f"symbol was {_shown(given)}, expected one like AAPL or BRK.B")
    return given.upper()


def action(content: Content) -> Action:
    given = text(content, "action")
    name = given.strip().upper()
    if name not in Action.__members__:
        raise RefusedError(Code.UNKNOWN_ACTION, f"action was {_shown(given)}, expected {', '.join(Action)}")
    return Action[name]


def confidence(content: Content) -> float:
    given = present(content, "confidence")
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise RefusedError(Code.WRONG_TYPE, f"confidence was {kind(given)}, expected a number")
    if not 0 <= given <= 1:
        raise RefusedError(Code.BAD_CONFIDENCE, f"confidence was {_shown(given)}, expected 0 to 1")
    return float(given)


def qty(content: Content) -> Decimal | None:
    return _positive(content, "qty", _QTY_LIMIT, Code.BAD_QTY, "a number of shares above 0")


def price(content: Content, name: str) -> Decimal | None:
    return _positive(content, name, _PRICE_LIMIT, Code.BAD_PRICE, "a price above 0")


def batch(content: Content) -> tuple[str, int]:
    """Read the name of the signals that came together and how many there are; neither, or both."""
    name, size = text(content, "batch", ""), content.get("batch_size")
    if not name and size is None:
        return "", 0
    if isinstance(size, bool) or not isinstance(size, int):
        raise RefusedError(Code.WRONG_TYPE, f"batch_size was {kind(size)}, expected a whole number beside batch")
    if not name or len(name) > _BATCH_LENGTH or not 1 <= size <= _BATCH_LIMIT:
        expected = f"a name of at most {_BATCH_LENGTH} characters and 1 to {_BATCH_LIMIT}"
        raise RefusedError(Code.BAD_BATCH, f"batch was {_shown(name)} of size {_shown(size)}, expected {expected}")
    return name, size


def _positive(content: Content, name: str, most: Decimal, code: Code, expected: str) -> Decimal | None:
    given = content.get(name)
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise RefusedError(Code.WRONG_TYPE, f"{name} was {kind(given)}, expected a number")
    number = _decimal(given)
    if not number.is_finite() or not 0 < number <= most or round(number, _DECIMALS) != number:
        raise RefusedError(code, f"{name} was {_shown(given)}, expected {expected}")
    return Decimal(plain(number))


def _decimal(given: float | str) -> Decimal:
    try:
        return Decimal(str(given))
    except (InvalidOperation, ValueError):
        return Decimal("NaN")


def timestamp(content: Content) -> datetime | None:
    given = text(content, "timestamp", "")
    if not given:
        return None
    try:
        moment = datetime.fromisoformat(given)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as e:
        raise RefusedError(Code.BAD_TIMESTAMP, f"timestamp was {_shown(given)}, expected ISO 8601") from e


def text(content: Content, name: str, default: str | None = None) -> str:
    """Read text; null is missing. Without a `default` it must be there."""
    given = content.get(name)
    if given is None and default is not None:
        return default
    given = present(content, name)
    if not isinstance(given, str):
        raise RefusedError(Code.WRONG_TYPE, f"{name} was {kind(given)}, expected text")
    return given


def present(content: Content, name: str) -> object:
    given = content.get(name)
    if given is None:
        raise RefusedError(Code.MISSING_FIELD, f"{name} was missing")
    return given


def kind(given: object) -> str:
    """Name the JSON type of a value."""
    return _KINDS.get(type(given), "null")


def _shown(given: object) -> str:
    said = repr(given)
    return said if len(said) <= _SHOWN else f"{said[:_SHOWN]}…"
