"""Limits as the log tells of them, and what configuration must add to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct, field, structs

from api_gateway.limits.layout import Layout, Place, Setting
from contracts import layers
from contracts.control import DEFAULT, ENVIRONMENT, LIMITS_FILE, LimitsSet
from contracts.layers import Layer, LimitLayers
from contracts.limits import Limits
from contracts.values import derived_id

SOURCES = (DEFAULT, LIMITS_FILE, ENVIRONMENT)


class Held(Struct):
    """`layers` is what holds, `configured` what configuration alone has said; `last` has the sequence of its last word.

    Both are of all accounts. `last` is by layer and source.
    """

    layers: LimitLayers = field(default_factory=LimitLayers)
    configured: LimitLayers = field(default_factory=LimitLayers)
    last: dict[str, int] = field(default_factory=dict[str, int])


def take(held: Held, sequence: int, fact: LimitsSet) -> None:
    layers.set_limits(held.layers, fact)
    if fact.by in SOURCES:
        layers.set_limits(held.configured, fact)
        held.last[_voice(Place(fact.scope, fact.strategy, fact.symbol), fact.by)] = sequence


def changes(held: Held, wanted: Layout) -> tuple[LimitsSet, ...]:
    """Say what configuration wants and has not said last.

    Each limit is compared by itself: what a person has set since stands as long as configuration does not change
    that very limit.
    """
    said = {_place(layer): layer for layer in held.configured.values()}
    found: list[LimitsSet] = []
    for place in sorted({*wanted, *said}):
        layer = said.get(place)
        before = {} if layer is None else {n: (getattr(layer.values, n), o.by) for n, o in layer.origins.items()}
        found += _of_place(held, place, before, wanted.get(place, {}))
    return tuple(found)


def _place(layer: Layer[Limits]) -> Place:
    # A layer that says nothing is not kept, so there is a first origin; all of them are of the same place.
    one = next(iter(layer.origins.values()))
    return Place(one.scope, one.strategy, one.symbol)


def _of_place(
    held: Held, place: Place, before: Mapping[str, tuple[object, str]], now: Mapping[str, Setting]
) -> Iterator[LimitsSet]:
    changed = {name: one for name, one in now.items() if name not in before or before[name][0] != one.value}
    gone = {name: by for name, (_, by) in before.items() if name not in now}
    for by in SOURCES:
        fields = {name: one for name, one in changed.items() if one.by == by}
        cleared = tuple(name for name, source in gone.items() if source == by)
        if fields or cleared:
            yield LimitsSet(
                # Named by what it follows: several gateways that see the same say it once.
                control_id=derived_id(by, _voice(place, by), held.last.get(_voice(place, by), 0)),
                scope=place.scope,
                strategy=place.strategy,
                symbol=place.symbol,
                limits=structs.replace(Limits(), **{name: one.value for name, one in fields.items()}),
                fields=tuple(fields),
                cleared=cleared,
                by=by,
                why=", ".join(dict.fromkeys(one.why for one in fields.values())) or "not said any more",
            )


def _voice(place: Place, by: str) -> str:
    return f"{by} {layers.key(*place)}"
