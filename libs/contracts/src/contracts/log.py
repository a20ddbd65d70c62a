"""The log's grammar: every message, where each is stored, how it becomes bytes, what a record is."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

import msgspec
from msgspec import Struct

from contracts import accounts, commands, control, exits, locks, market, orders, parked, previews, signals, verdicts

Message: TypeAlias = (
    signals.Signal
    | signals.SignalRefused
    | verdicts.OrderApproved
    | verdicts.ExitApproved
    | verdicts.OrderDenied
    | orders.OrderChanged
    | orders.OrderFilled
    | exits.PlaceProtection
    | exits.CancelProtection
    | exits.MoveProtection
    | exits.ClosePosition
    | exits.CoverageChanged
    | exits.MarkRaised
    | accounts.AccountSnapshot
    | accounts.HoldingSplit
    | accounts.DriftFound
    | accounts.DriftResolved
    | market.Quote
    | market.Bar
    | market.Tick
    | market.AssetReported
    | market.TradingStatus
    | market.SplitAnnounced
    | locks.Locked
    | previews.PreviewAsked
    | previews.Previewed
    | commands.FlattenAsked
    | commands.FlattenChecked
    | control.ModeSet
    | control.Halted
    | control.Resumed
    | control.OrderGivenUp
    | control.LimitsSet
    | control.ExitPolicySet
    | control.GateSwitched
    | control.SessionsSet
    | control.SectorsSet
    | control.EarningsSet
    | parked.RecordParked
)

STREAM = "TRADING"


def symbol_token(symbol: str) -> str:
    """Make a symbol one token of a subject: BRK.B is BRK_B, BTC/USD is BTC-USD."""
    return symbol.replace(".", "_").replace("/", "-")


def subject(message: Message) -> str:  # noqa: C901, PLR0911, PLR0912 - one line for each message of the vocabulary
    """Name the subject that a message is stored under."""
    match message:
        case signals.Signal(signal_id=i, source=source):
            return f"signals.{source}.{i}"
        case signals.SignalRefused(refusal_id=i, source=source):
            return f"refusals.{source}.{i}"
        case verdicts.OrderApproved(approval_id=i, account=a) | verdicts.ExitApproved(approval_id=i, account=a):
            return f"approved.{a}.{i}"
        case verdicts.OrderDenied(denial_id=i, account=a):
            return f"denied.{a}.{i}"
        case orders.OrderChanged(client_order_id=i, account=a, n=n):
            return f"orders.{a}.{i}.{n}"
        case orders.OrderFilled(execution_id=i, account=a):
            return f"fills.{a}.{i}"
        case (
            exits.PlaceProtection(exit_id=i, account=a)
            | exits.CancelProtection(exit_id=i, account=a)
            | exits.MoveProtection(exit_id=i, account=a)
            | exits.ClosePosition(exit_id=i, account=a)
        ):
            return f"exits.{a}.{i}"
        case exits.MarkRaised(mark_id=i, account=a):
            return f"marks.{a}.{i}"
        case exits.CoverageChanged(account=a, n=n):
            return f"coverage.{a}.{n}"
        case (
            accounts.AccountSnapshot(account=a, n=n)
            | accounts.HoldingSplit(account=a, n=n)
            | accounts.DriftFound(account=a, n=n)
            | accounts.DriftResolved(account=a, n=n)
        ):
            return f"account.{a}.{n}"
        case market.Quote(symbol=symbol):
            return f"quotes.{symbol_token(symbol)}"
        case market.Bar(symbol=symbol, timeframe=timeframe):
            return f"bars.{symbol_token(symbol)}.{timeframe}"
        case market.Tick():
            return "clock.tick"
        case market.AssetReported(symbol=symbol):
            return f"assets.{symbol_token(symbol)}"
        case market.TradingStatus(symbol=symbol):
            return f"statuses.{symbol_token(symbol)}"
        case market.SplitAnnounced(symbol=symbol, action_id=i):
            return f"splits.{symbol_token(symbol)}.{i}"
        case locks.Locked(lock_id=i, account=a):
            return f"locks.{a}.{i}"
        case previews.PreviewAsked(preview_id=i, account=a):
            return f"previews.{a}.{i}"
        case previews.Previewed(preview_id=i, account=a):
            return f"previewed.{a}.{i}"
        case commands.FlattenAsked(command_id=i, account=a):
            return f"commands.{a}.{i}"
        case commands.FlattenChecked(command_id=i, account=a, n=n):
            return f"commanded.{a}.{i}.{n}"
        case parked.RecordParked(service=service, sequence=sequence):
            return f"parked.{service}.{sequence}"
        case (
            control.ModeSet(control_id=i, scope=scope)
            | control.Halted(control_id=i, scope=scope)
            | control.Resumed(control_id=i, scope=scope)
            | control.OrderGivenUp(control_id=i, scope=scope)
            | control.LimitsSet(control_id=i, scope=scope)
            | control.ExitPolicySet(control_id=i, scope=scope)
            | control.GateSwitched(control_id=i, scope=scope)
            | control.SessionsSet(control_id=i, scope=scope)
            | control.SectorsSet(control_id=i, scope=scope)
            | control.EarningsSet(control_id=i, scope=scope)
        ):
            return f"control.{scope}.{i}"


class Fact(Struct, frozen=True):
    """A message on its way into the log.

    `cause` is the sequence of the record that led to it (0 for the outside world), `trace` its W3C traceparent.
    `number` counts a decider's outputs from 1, so that a hole among them shows; 0 for what is not a decider's.
    """

    body: Message
    cause: int = 0
    trace: str = ""
    number: int = 0


class Record(Struct, frozen=True):
    """A fact as the log holds it. `time` is the server's clock (UTC); deciders must not look at it."""

    sequence: int
    time: datetime
    subject: str
    body: Message
    cause: int = 0
    trace: str = ""
    number: int = 0


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder[Message](Message)


def encode(message: Message) -> bytes:
    return _encoder.encode(message)


def decode(data: bytes) -> Message:
    """Read a message; raise `msgspec.ValidationError` or `msgspec.DecodeError` saying where it is wrong."""
    return _decoder.decode(data)


_ID_FIELDS = (
    "signal_id",
    "refusal_id",
    "approval_id",
    "denial_id",
    "client_order_id",
    "broker_order_id",
    "parent",
    "execution_id",
    "exit_id",
    "cause_id",
    "action_id",
    "control_id",
    "lock_id",
    "preview_id",
    "command_id",
)


def references(message: Message) -> tuple[str, ...]:
    """List every id that a message names: what shares one belongs to the same story."""
    return tuple(dict.fromkeys(value for field in _ID_FIELDS if (value := getattr(message, field, "")) and value))
