"""At the start: what configuration says becomes facts, where it says something new."""

from __future__ import annotations

from msgspec import Struct, structs

from api_gateway.limits import held
from api_gateway.limits.layout import Layout
from api_gateway.settings import TradingSettings
from api_gateway.view import Configured, View
from contracts.control import ENVIRONMENT, EVERYONE, LimitsSet, ModeSet
from contracts.values import derived_id

WHY = "read at start"


class Wanted(Struct, frozen=True):
    """What configuration says: limits, each for itself, and the rest as facts that have no name yet."""

    limits: Layout
    facts: tuple[Configured, ...]


def wanted(settings: TradingSettings, limits: Layout) -> Wanted:
    """Say what configuration wants; raise `SettingsError` where it makes no sense."""
    return Wanted(
        limits,
        (ModeSet(control_id="", scope=EVERYONE, mode=settings.trade_mode, by=ENVIRONMENT, why=WHY),),
    )


def changes(view: View, wanted: Wanted) -> tuple[LimitsSet | Configured, ...]:
    """List the facts that must be written.

    Compared is with what *configuration* said last: an edit of it takes effect, and what a person has set since
    stands as long as it is not edited.
    """
    others = (named for fact in wanted.facts if (named := _if_new(view, fact)))
    return (*held.changes(view.held, wanted.limits), *others)


def _if_new(view: View, fact: Configured) -> Configured | None:
    kind = type(fact).__name__
    sequence, last = view.environment.get(kind, (0, None))
    if last is not None and structs.replace(last, control_id="") == fact:
        return None
    # Named by what it follows: two gateways that start at once write it once.
    return structs.replace(fact, control_id=derived_id(ENVIRONMENT, kind, sequence))
