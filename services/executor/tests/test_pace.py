"""How long the executor waits between tries."""

from __future__ import annotations

from itertools import islice

from executor.brokers.alpaca import client as alpaca
from executor.brokers.tradier import client as tradier
from executor.pace import Pace

MANY = 40


def test_waits_double_up_to_the_longest_and_each_is_shortened_by_chance():
    pace = Pace(first=0.2, most=30.0)
    longest = [min(0.2 * 2**n, 30.0) for n in range(MANY)]
    waits = list(islice(pace.waits(), MANY))
    assert all(most / 2 <= wait <= most for wait, most in zip(waits, longest, strict=True))
    assert len({wait / most for wait, most in zip(waits, longest, strict=True)}) > MANY / 2, "many would come at once"


def test_an_order_is_given_up_only_after_the_deadline_of_a_call_that_may_still_bring_it():
    deadlines = max(alpaca.CONNECT_SECONDS + alpaca.READ_SECONDS, tradier.CONNECT_SECONDS + tradier.READ_SECONDS)
    assert Pace().absent < deadlines < Pace().abandoned
