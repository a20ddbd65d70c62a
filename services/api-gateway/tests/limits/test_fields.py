"""Every limit has a meaning, a variable, and one way from text to value."""

from __future__ import annotations

from decimal import Decimal

import pytest

from api_gateway.limits.fields import MEANINGS, VALUES, Wrong, expected, value, variable, written
from contracts.limits import Limits, Sizing
from contracts.signals import Source


def test_every_limit_has_a_meaning_and_nothing_else_has_one():
    assert sorted(MEANINGS) == sorted(Limits.__struct_fields__)


def test_every_limit_has_a_variable_of_its_own():
    assert len({variable(name) for name in MEANINGS}) == len(MEANINGS)


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("min_confidence", "CONFIDENCE_THRESHOLD"),
        ("default_quantity", "DEFAULT_QUANTITY"),
        ("max_position_fraction", "MAX_POSITION_PCT"),
        ("max_concurrent", "RISK_MAX_CONCURRENT"),
        ("max_open_orders", "RISK_MAX_OPEN_ORDERS"),
        ("min_cash", "MIN_CASH_USD"),
        ("whitelist", "SYMBOL_WHITELIST"),
        ("blacklist", "SYMBOL_BLACKLIST"),
        ("window_start", "TRADING_WINDOW_START"),
        ("window_end", "TRADING_WINDOW_END"),
        ("max_daily_loss", "MAX_DAILY_LOSS"),
    ],
)
def test_the_variables_have_the_names_that_people_know(name: str, called: str):
    assert variable(name) == called


@pytest.mark.parametrize("name", MEANINGS)
def test_every_default_is_read_back_as_it_is_written(name: str):
    assert value(name, written(VALUES[name])) == VALUES[name]
    assert expected(name)


@pytest.mark.parametrize(
    ("name", "given", "found"),
    [
        ("min_confidence", "0.8", 0.8),
        ("min_confidence", Decimal("0.8"), 0.8),
        ("min_confidence", 1, 1.0),
        ("default_quantity", 0.1, Decimal("0.1")),
        ("default_quantity", "2.50", Decimal("2.5")),
        ("max_concurrent", "5", 5),
        ("fractional", "TRUE", True),
        ("fractional", 0, False),
        ("sizing", "dollars", Sizing.DOLLARS),
        ("whitelist", "spy, IBM,,spy", ("SPY", "IBM")),
        ("whitelist", ["brk.b"], ("BRK.B",)),
        ("whitelist", "", ()),
        ("sources", "WS,manual", (Source.WS, Source.MANUAL)),
        ("window_start", "09:45", "09:45"),
    ],
)
def test_a_value_is_made_of_what_somebody_wrote(name: str, given: object, found: object):
    assert value(name, given) == found


@pytest.mark.parametrize(
    ("name", "given", "text"),
    [
        ("min_confidence", "1.1", "min_confidence was '1.1', expected a number from 0 to 1"),
        ("min_confidence", "nan", "min_confidence was 'nan', expected a number from 0 to 1"),
        ("min_confidence", True, "min_confidence was True, expected a number from 0 to 1"),
        ("default_quantity", "NaN", "default_quantity was 'NaN', expected a number from 0 to 1000000"),
        ("default_quantity", Decimal(-1), "default_quantity was -1, expected a number from 0 to 1000000"),
        ("duplicate_seconds", "inf", "duplicate_seconds was 'inf', expected a number from 0 to 1000000000"),
        ("max_concurrent", "five", "max_concurrent was 'five', expected a whole number from 1 to 1000000"),
        ("max_concurrent", 1.5, "max_concurrent was 1.5, expected a whole number from 1 to 1000000"),
        ("max_concurrent", {}, "max_concurrent was {}, expected a whole number from 1 to 1000000"),
        ("fractional", "maybe", "fractional was 'maybe', expected true or false"),
        ("whitelist", "SPY,../../x", "whitelist was 'SPY,../../x', expected a list of symbols such as SPY or BRK.B"),
        ("whitelist", [7], "whitelist was [7], expected a list of symbols such as SPY or BRK.B"),
        ("whitelist", 7, "whitelist was 7, expected a list of symbols such as SPY or BRK.B"),
        ("sources", "fax", "sources was 'fax', expected a list of ws or webhook or file or strategy or manual or idea"),
        ("window_end", "24:00", "window_end was '24:00', expected a time of day such as 09:31, from 00:00 to 23:59"),
        (
            "sizing",
            "rubles",
            f"sizing was 'rubles', expected {' or '.join(Sizing)}",
        ),
        ("max_concurent", 1, "max_concurent is no limit, is max_concurrent meant?"),
        ("RISK_MAX_CONCURRENT", 1, "RISK_MAX_CONCURRENT is no limit, is max_concurrent meant?"),
        ("zzz", 1, "zzz is no limit"),
    ],
)
def test_what_cannot_be_is_said_with_what_it_was_and_what_was_expected(name: str, given: object, text: str):
    found = value(name, given)
    assert isinstance(found, Wrong)
    assert found.text == text


def test_of_something_long_only_the_beginning_is_shown():
    found = value("max_concurrent", "9" * 1000)
    assert isinstance(found, Wrong)
    assert len(found.was) == 100
