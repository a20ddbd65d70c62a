"""In any order of events no share is sold twice, none stays bare, and in the end all know what there is."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.simulation.protection.machine import SOMETIMES, Protection

STEPS, SEEDS = 20_000, 4

# Shrinking a story of hundreds of steps takes minutes; what was told of it helps more.
SETTINGS = settings(
    max_examples=50, stateful_step_count=150, deadline=None, database=None, phases=(Phase.generate,),
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much),
)  # fmt: skip


@pytest.mark.timeout(600)
def test_whatever_happens_each_share_is_sold_once_and_none_stays_bare():
    class Counting(Protection):
        happened: ClassVar = Counter[str]()

    for number in range(SEEDS):
        run_state_machine_as_test(seed(number)(Counting), settings=SETTINGS)
    assert Counting.happened["steps"] >= STEPS
    assert [name for name in SOMETIMES if not Counting.happened[name]] == []
