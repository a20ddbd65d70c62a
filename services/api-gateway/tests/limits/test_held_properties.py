"""Whatever is edited and said, in any order: configuration is in the log as it stands, and people's words are kept."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from api_gateway.limits.held import Held, changes, take
from api_gateway.limits.layout import ALL, Layout, Place, Setting, defaults, merged
from contracts import layers
from contracts.control import ENVIRONMENT, LIMITS_FILE, LimitsSet
from contracts.limits import Limits

NAMES = ("max_concurrent", "max_open_orders", "min_cash")
PLACES = (ALL, Place("paper"), Place(symbol="SPY"), Place(strategy="ema"))

values = st.integers(1, 3)
tables = st.dictionaries(st.sampled_from(NAMES), st.tuples(values, st.sampled_from((LIMITS_FILE, ENVIRONMENT))))
layouts = st.dictionaries(st.sampled_from(PLACES), tables, max_size=4)
words = st.tuples(st.sampled_from(PLACES), st.sampled_from(NAMES), values)
steps = st.lists(layouts | words, max_size=8)


def typed(name: str, number: int) -> object:
    return Decimal(number) if name == "min_cash" else number


def laid_out(said: dict[Place, dict[str, tuple[int, str]]]) -> Layout:
    given = {
        place: {name: Setting(typed(name, number), by, name) for name, (number, by) in table.items()}
        for place, table in said.items()
        if table
    }
    return merged(defaults(), given)


def flat(found: Layout) -> dict[tuple[Place, str], object]:
    return {(place, name): one.value for place, table in found.items() for name, one in table.items()}


def flat_layers(found: layers.LimitLayers) -> dict[tuple[Place, str], object]:
    return {
        (Place(origin.scope, origin.strategy, origin.symbol), name): getattr(layer.values, name)
        for layer in found.values()
        for name, origin in layer.origins.items()
    }


def by_person(place: Place, name: str, number: int) -> LimitsSet:
    return LimitsSet(
        control_id="p", scope=place.scope, strategy=place.strategy, symbol=place.symbol, by="anna", fields=(name,),
        limits=structs.replace(Limits(), **{name: typed(name, number)}),
    )  # fmt: skip


@given(steps)
def test_configuration_is_said_as_it_stands_and_touches_nothing_that_it_does_not_change(
    said: list[dict[Place, dict[str, tuple[int, str]]] | tuple[Place, str, int]],
):
    held, sequence, names = Held(), 0, list[str]()
    holds: dict[tuple[Place, str], object] = {}
    before: dict[tuple[Place, str], object] = {}
    for step in said:
        if isinstance(step, tuple):
            facts = (by_person(*step),)
            holds[step[0], step[1]] = typed(step[1], step[2])
        else:
            wanted = flat(laid_out(step))
            facts = changes(held, laid_out(step))
            names += [fact.control_id for fact in facts]
            holds.update({key: value for key, value in wanted.items() if before.get(key) != value})
            holds = {key: value for key, value in holds.items() if key in wanted or key not in before}
            before = wanted
        for fact in facts:
            sequence += 1
            take(held, sequence, fact)
        assert flat_layers(held.configured) == before
        assert flat_layers(held.layers) == holds
    assert len(set(names)) == len(names)
