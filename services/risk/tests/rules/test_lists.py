from __future__ import annotations

from collections.abc import Callable

import pytest

from contracts.limits import Limits
from risk.candidate import Candidate
from risk.rules.blacklist import blacklist
from risk.rules.whitelist import whitelist
from risk.state import State


@pytest.mark.parametrize(
    ("listed", "passed"), [((), True), (("AAPL",), True), (("MSFT", "AAPL"), True), (("MSFT",), False)]
)
def test_a_whitelist_leaves_only_what_is_on_it(
    listed: tuple[str, ...], *, passed: bool, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    assert whitelist(state(limits=Limits(whitelist=listed)), candidate()).passed is passed


@pytest.mark.parametrize(
    ("listed", "passed"), [((), True), (("MSFT",), True), (("MSFT", "AAPL"), False), (("AAPL",), False)]
)
def test_a_blacklist_keeps_out_what_is_on_it(
    listed: tuple[str, ...], *, passed: bool, state: Callable[..., State], candidate: Callable[..., Candidate]
):
    assert blacklist(state(limits=Limits(blacklist=listed)), candidate()).passed is passed


def test_the_denials_say_so(denial: Callable[..., tuple[str, str]], state: Callable[..., State]):
    found = denial(state(limits=Limits(whitelist=("MSFT", "SPY"))))
    assert found == ("whitelist", "AAPL is not on the whitelist: MSFT, SPY")
    assert denial(state(limits=Limits(blacklist=("AAPL",)))) == ("blacklist", "AAPL is on the blacklist")
