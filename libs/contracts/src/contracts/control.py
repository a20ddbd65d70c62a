"""What people decide: mode, halt, limits, exit policy. They are facts, or a replay could not be exact."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from msgspec import Meta, Struct

from contracts.values import Mode, Symbol, Token

Positive = Annotated[int, Meta(ge=1)]
EVERYONE = "all"
"""The scope of what is decided for every account."""

ENVIRONMENT = "environment"
"""Who set it, where the configuration did and not a person."""


class Limits(Struct, frozen=True, kw_only=True):
    """The gate's numbers. Fractions are of equity; seconds are market time; an empty list limits nothing."""

    min_confidence: float = 0.7
    default_quantity: Decimal = Decimal(1)
    percent_of_equity: Decimal = Decimal(0)
    max_position_fraction: Decimal = Decimal("0.05")
    max_entries_per_symbol: Positive = 2
    max_concurrent: Positive = 3
    duplicate_seconds: float = 60
    signal_max_age_seconds: float = 60
    approval_ttl_seconds: float = 60
    fractional: bool = False
    whitelist: tuple[Symbol, ...] = ()
    blacklist: tuple[Symbol, ...] = ()
    min_cash: Decimal = Decimal(0)


class ExitPolicy(Struct, frozen=True, kw_only=True):
    """The position manager's numbers. Fractions are of the entry price."""

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
    """Entries stop at once; exits go on."""

    control_id: Token
    scope: Token
    by: str
    why: str


class Resumed(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    control_id: Token
    scope: Token
    by: str
    why: str


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
    control_id: Token
    scope: Token
    limits: Limits
    by: str
    why: str = ""


class ExitPolicySet(Struct, frozen=True, kw_only=True, tag_field="kind", tag=True):
    control_id: Token
    scope: Token
    policy: ExitPolicy
    by: str
    why: str = ""
