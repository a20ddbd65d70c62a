from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from contracts.limits import Limits
from contracts.signals import Action, Signal
from risk.sizing import MOST, rounded, sold, wanted
from risk.state import State

PRICE = Decimal(30)


@pytest.mark.parametrize(
    ("limits", "qty", "expected"),
    [
        (Limits(default_quantity=Decimal(7)), None, Decimal(7)),
        (Limits(default_quantity=Decimal(7), percent_of_equity=Decimal("0.03")), None, Decimal(100)),
        (Limits(default_quantity=Decimal(7), percent_of_equity=Decimal("0.03")), Decimal(2), Decimal(2)),
        (Limits(), Decimal(-2), Decimal(0)),
        (Limits(), Decimal("NaN"), Decimal(0)),
        (Limits(), Decimal("1e999999"), MOST),
    ],
    ids=["default", "share of the equity", "asked for", "below zero", "no number", "absurd"],
)
def test_the_signal_s_quantity_comes_first_then_a_share_of_the_equity_then_the_default(
    limits: Limits,
    qty: Decimal | None,
    expected: Decimal,
    state: Callable[..., State],
    signal: Callable[..., Signal],
):
    assert wanted(state(limits=limits), signal(qty=qty), PRICE) == expected


def test_a_share_of_the_equity_needs_a_price_and_an_account(state: Callable[..., State], signal: Callable[..., Signal]):
    limits = Limits(percent_of_equity=Decimal("0.03"))
    assert wanted(state(limits=limits), signal(), None) is None
    assert wanted(state(limits=limits, snapshot=None), signal(), PRICE) is None


@pytest.mark.parametrize(
    ("qty", "whole", "fractional"),
    [("1.999", "1", "1.999"), ("0.9", "0", "0.9"), ("0.1234567899", "0", "0.123456789")],
)
def test_quantities_are_rounded_down(qty: str, whole: str, fractional: str):
    assert rounded(Decimal(qty), fractional=False) == Decimal(whole)
    assert rounded(Decimal(qty), fractional=True) == Decimal(fractional)


def test_a_sale_is_never_rounded_and_never_more_than_is_held(signal: Callable[..., Signal]):
    held = Decimal("2.5")
    assert sold(signal(action=Action.SELL), held) == held
    assert sold(signal(action=Action.SELL, qty=Decimal("1.7")), held) == Decimal("1.7")
    assert sold(signal(action=Action.SELL, qty=Decimal("1e999999")), held) == held
