"""What holds for every decider, whoever it is."""

from __future__ import annotations

from typing import Any

import pytest

from chassis.decider import Decider
from contracts import channels
from position_manager.decider import position_manager
from risk.decider import decider as risk

DECIDERS: tuple[Decider[Any], ...] = (risk("paper"), position_manager("paper"))


@pytest.mark.parametrize("decider", DECIDERS, ids=lambda d: d.name)
def test_what_a_decider_writes_stays_for_a_hole_among_its_numbers_means_that_one_is_missing(decider: Decider[Any]):
    outputs = decider.outputs
    assert outputs
    assert [subject for subject in outputs if channels.ttl(subject)] == []
