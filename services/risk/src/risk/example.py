"""An ordinary moment, with which the examples of the rules begin: noon, AAPL at 100 dollars, nothing held."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from msgspec import Struct, structs

from contracts.accounts import AccountSnapshot
from contracts.market import AssetReported, Quote
from contracts.signals import Action, Signal, Source
from contracts.values import Mode
from risk.state import State

NOON = datetime(2013, 10, 7, 16, 0, tzinfo=UTC)
SIGNAL = Signal(signal_id="s1", source=Source.WS, symbol="AAPL", action=Action.BUY, confidence=0.9, at=NOON)
ACCOUNT = AccountSnapshot(
    account="paper", n=1, status="ACTIVE", equity=Decimal(100_000), cash=Decimal(100_000),
    buying_power=Decimal(100_000), positions=(), at=NOON, last_equity=Decimal(100_000), multiplier=Decimal(1),
)  # fmt: skip
QUOTE = Quote(symbol="AAPL", bid=99.9, ask=100, last=99.95, at=NOON)
ASSET = AssetReported(symbol="AAPL", known=True, tradable=True, fractionable=True, shortable=True, at=NOON)


def moment(**changes: object) -> State:
    """Build a state in which the signal is approved, but for the changes."""
    state = State(
        account="paper", mode=Mode.AUTO, now=NOON, is_open=True, next_close=NOON.replace(hour=20), snapshot=ACCOUNT,
        prices={"AAPL": Decimal(100)}, quotes={"AAPL": QUOTE}, assets={"AAPL": ASSET},
    )  # fmt: skip
    return structs.replace(state, **changes)


class Example(Struct, frozen=True):
    """What a rule denies: a signal at a moment."""

    state: State
    signal: Signal = SIGNAL
