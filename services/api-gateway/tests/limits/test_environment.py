"""Limits that variables set, with the names that people know."""

from __future__ import annotations

from decimal import Decimal

import pytest

from api_gateway.limits.environment import layout
from api_gateway.limits.layout import ALL, Place, Setting
from chassis.settings import SettingsError
from contracts.limits import Sizing


def said(name: str, value: object, why: str) -> dict[str, Setting]:
    return {name: Setting(value, "environment", why)}


def values(environ: dict[str, str], place: Place = ALL) -> dict[str, object]:
    return {name: setting.value for name, setting in layout(environ)[place].items()}


def test_a_variable_sets_its_limit_for_all_and_an_empty_one_nothing():
    environ = {"RISK_MAX_CONCURRENT": "5", "MIN_CASH_USD": " ", "PATH": "/bin"}
    assert layout(environ) == {ALL: said("max_concurrent", 5, "RISK_MAX_CONCURRENT")}
    assert layout({}) == {}


def test_what_people_know_from_elsewhere_is_read():
    environ = {
        "CONFIDENCE_THRESHOLD": "0.8", "ORDER_QTY": "2.5", "MAX_POSITION_PCT": "0.1", "MAX_ENTRIES_PER_SYMBOL": "4",
        "RISK_MAX_CONCURRENT": "5", "RISK_MAX_OPEN_ORDERS": "6", "DUPLICATE_SECONDS": "30", "FRACTIONAL": "1",
        "SIGNAL_MAX_AGE_SECONDS": "900", "APPROVAL_TTL_SECONDS": "120", "SYMBOL_WHITELIST": "spy, IBM,,spy",
        "SYMBOL_BLACKLIST": "BRK.B", "MIN_CASH_USD": "2500.50", "TRADING_WINDOW_START": "09:45",
        "TRADING_WINDOW_END": "15:30",
    }  # fmt: skip
    assert values(environ) == {
        "min_confidence": 0.8, "default_quantity": Decimal("2.5"), "max_position_fraction": Decimal("0.1"),
        "max_entries_per_symbol": 4, "max_concurrent": 5, "max_open_orders": 6, "duplicate_seconds": 30,
        "fractional": True, "signal_max_age_seconds": 900, "approval_ttl_seconds": 120, "whitelist": ("SPY", "IBM"),
        "blacklist": ("BRK.B",), "min_cash": Decimal("2500.5"), "window_start": "09:45", "window_end": "15:30",
    }  # fmt: skip


def test_our_own_name_wins_over_the_other():
    assert values({"ORDER_QTY": "2", "DEFAULT_QUANTITY": "3"}) == {"default_quantity": Decimal(3)}


@pytest.mark.parametrize(
    ("name", "amount", "sizing"),
    [
        ("PERCENT_OF_EQUITY", "0.02", Sizing.PERCENT_OF_EQUITY),
        ("ENTRY_DOLLARS", "500", Sizing.DOLLARS),
        ("RISK_PER_TRADE", "0.01", Sizing.RISK_PER_TRADE),
    ],
)
def test_an_amount_without_sizing_chooses_it_unless_it_is_nothing(name: str, amount: str, sizing: Sizing):
    found = layout({name: amount, "DEFAULT_QUANTITY": "10"})[ALL]
    assert found["sizing"] == Setting(sizing, "environment", name)
    assert "sizing" not in values({name: "0"})
    assert values({name: amount, "SIZING": "quantity"})["sizing"] is Sizing.QUANTITY


def test_a_quantity_for_all_is_what_other_sizings_fall_back_on():
    assert values({"DEFAULT_QUANTITY": "10"}) == {"default_quantity": Decimal(10)}


def test_two_amounts_need_the_sizing():
    with pytest.raises(
        SettingsError, match="SIZING is missing: it must say which of percent_of_equity and entry_dollars counts"
    ):
        layout({"PERCENT_OF_EQUITY": "0.02", "ENTRY_DOLLARS": "500"})
    both = {"PERCENT_OF_EQUITY": "0.02", "ENTRY_DOLLARS": "500", "SIZING": "dollars"}
    assert values(both)["sizing"] is Sizing.DOLLARS


def test_a_quantity_of_one_symbol_is_meant_whatever_the_sizing_is():
    found = layout({"QTY_AAPL": "2", "QTY_BRK_B": "0.5", "QTY_IBM": "", "PERCENT_OF_EQUITY": "0.02"})
    assert found[Place(symbol="AAPL")] == {
        **said("default_quantity", Decimal(2), "QTY_AAPL"), **said("sizing", Sizing.QUANTITY, "QTY_AAPL"),
    }  # fmt: skip
    assert found[Place(symbol="BRK.B")]["default_quantity"].value == Decimal("0.5")
    assert found.keys() == {ALL, Place(symbol="AAPL"), Place(symbol="BRK.B")}


