"""Limits as people see them: every value with where it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct

from api_gateway.limits.fields import variable
from api_gateway.limits.held import Held
from api_gateway.plans.problem import Problem
from contracts import layers
from contracts.control import DEFAULT, ENVIRONMENT, LIMITS_FILE
from contracts.layers import Origin
from contracts.limits import Limits
from contracts.sessions import Session
from contracts.values import Mode


class From(StrEnum):
    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"
    PERSON = "person"


_FROM = {"": From.DEFAULT, DEFAULT: From.DEFAULT, LIMITS_FILE: From.FILE, ENVIRONMENT: From.ENVIRONMENT}


class LimitShown(Struct, frozen=True):
    """`origin` is where the value comes from: `by` whom, `why`, in which record, and for whom it was set.

    `variable` would set it from the environment.
    """

    value: Any
    origin: From
    variable: str
    by: str = ""
    why: str = ""
    control_id: str = ""
    scope: str = ""
    strategy: str = ""
    symbol: str = ""


class Effective(Struct, frozen=True):
    """What holds for an account's entries, of a strategy and into a symbol where these are not empty.

    `problems` are those of edited files, of which nothing holds until they are mended.
    """

    account: str
    strategy: str
    symbol: str
    mode: Mode
    limits: dict[str, LimitShown]
    sessions: tuple[Session, ...]
    problems: tuple[Problem, ...]


class LayerShown(Struct, frozen=True):
    """What is set for a scope, and nothing else."""

    scope: str
    strategy: str
    symbol: str
    limits: dict[str, LimitShown]


class LayersShown(Struct, frozen=True):
    """The narrowest layer counts. `problems` are those of edited files, which do not hold until they are mended."""

    layers: tuple[LayerShown, ...]
    problems: tuple[Problem, ...]


class LimitsChanged(Struct, frozen=True):
    """What holds after a change, which is in the log at `sequence`."""

    sequence: int
    effective: Effective


def limits_of(held: Held, account: str, strategy: str, symbol: str) -> dict[str, LimitShown]:
    of_account = layers.effective(held.layers, Limits(), account)
    found = layers.narrowed(held.layers, of_account, account, strategy, symbol)
    return _shown(held, found, layers.origins(held.layers, account, strategy, symbol), found.__struct_fields__)


def layers_of(held: Held) -> tuple[LayerShown, ...]:
    """List the layers, the widest first."""
    found = [
        LayerShown(one.scope, one.strategy, one.symbol, _shown(held, layer.values, layer.origins, layer.origins))
        for layer in held.layers.values()
        for one in list(layer.origins.values())[:1]
    ]
    return tuple(sorted(found, key=lambda one: (bool(one.strategy) + 2 * bool(one.symbol), one.scope, one.strategy)))


def _shown(held: Held, values: Limits, origins: Mapping[str, Origin], names: Iterable[str]) -> dict[str, LimitShown]:
    return {name: _limit(held, name, getattr(values, name), origins.get(name)) for name in names}


def _limit(held: Held, name: str, value: object, origin: Origin | None) -> LimitShown:
    if origin is None:
        return LimitShown(value, From.DEFAULT, variable(name))
    origin = _said_first(held, name, value, origin)
    return LimitShown(
        value, _FROM.get(origin.by, From.PERSON), variable(name), origin.by, _why(name, origin), origin.control_id,
        origin.scope, origin.strategy, origin.symbol,
    )  # fmt: skip


def _said_first(held: Held, name: str, value: object, origin: Origin) -> Origin:
    """Name configuration where it says the same: a person's word that was taken back holds no more."""
    configured = held.configured.get(layers.key(origin.scope, origin.strategy, origin.symbol))
    if configured is None or name not in configured.origins or getattr(configured.values, name) != value:
        return origin
    return configured.origins[name]


def _why(name: str, origin: Origin) -> str:
    """Give of all variables that were read at once the one that set this limit."""
    own = variable(name)
    return own if origin.by == ENVIRONMENT and own in origin.why.split(", ") else origin.why
