"""What people may send."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal, Self, cast

from fastapi import Body
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, model_validator

from api_gateway.fields import (
    MOST_SIGNALS,
    ActionNamed,
    MaybeSymbol,
    Moment,
    Name,
    NeededWhy,
    Price,
    Qty,
    SideNamed,
    Symbol,
    Token,
    Why,
    upper,
)
from contracts.signals import Action, Source
from contracts.values import Mode, OrderType, TradingState


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def _such_as(**body: JsonValue) -> ConfigDict:
    """Give the page a body that can be sent as it stands: one made of every field contradicts itself."""
    return ConfigDict(json_schema_extra={"examples": [body]})


class ManualTrade(_Body):
    """A person's trade. `side` and `action` are the same; without `qty` the gate's own sizing decides."""

    model_config = _such_as(symbol="AAPL", side="buy", qty="1", why="a good day for apples")

    symbol: Symbol
    action: ActionNamed | None = None
    side: ActionNamed | None = None
    qty: Qty | None = None
    stop_loss: Price | None = None
    take_profit: Price | None = None
    why: Why = ""

    @model_validator(mode="after")
    def _one_direction(self) -> Self:
        if (self.action is None) == (self.side is None):
            raise ValueError("expected either side or action, BUY or SELL")
        if self.direction is Action.HOLD:
            raise ValueError("expected BUY or SELL, was HOLD")
        return self

    @property
    def direction(self) -> Action:
        return self.action or self.side or Action.HOLD


class SignalSent(_Body):
    """A signal as a signal server sends it. Without a timestamp it is dated with market time; without a zone in UTC."""

    model_config = _such_as(symbol="AAPL", action="BUY", confidence=0.9, strategy="ema")

    symbol: Symbol
    action: ActionNamed
    confidence: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
    timestamp: Moment | None = None
    qty: Qty | None = None
    id: Token | None = None
    strategy: Name = ""
    stop_loss: Price | None = None
    take_profit: Price | None = None
    batch: Name = ""
    batch_size: Annotated[int, Field(ge=0, le=MOST_SIGNALS)] = 0
    why: Why = ""

    @model_validator(mode="after")
    def _a_whole_batch(self) -> Self:
        if (self.batch == "") != (self.batch_size == 0):
            raise ValueError("expected batch and batch_size, the signals that come together, or neither")
        return self


class SignalAsked(SignalSent):
    """A signal that is only asked about, as if it came from `source`."""

    source: Source = Source.MANUAL


def _listed(value: object) -> object:
    return cast("object", value) if isinstance(value, list) else [value]


SignalsAsked = Annotated[
    list[SignalAsked],
    BeforeValidator(_listed, json_schema_input_type=SignalAsked | list[SignalAsked]),
    Body(min_length=1, max_length=20),
]


class OrderTried(_Body):
    """An order that is only tried."""

    model_config = _such_as(symbol="AAPL", side="buy", qty="1", type="limit", limit_price="170.25")

    symbol: Symbol
    side: SideNamed
    qty: Qty
    type: Literal[OrderType.MARKET, OrderType.LIMIT] = OrderType.MARKET
    limit_price: Price | None = None

    @model_validator(mode="after")
    def _a_limit(self) -> Self:
        if (self.type is OrderType.LIMIT) != (self.limit_price is not None):
            raise ValueError("expected a limit_price with type limit, and with no other")
        return self


class ModeWanted(_Body):
    model_config = _such_as(mode="manual", why="I watch it myself today")

    mode: Mode
    why: Why = ""


class _Ending(_Body):
    """Ends by itself: after so many minutes of market time, or when it is `until`."""

    strategy: Name = ""
    symbol: MaybeSymbol = ""
    minutes: Annotated[int, Field(ge=1, le=525_600)] | None = None
    until: Moment | None = None
    why: Why = ""

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if self.minutes is not None and self.until is not None:
            raise ValueError("expected either minutes or until")
        return self


class HaltWanted(_Ending):
    """Without strategy and symbol it is about everything, without minutes and until it stands until a resume."""

    model_config = _such_as(symbol="AAPL", level="HALTED", minutes=60, why="news")

    level: Annotated[Literal[TradingState.REDUCING, TradingState.HALTED], BeforeValidator(upper)] = TradingState.HALTED


class LockWanted(_Ending):
    """Holds entries of a symbol, a strategy or all, and ends by itself."""

    model_config = _such_as(symbol="AAPL", minutes=60, why="too wild")

    @model_validator(mode="after")
    def _an_end(self) -> Self:
        if self.minutes is None and self.until is None:
            raise ValueError("expected minutes or until: what has no end is a halt")
        return self


class Confirmation(_Body):
    """Without `confirm` nothing is done, and the answer shows what would be, and what to confirm it with."""

    model_config = _such_as(confirm="", why="looked at it")

    confirm: Annotated[str, Field(max_length=100)] = ""
    why: Why = ""


class Reason(_Body):
    why: Why = ""


class ResumeWanted(Confirmation):
    """Which of what stands: one by its id, or all about nothing but a strategy and a symbol; empty ones mean any."""

    model_config = _such_as(confirm="", symbol="AAPL", why="the news was good")

    id: Annotated[str, Field(max_length=100)] = ""
    strategy: Name = ""
    symbol: MaybeSymbol = ""


class LimitsWanted(_Body):
    """`changes` by the limits' names; what is in `clear` is as configuration says again. Without a scope: for all."""

    model_config = _such_as(symbol="AAPL", changes={"max_symbol_notional": "5000"}, why="calm down")

    scope: Name = ""
    strategy: Name = ""
    symbol: MaybeSymbol = ""
    changes: dict[Name, Any] = {}
    clear: Annotated[list[Name], Field(max_length=100)] = []
    why: NeededWhy

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.changes and not self.clear:
            raise ValueError("expected something in changes or in clear")
        return self


class Outcome(StrEnum):
    NEVER_ARRIVED = "never_arrived"


class Resolution(_Body):
    """What a person found at the broker about an order in doubt."""

    model_config = _such_as(outcome="never_arrived", why="it is not on the broker's page of orders")

    outcome: Outcome
    why: NeededWhy
