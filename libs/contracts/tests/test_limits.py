"""The gate's numbers are held within their bounds, however they come."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from contracts.limits import HIGHEST, LOWEST, Limits
from contracts.sessions import Setup

AMOUNTS = [field.name for field in msgspec.structs.fields(Limits) if field.type is Decimal]


def test_every_amount_has_a_bound_and_every_bound_an_amount():
    assert sorted(HIGHEST) == sorted(AMOUNTS)


@pytest.mark.parametrize("name", AMOUNTS)
def test_an_amount_may_be_at_its_bounds_and_not_beyond(name: str):
    lowest, highest = LOWEST.get(name, Decimal(0)), HIGHEST[name]
    for good in (f"{lowest}", f"{highest}"):
        assert getattr(msgspec.json.decode(f'{{"{name}": "{good}"}}', type=Limits), name) == Decimal(good)
    for bad in (f"{lowest - Decimal('0.0001')}", f"{highest + Decimal('0.0001')}", "NaN", "Infinity"):
        expected = f"{name} was {bad}, expected a number from {lowest} to {highest}"
        with pytest.raises(msgspec.ValidationError, match=expected):
            msgspec.json.decode(f'{{"{name}": "{bad}"}}', type=Limits)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("min_confidence", "1", "1.01"),
        ("sources", '["ws"]', '["fax"]'),
        ("whitelist", '["BRK.B"]', '["brk.b"]'),
        ("sizing", '"dollars"', '"rubles"'),
        ("signals_per_day", "1", "0"),
        ("window_start", '"00:00"', '"24:00"'),
        ("window_end", '"23:59"', '"9:31"'),
        ("duplicate_seconds", "0", "-1"),
        ("max_concurrent", "1", "0"),
        ("max_orders_per_day", "0", "1.5"),
        ("lock_minutes", "525600", "525601"),
        ("scale_out", '["0.05:0.5", "10:0.5"]', '["5%:0.5"]'),
        ("scale_out", "[]", '["0.05:0.5", "0.1:0.51"]'),
        ("scale_out", '["0.05:1"]', '["0:0.5"]'),
        ("scale_out", '["0.05:1"]', '["10.01:0.5"]'),
        ("scale_out", '["0.05:1"]', '["0.05:0"]'),
    ],
)
def test_what_is_no_amount_is_held_by_its_type(name: str, good: str, bad: str):
    msgspec.json.decode(f'{{"{name}": {good}}}', type=Limits)
    with pytest.raises(msgspec.ValidationError, match=name):
        msgspec.json.decode(f'{{"{name}": {bad}}}', type=Limits)


def test_the_defaults_are_within_the_bounds_and_survive_the_wire():
    assert msgspec.json.decode(msgspec.json.encode(Limits()), type=Limits) == Limits()


@pytest.mark.parametrize(("kind", "name"), [(Limits, "multiplier"), (Setup, "size")])
def test_a_number_can_be_written_down(kind: type[Limits | Setup], name: str):
    smallest = "0." + "0" * 19 + "1"
    assert getattr(msgspec.convert({name: smallest}, kind), name) == Decimal(smallest)
    for number in ("1E-21", "1E-99999"):
        with pytest.raises(msgspec.ValidationError, match=f"{name} was {number}, expected at most 20 decimals"):
            msgspec.convert({name: number}, kind)
