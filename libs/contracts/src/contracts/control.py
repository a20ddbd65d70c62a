"""What people decide: mode, halt, limits, exit policy. They are facts, or a replay could not be exact.

`scope` is an account or `EVERYONE`; `strategy` and `symbol` narrow it, where they are not empty.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from msgspec import Struct

from contracts.limits import Limits, Positive
from contracts.locks import Locked
from contracts.sessions import Earnings, Session
from contracts.values import MaybeSymbol, Mode, Symbol, Token, TradingState

EVERYONE = "all"
"""The scope of what is decided for every account."""

ENVIRONMENT, LIMITS_FILE, DEFAULT = "environment", "config/limits.toml", "default"
"""Who set it, where the configuration did and not a person."""


class ExitPolicy(Struct, frozen=True, kw_only=True):
    """What logs of earlier versions say of exits; now these are limits. Fractions are of the entry price."""

    stop_fraction: Decimal = Decimal("0.05")
    target_fraction: Decimal = Decimal("0.20")
    max_days: Positive = 7


class ModeSet(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    control_id: Token
    scope: Token
    mode: Mode
    by: str
    why: str = ""


class Halted(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """Entries stop at once, until somebody resumes or market time is `until`; exits go on.

    `at` is the market time when it was said, None where that was not known.
    """

    control_id: Token
    scope: Token
    by: str
    why: str
    level: TradingState = TradingState.HALTED
    strategy: str = ""
    symbol: MaybeSymbol = ""
    until: datetime | None = None
    at: datetime | None = None


class Resumed(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """Ends the halts, locks and drifts whose ids are in `lifts`; where that is empty, all halts and drifts within it.

    What came after a person looked is not named, and stands.
    """

    control_id: Token
    scope: Token
    by: str
    why: str
    strategy: str = ""
    symbol: MaybeSymbol = ""
    lifts: tuple[Token, ...] = ()


class GateSwitched(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """A gate that is not active approves no entry.

    One that is switched on names with `ends` what had switched it off; what came after that stands.
    """

    control_id: Token
    scope: Token
    active: bool
    by: str
    why: str
    ends: str = ""
    at: datetime | None = None


AnyHalt: TypeAlias = Halted | Locked


def covers(halt: AnyHalt | Resumed, strategy: str, symbol: str) -> bool:
    """Say whether it is about entries of this strategy into this symbol, where it is about their account at all."""
    return halt.strategy in ("", strategy) and halt.symbol in ("", symbol)


class OrderGivenUp(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """A person has looked at the broker: an order in doubt never arrived there.

    The executor asks the broker once more, and tells it as canceled unless that shows it. `scope` is the account.
    """

    control_id: Token
    scope: Token
    client_order_id: Token
    by: str
    why: str


class LimitsSet(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """Sets those of `limits` that `fields` names, or all where neither `fields` nor `cleared` names any.

    What is `cleared` is what the wider scope says again.
    """

    control_id: Token
    scope: Token
    limits: Limits
    by: str
    why: str = ""
    strategy: str = ""
    symbol: MaybeSymbol = ""
    fields: tuple[str, ...] = ()
    cleared: tuple[str, ...] = ()


class ExitPolicySet(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    control_id: Token
    scope: Token
    policy: ExitPolicy
    by: str
    why: str = ""


class SessionsSet(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """The day's sessions, which replace the trading window; none: the window holds."""

    control_id: Token
    scope: Token
    sessions: tuple[Session, ...]
    by: str
    why: str = ""


class SectorsSet(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """Which sector each symbol belongs to."""

    control_id: Token
    scope: Token
    sectors: dict[Symbol, str]
    by: str
    why: str = ""


class EarningsSet(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    """When companies report."""

    control_id: Token
    scope: Token
    earnings: tuple[Earnings, ...]
    by: str
    why: str = ""
