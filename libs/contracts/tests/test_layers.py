"""Settings in layers: the narrowest word counts, field by field."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import json

from contracts import layers
from contracts.control import EVERYONE, ExitPolicy, ExitPolicySet, LimitsSet
from contracts.layers import LimitLayers, Origin
from contracts.limits import Limits


def said(
    limits: Limits,
    *fields: str,
    scope: str = EVERYONE,
    strategy: str = "",
    symbol: str = "",
    cleared: tuple[str, ...] = (),
    control_id: str = "c",
) -> LimitsSet:
    return LimitsSet(
        control_id=control_id, scope=scope, limits=limits, by="anna", why="because", strategy=strategy, symbol=symbol,
        fields=fields, cleared=cleared,
    )  # fmt: skip


def folded(*facts: LimitsSet) -> LimitLayers:
    found: LimitLayers = {}
    for fact in facts:
        layers.set_limits(found, fact)
    return found


def held(found: LimitLayers, account: str = "paper", strategy: str = "", symbol: str = "") -> Limits:
    of_account = layers.effective(found, Limits(), account)
    return layers.narrowed(found, of_account, account, strategy, symbol)


def test_where_nobody_has_said_anything_the_default_holds():
    base = Limits(max_concurrent=9)
    assert layers.effective({}, base, "paper") is base
    assert layers.narrowed({}, base, "paper", "ema", "AAPL") is base
    assert layers.origins({}, "paper", "ema", "AAPL") == {}


NARROWER = (
    (EVERYONE, "", ""),
    ("paper", "", ""),
    (EVERYONE, "ema", ""),
    ("paper", "ema", ""),
    (EVERYONE, "", "AAPL"),
    ("paper", "", "AAPL"),
    (EVERYONE, "ema", "AAPL"),
    ("paper", "ema", "AAPL"),
)


@pytest.mark.parametrize("narrow", range(1, len(NARROWER)))
@pytest.mark.parametrize("in_order", [True, False])
def test_the_narrower_word_counts_whichever_came_first(narrow: int, *, in_order: bool):
    def at(place: tuple[str, str, str], count: int, control_id: str) -> LimitsSet:
        scope, strategy, symbol = place
        return said(
            Limits(max_concurrent=count), "max_concurrent", scope=scope, strategy=strategy, symbol=symbol,
            control_id=control_id,
        )  # fmt: skip

    facts = [at(NARROWER[narrow - 1], 5, "wide"), at(NARROWER[narrow], 7, "close")]
    found = folded(*(facts if in_order else reversed(facts)))
    assert held(found, "paper", "ema", "AAPL").max_concurrent == 7
    assert layers.origins(found, "paper", "ema", "AAPL")["max_concurrent"].control_id == "close"


def test_each_field_is_looked_up_by_itself():
    found = folded(
        said(Limits(max_concurrent=5, min_cash=Decimal(100)), "max_concurrent", "min_cash"),
        said(Limits(max_concurrent=1), "max_concurrent", scope="paper"),
        said(Limits(default_quantity=Decimal(2)), "default_quantity", symbol="AAPL"),
    )
    assert held(found) == Limits(max_concurrent=1, min_cash=Decimal(100))
    assert held(found, "growth") == Limits(max_concurrent=5, min_cash=Decimal(100))
    expected = Limits(max_concurrent=1, min_cash=Decimal(100), default_quantity=Decimal(2))
    assert held(found, symbol="AAPL") == held(found, strategy="any", symbol="AAPL") == expected


def test_what_is_not_named_is_not_set_though_the_fact_carries_it():
    found = folded(said(Limits(max_concurrent=5, min_cash=Decimal(100)), "max_concurrent"))
    assert held(found) == Limits(max_concurrent=5)


def test_a_fact_that_names_no_field_sets_all_of_them():
    limits = Limits(max_concurrent=5, min_cash=Decimal(100))
    found = folded(said(Limits(max_daily_loss=Decimal("0.5")), "max_daily_loss"), said(limits))
    assert held(found) == limits
    assert layers.origins(found, "paper").keys() == set(Limits.__struct_fields__)


def test_what_is_cleared_is_what_the_wider_scope_says_again():
    found = folded(
        said(Limits(max_concurrent=5), "max_concurrent"),
        said(Limits(max_concurrent=1, min_cash=Decimal(9)), "max_concurrent", "min_cash", symbol="AAPL"),
        said(Limits(), symbol="AAPL", cleared=("max_concurrent",)),
    )
    assert held(found, symbol="AAPL") == Limits(max_concurrent=5, min_cash=Decimal(9))
    cleared = said(Limits(), cleared=("max_concurrent",))
    layers.set_limits(found, cleared)
    assert held(found) == Limits()


def test_one_fact_can_set_and_clear():
    found = folded(
        said(Limits(max_concurrent=1), "max_concurrent", symbol="AAPL"),
        said(Limits(min_cash=Decimal(9)), "min_cash", symbol="AAPL", cleared=("max_concurrent",)),
    )
    assert held(found, symbol="AAPL") == Limits(min_cash=Decimal(9))


def test_clearing_what_nobody_set_changes_nothing_and_an_empty_layer_is_gone():
    assert folded(said(Limits(), symbol="AAPL", cleared=("max_concurrent",))) == {}
    set_once = said(Limits(min_cash=Decimal(9)), "min_cash", symbol="AAPL")
    assert folded(set_once, said(Limits(), symbol="AAPL", cleared=("min_cash",))) == {}


def test_another_accounts_layers_and_unknown_places_are_not_read():
    found = folded(
        said(Limits(max_concurrent=1), "max_concurrent", scope="growth"),
        said(Limits(max_concurrent=2), "max_concurrent", scope="growth", symbol="AAPL"),
        said(Limits(max_concurrent=2), "max_concurrent", strategy="vwap"),
    )
    assert held(found, "paper", "ema", "AAPL") == Limits()
    assert layers.origins(found, "paper", "ema", "AAPL") == {}


def test_a_limit_of_another_version_is_passed_over():
    found = folded(said(Limits(), "max_moon_phase"), said(Limits(min_cash=Decimal(9)), "min_cash", "max_moon_phase"))
    assert held(found) == Limits(min_cash=Decimal(9))
    assert layers.origins(found, "paper").keys() == {"min_cash"}
    assert folded(said(Limits(), cleared=("max_moon_phase",))) == {}


def test_the_origin_says_who_why_and_where():
    found = folded(said(Limits(max_concurrent=1), "max_concurrent", scope="paper", strategy="ema", control_id="x"))
    assert layers.origins(found, "paper", "ema", "AAPL") == {
        "max_concurrent": Origin(scope="paper", strategy="ema", symbol="", by="anna", why="because", control_id="x")
    }


NAMES = st.text(st.sampled_from("aB/ .-"), max_size=4)
SYMBOLS = st.sampled_from(["", "A", "A/B", "A.B"])


@given(st.tuples(SYMBOLS, NAMES), st.tuples(SYMBOLS, NAMES))
def test_no_two_places_share_a_key_whatever_a_strategy_is_called(one: tuple[str, str], other: tuple[str, str]):
    keys = [layers.key(EVERYONE, strategy, symbol) for symbol, strategy in (one, other)]
    assert (keys[0] == keys[1]) is (one == other)


def test_layers_survive_a_snapshot():
    found = folded(said(Limits(max_concurrent=1), "max_concurrent", strategy="ema", symbol="BRK.B"), said(Limits()))
    assert json.decode(json.encode(found), type=LimitLayers) == found


def test_what_older_logs_say_of_exits_is_three_limits_within_their_bounds():
    policy = ExitPolicy(stop_fraction=Decimal("0.00001"), target_fraction=Decimal("0.3"), max_days=2)
    fact = layers.of_policy(ExitPolicySet(control_id="c", scope="paper", policy=policy, by="environment", why="start"))
    limits = Limits(stop_fraction=Decimal("0.0001"), target_fraction=Decimal("0.3"), max_days=2)
    fields = ("stop_fraction", "target_fraction", "max_days")
    assert fact == LimitsSet(
        control_id="c", scope="paper", limits=limits, by="environment", why="start", fields=fields
    )  # fmt: skip
