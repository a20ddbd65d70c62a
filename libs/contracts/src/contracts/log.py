"""The log's grammar: subjects, who may write each, how a message becomes bytes, what a record is."""

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
    | exits.ClosePosition
    | exits.CoverageChanged
    | exits.MarkRaised
    | accounts.AccountSnapshot
    | accounts.DriftFound
    | accounts.DriftResolved
    | market.Quote
    | market.Bar
    | market.Tick
    | market.AssetReported
    | market.TradingStatus
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

_HOUR, _DAY = 3_600, 86_400


class Channel(Struct, frozen=True):
    """One family of subjects. `ttl` in seconds, 0 for facts that stay; `once`: a subject is written once, for ever."""

    pattern: str
    writers: tuple[str, ...]
    once: bool = True
    ttl: int = 0


SIGNALS_IN = Channel("signals.{ws,webhook,file}.*", ("signal-gateway",))
SIGNALS_MANUAL = Channel("signals.manual.*", ("api-gateway",))
REFUSALS = Channel("refusals.*.*", ("signal-gateway",), ttl=7 * _DAY)
APPROVED = Channel("approved.*.*", ("risk",))
DENIED = Channel("denied.*.*", ("risk",))
ORDERS = Channel("orders.*.*.*", ("executor",))
FILLS = Channel("fills.*.*", ("executor",))
EXITS = Channel("exits.*.*", ("position-manager",))
MARKS = Channel("marks.*.*", ("position-manager",))
COVERAGE = Channel("coverage.*.*", ("position-manager",))
ACCOUNT = Channel("account.*.*", ("executor",))
QUOTES = Channel("quotes.*", ("executor",), once=False, ttl=_HOUR)
BARS = Channel("bars.*.*", ("executor",), once=False, ttl=_DAY)
TICKS = Channel("clock.tick", ("executor",), once=False, ttl=_HOUR)
ASSETS = Channel("assets.*", ("executor",), once=False, ttl=7 * _DAY)
STATUSES = Channel("statuses.*", ("executor",), once=False, ttl=7 * _DAY)
LOCKS = Channel("locks.*.*", ("risk",))
PREVIEWS = Channel("previews.*.*", ("api-gateway",), ttl=_HOUR)
# No life of its own: a decider numbers its outputs, and one that aged out would look like one that is missing.
PREVIEWED = Channel("previewed.*.*", ("risk",))
COMMANDS = Channel("commands.*.*", ("api-gateway",))
COMMANDED = Channel("commanded.*.*.*", ("executor",))
CONTROL = Channel("control.*.*", ("api-gateway",))
PARKED = Channel(
    "parked.{service}.*",
    ("signal-gateway", "risk", "executor", "position-manager", "audit", "api-gateway"),
)

CHANNELS = (
    SIGNALS_IN,
    SIGNALS_MANUAL,
    REFUSALS,
    APPROVED,
    DENIED,
    ORDERS,
    FILLS,
    EXITS,
    COVERAGE,
    MARKS,
    ACCOUNT,
    QUOTES,
    BARS,
    TICKS,
    ASSETS,
    STATUSES,
    LOCKS,
    PREVIEWS,
    PREVIEWED,
    COMMANDS,
    COMMANDED,
    CONTROL,
    PARKED,
)

SERVICES = ("signal-gateway", "risk", "executor", "position-manager", "audit", "api-gateway")

BY_ACCOUNT = ("risk", "executor", "position-manager")
"""Of these each account has its own."""

SIGNALS, VERDICTS = "signals.>", ("approved.>", "denied.>")


def subjects(channel: Channel, writer: str) -> tuple[str, ...]:
    """Spell out the subjects of a channel as `writer` may write them."""
    head, brace, rest = channel.pattern.partition("{")
    if not brace:
        return (channel.pattern,)
    names, _, tail = rest.partition("}")
    choices = (writer,) if names == "service" else names.split(",")
    return tuple(f"{head}{choice}{tail}" for choice in choices)


def allowed(writer: str) -> tuple[str, ...]:
    """List every subject of the log that a service may write."""
    return tuple(s for c in CHANNELS if writer in c.writers for s in subjects(c, writer))


def stream_subjects() -> tuple[str, ...]:
    """List the subjects that the stream stores."""
    heads = dict.fromkeys(channel.pattern.partition(".")[0] for channel in CHANNELS)
    return tuple("clock.tick" if head == "clock" else f"{head}.>" for head in heads)


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
            | exits.ClosePosition(exit_id=i, account=a)
        ):
            return f"exits.{a}.{i}"
        case exits.MarkRaised(mark_id=i, account=a):
            return f"marks.{a}.{i}"
        case exits.CoverageChanged(account=a, n=n):
            return f"coverage.{a}.{n}"
        case (
            accounts.AccountSnapshot(account=a, n=n)
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


_TTLS = {channel.pattern.partition(".")[0]: channel.ttl for channel in CHANNELS}
_PASSING = frozenset(channel.pattern.partition(".")[0] for channel in CHANNELS if not channel.once)


def guard(subject: str) -> str:
    """Name the subjects that must be empty for this one to be stored; empty for what may be written again.

    A verdict is guarded by both of its subjects: whichever of approved and denied comes first stands.
    """
    head, _, rest = subject.partition(".")
    if head in _PASSING:
        return ""
    return f"*.{rest}" if head in {"approved", "denied"} else subject


def ttl(subject: str) -> int:
    """Say after how many seconds the log forgets it; 0 for never."""
    return _TTLS.get(subject.partition(".")[0], 0)


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
    "control_id",
    "lock_id",
    "preview_id",
    "command_id",
)


def references(message: Message) -> tuple[str, ...]:
    """List every id that a message names: what shares one belongs to the same story."""
    return tuple(dict.fromkeys(value for field in _ID_FIELDS if (value := getattr(message, field, "")) and value))
