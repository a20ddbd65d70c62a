"""How much is entered, by every method, and that it is never more than the method says."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from contracts.control import ExitPolicy, ExitPolicySet, LimitsSet
from contracts.limits import Limits, Sizing
from contracts.sessions import Session, Setup
from contracts.signals import Action, Signal
from risk.core import evolve
from risk.example import ACCOUNT, ASSET, NOON, SIGNAL, moment
from risk.sizing import Size, size, sold
from risk.sizing.amounts import MOST
from risk.sizing.rounding import rounded
from risk.state import State

D = Decimal
MakeState = Callable[..., State]
MakeSignal = Callable[..., Signal]
PRICE = D("33.34")
QUANTITY = Limits(sizing=Sizing.QUANTITY, default_quantity=D("7.25"))
PERCENT = Limits(sizing=Sizing.PERCENT_OF_EQUITY, percent_of_equity=D("0.03"))
DOLLARS = Limits(sizing=Sizing.DOLLARS, entry_dollars=D("1000.009"))
EQUAL = Limits(sizing=Sizing.EQUAL_ALLOCATION, signals_per_day=7)
RISK = Limits(sizing=Sizing.RISK_PER_TRADE, risk_per_trade=D("0.0005"))


@pytest.mark.parametrize(
    ("by", "whole", "parts"),
    [
        (QUANTITY, "7", Size(D("7.25"), D("7.25"))),
        (PERCENT, "89", Size(D(3000) / PRICE, D("89.982003599"), D("3000.00"))),
        (DOLLARS, "29", Size(D("1000.009") / PRICE, D("29.994001199"), D("1000.00"))),
        (EQUAL, "428", Size(D(100_000) / 7 / PRICE, D("428.485602879"), D("14285.71"))),
        (RISK, "29", Size(D(50) / (PRICE * D("0.05")), D("29.994001199"))),
    ],
    ids=["quantity", "percent of equity", "dollars", "equal allocation", "risk per trade"],
)
def test_every_method_rounds_down_to_whole_shares_or_to_parts_and_cents(
    by: Limits, whole: str, parts: Size, state: MakeState
):
    found = size(state(limits=by), SIGNAL, PRICE, NOON)
    assert (found.qty, found.notional) == (D(whole), None)
    found = size(state(limits=structs.replace(by, fractional=True)), SIGNAL, PRICE, NOON)
    assert (found.qty, found.notional) == (parts.qty, parts.notional)
    assert found.wanted is not None
    assert parts.wanted is not None
    assert abs(found.wanted - parts.wanted) < D("1e-20")


@pytest.mark.parametrize("assets", [{}, {"AAPL": structs.replace(ASSET, fractionable=False)}], ids=["unknown", "whole"])
@pytest.mark.parametrize("by", [QUANTITY, PERCENT, DOLLARS, EQUAL, RISK])
def test_of_an_asset_that_has_no_fractions_or_is_not_known_whole_shares_are_bought(
    by: Limits, assets: dict[str, object], state: MakeState
):
    found = size(state(limits=structs.replace(by, fractional=True), assets=assets), SIGNAL, PRICE, NOON)
    assert found == size(state(limits=by), SIGNAL, PRICE, NOON)


@pytest.mark.parametrize("by", [QUANTITY, PERCENT, DOLLARS, EQUAL, RISK])
def test_what_the_signal_names_comes_first_and_is_not_scaled(by: Limits, state: MakeState, signal: MakeSignal):
    scaled = structs.replace(by, multiplier=D(3), fractional=True)
    assert size(state(limits=scaled), signal(qty=D("2.5")), PRICE, NOON) == Size(D("2.5"), D("2.5"))
    assert size(state(limits=by), signal(qty=D("2.5")), None, NOON) == Size(D("2.5"), D(2))


@pytest.mark.parametrize(("qty", "taken"), [("-2", D(0)), ("NaN", D(0)), ("1e999999", MOST)])
def test_an_absurd_quantity_is_none_or_more_than_any_limit(
    qty: str, taken: Decimal, state: MakeState, signal: MakeSignal
):
    assert size(state(), signal(qty=D(qty)), PRICE, NOON) == Size(taken, taken)


@pytest.mark.parametrize(("multiplier", "shares"), [("0", 0), ("0.5", 44), ("1", 89), ("2", 179)])
def test_the_account_s_multiplier_scales_it(multiplier: str, shares: int, state: MakeState):
    by = structs.replace(PERCENT, multiplier=D(multiplier))
    assert size(state(limits=by), SIGNAL, PRICE, NOON).qty == shares


def test_a_session_scales_it(state: MakeState):
    day = Session(name="day", start="09:30", end="16:00", setups=(Setup(size=D("0.5")),))
    assert size(state(limits=PERCENT, sessions=(day,)), SIGNAL, PRICE, NOON).qty == 44


@pytest.mark.parametrize("by", [QUANTITY, PERCENT, DOLLARS, EQUAL, RISK])
def test_without_a_price_or_an_account_it_cannot_be_told(by: Limits, state: MakeState):
    assert size(state(limits=by), SIGNAL, None, NOON) == Size()
    assert size(state(limits=by, snapshot=None), SIGNAL, PRICE, NOON) == Size()


@pytest.mark.parametrize(
    ("stop", "fraction", "shares"),
    [
        ("95", "0.05", 10),
        ("99", "0.05", 50),
        (None, "0.05", 10),
        (None, "0.1", 5),
        ("100", "0.05", 0),
        ("NaN", "0.05", 0),
    ],
)
def test_the_nearer_the_stop_the_more_shares_risk_the_same(
    stop: str | None, fraction: str, shares: int, state: MakeState, signal: MakeSignal
):
    now = state(limits=structs.replace(RISK, stop_fraction=D(fraction)))
    asked = signal(stop_loss=None if stop is None else D(stop))
    assert size(now, asked, D(100), NOON).qty == shares


def test_what_an_older_log_says_of_this_account_s_stop_counts(state: MakeState):
    now = state()
    evolve(now, LimitsSet(control_id="l", scope="all", limits=RISK, by="ann"))
    for scope, fraction in (("all", "0.1"), ("another", "0.5")):
        policy = ExitPolicy(stop_fraction=D(fraction))
        evolve(now, ExitPolicySet(control_id=scope, scope=scope, policy=policy, by="ann"))
    assert size(now, SIGNAL, D(100), NOON).qty == 5


@pytest.mark.parametrize(
    ("qty", "whole", "fractional"),
    [("1.999", "1", "1.999"), ("0.9", "0", "0.9"), ("0.1234567899", "0", "0.123456789")],
)
def test_quantities_are_rounded_down(qty: str, whole: str, fractional: str):
    assert rounded(D(qty), fractional=False) == D(whole)
    assert rounded(D(qty), fractional=True) == D(fractional)


def test_a_sale_is_never_rounded_and_never_more_than_is_held(signal: MakeSignal):
    held = D("2.5")
    assert sold(signal(action=Action.SELL), held) == held
    assert sold(signal(action=Action.SELL, qty=D("1.7")), held) == D("1.7")
    assert sold(signal(action=Action.SELL, qty=D("1e999999")), held) == held


AMOUNTS = st.decimals("0", "1e7", places=4)
PARTS = st.decimals("0", "1", places=6)
ODD = Limits(signals_per_day=3)


@given(
    by=st.sampled_from(Sizing), equity=AMOUNTS, power=AMOUNTS, price=st.decimals("0.0001", "1e5", places=4), part=PARTS,
    dollars=AMOUNTS, multiplier=st.decimals("0", "1000", places=3), fractional=st.booleans(),
    stop=st.none() | st.decimals("-1", "1e5", places=4), reserved=AMOUNTS, cash=st.sampled_from([D(0), D(500)]),
)  # fmt: skip
def test_no_method_ever_gives_more_than_it_says_less_than_nothing_or_no_number(
    *,
    by: Sizing,
    equity: Decimal,
    power: Decimal,
    price: Decimal,
    part: Decimal,
    dollars: Decimal,
    multiplier: Decimal,
    fractional: bool,
    stop: Decimal | None,
    reserved: Decimal,
    cash: Decimal,
):
    wanted = structs.replace(
        ODD, sizing=by, default_quantity=part, percent_of_equity=part, entry_dollars=dollars, risk_per_trade=part,
        multiplier=multiplier, fractional=fractional, min_cash=cash,
    )  # fmt: skip
    account = structs.replace(ACCOUNT, equity=equity, buying_power=power, cash=equity)
    now = moment(limits=wanted, snapshot=account, reserved=reserved)
    asked = structs.replace(SIGNAL, stop_loss=stop)
    found = size(now, asked, price, NOON)

    at, scale = Fraction(price), Fraction(multiplier)
    level = at * Fraction(95, 100) if stop is None else Fraction(stop)
    free = min(Fraction(power - cash), Fraction(equity - cash) if cash else Fraction(power)) - Fraction(reserved)
    most = (
        scale
        * {
            Sizing.QUANTITY: Fraction(part) * at,
            Sizing.PERCENT_OF_EQUITY: Fraction(part * equity),
            Sizing.DOLLARS: Fraction(dollars),
            Sizing.EQUAL_ALLOCATION: max(free, Fraction(0)) / 3,
            Sizing.RISK_PER_TRADE: Fraction(part * equity) / (at - level) * at if at > level else Fraction(0),
        }[by]
    )
    assert found.qty.is_finite()
    assert 0 <= Fraction(found.qty) * at <= most
    step = D("1e-9") if fractional else D(1)
    assert found.qty % step == 0
    if found.notional is not None:
        assert found.notional % D("0.01") == 0
        assert Fraction(found.qty) * at <= Fraction(found.notional) <= most