def test_exits_of_one_symbol_have_the_names_that_people_know():
    found = layout(
        {
            "STOP_PCT": "0.04", "STOP_DOLLARS": "2", "STOP_LOSS_MINUTES": "30", "TP_PCT": "0.1", "TRAIL_PCT": "0.01",
            "TRAIL_ACT_PCT": "0.02", "STOP_AAPL": "0.03", "TP_AAPL": "0.06", "TRAIL_AAPL": "0.015",
            "TRAIL_ACT_AAPL": "0.025", "TRAIL_BRK_B": "0.05", "QTY_AAPL": "2",
        }
    )  # fmt: skip
    assert found[ALL].keys() == {
        "stop_fraction", "stop_dollars", "stop_loss_minutes", "target_fraction", "trail_fraction", "trail_activation",
    }  # fmt: skip
    assert found[Place(symbol="AAPL")] == {
        **said("default_quantity", Decimal(2), "QTY_AAPL"), **said("sizing", Sizing.QUANTITY, "QTY_AAPL"),
        **said("stop_fraction", Decimal("0.03"), "STOP_AAPL"), **said("stop_dollars", Decimal(0), "STOP_AAPL"),
        **said("target_fraction", Decimal("0.06"), "TP_AAPL"),
        **said("trail_activation", Decimal("0.025"), "TRAIL_ACT_AAPL"),
        **said("trail_fraction", Decimal("0.015"), "TRAIL_AAPL"),
    }  # fmt: skip
    assert found[Place(symbol="BRK.B")] == said("trail_fraction", Decimal("0.05"), "TRAIL_BRK_B")
    assert len(found) == 3


@pytest.mark.parametrize(
    ("environ", "text"),
    [
        ({"CONFIDENCE_THRESHOLD": "1.1"}, "CONFIDENCE_THRESHOLD was '1.1', expected a number from 0 to 1"),
        ({"DEFAULT_QUANTITY": "NaN"}, "DEFAULT_QUANTITY was 'NaN', expected a number from 0 to 1000000"),
        ({"MAX_POSITION_PCT": "50"}, "MAX_POSITION_PCT was '50', expected a number from 0 to 10"),
        ({"SYMBOL_WHITELIST": "SPY IBM"}, "SYMBOL_WHITELIST was 'SPY IBM', expected a list of symbols"),
        ({"QTY_AAPL": "-1"}, "QTY_AAPL was '-1', expected a number from 0 to 1000000"),
        ({"STOP_PCT": "0"}, "STOP_PCT was '0', expected a number from 0.0001 to 0.99"),
        ({"STOP_PCT": "1"}, "STOP_PCT was '1', expected a number from 0.0001 to 0.99"),
        ({"TARGET_PCT": "0"}, "TP_PCT was '0', expected a number from 0.0001 to 10"),
        ({"MAX_DAYS": "seven"}, "MAX_DAYS was 'seven', expected a whole number from 1 to 1000000"),
        ({"TRAIL_AAPL": "NaN"}, "TRAIL_AAPL was 'NaN', expected a number from 0 to 0.99"),
        ({"SCALE_OUT": "5%:50%"}, "SCALE_OUT was '5%:50%', expected a list of gains and shares such as 0.05:0.5"),
        ({"SCALE_OUT": "0.05:0.6,0.1:0.6"}, "SCALE_OUT was '0.05:0.6,0.1:0.6', expected a list of gains and shares"),
        ({"STOP_aapl": "1"}, "STOP_aapl was expected to end with a symbol, such as STOP_AAPL or STOP_BRK_B"),
        ({"QTY_aapl": "1"}, "QTY_aapl was expected to end with a symbol, such as QTY_AAPL or QTY_BRK_B"),
        (
            {"QTY_aapl": "1", "RISK_MAX_CONCURRENT": "0", "QTY_IBM": "1"},
            "RISK_MAX_CONCURRENT was '0', expected a whole number from 1 to 1000000; QTY_aapl was expected to end",
        ),
        (
            {"RISK_MAX_CONCURRENT": "0", "QTY_IBM": "x"},
            "RISK_MAX_CONCURRENT was '0', expected a whole number from 1 to 1000000; QTY_IBM was 'x', expected",
        ),
    ],
)
def test_every_variable_that_makes_no_sense_is_named(environ: dict[str, str], text: str):
    with pytest.raises(SettingsError) as refused:
        layout(environ)
    assert str(refused.value).startswith(text)
