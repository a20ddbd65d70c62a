"""The kill switch on real processes, rehearsed by the command itself: flat, verified past everything that it kills."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from interlock.drill.rehearsal import Outcome

pytestmark = pytest.mark.timeout(240)


def drill(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Rehearse in an environment that names a broker account of a person's, which must not be touched."""
    environ = {
        **os.environ,
        "TMPDIR": str(folder),
        "ALPACA_API_KEY": "PK1",
        "ALPACA_API_SECRET": "s",
        "ACCOUNT": "mine",
    }
    command = [sys.executable, "-m", "interlock", "drill", "--speed", "60", *words]
    return subprocess.run(command, env=environ, cwd=folder, capture_output=True, text=True, check=False, timeout=200)


@pytest.mark.parametrize(
    "faults",
    [
        "seed=3,lost_response=0.4,stuck_cancel=1@120,frame_dropped=0.3",
        "seed=5,error_after=0.3,reject_after_accept=0.3,mute=0.05,slow=0.2@1",
    ],
)
def test_whatever_goes_wrong_the_kill_switch_ends_flat_at_the_exchange(tmp_path: Path, faults: str):
    done = drill(tmp_path, "--json", "--faults", faults)
    assert done.returncode == 0, done.stdout + done.stderr
    outcome = msgspec.json.decode(done.stdout, type=Outcome)
    assert (outcome.flat, outcome.left, outcome.positions) == (True, (), 3)
    assert outcome.steps[-1].text == "flat, verified at the broker"
    assert outcome.steps[-1].after == outcome.told
    assert outcome.waited.fills >= 3
    assert list(tmp_path.iterdir()) == [], "its folder is gone"
