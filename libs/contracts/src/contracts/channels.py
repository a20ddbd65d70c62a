"""The log's channels: families of subjects, who may write each, how long it stands. Without a look at any message."""

from __future__ import annotations

from msgspec import Struct

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
SPLITS = Channel("splits.*.*", ("executor",))
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
    SPLITS,
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
