"""At the start: what the environment says becomes facts, where it says something new."""

from __future__ import annotations

from msgspec import structs

from api_gateway.settings import TradingSettings, exit_policy, limits
from api_gateway.view import Configured, View
from contracts.control import ENVIRONMENT, ExitPolicySet, LimitsSet, ModeSet
from contracts.values import derived_id

SCOPE = "all"
WHY = "read at start"


def wanted(settings: TradingSettings) -> tuple[Configured, ...]:
    """Say what the environment wants; raise `SettingsError` where it makes no sense."""
    return (
        LimitsSet(control_id="", scope=SCOPE, limits=limits(settings), by=ENVIRONMENT, why=WHY),
        ExitPolicySet(control_id="", scope=SCOPE, policy=exit_policy(settings), by=ENVIRONMENT, why=WHY),
        ModeSet(control_id="", scope=SCOPE, mode=settings.trade_mode, by=ENVIRONMENT, why=WHY),
    )


def changes(view: View, facts: tuple[Configured, ...]) -> tuple[Configured, ...]:
    """List those that must be written.

    Compared is with what the *environment* said last: an edit of it takes effect, and what a person has set since
    stands as long as the environment is not edited.
    """
    return tuple(named for fact in facts if (named := _if_new(view, fact)))


def _if_new(view: View, fact: Configured) -> Configured | None:
    kind = type(fact).__name__
    sequence, last = view.environment.get(kind, (0, None))
    if last is not None and structs.replace(last, control_id="") == fact:
        return None
    # Named by what it follows: two gateways that start at once write it once.
    return structs.replace(fact, control_id=derived_id(ENVIRONMENT, kind, sequence))
