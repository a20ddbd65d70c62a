"""Alpaca's announcements of corporate actions, as far as they change how many shares are held; no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from msgspec import Struct, ValidationError, convert

from chassis.telemetry import logger
from contracts.market import SplitAnnounced
from contracts.values import Token
from executor.brokers.symbols import is_named

PATH = "/corporate_actions/announcements"
_SPLITS = frozenset({("split", "stock_split"), ("split", "reverse_split"), ("dividend", "stock")})


class Wire(Struct, frozen=True):
    corporate_action_id: str
    ca_type: str
    ca_sub_type: str
    initiating_symbol: str | None = None
    target_symbol: str | None = None
    ex_date: date | None = None
    payable_date: date | None = None
    old_rate: Decimal | None = None
    new_rate: Decimal | None = None


def query(first: date, last: date) -> dict[str, str]:
    return {
        "ca_types": "split,dividend", "since": first.isoformat(), "until": last.isoformat(), "date_type": "ex_date",
    }  # fmt: skip


def splits(announced: Iterable[object]) -> list[SplitAnnounced]:
    """List the splits among announcements: of several words about one, the last; what cannot be read is left out."""
    wires = (wire for raw in announced for wire in _read(raw))
    return [*{one.action_id: one for wire in wires for one in _split(wire)}.values()]


def _read(raw: object) -> Iterator[Wire]:
    try:
        yield convert(raw, Wire, strict=False)
    except ValidationError as e:
        logger("alpaca").warning("an announcement cannot be read", error=str(e))


def _split(wire: Wire) -> Iterator[SplitAnnounced]:
    symbol, day = wire.initiating_symbol or "", wire.ex_date or wire.payable_date
    old, new = wire.old_rate or Decimal(0), wire.new_rate or Decimal(0)
    # A share that becomes one of another symbol is a merger by another name.
    if (wire.ca_type, wire.ca_sub_type) not in _SPLITS or wire.target_symbol not in {None, "", symbol}:
        return
    if wire.ca_type == "dividend" and new < old:
        new += old  # no dividend takes shares away: these are what comes to them
    if day is None or old <= 0 or new <= 0 or old == new or not (is_named(symbol) and _is_token(wire)):
        return
    yield SplitAnnounced(action_id=wire.corporate_action_id, symbol=symbol, old_rate=old, new_rate=new, ex_date=day)


def _is_token(wire: Wire) -> bool:
    try:
        convert(wire.corporate_action_id, Token)
    except ValidationError:
        return False
    return True
