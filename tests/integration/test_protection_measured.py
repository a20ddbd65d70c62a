"""How long shares stood without protection, on real processes: what is told of it is what the log adds up to."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.coverage_load import Load
from benchmarks.coverage_run import Setting, measure

pytestmark = pytest.mark.timeout(300)


def test_what_is_told_of_shares_without_protection_is_what_the_log_adds_up_to(tmp_path: Path):
    done = measure(Setting("healthy", Load(entries=20)), tmp_path, lambda _: None)
    assert (done.waits.told, done.waits.open) == (done.api.told, 0)
    assert done.waits.told == done.waits.fills >= 20
    assert done.agrees, done
    assert (done.settled is None, done.flat is None, done.left) == (False, False, ())
