"""In any order of events no share is sold twice, none stays bare, and in the end all know what there is."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.simulation.protection.dividing import SPLIT_SOMETIMES
from tests.simulation.protection.machine import SOMETIMES, Protection
from tests.simulation.protection.mixed import Mixed
from tests.simulation.protection.offering import OFFERED_SOMETIMES

# Shrinking a story of hundreds of steps takes minutes; what was told of it helps more.
SETTINGS = settings(
    max_examples=60, stateful_step_count=150, deadline=None, database=None, phases=(Phase.generate,),
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much),
)  # fmt: skip

STEPS = 20_000
STORIES: tuple[tuple[type[Protection], int], ...] = ((Protection, 0), (Protection, 1), (Mixed, 3))
"""Which machine with which seed. Where nobody offers anything, stories without a fault are judged more strictly."""


@pytest.mark.timeout(600)
def test_whatever_happens_each_share_is_sold_once_and_none_stays_bare():
    happened = Counter[str]()
    for machine, number in STORIES:
        counting = type(machine.__name__, (machine,), {"happened": happened})
        run_state_machine_as_test(seed(number)(counting), settings=SETTINGS)
    assert happened["steps"] >= STEPS
    wanted = (*SOMETIMES, *SPLIT_SOMETIMES, *OFFERED_SOMETIMES)
    assert [name for name in wanted if not happened[name]] == []
