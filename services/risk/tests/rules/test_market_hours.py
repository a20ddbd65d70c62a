from __future__ import annotations

from collections.abc import Callable

import pytest

from risk.candidate import Candidate
from risk.rules.market_hours import market_hours
from risk.state import State


@pytest.mark.parametrize("is_open", [True, False])
def test_the_newest_tick_decides(*, is_open: bool, state: Callable[..., State], candidate: Callable[..., Candidate]):
    assert market_hours(state(is_open=is_open), candidate()).passed is is_open


def test_the_denial_says_so(denial: Callable[..., tuple[str, str]], state: Callable[..., State]):
    assert denial(state(is_open=False)) == ("market_hours", "the market is closed")


def test_before_the_first_tick_the_market_is_closed(
    denial: Callable[..., tuple[str, str]], state: Callable[..., State]
):
    found = denial(state(is_open=False, now=None))
    assert found == ("market_hours", "the market's clock has not been heard yet")
