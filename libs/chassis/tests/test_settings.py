from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import pytest
from msgspec import Meta, Struct

from chassis.settings import SettingsError, load
from contracts.values import Mode


class Settings(Struct, frozen=True, kw_only=True):
    alpaca_base_url: str
    default_quantity: Decimal = Decimal(1)
    trade_mode: Mode = Mode.MANUAL
    api_port: Annotated[int, Meta(ge=1, le=65_535)] = 8000
    fractional: bool = False


def test_fields_are_filled_from_their_variables_and_the_rest_keeps_its_default():
    environ = {"ALPACA_BASE_URL": "http://x", "TRADE_MODE": "auto", "DEFAULT_QUANTITY": "2.50", "OTHER": "1"}

    assert load(Settings, environ) == Settings(
        alpaca_base_url="http://x", trade_mode=Mode.AUTO, default_quantity=Decimal("2.50")
    )


@pytest.mark.parametrize("alias", ["ALPACA_ENDPOINT", "ALPACA_TRADING_BASE_URL"])
def test_a_variable_is_known_by_its_other_names_too(alias: str):
    assert load(Settings, {alias: "http://y"}).alpaca_base_url == "http://y"


def test_our_own_name_wins():
    environ = {"ALPACA_ENDPOINT": "http://y", "ALPACA_BASE_URL": "http://x"}

    assert load(Settings, environ).alpaca_base_url == "http://x"


def test_empty_means_not_set():
    with pytest.raises(SettingsError, match="missing in the environment: ALPACA_BASE_URL"):
        load(Settings, {"ALPACA_BASE_URL": " "})


@pytest.mark.parametrize(
    ("name", "text"),
    [("TRADE_MODE", "atuo"), ("API_PORT", "70000"), ("API_PORT", "many"), ("DEFAULT_QUANTITY", "one")],
)
def test_a_value_that_makes_no_sense_is_named_with_what_it_was(name: str, text: str):
    with pytest.raises(SettingsError, match=f"{name} was '{text}'"):
        load(Settings, {"ALPACA_BASE_URL": "http://x", name: text})


def test_yes_and_no_are_read_in_digits_and_words():
    read = [load(Settings, {"ALPACA_BASE_URL": "x", "FRACTIONAL": text}).fractional for text in ("1", "true", "0")]

    assert read == [True, True, False]
