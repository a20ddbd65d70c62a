"""Settings in layers: what holds for all, for one account, one strategy, one symbol; the narrowest word counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from typing import Generic, TypeAlias, TypeVar

from msgspec import Struct, field, structs

from contracts.control import EVERYONE, ExitPolicySet, LimitsSet
from contracts.limits import LOWEST, Limits

T = TypeVar("T", bound=Struct)


class Origin(Struct, frozen=True, kw_only=True):
    """Who set a value last, and where: `scope` is an account or all."""

    scope: str
    strategy: str
    symbol: str
    by: str
    why: str
    control_id: str


class Layer(Struct, Generic[T], kw_only=True):
    """Of `values` only those count that `origins` names."""

    values: T
    origins: dict[str, Origin] = field(default_factory=dict[str, Origin])


LimitLayers: TypeAlias = dict[str, Layer[Limits]]


def key(scope: str, strategy: str = "", symbol: str = "") -> str:
    # Neither scopes nor symbols hold a space; what a strategy is called is free.
    return f"{scope} {symbol} {strategy}"


def set_limits(layers: LimitLayers, fact: LimitsSet) -> None:
    """Take a change in, in place. A layer that says nothing any more is gone."""
    name = key(fact.scope, fact.strategy, fact.symbol)
    layer = layers.setdefault(name, Layer(values=Limits()))
    every = fact.limits.__struct_fields__
    # A log may tell of limits that came, or went, with another version.
    said = [one for one in fact.fields if one in every] or ([] if fact.fields or fact.cleared else every)
    layer.values = structs.replace(layer.values, **{one: getattr(fact.limits, one) for one in said})
    origin = Origin(
        scope=fact.scope, strategy=fact.strategy, symbol=fact.symbol, by=fact.by, why=fact.why,
        control_id=fact.control_id,
    )  # fmt: skip
    layer.origins.update(dict.fromkeys(said, origin))
    for cleared in fact.cleared:
        layer.origins.pop(cleared, None)
    if not layer.origins:
        del layers[name]


def of_policy(fact: ExitPolicySet) -> LimitsSet:
    """Give what older logs say of exits as it is said now."""
    # Their bounds are younger than they are.
    policy = {name: max(value, LOWEST.get(name, value)) for name, value in structs.asdict(fact.policy).items()}
    return LimitsSet(
        control_id=fact.control_id, scope=fact.scope, limits=structs.replace(Limits(), **policy), by=fact.by,
        why=fact.why, fields=tuple(policy),
    )  # fmt: skip


def effective(layers: Mapping[str, Layer[T]], base: T, account: str) -> T:
    """Give what holds for an account, whatever the strategy and symbol; `base` where nobody has set anything."""
    return _with(base, (layers.get(key(EVERYONE)), layers.get(key(account))))


def narrowed(layers: Mapping[str, Layer[T]], of_account: T, account: str, strategy: str, symbol: str) -> T:
    """Give what holds for a strategy and a symbol, beginning with what holds for the account."""
    parts = ((strategy, ""), ("", symbol), (strategy, symbol)) if strategy else (("", symbol),)
    keys = (key(scope, *part) for part in parts for scope in (EVERYONE, account))
    return _with(of_account, map(layers.get, keys))


def origins(layers: Mapping[str, Layer[T]], account: str, strategy: str = "", symbol: str = "") -> dict[str, Origin]:
    """Say of each value that was set where it came from; what is not named is the default."""
    parts = dict.fromkeys((("", ""), (strategy, ""), ("", symbol), (strategy, symbol)))
    found: dict[str, Origin] = {}
    for part in parts:
        for scope in (EVERYONE, account):
            if layer := layers.get(key(scope, *part)):
                found.update(layer.origins)
    return found


def _with(base: T, layers: Iterable[Layer[T] | None]) -> T:
    changes: dict[str, object] = {}
    for layer in layers:
        if layer is not None:
            changes.update({name: getattr(layer.values, name) for name in layer.origins})
    if not changes:
        return base
    # Each value was held within its bounds when it came; doing that again would cost a quarter of a verdict.
    made = copy(base)
    for name, value in changes.items():
        structs.force_setattr(made, name, value)
    return made
