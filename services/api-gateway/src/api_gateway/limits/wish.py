"""What a person wants of the limits, as the fact that says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msgspec import Struct, structs

from api_gateway.limits.fields import Wrong, read, unknown
from api_gateway.limits.held import Held
from api_gateway.limits.layout import AMOUNTS, Place, choosing, misplaced, undecided
from contracts import layers
from contracts.control import LimitsSet
from contracts.layers import Layer
from contracts.limits import Limits


class Wish(Struct, frozen=True):
    """`clear`: what people have set of these is taken back, and what configuration says holds again."""

    place: Place
    changes: Mapping[str, object]
    clear: tuple[str, ...]


class Understood(NamedTuple):
    """What is set, what is cleared, and what is `wrong`, of which nothing may be done."""

    values: dict[str, object]
    cleared: tuple[str, ...]
    wrong: tuple[Wrong, ...]


def understood(held: Held, wish: Wish) -> Understood:
    """Make sense of a wish. An amount that is given without the sizing chooses it, and takes it along when it goes."""
    values, wrong = read(wish.changes)
    chosen = choosing(values, wish.place)
    values.update(("sizing", sizing) for sizing in chosen.values())
    cleared = (unknown(n) or (Wrong(n, "", "is both changed and cleared") if n in values else None) for n in wish.clear)
    wrong = (*wrong, *misplaced(values, wish.place), *undecided(chosen), *(one for one in cleared if one))
    key = layers.key(*wish.place)
    gone = [name for name in (*wish.clear, *_along(held.layers.get(key), wish.clear)) if name not in values]
    configured = held.configured.get(key)
    back = {} if configured is None else {n: getattr(configured.values, n) for n in gone if n in configured.origins}
    return Understood({**values, **back}, tuple(name for name in gone if name not in back), wrong)


def _along(layer: Layer[Limits] | None, names: Iterable[str]) -> tuple[str, ...]:
    """Name the sizing, where one of these amounts brought it."""
    if layer is None or "sizing" not in layer.origins:
        return ()
    brought = layer.origins["sizing"].control_id
    amounts = (layer.origins.get(name) for name in names if name in AMOUNTS)
    return ("sizing",) if any(one is not None and one.control_id == brought for one in amounts) else ()


def fact(wish: Wish, found: Understood, control_id: str, by: str, why: str) -> LimitsSet:
    return LimitsSet(
        control_id=control_id,
        scope=wish.place.scope,
        strategy=wish.place.strategy,
        symbol=wish.place.symbol,
        limits=structs.replace(Limits(), **found.values),
        fields=tuple(found.values),
        cleared=found.cleared,
        by=by,
        why=why,
    )
