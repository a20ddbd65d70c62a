"""What a person wants of the limits: the sizing follows the amount, and what is cleared is configuration's again."""

from __future__ import annotations

from decimal import Decimal

from api_gateway.limits.held import Held, changes, take
from api_gateway.limits.layout import ALL, Layout, Place, defaults
from api_gateway.limits.layout import Setting as Said
from api_gateway.limits.wish import Understood, Wish, fact, understood
from contracts import layers
from contracts.limits import Limits, Sizing

TSLA = Place(symbol="TSLA")


def configured(**values: object) -> Held:
    """Hold the defaults, and of TSLA what the file says."""
    held, layout = Held(), defaults()
    of_symbol: Layout = {
        TSLA: {name: Said(value, "config/limits.toml", "[symbols.TSLA]") for name, value in values.items()}
    }
    for sequence, one in enumerate(changes(held, layout | of_symbol), 1):
        take(held, sequence, one)
    return held


def done(held: Held, place: Place, *clear: str, **wanted: object) -> Understood:
    wish = Wish(place, wanted, clear)
    found = understood(held, wish)
    assert found.wrong == ()
    take(held, 9, fact(wish, found, f"{wanted}{clear}", "anna", "because"))
    return found


def of_tesla(held: Held) -> Limits:
    return layers.narrowed(held.layers, layers.effective(held.layers, Limits(), "paper"), "paper", "", "TSLA")


def test_an_amount_chooses_the_sizing_and_takes_it_along():
    held = configured()
    done(held, ALL, percent_of_equity="0.02")
    assert (of_tesla(held).sizing, of_tesla(held).percent_of_equity) == (Sizing.PERCENT_OF_EQUITY, Decimal("0.02"))
    done(held, ALL, "percent_of_equity")
    assert of_tesla(held) == Limits()


def test_a_sizing_that_came_by_itself_stays():
    held = configured()
    done(held, TSLA, entry_dollars=500)
    done(held, TSLA, sizing="quantity")
    found = done(held, TSLA, "entry_dollars")
    assert found.cleared == ("entry_dollars",)
    assert held.layers[layers.key(*TSLA)].origins.keys() == {"sizing"}


def test_what_is_cleared_is_what_configuration_says_of_that_place_or_the_wider_one():
    held = configured(max_concurrent=2)
    done(held, TSLA, max_concurrent=1, min_cash=5)
    found = done(held, TSLA, "max_concurrent", "min_cash")
    assert (found.values, found.cleared) == ({"max_concurrent": 2}, ("min_cash",))
    assert of_tesla(held) == Limits(max_concurrent=2)


def test_for_everybody_what_is_cleared_is_the_configured_value():
    held = configured()
    done(held, ALL, max_concurrent=1)
    assert done(held, ALL, "max_concurrent").values == {"max_concurrent": 3}


def test_two_amounts_unknown_names_and_contradictions_are_wrong():
    wish = Wish(ALL, {"entry_dollars": 1, "risk_per_trade": "0.1", "moon": 1, "min_cash": 1}, ("min_cash", "sun"))
    texts = [one.text for one in understood(Held(), wish).wrong]
    assert texts == [
        "moon is no limit",
        "sizing is missing: it must say which of entry_dollars and risk_per_trade counts",
        "min_cash is both changed and cleared",
        "sun is no limit",
    ]
