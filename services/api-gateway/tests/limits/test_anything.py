"""Whatever somebody writes is either understood or refused in words."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_gateway.limits.fields import MEANINGS, Wrong, value
from api_gateway.limits.file import parse
from contracts.limits import Limits

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.text(max_size=20)
    | st.sampled_from(["1e99999999999999999999", "1e-99999", "-0", "1_0", "0x10", "1e400", "nan", "Infinity", "\x00"])
)  # fmt: skip
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=2)
)


@given(st.sampled_from(sorted(MEANINGS)), anything)
def test_a_value_is_within_its_bounds_or_wrong(name: str, given_: object):
    found = value(name, given_)
    if not isinstance(found, Wrong):
        Limits(**{name: found})  # pyright: ignore[reportArgumentType] - the field's own type, as `value` promises
        assert not isinstance(found, float) or math.isfinite(found)


KEYS = st.sampled_from(
    ["[limits]", "[symbols.SPY]", "[accounts.paper]", "[", "min_cash", "max_concurrent", "sizing", "="]
)
pieces = KEYS | st.text("=[].\"'\n#{},1e", max_size=6) | st.integers().map(str)


@given(st.lists(pieces, max_size=8).map(" ".join) | st.lists(pieces, max_size=8).map("\n".join))
def test_any_text_is_a_layout_or_problems(text: str):
    found = parse(text, "limits.toml", ("paper",))
    assert not (found.layout and found.problems)
    assert all(problem.text.startswith("limits.toml") for problem in found.problems)


@pytest.mark.parametrize(
    "text",
    [
        "[limits]\nmin_cash = 1e99999999999999999999",
        "[limits]\nmin_confidence = 1e400",
        "[limits]\nmax_concurrent = 99999999999999999999999999",
        "[limits]\nwindow_start = 09:31:00",
        "[limits]\nmin_cash = 2026-01-01",
        pytest.param(f"[limits]\nwhitelist = {'[' * 5_000}", id="deep"),
        "[limits]\nmin_cash = inf",
        pytest.param(f"[limits]\nmin_cash = {'9' * 5_000}", id="long"),
    ],
)
def test_what_is_too_large_too_deep_or_of_another_kind_is_a_problem(text: str):
    assert len(parse(text, "limits.toml", ()).problems) == 1


@pytest.mark.parametrize(
    ("name", "given_"),
    [
        ("max_concurrent", "\ud800"),
        ("whitelist", ["\ud800"]),
        ("whitelist", "\xdf"),
        ("min_cash", "1E-99999"),
        ("min_cash", "0E-99999"),
    ],
)
def test_what_no_text_holds_is_wrong(name: str, given_: object):
    assert isinstance(value(name, given_), Wrong)


@pytest.mark.parametrize(
    ("name", "given_", "found"),
    [("window_start", "09:31\n", "09:31"), ("max_concurrent", " 3 ", 3), ("sizing", " dollars", "dollars")],
)
def test_spaces_around_a_value_mean_nothing(name: str, given_: str, found: object):
    assert value(name, given_) == found


def test_a_number_is_as_exact_as_it_was_written():
    assert value("max_daily_loss", Decimal("0.1")) == Decimal("0.1")
    (one,) = parse("[limits]\nmax_daily_loss = 0.1", "limits.toml", ()).layout.values()
    assert str(one["max_daily_loss"].value) == "0.1"
